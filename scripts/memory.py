#!/usr/bin/env python3
"""The memory of workers, foretold and measured, through the real program: scripts/memory.py SWEEP

SWEEP is the program. Every row trains two epochs in one worker; what the worker takes at its peak is VmHWM in
/proc/PID/status, read until the process is gone, and what is foretold is the line of `sweep plan`. Needs Python 3.11
and Linux, and nothing else.
"""

import array
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
import zipfile

# Model, channels, samples, classes, train trials, test trials, batch size, share for validation.
ROWS = [
    ("eegnet", 2, 750, 2, 108, 54, 1, 0),
    ("eegnet", 2, 750, 2, 1080, 1080, 16, 0),
    ("eegnet", 2, 750, 2, 1080, 1080, 108, 0),
    ("eegnet", 2, 750, 2, 1080, 1080, 1080, 0),
    ("eegnet", 22, 1000, 4, 288, 288, 16, 0),
    ("eegnet", 22, 1000, 4, 288, 288, 64, 0),
    ("eegnet", 22, 1000, 4, 288, 288, 288, 0),
    ("eegnet", 64, 500, 4, 200, 200, 32, 0),
    ("eegnet", 64, 500, 4, 200, 200, 32, 0.2),
    ("deepconvnet", 2, 750, 2, 1080, 1080, 16, 0),
    ("deepconvnet", 2, 750, 2, 1080, 1080, 108, 0),
    ("deepconvnet", 2, 750, 2, 1080, 1080, 1080, 0),
    ("deepconvnet", 22, 1000, 4, 288, 288, 16, 0),
    ("deepconvnet", 22, 1000, 4, 288, 288, 64, 0),
    ("deepconvnet", 22, 1000, 4, 288, 288, 64, 0.2),
    ("deepconvnet", 22, 1000, 4, 288, 288, 288, 0),
    ("deepconvnet", 64, 500, 4, 200, 200, 32, 0),
    ("deepconvnet", 64, 2000, 4, 400, 100, 4, 0.2),
    # More than 64 classes: the composed form.
    ("eegnet", 2, 750, 70, 260, 260, 16, 0),
    ("eegnet", 2, 750, 70, 260, 260, 108, 0),
    ("eegnet", 8, 500, 70, 160, 140, 64, 0),
    ("deepconvnet", 2, 750, 70, 260, 260, 16, 0),
    ("deepconvnet", 8, 500, 70, 160, 140, 64, 0),
]


def npy(kind, shape, data=b""):
    """An array in NumPy's format, version 1.0, or its header where the data follow."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header = header.ljust(-(len(header) + 11) % 64 + len(header)) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def archive(path, channels, samples, classes, trials):
    """Trials of noise, `[trial, time, channel]`, in which every class occurs."""
    draws = random.Random(0)
    values = channels * samples
    noise = array.array("f", (draws.gauss(0, 1) for _ in range(values + 997)))
    labels = array.array("q", (trial % classes for trial in range(trials)))
    with zipfile.ZipFile(path, "w") as file:
        with file.open("signal.npy", "w", force_zip64=True) as signal:
            signal.write(npy("<f4", (trials, samples, channels)))
            for _ in range(trials):
                begin = draws.randrange(997)
                signal.write(noise[begin : begin + values].tobytes())
        file.writestr("label.npy", npy("<i8", (trials,), labels.tobytes()))


def sweep_file(folder, model, batch_size, validation):
    path = folder / "memory.toml"
    path.write_text(
        f"""name = "memory"
[data]
set = "npz"
train = ["train.npz"]
test = ["test.npz"]
validation = {float(validation)}
[grid]
model = "{model}"
activation = "relu"
batch_size = {batch_size}
epochs = 2
seed = {time.time_ns()}
"""
    )
    return path


def foretold(sweep, path):
    """MiB."""
    command = [sweep, "plan", path, "--memory-limit", "1TiB"]
    plan = subprocess.run(command, capture_output=True, text=True, check=True)
    number, unit = re.search(r"about ([\d.]+) ([MG])iB", plan.stdout).groups()
    return float(number) * (1024 if unit == "G" else 1)


def peak(process):
    """VmHWM of the only process that `process` starts, MiB."""
    found = 0
    while process.poll() is None:
        try:
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            status = pathlib.Path(f"/proc/{children[0]}/status").read_text()
        except (OSError, IndexError):
            status = ""
        if match := re.search(r"VmHWM:\s+(\d+)", status):
            found = max(found, int(match[1]) / 1024)
        time.sleep(0.002)
    return found


def main():
    sweep = pathlib.Path(sys.argv[1]).resolve()
    columns = ["model", "channels x samples", "classes", "train + test trials", "batch size", "validation"]
    columns += ["foretold, MiB", "measured, MiB", "ratio"]
    print("| " + " | ".join(columns) + " |")
    print("|" + " --- |" * len(columns))
    for model, channels, samples, classes, train, test, batch_size, validation in ROWS:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            os.chdir(folder)
            archive(folder / "train.npz", channels, samples, classes, train)
            archive(folder / "test.npz", channels, samples, classes, test)
            path = sweep_file(folder, model, batch_size, validation)
            estimate = foretold(sweep, path)
            command = [sweep, "run", path, "--quiet", "--workers=1", "--device=cpu"]
            with subprocess.Popen(command) as process:
                measured = peak(process)
            os.chdir("/")
            if process.returncode != 0:
                sys.exit(f"{command} ended with {process.returncode}")
        row = [model, f"{channels} x {samples}", classes, f"{train} + {test}", batch_size, validation]
        row += [f"{estimate:.0f}", f"{measured:.0f}", f"{estimate / measured:.2f}"]
        print("| " + " | ".join(map(str, row)) + " |", flush=True)


if __name__ == "__main__":
    main()
