//! The order in which bundles are handed out. It does not know what a bundle costs: the caller does.

/// Puts the costliest first; equals keep their order. Costs may be in any unit; NaN counts as free.
///
/// Handed out in this order to whichever slot is free, the whole takes at most 4/3 - 1/(3 slots) times the shortest
/// time possible (longest processing time first: Graham, "Bounds on multiprocessing timing anomalies", SIAM Journal
/// on Applied Mathematics 17, 1969, theorem 2), if the costs are right. A good estimate of a bundle's cost is its
/// number of epochs times the time that an epoch of its network takes.
pub fn longest_first<T>(bundles: Vec<T>, mut cost: impl FnMut(&T) -> f64) -> Vec<T> {
    let mut costed: Vec<(f64, T)> = bundles
        .into_iter()
        .map(|bundle| {
            let cost = cost(&bundle);
            (if cost.is_nan() { 0.0 } else { cost }, bundle)
        })
        .collect();
    costed.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    costed.into_iter().map(|(_, bundle)| bundle).collect()
}
