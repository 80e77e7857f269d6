//! The exponentials of the instruction sets, through ELU on windows of one sample: its value is exp(x) - 1, its slope exp(x).

use sweep_kernels::{
    Activation, InstructionSet, LANES, Mixing, Mixture, Pooling, Real, Slopes, Stored, Tail,
};

/// exp(x) - 1 and exp(x) of `x`, whole vectors.
fn exponentials<T: Real>(set: InstructionSet, x: &[T]) -> [Vec<T>; 2] {
    let tail = Tail {
        mixture: Mixture::plain(LANES),
        time: x.len() / LANES,
        activation: Activation::Elu { alpha: 1.0 },
        pooling: Pooling::Average,
        size: 1,
    };
    let [zeros, ones] = [T::zero(), T::one()].map(|value| vec![value; LANES]);
    let mixing = Mixing { weight: ones, offset: zeros.clone() };
    let mut value = vec![T::zero(); x.len()];
    tail.forward(set, x, &mixing, None, &mut value);
    let stored = Stored { values: x, mixing: &mixing, mean: &zeros };
    let (mut gradient, mut sums) = (vec![T::one(); x.len()], vec![T::zero(); tail.sums()]);
    tail.sum(set, stored, None, &mut gradient, &mut sums);
    let slopes = Slopes { slope: zeros.clone(), constant: zeros.clone() };
    let mut slope = vec![T::zero(); x.len()];
    tail.backward(set, stored, &gradient, &slopes, &mut slope);
    [value, slope]
}

/// Numbers from -87 to the smallest magnitudes, evenly in number and in logarithm, with both sides of every n + 1/2 times ln 2, where
/// the reduction of the argument changes its power of two.
fn negatives() -> Vec<f32> {
    let count = if cfg!(miri) { 256 } else { 1 << 19 };
    let mut x: Vec<f32> = (0..count).map(|number| -87.0 * number as f32 / count as f32).collect();
    let bits = 87f32.to_bits() as usize;
    x.extend((0..count).map(|number| -f32::from_bits((bits * number / count) as u32)));
    let turns = (0..126).map(|n| (f64::from(n) + 0.5) * std::f64::consts::LN_2);
    x.extend(turns.flat_map(|turn| {
        let middle = (turn as f32).to_bits();
        (middle - 2..=middle + 2).map(|bits| -f32::from_bits(bits).min(87.0))
    }));
    x.resize(x.len().next_multiple_of(LANES), 0.0);
    x
}

/// The largest relative error, and where.
fn worst(x: &[f32], found: &[f32], exact: fn(f64) -> f64) -> (f64, f32) {
    let error = |(x, found): (&f32, &f32)| {
        let exact = exact(f64::from(*x));
        let difference = (f64::from(*found) - exact).abs();
        (if difference == 0.0 { 0.0 } else { difference / exact.abs() }, *x)
    };
    x.iter().zip(found).map(error).max_by(|(a, _), (b, _)| a.total_cmp(b)).unwrap()
}

#[test]
fn single_precision_is_within_two_units_of_the_last_place() {
    let x = negatives();
    for set in InstructionSet::available() {
        let [value, slope] = exponentials(set, &x);
        for (name, found, exact) in
            [("exp_m1", &value, f64::exp_m1 as fn(f64) -> f64), ("exp", &slope, f64::exp)]
        {
            // A denormal x and its exp(x) - 1 have no relative accuracy to speak of.
            let normal = |(x, _): &(&f32, &f32)| name == "exp" || x.is_normal() || **x == 0.0;
            let (x, found): (Vec<f32>, Vec<f32>) = x.iter().zip(found).filter(normal).unzip();
            let (error, at) = worst(&x, &found, exact);
            println!("{set} {name}: relative error of at most {error:.3e}, at {at:e}");
            assert!(error < 2.4e-7, "{set} {name}: {error:e} at {at:e}");
        }
    }
}

#[test]
fn beyond_single_precision_only_the_limits_are_left() {
    let x = [-87.0f32, -87.5, -100.0, -1e3, -1e10, f32::MIN, -104.0, -3e38];
    for set in InstructionSet::available() {
        let [value, slope] = exponentials(set, &x);
        assert_eq!(value, [-1.0; 8], "{set}");
        // From exp(-87) down, a number of that size.
        assert!(slope.iter().all(|slope| (0.0..1.7e-38).contains(slope)), "{set}: {slope:?}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "Miri varies the last bits of the standard library's exponentials")]
fn double_precision_is_that_of_the_standard_library() {
    let x: Vec<f64> = negatives().into_iter().step_by(101).map(f64::from).chain([-745.0, -1e300]).collect();
    let x = &x[x.len() % LANES..];
    let [value, slope] = exponentials(InstructionSet::plain(), x);
    assert!(x.iter().zip(&value).all(|(x, value)| *value == if *x == 0.0 { *x } else { x.exp_m1() }));
    assert!(x.iter().zip(&slope).all(|(x, slope)| *slope == x.exp()));
}
