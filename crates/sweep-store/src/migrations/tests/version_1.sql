-- A finished job with a validation set and one without, a running, a failed, a diverged and a queued one.

INSERT INTO data_set VALUES
    (1, 'aa', 'synthetic', 'synthetic data, seed 0', '{}', 2, 750, 125.0, '[1,2]', 864, 216, 2, X'00000100', NULL,
     '2026-03-01T12:00:00.000Z');

INSERT INTO sweep VALUES
    (1, 'lab2', 1, 'bb', 'name = "lab2"', 'sweep run lab2.toml', '2026-03-01T12:00:00.000Z', '2026-03-01T12:00:00.000Z');

INSERT INTO job (key, id, data_set, spec, model, activation, batch_size, learning_rate, epochs, seed, optimizer, weight_decay,
    dropout, shuffle, status, reason, failure, created_at, epochs_finished, best_epoch, selected_epoch, seconds)
VALUES
    (1, '01', 1, '{}', 'eegnet', 'relu', 108, 1e-3, 3, 0, 'adam', 0, 0.25, 1, 'finished', NULL, NULL, 'then', 3, 2, 3, 3.0),
    (2, '02', 1, '{}', 'eegnet', 'relu', 108, 1e-3, 2, 1, 'adam', 0, 0.25, 1, 'finished', NULL, NULL, 'then', 2, 1, NULL, 2.0),
    (3, '03', 1, '{}', 'eegnet', 'elu', 108, 1e-3, 3, 0, 'adam', 0, 0.25, 1, 'running', NULL, NULL, 'then', 1, 1, 1, 1.0),
    (4, '04', 1, '{}', 'eegnet', 'elu', 108, 1e-3, 3, 1, 'adam', 0, 0.25, 1, 'failed', 'worker died', '{}', 'then', 2, 1, 2, 2.0),
    (5, '05', 1, '{}', 'deepconvnet', 'relu', 108, 1e9, 3, 0, 'adam', 0, 0.5, 1, 'diverged', 'diverged', '{}', 'then', 0, NULL, NULL, 0),
    (6, '06', 1, '{}', 'deepconvnet', 'elu', 108, 1e-3, 3, 0, 'adam', 0, 0.5, 1, 'queued', NULL, NULL, 'then', 0, NULL, NULL, 0);

INSERT INTO sweep_job VALUES (1, 0, 1), (1, 1, 2), (1, 2, 3), (1, 3, 4), (1, 4, 5), (1, 5, 6);

INSERT INTO epoch VALUES
    (1, 1, 0.71, 0.51, 0.72, 0.52, 0.73, 0.53, 0.1, 0.01),
    (1, 2, 0.61, 0.61, 0.62, 0.62, 0.63, 0.73, 0.2, 0.02),
    (1, 3, 0.51, 0.71, 0.52, 0.72, 0.53, 0.63, 0.3, 0.03),
    (2, 1, 0.70, 0.50, NULL, NULL, 0.74, 0.74, 0.1, 0.01),
    (2, 2, 0.60, 0.60, NULL, NULL, 0.64, 0.64, 0.2, 0.02),
    (3, 1, 0.69, 0.49, 0.68, 0.48, 0.67, 0.47, 0.1, 0.01),
    (4, 1, 0.66, 0.56, 0.65, 0.55, 0.64, 0.64, 0.1, 0.01),
    (4, 2, 0.56, 0.66, 0.55, 0.65, 0.54, 0.54, 0.2, 0.02);

INSERT INTO snapshot VALUES
    (1, 1, 'best', 2, 0.63, 0.73, '01/best.safetensors', 'cc', 2, X'0000803F000000000000803F00000000'),
    (2, 1, 'last', 3, 0.53, 0.63, '01/last.safetensors', 'dd', 2, X'0000803F000000000000803F00000000');
