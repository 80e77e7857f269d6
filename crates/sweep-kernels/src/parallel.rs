//! Work over trials on rayon's threads. Every function splits its work by the data alone, never by the number of
//! threads, so that results are the same bits on any of them.

use rayon::prelude::*;

/// Calls `work` with the number and the elements of each chunk of `chunk` elements.
pub(crate) fn for_each_chunk<T: Send>(
    data: &mut [T],
    chunk: usize,
    work: impl Fn(usize, &mut [T]) + Sync + Send,
) {
    let chunk = chunk.max(1);
    if is_alone() || data.len() <= chunk {
        data.chunks_mut(chunk).enumerate().for_each(|(number, elements)| work(number, elements));
    } else {
        data.par_chunks_mut(chunk).enumerate().for_each(|(number, elements)| work(number, elements));
    }
}

/// The results of `work` for 0, 1, ..., `count` - 1, in this order.
pub(crate) fn map<R: Send>(count: usize, work: impl Fn(usize) -> R + Sync + Send) -> Vec<R> {
    if is_alone() || count <= 1 {
        (0..count).map(work).collect()
    } else {
        (0..count).into_par_iter().map(work).collect()
    }
}

/// Whether there is one thread: then the caller does the work itself, for a hand-over costs more than it brings.
fn is_alone() -> bool {
    rayon::current_num_threads() == 1
}

/// How many trials share one partial sum: at least 8, and at most 16 partial sums, by the number of trials alone.
pub(crate) fn trials_a_partial_sum(trials: usize) -> usize {
    trials.div_ceil(16).max(8)
}
