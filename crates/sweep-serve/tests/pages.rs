//! What pages show, and that what they are made of cannot harm them.

#![allow(clippy::unwrap_used, reason = "tests")]

mod scene;
mod support;

use axum::http::{Method, StatusCode};
use support::{Place, request_by};

const HOSTILE: &str = "<script>alert(1)</script>\"' onload=x <b>";

#[tokio::test]
async fn the_overview_says_how_far_everything_is() {
    let (place, mut store, jobs) = Place::with_lab();
    scene::start(&mut store, &jobs[5]);
    scene::epochs(&mut store, &jobs[5], 1..=10);
    let page = place.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    let short = jobs[5].id.short();
    for words in [
        "5 of 6 jobs finished in 1 sweep, 1 running.",
        "About 28 s left, with 1 training at a time.",
        "<progress max=\"6\" value=\"5\" aria-label=\"Finished jobs, lab2\">",
        "<span class=\"status running\">1 running</span>",
        "10/30",
        "Best test (optimistic)",
        "sweep run sweeps/lab2.toml --workers 4",
        &format!("<tr id=\"running-{short}\">"),
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[tokio::test]
async fn time_that_was_never_measured_is_not_guessed() {
    let place = Place::empty();
    let mut store = scene::store(&place.path());
    let jobs = scene::lab(30);
    scene::sweep(&mut store, "lab2", &jobs);
    assert!(place.get("/").await.text().contains("The time left is unknown"));
    scene::start(&mut store, &jobs[0]);
    scene::epochs(&mut store, &jobs[0], 1..=10);
    let text = place.get("/").await.text();
    assert!(text.contains("At least 40 s left"), "{text}");
    assert!(text.contains("have not been timed yet"));
}

#[tokio::test]
async fn an_empty_database_is_shown_as_one() {
    let place = Place::empty();
    drop(scene::store(&place.path()));
    let text = place.get("/").await.text();
    assert!(text.contains("No sweep is recorded yet.") && text.contains("No run is active."));
    assert!(place.get("/jobs").await.text().contains("No job matches."));
}

#[tokio::test]
async fn a_job_is_shown_with_all_that_is_recorded() {
    let (place, _store, jobs) = Place::with_lab();
    let page = place.get(&format!("/jobs/{}", jobs[0].id)).await;
    let text = page.text();
    for words in [
        "<h1>EEGNet ReLU",
        "<h2>Settings</h2>",
        "<dt>learning_rate</dt><dd>0.001</dd>",
        "<h2>Results</h2>",
        "best (optimistic)",
        "<h2>Training</h2>",
        "attempt 1 finished",
        "commit 0123456789abcdef",
        "<figure class=\"curves\" id=\"curves\" data-live>",
        "id=\"confusion-best\"",
        "id=\"confusion-selected\"",
        "id=\"confusion-last\"",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    // The first digits are enough, and a job that waits has no results.
    let waits = place.get(&format!("/jobs/{}", &jobs[5].id.to_string()[..10])).await.text();
    assert!(waits.contains("No epoch is recorded.") && !waits.contains("<h2>Results</h2>"));
}

#[tokio::test]
async fn a_sweep_is_found_by_its_number_and_by_its_name() {
    let (place, _store, _) = Place::with_lab();
    let page = place.get("/sweeps/1").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    for words in [
        "Highest test accuracy over 30 epochs",
        "<th scope=\"row\">LeakyReLU</th>",
        "Activation function comparison (EEGNet)",
        "Activation function comparison (DeepConvNet)",
        "href=\"/sweeps/1/curves-2.png\"",
        "set = &#34;synthetic&#34;",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    let named = place.get("/sweeps/lab2").await;
    assert_eq!(named.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(named.header("location"), "/sweeps/1");
}

#[tokio::test]
async fn sweeps_of_one_name_are_told_apart() {
    let place = Place::empty();
    let mut store = scene::store(&place.path());
    let jobs = scene::lab(3);
    for (options, jobs) in [("", &jobs[..2]), (" --set seed=[1, 2]", &jobs[2..])] {
        let entry = sweep_store::SweepEntry {
            name: "many".to_owned(),
            file_text: String::new(),
            command_line: format!("sweep run many.toml{options}"),
        };
        store.record_sweep(&entry, &scene::identity(), jobs).unwrap();
    }
    let jobs_page = place.get("/jobs").await.text();
    assert!(jobs_page.contains("<option value=\"1\">many (number 1, without --set)</option>"), "{jobs_page}");
    assert!(
        jobs_page.contains("<option value=\"2\">many (number 2, --set seed=[1, 2])</option>"),
        "{jobs_page}"
    );
    let overview = place.get("/").await.text();
    for distinction in ["number 1, without --set", "number 2, --set seed=[1, 2]"] {
        assert!(overview.contains(&format!("<span class=\"hint\">{distinction}</span>")), "{overview}");
    }
    let page = place.get("/sweeps/2").await.text();
    assert!(
        page.contains("<h1>Sweep many <span class=\"id\">number 2, --set seed=[1, 2]</span></h1>"),
        "{page}"
    );
    assert!(page.contains("<a href=\"/sweeps/1\">many (number 1, without --set)</a>"), "{page}");
}

#[tokio::test]
async fn interrupted_jobs_are_counted_as_such() {
    let (place, mut store, jobs) = Place::with_lab();
    scene::start(&mut store, &jobs[5]);
    scene::epochs(&mut store, &jobs[5], 1..=10);
    store.record(&jobs[5].id, &sweep_job::JobEvent::Interrupted).unwrap();
    let text = place.get("/").await.text();
    assert!(text.contains("<span class=\"status interrupted\">1 interrupted</span>"), "{text}");
    assert!(!text.contains("waiting"), "{text}");
    let sweeps: serde_json::Value = serde_json::from_slice(&place.get("/api/sweeps").await.bytes).unwrap();
    let counts = &sweeps["sweeps"][0]["counts"];
    assert_eq!((&counts["queued"], &counts["interrupted"]), (&1.into(), &1.into()));
    // It goes on, and fails: then it is queued again, and not interrupted.
    scene::start(&mut store, &jobs[5]);
    scene::fail(&mut store, &jobs[5], scene::diverged(1));
    store.record(&jobs[5].id, &sweep_job::JobEvent::Requeued).unwrap();
    assert!(place.get("/").await.text().contains("<span class=\"status queued\">1 waiting</span>"));
}

#[tokio::test]
async fn an_attempt_says_its_ending_once() {
    let (place, mut store, jobs) = Place::with_lab();
    scene::start(&mut store, &jobs[5]);
    scene::fail(&mut store, &jobs[5], scene::diverged(1));
    let text = place.get(&format!("/jobs/{}", jobs[5].id)).await.text();
    assert!(text.contains("attempt 1 diverged: train loss was not finite in epoch 1, step 7;"), "{text}");
}

#[tokio::test]
async fn jobs_are_compared_side_by_side() {
    let (place, _store, jobs) = Place::with_lab();
    let text = place.get(&format!("/compare?job={}&job={}", jobs[0].id, jobs[3].id)).await.text();
    for words in [
        "<th scope=\"row\">best (optimistic)</th>",
        "<h2>Trial by trial</h2>",
        "<h2>Verdict</h2>",
        "Job B: <a",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let three = format!("/compare?job={}&job={}&job={}", jobs[0].id, jobs[1].id, jobs[3].id);
    let text_of_three = place.get(&three).await.text();
    assert!(text_of_three.contains("<th scope=\"row\">best test (optimistic)</th>"));
    assert!(!text_of_three.contains("Verdict"), "a verdict is about two");
    assert!(text.contains("EEGNet, ReLU") && text.contains("DeepConvNet, ReLU"), "names of the lines");
    assert!(place.get("/compare").await.text().contains("Check up to 12 jobs"));
    let all =
        (0..13).map(|seed| scene::planned(scene::spec(sweep_job::ModelKind::EegNet, scene::RELU, 2, seed)));
    let all: Vec<_> = all.collect();
    let mut store = scene::store(&place.path());
    scene::sweep(&mut store, "many", &all);
    let query =
        |count: usize| all[..count].iter().map(|job| format!("job={}", job.id)).collect::<Vec<_>>().join("&");
    assert_eq!(place.get(&format!("/compare?{}", query(12))).await.status, StatusCode::OK);
    assert_eq!(place.get(&format!("/compare?{}", query(13))).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_not_there_is_said_in_words() {
    let (place, _store, _) = Place::with_lab();
    for (address, words) in [
        ("/nothing", "There is no such page."),
        ("/jobs/ffffffff", "no job has an id that begins with `ffffffff`"),
        ("/jobs/..%2f..%2fetc%2fpasswd", "cannot begin a job id"),
        ("/jobs/%00", "cannot begin a job id"),
        ("/sweeps/99", "There is no sweep of this number."),
        ("/sweeps/-1", "There is no sweep of this number."),
        ("/sweeps/99999999999999999999", "There is no sweep of this name."),
        ("/sweeps/nobody", "There is no sweep of this name."),
        ("/compare?job=zz", "cannot begin a job id"),
        ("/assets/..%2fCargo.toml", "There is no such file."),
        ("/assets/style.css", "There is no such file."),
    ] {
        let answer = place.get(address).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{address}");
        let text = answer.text();
        assert!(text.contains(words), "{address}: {text}");
        assert!(text.contains("<h1>Not found</h1>"), "{address}");
    }
    let unreadable = place.get("/jobs/%ff").await;
    assert_eq!(unreadable.status, StatusCode::BAD_REQUEST);
    assert!(unreadable.text().contains("The address cannot be read."));
}

#[tokio::test]
async fn names_cannot_become_elements() {
    let place = Place::empty();
    let mut store = scene::store(&place.path());
    let jobs = scene::lab(3);
    scene::sweep(&mut store, HOSTILE, &jobs);
    scene::start(&mut store, &jobs[0]);
    let message = HOSTILE.to_owned();
    scene::fail(&mut store, &jobs[0], sweep_job::FailureReason::Error { message });
    let job = format!("/jobs/{}", jobs[0].id);
    let compare = format!("/compare?job={}&job={}", jobs[0].id, jobs[1].id);
    let hostile_query = "/jobs?where=%3Cscript%3Ealert(1)%3C%2Fscript%3E%22+onfocus%3Dx";
    for address in ["/", "/jobs", "/jobs?sweep=1", "/sweeps/1", &job, &compare, hostile_query] {
        let text = place.get(address).await.text();
        assert!(!text.contains("<script>") && !text.contains("<b>"), "{address}: {text}");
        assert!(!text.contains("\" on") && !text.contains(" style="), "{address}: {text}");
    }
    assert!(place.get("/").await.text().contains("&#60;script&#62;alert(1)"));
}

#[tokio::test]
async fn pages_hold_nothing_that_their_policy_forbids() {
    let (place, _store, jobs) = Place::with_lab();
    let job = format!("/jobs/{}", jobs[0].id);
    for address in ["/", "/jobs", "/sweeps/1", &job, "/nothing"] {
        let text = place.get(address).await.text();
        assert!(!text.contains(" style=") && !text.contains("<style"), "{address}");
        for script in text.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/assets/"), "{address}");
            assert!(script.split_once('>').unwrap().1.starts_with("</script>"), "{address}");
        }
        for word in ["http://", "https://", "javascript:"] {
            let elsewhere = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!elsewhere.contains(word), "{address} has {word}");
        }
    }
}

#[tokio::test]
async fn boxes_that_scroll_are_reached_by_keyboard() {
    let (place, _store, jobs) = Place::with_lab();
    let job = |number: usize| format!("job={}", jobs[number].id);
    let mut boxes = 0;
    for address in [
        "/".to_owned(),
        "/jobs".to_owned(),
        "/jobs?where=modl+%3D+1".to_owned(),
        "/sweeps/1".to_owned(),
        format!("/jobs/{}", jobs[0].id),
        format!("/compare?{}&{}", job(0), job(1)),
        format!("/compare?{}&{}&{}", job(0), job(1), job(2)),
    ] {
        let text = place.get(&address).await.text();
        for part in
            text.split('<').filter(|part| part.contains("class=\"scroll\"") || part.starts_with("pre"))
        {
            let tag = part.split('>').next().unwrap();
            assert!(tag.contains(" tabindex=\"0\""), "{address}: {tag}");
            boxes += 1;
        }
        let is_empty = |head: &str| head.split_once('>').is_some_and(|(_, rest)| rest.starts_with("</th>"));
        assert!(!text.split("<th").any(is_empty), "{address} has a heading without words");
    }
    assert!(boxes > 12, "{boxes}");
}

#[tokio::test]
async fn the_head_of_an_answer_is_given_without_its_body() {
    let (place, _store, _) = Place::with_lab();
    let head = place.ask(&request_by(Method::HEAD, "/jobs")).await;
    assert_eq!(head.status, StatusCode::OK);
    assert!(head.bytes.is_empty());
}
