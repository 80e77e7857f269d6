//! The folder in which a new database is built, beside its place, so that it appears whole or not at all. It knows no rows.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    process,
};

use sweep_files::sync_folder;

use crate::{StoreError, connect::check_kind, lock::cannot_use, weights_dir};

/// The new database has a folder of its own, since its lock file and its weights lie beside it.
const BUILT: &str = "built";

/// A folder of its own, removed when this ends.
pub(super) struct Workshop {
    new: PathBuf,
    folder: PathBuf,
}

impl Workshop {
    /// Makes the folder beside `new`.
    ///
    /// # Errors
    /// If `new`, its weights folder or a log of its name exists, or the folder cannot be made.
    pub(super) fn beside(new: &Path) -> Result<Self, StoreError> {
        refuse_existing(new)?;
        check_kind(new)?;
        let mut name = OsString::from(".");
        name.push(new.file_name().unwrap_or_default());
        name.push(format!(".{}.partial", process::id()));
        let folder = new.with_file_name(name);
        fs::create_dir(&folder).map_err(cannot_use(new))?;
        let workshop = Self { new: new.to_owned(), folder };
        let inner = workshop.folder.join(BUILT);
        fs::create_dir(&inner).map_err(cannot_use(&inner))?;
        Ok(workshop)
    }

    /// Where the rows that could be read are gathered.
    pub(super) fn rows(&self) -> PathBuf {
        self.folder.join("rows.db")
    }

    /// Where the new database is built.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.join(BUILT).join(self.new.file_name().unwrap_or_default())
    }

    /// Gives the new database and its weights their names, the database last.
    pub(super) fn deliver(self) -> Result<(), StoreError> {
        refuse_existing(&self.new)?;
        let built = self.database();
        let deliver = || -> io::Result<()> {
            if weights_dir(&built).exists() {
                fs::rename(weights_dir(&built), weights_dir(&self.new))?;
            }
            fs::rename(&built, &self.new)?;
            let folder = self.new.parent().filter(|folder| *folder != Path::new(""));
            sync_folder(folder.unwrap_or(Path::new(".")))
        };
        deliver().map_err(cannot_use(&self.new))
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Every file that the new database would take for its own.
fn refuse_existing(new: &Path) -> Result<(), StoreError> {
    let beside = |suffix: &str| {
        let mut name = new.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let names = [new.to_owned(), weights_dir(new), beside("-wal"), beside("-journal")];
    match names.into_iter().find(|name| name.symlink_metadata().is_ok()) {
        None => Ok(()),
        Some(path) => Err(StoreError::Exists { path }),
    }
}
