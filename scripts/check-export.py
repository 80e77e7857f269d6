#!/usr/bin/env python3
"""Reads exports with the programs that they are for, and compares every value with the source: scripts/check-export.py FOLDER

FOLDER holds a database, source.db, with the views of a results database or tables of their names, and exports of it in the folders csv,
json, parquet, tensorboard and mlflow; those that are not there are passed over. The example `exports` of sweep-export makes such a
folder. Needs a Python with pandas, pyarrow and duckdb, for tensorboard also tensorboard, and for mlflow also mlflow (2.0 or later).
Of more than RUNS runs, as many evenly spaced ones are compared. DuckDB reads source.db itself where it has its extension `sqlite`, or
where the package duckdb-extension-sqlite-scanner brings it.
"""

import collections
import contextlib
import datetime
import json
import math
import os
import pathlib
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

RUNS = 200
VIEWS = ["trials", "epochs", "best", "snapshots", "data_sets", "sweeps", "sweep_jobs", "runs", "attempts"]
SETS = ["train", "validation", "test"]
# Settings in the order of the view `trials`.
SETTINGS = """model activation slope alpha batch_size learning_rate epochs seed optimizer beta1 beta2 epsilon momentum nesterov
weight_decay dropout max_norm_convolution max_norm_dense shuffle initial_weights initial_weights_sha256""".split()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    # The servers run in a folder of their own.
    folder = pathlib.Path(sys.argv[1]).resolve()
    source = Source(folder / "source.db")
    print(f"source.db: {attached(folder / 'source.db', source)}", flush=True)
    for form in [csv, json_, parquet, tensorboard, mlflow]:
        name = form.__name__.rstrip("_")
        if (folder / name).is_dir():
            begin = time.monotonic()
            for line in form(folder / name, source):
                print(f"{name}: {line}", flush=True)
            print(f"{name}: compared in {time.monotonic() - begin:.1f} s", flush=True)


class Source:
    """The rows of the database."""

    def __init__(self, path):
        self.connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)

    def columns(self, view):
        return [row[1] for row in self.connection.execute(f"PRAGMA table_info({view})")]

    def rows(self, view):
        return self.connection.execute(f"SELECT * FROM {view}")

    def jobs(self):
        """The jobs, or some of them, as dictionaries."""
        columns, rows = self.columns("trials"), self.rows("trials").fetchall()
        step = max(1, math.ceil(len(rows) / RUNS))
        return [dict(zip(columns, row)) for row in rows[::step]]

    def epochs(self, job):
        columns = self.columns("epochs")
        rows = self.connection.execute("SELECT * FROM epochs WHERE job_id = ? ORDER BY epoch", [job["job_id"]])
        return [dict(zip(columns, row)) for row in rows]

    def index(self):
        """Tables of the example have no index; a view has one below."""
        is_table = self.connection.execute("SELECT type FROM sqlite_schema WHERE name = 'epochs'").fetchone()[0] == "table"
        if is_table:
            name = self.connection.execute("PRAGMA database_list").fetchone()[2]
            with sqlite3.connect(name) as writer:
                writer.execute("CREATE INDEX IF NOT EXISTS epochs_by_job ON epochs (job_id, epoch)")


def equal(where, found, expected):
    if found != expected:
        sys.exit(f"{where}: found {found!r}, expected {expected!r}")


def compare(where, source, view, rows, convert):
    """Compares the rows of a view with those that were read, in their order."""
    columns = source.columns(view)
    count = 0
    for expected, found in zip(source.rows(view), rows, strict=True):
        for column, a, b in zip(columns, expected, found, strict=True):
            equal(f"{where} {view}.{column}, row {count + 1}", b, convert(column, a))
        count += 1
    return count


