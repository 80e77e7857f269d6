//! Databases that cannot be read: every page says so in words, with the right status, and reads on when they can.

#![allow(clippy::unwrap_used, reason = "tests")]

mod scene;
mod support;

use std::{fs, time::Duration};

use axum::http::StatusCode;
use rusqlite::Connection;
use support::{Answer, Place};

const PAGES: [&str; 5] = ["/", "/jobs", "/sweeps/1", "/jobs/00", "/api/sweeps"];

async fn all_say(place: &Place, words: &str) {
    for address in PAGES {
        let answer = place.get(address).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{address}");
        assert_eq!(answer.header("retry-after"), "2");
        assert!(answer.text().contains(words), "{address}: {}", answer.text());
    }
}

async fn is_read(place: &Place) -> Answer {
    let answer = place.get("/").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer
}

#[tokio::test]
async fn a_database_may_come_later() {
    let place = Place::empty();
    all_say(&place, "there is no database").await;
    drop(scene::store(&place.path()));
    is_read(&place).await;
}

#[tokio::test]
async fn a_database_that_was_replaced_is_the_one_that_is_read() {
    let (place, store, _) = Place::with_lab();
    drop(store);
    assert!(is_read(&place).await.text().contains("lab2"));
    let other = Place::empty();
    let mut store = scene::store(&other.path());
    scene::sweep(&mut store, "other", &scene::lab(2));
    drop(store);
    fs::rename(place.path(), place.folder.path().join("old.db")).unwrap();
    all_say(&place, "there is no database").await;
    fs::copy(other.path(), place.path()).unwrap();
    let text = is_read(&place).await.text();
    assert!(text.contains("other") && !text.contains("lab2"));
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let place = Place::empty();
    fs::write(
        place.path(),
        "no database at all, but long enough to have a header of one hundred bytes. ".repeat(50),
    )
    .unwrap();
    all_say(&place, "is not an SQLite database").await;
    fs::remove_file(place.path()).unwrap();
    fs::create_dir(place.path()).unwrap();
    all_say(&place, "which is a folder").await;
    fs::remove_dir(place.path()).unwrap();
    Connection::open(place.path()).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    all_say(&place, "not one that `sweep` made").await;
}

#[tokio::test]
async fn a_database_of_a_later_program_is_refused() {
    let (place, store, _) = Place::with_lab();
    drop(store);
    is_read(&place).await;
    // Also where it is upgraded while connections are kept.
    Connection::open(place.path()).unwrap().pragma_update(None, "user_version", 999).unwrap();
    all_say(&place, "this program knows versions up to").await;
}

#[tokio::test]
async fn a_damaged_database_is_said_to_be_damaged() {
    let (place, store, _) = Place::with_lab();
    drop(store);
    let connection = Connection::open(place.path()).unwrap();
    connection.pragma_update(None, "wal_checkpoint", "truncate").unwrap();
    drop(connection);
    let mut bytes = fs::read(place.path()).unwrap();
    // All pages but the first, which says that it is a database.
    bytes[4096..].fill(0x5a);
    fs::write(place.path(), bytes).unwrap();
    let answer = place.get("/").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().contains("`sweep check-db` says what is wrong"), "{}", answer.text());
}

#[tokio::test]
async fn who_has_a_database_for_himself_keeps_pages_waiting_but_not_for_ever() {
    let (place, store, _) = Place::with_lab();
    drop(store);
    let connection = Connection::open(place.path()).unwrap();
    connection.pragma_update(None, "locking_mode", "exclusive").unwrap();
    connection.execute_batch("BEGIN IMMEDIATE; UPDATE job SET attempts = attempts; COMMIT").unwrap();
    let begin = std::time::Instant::now();
    let answer = place.get("/").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
    assert!(answer.text().contains("locked"), "{}", answer.text());
    assert!(begin.elapsed() < Duration::from_secs(20));
    drop(connection);
    is_read(&place).await;
}

#[tokio::test]
async fn reading_leaves_the_database_as_it_is() {
    let (place, store, jobs) = Place::with_lab();
    drop(store);
    let before = fs::read(place.path()).unwrap();
    for address in ["/", "/jobs", "/sweeps/1", &format!("/jobs/{}", jobs[0].id), "/api/jobs"] {
        assert_eq!(place.get(address).await.status, StatusCode::OK);
    }
    assert!(fs::read(place.path()).unwrap() == before);
}
