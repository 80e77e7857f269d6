//! What tells sweeps of one name apart: their numbers, and what their command lines set or when they were first requested. It reads nothing.

use std::collections::{HashMap, HashSet};

use sweep_job::SweepLabel;

use crate::words::{moment, one_line};

/// Longer settings are cut.
const LONGEST: usize = 60;

/// For each sweep what tells it apart from others of its name: `number 2, --set seed=[1]`, or `number 2, 2026-03-01 12:00:00` if their
/// command lines set the same. `None` for a name that is there once.
pub fn distinctions(sweeps: &[SweepLabel]) -> Vec<Option<String>> {
    let mut namesakes: HashMap<&str, Vec<&SweepLabel>> = HashMap::new();
    for sweep in sweeps {
        namesakes.entry(&sweep.name).or_default().push(sweep);
    }
    let told_by_settings: HashSet<&str> = namesakes
        .iter()
        .filter(|(_, sweeps)| {
            let settings: HashSet<String> = sweeps.iter().map(|sweep| set(&sweep.command_line)).collect();
            settings.len() == sweeps.len()
        })
        .map(|(name, _)| *name)
        .collect();
    sweeps
        .iter()
        .map(|sweep| {
            let name = sweep.name.as_str();
            (namesakes[name].len() > 1).then(|| {
                let what = if told_by_settings.contains(name) {
                    settings_words(&set(&sweep.command_line))
                } else {
                    moment(&sweep.created_at)
                };
                format!("number {}, {what}", sweep.id.0)
            })
        })
        .collect()
}

fn settings_words(settings: &str) -> String {
    let settings = one_line(settings);
    if settings.is_empty() {
        "without --set".to_owned()
    } else if settings.chars().count() > LONGEST {
        format!("{}…", settings.chars().take(LONGEST - 1).collect::<String>())
    } else {
        settings
    }
}

/// The options `--set` of a command line, in their order. It is recorded without quotes, so a value goes on until its brackets and
/// quotation marks are closed.
fn set(command_line: &str) -> String {
    let mut found: Vec<String> = Vec::new();
    let mut words = command_line.split(' ');
    while let Some(word) = words.next() {
        let mut value = match word.strip_prefix("--set") {
            Some("") => words.next().unwrap_or_default().to_owned(),
            Some(rest) if rest.starts_with('=') => rest[1..].to_owned(),
            _ => continue,
        };
        while is_open(&value)
            && let Some(more) = words.next()
        {
            value = format!("{value} {more}");
        }
        found.push(format!("--set {value}"));
    }
    found.join(" ")
}

fn is_open(value: &str) -> bool {
    let count = |wanted: &[char]| value.chars().filter(|character| wanted.contains(character)).count();
    count(&['[', '{']) > count(&[']', '}']) || !count(&['"']).is_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use sweep_job::SweepId;

    use super::*;

    fn label(id: i64, name: &str, command_line: &str) -> SweepLabel {
        SweepLabel {
            id: SweepId(id),
            name: name.to_owned(),
            command_line: command_line.to_owned(),
            created_at: format!("2026-03-01T12:00:0{id}.000Z"),
        }
    }

    #[test]
    fn sweeps_of_one_name_are_told_apart() {
        let sweeps = [
            label(1, "many", "sweep run many.toml"),
            label(2, "many", "sweep run --set seed=[1, 2] many.toml --set=epochs=[5]"),
            label(3, "one", "sweep run one.toml --set seed=[1]"),
            label(4, "same", "sweep run same.toml"),
            label(5, "same", "sweep run same.toml --workers 2"),
        ];
        let told = distinctions(&sweeps);
        let told: Vec<&str> = told.iter().map(|words| words.as_deref().unwrap_or("-")).collect();
        assert_eq!(
            told,
            [
                "number 1, without --set",
                "number 2, --set seed=[1, 2] --set epochs=[5]",
                "-",
                "number 4, 2026-03-01 12:00:04",
                "number 5, 2026-03-01 12:00:05",
            ]
        );
    }

    #[test]
    fn long_settings_are_cut_and_steer_no_terminal() {
        let long = format!("sweep run --set \"seed=[{}]", "1, ".repeat(99));
        let told = distinctions(&[label(1, "a", &long), label(2, "a", "sweep run --set x=\u{1b}[2J a.toml")]);
        let told: Vec<String> = told.into_iter().flatten().collect();
        assert_eq!(told[0].chars().count(), "number 1, ".len() + LONGEST);
        assert!(told[0].ends_with('…') && !told[1].contains('\u{1b}'), "{told:?}");
    }
}
