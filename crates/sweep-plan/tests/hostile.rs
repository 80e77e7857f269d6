//! Sweep files that were made to hurt, and bad ones by the hundred: each is answered with words, in time and memory of its own size.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod planning;

use std::{fs, path::Path, sync::LazyLock};

use proptest::{prelude::*, sample::Index};
use sweep_plan::{Colour, summary};

/// Plans, and makes all that can be made of the outcome.
fn survive(text: &str) {
    match planning::plan(text, &[]) {
        Ok(plan) => assert!(!summary(&plan, 100).is_empty()),
        Err(mistakes) => {
            let drawn = mistakes.render(Colour::Never);
            assert!(
                mistakes.count() > 0 && mistakes.iter().all(|mistake| mistakes.position(mistake) >= (1, 1))
            );
            assert!(drawn.chars().all(|character| character == '\n' || !character.is_control()), "{drawn:?}");
        }
    }
}

const BEGINNING: &str = "name = 'x'\n[data]\nset = 'synthetic'\n";

#[test]
fn tables_may_nest_as_deep_as_they_like() {
    let dots = "a.".repeat(70);
    let nested = format!("{}1{}", format!("{{ {dots}a = ").repeat(70), " }".repeat(70));
    let text = format!("{BEGINNING}[{dots}a]\n{dots}a = {nested}\n");
    let lists = format!("{BEGINNING}[grid]\nseed = {}{}\n", "[".repeat(70), "]".repeat(70));
    for text in [text, lists, "[".repeat(100_000), "a.".repeat(100_000), "a = {".repeat(10_000)] {
        survive(&text);
    }
}

#[test]
fn a_file_of_nothing_but_mistakes_is_told_of() {
    let unknown: String = (0..3_000).map(|number| format!("k{number} = 1\n")).collect();
    for text in ["x\n".repeat(20_000), unknown, format!("a = [{}]", "x, ".repeat(30_000)), "=".repeat(50_000)]
    {
        survive(&text);
    }
}

#[test]
fn mistakes_beyond_a_thousand_are_only_counted() {
    let unknown: String = (0..3_000).map(|number| format!("k{number} = 1\n")).collect();
    let repeated = format!("seed = [{}]\n", "1, ".repeat(3_001));
    for lines in [unknown, repeated] {
        let text = format!("{BEGINNING}[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = 1\n{lines}");
        let mistakes = planning::plan(&text, &[]).unwrap_err();
        assert_eq!((mistakes.count(), mistakes.iter().count()), (3_000, 1_000));
        assert!(mistakes.render(Colour::Never).ends_with("\n... and 2900 mistakes more\n"));
    }
}

#[test]
fn of_an_endless_line_only_the_neighbourhood_is_drawn() {
    let numbers: Vec<String> = (0..50_000).map(|number| number.to_string()).collect();
    let line = format!("seed = [{}, 7, 'é', -1]", numbers.join(", "));
    let report = planning::wrong(
        &format!("{BEGINNING}[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = 1\n{line}\n"),
        &[],
    );
    assert!(report.lines().all(|line| line.chars().count() < 300), "{report}");
    insta::assert_snapshot!("endless line", report);
}

#[test]
fn of_a_large_file_only_the_first_mistake_of_syntax_is_told() {
    let text = format!("name = 'x'\n{}", "=".repeat(2 << 20));
    let mistakes = planning::plan(&text, &[]).unwrap_err();
    assert_eq!(mistakes.count(), 1);
    assert_eq!(mistakes.iter().map(|mistake| mistakes.position(mistake)).next(), Some((2, 2)));
}

#[test]
fn ranges_are_bounded_together() {
    let range = "seed = { from = 0, to = 999999, steps = 1000000 }\n";
    let rows = format!("[[rows]]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = 1\n{range}").repeat(6);
    insta::assert_snapshot!("many ranges", planning::wrong(&format!("{BEGINNING}{rows}"), &[]));
}

#[test]
fn blocks_are_bounded_with_the_combinations_that_each_is_compared_with() {
    let grid = "[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = 1\nseed = { from = 0, to = 999999, steps = 1000000 }\n";
    let excludes = "[[exclude]]\nseed = 0\n".repeat(500);
    insta::assert_snapshot!("many blocks", planning::wrong(&format!("{BEGINNING}{grid}{excludes}"), &[]));
}

#[test]
fn numbers_at_their_ends_are_refused() {
    let grid = "[grid]\nmodel = 'eegnet'\nactivation = 'elu'\n";
    let lines = [
        "epochs = 4294967296",
        "epochs = 99999999999999999999999999999999999999999999999999",
        "epochs = -0x1",
        "epochs = { from = 1, to = 4294967295, steps = 4294967295 }",
        "learning_rate = 1e999999999",
        "learning_rate = nan",
        "seed = { from = 0, to = 9223372036854775807, steps = 999983 }",
        "dropout = { from = 0.1, to = 0.2, steps = 1000000, scale = 'log' }",
    ];
    let answers = lines.map(|line| planning::wrong(&format!("{BEGINNING}{grid}{line}\n"), &[]));
    insta::assert_snapshot!("numbers at their ends", answers.join("\n"));
}

/// The sweep files of the repository, and those with mistakes.
static FILES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [here.join("../../sweeps"), here.join("tests/mistakes")];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
});

/// What mutations put into a file.
const PIECES: [&str; 24] = [
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ",",
    ".",
    "\"",
    "'''",
    "\n",
    "\r",
    "\0",
    "\u{feff}",
    "é",
    "#",
    "-",
    "1e9",
    "true",
    "[[rows]]\n",
    "[[when]]\n",
    "{ from = 0, to = 9, steps = 10 }",
    "99999999999999999999",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_damaged_file_is_planned_or_told_of(
        file in any::<Index>(),
        damage in prop::collection::vec((any::<Index>(), 0usize..12, any::<Index>()), 1..6),
    ) {
        let mut text = FILES[file.index(FILES.len())].clone();
        for (place, removed, piece) in damage {
            let start = text.floor_char_boundary(place.index(text.len() + 1));
            let end = text.ceil_char_boundary((start + removed).min(text.len()));
            text.replace_range(start..end, PIECES[piece.index(PIECES.len())]);
        }
        survive(&text);
    }
}
