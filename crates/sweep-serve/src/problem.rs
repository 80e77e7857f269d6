//! Why a request gets no answer, in words for the person who asked. It knows no pages.

use std::sync::Arc;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sweep_store::StoreError;

/// Why a request gets no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) words: String,
}

impl Problem {
    fn new(status: StatusCode, title: &'static str, words: impl Into<String>) -> Self {
        Self { status, title, words: words.into() }
    }

    pub(crate) fn method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Only reading",
            "This server answers GET and HEAD alone: it shows results, and changes nothing.",
        )
    }

    pub(crate) fn host() -> Self {
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "Not a name of this server",
            "The request names a host that is not this server. Open the address that `sweep serve` printed; through `ssh -L`, \
             open `localhost` with the port that you gave.",
        )
    }

    pub(crate) fn other_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Asked by another site",
            "The page of another web site asked for this. Results are shown on pages of this server alone.",
        )
    }

    pub(crate) fn too_long(most_bytes: usize) -> Self {
        Self::new(
            StatusCode::URI_TOO_LONG,
            "The address is too long",
            format!("What follows the `?` of an address may have {most_bytes} bytes."),
        )
    }

    pub(crate) fn no_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "The token is missing",
            "Others can reach this address, so it asks for a token. Open the whole address that `sweep serve` printed when it \
             started, with `token=` in it; this browser keeps it until it is closed.",
        )
    }

    pub(crate) fn wrong_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "The token is wrong",
            "Every start of `sweep serve` makes a new token. Open the whole address that the last start printed.",
        )
    }

    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "It takes too long",
            "The answer was given up. Another program may have the database for itself at the moment; or ask for less.",
        )
    }

    pub(crate) fn busy(what: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Busy", format!("{what} Try again in a moment."))
    }

    pub(crate) fn not_found(words: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", words)
    }

    pub(crate) fn unreadable(status: StatusCode) -> Self {
        Self::new(status, "Not found", "The address cannot be read.")
    }

    pub(crate) fn bad(words: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "That cannot be asked", words)
    }

    /// A fault of this program.
    pub(crate) fn fault() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "A fault of this program",
            "Something that should not happen did; the terminal of `sweep serve` says more. Nothing is lost: it only reads.",
        )
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let words = error.to_string();
        match error {
            StoreError::UnknownJob { .. }
            | StoreError::NoSuchJob { .. }
            | StoreError::AmbiguousJob { .. }
            | StoreError::NotAPrefix { .. }
            | StoreError::NoSuchSweep { .. } => Self::not_found(words),
            StoreError::Missing { .. } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "There is no database", words)
            }
            error if error.is_damage() => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The database is damaged",
                format!(
                    "{words}. `sweep check-db` says what is wrong, and `sweep check-db --salvage NEW.db` copies what is whole."
                ),
            ),
            _ => Self::new(StatusCode::SERVICE_UNAVAILABLE, "The database cannot be read", words),
        }
    }
}

/// The guard puts the words on a page, or into JSON.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let mut header = |name, value| response.headers_mut().insert(name, HeaderValue::from_static(value));
        match self.status {
            StatusCode::METHOD_NOT_ALLOWED => drop(header(header::ALLOW, "GET, HEAD")),
            StatusCode::UNAUTHORIZED => drop(header(header::WWW_AUTHENTICATE, "Bearer")),
            StatusCode::SERVICE_UNAVAILABLE => drop(header(header::RETRY_AFTER, "2")),
            _ => {}
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
