//! Names of files and folders, made from any text. It makes none.

use std::collections::HashSet;

/// Bytes of a name, without the number that tells equal ones apart; file systems take 255.
const LONGEST: usize = 100;

/// What Windows takes for devices, whatever the extension behind ("Naming Files, Paths, and Namespaces").
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// Names that were given, none twice, also where capitals do not tell names apart.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// A name as near to `wanted` as can be: it leads to no other folder, has no character but ASCII letters, digits, `-`, `_`
    /// and, not as its first, `.`; and no earlier name is equal. A number tells equal ones apart: `a`, `a-2`.
    pub(crate) fn name(&mut self, wanted: &str) -> String {
        let name = clean(wanted);
        let mut distinct = name.clone();
        let mut number = 1_u64;
        while !self.taken.insert(distinct.to_ascii_lowercase()) {
            number += 1;
            distinct = format!("{name}-{number}");
        }
        distinct
    }
}

fn clean(wanted: &str) -> String {
    let is_harmless = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let mut name: String = wanted
        .chars()
        .take(LONGEST)
        .map(|character| if is_harmless(character) { character } else { '_' })
        .collect();
    // A full stop at the beginning hides a file, and one at the end is lost on Windows.
    if name.starts_with('.') {
        name.replace_range(..1, "_");
    }
    if name.ends_with('.') {
        name.replace_range(name.len() - 1.., "_");
    }
    match name.as_str() {
        "" => "unnamed".to_owned(),
        name if is_device(name) => format!("_{name}"),
        _ => name,
    }
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_numbered = NUMBERED_DEVICES
        .iter()
        .filter_map(|device| stem.strip_prefix(device))
        .any(|rest| rest.len() == 1 && rest.starts_with(|digit: char| digit.is_ascii_digit()));
    DEVICES.contains(&stem.as_str()) || is_numbered
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_as_near_as_can_be() {
        let mut names = Names::default();
        for (wanted, given) in [
            ("eegnet-elu-seed0-1a2b3c4d", "eegnet-elu-seed0-1a2b3c4d"),
            ("eegnet-elu-seed0-1a2b3c4d", "eegnet-elu-seed0-1a2b3c4d-2"),
            ("EEGNet-elu-seed0-1a2b3c4d", "EEGNet-elu-seed0-1a2b3c4d-3"),
            ("../../etc/passwd", "_._.._etc_passwd"),
            ("..", "__"),
            ("", "unnamed"),
            ("a/b\0c\n", "a_b_c_"),
            ("Lücke", "L_cke"),
            ("nul.csv", "_nul.csv"),
            ("com1", "_com1"),
            ("command", "command"),
        ] {
            assert_eq!(names.name(wanted), given, "{wanted:?}");
        }
    }

    proptest! {
        #[test]
        fn hostile_names_lead_nowhere_and_are_given_once(wanted in prop::collection::vec("(.|[./\\\\\0a]){0,120}", 1..20)) {
            let mut names = Names::default();
            let mut given = HashSet::new();
            for wanted in &wanted {
                let name = names.name(wanted);
                prop_assert!(name.len() <= LONGEST + 8, "{}", name);
                prop_assert!(!name.starts_with('.') && !name.ends_with('.'));
                prop_assert!(!name.chars().any(|c| c.is_control() || !c.is_ascii()));
                let components: Vec<_> = Path::new(&name).components().collect();
                prop_assert_eq!(components, [Component::Normal(name.as_ref())]);
                prop_assert!(given.insert(name.to_ascii_lowercase()));
            }
        }
    }
}
