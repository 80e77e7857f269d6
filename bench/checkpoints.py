#!/usr/bin/env python3
"""What checkpoints and durable recording cost: bench/checkpoints.py SWEEP [--rounds N] [--epochs N]

The lab's sweep on the built-in data with one worker, in turns without checkpoints and with one after every epoch. What
the command takes beside the seconds of training and evaluation that it records is compared, not the whole: training
itself varies by more than a checkpoint takes. The default interval has one checkpoint every 20 s, whatever an epoch takes, so that its
share is the cost of one over 20 s. Needs Python 3.11 and nothing else.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

LAB = pathlib.Path(__file__).resolve().parent.parent / "sweeps" / "lab2.toml"
DEFAULT_SECONDS = 20
TRAININGS = 6


def beside(sweep, interval, epochs):
    """Wall clock seconds of the command beside its epochs, and those of its epochs."""
    with tempfile.TemporaryDirectory(prefix="sweep-checkpoints-") as folder:
        command = [sweep, "run", LAB, "--data", "synthetic", "--set", f"epochs={epochs}", "--workers", "1",
                   "--checkpoint-every", interval, "--quiet"]
        begin = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True)
        whole = time.perf_counter() - begin
        query = "SELECT sum(train_seconds + evaluation_seconds) FROM epochs"
        rows = subprocess.run([sweep, "sql", query, "--format", "csv"], cwd=folder, check=True, capture_output=True, text=True)
        trained = float(rows.stdout.splitlines()[1])
        return whole - trained, trained


def spread(values):
    return f"{statistics.median(values):.3f} s ({min(values):.3f} to {max(values):.3f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sweep", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    sweep = options.sweep.resolve()
    print(f"load {os.getloadavg()[0]:.2f} at the start", flush=True)
    taken = {"never": [], "1": []}
    epochs = []
    for _ in range(options.rounds):
        for interval, values in taken.items():
            value, trained = beside(sweep, interval, options.epochs)
            values.append(value)
            epochs.append(trained)
    print(f"training and evaluation:       {spread(epochs)}")
    print(f"beside it, without checkpoints: {spread(taken['never'])}")
    print(f"beside it, one an epoch:        {spread(taken['1'])}")
    one = (statistics.median(taken["1"]) - statistics.median(taken["never"])) / (TRAININGS * options.epochs)
    print(f"a checkpoint takes {1000 * one:.1f} ms, {100 * one / DEFAULT_SECONDS:.2f} % of the default interval of {DEFAULT_SECONDS} s")


if __name__ == "__main__":
    main()
