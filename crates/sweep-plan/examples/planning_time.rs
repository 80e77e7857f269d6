//! How long large sweeps take to plan: `cargo run --release -p sweep-plan --example planning_time [SEEDS [KEY=VALUE ...]]`.
//!
//! 10 jobs a seed, with two `[[when]]` blocks and one `[[exclude]]` block; 10,000 seeds, that is 100,000 combinations, where
//! no number is given. Prints seconds, and on Linux the most memory that the process held.

use std::{io, process::ExitCode, time::Instant};

use sweep_plan::{Colour, Overrides, plan, summary};

fn main() -> ExitCode {
    let seeds: u64 = std::env::args().nth(1).and_then(|seeds| seeds.parse().ok()).unwrap_or(10_000);
    let text = format!(
        "name = 'large'\n[data]\nset = 'synthetic'\n[grid]\nmodel = 'eegnet'\nactivation = ['relu', 'elu']\n\
         seed = {{ from = 1, to = {seeds}, steps = {seeds} }}\n\
         learning_rate = {{ from = 1e-4, to = 1e-2, steps = 5, scale = 'log' }}\nepochs = 100\n\
         [[when]]\nactivation = 'relu'\nset = {{ batch_size = 108 }}\n\
         [[when]]\nactivation = 'elu'\nset = {{ batch_size = 64, alpha = 0.5 }}\n\
         [[exclude]]\nseed = 1\nlearning_rate = 1e-4\n"
    );
    let no_weights = |_: &std::path::Path| Err(io::ErrorKind::NotFound.into());
    let overrides = Overrides { set: std::env::args().skip(2).collect(), data: None };
    let start = Instant::now();
    let result = plan("large.toml", &text, &overrides, &no_weights);
    let seconds = start.elapsed().as_secs_f64();
    match result {
        Ok(plan) => println!("{}\nplanned in {seconds:.3} s", summary(&plan, 100)),
        Err(mistakes) => {
            eprint!("{}", mistakes.render(Colour::Never));
            return ExitCode::FAILURE;
        }
    }
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
    }
    ExitCode::SUCCESS
}
