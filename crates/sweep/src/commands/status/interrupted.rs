//! How far interrupted jobs are saved, in words. It reads nothing.

/// An interrupted job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interrupted {
    /// The epoch of its newest checkpoint.
    pub(super) saved: Option<u32>,
    /// Epochs of its whole training.
    pub(super) epochs: u32,
}

/// `2 interrupted (saved at epoch 40 of 100)`, `3 interrupted (2 saved at epochs 7 to 40)`, `1 interrupted (nothing saved)`.
pub(super) fn words(jobs: &[Interrupted]) -> String {
    let all = jobs.len();
    let saved: Vec<u32> = jobs.iter().filter_map(|job| job.saved).collect();
    let (Some(first), Some(last)) = (saved.iter().min(), saved.iter().max()) else {
        return format!("{all} interrupted (nothing saved)");
    };
    let some = if saved.len() == all { String::new() } else { format!("{} ", saved.len()) };
    let at = if first == last { format!("epoch {first}") } else { format!("epochs {first} to {last}") };
    let epochs = jobs[0].epochs;
    let of =
        if jobs.iter().all(|job| job.epochs == epochs) { format!(" of {epochs}") } else { String::new() };
    format!("{all} interrupted ({some}saved at {at}{of})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(saved: Option<u32>, epochs: u32) -> Interrupted {
        Interrupted { saved, epochs }
    }

    #[test]
    fn what_is_saved_is_said() {
        let told = [
            words(&[job(Some(40), 100); 2]),
            words(&[job(Some(40), 100), job(None, 100), job(Some(7), 100)]),
            words(&[job(Some(40), 100), job(Some(7), 50)]),
            words(&[job(None, 100)]),
        ];
        assert_eq!(
            told,
            [
                "2 interrupted (saved at epoch 40 of 100)",
                "3 interrupted (2 saved at epochs 7 to 40 of 100)",
                "2 interrupted (saved at epochs 7 to 40)",
                "1 interrupted (nothing saved)",
            ]
        );
    }
}
