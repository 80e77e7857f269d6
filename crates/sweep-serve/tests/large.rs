//! Pages of sweeps with hundreds of jobs say the same as reports: nothing is read off a part of them.

#![allow(clippy::unwrap_used, reason = "tests")]

mod scene;
mod support;

use std::collections::BTreeMap;

use scene::{ELU, LEAKY, RELU, planned, spec};
use support::Place;
use sweep_job::{FailureReason, JobRecord, JobSpec, JobStatus, ModelKind, PlannedJob};
use sweep_report::{Format, ReportOptions, TAIL_EPOCHS, best_report, study::wavering_jobs};
use sweep_store::{JobSelection, Store};

const EPOCHS: u32 = 2;

/// 720 jobs: 6 cells of 6 learning rates and 20 seeds. A job of each cell diverged, one was cancelled, and one waits.
fn many() -> (Place, Store) {
    let place = Place::empty();
    let mut store = scene::store(&place.path());
    let mut jobs: Vec<PlannedJob> = Vec::new();
    for model in [ModelKind::EegNet, ModelKind::DeepConvNet] {
        for activation in [RELU, LEAKY, ELU] {
            for learning_rate in [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2] {
                let seeded = |seed| spec(model, activation, EPOCHS, seed);
                jobs.extend((0..20).map(|seed| planned(JobSpec { learning_rate, ..seeded(seed) })));
            }
        }
    }
    scene::sweep(&mut store, "many", &jobs);
    for (place, job) in jobs.iter().enumerate() {
        match place % 120 {
            117 => {
                scene::start(&mut store, job);
                scene::fail(&mut store, job, scene::diverged(1));
            }
            118 => scene::fail(&mut store, job, FailureReason::Cancelled),
            119 => {}
            _ => scene::train(&mut store, job),
        }
    }
    (place, store)
}

/// The texts between `start` and `end`, one after another.
fn all_between<'a>(text: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    text.split(start).skip(1).map(|rest| rest.split_once(end).unwrap().0).collect()
}

/// The cells of a table's body: a row each, with the name of the row first.
fn cells(table: &str) -> Vec<Vec<String>> {
    let body = table.split_once("<tbody>").unwrap().1.split_once("</tbody>").unwrap().0;
    all_between(body, "<tr>", "</tr>")
        .into_iter()
        .map(|row| {
            let row = row.replace("<th scope=\"row\">", "<td>").replace("</th>", "</td>");
            let row = row.replace("<td class=\"number\">", "<td>");
            all_between(&row, "<td>", "</td>").into_iter().map(str::to_owned).collect()
        })
        .collect()
}

fn percent(share: f64) -> String {
    format!("{:.2}", 100.0 * share)
}

#[tokio::test]
async fn the_page_of_a_large_sweep_reads_all_of_its_jobs() {
    let (place, store) = many();
    let page = place.get("/sweeps/1").await.text();
    let jobs = store.reader().jobs(JobSelection::All).unwrap();
    assert_eq!(jobs.len(), 720);

    // The tables are those of `sweep report --best`.
    let mut evidence = store.reader().evidence(jobs.clone(), TAIL_EPOCHS).unwrap();
    let curves = wavering_jobs(&evidence.jobs);
    store.reader().add_curves(&mut evidence, curves).unwrap();
    let mut report = Vec::new();
    let options =
        ReportOptions { format: Format::Html, sweep: Some("many".to_owned()), ..ReportOptions::default() };
    best_report(&evidence, &options, &mut report).unwrap();
    assert!(page.contains(std::str::from_utf8(&report).unwrap()), "{page}");

    // And every figure in them is that of the rows, computed once more.
    let mut of_cell: BTreeMap<(&str, &str), Vec<&JobRecord>> = BTreeMap::new();
    for job in jobs.iter().filter(|job| job.status == JobStatus::Finished) {
        of_cell.entry((job.spec.activation.title(), job.spec.model.title())).or_default().push(job);
    }
    assert!(of_cell.len() == 6 && of_cell.values().all(|jobs| jobs.len() == 117));
    let tables = all_between(&page, "<table>", "</table>");
    let [best, selected, readings] = tables.as_slice() else { panic!("{} tables", tables.len()) };
    let models = ["EEGNet", "DeepConvNet"];
    for (place, model) in models.into_iter().enumerate() {
        for (row, chosen) in cells(best).iter().zip(cells(selected)) {
            let jobs = &of_cell[&(row[0].as_str(), model)];
            let highest = jobs.iter().map(|job| job.best.unwrap().test.accuracy).fold(0.0, f64::max);
            assert!(row[place + 1].starts_with(&format!("{} % @ ", percent(highest))), "{row:?}");
            assert!(
                row[place + 1].contains("best of 117") || row[place + 1].contains("117 of 120"),
                "{row:?}"
            );
            let of_epoch = |job: &&&JobRecord| job.selected.unwrap().validation.unwrap().accuracy;
            let highest = jobs.iter().map(|job| of_epoch(&job)).fold(0.0, f64::max);
            let shown = chosen[place + 1].split(" %").next().unwrap().to_owned();
            let candidates = jobs.iter().filter(|job| of_epoch(job) == highest);
            let mut tests = candidates.map(|job| percent(job.selected.unwrap().test.accuracy));
            assert!(tests.any(|test| test == shown), "{chosen:?}");
        }
    }
    for row in cells(readings) {
        let (model, activation) = (row[0].as_str(), row[1].as_str());
        let jobs = &of_cell[&(activation, model)];
        let mean = |accuracy: fn(&JobRecord) -> f64| {
            percent(jobs.iter().map(|job| accuracy(job)).sum::<f64>() / jobs.len() as f64)
        };
        let expected = [
            mean(|job| job.best.unwrap().test.accuracy),
            mean(|job| job.selected.unwrap().test.accuracy),
            mean(|job| job.last.unwrap().test.accuracy),
        ];
        for (shown, mean) in row[2..5].iter().zip(expected) {
            assert!(shown.starts_with(&mean), "{row:?}: {mean}");
        }
    }

    // A line is the mean over all jobs of its setting, 20 or 17 finished ones. For each model, 12 of 18 settings are drawn.
    assert!(page.contains("lowest to highest of 20 jobs"), "{page}");
    let before =
        "Curves show the 12 settings of each model with the highest accuracy, which the test set chose; ";
    let left_out = all_between(&page, before, " jobs of other settings are left out.");
    assert!(!page.contains("A line is the mean of the first"), "no setting is cut");
    assert!(page.contains("Showing the 12 of 18 settings with the highest accuracy"), "{page}");
    let left_out: usize = left_out[0].parse().unwrap();
    assert!((702 - 24 * 20..=702 - 24 * 20 + 6 * 3).contains(&left_out), "{left_out}");
}

#[tokio::test]
async fn what_ends_without_a_result_fills_no_bar() {
    let place = Place::empty();
    let mut store = scene::store(&place.path());
    let jobs = scene::lab(3);
    scene::sweep(&mut store, "lab2", &jobs);
    for job in &jobs {
        scene::start(&mut store, job);
        scene::fail(&mut store, job, scene::diverged(1));
    }
    for address in ["/", "/sweeps/1"] {
        let text = place.get(address).await.text();
        assert!(text.contains("<progress max=\"6\" value=\"0\""), "{address}: {text}");
        assert!(text.contains("<span class=\"status diverged\">6 diverged</span>"), "{address}: {text}");
        assert!(text.contains("0 of 6 jobs finished") && !text.contains("6 failed"), "{address}: {text}");
    }
}
