//! Mistakes in filters: what is wrong, where, and what would be right; and filters that were made to hurt.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod scene;

use proptest::prelude::*;
use scene::*;
use sweep_store::{Filter, JobSelection, Reader, Store};

const MISTAKES: [&str; 64] = [
    "",
    "  \n ",
    "modle = 'eegnet'",
    "lr < 0.01",
    "accuracy > 0.5",
    "learning-rate < 0.01",
    "colour = 3",
    "model = 3",
    "model = eegnet",
    "model = 'EEGNett'",
    "model = gru",
    "model < 'eegnet'",
    "status = 'done'",
    "host = lab",
    "seed = '1'",
    "seed = 1.5",
    "seed = 50%",
    "epochs > many",
    "learning_rate = 1%",
    "learning_rate = 0.01.2",
    "best_test_accuracy > 85",
    "best_test_accuracy > 850",
    "best_test_accuracy > 101%",
    "best_test_accuracy = 'high'",
    "shuffle = 1",
    "shuffle > true",
    "shuffle",
    "slope = null",
    "seed in (1, null)",
    "slope is 0.01",
    "sweep is null",
    "sweep > 'a'",
    "sweep = model",
    "seed = learning_rate",
    "learning_rate ~ '0.01'",
    "model like 3",
    "created_at > '01.03.2026'",
    "created_at > 2026",
    "job_id = 'xyz'",
    "job_id = 4f2a",
    "0.01 > learning_rate",
    "model = 'eegnet",
    "model = 'eegnet' && seed = 1",
    "seed = 1 || seed = 2",
    "!(seed = 1)",
    "seed = 1 seed = 2",
    "seed = 1,",
    "(seed = 1",
    "(seed = 1 or (seed = 2)",
    "(seed = 1 seed = 2)",
    "seed = 1)",
    "seed in 1",
    "seed in ()",
    "seed in (1 2)",
    "seed in (1",
    "seed not 3",
    "seed = ",
    "seed = and",
    "seed = 1 and",
    "and seed = 1",
    "not",
    "model = 'eegnet';",
    "model = 'eegnet'\n  and modle = 'x' or\n seed = 1",
    "größe = 1",
];

