//! Ranks of values, and how many values share one.

/// Ranks of values from the smallest up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranks {
    /// Twice the rank of each value, in the order of the values: ranks count from 1, and equal values share the mean of
    /// theirs (midranks), so that the double is a whole number.
    pub(crate) doubled: Vec<u64>,
    /// The number of values in each group of equal ones, from the smallest value up; 1 for a value of its own.
    pub(crate) ties: Vec<usize>,
}

impl Ranks {
    /// The ranks of `values`, none of which is NaN.
    pub(crate) fn of(values: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|left, right| values[*left].total_cmp(&values[*right]));
        let mut ranks = Self { doubled: vec![0; values.len()], ties: Vec::new() };
        let mut below = 0;
        // `==`, not the total order: -0 and 0 are one value.
        for group in order.chunk_by(|left, right| values[*left] == values[*right]) {
            // The group's ranks are below + 1 ... below + n; twice their mean is 2 below + 1 + n.
            for place in group {
                ranks.doubled[*place] = (2 * below + 1 + group.len()) as u64;
            }
            ranks.ties.push(group.len());
            below += group.len();
        }
        ranks
    }

    /// The sum of t^3 - t over the groups of t equal values, by which ties lessen the variance of rank sums.
    pub(crate) fn tie_term(&self) -> f64 {
        self.ties.iter().map(|ties| *ties as f64).map(|ties| ties.powi(3) - ties).sum()
    }
}
