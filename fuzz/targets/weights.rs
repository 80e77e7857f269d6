//! Files of weights: whatever the bytes, a network or optimizer takes them, or says what is wrong and is as it was.
//!
//! The first byte says what the rest is: a whole safetensors file; the JSON header of one, behind which the target puts as many zeros as
//! the network's own file has; or changes of single bytes in that file.

#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use sweep_job::{Activation, JobSpec, ModelKind};
use sweep_models::{InputShape, Network, Optimizer, Settings, infer_shape};

struct Subject {
    model: ModelKind,
    network: Network,
    optimizer: Optimizer,
    weights: Vec<u8>,
    state: Vec<u8>,
}

impl Subject {
    fn new(model: ModelKind, samples: usize) -> Self {
        let spec = JobSpec::lab(model, Activation::Relu);
        let shape = InputShape { channels: 1, samples, classes: 2 };
        let network = Network::new(&Settings::from(&spec), shape, 0).expect("the network can be built");
        let optimizer = Optimizer::new(&spec, &network).expect("the optimizer can be made");
        let weights = network.to_safetensors().expect("weights can be written");
        let state = optimizer.to_safetensors().expect("the state can be written");
        Self { model, network, optimizer, weights, state }
    }
}

thread_local! {
    static SUBJECTS: RefCell<[Subject; 2]> =
        RefCell::new([Subject::new(ModelKind::EegNet, 64), Subject::new(ModelKind::DeepConvNet, 450)]);
}

fuzz_target!(|data: &[u8]| {
    let [form, rest @ ..] = data else { return };
    SUBJECTS.with_borrow_mut(|subjects| {
        let subject = &mut subjects[usize::from(form >> 7)];
        let own = if form & 0x40 == 0 { &subject.weights } else { &subject.state };
        let bytes = match form & 3 {
            0 => rest.to_vec(),
            1 => with_header(rest, own.len()),
            _ => changed(own.clone(), rest),
        };
        for model in ModelKind::ALL {
            if let Ok(shape) = infer_shape(&bytes, model, &Default::default()) {
                assert!(shape.channels > 0 && shape.classes > 1 && !shape.samples.is_empty());
            }
        }
        let taken = subject.network.load_safetensors(&bytes);
        if form & 3 == 2 && rest.is_empty() && form & 0x40 == 0 {
            assert!(taken.is_ok(), "{} does not take its own weights: {taken:?}", subject.model);
        }
        if let Err(error) = taken {
            assert!(!error.to_string().is_empty());
        }
        if let Err(error) = subject.optimizer.load_safetensors(&bytes) {
            assert!(!error.to_string().is_empty());
        }
    });
});

fn with_header(header: &[u8], zeros: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.resize(bytes.len() + zeros, 0);
    bytes
}

/// Each change is an offset of three bytes and a value; an offset behind the end cuts the file off.
fn changed(mut bytes: Vec<u8>, changes: &[u8]) -> Vec<u8> {
    for change in changes.as_chunks::<4>().0 {
        let offset = u32::from_le_bytes([change[0], change[1], change[2], 0]) as usize;
        match bytes.get_mut(offset) {
            Some(byte) => *byte = change[3],
            None => bytes.truncate(offset - bytes.len()),
        }
    }
    bytes
}
