import unittest

import tables
from campaign import LAB2, OURS, Campaign, in_turn
from processes import CommandFailed
from pytorch import PEERS, Measured

NAMES = ("default", "jemalloc", "processes")
CHOSEN = [peer for peer in PEERS if peer.name in NAMES]


def measured(seconds):
    job = {"started_at": 0.0, "ended_at": seconds, "epoch_seconds": [seconds]}
    return Measured(seconds, 2**20, {"training_seconds": seconds * 0.9, "wall_seconds": seconds, "jobs": [job]})


class Sides:
    """Stands for both sides: times by peer, and a list of what ran."""

    def __init__(self, seconds, fails=()):
        self.seconds, self.fails, self.ran = seconds, fails, []

    def single(self, *arguments):
        return self.measure(arguments[0].name if len(arguments) == 2 else OURS, arguments[-1].name)

    def sweep(self, first, *_):
        return self.measure(first.name if hasattr(first, "name") else OURS, LAB2)

    def measure(self, side, row):
        self.ran.append((row, side))
        if (row, side) in self.fails:
            raise CommandFailed("no memory left")
        return measured(self.seconds[side])


def campaign(sides, rows, rounds=3, all_peers=False):
    one = Campaign(sides, sides, CHOSEN, rows, rounds, all_peers, lambda _line: None)
    one.run()
    return one


class Rounds(unittest.TestCase):
    SECONDS = {OURS: 1.0, "default": 9.0, "jemalloc": 3.5, "processes": 3.0}
    SWEEP_ROWS = ["eegnet-108", "deepconvnet-1080", LAB2]

    def test_sides_take_turns(self):
        self.assertEqual(in_turn(["a", "b", "c"], 1), ["a", "b", "c"])
        self.assertEqual(in_turn(["a", "b", "c"], 2), ["b", "c", "a"])
        self.assertEqual(in_turn(["a", "b", "c"], 4), ["a", "b", "c"])

    def test_a_hopeless_peer_runs_in_the_first_round_alone(self):
        results = campaign(Sides(self.SECONDS), ["eegnet-32"]).results["eegnet-32"]
        self.assertEqual({side: sorted(rounds) for side, rounds in results.items()},
                         {OURS: [1, 2, 3], "default": [1], "jemalloc": [1, 2, 3], "processes": [1, 2, 3]})

    def test_all_peers_means_all(self):
        results = campaign(Sides(self.SECONDS), ["eegnet-32"], all_peers=True).results["eegnet-32"]
        self.assertEqual(sorted(results["default"]), [1, 2, 3])

    def test_the_sweep_is_predicted_from_the_rows_that_it_consists_of(self):
        one = campaign(Sides(self.SECONDS), self.SWEEP_ROWS, rounds=1)
        # Six jobs of five epochs, 9 s each; and 6 s for one of two processes, which take three jobs each on two cores.
        self.assertAlmostEqual(one.predictions["default"], 9.0 * 30)
        self.assertNotIn("default", one.results[LAB2])
        self.assertIn("processes", one.results[LAB2])

    def test_without_its_rows_the_sweep_leaves_no_peer_out(self):
        self.assertEqual(set(campaign(Sides(self.SECONDS), [LAB2], rounds=1).results[LAB2]), {OURS, *NAMES})

    def test_a_failing_peer_is_kept_in_sight_and_tried_once(self):
        sides = Sides(self.SECONDS, fails={("eegnet-32", "processes")})
        one = campaign(sides, ["eegnet-32"])
        self.assertEqual([(failure.peer, failure.round) for failure in one.failures], [("processes", 1)])
        self.assertEqual(sides.ran.count(("eegnet-32", "processes")), 1)
        self.assertIn("FAILED", tables.all_peers(one))

    def test_our_own_failure_ends_the_comparison(self):
        with self.assertRaises(CommandFailed):
            campaign(Sides(self.SECONDS, fails={("eegnet-32", OURS)}), ["eegnet-32"])


class Tables(unittest.TestCase):
    def test_the_verdict_names_the_best_peer_and_the_ratio(self):
        text = tables.verdict(campaign(Sides(Rounds.SECONDS), ["eegnet-32"]))
        self.assertEqual(text.splitlines()[2], "| EEGNet, batch 32, s/epoch | 1.000 (1.000..1.000) | 3.000 (3.000..3.000) "
                         "| 1-thread processes, jemalloc |  3.00 |     3.00..3.00 |")

    def test_what_was_not_run_says_so(self):
        text = tables.all_peers(campaign(Sides(Rounds.SECONDS), Rounds.SWEEP_ROWS))
        self.assertIn("not run, 270.0 expected", text)

    def test_a_wide_spread_is_marked(self):
        self.assertEqual(tables.with_spread([1.0, 1.05, 1.2]), "1.050 (1.000..1.200) !")
        self.assertEqual(tables.with_spread([1.0, 1.01, 1.02]), "1.010 (1.000..1.020)")

    def test_columns_are_aligned(self):
        lines = tables.table(["", "a"], [["row", "1"], ["longer row", "22"]]).splitlines()
        self.assertEqual(lines[1], "| ---------- | -: |")
        self.assertEqual(len({len(line) for line in lines}), 1)


if __name__ == "__main__":
    unittest.main()
