//! The built-in set: how it is generated.

use sweep_job::{Scale, sources::Synthetic};

use super::{CanonicalForm, Reader, Recordings};
use crate::{DataError, Finding, recording::Recording, synthetic};

impl Reader for Synthetic {
    fn read(&self, limit: Option<usize>) -> Result<Recordings, DataError> {
        Ok(recordings(synthetic::generate(self.seed, limit)))
    }

    fn outline(&self, limit: Option<usize>) -> Result<Recordings, DataError> {
        Ok(recordings(synthetic::outline(self.seed, limit)))
    }

    fn identify(&self, form: &mut CanonicalForm) -> Result<(), DataError> {
        form.line("generator", synthetic::GENERATOR_VERSION);
        form.line("seed", self.seed);
        Ok(())
    }

    fn reading_bytes(&self, train: u64, test: u64) -> u64 {
        train + test
    }

    fn findings(&self, _recordings: &Recordings, _scale: Scale) -> Vec<Finding> {
        // It is generated as it should be.
        Vec::new()
    }
}

fn recordings(parts: [Recording; 2]) -> Recordings {
    // A limit may leave trials of one class only.
    Recordings {
        classes: synthetic::LABELS.to_vec(),
        ..Recordings::new(parts, Some(synthetic::SAMPLING_RATE_HZ))
    }
}
