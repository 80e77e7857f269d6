//! Work on rayon's threads. What is done is split by the caller, never by the number of threads, so that results are the same bits
//! on any of them.

use std::{error::Error, io};

use rayon::{ThreadPoolBuilder, prelude::*};

/// Starts the threads if none run yet: as many as `RAYON_NUM_THREADS` says, or one per core. Without this call the first
/// work starts them, and panics if the system refuses.
///
/// # Errors
/// If the system refuses.
pub fn start_threads() -> io::Result<()> {
    let Err(error) = ThreadPoolBuilder::new().build_global() else { return Ok(()) };
    let refused = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    // Any other error says that they are there.
    match refused {
        Some(error) => {
            Err(error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error))
        }
        None => Ok(()),
    }
}

/// How many threads there are.
pub fn threads() -> usize {
    rayon::current_num_threads()
}

/// Calls `work` with the number and each item.
pub fn for_each_mut<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync + Send) {
    // With one thread the caller does the work itself, for a hand-over costs more than it brings.
    if threads() == 1 || items.len() <= 1 {
        items.iter_mut().enumerate().for_each(|(number, item)| work(number, item));
    } else {
        items.par_iter_mut().enumerate().for_each(|(number, item)| work(number, item));
    }
}
