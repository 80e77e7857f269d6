//! A worker process that speaks the protocol and trains nothing. Seeds of its jobs, and an environment variable, say
//! how it misbehaves.

use std::{
    env, fs,
    io::{self, BufRead, StdinLock, Write},
    path::Path,
    process, thread,
    time::Duration,
};

use rustix::process::{Resource, Rlimit, Signal, getpid, kill_process, setrlimit};
use sweep_job::{BundleOrder, JobEvent, WorkerOrder, WorkerReport};

use super::support::{epoch, started, training};

/// The environment variable that makes the test binary a worker, and its values.
pub(crate) const MANNER: &str = "SWEEP_FAKE_WORKER";
pub(crate) const GOOD: &str = "good";
pub(crate) const NEVER_READY: &str = "never ready";
pub(crate) const IGNORES_THE_END_OF_ITS_INPUT: &str = "ignores the end of its input";
pub(crate) const SPEAKS_ANOTHER_LANGUAGE: &str = "speaks another language";
const LOCKS_A_FILE: &str = "locks a file";

/// Seeds of jobs at which a worker misbehaves.
pub(crate) const KILLED: u64 = 901_001;
pub(crate) const PANICS: u64 = 901_002;
pub(crate) const WRITES_GARBAGE: u64 = 901_003;
pub(crate) const EXITS: u64 = 901_004;
pub(crate) const CLOSES_ITS_OUTPUT: u64 = 901_005;
pub(crate) const ABORTS: u64 = 901_006;
pub(crate) const WRITES_HALF_A_LINE: u64 = 901_007;
/// Trains until it is told to stop.
pub(crate) const ENDLESS: u64 = 901_008;
/// Trains until it is killed.
pub(crate) const DEAF: u64 = 901_009;
/// Starts a process that holds a lock on the file `lock` in the weights folder, and trains until it is killed.
pub(crate) const PARENT: u64 = 901_010;
/// Fills its log before it exits.
pub(crate) const TALKATIVE: u64 = 901_011;

/// Counts an out-of-memory kill in `proc/vmstat` of the weights folder, as the kernel does, and is killed.
pub(crate) const KILLED_FOR_MEMORY: u64 = 901_012;
/// Wants more memory than it may have.
pub(crate) const GREEDY: u64 = 901_013;

pub(crate) fn serve(manner: &str) {
    match manner {
        NEVER_READY => {
            eprintln!("\u{1b}[31mERROR\u{1b}[0m no such device: cuda:7");
            process::exit(2);
        }
        SPEAKS_ANOTHER_LANGUAGE => {
            println!("usage: cat [OPTION]... \"FILE\"");
            sleep_forever();
        }
        LOCKS_A_FILE => lock_a_file(),
        _ => {}
    }
    let mut input = io::stdin().lock();
    say(&WorkerReport::Ready);
    while let Some(order) = next_order(&mut input) {
        if let WorkerOrder::Train(order) = order {
            train(&order, &mut input);
            say(&WorkerReport::Ready);
        }
    }
    if manner == IGNORES_THE_END_OF_ITS_INPUT {
        sleep_forever();
    }
}

fn next_order(input: &mut StdinLock<'_>) -> Option<WorkerOrder> {
    let mut line = String::new();
    let bytes = input.read_line(&mut line).unwrap();
    (bytes > 0).then(|| serde_json::from_str(&line).unwrap())
}

fn say(report: &WorkerReport) {
    let mut line = serde_json::to_vec(report).unwrap();
    line.push(b'\n');
    io::stdout().write_all(&line).unwrap();
    io::stdout().flush().unwrap();
}

fn train(order: &BundleOrder, input: &mut StdinLock<'_>) {
    let job = &order.bundle.trainings[0].jobs[0];
    let say_of = |event| say(&WorkerReport::Event(job.id, event));
    if job.spec.seed < KILLED {
        for (job, event) in training(&order.bundle) {
            say(&WorkerReport::Event(job, event));
        }
        return;
    }
    say_of(started());
    say_of(epoch(1));
    misbehave(job.spec.seed, &order.weights_dir);
    if job.spec.seed == ENDLESS {
        while !matches!(next_order(input), Some(WorkerOrder::Stop)) {}
        say_of(epoch(2));
        say_of(JobEvent::Interrupted);
    }
}

fn misbehave(seed: u64, weights_dir: &Path) {
    match seed {
        KILLED => kill_process(getpid(), Signal::KILL).unwrap(),
        PANICS => panic!("index out of bounds"),
        WRITES_GARBAGE => {
            println!("loss: 0.69\t{}", "x".repeat(100));
            sleep_forever();
        }
        EXITS => {
            eprintln!("first line\nthe disk is full");
            process::exit(3);
        }
        CLOSES_ITS_OUTPUT => {
            // Nothing is written any more, but the process stays.
            rustix::stdio::dup2_stdout(fs::File::open("/dev/null").unwrap()).unwrap();
            sleep_forever();
        }
        ABORTS => process::abort(),
        KILLED_FOR_MEMORY => {
            fs::write(weights_dir.join("proc/vmstat"), "oom_kill 1\n").unwrap();
            kill_process(getpid(), Signal::KILL).unwrap();
        }
        GREEDY => {
            let limit = Rlimit { current: Some(1 << 30), maximum: Some(1 << 30) };
            setrlimit(Resource::As, limit).unwrap();
            std::hint::black_box(vec![1u8; 2 << 30]);
        }
        WRITES_HALF_A_LINE => {
            print!("{{\"report\":\"ready");
            io::stdout().flush().unwrap();
            process::exit(0);
        }
        DEAF => sleep_forever(),
        PARENT => {
            let program = env::current_exe().unwrap();
            let mut child = process::Command::new(program)
                .env(MANNER, LOCKS_A_FILE)
                .env("SWEEP_LOCK", weights_dir.join("lock"))
                .spawn()
                .unwrap();
            child.wait().unwrap();
        }
        TALKATIVE => {
            for line in 0..20_000 {
                eprintln!("line {line}");
            }
            process::exit(1);
        }
        _ => {}
    }
}

fn lock_a_file() {
    let path = env::var_os("SWEEP_LOCK").unwrap();
    let file = fs::File::create(&path).unwrap();
    file.lock().unwrap();
    fs::rename(&path, Path::new(&path).with_extension("held")).unwrap();
    sleep_forever();
}

fn sleep_forever() -> ! {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}
