//! `sweep serve` as users start and end it; its pages are tested in `sweep-serve`.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use support::Place;

const SWEEP: &str = r#"
name = "one"
[data]
set = "synthetic"
limit = 20
[grid]
model = "eegnet"
activation = "elu"
epochs = 1
"#;

/// Starts the server on a free port; gives it, and the host and port that it prints.
fn start(place: &Place, arguments: &[&str]) -> (Child, String, String) {
    let all = [&["serve", "--port", "0"], arguments].concat();
    let mut server = place.command(&all).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.split_once("http://").unwrap().1.split(' ').next().unwrap().to_owned();
    let (host, path) = url.split_once('/').unwrap();
    (server, host.to_owned(), format!("/{path}"))
}

fn get(host: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn interrupt(server: &Child) {
    let process = Pid::from_raw(i32::try_from(server.id()).unwrap()).unwrap();
    kill_process(process, Signal::INT).unwrap();
}

#[test]
fn it_serves_until_it_is_interrupted() {
    let place = Place::new();
    let (mut server, host, path) = start(&place, &[]);
    assert_eq!(path, "/");
    assert!(get(&host, "/").starts_with("HTTP/1.1 503 "));
    place.write("one.toml", SWEEP);
    place.succeed(&["run", "one.toml", "--quiet"]);
    let page = get(&host, "/");
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("1 of 1 job finished"), "{page}");

    // Neither one who listens for news nor one who never ends a request keeps it from ending.
    let mut listens = TcpStream::connect(&host).unwrap();
    write!(listens, "GET /events HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let mut news = String::new();
    BufReader::new(&listens).read_line(&mut news).unwrap();
    assert_eq!(news.trim_end(), "HTTP/1.1 200 OK");
    let mut slow = TcpStream::connect(&host).unwrap();
    write!(slow, "GET / HT").unwrap();
    let begin = Instant::now();
    interrupt(&server);
    assert_eq!(server.wait().unwrap().code(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[test]
fn an_address_that_others_reach_gets_a_token() {
    let place = Place::new();
    let (mut server, host, path) = start(&place, &["--host", "0.0.0.0"]);
    assert!(path.starts_with("/?token="), "{path}");
    let port = host.rsplit_once(':').unwrap().1;
    let host = format!("127.0.0.1:{port}");
    assert!(get(&host, "/").starts_with("HTTP/1.1 401 "));
    assert!(get(&host, &path).contains("HttpOnly; SameSite=Strict"));
    interrupt(&server);
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

#[test]
fn an_address_that_cannot_be_had_is_bad_input() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = place.run(&["serve", "--port", &port]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("`--port 0` takes one that is free"), "{}", ran.err);
    let ran = place.run(&["serve", "--host", "no.such.host.invalid"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("cannot listen on `no.such.host.invalid`"), "{}", ran.err);
}
