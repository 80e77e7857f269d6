//! Random damage to the bytes of a database: what is salvaged of it is right.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod salvage_scene;
mod scene;

use std::fs;

use salvage_scene::*;
use sweep_job::{EpochMetrics, Snapshot};
use sweep_store::Store;

/// Numbers without a pattern, the same in every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() % end
    }
}

/// How far a salvaged result must be the original one.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Exact {
    /// To the last bit.
    All,
    /// In all that is recorded twice. The losses of an epoch that has no snapshot are recorded once, as are the last bits of a
    /// duration and of a logit: a bit that flips there leaves no trace.
    WhatIsRecordedTwice,
}

fn damage(bytes: &mut Vec<u8>, noise: &mut Noise, page_bytes: usize) -> Exact {
    let length = bytes.len();
    let place = noise.below(length);
    let page = place - place % page_bytes;
    match noise.below(7) {
        0 => bytes[place] ^= 1 << noise.below(8),
        1 => bytes[place] = !bytes[place],
        2 => {
            for byte in bytes.iter_mut().skip(place).take(16) {
                *byte = noise.next() as u8;
            }
        }
        3 => {
            for byte in bytes.iter_mut().skip(place - place % 512).take(512) {
                *byte = noise.next() as u8;
            }
        }
        4 => {
            bytes[page..page + page_bytes].fill(0);
            return Exact::All;
        }
        5 => {
            let other = noise.below(length / page_bytes) * page_bytes;
            bytes.copy_within(other..other + page_bytes, page);
            return Exact::All;
        }
        _ => {
            bytes.truncate(page);
            return Exact::All;
        }
    }
    Exact::WhatIsRecordedTwice
}

fn assert_is(found: &Result, original: &Result, exact: Exact, round: u64) {
    if exact == Exact::All {
        assert_eq!(found, original, "round {round}");
        return;
    }
    assert_eq!(found.spec, original.spec, "round {round}");
    let accuracies = |result: &Result| -> Vec<_> {
        let of = |epoch: &EpochMetrics| {
            (
                epoch.epoch,
                epoch.train.accuracy,
                epoch.validation.map(|score| score.accuracy),
                epoch.test.accuracy,
            )
        };
        result.epochs.iter().map(of).collect()
    };
    assert_eq!(accuracies(found), accuracies(original), "round {round}");
    let scores = |result: &Result| -> Vec<_> {
        let of = |snapshot: &Snapshot| {
            let classes =
                snapshot.predictions.logits.chunks(2).map(|row| row[1] > row[0]).collect::<Vec<_>>();
            (snapshot.epoch, snapshot.test, classes)
        };
        result.snapshots.iter().map(of).collect()
    };
    assert_eq!(scores(found), scores(original), "round {round}");
    let last =
        |result: &Result| result.epochs.last().map(|epoch| (epoch.train, epoch.validation, epoch.test));
    assert_eq!(last(found), last(original), "round {round}");
}

/// Whatever happens to the bytes: no panic, and no result that was never measured.
#[test]
fn no_damage_makes_a_wrong_result() {
    let (mut salvages, mut kept) = (0, 0);
    for (page_bytes, rounds) in [(512, 0..110u64), (4096, 110..220u64)] {
        let scene = whole(page_bytes as u32);
        let original = results(&scene.path());
        let bytes = fs::read(scene.path()).unwrap();
        for round in rounds {
            let mut noise = Noise(0x9e37_79b9_7f4a_7c15 ^ (round + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9));
            let mut copy = bytes.clone();
            let mut exact = Exact::All;
            for _ in 0..=noise.below(3) {
                if copy.len() > page_bytes && damage(&mut copy, &mut noise, page_bytes) != Exact::All {
                    exact = Exact::WhatIsRecordedTwice;
                }
            }
            fs::write(scene.path(), &copy).unwrap();
            let _ = fs::remove_file(scene.path().with_extension("db-wal"));
            drop(Store::open_to_check(&scene.path()).and_then(|reader| reader.check()));
            let (_folder, new, outcome) = salvaged(&scene.path());
            let Ok(outcome) = outcome else { continue };
            salvages += 1;
            let found = results(&new);
            assert_eq!(outcome.finished, found.len(), "round {round}");
            kept += found.len();
            for (job, result) in &found {
                assert_is(result, &original[job], exact, round);
            }
            assert_clean(&new);
        }
    }
    assert!(salvages > 150 && kept > 80 * FINISHED, "{salvages} salvages with {kept} results");
}
