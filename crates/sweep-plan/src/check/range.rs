//! Ranges: `{ from = 1e-4, to = 1e-1, steps = 4, scale = "log" }`.

use sweep_job::{Setting, SettingKind, SettingValue};
use sweep_text::thousands;

use crate::{
    check::Checker,
    limits::{MOST_COMBINATIONS, MOST_IN_RANGES},
    mistake::{Mistake, MistakeKind},
    node::{Entry, Node, decimal},
    source::Place,
    suggest::{self, Quotation},
};

const KEYS: [&str; 4] = ["from", "to", "steps", "scale"];

/// Spacing of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// Equal differences.
    Linear,
    /// Equal ratios.
    Log,
}

/// Whether a table is meant to be a range.
pub(crate) fn is_range(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| KEYS.contains(&entry.key.name.as_str()))
}

impl Checker<'_> {
    /// The values of a range, in its order.
    pub(crate) fn range(
        &mut self,
        setting: Setting,
        node: &Node,
        entries: &[Entry],
    ) -> Option<Vec<SettingValue>> {
        if !matches!(
            setting.kind(),
            SettingKind::Whole { .. } | SettingKind::Number(_) | SettingKind::NumberOrOff(_)
        ) {
            let expected = match setting.kind() {
                SettingKind::Switch | SettingKind::MaxNorm => "true, false or a list of them",
                SettingKind::Wholes { .. } => "a list of whole numbers",
                _ => "a string or a list of strings",
            };
            self.wrong_type(setting.name(), node, expected, Some("only numbers can have a range".to_owned()));
            return None;
        }
        let before = self.count();
        self.keys_of_range(setting, node, entries);
        let find = |name: &str| entries.iter().find(|entry| entry.key.name == name).map(|entry| &entry.value);
        let scale = match find("scale") {
            None => Some(Scale::Linear),
            Some(scale) => self.name("scale", scale, &[Scale::Linear, Scale::Log], Scale::name),
        };
        let steps_node = find("steps");
        let steps = steps_node.and_then(|steps| self.whole("steps", steps, 1, MOST_COMBINATIONS));
        let from = find("from").and_then(|from| Some((from, self.value(setting, from)?)));
        let to = find("to").and_then(|to| Some((to, self.value(setting, to)?)));
        let (from, to, steps, scale) = (from?, to?, steps?, scale?);
        if self.count() > before {
            return None;
        }
        let steps_node = steps_node.unwrap_or(node);
        let fault = Fault::of_ends(from, to, (steps_node, steps), scale)
            .or_else(|| self.fault_of_room(steps_node, steps));
        let spaced = match fault {
            Some(fault) => Err(fault),
            None => match (from.1, to.1) {
                (SettingValue::Whole(from), SettingValue::Whole(to)) => whole_numbers(from, to, steps, scale),
                (SettingValue::Number(from), SettingValue::Number(to)) => numbers(from, to, steps, scale),
                _ => return None,
            },
        };
        spaced.map_err(|fault| self.range_fault(setting, fault.place.unwrap_or(node.place), fault)).ok()
    }

    /// Takes the room that so many values need, if it is there.
    fn fault_of_room(&mut self, steps_node: &Node, steps: u64) -> Option<Fault> {
        match self.room_for_ranges.checked_sub(steps) {
            Some(room) => {
                self.room_for_ranges = room;
                None
            }
            None => {
                let words = "has too many values, with those of the ranges before it";
                let help = format!("all ranges together may have {}", thousands(MOST_IN_RANGES));
                Some(Fault::new(words, help).at(steps_node))
            }
        }
    }

    /// Reports unknown keys of a range and those that it lacks.
    fn keys_of_range(&mut self, setting: Setting, node: &Node, entries: &[Entry]) {
        let mut meant = Vec::new();
        for entry in entries.iter().filter(|entry| !KEYS.contains(&entry.key.name.as_str())) {
            meant.extend(suggest::closest(&entry.key.name, KEYS));
            self.unknown_key(&entry.key, &format!("the range of `{}`", setting.name()), || {
                suggest::help(&entry.key.name, KEYS, Quotation::Key)
            });
        }
        for name in ["from", "to", "steps"] {
            let is_there = entries.iter().any(|entry| entry.key.name == name);
            // A key that was misspelt has been reported already.
            if !is_there && !meant.contains(&name) {
                let help = "a range is written { from = 1e-4, to = 1e-1, steps = 4, scale = \"log\" }, where \
                            scale may be left out";
                self.range_fault(setting, node.place, Fault::new(format!("lacks `{name}`"), help));
            }
        }
    }

    fn range_fault(&mut self, setting: Setting, place: Place, fault: Fault) {
        let kind = MistakeKind::Range { key: setting.name().to_owned(), fault: fault.words };
        let mut mistake = Mistake::new(kind, place);
        mistake.help.extend((!fault.help.is_empty()).then_some(fault.help));
        self.report(mistake);
    }
}

