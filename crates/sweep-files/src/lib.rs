//! Files that are on disk whole or not at all, and files that are opened only if they are files.
//!
//! This crate knows no format and no job.

mod open;
mod partial;
mod save;

pub use open::open_regular;
pub use partial::{PARTIAL, remove_partial};
pub use save::{SaveError, UnsavedFile, save_files, sync_folder, write_whole};
