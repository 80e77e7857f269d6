//! The pure decisions, by their properties.

use proptest::prelude::*;
use sweep_scheduler::{Decision, Intake, SlotView, decide, longest_first};

fn views() -> impl Strategy<Value = Vec<SlotView>> {
    use SlotView::{Busy, Empty, Ending, Finishing, Idle, Resting, Retired, Starting};
    prop::collection::vec(
        prop::sample::select(vec![Empty, Starting, Idle, Resting, Busy, Finishing, Ending, Retired]),
        0..12,
    )
}

fn intake() -> impl Strategy<Value = Intake> {
    prop::sample::select(vec![Intake::Open, Intake::Closed])
}

/// The slots and the waiting bundles after the decisions. Panics where a decision does not fit its slot.
fn applied(mut slots: Vec<SlotView>, mut waiting: usize, decisions: &[Decision]) -> (Vec<SlotView>, usize) {
    for decision in decisions {
        match *decision {
            Decision::HandOut { slot } => {
                assert!(matches!(slots[slot], SlotView::Idle | SlotView::Finishing));
                slots[slot] = SlotView::Busy;
                waiting = waiting.checked_sub(1).expect("only what waits is handed out");
            }
            Decision::Start { slot } => {
                assert_eq!(slots[slot], SlotView::Empty);
                slots[slot] = SlotView::Starting;
            }
            Decision::End { slot } => {
                assert!(matches!(slots[slot], SlotView::Idle | SlotView::Resting | SlotView::Starting));
                slots[slot] = SlotView::Ending;
            }
        }
    }
    (slots, waiting)
}

fn count(slots: &[SlotView], view: SlotView) -> usize {
    slots.iter().filter(|other| **other == view).count()
}

proptest! {
    #[test]
    fn one_decision_is_enough(slots in views(), waiting in 0_usize..15, intake in intake()) {
        let (slots, waiting) = applied(slots.clone(), waiting, &decide(&slots, waiting, intake));
        prop_assert_eq!(decide(&slots, waiting, intake), []);
    }

    #[test]
    fn no_worker_is_idle_and_none_starts_without_a_bundle(slots in views(), waiting in 0_usize..15, intake in intake()) {
        let (after, left) = applied(slots.clone(), waiting, &decide(&slots, waiting, intake));
        prop_assert_eq!(count(&after, SlotView::Idle) + count(&after, SlotView::Resting), 0);
        match intake {
            Intake::Open => prop_assert!(count(&after, SlotView::Starting) <= left),
            Intake::Closed => {
                prop_assert_eq!(count(&after, SlotView::Starting), 0);
                prop_assert_eq!(left, waiting);
                prop_assert_eq!(count(&after, SlotView::Finishing), count(&slots, SlotView::Finishing));
            }
        }
    }

    #[test]
    fn nothing_waits_while_a_slot_is_free(slots in views(), waiting in 0_usize..15) {
        let (after, left) = applied(slots.clone(), waiting, &decide(&slots, waiting, Intake::Open));
        prop_assert!(count(&after, SlotView::Empty) == 0 || count(&after, SlotView::Starting) == left);
        prop_assert!(count(&after, SlotView::Finishing) == 0 || left == 0);
    }

    #[test]
    fn an_order_by_cost_is_a_stable_permutation(costs in prop::collection::vec(0_u8..4, 0..20)) {
        let bundles: Vec<(usize, u8)> = costs.into_iter().enumerate().collect();
        let ordered = longest_first(bundles.clone(), |&(_, cost)| f64::from(cost));
        for pair in ordered.windows(2) {
            let ((one, first), (other, second)) = (pair[0], pair[1]);
            prop_assert!(first > second || (first == second && one < other));
        }
        let mut sorted = ordered;
        sorted.sort_unstable();
        prop_assert_eq!(sorted, bundles);
    }

    /// Theorem 2 of Graham 1969, against the best of all assignments.
    #[test]
    fn the_longest_first_is_near_the_best(costs in prop::collection::vec(1_u32..30, 1..8), slots in 1_usize..4) {
        let ordered = longest_first(costs.clone(), |&cost| f64::from(cost));
        let makespan = f64::from(makespan(&ordered, slots));
        let best = f64::from(shortest_makespan(&costs, &mut vec![0; slots]));
        let bound = 4.0 / 3.0 - 1.0 / (3.0 * slots as f64);
        prop_assert!(makespan <= best * bound + 1e-9, "{} against {}", makespan, best);
    }
}

/// When the last bundle ends, where `decide` hands them out in this order and workers start in no time.
fn makespan(costs: &[u32], slot_count: usize) -> u32 {
    let mut slots = vec![SlotView::Empty; slot_count];
    let mut ends = vec![0; slot_count];
    let (mut next, mut now) = (0, 0);
    loop {
        let decisions = decide(&slots, costs.len() - next, Intake::Open);
        for decision in &decisions {
            if let Decision::HandOut { slot } = *decision {
                ends[slot] = now + costs[next];
                next += 1;
            }
        }
        slots = applied(slots, costs.len(), &decisions).0;
        if let Some(starting) = slots.iter().position(|view| *view == SlotView::Starting) {
            slots[starting] = SlotView::Idle;
            continue;
        }
        let busy =
            (0..slot_count).filter(|&slot| slots[slot] == SlotView::Busy).min_by_key(|&slot| ends[slot]);
        let Some(first) = busy else { return now };
        now = ends[first];
        slots[first] = SlotView::Idle;
    }
}

/// The shortest makespan of all assignments of the costs to slots with these loads.
fn shortest_makespan(costs: &[u32], loads: &mut Vec<u32>) -> u32 {
    let Some((&cost, rest)) = costs.split_first() else { return loads.iter().copied().max().unwrap_or(0) };
    let mut best = u32::MAX;
    for slot in 0..loads.len() {
        loads[slot] += cost;
        best = best.min(shortest_makespan(rest, loads));
        loads[slot] -= cost;
    }
    best
}

#[test]
fn costs_that_are_no_numbers_count_as_nothing() {
    assert_eq!(longest_first(vec![0, 1, 2, 3], |&n| [f64::NAN, 1.0, f64::INFINITY, 0.0][n]), [2, 1, 0, 3]);
}
