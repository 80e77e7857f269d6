"""Compares `sweep run` with PyTorch, both run in turn on the same data: `python compare.py --help`. README.md explains the figures."""

import argparse
import datetime
import json
import pathlib
import sys
import tempfile
import time

import tables
from campaign import LAB2, OURS, Campaign
from machine import OtherWork, describe, load_average
from ours import ROOT, Sweep
from processes import CommandFailed, stop_on_signals
from pytorch import PEERS, PyTorch, compile_cache_folder, find_jemalloc
from rows import SINGLE_ROWS, SWEEP_EPOCHS

TARGET = ROOT / "target" / "bench"
ROW_NAMES = [row.name for row in SINGLE_ROWS] + [LAB2]
QUIET_LOAD = 0.5
QUIET_SHARE = 0.03


def parse_arguments():
    parser = argparse.ArgumentParser(description="Compare `sweep run` with PyTorch on this machine's CPU.")
    parser.add_argument("--sweep", type=pathlib.Path, default=ROOT / "target" / "release" / "sweep", help="the program")
    parser.add_argument("--python", default=sys.executable, help="the Python that has PyTorch [default: this one]")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", default=",".join(ROW_NAMES), help="of %(default)s")
    parser.add_argument("--peers", help=f"of {','.join(peer.name for peer in PEERS)} [default: all but the last two]")
    parser.add_argument("--all-peers", action="store_true", help="run every peer in every round, however slow it was before")
    parser.add_argument("--epochs", type=int, help="epochs of the rows with one network; the first does not count")
    parser.add_argument("--sweep-epochs", type=int, default=SWEEP_EPOCHS, help="epochs of the whole sweep [default: %(default)s]")
    parser.add_argument("--jemalloc", help="path of libjemalloc.so.2 [default: where Debian, Ubuntu and Fedora put it]")
    parser.add_argument("--without-jemalloc", action="store_true", help="leave out what is likely the best peer")
    parser.add_argument("--output", type=pathlib.Path, default=TARGET / "compare.json", help="[default: %(default)s]")
    arguments = parser.parse_args()
    arguments.rows = chosen(parser, "--rows", arguments.rows, ROW_NAMES)
    every = [peer.name for peer in PEERS]
    usual = [peer.name for peer in PEERS if peer.usual or arguments.all_peers]
    names = chosen(parser, "--peers", arguments.peers, every) if arguments.peers else usual
    arguments.peers = [peer for peer in PEERS if peer.name in names]
    for name in ("rounds", "epochs", "sweep_epochs"):
        if getattr(arguments, name) is not None and getattr(arguments, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be 1 or above")
    if not arguments.sweep.is_file():
        parser.error(f"there is no program {arguments.sweep}: `cargo build --release` makes it, and --sweep names another")
    arguments.sweep = arguments.sweep.resolve()
    return parser, arguments


def chosen(parser, option, text, known):
    names = text.split(",")
    for name in names:
        if name not in known:
            parser.error(f"{option}: {name!r} is none of {', '.join(known)}")
    return names


def settle_jemalloc(parser, arguments):
    """The library to preload. Without it the best peer is missing, and that is never done silently."""
    if arguments.without_jemalloc:
        arguments.peers = [peer for peer in arguments.peers if not peer.jemalloc]
        if not arguments.peers:
            parser.error("every chosen peer needs jemalloc, and --without-jemalloc leaves none")
        return None
    if not any(peer.jemalloc for peer in arguments.peers):
        return None
    library = find_jemalloc(arguments.jemalloc)
    if library is None:
        parser.error(
            f"jemalloc is not at {arguments.jemalloc}" if arguments.jemalloc else
            "jemalloc is not installed, and the best peer needs it: `apt-get install libjemalloc2` (Debian, Ubuntu) or `dnf install "
            "jemalloc` (Fedora), --jemalloc PATH if it is elsewhere, or --without-jemalloc to do without that peer"
        )
    return library


def print_machine(facts):
    print(f"{facts['processor']}, {facts['cores']} cores ({', '.join(facts['instruction_sets'])}), {facts['memory_gib']} GiB, {facts['system']}")
    print(f"{facts['sweep']}, default settings (a single-thread worker a core) | PyTorch {facts['torch']}, "
          f"{facts['torch_default_threads']} threads as installed | jemalloc: {facts['jemalloc'] or 'LEFT OUT'} | Python {facts['python']}")
    print(f"load average at the start: {facts['load_average_at_start']:.2f}")
    if facts["load_average_at_start"] > QUIET_LOAD:
        print("THE MACHINE IS NOT QUIET: do not quote these figures.")
    print(flush=True)


def print_results(campaign, facts):
    print(f"\nMedian of {campaign.rounds} rounds (least..most); `!` marks a spread above {tables.NOISY:.0%}. "
          "Ratio: time of the best peer by ours; above 1, sweep is faster.\n")
    print(tables.verdict(campaign), "\n\nEvery peer\n", tables.all_peers(campaign), sep="\n")
    print("\nPeak memory, MiB, all processes of a side together\n", tables.memory(campaign), sep="\n")
    print("\nCross-check: wall clock of our last round beside what it recorded, s\n", tables.cross_check(campaign), sep="\n")
    print(f"\nload average at the end: {load_average():.2f}; other programs used {facts['other_work_share']:.1%} of the machine meanwhile")
    if facts["other_work_share"] > QUIET_SHARE:
        print("THE MACHINE WAS NOT QUIET: do not quote these figures.")
    for failure in campaign.failures:
        print(f"\nFAILED: {failure.peer} on {failure.row}, round {failure.round}; it has no part in the ratio\n{failure.message}")


def save(path, campaign, facts, exit_code):
    path.parent.mkdir(parents=True, exist_ok=True)
    results = {
        row: {side: {number: measured._asdict() for number, measured in rounds.items()} for side, rounds in sides.items()}
        for row, sides in campaign.results.items()
    }
    document = {
        "machine": facts,
        "exit_code": exit_code,
        "rounds": campaign.rounds,
        "results": results,
        "sweep_predictions_seconds": campaign.predictions,
        "failures": [failure._asdict() for failure in campaign.failures],
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
    print(f"\nevery measurement: {path}")


def main():
    parser, arguments = parse_arguments()
    library = settle_jemalloc(parser, arguments)
    stop_on_signals()
    TARGET.mkdir(parents=True, exist_ok=True)
    begin, other_work, exit_code = time.monotonic(), OtherWork(), 0

    def report(line):
        minutes, seconds = divmod(int(time.monotonic() - begin), 60)
        print(f"{minutes:3}:{seconds:02}  {line}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="sweep-bench-") as data:
        try:
            ours = Sweep(arguments.sweep)
            pytorch = PyTorch(arguments.python, data, library, compile_cache_folder(TARGET))
            facts = describe() | pytorch.version() | {
                "sweep": ours.version(),
                "jemalloc": library and str(library),
                "began_at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            }
            print_machine(facts)
            ours.export(data)
            campaign = Campaign(ours, pytorch, arguments.peers, arguments.rows, arguments.rounds, arguments.all_peers, report,
                                arguments.epochs, arguments.sweep_epochs)
        except CommandFailed as failure:
            sys.exit(f"error: {failure}")
        try:
            campaign.run()
            exit_code = 1 if campaign.failures else 0
        except KeyboardInterrupt:
            exit_code = 130
            print("\nINTERRUPTED: what follows is not a whole comparison.")
        except CommandFailed as failure:
            exit_code = 1
            print(f"\nSWEEP FAILED: what follows is not a whole comparison.\n{failure}")
    facts["other_work_share"] = other_work.share()
    if any(OURS in sides for sides in campaign.results.values()):
        print_results(campaign, facts)
        save(arguments.output, campaign, facts, exit_code)
    return exit_code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
