//! What a device computes against what the emulation computed.

use std::{collections::BTreeMap, fs, path::Path};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use sweep_cuda::{
    Device, Launching,
    launch::{bytes_of, from_bytes},
    plan::TensorKind,
};
use sweep_networks::{
    ModelKind,
    SettingValue::{Whole, Wholes},
    WholeList,
};

use crate::{
    Outcome, checksums, head, is_small, noted,
    subject::{LAB, Subject, WIDE, device},
};

/// Members of each bundle.
const MEMBERS: [u32; 3] = [0, 1, 2];
/// Epochs after which states are compared.
const EPOCHS: u32 = 2;

/// Numbers by name. A trace of checksums is kept as words.
type Values = BTreeMap<String, Kept>;

#[derive(Debug, Clone, PartialEq)]
enum Kept {
    Numbers(Vec<f32>),
    Words(Vec<u64>),
}

/// What is compared, each a piece: every kernel occurs, at small batches and at those of the lab.
pub(crate) fn subjects() -> Outcome<Vec<Subject>> {
    let (eegnet, deep) = (ModelKind::EegNet, ModelKind::DeepConvNet);
    let filters = Wholes(WholeList::new(&[10, 20, 30, 17]).ok_or("no list")?);
    let other_eegnet = vec![
        ("temporal_filters", Whole(6)),
        ("spatial_filters", Whole(3)),
        ("kernel_length", Whole(64)),
        ("separable_kernel_length", Whole(16)),
    ];
    let other_deep = vec![("filters", filters), ("kernel_length", Whole(10)), ("pool", Whole(3))];
    let narrow = |samples| sweep_networks::InputShape { channels: 3, samples, classes: 3 };
    let mut subjects = vec![
        Subject {
            settings: other_eegnet,
            ..Subject::new("EEGNet with other settings", eegnet, narrow(125), [10, 6], 4)
        },
        Subject {
            settings: other_deep,
            ..Subject::new("DeepConvNet with other settings", deep, narrow(450), [10, 6], 4)
        },
    ];
    if !is_small() {
        subjects.extend([
            Subject::new("EEGNet 2 x 750, batch 4", eegnet, LAB, [10, 6], 4),
            Subject::new("EEGNet 22 x 1000, batch 8", eegnet, WIDE, [12, 6], 8),
            Subject::new("DeepConvNet 2 x 750, batch 4", deep, LAB, [6, 4], 4),
            Subject::new("EEGNet 2 x 750, batch 108", eegnet, LAB, [120, 120], 108),
            Subject::new("DeepConvNet 2 x 750, batch 360", deep, LAB, [360, 20], 360),
        ]);
    }
    Ok(subjects)
}

/// All values of a subject on this machine's device.
fn values(device: &Device, subject: &Subject) -> Outcome<Values> {
    let mut values = Values::new();
    // Alone, since all arenas are read after each launch.
    if subject.batch < 100 {
        let trace =
            checksums::trace(subject.name, &mut subject.bundle(device, &MEMBERS[..1], Launching::Plain)?)?;
        let sums = trace.iter().map(|(_, sum)| *sum).collect();
        values.insert("trace".to_owned(), Kept::Words(sums));
        for (place, (kernel, _)) in trace.iter().enumerate() {
            values.insert(format!("kernel {place:05} {kernel}"), Kept::Words(Vec::new()));
        }
    }
    let members = if subject.batch < 100 { &MEMBERS[..] } else { &MEMBERS[..1] };
    let epochs = if subject.batch < 100 { EPOCHS } else { 1 };
    eprintln!("{}: a bundle of {}", subject.name, members.len());
    let mut bundle = subject.bundle(device, members, Launching::Graph)?;
    let results = bundle.train(epochs)?;
    for (place, results) in results.into_iter().enumerate() {
        let mut keep = |what: &str, numbers| values.insert(format!("{place} {what}"), Kept::Numbers(numbers));
        keep("loss", vec![results.loss_sum as f32]);
        keep("correct", vec![results.correct as f32]);
        keep("logits", results.test);
        let state = bundle.executor.state(place as u32)?;
        for tensor in bundle.tensors(place) {
            let length = if tensor.kind == TensorKind::Counter { 2 } else { tensor.length };
            keep(&tensor.name, state[tensor.offset..][..length].to_vec());
        }
    }
    Ok(values)
}

