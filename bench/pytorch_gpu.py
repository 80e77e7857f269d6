#!/usr/bin/env python3
"""Times the two networks in PyTorch on a GPU, each in every form that might be the fastest, and prints a table in Markdown.

    python pytorch_gpu.py [--seconds 130] [--small]

Trials are noise of the lab's sizes: 1080 for training and 1080 for evaluation, all on the device, picked by shuffled indices. An epoch
is what peer.py's is: Adam, cross-entropy, and an evaluation without gradients. Nothing is read back within an epoch, which favours PyTorch.
The forms: eager, channels_last, CUDA graphs of whole steps, and torch.compile, each with TF32 off and on. Without a GPU it runs on the CPU
with --small, as a check of the script.
"""

import argparse
import pathlib
import signal
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
# Beside this file on the machine with the GPU; otherwise where the golden numbers come from.
for folder in (HERE, HERE.parent / "crates" / "sweep-models" / "tests" / "golden"):
    sys.path.append(str(folder))
sys.dont_write_bytecode = True

EPOCHS_OF_LAB2 = 1201
# Networks and batch sizes; those of the lab come first.
CASES = (("eegnet", 108), ("deepconvnet", 1080), ("eegnet", 16), ("eegnet", 4))
FORMS = ("eager", "channels_last", "CUDA graphs", "compile")


class Trainer:
    """One network with its data; `epoch` trains and evaluates once."""

    def __init__(self, torch, model, batch, form, trials, samples):
        from networks import MODELS

        self.torch, self.batch, self.form = torch, batch, form
        device = self.device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(0)
        # With all trials in one batch or an even share of them, every step has the same size.
        self.signal = torch.randn(trials, 1, 2, samples, device=device)
        self.labels = torch.randint(2, (trials,), device=device)
        self.network = MODELS[model]("elu", channels=2, samples=samples).to(device)
        if form == "channels_last":
            self.network = self.network.to(memory_format=torch.channels_last)
            self.signal = self.signal.to(memory_format=torch.channels_last)
        graphs = form == "CUDA graphs"
        self.optimizer = torch.optim.Adam(self.network.parameters(), 1e-3, capturable=graphs, fused=device == "cuda")
        self.loss = torch.nn.CrossEntropyLoss()
        self.forward = self.network
        if form == "compile":
            torch.compiler.reset()
            self.forward = torch.compile(self.network, dynamic=False)
        self.losses = torch.zeros((), device=device)
        self.correct = torch.zeros((), device=device, dtype=torch.long)
        if graphs:
            self.capture()

    def train_step(self, signal, labels):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.forward(signal), labels)
        loss.backward()
        self.optimizer.step()
        self.losses += loss.detach() * len(labels)

    def evaluate(self, signal, labels):
        self.correct += (self.forward(signal).argmax(1) == labels).sum()

    def capture(self):
        """A graph of a step and one of an evaluated batch, for the full batch; a smaller last one runs eagerly."""
        torch = self.torch
        self.batch_signal = self.signal[: self.batch].clone()
        self.batch_labels = self.labels[: self.batch].clone()
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                self.train_step(self.batch_signal, self.batch_labels)
        torch.cuda.current_stream().wait_stream(stream)
        self.step_graph, self.evaluation_graph = torch.cuda.CUDAGraph(), torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(self.step_graph):
            self.train_step(self.batch_signal, self.batch_labels)
        self.network.eval()
        with torch.no_grad(), torch.cuda.graph(self.evaluation_graph):
            self.evaluate(self.batch_signal, self.batch_labels)
        self.network.train()

    def run(self, graph, eagerly, signal, labels):
        if self.form != "CUDA graphs" or len(labels) != self.batch:
            return eagerly(signal, labels)
        self.batch_signal.copy_(signal)
        self.batch_labels.copy_(labels)
        return graph.replay()

    def epoch(self):
        torch, trials = self.torch, len(self.labels)
        graphs = self.form == "CUDA graphs"
        self.network.train()
        order = torch.randperm(trials, device=self.device)
        for first in range(0, trials, self.batch):
            numbers = order[first : first + self.batch]
            self.run(graphs and self.step_graph, self.train_step, self.signal[numbers], self.labels[numbers])
        self.network.eval()
        with torch.no_grad():
            for first in range(0, trials, self.batch):
                batch = slice(first, first + self.batch)
                self.run(graphs and self.evaluation_graph, self.evaluate, self.signal[batch], self.labels[batch])
        # As a training must that records its epochs.
        return self.losses.item(), self.correct.item()


def epoch_seconds(torch, trainer, budget):
    """The median over epochs, after two that are not counted."""
    for _ in range(2):
        trainer.epoch()
    seconds, begin = [], time.perf_counter()
    while len(seconds) < 3 or (time.perf_counter() - begin < budget and len(seconds) < 50):
        start = time.perf_counter()
        trainer.epoch()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def measure(torch, arguments, model, batch, form, tf32):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cudnn.benchmark = True
    trials, samples = (12, 110) if arguments.small else (1080, 750)
    trainer = Trainer(torch, model, min(batch, trials), form, trials, samples)
    return epoch_seconds(torch, trainer, 0.05 if arguments.small else 1.0)


def table(torch, arguments, begin, best):
    """A row for each network and form; keeps the shortest times in `best`."""
    # Compiling takes longest and comes last.
    for form in FORMS:
        for model, batch in CASES:
            row = []
            for tf32 in (False, True):
                if time.perf_counter() - begin > arguments.seconds:
                    row.append("no time")
                    continue
                if form == "CUDA graphs" and not torch.cuda.is_available():
                    row.append("no GPU")
                    continue
                try:
                    seconds = measure(torch, arguments, model, batch, form, tf32)
                except Exception as error:  # noqa: BLE001: one form that fails must not stop the others
                    print(f"{model} {batch} {form}: {error}", file=sys.stderr)
                    row.append("failed")
                    continue
                row.append(f"{1e3 * seconds:.2f}")
                for key in {(model, batch, "best"), (model, batch, "eager" if form == "eager" else "best")}:
                    best[key] = min(seconds, best.get(key, seconds))
            print(f"| {model} | {batch} | {form} | {row[0]} | {row[1]} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=130, help="no new measurement begins after so many")
    parser.add_argument("--small", action="store_true", help="tiny sizes, as a check of this script")
    arguments = parser.parse_args()
    begin = time.perf_counter()
    import torch

    where = torch.cuda.get_device_name() if torch.cuda.is_available() else "the CPU"
    print(f"PyTorch {torch.__version__} on {where}, ms an epoch of one job:\n")
    print("| network | batch | form | TF32 off | TF32 on |\n| --- | --- | --- | --- | --- |", flush=True)
    best = {}
    # What is stopped from outside still says what it has.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        table(torch, arguments, begin, best)
    finally:
        for kind in ("eager", "best"):
            times = [best.get((model, batch, kind)) for model, batch in CASES[:2]]
            if all(times) and not arguments.small:
                print(f"\nlab2 by these epochs, {kind}: {3 * EPOCHS_OF_LAB2 * sum(times):.0f} s (computed from the table, not run).")


if __name__ == "__main__":
    main()
