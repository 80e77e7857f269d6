"""Runs both sides in turn, round by round, and keeps every measurement. It knows no table."""

from typing import NamedTuple

import rows as definitions
from figures import contenders, median, queue_makespan
from machine import cores
from processes import CommandFailed

OURS = "sweep"
LAB2 = "lab2"
# After the first round a peer goes on if it is within this share of the best of its row, or one of the best two.
MARGIN = 0.2
# The whole sweep is run by the peers that the single rows predict to be within this share of the best, and by the best two.
SWEEP_MARGIN = 0.1
AT_LEAST = 2


class Failure(NamedTuple):
    row: str
    peer: str
    round: int
    message: str


class Campaign:
    """`results[row][side][round]` is a Measured; `failures` has what went wrong with peers."""

    def __init__(self, ours, pytorch, peers, rows, rounds, all_peers, report, epochs=None, sweep_epochs=definitions.SWEEP_EPOCHS):
        self.ours, self.pytorch, self.report = ours, pytorch, report
        self.peers = {peer.name: peer for peer in peers}
        self.rows = [row._replace(epochs=epochs or row.epochs) for row in definitions.SINGLE_ROWS if row.name in rows]
        self.with_sweep, self.sweep_epochs = LAB2 in rows, sweep_epochs
        self.rounds, self.all_peers = rounds, all_peers
        self.results = {row.name: {} for row in self.rows} | ({LAB2: {}} if self.with_sweep else {})
        self.failures, self.predictions, self.warmed = [], {}, set()

    def run(self):
        for number in range(1, self.rounds + 1):
            for row in self.rows:
                self.measure_row(number, row.name, row.title, lambda row=row: self.ours.single(row),
                                 lambda peer, row=row: self.pytorch.single(peer, row))
            if self.with_sweep:
                self.measure_row(number, LAB2, "lab2 sweep", self.run_our_sweep, self.run_peer_sweep)

    def measure_row(self, number, name, title, run_ours, run_peer):
        for side in in_turn([OURS, *self.active(name)], number):
            try:
                measured = run_ours() if side == OURS else run_peer(self.peers[side])
            except CommandFailed as failure:
                if side == OURS:
                    raise
                self.failures.append(Failure(name, side, number, str(failure)))
                self.report(f"round {number}/{self.rounds}  {title:24} {side:24} FAILED")
                continue
            self.results[name].setdefault(side, {})[number] = measured
            self.report(f"round {number}/{self.rounds}  {title:24} {side:24} {measured.seconds:8.3f} s")

    def active(self, name):
        """The peers that may still be the best of a row; one that failed is not tried again."""
        failed = {failure.peer for failure in self.failures if failure.row == name}
        alive = [peer for peer in self.peers if peer not in failed]
        if self.all_peers:
            return alive
        if name == LAB2:
            self.predictions = self.predict_sweep()
            predicted = {peer: seconds for peer, seconds in self.predictions.items() if peer in alive}
            chosen = contenders(predicted, SWEEP_MARGIN, AT_LEAST)
            # A peer without a prediction cannot be left out, nor one that is being measured.
            return [peer for peer in alive if peer in chosen or peer not in predicted or peer in self.results[LAB2]]
        so_far = {peer: self.median_seconds(name, peer) for peer in alive if peer in self.results[name]}
        return contenders(so_far, MARGIN, AT_LEAST) if so_far else alive

    def median_seconds(self, row, side):
        return median([measured.seconds for measured in self.results[row][side].values()])

    def predict_sweep(self):
        """Seconds of the whole sweep without imports and compilation, from the single rows. Peers that lack one are left out."""
        by_model = {(row.model, row.batch_size): row.name for row in self.rows}
        predictions = {}
        for name, peer in self.peers.items():
            processes = cores() if peer.side_by_side else 1
            costs = []
            for model, _, batch_size in definitions.SWEEP_JOBS:
                row = by_model.get((model, batch_size))
                if row is not None and name in self.results[row]:
                    costs.append(self.median_seconds(row, name) * processes * self.sweep_epochs)
            if len(costs) == len(definitions.SWEEP_JOBS):
                predictions[name] = queue_makespan(costs, processes)
        return predictions

    def run_our_sweep(self):
        return self.ours.sweep(len(definitions.SWEEP_JOBS), self.sweep_epochs)

    def run_peer_sweep(self, peer):
        if peer.compiled and peer.name not in self.warmed:
            self.report(f"{'':10} lab2 sweep               {peer.name:24} filling the compiler's cache, not measured")
            self.pytorch.run(peer, definitions.SWEEP_JOBS, 1)
            self.warmed.add(peer.name)
        return self.pytorch.sweep(peer, definitions.SWEEP_JOBS, self.sweep_epochs)


def in_turn(sides, number):
    """The order of a round: rotated by one each round, so that no side always follows the same one."""
    shift = (number - 1) % len(sides)
    return sides[shift:] + sides[:shift]
