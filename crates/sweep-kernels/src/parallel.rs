//! Work on rayon's threads. What is done is split by the caller, never by the number of threads, so that results are the same bits
//! on any of them.

use rayon::prelude::*;

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