impl Scale {
    fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Log => "log",
        }
    }

    /// The value number `step` of `steps`, rounded to 12 significant digits so that it is the number one would write.
    fn at(self, from: f64, to: f64, step: u64, steps: u64) -> f64 {
        let (share, rest) =
            (step as f64 / (steps - 1) as f64, (steps - 1 - step) as f64 / (steps - 1) as f64);
        let exact = match self {
            Self::Linear => from * rest + to * share,
            Self::Log => (from.ln() * rest + to.ln() * share).exp(),
        };
        format!("{exact:.11e}").parse().unwrap_or(exact)
    }
}

/// What is wrong with a range, what would be right, and where, if not in the whole range.
struct Fault {
    words: String,
    help: String,
    place: Option<Place>,
}

impl Fault {
    fn new(words: impl Into<String>, help: impl Into<String>) -> Self {
        Self { words: words.into(), help: help.into(), place: None }
    }

    fn at(self, node: &Node) -> Self {
        Self { place: Some(node.place), ..self }
    }

    /// What is wrong with the ends and the number of steps, whatever lies between.
    fn of_ends(
        from: (&Node, SettingValue),
        to: (&Node, SettingValue),
        (steps_node, steps): (&Node, u64),
        scale: Scale,
    ) -> Option<Self> {
        let zero = [from, to].into_iter().find(|(_, value)| magnitude(*value) == 0.0);
        if let (Scale::Log, Some((end, _))) = (scale, zero) {
            return Some(Self::new("is logarithmic, and cannot reach 0", "").at(end));
        }
        match (from.1.bits() == to.1.bits(), steps) {
            (true, 1) => None,
            (true, _) => Some(Self::new("has several steps but one end", "").at(steps_node)),
            (false, 1) => {
                let help = "both ends belong to the range: write steps = 2 or more";
                Some(Self::new("has one step but two ends", help).at(steps_node))
            }
            (false, _) => None,
        }
    }
}

fn numbers(from: f64, to: f64, steps: u64, scale: Scale) -> Result<Vec<SettingValue>, Fault> {
    let at = |step| match step {
        0 => from,
        _ if step == steps - 1 => to,
        _ => scale.at(from, to, step, steps),
    };
    let values: Vec<f64> = (0..steps).map(at).collect();
    let rising = |pair: &[f64]| if from < to { pair[0] < pair[1] } else { pair[0] > pair[1] };
    if !values.windows(2).all(rising) {
        let words = format!("has steps too fine to tell apart between {} and {}", decimal(from), decimal(to));
        return Err(Fault::new(words, "values are rounded to 12 significant digits"));
    }
    Ok(values.into_iter().map(SettingValue::Number).collect())
}

