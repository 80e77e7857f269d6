//! Queries of the user's own. They can read everything and change nothing.

use std::time::Duration;

use rusqlite::{
    Connection, ErrorCode,
    hooks::{AuthAction, AuthContext, Authorization},
    types::ValueRef,
};
use sweep_job::{QueryTable, Value, View};

use crate::{Location, QueryError, Reader, StoreError, bounds, connect, error::sqlite, schema};

/// How much a query may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryBounds {
    /// How long it may run. What it writes meanwhile into temporary files, to sort, is bounded by nothing else.
    pub time: Duration,
    /// Bytes of memory that its result may have.
    pub result_bytes: usize,
}

impl QueryBounds {
    /// Those of a database of so many bytes: 5 minutes, and 1 GiB or 16 times as much as there is, since views show numbers as text.
    pub fn of_database(bytes: u64) -> Self {
        let times_16 = usize::try_from(bytes.saturating_mul(16)).unwrap_or(usize::MAX);
        Self { time: Duration::from_secs(300), result_bytes: times_16.max(1 << 30) }
    }
}

/// Runs one statement that reads, on `database`, which may be in use by a writer.
///
/// Three walls keep it from changing anything: the connection is read-only, SQLite's authorizer refuses all but reading,
/// and the prepared statement must be one that writes nothing.
///
/// # Errors
/// Where the database cannot be opened; where the query is none, several, wrong, would do more than read, or takes more than
/// the [`QueryBounds`] of the database.
pub fn sql(database: impl Into<Location>, query: &str) -> Result<QueryTable, StoreError> {
    let database = database.into();
    // One that is not there is told of below.
    let bytes = database.path().metadata().map_or(0, |metadata| metadata.len());
    sql_within(&database, query, &QueryBounds::of_database(bytes))
}

/// As [`sql`], with other bounds.
///
/// # Errors
/// Those of [`sql`].
pub fn sql_within(
    database: impl Into<Location>,
    query: &str,
    within: &QueryBounds,
) -> Result<QueryTable, StoreError> {
    let database = database.into();
    // Whatever its views are, the bounds hold.
    let (connection, still) = connect::to_read_as_it_is(&database, connect::READER_TIMEOUT)?;
    schema::check_text(&connection, database.path())?;
    let mut reader = Reader::new(connection, database.path(), still)?;
    let connection = &mut reader.connection;
    bounds::set(connection, within).map_err(sqlite("be set up"))?;
    connection.pragma_update(None, "query_only", true).map_err(sqlite("be set up"))?;
    connection.authorizer(Some(authorize)).map_err(sqlite("be set up"))?;
    let table = run(connection, query, within)?;
    reader.check_unchanged()?;
    Ok(table)
}

fn run(connection: &Connection, query: &str, within: &QueryBounds) -> Result<QueryTable, QueryError> {
    // SQLite would ignore all that follows.
    if query.contains('\0') {
        return Err(QueryError::Sql { message: "the query has a NUL character".to_owned(), excerpt: None });
    }
    let wrong = |error| explain(error, query, within);
    let mut statement = connection.prepare(query).map_err(wrong)?;
    if !statement.readonly() || statement.column_count() == 0 {
        return Err(QueryError::NotAllowed { what: first_word(query) });
    }
    if statement.parameter_count() > 0 {
        return Err(QueryError::Parameters);
    }
    let columns = statement.column_names().map(str::to_owned).collect::<Vec<_>>();
    let mut table = QueryTable { columns, rows: Vec::new() };
    let mut rows = statement.query([]).map_err(wrong)?;
    let mut room = within.result_bytes;
    while let Some(row) = rows.next().map_err(wrong)? {
        let mut values = Vec::with_capacity(table.columns.len());
        let mut bytes = size_of::<Vec<Value>>();
        for column in 0..table.columns.len() {
            let found = row.get_ref(column).map_err(wrong)?;
            bytes += size_of::<Value>() + found.as_bytes_or_null().ok().flatten().map_or(0, <[u8]>::len);
            if bytes > room {
                return Err(QueryError::ResultTooLarge { most_bytes: within.result_bytes });
            }
            values.push(value(found));
        }
        room -= bytes;
        table.rows.push(values);
    }
    Ok(table)
}

pub(crate) fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
    }
}

/// Pragmas that only tell something, whatever their argument.
const TELLING_PRAGMAS: [&str; 12] = [
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "foreign_key_check",
    "integrity_check",
    "quick_check",
    "database_list",
    "compile_options",
];

/// Pragmas that tell something without an argument, and change it with one.
const TELLING_PRAGMAS_WITHOUT_VALUE: [&str; 9] = [
    "user_version",
    "application_id",
    "schema_version",
    "data_version",
    "journal_mode",
    "page_size",
    "page_count",
    "freelist_count",
    "encoding",
];

fn authorize(context: AuthContext<'_>) -> Authorization {
    let is_allowed = match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => !function_name.eq_ignore_ascii_case("load_extension"),
        AuthAction::Pragma { pragma_name, pragma_value } => {
            let is_in = |names: &[&str]| names.iter().any(|name| pragma_name.eq_ignore_ascii_case(name));
            is_in(&TELLING_PRAGMAS) || (pragma_value.is_none() && is_in(&TELLING_PRAGMAS_WITHOUT_VALUE))
        }
        _ => false,
    };
    if is_allowed { Authorization::Allow } else { Authorization::Deny }
}

fn explain(error: rusqlite::Error, query: &str, within: &QueryBounds) -> QueryError {
    match error {
        error if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            QueryError::TooLong { most: within.time }
        }
        rusqlite::Error::MultipleStatement => QueryError::SeveralStatements,
        rusqlite::Error::Empty => QueryError::Empty,
        // After a first statement, SQLite sees only the rest of the query.
        rusqlite::Error::SqlInputError { msg, offset, sql, .. } => QueryError::Sql {
            excerpt: usize::try_from(offset).ok().and_then(|offset| excerpt(&sql, offset)),
            message: with_views(msg),
        },
        error if error.sqlite_error_code() == Some(ErrorCode::AuthorizationForStatementDenied) => {
            QueryError::NotAllowed { what: first_word(query) }
        }
        rusqlite::Error::SqliteFailure(_, Some(message)) => {
            QueryError::Sql { message: with_views(message), excerpt: None }
        }
        error => QueryError::Sql { message: error.to_string(), excerpt: None },
    }
}

/// Lists the views in the message about a table that does not exist.
fn with_views(message: String) -> String {
    if !message.starts_with("no such table") {
        return message;
    }
    match View::ALL.map(View::name).as_slice() {
        [before @ .., last] => format!("{message}; the views are {} and {last}", before.join(", ")),
        [] => message,
    }
}

/// The statement's name for a message: its first word in capitals.
fn first_word(query: &str) -> String {
    let word: String = query.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    if word.is_empty() { "this statement".to_owned() } else { word.to_ascii_uppercase() }
}

/// The line of `query` around byte `offset`, with a caret below that place.
fn excerpt(query: &str, offset: usize) -> Option<String> {
    let before = query.get(..offset)?;
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = query[line_start..].lines().next().unwrap_or_default();
    // A tab is as wide in the line of the caret as in the line above.
    let indent: String =
        query[line_start..offset].chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    Some(format!("  {line}\n  {indent}^"))
}
