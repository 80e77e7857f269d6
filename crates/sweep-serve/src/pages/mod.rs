//! One file a page: what it reads, and the words that its template puts in place. Addresses and access are decided elsewhere.

mod compare;
mod figure;
mod file;
mod job;
mod job_file;
mod jobs;
mod overview;
mod progress;
mod sweep;
mod sweep_file;

pub(crate) use self::{
    compare::compare,
    figure::{Drawing, Room},
    job::{find, job, view},
    job_file::{compare_file, job_file},
    jobs::jobs,
    overview::overview,
    sweep::sweep,
    sweep_file::sweep_file,
};
