//! The rows of new jobs and data sets. It decides nothing about them.

use rusqlite::{Connection, Result as SqlResult, named_params, params};
use sweep_job::{
    Activation, DataIdentity, DataSetRecord, InitialWeights, JobSpec, Leaks, Optimizer, PlannedJob, Shuffle,
};

use crate::{
    Store, StoreError,
    encode::{Id, Json, NOW, u16_bytes},
    error::sqlite,
};

impl Store {
    /// Records a data set. One that is known stays as it is, but for its leaks if nobody had checked.
    ///
    /// # Errors
    /// Where it has more than 65,536 classes, or SQLite fails.
    pub fn record_data_set(&mut self, data: &DataSetRecord) -> Result<(), StoreError> {
        let labels: Vec<u16> =
            data.test_labels.iter().map(|label| small_label(*label)).collect::<Result<_, _>>()?;
        let transaction = self.begin()?;
        insert_data_set(&transaction, data, &labels).map_err(sqlite("record a data set"))?;
        if let Some(leaks) = &data.leaks {
            write_leaks(&transaction, &data.identity, leaks).map_err(sqlite("record a data set"))?;
        }
        transaction.commit().map_err(sqlite("record a data set"))
    }
}

fn small_label(label: u32) -> Result<u16, StoreError> {
    u16::try_from(label).map_err(|_| StoreError::OutOfRange {
        what: "a test label",
        value: label.into(),
        limit: u16::MAX.into(),
    })
}

fn insert_data_set(connection: &Connection, data: &DataSetRecord, labels: &[u16]) -> SqlResult<()> {
    connection
        .prepare_cached(&format!(
            "INSERT INTO data_set (identity, name, title, spec, channels, samples, sampling_rate_hz, classes,
                train_trials, validation_trials, test_trials, test_labels, test_subjects, created_at)
             VALUES (:identity, :name, :title, :spec, :channels, :samples, :sampling_rate_hz, :classes,
                :train_trials, :validation_trials, :test_trials, :test_labels, :test_subjects, {NOW})
             ON CONFLICT (identity) DO NOTHING"
        ))?
        .execute(named_params! {
            ":identity": data.identity.0,
            ":name": data.spec.source.name(),
            ":title": data.title,
            ":spec": Json(&data.spec),
            ":channels": data.channels,
            ":samples": data.samples,
            ":sampling_rate_hz": data.sampling_rate_hz,
            ":classes": Json(&data.classes),
            ":train_trials": data.train_trials,
            ":validation_trials": data.validation_trials,
            ":test_trials": labels.len() as i64,
            ":test_labels": u16_bytes(labels.iter().copied()),
            ":test_subjects": data.test_subjects.as_ref().map(Json),
        })?;
    Ok(())
}

/// What was found once stays.
fn write_leaks(connection: &Connection, identity: &DataIdentity, leaks: &Leaks) -> SqlResult<()> {
    connection
        .prepare_cached(
            "UPDATE data_set SET test_trials_shared_with_train = :test, test_trials_identical_to_train = :identical,
                validation_trials_shared_with_train = :validation, test_trials_shared_with_validation = :test_validation,
                leaks = :leaks
             WHERE identity = :identity AND leaks IS NULL",
        )?
        .execute(named_params! {
            ":identity": identity.0,
            ":test": leaks.test_with_train.shared,
            ":identical": leaks.test_with_train.identical,
            ":validation": leaks.validation_with_train.shared,
            ":test_validation": leaks.test_with_validation.shared,
            ":leaks": Json(leaks),
        })?;
    Ok(())
}

/// Inserts a queued job on the data set with the number `data_set` and gives its own number.
pub(crate) fn insert_job(
    connection: &Connection,
    data_set: i64,
    job: &PlannedJob,
    seed: i64,
) -> SqlResult<i64> {
    // Every setting is named, so that a new one cannot be forgotten here.
    let JobSpec {
        model,
        activation,
        batch_size,
        learning_rate,
        epochs,
        seed: _,
        optimizer,
        weight_decay,
        dropout,
        max_norm,
        shuffle,
        initial_weights,
        more: _,
    } = &job.spec;
    let (slope, alpha) = match *activation {
        Activation::Relu => (None, None),
        Activation::LeakyRelu { slope } => (Some(slope), None),
        Activation::Elu { alpha } => (None, Some(alpha)),
    };
    let optimizer_settings = OptimizerColumns::new(optimizer);
    let (weights, weights_sha256) = match initial_weights {
        Some(InitialWeights { path, sha256 }) => (Some(path.to_string_lossy()), Some(sha256)),
        None => (None, None),
    };
    connection
        .prepare_cached(&format!(
            "INSERT INTO job (id, data_set, spec, model, activation, slope, alpha, batch_size, learning_rate, epochs,
                seed, optimizer, beta1, beta2, epsilon, momentum, nesterov, weight_decay, dropout,
                max_norm_convolution, max_norm_dense, shuffle, initial_weights, initial_weights_sha256, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                ?22, ?23, ?24, {NOW})"
        ))?
        .execute(params![
            Id(job.id),
            data_set,
            Json(&job.spec),
            model.name(),
            activation.name(),
            slope,
            alpha,
            batch_size,
            learning_rate,
            epochs,
            seed,
            optimizer.name(),
            optimizer_settings.beta1,
            optimizer_settings.beta2,
            optimizer_settings.epsilon,
            optimizer_settings.momentum,
            optimizer_settings.nesterov,
            weight_decay,
            dropout,
            max_norm.map(|bounds| bounds.convolution),
            max_norm.map(|bounds| bounds.dense),
            *shuffle == Shuffle::EveryEpoch,
            weights,
            weights_sha256,
        ])?;
    Ok(connection.last_insert_rowid())
}

#[derive(Default)]
struct OptimizerColumns {
    beta1: Option<f64>,
    beta2: Option<f64>,
    epsilon: Option<f64>,
    momentum: Option<f64>,
    nesterov: Option<bool>,
}

impl OptimizerColumns {
    fn new(optimizer: &Optimizer) -> Self {
        match *optimizer {
            Optimizer::Adam { beta1, beta2, epsilon } | Optimizer::AdamW { beta1, beta2, epsilon } => {
                Self { beta1: Some(beta1), beta2: Some(beta2), epsilon: Some(epsilon), ..Self::default() }
            }
            Optimizer::Sgd { momentum, nesterov } => {
                Self { momentum: Some(momentum), nesterov: Some(nesterov), ..Self::default() }
            }
        }
    }
}
