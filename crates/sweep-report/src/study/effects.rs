//! What each axis does, whatever the others are.

use sweep_job::{QueryTable, Value};

use super::{
    Axis,
    mixture::by_size,
    report::Study,
    setting::{LEVEL, Repeat, within_shares},
    wording::interval,
};
use crate::{
    document::Part,
    machine::real,
    statistics::{
        Interval,
        axes::{AxisEffect, LevelMean, axis_effects},
    },
    text_table::{Column, TextTable},
    words::percent,
};

/// An axis with at least two levels.
pub(crate) struct Effect<'a> {
    pub(crate) axis: Axis,
    pub(crate) effect: AxisEffect,
    /// A job of each level, whose setting names it.
    pub(crate) examples: Vec<&'a Repeat<'a>>,
}

/// The effects of all axes that vary among the finished jobs; none where there are fewer than two such axes, since the settings then say
/// it all.
pub(crate) fn axis_effects_of<'a>(study: &'a Study<'_>) -> Vec<Effect<'a>> {
    let repeats: Vec<&Repeat<'_>> = study.settings.iter().flat_map(|setting| &setting.repeats).collect();
    let varying: Vec<_> = study
        .axes
        .iter()
        .map(|axis| levels(*axis, &repeats))
        .filter(|(.., examples)| examples.len() > 1)
        .collect();
    if varying.len() < 2 {
        return Vec::new();
    }
    let rows: Vec<Vec<usize>> =
        (0..repeats.len()).map(|row| varying.iter().map(|(_, places, _)| places[row]).collect()).collect();
    let responses: Vec<f64> = repeats.iter().map(|repeat| repeat.accuracy).collect();
    let Ok(mut axes) = axis_effects(&rows, &responses, LEVEL) else { return Vec::new() };
    for level in axes.axes.iter_mut().flat_map(|axis| &mut axis.levels) {
        level.interval = level.interval.map(within_shares);
    }
    varying
        .into_iter()
        .zip(axes.axes)
        .map(|((axis, _, examples), effect)| Effect { axis, effect, examples })
        .collect()
}

/// An axis with the number of the level of each of `repeats`, and an example of each level. Levels that are numbers ascend.
fn levels<'a>(axis: Axis, repeats: &[&'a Repeat<'a>]) -> (Axis, Vec<usize>, Vec<&'a Repeat<'a>>) {
    let mut found: Vec<(Value, &Repeat<'_>)> = Vec::new();
    let values: Vec<Value> = repeats.iter().map(|repeat| axis.value(&repeat.job.spec)).collect();
    for (value, repeat) in values.iter().zip(repeats) {
        if !found.iter().any(|(known, _)| known == value) {
            found.push((value.clone(), repeat));
        }
    }
    found.sort_by(|(one, _), (other, _)| by_size(one, other));
    let place = |value| found.iter().position(|(known, _)| known == value).unwrap_or(0);
    let places = values.iter().map(place).collect();
    (axis, places, found.into_iter().map(|(_, example)| example).collect())
}

/// A table with a row per level, in at most `width` characters if that can be.
pub(crate) fn effects(study: &Study<'_>, width: Option<usize>) -> Vec<Part> {
    let effects = axis_effects_of(study);
    if effects.is_empty() {
        return Vec::new();
    }
    let columns = vec![
        Column::left("axis"),
        Column::left("level"),
        Column::right("jobs"),
        Column::right("mean"),
        Column::right("95 % interval"),
        Column::right("explains"),
        Column::right("by chance"),
    ];
    let rows = effects.iter().flat_map(|effect| {
        effect.effect.levels.iter().enumerate().map(move |(index, level)| {
            let share = |share: Option<f64>| match share.filter(|_| index == 0) {
                Some(share) => format!("{:.0} %", 100.0 * share),
                None => String::new(),
            };
            vec![
                if index == 0 { effect.axis.name().to_owned() } else { String::new() },
                level_name(effect, level),
                level.spread.count.to_string(),
                percent(level.spread.mean),
                level.interval.map_or("-".to_owned(), |ends: Interval| interval(ends.low, ends.high)),
                share(effect.effect.eta_squared),
                share(effect.effect.eta_squared.map(|_| effect.effect.expected_by_chance)),
            ]
        })
    });
    let table = TextTable { columns, rows: rows.collect() }.fitting(width, &["95 % interval", "jobs"]);
    let note = "The mean is over all jobs at the level, whatever their other settings. `explains` is the share of all \
                variance between jobs that lies between the means of the axis (eta squared). An axis without any effect \
                explains the share `by chance` on average: only what is clearly above it says something.";
    vec![
        Part::Caption("Effect of each axis".to_owned()),
        Part::Table(table),
        Part::Paragraph(note.to_owned()),
    ]
}

fn level_name(effect: &Effect<'_>, level: &LevelMean) -> String {
    effect.axis.text(&effect.examples[level.level].job.spec)
}

/// A row a level, for programs.
pub(crate) fn effect_rows(studies: &[Study<'_>]) -> QueryTable {
    let columns = [
        "sweep",
        "data_identity",
        "reading",
        "axis",
        "level",
        "jobs",
        "mean",
        "low",
        "high",
        "eta_squared",
        "eta_squared_by_chance",
    ];
    let rows = studies.iter().flat_map(|study| {
        let effects = axis_effects_of(study);
        let rows: Vec<Vec<Value>> = effects
            .iter()
            .flat_map(|effect| {
                effect.effect.levels.iter().map(move |level| {
                    let mut row = study.identity();
                    row.extend([
                        Value::Text(effect.axis.name().to_owned()),
                        effect.axis.value(&effect.examples[level.level].job.spec),
                        Value::Integer(level.spread.count as i64),
                        Value::Real(level.spread.mean),
                        real(level.interval.map(|ends| ends.low)),
                        real(level.interval.map(|ends| ends.high)),
                        real(effect.effect.eta_squared),
                        Value::Real(effect.effect.expected_by_chance),
                    ]);
                    row
                })
            })
            .collect();
        rows
    });
    QueryTable { columns: columns.map(str::to_owned).to_vec(), rows: rows.collect() }
}
