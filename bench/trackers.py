"""Runs trivial trials in one other tool and prints how long they took as JSON: `python trackers.py optuna 1000 FOLDER`.

A trial here trains nothing: it has three recorded settings, reports one figure at one epoch, and ends. What is timed is the
tool's own work, after its database exists and its first trial has run. FOLDER is empty and belongs to the tool.
"""

import json
import logging
import os
import pathlib
import sys
import time
import warnings

SETTINGS = {"model": "eegnet", "activation": "elu"}


def run_optuna(trials, folder):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # The cheapest sampler: what is measured is the storage, as a user would choose it for one machine.
    study = optuna.create_study(
        storage=f"sqlite:///{folder}/optuna.db", sampler=optuna.samplers.RandomSampler(seed=0), direction="maximize"
    )

    def objective(trial):
        trial.suggest_categorical("model", [SETTINGS["model"]])
        trial.suggest_categorical("activation", [SETTINGS["activation"]])
        trial.suggest_int("seed", 0, 2**31)
        trial.report(0.5, step=1)
        return 0.5

    study.optimize(objective, n_trials=1)
    begin = time.perf_counter()
    study.optimize(objective, n_trials=trials)
    return time.perf_counter() - begin, optuna.__version__


def run_mlflow(trials, folder):
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    import mlflow

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    experiment = mlflow.create_experiment("toy", artifact_location=pathlib.Path(folder, "artifacts").as_uri())

    def run(seed):
        with mlflow.start_run(experiment_id=experiment):
            mlflow.log_params({**SETTINGS, "seed": seed})
            mlflow.log_metric("test_accuracy", 0.5, step=1)

    run(0)
    begin = time.perf_counter()
    for seed in range(1, trials + 1):
        run(seed)
    return time.perf_counter() - begin, mlflow.__version__


def run_ray(trials, folder):
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AIR_NEW_OUTPUT": "0"}
    import ray
    from ray import tune

    ray.init(
        num_cpus=len(os.sched_getaffinity(0)), include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR, _temp_dir=folder
    )

    def objective(config):
        tune.report({"test_accuracy": 0.5})

    def fit(name, seeds):
        tuner = tune.Tuner(
            objective,
            param_space={**SETTINGS, "seed": tune.grid_search(seeds)},
            tune_config=tune.TuneConfig(reuse_actors=True),
            run_config=tune.RunConfig(name=name, storage_path=str(folder), verbose=0),
        )
        results = tuner.fit()
        if results.errors or len(results) != len(seeds):
            sys.exit(f"Ray Tune finished {len(results) - len(results.errors)} of {len(seeds)} trials")

    try:
        fit("warm-up", [0])
        begin = time.perf_counter()
        fit("toy", list(range(1, trials + 1)))
        return time.perf_counter() - begin, ray.__version__
    finally:
        ray.shutdown()


TRACKERS = {"optuna": run_optuna, "mlflow": run_mlflow, "ray": run_ray}


def main():
    name, trials, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    warnings.simplefilter("ignore")
    seconds, version = TRACKERS[name](trials, folder)
    print(json.dumps({"tool": name, "version": version, "trials": trials, "seconds": seconds}))


if __name__ == "__main__":
    main()
