//! Figures over settings and classes.

use sweep_report::figures::{
    AxisEffects, AxisLevel, AxisPanel, BarGroup, BarRow, Bars, Chance, Confusion, Estimate, Figure, Level,
    Parallel, ParallelJob,
};

use super::Noise;

/// `count` jobs around a mean, with a 95 % interval of their mean.
pub(crate) fn estimate(mean: f64, deviation: f64, count: usize, seed: u64) -> Estimate {
    let mut noise = Noise(seed);
    let singles: Vec<f64> = (0..count).map(|_| (mean + deviation * noise.normal()).clamp(0.0, 1.0)).collect();
    let mean = singles.iter().sum::<f64>() / count as f64;
    let half = 2.0 * deviation / (count as f64).sqrt();
    Estimate { mean, deviation: Some(deviation), interval: Some((mean - half, mean + half)), singles }
}

fn rows(means: &[(&str, f64)], seeds: usize, seed: u64) -> Vec<BarRow> {
    let row = |(index, (name, mean)): (usize, &(&str, f64))| BarRow {
        name: (*name).to_owned(),
        accuracy: estimate(*mean, 0.011, seeds, seed + index as u64),
    };
    means.iter().enumerate().map(row).collect()
}

pub(crate) fn activations() -> Bars {
    Bars {
        title: "Test accuracy by activation function".to_owned(),
        groups: vec![
            BarGroup {
                name: "EEGNet".to_owned(),
                rows: rows(&[("ReLU", 0.871), ("Leaky ReLU", 0.876), ("ELU", 0.823)], 5, 1),
            },
            BarGroup {
                name: "DeepConvNet".to_owned(),
                rows: rows(&[("ReLU", 0.842), ("Leaky ReLU", 0.838), ("ELU", 0.794)], 5, 9),
            },
        ],
        interval_meaning: Some("95 % confidence intervals of the mean over 5 seeds".to_owned()),
        chance: Some(Chance { above: 0.5306 }),
        notes: vec!["Accuracies are those of the best test epoch, which is optimistic.".to_owned()],
    }
}

fn single_group() -> Bars {
    Bars {
        title: "Three activations, five seeds (EEGNet)".to_owned(),
        groups: vec![BarGroup {
            name: String::new(),
            rows: rows(&[("ReLU", 0.871), ("Leaky ReLU", 0.876), ("ELU", 0.823)], 5, 4),
        }],
        chance: None,
        ..activations()
    }
}

fn long_rows() -> Bars {
    let names: Vec<String> = (0..12)
        .map(|index| {
            format!(
                "activation leaky_relu, learning_rate {}, weight_decay 0.0005, dropout {}",
                0.001 * f64::from(index + 1),
                0.25
            )
        })
        .collect();
    let means: Vec<(&str, f64)> =
        names.iter().enumerate().map(|(index, name)| (name.as_str(), 0.7 + 0.012 * index as f64)).collect();
    Bars {
        groups: vec![BarGroup {
            name: "EEGNet on subject 3 with a very long description of the recording".to_owned(),
            rows: rows(&means, 40, 3),
        }],
        ..activations()
    }
}

pub(crate) fn confusion(classes: &[&str], trials: u64, seed: u64) -> Confusion {
    let mut noise = Noise(seed);
    let counts = (0..classes.len()).map(|row| {
        let mut left = trials;
        let mut counts: Vec<u64> = (0..classes.len())
            .map(|column| {
                let share = if row.abs_diff(column) == 1 { 0.14 } else { 0.04 };
                let count = ((share * noise.unit() * trials as f64) as u64).min(left);
                left -= if row == column { 0 } else { count };
                count
            })
            .collect();
        counts[row] = left;
        counts
    });
    Confusion {
        title: format!("Confusion of the test trials, {} classes", classes.len()),
        classes: classes.iter().map(|class| (*class).to_owned()).collect(),
        counts: counts.collect(),
        notes: Vec::new(),
    }
}

pub(crate) fn effects() -> AxisEffects {
    let number = |value: f64, mean, seed| AxisLevel {
        level: Level::Number(value),
        accuracy: estimate(mean, 0.03, 24, seed),
    };
    let word = |text: &str, mean, seed| AxisLevel {
        level: Level::Text(text.to_owned()),
        accuracy: estimate(mean, 0.03, 24, seed),
    };
    let panel = |name: &str, levels| AxisPanel { name: name.to_owned(), levels };
    AxisEffects {
        title: "Effect of each setting on the test accuracy (EEGNet)".to_owned(),
        panels: vec![
            panel(
                "learning_rate",
                vec![
                    number(0.0001, 0.74, 1),
                    number(0.001, 0.85, 2),
                    number(0.01, 0.83, 3),
                    number(0.1, 0.6, 4),
                ],
            ),
            panel(
                "activation",
                vec![word("relu", 0.81, 5), word("leaky_relu", 0.82, 6), word("elu", 0.78, 7)],
            ),
            panel("dropout", vec![number(0.0, 0.77, 8), number(0.25, 0.82, 9), number(0.5, 0.8, 10)]),
            panel(
                "batch_size",
                vec![
                    number(32.0, 0.8, 11),
                    number(64.0, 0.81, 12),
                    number(128.0, 0.79, 13),
                    number(256.0, 0.75, 14),
                ],
            ),
        ],
        interval_meaning: Some("95 % confidence intervals of the mean".to_owned()),
        chance: Some(Chance { above: 0.5306 }),
        notes: Vec::new(),
    }
}

