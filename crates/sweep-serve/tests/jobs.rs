//! The table of jobs, for people and for programs: filters, order, pages.

#![allow(clippy::unwrap_used, reason = "tests")]

mod scene;
mod support;

use axum::http::StatusCode;
use serde_json::Value;
use support::{Place, rows};
use sweep_job::{JobSpec, ModelKind, PlannedJob};

fn seeds(count: u64) -> Vec<PlannedJob> {
    let spec = |seed| JobSpec {
        learning_rate: if seed % 2 == 0 { 1e-3 } else { 1e-2 },
        ..scene::spec(ModelKind::EegNet, scene::ELU, 5, seed)
    };
    (0..count).map(|seed| scene::planned(spec(seed))).collect()
}

/// With 120 jobs, of which the first 10 are finished and the next one failed.
fn with_seeds() -> (Place, Vec<PlannedJob>) {
    let place = Place::empty();
    let mut store = scene::store(&place.path());
    let jobs = seeds(120);
    scene::sweep(&mut store, "seeds", &jobs);
    scene::sweep(&mut store, "few", &jobs[..3]);
    jobs[..10].iter().for_each(|job| scene::train(&mut store, job));
    scene::start(&mut store, &jobs[10]);
    scene::fail(&mut store, &jobs[10], scene::diverged(1));
    (place, jobs)
}

#[tokio::test]
async fn a_page_has_its_part_of_the_jobs() {
    let (place, jobs) = with_seeds();
    let all: Vec<String> = jobs.iter().map(|job| job.id.short()).collect();
    let first = place.get("/jobs").await.text();
    assert_eq!(rows(&first), all[..50]);
    assert!(first.contains("1 to 50 of 120 jobs"));
    assert!(first.contains("<a rel=\"next\" href=\"/jobs?page=2\">") && !first.contains("rel=\"prev\""));
    let last = place.get("/jobs?page=3").await.text();
    assert_eq!(rows(&last), all[100..]);
    assert!(last.contains("<a rel=\"prev\" href=\"/jobs?page=2\">") && !last.contains("rel=\"next\""));
    assert_eq!(rows(&place.get("/jobs?size=200").await.text()), all);
    assert!(place.get("/jobs?page=9").await.text().contains("There are only 120 jobs."));
    assert_eq!(rows(&place.get("/jobs?page=0").await.text()), all[..50]);
}

