//! A checkpoint as bytes: a first line, a checksum of all that follows, and then a head in JSON and the parts that it names.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sweep_job::{EpochMetrics, Predictions, Score};

use super::{Checkpoint, Origin};
use crate::{Evaluation, memento::Memento};

const FIRST_LINE: &[u8] = b"sweep checkpoint 1\n";
const CHECKSUM: usize = 32;

/// What is not in the parts.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    origin: Origin,
    history: Vec<EpochMetrics>,
    best: Kept,
    selected: Option<Kept>,
    /// Bytes of each part, in their order.
    parts: Vec<u64>,
}

/// A memento without its weights and logits, which are parts.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    epoch: u32,
    score: Score,
    classes: u32,
}

impl Kept {
    fn new(memento: &Memento) -> Self {
        let Evaluation { score, predictions } = &memento.test;
        Self { epoch: memento.epoch, score: *score, classes: predictions.classes }
    }

    fn with_parts(self, weights: &[u8], logits: &[u8]) -> Option<Memento> {
        let (numbers, rest) = logits.as_chunks::<4>();
        let logits = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let predictions = Predictions { classes: self.classes, logits };
        let test = Evaluation { score: self.score, predictions };
        rest.is_empty().then(|| Memento { epoch: self.epoch, test, weights: weights.to_owned() })
    }
}

/// The bytes of a checkpoint.
///
/// # Errors
/// Where the head cannot be written, as none should be.
pub(super) fn encode(checkpoint: &Checkpoint) -> Result<Vec<u8>, serde_json::Error> {
    let Checkpoint { origin, history, network, optimizer, best, selected } = checkpoint;
    let logits = |memento: &Memento| -> Vec<u8> {
        memento.test.predictions.logits.iter().flat_map(|logit| logit.to_le_bytes()).collect()
    };
    let mut parts = vec![network.clone(), optimizer.clone(), best.weights.clone(), logits(best)];
    if let Some(selected) = selected {
        parts.extend([selected.weights.clone(), logits(selected)]);
    }
    let head = serde_json::to_vec(&Head {
        origin: origin.clone(),
        history: history.clone(),
        best: Kept::new(best),
        selected: selected.as_ref().map(Kept::new),
        parts: parts.iter().map(|part| part.len() as u64).collect(),
    })?;
    let mut body = (head.len() as u64).to_le_bytes().to_vec();
    body.extend(head);
    body.extend(parts.concat());
    let mut bytes = FIRST_LINE.to_vec();
    bytes.extend(Sha256::digest(&body));
    bytes.extend(body);
    Ok(bytes)
}

/// The checkpoint of bytes that [`encode`] gave.
///
/// # Errors
/// What is wrong with them, for the log.
pub(super) fn decode(bytes: &[u8]) -> Result<Checkpoint, &'static str> {
    let rest = bytes.strip_prefix(FIRST_LINE).ok_or("it is no checkpoint of this version")?;
    let (checksum, body) = rest.split_at_checked(CHECKSUM).ok_or("it is cut off")?;
    if Sha256::digest(body).as_slice() != checksum {
        return Err("its checksum is wrong");
    }
    read(body).ok_or("its parts contradict each other")
}

