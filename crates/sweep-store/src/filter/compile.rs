//! A condition becomes SQL on the row `job`, with a parameter for every value. It checks nothing.
//!
//! SQL has three truth values: a comparison with NULL is neither true nor false, and neither is its negation. A filter has two:
//! a comparison with what has no value is false, and `not` is its opposite. So negations are moved to the comparisons, where
//! `IS NOT TRUE` says what is meant; what stands in no negation is plain SQL, which finds its rows by an index.

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
    condition.write(expression, Sense::Holds);
    condition
}

/// Whether a condition is to hold or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    Holds,
    Fails,
}

impl Condition {
    fn write(&mut self, expression: &Expression, sense: Sense) {
        match (expression, sense) {
            (Expression::All(parts), Sense::Holds) | (Expression::Any(parts), Sense::Fails) => {
                self.joined(parts, " AND ", &mut |condition, part| condition.write(part, sense));
            }
            (Expression::Any(parts), Sense::Holds) | (Expression::All(parts), Sense::Fails) => {
                self.joined(parts, " OR ", &mut |condition, part| condition.write(part, sense));
            }
            (Expression::Not(inner), Sense::Holds) => self.write(inner, Sense::Fails),
            (Expression::Not(inner), Sense::Fails) => self.write(inner, Sense::Holds),
            (Expression::Compare { subject, test }, Sense::Holds) => self.compare(*subject, test),
            (Expression::Compare { subject, test }, Sense::Fails) => {
                self.sql.push('(');
                self.compare(*subject, test);
                self.sql.push_str(") IS NOT TRUE");
            }
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
