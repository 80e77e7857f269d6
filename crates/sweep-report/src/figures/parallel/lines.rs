//! The lines of the parallel coordinates: which are drawn, and in which colours. They know no axes' values.

use super::{SoundJob, coordinate::Coordinate, step_of};
use crate::figures::{
    ink::Ink,
    path::PathData,
    scale::Scale,
    scene::{Node, Paint},
};

/// More lines than these cannot be seen, but make a large file.
const MOST_LINES: usize = 2000;
/// So many of the best are drawn in any case.
pub(crate) const BEST: usize = 200;
/// The best of these share of jobs have thick lines.
const STRONG_SHARE: f64 = 0.05;
const MOST_STRONG: usize = 10;

/// The jobs that are drawn, of `jobs` that ascend in accuracy.
pub(crate) fn chosen<'a>(jobs: &[SoundJob<'a>]) -> Vec<SoundJob<'a>> {
    if jobs.len() <= MOST_LINES {
        return jobs.to_vec();
    }
    let (others, best) = jobs.split_at(jobs.len() - BEST);
    let wanted = MOST_LINES - BEST;
    let evenly = (0..wanted).map(|index| others[index * (others.len() - 1) / (wanted - 1)]);
    evenly.chain(best.iter().copied()).collect()
}

/// A group for each run of jobs of one colour, the best last.
pub(crate) fn drawn_lines(
    jobs: &[SoundJob<'_>],
    coordinates: &[Coordinate],
    y: &Scale,
    right: f64,
) -> Vec<Node> {
    let opacity = (90.0 / jobs.len().max(1) as f64).clamp(0.12, 0.8);
    let strong = ((STRONG_SHARE * jobs.len() as f64).ceil() as usize).min(MOST_STRONG);
    let path = |index: usize| {
        let crossings = coordinates.iter().map(|coordinate| (coordinate.x, coordinate.crossings[index]));
        PathData::polyline(crossings.chain([(right, y.at(jobs[index].percent))]))
    };
    let looks = |index: usize| (step_of(jobs[index].percent, y), index + strong >= jobs.len());
    let order: Vec<usize> = (0..jobs.len()).collect();
    let group = |run: &[usize]| {
        let (step, is_strong) = looks(run[0]);
        let stroke = |width, opacity| Paint::stroke(Ink::Scale(step), width).opacity(opacity);
        let paint = if is_strong { stroke(2.0, 0.95) } else { stroke(1.2, opacity) };
        let nodes = run
            .iter()
            .map(|index| {
                let data = vec![("name", jobs[*index].job.name.clone())];
                Node::Path { data, path: path(*index), paint: Paint::default() }
            })
            .collect();
        Node::Group { data: Vec::new(), paint, nodes }
    };
    order.chunk_by(|one, other| looks(*one) == looks(*other)).map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::ParallelJob;

    #[test]
    fn of_many_jobs_the_best_and_the_worst_stay() {
        let job = ParallelJob { name: String::new(), levels: Vec::new(), accuracy: 0.0 };
        let jobs: Vec<SoundJob<'_>> =
            (0..5312).map(|index| SoundJob { job: &job, percent: f64::from(index) }).collect();
        let drawn: Vec<f64> = chosen(&jobs).iter().map(|job| job.percent).collect();
        assert_eq!(drawn.len(), MOST_LINES);
        assert_eq!(drawn[0], 0.0);
        assert!((0..BEST).all(|place| drawn[MOST_LINES - 1 - place] == 5311.0 - place as f64));
        assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
