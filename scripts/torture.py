#!/usr/bin/env python3
"""Kills sweeps at random instants until they are finished, and compares what they leave with a sweep that was left alone.

scripts/torture.py SWEEP [--rounds N] [--programs N] [--side-by-side N] [--faults] [--power-cuts] [--seed N] [--keep]: SWEEP is the program. A round is one kill, of a
program, of a worker or of both, with SIGKILL or SIGTERM, once or twice; with `--programs` several programs share the database, and with
`--side-by-side` workers train so many trainings at once. With `--faults` a round is one
operation on the disk that fails, or in the middle of which the process dies (scripts/failing-disk.c). With `--power-cuts`
all is killed, and what was not synced is lost (scripts/losing-disk.c). Needs Python 3.11 on Linux, for `--faults` and `--power-cuts` a C
compiler, and nothing else. The seed of a failure repeats its choices.
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
# What is killed, how, and how often.
KILLS = (("program", signal.SIGKILL, 1), ("worker", signal.SIGKILL, 1), ("both", signal.SIGKILL, 1), ("program", signal.SIGTERM, 1),
         ("worker", signal.SIGTERM, 1), ("both", signal.SIGTERM, 1), ("program", signal.SIGTERM, 2), ("both", signal.SIGTERM, 2))
# The exit code of a program that SIGTERM stopped. Before it trains, SIGTERM ends it as it ends any program.
INTERRUPTED = 130
FAULTS = ("full", "error", "short", "die")
# About what a program, or one of two workers, does to the disk in the sweep above.
OPERATIONS = 450


class Broken(Exception):
    """A promise that does not hold."""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sweep", type=pathlib.Path, help="the program")
    parser.add_argument("--rounds", type=int, default=200, help="kills [default: %(default)s]")
    parser.add_argument("--programs", type=int, default=1, help="that run at once on one database [default: %(default)s]")
    parser.add_argument("--side-by-side", type=int, default=1, help="trainings in a worker at once [default: %(default)s]")
    disk = parser.add_mutually_exclusive_group()
    disk.add_argument("--faults", action="store_true", help="let operations on the disk fail instead of killing")
    disk.add_argument("--power-cuts", action="store_true", help="kill all, and lose what was not synced")
    parser.add_argument("--seed", type=int, default=None, help="of the choices [default: a new one, which is printed]")
    parser.add_argument("--keep", action="store_true", help="keep the files, whether it fails or not")
    return parser.parse_args()


def command(sweep, folder, side_by_side=1):
    return [sweep, "run", folder / "sweep.toml", "--db", folder / "results.db", "--workers", str(WORKERS), "--quiet",
            "--checkpoint-every", "1", "--side-by-side", str(side_by_side)]


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


def kill(pids, number=signal.SIGKILL):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Program:
    """One `sweep run`, with the workers that it was last seen to have."""

    def __init__(self, arguments, folder, environment=None):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command(arguments.sweep, folder, arguments.side_by_side), stdout=subprocess.DEVNULL, stderr=self.log,
                                        env={**os.environ, **(environment or {})})
        self.workers = []
        self.allowed = (0, 1, 3, -signal.SIGKILL) if environment else (0, 1, INTERRUPTED, -signal.SIGTERM, -signal.SIGKILL)

    def look(self):
        """Whether it still runs."""
        self.workers = children(self.process.pid) or self.workers
        return self.process.poll() is None

    def kill(self, target, number=signal.SIGKILL, times=1):
        victims = self.workers if target != "program" else []
        victims = random_one(victims) if target == "worker" else victims
        for time_number in range(times):
            if time_number > 0:
                time.sleep(random.uniform(0.0, 0.05))
            kill(victims, number)
            if target != "worker" and self.process.poll() is None:
                kill([self.process.pid], number)

    def end(self):
        """Waits for its end; its workers end by themselves, at once, when it is gone."""
        self.process.wait(timeout=300)
        patience = time.monotonic() + 10
        while any(is_alive(worker) for worker in self.workers):
            if time.monotonic() > patience:
                raise Broken(f"workers outlive their program: {self.workers}")
            time.sleep(0.005)
        self.log.seek(0)
        error = self.log.read().decode()
        code = self.process.returncode
        if code not in self.allowed or "fault in sweep" in error or "locked" in error or (code == 3 and not error):
            raise Broken(f"the program ended with {code}: {error}")
        return code


def wait(programs, delay):
    """Lets them run for so many seconds, or until none does."""
    deadline = time.monotonic() + delay
    while [program.look() for program in programs].count(True) and time.monotonic() < deadline:
        time.sleep(0.002)


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
        # One that was being made: it has no tables yet, or the next writer undoes them.
        if "no such table" in str(error) or "readonly database" in str(error):
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


def check_attempts(folder):
    """Every job was finished once, by the last of its attempts, and nothing is held or running any more."""
    database = sqlite3.connect(f"file:{folder / 'results.db'}?mode=ro", uri=True)
    (finishes,) = database.execute("SELECT count(*) FROM attempts WHERE ending = 'finished'").fetchone()
    (later,) = database.execute(
        "SELECT count(*) FROM attempts AS one JOIN attempts AS later USING (job_id)"
        " WHERE one.ending = 'finished' AND later.attempt > one.attempt").fetchone()
    (open_attempts,) = database.execute("SELECT count(*) FROM attempts WHERE ending IS NULL").fetchone()
    (held,) = database.execute("SELECT coalesce(sum(jobs_held), 0) FROM runs").fetchone()
    database.close()
    if (finishes, later, open_attempts, held) != (JOBS, 0, 0, 0):
        raise Broken(f"{finishes} finishes, {later} attempts after one, {open_attempts} open attempts, {held} jobs held")


def check_failures(folder):
    """Only SIGKILL makes an attempt fail; SIGTERM interrupts it."""
    database = sqlite3.connect(f"file:{folder / 'results.db'}?mode=ro", uri=True)
    failures = database.execute("SELECT reason FROM attempts WHERE ending = 'failed' AND reason NOT LIKE '%SIGKILL%'").fetchall()
    database.close()
    if failures:
        raise Broken(f"attempts failed, and not by SIGKILL: {failures}")


def check(folder, expected):
    (trials, epochs, snapshots), files = result(folder)
    check_attempts(folder)
    if len(trials) != JOBS or any(row[1] != "finished" or row[2] != row[3] for row in trials):
        raise Broken("a job is not finished")
    if len(epochs) != sum(row[2] for row in trials):
        raise Broken(f"{len(epochs)} rows of epochs")
    left_over = set(files) - set(expected[1])
    if left_over:
        raise Broken(f"files are left over: {sorted(left_over)}")
    if ((trials, epochs, snapshots), files) != (tuple(expected[0]), expected[1]):
        raise Broken("results differ from those of the sweep that was left alone")


def check_untouched(folder, done):
    """What is finished now; nothing of it may ever change."""
    now = finished(folder)
    for job, recorded in done.items():
        if now.get(job) != recorded:
            raise Broken(f"the finished job {job} was touched: {recorded} became {now.get(job)}")
    return now


def torture(arguments, folder, expected, rounds):
    """One sweep to its end, with at most `rounds` kills; gives how many there were."""
    prepare(folder)
    kills, done, programs = 0, {}, []
    while True:
        while len(programs) < arguments.programs:
            programs.append(Program(arguments, folder))
        if kills < rounds:
            wait(programs, random.uniform(0.0, 0.5))
            victim = random.choice(programs)
            if victim.look():
                victim.kill(*random.choice(KILLS))
                kills += 1
        else:
            wait(programs, 600)
            if any(program.look() for program in programs):
                raise Broken("the sweep does not end")
        for program in [program for program in programs if not program.look()]:
            program.end()
            programs.remove(program)
        done = check_untouched(folder, done)
        if len(done) == JOBS:
            for program in programs:
                program.end()
            # Removes what the dead have left half written.
            subprocess.run(command(arguments.sweep, folder), check=True, stderr=subprocess.DEVNULL)
            check_untouched(folder, done)
            check(folder, expected)
            check_failures(folder)
            return kills


def compile_disk(root, name):
    library = root / f"{name}.so"
    source = pathlib.Path(__file__).with_name(f"{name}.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return library


def torture_with_faults(arguments, folder, expected, rounds, library):
    """One sweep to its end, with at most `rounds` faults; gives how many attempts met one."""
    prepare(folder)
    faults, done = 0, {}
    while len(done) < JOBS:
        environment = {"LD_PRELOAD": str(library), "FAIL_UNDER": f"{folder}/", "FAIL_HOW": random.choice(FAULTS),
                       "FAIL_AT": str(random.randrange(1, OPERATIONS)), "FAIL_LOG": str(folder.with_suffix(".log"))}
        program = Program(arguments, folder, environment if faults < rounds else None)
        wait([program], 600)
        program.end()
        faults += faults < rounds
        done = check_untouched(folder, done)
    subprocess.run(command(arguments.sweep, folder), check=True, stderr=subprocess.DEVNULL)
    check_untouched(folder, done)
    check(folder, expected)
    return faults


def begin_shadow(folder, shadow):
    """All that is there is on the disk."""
    shutil.rmtree(shadow, ignore_errors=True)
    shadow.mkdir()
    with open(shadow / "log", "w") as log:
        for number, path in enumerate(folder.rglob("*")):
            if path.is_file():
                shutil.copyfile(path, shadow / f"first-{number}")
                log.write(f"F first-{number} {path}\n")
            else:
                log.write(f"S {path}\n")


def lose_unsynced(folder, shadow):
    """Puts the folder into the state that was synced."""
    folders, before, current, kept = {}, {}, {}, {folder}
    for line in (shadow / "log").read_text().splitlines():
        kind, rest = line.split(" ", 1)
        if kind == "D":
            before = folders.get(pathlib.Path(rest), {})
            current = folders[pathlib.Path(rest)] = {}
            continue
        if kind == "S":
            kept.add(pathlib.Path(rest))
            continue
        file, name = rest.split(" ", 1)
        if kind == "E":
            # One that was there from the beginning and was not synced since is as it was.
            current[name] = file if (shadow / file).exists() else before.get(name, file)
        else:
            path = pathlib.Path(name)
            folders.setdefault(path.parent, {})[path.name] = file
    shutil.rmtree(folder)
    for path in sorted(kept):
        # What a folder holds is there if the folder is.
        if path.parent.is_dir():
            path.mkdir()
    for parent, names in folders.items():
        for name, file in names.items() if parent.is_dir() else ():
            content = shadow / file
            (parent / name).write_bytes(content.read_bytes() if content.exists() else b"")


def torture_with_power_cuts(arguments, folder, expected, rounds, library):
    """One sweep to its end, with at most `rounds` power cuts; gives how many there were."""
    prepare(folder)
    shadow = folder.with_suffix(".shadow")
    cuts, done = 0, {}
    while len(done) < JOBS:
        begin_shadow(folder, shadow)
        environment = {"LD_PRELOAD": str(library), "SHADOW": str(shadow), "SHADOW_UNDER": str(folder)}
        program = Program(arguments, folder, environment)
        wait([program], random.uniform(0.0, 1.0) if cuts < rounds else 600)
        # What can be seen while the program lives is promised; what it left for the next to find may not be synced yet.
        done = check_untouched(folder, done)
        if program.look():
            program.kill("both")
        program.end()
        if cuts < rounds:
            lose_unsynced(folder, shadow)
            cuts += 1
        done = check_untouched(folder, done)
    subprocess.run(command(arguments.sweep, folder), check=True, stderr=subprocess.DEVNULL)
    check_untouched(folder, done)
    check(folder, expected)
    return cuts


def main():
    arguments = parse_arguments()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    random.seed(seed)
    print(f"seed {seed}")
    root = pathlib.Path(tempfile.mkdtemp(prefix="sweep-torture-"))
    arguments.sweep = sweep = arguments.sweep.resolve()
    disk = "failing-disk" if arguments.faults else "losing-disk" if arguments.power_cuts else None
    library = compile_disk(root, disk) if disk else None
    calm = prepare(root / "calm")
    subprocess.run(command(sweep, calm), check=True)
    tables, files = result(calm)
    expected = (tuple(tables), files)
    kills, sweeps = 0, 0
    try:
        while kills < arguments.rounds:
            folder, left = root / f"sweep-{sweeps}", arguments.rounds - kills
            if arguments.faults:
                kills += torture_with_faults(arguments, folder, expected, left, library)
            elif arguments.power_cuts:
                kills += torture_with_power_cuts(arguments, folder, expected, left, library)
            else:
                kills += torture(arguments, folder, expected, left)
            sweeps += 1
            what = "faults" if arguments.faults else "power cuts" if arguments.power_cuts else "kills"
            print(f"{kills} {what}, {sweeps} sweeps finished with the same bits", flush=True)
    except Broken as broken:
        print(f"BROKEN after {kills} rounds in sweep {sweeps} (seed {seed}): {broken}\nfiles: {root}", file=sys.stderr)
        sys.exit(1)
    if not arguments.keep:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
