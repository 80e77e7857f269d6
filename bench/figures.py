"""Medians, spreads, ratios, and which peer still matters. Plain numbers in, plain numbers out."""

import statistics
from typing import NamedTuple


class Spread(NamedTuple):
    median: float
    least: float
    most: float
    rounds: int

    @property
    def relative(self):
        """Width of the spread as a share of the median."""
        return (self.most - self.least) / self.median


def median(values):
    return statistics.median(values)


def steady(epochs):
    """Epochs without the first, which holds warm-up and compilation; where there is one alone, that one."""
    return epochs[1:] or epochs


def spread(values):
    return Spread(median(values), min(values), max(values), len(values))


def best_peer(peers):
    """Name of the peer with the least median. `peers`: name -> values of the rounds; empty lists have failed."""
    measured = {name: median(values) for name, values in peers.items() if values}
    return min(measured, key=measured.get) if measured else None


def ratio(peer, ours):
    """How many times as long the peer takes: above 1, we are faster."""
    return median(peer) / median(ours)


def ratio_by_round(peers, ours):
    """The ratio to the best peer of each round; both sides of a round ran within minutes of each other.

    `peers`: name -> {round: value}; `ours`: {round: value}.
    """
    ratios = []
    for number, own in sorted(ours.items()):
        measured = [values[number] for values in peers.values() if number in values]
        if measured:
            ratios.append(min(measured) / own)
    return ratios


def contenders(peers, margin, at_least):
    """Names of the peers that may still be the best: within `margin` of the least value, and `at_least` the best few.

    `peers`: name -> value, lower is better.
    """
    ranked = sorted(peers, key=peers.get)
    if not ranked:
        return []
    bound = peers[ranked[0]] * (1 + margin)
    return [name for position, name in enumerate(ranked) if position < at_least or peers[name] <= bound]


def queue_makespan(costs, processes):
    """Time until the last of `processes` is done, if each takes the next cost of the queue as soon as it is free."""
    ends = [0.0] * processes
    for cost in costs:
        first_free = ends.index(min(ends))
        ends[first_free] += cost
    return max(ends)
