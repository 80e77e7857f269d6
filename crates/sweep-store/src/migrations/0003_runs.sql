-- Several runs share one database: a job has an owner, which is a run, and every start of a job leaves a row. A job can be cancelled.

CREATE TABLE run (
    key             INTEGER PRIMARY KEY,
    host            TEXT    NOT NULL,
    boot_id         TEXT,
    process         INTEGER NOT NULL,
    process_started INTEGER,
    command_line    TEXT    NOT NULL,
    program_version TEXT    NOT NULL,
    git_commit      TEXT,
    compiler        TEXT    NOT NULL,
    target          TEXT    NOT NULL,
    features        TEXT    NOT NULL,
    started_at      TEXT    NOT NULL,
    ended_at        TEXT,
    ending          TEXT    CHECK (ending IN ('ended', 'lost')),
    CHECK ((ending IS NULL) = (ended_at IS NULL))
) STRICT;

CREATE TABLE attempt (
    job             INTEGER NOT NULL REFERENCES job (key),
    number          INTEGER NOT NULL,
    run             INTEGER REFERENCES run (key),
    started_at      TEXT    NOT NULL,
    ended_at        TEXT,
    ending          TEXT    CHECK (ending IN ('finished', 'failed', 'diverged', 'cancelled', 'interrupted')),
    reason          TEXT,
    host            TEXT    NOT NULL,
    device          TEXT    NOT NULL,
    hardware        TEXT    NOT NULL,
    threads         INTEGER NOT NULL,
    program_version TEXT    NOT NULL,
    PRIMARY KEY (job, number),
    CHECK ((ending IS NULL) = (ended_at IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_by_run ON attempt (run);

-- Files of forgotten jobs that are still to be removed: what the tables say is done with the files, now or at the next start.
CREATE TABLE removal (
    file TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

DROP VIEW trials;
DROP VIEW epochs;
DROP VIEW best;
DROP VIEW snapshots;
DROP VIEW sweeps;
DROP VIEW sweep_jobs;

-- SQLite cannot change the checks of a table: the jobs move into another one, which takes the name.
CREATE TABLE job_with_owner (
    key                          INTEGER PRIMARY KEY,
    id                           TEXT    NOT NULL UNIQUE,
    data_set                     INTEGER NOT NULL REFERENCES data_set (key),
    spec                         TEXT    NOT NULL,

    model                        TEXT    NOT NULL,
    activation                   TEXT    NOT NULL,
    slope                        REAL,
    alpha                        REAL,
    batch_size                   INTEGER NOT NULL,
    learning_rate                REAL    NOT NULL,
    epochs                       INTEGER NOT NULL,
    seed                         INTEGER NOT NULL,
    optimizer                    TEXT    NOT NULL,
    beta1                        REAL,
    beta2                        REAL,
    epsilon                      REAL,
    momentum                     REAL,
    nesterov                     INTEGER CHECK (nesterov IN (0, 1)),
    weight_decay                 REAL    NOT NULL,
    dropout                      REAL    NOT NULL,
    max_norm_convolution         REAL,
    max_norm_dense               REAL,
    shuffle                      INTEGER NOT NULL CHECK (shuffle IN (0, 1)),
    initial_weights              TEXT,
    initial_weights_sha256       TEXT,

    status                       TEXT    NOT NULL DEFAULT 'queued'
                                 CHECK (status IN ('queued', 'running', 'finished', 'failed', 'diverged', 'cancelled')),
    reason                       TEXT,
    failure                      TEXT,
    attempts                     INTEGER NOT NULL DEFAULT 0,
    created_at                   TEXT    NOT NULL,
    started_at                   TEXT,
    finished_at                  TEXT,
    host                         TEXT,
    device                       TEXT,
    hardware                     TEXT,
    threads                      INTEGER,
    program_version              TEXT,
    epochs_finished              INTEGER NOT NULL DEFAULT 0 CHECK (epochs_finished <= epochs),
    best_epoch                   INTEGER,
    selected_epoch               INTEGER,
    seconds                      REAL    NOT NULL DEFAULT 0,
    best_test_accuracy           REAL,
    selected_test_accuracy       REAL,
    selected_validation_accuracy REAL,
    selected_validation_loss     REAL,
    last_train_loss              REAL,
    last_train_accuracy          REAL,
    last_validation_loss         REAL,
    last_validation_accuracy     REAL,
    last_test_loss               REAL,
    last_test_accuracy           REAL,

    -- The run that alone may change the job now, and the run that started it last.
    owner                        INTEGER REFERENCES run (key),
    run                          INTEGER REFERENCES run (key),
    -- Someone asked the owner to give the job up.
    cancel_requested             INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),

    CHECK ((reason IS NOT NULL) = (status IN ('failed', 'diverged', 'cancelled'))),
    CHECK ((failure IS NOT NULL) = (reason IS NOT NULL)),
    CHECK (status <> 'finished' OR epochs_finished = epochs),
    CHECK (owner IS NULL OR status IN ('queued', 'running'))
) STRICT;

INSERT INTO job_with_owner (
    key, id, data_set, spec, model, activation, slope, alpha, batch_size, learning_rate, epochs, seed,
    optimizer, beta1, beta2, epsilon, momentum, nesterov, weight_decay, dropout, max_norm_convolution,
    max_norm_dense, shuffle, initial_weights, initial_weights_sha256, status, reason, failure, attempts,
    created_at, started_at, finished_at, host, device, hardware, threads, program_version, epochs_finished,
    best_epoch, selected_epoch, seconds, best_test_accuracy, selected_test_accuracy,
    selected_validation_accuracy, selected_validation_loss, last_train_loss, last_train_accuracy,
    last_validation_loss, last_validation_accuracy, last_test_loss, last_test_accuracy)
SELECT
    key, id, data_set, spec, model, activation, slope, alpha, batch_size, learning_rate, epochs, seed,
    optimizer, beta1, beta2, epsilon, momentum, nesterov, weight_decay, dropout, max_norm_convolution,
    max_norm_dense, shuffle, initial_weights, initial_weights_sha256, status, reason, failure, attempts,
    created_at, started_at, finished_at, host, device, hardware, threads, program_version, epochs_finished,
    best_epoch, selected_epoch, seconds, best_test_accuracy, selected_test_accuracy,
    selected_validation_accuracy, selected_validation_loss, last_train_loss, last_train_accuracy,
    last_validation_loss, last_validation_accuracy, last_test_loss, last_test_accuracy
FROM job;

DROP TABLE job;
ALTER TABLE job_with_owner RENAME TO job;

-- Looked for at every start.
CREATE INDEX job_running ON job (key) WHERE status = 'running';
CREATE INDEX job_owned ON job (owner) WHERE owner IS NOT NULL;

-- Of earlier attempts only the last is known.
INSERT INTO attempt (job, number, started_at, ended_at, ending, reason, host, device, hardware, threads, program_version)
SELECT
    key, attempts, started_at,
    CASE WHEN status <> 'running' THEN coalesce(finished_at, started_at) END,
    CASE status WHEN 'running' THEN NULL WHEN 'queued' THEN 'interrupted' ELSE status END,
    reason, host, device, hardware, threads, program_version
FROM job WHERE attempts > 0 AND started_at IS NOT NULL AND host IS NOT NULL;

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
    job.run AS run_id
FROM job
JOIN data_set ON data_set.key = job.data_set;

CREATE VIEW epochs AS
SELECT
    job.id AS job_id, epoch.epoch, epoch.train_loss, epoch.train_accuracy, epoch.validation_loss,
    epoch.validation_accuracy, epoch.test_loss, epoch.test_accuracy, epoch.train_seconds, epoch.evaluation_seconds
FROM epoch JOIN job ON job.key = epoch.job;

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

CREATE VIEW snapshots AS
SELECT
    job.id AS job_id, snapshot.kind, snapshot.epoch, snapshot.test_loss, snapshot.test_accuracy, snapshot.weights_file,
    snapshot.weights_sha256, snapshot.classes, snapshot.logits, data_set.identity AS data_identity
FROM snapshot
JOIN job ON job.key = snapshot.job
JOIN data_set ON data_set.key = job.data_set;

CREATE VIEW sweeps AS
SELECT
    sweep.key AS sweep_id, sweep.name AS sweep, data_set.name AS data_set, data_set.identity AS data_identity,
    (SELECT count(*) FROM sweep_job WHERE sweep_job.sweep = sweep.key) AS jobs,
    (SELECT count(*) FROM sweep_job JOIN job ON job.key = sweep_job.job
      WHERE sweep_job.sweep = sweep.key AND job.status = 'finished') AS finished_jobs,
    sweep.command_line, sweep.file_text, sweep.created_at, sweep.last_run_at
FROM sweep JOIN data_set ON data_set.key = sweep.data_set;

CREATE VIEW sweep_jobs AS
SELECT sweep.key AS sweep_id, sweep.name AS sweep, sweep_job.position, job.id AS job_id
FROM sweep_job
JOIN sweep ON sweep.key = sweep_job.sweep
JOIN job ON job.key = sweep_job.job;

CREATE VIEW runs AS
SELECT
    run.key AS run_id, run.host, run.boot_id, run.process, run.process_started, run.command_line, run.program_version,
    run.git_commit, run.compiler, run.target, run.features, run.started_at, run.ended_at, run.ending,
    (SELECT count(*) FROM job WHERE job.owner = run.key) AS jobs_held,
    (SELECT count(*) FROM attempt WHERE attempt.run = run.key) AS attempts
FROM run;

CREATE VIEW attempts AS
SELECT
    job.id AS job_id, attempt.number AS attempt, attempt.run AS run_id, attempt.started_at, attempt.ended_at, attempt.ending,
    attempt.reason, attempt.host, attempt.device, attempt.hardware, attempt.threads, attempt.program_version
FROM attempt JOIN job ON job.key = attempt.job;
