//! The table: one row a setting.

use sweep_networks::{
    Bounds::{NotNegative, Positive, Share},
    ModelKind, NetworkSetting,
    SettingKind::{MaxNorm, Name, Number, NumberOrOff, Switch, Weights, Whole},
    SettingValue::{self as Value, File},
};

use super::{
    applies::Applies,
    row::{Default, Row},
};
use crate::{Activation, JobSpec, Optimizer, Shuffle};

/// The settings that every network has.
const COMMON: [Row; 21] = [
    Row::new("model", Name(&ModelKind::NAMES), Default::Required).field(
        |spec| Some(Value::Name(spec.model.name())),
        |spec, value| {
            if let Value::Name(name) = value {
                spec.model = ModelKind::named(name).unwrap_or(spec.model);
            }
        },
    ),
    Row::new("activation", Name(&Activation::NAMES), Default::Required).field(
        |spec| Some(Value::Name(spec.activation.name())),
        |spec, value| {
            if let Value::Name(name) = value {
                spec.activation = Activation::named(name).unwrap_or(spec.activation);
            }
        },
    ),
    Row::new("slope", Number(NotNegative), Default::Value(Value::Number(Activation::DEFAULT_SLOPE)))
        .applies(Applies::Activation(&["leaky_relu"]))
        .field(
            |spec| match spec.activation {
                Activation::LeakyRelu { slope } => Some(Value::Number(slope)),
                _ => None,
            },
            |spec, value| {
                if let (Activation::LeakyRelu { slope }, Value::Number(number)) = (&mut spec.activation, value)
                {
                    *slope = number;
                }
            },
        ),
    Row::new("alpha", Number(NotNegative), Default::Value(Value::Number(Activation::DEFAULT_ALPHA)))
        .applies(Applies::Activation(&["elu"]))
        .field(
            |spec| match spec.activation {
                Activation::Elu { alpha } => Some(Value::Number(alpha)),
                _ => None,
            },
            |spec, value| {
                if let (Activation::Elu { alpha }, Value::Number(number)) = (&mut spec.activation, value) {
                    *alpha = number;
                }
            },
        ),
    Row::new("batch_size", Whole { least: 1, most: u32::MAX as u64 }, Default::Value(Value::Whole(32)))
        .short("batch")
        .about("the last batch of an epoch may be smaller")
        .field(|spec| Some(Value::Whole(spec.batch_size.into())), |spec, value| whole(&mut spec.batch_size, value)),
    Row::new("learning_rate", Number(Positive), Default::Value(Value::Number(1e-3)))
        .short("lr")
        .field(|spec| Some(Value::Number(spec.learning_rate)), |spec, value| number(&mut spec.learning_rate, value)),
    Row::new("epochs", Whole { least: 1, most: u32::MAX as u64 }, Default::Required)
        .field(|spec| Some(Value::Whole(spec.epochs.into())), |spec, value| whole(&mut spec.epochs, value)),
    // SQL holds signed 64-bit numbers.
    Row::new("seed", Whole { least: 0, most: i64::MAX as u64 }, Default::Value(Value::Whole(0)))
        .about("decides initial weights, shuffling and dropout")
        .field(
            |spec| Some(Value::Whole(spec.seed)),
            |spec, value| {
                if let Value::Whole(seed) = value {
                    spec.seed = seed;
                }
            },
        ),
    Row::new("optimizer", Name(&Optimizer::NAMES), Default::Value(Value::Name("adam"))).field(
        |spec| Some(Value::Name(spec.optimizer.name())),
        |spec, value| {
            if let Value::Name(name) = value {
                spec.optimizer = Optimizer::named(name).unwrap_or(spec.optimizer);
            }
        },
    ),
    of_adam("beta1", Number(Share), 0.9)
        .field(|spec| adam(spec, |adam| adam[0]), |spec, value| set_adam(spec, 0, value)),
    of_adam("beta2", Number(Share), 0.999)
        .field(|spec| adam(spec, |adam| adam[1]), |spec, value| set_adam(spec, 1, value)),
    of_adam("epsilon", Number(Positive), 1e-8)
        .field(|spec| adam(spec, |adam| adam[2]), |spec, value| set_adam(spec, 2, value)),
    Row::new("momentum", Number(Share), Default::Value(Value::Number(0.0)))
        .applies(Applies::Optimizer(&["sgd"]))
        .field(
            |spec| match spec.optimizer {
                Optimizer::Sgd { momentum, .. } => Some(Value::Number(momentum)),
                _ => None,
            },
            |spec, value| {
                if let Optimizer::Sgd { momentum, .. } = &mut spec.optimizer {
                    number(momentum, value);
                }
            },
        ),
    Row::new("nesterov", Switch, Default::Value(Value::Switch(false)))
        .applies(Applies::Momentum)
        .quiet()
        .field(
            |spec| match spec.optimizer {
                Optimizer::Sgd { nesterov, .. } => Some(Value::Switch(nesterov)),
                _ => None,
            },
            |spec, value| {
                if let (Optimizer::Sgd { nesterov, .. }, Value::Switch(is_on)) = (&mut spec.optimizer, value) {
                    *nesterov = is_on;
                }
            },
        ),
    Row::new("weight_decay", Number(NotNegative), Default::OfOptimizer(weight_decay))
        .short("decay")
        .about("decoupled for `adamw`, added to the gradient otherwise")
        .field(|spec| Some(Value::Number(spec.weight_decay)), |spec, value| number(&mut spec.weight_decay, value)),
    Row::new("dropout", Number(Share), Default::OfModel(|model| Value::Number(model.default_dropout())))
        .field(|spec| Some(Value::Number(spec.dropout)), |spec, value| number(&mut spec.dropout, value)),
    Row::new("max_norm", MaxNorm, Default::Value(Value::Switch(false)))
        .quiet()
        .about("`false`; `true` for the bounds of the model; or bounds above 0, `{ convolution = 2.0, dense = 0.5 }`")
        .field(
            |spec| Some(spec.max_norm.map_or(Value::Switch(false), Value::Bounds)),
            |spec, value| match value {
                Value::Switch(false) => spec.max_norm = None,
                Value::Switch(true) => spec.max_norm = Some(spec.model.default_max_norm()),
                Value::Bounds(bounds) => spec.max_norm = Some(bounds),
                _ => {}
            },
        ),
    Row::new("shuffle", Switch, Default::Value(Value::Switch(true)))
        .about("`true` for a new order of the train set every epoch, `false` for the order of the files")
        .field(
            |spec| Some(Value::Switch(spec.shuffle == Shuffle::EveryEpoch)),
            |spec, value| match value {
                Value::Switch(true) => spec.shuffle = Shuffle::EveryEpoch,
                Value::Switch(false) => spec.shuffle = Shuffle::Never,
                _ => {}
            },
        ),
    // A file has a path and a checksum, which no value holds: who reads sweep files sets it.
    Row::new("initial_weights", Weights, Default::Value(Value::Switch(false)))
        .quiet()
        .about("path of a safetensors file, or `false` for random weights")
        .field(
            |spec| spec.initial_weights.is_none().then_some(Value::Switch(false)),
            |spec, value| {
                if !matches!(value, File(_)) {
                    spec.initial_weights = None;
                }
            },
        ),
    Row::new("label_smoothing", Number(Share), Default::Value(Value::Number(0.0)))
        .about("share of each label that is spread over all classes, in the train loss alone")
        .quiet()
        .since(6),
    Row::new("gradient_clip_norm", NumberOrOff(Positive), Default::Value(Value::Switch(false)))
        .about("the norm of all gradients of a step together, at most")
        .quiet()
        .since(7),
];

