//! What holds for every sweep, and for every text.

mod planning;

use std::collections::HashSet;

use proptest::prelude::*;
use sweep_job::{DataIdentity, JobId, JobSpec, PlannedJob, TrajectoryKey};
use sweep_plan::{Colour, Overrides, trainings};

const SETTINGS: [(&str, &[&str]); 17] = [
    ("model", &["'eegnet'", "'deepconvnet'"]),
    ("activation", &["'relu'", "'leaky_relu'", "'elu'"]),
    ("slope", &["0.01", "0.3"]),
    ("alpha", &["1", "0.5"]),
    ("batch_size", &["8", "32"]),
    ("learning_rate", &["0.001", "1e-1"]),
    ("epochs", &["5", "7", "12"]),
    ("seed", &["0", "1", "2"]),
    ("optimizer", &["'adam'", "'adamw'", "'sgd'"]),
    ("beta1", &["0.9", "0.5"]),
    ("momentum", &["0", "0.9"]),
    ("nesterov", &["true", "false"]),
    ("weight_decay", &["0", "0.01"]),
    ("dropout", &["0.25", "0.5"]),
    ("max_norm", &["false", "true", "{ convolution = 1, dense = 0.25 }"]),
    ("shuffle", &["true", "false"]),
    ("initial_weights", &["false", "'a'", "'b'"]),
];

/// For each of some settings, how many of its values are an axis: none, one or several.
fn counts() -> impl Strategy<Value = Vec<usize>> {
    let counts: Vec<_> = SETTINGS.iter().map(|(_, values)| 0..=values.len()).collect();
    counts.prop_map(|mut counts| {
        // Those without a default are always there.
        for required in [0, 1, 6] {
            counts[required] = counts[required].max(1);
        }
        // Settings without effect are mistakes: the values that they need are there, too.
        for (setting, needed, count) in [(2, 1, 2), (3, 1, 3), (11, 10, 2), (10, 8, 3), (11, 8, 3)] {
            if counts[setting] > 0 {
                counts[needed] = counts[needed].max(count);
            }
        }
        // Few enough combinations for many cases.
        while counts.iter().map(|count| (*count).max(1)).product::<usize>() > 1000 {
            let needless = |index: &usize| ![1, 8, 10].contains(index) && counts[*index] > 1;
            let Some(longest) = (0..counts.len()).filter(needless).max_by_key(|index| counts[*index]) else {
                break;
            };
            counts[longest] = 1;
        }
        counts
    })
}

fn grid(counts: &[usize]) -> String {
    let mut text = "name = 'x'\n[data]\nset = 'synthetic'\n[grid]\n".to_owned();
    for ((name, values), count) in SETTINGS.iter().zip(counts).filter(|(_, count)| **count > 0) {
        text.push_str(&format!("{name} = [{}]\n", values[..*count].join(", ")));
    }
    text
}

/// A term for the setting of a number, if it is in the grid, with a value that is there.
fn term(counts: &[usize], (setting, value): (usize, usize)) -> Option<String> {
    let (name, values) = SETTINGS[setting % SETTINGS.len()];
    let count = counts[setting % SETTINGS.len()];
    (count > 0).then(|| format!("{name} = {}\n", values[value % count]))
}

