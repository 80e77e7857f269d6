//! Who gets an answer at all, and the headers of every answer. It knows no pages.
//!
//! Three things keep other web sites and other people out. The name in the `Host` header must be one that this server has, or else a
//! web site whose own name was pointed at this machine could read the pages as if they were its own (DNS rebinding). A token is asked
//! for where others can reach the address. And the headers of the answers let the pages load nothing from elsewhere, nor be
//! shown within other pages.

mod headers;
mod host;
mod token;

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method},
    middleware::Next,
    response::{IntoResponse, Response},
};

use self::{headers::protect, host::Hosts};
pub use self::{
    host::HostName,
    token::{Token, TokenError},
};
use crate::{page::in_words, problem::Problem, site::Site};

/// A query of more bytes is no question.
const LONGEST_QUERY: usize = 4096;
/// A path of more bytes names nothing.
const LONGEST_PATH: usize = 1024;
/// No answer may take longer to begin.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// To whom a site is shown.
#[derive(Debug, Clone)]
pub struct Access {
    hosts: Hosts,
    token: Option<Token>,
}

impl Access {
    /// To all programs of this machine: for loopback addresses.
    pub fn of_this_machine() -> Self {
        Self { hosts: Hosts::of_this_machine(), token: None }
    }

    /// To those who have the token, under the address that the server listens on, and the name by which it was given.
    pub fn with_token(token: Token, address: IpAddr, name: HostName) -> Self {
        Self { hosts: Hosts::of_this_machine().and(address, name), token: Some(token) }
    }
}

/// Answers what may be asked, and says in words why not where it may not.
pub(crate) async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut answer = match admit(site.access(), &request) {
        // Who is not let in learns nothing, not even of which database.
        Err(problem) => in_words(problem.into_response(), &path, ""),
        Ok(Admission::Welcome(response)) => *response,
        Ok(Admission::Enter) => match tokio::time::timeout(LONGEST_ANSWER, next.run(request)).await {
            Ok(response) => in_words(response, &path, &site.name()),
            Err(_) => in_words(Problem::too_slow().into_response(), &path, &site.name()),
        },
    };
    protect(answer.headers_mut());
    answer
}

/// What becomes of a request.
enum Admission {
    Enter,
    /// Its token is kept, and it is sent on without it.
    Welcome(Box<Response>),
}

fn admit(access: &Access, request: &Request) -> Result<Admission, Problem> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Problem::method());
    }
    if !access.hosts.allow(request) {
        return Err(Problem::host());
    }
    if is_from_elsewhere(request.headers()) {
        return Err(Problem::other_site());
    }
    let uri = request.uri();
    if uri.query().is_some_and(|query| query.len() > LONGEST_QUERY) || uri.path().len() > LONGEST_PATH {
        return Err(Problem::too_long(LONGEST_QUERY));
    }
    match &access.token {
        // What pages load beside results is this program's own.
        _ if uri.path().starts_with("/assets/") => Ok(Admission::Enter),
        None => Ok(Admission::Enter),
        Some(token) if token.is_in(request.headers()) => Ok(Admission::Enter),
        Some(token) => token.welcome(uri).map(|response| Admission::Welcome(Box::new(response))),
    }
}

/// Whether the page of another site asks for this, other than by a link that was followed (W3C, "Fetch Metadata Request Headers").
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|header| header == value);
    says("sec-fetch-site", "cross-site") && !says("sec-fetch-mode", "navigate")
}
