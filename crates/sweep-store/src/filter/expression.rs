//! What a filter says, once it is read and checked. It knows neither the text nor SQL.

use crate::Column;

/// A condition on a job: true, false, or neither if it compares a value that the job does not have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    /// All of several hold.
    All(Vec<Expression>),
    /// One of several holds.
    Any(Vec<Expression>),
    /// The other does not hold.
    Not(Box<Expression>),
    /// A comparison, which is neither true nor false if there is no value.
    Compare {
        /// Of what.
        subject: Subject,
        /// Which.
        test: Test,
    },
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Subject {
    /// A column of the view `trials`.
    Column(Column),
    /// The names of the sweeps that asked for the job, each by itself.
    Sweep,
}

/// What is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    /// Where it lies beside something.
    Order(Order, Operand),
    /// Whether it is one of several.
    In(Vec<Literal>),
    /// Whether it has no value.
    Empty,
    /// Whether it has the form of a pattern of SQL.
    Like(String),
    /// Whether it has a part, in letters of either case.
    Contains(String),
}

/// The comparisons. `!=` is the negation of `Equal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What stands on the right.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Literal(Literal),
    Column(Column),
}

/// A value of the kind of its column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Integer(i64),
    Real(f64),
    Text(String),
    /// All texts that begin so: a day with its hours, an id by its first digits.
    Beginning(String),
}
