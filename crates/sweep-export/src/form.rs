//! The forms of an export. It writes none.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The form of an export; a folder holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A file of comma-separated values a table.
    Csv,
    /// A file with a JSON array a table.
    Json,
    /// A Parquet file a table.
    Parquet,
    /// A folder with an event file a job.
    TensorBoard,
    /// A database with a run a job.
    MlFlow,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Parquet => "Parquet",
            Self::TensorBoard => "TensorBoard",
            Self::MlFlow => "MLflow",
        })
    }
}
