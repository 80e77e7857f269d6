//! The trainings of one bundle: the loop in running order.

use std::sync::Arc;

use sweep_job::{BundleOrder, JobEvent, JobId, Provenance};
use sweep_models::{Device, Engine, Epoch, Member};

use crate::{
    ResidentData, StopFlag, TrainedJob, WorkerError,
    error::failure,
    training::{OpenTraining, without_epoch},
};

/// What happens in a training.
#[derive(Debug)]
pub enum TrainingEvent {
    /// Something happened to a job, and can be told at once. It is not [`JobEvent::Finished`].
    Job(JobId, JobEvent),
    /// A job is trained to its last epoch.
    Trained(TrainedJob),
}

/// Takes what happens.
pub(crate) type Emit<'a> = dyn FnMut(TrainingEvent) -> Result<(), WorkerError> + 'a;

/// An engine, and the trainings that are its members.
type Opened<'a> = (Box<dyn Engine>, Vec<OpenTraining<'a>>);

/// Makes the engine of some members.
type MakeEngine<'a> = dyn Fn(&[Member]) -> Result<Box<dyn Engine>, WorkerError> + 'a;

/// Trains the bundle of `order` on `data`, all its trainings side by side in one engine. Each is trained once, to its longest job, and
/// every job gets its own events up to its own last epoch, as if it were trained alone. A training with a checkpoint goes on from
/// that, and says again what was before. Nothing but checkpoints is written: who gets a trained job saves it.
///
/// # Errors
/// If something failed that concerns all trainings. A training that diverges or fails by itself is no error: its jobs get their events,
/// and the others go on.
pub fn train(
    order: &BundleOrder,
    data: &ResidentData,
    device: &Device,
    provenance: &Provenance,
    stop: &StopFlag,
    emit: &mut Emit<'_>,
) -> Result<(), WorkerError> {
    let engine = |members: &[Member]| Ok(device.engine(members, data.shape)?);
    train_by(&engine, order, data, provenance, stop, emit)
}

/// The same by engines of any kind.
pub(crate) fn train_by(
    make: &MakeEngine<'_>,
    order: &BundleOrder,
    data: &ResidentData,
    provenance: &Provenance,
    stop: &StopFlag,
    emit: &mut Emit<'_>,
) -> Result<(), WorkerError> {
    let trainings = order.bundle.trainings.iter();
    let trainings =
        trainings.filter_map(|training| OpenTraining::new(order, training, data, provenance)).collect();
    let Some((mut engine, mut trainings)) = open_engine(make, trainings, emit)? else { return Ok(()) };
    engine.take_data(Arc::clone(&data.sets))?;
    for (member, training) in trainings.iter_mut().enumerate() {
        let begun = training.begin(engine.as_mut(), member, provenance, emit);
        alone(training, begun, emit)?;
    }
    while trainings.iter().any(OpenTraining::goes_on) {
        // An engine may compute epochs ahead while the results of earlier ones are recorded.
        while engine.wants_epoch()
            && let Some(epoch) = next_epoch(&mut trainings)
        {
            engine.submit(epoch)?;
        }
        let results = engine.collect()?.ok_or_else(without_epoch)?;
        for (training, result) in trainings.iter_mut().zip(results) {
            // An engine that ran ahead trained on after the end of what diverged or was given up.
            if let Some(result) = result
                && training.goes_on()
            {
                let taken = training.take_epoch(engine.as_mut(), result, emit);
                alone(training, taken, emit)?;
            }
        }
        let is_stopped = stop.is_raised();
        for training in trainings.iter_mut().filter(|training| training.goes_on()) {
            training.give_up_cancelled(stop, emit)?;
            training.save_if_due(engine.as_mut(), is_stopped);
        }
        if is_stopped {
            return trainings
                .iter_mut()
                .try_for_each(|training| training.end_all(&JobEvent::Interrupted, emit));
        }
    }
    Ok(())
}

/// An engine for the trainings, or for those of which one can be made; the jobs of the others fail. `None` if there is none.
fn open_engine<'a>(
    make: &MakeEngine<'_>,
    trainings: Vec<OpenTraining<'a>>,
    emit: &mut Emit<'_>,
) -> Result<Option<Opened<'a>>, WorkerError> {
    if trainings.is_empty() {
        return Ok(None);
    }
    let members =
        |trainings: &[OpenTraining<'_>]| trainings.iter().map(OpenTraining::member).collect::<Vec<_>>();
    let error = match make(&members(&trainings)) {
        Ok(engine) => return Ok(Some((engine, trainings))),
        Err(error) => error,
    };
    let count = trainings.len();
    if count == 1 || error.ends_the_bundle() {
        return Err(error);
    }
    let mut fitting = Vec::new();
    for mut training in trainings {
        match make(&[training.member()]) {
            Ok(_) => fitting.push(training),
            Err(error) => training.end_all(&JobEvent::Failed(failure(&error)), emit)?,
        }
    }
    if fitting.len() == count {
        return Err(error);
    }
    open_engine(make, fitting, emit)
}

/// Lets an error end the jobs of its training alone, unless it ends all.
fn alone(
    training: &mut OpenTraining<'_>,
    result: Result<(), WorkerError>,
    emit: &mut Emit<'_>,
) -> Result<(), WorkerError> {
    match result {
        Ok(()) => Ok(()),
        Err(error) if error.ends_the_bundle() => Err(error),
        Err(error) => training.end_all(&JobEvent::Failed(failure(&error)), emit),
    }
}

/// The next epoch of every training that has one; `None` if none has.
fn next_epoch(trainings: &mut [OpenTraining<'_>]) -> Option<Epoch> {
    let batch_size = trainings.first()?.batch_size();
    let members: Vec<_> = trainings.iter_mut().map(OpenTraining::next_epoch).collect();
    members.iter().any(Option::is_some).then_some(Epoch { batch_size, members })
}