fn odd_effects() -> AxisEffects {
    let word = |text: &str, mean, seed| AxisLevel {
        level: Level::Text(text.to_owned()),
        accuracy: estimate(mean, 0.02, 700, seed),
    };
    let names = [
        "none",
        "exponential_moving_standardisation",
        "trial_standardisation",
        "euclidean_alignment",
        "band_pass_4_38_hz",
        "car",
    ];
    let levels = names
        .iter()
        .enumerate()
        .map(|(index, name)| word(name, 0.7 + 0.02 * index as f64, index as u64))
        .collect();
    AxisEffects {
        panels: vec![
            AxisPanel { name: "preprocessing_of_the_trials_before_training".to_owned(), levels },
            effects().panels[0].clone(),
            effects().panels[1].clone(),
        ],
        ..effects()
    }
}

pub(crate) fn search(jobs: usize) -> Parallel {
    let mut noise = Noise(77);
    let job = |index: usize| {
        let rate = 10f64.powf(-4.0 + 3.0 * noise.unit());
        let dropout = [0.0, 0.25, 0.5][(noise.unit() * 3.0) as usize];
        let activation = ["relu", "leaky_relu", "elu"][(noise.unit() * 3.0) as usize];
        let batch = [32.0, 64.0, 128.0, 256.0][(noise.unit() * 4.0) as usize];
        let optimizer = ["adam", "sgd"][(noise.unit() * 2.0) as usize];
        let momentum = (optimizer == "sgd").then(|| Level::Number([0.0, 0.9][(noise.unit() * 2.0) as usize]));
        let accuracy = 0.85 - 0.07 * (rate.log10() + 2.7).powi(2) - 0.1 * (dropout - 0.3f64).abs()
            + 0.02 * noise.normal();
        let word = |text: &str| Some(Level::Text(text.to_owned()));
        let levels = vec![
            Some(Level::Number(rate)),
            Some(Level::Number(dropout)),
            word(activation),
            Some(Level::Number(batch)),
            word(optimizer),
            momentum,
        ];
        ParallelJob { name: format!("job {index}"), levels, accuracy: accuracy.clamp(0.3, 0.95) }
    };
    Parallel {
        title: "Random search (EEGNet)".to_owned(),
        axes: ["learning_rate", "dropout", "activation", "batch_size", "optimizer", "momentum"]
            .map(str::to_owned)
            .to_vec(),
        jobs: (0..jobs).map(job).collect(),
        notes: Vec::new(),
    }
}

pub(crate) fn cases() -> Vec<(&'static str, Figure)> {
    let sides = ["left hand", "right hand", "feet", "tongue"];
    let nine = [
        "rest",
        "left hand",
        "right hand",
        "both hands",
        "feet",
        "tongue",
        "left elbow",
        "right elbow",
        "word association",
    ];
    let twenty: Vec<String> = (1..=20).map(|class| format!("class {class}")).collect();
    let twenty: Vec<&str> = twenty.iter().map(String::as_str).collect();
    let mut no_trials = confusion(&["left", "right"], 540, 3);
    no_trials.counts[1] = Vec::new();
    let without = AxisEffects { panels: Vec::new(), ..effects() };
    let no_job = Parallel { jobs: Vec::new(), ..search(0) };
    vec![
        ("bars", Figure::Bars(activations())),
        ("bars-one-group", Figure::Bars(single_group())),
        ("bars-long", Figure::Bars(long_rows())),
        ("bars-none", Figure::Bars(Bars { groups: Vec::new(), ..activations() })),
        ("confusion-2", Figure::Confusion(no_trials)),
        ("confusion-4", Figure::Confusion(confusion(&sides, 72, 3))),
        ("confusion-9", Figure::Confusion(confusion(&nine, 120, 5))),
        ("confusion-20", Figure::Confusion(confusion(&twenty, 1500, 6))),
        ("confusion-none", Figure::Confusion(confusion(&[], 0, 6))),
        ("axis", Figure::Axis(effects())),
        ("axis-odd", Figure::Axis(odd_effects())),
        ("axis-none", Figure::Axis(without)),
        ("parallel", Figure::Parallel(search(500))),
        ("parallel-few", Figure::Parallel(search(12))),
        ("parallel-5000", Figure::Parallel(search(5000))),
        ("parallel-none", Figure::Parallel(no_job)),
    ]
}
