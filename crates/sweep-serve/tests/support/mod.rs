//! A site on a database in a folder of its own, and what it answers.
#![allow(dead_code, reason = "each test has use for some of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::{path::PathBuf, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use http_body_util::BodyExt as _;
use sweep_job::PlannedJob;
use sweep_serve::{Access, Site};
use sweep_store::Store;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::scene;

/// A folder with a database.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) site: Arc<Site>,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Place {
    /// Without a database yet.
    pub(crate) fn empty() -> Self {
        Self::of(Access::of_this_machine())
    }

    pub(crate) fn of(access: Access) -> Self {
        let folder = TempDir::new().unwrap();
        let site = Site::new(&folder.path().join("results.db"), access);
        Self { folder, site }
    }

    /// With the lab's sweep of 30 epochs: the first five jobs are finished, and the last one waits.
    pub(crate) fn with_lab() -> (Self, Store, Vec<PlannedJob>) {
        let place = Self::empty();
        let mut store = scene::store(&place.path());
        let jobs = scene::lab(30);
        scene::sweep(&mut store, "lab2", &jobs);
        jobs[..5].iter().for_each(|job| scene::train(&mut store, job));
        (place, store, jobs)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("results.db")
    }

    pub(crate) fn router(&self) -> Router {
        self.site.router()
    }

    pub(crate) async fn get(&self, address: &str) -> Answer {
        self.ask(&request(address)).await
    }

    pub(crate) async fn ask(&self, request: &Request<()>) -> Answer {
        let mut asked = Request::new(Body::empty());
        *asked.method_mut() = request.method().clone();
        *asked.uri_mut() = request.uri().clone();
        *asked.headers_mut() = request.headers().clone();
        let response = self.router().oneshot(asked).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: head.status, headers: head.headers, bytes }
    }
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// What stands between the first `start` and the next `end`.
    pub(crate) fn between(&self, start: &str, end: &str) -> String {
        let text = self.text();
        let rest = text.split_once(start).unwrap_or_else(|| panic!("no {start} in {text}")).1;
        rest.split_once(end).unwrap().0.to_owned()
    }
}

pub(crate) fn request(address: &str) -> Request<()> {
    Request::get(address).header("host", "localhost:8080").body(()).unwrap()
}

pub(crate) fn request_by(method: Method, address: &str) -> Request<()> {
    let mut request = request(address);
    *request.method_mut() = method;
    request
}

/// Short ids of the rows of a table of jobs, in their order.
pub(crate) fn rows(page: &str) -> Vec<String> {
    let rows = page.split("<tr id=\"job-").skip(1);
    rows.map(|row| row.split('"').next().unwrap().to_owned()).collect()
}
