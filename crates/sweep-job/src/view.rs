//! The rows of a view as they are read, one after another: values that are borrowed, and what a column holds. Reads nothing.

/// What a column of a view holds, where it is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Real,
    /// Bytes.
    Blob,
    /// Times of day as text in ISO 8601, UTC, to the millisecond: `2026-03-01T12:00:00.000Z`.
    Time,
}

/// A column of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ViewColumn {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: ColumnType,
}

/// A value of a row that is being read. That of a column of times is text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// None.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}
