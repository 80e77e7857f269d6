"""Runs one command: wall-clock time, processor time, peak memory of all its processes, and a certain end.

Memory is read from /proc (Linux). It is the sum over the command's processes of their proportional set size, in which a page
that several processes share counts once, read every 0.2 s; the largest sum counts.
"""

import os
import pathlib
import signal
import subprocess
import threading
import time
from typing import NamedTuple

SAMPLE_SECONDS = 0.2
# What a user's shell may hold that would handicap or help one side.
CLEARED = ("LD_PRELOAD", "MALLOC_CONF", "MALLOC_ARENA_MAX", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "RUST_LOG")


class CommandFailed(Exception):
    """The command ended with an error; the text has its last words."""


class Run(NamedTuple):
    output: str
    wall_seconds: float
    processor_seconds: float
    peak_memory_bytes: int


def children_of_all():
    """Children by parent, for all processes of the machine."""
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in brackets may hold spaces and brackets.
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    return children


def family(pid):
    """A process and all its descendants."""
    children, found, waiting = children_of_all(), [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting.extend(children.get(one, []))
    return found


def memory_bytes(pid):
    """Proportional set size of a process; 0 for one that has ended."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


class MemoryWatch(threading.Thread):
    """Looks at the memory of a process and its descendants until it is told to stop."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak_bytes, self.stopped = pid, 0, threading.Event()

    def run(self):
        while not self.stopped.wait(SAMPLE_SECONDS):
            self.peak_bytes = max(self.peak_bytes, sum(map(memory_bytes, family(self.pid))))

    def stop(self):
        self.stopped.set()
        if self.is_alive():
            self.join()
        return self.peak_bytes


def end(process):
    """Kills a command with all its descendants, whatever process groups they are in."""
    if process.poll() is None:
        for pid in family(process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    process.wait()


def children_seconds():
    times = os.times()
    return times.children_user + times.children_system


def clean_environment(extra):
    return {name: value for name, value in os.environ.items() if name not in CLEARED} | extra


def stop_on_signals():
    """Makes termination and a closed terminal end this program as Ctrl-C does: with everything that it started."""

    def interrupt(*_):
        raise KeyboardInterrupt

    for one in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, interrupt)


def run(command, environment=None, folder=None, timeout_seconds=3600):
    """Runs a command to its end. Raises CommandFailed unless it succeeds in time; leaves no process behind."""
    command = [str(part) for part in command]
    begin, processor_begin = time.perf_counter(), children_seconds()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=clean_environment(environment or {}),
        # Ctrl-C reaches this program alone, which then ends the command.
        start_new_session=True,
    )
    watch = MemoryWatch(process.pid)
    try:
        watch.start()
        output, errors = process.communicate(timeout=timeout_seconds)
        wall_seconds = time.perf_counter() - begin
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"{' '.join(command)}: no end after {timeout_seconds} s") from None
    finally:
        end(process)
        process.stdout.close()
        process.stderr.close()
        peak_memory_bytes = watch.stop()
    if process.returncode != 0:
        last_words = "\n".join((errors or output).strip().splitlines()[-8:])
        raise CommandFailed(f"{' '.join(command)}\nended with code {process.returncode}:\n{last_words}")
    return Run(output, wall_seconds, children_seconds() - processor_begin, peak_memory_bytes)
