//! The report about every kind of mistake, each in a small file of its own.

mod planning;

use std::{fs, path::Path};

use sweep_plan::{Colour, Overrides};

#[test]
fn every_kind_of_mistake_is_shown() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mistakes"));
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 50, "{}", files.len());
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let report = planning::wrong(&fs::read_to_string(&file).unwrap(), &[]);
        insta::with_settings!({ snapshot_suffix => name, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!("mistakes", report);
        });
    }
}

const SWEEP: &str = r#"name = "x"
[data]
set = "bci3b"
dir = "elsewhere"
[grid]
model = ["eegnet", "deepconvnet"]
activation = ["relu", "elu"]
epochs = 10
"#;

#[test]
fn overrides_are_shown_like_lines_of_the_file() {
    let cases: [&[&str]; 13] = [
        &["epochs", "=3", "epochs=", ""],
        &["epoch=3", "limit=3", "data.limt=3", "colour=red"],
        &["model=eegnet,deepconvnett", "activation = gelu"],
        &["epochs=0", "batch_size=1,2,x", "seed=[1, 1]", "learning_rate=1e-3,"],
        &["seed=[1, 2", "learning_rate={ from = 1, to = 2 }"],
        &["alpha=0.5", "activation=relu"],
        &["momentum=0.9"],
        &["data.set=npz"],
        &["data.set=synthetic", "data.dir=data", "name="],
        &["epochs=3", "epochs=4"],
        &["initial_weights=missing.safetensors"],
        &["seed={ from = 0, to = 999999, steps = 1000000 }", "batch_size=1,2"],
        &["learning_rate=.5, \"1e-3\"", "dropout=1 2", "activation=\"relu\",\"elu"],
    ];
    for (number, set) in cases.into_iter().enumerate() {
        insta::with_settings!({ snapshot_suffix => format!("{number:02}"), omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("overrides", planning::wrong(SWEEP, set));
        });
    }
}

#[test]
fn a_data_set_that_the_file_has_no_archives_for_is_refused() {
    let overrides = Overrides { set: vec!["data.set=synthetic".into()], data: Some("npz".into()) };
    let mistakes = sweep_plan::plan("sweep.toml", SWEEP, &overrides, &planning::no_weights).unwrap_err();
    insta::assert_snapshot!(mistakes.render(Colour::Never));
}

#[test]
fn colours_only_add_escape_sequences() {
    let mistakes = planning::plan("name = 3", &[]).unwrap_err();
    let coloured = mistakes.render(Colour::Always);
    assert!(coloured.contains("\u{1b}["));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some(start) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        rest = &rest[rest.find('m').unwrap() + 1..];
    }
    assert_eq!(plain + rest, mistakes.render(Colour::Never));
}

#[test]
fn mistakes_can_be_listed() {
    let mistakes = planning::plan("name = 3\n\n[data]\n  set = 'synthetik'\n", &[]).unwrap_err();
    assert_eq!(mistakes.count(), 3);
    let report = mistakes.render(Colour::Never);
    assert!(report.ends_with('\n') && !report.ends_with("\n\n"), "{report}");
    assert_eq!(mistakes.to_string(), "sweep.toml: 3 mistakes");
    let listed: Vec<_> =
        mistakes.iter().map(|mistake| (mistake.kind().to_string(), mistakes.position(mistake))).collect();
    assert_eq!(
        listed,
        [
            ("`[grid]` is missing".to_owned(), (1, 1)),
            ("`name` must be a string".to_owned(), (1, 8)),
            ("unknown set \"synthetik\"".to_owned(), (4, 9)),
        ]
    );
}

#[test]
fn many_mistakes_are_counted_and_not_all_drawn() {
    let values = vec!["-1"; 5000].join(",\n");
    let text = format!(
        "name = 'x'\n[data]\nset = 'synthetic'\n[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = [{values}]\n"
    );
    let report = planning::wrong(&text, &[]);
    assert_eq!(report.matches("error: ").count(), 100);
    assert!(report.ends_with("\n\n... and 4900 mistakes more\n"), "{}", &report[report.len() - 100..]);
}
