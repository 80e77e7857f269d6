#!/usr/bin/env python3
"""Times the two networks in PyTorch on a GPU, each in every form that might be the fastest, and prints a table in Markdown.

    python pytorch_gpu.py [--seconds 110] [--small]

Trials are noise of the lab's sizes: 1080, all on the device, which are trained in shuffled order and then evaluated. An epoch is what
peer.py's is: Adam, cross-entropy, and an evaluation without gradients. As in `sweep`, at least 128 trials are evaluated at a time,
however few are trained. Nothing is read back within an epoch, which favours PyTorch.

The forms: eager, channels_last, CUDA graphs of whole steps, torch.compile, and CUDA graphs of compiled steps, each with TF32 off and on;
and three processes at once, as `sweep` trains the lab's three jobs of a network side by side. A form counts only if it trains: its weights
must move, and its loss must be that of the eager form. With --small it also runs on a CPU, as a check of the script.
"""

import argparse
import pathlib
import signal
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
# Beside this file on the machine with the GPU; otherwise where the golden numbers come from.
for folder in (HERE, HERE.parent / "crates" / "sweep-models" / "tests" / "golden"):
    sys.path.append(str(folder))
sys.dont_write_bytecode = True

EPOCHS_OF_LAB2 = 1201
# Networks and batch sizes; those of the lab come first.
LAB = (("eegnet", 108), ("deepconvnet", 1080))
OTHERS = (("eegnet", 16), ("eegnet", 4))
GRAPHS, COMPILE, BOTH = "CUDA graphs", "compile", "compile, CUDA graphs"
# Compiling takes longest and comes last.
BEFORE = [(form, case) for form in ("eager", GRAPHS, "channels_last") for case in LAB + OTHERS]
AFTER = [(form, case) for cases in (LAB, OTHERS) for form in (BOTH, COMPILE) for case in cases]


