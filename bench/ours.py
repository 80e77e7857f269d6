"""Our side: the program itself, `sweep run` on sweeps/lab2.toml with default settings, read from the database it wrote."""

import pathlib
import sqlite3
import tempfile
from datetime import datetime

from figures import median, steady
from machine import cores
from processes import CommandFailed, run
from pytorch import Measured
from rows import SWEEP_NAME

ROOT = pathlib.Path(__file__).resolve().parent.parent
LAB2 = ROOT / "sweeps" / "lab2.toml"


class Sweep:
    def __init__(self, program):
        self.program = program

    def version(self):
        return run([self.program, "--version"]).output.strip()

    def export(self, folder):
        """Writes the data that both sides train on."""
        run([self.program, "data", "export", LAB2, "--data", "synthetic", "--dir", folder])

    def single(self, row):
        """Seconds an epoch with all cores busy: as many jobs as cores, which differ in seed.

        To the median of the recorded epochs comes the time that a job spent outside of them, from its recorded start to its
        recorded end (first weights, recording, checkpoints), shared over its epochs. The peers are spared that.
        """
        seeds = list(range(cores()))
        settings = {"model": row.model, "activation": "elu", "batch_size": row.batch_size, "epochs": row.epochs, "seed": seeds}
        done, jobs = self.run(settings)
        expect(len(jobs) == len(seeds), f"{len(seeds)} jobs were asked for and {len(jobs)} recorded")
        epochs = [seconds for job in jobs for seconds in steady(job["epoch_seconds"])]
        outside = median([(job["ended_at"] - job["started_at"] - sum(job["epoch_seconds"])) / row.epochs for job in jobs])
        more = {"outside_epochs_seconds": outside}
        seconds = (median(epochs) + max(0.0, outside)) / len(jobs)
        return Measured(seconds, done.peak_memory_bytes, details(done, jobs) | more)

    def sweep(self, jobs_expected, epochs):
        """Wall clock from start to exit; `training_seconds` is from the first job's recorded start to the last one's end."""
        done, jobs = self.run({"epochs": epochs})
        expect(len(jobs) == jobs_expected, f"{jobs_expected} jobs were asked for and {len(jobs)} recorded")
        training = max(job["ended_at"] for job in jobs) - min(job["started_at"] for job in jobs)
        return Measured(done.wall_seconds, done.peak_memory_bytes, details(done, jobs) | {"training_seconds": training})

    def run(self, settings):
        with tempfile.TemporaryDirectory(prefix="sweep-bench-") as folder:
            database = pathlib.Path(folder) / "results.db"
            command = [self.program, "run", LAB2, "--data", "synthetic", "--db", database]
            for name, value in settings.items():
                command += ["--set", f"{name}={value}"]
            done = run(command)
            return done, recorded_jobs(database)


def recorded_jobs(database):
    """The finished jobs with their epochs; refuses what did not finish, or ran on anything but a CPU."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        connection.row_factory = sqlite3.Row
        jobs = [dict(job) for job in connection.execute(
            "SELECT job_id, model, activation, batch_size, status, device, hardware, threads, epochs, started_at, finished_at,"
            " last_test_accuracy FROM trials JOIN sweep_jobs USING (job_id) WHERE sweep = ? ORDER BY position", [SWEEP_NAME])]
        for job in jobs:
            expect(job["status"] == "finished", f"job {job['job_id']} is {job['status']}")
            expect(job["device"] == "cpu", f"job {job['job_id']} ran on {job['device']}, and this compares CPUs")
            job["started_at"], job["ended_at"] = seconds_of(job["started_at"]), seconds_of(job.pop("finished_at"))
            job["epoch_seconds"] = [train + evaluation for train, evaluation in connection.execute(
                "SELECT train_seconds, evaluation_seconds FROM epochs WHERE job_id = ? ORDER BY epoch", [job["job_id"]])]
            expect(len(job["epoch_seconds"]) == job["epochs"], f"job {job['job_id']} has {len(job['epoch_seconds'])} epochs")
        return jobs
    finally:
        connection.close()


def seconds_of(text):
    return datetime.fromisoformat(text).timestamp()


def expect(holds, otherwise):
    if not holds:
        raise CommandFailed(f"sweep run: {otherwise}")


def details(done, jobs):
    return {"wall_seconds": done.wall_seconds, "processor_seconds": done.processor_seconds, "jobs": jobs}
