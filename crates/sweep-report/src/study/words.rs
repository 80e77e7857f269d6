//! Tables and sentences of a study.

use super::{
    Reading,
    comparison::{Answer, Comparison, Test, Verdict, jobs_needed, subjects_needed},
    report::{Repeats, Study},
    setting::Setting,
    wording::{interval, p_value, points, with_deviation},
};
use crate::{
    document::Part,
    text_table::{Column, TextTable},
    words::{counted, percent, thousands},
};

/// So many comparisons are shown, the surest first.
const SHOWN_COMPARISONS: usize = 20;

/// The columns that go first if space is short.
const LEAST_NEEDED: [&str; 4] = ["range", "best (optimistic)", "gap", "95 % interval"];

/// A row a setting, in at most `width` characters if that can be: what is least needed is left out.
pub(crate) fn setting_table(study: &Study<'_>, repeats: Repeats, width: Option<usize>) -> TextTable {
    let has_repeats = study.shown().iter().any(|setting| setting.jobs.len() > 1);
    let mut table = TextTable { columns: Vec::new(), rows: vec![Vec::new(); study.shown().len()] };
    let mut add = |column, cell: &dyn Fn(&Setting<'_>) -> Option<String>| {
        table.columns.push(column);
        for (row, setting) in table.rows.iter_mut().zip(study.shown()) {
            row.push(cell(setting).unwrap_or("-".to_owned()));
        }
    };
    for (index, axis) in study.axes.iter().enumerate() {
        let value = |setting: &Setting<'_>| Some(setting.values(&study.axes)[index].clone());
        add(Column::left(axis.name()), &value);
    }
    if has_repeats {
        add(Column::right("jobs"), &|setting| Some(count_of(setting)));
    }
    add(Column::right("accuracy"), &|setting| {
        let spread = setting.spread()?;
        Some(with_deviation(spread.mean, spread.standard_deviation))
    });
    if has_repeats {
        add(Column::right("range"), &|setting| {
            let spread = setting.spread()?;
            Some(interval(spread.minimum, spread.maximum))
        });
    }
    add(Column::right("95 % interval"), &|setting| {
        let ends = setting.interval(study.trials())?;
        Some(interval(ends.low, ends.high))
    });
    if study.reading != Reading::Best {
        let best = |setting: &Setting<'_>| setting.mean_of(Reading::Best, study.evidence);
        add(Column::right("best (optimistic)"), &|setting| Some(percent(best(setting)?)));
        add(Column::right("gap"), &|setting| Some(points(best(setting)? - setting.spread()?.mean)));
    }
    if repeats == Repeats::Each {
        let each = |accuracy: f64| format!("{:.2}", 100.0 * accuracy);
        add(Column::left("each"), &|setting| {
            Some(setting.accuracies().into_iter().map(each).collect::<Vec<_>>().join(" "))
        });
    }
    table.fitting(width, &LEAST_NEEDED)
}

/// `5`, or `3 of 5` where some are not finished.
fn count_of(setting: &Setting<'_>) -> String {
    let (finished, all) = (setting.repeats.len(), setting.jobs.len());
    if finished == all { all.to_string() } else { format!("{finished} of {all}") }
}

/// How to read the table: what the intervals are, and what guessing reaches.
pub(crate) fn how_to_read(study: &Study<'_>) -> Option<String> {
    let trials = study.trials()?;
    let jobs = || study.shown().iter().map(|setting| setting.repeats.len());
    let mut sentences = Vec::new();
    if jobs().any(|jobs| jobs > 1) {
        sentences.push(
            "The interval is that of the mean over jobs, on these test trials (Student's t).".to_owned(),
        );
    }
    if study
        .shown()
        .iter()
        .any(|setting| setting.repeats.len() > 1 && setting.interval(Some(trials)).is_none())
    {
        sentences.push(
            "A row whose jobs all have the same accuracy has none: how far others would be from it cannot be estimated.".to_owned(),
        );
    }
    if jobs().any(|jobs| jobs == 1) {
        sentences.push(format!(
            "The interval of a single job is that of a share of {} (Wilson).",
            counted(trials as usize, "test trial")
        ));
    }
    let guessing = study.guessing()?;
    sentences.push(guessing.sentence(study.reading));
    if let Some(threshold) = guessing.threshold() {
        let means = study.shown().iter().filter_map(|setting| setting.spread());
        let below = means.filter(|spread| spread.mean < threshold.accuracy).count();
        if below > 0 {
            let are = if below == 1 { "is" } else { "are" };
            sentences.push(format!("{} {are} below that.", counted(below, "setting")));
        }
    }
    Some(sentences.join(" "))
}

