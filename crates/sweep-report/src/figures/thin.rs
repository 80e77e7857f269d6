//! Lines with more points than pixels, without those that cannot be seen. It knows no drawing.

/// The places in `points`, ascending, that a line keeps: the first and the last point, and of the points in each bucket of
/// `bucket_pixels` the lowest and the highest. `points` are (x, y) with x ascending.
pub(crate) fn kept_points(points: &[(f64, f64)], bucket_pixels: f64) -> Vec<usize> {
    let bucket = |index: usize| ((points[index].0 - points[0].0) / bucket_pixels).floor();
    let mut kept = Vec::new();
    let mut start = 0;
    while start < points.len() {
        let same = (start..points.len()).take_while(|index| bucket(*index) == bucket(start)).count();
        let (mut lowest, mut highest) = (start, start);
        for index in start..start + same {
            lowest = if points[index].1 < points[lowest].1 { index } else { lowest };
            highest = if points[index].1 > points[highest].1 { index } else { highest };
        }
        kept.extend([lowest, highest]);
        start += same;
    }
    if !points.is_empty() {
        kept.extend([0, points.len() - 1]);
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// The lowest and the highest value of each bucket.
    fn extremes(points: &[(f64, f64)], origin: f64, bucket: f64) -> BTreeMap<i64, (f64, f64)> {
        let mut extremes = BTreeMap::new();
        for (x, y) in points {
            let of_bucket = extremes.entry(((x - origin) / bucket).floor() as i64).or_insert((*y, *y));
            *of_bucket = (of_bucket.0.min(*y), of_bucket.1.max(*y));
        }
        extremes
    }

    proptest! {
        #[test]
        fn every_extreme_stays(
            steps in prop::collection::vec((0.0..3.0f64, 0.0..1.0f64), 1..400),
            bucket in 0.3..20.0f64,
        ) {
            let mut x = 50.0;
            let points: Vec<(f64, f64)> = steps.into_iter().map(|(step, y)| { x += step; (x, y) }).collect();
            let kept = kept_points(&points, bucket);
            let thinned: Vec<(f64, f64)> = kept.iter().map(|index| points[*index]).collect();
            prop_assert_eq!(thinned.first(), points.first());
            prop_assert_eq!(thinned.last(), points.last());
            let origin = points[0].0;
            prop_assert_eq!(extremes(&thinned, origin, bucket), extremes(&points, origin, bucket));
            let buckets = extremes(&points, origin, bucket).len();
            prop_assert!(thinned.len() <= 2 * buckets + 2);
        }
    }

    #[test]
    fn few_points_stay_as_they_are() {
        assert!(kept_points(&[], 1.0).is_empty());
        assert_eq!(kept_points(&[(3.0, 0.5)], 1.0), [0]);
        assert_eq!(kept_points(&[(0.0, 0.5), (1.5, 0.5), (2.5, 0.4)], 1.0), [0, 1, 2]);
    }
}
