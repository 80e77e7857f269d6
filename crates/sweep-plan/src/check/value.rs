//! One value of a setting.

use sweep_job::{Bounds, MaxNorm, Setting, SettingKind, SettingValue, WholeList};

use crate::{
    check::Checker,
    mistake::{Mistake, MistakeKind},
    node::{Content, Entry, Node, decimal, quoted},
    suggest::{self, Quotation},
};

impl Checker<'_> {
    /// The value of `setting` that `node` is, or a mistake.
    pub(crate) fn value(&mut self, setting: Setting, node: &Node) -> Option<SettingValue> {
        let value = self.value_of_kind(setting, node);
        if value.is_none() {
            self.doubtful.insert(setting);
        }
        value
    }

    fn value_of_kind(&mut self, setting: Setting, node: &Node) -> Option<SettingValue> {
        let key = setting.name();
        match setting.kind() {
            SettingKind::Name(names) => self.name(key, node, names, |name| name).map(SettingValue::Name),
            SettingKind::Whole { least, most } => self.whole(key, node, least, most).map(SettingValue::Whole),
            SettingKind::Wholes { count, most } => {
                self.wholes(key, node, count, most).map(SettingValue::Wholes)
            }
            SettingKind::Number(bounds) => self.number(key, node, bounds).map(SettingValue::Number),
            SettingKind::NumberOrOff(bounds) => match node.content {
                Content::Switch(false) => Some(SettingValue::Switch(false)),
                _ => self.number(key, node, bounds).map(SettingValue::Number),
            },
            SettingKind::Switch => self.switch(key, node).map(SettingValue::Switch),
            SettingKind::MaxNorm => self.max_norm(node),
            SettingKind::Weights => self.initial_weights(node),
        }
    }

    /// One of a few names.
    pub(crate) fn name<T: Copy>(
        &mut self,
        key: &str,
        node: &Node,
        all: &[T],
        name_of: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let names = all.iter().map(|item| name_of(*item));
        let Content::Text(text) = &node.content else {
            let quoted = suggest::listed(names.map(quoted), "or");
            self.wrong_type(key, node, "a string", Some(format!("write {quoted}")));
            return None;
        };
        let found = all.iter().copied().find(|item| name_of(*item) == text);
        if found.is_none() {
            self.report_with(|| {
                let kind = MistakeKind::UnknownValue { what: key.to_owned(), value: quoted(text) };
                Mistake::new(kind, node.place).help(suggest::help(text, names, Quotation::Value))
            });
        }
        found
    }

    /// A whole number within bounds.
    pub(crate) fn whole(&mut self, key: &str, node: &Node, least: u64, most: u64) -> Option<u64> {
        let expected = "a whole number";
        match &node.content {
            Content::Whole(whole) => {
                let found = u64::try_from(*whole).ok().filter(|whole| (least..=most).contains(whole));
                if found.is_none() {
                    let bounds = if *whole > i128::from(most) {
                        format!("at most {most}")
                    } else {
                        format!("{least} or above")
                    };
                    self.out_of_range(key, node, bounds);
                }
                found
            }
            Content::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                self.wrong_type(key, node, expected, Some(format!("write {number:.0}, without a point")));
                None
            }
            _ => {
                self.wrong_type(key, node, expected, None);
                None
            }
        }
    }

    /// A list of so many whole numbers.
    fn wholes(&mut self, key: &str, node: &Node, count: usize, most: u16) -> Option<WholeList> {
        let expected = format!("a list of {count} whole numbers");
        let Content::List(items) = &node.content else {
            self.wrong_type(key, node, &expected, None);
            return None;
        };
        if items.len() != count {
            let kind = MistakeKind::WrongType { key: key.to_owned(), expected };
            self.report(Mistake::new(kind, node.place).label(format!("this has {}", items.len())));
            return None;
        }
        let numbers = items.iter().map(|item| self.whole(key, item, 1, most.into()));
        // All of them are checked, so that every mistake is reported.
        let numbers: Vec<Option<u64>> = numbers.collect();
        let numbers: Option<Vec<u16>> =
            numbers.into_iter().map(|number| u16::try_from(number?).ok()).collect();
        WholeList::new(&numbers?)
    }

    /// A finite number within bounds.
    pub(crate) fn number(&mut self, key: &str, node: &Node, bounds: Bounds) -> Option<f64> {
        let number = match node.content {
            Content::Whole(whole) => whole as f64,
            Content::Number(number) => number,
            _ => {
                self.wrong_type(key, node, "a number", self.as_number(node));
                return None;
            }
        };
        if !number.is_finite() {
            self.out_of_range(key, node, "a finite number".to_owned());
            return None;
        }
        if !bounds.hold(number) {
            self.out_of_range(key, node, bounds.in_words().to_owned());
            return None;
        }
        // Minus zero is zero, and must have the identity of zero.
        Some(if number == 0.0 { 0.0 } else { number })
    }

    /// How to write a string that reads as a number, such as `"1e-3"` or, on the command line, `.5`.
    fn as_number(&self, node: &Node) -> Option<String> {
        let Content::Text(text) = &node.content else { return None };
        let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
        let number = decimal(number);
        let is_quoted = self.text(node.place).starts_with(['"', '\'']);
        Some(if is_quoted {
            format!("write {number}, without quotation marks")
        } else {
            format!("write {number}")
        })
    }

    fn out_of_range(&mut self, key: &str, node: &Node, bounds: String) {
        let kind = MistakeKind::OutOfRange { key: key.to_owned(), bounds };
        self.report(Mistake::new(kind, node.place));
    }

    fn switch(&mut self, key: &str, node: &Node) -> Option<bool> {
        let Content::Switch(switch) = node.content else {
            self.wrong_type(key, node, "true or false", None);
            return None;
        };
        Some(switch)
    }

    fn max_norm(&mut self, node: &Node) -> Option<SettingValue> {
        match &node.content {
            Content::Switch(switch) => Some(SettingValue::Switch(*switch)),
            Content::Table(entries) => self.max_norm_bounds(node, entries).map(SettingValue::Bounds),
            _ => {
                let help = "write true for the bounds of the model, false for none, or \
                            { convolution = 2.0, dense = 0.5 }";
                self.wrong_type("max_norm", node, "true, false or a table of bounds", Some(help.to_owned()));
                None
            }
        }
    }

    fn max_norm_bounds(&mut self, node: &Node, entries: &[Entry]) -> Option<MaxNorm> {
        let (mut convolution, mut dense) = (None, None);
        let before = self.count();
        for entry in entries {
            match entry.key.name.as_str() {
                "convolution" => convolution = self.number("convolution", &entry.value, Bounds::Positive),
                "dense" => dense = self.number("dense", &entry.value, Bounds::Positive),
                other => {
                    self.unknown_key(&entry.key, "`max_norm`", || {
                        suggest::help(other, ["convolution", "dense"], Quotation::Key)
                    });
                }
            }
        }
        match (convolution, dense) {
            (Some(convolution), Some(dense)) if self.count() == before => {
                Some(MaxNorm { convolution, dense })
            }
            _ => {
                for name in ["convolution", "dense"] {
                    if entries.iter().all(|entry| entry.key.name != name) {
                        let kind = MistakeKind::Missing { key: name.to_owned() };
                        self.report(Mistake::new(kind, node.place).label("`max_norm` needs both bounds"));
                    }
                }
                None
            }
        }
    }

    fn initial_weights(&mut self, node: &Node) -> Option<SettingValue> {
        match &node.content {
            Content::Switch(false) => Some(SettingValue::Switch(false)),
            Content::Text(path) => {
                let path = self.path("initial_weights", node, path)?;
                match self.weights.number(path) {
                    Ok(number) => Some(SettingValue::File(number)),
                    Err(kind) => {
                        let help = "the path starts from the folder in which `sweep` is run";
                        self.report(Mistake::new(kind, node.place).help(help));
                        None
                    }
                }
            }
            _ => {
                let help = "write false for random weights";
                self.wrong_type("initial_weights", node, "a path in quotation marks", Some(help.to_owned()));
                None
            }
        }
    }

    /// A text of printable characters, not all blank.
    pub(crate) fn printable<'t>(&mut self, key: &str, node: &Node, text: &'t str) -> Option<&'t str> {
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            let kind = MistakeKind::Unprintable { key: key.to_owned() };
            let label = if text.trim().is_empty() { "this is empty" } else { "" };
            self.report(Mistake::new(kind, node.place).label(label));
            return None;
        }
        Some(text)
    }

    pub(crate) fn path<'t>(&mut self, key: &str, node: &Node, text: &'t str) -> Option<&'t std::path::Path> {
        self.printable(key, node, text).map(std::path::Path::new)
    }
}
