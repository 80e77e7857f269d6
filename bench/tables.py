"""The results as Markdown tables that read well in a terminal, too."""

from campaign import LAB2, OURS
from figures import best_peer, median, ratio, ratio_by_round, spread
from rows import SINGLE_ROWS

PLAIN_TITLES = {row.name: row.title for row in SINGLE_ROWS} | {LAB2: "lab2 sweep"}
TITLES = {row.name: f"{row.title}, s/epoch" for row in SINGLE_ROWS} | {LAB2: "lab2 sweep, wall clock, s"}
TRAINING_TITLE = "lab2 sweep, training alone, s"
MIB = 2**20
# A spread wider than this share of its median is marked.
NOISY = 0.1


def table(header, lines):
    """Markdown with its columns aligned: the first to the left, the others to the right."""
    widths = [max(len(line[column]) for line in [header, *lines]) for column in range(len(header))]
    rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]

    def row(cells):
        return "| " + " | ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(zip(cells, widths))
        ) + " |"

    return "\n".join([row(header), row(rule), *map(row, lines)])


def seconds(value):
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def with_spread(values, show=seconds):
    one = spread(values)
    mark = " !" if one.relative > NOISY else ""
    return show(one.median) if one.rounds == 1 else f"{show(one.median)} ({show(one.least)}..{show(one.most)}){mark}"


def views(campaign):
    """Title, and `side -> {round: value}`, of each line of the tables of seconds."""
    for name, sides in campaign.results.items():
        if OURS not in sides:
            continue
        yield TITLES[name], name, {side: {n: m.seconds for n, m in rounds.items()} for side, rounds in sides.items()}
        if name == LAB2:
            yield TRAINING_TITLE, name, {
                side: {n: m.details["training_seconds"] for n, m in rounds.items()} for side, rounds in sides.items()
            }


def verdict(campaign):
    """The headline: us, the best peer, the ratio."""
    lines = []
    for title, _, sides in views(campaign):
        ours = sides[OURS]
        peers = {name: rounds for name, rounds in sides.items() if name != OURS}
        best = best_peer({name: list(rounds.values()) for name, rounds in peers.items()})
        if best is None:
            lines.append([title, with_spread(ours.values()), "none ran", "-", "-", "-"])
            continue
        ratios = ratio_by_round(peers, ours)
        lines.append([
            title,
            with_spread(ours.values()),
            with_spread(peers[best].values()),
            campaign.peers[best].title,
            f"{ratio(peers[best].values(), ours.values()):.2f}",
            f"{min(ratios):.2f}..{max(ratios):.2f}",
        ])
    return table(["", "sweep", "best peer", "which", "ratio", "ratio by round"], lines)


def all_peers(campaign):
    """A line a side, a column a row of the verdict."""
    columns = list(views(campaign))
    lines = [["sweep", *(with_spread(sides[OURS].values()) for _, _, sides in columns)]]
    for peer in campaign.peers.values():
        lines.append([peer.title, *(peer_cell(campaign, name, peer.name, sides) for _, name, sides in columns)])
    return table(["", *(title for title, _, _ in columns)], lines)


def peer_cell(campaign, name, peer, sides):
    if peer in sides:
        return with_spread(sides[peer].values())
    if any(failure.row == name and failure.peer == peer for failure in campaign.failures):
        return "FAILED"
    if name == LAB2 and peer in campaign.predictions:
        return f"not run, {seconds(campaign.predictions[peer])} expected"
    return "not run"


def memory(campaign):
    """Peak of all processes of a side together, in MiB. The ratio is the peer with the least memory to us."""
    columns = [(name, sides) for name, sides in campaign.results.items() if OURS in sides]
    peaks = [{side: median([m.peak_memory_bytes for m in rounds.values()]) / MIB for side, rounds in sides.items()} for _, sides in columns]
    lines = [["sweep", *(f"{peak[OURS]:.0f}" for peak in peaks)]]
    for peer in campaign.peers.values():
        lines.append([peer.title, *(f"{peak[peer.name]:.0f}" if peer.name in peak else "-" for peak in peaks)])
    ratios = []
    for peak in peaks:
        least = min((value for side, value in peak.items() if side != OURS), default=None)
        ratios.append("-" if least is None or not peak[OURS] else f"{least / peak[OURS]:.2f}")
    lines.append(["ratio: the peer with the least to sweep", *ratios])
    return table(["", *(PLAIN_TITLES[name] for name, _ in columns)], lines)


def cross_check(campaign):
    """Wall clock of our runs beside what the database accounts for."""
    lines = []
    for name, sides in campaign.results.items():
        for measured in list(sides.get(OURS, {}).values())[-1:]:
            jobs = measured.details["jobs"]
            span = max(job["ended_at"] for job in jobs) - min(job["started_at"] for job in jobs)
            inside = sum(sum(job["epoch_seconds"]) for job in jobs)
            outside = sum(job["ended_at"] - job["started_at"] for job in jobs) - inside
            lines.append([PLAIN_TITLES[name], seconds(measured.details["wall_seconds"]), seconds(span), seconds(inside), seconds(outside)])
    return table(["", "wall clock", "first start to last end", "in epochs (all jobs)", "in jobs, outside epochs"], lines)
