//! What people are told of memory.

use sweep_job::ModelKind;
use sweep_scheduler::{LimitSource, MemoryLimit, MemoryLimits};

use super::{Estimates, Kind, bytes_text, fit::Unfit};
use crate::{error::CliError, output::counted};

/// Kinds of jobs that are named; more are counted.
const MOST_NAMED: usize = 8;

/// The refusal of jobs that do not fit, of `jobs` in all.
pub(super) fn refusal(unfit: &[Unfit], jobs: usize, limit: &MemoryLimit, limits: &MemoryLimits) -> CliError {
    let refused: usize = unfit.iter().map(|unfit| unfit.jobs).sum();
    let mut message =
        format!("{refused} of {} would need more memory than a worker may use", counted(jobs, "job"));
    for Unfit { spec, jobs, peak, fitting_batch } in unfit.iter().take(MOST_NAMED) {
        let remedy = match fitting_batch {
            Some(batch) => format!("batch_size {batch} would fit"),
            None => format!(
                "no batch_size would fit: the data set alone takes {}",
                bytes_text(peak.loading.max(peak.data))
            ),
        };
        message += &format!(
            "\n  {}, batch_size {} ({}): about {} at the peak; {remedy}",
            spec.model,
            spec.batch_size,
            counted(*jobs, "job"),
            bytes_text(peak.total()),
        );
    }
    if let Some(more) = unfit.len().checked_sub(MOST_NAMED + 1) {
        message += &format!("\n  and {}", counted(more + 1, "more kind"));
    }
    message += &format!("\nthe limit is {}", limit_text(limit));
    let of_addresses = match (&limit.source, &limits.each) {
        (LimitSource::AddressSpace, Some(each)) => {
            message += &format!(
                "; of its {}, the rest is taken by addresses without memory",
                bytes_text(each.bytes)
            );
            true
        }
        _ => false,
    };
    let hint = match of_addresses {
        true => "set a smaller batch_size, or a larger `ulimit -v`",
        false => {
            "set a smaller batch_size or fewer trials (data.limit); where the limit is wrong, `--memory-limit SIZE` replaces it"
        }
    };
    CliError::Argument { message, hint: Some(hint.to_owned()) }
}

/// Which of the jobs on a GPU the processor trains, in a sentence; `None` if there are none.
pub(crate) fn left_to_cpu(on_gpu: &Estimates, kinds: &[Kind]) -> Option<String> {
    let left: Vec<&Kind> = kinds.iter().filter(|kind| on_gpu.is_left_to_cpu(&kind.spec)).collect();
    let count = |kinds: &[&Kind]| kinds.iter().map(|kind| kind.jobs).sum::<usize>();
    let mut networks: Vec<String> = left.iter().map(|kind| unsuited(on_gpu, kind)).collect();
    networks.dedup();
    let all = count(&kinds.iter().collect::<Vec<_>>());
    (!left.is_empty()).then(|| {
        format!(
            "{} of {} train on the CPU, because the GPU has no kernels for {}",
            count(&left),
            counted(all, "job"),
            networks.join(", ")
        )
    })
}

/// A network that a GPU has no kernels for, or none for as many trials.
fn unsuited(on_gpu: &Estimates, Kind { spec, .. }: &Kind) -> String {
    let network = spec.model.title().to_owned();
    if !on_gpu.has_gpu_kernels(spec) {
        return network;
    }
    format!("{network} with batch_size {} on so many trials", spec.batch_size)
}

/// The refusal of more workers than fit.
pub(super) fn too_many_workers(wanted: u32, fitting: u32, needed: u64, limit: &MemoryLimit) -> CliError {
    CliError::Argument {
        message: format!(
            "{} would need about {} of memory together; the limit is {}",
            counted(wanted as usize, "worker"),
            bytes_text(needed),
            limit_text(limit)
        ),
        hint: Some(format!(
            "`--workers {fitting}` fits, and without `--workers` as many are started as fit; where the limit is wrong, \
             `--memory-limit SIZE` replaces it"
        )),
    }
}

/// The notice that fewer workers are started than could be.
pub(super) fn fewer_workers(wanted: u32, fitting: u32, needed: u64, limit: &MemoryLimit) -> String {
    format!(
        "warning: {fitting} of {} fit into memory: all would need about {} together, and the limit is {}",
        counted(wanted as usize, "worker"),
        bytes_text(needed),
        limit_text(limit)
    )
}

fn limit_text(limit: &MemoryLimit) -> String {
    // Rounded down: what is more than the limit never reads as much as it.
    format!("{}, {}", bytes_text(limit.bytes.saturating_sub((1 << 20) - 1).max(1)), limit.source)
}

/// The peaks of the jobs of a plan, a line for each model: the most that one of its jobs takes.
pub(crate) fn summary(estimates: Option<&Estimates>, kinds: &[Kind]) -> String {
    let Some(estimates) = estimates else {
        return "\nMemory of a worker: unknown, since the data cannot be read\n".to_owned();
    };
    let mut lines = String::new();
    let width = ModelKind::ALL.iter().map(|model| model.name().len()).max().unwrap_or(0);
    for model in ModelKind::ALL {
        let of_model = kinds.iter().filter(|kind| kind.spec.model == model);
        let peaks =
            of_model.filter_map(|Kind { spec, .. }| Some((estimates.of(spec)?.total(), spec.batch_size)));
        let name = model.name();
        let Some((most, batch_size)) = peaks.max() else {
            if kinds.iter().any(|kind| kind.spec.model == model) {
                lines += &format!("  {name:width$}  cannot be built for these trials\n");
            }
            continue;
        };
        lines += &format!("  {name:width$}  about {}, with batch_size {batch_size}\n", bytes_text(most));
    }
    if lines.is_empty() { lines } else { format!("\nMemory of a worker at its peak\n{lines}") }
}
