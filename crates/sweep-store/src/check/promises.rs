//! What holds of the rows of every database, as queries for the jobs that break it. It says nothing about the file.

use std::collections::BTreeMap;

use rusqlite::Result as SqlResult;
use sweep_job::JobId;

use crate::{
    Reader,
    encode::{Id, bind_statuses},
};

/// What a broken promise puts in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Concern {
    /// The numbers of the result.
    Result,
    /// Only how it came about.
    History,
}

/// A query for the jobs that break a promise, and the words for it. Its parameters are statuses, such as `:finished`.
pub(super) struct Promise {
    pub(super) concern: Concern,
    pub(super) words: &'static str,
    pub(super) query: &'static str,
}

const fn of_result(words: &'static str, query: &'static str) -> Promise {
    Promise { concern: Concern::Result, words, query }
}

const fn of_history(words: &'static str, query: &'static str) -> Promise {
    Promise { concern: Concern::History, words, query }
}

pub(super) const PROMISES: [Promise; 15] = [
    of_result(
        "finished without its best or last snapshot",
        "SELECT id FROM job WHERE status = :finished AND 2 <>
            (SELECT count(*) FROM snapshot WHERE snapshot.job = job.key AND kind IN ('best', 'last'))",
    ),
    of_result(
        "epochs are missing or doubled, or their count is wrong",
        "SELECT id FROM job WHERE epochs_finished <> (SELECT count(*) FROM epoch WHERE epoch.job = job.key)
            OR epochs_finished <> (SELECT coalesce(max(epoch), 0) FROM epoch WHERE epoch.job = job.key)
            OR (status = :finished AND epochs_finished <> epochs)",
    ),
    of_result(
        "the best epoch is not the one with the highest test accuracy",
        "SELECT id FROM job WHERE best_test_accuracy IS NOT (SELECT max(test_accuracy) FROM epoch WHERE epoch.job = job.key)
            OR best_epoch IS NOT (SELECT min(epoch) FROM epoch
                WHERE epoch.job = job.key AND epoch.test_accuracy = job.best_test_accuracy)",
    ),
    of_result(
        "the selected epoch is not the one that its validation set selects",
        "SELECT id FROM job WHERE (selected_epoch, selected_test_accuracy, selected_validation_accuracy, selected_validation_loss)
            IS NOT (SELECT epoch, test_accuracy, validation_accuracy, validation_loss FROM epoch
                WHERE epoch.job = job.key AND validation_accuracy IS NOT NULL
                ORDER BY validation_accuracy DESC, validation_loss, epoch LIMIT 1)",
    ),
    of_result(
        "its row and its last epoch have different results",
        "SELECT id FROM job LEFT JOIN epoch ON epoch.job = job.key AND epoch.epoch = job.epochs_finished
         WHERE last_test_accuracy IS NOT test_accuracy OR last_test_loss IS NOT test_loss OR last_train_loss IS NOT train_loss
            OR last_train_accuracy IS NOT train_accuracy OR last_validation_loss IS NOT validation_loss
            OR last_validation_accuracy IS NOT validation_accuracy",
    ),
    of_result(
        "a snapshot and its epoch have different results",
        "SELECT job.id FROM snapshot JOIN job ON job.key = snapshot.job
         LEFT JOIN epoch ON epoch.job = snapshot.job AND epoch.epoch = snapshot.epoch
         WHERE snapshot.test_accuracy IS NOT epoch.test_accuracy OR snapshot.test_loss IS NOT epoch.test_loss",
    ),
    of_result(
        "a snapshot is of the wrong epoch",
        "SELECT job.id FROM job LEFT JOIN snapshot ON snapshot.job = job.key WHERE job.status = :finished
         GROUP BY job.key HAVING max(iif(kind = 'best', snapshot.epoch, NULL)) IS NOT best_epoch
            OR max(iif(kind = 'selected', snapshot.epoch, NULL)) IS NOT selected_epoch
            OR max(iif(kind = 'last', snapshot.epoch, NULL)) IS NOT epochs_finished",
    ),
    of_result(
        "the stored predictions do not match the number of test trials",
        "SELECT job.id FROM snapshot JOIN job ON job.key = snapshot.job JOIN data_set ON data_set.key = job.data_set
         WHERE length(snapshot.logits) <> 4 * snapshot.classes * data_set.test_trials",
    ),
    of_result(
        "an accuracy is not a share of its trials",
        "SELECT DISTINCT job.id FROM epoch JOIN job ON job.key = epoch.job JOIN data_set ON data_set.key = job.data_set
         WHERE NOT (train_accuracy BETWEEN 0 AND 1 AND test_accuracy BETWEEN 0 AND 1
                AND coalesce(validation_accuracy, 0) BETWEEN 0 AND 1)
            OR abs(train_accuracy * train_trials - round(train_accuracy * train_trials)) > 1e-6
            OR abs(test_accuracy * test_trials - round(test_accuracy * test_trials)) > 1e-6
            OR abs(validation_accuracy * validation_trials - round(validation_accuracy * validation_trials)) > 1e-6",
    ),
    of_result(
        "a loss is negative or not finite, or is missing beside its accuracy",
        "SELECT DISTINCT job.id FROM epoch JOIN job ON job.key = epoch.job
         WHERE NOT (train_loss BETWEEN -1e-6 AND 1e308 AND test_loss BETWEEN -1e-6 AND 1e308
                AND coalesce(validation_loss, 0) BETWEEN -1e-6 AND 1e308)
            OR (validation_loss IS NULL) <> (validation_accuracy IS NULL)",
    ),
    of_result(
        "its time is not the sum of its epochs",
        "SELECT job.id FROM job WHERE NOT abs(seconds -
            (SELECT total(train_seconds + evaluation_seconds) FROM epoch WHERE epoch.job = job.key)) <= 1e-6 * (1 + abs(seconds))",
    ),
    of_history(
        "it has a result and is still held by a run",
        "SELECT id FROM job WHERE owner IS NOT NULL AND status NOT IN (:queued, :running)",
    ),
    of_history(
        "its attempts do not end as it did",
        "SELECT id FROM job JOIN attempt ON attempt.job = job.key AND attempt.number = job.attempts
         WHERE (status = :finished) <> coalesce(attempt.ending = :finished, 0)
            AND NOT (status <> :finished AND job.arithmetic IS NULL)",
    ),
    of_history(
        "an attempt follows the one that finished it",
        // But a result that was given up is followed by attempts of a newer arithmetic.
        "SELECT id FROM job WHERE EXISTS (SELECT 1 FROM attempt JOIN attempt AS later ON later.job = attempt.job
            WHERE attempt.job = job.key AND attempt.ending = :finished AND attempt.number < later.number
                AND coalesce(attempt.arithmetic >= later.arithmetic, 1))",
    ),
    of_history(
        "its row and its last attempt name different machines, devices or runs",
        "SELECT id FROM job JOIN attempt ON attempt.job = job.key AND attempt.number = job.attempts
         WHERE (job.host, job.device, job.hardware, job.threads, job.program_version, job.run) IS NOT
            (attempt.host, attempt.device, attempt.hardware, attempt.threads, attempt.program_version, attempt.run)",
    ),
];

impl Reader {
    /// The jobs that break a promise, as far as their ids can be read.
    pub(super) fn breaking(&self, promise: &Promise) -> SqlResult<Vec<JobId>> {
        let mut statement = self.connection().prepare(promise.query)?;
        bind_statuses(&mut statement)?;
        let mut rows = statement.raw_query();
        let mut jobs = Vec::new();
        while let Some(row) = rows.next()? {
            jobs.extend(row.get::<_, Id>(0).ok().map(|Id(job)| job));
        }
        Ok(jobs)
    }

    /// The jobs whose numbers are in doubt, each with the first reason.
    pub(crate) fn doubtful_results(&self) -> SqlResult<BTreeMap<JobId, &'static str>> {
        let mut doubtful = BTreeMap::new();
        for promise in PROMISES.iter().filter(|promise| promise.concern == Concern::Result) {
            for job in self.breaking(promise)? {
                doubtful.entry(job).or_insert(promise.words);
            }
        }
        Ok(doubtful)
    }
}
