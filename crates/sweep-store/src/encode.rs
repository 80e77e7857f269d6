//! How values that SQLite has no type for are written: ids as text, structs as JSON, arrays as little-endian bytes.

use rusqlite::{
    Result, Statement,
    types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};
use serde::{Serialize, de::DeserializeOwned};
use sweep_job::{JobId, Status};

/// The time now, in ISO 8601, UTC, to the millisecond.
pub(crate) const NOW: &str = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

/// A job id as 32 hexadecimal digits.
pub(crate) struct Id(pub(crate) JobId);

impl ToSql for Id {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.to_string().into())
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(FromSqlError::other)
    }
}

/// A status as its name.
pub(crate) struct Named(pub(crate) Status);

impl ToSql for Named {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.name().into())
    }
}

impl FromSql for Named {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        Status::named(name)
            .map(Self)
            .ok_or_else(|| FromSqlError::Other(format!("`{name}` is not the status of a job").into()))
    }
}

/// Binds each status to the parameter of its name, such as `:finished`, if the statement has it.
pub(crate) fn bind_statuses(statement: &mut Statement<'_>) -> Result<()> {
    for status in Status::ALL {
        if let Some(place) = statement.parameter_index(&format!(":{status}"))? {
            statement.raw_bind_parameter(place, status.name())?;
        }
    }
    Ok(())
}

/// A status in the text of a statement, for a partial index: SQLite chooses it before values are bound.
pub(crate) fn literal(status: Status) -> String {
    format!("'{}'", status.name())
}

/// Anything of serde's as JSON text.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(json(&self.0)?.into())
    }
}

/// The JSON text of anything of serde's.
pub(crate) fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}

/// 32-bit floating-point numbers, little-endian.
pub(crate) fn f32_bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// What [`f32_bytes`] wrote.
pub(crate) struct F32Blob(pub(crate) Vec<f32>);

impl FromSql for F32Blob {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let (numbers, rest) = value.as_blob()?.as_chunks();
        if !rest.is_empty() {
            return Err(FromSqlError::InvalidBlobSize {
                expected_size: numbers.len() * 4,
                blob_size: numbers.len() * 4 + rest.len(),
            });
        }
        Ok(Self(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
    }
}

/// 16-bit whole numbers, little-endian.
pub(crate) fn u16_bytes(numbers: impl Iterator<Item = u16>) -> Vec<u8> {
    numbers.flat_map(u16::to_le_bytes).collect()
}

/// What [`u16_bytes`] wrote.
pub(crate) struct U16Blob(pub(crate) Vec<u16>);

impl FromSql for U16Blob {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let (numbers, rest) = value.as_blob()?.as_chunks();
        if !rest.is_empty() {
            return Err(FromSqlError::InvalidBlobSize {
                expected_size: numbers.len() * 2,
                blob_size: numbers.len() * 2 + rest.len(),
            });
        }
        Ok(Self(numbers.iter().map(|bytes| u16::from_le_bytes(*bytes)).collect()))
    }
}
