//! The lines that are to blame for what was found outside of the sweep file.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use sweep_job::ModelKind;
use sweep_plan::{Colour, Complaint, Culprit, Overrides, blame};

const SWEEP: &str = r#"name = "x"
[data]
set = "npz"
train = ["a.npz", "b.npz"]
test = "c.npz"
validation = 0.1
[grid]
model = "eegnet"
activation = "elu"
epochs = 10
[[rows]]
model = "deepconvnet"
initial_weights = ["one.safetensors", "two.safetensors"]
[[when]]
model = "deepconvnet"
set = { initial_weights = "three.safetensors" }
"#;

fn drawn(text: &str, set: &[&str], culprit: Culprit) -> Option<String> {
    let overrides = Overrides { set: set.iter().map(|text| (*text).to_owned()).collect(), data: None };
    let complaint = Complaint { culprit, words: "this is wrong".into(), help: Some("do it right".into()) };
    Some(blame("x.toml", text, &overrides, &[complaint])?.render(Colour::Never))
}

#[test]
fn a_culprit_is_found_where_it_counts() {
    let cases: [(&[&str], Culprit); 9] = [
        (&[], Culprit::Data("b.npz".into())),
        (&[], Culprit::Data("c.npz".into())),
        (&[], Culprit::DataKey("validation")),
        (&[], Culprit::Model(ModelKind::EegNet)),
        (&[], Culprit::Model(ModelKind::DeepConvNet)),
        (&[], Culprit::Weights("two.safetensors".into())),
        (&[], Culprit::Weights("three.safetensors".into())),
        (&["data.train=a.npz,d.npz"], Culprit::Data("d.npz".into())),
        (&["model=[\"deepconvnet\"]"], Culprit::Model(ModelKind::DeepConvNet)),
    ];
    let drawn: Vec<String> =
        cases.into_iter().map(|(set, culprit)| drawn(SWEEP, set, culprit).unwrap()).collect();
    insta::assert_snapshot!(drawn.join("\n"));
}

#[test]
fn what_is_not_in_the_file_is_not_blamed() {
    assert_eq!(drawn(SWEEP, &[], Culprit::DataKey("limit")), None);
    assert_eq!(drawn(SWEEP, &["model=eegnet"], Culprit::Model(ModelKind::DeepConvNet)), None);
    // A folder that is a default is that of the set.
    let lab = "name = 'x'\n[data]\nset = 'bci3b'\n";
    let blamed = drawn(lab, &[], Culprit::Data("data/S4b_train.npz".into())).unwrap();
    assert!(blamed.contains("x.toml:3:7"), "{blamed}");
    let lab = "name = 'x'\n[data]\nset = 'bci3b'\ndir = 'lab'\n";
    let blamed = drawn(lab, &[], Culprit::Data("lab/S4b_train.npz".into())).unwrap();
    assert!(blamed.contains("x.toml:4:7"), "{blamed}");
}
