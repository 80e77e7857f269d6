//! What all runs have: the settings with their values, and the figures, for the HPARAMS tab. It writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::hparams::{
    Data, Domain, Experiment, Figure, FigureName, Interval, Kind, Setting, SettingType, SettingValue,
    ValueList,
};

/// More values of a text than that are not offered for choice.
const MOST_CHOICES: usize = 100;

/// The figures of a run with their tags, titles and what they are.
const FIGURES: [(&str, &str, &str); 6] = [
    ("accuracy/test", "test accuracy", "At the last epoch: no set chose it."),
    (SELECTED, "selected test accuracy", "At the epoch that the validation set selects."),
    (
        BEST,
        "best test accuracy (optimistic)",
        "The highest of all epochs, chosen on the test set itself: it overstates what the network does on new data.",
    ),
    ("accuracy/validation", "validation accuracy", "At the last epoch."),
    ("accuracy/train", "train accuracy", "At the last epoch, while training."),
    ("loss/test", "test loss", "At the last epoch: mean cross-entropy a trial, in nats."),
];

/// The tag of the highest test accuracy.
pub(super) const BEST: &str = "best/test_accuracy";
/// The tag of the test accuracy at the epoch that the validation set selects.
pub(super) const SELECTED: &str = "selected/test_accuracy";

/// The settings of all runs so far.
#[derive(Debug, Default)]
pub(super) struct Settings {
    runs: usize,
    seen: BTreeMap<String, Seen>,
    tags: BTreeSet<String>,
}

/// The values that a setting had so far.
#[derive(Debug)]
struct Seen {
    runs: usize,
    texts: BTreeSet<String>,
    interval: Option<Interval>,
    truths: BTreeSet<bool>,
}

impl Settings {
    /// Adds those of a run that has figures of the names `tags`.
    pub(super) fn add(
        &mut self,
        settings: &BTreeMap<String, SettingValue>,
        tags: impl Iterator<Item = String>,
    ) {
        self.runs += 1;
        self.tags.extend(tags);
        for (name, value) in settings {
            let new = || Seen { runs: 0, texts: BTreeSet::new(), interval: None, truths: BTreeSet::new() };
            let seen = self.seen.entry(name.clone()).or_insert_with(new);
            seen.runs += 1;
            match &value.kind {
                Some(Kind::Number(number)) => {
                    let Interval { least, greatest } =
                        seen.interval.unwrap_or(Interval { least: *number, greatest: *number });
                    seen.interval =
                        Some(Interval { least: least.min(*number), greatest: greatest.max(*number) });
                }
                Some(Kind::Text(text)) if seen.texts.len() <= MOST_CHOICES => {
                    seen.texts.insert(text.clone());
                }
                Some(Kind::Truth(truth)) => {
                    seen.truths.insert(*truth);
                }
                Some(Kind::Text(_)) | None => {}
            }
        }
    }

    /// What the tab shows of all runs.
    pub(super) fn experiment(self, created: f64) -> Data {
        let figures = FIGURES.iter().filter(|(tag, ..)| self.tags.contains(*tag));
        Data::Experiment(Experiment {
            description: "Exported by sweep.".to_owned(),
            created,
            settings: self.seen.into_iter().map(|(name, seen)| seen.setting(name, self.runs)).collect(),
            figures: figures
                .map(|(tag, title, description)| Figure {
                    name: Some(FigureName { tag: (*tag).to_owned() }),
                    title: (*title).to_owned(),
                    description: (*description).to_owned(),
                })
                .collect(),
        })
    }
}

impl Seen {
    fn setting(self, name: String, runs: usize) -> Setting {
        let list = |kinds: Vec<Kind>| {
            let values = kinds.into_iter().map(|kind| SettingValue { kind: Some(kind) }).collect();
            Domain::Discrete(ValueList { values })
        };
        let values = self.texts.len()
            + self.truths.len()
            + self.interval.map_or(0, |interval| if interval.least < interval.greatest { 2 } else { 1 });
        let (setting_type, domain) = match self.interval {
            Some(interval) => (SettingType::Number, Some(Domain::Interval(interval))),
            None if !self.truths.is_empty() => {
                (SettingType::Truth, Some(list(self.truths.into_iter().map(Kind::Truth).collect())))
            }
            None if self.texts.len() > MOST_CHOICES => (SettingType::Text, None),
            None => (SettingType::Text, Some(list(self.texts.into_iter().map(Kind::Text).collect()))),
        };
        Setting { name, setting_type: setting_type.into(), domain, differs: values > 1 || self.runs < runs }
    }
}