class Trainer:
    """One network with its data; `epoch` trains and evaluates once."""

    def __init__(self, torch, model, batch, form, trials, samples):
        from networks import MODELS

        self.torch, self.batch = torch, batch
        # Even shares of at least 128, so that every batch that is evaluated has the same size.
        self.together = -(-trials // max(1, trials // max(batch, 128)))
        device = self.device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(0)
        self.signal = torch.randn(trials, 1, 2, samples, device=device)
        self.labels = torch.randint(2, (trials,), device=device)
        self.network = MODELS[model]("elu", channels=2, samples=samples).to(device)
        if form == "channels_last":
            self.network = self.network.to(memory_format=torch.channels_last)
            self.signal = self.signal.to(memory_format=torch.channels_last)
        graphs = form in (GRAPHS, BOTH)
        self.optimizer = torch.optim.Adam(self.network.parameters(), 1e-3, capturable=graphs, fused=device == "cuda")
        self.loss = torch.nn.CrossEntropyLoss()
        self.forward = self.network
        if form in (COMPILE, BOTH):
            torch.compiler.reset()
            self.forward = torch.compile(self.network, dynamic=False)
        self.losses = torch.zeros((), device=device)
        self.correct = torch.zeros((), device=device, dtype=torch.long)
        self.step_graph = self.evaluation_graph = None
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
        """A graph of a step and one of an evaluated batch, for full batches; a smaller last one runs eagerly."""
        torch = self.torch
        self.trained = self.signal[: self.batch].clone(), self.labels[: self.batch].clone()
        self.evaluated = self.signal[: self.together].clone(), self.labels[: self.together].clone()
        before = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
        # All that is loaded, chosen and compiled at the first use must be so before it is captured.
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                self.train_step(*self.trained)
            self.network.eval()
            with torch.no_grad():
                for _ in range(3):
                    self.evaluate(*self.evaluated)
            self.network.train()
        torch.cuda.current_stream().wait_stream(stream)
        # The training begins where that of every other form does.
        self.network.load_state_dict(before)
        for state in self.optimizer.state.values():
            for tensor in state.values():
                tensor.zero_()
        self.losses.zero_()
        self.correct.zero_()
        self.step_graph, self.evaluation_graph = torch.cuda.CUDAGraph(), torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(self.step_graph):
            self.train_step(*self.trained)
        self.network.eval()
        with torch.no_grad(), torch.cuda.graph(self.evaluation_graph):
            self.evaluate(*self.evaluated)
        self.network.train()

    def train_batch(self, numbers):
        if self.step_graph is None or len(numbers) != self.batch:
            return self.train_step(self.signal[numbers], self.labels[numbers])
        for every, some in zip((self.signal, self.labels), self.trained):
            self.torch.index_select(every, 0, numbers, out=some)
        self.step_graph.replay()

    def evaluate_batch(self, signal, labels):
        if self.evaluation_graph is None or len(labels) != self.together:
            return self.evaluate(signal, labels)
        self.evaluated[0].copy_(signal)
        self.evaluated[1].copy_(labels)
        self.evaluation_graph.replay()

    def epoch(self):
        torch, trials = self.torch, len(self.labels)
        self.network.train()
        for numbers in torch.randperm(trials, device=self.device).split(self.batch):
            self.train_batch(numbers)
        self.network.eval()
        with torch.no_grad():
            for batch in zip(self.signal.split(self.together), self.labels.split(self.together)):
                self.evaluate_batch(*batch)
        # As a training must that records its epochs.
        return self.losses.item(), self.correct.item()


def first_loss(trainer):
    """The mean loss of the first epoch; fails if it trains nothing."""
    before = [parameter.detach().clone() for parameter in trainer.network.parameters()]
    loss = trainer.epoch()[0] / len(trainer.labels)
    moved = max((now - old).abs().max().item() for now, old in zip(trainer.network.parameters(), before))
    if not moved > 1e-4:
        raise RuntimeError("an epoch does not change the weights")
    return loss


def median_seconds(torch, trainer, budget):
    """The median over epochs."""
    seconds, begin = [], time.perf_counter()
    while len(seconds) < 3 or time.perf_counter() - begin < budget:
        start = time.perf_counter()
        trainer.epoch()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def prepare(torch, arguments, model, batch, form, tf32):
    """A trainer after two epochs that are not counted, and the mean loss of the first."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cudnn.benchmark = True
    trials, samples = (12, 110) if arguments.small else (1080, 750)
    trainer = Trainer(torch, model, min(batch, trials), form, trials, samples)
    loss = first_loss(trainer)
    trainer.epoch()
    return trainer, loss


def measure(torch, arguments, model, batch, form, tf32, losses):
    """Seconds of an epoch; fails if the loss is not near that of the eager form, which is measured first."""
    trainer, loss = prepare(torch, arguments, model, batch, form, tf32)
    expected = losses.setdefault((model, batch, tf32), loss)
    # Other draws of dropout; a dozen trials do not average them out.
    if not abs(loss - expected) <= (1.0 if arguments.small else 0.3) * expected:
        raise RuntimeError(f"the mean loss of the first epoch is {loss:.3f}, and {expected:.3f} in the eager form")
    return median_seconds(torch, trainer, 0.05 if arguments.small else 1.0)


def as_child(torch, arguments):
    """One of some processes at once: gets ready, waits for the word, and prints its seconds of an epoch."""
    model, batch, form = arguments.child
    trainer, _ = prepare(torch, arguments, model, int(batch), form, False)
    print("ready", flush=True)
    sys.stdin.readline()
    print(median_seconds(torch, trainer, 0.05 if arguments.small else 2.0), flush=True)
    # The others are still measuring.
    sys.stdin.readline()


def together(arguments, model, batch, form):
    """Seconds of an epoch of three trainings at once, each in its process; that of the slowest."""
    command = [sys.executable, __file__, *(["--small"] if arguments.small else []), "--child", model, str(batch), form]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    children = [subprocess.Popen(command, **pipes) for _ in range(3)]
    try:
        if any(child.stdout.readline() != "ready\n" for child in children):
            raise RuntimeError("one of three processes did not get ready")
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        return max(float(child.stdout.readline()) for child in children)
    finally:
        for child in children:
            child.kill()
            child.wait()


class Table:
    """Rows that are printed when they are known, and the shortest times."""

    def __init__(self, arguments, begin, gpu):
        self.arguments, self.begin, self.gpu = arguments, begin, gpu
        self.best = {}

    def row(self, model, batch, form, tf32, seconds):
        """Measures by `seconds` and prints; gives the seconds, or None."""
        result = None
        if time.perf_counter() - self.begin > self.arguments.seconds:
            words = "no time"
        elif not self.gpu and form.endswith(GRAPHS):
            words = "no GPU"
        else:
            try:
                result = seconds()
                words = f"{1e3 * result:.2f}"
            except Exception as error:  # noqa: BLE001: one form that fails must not stop the others
                print(f"{model} {batch} {form}: {error}", file=sys.stderr, flush=True)
                words = "failed"
        print(f"| {model} | {batch} | {form} | {'on' if tf32 else 'off'} | {words} |", flush=True)
        return result

    def measure(self, torch, forms, losses):
        for form, (model, batch) in forms:
            for tf32 in (False, True):
                arguments = (torch, self.arguments, model, batch, form, tf32, losses)
                seconds = self.row(model, batch, form, tf32, lambda arguments=arguments: measure(*arguments))
                if seconds is None:
                    continue
                for kind in {"best", "eager" if form == "eager" else "best"}:
                    key = model, batch, kind, tf32
                    self.best[key] = min(seconds, self.best.get(key, seconds))

    def measure_together(self):
        # What does without CUDA graphs on a CPU is a check of this script alone.
        form = GRAPHS if self.gpu else "eager"
        for model, batch in LAB:
            seconds = self.row(
                model, batch, f"three processes at once, {form}", False, lambda case=(model, batch): together(self.arguments, *case, form)
            )
            if seconds is not None:
                self.best[model, batch, "three", False] = seconds

    def print_lab2(self):
        """The lab's sweep by the table: three jobs of each network."""
        kinds = [
            (f"{kind}, TF32 {'on' if tf32 else 'off'}, one job after the other", kind, tf32, 3)
            for kind in ("eager", "best")
            for tf32 in (False, True)
        ]
        for words, kind, tf32, jobs in [*kinds, ("TF32 off, three processes at once", "three", False, 1)]:
            times = [self.best.get((model, batch, kind, tf32)) for model, batch in LAB]
            if all(times) and not self.arguments.small:
                print(f"\nlab2 by these epochs, {words}: {jobs * EPOCHS_OF_LAB2 * sum(times):.0f} s (computed from the table, not run).")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=110, help="no new measurement begins after so many")
    parser.add_argument("--small", action="store_true", help="tiny sizes, as a check of this script")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    begin = time.perf_counter()
    import torch

    gpu = torch.cuda.is_available()
    if not gpu and not arguments.small:
        print(f"PyTorch {torch.__version__} sees no GPU, so nothing was measured.")
        sys.exit(1)
    if arguments.child:
        return as_child(torch, arguments)
    where = torch.cuda.get_device_name() if gpu else "the CPU"
    print(f"PyTorch {torch.__version__} on {where}, ms an epoch of one job:\n")
    print("| network | batch | form | TF32 | ms |\n| --- | --- | --- | --- | --- |", flush=True)
    table, losses = Table(arguments, begin, gpu), {}
    # What is stopped from outside still says what it has.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        table.measure(torch, BEFORE, losses)
        table.measure_together()
        table.measure(torch, AFTER, losses)
    finally:
        table.print_lab2()


if __name__ == "__main__":
    main()
