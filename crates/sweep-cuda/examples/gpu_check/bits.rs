//! The same bits alone, in bundles, in another order and a second time; and a short epoch for compute-sanitizer.

use sweep_cuda::{Device, Launching, plan::MemberResults};
use sweep_networks::{InputShape, ModelKind};

use crate::{
    Outcome, head, is_small, noted,
    subject::{LAB, Subject, device},
};

/// The networks, each a piece.
pub(crate) const MODELS: [ModelKind; 2] = [ModelKind::EegNet, ModelKind::DeepConvNet];

/// What became of one member: the bits of its state, and those of its results.
type Member = (Vec<u32>, Vec<u64>);

fn trained(
    device: &Device,
    subject: &Subject,
    members: &[u32],
    launching: Launching,
) -> Outcome<Vec<Member>> {
    let mut bundle = subject.bundle(device, members, launching)?;
    let results = bundle.train(if is_small() { 1 } else { 2 })?;
    let member = |(place, results): (usize, &MemberResults)| {
        let state = bundle.executor.state(place as u32)?;
        Ok((state.into_iter().map(f32::to_bits).collect(), bits(results)))
    };
    results.iter().enumerate().map(member).collect()
}

/// Numbers that are not finite have bits, too, and would never be equal.
fn bits(results: &MemberResults) -> Vec<u64> {
    let MemberResults { loss_sum, correct, diverged_step, not_finite, validation, test } = results;
    let first = [
        loss_sum.to_bits(),
        *correct as u64,
        diverged_step.map_or(0, u64::from),
        not_finite.map_or(0, |place| place as u64 + 1),
    ];
    let logits = validation.iter().chain(test).map(|logit| u64::from(logit.to_bits()));
    first.into_iter().chain(logits).collect()
}

/// Prints a row for each form of a network.
pub(crate) fn check(piece: usize) -> Outcome<bool> {
    let model = *MODELS.get(piece).ok_or("there is no such piece")?;
    head(piece, "| the same bits | members equal | of |");
    let shape = if is_small() { InputShape { samples: 110, ..LAB } } else { LAB };
    let trials = if is_small() { [6, 4] } else { [40, 24] };
    let subject = Subject::new(model.name(), model, shape, trials, trials[0] / 2 - 1);
    noted(subject.name, forms(&subject))
}

fn forms(subject: &Subject) -> Outcome<bool> {
    let device = device()?;
    let trained = |members: &[u32], launching| {
        eprintln!("{}: members {members:?}, {launching:?}", subject.name);
        trained(&device, subject, members, launching)
    };
    let many: Vec<u32> = (0..if is_small() { 6 } else { 64 }).collect();
    let (half, all) = (many.len() as u32 / 2, many.len() as u32);
    let bundle = trained(&many, Launching::Graph)?;
    let mut all_equal = true;
    let mut row = |form: &str, members: &[u32], found: &[Member]| {
        let equal =
            members.iter().zip(found).filter(|(member, found)| bundle[**member as usize] == **found).count();
        all_equal &= equal == members.len();
        println!("| {}, {form} | {equal} | {} |", subject.name, members.len());
    };
    // Members of both halves, with every kind of settings.
    let some = [0, 1, 2, half - 1, half, all - 1];
    let mut alone = Vec::new();
    for member in some {
        alone.extend(trained(&[member], Launching::Graph)?);
    }
    row(&format!("alone and in a bundle of {all}"), &some, &alone);
    row("bundle of 3", &some[1..4], &trained(&some[1..4], Launching::Graph)?);
    let reversed: Vec<u32> = many.iter().rev().copied().collect();
    row(&format!("{all} in reverse order"), &reversed, &trained(&reversed, Launching::Graph)?);
    row(&format!("{all} a second time, launch by launch"), &many, &trained(&many, Launching::Plain)?);
    Ok(all_equal)
}

/// An epoch of two steps at batch 4, launch by launch.
pub(crate) fn step() -> Outcome<()> {
    let device = device()?;
    for model in MODELS {
        let subject = Subject::new(model.name(), model, LAB, [8, 4], 4);
        subject.bundle(&device, &[0, 1], Launching::Plain)?.train(1)?;
        println!("{}: an epoch of two members at batch 4", subject.name);
    }
    Ok(())
}
