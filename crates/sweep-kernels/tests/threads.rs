//! Work on several threads is the same work.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use sweep_kernels::{Real, for_each_mut, threads};

#[test]
fn every_item_is_worked_on_once_with_its_number() {
    for count in [1, 2, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
        pool.install(|| {
            assert_eq!(threads(), count);
            for items in [0, 1, 2, 57] {
                let mut squares = vec![0; items];
                for_each_mut(&mut squares, |number, square| *square += number * number);
                assert!(squares.iter().copied().eq((0..items).map(|number| number * number)));
            }
        });
    }
}

#[test]
fn scratch_memory_has_the_length_that_was_asked_for() {
    for length in [3, 0, 10, 1] {
        f32::with_scratch(length, |scratch| {
            assert_eq!(scratch.len(), length);
            scratch.fill(1.0);
            // Nested loans are of other memory.
            f32::with_scratch(length, |other| other.fill(2.0));
            assert!(scratch.iter().all(|element| *element == 1.0));
        });
    }
}
