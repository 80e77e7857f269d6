//! The same bits alone, in bundles, in another order and a second time; and a short epoch for compute-sanitizer.

use sweep_cuda::{Launching, plan::MemberResults};
use sweep_networks::{InputShape, ModelKind};

use crate::{
    Outcome, is_small,
    subject::{LAB, Subject, device},
};

const EPOCHS: u32 = 2;

/// What became of one member: the bits of its state and its results.
type Member = (Vec<u32>, MemberResults);

fn trained(subject: &Subject, members: &[u32], launching: Launching) -> Outcome<Vec<Member>> {
    let mut bundle = subject.bundle(&device()?, members, launching)?;
    let results = bundle.train(EPOCHS)?;
    let member = |(place, results)| {
        let state = bundle.executor.state(place as u32)?;
        Ok((state.into_iter().map(f32::to_bits).collect(), results))
    };
    results.into_iter().enumerate().map(member).collect()
}

/// Prints a row for each network and each form.
pub(crate) fn check() -> Outcome<bool> {
    let mut all_equal = true;
    println!("| the same bits | members equal | of |\n| --- | --- | --- |");
    for model in [ModelKind::EegNet, ModelKind::DeepConvNet] {
        let shape = if is_small() { InputShape { samples: 110, ..LAB } } else { LAB };
        let trials = if is_small() { [6, 4] } else { [40, 24] };
        let subject = Subject::new(model.name(), model, shape, trials, trials[0] / 2 - 1);
        let many: Vec<u32> = (0..if is_small() { 8 } else { 64 }).collect();
        let (half, all) = (many.len() as u32 / 2, many.len() as u32);
        let bundle = trained(&subject, &many, Launching::Graph)?;
        // Members of both halves, with every kind of settings.
        let some = [0, 1, 2, half - 1, half, all - 1];
        let mut row = |form: &str, members: &[u32], found: &[Member]| {
            let equal = members
                .iter()
                .zip(found)
                .filter(|(member, found)| bundle[**member as usize] == **found)
                .count();
            all_equal &= equal == members.len();
            println!("| {}, {form} | {equal} | {} |", subject.name, members.len());
        };
        let alone: Vec<Member> = some
            .iter()
            .map(|member| trained(&subject, &[*member], Launching::Graph).map(|mut found| found.remove(0)))
            .collect::<Outcome<_>>()?;
        row(&format!("alone and in a bundle of {all}"), &some, &alone);
        row("bundle of 3", &some[1..4], &trained(&subject, &some[1..4], Launching::Graph)?);
        let reversed: Vec<u32> = many.iter().rev().copied().collect();
        row(&format!("{all} in reverse order"), &reversed, &trained(&subject, &reversed, Launching::Graph)?);
        row(
            &format!("{all} a second time, launch by launch"),
            &many,
            &trained(&subject, &many, Launching::Plain)?,
        );
    }
    Ok(all_equal)
}

/// An epoch of two steps at batch 4, launch by launch.
pub(crate) fn step() -> Outcome<()> {
    for model in [ModelKind::EegNet, ModelKind::DeepConvNet] {
        let subject = Subject::new(model.name(), model, LAB, [8, 4], 4);
        subject.bundle(&device()?, &[0, 1], Launching::Plain)?.train(1)?;
        println!("{}: an epoch of two members at batch 4", subject.name);
    }
    Ok(())
}
