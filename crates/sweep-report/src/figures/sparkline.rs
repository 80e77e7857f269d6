//! Curves of one line of text, for terminals. They know no drawing.

/// What a sparkline is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blocks {
    /// `▁▂▃▄▅▆▇█`.
    Unicode,
    /// `_.-=+*#@`, for terminals that have no others.
    Ascii,
}

/// So many running jobs of a list get a curve; a database that more runs share has a long list already.
pub const MOST_SPARKLINES: usize = 64;

/// `values` in at most `width` characters, from the lowest to the highest of them; each character is the mean of equally many
/// values. Values that are no finite numbers leave a gap if they have a character for themselves. Equal values stand in the middle.
pub fn sparkline(values: &[f64], width: usize, blocks: Blocks) -> String {
    sparklines(&[values], width, blocks).concat()
}

/// The same of several lists, all from the lowest to the highest of all of them: one line each, to stand below each other.
pub fn sparklines(lists: &[&[f64]], width: usize, blocks: Blocks) -> Vec<String> {
    let blocks: [char; 8] = match blocks {
        Blocks::Unicode => ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
        Blocks::Ascii => ['_', '.', '-', '=', '+', '*', '#', '@'],
    };
    let means: Vec<Vec<Option<f64>>> = lists.iter().map(|values| means(values, width)).collect();
    let finite = || means.iter().flatten().flatten().copied();
    let low = finite().fold(f64::INFINITY, f64::min) / 2.0;
    let high = finite().fold(f64::NEG_INFINITY, f64::max) / 2.0;
    let block = |mean: &Option<f64>| match mean {
        None => ' ',
        Some(_) if high <= low => blocks[3],
        Some(mean) => blocks[((mean / 2.0 - low) / (high - low) * 7.0).round() as usize],
    };
    means.iter().map(|means| means.iter().map(block).collect()).collect()
}

/// The mean of the finite values behind each character.
fn means(values: &[f64], width: usize) -> Vec<Option<f64>> {
    let characters = width.min(values.len());
    let mean = |index: usize| {
        let part = &values[index * values.len() / characters..(index + 1) * values.len() / characters];
        let finite: Vec<f64> = part.iter().copied().filter(|value| value.is_finite()).collect();
        // Divided first: a sum of finite values may be infinite.
        (!finite.is_empty()).then(|| finite.iter().map(|value| value / finite.len() as f64).sum::<f64>())
    };
    (0..characters).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_rise_and_fall() {
        let values = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 3.5];
        assert_eq!(sparkline(&values, 20, Blocks::Unicode), "▁▂▃▄▅▆▇█▅");
        assert_eq!(sparkline(&values, 9, Blocks::Ascii), "_.-=+*#@+");
        assert_eq!(sparkline(&[0.2, f64::NAN, 0.9], 9, Blocks::Ascii), "_ @");
        assert_eq!(sparkline(&[0.5, 0.5], 9, Blocks::Unicode), "▄▄");
        assert_eq!(sparkline(&[], 9, Blocks::Unicode), "");
        assert_eq!(sparkline(&values, 0, Blocks::Unicode), "");
    }

    #[test]
    fn many_values_take_the_width_that_there_is() {
        let values: Vec<f64> = (0..1201).map(f64::from).collect();
        assert_eq!(sparkline(&values, 8, Blocks::Unicode), "▁▂▃▄▅▆▇█");
    }

    #[test]
    fn lines_below_each_other_share_a_scale() {
        let lines = sparklines(&[&[0.0, 1.0, 2.0, 3.0], &[4.0, 7.0]], 9, Blocks::Ascii);
        assert_eq!(lines, ["_.-=", "+@"]);
    }

    proptest::proptest! {
        #[test]
        fn any_values_have_a_line(values in proptest::collection::vec(proptest::num::f64::ANY, 0..50), width in 0usize..60) {
            let line = sparkline(&values, width, Blocks::Unicode);
            assert_eq!(line.chars().count(), width.min(values.len()));
        }
    }
}
