//! News, as pages hear them.

#![allow(clippy::unwrap_used, reason = "tests")]

mod scene;
mod support;

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode},
};
use serde_json::{Value, json};
use support::Place;
use tokio::time::timeout;
use tokio_stream::StreamExt as _;
use tower::ServiceExt as _;

/// An open connection.
struct Ear {
    stream: BodyDataStream,
    text: String,
}

impl Ear {
    async fn of(place: &Place) -> Self {
        let request = Request::get("/events").header("host", "localhost").body(Body::empty()).unwrap();
        let response = place.router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut ear = Self { stream: response.into_body().into_data_stream(), text: String::new() };
        assert!(ear.chunk().await.unwrap().contains("retry: 2000"));
        // The first look finds nothing new: what is recorded before it is not told.
        tokio::time::sleep(Duration::from_millis(700)).await;
        ear
    }

    async fn chunk(&mut self) -> Option<String> {
        let next = timeout(Duration::from_secs(20), self.stream.next()).await.expect("news in time");
        next.map(|chunk| String::from_utf8(chunk.unwrap().to_vec()).unwrap())
    }

    /// The next event: its name and its data. `None` where the connection ended.
    async fn event(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.clone().split_once("\n\n") {
                self.text = rest.to_owned();
                let name = event.lines().find_map(|line| line.strip_prefix("event: "));
                let data = event.lines().find_map(|line| line.strip_prefix("data: "));
                if let (Some(name), Some(data)) = (name, data) {
                    return Some((name.to_owned(), serde_json::from_str(data).unwrap()));
                }
                continue;
            }
            let chunk = self.chunk().await?;
            self.text += &chunk;
        }
    }
}

fn everything() -> (String, Value) {
    ("change".to_owned(), json!({ "all": true, "jobs": [] }))
}

#[tokio::test]
async fn those_who_listen_hear_of_starts_epochs_and_ends() {
    let (place, mut store, jobs) = Place::with_lab();
    let (mut one, mut other) = (Ear::of(&place).await, Ear::of(&place).await);
    scene::start(&mut store, &jobs[5]);
    assert_eq!(one.event().await, Some(everything()));
    scene::epochs(&mut store, &jobs[5], 1..=3);
    let news = json!({ "all": false, "jobs": [{ "id": jobs[5].id, "status": "running", "epochs": 3 }] });
    assert_eq!(one.event().await, Some(("change".to_owned(), news.clone())));
    scene::epochs(&mut store, &jobs[5], 4..=30);
    assert_eq!(one.event().await.unwrap().1["jobs"][0]["epochs"], 30);
    scene::finish(&mut store, &jobs[5]);
    assert_eq!(one.event().await, Some(everything()));
    assert_eq!(other.event().await, Some(everything()));
    assert_eq!(other.event().await.unwrap().1, news);
}

#[tokio::test]
async fn a_job_that_waits_and_is_cancelled_is_news() {
    let (place, mut store, jobs) = Place::with_lab();
    let mut ear = Ear::of(&place).await;
    scene::fail(&mut store, &jobs[5], sweep_job::FailureReason::Cancelled);
    assert_eq!(ear.event().await, Some(everything()));
}

#[tokio::test]
async fn a_run_that_ends_without_a_word_is_news() {
    let (place, mut store, jobs) = Place::with_lab();
    scene::start(&mut store, &jobs[5]);
    let mut ear = Ear::of(&place).await;
    // Its lock goes with its process; here with its store, which also says that the run ended.
    drop(store);
    assert_eq!(ear.event().await, Some(everything()));
}

#[tokio::test]
async fn a_database_that_goes_and_comes_is_news() {
    let (place, store, _) = Place::with_lab();
    drop(store);
    let mut ear = Ear::of(&place).await;
    let aside = place.folder.path().join("aside.db");
    std::fs::rename(place.path(), &aside).unwrap();
    let (name, data) = ear.event().await.unwrap();
    assert_eq!(name, "trouble");
    assert!(data["words"].as_str().unwrap().starts_with("there is no database"), "{data}");
    std::fs::rename(&aside, place.path()).unwrap();
    assert_eq!(ear.event().await, Some(everything()));
}

#[tokio::test]
async fn listeners_are_counted_and_end_with_the_server() {
    let (place, _store, _) = Place::with_lab();
    let router = place.router();
    let ask = async || {
        let request = Request::get("/events").header("host", "localhost").body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap()
    };
    let mut answers = Vec::new();
    for _ in 0..64 {
        answers.push(ask().await);
    }
    let refused = place.get("/events").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.text().contains("Too many pages listen"));
    // Who goes makes a place.
    answers.pop();
    let last = ask().await;
    assert_eq!(last.status(), StatusCode::OK);
    place.site.close();
    let ends = async {
        let mut stream = last.into_body().into_data_stream();
        while stream.next().await.is_some() {}
    };
    timeout(Duration::from_secs(5), ends).await.unwrap();
    assert_eq!(place.get("/events").await.status, StatusCode::SERVICE_UNAVAILABLE);
}
