-- A job carries the metrics of its best, its selected and its last epoch: the views that show all jobs need not look for three epochs
-- of each, which lie on pages of their own.

ALTER TABLE job ADD COLUMN best_test_accuracy REAL;
ALTER TABLE job ADD COLUMN selected_test_accuracy REAL;
ALTER TABLE job ADD COLUMN selected_validation_accuracy REAL;
ALTER TABLE job ADD COLUMN selected_validation_loss REAL;
ALTER TABLE job ADD COLUMN last_train_loss REAL;
ALTER TABLE job ADD COLUMN last_train_accuracy REAL;
ALTER TABLE job ADD COLUMN last_validation_loss REAL;
ALTER TABLE job ADD COLUMN last_validation_accuracy REAL;
ALTER TABLE job ADD COLUMN last_test_loss REAL;
ALTER TABLE job ADD COLUMN last_test_accuracy REAL;

UPDATE job SET
    best_test_accuracy = (SELECT test_accuracy FROM epoch WHERE epoch.job = job.key AND epoch.epoch = job.best_epoch),
    (selected_test_accuracy, selected_validation_accuracy, selected_validation_loss) =
        (SELECT test_accuracy, validation_accuracy, validation_loss
           FROM epoch WHERE epoch.job = job.key AND epoch.epoch = job.selected_epoch),
    (last_train_loss, last_train_accuracy, last_validation_loss, last_validation_accuracy, last_test_loss,
     last_test_accuracy) =
        (SELECT train_loss, train_accuracy, validation_loss, validation_accuracy, test_loss, test_accuracy
           FROM epoch WHERE epoch.job = job.key AND epoch.epoch = job.epochs_finished);

DROP VIEW trials;

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
    job.seconds
FROM job
JOIN data_set ON data_set.key = job.data_set;

DROP VIEW best;

-- A cell is a data set, a model and an activation. Finished jobs alone compete in it; of equals the first asked for wins.
CREATE VIEW best AS
WITH ranked AS (
    SELECT
        job.key, job.id, job.data_set, job.model, job.activation, job.best_epoch, job.selected_epoch,
        job.status = 'finished' AS is_finished,
        job.best_test_accuracy, job.selected_test_accuracy,
        row_number() OVER (
            PARTITION BY job.data_set, job.model, job.activation
            ORDER BY job.status = 'finished' DESC, job.best_test_accuracy DESC, job.key
        ) AS best_place,
        row_number() OVER (
            PARTITION BY job.data_set, job.model, job.activation
            ORDER BY job.status = 'finished' DESC, job.selected_validation_accuracy DESC, job.selected_validation_loss, job.key
        ) AS selected_place,
        count(*) OVER (PARTITION BY job.data_set, job.model, job.activation) AS jobs,
        count(*) FILTER (WHERE job.status = 'finished')
            OVER (PARTITION BY job.data_set, job.model, job.activation) AS finished_jobs
    FROM job
)
SELECT
    data_set.name AS data_set,
    data_set.title AS data_title,
    data_set.identity AS data_identity,
    top.model,
    top.activation,
    CASE WHEN top.is_finished THEN top.best_test_accuracy END AS best_test_accuracy,
    CASE WHEN top.is_finished THEN top.best_epoch END AS best_test_epoch,
    CASE WHEN top.is_finished THEN top.id END AS job_id,
    CASE WHEN chosen.is_finished THEN chosen.selected_test_accuracy END AS selected_test_accuracy,
    CASE WHEN chosen.is_finished THEN chosen.selected_epoch END AS selected_epoch,
    CASE WHEN chosen.is_finished AND chosen.selected_epoch IS NOT NULL THEN chosen.id END AS selected_job_id,
    top.jobs,
    top.finished_jobs
FROM ranked AS top
JOIN ranked AS chosen
    ON chosen.data_set = top.data_set AND chosen.model = top.model AND chosen.activation = top.activation
   AND chosen.selected_place = 1
JOIN data_set ON data_set.key = top.data_set
WHERE top.best_place = 1
ORDER BY top.data_set,
    CASE top.model WHEN 'eegnet' THEN 0 WHEN 'deepconvnet' THEN 1 ELSE 2 END, top.model,
    CASE top.activation WHEN 'relu' THEN 0 WHEN 'leaky_relu' THEN 1 WHEN 'elu' THEN 2 ELSE 3 END, top.activation;
