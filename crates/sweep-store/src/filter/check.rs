//! Whether a column is compared with what it can be, and the value that a word stands for. It reads no words.

use std::ops::Range;

use super::{
    FilterError,
    error::{printable, quoted},
    expression::{Literal, Operand, Order, Subject, Test},
    parse::is_keyword,
    suggest::{self, SWEEP},
    time,
    token::{Form, Token, Unit},
};
use crate::{Column, ColumnKind, bounds::LONGEST_PATTERN};

/// What is compared with a subject, in the text of a filter.
pub(super) struct Checker<'a> {
    text: &'a str,
    subject: Subject,
}

/// The subject whose name stands at `place`.
pub(super) fn subject(text: &str, place: Range<usize>) -> Result<Subject, FilterError> {
    let word = &text[place.clone()];
    if word.eq_ignore_ascii_case(SWEEP) {
        return Ok(Subject::Sweep);
    }
    Column::named(word).map(Subject::Column).ok_or_else(|| {
        FilterError::new(text, place, format!("there is no column {}", quoted(word)))
            .hint(suggest::column(word))
    })
}

/// A comparison of `subject` that is right.
pub(super) fn example(subject: Subject) -> String {
    let name = name(subject);
    match kind(subject) {
        ColumnKind::Name(names) => format!("{name} = \"{}\"", names.all().first().unwrap_or(&"")),
        ColumnKind::Text if name == SWEEP => format!("{name} = \"lab2\""),
        ColumnKind::Text => format!("{name} ~ \"part of it\""),
        ColumnKind::Digits => format!("{name} = \"4f2a\""),
        ColumnKind::Time => format!("{name} >= \"2026-03-01\""),
        ColumnKind::Integer => format!("{name} >= 10"),
        ColumnKind::Real => format!("{name} < 0.01"),
        ColumnKind::Accuracy => format!("{name} > 80%"),
        ColumnKind::Truth => format!("{name} = true"),
    }
}

fn name(subject: Subject) -> &'static str {
    match subject {
        Subject::Column(column) => column.name(),
        Subject::Sweep => SWEEP,
    }
}

fn kind(subject: Subject) -> ColumnKind {
    match subject {
        Subject::Column(column) => column.kind(),
        Subject::Sweep => ColumnKind::Text,
    }
}

impl<'a> Checker<'a> {
    pub(super) fn new(text: &'a str, subject: Subject) -> Self {
        Self { text, subject }
    }

    /// Whether the subject can lie above and below something.
    pub(super) fn may_order(&self, sign: Range<usize>, order: Order) -> Result<(), FilterError> {
        let has_order = matches!(
            kind(self.subject),
            ColumnKind::Time | ColumnKind::Integer | ColumnKind::Real | ColumnKind::Accuracy
        );
        if has_order || order == Order::Equal {
            return Ok(());
        }
        let name = name(self.subject);
        let signs = match kind(self.subject) {
            ColumnKind::Truth => "`=` and `!=`",
            _ => "`=`, `!=`, `in`, `like` and `~`",
        };
        Err(self.wrong(sign, format!("{name} has no order")).hint(format!("it can be compared by {signs}")))
    }

    /// Every job is in a sweep.
    pub(super) fn empty(&self, place: Range<usize>) -> Result<Test, FilterError> {
        match self.subject {
            Subject::Column(_) => Ok(Test::Empty),
            Subject::Sweep => Err(self.wrong(place, "a job is always in a sweep").hint(self.example())),
        }
    }

    /// A column or a value.
    pub(super) fn operand(&self, token: &Token) -> Result<Operand, FilterError> {
        let word = self.word(token);
        if token.form != Form::Word || is_keyword(word) {
            return Ok(Operand::Literal(self.literal(token)?));
        }
        let kind = kind(self.subject);
        let Some(column) = Column::named(word) else {
            let error =
                self.wrong(token.span.clone(), format!("{} is neither a value nor a column", quoted(word)));
            return Err(match kind {
                ColumnKind::Name(names) if !names.all().contains(&word) => {
                    error.hint(suggest::value(word, &names.all()))
                }
                ColumnKind::Name(_) | ColumnKind::Text | ColumnKind::Digits | ColumnKind::Time => {
                    error.hint(format!("write texts between quotes: \"{}\"", printable(word)))
                }
                _ => error.hint(self.example()),
            });
        };
        let are_alike = match (kind, column.kind()) {
            (ColumnKind::Name(one), ColumnKind::Name(other)) => one == other,
            (one, other) => one == other,
        };
        if are_alike && self.subject != Subject::Sweep {
            return Ok(Operand::Column(column));
        }
        let message = format!("{} cannot be compared with {}", name(self.subject), column.name());
        Err(self.wrong(token.span.clone(), message).hint(self.example()))
    }

    /// A text to look for in texts.
    pub(super) fn pattern(&self, sign: Range<usize>, token: &Token) -> Result<String, FilterError> {
        let is_text =
            matches!(kind(self.subject), ColumnKind::Name(_) | ColumnKind::Text | ColumnKind::Digits);
        if !is_text {
            let message = format!("{} is no text", name(self.subject));
            return Err(self.wrong(sign, message).hint(self.example()));
        }
        match &token.form {
            Form::Text(text) if text.chars().count() <= LONGEST_PATTERN.into() => Ok(text.clone()),
            Form::Text(_) => {
                let message = format!("the pattern has more than {LONGEST_PATTERN} characters");
                Err(self.wrong(token.span.clone(), message))
            }
            _ => Err(self.mismatch(token, "a text between quotes")),
        }
    }

