//! The report in one file, in a browser: what its script does, that nothing breaks its policy, and that it is whole without a script.

use std::{collections::HashMap, fs, path::Path};

use fantoccini::{
    Client, Locator,
    actions::{InputSource as _, MouseActions, PointerAction},
    key::Key,
};
use sweep_job::{EpochMetrics, Evidence, ModelKind, PlannedJob, RunDetails, Score, Standouts};
use sweep_report::{
    page::{Page, page_report},
    study::StudyOptions,
};
use sweep_store::{JobSelection, Store};
use tempfile::TempDir;

use crate::{
    driver::{Browser, chromedriver},
    has, holds, open, press, scene,
};

const EPOCHS: u32 = 120;

#[tokio::test]
async fn a_report_in_a_file_answers_in_a_browser() {
    let Some(program) = chromedriver() else { return };
    let folder = TempDir::new().unwrap();
    let jobs = jobs();
    let address = write(folder.path(), "report", &jobs);
    let browser = Browser::start(&program, folder.path()).await;
    let client = &browser.client;
    open(client, &address).await;

    curves_are_in_place_of_the_drawing(client).await;
    best_epochs_have_rings(client, &jobs).await;
    the_script_finds_the_best_epoch_as_jobs_do(client).await;
    the_pointer_shows_values(client, &jobs).await;
    the_keyboard_shows_values(client, &jobs).await;
    a_drag_zooms(client).await;
    lines_are_switched(client).await;
    jobs_are_sorted(client).await;
    open(client, &write(folder.path(), "many", &many_jobs())).await;
    settings_differ_in_more_than_colour(client).await;

    let errors = browser.errors().await;
    assert!(errors.is_empty(), "{errors:#?}");
    // It would have been heard.
    let inject = "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.broken = 1' }))";
    client.execute(inject, Vec::new()).await.unwrap();
    assert!(client.execute("return window.broken", Vec::new()).await.unwrap().is_null());
    let errors = browser.errors().await;
    assert!(errors.iter().any(|error| error.contains("Content Security Policy")), "{errors:#?}");
    browser.end().await;

    let browser = Browser::start_without_scripts(&program, folder.path()).await;
    open(&browser.client, &address).await;
    let drawing = browser.client.find(Locator::Css(".drawing svg")).await.unwrap();
    assert!(drawing.is_displayed().await.unwrap());
    assert_eq!(browser.client.find_all(Locator::Css(".all-jobs tbody tr")).await.unwrap().len(), 6);
    browser.end().await;
}

/// Two activations with three seeds each.
fn jobs() -> Vec<PlannedJob> {
    let of = |activation| {
        (0..3).map(move |seed| scene::planned(scene::spec(ModelKind::EegNet, activation, EPOCHS, seed)))
    };
    of(scene::RELU).chain(of(scene::ELU)).collect()
}

/// More settings than there are looks.
fn many_jobs() -> Vec<PlannedJob> {
    let of = |batch_size| {
        let mut spec = scene::spec(ModelKind::EegNet, scene::RELU, 2, 0);
        spec.batch_size = batch_size;
        scene::planned(spec)
    };
    (1..=60).map(of).collect()
}

/// Writes the report of these jobs under this name, and gives its address.
fn write(folder: &Path, name: &str, jobs: &[PlannedJob]) -> String {
    let database = folder.join(format!("{name}.db"));
    let mut store = scene::store(&database);
    scene::sweep(&mut store, "seeds </script>", jobs);
    jobs.iter().for_each(|job| scene::train(&mut store, job));
    drop(store);
    let reader = Store::open_read_only(&database).unwrap();
    let mut evidence =
        Evidence { jobs: reader.jobs(JobSelection::All).unwrap(), tail_epochs: 10, ..Evidence::default() };
    evidence.data_sets.insert(scene::identity(), scene::data_set());
    evidence.curves = jobs.iter().map(|job| (job.id, reader.epochs(&job.id).unwrap())).collect();
    let page = Page {
        evidence: &evidence,
        study: &StudyOptions::default(),
        notes: &[],
        sweep: None,
        sweeps: &reader.sweeps().unwrap(),
        runs: &HashMap::new(),
        database: "results.db",
        made_at: "2026-03-01T12:00:00",
        made_by: &RunDetails::default(),
    };
    let file = folder.join(format!("{name}.html"));
    page_report(&page, &mut fs::File::create(&file).unwrap()).unwrap();
    format!("file://{}", file.display())
}

