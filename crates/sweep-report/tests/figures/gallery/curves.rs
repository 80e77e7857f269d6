//! Curves of trainings.

use sweep_report::figures::{Band, BandPoint, Curves, EpochAccuracy, Figure, Mark, Part, Series, Smoothing};

use super::Noise;

/// A training that gets from chance to `end`, with noise that a test set of 1080 trials would have.
pub(crate) fn training(setting: &str, part: Part, epochs: u32, end: f64, seed: u64) -> Series {
    let mut noise = Noise(seed);
    let wobble = if part == Part::Train { 0.006 } else { 0.011 };
    let accuracy = |epoch: u32| {
        let progress = 1.0 - (-f64::from(epoch) / (0.11 * f64::from(epochs) + 4.0)).exp();
        (0.5 + (end - 0.5) * progress + wobble * noise.normal()).clamp(0.0, 1.0)
    };
    let points: Vec<f64> = (1..=epochs).map(accuracy).collect();
    let points =
        (1..=epochs).zip(points).map(|(epoch, accuracy)| EpochAccuracy { epoch, accuracy }).collect();
    Series { setting: setting.to_owned(), part, points, band: None, mark: Mark::None }
}

/// The lab's comparison: three activations on two parts.
pub(crate) fn comparison(epochs: u32) -> Curves {
    let mut series = Vec::new();
    for (place, (activation, test)) in
        [("ReLU", 0.865), ("Leaky ReLU", 0.845), ("ELU", 0.805)].into_iter().enumerate()
    {
        let seed = place as u64 * 7919;
        series.push(training(activation, Part::Train, epochs, 0.985 - 0.02 * place as f64, seed + 1));
        series.push(Series { mark: Mark::Best, ..training(activation, Part::Test, epochs, test, seed + 2) });
    }
    Curves {
        title: "Activation function comparison (EEGNet)".to_owned(),
        series,
        smoothing: Smoothing::None,
        notes: vec!["The best test accuracy is chosen on the test set, so it is optimistic.".to_owned()],
    }
}

fn smoothed(smoothing: Smoothing) -> Curves {
    Curves { smoothing, ..comparison(1201) }
}

/// Means of five seeds with their spread.
fn bands() -> Curves {
    let series = [("Adam", 0.87), ("SGD with momentum 0.9", 0.82)].into_iter().zip([11, 23]).map(
        |((setting, end), seed)| {
            let line = training(setting, Part::Test, 300, end, seed);
            let band = |point: &EpochAccuracy| {
                let half = 0.012 + 0.02 * (-f64::from(point.epoch) / 80.0).exp();
                BandPoint { epoch: point.epoch, low: point.accuracy - half, high: point.accuracy + half }
            };
            let points = line.points.iter().map(band).collect();
            Series { band: Some(Band { meaning: "lowest to highest of 5 seeds".to_owned(), points }), ..line }
        },
    );
    Curves {
        title: "Test accuracy by optimizer (DeepConvNet)".to_owned(),
        series: series.collect(),
        smoothing: Smoothing::MovingAverage { epochs: 11 },
        notes: Vec::new(),
    }
}

/// Three parts, and an epoch that validation selected.
fn validated() -> Curves {
    let series =
        [(Part::Train, 0.97), (Part::Validation, 0.86), (Part::Test, 0.84)].into_iter().map(|(part, end)| {
            let mark = if part == Part::Test { Mark::Selected(212) } else { Mark::None };
            Series { mark, ..training("ReLU", part, 300, end, 5 + part as u64) }
        });
    Curves {
        title: "EEGNet with a validation set".to_owned(),
        series: series.collect(),
        smoothing: Smoothing::None,
        notes: Vec::new(),
    }
}

fn many() -> Curves {
    let setting = |index: usize| {
        format!("learning_rate {}, batch_size {}", [0.0001, 0.001, 0.01, 0.1][index % 4], 16 << (index / 4))
    };
    let series = (0..20).flat_map(|index| {
        let end = 0.62 + 0.012 * index as f64;
        let part = |part, end| training(&setting(index), part, 150, end, 31 * index as u64 + part as u64);
        [part(Part::Train, (end + 0.08).min(0.99)), part(Part::Test, end)]
    });
    Curves {
        title: "Learning rate and batch size (DeepConvNet)".to_owned(),
        series: series.collect(),
        smoothing: Smoothing::Exponential { weight: 0.9 },
        notes: Vec::new(),
    }
}

fn long_names() -> Curves {
    let name = |activation: &str| {
        format!(
            "activation {activation}, learning_rate 0.001, weight_decay 0.0005, dropout 0.25, initial_weights pretrained/subject-independent/fold-{activation}.safetensors"
        )
    };
    let series = ["relu", "elu"].into_iter().flat_map(|activation| {
        [
            training(&name(activation), Part::Train, 60, 0.95, 3),
            Series {
                mark: Mark::Selected(40),
                ..training(&name(activation), Part::Test, 60, 0.8, activation.len() as u64)
            },
        ]
    });
    Curves {
        title: "A comparison whose title says everything about the subject, the session, the montage, the band-pass filter and the network that it compares".to_owned(),
        series: series.collect(),
        smoothing: Smoothing::None,
        notes: Vec::new(),
    }
}

fn flat(accuracy: f64) -> Curves {
    let points = (1..=50).map(|epoch| EpochAccuracy { epoch, accuracy }).collect();
    let series = vec![Series { points, ..training("ReLU", Part::Test, 0, 0.5, 0) }];
    Curves {
        title: format!("All epochs at {accuracy}"),
        series,
        smoothing: Smoothing::None,
        notes: Vec::new(),
    }
}

pub(crate) fn cases() -> Vec<(&'static str, Figure)> {
    let none = Curves {
        title: "Nothing yet".to_owned(),
        series: Vec::new(),
        smoothing: Smoothing::None,
        notes: Vec::new(),
    };
    let empty = Curves {
        series: vec![training("ReLU", Part::Test, 0, 0.5, 0)],
        title: "No epoch yet".to_owned(),
        ..none.clone()
    };
    let hundred = Curves { title: "100 000 epochs".to_owned(), ..comparison(100_000) };
    [
        ("curves", comparison(1201)),
        ("curves-smoothed", smoothed(Smoothing::MovingAverage { epochs: 21 })),
        ("curves-bands", bands()),
        ("curves-validated", validated()),
        ("curves-one-epoch", comparison(1)),
        ("curves-ten-epochs", comparison(10)),
        ("curves-many", many()),
        ("curves-long-names", long_names()),
        ("curves-none", none),
        ("curves-empty", empty),
        ("curves-flat-0", flat(0.0)),
        ("curves-flat-1", flat(1.0)),
        ("curves-100k", hundred),
    ]
    .map(|(name, curves)| (name, Figure::Curves(curves)))
    .to_vec()
}