fn whole_numbers(from: u64, to: u64, steps: u64, scale: Scale) -> Result<Vec<SettingValue>, Fault> {
    if steps == 1 {
        return Ok(vec![SettingValue::Whole(from)]);
    }
    let span = i128::from(to) - i128::from(from);
    let gaps = i128::from(steps - 1);
    match scale {
        Scale::Linear if span % gaps == 0 => {
            let at = |step: i128| SettingValue::Whole((i128::from(from) + span / gaps * step) as u64);
            Ok((0..=gaps).map(at).collect())
        }
        Scale::Linear => {
            // The nearest number of steps that divides the span.
            let nearest = (1..=gaps).rev().find(|gaps| span % gaps == 0).unwrap_or(1) + 1;
            let words = format!("does not land on whole numbers with {steps} steps");
            Err(Fault::new(words, format!("{nearest} steps would")))
        }
        Scale::Log => (0..steps).map(|step| log_whole(from, to, step, steps)).collect(),
    }
}

fn log_whole(from: u64, to: u64, step: u64, steps: u64) -> Result<SettingValue, Fault> {
    let value = match step {
        0 => return Ok(SettingValue::Whole(from)),
        _ if step == steps - 1 => return Ok(SettingValue::Whole(to)),
        _ => Scale::Log.at(from as f64, to as f64, step, steps),
    };
    // Beyond 2^53 a decimal number no longer tells whole numbers apart.
    if value.fract() == 0.0 && value < 9e15 {
        return Ok(SettingValue::Whole(value as u64));
    }
    let help = format!("value number {} would be {}; a list can hold any numbers", step + 1, decimal(value));
    Err(Fault::new("does not land on whole numbers", help))
}

/// The size of a number, whatever its sign and type.
fn magnitude(value: SettingValue) -> f64 {
    match value {
        SettingValue::Whole(whole) => whole as f64,
        SettingValue::Number(number) => number.abs(),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: Result<Vec<SettingValue>, Fault>) -> Vec<SettingValue> {
        values.map_err(|fault| fault.words).unwrap()
    }

    #[test]
    fn decades_are_exact() {
        let decades = [1e-4, 1e-3, 1e-2, 1e-1].map(SettingValue::Number);
        assert_eq!(of(numbers(1e-4, 1e-1, 4, Scale::Log)), decades);
        let falling: Vec<_> = decades.into_iter().rev().collect();
        assert_eq!(of(numbers(1e-1, 1e-4, 4, Scale::Log)), falling);
    }

    #[test]
    fn tenths_are_exact_and_zero_stays_zero() {
        let tenths = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7].map(SettingValue::Number);
        assert_eq!(of(numbers(0.0, 0.7, 8, Scale::Linear)), tenths);
    }

    #[test]
    fn whole_numbers_are_met_or_refused() {
        assert_eq!(of(whole_numbers(0, 4, 5, Scale::Linear)), [0, 1, 2, 3, 4].map(SettingValue::Whole));
        assert_eq!(of(whole_numbers(1, 1000, 4, Scale::Log)), [1, 10, 100, 1000].map(SettingValue::Whole));
        assert_eq!(
            of(whole_numbers(512, 16, 6, Scale::Log)),
            [512, 256, 128, 64, 32, 16].map(SettingValue::Whole)
        );
        let far = i64::MAX as u64;
        assert_eq!(of(whole_numbers(0, far, 2, Scale::Linear)), [0, far].map(SettingValue::Whole));
        assert!(whole_numbers(0, 10, 4, Scale::Linear).is_err_and(|fault| fault.help == "3 steps would"));
        assert!(whole_numbers(1, 100, 4, Scale::Log).is_err());
    }

    #[test]
    fn extreme_ends_stay_finite() {
        let values = of(numbers(f64::MIN_POSITIVE, f64::MAX, 7, Scale::Log));
        assert!(values.iter().all(|value| magnitude(*value).is_finite()));
        let values = of(numbers(0.0, f64::MAX, 3, Scale::Linear));
        assert!(values.iter().all(|value| magnitude(*value).is_finite()));
        assert!(numbers(1.0, 1.0 + 1e-13, 3, Scale::Linear).is_err());
    }
}
