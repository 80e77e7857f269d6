//! The pages, live ones and the report in one file, in a browser: what changes by itself, what the keyboard does, and that nothing breaks the policy of the pages.
//!
//! It needs Chromium and its driver (Debian: `chromium chromium-driver`). Without a `chromedriver` it is skipped, and says so, unless the
//! variable `SWEEP_BROWSER_TESTS` is `required`.

#![allow(clippy::unwrap_used, reason = "tests")]

mod driver;
mod report_page;
#[path = "../scene/mod.rs"]
mod scene;

use std::{fs, path::Path, sync::mpsc, thread, time::Duration};

use driver::{Browser, chromedriver};
use fantoccini::{Client, Locator, key::Key};
use sweep_job::PlannedJob;
use sweep_serve::{ServeOptions, serve};
use sweep_store::Store;
use tempfile::TempDir;

#[tokio::test]
async fn pages_live_in_a_browser() {
    let Some(program) = chromedriver() else { return };
    let folder = TempDir::new().unwrap();
    let (mut store, jobs) = database(&folder.path().join("results.db"));
    let site = start(&folder.path().join("results.db"));
    let browser = Browser::start(&program, folder.path()).await;
    let client = &browser.client;

    curves_grow(client, &site, &mut store, &jobs[5]).await;
    the_overview_follows(client, &site, &mut store, &jobs[5]).await;
    the_keyboard_is_enough(client, &site, &jobs).await;
    jobs_are_chosen_and_compared(client, &site).await;
    a_figure_is_saved(client, folder.path()).await;
    the_theme_is_kept(client, &site).await;
    everything_is_there_without_a_script(&program, folder.path(), &site).await;

    let errors = browser.errors().await;
    assert!(errors.is_empty(), "{errors:#?}");
    // It would have been heard.
    client.execute("fetch('https://sweep.invalid/').catch(() => {})", Vec::new()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let errors = browser.errors().await;
    assert!(errors.iter().any(|error| error.contains("Content Security Policy")), "{errors:#?}");
    browser.end().await;
}

/// The lab's jobs, of which the last one is being trained, and more of another sweep to fill a second page.
fn database(path: &Path) -> (Store, Vec<PlannedJob>) {
    let mut store = scene::store(path);
    let jobs = scene::lab(60);
    scene::sweep(&mut store, "lab2", &jobs);
    jobs[..5].iter().for_each(|job| scene::train(&mut store, job));
    let spec = |seed| scene::spec(sweep_job::ModelKind::EegNet, scene::ELU, 4, seed);
    let more: Vec<PlannedJob> = (1..70).map(|seed| scene::planned(spec(seed))).collect();
    scene::sweep(&mut store, "seeds", &more);
    more[..4].iter().for_each(|job| scene::train(&mut store, job));
    scene::start(&mut store, &jobs[5]);
    scene::epochs(&mut store, &jobs[5], 1..=10);
    (store, jobs)
}

/// The server as users have it, until this process ends. Gives its address.
fn start(path: &Path) -> String {
    let options = ServeOptions { database: path.into(), host: "localhost".to_owned(), port: 0 };
    let (tell, told) = mpsc::channel();
    thread::spawn(move || serve(&options, |announcement| tell.send(announcement.url.clone()).unwrap()));
    let url = told.recv_timeout(Duration::from_secs(10)).unwrap();
    url.trim_end_matches('/').to_owned()
}

async fn open(client: &Client, address: &str) {
    client.goto(address).await.unwrap();
}

/// Waits until an element has a text.
async fn has(client: &Client, css: &str, text: &str) {
    let mut found = String::new();
    for _ in 0..150 {
        if let Ok(element) = client.find(Locator::Css(css)).await {
            found = element.text().await.unwrap_or_default();
            if found.contains(text) {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{css} never had {text:?}, but {found:?}");
}

/// What a script gives; waits until it is true.
async fn holds(client: &Client, script: &str) {
    for _ in 0..150 {
        if client.execute(&format!("return ({script})"), Vec::new()).await.unwrap() == true {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never true: {script}");
}

async fn press(client: &Client, keys: &str) {
    client.active_element().await.unwrap().send_keys(keys).await.unwrap();
}

async fn curves_grow(client: &Client, site: &str, store: &mut Store, job: &PlannedJob) {
    open(client, &format!("{site}/jobs/{}", job.id)).await;
    has(client, "#live", "Live").await;
    has(client, "#standing", "running 10/60").await;
    let longest = "Math.max(...[...document.querySelectorAll('#curves .when-wide path')].map((line) => line.getAttribute('d').length))";
    let remember = format!("window.same = document.querySelector('#curves svg'); window.before = {longest};");
    client.execute(&remember, Vec::new()).await.unwrap();
    scene::epochs(store, job, 11..=30);
    has(client, "#standing", "running 30/60").await;
    // The page was not loaded again: its elements are the same, and the curve is longer.
    holds(
        client,
        &format!("window.same === document.querySelector('#curves svg') && {longest} > 1.8 * before"),
    )
    .await;
    has(client, "#curves .when-wide svg", "test: best").await;
}

async fn the_overview_follows(client: &Client, site: &str, store: &mut Store, job: &PlannedJob) {
    open(client, &format!("{site}/")).await;
    has(client, "#live", "Live").await;
    has(client, "#summary", "9 of 75 jobs finished in 2 sweeps, 1 running.").await;
    scene::epochs(store, job, 31..=60);
    has(client, &format!("#running-{}", job.id.short()), "60/60").await;
    scene::finish(store, job);
    has(client, "#summary", "10 of 75 jobs finished in 2 sweeps, 0 running.").await;
    has(client, "#overview", "No job is running.").await;
}

/// From the first page to a job, without a mouse.
async fn the_keyboard_is_enough(client: &Client, site: &str, jobs: &[PlannedJob]) {
    open(client, &format!("{site}/jobs")).await;
    let tab = char::from(Key::Tab).to_string();
    press(client, &tab).await;
    holds(client, "document.activeElement.className === 'skip'").await;
    press(client, "/").await;
    holds(client, "document.activeElement.id === 'where'").await;
    press(client, "model = \"eegnet\" and activation = \"relu\"").await;
    press(client, &char::from(Key::Enter).to_string()).await;
    holds(client, "new URLSearchParams(location.search).get('where') === 'model = \"eegnet\" and activation = \"relu\"'").await;
    holds(client, "document.querySelectorAll('tbody tr').length === 1").await;
    // On to the link of the job that is left.
    for _ in 0..40 {
        press(client, &tab).await;
        if client.execute("return document.activeElement.matches('tbody th a')", Vec::new()).await.unwrap()
            == true
        {
            break;
        }
    }
    press(client, &char::from(Key::Enter).to_string()).await;
    has(client, "h1", &jobs[0].id.to_string()).await;
}

async fn jobs_are_chosen_and_compared(client: &Client, site: &str) {
    open(client, &format!("{site}/jobs")).await;
    client.find(Locator::LinkText("best test (optimistic)")).await.unwrap().click().await.unwrap();
    holds(
        client,
        "document.querySelector('th[aria-sort=descending] a')?.textContent === 'best test (optimistic)'",
    )
    .await;
    holds(client, "document.getElementById('compare-button').disabled").await;
    client.find(Locator::Css("tbody tr:nth-child(1) input")).await.unwrap().click().await.unwrap();
    has(client, "#compare-words", "1 chosen").await;
    // A choice holds over the pages of the table.
    client.find(Locator::Css("a[rel=next]")).await.unwrap().click().await.unwrap();
    has(client, "#jobs-words", "51 to 75 of 75 jobs").await;
    has(client, "#compare-words", "1 chosen").await;
    client.back().await.unwrap();
    holds(client, "document.querySelector('tbody tr:nth-child(1) input')?.checked").await;
    client.find(Locator::Css("tbody tr:nth-child(2) input")).await.unwrap().click().await.unwrap();
    has(client, "#compare-words", "2 chosen").await;
    client.find(Locator::Id("compare-button")).await.unwrap().click().await.unwrap();
    has(client, "h1", "Compare").await;
    has(client, "#sides", "Verdict").await;
    holds(client, "document.querySelectorAll('#sides .links a').length === 2").await;
    holds(client, "document.querySelectorAll('#curves .when-wide svg path').length > 3").await;
}

async fn a_figure_is_saved(client: &Client, folder: &Path) {
    client.find(Locator::LinkText("PNG")).await.unwrap().click().await.unwrap();
    let file = folder.join("compared-curves.png");
    for _ in 0..150 {
        if fs::read(&file)
            .is_ok_and(|bytes| bytes.starts_with(b"\x89PNG") && bytes.ends_with(b"IEND\xaeB`\x82"))
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} never came", file.display());
}

async fn the_theme_is_kept(client: &Client, site: &str) {
    let ground = "getComputedStyle(document.body).backgroundColor";
    let dark = format!("document.documentElement.dataset.theme === 'dark' && {ground} === 'rgb(18, 22, 28)'");
    for _ in 0..2 {
        client.find(Locator::Id("theme")).await.unwrap().click().await.unwrap();
    }
    holds(client, &dark).await;
    open(client, &format!("{site}/")).await;
    holds(client, &dark).await;
    client.find(Locator::Id("theme")).await.unwrap().click().await.unwrap();
    holds(client, "document.documentElement.dataset.theme === undefined").await;
}

async fn everything_is_there_without_a_script(program: &Path, folder: &Path, site: &str) {
    let browser = Browser::start_without_scripts(program, folder).await;
    let client = &browser.client;
    open(client, &format!("{site}/jobs")).await;
    client.find(Locator::LinkText("best test (optimistic)")).await.unwrap().click().await.unwrap();
    has(client, "th[aria-sort=descending]", "best test (optimistic)").await;
    for row in 1..3 {
        let css = format!("tbody tr:nth-child({row}) input");
        client.find(Locator::Css(&css)).await.unwrap().click().await.unwrap();
    }
    client.find(Locator::Id("compare-button")).await.unwrap().click().await.unwrap();
    has(client, "h1", "Compare").await;
    has(client, "#sides", "Verdict").await;
    browser.end().await;
}
