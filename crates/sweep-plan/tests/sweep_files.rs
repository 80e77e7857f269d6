//! Every sweep file of the repository is planned.

mod planning;

use std::{fs, path::Path};

use sweep_job::{
    Activation, DataIdentity, DataSource, JobId, JobSpec, ModelKind, Optimizer, Shuffle, ValidationBy,
    sources,
};
use sweep_plan::{Colour, Overrides, Plan, describe, summary};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../sweeps"))
}

fn planned(name: &str) -> Plan {
    let text = fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    sweep_plan::plan(name, &text, &Overrides::default(), &planning::no_weights)
        .unwrap_or_else(|mistakes| panic!("{}", mistakes.render(Colour::Never)))
}

#[test]
fn every_sweep_file_is_planned() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    assert!(names.len() >= 5, "{names:?}");
    for name in names {
        let plan = planned(&name);
        let jobs: Vec<String> = plan.jobs.iter().take(20).map(describe).collect();
        let report = format!("{}\nThe first jobs\n{}", summary(&plan, 100), jobs.join("\n"));
        insta::with_settings!({ snapshot_suffix => name.trim_end_matches(".toml") }, {
            insta::assert_snapshot!(report);
        });
    }
}

#[test]
fn a_plan_fits_the_width_that_it_is_given() {
    for name in ["lab2.toml", "own-data.toml", "learning-rates.toml", "optimizers.toml"] {
        for width in [50, 60, 80] {
            let text = summary(&planned(name), width);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{name} at {width}\n{text}");
            assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
        }
    }
}

/// Ids are promises: databases are found again by them. A sweep file must never come to other ids.
#[test]
fn ids_stay_what_they_are() {
    // The built-in data set.
    let data = DataIdentity("ee7750f5fe63337e66d010b7c7e34f0532cc468bd08ee3127122a52c8d23741c".to_owned());
    let ids = |name| -> Vec<String> {
        planned(name).jobs.iter().map(|spec| JobId::new(spec, &data).to_string()).collect()
    };
    assert_eq!(
        ids("quickstart.toml"),
        [
            "6ae303d03db34d403b80ffcbb0510dd4",
            "5db9896a4126959385957b030ac67bd1",
            "1b975508c0079166ab92a9179b08e44d",
            "713de94c12d23ccbaf834d5278a7cd2b",
            "7d5995ef395ae60435ae4360505e1b4f",
            "e01bb882a2c6f530e1082ab9601a25da",
        ]
    );
    assert_eq!(
        ids("lab2.toml"),
        [
            "cd4c2d86f46053ed2b3cb6897cc2bbbe",
            "d4c16363b2731ed83a0afa920dba2525",
            "3e0045bc2c960110f077b7061b17f8f6",
            "039252ded65ad8574497e9400e7c2b25",
            "e8b25fda14d7d95acb17e2199b55de64",
            "5f8644bdde9a2c6829820bd37a9c6f05",
        ]
    );
}

#[test]
fn the_lab_is_its_six_jobs() {
    let plan = planned("lab2.toml");
    assert_eq!(plan.data.source, DataSource::Bci3b(sources::Bci3b { dir: "data".into() }));
    let activations =
        [Activation::Relu, Activation::LeakyRelu { slope: 0.01 }, Activation::Elu { alpha: 1.0 }];
    let job = |model, activation, batch_size, dropout| JobSpec {
        model,
        activation,
        batch_size,
        learning_rate: 0.001,
        epochs: 1201,
        seed: 0,
        optimizer: Optimizer::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
        weight_decay: 0.0,
        dropout,
        max_norm: None,
        shuffle: Shuffle::EveryEpoch,
        initial_weights: None,
        more: Default::default(),
    };
    let eegnet = activations.map(|activation| job(ModelKind::EegNet, activation, 108, 0.25));
    let deepconvnet = activations.map(|activation| job(ModelKind::DeepConvNet, activation, 1080, 0.5));
    assert_eq!(plan.jobs, [eegnet, deepconvnet].concat());
}

#[test]
fn a_plan_is_json_for_programs() {
    let text = "name = 'x'\n[data]\nset = 'bci3b'\nlimit = 9\n[grid]\nmodel = 'eegnet'\nactivation = 'elu'\n\
                epochs = [5, 9]\nmax_norm = { convolution = 1, dense = 0.5 }\nlearning_rate = 1e-3\n";
    insta::assert_json_snapshot!(planning::right(text, &[]));
}

#[test]
fn whole_subjects_are_held_out_on_request() {
    let file = |more: &str| {
        format!(
            "name = 'x'\n[data]\nset = 'bci3b'\nvalidation = 0.5\n{more}\n[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = 5\n"
        )
    };
    assert_eq!(planning::right(&file(""), &[]).data.validation_by, ValidationBy::Trial);
    let plan = planning::right(&file("validation_by = 'subject'"), &[]);
    assert_eq!(plan.data.validation_by, ValidationBy::Subject);
    assert_eq!(planning::right(&file(""), &["data.validation_by=subject"]).data, plan.data);
    let words = summary(&plan, 100);
    assert!(words.contains("50 % of the train set, as whole subjects, for validation (seed 0)"), "{words}");
}
