//! The folder of an export: what may be written there, and files that appear whole and all at once at its end. It knows no
//! format.
//!
//! Files are written below [`STAGING`] under numbers; [`Folder::commit`] gives them their names. So a crash leaves the
//! earlier export, or, in the moment of the renames, whole files of both, and the list of what is whose.

mod list;
mod staged;
mod sync;

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use list::{LIST, List};
pub(crate) use staged::StagedFile;
use sync::sync;

use crate::{ExportError, Exported, Form, error::failed};

/// The folder of files that are being written.
const STAGING: &str = ".sweep-export.partial";
/// The file that who writes has locked. It stays.
const LOCK: &str = ".sweep-export.lock";

/// A folder to export to, locked.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    form: Form,
    /// What an earlier export made.
    old: BTreeSet<String>,
    /// What this one makes, in the order of its temporary names.
    new: Vec<String>,
    /// The same, to find names that are there already.
    names: BTreeSet<String>,
    /// What has to go before the new files come.
    discarded: Vec<String>,
    _lock: File,
}

impl Folder {
    /// Opens the folder, and makes it where there is none.
    ///
    /// # Errors
    /// Where it holds something that no export of this form made, where another process exports to it, or where the file
    /// system refuses.
    pub(crate) fn open(path: &Path, form: Form) -> Result<Self, ExportError> {
        match fs::metadata(path) {
            Ok(metadata) if !metadata.is_dir() => {
                return Err(ExportError::NotAFolder { path: path.to_owned() });
            }
            Ok(_) => {}
            Err(_) => fs::create_dir_all(path).map_err(failed("make the folder", path))?,
        }
        let old = match List::read(path)? {
            Some(list) if list.form == form => list.files,
            Some(list) => {
                let path = path.to_owned();
                return Err(ExportError::OtherForm { path, found: list.form, wanted: form });
            }
            None => check_is_empty(path).map(|()| BTreeSet::new())?,
        };
        let lock = lock(path)?;
        let staging = path.join(STAGING);
        // Who left it is dead, or the lock were not free.
        remove_if_there(&staging, |path| fs::remove_dir_all(path))?;
        fs::create_dir(&staging).map_err(failed("make the folder", &staging))?;
        let (new, names, discarded) = Default::default();
        Ok(Self { path: path.to_owned(), form, old, new, names, discarded, _lock: lock })
    }

    /// Begins a file; `name` is its path below the folder, with `/` between its parts, which are names that lead nowhere else.
    ///
    /// # Errors
    /// Where something that no export made has this name, or where the file system refuses.
    pub(crate) fn stage(&mut self, name: &str) -> Result<StagedFile, ExportError> {
        let temporary = self.stage_path(name)?;
        StagedFile::create(&temporary, self.path.join(name))
    }

    /// The temporary path of a file that something else will write.
    ///
    /// # Errors
    /// Where something that no export made has this name.
    pub(crate) fn stage_path(&mut self, name: &str) -> Result<PathBuf, ExportError> {
        self.check_is_free(name)?;
        let temporary = self.temporary(self.new.len());
        self.new.push(name.to_owned());
        self.names.insert(name.to_owned());
        Ok(temporary)
    }

    /// The path of a file of the earlier export, where there is one of this name.
    pub(crate) fn earlier(&self, name: &str) -> Option<PathBuf> {
        Some(self.path.join(name)).filter(|path| self.old.contains(name) && path.exists())
    }

    /// Removes the file of this name, which belongs to one of the earlier export, before the new ones come.
    pub(crate) fn discard(&mut self, name: &str) {
        self.discarded.push(name.to_owned());
    }