def attached(path, source):
    """Reads the database itself with DuckDB, as docs/results-db.md has it."""
    import duckdb

    connection = duckdb.connect()
    with tempfile.TemporaryDirectory() as folder:
        connection.execute(f"SET extension_directory = '{folder}'")
        try:
            import duckdb_extension_sqlite_scanner as package

            (extension,) = pathlib.Path(package.__file__).parent.rglob("*.duckdb_extension")
            connection.execute(f"INSTALL '{extension}'")
        except ImportError:
            try:
                connection.execute("INSTALL sqlite")
            except (duckdb.IOException, duckdb.HTTPException):
                return "passed over: DuckDB cannot get its extension `sqlite`"
        connection.execute("LOAD sqlite")
        connection.execute(f"ATTACH '{path}' AS results (TYPE sqlite, READ_ONLY)")
        counts = []
        for view in VIEWS:
            # DuckDB does not keep the order of a view.
            query = f"SELECT {', '.join(source.columns(view))} FROM"
            found = collections.Counter(connection.execute(f"{query} results.{view}").fetchall())
            expected = collections.Counter(source.connection.execute(f"{query} {view}").fetchall())
            equal(f"rows of {view} by duckdb", found - expected, expected - found)
            counts.append(f"{view} {found.total()}")
        connection.execute("DETACH results")
    return f"rows by DuckDB {duckdb.__version__}: {', '.join(counts)}"


def sql_bytes(value):
    return f"x'{value.hex()}'" if isinstance(value, bytes) else value


