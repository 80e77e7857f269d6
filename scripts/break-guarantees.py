#!/usr/bin/env python3
"""Breaks each guarantee of docs/guarantees.md on purpose, in a copy of the sources, and sees that its test fails.

scripts/break-guarantees.py [NUMBER...]: all of them, or those.
scripts/break-guarantees.py --short: a few that build fast. It also looks whether every other one could still be broken.
scripts/break-guarantees.py --look: only that, without a build.

Needs Python 3.11, cargo and git.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Guarantees whose tests need one crate and its few dependencies.
SHORT = [3, 11, 14, 22]

ROOT = pathlib.Path(__file__).resolve().parent.parent
STORE, WORKER = "crates/sweep-store/src/", "crates/sweep-worker/src/"

# Number of the guarantee: file, what stands there, what breaks it; where a guarantee is kept twice, both are broken.
BREAKS = {
    1: ("crates/sweep/src/commands/run/work.rs", "        let mut retry = None;\n",
        "        self.progress.show(&run_event);\n        let mut retry = None;\n"),
    2: (STORE + "record.rs", "        for event in apply_request(&transaction, after.key, events)?.iter() {\n",
        "        for event in apply_request(&transaction, after.key, events)?.iter() {\n            let _ = self.reader.connection().execute_batch(\"COMMIT; BEGIN\");\n"),
    3: (STORE + "durability.rs", "matches!(event, JobEvent::Finished(_) | JobEvent::Failed(_))", "matches!(event, JobEvent::Finished(_))"),
    4: ("crates/sweep-files/src/save.rs", "let mut file = File::create(temporary)?;", "let mut file = File::create(path)?; File::create(temporary)?.write_all(bytes)?;"),
    5: (WORKER + "checkpoint/form.rs", "if Sha256::digest(body).as_slice() != checksum {", "if checksum.is_empty() {"),
    6: (STORE + "record.rs", "if !self.reader.is_in_place()? {", "if path.as_os_str().is_empty() {"),
    7: (STORE + "migrations.rs", "    run(&transaction, version)?;\n", "    run(&transaction, version)?;\n    transaction.execute_batch(\"COMMIT; BEGIN\")?;\n"),
    8: (STORE + "migrations.rs", "    if application != i64::from(APPLICATION_ID) {", "    if application == -1 {"),
    9: (STORE + "record.rs", "        store.finish_removals()?;\n", ""),
    10: (STORE + "sql.rs", "if is_allowed { Authorization::Allow } else { Authorization::Deny }", "if is_allowed { Authorization::Allow } else { Authorization::Allow }",
         "    if !statement.readonly() || statement.column_count() == 0 {", "    if false {"),
    11: (STORE + "sweep.rs", "Status::Finished => self.finished += 1,", "Status::Finished => self.to_run.push(job),"),
    12: (STORE + "sweep.rs", "Status::Diverged => self.diverged_before += 1,", "Status::Diverged => self.to_run.push(job),"),
    13: (STORE + "claim.rs", "Some(owner) if owner != run && locks.is_held(owner)? =>", "Some(owner) if owner == run && locks.is_held(owner)? =>"),
    14: (STORE + "record.rs", "        owner => Err(StoreError::NotOurs { job: *id, owner }),", "        _ => Ok(()),"),
    15: (STORE + "runs.rs", "        locks.hold(run)?;\n", "        let _ = locks;\n"),
    16: (STORE + "lock.rs", "        is_held(&self.file, run).map_err(", "        is_held(&self.file, run).map(|_| true).map_err("),
    17: (STORE + "sweep.rs", "Status::Cancelled => self.cancelled_before += 1,", "Status::Cancelled => self.to_run.push(job),"),
    18: (STORE + "connect.rs", "    connection.pragma_update(None, \"foreign_keys\", true)\n", "    connection.pragma_update(None, \"locking_mode\", \"exclusive\")\n"),
    19: ("crates/sweep-kernels/src/mask.rs", "        let Self { seed, epoch, step } = *self;",
         "        let Self { seed, epoch, step } = Self { seed: self.seed + crate::threads() as u64, ..*self };"),
    20: (WORKER + "network.rs", "optimizer: spec.into(), seed: spec.seed }",
         "optimizer: spec.into(), seed: spec.seed + u64::from(spec.epochs) }"),
    21: (WORKER + "training.rs", "        state.load_optimizer(&optimizer)?;\n", "        let _ = &optimizer;\n"),
    22: (STORE + "live.rs", "            if saved != recorded {", "            if saved.is_none() && recorded.is_some() {"),
    23: (STORE + "weights.rs", "(sha256(&bytes) == file.sha256).then_some(bytes)", "Some(bytes)"),
    25: (WORKER + "serve.rs", "                stop.raise();\n                let _ = tasks.send(Ok(Task::LookForSignal));\n", "                process::exit(0);\n"),
    26: ("crates/sweep/src/commands/worker.rs", "Some(expected) if expected != build::id() =>", "Some(expected) if expected.is_empty() =>"),
    31: (STORE + "creation.rs", "    if let Some(log) = orphan {", "    if let Some(log) = orphan.filter(|_| false) {"),
    32: (STORE + "lock.rs", "metadata.len() > MOST_BYTES || !is_signature(&content(&file))", "metadata.len() > MOST_BYTES << 20"),
    33: (STORE + "weights.rs", "dir_named_after(&resolve(database))", "dir_named_after(database)"),
    34: (STORE + "manner.rs", "            Self { has_changes: false, .. } => Choice::Still,\n", ""),
    24: (STORE + "runs.rs", "transition::make(transaction, BulkTransition::Cancelled, Jobs::UnwantedOf(run))?;", "let _ = Jobs::UnwantedOf(run);"),
    35: (STORE + "salvage/judge.rs", ".filter(|_| has_result(&job))", ".filter(|_| false)",
         "map_or(Verdict::Whole, |words| Verdict::Doubtful((*words).to_owned()))", "map_or(Verdict::Whole, |_| Verdict::Whole)"),
    36: (STORE + "predictions.rs", "    (!is_recorded).then(|| {", "    (!is_recorded && labels.is_empty()).then(|| {"),
    37: (WORKER + "stop.rs", "self.cancelled().contains(&job)", "{ let _ = job; !self.cancelled().is_empty() }"),
    38: ("crates/sweep/src/commands/run/work.rs", "self.allowed > 0 && self.so_far", "self.allowed > 99 && self.so_far"),
    39: ("crates/sweep/src/commands/run/work.rs", "if size < 2 {", "if size > 0 {"),
    40: (WORKER + "training.rs", "self.data.sets.train.labels.len(), self.submitted);",
         "self.data.sets.train.labels.len(), self.submitted + self.member as u32);"),
    41: (WORKER + "checkpoint/folder.rs", "(made_by == maker).then_some(epoch)?", "(made_by.len() == maker.len()).then_some(epoch)?"),
}


def guarantees():
    """Number -> (file of the test, its name)."""
    text = (ROOT / "docs/guarantees.md").read_text()
    rows = re.findall(r"^\| (\d+) \| .* \| `([^`]+)`: `([^`]+)` \|$", text, re.M)
    return {int(number): (file, name) for number, file, name in rows}


def broken(number, root):
    """The file to change for a guarantee, with its text as it stands and as it is broken."""
    file, *changes = BREAKS[number]
    text = broken_text = (root / file).read_text()
    for whole, change in zip(changes[::2], changes[1::2], strict=True):
        if text.count(whole) != 1:
            sys.exit(f"{number}: {file} has {text.count(whole)} places like {whole!r}")
        broken_text = broken_text.replace(whole, change)
    return file, text, broken_text


def look(promised):
    """Stops if a guarantee cannot be broken any more, or its test is gone."""
    for number, (file, name) in promised.items():
        broken(number, ROOT)
        if f"fn {name}(" not in (ROOT / file).read_text():
            sys.exit(f"{number}: there is no test {name} in {file}")


def test_fails(copy, file, name):
    """Runs the test; whether it failed, and not for want of a build."""
    parts = pathlib.PurePath(file).parts
    unit = ["--bin", "sweep"] if parts[1] == "sweep" else ["--lib"]
    target = ["--test", pathlib.PurePath(file).stem] if parts[2] == "tests" else unit
    environment = {**os.environ, "CARGO_TARGET_DIR": str(ROOT / "target"), "INSTA_UPDATE": "no"}
    build = subprocess.run(["cargo", "test", "-q", "-p", parts[1], *target, "--no-run"], cwd=copy, env=environment, capture_output=True, text=True)
    if build.returncode != 0:
        sys.exit(f"the broken program does not build:\n{build.stderr[-3000:]}")
    run = subprocess.run(["cargo", "test", "-q", "-p", parts[1], *target, name], cwd=copy, env=environment, capture_output=True, text=True)
    output = run.stdout + run.stderr
    if "running 0 tests" in output and "running 1 test" not in output:
        sys.exit(f"there is no test {name} in {file}")
    return run.returncode != 0


def main():
    promised = guarantees()
    if set(promised) != set(BREAKS):
        sys.exit(f"guarantees without a way to break them, or the reverse: {sorted(set(promised) ^ set(BREAKS))}")
    look(promised)
    match sys.argv[1:]:
        case ["--look"]:
            return
        case ["--short"]:
            requested = SHORT
        case numbers:
            requested = [int(number) for number in numbers] or sorted(promised)
    kept = []
    with tempfile.TemporaryDirectory(prefix="sweep-broken-") as folder:
        copy = pathlib.Path(folder) / "copy"
        files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in files.split("\0"):
            if name and (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy / name)
        for number in requested:
            file, text, broken_text = broken(number, copy)
            (copy / file).write_text(broken_text)
            try:
                fails = test_fails(copy, *promised[number])
            finally:
                (copy / file).write_text(text)
                # The target folder is shared, and holds the broken program now: cargo must build this file again.
                os.utime(ROOT / file)
            print(f"{number:2} {'broken, and its test fails' if fails else 'BROKEN AND NOT NOTICED'}: {promised[number][1]}", flush=True)
            kept += [] if fails else [number]
    if kept:
        sys.exit(f"not noticed: {kept}")


if __name__ == "__main__":
    main()
