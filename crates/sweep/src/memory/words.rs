//! What people are told of memory.

use sweep_job::{DeviceChoice, JobSpec, ModelKind};
use sweep_scheduler::{DeviceMemory, LimitSource, MemoryLimit, MemoryLimits};

use super::{
    Estimates, Kind, bytes_text,
    devices::{Gpu, on_device},
    fit::Unfit,
};
use crate::{error::CliError, output::counted};

/// Kinds of jobs that are named; more are counted.
const MOST_NAMED: usize = 8;

/// The refusal of jobs that do not fit, of `jobs` in all, by workers on a kind of device.
pub(super) fn refusal(
    unfit: &[Unfit],
    jobs: usize,
    device: DeviceChoice,
    limit: &MemoryLimit,
    limits: &MemoryLimits,
) -> CliError {
    let is_on_gpu = device != DeviceChoice::Cpu;
    let refused: usize = unfit.iter().map(|unfit| unfit.jobs).sum();
    let mut message =
        format!("{refused} of {} would need more memory than a worker may use", counted(jobs, "job"));
    message += &named(unfit, |Unfit { peak, .. }| {
        let data = bytes_text(peak.loading.max(peak.data));
        let why = match is_on_gpu {
            true => format!(
                "the program with NVIDIA's driver takes {}, the data set {data}",
                bytes_text(peak.program)
            ),
            false => format!("the data set alone takes {data}"),
        };
        (format!("{} at the peak", bytes_text(peak.total())), why)
    });
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
        _ if is_on_gpu => {
            "this is memory of the machine, not of the GPU; `--device cpu` does without NVIDIA's driver, and `--memory-limit SIZE` replaces a limit that is wrong"
        }
        true => "set a smaller batch_size, or a larger `ulimit -v`",
        false => {
            "set a smaller batch_size or fewer trials (data.limit); where the limit is wrong, `--memory-limit SIZE` replaces it"
        }
    };
    CliError::Argument { message, hint: Some(hint.to_owned()) }
}

/// Kinds of jobs that do not fit, a line each: what each takes, and why no batch size would fit if none does.
fn named(unfit: &[Unfit], words: impl Fn(&Unfit) -> (String, String)) -> String {
    let mut lines = String::new();
    for kind in unfit.iter().take(MOST_NAMED) {
        let Unfit { spec, jobs, fitting_batch, .. } = kind;
        let (takes, why_none) = words(kind);
        let remedy = match fitting_batch {
            Some(batch) => format!("batch_size {batch} would fit"),
            None => format!("no batch_size would fit: {why_none}"),
        };
        let jobs = counted(*jobs, "job");
        lines +=
            &format!("\n  {}, batch_size {} ({jobs}): about {takes}; {remedy}", spec.model, spec.batch_size);
    }
    if let Some(more) = unfit.len().checked_sub(MOST_NAMED + 1) {
        lines += &format!("\n  and {}", counted(more + 1, "more kind"));
    }
    lines
}

/// The refusal of jobs that do not fit into the memory of the largest GPU.
pub(super) fn too_large_for_device(unfit: &[Unfit], kinds: &[Kind], gpu: &Gpu) -> CliError {
    let refused: usize = unfit.iter().map(|unfit| unfit.jobs).sum();
    let all = counted(kinds.iter().map(|kind| kind.jobs).sum(), "job");
    let mut message = format!("{refused} of {all} would need more memory than {} has", gpu.device);
    message += &named(unfit, |Unfit { peak, .. }| {
        let shared = peak.device.map_or(0, |device| device.shared);
        (
            format!("{} on the GPU", bytes_text(on_device(peak))),
            format!("the data set takes {} of that", bytes_text(shared)),
        )
    });
    message += &gpu.memory.map_or(String::new(), |memory| {
        format!("\n{} can be used", share(memory, memory.most_for_a_worker()))
    });
    let hint = "set a smaller batch_size or fewer trials (data.limit), or use `--device cpu`";
    CliError::Argument { message, hint: Some(hint.to_owned()) }
}

