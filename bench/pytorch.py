"""The PyTorch peers: how each is started, and what its times come to. peer.py is what they run."""

import json
import os
import pathlib
from typing import NamedTuple

from figures import median, steady
from machine import cores
from processes import run

PEER = pathlib.Path(__file__).resolve().parent / "peer.py"
# Never gives pages back, so that big tensors cost no page faults after the first batch.
JEMALLOC_SETTINGS = "dirty_decay_ms:-1,muzzy_decay_ms:-1,oversize_threshold:0"
JEMALLOC_PLACES = (
    "/usr/lib/*-linux-gnu/libjemalloc.so.2",
    "/usr/lib64/libjemalloc.so.2",
    "/usr/lib/libjemalloc.so.2",
    "/usr/local/lib/libjemalloc.so.2",
)


class Peer(NamedTuple):
    name: str
    title: str
    # Whether jemalloc is preloaded.
    jemalloc: bool = False
    channels_last: bool = False
    compiled: bool = False
    # One single-thread process a core, instead of one process with PyTorch's own number of threads.
    side_by_side: bool = False
    # Whether it is run unless asked for.
    usual: bool = True


PEERS = (
    Peer("default", "as installed"),
    Peer("jemalloc", "jemalloc", jemalloc=True),
    Peer("channels-last", "jemalloc, channels last", jemalloc=True, channels_last=True),
    Peer("compile", "jemalloc, torch.compile", jemalloc=True, compiled=True),
    Peer("processes", "1-thread processes, jemalloc", jemalloc=True, side_by_side=True),
    Peer("processes-channels-last", "1-thread processes, jemalloc, channels last", jemalloc=True, channels_last=True, side_by_side=True),
    Peer("processes-compile", "1-thread processes, jemalloc, torch.compile", jemalloc=True, compiled=True, side_by_side=True, usual=False),
    Peer("processes-default", "1-thread processes", side_by_side=True, usual=False),
)


class Measured(NamedTuple):
    """One row, once. `seconds` is what the row compares."""

    seconds: float
    peak_memory_bytes: int
    details: dict


def find_jemalloc(given):
    """The library to preload, or None."""
    if given:
        return pathlib.Path(given) if pathlib.Path(given).is_file() else None
    for place in JEMALLOC_PLACES:
        found = sorted(pathlib.Path("/").glob(place.lstrip("/")))
        if found:
            return found[0]
    return None


class PyTorch:
    """Runs peers on one data folder."""

    def __init__(self, python, data, jemalloc, compile_cache):
        self.python, self.data, self.jemalloc, self.compile_cache = python, data, jemalloc, compile_cache

    def run(self, peer, jobs, epochs):
        environment = {"TORCHINDUCTOR_CACHE_DIR": str(self.compile_cache)} if peer.compiled else {}
        if peer.jemalloc:
            environment |= {"LD_PRELOAD": str(self.jemalloc), "MALLOC_CONF": JEMALLOC_SETTINGS}
        command = [self.python, PEER, "--data", self.data, "--epochs", epochs]
        for job in jobs:
            command += ["--job", ":".join(map(str, job))]
        if peer.side_by_side:
            command += ["--processes", cores(), "--threads", 1]
        if peer.channels_last:
            command.append("--channels-last")
        if peer.compiled:
            command.append("--compile")
        done = run(command, environment)
        return done, json.loads(done.output.splitlines()[-1])

    def single(self, peer, row):
        """Seconds an epoch with all cores busy: N processes that finish an epoch each in t seconds need t / N for one."""
        at_once = cores() if peer.side_by_side else 1
        done, report = self.run(peer, [(row.model, "elu", row.batch_size)] * at_once, row.epochs)
        epochs = [seconds for job in report["jobs"] for seconds in steady(epoch_seconds(job))]
        return Measured(median(epochs) / at_once, done.peak_memory_bytes, details(done, report))

    def sweep(self, peer, jobs, epochs):
        """Wall clock from start to exit. `training_seconds` beside it leaves out imports, data, compilation and warm-up."""
        done, report = self.run(peer, jobs, epochs)
        busy = {}
        for job in report["jobs"]:
            seconds = epoch_seconds(job)
            busy[job["process"]] = busy.get(job["process"], 0.0) + median(steady(seconds)) * len(seconds)
        more = {"training_seconds": max(busy.values())}
        return Measured(done.wall_seconds, done.peak_memory_bytes, details(done, report) | more)

    def version(self):
        text = "import torch, numpy; print(torch.__version__, numpy.__version__, torch.get_num_threads())"
        torch, numpy, threads = run([self.python, "-c", text]).output.split()
        return {"torch": torch, "numpy": numpy, "torch_default_threads": int(threads)}


def epoch_seconds(job):
    return [train + evaluation for train, evaluation in zip(job["train_seconds"], job["evaluation_seconds"])]


def details(done, report):
    return {
        "wall_seconds": done.wall_seconds,
        "processor_seconds": done.processor_seconds,
        "largest_process_rss_bytes": report["peak_rss_bytes"],
        "threads": report["threads"],
        "processes": report["processes"],
        "jobs": report["jobs"],
    }


def compile_cache_folder(target):
    """Kept between runs: compiling anew every time would only make the peer look slow."""
    folder = pathlib.Path(target) / "inductor-cache"
    os.makedirs(folder, exist_ok=True)
    return folder
