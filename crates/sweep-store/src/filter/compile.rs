//! A condition becomes SQL on the row `job`, with a parameter for every value. It checks nothing.
//!
//! Filters have the truth values of SQL: a comparison with a missing value is neither true nor false, and `not` does not change that. So
//! `slope = 0.1` and `slope != 0.1` both leave out jobs without a slope, in a filter as in a query.

use rusqlite::types::Value;

use super::expression::{Expression, Literal, Operand, Order, Subject, Test};

/// A condition with its parameters, in the order of the question marks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

/// Greater than every character of a time or an id.
const ABOVE: char = '~';

/// What makes `expression` true of a row `job`.
pub(super) fn condition(expression: &Expression) -> Condition {
    let mut condition = Condition { sql: String::new(), values: Vec::new() };
    condition.write(expression);
    condition
}

impl Condition {
    fn write(&mut self, expression: &Expression) {
        match expression {
            Expression::All(parts) => self.joined(parts, " AND ", &mut Self::write),
            Expression::Any(parts) => self.joined(parts, " OR ", &mut Self::write),
            Expression::Not(inner) => {
                self.sql.push_str("NOT (");
                self.write(inner);
                self.sql.push(')');
            }
            Expression::Compare { subject, test } => self.compare(*subject, test),
        }
    }

    /// Halves in parentheses: SQLite refuses expressions that are nested deeply, and takes a row of them for one.
    fn joined<T>(&mut self, parts: &[T], join: &str, write: &mut impl FnMut(&mut Self, &T)) {
        let [first, rest @ ..] = parts else { return };
        if rest.is_empty() {
            return write(self, first);
        }
        let (left, right) = parts.split_at(parts.len() / 2);
        self.sql.push('(');
        self.joined(left, join, write);
        self.sql.push_str(join);
        self.joined(right, join, write);
        self.sql.push(')');
    }

    fn compare(&mut self, subject: Subject, test: &Test) {
        match subject {
            Subject::Column(column) => match column.of_data_set() {
                Some(name) => {
                    self.sql.push_str("job.data_set IN (SELECT data_set.key FROM data_set WHERE ");
                    self.test(name, test);
                    self.sql.push(')');
                }
                None => self.test(column.sql(), test),
            },
            Subject::Sweep => {
                self.sql.push_str(
                    "job.key IN (SELECT sweep_job.job FROM sweep JOIN sweep_job ON sweep_job.sweep = sweep.key WHERE ",
                );
                self.test("sweep.name", test);
                self.sql.push(')');
            }
        }
    }

    fn test(&mut self, left: &str, test: &Test) {
        match test {
            Test::Empty => self.push(left, " IS NULL"),
            Test::Like(pattern) => self.bound(left, " LIKE ", Value::Text(pattern.clone())),
            // Of letters beyond ASCII, SQLite knows no lower case.
            Test::Contains(part) => {
                self.push("instr(lower(", left);
                self.bound("), ", "", Value::Text(part.to_ascii_lowercase()));
                self.sql.push_str(") > 0");
            }
            Test::Order(order, Operand::Column(column)) => {
                self.push(left, sign(*order));
                self.sql.push_str(column.sql());
            }
            Test::Order(order, Operand::Literal(literal)) => self.order(left, *order, literal),
            Test::In(literals) => {
                self.joined(literals, " OR ", &mut |condition, literal| {
                    condition.order(left, Order::Equal, literal)
                });
            }
        }
    }

    fn order(&mut self, left: &str, order: Order, literal: &Literal) {
        let beginning = match literal {
            Literal::Integer(number) => return self.bound(left, sign(order), Value::Integer(*number)),
            Literal::Real(number) => return self.bound(left, sign(order), Value::Real(*number)),
            Literal::Text(text) => return self.bound(left, sign(order), Value::Text(text.clone())),
            Literal::Beginning(beginning) => beginning,
        };
        // All that begins so lies from the beginning itself to below this.
        let end = Value::Text(format!("{beginning}{ABOVE}"));
        let begin = Value::Text(beginning.clone());
        match order {
            Order::Less => self.bound(left, " < ", begin),
            Order::LessOrEqual => self.bound(left, " < ", end),
            Order::Greater => self.bound(left, " >= ", end),
            Order::GreaterOrEqual => self.bound(left, " >= ", begin),
            Order::Equal => {
                self.sql.push('(');
                self.bound(left, " >= ", begin);
                self.sql.push_str(" AND ");
                self.bound(left, " < ", end);
                self.sql.push(')');
            }
        }
    }

    fn push(&mut self, one: &str, other: &str) {
        self.sql.push_str(one);
        self.sql.push_str(other);
    }

    /// `left`, `sign` and a parameter for `value`.
    fn bound(&mut self, left: &str, sign: &str, value: Value) {
        self.push(left, sign);
        self.sql.push('?');
        self.values.push(value);
    }
}

fn sign(order: Order) -> &'static str {
    match order {
        Order::Equal => " = ",
        Order::Less => " < ",
        Order::LessOrEqual => " <= ",
        Order::Greater => " > ",
        Order::GreaterOrEqual => " >= ",
    }
}