#[tokio::test]
async fn columns_are_sorted_by_their_heads() {
    let (place, jobs) = with_seeds();
    let page = place.get("/jobs?sort=seed&order=descending").await.text();
    assert_eq!(rows(&page)[..2], [jobs[119].id.short(), jobs[118].id.short()]);
    assert!(
        page.contains("class=\"number\" aria-sort=\"descending\"><a href=\"/jobs?sort=seed&#38;order=ascending\">seed</a>"),
        "{page}"
    );
    // The end that is looked at first differs.
    assert!(page.contains("/jobs?sort=best_test_accuracy&#38;order=descending"));
    assert!(page.contains("/jobs?sort=model&#38;order=ascending"));
    let best = place.get("/jobs?sort=best_test_accuracy&order=ascending").await.text();
    assert!(rows(&best)[..10].iter().all(|short| jobs[..10].iter().any(|job| job.id.short() == *short)));
    for (sort, words) in [("sort=x", "a column of the view"), ("sort=seed&order=up", "ascending, descending")]
    {
        let answer = place.get(&format!("/jobs?{sort}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.text().contains(words), "{}", answer.text());
    }
}

#[tokio::test]
async fn filters_are_those_of_reports() {
    let (place, jobs) = with_seeds();
    let odd = place.get("/jobs?where=learning_rate+%3E+0.001+and+seed+%3C+6").await.text();
    assert_eq!(rows(&odd), [1, 3, 5].map(|seed: usize| jobs[seed].id.short()));
    assert!(odd.contains("value=\"learning_rate &#62; 0.001 and seed &#60; 6\""));
    let failed = place.get("/jobs?status=diverged").await.text();
    assert_eq!(rows(&failed), [jobs[10].id.short()]);
    assert!(failed.contains("diverged in epoch 1"));
    let both = place.get("/jobs?status=finished&where=seed+%3D+1+or+seed+%3D+50").await.text();
    assert_eq!(rows(&both), [jobs[1].id.short()]);
    assert_eq!(rows(&place.get("/jobs?sweep=2").await.text()).len(), 3);
    assert!(place.get("/jobs?sweep=77").await.text().contains("No job matches."));
    for query in ["status=x", "size=7", "sweep=x", "page=x"] {
        assert_eq!(place.get(&format!("/jobs?{query}")).await.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn a_mistake_in_a_filter_is_shown_where_it_is() {
    let (place, _) = with_seeds();
    let answer = place.get("/jobs?where=model+%3D+%22eegnt%22&status=finished").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let complaint = answer.between("role=\"alert\" tabindex=\"0\">", "</pre>");
    insta::assert_snapshot!(complaint, @"
    model is never `eegnt`
      model = &#34;eegnt&#34;
              ^^^^^^^
    did you mean &#34;eegnet&#34;?
    ");
    let text = answer.text();
    assert!(text.contains("aria-invalid=\"true\" aria-describedby=\"where-complaint\""));
    // What closes a parenthesis too early is no way out of it.
    let answer = place.get("/jobs?where=seed+%3D+1)+or+(seed+%3D+50&status=finished").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn settings_that_vary_have_columns() {
    let (place, _) = with_seeds();
    let page = place.get("/jobs").await.text();
    assert!(
        page.contains(">learning_rate</a>")
            && page.contains(">seed</a>")
            && !page.contains(">batch_size</a>")
    );
    let one_rate = place.get("/jobs?where=learning_rate+%3D+0.001").await.text();
    assert!(!one_rate.contains(">learning_rate</a>") && one_rate.contains(">seed</a>"));
}

#[tokio::test]
async fn programs_get_the_same_jobs_as_json() {
    let (place, jobs) = with_seeds();
    let answer = place.get("/api/jobs?status=finished&sort=seed&order=descending").await;
    assert_eq!(answer.header("content-type"), "application/json");
    let page: Value = serde_json::from_slice(&answer.bytes).unwrap();
    assert_eq!(page["total"], 10);
    assert_eq!((page["page"].as_u64(), page["size"].as_u64()), (Some(1), Some(50)));
    assert_eq!(page["jobs"][0]["job_id"], jobs[9].id.to_string());
    assert_eq!(page["jobs"][0]["status"], "finished");
    let wrong = place.get("/api/jobs?where=x").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let wrong: Value = serde_json::from_slice(&wrong.bytes).unwrap();
    assert!(wrong["error"].as_str().unwrap().contains('^'), "{wrong}");
}

#[tokio::test]
async fn programs_get_a_job_and_its_new_epochs() {
    let (place, jobs) = with_seeds();
    let json = async |address: String| -> Value {
        serde_json::from_slice(&place.get(&address).await.bytes).unwrap()
    };
    let job = json(format!("/api/jobs/{}", jobs[0].id)).await;
    assert_eq!(job["job"]["job_id"], jobs[0].id.to_string());
    assert_eq!(job["attempts"][0]["ending"], "finished");
    assert_eq!(job["snapshots"].as_array().unwrap().len(), 3);
    let epochs = json(format!("/api/jobs/{}/epochs", jobs[0].id.short())).await;
    assert_eq!((epochs["attempt"].as_u64(), epochs["after"].as_u64()), (Some(1), Some(5)));
    assert_eq!(epochs["epochs"].as_array().unwrap().len(), 5);
    let new = json(format!("/api/jobs/{}/epochs?attempt=1&after=4", jobs[0].id)).await;
    assert_eq!(new["epochs"].as_array().unwrap().len(), 1);
    assert_eq!(new["epochs"][0]["epoch"], 5);
    assert_eq!(place.get(&format!("/api/jobs/{}/epochs?after=x", jobs[0].id)).await.status, 400);
    let sweeps = json("/api/sweeps".to_owned()).await;
    assert_eq!(sweeps["sweeps"][0]["counts"]["finished"], 10);
    let none = place.get("/api/jobs/ffff").await;
    assert_eq!((none.status, none.header("content-type")), (StatusCode::NOT_FOUND, "application/json"));
}

#[tokio::test]
async fn tables_and_figures_are_files() {
    let (place, jobs) = with_seeds();
    let id = jobs[0].id.to_string();
    let short = jobs[0].id.short();
    for (address, kind, name, start) in [
        (format!("/jobs/{id}/curves.svg"), "image/svg+xml", format!("{short}-curves.svg"), "<svg"),
        (format!("/jobs/{id}/curves.png"), "image/png", format!("{short}-curves.png"), "\u{fffd}PNG"),
        (
            format!("/jobs/{id}/epochs.csv"),
            "text/csv; charset=utf-8",
            format!("{short}-epochs.csv"),
            "job_id,epoch,train_loss",
        ),
        (
            format!("/jobs/{id}/epochs.json"),
            "application/json",
            format!("{short}-epochs.json"),
            "[\n{\"job_id\"",
        ),
        (format!("/compare/curves.svg?job={id}"), "image/svg+xml", "compared-curves.svg".to_owned(), "<svg"),
        (
            "/sweeps/1/best.csv".to_owned(),
            "text/csv; charset=utf-8",
            "sweep-1-best.csv".to_owned(),
            "sweep,data_set",
        ),
        (
            "/sweeps/2/jobs.json".to_owned(),
            "application/json",
            "sweep-2-jobs.json".to_owned(),
            "[\n{\"job_id\"",
        ),
        ("/sweeps/1/curves-1.svg".to_owned(), "image/svg+xml", "sweep-1-curves-1.svg".to_owned(), "<svg"),
        ("/sweeps/1/bars-1.png".to_owned(), "image/png", "sweep-1-bars-1.png".to_owned(), "\u{fffd}PNG"),
    ] {
        let answer = place.get(&address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        assert_eq!(answer.header("content-type"), kind, "{address}");
        assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{name}\""));
        assert!(String::from_utf8_lossy(&answer.bytes).starts_with(start), "{address}");
    }
    for address in ["curves.gif", "curves", "epochs.svg", "x.csv", "..%2fx.csv"] {
        let status = place.get(&format!("/jobs/{id}/{address}")).await.status;
        assert_eq!(status, StatusCode::NOT_FOUND, "{address}");
    }
    for address in ["best.svg", "curves-9.svg", "bars-1.csv", "x"] {
        assert_eq!(
            place.get(&format!("/sweeps/1/{address}")).await.status,
            StatusCode::NOT_FOUND,
            "{address}"
        );
    }
}
