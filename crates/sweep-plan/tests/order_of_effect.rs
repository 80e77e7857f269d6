//! What the blocks of a sweep file do, and in which order.

mod planning;

use planning::{right, wrong};
use sweep_job::{Activation, DataSource, JobSpec, MaxNorm, Optimizer, Scale, Shuffle, sources};
use sweep_plan::{Overrides, Plan, describe};

const TOP: &str = "name = 'x'\n[data]\nset = 'synthetic'\n";

fn planned(blocks: &str, set: &[&str]) -> Plan {
    right(&format!("{TOP}{blocks}"), set)
}

/// Of every job the values of these settings, in order.
fn jobs<T>(plan: &Plan, of: impl Fn(&JobSpec) -> T) -> Vec<T> {
    plan.jobs.iter().map(of).collect()
}

#[test]
fn the_grid_is_every_combination_and_its_last_axis_varies_fastest() {
    let plan =
        planned("[grid]\nactivation = ['relu', 'elu']\nmodel = 'eegnet'\nepochs = 1\nseed = [7, 3]\n", &[]);
    assert_eq!(
        jobs(&plan, |job| (job.activation.name(), job.seed)),
        [("relu", 7), ("relu", 3), ("elu", 7), ("elu", 3)]
    );
}

#[test]
fn zips_vary_together_and_multiply_with_the_grid_and_each_other() {
    let plan = planned(
        "[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = [1, 2]\n\
         [[zip]]\nbatch_size = [16, 32]\nlearning_rate = [0.1, 0.2]\n\
         [[zip]]\nseed = [0, 1]\ndropout = [0.1, 0.1]\n",
        &[],
    );
    let found = jobs(&plan, |job| (job.epochs, job.batch_size, job.learning_rate, job.seed, job.dropout));
    let mut expected = Vec::new();
    for epochs in [1, 2] {
        for (batch_size, learning_rate) in [(16, 0.1), (32, 0.2)] {
            for seed in [0, 1] {
                expected.push((epochs, batch_size, learning_rate, seed, 0.1));
            }
        }
    }
    assert_eq!(found, expected);
}

#[test]
fn rows_come_behind_the_combinations_and_take_the_single_values_of_the_grid() {
    let plan = planned(
        "[grid]\nmodel = 'eegnet'\nactivation = ['relu', 'elu']\nepochs = 5\nbatch_size = 8\n\
         [[rows]]\nactivation = 'leaky_relu'\nslope = 0.2\nepochs = 9\n\
         [[rows]]\nactivation = 'elu'\nmodel = 'deepconvnet'\nseed = { from = 1, to = 2, steps = 2 }\n",
        &[],
    );
    let found = jobs(&plan, |job| (job.model.name(), job.activation, job.epochs, job.batch_size, job.seed));
    let elu = Activation::Elu { alpha: 1.0 };
    assert_eq!(
        found,
        [
            ("eegnet", Activation::Relu, 5, 8, 0),
            ("eegnet", elu, 5, 8, 0),
            ("eegnet", Activation::LeakyRelu { slope: 0.2 }, 9, 8, 0),
            ("deepconvnet", elu, 5, 8, 1),
            ("deepconvnet", elu, 5, 8, 2),
        ]
    );
}

#[test]
fn a_grid_without_lists_beside_rows_gives_no_job_of_its_own() {
    let grid = "[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = 5\n";
    let rows = "[[rows]]\nseed = 1\n[[rows]]\nseed = 2\n";
    assert_eq!(jobs(&planned(&format!("{grid}{rows}"), &[]), |job| job.seed), [1, 2]);
    assert_eq!(jobs(&planned(grid, &[]), |job| job.seed), [0]);
    // A list, even of one value, makes it a grid.
    let listed = format!("{grid}batch_size = [4]\n{rows}");
    assert_eq!(jobs(&planned(&listed, &[]), |job| job.seed), [0, 1, 2]);
    // So does a zip.
    let zipped = format!("{grid}[[zip]]\nbatch_size = [4]\n{rows}");
    assert_eq!(jobs(&planned(&zipped, &[]), |job| job.seed), [0, 1, 2]);
}

