//! Whoever has a sweep trained: where bundles come from, and who hears what becomes of them. It knows no slots.

use std::{num::NonZeroUsize, time::Duration};

use sweep_job::{BundleOrder, JobId};

use crate::RunEvent;

/// What a client has to train at the moment.
#[derive(Debug)]
pub enum Supply {
    /// This, now.
    Bundle(Box<BundleOrder>),
    /// Nothing yet; it is asked again before long.
    Later,
    /// Nothing, unless something that is being trained comes back.
    Exhausted,
}

/// What a client makes of what it heard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// The job that failed is to be trained again: it counts as interrupted.
    pub trains_again: bool,
    /// For how long the slot gets no bundle. Its worker ends meanwhile, which frees the memory of the device.
    pub rest: Option<Duration>,
}

/// Gives bundles and hears of everything that happens to them, from one loop: no two calls overlap.
pub trait Client {
    /// What can keep it from either; it ends the sweep.
    type Error;

    /// The next bundle. `free_slots` wait for one, this one's included: trainings that could share a bundle may leave some for the
    /// others. It is asked when a slot is free, and, where it has said [`Supply::Later`] or [`Supply::Exhausted`], not
    /// again before half a second has passed or a job has ended.
    ///
    /// # Errors
    /// Any, which ends the sweep.
    fn next_bundle(&mut self, free_slots: NonZeroUsize) -> Result<Supply, Self::Error>;

    /// A bundle that it gave went to no worker, since the sweep stops.
    ///
    /// # Errors
    /// Any, which ends the sweep.
    fn take_back(&mut self, order: BundleOrder) -> Result<(), Self::Error>;

    /// Jobs that no worker was given, asked when all is over.
    fn jobs_left(&self) -> usize;

    /// Jobs among those that are being trained that nobody wants any more. Asked twice a second.
    ///
    /// # Errors
    /// Any, which ends the sweep.
    fn cancelled(&mut self) -> Result<Vec<JobId>, Self::Error>;

    /// Something happened; nothing else is done about it before this returns.
    ///
    /// # Errors
    /// Any, which ends the sweep.
    fn hear(&mut self, run_event: RunEvent<'_>) -> Result<Heard, Self::Error>;
}
