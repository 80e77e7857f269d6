//! The whole of a site: what it shows, to whom, and where. It listens on no port.

use std::{path::PathBuf, sync::Arc};

use axum::{Router, middleware::from_fn_with_state, response::Response, routing::get};
use sweep_store::Reader;

use crate::{
    assets,
    database::Database,
    guard::{Access, guard},
    page::{problem_json, problem_page},
    pages,
    problem::Problem,
};

/// The pages of one database.
pub struct Site {
    database: Database,
    access: Access,
}

impl Site {
    /// The pages of the database at `path`, which is opened when the first is asked for.
    pub fn new(path: PathBuf, access: Access) -> Arc<Self> {
        Arc::new(Self { database: Database::new(path), access })
    }

    /// All that can be asked.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/", get(pages::overview))
            .route("/jobs/{job}", get(pages::job))
            .route("/jobs/{job}/{file}", get(pages::job_file))
            .route("/compare", get(pages::compare))
            .route("/compare/{file}", get(pages::compare_file))
            .route("/sweeps/{sweep}", get(pages::sweep))
            .route("/sweeps/{sweep}/{file}", get(pages::sweep_file))
            .route("/assets/{name}", get(assets::asset))
            .fallback(async || Problem::not_found("There is no such page."))
            .layer(from_fn_with_state(Arc::clone(self), guard))
            .with_state(Arc::clone(self))
    }

    /// Ends what does not end by itself.
    pub(crate) fn close(&self) {}

    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// The file name of the database.
    pub(crate) fn name(&self) -> String {
        let path = self.database.path();
        path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.database.read(read).await
    }

    /// The answer, or where it has a problem, that on a page or for programs in JSON.
    pub(crate) fn in_words(&self, path: &str, mut answer: Response) -> Response {
        match answer.extensions_mut().remove::<Arc<Problem>>() {
            None => answer,
            Some(problem) if path.starts_with("/api/") => problem_json(&problem, &answer),
            Some(problem) => problem_page(&problem, &self.name(), answer),
        }
    }
}
