//! One file a page: what it reads, and the words that its template puts in place. Addresses and access are decided elsewhere.

mod compare;
mod figure;
mod job;
mod overview;
mod progress;
mod sweep;

pub(crate) use self::{compare::compare, job::job, overview::overview, sweep::sweep};