    /// A value of the subject's kind.
    pub(super) fn literal(&self, token: &Token) -> Result<Literal, FilterError> {
        if self.word(token).eq_ignore_ascii_case("null") {
            let error = self.wrong(token.span.clone(), "nothing is equal to null");
            let name = name(self.subject);
            return Err(error.hint(format!("write {name} is null, or {name} is not null")));
        }
        match kind(self.subject) {
            ColumnKind::Truth => self.truth(token),
            ColumnKind::Integer => self.integer(token),
            ColumnKind::Real => self.real(token).map(Literal::Real),
            ColumnKind::Accuracy => self.accuracy(token).map(Literal::Real),
            kind => self.text(token, kind),
        }
    }

    fn text(&self, token: &Token, kind: ColumnKind) -> Result<Literal, FilterError> {
        let Form::Text(text) = &token.form else {
            return Err(self.mismatch(token, "a text between quotes"));
        };
        let wrong = |message| self.wrong(token.span.clone(), message);
        match kind {
            ColumnKind::Name(names) => {
                let names = names.all();
                let found = names.iter().find(|name| name.eq_ignore_ascii_case(text));
                found.map(|found| Literal::Text((*found).to_owned())).ok_or_else(|| {
                    wrong(format!("{} is never {}", name(self.subject), quoted(text)))
                        .hint(suggest::value(text, &names))
                })
            }
            ColumnKind::Digits => {
                let is_right =
                    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
                is_right.then(|| Literal::Beginning(text.to_ascii_lowercase())).ok_or_else(|| {
                    wrong(format!("{} has hexadecimal digits alone", name(self.subject)))
                        .hint("the first digits are enough")
                })
            }
            ColumnKind::Time => time::beginning(text).map(Literal::Beginning).ok_or_else(|| {
                wrong(format!("{} is no time", quoted(text)))
                    .hint("write times in UTC, as \"2026-03-01\" or \"2026-03-01T12:30\"")
            }),
            _ => Ok(Literal::Text(text.clone())),
        }
    }

    fn truth(&self, token: &Token) -> Result<Literal, FilterError> {
        match self.word(token).to_ascii_lowercase().as_str() {
            "true" => Ok(Literal::Integer(1)),
            "false" => Ok(Literal::Integer(0)),
            _ => Err(self.mismatch(token, "true or false")),
        }
    }

    /// Exact to the largest seed where it is written in digits; 1e3 is a whole number too.
    fn integer(&self, token: &Token) -> Result<Literal, FilterError> {
        let Form::Number { digits, unit: Unit::One } = &token.form else {
            return Err(self.mismatch(token, "a whole number"));
        };
        let whole = digits.parse::<f64>().ok().filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
        let number = digits.parse::<i64>().ok().or(whole.map(|number| number as i64));
        number.map(Literal::Integer).ok_or_else(|| self.mismatch(token, "a whole number"))
    }

    fn real(&self, token: &Token) -> Result<f64, FilterError> {
        match &token.form {
            Form::Number { digits, unit: Unit::One } => {
                digits.parse().map_err(|_| self.mismatch(token, "a number"))
            }
            _ => Err(self.mismatch(token, "a number")),
        }
    }

    /// A share from 0 to 1; one in per cent is rounded once, so that 84.7% is 0.847.
    fn accuracy(&self, token: &Token) -> Result<f64, FilterError> {
        let Form::Number { digits, unit } = &token.form else {
            return Err(self.mismatch(token, "a share, such as 0.85 or 85%"));
        };
        let shifted = match unit {
            Unit::One => digits.clone(),
            Unit::Percent => format!("{digits}e-2"),
        };
        let share = shifted.parse().ok().filter(|share| (0.0..=1.0).contains(share));
        share.ok_or_else(|| {
            let message = format!("{} is an accuracy, from 0 to 1 or from 0% to 100%", name(self.subject));
            let error = self.wrong(token.span.clone(), message);
            let is_percent =
                *unit == Unit::One && digits.parse().is_ok_and(|number: f64| number > 1.0 && number <= 100.0);
            if is_percent { error.hint(format!("did you mean {digits}%?")) } else { error }
        })
    }

    fn mismatch(&self, token: &Token, expected: &str) -> FilterError {
        let found = match &token.form {
            Form::Text(_) => "a text".to_owned(),
            Form::Number { unit: Unit::Percent, .. } => "a percentage".to_owned(),
            Form::Number { .. } => "a number".to_owned(),
            _ => quoted(self.word(token)),
        };
        let found = if expected == "a whole number" && found == "a number" {
            quoted(self.word(token))
        } else {
            found
        };
        let message = format!("{} is compared with {expected}, not with {found}", name(self.subject));
        self.wrong(token.span.clone(), message).hint(self.example())
    }

    fn example(&self) -> String {
        format!("write, for example, {}", example(self.subject))
    }

    fn word(&self, token: &Token) -> &'a str {
        &self.text[token.span.clone()]
    }

    fn wrong(&self, span: Range<usize>, message: impl Into<String>) -> FilterError {
        FilterError::new(self.text, span, message)
    }
}