#[test]
fn mistakes_are_told_with_their_place() {
    let told = MISTAKES.map(|filter| {
        let error = Filter::parse(filter).expect_err(filter);
        assert_eq!(error.text, filter);
        error.to_string()
    });
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn a_long_filter_is_shown_near_its_mistake() {
    let filter = format!("{}modle = 1{}", "seed = 1 or ".repeat(90), " or seed = 1".repeat(90));
    let near = Filter::parse(&filter).unwrap_err().to_string();
    let filter = format!("\u{1b}[31m{}", "x".repeat(99));
    let plain = Filter::parse(&filter).unwrap_err().to_string();
    let filter = "x".repeat(200);
    let clipped = Filter::parse(&filter).unwrap_err().to_string();
    insta::assert_snapshot!([near, plain, clipped].join("\n\n"));
}

/// Parses, and makes all that can be made of the outcome: how many jobs match, or what is wrong.
fn survive(reader: &Reader, text: &str) -> Result<usize, String> {
    match Filter::parse(text) {
        Ok(filter) => {
            assert_eq!(filter.text(), text);
            Ok(reader.jobs(JobSelection::All.matching(Some(&filter))).unwrap().len())
        }
        Err(error) => {
            assert!(error.text.get(error.span.clone()).is_some(), "{error:?}");
            let drawn = error.to_string();
            assert!(drawn.chars().all(|letter| letter == '\n' || !letter.is_control()), "{drawn:?}");
            assert!(drawn.len() < 2_000, "{} bytes", drawn.len());
            Err(error.message)
        }
    }
}

fn scene() -> (Scene, Reader) {
    let scene = Scene::new();
    drop(scene.with_sweep(&seeds(3)));
    let reader = Store::open_read_only(&scene.path()).unwrap();
    (scene, reader)
}

#[test]
fn filters_are_bounded_in_every_direction() {
    let (_scene, reader) = scene();
    let survive = |text: &str| survive(&reader, text);
    for part in ["(", ")", "not ", "'", "\"", "((seed", "x ", "seed = 1 and ", "~", "\0", "é", "1"] {
        assert!(survive(&part.repeat(100_000)).is_err());
        assert!(survive(&part.repeat(5_001 / part.len())).is_err());
    }
    let nested = |depth| format!("{}seed = 1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(survive(&nested(32)), Ok(1));
    assert!(survive(&nested(33)).unwrap_err().contains("deeper than 32"));
    assert_eq!(survive(&format!("{}seed = 1", "not ".repeat(32))), Ok(1));
    assert!(survive(&format!("{}seed = 1", "not ".repeat(33))).is_err());
    let many = |count| vec!["seed=1"; count].join(" or ");
    assert_eq!(survive(&many(500)), Ok(1));
    assert!(survive(&many(501)).unwrap_err().contains("more than 500 values"));
    assert_eq!(survive(&format!("seed in ({})", vec!["1"; 500].join(","))), Ok(1));
    assert!(survive(&format!("seed in ({})", vec!["1"; 501].join(","))).is_err());
    assert!(survive(&format!("host = '{}'", "x".repeat(20_000))).unwrap_err().contains("bytes"));
}

/// SQLite takes the deepest and longest filters that are let through.
#[test]
fn what_is_let_through_can_be_asked() {
    let (_scene, reader) = scene();
    let mut deep = "seed = 1".to_owned();
    for level in 0..32 {
        let join = if level % 2 == 0 { "and" } else { "or" };
        let chain = format!(" {join} data_title != 'x'").repeat(14);
        deep = if level % 4 == 3 { format!("not {deep}{chain}") } else { format!("({deep}{chain})") };
    }
    survive(&reader, &deep).unwrap();
    let wide = |form: &str, value: &str| form.replace("{}", &vec![value; 500].join(","));
    assert_eq!(survive(&reader, &vec!["sweep='a'"; 500].join(" or ")), Ok(0));
    assert_eq!(survive(&reader, &wide("created_at not in ({})", "'2020-01-01'")), Ok(3));
    assert_eq!(survive(&reader, &wide("data_identity in ({})", "'ab'")), Ok(3));
    assert_eq!(survive(&reader, &format!("host like '{}'", "%a".repeat(500))), Ok(0));
    assert!(survive(&reader, &format!("host like '{}'", "%a".repeat(501))).is_err());
}

/// No text of a filter is ever SQL: it is compared as it is.
#[test]
fn text_stays_text() {
    let (_scene, reader) = scene();
    for text in ["x' OR '1'='1", "'; DROP TABLE job; --", "?1", ":name", "%", "\0", "\u{1F9E0}"] {
        let quoted = text.replace('\'', "''");
        for form in ["host = '{}'", "host ~ '{}'", "host in ('{}')", "sweep = '{}'", "sweep like '{} '"] {
            assert_eq!(survive(&reader, &form.replace("{}", &quoted)), Ok(0), "{form} {text}");
        }
    }
    assert_eq!(reader.jobs(JobSelection::All).unwrap().len(), 3);
}

/// Words and signs of the language in any order.
fn words() -> impl Strategy<Value = String> {
    const WORDS: &str = "model seed slope created_at best_test_accuracy shuffle sweep job_id and or not in is null like true = != < >= \
        ~ ( ) , 'eegnet' \"2026\" 1 0.5 85% -1e-3 ' 9223372036854775808 é";
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    prop::collection::vec(prop::sample::select(words), 0..24).prop_map(|words| words.join(" "))
}

#[test]
fn any_text_is_answered() {
    let (_scene, reader) = scene();
    let text = prop_oneof![".{0,80}", words(), "[a-z0-9=<>!~()'\" %.,-]{0,60}"];
    proptest!(ProptestConfig::with_cases(2_000), |(text in text)| {
        let _ = survive(&reader, &text);
    });
}
