import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from orchestration import job_cost
from ours import recorded_jobs
from peer import Job, parse_job
from processes import CommandFailed, family, run


class Commands(unittest.TestCase):
    def test_output_time_and_memory_are_measured(self):
        done = run([sys.executable, "-c", "import time; block = bytearray(80_000_000); time.sleep(0.6); print(len(block))"])
        self.assertEqual(done.output, "80000000\n")
        self.assertGreater(done.wall_seconds, 0.6)
        self.assertGreater(done.peak_memory_bytes, 75_000_000)

    def test_children_count(self):
        child = "import time; block = bytearray(60_000_000); time.sleep(0.8)"
        parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
        self.assertGreater(run([sys.executable, "-c", parent]).peak_memory_bytes, 55_000_000)

    def test_a_failure_says_what_ran_and_its_last_words(self):
        with self.assertRaisesRegex(CommandFailed, "code 3:\n.*out of luck"):
            run([sys.executable, "-c", "import sys; print('out of luck', file=sys.stderr); sys.exit(3)"])

    def test_a_command_that_hangs_is_ended_with_its_children(self):
        with tempfile.TemporaryDirectory() as folder:
            note = pathlib.Path(folder, "pid")
            script = f"import subprocess, pathlib; child = subprocess.Popen(['sleep', '600'], process_group=0); " \
                     f"pathlib.Path({str(note)!r}).write_text(str(child.pid)); child.wait()"
            with self.assertRaisesRegex(CommandFailed, "no end after"):
                run([sys.executable, "-c", script], timeout_seconds=1)
            self.assertTrue(ends_soon(int(note.read_text())))

    def test_what_would_handicap_one_side_is_cleared(self):
        os.environ["OMP_NUM_THREADS"] = "1"
        self.addCleanup(os.environ.pop, "OMP_NUM_THREADS")
        script = "import os; print(os.environ.get('OMP_NUM_THREADS'), os.environ['GIVEN'])"
        self.assertEqual(run([sys.executable, "-c", script], {"GIVEN": "yes"}).output, "None yes\n")

    def test_a_family_has_children_and_grandchildren(self):
        process = subprocess.Popen(["sh", "-c", "sh -c 'sleep 600; true'; true"])
        try:
            until = time.monotonic() + 5
            while len(family(process.pid)) < 3 and time.monotonic() < until:
                time.sleep(0.02)
            members = family(process.pid)
            self.assertEqual(len(members), 3)
        finally:
            for pid in family(process.pid):
                os.kill(pid, 9)
            process.wait()


def ends_soon(pid):
    """A killed process needs a moment to go."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


class Database(unittest.TestCase):
    """The two views that are read, as docs/results-db.md has them."""

    def database(self, status="finished", device="cpu", epochs=2):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name, "results.db")
        with sqlite3.connect(path) as connection:
            connection.executescript(f"""
                CREATE TABLE trials (job_id, model, activation, batch_size, status, device, hardware, threads, epochs, started_at,
                                     finished_at, last_test_accuracy);
                CREATE TABLE sweep_jobs (sweep, position, job_id);
                CREATE TABLE epochs (job_id, epoch, train_seconds, evaluation_seconds);
                INSERT INTO trials VALUES ('a', 'eegnet', 'elu', 108, '{status}', '{device}', 'AVX2', 1, {epochs},
                                           '2026-03-01T12:00:00.000Z', '2026-03-01T12:00:01.250Z', 0.5);
                INSERT INTO sweep_jobs VALUES ('lab2', 0, 'a');
                INSERT INTO epochs VALUES ('a', 2, 0.25, 0.125), ('a', 1, 0.5, 0.25);
            """)
        connection.close()
        return path

    def test_epochs_come_in_their_order_and_times_in_seconds(self):
        (job,) = recorded_jobs(self.database())
        self.assertEqual(job["epoch_seconds"], [0.75, 0.375])
        self.assertAlmostEqual(job["ended_at"] - job["started_at"], 1.25)

    def test_what_is_not_like_for_like_is_refused(self):
        for wrong, words in (({"status": "failed"}, "is failed"), ({"device": "cuda:0"}, "ran on cuda:0"), ({"epochs": 3}, "has 2 epochs")):
            with self.subTest(words), self.assertRaisesRegex(CommandFailed, words):
                recorded_jobs(self.database(**wrong))


class Small(unittest.TestCase):
    def test_a_job_as_text(self):
        self.assertEqual(parse_job("eegnet:elu:108"), Job("eegnet", "elu", 108))
        for text in ("eegnet:elu", "eegnet:elu:many", ""):
            with self.assertRaisesRegex(Exception, "MODEL:ACTIVATION:BATCH_SIZE"):
                parse_job(text)

    def test_the_cost_of_a_job_leaves_out_what_the_workers_computed(self):
        # Two workers compute 4 s each side by side, of 5 s of wall clock: 1 s is left for 1000 jobs.
        self.assertAlmostEqual(job_cost(5.0, 8.0, 2, 1000), 1.0)


if __name__ == "__main__":
    unittest.main()
