//! Results for programs, in JSON. docs/serve.md describes every field. What is shown on pages is decided elsewhere.

mod epochs;
mod jobs;
mod sweeps;

pub(crate) use self::{
    epochs::epochs,
    jobs::{job, jobs},
    sweeps::sweeps,
};