#[test]
fn a_row_may_leave_open_an_axis_that_it_cannot_use() {
    let plan = planned(
        "[grid]\nmodel = 'eegnet'\nactivation = ['elu']\nepochs = 5\nalpha = [0.5, 1]\n[[rows]]\nactivation = 'relu'\n",
        &[],
    );
    assert_eq!(
        jobs(&plan, |job| job.activation),
        [Activation::Elu { alpha: 0.5 }, Activation::Elu { alpha: 1.0 }, Activation::Relu]
    );
}

#[test]
fn when_blocks_act_on_rows_too_see_what_earlier_ones_set_and_the_last_wins() {
    let plan = planned(
        "[grid]\nmodel = ['eegnet', 'deepconvnet']\nactivation = 'elu'\nepochs = 5\n\
         [[rows]]\nmodel = 'eegnet'\nseed = 9\n\
         [[when]]\nmodel = 'eegnet'\nset = { batch_size = 108, learning_rate = 0.5 }\n\
         [[when]]\nbatch_size = 108\nset = { learning_rate = 0.25 }\n\
         [[when]]\nmodel = ['eegnet', 'deepconvnet']\nseed = 9\nset = { batch_size = 7 }\n",
        &[],
    );
    assert_eq!(
        jobs(&plan, |job| (job.batch_size, job.learning_rate, job.seed)),
        [(108, 0.25, 0), (32, 0.001, 0), (7, 0.25, 9)]
    );
}

#[test]
fn conditions_see_defaults_and_match_lists_and_ranges() {
    let base =
        "[grid]\nmodel = ['eegnet', 'deepconvnet']\nactivation = 'elu'\nepochs = 5\nseed = [0, 1, 2, 3]\n";
    let kept = |exclude: &str| {
        let plan = planned(&format!("{base}[[exclude]]\n{exclude}\n"), &[]);
        assert_eq!(plan.jobs.len() + plan.excluded, 8);
        plan.jobs.len()
    };
    assert_eq!(kept("dropout = 0.25"), 4);
    assert_eq!(kept("seed = [0, 3]"), 4);
    assert_eq!(kept("seed = { from = 1, to = 3, steps = 3 }"), 2);
    assert_eq!(kept("model = 'eegnet'\nseed = 0\noptimizer = ['adam', 'sgd']"), 7);
    assert_eq!(kept("alpha = 1\nseed = 0\nshuffle = true\nmax_norm = false\ninitial_weights = false"), 6);
}

#[test]
fn exclusion_sees_what_when_blocks_set() {
    let plan = planned(
        "[grid]\nmodel = ['eegnet', 'deepconvnet']\nactivation = 'elu'\nepochs = 5\n\
         [[when]]\nmodel = 'eegnet'\nset = { batch_size = 108 }\n[[exclude]]\nbatch_size = 108\n",
        &[],
    );
    assert_eq!(jobs(&plan, |job| job.model.name()), ["deepconvnet"]);
    assert_eq!((plan.excluded, plan.duplicates), (1, 0));
}

#[test]
fn an_override_beats_grid_zip_rows_and_when_and_is_seen_by_conditions() {
    let file = "[grid]\nmodel = ['eegnet', 'deepconvnet']\nactivation = 'elu'\nepochs = 5\n\
         [[zip]]\nbatch_size = [8, 16]\nlearning_rate = [0.1, 0.2]\n\
         [[rows]]\nmodel = 'eegnet'\nbatch_size = 4\nlearning_rate = 0.3\n\
         [[when]]\nmodel = 'eegnet'\nset = { batch_size = 2 }\n\
         [[exclude]]\nbatch_size = [16, 64]\nmodel = 'deepconvnet'\n";
    let found =
        |set: &[&str]| jobs(&planned(file, set), |job| (job.model.name(), job.batch_size, job.learning_rate));
    assert_eq!(
        found(&[]),
        [("eegnet", 2, 0.1), ("eegnet", 2, 0.2), ("deepconvnet", 8, 0.1), ("eegnet", 2, 0.3),]
    );
    assert_eq!(found(&["batch_size=64"]), [("eegnet", 64, 0.1), ("eegnet", 64, 0.2), ("eegnet", 64, 0.3)]);
    // The row is multiplied by the values of an override, too.
    assert_eq!(
        found(&["batch_size=64,1", "model=eegnet"]),
        [
            ("eegnet", 64, 0.1),
            ("eegnet", 1, 0.1),
            ("eegnet", 64, 0.2),
            ("eegnet", 1, 0.2),
            ("eegnet", 64, 0.3),
            ("eegnet", 1, 0.3),
        ]
    );
}