/// The refusal of GPUs on which not even a job of `smallest` bytes has room now.
pub(super) fn no_room(gpus: &[Gpu], smallest: u64) -> CliError {
    let message = format!("no job has room on a GPU: the smallest takes about {}", bytes_text(smallest));
    let lines: String = gpus.iter().map(|gpu| format!("\n  {}: {}", gpu.device, room(gpu))).collect();
    let hint = "`nvidia-smi` lists the programs that use a GPU: wait for them, name another GPU, or use `--device cpu`";
    CliError::Argument { message: message + &lines, hint: Some(hint.to_owned()) }
}

/// The warning that a GPU is left out, on which a job of `largest` bytes has no room.
pub(super) fn left_out(gpu: &Gpu, largest: u64) -> String {
    let (device, room, largest) = (gpu.device, room(gpu), bytes_text(largest));
    format!("warning: {device} is left out: {room}, and a job takes up to {largest}")
}

/// What can be used of a GPU now.
fn room(gpu: &Gpu) -> String {
    let free = |memory: DeviceMemory| share(memory, memory.for_a_worker()) + " are free to be used";
    gpu.memory.map_or("its memory is unknown".to_owned(), free)
}

/// The bytes of a GPU that a worker may use.
fn share(memory: DeviceMemory, bytes: u64) -> String {
    let shared = match memory.workers {
        ..2 => String::new(),
        workers => format!(" for each of {workers} workers"),
    };
    format!("{} of its {}{shared}", rounded_down(bytes), bytes_text(memory.total))
}

/// What is too little never reads as if it were enough.
fn rounded_down(bytes: u64) -> String {
    bytes_text(bytes.saturating_sub((1 << 20) - 1))
}

/// Which of the jobs on a GPU the processor trains, in a sentence; `None` if there are none.
pub(crate) fn left_to_cpu(on_gpu: &Estimates, kinds: &[Kind]) -> Option<String> {
    let left: Vec<&Kind> = kinds.iter().filter(|kind| on_gpu.is_left_to_cpu(&kind.spec)).collect();
    let count = |kinds: &[&Kind]| kinds.iter().map(|kind| kind.jobs).sum::<usize>();
    let mut networks: Vec<String> = left.iter().map(|kind| unsuited(on_gpu, kind)).collect();
    networks.dedup();
    let all = count(&kinds.iter().collect::<Vec<_>>());
    (!left.is_empty()).then(|| {
        let which = match all {
            1 => "the job trains".to_owned(),
            _ => format!("{} of {all} jobs train", count(&left)),
        };
        format!("{which} on the CPU, because the GPU has no kernels for {}", networks.join(", "))
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
    let lines = peaks_of_models(kinds, |spec| Some(estimates.of(spec)?.total()));
    let of =
        if estimates.device() == DeviceChoice::Cpu { "of a worker" } else { "of the machine for a worker" };
    if lines.is_empty() { lines } else { format!("\nMemory {of} at its peak\n{lines}") }
}

/// What the jobs of a plan take on a GPU, each by itself, in the same form; empty if they are for the CPU.
pub(crate) fn device_summary(estimates: &Estimates, kinds: &[Kind]) -> String {
    let on_gpu: Vec<Kind> = kinds
        .iter()
        .filter(|kind| estimates.of(&kind.spec).is_some_and(|peak| peak.device.is_some()))
        .cloned()
        .collect();
    let lines = peaks_of_models(&on_gpu, |spec| estimates.of(spec).as_ref().map(on_device));
    if lines.is_empty() { lines } else { format!("\nMemory of the GPU for a job\n{lines}") }
}

fn peaks_of_models(kinds: &[Kind], bytes: impl Fn(&JobSpec) -> Option<u64>) -> String {
    let mut lines = String::new();
    let width = ModelKind::ALL.iter().map(|model| model.name().len()).max().unwrap_or(0);
    for model in ModelKind::ALL {
        let of_model = kinds.iter().filter(|kind| kind.spec.model == model);
        let peaks = of_model.filter_map(|Kind { spec, .. }| Some((bytes(spec)?, spec.batch_size)));
        let name = model.name();
        let Some((most, batch_size)) = peaks.max() else {
            if kinds.iter().any(|kind| kind.spec.model == model) {
                lines += &format!("  {name:width$}  cannot be built for these trials\n");
            }
            continue;
        };
        lines += &format!("  {name:width$}  about {}, with batch_size {batch_size}\n", bytes_text(most));
    }
    lines
}