    /// Puts the files in place of those of the earlier export.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn commit(self) -> Result<Exported, ExportError> {
        let staging = self.path.join(STAGING);
        let list_on_its_way = staging.join("list");
        // A name must not be on the disk before what it names.
        let staged = (0..self.new.len()).map(|number| self.temporary(number));
        sync(&staging, staged).map_err(failed("write", &staging))?;
        // A crash from here on leaves files of both.
        let both = self.old.iter().chain(&self.names).cloned().collect();
        List::new(self.form, both).write(&self.path, &list_on_its_way)?;
        for name in &self.discarded {
            remove_if_there(&self.path.join(name), |path| fs::remove_file(path))?;
        }
        let mut folders = BTreeSet::from([self.path.clone()]);
        let mut bytes = 0;
        for (number, name) in self.new.iter().enumerate() {
            let path = self.path.join(name);
            if let Some(folder) = path.parent()
                && folders.insert(folder.to_owned())
            {
                fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
            }
            let temporary = self.temporary(number);
            bytes += fs::metadata(&temporary).map_err(failed("write", &path))?.len();
            fs::rename(&temporary, &path).map_err(failed("write", &path))?;
        }
        for name in self.old.difference(&self.names) {
            self.remove_earlier(name)?;
        }
        List::new(self.form, self.names.clone()).write(&self.path, &list_on_its_way)?;
        sync(&self.path, &folders).map_err(failed("write", &self.path))?;
        Ok(Exported { files: self.new.len() as u64, bytes })
    }

    fn temporary(&self, number: usize) -> PathBuf {
        self.path.join(STAGING).join(number.to_string())
    }

    /// Nothing but what the earlier export made may be replaced, and no link may lead elsewhere.
    fn check_is_free(&self, name: &str) -> Result<(), ExportError> {
        let path = self.path.join(name);
        let in_the_way = |path: &Path| Err(ExportError::InTheWay { path: path.to_owned() });
        if self.names.contains(name) {
            return in_the_way(&path);
        }
        match path.parent().map(|folder| (folder, fs::symlink_metadata(folder))) {
            Some((folder, Ok(metadata))) if folder != self.path && !metadata.is_dir() => {
                return in_the_way(folder);
            }
            _ => {}
        }
        match fs::symlink_metadata(&path) {
            Ok(metadata) if !self.old.contains(name) || metadata.is_dir() => in_the_way(&path),
            _ => Ok(()),
        }
    }

    /// Removes a file of the earlier export, and its folder where nothing else is in it. What the user replaced by a link or
    /// a folder stays.
    fn remove_earlier(&self, name: &str) -> Result<(), ExportError> {
        let path = self.path.join(name);
        let Some(folder) = path.parent() else { return Ok(()) };
        let is_own =
            folder == self.path || fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_dir());
        if !is_own || fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
            return Ok(());
        }
        remove_if_there(&path, |path| fs::remove_file(path))?;
        if folder != self.path {
            // It stays where the user put something in it.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now goes with the next export.
        let _ = fs::remove_dir_all(self.path.join(STAGING));
    }
}

fn check_is_empty(path: &Path) -> Result<(), ExportError> {
    for entry in fs::read_dir(path).map_err(failed("read", path))? {
        let name = entry.map_err(failed("read", path))?.file_name();
        if ![STAGING, LOCK, LIST].iter().any(|own| name == *own) {
            let found = name.to_string_lossy().into_owned();
            return Err(ExportError::NotAnExport { path: path.to_owned(), found });
        }
    }
    Ok(())
}

/// Locks the folder until the file is closed, be it by the end of the process.
fn lock(folder: &Path) -> Result<File, ExportError> {
    let path = folder.join(LOCK);
    let file = File::options().create(true).truncate(false).read(true).write(true).open(&path);
    let file = file.map_err(failed("write", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ExportError::Busy { path: folder.to_owned() }),
        // Without locks, two exports to one folder at once cannot be told; one alone can still be made.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(failed("lock", &path)(error)),
    }
}

fn remove_if_there(path: &Path, remove: impl Fn(&Path) -> io::Result<()>) -> Result<(), ExportError> {
    match remove(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(failed("remove", path)),
    }
}
