//! The inspection as text for people. Computes nothing.

use std::fmt;

use super::{Amplitude, Baseline, Count, InspectedPart, Inspection};

/// More labels or subjects than this are summed up, not listed.
const LISTED: usize = 12;

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channels = if self.channels == 1 { "channel" } else { "channels" };
        write!(f, "{}: trials of {} {channels} x {} samples", self.title, self.channels, self.samples)?;
        match self.sampling_rate_hz {
            Some(rate) => writeln!(f, " at {rate} Hz ({:.2} s)", self.samples as f64 / rate)?,
            None => writeln!(f)?,
        }
        writeln!(f, "as recorded, before limit, filling, split and scaling\n")?;
        write_table(f, &self.counts())?;
        writeln!(f)?;
        write_table(f, &self.amplitudes())?;
        if let Some(leaks) = &self.leaks {
            writeln!(f)?;
            if !leaks.is_any_shared() {
                writeln!(f, "signal shared between sets: none")?;
            }
            leaks.warnings().iter().try_for_each(|warning| writeln!(f, "warning: {warning}"))?;
        }
        match &self.baseline {
            Some(Baseline::Accuracy(accuracy)) => {
                writeln!(f, "baseline (log band power, LDA): {:.2} % test accuracy", 100.0 * accuracy)
            }
            Some(Baseline::NotComputed(reason)) => writeln!(f, "baseline: not computed, since {reason}"),
            None => Ok(()),
        }
    }
}

impl Inspection {
    /// Counts down, parts across.
    fn counts(&self) -> Vec<Vec<String>> {
        let mut rows = vec![
            self.row(String::new(), |part| part.name.to_owned()),
            self.row("trials".to_owned(), |part| part.trials.to_string()),
        ];
        self.push_values(&mut rows, "label", |part| part.labels.as_deref());
        self.push_values(&mut rows, "subject", |part| part.subjects.as_deref());
        rows.push(self.row("missing samples (NaN)".to_owned(), |part| part.missing_samples.to_string()));
        rows.push(self.row("trials with missing".to_owned(), |part| part.trials_with_missing.to_string()));
        rows.push(self.row("repeated trials".to_owned(), |part| part.repeated_trials.to_string()));
        rows
    }

    fn row(&self, name: String, cell: impl Fn(&InspectedPart) -> String) -> Vec<String> {
        std::iter::once(name).chain(self.parts.iter().map(cell)).collect()
    }

    /// A row for each label or subject, or one that says how many there are.
    fn push_values(
        &self,
        rows: &mut Vec<Vec<String>>,
        kind: &str,
        counts: impl Fn(&InspectedPart) -> Option<&[Count]>,
    ) {
        let mut values: Vec<i64> =
            self.parts.iter().filter_map(&counts).flatten().map(|count| count.value).collect();
        values.sort_unstable();
        values.dedup();
        match values.len() {
            0 => rows.push(self.row(format!("{kind}s"), |_| "none".to_owned())),
            1..=LISTED => {
                for value in values {
                    let cell = |part: &InspectedPart| trials(counts(part), value).to_string();
                    rows.push(self.row(format!("{kind} {value}"), cell));
                }
            }
            _ => {
                let cell = |part: &InspectedPart| counts(part).map_or(0, <[Count]>::len).to_string();
                rows.push(self.row(format!("distinct {kind}s"), cell));
            }
        }
    }

    /// A row for every channel of every part.
    fn amplitudes(&self) -> Vec<Vec<String>> {
        let mut rows = vec![["amplitude", "minimum", "maximum", "mean", "std"].map(str::to_owned).to_vec()];
        for part in &self.parts {
            for (channel, amplitude) in part.amplitudes.iter().take(LISTED).enumerate() {
                let Amplitude { minimum, maximum, mean, standard_deviation } = amplitude;
                let cells = [minimum, maximum, mean, standard_deviation]
                    .map(|value| value.map_or("-".to_owned(), significant));
                let name = format!("{} channel {channel}", part.name);
                rows.push(std::iter::once(name).chain(cells).collect());
            }
            if part.amplitudes.len() > LISTED {
                rows.push(vec![format!("{} ({} more)", part.name, part.amplitudes.len() - LISTED)]);
            }
        }
        rows
    }
}

fn trials(counts: Option<&[Count]>, value: i64) -> usize {
    counts.into_iter().flatten().find(|count| count.value == value).map_or(0, |count| count.trials)
}

/// Three decimals where they say something, one for large values, else powers of ten: nine characters at most.
fn significant(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if (0.01..1e3).contains(&size) => format!("{value:.3}"),
        size if (1e3..1e5).contains(&size) => format!("{value:.1}"),
        _ => format!("{value:.2e}"),
    }
}

/// First column to the left, the others to the right.
fn write_table(f: &mut fmt::Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            match column {
                0 if row.len() == 1 => write!(f, "  {cell}")?,
                0 => write!(f, "  {cell:<width$}", width = widths[0])?,
                _ => write!(f, "  {cell:>width$}", width = widths[column])?,
            }
        }
        writeln!(f)?;
    }
    Ok(())
}