/// The comparisons of all pairs, and what they come to in words.
pub(crate) fn comparison_parts(study: &Study<'_>) -> Vec<Part> {
    let mut comparisons = study.comparisons().to_vec();
    if comparisons.is_empty() {
        return Vec::new();
    }
    comparisons.sort_by(|a, b| a.starts.adjusted.total_cmp(&b.starts.adjusted));
    let shown: Vec<Comparison> =
        comparisons.iter().filter(|comparison| study.shows(comparison)).copied().collect();
    let mut parts = Vec::new();
    if !shown.is_empty() {
        parts.push(Part::Caption("Differences between settings".to_owned()));
        parts.push(Part::Table(comparison_table(study, &shown)));
    }
    let hidden = shown.len().saturating_sub(SHOWN_COMPARISONS);
    if hidden > 0 {
        parts.push(Part::Paragraph(format!(
            "{} more, all less sure: `--table comparisons --format csv` has all.",
            thousands(hidden as u64)
        )));
    }
    parts.push(Part::Paragraph(summary(&comparisons)));
    parts
}

fn comparison_table(study: &Study<'_>, comparisons: &[Comparison]) -> TextTable {
    let has_subjects = comparisons.iter().any(|comparison| comparison.subjects.is_some());
    let is_of_trials = comparisons.iter().all(|comparison| comparison.starts.test == Test::Mcnemar);
    let mut columns = vec![
        Column::left("setting"),
        Column::left("against"),
        Column::right("points"),
        Column::right(if is_of_trials { "p (trials)" } else { "p (jobs)" }),
    ];
    if has_subjects {
        columns.push(Column::right("p (subjects)"));
    }
    columns.push(Column::left("difference"));
    let name = |place: usize| study.settings[place].values(&study.axes).join(", ");
    let rows = comparisons.iter().take(SHOWN_COMPARISONS).map(|comparison| {
        // The better one first.
        let (first, second) = match comparison.difference {
            difference if difference < 0.0 => (comparison.second, comparison.first),
            _ => (comparison.first, comparison.second),
        };
        let mut row = vec![
            name(first),
            name(second),
            points(comparison.difference.abs()),
            comparison.starts.told().map_or("-".to_owned(), p_value),
        ];
        if has_subjects {
            let told = comparison.subjects.and_then(|answer| answer.told());
            row.push(told.map_or("-".to_owned(), p_value));
        }
        row.push(verdict(&comparison.starts, comparison.subjects.as_ref()).to_owned());
        row
    });
    TextTable { columns, rows: rows.collect() }
}

/// A difference in words.
pub(crate) fn verdict(starts: &Answer, subjects: Option<&Answer>) -> &'static str {
    let is_of_trials = starts.test == Test::Mcnemar;
    match (starts.verdict, subjects.map(|subjects| subjects.verdict)) {
        (Verdict::Real, _) if is_of_trials => "real between these two jobs",
        (Verdict::Real, Some(Verdict::Real)) => "real, for new subjects too",
        (Verdict::Real, Some(_)) => "real on these trials, not shown for new subjects",
        (Verdict::Real, None) => "real on these trials",
        (Verdict::WithinNoise, Some(Verdict::Real)) => "within noise between jobs",
        (Verdict::WithinNoise, _) => "within noise",
        (Verdict::CannotTell, _) => "too few jobs to tell",
    }
}

/// How the p-values came about, and what all comparisons say together.
fn summary(comparisons: &[Comparison]) -> String {
    let uses = |test| comparisons.iter().any(|comparison| comparison.starts.test == test);
    let count = comparisons.len();
    let mut sentences = Vec::new();
    let real = comparisons.iter().filter(|comparison| comparison.starts.verdict == Verdict::Real).count();
    sentences.push(match real {
        0 => "No difference is shown to be more than noise.".to_owned(),
        real if real == count => "Every difference is more than noise.".to_owned(),
        real => {
            format!("{} of {} are more than noise.", thousands(real as u64), counted(count, "difference"))
        }
    });
    let mut tests = Vec::new();
    if uses(Test::Permutation) {
        tests.push("a permutation test of the jobs of both settings");
    }
    if uses(Test::MannWhitney) {
        tests.push("Mann and Whitney's rank-sum test of the jobs of both settings, which are too many for a permutation test");
    }
    if uses(Test::Mcnemar) {
        tests.push("McNemar's test of the trials of one job each, which says nothing of other seeds");
    }
    if !tests.is_empty() {
        sentences.push(format!(
            "p is from {}, adjusted by Holm for {}.",
            tests.join(" or "),
            counted(count, "comparison")
        ));
    }
    if comparisons
        .iter()
        .any(|comparison| comparison.subjects.is_some_and(|answer| answer.test == Test::SignedRank))
    {
        sentences.push(
            "p (subjects) is from Wilcoxon's signed-rank test of the subjects' mean accuracies: whether it would hold for other people."
                .to_owned(),
        );
    }
    if comparisons
        .iter()
        .any(|comparison| comparison.subjects.is_some_and(|answer| answer.test == Test::None))
    {
        sentences.push(format!(
            "p (subjects) is not given: it needs a test set of at least {} subjects to get below 0.05.",
            subjects_needed()
        ));
    }
    if comparisons.iter().any(|comparison| comparison.starts.verdict == Verdict::CannotTell) {
        sentences.push(format!(
            "With so few jobs per setting, no difference, however large, can reach p < 0.05; that takes {} each.",
            counted(jobs_needed(count), "job")
        ));
    }
    sentences.join(" ")
}
