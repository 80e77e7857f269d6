//! The files that pages load: compiled in, and named by their content, so that a browser may keep them for ever. They hold no results.

use std::sync::LazyLock;

use axum::{
    extract::{Path, Request},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sweep_job::sha256;
use sweep_report::page::BASE_STYLE;

use crate::problem::Problem;

/// A file with its name.
struct Asset {
    name: String,
    kind: &'static str,
    content: String,
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let css =
        [BASE_STYLE, include_str!("../assets/style.css"), &sweep_report::figures::stylesheet()].concat();
    Asset::new("style", "css", "text/css; charset=utf-8", css)
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "script",
        "js",
        "text/javascript; charset=utf-8",
        include_str!("../assets/script.js").to_owned(),
    )
});
static THEME: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("theme", "js", "text/javascript; charset=utf-8", include_str!("../assets/theme.js").to_owned())
});
static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg").to_owned())
});

pub(crate) fn style() -> String {
    STYLE.path()
}

pub(crate) fn script() -> String {
    SCRIPT.path()
}

/// A script that is small enough to run before anything is shown.
pub(crate) fn theme() -> String {
    THEME.path()
}

pub(crate) fn icon() -> String {
    ICON.path()
}

/// The file of a name; there are no others than these.
pub(crate) async fn asset(Path(name): Path<String>, request: Request) -> Result<Response, Problem> {
    let all: [&Asset; 4] = [&STYLE, &SCRIPT, &THEME, &ICON];
    let asset = all
        .into_iter()
        .find(|asset| asset.name == name)
        .ok_or_else(|| Problem::not_found("There is no such file. Load the page again."))?;
    let tag = format!("\"{}\"", asset.name);
    let is_known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| known == tag.as_str());
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        asset.content.as_str().into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

impl Asset {
    fn new(stem: &str, extension: &str, kind: &'static str, content: String) -> Self {
        let digits = sha256(content.as_bytes());
        Self { name: format!("{stem}-{}.{extension}", &digits[..16]), kind, content }
    }

    fn path(&self) -> String {
        format!("/assets/{}", self.name)
    }
}
