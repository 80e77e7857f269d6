//! What can be wrong with a sweep, one variant a kind of mistake. Knows nothing of how mistakes are drawn.

use std::{collections::BTreeSet, io, path::PathBuf};

use crate::source::Place;

/// What is wrong. The text is the title of the report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MistakeKind {
    /// The text is no TOML.
    #[error("this is not TOML: {message}")]
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// A key that its table has already.
    #[error("`{key}` is given twice")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A key that does not exist there.
    #[error("unknown key `{key}` in {table}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Where it stands, such as `[grid]`.
        table: String,
    },
    /// A name that does not exist.
    #[error("unknown {what} {value}")]
    UnknownValue {
        /// What it would be the name of.
        what: String,
        /// The name, in quotation marks.
        value: String,
    },
    /// A value of another type.
    #[error("`{key}` must be {expected}")]
    WrongType {
        /// The key.
        key: String,
        /// The type that it takes, in words.
        expected: String,
    },
    /// A value outside what makes sense.
    #[error("`{key}` must be {bounds}")]
    OutOfRange {
        /// The key.
        key: String,
        /// What it may be, in words.
        bounds: String,
    },
    /// A list without values.
    #[error("`{key}` is an empty list")]
    EmptyList {
        /// The key.
        key: String,
    },
    /// A name or path without characters, or with some that cannot be printed.
    #[error("`{key}` must be a text of printable characters")]
    Unprintable {
        /// The key.
        key: String,
    },
    /// A value stands twice in a list.
    #[error("`{key}` lists {value} twice")]
    Repeated {
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
    /// Two files of a list are one value, since files are known by their content.
    #[error("`{key}` lists two files with the same content")]
    SameContent {
        /// The key.
        key: String,
    },
    /// A range that cannot be.
    #[error("the range of `{key}` {fault}")]
    Range {
        /// The key.
        key: String,
        /// What is wrong with it.
        fault: String,
    },
    /// A setting that is given in two places that contradict each other.
    #[error("`{key}` is given twice")]
    Contradiction {
        /// The key.
        key: String,
    },
    /// Lists of one `[[zip]]` that do not pair up.
    #[error("the lists of a [[zip]] must be equally long")]
    UnequalZip,
    /// A single table where there can be several, or the other way round.
    #[error("`{name}` must be written {brackets}")]
    Brackets {
        /// The table.
        name: String,
        /// How it is written.
        brackets: String,
    },
    /// A block that lacks what makes it one.
    #[error("the {block} {fault}")]
    IncompleteBlock {
        /// The block, such as `[[when]]`.
        block: &'static str,
        /// What it lacks.
        fault: &'static str,
    },
    /// An override or exclusion without any job.
    #[error("the {block} matches no job")]
    MatchesNothing {
        /// The block, such as `[[when]]`.
        block: &'static str,
    },
    /// A setting that no job can use.
    #[error("`{setting}` has no effect: no job {block}has {condition}")]
    NoEffect {
        /// The setting.
        setting: &'static str,
        /// Which jobs could use it, such as `activation = "elu"`.
        condition: String,
        /// Which jobs were looked at: empty, or words with a space behind them.
        block: &'static str,
    },
    /// A row that leaves open which value of an axis it has.
    #[error("the [[rows]] block does not say which `{setting}` it has")]
    OpenRow {
        /// The setting.
        setting: &'static str,
    },
    /// Something that must be there.
    #[error("`{key}` is missing")]
    Missing {
        /// The key or table.
        key: String,
    },
    /// A setting without a default that some jobs lack.
    #[error("`{setting}` is missing{}", extent(*without, *jobs))]
    MissingSetting {
        /// The setting.
        setting: &'static str,
        /// Jobs without it.
        without: usize,
        /// All jobs.
        jobs: usize,
    },
    /// A key of another data set.
    #[error("`{key}` does not belong to the data set \"{set}\"")]
    OtherSet {
        /// The key.
        key: String,
        /// The data set of the sweep.
        set: &'static str,
    },
    /// Nothing to run.
    #[error("the sweep has no jobs: {reason}")]
    NoJobs {
        /// Why.
        reason: String,
    },
    /// More combinations than a sweep may have.
    #[error("the sweep has {combinations} combinations: at most 1,000,000 are possible")]
    TooManyJobs {
        /// How many, with separators of thousands.
        combinations: String,
    },
    /// More comparisons of combinations with blocks than a sweep may have.
    #[error(
        "the sweep has {combinations} combinations and {blocks} [[when]] and [[exclude]] blocks: the product may be at \
         most 200,000,000"
    )]
    TooManyBlocks {
        /// How many combinations, with separators of thousands.
        combinations: String,
        /// How many blocks, likewise.
        blocks: String,
    },
    /// A file with initial weights that cannot be read.
    #[error("cannot read the initial weights {}: {source}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What was found outside of the sweep file, such as data that cannot be read.
    #[error("{words}")]
    Outside {
        /// What is wrong.
        words: String,
    },
    /// An override from the command line that has no form.
    #[error("an override is written KEY=VALUE")]
    OverrideForm,
}

/// One mistake with the places that it concerns.
#[derive(Debug)]
pub struct Mistake {
    pub(crate) kind: MistakeKind,
    pub(crate) place: Place,
    /// Words beside the caret.
    pub(crate) label: String,
    /// Further places with words beside them.
    pub(crate) context: Vec<(Place, String)>,
    pub(crate) help: Vec<String>,
}

impl Mistake {
    pub(crate) fn new(kind: MistakeKind, place: Place) -> Self {
        Self { kind, place, label: String::new(), context: Vec::new(), help: Vec::new() }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn context(mut self, place: Place, label: impl Into<String>) -> Self {
        self.context.push((place, label.into()));
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// What is wrong.
    pub fn kind(&self) -> &MistakeKind {
        &self.kind
    }
}

fn extent(without: usize, jobs: usize) -> String {
    if without == jobs { String::new() } else { format!(": {without} of {jobs} jobs have none") }
}

/// Puts mistakes into the order of the text, and leaves each in once.
pub(crate) fn in_order(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    mistakes.sort_by_key(|mistake| mistake.place);
    let mut seen = BTreeSet::new();
    mistakes.retain(|mistake| seen.insert((mistake.place, mistake.kind.to_string())));
    mistakes
}
