#!/usr/bin/env python3
"""How fast the pages and the JSON of `sweep serve` are: bench/pages.py SWEEP DATABASE [--rounds N]

DATABASE has 10,000 jobs of 100 epochs: `just bench-pages` makes it. Every address is asked for in turn, ROUNDS times, over a new connection
each; the time is that of the whole answer. Once nothing has been recorded since the round before, and once something was before each
question, so that nothing is remembered; for that, a copy of DATABASE is written. Needs Python 3.11 and nothing else.
"""

import argparse
import contextlib
import json
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request


def ask(address):
    with urllib.request.urlopen(address) as answer:
        return answer.read()


def addresses(site):
    """What is asked for, by its name."""
    jobs = json.loads(ask(f"{site}/api/jobs?status=finished"))["jobs"]
    one, other = jobs[0]["job_id"], jobs[1]["job_id"]
    where = urllib.parse.quote('model = "eegnet" and learning_rate < 0.01')
    paths = {
        "/": "/",
        "/jobs": "/jobs",
        "/jobs, page 100": "/jobs?page=100",
        "/jobs, by best test accuracy": "/jobs?sort=best_test_accuracy&order=descending",
        "/jobs, filtered, by last test accuracy": f"/jobs?where={where}&sort=last_test_accuracy",
        "/jobs, filtered, page 40": f"/jobs?where={where}&page=40",
        "/jobs/ID": f"/jobs/{one}",
        "/jobs/ID/curves.svg": f"/jobs/{one}/curves.svg",
        "/compare, 2 jobs": f"/compare?job={one}&job={other}",
        "/sweeps/ID, of all jobs": "/sweeps/1",
        "/sweeps/ID, of 6 jobs": "/sweeps/2",
        "/api/sweeps": "/api/sweeps",
        "/api/jobs": "/api/jobs",
        "/api/jobs, by seconds": "/api/jobs?sort=seconds",
        "/api/jobs/ID": f"/api/jobs/{one}",
        "/api/jobs/ID/epochs": f"/api/jobs/{one}/epochs",
    }
    return {name: site + path for name, path in paths.items()}


def measure(site, rounds, record):
    """Milliseconds of each address, and the bytes of its answer; `record` is called before each question."""
    times, sizes = {}, {}
    asked = addresses(site)
    for _ in range(rounds + 1):
        for name, address in asked.items():
            record()
            begin = time.perf_counter()
            sizes[name] = len(ask(address))
            times.setdefault(name, []).append(1e3 * (time.perf_counter() - begin))
    # The first round fills the caches of the system.
    return {name: values[1:] for name, values in times.items()}, sizes


@contextlib.contextmanager
def served(sweep, database):
    """The address at which `sweep serve` shows a database."""
    server = subprocess.Popen([sweep, "serve", "--db", database, "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        line = next(line for line in server.stdout if "http://" in line)
        yield line[line.index("http://"):].split()[0].rstrip("/")
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def recorder(database):
    """Records time of one job, as every epoch of a training does."""
    connection = sqlite3.connect(database, isolation_level=None)
    statement = "UPDATE job SET seconds = seconds + 0.001 WHERE key = (SELECT max(key) FROM job)"
    yield lambda: connection.execute(statement)
    connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sweep")
    parser.add_argument("database")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    with served(arguments.sweep, arguments.database) as site:
        quiet, sizes = measure(site, arguments.rounds, lambda: None)
    with tempfile.TemporaryDirectory() as folder:
        copy = str(pathlib.Path(folder) / "copy.db")
        shutil.copy(arguments.database, copy)
        with recorder(copy) as record, served(arguments.sweep, copy) as site:
            busy, _ = measure(site, arguments.rounds, record)
    print("| address | ms, nothing recorded | least to most | ms, something recorded | least to most | KiB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in quiet:
        address, comma, rest = name.partition(",")
        print(f"| `{address}`{comma}{rest} | {spread(quiet[name])} | {spread(busy[name])} | {sizes[name] / 1024:.0f} |")


def spread(values):
    return f"{statistics.median(values):.0f} | {min(values):.0f} to {max(values):.0f}"


if __name__ == "__main__":
    main()