/// How many settings there are: the common ones, and each name that some network declares.
pub(super) const COUNT: usize = COMMON.len() + of_networks().1;

/// All settings, in the order of tables.
pub(super) static TABLE: [Row; COUNT] = {
    let mut table = [COMMON[0]; COUNT];
    let (declared, _) = of_networks();
    let mut place = 0;
    while place < COUNT {
        table[place] = match place < COMMON.len() {
            true => COMMON[place],
            false => match declared[place - COMMON.len()] {
                Some(setting) => of_network(setting),
                None => panic!("fewer settings than were counted"),
            },
        };
        place += 1;
    }
    table
};

/// More than all networks declare.
const MOST_OF_NETWORKS: usize = 64;

/// The settings that networks declare, each name once, and how many there are.
const fn of_networks() -> ([Option<NetworkSetting>; MOST_OF_NETWORKS], usize) {
    let mut found = [None; MOST_OF_NETWORKS];
    let mut count = 0;
    let mut network = 0;
    while network < ModelKind::ALL.len() {
        let settings = ModelKind::ALL[network].descriptor().settings;
        let mut place = 0;
        while place < settings.len() {
            if !is_known(&found, settings[place].name) {
                found[count] = Some(settings[place]);
                count += 1;
            }
            place += 1;
        }
        network += 1;
    }
    (found, count)
}

