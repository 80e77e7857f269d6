//! What pages remember of a database: it is never older than what was recorded before they were asked for.

#![allow(clippy::unwrap_used, reason = "tests")]

mod scene;
mod support;

use support::{Answer, Place, rows};
use sweep_job::{JobSpec, PlannedJob};

/// Addresses whose answers are made of counts of all jobs.
const COUNTING: [&str; 4] = ["/", "/jobs", "/sweeps/1", "/api/sweeps"];

/// They twice, so that the second answer is remembered where anything is.
async fn ask(place: &Place) -> Vec<Answer> {
    let mut answers = Vec::new();
    for address in COUNTING {
        let first = place.get(address).await;
        let second = place.get(address).await;
        assert_eq!(first.text(), second.text(), "{address}");
        answers.push(second);
    }
    answers
}

/// The finished jobs that `/api/sweeps` counts, and the words of `/` and `/sweeps/1`.
fn finished(answers: &[Answer]) -> (u64, String, String) {
    let sweeps: serde_json::Value = serde_json::from_slice(&answers[3].bytes).unwrap();
    let counted = sweeps["sweeps"][0]["counts"]["finished"].as_u64().unwrap();
    let of_all = answers[0].between("aria-live=\"polite\">", " jobs finished");
    (counted, of_all, answers[2].between("<span>", " jobs finished"))
}

#[tokio::test]
async fn what_is_recorded_shows_at_once() {
    let (place, mut store, jobs) = Place::with_lab();
    let told = |count: u64| (count, format!("{count} of 6"), format!("{count} of 6"));
    assert_eq!(finished(&ask(&place).await), told(5));
    scene::start(&mut store, &jobs[5]);
    assert!(ask(&place).await[0].text().contains("1 running"));
    scene::epochs(&mut store, &jobs[5], 1..=7);
    assert!(ask(&place).await[0].text().contains("7/30"));
    scene::epochs(&mut store, &jobs[5], 8..=30);
    scene::finish(&mut store, &jobs[5]);
    assert_eq!(finished(&ask(&place).await), told(6));
}

#[tokio::test]
async fn a_new_setting_gets_its_column_and_loses_it_again() {
    let (place, mut store, jobs) = Place::with_lab();
    let has_column = async |place: &Place, address: &str, name: &str| {
        let head = place.get(address).await.between("<thead>", "</thead>");
        head.contains(&format!(">{name}</a>"))
    };
    let filtered = "/jobs?where=model%20%3D%20%22eegnet%22";
    for address in ["/jobs", filtered, "/jobs?sweep=1"] {
        assert!(!has_column(&place, address, "seed").await, "{address}");
    }
    let seeded: PlannedJob = scene::planned(JobSpec { seed: 7, ..jobs[0].spec.clone() });
    scene::sweep(&mut store, "seeds", std::slice::from_ref(&seeded));
    assert!(has_column(&place, "/jobs", "seed").await);
    assert!(has_column(&place, filtered, "seed").await);
    assert!(!has_column(&place, "/jobs?sweep=1", "seed").await);
    assert!(place.get("/jobs").await.text().contains(">seeds</option>"));

    let seeds = store.reader().to_forget("seeds").unwrap();
    store.forget(&seeds).unwrap();
    assert!(!has_column(&place, "/jobs", "seed").await);
    let page = place.get("/jobs").await.text();
    assert!(rows(&page).len() == 6 && !page.contains(">seeds</option>"));
}

#[tokio::test]
async fn many_may_ask_while_much_is_recorded() {
    let (place, mut store, jobs) = Place::with_lab();
    scene::start(&mut store, &jobs[5]);
    for epoch in 1..=30 {
        scene::epochs(&mut store, &jobs[5], epoch..=epoch);
        let (page, _, _) = tokio::join!(place.get("/"), place.get("/jobs"), place.get("/sweeps/1"));
        assert!(page.text().contains(&format!("{epoch}/30")), "{epoch}: {}", page.text());
    }
}
