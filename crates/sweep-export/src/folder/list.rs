//! The list of the files that an export made in its folder: what tells it from the user's own files. It removes none.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Component, Path},
};

use serde::{Deserialize, Serialize};

use crate::{ExportError, Form, error::failed};

/// Its name in the folder.
pub(crate) const LIST: &str = ".sweep-export.json";

const MADE_BY: &str = "sweep export";

/// A list of a million files has no more.
const MOST_BYTES: u64 = 256 << 20;

/// What an export made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct List {
    made_by: String,
    pub(crate) form: Form,
    /// Paths below the folder, with `/` between their parts.
    pub(crate) files: BTreeSet<String>,
}

impl List {
    pub(crate) fn new(form: Form, files: BTreeSet<String>) -> Self {
        Self { made_by: MADE_BY.to_owned(), form, files }
    }

    /// The list in `folder`; `None` where there is none.
    ///
    /// # Errors
    /// Where it cannot be read, or names files outside the folder: somebody else may have written it.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, ExportError> {
        let path = folder.join(LIST);
        let unreadable = |message: String| ExportError::UnreadableList { path: path.clone(), message };
        // To open a pipe would wait for a program that writes to it.
        if fs::metadata(&path).is_ok_and(|list| !list.is_file()) {
            return Err(unreadable("not a file".to_owned()));
        }
        let mut text = Vec::new();
        match File::open(&path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut text)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(failed("read", &path))?,
        };
        let list: Self = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        match list.files.iter().find(|file| !is_inside(file)) {
            _ if list.made_by != MADE_BY => Err(unreadable("another program wrote it".to_owned())),
            Some(file) => Err(unreadable(format!("{file:?} is no file of the folder"))),
            None => Ok(Some(list)),
        }
    }

    /// Writes it by way of `temporary`, a name in the same file system.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn write(&self, folder: &Path, temporary: &Path) -> Result<(), ExportError> {
        let path = folder.join(LIST);
        let write = || {
            let mut file = File::create(temporary)?;
            let mut text = serde_json::to_vec(self)?;
            text.push(b'\n');
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(temporary, &path)
        };
        write().map_err(failed("write", &path))
    }
}

/// Whether a path leads down alone.
fn is_inside(file: &str) -> bool {
    let mut components = Path::new(file).components().peekable();
    components.peek().is_some()
        && !file.ends_with('/')
        && components.all(|component| matches!(component, Component::Normal(_)))
}