fn id(job: &JobSpec) -> JobId {
    JobId::new(job, &DataIdentity("d".into()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// Expansion is pure, every job is there once, and none is lost but those that are counted.
    #[test]
    fn jobs_are_distinct_and_counted(counts in counts(), excluded in any::<(usize, usize)>()) {
        let mut text = grid(&counts);
        if let Some(term) = term(&counts, excluded) {
            text.push_str(&format!("[[exclude]]\n{term}"));
        }
        // Only an exclusion of all is a mistake.
        let Ok(plan) = planning::plan(&text, &[]) else { return Ok(()) };
        prop_assert_eq!(&plan, &planning::right(&text, &[]));
        let product: usize = counts.iter().map(|count| (*count).max(1)).product();
        prop_assert_eq!(plan.jobs.len() + plan.duplicates + plan.excluded, product);
        let ids: HashSet<JobId> = plan.jobs.iter().map(id).collect();
        prop_assert_eq!(ids.len(), plan.jobs.len());
    }

    /// The cheap fingerprint agrees with the key that decides.
    #[test]
    fn trainings_are_trajectories(counts in counts()) {
        let plan = planning::right(&grid(&counts), &[]);
        let keys: HashSet<TrajectoryKey> = plan.jobs.iter().map(TrajectoryKey::new).collect();
        prop_assert_eq!(plan.training.trainings, keys.len());
        let planned: Vec<PlannedJob> =
            plan.jobs.iter().map(|job| PlannedJob { id: id(job), spec: job.clone() }).collect();
        let trainings = trainings(planned);
        prop_assert_eq!(trainings.len(), keys.len());
        let trained: u64 = trainings.iter().map(|training| u64::from(training.epochs())).sum();
        prop_assert_eq!(plan.training.epochs_trained, trained);
        let jobs: usize = trainings.iter().map(|training| training.jobs.len()).sum();
        prop_assert_eq!(jobs, plan.jobs.len());
        for training in &trainings {
            prop_assert!(training.jobs.is_sorted_by(|a, b| a.spec.epochs < b.spec.epochs));
            prop_assert!(training.jobs.iter().all(|job| TrajectoryKey::new(&job.spec) == TrajectoryKey::new(&training.jobs[0].spec)));
        }
    }

    /// Excluding, and expanding without what is excluded, come to the same.
    #[test]
    fn exclusion_is_a_filter(counts in counts(), model in 0usize..2, seed in 0usize..3) {
        let all = planning::right(&grid(&counts), &[]);
        let (model, seed) = (["eegnet", "deepconvnet"][model % counts[0]], seed % counts[7].max(1));
        let exclude = format!("{}[[exclude]]\nmodel = '{model}'\nseed = [{seed}, 99]\n", grid(&counts));
        let is_excluded = |job: &&JobSpec| job.model.name() == model && job.seed == seed as u64;
        let kept: Vec<&JobSpec> = all.jobs.iter().filter(|job| !is_excluded(job)).collect();
        match planning::plan(&exclude, &[]) {
            Ok(plan) => prop_assert!(plan.jobs.iter().eq(kept)),
            Err(mistakes) => prop_assert!(kept.is_empty(), "{}", mistakes.render(Colour::Never)),
        }
    }

    /// An override of an axis is the axis written in the file.
    #[test]
    fn an_override_is_an_axis(counts in counts(), setting in 0usize..SETTINGS.len(), count in 1usize..4) {
        let (name, values) = SETTINGS[setting];
        let count = count.min(values.len());
        let mut counts = counts;
        counts[setting] = counts[setting].max(1);
        let mut changed = counts.clone();
        changed[setting] = count;
        let set = format!("{name}=[{}]", values[..count].join(", "));
        // Narrowed, an axis may leave another setting without effect.
        let Ok(written) = planning::plan(&grid(&changed), &[]) else { return Ok(()) };
        prop_assert_eq!(planning::right(&grid(&counts), &[&set]), written);
    }

    /// A `[[when]]` block changes what it matches and nothing else.
    #[test]
    fn when_changes_what_it_matches(counts in counts(), matched in any::<(usize, usize)>(), batch_size in 100u32..110) {
        let Some(term) = term(&counts, matched) else { return Ok(()) };
        if term.starts_with("batch_size") {
            return Ok(());
        }
        let when = format!("{}[[when]]\n{term}set = {{ batch_size = {batch_size} }}\n", grid(&counts));
        let exclude = format!("{}[[exclude]]\n{term}", grid(&counts));
        let (Ok(changed), Ok(others)) = (planning::plan(&when, &[]), planning::plan(&exclude, &[])) else {
            return Ok(());
        };
        let unchanged: Vec<&JobSpec> = changed.jobs.iter().filter(|job| job.batch_size != batch_size).collect();
        prop_assert!(unchanged.into_iter().eq(&others.jobs));
    }
}

/// A file with everything in it, for mutations.
const EVERYTHING: &str = "name = \"Übung\"\r\n[data]\nset = \"npz\"\ntrain = ['a.npz']\ntest = 'b.npz'\nlimit = 5\n\
[grid] # ←\nmodel = [\"eegnet\", \"deepconvnet\"]\nactivation = [\"relu\", \"elu\"]\nalpha = [0.5, 1]\nepochs = [1, 2]\n\
learning_rate = { from = 1e-4, to = 1e-1, steps = 4, scale = \"log\" }\nmax_norm = { convolution = 1, dense = 2 }\n\
[[zip]]\nbatch_size = [1, 2]\nseed = { from = 0, to = 1, steps = 2 }\n\
[[rows]]\nmodel = \"eegnet\"\nactivation = \"relu\"\nepochs = 3\nlearning_rate = 1\nbatch_size = 3\nseed = 0\n\
[[when]]\nmodel = \"eegnet\"\nset = { dropout = 0.1, initial_weights = \"w\" }\n\
[[exclude]]\nmodel = \"deepconvnet\"\nepochs = [2]\n";

/// Pieces that mean something in a sweep file.
const PIECES: [&str; 24] = [
    "[",
    "]",
    "[[",
    "{",
    "}",
    "\"",
    "'",
    "\"\"\"",
    "=",
    ",",
    "\n",
    "\r",
    "#",
    "é",
    "\u{feff}",
    "-",
    "1e999",
    "99999999999999999999",
    "nan",
    "[grid]\n",
    "[[when]]\n",
    "steps = 1000000, ",
    "set = ",
    "a.b.c = 1\n",
];

fn mutated() -> impl Strategy<Value = String> {
    let mutation = (any::<prop::sample::Index>(), 0usize..6, prop::sample::select(&PIECES[..]));
    prop::collection::vec(mutation, 1..6).prop_map(|mutations| {
        let mut text = EVERYTHING.to_owned();
        for (place, removed, piece) in mutations {
            let start = text.floor_char_boundary(place.index(text.len() + 1));
            let end = text.ceil_char_boundary((start + removed).min(text.len()));
            text.replace_range(start..end, piece);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the text, the answer is a plan or mistakes that can be drawn.
    #[test]
    fn no_text_panics(text in mutated(), set in "\\PC{0,12}") {
        let overrides = Overrides { set: vec![set.clone(), format!("{set}={set}")], data: Some(set) };
        for overrides in [Overrides::default(), overrides] {
            if let Err(mistakes) = sweep_plan::plan("x.toml", &text, &overrides, &planning::some_weights) {
                prop_assert!(mistakes.count() > 0);
                prop_assert!(mistakes.render(Colour::Never).starts_with("error: "));
            }
        }
    }

    /// The same for texts that resemble no sweep file.
    #[test]
    fn no_noise_panics(text in "(\\PC|[\\[\\]{}=,\"'\n\r.#\\\\a-c0-9 ]){0,60}") {
        let mistakes = planning::plan(&text, &[&text]).expect_err("noise is no sweep");
        prop_assert!(!mistakes.render(Colour::Always).is_empty());
    }
}

#[test]
fn the_file_for_mutations_is_right() {
    assert!(planning::right(EVERYTHING, &[]).jobs.len() > 20);
}
