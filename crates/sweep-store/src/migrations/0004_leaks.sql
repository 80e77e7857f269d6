-- What the train, validation and test set of a data set share. NULL: nobody has checked. `leaks` is the finding as JSON, with an example
-- for each pair of sets; the other columns are numbers of it.

ALTER TABLE data_set ADD COLUMN test_trials_shared_with_train INTEGER;
ALTER TABLE data_set ADD COLUMN test_trials_identical_to_train INTEGER;
ALTER TABLE data_set ADD COLUMN validation_trials_shared_with_train INTEGER;
ALTER TABLE data_set ADD COLUMN test_trials_shared_with_validation INTEGER;
ALTER TABLE data_set ADD COLUMN leaks TEXT;

DROP VIEW trials;
DROP VIEW data_sets;

CREATE VIEW trials AS
SELECT
    job.id AS job_id,
    (SELECT group_concat(name, ', ')
       FROM (SELECT DISTINCT sweep.name
               FROM sweep_job JOIN sweep ON sweep.key = sweep_job.sweep
              WHERE sweep_job.job = job.key
              ORDER BY sweep_job.sweep)) AS sweeps,
    data_set.name AS data_set,
    data_set.title AS data_title,
    data_set.identity AS data_identity,
    job.model, job.activation, job.slope, job.alpha, job.batch_size, job.learning_rate, job.epochs, job.seed,
    job.optimizer, job.beta1, job.beta2, job.epsilon, job.momentum, job.nesterov, job.weight_decay, job.dropout,
    job.max_norm_convolution, job.max_norm_dense, job.shuffle, job.initial_weights, job.initial_weights_sha256,
    job.status, job.reason, job.attempts, job.created_at, job.started_at, job.finished_at,
    job.host, job.device, job.hardware, job.threads, job.program_version,
    job.epochs_finished,
    job.best_test_accuracy,
    job.best_epoch AS best_test_epoch,
    job.selected_test_accuracy,
    job.selected_validation_accuracy,
    job.selected_epoch,
    job.last_train_loss,
    job.last_train_accuracy,
    job.last_validation_loss,
    job.last_validation_accuracy,
    job.last_test_loss,
    job.last_test_accuracy,
    job.seconds,
    job.run AS run_id,
    data_set.test_trials_shared_with_train
FROM job
JOIN data_set ON data_set.key = job.data_set;

CREATE VIEW data_sets AS
SELECT
    identity AS data_identity, name AS data_set, title AS data_title, spec, channels, samples, sampling_rate_hz, classes,
    train_trials, validation_trials, test_trials, test_labels, test_subjects, created_at,
    test_trials_shared_with_train, test_trials_identical_to_train, validation_trials_shared_with_train,
    test_trials_shared_with_validation, leaks
FROM data_set;
