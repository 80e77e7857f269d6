#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: small inputs that are right, from which wrong ones grow. Needs nothing but Python."""

import json
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
SWEEPS = HERE.parent / "sweeps"


def write(target, name, content):
    folder = HERE / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def npy(descr, shape, data, fortran=False):
    header = repr({"descr": descr, "fortran_order": fortran, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def sweep_files():
    for path in sorted(SWEEPS.glob("*.toml")):
        text = path.read_text().splitlines()
        write("sweep_file", path.stem, "\n".join(line for line in text if not line.startswith("#")) + "\n")
    blocks = """name='b'
[data]
set='npz'
train=['a.npz']
test='b.npz'
[grid]
model=['eegnet','deepconvnet']
activation='elu'
epochs={from=1,to=9,steps=3}
[[zip]]
seed=[1,2]
batch_size=[3,4]
[[when]]
model='eegnet'
set={dropout=0.1,max_norm={convolution=1,dense=2}}
[[exclude]]
seed=2
[[rows]]
optimizer='sgd'
momentum=0.9
nesterov=true
learning_rate={from=1e-4,to=1e-1,steps=4,scale='log'}
initial_weights='w'
"""
    write("sweep_file", "blocks", blocks)
    write("sweep_file", "overrides", blocks + "\0seed=1,2\0data.set=synthetic\0model=eegnet")


def data_archives():
    fixtures = HERE.parent / "crates/sweep-data/tests/fixtures"
    write("data_archive", "whole", b"\x00" + (fixtures / "f4_deflated.npz").read_bytes())
    signal = npy("<f4", (4, 3, 2), struct.pack("<24f", *range(24)))
    label = npy("|i1", (4,), bytes([1, 2, 1, 2]))
    write("data_archive", "signal", b"\x11" + npy(">f8", (2, 3, 1), struct.pack(">6d", *range(6)), True))
    write("data_archive", "labelled", b"\x62" + struct.pack("<H", len(signal)) + signal + label)


def weights():
    tensor = lambda shape, begin, end: {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}
    header = {"depthwiseConv.0.weight": tensor([32, 1, 1, 1], 0, 128), "classify.0.weight": tensor([2, 32], 128, 384)}
    header = json.dumps(header).encode()
    write("weights", "whole", b"\x00" + struct.pack("<Q", len(header)) + header + bytes(384))
    write("weights", "header", b"\x01" + header)
    for name, form in [("eegnet", 0x02), ("optimizer", 0x42), ("deepconvnet", 0x82)]:
        write("weights", name, bytes([form]))
    write("weights", "changes", b"\x02" + bytes([40, 0, 0, 0x22, 0, 16, 0, 0xFF]))


def score():
    return {"loss": 0.5, "accuracy": 0.25}


def metrics(epoch):
    validation = {"loss": 0.75, "accuracy": 1.0}
    times = {"train_seconds": 0.5, "evaluation_seconds": 1e-3}
    return {"epoch": epoch, "train": score(), "validation": validation, "test": score(), **times}


def checkpoints():
    origin = {"trajectory": "ab", "hardware": "x86_64", "program_version": "0"}
    kept = {"epoch": 1, "score": score(), "classes": 2}
    head = {"origin": origin, "history": [metrics(1), metrics(2)], "best": kept, "selected": kept}
    head = json.dumps({**head, "parts": [2, 1, 2, 8, 3, 16]}).encode()
    write("checkpoint", "head", bytes([2 | 32 << 2]) + head)
    write("checkpoint", "body", b"\x01" + struct.pack("<Q", len(head)) + head + bytes(32))


def messages():
    spec = {
        "model": "eegnet",
        "activation": {"kind": "elu", "alpha": 1.0},
        "batch_size": 32,
        "learning_rate": 0.001,
        "epochs": 3,
        "seed": 0,
        "optimizer": {"kind": "adam", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
        "weight_decay": 0.0,
        "dropout": 0.25,
        "max_norm": None,
        "shuffle": "every_epoch",
        "initial_weights": None,
    }
    job = "0123456789abcdef" * 2
    detail = ORDER | {"bundle": {"trainings": [{"jobs": [{"id": job, "spec": spec}]}]}}
    order = json.dumps({"order": "train", "detail": detail})
    write("worker_message", "order", f'\0{order}\n{{"order":"stop"}}\n')
    snapshot = {
        "epoch": 1,
        "test": score(),
        "weights": {"file": job + "/best.safetensors", "sha256": "ab"},
        "predictions": {"classes": 2, "logits": [0.5, -1.5]},
    }
    provenance = {"host": "h", "device": "cpu", "hardware": "x", "threads": 1, "program_version": "0"}
    outcome = {"best": snapshot, "selected": None, "last": snapshot}
    events = [
        {"event": "started", "detail": provenance},
        {"event": "epoch_finished", "detail": metrics(1)},
        {"event": "finished", "detail": outcome},
        {"event": "failed", "detail": {"kind": "error", "message": "m"}},
        {"event": "interrupted"},
    ]
    lines = ['{"report":"ready"}', *(json.dumps({"report": "event", "detail": [job, event]}) for event in events)]
    write("worker_message", "reports", "\1" + "\n".join(lines) + "\n")


ORDER = {
    "data": {"source": {"set": "synthetic", "seed": 0}, "validation": 0.0, "validation_seed": 0, "scale": "none", "limit": None},
    "identity": "ab",
    "weights_dir": "w",
    "checkpoint_every": "never",
}


def queries():
    for name, query in {
        "select": "SELECT job_id, max(accuracy) FROM epochs JOIN trials USING (job_id) GROUP BY 1 ORDER BY 2 LIMIT 3",
        "recursion": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n WHERE x<9) SELECT x FROM n",
        "window": "SELECT row_number() OVER (ORDER BY id) FROM job",
        "json": "SELECT json_extract(spec,'$.model'), hex(zeroblob(3)) FROM job, json_each(spec)",
        "pragma": "PRAGMA table_info(job)",
        "function": "SELECT * FROM pragma_index_list('job')",
        "vacuum": "VACUUM INTO 'outside.db'",
        "attach": "ATTACH 'outside.db' AS o",
        "insert": "WITH t AS (SELECT 1) INSERT INTO sweep_job SELECT 1,2,3 FROM t RETURNING *",
        "temporary": "CREATE TEMP TABLE t AS SELECT 1",
        "setting": "PRAGMA journal_mode=delete",
    }.items():
        write("sql", name, query)


def filters():
    for name, text in {
        "settings": "model = \"eegnet\" and (learning_rate < 1e-2 or dropout in (0.25, .5))",
        "accuracies": "best_test_accuracy >= 85% and not last_test_accuracy = 0.5",
        "nulls": "slope is null or alpha is not null and nesterov != true",
        "times": "created_at >= '2026-03-01' and finished_at < \"2026-03-01T12:30:15.250Z\"",
        "texts": "reason ~ 'it''s' or host like 'lab%' or device not like '_'",
        "names": "job_id in ('4f2a', '00') or sweep = 'lab2' or epochs_finished < epochs",
        "mistake": "modle = 'x' or seed = 1.5",
    }.items():
        write("filter", name, text)


for make in [sweep_files, data_archives, weights, checkpoints, messages, queries, filters]:
    make()
