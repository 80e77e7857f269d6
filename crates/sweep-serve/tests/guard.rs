//! Who gets an answer at all, and what every answer says.

#![allow(clippy::unwrap_used, reason = "tests")]

mod scene;
mod support;

use axum::http::{Method, Request, StatusCode};
use support::{Answer, Place, request, request_by};
use sweep_serve::{Access, HostName, Token};

#[tokio::test]
async fn every_answer_is_protected() {
    let (place, _store, jobs) = Place::with_lab();
    let style = place.get("/").await.between("<link rel=\"stylesheet\" href=\"", "\"");
    let curves = format!("/jobs/{}/curves.svg", jobs[0].id);
    for address in ["/", "/jobs", "/nothing", "/api/jobs", "/api/nothing", &style, &curves] {
        let answer = place.get(address).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(protection(&answer), @r"
            content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
            x-content-type-options: nosniff
            x-frame-options: DENY
            referrer-policy: no-referrer
            cross-origin-opener-policy: same-origin
            cross-origin-resource-policy: same-origin
            ");
        }
        assert!(answer.headers.get("access-control-allow-origin").is_none());
        let kept = if address == style { "private, max-age=31536000, immutable" } else { "no-store" };
        assert_eq!(answer.header("cache-control"), kept, "{address}");
    }
}

fn protection(answer: &Answer) -> String {
    let names = [
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
    ];
    names.map(|name| format!("{name}: {}", answer.header(name))).join("\n")
}

#[tokio::test]
async fn nothing_but_reading_is_answered() {
    let (place, _store, _) = Place::with_lab();
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE] {
        for address in ["/", "/jobs", "/nothing", "/api/jobs", "/events"] {
            let answer = place.ask(&request_by(method.clone(), address)).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {address}");
            assert_eq!(answer.header("allow"), "GET, HEAD");
            assert!(answer.text().contains("changes nothing"));
        }
    }
}

#[tokio::test]
async fn another_name_of_this_machine_is_not_answered() {
    let (place, _store, _) = Place::with_lab();
    for host in ["evil.example", "localhost.evil.example:8080", "10.0.0.1", "a@localhost", ""] {
        let asked = Request::get("/").header("host", host).body(()).unwrap();
        let answer = place.ask(&asked).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(!answer.text().contains("lab2"));
    }
    let nameless = Request::get("/").body(()).unwrap();
    assert_eq!(place.ask(&nameless).await.status, StatusCode::MISDIRECTED_REQUEST);
    let two = Request::get("/").header("host", "localhost").header("host", "evil.example").body(()).unwrap();
    assert_eq!(place.ask(&two).await.status, StatusCode::MISDIRECTED_REQUEST);
    let in_line = Request::get("http://evil.example/").header("host", "localhost").body(()).unwrap();
    assert_eq!(place.ask(&in_line).await.status, StatusCode::MISDIRECTED_REQUEST);
    let behind_ssh = Request::get("/").header("host", "localhost:9000").body(()).unwrap();
    assert_eq!(place.ask(&behind_ssh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn pages_of_other_sites_get_nothing_but_links_to_here() {
    let (place, _store, _) = Place::with_lab();
    let asked = |mode: &str| {
        let request = Request::get("/api/jobs").header("host", "localhost");
        request.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", mode).body(()).unwrap()
    };
    for mode in ["cors", "no-cors", "websocket"] {
        assert_eq!(place.ask(&asked(mode)).await.status, StatusCode::FORBIDDEN, "{mode}");
    }
    assert_eq!(place.ask(&asked("navigate")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn addresses_are_no_longer_than_they_may_be() {
    let (place, _store, _) = Place::with_lab();
    let answer = place.get(&format!("/jobs?where={}", "x".repeat(5000))).await;
    assert_eq!(answer.status, StatusCode::URI_TOO_LONG);
    assert!(answer.text().contains("4096 bytes"));
    assert_eq!(place.get(&format!("/jobs/{}", "0".repeat(2000))).await.status, StatusCode::URI_TOO_LONG);
}

fn with_token() -> (Place, Token) {
    let token = Token::random().unwrap();
    let access = Access::with_token(token.clone(), "10.0.0.7".parse().unwrap(), HostName("lab7".into()));
    let place = Place::of(access);
    drop(scene::store(&place.path()));
    (place, token)
}

#[tokio::test]
async fn an_address_that_others_reach_asks_for_the_token() {
    let (place, token) = with_token();
    for address in ["/", "/jobs", "/api/jobs", "/events", "/nothing", "/?token=", "/?token=00"] {
        let answer = place.get(address).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{address}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert!(!answer.text().contains("results.db") && !answer.text().contains(&token.query()));
    }
    // The page that says so looks like the others.
    let style = place.get("/").await.between("<link rel=\"stylesheet\" href=\"", "\"");
    assert_eq!(place.get(&style).await.status, StatusCode::OK);
    let welcome = place.get(&format!("/jobs?sort=seconds&{}", token.query())).await;
    assert_eq!(welcome.status, StatusCode::OK);
    let text = welcome.text();
    assert!(text.contains("<meta http-equiv=\"refresh\" content=\"0;url=/jobs?sort=seconds\">"), "{text}");
    let cookie = welcome.header("set-cookie");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    let kept = cookie.split(';').next().unwrap();
    let again = Request::get("/jobs").header("host", "lab7:8080").header("cookie", kept).body(()).unwrap();
    assert_eq!(place.ask(&again).await.status, StatusCode::OK);
    let (_, digits) = kept.split_once('=').unwrap();
    let program = Request::get("/api/jobs").header("host", "10.0.0.7");
    let program = program.header("authorization", format!("Bearer {digits}")).body(()).unwrap();
    assert_eq!(place.ask(&program).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_leads_to_no_other_host() {
    let (place, token) = with_token();
    let text = place.get(&format!("//evil.example/?{}", token.query())).await.text();
    assert!(!text.contains("url=//"), "{text}");
}

#[tokio::test]
async fn assets_are_kept_by_their_content() {
    let (place, _store, _) = Place::with_lab();
    let page = place.get("/").await;
    let style = page.between("<link rel=\"stylesheet\" href=\"", "\"");
    let answer = place.get(&style).await;
    assert_eq!(answer.header("content-type"), "text/css; charset=utf-8");
    assert!(answer.text().contains(".sweep-figure"));
    let mut again = request(&style);
    again.headers_mut().insert("if-none-match", answer.headers["etag"].clone());
    let again = place.ask(&again).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.bytes.is_empty());
    for script in page.text().split("<script src=\"").skip(1) {
        let script = place.get(script.split('"').next().unwrap()).await;
        assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    }
}