#[test]
fn an_override_may_leave_blocks_and_settings_of_the_file_without_effect() {
    let file = "[grid]\nmodel = ['eegnet', 'deepconvnet']\nactivation = ['relu', 'elu']\nepochs = 5\nalpha = [1, 2]\n\
         [[when]]\nmodel = 'eegnet'\nset = { batch_size = 2 }\n[[exclude]]\nactivation = 'elu'\nmodel = 'eegnet'\n";
    let plan = planned(file, &["model=deepconvnet", "activation=relu"]);
    assert_eq!((plan.jobs.len(), plan.duplicates, plan.excluded), (1, 1, 0));
}

#[test]
fn what_is_removed_by_an_override_alone_is_told() {
    let file = format!(
        "{TOP}[grid]\nmodel = ['eegnet', 'deepconvnet']\nactivation = 'elu'\nepochs = 5\n[[exclude]]\nmodel = 'eegnet'\n"
    );
    assert!(
        wrong(&file, &["model=eegnet"])
            .starts_with("error: the sweep has no jobs: [[exclude]] removes all 1")
    );
}

#[test]
fn an_override_can_give_what_the_file_lacks() {
    let file = "[grid]\nmodel = 'eegnet'\n[[when]]\nmodel = 'eegnet'\nset = { seed = 4 }\n";
    let plan = planned(file, &["epochs=3", "activation=elu"]);
    assert_eq!(jobs(&plan, |job| (job.epochs, job.seed)), [(3, 4)]);
    let plan = right("", &["name=y", "data.set=synthetic", "model=eegnet", "activation=elu", "epochs=1,2"]);
    assert_eq!((plan.name.as_str(), plan.jobs.len()), ("y", 2));
}

#[test]
fn settings_that_do_not_apply_are_dropped_and_the_equal_jobs_with_them() {
    let plan = planned(
        "[grid]\nmodel = 'eegnet'\nactivation = ['relu', 'elu']\nalpha = [0.5, 1.0]\nepochs = 5\n\
         optimizer = ['adam', 'sgd']\nmomentum = [0, 0.9]\nnesterov = [false, true]\n",
        &[],
    );
    // ReLU has no alpha, Adam no momentum, and plain SGD no Nesterov momentum: 3 activations, 1 + 3 optimizers.
    assert_eq!((plan.jobs.len(), plan.duplicates), (12, 20));
    let sgd = |momentum, nesterov| Optimizer::Sgd { momentum, nesterov };
    assert_eq!(
        jobs(&plan, |job| job.optimizer)[..4],
        [Optimizer::LAB, sgd(0.0, false), sgd(0.9, false), sgd(0.9, true)]
    );
}

#[test]
fn a_setting_that_does_not_apply_matches_nothing() {
    let plan = planned(
        "[grid]\nmodel = 'eegnet'\nactivation = ['relu', 'elu']\nalpha = 0.5\nepochs = 5\n[[exclude]]\nalpha = 0.5\n",
        &[],
    );
    assert_eq!(jobs(&plan, |job| job.activation), [Activation::Relu]);
}

