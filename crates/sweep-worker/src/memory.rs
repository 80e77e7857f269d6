//! How much memory a worker takes at its peak for a job or a bundle, before it is started: what the training of the network takes, and
//! around it the program, the data set and the epochs that are kept. It does not know how much there is.

use sweep_data::DataExtent;
use sweep_job::{DeviceChoice, JobSpec};
pub use sweep_models::BundleMemory;
use sweep_models::{
    InputShape, Settings, TrainingMemory, Workload, cuda_launches, cuda_memory, has_kernels, training_memory,
};

use crate::{
    WorkerError,
    endings::{SAVERS, WAITING},
};

/// The program itself, with its threads, before it has an order: measured.
const PROGRAM_BYTES: u64 = 16 << 20;
/// The same with NVIDIA's driver, its context and the kernels that it compiles: assumed, for none was at hand.
const PROGRAM_WITH_CUDA_BYTES: u64 = 512 << 20;
/// A launch of an epoch, as values and in three graphs of the driver: 3.4 KB were measured with the emulated one.
const LAUNCH_BYTES: u64 = 8 << 10;
/// Copies of the input and the results of an epoch: page-locked for three epochs, and two on their way.
const EPOCHS_ON_THE_WAY: u64 = 5;
/// Names and shapes in a file of weights.
const WEIGHTS_HEADER_BYTES: u64 = 8 << 10;
/// Characters of a logit in a report.
const REPORTED_LOGIT_BYTES: u64 = 16;

/// The most memory that a worker takes for a job, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeakMemory {
    /// The program.
    pub program: u64,
    /// The data set, once it is loaded.
    pub data: u64,
    /// The most that its loading takes.
    pub loading: u64,
    /// The training of the network, if it is computed on the processor.
    pub training: Option<TrainingMemory>,
    /// Weights and predictions of the epochs that are kept.
    pub kept: u64,
    /// Their copies on the way to the disk: trainings side by side take turns.
    pub saving: u64,
    /// What lies here for a device: a set of trials as it is copied there, and the launches of an epoch.
    pub handed_over: u64,
    /// What the trainings of a bundle take on the device, if that is not in this memory.
    pub device: Option<BundleMemory>,
}

impl PeakMemory {
    /// All of it, for one training.
    pub fn total(&self) -> u64 {
        self.of_bundle(1)
    }

    /// All of it, for so many trainings side by side: what loading takes beside the data set is given back before they begin. A sixteenth
    /// more is for gaps between the buffers, which come and go in many sizes.
    pub fn of_bundle(&self, trainings: u64) -> u64 {
        let training = self.training.map_or(0, |training| training.total());
        let members = trainings.saturating_mul(training + self.kept);
        let held = self.loading.max(members.saturating_add(self.data + self.saving + self.handed_over));
        (held + held / 16).saturating_add(self.program)
    }
}

/// What a worker on `device` with `threads` threads takes at its peak for the job `spec` on data of this `extent`.
///
/// # Errors
/// Where the network cannot be built for the data.
pub fn peak_memory(
    spec: &JobSpec,
    extent: &DataExtent,
    device: DeviceChoice,
    threads: u32,
) -> Result<PeakMemory, WorkerError> {
    let DataExtent {
        channels,
        samples,
        classes,
        train_trials,
        validation_trials,
        test_trials,
        loading_bytes,
    } = *extent;
    let work = workload(spec.batch_size, [train_trials, validation_trials, test_trials], threads);
    let shape = InputShape { channels, samples, classes };
    let settings = Settings::from(spec);
    let training = training_memory(&settings, &spec.optimizer, shape, &work)?;
    let predictions = test_trials as u64 * classes as u64;
    let (kept, saving) = kept(&training, predictions, validation_trials > 0);
    let on_device = match device {
        DeviceChoice::Cpu => None,
        DeviceChoice::Cuda(_) => cuda_memory(&settings, shape, &work)?,
    };
    let peak = PeakMemory {
        program: if device == DeviceChoice::Cpu { PROGRAM_BYTES } else { PROGRAM_WITH_CUDA_BYTES },
        data: extent.bytes(),
        loading: loading_bytes,
        training: Some(training),
        kept,
        saving,
        handed_over: 0,
        device: None,
    };
    let Some(launches) = on_device.and(cuda_launches(&settings, shape, &work)?) else { return Ok(peak) };
    let logits = (validation_trials + test_trials) * classes;
    let on_the_way = EPOCHS_ON_THE_WAY * 4 * (train_trials + logits) as u64;
    // The network and the optimizer as they were before the bundle.
    let state = training.weights + training.optimizer;
    let largest_set = train_trials.max(validation_trials).max(test_trials);
    let laid = 4 * (largest_set * samples * channels.next_multiple_of(4)) as u64;
    Ok(PeakMemory {
        training: None,
        kept: kept + state + on_the_way,
        handed_over: laid + LAUNCH_BYTES * launches,
        device: on_device,
        ..peak
    })
}

