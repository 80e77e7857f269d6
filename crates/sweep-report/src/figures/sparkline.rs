//! Curves of one line of text, for terminals. They know no drawing.

/// What a sparkline is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blocks {
    /// `▁▂▃▄▅▆▇█`.
    Unicode,
    /// `_.-=+*#@`, for terminals that have no others.
    Ascii,
}

/// `values` in at most `width` characters, from the lowest to the highest of them; each character is the mean of equally many
/// values. Values that are no finite numbers leave a gap if they have a character for themselves. Equal values stand in the middle.
pub fn sparkline(values: &[f64], width: usize, blocks: Blocks) -> String {
    let blocks: [char; 8] = match blocks {
        Blocks::Unicode => ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
        Blocks::Ascii => ['_', '.', '-', '=', '+', '*', '#', '@'],
    };
    let characters = width.min(values.len());
    let mean = |index: usize| {
        let part = &values[index * values.len() / characters..(index + 1) * values.len() / characters];
        let finite: Vec<f64> = part.iter().copied().filter(|value| value.is_finite()).collect();
        // Divided first: a sum of finite values may be infinite.
        (!finite.is_empty()).then(|| finite.iter().map(|value| value / finite.len() as f64).sum::<f64>())
    };
    let means: Vec<Option<f64>> = (0..characters).map(mean).collect();
    let low = means.iter().flatten().copied().fold(f64::INFINITY, f64::min) / 2.0;
    let high = means.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max) / 2.0;
    let block = |mean: &Option<f64>| match mean {
        None => ' ',
        Some(_) if high <= low => blocks[3],
        Some(mean) => blocks[((mean / 2.0 - low) / (high - low) * 7.0).round() as usize],
    };
    means.iter().map(block).collect()
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

    proptest::proptest! {
        #[test]
        fn any_values_have_a_line(values in proptest::collection::vec(proptest::num::f64::ANY, 0..50), width in 0usize..60) {
            let line = sparkline(&values, width, Blocks::Unicode);
            assert_eq!(line.chars().count(), width.min(values.len()));
        }
    }
}
