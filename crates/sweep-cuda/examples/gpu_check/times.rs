//! Times of epochs and kernels.

use std::time::Instant;

use sweep_cuda::Launching;
use sweep_networks::{InputShape, ModelKind};

use crate::{
    Outcome, is_small,
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

/// The five longest kernels of an epoch of each network, as the lab trains it.
pub(crate) fn kernels() -> Outcome<()> {
    let device = device()?;
    println!("| kernel | launches | ms of an epoch | share |\n| --- | --- | --- | --- |");
    for (model, batch, members) in [
        (ModelKind::EegNet, 108, 1),
        (ModelKind::DeepConvNet, 1080, 1),
        (ModelKind::EegNet, 16, 64),
        (ModelKind::DeepConvNet, 1080, 3),
    ] {
        let members: Vec<u32> = (0..if is_small() { members.min(3) } else { members }).collect();
        let subject = lab(model, batch.min(if is_small() { 12 } else { batch }));
        let mut bundle = subject.bundle(&device, &members, Launching::Plain)?;
        bundle.train(1)?;
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
    }
    Ok(())
}

/// Epochs of 1, 3 and 64 members, the most telling first, until the time is over.
pub(crate) fn epochs(seconds: f64) -> Outcome<()> {
    let begin = Instant::now();
    let mut cases: Vec<(Subject, u32)> = Vec::new();
    let (eegnet, deep) = (ModelKind::EegNet, ModelKind::DeepConvNet);
    for (model, batch) in [
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
    ] {
        if is_small() && !matches!(batch, 4 | 8) {
            continue;
        }
        cases.extend([1, 3, if is_small() { 5 } else { 64 }].map(|members| (lab(model, batch), members)));
        if (model, batch) == (deep, 1080) {
            let wide = Subject::new("EEGNet 22 x 1000", eegnet, WIDE, [288; 2], 64);
            cases.extend([1, 64].map(|members| (wide.clone(), members)));
        }
    }
    println!(
        "| network | batch | jobs side by side | ms an epoch, graph | on the device | ms an epoch, plain | jobs x epochs a second |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (subject, members) in cases {
        if begin.elapsed().as_secs_f64() > seconds {
            println!(
                "| *the time for this part was over before {}, batch {}, {members}* | | | | | | |",
                subject.name, subject.batch
            );
            break;
        }
        let row = row(&subject, members).unwrap_or_else(|error| format!("failed: {error} | | |"));
        println!("| {} | {} | {members} | {row} |", subject.name, subject.batch);
    }
    Ok(())
}

fn row(subject: &Subject, members: u32) -> Outcome<String> {
    let numbers: Vec<u32> = (0..members).collect();
    let time = |launching| {
        let mut bundle = subject.bundle(&device()?, &numbers, launching)?;
        epoch(&mut bundle)
    };
    let ((graph, device), (plain, _)) = (time(Launching::Graph)?, time(Launching::Plain)?);
    let rate = f64::from(members) / graph;
    Ok(format!("{:.3} | {:.3} | {:.3} | {rate:.1}", graph * 1e3, device * 1e3, plain * 1e3))
}

/// Seconds of an epoch on the clock and on the device, with the next epoch always submitted, as a worker does it.
fn epoch(bundle: &mut Bundle) -> Outcome<(f64, f64)> {
    const MOST: u32 = 50;
    let enough = if is_small() { 0.0 } else { 0.4 };
    let inputs: Vec<_> = (1..=4).map(|epoch| bundle.input(epoch)).collect();
    let input = |number: u32| &inputs[number as usize % inputs.len()];
    bundle.train(1)?;
    let (begin, mut collected, mut on_device) = (Instant::now(), 0, 0.0);
    let mut submitted = 0;
    loop {
        let is_over = collected > 0 && (begin.elapsed().as_secs_f64() > enough || submitted >= MOST);
        while !is_over && bundle.executor.wants_epoch() {
            bundle.executor.submit(input(submitted))?;
            submitted += 1;
        }
        let Some(epoch) = bundle.executor.collect()? else { break };
        collected += 1;
        on_device += epoch.training_seconds + epoch.evaluation_seconds;
    }
    let epochs = f64::from(collected);
    Ok((begin.elapsed().as_secs_f64() / epochs, on_device / epochs))
}
