//! The whole of a site: what it shows, to whom, and where. It listens on no port.

use std::sync::Arc;

use axum::{Router, middleware::from_fn_with_state, routing::get};
use sweep_store::Location;

use crate::{
    api, assets,
    database::{Database, Moment},
    guard::{Access, guard},
    news::{Hub, events},
    pages,
    problem::Problem,
};

/// The pages of one database.
pub struct Site {
    database: Database,
    hub: Arc<Hub>,
    access: Access,
}

impl Site {
    /// The pages of `database`, which is opened when the first is requested.
    pub fn new(database: impl Into<Location>, access: Access) -> Arc<Self> {
        let database = Database::new(database.into());
        Arc::new(Self { hub: Hub::new(database.clone()), database, access })
    }

    /// All that can be asked.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/", get(pages::overview))
            .route("/jobs", get(pages::jobs))
            .route("/jobs/{job}", get(pages::job))
            .route("/jobs/{job}/{file}", get(pages::job_file))
            .route("/compare", get(pages::compare))
            .route("/compare/{file}", get(pages::compare_file))
            .route("/sweeps/{sweep}", get(pages::sweep))
            .route("/sweeps/{sweep}/{file}", get(pages::sweep_file))
            .route("/api/sweeps", get(api::sweeps))
            .route("/api/jobs", get(api::jobs))
            .route("/api/jobs/{job}", get(api::job))
            .route("/api/jobs/{job}/epochs", get(api::epochs))
            .route("/events", get(events))
            .route("/assets/{name}", get(assets::asset))
            .fallback(async || Problem::not_found("There is no such page."))
            .layer(from_fn_with_state(Arc::clone(self), guard))
            .with_state(Arc::clone(self))
    }

    /// Ends the answers that do not end by themselves.
    pub fn close(&self) {
        self.hub.close();
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

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
        read: impl FnOnce(&Moment<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.database.read(read).await
    }
}
