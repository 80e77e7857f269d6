//! `sweep status`: what it says of interrupted jobs, and how watching ends.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{
    fs::File,
    io::{Read as _, Write as _},
    process::{Child, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use rustix::{
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, tcgetattr},
};
use support::{Place, wait_until};

/// Two trainings that take longer than any test.
const ENDLESS: &str = r#"
name = "two"
[data]
set = "synthetic"
limit = 20
[grid]
model = "eegnet"
activation = ["elu", "relu"]
epochs = 100000
"#;

fn send(process: &Child, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(process.id()).unwrap()).unwrap(), signal).unwrap();
}

#[test]
fn interrupted_jobs_are_told_with_the_epoch_that_is_saved() {
    let place = Place::new();
    place.write("two.toml", ENDLESS);
    let arguments = ["run", "two.toml", "--workers", "2", "--quiet"];
    let mut run = place.command(&arguments).stderr(Stdio::null()).spawn().unwrap();
    let has_begun = "SELECT count(*) FROM trials WHERE epochs_finished > 1";
    wait_until("both jobs have epochs", || {
        place.path("results.db").exists()
            && place.run(&["sql", has_begun, "--format", "csv"]).out.contains("\n2")
    });
    send(&run, Signal::INT);
    run.wait().unwrap();

    let epochs = place.sql("SELECT min(epochs_finished), max(epochs_finished) FROM trials").remove(0);
    let (first, last) = epochs.split_once(',').unwrap();
    let saved = if first == last { format!("epoch {first}") } else { format!("epochs {first} to {last}") };
    let status = place.succeed(&["status"]).out.replace("\n  ", " ");
    let words = format!("0 of 2 jobs finished, 2 interrupted (saved at {saved} of 100000)");
    assert!(status.contains(&words), "{words} is not in {status}");
    assert!(!status.contains("waiting"), "{status}");
    assert_eq!(status.matches("left").count(), 1, "{status}");
}

/// A terminal: its user's side, and the program's side.
fn terminal() -> (File, File) {
    let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&user).unwrap();
    unlockpt(&user).unwrap();
    let name = ptsname(&user, Vec::new()).unwrap();
    let program = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    (File::from(user), program)
}

/// `sweep status --watch` on a terminal, once it has shown something.
fn watching(place: &Place, user: &File, program: &File) -> Child {
    let side = || Stdio::from(program.try_clone().unwrap());
    let watch = place.command(&["status", "--watch"]).stdin(side()).stdout(side()).spawn().unwrap();
    let (tell, told) = mpsc::channel();
    let mut screen = user.try_clone().unwrap();
    thread::spawn(move || {
        let (mut shown, mut part) = (String::new(), [0; 4096]);
        while let Ok(count @ 1..) = screen.read(&mut part) {
            shown.push_str(&String::from_utf8_lossy(&part[..count]));
            if shown.contains("Press q to quit.") {
                let _ = tell.send(());
            }
        }
    });
    told.recv_timeout(Duration::from_secs(30)).unwrap();
    watch
}

#[test]
fn watching_ends_with_q_or_ctrl_c_and_leaves_the_terminal_as_it_was() {
    let place = Place::new();
    place.write("one.toml", &ENDLESS.replace("100000", "1"));
    place.succeed(&["run", "one.toml", "--quiet"]);
    for key in [Some(b'q'), None] {
        let (mut user, program) = terminal();
        let before = tcgetattr(&program).unwrap();
        let mut watch = watching(&place, &user, &program);
        assert!(!tcgetattr(&program).unwrap().local_modes.contains(LocalModes::ICANON));
        match key {
            Some(key) => user.write_all(&[key]).unwrap(),
            None => send(&watch, Signal::INT),
        }
        let mut ending = None;
        wait_until("watching ended", || {
            ending = watch.try_wait().unwrap();
            ending.is_some()
        });
        assert_eq!(ending.unwrap().code(), Some(if key.is_some() { 0 } else { 130 }));
        assert_eq!(tcgetattr(&program).unwrap().local_modes, before.local_modes);
    }
}