/// Stores the values of all subjects.
pub(crate) fn store(file: &Path) -> Outcome<()> {
    let device = device()?;
    let mut all = Vec::new();
    for subject in subjects()? {
        for (name, kept) in values(&device, &subject)? {
            let (dtype, length, bytes) = match &kept {
                Kept::Numbers(numbers) => (Dtype::F32, numbers.len(), bytes_of(numbers).to_vec()),
                Kept::Words(words) => (Dtype::U64, words.len(), bytes_of(words).to_vec()),
            };
            all.push((format!("{}|{name}", subject.name), dtype, length, bytes));
        }
    }
    let views = all
        .iter()
        .map(|(name, dtype, length, bytes)| Ok((name, TensorView::new(*dtype, vec![*length], bytes)?)));
    let views = views.collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
    Ok(fs::write(file, safetensors::serialize(views, None)?)?)
}

fn stored(file: &Path) -> Outcome<BTreeMap<String, Values>> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut all = BTreeMap::<String, Values>::new();
    for (name, view) in SafeTensors::deserialize(&bytes)?.tensors() {
        let (subject, name) = name.split_once('|').ok_or("a name without a subject")?;
        let kept = match view.dtype() {
            Dtype::U64 => Kept::Words(from_bytes(view.data())),
            _ => Kept::Numbers(from_bytes(view.data())),
        };
        all.entry(subject.to_owned()).or_default().insert(name.to_owned(), kept);
    }
    Ok(all)
}

/// Compares this device with what was stored: prints the row of a subject, and on standard error each tensor that differs.
pub(crate) fn compare(piece: usize, file: &Path) -> Outcome<bool> {
    let subject = subjects()?.into_iter().nth(piece).ok_or("there is no such piece")?;
    head(
        piece,
        "| against the emulation | tensors | the same bits | largest relative error | first launch that differs |",
    );
    noted(subject.name, compare_subject(&subject, file))
}

fn compare_subject(subject: &Subject, file: &Path) -> Outcome<bool> {
    let stored = stored(file)?;
    let expected = stored.get(subject.name).ok_or("it was not stored")?;
    let found = values(&device()?, subject)?;
    let (mut tensors, mut equal, mut largest) = (0, 0, 0.0_f64);
    for (name, expected) in expected {
        let Kept::Numbers(expected) = expected else { continue };
        tensors += 1;
        // A tensor that is missing is one of another length.
        let found = match found.get(name) {
            Some(Kept::Numbers(found)) => &found[..],
            _ => &[],
        };
        if bytes_of(found) == bytes_of(expected) {
            equal += 1;
            continue;
        }
        let error = relative_error(found, expected);
        largest = if error <= largest { largest } else { error };
        eprintln!("{}: {name} (member, tensor) differs, largest relative error {error:.1e}", subject.name);
    }
    let launch = first_difference(&found, expected);
    let all_equal = equal == tensors && tensors > 0 && launch.is_none();
    let launch = launch.unwrap_or_else(|| "none".to_owned());
    println!("| {} | {tensors} | {equal} | {largest:.1e} | {launch} |", subject.name);
    Ok(all_equal)
}

/// The first launch after which device memory differs: later launches compute with what it left.
fn first_difference(found: &Values, expected: &Values) -> Option<String> {
    let trace = |values: &Values| match values.get("trace") {
        Some(Kept::Words(words)) => words.clone(),
        _ => Vec::new(),
    };
    let (found, stored) = (trace(found), trace(expected));
    let place = found.iter().zip(&stored).position(|(found, stored)| found != stored);
    let place = place.or((found.len() != stored.len()).then_some(found.len().min(stored.len())))?;
    let prefix = format!("kernel {place:05} ");
    let kernel = expected.keys().find_map(|name| name.strip_prefix(&prefix)).unwrap_or("?");
    Some(format!("{kernel}, launch {} of {}", place + 1, stored.len()))
}

/// The largest difference, relative to the largest magnitude of `expected`; infinite if one is not finite where the other is.
pub(crate) fn relative_error<T: Copy + Into<f64>>(found: &[T], expected: &[T]) -> f64 {
    if found.len() != expected.len() {
        return f64::INFINITY;
    }
    let numbers = |numbers: &[T]| numbers.iter().map(|number| (*number).into()).collect::<Vec<f64>>();
    let (found, expected) = (numbers(found), numbers(expected));
    let scale = expected.iter().fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
    let errors = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs() / scale);
    errors.fold(0.0, |largest, error| {
        if error <= largest {
            largest
        } else if error.is_nan() {
            f64::INFINITY
        } else {
            error
        }
    })
}