fn read(body: &[u8]) -> Option<Checkpoint> {
    let (length, body) = body.split_first_chunk::<8>()?;
    let (head, mut rest) = body.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let Head { origin, history, best, selected, parts } = serde_json::from_slice(head).ok()?;
    let mut slices = Vec::new();
    for length in parts {
        let (part, others) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        slices.push(part);
        rest = others;
    }
    let [network, optimizer, best_weights, best_logits, others @ ..] = &slices[..] else { return None };
    let selected = match (selected, others) {
        (None, []) => None,
        (Some(kept), [weights, logits]) => Some(kept.with_parts(weights, logits)?),
        _ => return None,
    };
    let best = best.with_parts(best_weights, best_logits)?;
    let epochs_are_in_order = history.iter().zip(1..).all(|(metrics, epoch)| metrics.epoch == epoch);
    let is_sound = |memento: &Memento| {
        let Predictions { classes, logits } = &memento.test.predictions;
        let fills_rows = *classes > 0 && logits.len().is_multiple_of(*classes as usize);
        fills_rows && (1..=history.len() as u32).contains(&memento.epoch)
    };
    let fits = epochs_are_in_order && is_sound(&best) && selected.as_ref().is_none_or(is_sound);
    (rest.is_empty() && fits).then(|| Checkpoint {
        origin,
        network: network.to_vec(),
        optimizer: optimizer.to_vec(),
        best,
        selected,
        history,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use proptest::{prelude::*, sample::Index};

    use super::*;

    fn checkpoint(selected: bool) -> Checkpoint {
        let score = Score { loss: 0.1 + 0.2, accuracy: 1.0 / 3.0 };
        let metrics = |epoch| EpochMetrics {
            epoch,
            train: score,
            validation: selected.then_some(score),
            test: score,
            train_seconds: 0.25,
            evaluation_seconds: 1e-9,
        };
        let memento = |epoch| Memento {
            epoch,
            test: Evaluation {
                score,
                predictions: Predictions { classes: 2, logits: vec![0.1, -0.0, f32::MIN_POSITIVE, 7.0] },
            },
            weights: vec![epoch as u8; 5],
        };
        Checkpoint {
            origin: Origin { trajectory: "ab".into(), hardware: "x86_64 avx2".into(), arithmetic: 1 },
            history: (1..=3).map(metrics).collect(),
            network: vec![1, 2, 3],
            optimizer: Vec::new(),
            best: memento(2),
            selected: selected.then(|| memento(3)),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for selected in [false, true] {
            let checkpoint = checkpoint(selected);
            assert_eq!(decode(&encode(&checkpoint).unwrap()), Ok(checkpoint));
        }
    }

    #[test]
    fn every_damage_is_recognised() {
        let bytes = encode(&checkpoint(true)).unwrap();
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "cut off at {length}");
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert!(decode(&damaged).is_err(), "damaged at {at}");
        }
        assert!(decode(&[bytes, vec![0]].concat()).is_err(), "more than was written");
    }

    #[test]
    fn parts_that_contradict_each_other_are_refused() {
        let wrong: [fn(&mut Checkpoint); 6] = [
            |checkpoint| checkpoint.best.test.predictions.classes = 0,
            |checkpoint| checkpoint.best.test.predictions.classes = 3,
            |checkpoint| checkpoint.history.clear(),
            |checkpoint| checkpoint.history[1].epoch = 7,
            |checkpoint| checkpoint.best.epoch = 4,
            |checkpoint| checkpoint.selected.as_mut().unwrap().epoch = 0,
        ];
        for spoil in wrong {
            let mut checkpoint = checkpoint(true);
            spoil(&mut checkpoint);
            let bytes = encode(&checkpoint).unwrap();
            assert_eq!(decode(&bytes), Err("its parts contradict each other"));
        }
    }

    /// The file with this head, and as many zeros as parts, under a right checksum: what its maker meant and no accident damaged.
    fn forged(head: &[u8], zeros: usize) -> Vec<u8> {
        let mut body = (head.len() as u64).to_le_bytes().to_vec();
        body.extend(head);
        body.resize(body.len() + zeros, 0);
        [FIRST_LINE, &Sha256::digest(&body), &body].concat()
    }

    fn head() -> Vec<u8> {
        let bytes = encode(&checkpoint(true)).unwrap();
        let body = &bytes[FIRST_LINE.len() + CHECKSUM..];
        let length = u64::from_le_bytes(body[..8].try_into().unwrap()) as usize;
        body[8..8 + length].to_vec()
    }

    #[test]
    fn sizes_beyond_the_file_are_refused() {
        let text = String::from_utf8(head()).unwrap();
        let (start, _) = text.rsplit_once('[').unwrap();
        for parts in
            ["18446744073709551615,1,1,1,1,1", "4611686018427387904,0,0,0,0,0", "0,0,0,0,0", "-1", ""]
        {
            assert!(decode(&forged(format!("{start}[{parts}]}}").as_bytes(), 64)).is_err(), "{parts}");
        }
        let mut endless = FIRST_LINE.to_vec();
        endless.extend(Sha256::digest(u64::MAX.to_le_bytes()));
        endless.extend(u64::MAX.to_le_bytes());
        assert!(decode(&endless).is_err());
        assert!(decode(&forged(&b"[".repeat(100_000), 0)).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn a_forged_head_never_panics(
            damage in prop::collection::vec((any::<Index>(), any::<u8>()), 1..8), zeros in 0usize..80,
        ) {
            let mut head = head();
            for (place, value) in damage {
                let place = place.index(head.len());
                head[place] = value;
            }
            if let Ok(checkpoint) = decode(&forged(&head, zeros)) {
                prop_assert!(checkpoint.best.epoch <= checkpoint.epoch());
            }
        }
    }
}
