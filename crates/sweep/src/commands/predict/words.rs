//! What `sweep predict` says: where the logits are, how the trials were prepared, and how many of them are right.

use sweep_data::Archive;
use sweep_job::{ModelKind, NetworkNote, Scaling};
use sweep_text::counted;
use sweep_worker::predicted_class;

use crate::cli::PredictArguments;

/// What was computed, and from what.
pub(super) struct Answer<'a> {
    pub(super) model: ModelKind,
    pub(super) note: Option<&'a NetworkNote>,
    /// The trials; their signal is gone.
    pub(super) archive: &'a Archive,
    /// `[trial, class]`.
    pub(super) logits: &'a [f32],
    pub(super) classes: usize,
}

impl Answer<'_> {
    /// Whether no trial has logits that say anything.
    pub(super) fn is_useless(&self) -> bool {
        self.unclassified() == self.trials()
    }

    fn trials(&self) -> usize {
        self.logits.len() / self.classes
    }

    fn predicted(&self) -> impl Iterator<Item = Option<usize>> {
        self.logits.chunks_exact(self.classes).map(predicted_class)
    }

    /// Trials with logits that are not finite.
    fn unclassified(&self) -> usize {
        self.predicted().filter(Option::is_none).count()
    }
}

pub(super) fn summary(arguments: &PredictArguments, answer: &Answer<'_>) -> String {
    let Answer { model, archive, classes, .. } = answer;
    let mut text = format!(
        "{} logits of {} trials x {classes} classes, written to {}\n",
        model.title(),
        answer.trials(),
        arguments.out.display()
    );
    if archive.missing_samples > 0 {
        text.push_str(&format!(
            "{} missing samples were replaced by the mean of this file, {:.6}\n",
            archive.missing_samples, archive.filled_with
        ));
    }
    text.push_str(&preparation(arguments, answer));
    let labels = archive.labels.as_deref();
    match (answer.unclassified(), answer.trials()) {
        (0, _) => {}
        (some, all) if some == all => {
            return text + &format!("no accuracy: the logits of all {all} trials are not finite\n");
        }
        (some, all) => {
            let verb = if some == 1 { "has" } else { "have" };
            let counted = if labels.is_some() { "; counted as wrong" } else { "" };
            text.push_str(&format!("{some} of {all} trials {verb} logits that are not finite{counted}\n"));
        }
    }
    labels.map_or(text.clone(), |labels| text + &accuracy(arguments, answer, labels))
}

/// How the trials were prepared, if there is anything to say of it.
fn preparation(arguments: &PredictArguments, answer: &Answer<'_>) -> String {
    let known = answer.note.and_then(|note| note.preparation.as_ref());
    match known {
        _ if arguments.prepared => String::new(),
        None => format!(
            "{} does not say how the training prepared its trials: these are used as they are\n",
            arguments.weights.display()
        ),
        Some(preparation) if preparation.scaling == Scaling::None => String::new(),
        Some(preparation) => format!("the trials were {}\n", preparation.scaling),
    }
}

fn accuracy(arguments: &PredictArguments, answer: &Answer<'_>, labels: &[i64]) -> String {
    let truth = match answer.note.and_then(|note| note.classes.as_deref()) {
        Some(classes) => labels.iter().map(|label| classes.binary_search(label).ok()).collect(),
        None => class_indices(labels, answer.classes),
    };
    match truth {
        Some(truth) => {
            let pairs = answer.predicted().zip(&truth);
            let correct = pairs.filter(|(predicted, truth)| *predicted == Some(**truth)).count();
            let percent = 100.0 * correct as f64 / truth.len() as f64;
            format!("accuracy {percent:.2} % ({correct} of {})\n", counted(truth.len(), "trial"))
        }
        None => format!("no accuracy: {}\n", why_not(arguments, answer, labels)),
    }
}

/// Why the labels do not tell which trials are right.
fn why_not(arguments: &PredictArguments, answer: &Answer<'_>, labels: &[i64]) -> String {
    let data = arguments.data.display();
    if let Some(classes) = answer.note.and_then(|note| note.classes.as_deref())
        && let Some(label) = labels.iter().find(|label| classes.binary_search(label).is_err())
    {
        let classes: Vec<String> = classes.iter().map(i64::to_string).collect();
        return format!(
            "label {label} of {data} is not one of the network's classes, {}",
            classes.join(", ")
        );
    }
    format!("the labels of {data} do not tell which of them is which of the {} classes", answer.classes)
}

/// Class of each trial: the sorted distinct labels are the classes, if there are as many; where some are missing, labels
/// from 0 or from 1 are recognised by the first or the last of them.
fn class_indices(labels: &[i64], classes: usize) -> Option<Vec<usize>> {
    let mut distinct = labels.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let (first, last) = (*distinct.first()?, *distinct.last()?);
    let count = classes as i64;
    if distinct.len() == classes {
        return labels.iter().map(|label| distinct.binary_search(label).ok()).collect();
    }
    let offset = match (first, last) {
        (0, last) if last < count => 0,
        (first, last) if first >= 1 && last == count => 1,
        _ => return None,
    };
    Some(labels.iter().map(|label| (label - offset) as usize).collect())
}

#[cfg(test)]
mod tests {
    use super::class_indices;

    #[test]
    fn labels_become_classes() {
        assert_eq!(class_indices(&[2, 1, 2], 2), Some(vec![1, 0, 1]));
        assert_eq!(class_indices(&[0, 1, 1], 2), Some(vec![0, 1, 1]));
        assert_eq!(class_indices(&[7, -3, 7], 2), Some(vec![1, 0, 1]));
        assert_eq!(class_indices(&[0, 2, 2], 4), Some(vec![0, 2, 2]));
        assert_eq!(class_indices(&[4, 2, 2], 4), Some(vec![3, 1, 1]));
        assert_eq!(class_indices(&[1, 1], 2), None, "1 of {{0, 1}} or of {{1, 2}}?");
        assert_eq!(class_indices(&[0, 5], 4), None);
        assert_eq!(class_indices(&[], 2), None);
    }
}
