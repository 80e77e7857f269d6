//! Fills a new database with sweeps of all kinds, and goes on training: `cargo run -p sweep-serve --example demo -- DATABASE [SECONDS]`.
//!
//! The numbers are made up, so that pages can be looked at without hours of training.

use std::{
    error::Error,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use sweep_job::{FailureReason, JobSpec, ModelKind, PlannedJob};

#[path = "../tests/scene/mod.rs"]
mod scene;

use scene::{ELU, LEAKY, RELU, planned, spec};

const LONG_NAME: &str = "learning rates and batch sizes of both networks on the two-class motor imagery, third attempt with validation";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().ok_or("name a database")?);
    let seconds: u64 = arguments.next().map_or(Ok(0), |seconds| seconds.parse())?;
    if path.exists() {
        return Err(format!("{} exists already", path.display()).into());
    }
    let mut store = scene::store(&path);
    let lab = scene::lab(1201);
    scene::sweep(&mut store, "lab2", &lab);
    lab.iter().for_each(|job| scene::train(&mut store, job));

    let seeds: Vec<PlannedJob> = [RELU, LEAKY, ELU]
        .into_iter()
        .flat_map(|activation| {
            (0..8).map(move |seed| planned(spec(ModelKind::EegNet, activation, 300, seed)))
        })
        .collect();
    scene::sweep(&mut store, "seeds", &seeds);
    seeds.iter().take(20).for_each(|job| scene::train(&mut store, job));

    let grid: Vec<PlannedJob> = grid();
    scene::sweep(&mut store, LONG_NAME, &grid);
    for (place, job) in grid.iter().enumerate().take(40) {
        match place % 10 {
            7 => {
                scene::start(&mut store, job);
                scene::epochs(&mut store, job, 1..=3);
                scene::fail(&mut store, job, scene::diverged(4));
            }
            8 => {
                scene::start(&mut store, job);
                scene::epochs(&mut store, job, 1..=20);
                let how = "killed by signal 11 (SIGSEGV)".to_owned();
                scene::fail(&mut store, job, FailureReason::WorkerDied { how });
            }
            9 => scene::fail(&mut store, job, FailureReason::Cancelled),
            _ => scene::train(&mut store, job),
        }
    }
    scene::sweep(&mut store, "<script>alert(\"hostile\")</script> & 'quotes'", &lab[..2]);

    let mut waiting = seeds[20..].iter().chain(&grid[40..]);
    let mut running: Vec<(&PlannedJob, u32)> =
        waiting.by_ref().take(6).zip((0..).map(|place| 20 + 30 * place)).collect();
    for (job, epochs) in &running {
        scene::start(&mut store, job);
        scene::epochs(&mut store, job, 1..=*epochs);
    }
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(seconds) {
        for (job, done) in &mut running {
            thread::sleep(Duration::from_millis(250));
            *done += 1;
            scene::epochs(&mut store, job, *done..=*done);
            if *done < job.spec.epochs {
                continue;
            }
            scene::finish(&mut store, job);
            let Some(next) = waiting.next() else { return Ok(()) };
            (*job, *done) = (next, 0);
            scene::start(&mut store, job);
        }
    }
    Ok(())
}

fn grid() -> Vec<PlannedJob> {
    let mut jobs = Vec::new();
    for model in ModelKind::ALL {
        for learning_rate in [3e-4, 1e-3, 3e-3, 1e-2] {
            for batch_size in [32, 108, 540] {
                for seed in 0..4 {
                    let base = spec(model, ELU, 200, seed);
                    jobs.push(planned(JobSpec { learning_rate, batch_size, dropout: 0.25, ..base }));
                }
            }
        }
    }
    jobs
}