/// The mean test accuracy of jobs at an epoch, as the page has it.
fn mean(jobs: &[PlannedJob], epoch: u32) -> String {
    format!("{:.2}", 100.0 * share(jobs, epoch))
}

fn share(jobs: &[PlannedJob], epoch: u32) -> f64 {
    let of = |job: &PlannedJob| scene::metrics(&job.spec, epoch).test.accuracy;
    jobs.iter().map(of).sum::<f64>() / jobs.len() as f64
}

/// Checks the box with this label, or clears it.
async fn check(client: &Client, label: &str) {
    let path = format!("//label[contains(., '{label}')]/input");
    client.find(Locator::XPath(&path)).await.unwrap().click().await.unwrap();
}

async fn curves_are_in_place_of_the_drawing(client: &Client) {
    holds(client, "document.querySelectorAll('.plot svg').length === 1").await;
    holds(client, "getComputedStyle(document.querySelector('.drawing')).display === 'none'").await;
    // Train and test of two settings; the validation set is there to be asked for.
    holds(client, "document.querySelectorAll('.plot path[data-name][stroke-width=\"1.8\"]').length === 4")
        .await;
    check(client, "validation").await;
    holds(client, "document.querySelectorAll('.plot path[data-name][stroke-width=\"1.8\"]').length === 6")
        .await;
    check(client, "validation").await;
}

async fn the_script_finds_the_best_epoch_as_jobs_do(client: &Client) {
    let nan = f64::NAN;
    let curves: [&[f64]; 6] =
        [&[0.5], &[0.5, 0.75, 0.75, 0.6], &[0.7, 0.7], &[nan, 0.1, 0.1], &[0.1, nan, 0.2], &[nan, nan]];
    for curve in curves {
        let epoch = |(number, &accuracy): (u32, &f64)| {
            let metrics = scene::metrics(&jobs()[0].spec, number);
            EpochMetrics { test: Score { accuracy, ..metrics.test }, ..metrics }
        };
        let epochs: Vec<EpochMetrics> = (1..).zip(curve).map(epoch).collect();
        let best = Standouts::of(&epochs).best.unwrap().epoch;
        // Not as JSON, which has no NaN; `{:?}` writes it as JavaScript does.
        holds(client, &format!("bestPlace({curve:?}) + 1 === {best}")).await;
    }
}

async fn best_epochs_have_rings(client: &Client, jobs: &[PlannedJob]) {
    // One a setting, on the test set.
    holds(client, "document.querySelectorAll('.plot .ring').length === 2").await;
    client.execute("document.querySelector('.plot').focus()", Vec::new()).await.unwrap();
    // To the lowest line: the second setting on the test set.
    for _ in 0..4 {
        press(client, &char::from(Key::Down).to_string()).await;
    }
    has(client, ".readout", "ELU, test: ").await;
    press(client, "b").await;
    let highest = (1..=EPOCHS).map(|epoch| share(&jobs[3..], epoch)).fold(0.0, f64::max);
    has(client, ".readout", &format!("its best is {:.2} % at epoch ", 100.0 * highest)).await;
    holds(client, r"/^Epoch (\d+): .*at epoch \1$/.test(document.querySelector('.readout').textContent)")
        .await;
}

async fn settings_differ_in_more_than_colour(client: &Client) {
    let looks = |rows: &str| {
        format!(
            "new Set([...document.querySelectorAll('.legend tbody tr{rows} .sample')].map((sample) => sample.innerHTML)).size"
        )
    };
    holds(client, "document.querySelectorAll('.legend tbody tr:not(.off)').length === 12").await;
    // Settings without lines are in a list of their own, not struck through among the others, and no head of a column is cut.
    holds(client, "document.querySelectorAll('.legend tbody tr').length === 12").await;
    holds(client, "document.querySelectorAll('.legend details button').length === 48").await;
    holds(
        client,
        "(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.querySelector('.legend'))",
    )
    .await;
    holds(client, &format!("{} === 12", looks(":not(.off)"))).await;
    client.find(Locator::XPath("//button[.='All lines']")).await.unwrap().click().await.unwrap();
    holds(client, "document.querySelectorAll('.legend tbody tr:not(.off)').length === 60").await;
    holds(client, &format!("{} === 56", looks(""))).await;
}

