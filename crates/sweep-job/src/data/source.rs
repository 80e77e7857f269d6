//! How a data source is declared: its name and its keys in `[data]`. A source says nothing here of how its files are read.

use std::path::PathBuf;

use super::DataSource;

/// A source as sweep files know it. Each source's file has one.
#[derive(Debug)]
pub struct Declaration {
    /// The name in sweep files and the database.
    pub name: &'static str,
    /// Whether its trials were recorded or are computed.
    pub origin: Origin,
    /// Its keys in `[data]`. Several sources can share one, and then with the same kind.
    pub keys: &'static [SourceKey],
    /// Makes the source from the values of its keys; `None` if a required one is missing.
    pub build: fn(&KeyValues) -> Option<DataSource>,
}

impl Declaration {
    /// Its key of this name.
    pub fn key(&self, name: &str) -> Option<&'static SourceKey> {
        self.keys.iter().find(|key| key.name == name)
    }
}

/// Where signal comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It was recorded, and lies in files.
    Recorded,
    /// The program computes it.
    Computed,
}

/// A key of a source.
#[derive(Debug)]
pub struct SourceKey {
    /// The name in `[data]`.
    pub name: &'static str,
    /// What its values are.
    pub kind: KeyKind,
    /// Whether it may be missing.
    pub presence: Presence,
}

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// The path of a folder.
    Folder,
    /// The path of a file, or a list of different ones.
    Files,
    /// One of a few names.
    Name(&'static [&'static str]),
    /// A whole number.
    Whole {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
}

/// Whether a key may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It may: it has a default.
    Optional,
    /// It may not.
    Required {
        /// A value as it is written in a sweep file.
        example: &'static str,
    },
}

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyValue {
    /// Of a folder.
    Folder(PathBuf),
    /// Of files.
    Files(Vec<PathBuf>),
    /// A name.
    Name(&'static str),
    /// A whole number.
    Whole(u64),
}

/// The values of the keys that a sweep file has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyValues(Vec<(&'static str, KeyValue)>);

impl KeyValues {
    /// Adds the value of a key.
    pub fn insert(&mut self, key: &SourceKey, value: KeyValue) {
        self.0.push((key.name, value));
    }

    fn get(&self, name: &str) -> Option<&KeyValue> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The folder of a key, if the file has that key.
    pub(super) fn folder(&self, name: &str) -> Option<PathBuf> {
        match self.get(name)? {
            KeyValue::Folder(path) => Some(path.clone()),
            _ => None,
        }
    }

    /// The files of a key, if the file has that key.
    pub(super) fn files(&self, name: &str) -> Option<Vec<PathBuf>> {
        match self.get(name)? {
            KeyValue::Files(paths) => Some(paths.clone()),
            _ => None,
        }
    }

    /// The name of a key, if the file has that key.
    pub(super) fn name(&self, name: &str) -> Option<&'static str> {
        match self.get(name)? {
            KeyValue::Name(value) => Some(value),
            _ => None,
        }
    }

    /// The whole number of a key, if the file has that key.
    pub(super) fn whole(&self, name: &str) -> Option<u64> {
        match self.get(name)? {
            KeyValue::Whole(whole) => Some(*whole),
            _ => None,
        }
    }
}

/// What every source says of itself.
pub(super) trait Source {
    fn declaration(&self) -> &'static Declaration;

    /// The title in the database and in reports.
    fn title(&self) -> String;

    /// The source in a plan, in words.
    fn in_words(&self) -> String;

    /// The paths that it names.
    fn paths(&mut self) -> Vec<&mut PathBuf>;
}

/// Declares the sources: `Variant => file`. Messages name them in this order.
macro_rules! sources {
    ($($variant:ident => $module:ident),* $(,)?) => {
        /// What each source needs to know.
        pub mod sources {
            $(pub use super::$module::$variant;)*
        }

        /// Where the trials come from.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "set", rename_all = "snake_case")]
        pub enum DataSource {
            $(
                #[doc = concat!("The source of `", stringify!($module), ".rs`.")]
                $variant(sources::$variant),
            )*
        }

        impl DataSource {
            /// All sources.
            pub const DECLARATIONS: [&'static Declaration; [$(stringify!($variant)),*].len()] =
                [$(&$module::DECLARATION),*];

            fn source(&self) -> &dyn Source {
                match self {
                    $(Self::$variant(source) => source,)*
                }
            }

            fn source_mut(&mut self) -> &mut dyn Source {
                match self {
                    $(Self::$variant(source) => source,)*
                }
            }
        }

        $(
            impl From<sources::$variant> for DataSource {
                fn from(source: sources::$variant) -> Self {
                    Self::$variant(source)
                }
            }
        )*
    };
}

pub(super) use sources;
