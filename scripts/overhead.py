#!/usr/bin/env python3
"""What `sweep` costs beside training, through the real program: scripts/overhead.py SWEEP FOLDER [DATABASE]

SWEEP is the program, FOLDER takes what it writes (on the disk that counts), DATABASE is one that
`cargo run --release -p sweep-store --example measure` filled. Needs Python 3.11 and nothing else.
"""

import datetime
import os
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 5
JOBS = 1000

TOY = f"""name = "toy"
[data]
set = "synthetic"
limit = 3
[grid]
model = "eegnet"
activation = "relu"
epochs = 1
batch_size = 3
seed = [{", ".join(map(str, range(JOBS)))}]
"""

FULL = """name = "full"
[data]
set = "synthetic"
[grid]
model = "eegnet"
activation = "relu"
epochs = 1
batch_size = 108
seed = [0, 1]
"""

MILLION = """name = "million"
[data]
set = "synthetic"
[grid]
model = ["eegnet", "deepconvnet"]
activation = ["relu", "elu"]
batch_size = [32, 64, 108, 216, 1080]
learning_rate = { from = 1e-4, to = 1e-2, steps = 10, scale = "log" }
dropout = [0.1, 0.25, 0.5, 0.6, 0.7]
epochs = [100, 200]
seed = { from = 0, to = 499, steps = 500 }
"""


def spread(name, values, unit):
    load = os.getloadavg()[0]
    print(f"{name:44} {statistics.median(values):9.2f} {unit} ({min(values):.2f} to {max(values):.2f}), load {load:.1f}")


def sweep_run(sweep, folder, text, workers):
    """Runs a sweep in a folder of its own, since a file system that has just deleted much is slow. Gives the seconds it took,
    when it began, and a connection to its database."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
    (folder / "sweep.toml").write_text(text)
    database = folder / "results.db"
    begin, clock = time.time(), time.perf_counter()
    command = [sweep, "run", folder / "sweep.toml", "--db", database, "--workers", str(workers), "--quiet"]
    subprocess.run(command, check=True)
    return time.perf_counter() - clock, begin, sqlite3.connect(database)


def job_milliseconds(sweep, folder, workers):
    wall, _, database = sweep_run(sweep, folder, TOY, workers)
    jobs, training = database.execute("SELECT count(*), sum(seconds) FROM trials WHERE status = 'finished'").fetchone()
    assert jobs == JOBS
    return 1e3 * (wall - training / workers) / jobs


def start_seconds(sweep, folder, workers):
    _, begin, database = sweep_run(sweep, folder, FULL, workers)
    (started,) = database.execute("SELECT min(started_at) FROM trials").fetchone()
    return datetime.datetime.fromisoformat(started).timestamp() - begin


def wall_milliseconds(command):
    clock = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return 1e3 * (time.perf_counter() - clock)


def main():
    sweep, folder, database = sys.argv[1], sys.argv[2], sys.argv[3:]
    os.makedirs(folder, exist_ok=True)
    for workers in (1, 2):
        values = [job_milliseconds(sweep, folder, workers) for _ in range(ROUNDS)]
        spread(f"a job beside its training, {workers} workers", values, "ms")
    for workers in (1, 2):
        values = [start_seconds(sweep, folder, workers) for _ in range(ROUNDS)]
        spread(f"start to first training step, {workers} workers", values, "s")
    million = pathlib.Path(folder) / "million.toml"
    million.write_text(MILLION)
    spread("sweep plan, 1,000,000 jobs", [wall_milliseconds([sweep, "plan", million]) for _ in range(ROUNDS)], "ms")
    for path in database:
        commands = {"sweep report --best": ["report", "--best"], "sweep report": ["report", "--format", "csv"]}
        for view in ("trials", "best", "data_sets", "sweeps", "sweep_jobs", "snapshots", "epochs"):
            query = f"SELECT * FROM {view}"
            commands[query] = ["sql", "--format", "csv", query]
        for name, arguments in commands.items():
            command = [sweep, *arguments, "--db", path]
            spread(name, [wall_milliseconds(command) for _ in range(ROUNDS)], "ms")


if __name__ == "__main__":
    main()
