"""Trains the networks in PyTorch as a careful user would, and prints the times of every epoch as JSON.

    python peer.py --data FOLDER --job eegnet:elu:108 --job deepconvnet:elu:1080 --epochs 5 --processes 2

FOLDER holds train.npz and test.npz as `sweep data export` writes them. The data stay in memory as one tensor; batches are
picked by shuffled indices; Adam minimises the cross-entropy; after each epoch the test set is evaluated in evaluation mode,
without gradients, in batches of the same size. Jobs are trained in the order given: one after the other, or, with
`--processes N`, side by side, each process taking the next job as soon as it is free.

It knows nothing of what it is compared with: compare.py does.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

NETWORKS = pathlib.Path(__file__).resolve().parent.parent / "crates" / "sweep-models" / "tests" / "golden"
LEARNING_RATE = 1e-3


class Job(NamedTuple):
    model: str
    activation: str
    batch_size: int


def parse_job(text):
    try:
        model, activation, batch_size = text.split(":")
        return Job(model, activation, int(batch_size))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not MODEL:ACTIVATION:BATCH_SIZE") from None


def parse_arguments():
    parser = argparse.ArgumentParser(description="Train the networks in PyTorch and print the times of every epoch as JSON.")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder with train.npz and test.npz")
    parser.add_argument("--job", type=parse_job, action="append", required=True, help="MODEL:ACTIVATION:BATCH_SIZE; repeatable")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, help="threads of each process; the default is PyTorch's own")
    parser.add_argument("--processes", type=int, default=1, help="processes that train side by side")
    parser.add_argument("--channels-last", action="store_true", help="PyTorch's other layout of tensors, often faster on CPUs")
    parser.add_argument("--compile", action="store_true", help="torch.compile the network")
    return parser.parse_args()


def load(folder):
    """Train and test set as pairs of arrays: signal [trial, 1, channel, time], and classes from 0."""
    import numpy as np

    archives = [np.load(folder / name) for name in ("train.npz", "test.npz")]
    classes = np.unique(archives[0]["label"])
    # NumPy turns the axes: a PyTorch that had used its threads here could not be forked safely.
    return [
        (
            np.ascontiguousarray(archive["signal"].transpose(0, 2, 1)[:, None]),
            np.searchsorted(classes, archive["label"]).astype(np.int64),
        )
        for archive in archives
    ]


def train(job, sets, arguments):
    """Trains one job from scratch and returns what it measured."""
    import torch
    from networks import MODELS

    (signal, labels), (test_signal, test_labels) = [tuple(map(torch.from_numpy, one)) for one in sets]
    torch.manual_seed(0)
    network = MODELS[job.model](job.activation, channels=signal.shape[2], samples=signal.shape[3])
    if arguments.channels_last:
        # The signal has one plane, and so is in both layouts as it is.
        network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), LEARNING_RATE)
    loss_function = torch.nn.CrossEntropyLoss()
    forward = network
    if arguments.compile:
        # Compiled code of earlier jobs would count towards this one's limit of recompilations.
        torch.compiler.reset()
        # Sizes are fixed: code for just these (and for the smaller last batch) is the fastest.
        forward = torch.compile(network, dynamic=False)

    record = {**job._asdict(), "train_seconds": [], "evaluation_seconds": [], "train_loss": [], "test_accuracy": []}
    record["started_at"] = time.time()
    for _ in range(arguments.epochs):
        begin = time.perf_counter()
        network.train()
        loss_sum = 0.0
        order = torch.randperm(len(labels))
        for start in range(0, len(labels), job.batch_size):
            indices = order[start : start + job.batch_size]
            optimizer.zero_grad()
            loss = loss_function(forward(signal[indices]), labels[indices])
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(indices)
        trained = time.perf_counter()
        network.eval()
        correct = 0
        with torch.no_grad():
            for start in range(0, len(test_labels), job.batch_size):
                batch = slice(start, start + job.batch_size)
                correct += (forward(test_signal[batch]).argmax(1) == test_labels[batch]).sum().item()
        evaluated = time.perf_counter()
        record["train_seconds"].append(trained - begin)
        record["evaluation_seconds"].append(evaluated - trained)
        record["train_loss"].append(loss_sum / len(labels))
        record["test_accuracy"].append(correct / len(test_labels))
    record["ended_at"] = time.time()
    return record


def import_networks():
    """Before any fork, and without leaving compiled files beside the sources."""
    sys.path.insert(0, str(NETWORKS))
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    import networks  # noqa: F401

    sys.dont_write_bytecode = written


def prepare_process(threads, sets):
    """What a process does before its first job."""
    global resident_sets
    import torch

    resident_sets = sets
    if threads is not None:
        torch.set_num_threads(threads)


def train_here(job, arguments):
    return {**train(job, resident_sets, arguments), "process": os.getpid()}


def train_side_by_side(arguments, sets):
    """Every process is forked after imports and data, so these are paid once and the data are shared."""
    with ProcessPoolExecutor(
        arguments.processes,
        mp_context=multiprocessing.get_context("fork"),
        initializer=prepare_process,
        initargs=(arguments.threads, sets),
    ) as pool:
        waiting = [pool.submit(train_here, job, arguments) for job in arguments.job]
        return [job.result() for job in waiting]


def main():
    begin = time.time()
    arguments = parse_arguments()
    import torch

    import_networks()
    sets = load(arguments.data)
    if arguments.processes > 1:
        records = train_side_by_side(arguments, sets)
    else:
        prepare_process(arguments.threads, sets)
        records = [train_here(job, arguments) for job in arguments.job]
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "threads": arguments.threads or torch.get_num_threads(),
                "processes": arguments.processes,
                "channels_last": arguments.channels_last,
                "compiled": arguments.compile,
                "wall_seconds": time.time() - begin,
                # The largest process alone: compare.py adds up processes that run side by side.
                "peak_rss_bytes": 1024
                * max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)),
                "jobs": records,
            }
        )
    )


if __name__ == "__main__":
    main()