async fn the_pointer_shows_values(client: &Client, jobs: &[PlannedJob]) {
    client
        .execute("document.querySelector('.plot').scrollIntoView({ block: 'center' })", Vec::new())
        .await
        .unwrap();
    let plot = client.find(Locator::Css(".plot")).await.unwrap();
    let over = MouseActions::new("mouse".to_owned()).then(PointerAction::MoveToElement {
        element: plot,
        duration: None,
        x: 0.0,
        y: 0.0,
    });
    client.perform_actions(over).await.unwrap();
    has(client, ".readout", "%").await;
    let epoch = client
        .execute("return Number(document.querySelector('.legend b').textContent)", Vec::new())
        .await
        .unwrap();
    let epoch = u32::try_from(epoch.as_u64().unwrap()).unwrap();
    assert!((40..80).contains(&epoch), "{epoch}");
    has(client, ".legend tbody tr:nth-child(1) td:last-child", &mean(&jobs[..3], epoch)).await;
    has(client, ".legend tbody tr:nth-child(2) td:last-child", &mean(&jobs[3..], epoch)).await;
}

async fn the_keyboard_shows_values(client: &Client, jobs: &[PlannedJob]) {
    client.execute("document.querySelector('.plot').focus()", Vec::new()).await.unwrap();
    press(client, &char::from(Key::End).to_string()).await;
    press(client, &char::from(Key::Left).to_string()).await;
    holds(client, "document.activeElement.getAttribute('aria-valuenow') === '119'").await;
    has(client, ".legend tbody tr:nth-child(1) td:last-child", &mean(&jobs[..3], EPOCHS - 1)).await;
    press(client, &char::from(Key::Down).to_string()).await;
    has(client, ".readout", "Epoch 119: ").await;
    press(client, "++").await;
    has(client, ".readout", "(shown: ").await;
    press(client, "0").await;
    holds(client, "!document.querySelector('.readout').textContent.includes('shown')").await;
}

async fn a_drag_zooms(client: &Client) {
    let plot = client.find(Locator::Css(".plot")).await.unwrap();
    let at = |x| PointerAction::MoveToElement { element: plot.clone(), duration: None, x, y: 0.0 };
    let drag = MouseActions::new("mouse".to_owned())
        .then(at(-100.0))
        .then(PointerAction::Down { button: 0 })
        .then(at(50.0))
        .then(PointerAction::Up { button: 0 });
    client.perform_actions(drag).await.unwrap();
    has(client, ".readout", "(shown: ").await;
    client.find(Locator::XPath("//button[.='All epochs']")).await.unwrap().click().await.unwrap();
    holds(client, "!document.querySelector('.readout').textContent.includes('shown')").await;
}

async fn lines_are_switched(client: &Client) {
    client.find(Locator::Css(".legend tbody tr:nth-child(1) button")).await.unwrap().click().await.unwrap();
    holds(client, "document.querySelectorAll('.plot path[data-name][stroke-dasharray]').length === 2").await;
    holds(client, "document.activeElement.getAttribute('aria-pressed') === 'false'").await;
    check(client, "every job").await;
    holds(client, "document.querySelectorAll('.plot path[data-name][stroke-dasharray]').length === 6").await;
    client.execute("const range = document.querySelector('.controls input[type=range]'); range.value = 0; range.dispatchEvent(new Event('input'))", Vec::new()).await.unwrap();
    has(client, ".controls output", "none").await;
}

async fn jobs_are_sorted(client: &Client) {
    let column = "[...document.querySelectorAll('.all-jobs thead th')].findIndex((head) => head.textContent === 'best test')";
    let values = format!(
        "[...document.querySelectorAll('.all-jobs tbody tr')].map((row) => parseFloat(row.cells[{column}].textContent))"
    );
    client.find(Locator::XPath("//th/button[.='best test']")).await.unwrap().click().await.unwrap();
    holds(client, &format!("{values}.every((value, place, all) => place === 0 || all[place - 1] <= value)"))
        .await;
    client.find(Locator::XPath("//th/button[.='best test']")).await.unwrap().click().await.unwrap();
    holds(client, &format!("{values}.every((value, place, all) => place === 0 || all[place - 1] >= value)"))
        .await;
    holds(client, "document.querySelector('th[aria-sort=descending]').textContent === 'best test'").await;
}
