//! What is made of the results of a sweep: studies, figures, and files for other programs.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::{fs, process::Stdio};

use support::Place;

const GRID: &str = r#"
name = "grid"
[data]
set = "synthetic"
limit = 40
[grid]
model = "eegnet"
activation = ["relu", "elu"]
batch_size = [20, 40]
epochs = 2
seed = [0, 1]
"#;

#[test]
fn a_sweep_becomes_tables_figures_and_files() {
    let place = Place::new();
    place.write("grid.toml", GRID);
    place.succeed(&["run", "grid.toml", "--quiet"]);

    let study = place.succeed(&["report", "--by", "--each"]).out;
    assert_eq!(place.succeed(&["report", "--by", "--seeds"]).out, study, "the old name of the option");
    for words in ["Differences between settings", "Effect of each axis", "p < 0.05"] {
        assert!(study.contains(words), "{study}");
    }
    let rows = place.succeed(&["report", "--by", "activation", "--format", "csv"]).out;
    assert_eq!(rows.lines().count(), 1 + 2, "{rows}");
    let pairs = ["report", "--by", "activation,batch_size", "--table", "comparisons", "--format", "csv"];
    assert_eq!(place.succeed(&pairs).out.lines().count(), 1 + 6);
    let wrong = place.run(&["report", "--by", "activations"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.err);
    assert!(wrong.err.contains("unknown axis `activations`"), "{}", wrong.err);
    assert!(wrong.err.contains("did you mean `activation`?"), "{}", wrong.err);
    options_without_effect_are_refused(&place);

    let few = ["report", "--where", "activation = \"elu\" and batch_size < 30", "--top", "1"];
    let text = place.succeed(&few).out;
    for words in
        ["Only jobs where `activation = \"elu\" and batch_size < 30`.", "The 1 of 2 finished jobs with"]
    {
        assert!(text.contains(words), "{text}");
    }
    let rows = place.succeed(&["report", "--where", "seed = 1", "--format", "csv"]).out;
    assert_eq!(rows.lines().count(), 1 + 4, "{rows}");
    let wrong = place.run(&["report", "--where", "activation = 'gelu'"]);
    insta::assert_snapshot!(format!("{:?}\n{}", wrong.code, wrong.err));
    let best = place.run(&["report", "--best", "--top", "2"]);
    assert!(best.code == Some(2) && best.err.contains("cannot be used with"), "{}", best.err);

    for (kind, files) in [("curves", 1), ("bars", 1), ("confusion", 4), ("axis", 1), ("parallel", 1)] {
        let made = place.succeed(&["plot", "grid", "--kind", kind, "--out", "figures"]).out;
        assert_eq!(made.lines().count(), files, "{made}");
        for file in made.lines() {
            let svg = fs::read_to_string(place.path(file)).unwrap();
            assert!(svg.starts_with("<svg") && svg.contains("</svg>"), "{file}");
        }
    }
    let made = place.succeed(&["plot", "--kind", "confusion", "--where", "batch_size = 20"]).out;
    assert_eq!(made.lines().count(), 2, "{made}");
    place.succeed(&["plot", "--kind", "bars", "--format", "png", "--dark"]);
    assert!(fs::read(place.path("figures/grid-bars.png")).unwrap().starts_with(b"\x89PNG"));
    let few = place.succeed(&["plot", "grid", "--kind", "confusion", "--top", "1"]);
    assert_eq!(few.out.lines().count(), 1, "{}", few.out);
    assert!(
        few.err.contains("a figure each for 1 of 4 settings") && few.err.contains("`--top 4`"),
        "{}",
        few.err
    );
    plots_of_files_and_jobs(&place);
    plots_at_the_same_time(&place);
    let nothing = place.run(&["plot", "--kind", "axis", "--metric", "selected"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (Some(2), ""), "{}", nothing.err);

    place.succeed(&[
        "export",
        "--out",
        "parquet",
        "--format",
        "parquet",
        "--tensorboard",
        "runs",
        "--mlflow",
        "ml",
    ]);
    assert!(fs::read(place.path("parquet/epochs.parquet")).unwrap().starts_with(b"PAR1"));
    assert_eq!(
        fs::read_dir(place.path("runs"))
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().path().is_dir())
            .count(),
        8
    );
    assert!(fs::read(place.path("ml/mlflow.db")).unwrap().starts_with(b"SQLite format 3"));
    place.succeed(&["export", "--out", "csv"]);
    let epochs = fs::read_to_string(place.path("csv/epochs.csv")).unwrap();
    assert_eq!(epochs.lines().count(), 1 + 8 * 2);
    let refused = place.run(&["export", "--out", "figures"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(refused.err.contains("is not empty, and holds no earlier export"), "{}", refused.err);
}

#[test]
fn jobs_are_shown_and_compared() {
    let place = Place::new();
    place.write("grid.toml", &GRID.replace("batch_size = [20, 40]", "batch_size = 20"));
    place.succeed(&["run", "grid.toml", "--quiet"]);
    let jobs = place.sql("SELECT job_id FROM trials ORDER BY activation DESC, seed");
    let [first, other_seed, other_activation] = [&jobs[0][..12], &jobs[1][..12], &jobs[2][..12]];

    let shown = place.succeed(&["show", first, "--tail", "1", "--subjects"]).out;
    for words in
        ["mean of last 1 ", "Confusion matrix", "kappa", "95 % interval", "Of 2 epochs it cannot be told"]
    {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
    let compared = place.succeed(&["compare", first, other_activation]).out;
    for words in ["Settings that differ", "B right", "Verdict"] {
        assert!(compared.contains(words), "{words} is not in {compared}");
    }
    assert!(
        place
            .succeed(&["compare", first, other_seed])
            .out
            .contains("No setting differs but the seed: 0 and 1.")
    );
    let row = place.succeed(&["compare", first, other_seed, "--metric", "best", "--format", "csv"]).out;
    assert_eq!((row.lines().count(), row.contains(",best,")), (2, true), "{row}");

    for (arguments, words) in [
        (&[first, &jobs[0]][..], "are the same job"),
        (&[first, other_seed, other_activation], "3 jobs, but two are compared at a time"),
        (&[first, "ffffffffffff"], "no job has an id that begins with"),
    ] {
        let refused = place.run(&[&["compare"], arguments].concat());
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{}", refused.err);
        assert!(refused.err.contains(words), "{}", refused.err);
    }
    assert_eq!(place.run(&["compare", first]).code, Some(2));
}

#[test]
fn a_report_becomes_one_file_that_replaces_none_but_its_own() {
    let place = Place::new();
    place.write("grid.toml", GRID);
    place.succeed(&["run", "grid.toml", "--quiet"]);
    let report = ["report", "--sweep", "grid", "--by", "activation", "--html", "grid.html"];
    for _ in 0..2 {
        let told = place.succeed(&report).out;
        assert!(told.starts_with("grid.html: 8 jobs, "), "{told}");
    }
    let page = fs::read_to_string(place.path("grid.html")).unwrap();
    assert!(page.ends_with("</html>\n"));
    for words in [
        "Be careful",
        "SYNTHETIC",
        "Differences between settings",
        "The sweep file of grid",
        "sweep run grid.toml --quiet",
    ] {
        assert!(page.contains(words), "no {words}");
    }
    assert!(!place.path("grid.html.partial").exists());

    place.write("notes.html", "<!DOCTYPE html>\n<p>mine</p>\n");
    fs::create_dir(place.path("folder")).unwrap();
    let wrong: [(&str, &[&str]); 5] = [
        ("html onto a file of the user", &["report", "--html", "notes.html"]),
        ("html onto a folder", &["report", "--html", "folder"]),
        ("html into no folder", &["report", "--html", "none/report.html"]),
        ("html of no such sweep", &["report", "--sweep", "gird", "--html", "new.html"]),
        ("html and a format", &["report", "--html", "new.html", "--format", "csv"]),
    ];
    for (name, arguments) in wrong {
        insta::assert_snapshot!(name, place.run(arguments).transcript());
    }
    assert_eq!(fs::read_to_string(place.path("notes.html")).unwrap(), "<!DOCTYPE html>\n<p>mine</p>\n");
    assert!(!place.path("new.html").exists());
}

/// What would be ignored is an error, and `--table` counts in every format.
fn options_without_effect_are_refused(place: &Place) {
    let job = &place.sql("SELECT job_id FROM trials LIMIT 1")[0];
    for arguments in [
        &["report", "--tail", "5"][..],
        &["report", "--top", "2", "--tail", "5"],
        &["report", "--by", "--each", "--format", "csv"],
        &["show", job, "--subjects", "--format", "json"],
        &["show", job, "--tail", "1", "--format", "csv"],
        &["plot", "grid", "--kind", "bars", "--smooth", "3"],
        &["plot", "grid", "--kind", "curves", "--top", "3"],
    ] {
        let refused = place.run(arguments);
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{arguments:?}: {}", refused.err);
        assert!(refused.err.contains("has no effect here"), "{arguments:?}: {}", refused.err);
    }
    for arguments in [
        &["report", "--best", "--tail", "1"][..],
        &["report", "--by", "--tail", "1"],
        &["report", "--top", "2", "--metric", "mean-last", "--tail", "1"],
    ] {
        place.succeed(arguments);
    }
    let comparisons = place.succeed(&["report", "--by", "--table", "comparisons"]).out;
    assert!(comparisons.contains("Differences between settings"), "{comparisons}");
    assert!(!comparisons.contains("Effect of each axis"), "{comparisons}");
}

/// A sweep file means the jobs that it names now, and an id one job; a word that means nothing is told so.
fn plots_of_files_and_jobs(place: &Place) {
    place.write("narrow.toml", &GRID.replace("[20, 40]", "20"));
    place.write("other.toml", &GRID.replace("epochs = 2", "epochs = 3"));
    place.write("unknown.toml", &GRID.replace("\"grid\"", "\"mesh\""));
    let confusions = |what: &str| place.succeed(&["plot", what, "--kind", "confusion"]).out;
    assert_eq!(confusions("grid.toml"), confusions("grid"));
    assert_eq!(confusions("./narrow.toml").lines().count(), 2);
    let jobs = place.succeed(&["sql", "SELECT job_id FROM trials LIMIT 1", "--format", "csv"]).out;
    let job = &jobs.lines().last().unwrap()[..12];
    assert_eq!(
        place.succeed(&["plot", job, "--kind", "curves"]).out,
        format!("figures/{job}-grid-curves-eegnet.svg\n")
    );
    let svg = fs::read_to_string(place.path(&format!("figures/{job}-grid-curves-eegnet.svg"))).unwrap();
    assert!(svg.contains(": accuracy per epoch"), "{svg}");
    let told = ["other.toml", "unknown.toml", "missing.toml", "nothing"].map(|what| {
        let wrong = place.run(&["plot", what, "--kind", "curves"]);
        assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""), "{}", wrong.err);
        wrong.err
    });
    insta::assert_snapshot!(told.concat());
}

/// Programs that write the same file do not hinder each other, and leave nothing else behind.
fn plots_at_the_same_time(place: &Place) {
    let plot = || {
        place
            .command(&["plot", "grid", "--kind", "bars", "--out", "same"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let programs: Vec<_> = (0..8).map(|_| plot()).collect();
    assert!(programs.into_iter().all(|mut program| program.wait().unwrap().success()));
    let names: Vec<_> =
        fs::read_dir(place.path("same")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["grid-bars.svg"]);
}
