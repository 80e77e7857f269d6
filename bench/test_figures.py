import unittest

from figures import best_peer, contenders, queue_makespan, ratio, ratio_by_round, spread, steady


class Figures(unittest.TestCase):
    def test_spread_has_median_and_ends(self):
        one = spread([3.0, 1.0, 2.5])
        self.assertEqual((one.median, one.least, one.most, one.rounds), (2.5, 1.0, 3.0, 3))
        self.assertAlmostEqual(one.relative, 0.8)

    def test_the_first_epoch_does_not_count_unless_it_is_alone(self):
        self.assertEqual(steady([9.0, 1.0, 2.0]), [1.0, 2.0])
        self.assertEqual(steady([9.0]), [9.0])

    def test_the_best_peer_has_the_least_median_and_ran(self):
        peers = {"slow": [2.0, 2.0, 2.0], "lucky": [0.5, 3.0, 3.0], "fast": [1.8, 1.9, 9.0], "failed": []}
        self.assertEqual(best_peer(peers), "fast")
        self.assertIsNone(best_peer({"failed": []}))

    def test_a_ratio_above_one_says_that_we_are_faster(self):
        self.assertEqual(ratio([4.0, 6.0, 50.0], [2.0, 1.0, 3.0]), 3.0)

    def test_ratios_by_round_pair_each_round_with_its_own_best_peer(self):
        peers = {"one": {1: 4.0, 2: 9.0, 3: 6.0}, "dropped": {1: 2.0}}
        self.assertEqual(ratio_by_round(peers, {1: 1.0, 2: 3.0, 3: 2.0}), [2.0, 3.0, 3.0])

    def test_a_round_without_peers_has_no_ratio(self):
        self.assertEqual(ratio_by_round({"one": {1: 4.0}}, {1: 1.0, 2: 1.0}), [4.0])


class Contenders(unittest.TestCase):
    PEERS = {"d": 2.0, "a": 1.0, "c": 1.5, "b": 1.1}

    def test_those_within_the_margin_stay(self):
        self.assertEqual(contenders(self.PEERS, 0.2, 1), ["a", "b"])
        self.assertEqual(contenders(self.PEERS, 0.5, 1), ["a", "b", "c"])

    def test_the_best_few_stay_in_any_case(self):
        self.assertEqual(contenders(self.PEERS, 0.0, 3), ["a", "b", "c"])
        self.assertEqual(contenders({"a": 1.0}, 0.0, 3), ["a"])
        self.assertEqual(contenders({}, 0.2, 2), [])


class Queue(unittest.TestCase):
    def test_one_process_takes_the_sum(self):
        self.assertEqual(queue_makespan([3.0, 2.0, 1.0], 1), 6.0)

    def test_the_first_free_process_takes_the_next_job(self):
        # 8 | 8 8 and then 2 2 2 to the one that is free at 8: 16 and 14.
        self.assertEqual(queue_makespan([8.0, 8.0, 8.0, 2.0, 2.0, 2.0], 2), 16.0)

    def test_the_order_matters(self):
        self.assertEqual(queue_makespan([1.0, 1.0, 4.0], 2), 5.0)
        self.assertEqual(queue_makespan([4.0, 1.0, 1.0], 2), 4.0)

    def test_more_processes_than_jobs(self):
        self.assertEqual(queue_makespan([2.0, 5.0], 8), 5.0)


if __name__ == "__main__":
    unittest.main()