const fn is_known(found: &[Option<NetworkSetting>; MOST_OF_NETWORKS], name: &str) -> bool {
    let mut place = 0;
    while place < found.len() {
        if let Some(setting) = found[place]
            && is_same(setting.name, name)
        {
            return true;
        }
        place += 1;
    }
    false
}

const fn of_network(setting: NetworkSetting) -> Row {
    let mut defaults = [None; ModelKind::ALL.len()];
    let mut network = 0;
    while network < ModelKind::ALL.len() {
        let settings = ModelKind::ALL[network].descriptor().settings;
        let mut place = 0;
        while place < settings.len() {
            if is_same(settings[place].name, setting.name) {
                defaults[network] = Some(settings[place].default);
            }
            place += 1;
        }
        network += 1;
    }
    Row::new(setting.name, setting.kind, Default::OfNetwork(defaults))
        .applies(Applies::Network)
        .about(setting.about)
        .since(setting.since)
        .quiet()
}

/// Whether two names are the same; `==` is not for constants.
pub(super) const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut place = 0;
    while place < one.len() {
        if one[place] != other[place] {
            return false;
        }
        place += 1;
    }
    true
}

/// A number of Adam and AdamW: their betas and epsilon.
const fn of_adam(name: &'static str, kind: sweep_networks::SettingKind, default: f64) -> Row {
    Row::new(name, kind, Default::Value(Value::Number(default)))
        .applies(Applies::Optimizer(&["adam", "adamw"]))
}

/// One of beta1, beta2 and epsilon.
fn adam(spec: &JobSpec, choose: fn([f64; 3]) -> f64) -> Option<Value> {
    match spec.optimizer {
        Optimizer::Adam { beta1, beta2, epsilon } | Optimizer::AdamW { beta1, beta2, epsilon } => {
            Some(Value::Number(choose([beta1, beta2, epsilon])))
        }
        Optimizer::Sgd { .. } => None,
    }
}

fn set_adam(spec: &mut JobSpec, place: usize, value: Value) {
    if let Optimizer::Adam { beta1, beta2, epsilon } | Optimizer::AdamW { beta1, beta2, epsilon } =
        &mut spec.optimizer
    {
        number([beta1, beta2, epsilon][place], value);
    }
}

/// As PyTorch has it.
fn weight_decay(optimizer: &str) -> Value {
    Value::Number(if optimizer == "adamw" { 0.01 } else { 0.0 })
}

fn whole(field: &mut u32, value: Value) {
    if let Value::Whole(number) = value {
        *field = u32::try_from(number).unwrap_or(*field);
    }
}

fn number(field: &mut f64, value: Value) {
    if let Value::Number(number) = value {
        *field = number;
    }
}