#[test]
fn defaults_are_those_of_the_lab_and_of_pytorch() {
    let plan = planned(
        "[grid]\nmodel = ['eegnet', 'deepconvnet']\nactivation = 'relu'\nepochs = 1\noptimizer = ['adam', 'adamw', 'sgd']\n",
        &[],
    );
    let found = jobs(&plan, |job| (job.dropout, job.weight_decay));
    assert_eq!(found, [(0.25, 0.0), (0.25, 0.01), (0.25, 0.0), (0.5, 0.0), (0.5, 0.01), (0.5, 0.0)]);
    let job = &plan.jobs[0];
    assert_eq!((job.batch_size, job.learning_rate, job.seed), (32, 0.001, 0));
    assert_eq!((job.optimizer, job.max_norm, job.shuffle), (Optimizer::LAB, None, Shuffle::EveryEpoch));
    assert_eq!(plan.jobs[2].optimizer, Optimizer::Sgd { momentum: 0.0, nesterov: false });
}

#[test]
fn max_norm_takes_the_bounds_of_the_model_or_its_own() {
    let grid = "[grid]\nmodel = ['eegnet', 'deepconvnet']\nactivation = 'relu'\nepochs = 1\n\
         max_norm = [false, true, { convolution = 2.0, dense = 0.5 }]\n";
    let bounds = |convolution, dense| Some(MaxNorm { convolution, dense });
    let plan = planned(grid, &[]);
    // For DeepConvNet, the third is what the second stands for.
    let own = [None, bounds(1.0, 0.25), bounds(2.0, 0.5)];
    assert_eq!(jobs(&plan, |job| job.max_norm), [own[0], own[1], own[2], None, bounds(2.0, 0.5)]);
    assert_eq!(plan.duplicates, 1);
    let plan = planned(&format!("{grid}[[exclude]]\nmax_norm = true\n"), &[]);
    assert_eq!(jobs(&plan, |job| job.max_norm), [None, bounds(2.0, 0.5), None]);
}

#[test]
fn initial_weights_are_known_by_their_content() {
    let plan = planned(
        "[grid]\nmodel = 'eegnet'\nactivation = 'relu'\nepochs = 1\n[[zip]]\n\
         initial_weights = [false, 'a1', 'a2', 'b']\n",
        &[],
    );
    let found = jobs(&plan, |job| job.initial_weights.as_ref().map(|w| (w.path.clone(), w.sha256.clone())));
    let weights = |path: &str, letter: &str| Some((path.into(), letter.repeat(64)));
    assert_eq!(found, [None, weights("a1", "a"), weights("b", "b")]);
    assert_eq!(plan.duplicates, 1);
}

#[test]
fn minus_zero_is_zero() {
    let plan = planned(
        "[grid]\nmodel = 'eegnet'\nactivation = 'relu'\nepochs = 1\n[[zip]]\nweight_decay = [-0.0, 0, 0.0]\n",
        &[],
    );
    assert_eq!((plan.jobs.len(), plan.duplicates), (1, 2));
    assert!(plan.jobs[0].weight_decay.is_sign_positive());
}

#[test]
fn jobs_that_differ_in_epochs_alone_are_one_training() {
    let plan = planned(
        "[grid]\nmodel = ['eegnet', 'deepconvnet']\nactivation = 'relu'\nepochs = [10, 40, 20]\n\
         [[exclude]]\nmodel = 'deepconvnet'\nepochs = 40\n",
        &[],
    );
    let training = plan.training;
    assert_eq!((training.trainings, training.epochs_of_jobs, training.epochs_trained), (2, 100, 60));
    assert_eq!(training.epochs_saved(), 40);
}

#[test]
fn bare_words_are_strings_in_overrides() {
    let file = "[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = 1\n";
    let plan = planned(
        file,
        &[
            "activation= relu , leaky_relu",
            "model=[\"deepconvnet\"]",
            "seed={ from = 0, to = 4, steps = 3 }",
            "initial_weights=false,12.safetensors",
            "max_norm=true",
            "shuffle=false",
            "learning_rate=1e-2",
            "name=2024-01-01, the first, = 1",
            "data.limit=100",
            "data.scale=standardize",
        ],
    );
    assert_eq!(plan.jobs.len(), 2 * 3 * 2);
    assert_eq!(plan.name, "2024-01-01, the first, = 1");
    assert_eq!((plan.data.limit, plan.data.scale), (Some(100), Scale::Standardize));
    assert_eq!(
        describe(&plan.jobs[1]),
        "model=deepconvnet activation=relu batch_size=32 learning_rate=0.01 epochs=1 seed=0 \
         max_norm={ convolution = 2, dense = 0.5 } shuffle=false initial_weights=12.safetensors"
    );
}

