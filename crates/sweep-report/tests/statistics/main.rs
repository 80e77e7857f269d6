//! The statistics: against SciPy, statsmodels and scikit-learn, by their properties, and by how often they are wrong in
//! simulations.

#![allow(clippy::unwrap_used, reason = "tests")]

mod classification;
mod comparisons;
mod coverage;
mod distributions;
mod draws;
mod edges;
mod error_rates;
mod golden;
mod noise;
mod properties;
