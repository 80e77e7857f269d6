//! Times of epochs and kernels.

use std::time::Instant;

use sweep_cuda::{Collected, Device, Launching};
use sweep_networks::{InputShape, ModelKind};

use crate::{
    Outcome, head, is_small, noted,
    subject::{Bundle, LAB, Subject, WIDE, device},
};

/// Seconds from nothing to an executor that can train. Run in a new process with an empty `CUDA_CACHE_PATH`, and then again.
pub(crate) fn load() -> Outcome<()> {
    let begin = Instant::now();
    let device = device()?;
    println!("| opening the device | {:.3} s |", begin.elapsed().as_secs_f64());
    for model in [ModelKind::EegNet, ModelKind::DeepConvNet] {
        let subject = Subject::new(model.name(), model, LAB, [16, 8], 8);
        let begin = Instant::now();
        subject.bundle(&device, &[0], Launching::Graph)?;
        println!(
            "| loading the kernels of {}, with a bundle and its graphs | {:.3} s |",
            subject.name,
            begin.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

fn lab(model: ModelKind, batch: usize) -> Subject {
    let shape = if is_small() { InputShape { samples: 110, ..LAB } } else { LAB };
    let trials = if is_small() { 12 } else { 1080 };
    Subject::new(model.name(), model, shape, [trials; 2], batch)
}

/// What the kernels are measured for, each a piece: a network, its batch size, and the jobs side by side.
pub(crate) const KERNELS: [(ModelKind, usize, u32); 4] = [
    (ModelKind::EegNet, 108, 1),
    (ModelKind::DeepConvNet, 1080, 1),
    (ModelKind::EegNet, 16, 64),
    (ModelKind::DeepConvNet, 1080, 3),
];

/// The five longest kernels of an epoch, as the lab trains it.
pub(crate) fn kernels(piece: usize) -> Outcome<()> {
    let (model, batch, members) = *KERNELS.get(piece).ok_or("there is no such piece")?;
    head(piece, "| kernel | launches | ms of an epoch | share |");
    let members: Vec<u32> = (0..if is_small() { members.min(3) } else { members }).collect();
    let subject = lab(model, batch.min(if is_small() { 12 } else { batch }));
    noted(subject.name, longest(&subject, &members))
}

fn longest(subject: &Subject, members: &[u32]) -> Outcome<()> {
    let mut bundle = subject.bundle(&device()?, members, Launching::Plain)?;
    epoch(&mut bundle, WARM, Length { seconds: 0.0, epochs: 1 })?;
    let times = bundle.executor.time_kernels(&bundle.input(2))?;
    let all: f64 = times.iter().map(|time| time.seconds).sum();
    println!(
        "| **{}, batch {}, {} side by side** | {} | {:.3} | |",
        subject.name,
        subject.batch,
        members.len(),
        times.iter().map(|time| time.launches).sum::<u32>(),
        all * 1e3
    );
    for time in times.iter().take(5) {
        println!(
            "| {} | {} | {:.3} | {:.0} % |",
            time.kernel,
            time.launches,
            time.seconds * 1e3,
            100.0 * time.seconds / all
        );
    }
    Ok(())
}

/// Networks at a batch size with the numbers of jobs side by side, each a piece; the most telling come first.
pub(crate) fn groups() -> Vec<(Subject, Vec<u32>)> {
    let (eegnet, deep) = (ModelKind::EegNet, ModelKind::DeepConvNet);
    if is_small() {
        return [(eegnet, 4), (deep, 4)].map(|(model, batch)| (lab(model, batch), vec![1, 3])).to_vec();
    }
    let cases = [
        (eegnet, 108),
        (deep, 1080),
        (eegnet, 4),
        (eegnet, 16),
        (eegnet, 8),
        (eegnet, 32),
        (deep, 32),
        (deep, 108),
        (eegnet, 1080),
        (deep, 16),
        (deep, 8),
        (deep, 4),
    ];
    let mut groups = cases.map(|(model, batch)| (lab(model, batch), vec![1, 3, 64])).to_vec();
    groups.insert(2, (Subject::new("EEGNet 22 x 1000", eegnet, WIDE, [288; 2], 64), vec![1, 64]));
    groups
}

/// Epochs of a network with some jobs side by side.
pub(crate) fn epochs(piece: usize) -> Outcome<bool> {
    let (subject, sizes) = groups().into_iter().nth(piece).ok_or("there is no such piece")?;
    head(
        piece,
        "| network | batch | jobs side by side | ms an epoch, graph | on the device | ms an epoch, plain | jobs x epochs a second |",
    );
    let device = noted(subject.name, device())?;
    let mut all_right = true;
    for members in sizes {
        eprintln!("{}, batch {}: {members} side by side", subject.name, subject.batch);
        let row = row(&device, &subject, members).unwrap_or_else(|error| {
            all_right = false;
            format!("failed: {error} | | |")
        });
        println!("| {} | {} | {members} | {row} |", subject.name, subject.batch);
    }
    Ok(all_right)
}

fn row(device: &Device, subject: &Subject, members: u32) -> Outcome<String> {
    let numbers: Vec<u32> = (0..members).collect();
    let (graph, on_device) = epoch(
        &mut subject.bundle(device, &numbers, Launching::Graph)?,
        WARM,
        Length { seconds: 0.5, epochs: 3 },
    )?;
    // The device is warm by now, and this is the lesser number.
    let (plain, _) = epoch(
        &mut subject.bundle(device, &numbers, Launching::Plain)?,
        Length { seconds: 0.0, epochs: 3 },
        Length { seconds: 0.2, epochs: 3 },
    )?;
    let rate = f64::from(members) / graph;
    Ok(format!("{:.3} | {:.3} | {:.3} | {rate:.1}", graph * 1e3, on_device * 1e3, plain * 1e3))
}

/// How long something goes on: both must be reached.
#[derive(Clone, Copy)]
struct Length {
    seconds: f64,
    epochs: usize,
}

/// A GPU that rested takes a while to raise its clocks, and the first epoch in each slot of the ring is slower.
const WARM: Length = Length { seconds: 0.3, epochs: 3 };

impl Length {
    fn is_reached(self, begin: Instant, epochs: usize) -> bool {
        if is_small() {
            return epochs > 0;
        }
        epochs >= self.epochs && begin.elapsed().as_secs_f64() >= self.seconds
    }
}

/// The median seconds of an epoch on the clock and on the device, with the next epochs always submitted, as a worker does it.
fn epoch(bundle: &mut Bundle, warm: Length, counted: Length) -> Outcome<(f64, f64)> {
    let inputs: Vec<_> = (1..=4).map(|epoch| bundle.input(epoch)).collect();
    let mut inputs = inputs.iter().cycle();
    let mut next = |bundle: &mut Bundle| -> Outcome<Collected> {
        while bundle.executor.wants_epoch() {
            bundle.executor.submit(inputs.next().ok_or("there is no input")?)?;
        }
        Ok(bundle.executor.collect()?.ok_or("there was no epoch")?)
    };
    let (begin, mut epochs) = (Instant::now(), 0);
    while !warm.is_reached(begin, epochs) {
        next(bundle)?;
        epochs += 1;
    }
    let (begin, mut clock, mut device) = (Instant::now(), Vec::new(), Vec::new());
    let mut last = begin;
    while !counted.is_reached(begin, clock.len()) {
        let epoch = next(bundle)?;
        let now = Instant::now();
        clock.push((now - last).as_secs_f64());
        device.push(epoch.training_seconds + epoch.evaluation_seconds);
        last = now;
    }
    while bundle.executor.collect()?.is_some() {}
    Ok((median(clock), median(device)))
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let half = numbers.len() / 2;
    if numbers.len() % 2 == 1 { numbers[half] } else { f64::midpoint(numbers[half - 1], numbers[half]) }
}