def milliseconds(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


def csv(folder, source):
    import csv as module

    import duckdb
    import pandas

    module.field_size_limit(1 << 30)
    for view in VIEWS:
        path = folder / f"{view}.csv"
        with open(path, newline="", encoding="utf-8") as file:
            rows = module.reader(file)
            equal(f"csv {view}", next(rows), source.columns(view))
            text = lambda column, value: "" if value is None else sql_bytes(value)
            # A number is read as what it is: the shortest form is not everywhere the same.
            typed = ((type(a)(b) if isinstance(a, (int, float)) else b for a, b in zip(expected, row, strict=True))
                     for expected, row in zip(source.rows(view), rows, strict=True))
            count = compare("csv", source, view, typed, text)
        yield f"{view}: {count} rows by csv"
    # Since 3.1 pandas does so anyway, and warns where it is asked to.
    exact = {} if tuple(map(int, pandas.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
    yield from frames("pandas", source, lambda view: pandas.read_csv(
        folder / f"{view}.csv", keep_default_na=False, na_values=[""], **exact))
    yield from frames("duckdb", source, lambda view: duckdb.sql(
        f"SELECT * FROM read_csv('{folder}/{view}.csv', sample_size = -1)").df())


def json_(folder, source):
    import duckdb
    import pandas

    for view in VIEWS:
        with open(folder / f"{view}.json", encoding="utf-8") as file:
            objects = json.load(file)
        rows = (list(row.values()) for row in objects)
        yield f"{view}: {compare('json', source, view, rows, lambda _, value: sql_bytes(value))} rows by json"
        equal(f"json {view}", list(objects[0]) if objects else source.columns(view), source.columns(view))
    large = {"maximum_object_size": 1 << 28}
    yield from frames("pandas", source, lambda view: pandas.read_json(
        folder / f"{view}.json", dtype=False, precise_float=True))
    yield from frames("duckdb", source, lambda view: duckdb.read_json(f"{folder}/{view}.json", **large).df())


def frames(program, source, read):
    """Compares all numbers of the epochs, and how many rows the other views have."""
    for view in VIEWS:
        frame = read(view)
        rows = source.rows(view).fetchall()
        equal(f"{program} {view}", len(frame), len(rows))
        if view == "epochs":
            for place, column in enumerate(source.columns(view)):
                found = [None if value != value else value for value in frame[column].tolist()]
                equal(f"{program} epochs.{column}", found, [row[place] for row in rows])
    yield f"all views by {program}"


def parquet(folder, source):
    import duckdb
    import pandas
    import pyarrow
    import pyarrow.parquet

    kinds = set()
    for view in VIEWS:
        path = folder / f"{view}.parquet"
        file = pyarrow.parquet.ParquetFile(path)
        equal(f"parquet {view}", file.schema_arrow.names, source.columns(view))
        for field in file.schema_arrow:
            expected = {
                "_at": pyarrow.timestamp("ms", tz="UTC"), "logits": pyarrow.binary(), "test_labels": pyarrow.binary(),
            }.get(field.name[-3:] if field.name.endswith("_at") else field.name)
            if expected:
                equal(f"type of {view}.{field.name}", field.type, expected)
            declared = [row[2] for row in source.connection.execute(f"PRAGMA table_info({view})") if row[1] == field.name][0]
            if declared and not expected:
                by_name = {"INTEGER": pyarrow.int64(), "REAL": pyarrow.float64(), "TEXT": pyarrow.string()}
                equal(f"type of {view}.{field.name}", field.type, by_name[declared])
            kinds.add(str(field.type))
        epoch = lambda column, value: milliseconds(value) if value is not None and column.endswith("_at") else value
        plain = lambda column, value: milliseconds(value.isoformat()) if isinstance(value, datetime.datetime) else value
        rows = (row for batch in file.iter_batches() for row in zip(*(map(plain, [name] * len(column), column.to_pylist())
                for name, column in zip(batch.schema.names, batch.columns))))
        count = compare("pyarrow", source, view, rows, epoch)
        cursor = duckdb.connect()
        cursor.execute("SET TimeZone = 'UTC'")
        times = [f"epoch_ms({name}) AS {name}" if name.endswith("_at") else name for name in source.columns(view)]
        result = cursor.execute(f"SELECT {', '.join(times)} FROM '{path}'")
        rows = (row for batch in iter(lambda: result.fetchmany(10_000), []) for row in batch)
        compare("duckdb", source, view, rows, epoch)
        equal(f"pandas {view}", len(pandas.read_parquet(path)), count)
        yield f"{view}: {count} rows by pyarrow and duckdb, {file.num_row_groups} row groups"
    yield f"types {', '.join(sorted(kinds))}"


def single(number):
    """The nearest number in single precision."""
    return struct.unpack("<f", struct.pack("<f", number))[0]


def scalars(source, job):
    """The scalars of a job, by tag: (wall time, step, value)."""
    series, elapsed = {}, 0.0
    begin = milliseconds(job["started_at"] or job["created_at"]) / 1000
    for epoch in source.epochs(job):
        elapsed += epoch["train_seconds"] + epoch["evaluation_seconds"]
        for name in SETS:
            for figure in ["accuracy", "loss"]:
                value = epoch[f"{name}_{figure}"]
                if value is not None:
                    series.setdefault((figure, name), []).append((begin + elapsed, epoch["epoch"], value))
        for figure, chosen in [("best", "best_test_epoch"), ("selected", "selected_epoch")]:
            if job[chosen] == epoch["epoch"]:
                series[(figure, "test_accuracy")] = [(begin + elapsed, epoch["epoch"], epoch["test_accuracy"])]
    return series


def run_name(job):
    return f"{job['model']}-{job['activation']}-seed{job['seed']}-{job['job_id'][:8]}"


def tensorboard(folder, source):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    source.index()
    count, trained = 0, [job for job in source.jobs() if job["epochs_finished"] > 0]
    for job in trained:
        events = EventAccumulator(str(folder / run_name(job)), size_guidance={"scalars": 0})
        events.Reload()
        series = scalars(source, job)
        equal(f"tags of {run_name(job)}", sorted(events.Tags()["scalars"]), sorted("/".join(tag) for tag in series))
        for tag, expected in series.items():
            found = [(round(event.wall_time, 6), event.step, event.value) for event in events.Scalars("/".join(tag))]
            equal(f"{run_name(job)} {tag}", found, [(round(at, 6), step, single(value)) for at, step, value in expected])
            count += len(found)
    yield f"{len(trained)} runs, {count} scalars by EventAccumulator"
    with server(["tensorboard.main", "--logdir", str(folder), "--samples_per_plugin=scalars=1000000"], {}) as address:
        begin = time.monotonic()
        (runs,) = source.connection.execute("SELECT count(*) FROM trials WHERE epochs_finished > 0").fetchone()
        tags = wait(lambda: fetch(f"{address}/data/plugin/scalars/tags"), lambda tags: len(tags) == runs)
        yield f"all runs shown after {time.monotonic() - begin:.0f} s"
        for job in trained[:5]:
            for tag, expected in scalars(source, job).items():
                query = urllib.parse.urlencode({"run": run_name(job), "tag": "/".join(tag)})
                # It shows runs that it has not read to their ends.
                points = wait(lambda: fetch(f"{address}/data/plugin/scalars/scalars?{query}"),
                              lambda points: len(points) == len(expected))
                equal(f"{run_name(job)} {tag}", [point[1:] for point in points],
                      [[step, single(value)] for _, step, value in expected])
        yield f"{len(tags)} runs by the scalars API of `tensorboard`"
        experiment = fetch(f"{address}/data/plugin/hparams/experiment", {})
        metrics = [{"name": info["name"]} for info in experiment["metricInfos"]]
        request = {"startIndex": 0, "sliceSize": len(tags), "colParams": [{"metric": m["name"]} for m in metrics],
                   "allowedStatuses": ["STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING", "STATUS_UNKNOWN"]}
        groups = fetch(f"{address}/data/plugin/hparams/session_groups", request)["sessionGroups"]
        sessions = {group["sessions"][0]["name"]: (group, group["sessions"][0]) for group in groups}
        for job in trained:
            compare_session(job, source, *sessions[run_name(job)])
        yield (f"{len(experiment['hparamInfos'])} settings, {len(metrics)} figures and {len(groups)} sessions "
               "by the HPARAMS API of `tensorboard`")


def compare_session(job, source, group, session):
    name = run_name(job)
    settings = {key: job[key] for key in SETTINGS if job[key] is not None}
    for key in ["shuffle", "nesterov"]:
        settings.update({key: bool(settings[key])} if key in settings else {})
    settings["data_title"] = job["data_title"]
    settings.update({"sweeps": job["sweeps"]} if job["sweeps"] else {})
    equal(f"settings of {name}", group["hparams"], settings)
    status = {"finished": "STATUS_SUCCESS", "running": "STATUS_RUNNING", "queued": "STATUS_RUNNING"}
    equal(f"status of {name}", session["status"], status.get(job["status"], "STATUS_FAILURE"))
    series = scalars(source, job)
    for metric in session["metricValues"]:
        tag = tuple(metric["name"]["tag"].split("/"))
        equal(f"{name} {tag}", metric["value"], single(series[tag][-1][2]))


def mlflow(folder, source):
    source.index()
    with tempfile.TemporaryDirectory() as temporary:
        # MLflow changes the tables to those of its version; the export stays as it is.
        shutil.copy(folder / "mlflow.db", temporary)
        store = f"sqlite:///{temporary}/mlflow.db"
        os.environ["MLFLOW_TRACKING_URI"] = store
        import mlflow as module

        begin = time.monotonic()
        client = module.MlflowClient(store)
        experiments = client.search_experiments()
        yield f"opened by MLflow {module.__version__} in {time.monotonic() - begin:.1f} s"
        runs, ids = {}, [experiment.experiment_id for experiment in experiments]
        token = None
        while True:
            page = client.search_runs(ids, max_results=1000, page_token=token)
            runs.update({run.info.run_id: run for run in page})
            token = page.token
            if not token:
                break
        jobs = source.jobs()
        count = sum(compare_run(client, source, job, runs[job["job_id"]]) for job in jobs)
        equal("runs", len(runs), source.connection.execute("SELECT count(*) FROM trials").fetchone()[0])
        sweeps = [name for (name,) in source.connection.execute("SELECT DISTINCT sweep FROM sweep_jobs")] + ["Default"]
        equal("experiments", sorted(experiment.name for experiment in experiments), sorted(sweeps))
        high = client.search_runs(ids, "metrics.best_test_accuracy > 0 and params.model = 'eegnet'", max_results=1000)
        yield f"{len(runs)} runs by search_runs, {len(jobs)} with {count} values compared, {len(high)} found by a filter"
        arguments = ["mlflow", "ui", "--backend-store-uri", store]
        with server(arguments, {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}) as address:
            api = f"{address}/api/2.0/mlflow"
            found = wait(lambda: fetch(f"{api}/experiments/search", {"max_results": 100}), lambda _: True)
            equal("experiments", sorted(e["name"] for e in found["experiments"]), sorted(sweeps))
            for job in [job for job in jobs if job["epochs_finished"]][:5]:
                expected = [(step, value) for _, step, value in scalars(source, job)[("loss", "test")]]
                query = urllib.parse.urlencode({"run_id": job["job_id"], "metric_key": "test_loss", "max_results": 25_000})
                history = fetch(f"{api}/metrics/get-history?{query}")["metrics"]
                equal(run_name(job), [(int(point["step"]), point["value"]) for point in history], expected)
            with urllib.request.urlopen(address) as page:
                equal("the page", page.status, 200)
            yield f"{len(found['experiments'])} experiments by the API of `mlflow ui`"


def compare_run(client, source, job, run):
    name, tags = run_name(job), run.data.tags
    equal(f"name of {name}", run.info.run_name, name)
    status = {"queued": "SCHEDULED", "running": "RUNNING", "finished": "FINISHED", "cancelled": "KILLED"}
    equal(f"status of {name}", run.info.status, status.get(job["status"], "FAILED"))
    equal(f"start of {name}", run.info.start_time, milliseconds(job["started_at"] or job["created_at"]))
    equal(f"end of {name}", run.info.end_time, milliseconds(job["finished_at"]) if job["finished_at"] else None)
    settings = {key: job[key] for key in SETTINGS if job[key] is not None}
    typed = {key: type(settings[key])(value) for key, value in run.data.params.items()}
    equal(f"params of {name}", typed, settings)
    for key in ["job_id", "data_set", "data_title", "data_identity", "status", "sweeps", "reason", "host"]:
        equal(f"tag {key} of {name}", tags.get(key), job[key])
    commit = source.connection.execute("SELECT git_commit FROM runs WHERE run_id = ?", [job["run_id"]]).fetchone()
    equal(f"commit of {name}", tags.get("mlflow.source.git.commit"), commit and commit[0])
    series, count = scalars(source, job), 0
    names = {tag: f"{tag[0]}_{tag[1]}" if tag[0] in ("best", "selected") else f"{tag[1]}_{tag[0]}" for tag in series}
    equal(f"metrics of {name}", sorted(run.data.metrics), sorted(names.values()))
    for tag, expected in series.items():
        history = [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, names[tag])]
        equal(f"{name} {tag}", history, [(step, value) for _, step, value in expected])
        equal(f"last {name} {tag}", run.data.metrics[names[tag]], expected[-1][2])
        count += len(history)
    return count


@contextlib.contextmanager
def server(module_and_arguments, environment):
    """Runs `python -m MODULE ARGUMENTS --port PORT`, and gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", *module_and_arguments, "--host", "127.0.0.1", "--port", str(port)]
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env={**os.environ, **environment},
                                   start_new_session=True)
        try:
            yield f"http://127.0.0.1:{port}"
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read()[-4000:].decode(errors="replace"))
            raise
        finally:
            os.killpg(process.pid, 15)
            process.wait()


def wait(ask, is_enough):
    """Asks until there is an answer that is enough, for ten minutes at most."""
    end = time.monotonic() + 600
    while True:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            answer = ask()
            if is_enough(answer):
                return answer
        if time.monotonic() > end:
            sys.exit("the server gives no answer that is enough")
        time.sleep(1)


def fetch(address, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main()