/// What a training in batches of `batch_size` computes with train, validation and test sets of so many `trials`.
pub(crate) fn workload(batch_size: u32, trials: [usize; 3], threads: u32) -> Workload {
    let [train_trials, validation_trials, test_trials] = trials;
    Workload {
        train_trials,
        batch_size: batch_size as usize,
        evaluated_trials: validation_trials.max(test_trials),
        threads: threads as usize,
    }
}

/// Whether a GPU has kernels for the network of `spec` on data of this `extent`, if they were fewer.
pub fn has_gpu_kernels(spec: &JobSpec, extent: &DataExtent) -> bool {
    let DataExtent { channels, samples, classes, .. } = *extent;
    has_kernels(&Settings::from(spec), InputShape { channels, samples, classes }).unwrap_or(false)
}

/// What each training keeps, the best and the selected epoch; and what is saved of one at a time: a checkpoint with both, in parts and as
/// one file, or the files of trained jobs that wait for the disk, with the report on one of them.
fn kept(training: &TrainingMemory, predictions: u64, with_validation: bool) -> (u64, u64) {
    let weights = training.weights + WEIGHTS_HEADER_BYTES;
    let epoch = weights + 4 * predictions;
    let epochs = 1 + u64::from(with_validation);
    let checkpoint = 2 * (2 * weights + 2 * training.optimizer + epochs * epoch);
    let ended = (epochs + 1) * epoch;
    let waiting = (SAVERS + WAITING + 1) as u64 * ended;
    let report = 2 * (epochs + 1) * predictions * REPORTED_LOGIT_BYTES;
    // One more epoch while it is taken.
    ((epochs + 1) * epoch, checkpoint.max(waiting + report))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use sweep_job::{Activation, ModelKind};

    use super::*;

    const EXTENT: DataExtent = DataExtent {
        channels: 2,
        samples: 750,
        classes: 2,
        train_trials: 1080,
        validation_trials: 0,
        test_trials: 1080,
        loading_bytes: 40 << 20,
    };

    fn peak(batch_size: u32, extent: &DataExtent, device: DeviceChoice) -> PeakMemory {
        let spec =
            JobSpec { batch_size, ..JobSpec::lab(ModelKind::DeepConvNet, Activation::Elu { alpha: 1.0 }) };
        peak_memory(&spec, extent, device, 1).unwrap()
    }

    #[test]
    fn loading_counts_where_it_is_more_than_the_training() {
        let small = peak(1, &EXTENT, DeviceChoice::Cpu);
        let large = peak(1080, &EXTENT, DeviceChoice::Cpu);
        assert!(large.total() > small.total());
        let slow = DataExtent { loading_bytes: 1 << 30, ..EXTENT };
        let expected = PROGRAM_BYTES + (1 << 30) + (1 << 26);
        assert_eq!(peak(1, &slow, DeviceChoice::Cpu).total(), expected);
    }

    #[test]
    fn a_validation_set_means_one_more_epoch_to_keep() {
        let split = DataExtent { train_trials: 1000, validation_trials: 80, ..EXTENT };
        let kept = |extent| peak(16, extent, DeviceChoice::Cpu).kept;
        assert!(kept(&split) > kept(&EXTENT));
    }

    #[test]
    fn what_is_on_a_device_is_not_counted_here() {
        let batch = |batch_size| peak(batch_size, &EXTENT, DeviceChoice::Cuda(0));
        let (small, large) = (batch(1), batch(1080));
        assert_eq!((small.training, small.kept), (None, large.kept));
        // An epoch of small batches has many launches.
        assert!(small.handed_over > large.handed_over + 1000 * LAUNCH_BYTES, "{small:?} {large:?}");
    }

    #[test]
    fn what_a_device_gets_is_counted_as_it_is_laid_out() {
        let channels = |channels| {
            let extent = DataExtent { channels, train_trials: 2000, ..EXTENT };
            peak(108, &extent, DeviceChoice::Cuda(0)).handed_over
        };
        let set_of_four = 4 * 4 * 750 * 2000;
        // One channel is filled up to four.
        assert!(channels(1) > set_of_four && channels(1) <= channels(4), "{}", channels(1));
        // Each training keeps its state beside what one on the processor keeps.
        let (on_gpu, on_cpu) =
            (peak(108, &EXTENT, DeviceChoice::Cuda(0)), peak(108, &EXTENT, DeviceChoice::Cpu));
        let TrainingMemory { weights, optimizer, .. } = on_cpu.training.unwrap();
        assert!(on_gpu.kept >= on_cpu.kept + weights + optimizer);
    }

    #[test]
    fn a_gpu_trains_what_its_kernels_can_count() {
        let trials = |train_trials, batch_size| {
            let extent = DataExtent { train_trials, ..EXTENT };
            let spec = JobSpec { batch_size, ..JobSpec::lab(ModelKind::EegNet, Activation::Relu) };
            assert!(has_gpu_kernels(&spec, &extent));
            peak_memory(&spec, &extent, DeviceChoice::Cuda(0), 1).unwrap()
        };
        assert!(trials(65_535, 1).device.is_some());
        let left_to_cpu = trials(65_536, 1);
        assert_eq!((left_to_cpu.device, left_to_cpu.handed_over), (None, 0));
        assert!(left_to_cpu.training.is_some());
        assert!(trials(65_536, 2).device.is_some());
        let shallow = JobSpec::lab(ModelKind::Shallow, Activation::Relu);
        assert!(!has_gpu_kernels(&shallow, &EXTENT));
    }

    #[test]
    fn trainings_side_by_side_share_the_program_and_the_data() {
        let one = peak(108, &EXTENT, DeviceChoice::Cpu);
        let more = one.of_bundle(2) - one.total();
        let rounding = 1;
        assert!((one.of_bundle(3) - one.of_bundle(2)).abs_diff(more) <= rounding);
        assert!(more < one.total() - PROGRAM_BYTES, "{more} more of {}", one.total());
        // On a device there is nothing of the program.
        assert_eq!(one.device, None);
        let device = peak(108, &EXTENT, DeviceChoice::Cuda(0)).device.unwrap();
        assert!(device.shared > EXTENT.bytes());
        let bytes = device.shared + 5 * device.member;
        assert_eq!((device.fitting(bytes), device.fitting(bytes - 1), device.fitting(0)), (5, 4, 0));
    }

    #[test]
    fn what_cannot_be_built_has_no_estimate() {
        let short = DataExtent { samples: 10, ..EXTENT };
        let spec = JobSpec::lab(ModelKind::DeepConvNet, Activation::Elu { alpha: 1.0 });
        assert!(matches!(peak_memory(&spec, &short, DeviceChoice::Cpu, 1), Err(WorkerError::Model(_))));
    }
}
