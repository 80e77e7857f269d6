-- Tables in the singular are the inside; views in the plural are for everyone. docs/results-db.md describes both.
-- Inside, whole-number keys stand for ids, so that an epoch costs about a hundred bytes.

CREATE TABLE data_set (
    key               INTEGER PRIMARY KEY,
    identity          TEXT    NOT NULL UNIQUE,
    name              TEXT    NOT NULL,
    title             TEXT    NOT NULL,
    spec              TEXT    NOT NULL,
    channels          INTEGER NOT NULL,
    samples           INTEGER NOT NULL,
    sampling_rate_hz  REAL,
    classes           TEXT    NOT NULL,
    train_trials      INTEGER NOT NULL,
    validation_trials INTEGER NOT NULL,
    test_trials       INTEGER NOT NULL,
    test_labels       BLOB    NOT NULL,
    test_subjects     TEXT,
    created_at        TEXT    NOT NULL
) STRICT;

-- One row for each list of jobs that was asked for under a name; `plan` is the checksum of that list.
CREATE TABLE sweep (
    key          INTEGER PRIMARY KEY,
    name         TEXT    NOT NULL,
    data_set     INTEGER NOT NULL REFERENCES data_set (key),
    plan         TEXT    NOT NULL,
    file_text    TEXT    NOT NULL,
    command_line TEXT    NOT NULL,
    created_at   TEXT    NOT NULL,
    last_run_at  TEXT    NOT NULL,
    UNIQUE (name, data_set, plan)
) STRICT;

CREATE TABLE job (
    key                    INTEGER PRIMARY KEY,
    id                     TEXT    NOT NULL UNIQUE,
    data_set               INTEGER NOT NULL REFERENCES data_set (key),
    spec                   TEXT    NOT NULL,

    model                  TEXT    NOT NULL,
    activation             TEXT    NOT NULL,
    slope                  REAL,
    alpha                  REAL,
    batch_size             INTEGER NOT NULL,
    learning_rate          REAL    NOT NULL,
    epochs                 INTEGER NOT NULL,
    seed                   INTEGER NOT NULL,
    optimizer              TEXT    NOT NULL,
    beta1                  REAL,
    beta2                  REAL,
    epsilon                REAL,
    momentum               REAL,
    nesterov               INTEGER CHECK (nesterov IN (0, 1)),
    weight_decay           REAL    NOT NULL,
    dropout                REAL    NOT NULL,
    max_norm_convolution   REAL,
    max_norm_dense         REAL,
    shuffle                INTEGER NOT NULL CHECK (shuffle IN (0, 1)),
    initial_weights        TEXT,
    initial_weights_sha256 TEXT,

    status                 TEXT    NOT NULL DEFAULT 'queued'
                           CHECK (status IN ('queued', 'running', 'finished', 'failed', 'diverged')),
    reason                 TEXT,
    failure                TEXT,
    attempts               INTEGER NOT NULL DEFAULT 0,
    created_at             TEXT    NOT NULL,
    started_at             TEXT,
    finished_at            TEXT,
    host                   TEXT,
    device                 TEXT,
    hardware               TEXT,
    threads                INTEGER,
    program_version        TEXT,
    epochs_finished        INTEGER NOT NULL DEFAULT 0 CHECK (epochs_finished <= epochs),
    best_epoch             INTEGER,
    selected_epoch         INTEGER,
    seconds                REAL    NOT NULL DEFAULT 0,

    CHECK ((reason IS NOT NULL) = (status IN ('failed', 'diverged'))),
    CHECK ((failure IS NOT NULL) = (reason IS NOT NULL)),
    CHECK (status <> 'finished' OR epochs_finished = epochs)
) STRICT;

-- What a dead process left running is looked for at every start.
CREATE INDEX job_running ON job (key) WHERE status = 'running';

CREATE TABLE sweep_job (
    sweep    INTEGER NOT NULL REFERENCES sweep (key),
    position INTEGER NOT NULL,
    job      INTEGER NOT NULL REFERENCES job (key),
    PRIMARY KEY (sweep, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX sweep_job_by_job ON sweep_job (job, sweep);

CREATE TABLE epoch (
    job                 INTEGER NOT NULL REFERENCES job (key),
    epoch               INTEGER NOT NULL CHECK (epoch > 0),
    train_loss          REAL    NOT NULL,
    train_accuracy      REAL    NOT NULL,
    validation_loss     REAL,
    validation_accuracy REAL,
    test_loss           REAL    NOT NULL,
    test_accuracy       REAL    NOT NULL,
    train_seconds       REAL    NOT NULL,
    evaluation_seconds  REAL    NOT NULL,
    PRIMARY KEY (job, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
    key            INTEGER PRIMARY KEY,
    job            INTEGER NOT NULL REFERENCES job (key),
    kind           TEXT    NOT NULL CHECK (kind IN ('best', 'selected', 'last')),
    epoch          INTEGER NOT NULL,
    test_loss      REAL    NOT NULL,
    test_accuracy  REAL    NOT NULL,
    weights_file   TEXT    NOT NULL,
    weights_sha256 TEXT    NOT NULL,
    classes        INTEGER NOT NULL CHECK (classes > 0),
    logits         BLOB    NOT NULL,
    UNIQUE (job, kind),
    FOREIGN KEY (job, epoch) REFERENCES epoch (job, epoch)
) STRICT;

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
    best.test_accuracy AS best_test_accuracy,
    job.best_epoch AS best_test_epoch,
    selected.test_accuracy AS selected_test_accuracy,
    selected.validation_accuracy AS selected_validation_accuracy,
    job.selected_epoch AS selected_epoch,
    last.train_loss AS last_train_loss,
    last.train_accuracy AS last_train_accuracy,
    last.validation_loss AS last_validation_loss,
    last.validation_accuracy AS last_validation_accuracy,
    last.test_loss AS last_test_loss,
    last.test_accuracy AS last_test_accuracy,
    job.seconds
FROM job
JOIN data_set ON data_set.key = job.data_set
LEFT JOIN epoch AS best ON best.job = job.key AND best.epoch = job.best_epoch
LEFT JOIN epoch AS selected ON selected.job = job.key AND selected.epoch = job.selected_epoch
LEFT JOIN epoch AS last ON last.job = job.key AND last.epoch = job.epochs_finished;

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
        best.test_accuracy AS best_test_accuracy,
        selected.test_accuracy AS selected_test_accuracy,
        row_number() OVER (
            PARTITION BY job.data_set, job.model, job.activation
            ORDER BY job.status = 'finished' DESC, best.test_accuracy DESC, job.key
        ) AS best_place,
        row_number() OVER (
            PARTITION BY job.data_set, job.model, job.activation
            ORDER BY job.status = 'finished' DESC, selected.validation_accuracy DESC, selected.validation_loss, job.key
        ) AS selected_place,
        count(*) OVER (PARTITION BY job.data_set, job.model, job.activation) AS jobs,
        count(*) FILTER (WHERE job.status = 'finished')
            OVER (PARTITION BY job.data_set, job.model, job.activation) AS finished_jobs
    FROM job
    LEFT JOIN epoch AS best ON best.job = job.key AND best.epoch = job.best_epoch
    LEFT JOIN epoch AS selected ON selected.job = job.key AND selected.epoch = job.selected_epoch
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

CREATE VIEW data_sets AS
SELECT
    identity AS data_identity, name AS data_set, title AS data_title, spec, channels, samples, sampling_rate_hz, classes,
    train_trials, validation_trials, test_trials, test_labels, test_subjects, created_at
FROM data_set;

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
