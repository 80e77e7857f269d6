#!/usr/bin/env python3
"""Kills sweeps at random instants until they are finished, and compares what they leave with a sweep that was left alone.

scripts/torture.py SWEEP [--rounds N] [--seed N] [--keep]: SWEEP is the program. A round is one kill, of the program, of a
worker or of both, always with SIGKILL. Needs Python 3.11 on Linux and nothing else. The seed of a failure repeats its choices.
"""

import argparse
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

SWEEP_FILE = """name = "torture"
[data]
set = "synthetic"
limit = 80
validation = 0.25
[grid]
model = ["eegnet", "deepconvnet"]
activation = ["relu", "elu"]
epochs = [3, 6]
batch_size = 20
seed = [0, 1]
"""
JOBS = 16
WORKERS = 2
TARGETS = ("program", "worker", "both")


class Broken(Exception):
    """A promise that does not hold."""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sweep", type=pathlib.Path, help="the program")
    parser.add_argument("--rounds", type=int, default=200, help="kills [default: %(default)s]")
    parser.add_argument("--seed", type=int, default=None, help="of the choices [default: a new one, which is printed]")
    parser.add_argument("--keep", action="store_true", help="keep the files, whether it fails or not")
    return parser.parse_args()


def command(sweep, folder):
    return [sweep, "run", folder / "sweep.toml", "--db", folder / "results.db", "--workers", str(WORKERS), "--quiet",
            "--checkpoint-every", "1"]


def prepare(folder):
    folder.mkdir(parents=True)
    (folder / "sweep.toml").write_text(SWEEP_FILE)
    return folder


def children(pid):
    """The processes that `pid` has started."""
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def attempt(sweep, folder, target, delay):
    """Runs the sweep, kills `target` after `delay` seconds, and says whether it was still there to be killed."""
    process = subprocess.Popen(command(sweep, folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    workers = []
    deadline = time.monotonic() + delay
    while time.monotonic() < deadline and process.poll() is None:
        workers = children(process.pid) or workers
        time.sleep(0.002)
    was_there = process.poll() is None
    if was_there:
        victims = workers if target != "program" else []
        kill(random_one(victims) if target == "worker" else victims)
        if target != "worker":
            kill([process.pid])
    error = process.communicate(timeout=300)[1]
    # A worker whose program is gone ends by itself, at once.
    patience = time.monotonic() + 10
    while any(is_alive(worker) for worker in workers):
        if time.monotonic() > patience:
            raise Broken(f"workers outlive their program: {workers}")
        time.sleep(0.005)
    if process.returncode not in (0, 1, -signal.SIGKILL) or "panicked" in error:
        raise Broken(f"the program ended with {process.returncode}: {error}")
    return was_there


def random_one(pids):
    return [random.choice(pids)] if pids else []


def finished(folder):
    """What is recorded of the finished jobs, which nothing may change any more."""
    if not (folder / "results.db").exists():
        return {}
    database = sqlite3.connect(f"file:{folder / 'results.db'}?mode=ro", uri=True)
    try:
        rows = database.execute("SELECT job_id, attempts, started_at, finished_at FROM trials WHERE status = 'finished'").fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return {}
        raise
    finally:
        database.close()
    return {row[0]: row[1:] for row in rows}


def result(folder):
    """All that is not a time of day, a duration or a count of attempts."""
    database = sqlite3.connect(f"file:{folder / 'results.db'}?mode=ro", uri=True)
    (state,) = database.execute("PRAGMA integrity_check").fetchone()
    if state != "ok":
        raise Broken(f"integrity_check says {state}")
    queries = (
        "SELECT job_id, status, epochs, epochs_finished, best_test_accuracy, best_test_epoch, selected_test_accuracy,"
        " selected_validation_accuracy, selected_epoch, last_train_loss, last_test_loss FROM trials ORDER BY job_id",
        "SELECT job_id, epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, test_loss, test_accuracy"
        " FROM epochs ORDER BY job_id, epoch",
        "SELECT job_id, kind, epoch, test_loss, test_accuracy, weights_file, weights_sha256, classes, logits"
        " FROM snapshots ORDER BY job_id, kind",
    )
    tables = [database.execute(query).fetchall() for query in queries]
    database.close()
    weights = folder / "results.weights"
    files = {str(path.relative_to(weights)): path.read_bytes() for path in sorted(weights.rglob("*")) if path.is_file()}
    return tables, files


def check(folder, expected):
    (trials, epochs, snapshots), files = result(folder)
    if len(trials) != JOBS or any(row[1] != "finished" or row[2] != row[3] for row in trials):
        raise Broken("a job is not finished")
    if len(epochs) != sum(row[2] for row in trials):
        raise Broken(f"{len(epochs)} rows of epochs")
    left_over = set(files) - set(expected[1])
    if left_over:
        raise Broken(f"files are left over: {sorted(left_over)}")
    if ((trials, epochs, snapshots), files) != (tuple(expected[0]), expected[1]):
        raise Broken("results differ from those of the sweep that was left alone")


def torture(sweep, folder, expected, rounds):
    """One sweep to its end, with at most `rounds` kills; gives how many there were."""
    prepare(folder)
    kills, done = 0, {}
    while True:
        if kills < rounds:
            target, delay = random.choice(TARGETS), random.uniform(0.0, 0.5)
            was_there = attempt(sweep, folder, target, delay)
            kills += was_there
        else:
            was_there = attempt(sweep, folder, "program", 600)
            if was_there:
                raise Broken("the sweep does not end")
        now = finished(folder)
        for job, recorded in done.items():
            if now.get(job) != recorded:
                raise Broken(f"the finished job {job} was touched: {recorded} became {now.get(job)}")
        done = now
        if len(done) == JOBS and not was_there:
            check(folder, expected)
            return kills


def main():
    arguments = parse_arguments()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    random.seed(seed)
    print(f"seed {seed}")
    root = pathlib.Path(tempfile.mkdtemp(prefix="sweep-torture-"))
    sweep = arguments.sweep.resolve()
    calm = prepare(root / "calm")
    subprocess.run(command(sweep, calm), check=True)
    tables, files = result(calm)
    expected = (tuple(tables), files)
    kills, sweeps = 0, 0
    try:
        while kills < arguments.rounds:
            kills += torture(sweep, root / f"sweep-{sweeps}", expected, arguments.rounds - kills)
            sweeps += 1
            print(f"{kills} kills, {sweeps} sweeps finished with the same bits", flush=True)
    except Broken as broken:
        print(f"BROKEN after {kills} kills in sweep {sweeps} (seed {seed}): {broken}\nfiles: {root}", file=sys.stderr)
        sys.exit(1)
    if not arguments.keep:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
