//! The golden numbers of `golden/statistics.json`, which `golden/make_statistics.py` writes, and how they are compared.

use serde_json::Value;

/// The cases of one part.
pub(crate) fn part(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../golden/statistics.json")).unwrap();
    let part = all[name].clone();
    let length = part.as_array().map_or_else(|| part.as_object().map_or(0, serde_json::Map::len), Vec::len);
    assert!(length > 0, "no golden numbers of {name}");
    part
}

pub(crate) fn cases(part: &Value) -> &[Value] {
    part.as_array().filter(|cases| !cases.is_empty()).unwrap()
}

pub(crate) fn real(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

pub(crate) fn whole(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

pub(crate) fn reals(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(real).collect()
}

pub(crate) fn places(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|value| whole(value) as usize).collect()
}

/// Holds where both agree to 1e-9 of the expected value, however small it is.
#[track_caller]
pub(crate) fn assert_close(found: f64, expected: f64) {
    let tolerance = 1e-9 * expected.abs() + 1e-300;
    assert!((found - expected).abs() <= tolerance, "found {found:e}, expected {expected:e}");
}

/// The same for numbers whose unit is 1, such as correlations: 1e-9 around a golden 0 too, which may be a sum of rounding.
#[track_caller]
pub(crate) fn assert_near(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3),
        "found {found:e}, expected {expected:e}"
    );
}

/// `None` where the golden number is null.
#[track_caller]
pub(crate) fn assert_option(found: Option<f64>, expected: &Value) {
    match (found, expected.as_f64()) {
        (None, None) => {}
        (Some(found), Some(expected)) => assert_near(found, expected),
        other => panic!("found and expected: {other:?}"),
    }
}