#[test]
fn brackets_and_quotation_marks_can_be_left_out_of_overrides_each_by_itself() {
    let file = "[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = 1\n";
    for activation in ["relu,elu", r#""relu","elu""#, "'relu', elu", r#"relu , "elu" "#, r#"["relu", 'elu']"#]
    {
        let plan = planned(file, &[&format!("activation={activation}")]);
        assert_eq!(jobs(&plan, |job| job.activation.name()), ["relu", "elu"], "{activation}");
    }
    // A comma or quotation mark in a string is one of its characters.
    let plan = planned(file, &[r#"initial_weights="a,\"1.st",b"2,'c,3.st'"#, r#"name="x, y""#]);
    assert_eq!(plan.name, "x, y");
    let path = |job: &JobSpec| job.initial_weights.as_ref().unwrap().path.display().to_string();
    assert_eq!(jobs(&plan, path), ["a,\"1.st", "b\"2", "c,3.st"]);
}

#[test]
fn another_data_set_keeps_the_preparation_and_drops_the_old_sources_keys() {
    let grid = "[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = 1\n";
    let file = |data: &str| format!("name = 'x'\n[data]\n{data}\nvalidation = 0.25\nlimit = 9\n{grid}");
    let bci3b = file("set = 'bci3b'\ndir = 'there'");
    let with = |text: &str, data: &str, set: &[&str]| {
        let overrides =
            Overrides { set: set.iter().map(|text| (*text).to_owned()).collect(), data: Some(data.into()) };
        sweep_plan::plan("x.toml", text, &overrides, &planning::no_weights).unwrap().data
    };
    let data = with(&bci3b, "synthetic", &[]);
    assert_eq!(data.source, DataSource::Synthetic(sources::Synthetic { seed: 0 }));
    assert_eq!((data.validation, data.limit), (0.25, Some(9)));
    // The same set keeps its own keys.
    assert_eq!(with(&bci3b, "bci3b", &[]).source, DataSource::Bci3b(sources::Bci3b { dir: "there".into() }));
    let npz = file("set = 'npz'\ntrain = ['a', 'b']\ntest = 'c'\nlayout = 'trial,channel,time'");
    let source = with(&npz, "npz", &[]).source;
    assert!(
        matches!(&source, DataSource::Npz(sources::Npz { train, test, .. }) if train.len() == 2 && test.len() == 1)
    );
    assert_eq!(
        with(&npz, "bci3b", &["data.dir=d, e"]).source,
        DataSource::Bci3b(sources::Bci3b { dir: "d, e".into() })
    );
    let source =
        with(&bci3b, "npz", &["data.train=a,b", "data.test=c", "data.layout=trial,channel,time"]).source;
    assert!(
        matches!(&source, DataSource::Npz(sources::Npz { train, test, .. }) if train.len() == 2 && test.len() == 1)
    );
}

#[test]
fn every_checksum_is_asked_for_once() {
    let asked = std::cell::RefCell::new(Vec::new());
    let sha256 = |path: &std::path::Path| {
        asked.borrow_mut().push(path.to_owned());
        Ok("ab".repeat(32))
    };
    let text = format!(
        "{TOP}[grid]\nmodel = 'eegnet'\nactivation = 'elu'\nepochs = 1\ninitial_weights = 'w'\n\
         [[when]]\ninitial_weights = 'w'\nset = {{ seed = 1 }}\n"
    );
    let plan = sweep_plan::plan("x.toml", &text, &Overrides::default(), &sha256).unwrap();
    assert_eq!(plan.jobs[0].seed, 1);
    assert_eq!(asked.into_inner(), [std::path::PathBuf::from("w")]);
}
