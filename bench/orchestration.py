"""What a job costs beside its training, in `sweep run` and in other tools: `python orchestration.py --help`.

Our jobs are real ones, one epoch of EEGNet on the built-in data set at its smallest (3 train and 3 test trials), and what they
compute is taken out again:

    cost of a job = (wall clock - (recorded train + evaluation seconds of all jobs) / workers) / jobs

The other tools' trials train nothing: their cost is wall clock / trials.
"""

import argparse
import json
import pathlib
import sqlite3
import sys
import tempfile
from typing import NamedTuple

from figures import median
from machine import OtherWork, cores, describe
from ours import ROOT, Sweep, seconds_of
from processes import CommandFailed, run, stop_on_signals
from tables import table, with_spread

TARGET = ROOT / "target" / "bench"
TRACKERS = pathlib.Path(__file__).resolve().parent / "trackers.py"
TITLES = {"optuna": "Optuna, SQLite, one report", "mlflow": "MLflow, SQLite, one metric", "ray": "Ray Tune, actors reused, one report"}
# Ray Tune takes up to a second a trial.
MOST_RAY_TRIALS = 100
# Fewer trials leave the train set a single class, and that is refused.
SMALLEST_LIMIT = 3

SWEEP_FILE = """\
name = "toy"

[data]
set = "synthetic"
limit = {limit}

[grid]
model = "eegnet"
activation = "elu"
batch_size = {limit}
epochs = 1
seed = {{ from = 0, to = {last}, steps = {jobs} }}
"""


class Cost(NamedTuple):
    """Of one job, in milliseconds."""

    whole_ms: float
    running_ms: float
    computing_ms: float


def job_cost(wall_seconds, computed_seconds, workers, jobs):
    """Milliseconds of a job beside its training. The workers compute side by side, so that their sum is divided by them."""
    return 1000 * (wall_seconds - computed_seconds / workers) / jobs


def measure_ours(program, jobs, workers):
    """From program start to exit, and from the first job's recorded start to the last one's end."""
    with tempfile.TemporaryDirectory(prefix="sweep-bench-") as folder:
        file, database = pathlib.Path(folder, "toy.toml"), pathlib.Path(folder, "results.db")
        file.write_text(SWEEP_FILE.format(limit=SMALLEST_LIMIT, jobs=jobs, last=jobs - 1))
        command = [program, "run", file, "--db", database]
        # The default stays the default: it is not spelt out.
        done = run(command if workers is None else [*command, "--workers", workers])
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            finished, first, last = connection.execute(
                "SELECT count(*), min(started_at), max(finished_at) FROM trials WHERE status = 'finished'").fetchone()
            (computed,) = connection.execute("SELECT sum(train_seconds + evaluation_seconds) FROM epochs").fetchone()
        finally:
            connection.close()
    if finished != jobs:
        raise CommandFailed(f"sweep run finished {finished} of {jobs} jobs")
    workers = workers or cores()
    running = seconds_of(last) - seconds_of(first)
    return Cost(
        job_cost(done.wall_seconds, computed, workers, jobs), job_cost(running, computed, workers, jobs), 1000 * computed / jobs
    )


def measure_tracker(python, name, trials):
    """Milliseconds of a trial, and the tool's version."""
    with tempfile.TemporaryDirectory(prefix="sweep-bench-") as folder:
        report = json.loads(run([python, TRACKERS, name, trials, folder]).output.splitlines()[-1])
    return 1000 * report["seconds"] / report["trials"], report["version"]


def parse_arguments():
    parser = argparse.ArgumentParser(description="Measure what a job costs beside its training, in sweep and in other tools.")
    parser.add_argument("--sweep", type=pathlib.Path, default=ROOT / "target" / "release" / "sweep", help="the program")
    parser.add_argument("--python", default=sys.executable, help="the Python that has the other tools [default: this one]")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tools", default="optuna,mlflow,ray", help="of %(default)s; Ray Tune gets at most 100 trials")
    parser.add_argument("--output", type=pathlib.Path, default=TARGET / "orchestration.json", help="[default: %(default)s]")
    arguments = parser.parse_args()
    arguments.tools = [name for name in arguments.tools.split(",") if name]
    for name in arguments.tools:
        if name not in TITLES:
            parser.error(f"--tools: {name!r} is none of {', '.join(TITLES)}")
    if arguments.jobs < 2 or arguments.rounds < 1:
        parser.error("--jobs must be 2 or above, and --rounds 1 or above")
    if not arguments.sweep.is_file():
        parser.error(f"there is no program {arguments.sweep}: `cargo build --release` makes it, and --sweep names another")
    arguments.sweep = arguments.sweep.resolve()
    return arguments


def main():
    arguments = parse_arguments()
    stop_on_signals()
    facts = describe() | {"sweep": Sweep(arguments.sweep).version(), "jobs": arguments.jobs}
    print(f"{facts['processor']}, {facts['cores']} cores; {facts['sweep']}; load average at the start: {facts['load_average_at_start']:.2f}")
    print(f"{arguments.jobs} jobs or trials, {arguments.rounds} rounds\n", flush=True)
    costs, versions, failures, other_work = {}, {}, {}, OtherWork()
    for _ in range(arguments.rounds):
        for workers in (None, 1):
            costs.setdefault(workers, []).append(measure_ours(arguments.sweep, arguments.jobs, workers))
        for name in arguments.tools:
            if name in failures:
                continue
            trials = min(arguments.jobs, MOST_RAY_TRIALS) if name == "ray" else arguments.jobs
            try:
                cost, versions[name] = measure_tracker(arguments.python, name, trials)
                costs.setdefault(name, []).append(cost)
            except CommandFailed as failure:
                failures[name] = str(failure)
    facts["other_work_share"] = other_work.share()
    print_results(arguments, costs, versions, failures, facts)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    document = {"machine": facts, "costs_ms": {str(name or "default"): rounds for name, rounds in costs.items()},
                "versions": versions, "failures": failures}
    arguments.output.write_text(json.dumps(document, indent=1) + "\n")
    print(f"every measurement: {arguments.output}")
    return 1 if failures else 0


def print_results(arguments, costs, versions, failures, facts):
    ours = median([cost.whole_ms for cost in costs[None]])
    lines = []
    for workers, title in ((None, f"sweep, default ({cores()} workers)"), (1, "sweep, 1 worker")):
        lines.append([f"{title}, whole program", with_spread([cost.whole_ms for cost in costs[workers]]), "-"])
        lines.append([f"{title}, first start to last end", with_spread([cost.running_ms for cost in costs[workers]]), "-"])
    for name in arguments.tools:
        if name in failures and name not in costs:
            lines.append([TITLES[name], "FAILED", "-"])
        else:
            lines.append([f"{TITLES[name]} ({versions[name]})", with_spread(costs[name]), f"{median(costs[name]) / ours:.1f}"])
    print(table(["", "ms a job", "times ours"], lines))
    print(f"\na toy job's own training and evaluation, taken out: {median([cost.computing_ms for cost in costs[None]]):.2f} ms")
    print(f"other programs used {facts['other_work_share']:.1%} of the machine meanwhile")
    for name, message in failures.items():
        print(f"\nFAILED: {name}\n{message}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CommandFailed as failure:
        sys.exit(f"error: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
