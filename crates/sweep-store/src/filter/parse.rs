//! Words become a condition, by recursive descent: `or` joins what `and` joins, `not` and parentheses bind closest. It checks no values.

use std::ops::Range;

use super::{
    FilterError, MOST_BYTES, MOST_DEPTH, MOST_VALUES,
    check::{Checker, example, subject},
    error::quoted,
    expression::{Expression, Literal, Operand, Order, Subject, Test},
    token::{Form, Token, tokens},
};

/// Words of the language; no column has such a name.
pub(super) const KEYWORDS: [&str; 9] = ["and", "or", "not", "in", "is", "null", "like", "true", "false"];

/// Reads and checks a filter.
pub(super) fn parse(text: &str) -> Result<Expression, FilterError> {
    if text.len() > MOST_BYTES {
        let begin: String = text.chars().take(MOST_BYTES / 4).collect();
        let message = format!("the filter has {} bytes, and may have {MOST_BYTES}", text.len());
        return Err(FilterError::new(&begin, 0..0, message));
    }
    let mut parser = Parser { text, tokens: tokens(text)?, next: 0, depth: 0, values: 0 };
    if parser.at(&Form::End) {
        let error = parser.wrong(0..text.len(), "the filter is empty");
        return Err(error.hint("write a condition, such as model = \"eegnet\" and learning_rate < 0.01"));
    }
    let expression = parser.any()?;
    match &parser.token().form {
        Form::End => Ok(expression),
        Form::Close => Err(parser.unexpected("this parenthesis closes nothing")),
        _ => {
            let message = format!("{} does not belong here", parser.word());
            Err(parser.unexpected(message).hint("join conditions with `and` or `or`"))
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    values: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.all()?];
        while self.take_keyword("or").is_some() {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.condition()?];
        while self.take_keyword("and").is_some() {
            parts.push(self.condition()?);
        }
        Ok(joined(parts, Expression::All))
    }

    fn condition(&mut self) -> Result<Expression, FilterError> {
        if self.take_keyword("not").is_some() {
            return Ok(negated(self.deeper(Self::condition)?));
        }
        let opening = self.token().span.clone();
        if !self.take(&Form::Open) {
            return self.comparison();
        }
        let inner = self.deeper(Self::any)?;
        if self.take(&Form::Close) {
            return Ok(inner);
        }
        if self.at(&Form::End) {
            return Err(self.wrong(opening, "this parenthesis is not closed"));
        }
        let message = format!("{} does not belong here", self.word());
        Err(self
            .unexpected(message)
            .hint("join conditions with `and` or `or`, or close the parenthesis before it"))
    }

    fn deeper(
        &mut self,
        parse: fn(&mut Self) -> Result<Expression, FilterError>,
    ) -> Result<Expression, FilterError> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            let message = format!("parentheses and `not` are nested deeper than {MOST_DEPTH} times");
            return Err(self.unexpected(message));
        }
        let inner = parse(self);
        self.depth -= 1;
        inner
    }

    fn comparison(&mut self) -> Result<Expression, FilterError> {
        let place = self.token().span.clone();
        let word = &self.text[place.clone()];
        if self.token().form != Form::Word || is_keyword(word) {
            let message = match self.token().form {
                Form::End => "a condition is missing here".to_owned(),
                _ => format!("a condition begins with a name, and {} is none", self.word()),
            };
            return Err(self.unexpected(message).hint("write, for example, learning_rate < 0.01"));
        }
        let subject = subject(self.text, place)?;
        self.next += 1;
        let test = match self.token().form.clone() {
            Form::Sign(order) => self.order(subject, order),
            Form::Unequal => return self.order(subject, Order::Equal).map(|test| not(subject, test)),
            Form::Tilde => self.contains(subject),
            Form::Word => return self.words(subject),
            _ => Err(self.no_comparison(subject)),
        };
        Ok(Expression::Compare { subject, test: test? })
    }

    /// A comparison in words: `in`, `like`, either with `not`, and `is`.
    fn words(&mut self, subject: Subject) -> Result<Expression, FilterError> {
        if self.take_keyword("is").is_some() {
            let is_negated = self.take_keyword("not").is_some();
            if self.take_keyword("null").is_none() {
                return Err(self.unexpected("`is` is followed by `null` or `not null`"));
            }
            let test = Checker::new(self.text, subject).empty(self.before())?;
            return Ok(if is_negated { not(subject, test) } else { Expression::Compare { subject, test } });
        }
        let is_negated = self.take_keyword("not").is_some();
        let test = if self.take_keyword("in").is_some() {
            self.list(subject)?
        } else if self.take_keyword("like").is_some() {
            let place = self.before();
            Test::Like(Checker::new(self.text, subject).pattern(place, self.value(subject)?)?)
        } else if is_negated && self.at(&Form::Tilde) {
            self.contains(subject)?
        } else {
            return Err(self.no_comparison(subject));
        };
        Ok(if is_negated { not(subject, test) } else { Expression::Compare { subject, test } })
    }

    fn order(&mut self, subject: Subject, order: Order) -> Result<Test, FilterError> {
        let sign = self.token().span.clone();
        self.next += 1;
        let checker = Checker::new(self.text, subject);
        checker.may_order(sign, order)?;
        let operand: Operand = checker.operand(self.value(subject)?)?;
        Ok(Test::Order(order, operand))
    }

    fn contains(&mut self, subject: Subject) -> Result<Test, FilterError> {
        let sign = self.token().span.clone();
        self.next += 1;
        Ok(Test::Contains(Checker::new(self.text, subject).pattern(sign, self.value(subject)?)?))
    }

    fn list(&mut self, subject: Subject) -> Result<Test, FilterError> {
        let missing = "`in` is followed by values in parentheses";
        if !self.take(&Form::Open) {
            return Err(self.unexpected(missing).hint("write, for example, seed in (0, 1, 2)"));
        }
        let mut values: Vec<Literal> = Vec::new();
        loop {
            let checker = Checker::new(self.text, subject);
            values.push(checker.literal(self.value(subject)?)?);
            if self.take(&Form::Close) {
                return Ok(Test::In(values));
            }
            if !self.take(&Form::Comma) {
                return Err(self.unexpected("a comma or `)` is missing here"));
            }
        }
    }

    /// The word that a subject is compared with.
    fn value(&mut self, subject: Subject) -> Result<&Token, FilterError> {
        let is_value = match &self.token().form {
            Form::Text(_) | Form::Number { .. } => true,
            Form::Word => !["and", "or", "not", "in", "is", "like"].iter().any(|word| self.at_keyword(word)),
            _ => false,
        };
        if !is_value {
            return Err(self
                .unexpected("a value is missing here")
                .hint(format!("write, for example, {}", example(subject))));
        }
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(self.unexpected(format!("the filter has more than {MOST_VALUES} values")));
        }
        self.next += 1;
        Ok(&self.tokens[self.next - 1])
    }

    fn no_comparison(&self, subject: Subject) -> FilterError {
        let message = match self.token().form {
            Form::End => "a comparison is missing here".to_owned(),
            _ => format!("{} is no comparison", self.word()),
        };
        self.unexpected(message).hint(format!("write, for example, {}", example(subject)))
    }

    /// The next word; the last one is never passed.
    fn token(&self) -> &Token {
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    /// The place of the word that was taken last.
    fn before(&self) -> Range<usize> {
        self.tokens[self.next.saturating_sub(1)].span.clone()
    }

    fn at(&self, form: &Form) -> bool {
        self.token().form == *form
    }

    fn take(&mut self, form: &Form) -> bool {
        let is_there = self.at(form);
        self.next += usize::from(is_there);
        is_there
    }

    fn at_keyword(&self, keyword: &str) -> bool {
        self.at(&Form::Word) && self.text[self.token().span.clone()].eq_ignore_ascii_case(keyword)
    }

    fn take_keyword(&mut self, keyword: &str) -> Option<()> {
        self.at_keyword(keyword).then(|| self.next += 1)
    }

    /// The next word as it is written.
    fn word(&self) -> String {
        quoted(&self.text[self.token().span.clone()])
    }

    fn unexpected(&self, message: impl Into<String>) -> FilterError {
        self.wrong(self.token().span.clone(), message)
    }

    fn wrong(&self, span: Range<usize>, message: impl Into<String>) -> FilterError {
        FilterError::new(self.text, span, message)
    }
}

/// Whether `word` is one of the language.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

fn joined(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}

fn negated(expression: Expression) -> Expression {
    Expression::Not(Box::new(expression))
}

fn not(subject: Subject, test: Test) -> Expression {
    negated(Expression::Compare { subject, test })
}
