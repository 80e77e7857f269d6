//! Every kernel at the sizes of the two networks, and copies of memory in the same run.
//!
//! `RAYON_NUM_THREADS=1 cargo bench -p sweep-kernels [-- FILTER]`. The column `thrpt` counts floating-point operations (Gelem/s is GFLOP/s)
//! of the convolution as it is written, so a minimal filtering algorithm can be above the machine's peak; or bytes that a pass
//! must read and write (GiB/s).

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use std::{hint::black_box, time::Duration};

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use sweep_kernels::{
    Activation, Dense, InputConvolution, InstructionSet, Mask, Mixing, Mixture, PackedWeights, Pooling,
    Slopes, Span, Stored, Tail, TimeConvolution, TrialMoments, Winograd, in_lanes,
};
use sweep_random::{Purpose, Stream};

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn random(count: usize) -> Vec<f32> {
    let mut draws = Stream::new(count as u64, Purpose::Synthetic, 0, 0).draws();
    (0..count).map(|_| draws.normal() as f32).collect()
}

fn measure(group: &mut Group<'_>, name: &str, throughput: Throughput, mut work: impl FnMut()) {
    group.throughput(throughput);
    group.bench_function(name, |bencher| bencher.iter(&mut work));
}

fn operations(multiply_adds: usize) -> Throughput {
    Throughput::Elements(2 * multiply_adds as u64)
}

fn floats(count: usize) -> Throughput {
    Throughput::Bytes(4 * count as u64)
}

/// What the machine can do.
fn machine(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("machine");
    for (name, count) in
        [("copy within L1", 2_000), ("copy within L2", 60_000), ("copy in memory", 40_000_000)]
    {
        let (from, mut to) = (random(count), vec![0.0; count]);
        measure(&mut group, name, floats(2 * count), || black_box(&mut to).copy_from_slice(black_box(&from)));
    }
    group.finish();
}

fn convolutions(criterion: &mut Criterion) {
    let set = InstructionSet::detect();
    let mut group = criterion.benchmark_group("convolution");
    for (name, inputs, outputs, taps, padding, time) in [
        ("EEGNet 32 to 32, 15 taps", 32, 32, 15, 7, 187),
        ("DeepConvNet 25 to 50, 5 taps", 25, 50, 5, 0, 373),
        ("DeepConvNet 50 to 100, 5 taps", 50, 100, 5, 0, 184),
        ("DeepConvNet 100 to 200, 5 taps", 100, 200, 5, 0, 90),
    ] {
        let sizes = TimeConvolution { inputs, outputs, taps, padding, time };
        let planes = (0..in_lanes(inputs)).map(|lane| (lane < inputs).then_some(lane)).collect();
        let layout = Winograd::new(sizes, planes);
        let multiply_adds = inputs * outputs * taps * sizes.out_time();
        let (weights, mut packed) = (random(inputs * outputs * taps), PackedWeights::default());
        measure(&mut group, &format!("{name}: pack"), floats(weights.len()), || {
            layout.pack(set, &weights, &mut packed)
        });
        let mut scratch = vec![0.0; layout.scratch()];
        let mut x = random(layout.input_rows() * layout.lanes());
        let mut z = vec![0.0; sizes.out_time() * layout.out_lanes()];
        measure(&mut group, &format!("{name}: forward"), operations(multiply_adds), || {
            layout.forward(set, &packed, &x, &mut z, &mut scratch);
        });
        let dz = random(layout.gradient_rows() * layout.out_lanes());
        let mut gradient = vec![0.0; layout.gradient_elements()];
        let original = x.clone();
        measure(&mut group, &format!("{name}: backward"), operations(2 * multiply_adds), || {
            x.copy_from_slice(&original);
            layout.backward(set, &packed, &dz, &mut x, &mut gradient, &mut scratch);
        });
    }
    for (name, span, lanes, taps, padding, filters) in [
        ("EEGNet input, 51 taps", Span::EachChannel, 16, 51, 25, 2 * 16),
        ("DeepConvNet input, 5 taps", Span::AllChannels, 32, 5, 0, 2 * 25),
    ] {
        let layout = InputConvolution { span, channels: 2, lanes, taps, padding, time: 750 };
        let multiply_adds = filters * taps * layout.out_time();
        let mut laid = vec![0.0; layout.laid()];
        layout.lay(set, &random(1500), &mut laid);
        let (packed, mut out) = (random(layout.packed()), vec![0.0; layout.out_time() * layout.out_row()]);
        measure(&mut group, &format!("{name}: forward"), operations(multiply_adds), || {
            layout.forward(set, &mut laid, &packed, &mut out);
        });
        let mut gradient = vec![0.0; layout.packed()];
        measure(&mut group, &format!("{name}: weight gradient"), operations(multiply_adds), || {
            layout.add_gradient(set, &mut laid, &out, &mut gradient);
        });
    }
    group.finish();
}

fn tails(criterion: &mut Criterion) {
    let set = InstructionSet::detect();
    let mut group = criterion.benchmark_group("tail");
    for (name, mixture, time, pooling, size) in [
        ("EEGNet 1", Mixture { channels: 2, filters: 16, copies: 2 }, 750, Pooling::Average, 4),
        ("EEGNet 2", Mixture::plain(32), 187, Pooling::Average, 8),
        ("DeepConvNet 1", Mixture::plain(32), 746, Pooling::Maximum, 2),
        ("DeepConvNet 4", Mixture::plain(200), 86, Pooling::Maximum, 2),
    ] {
        for (title, activation) in [("ELU", Activation::Elu { alpha: 1.0 }), ("ReLU", Activation::Relu)] {
            tail(
                &mut group,
                set,
                &format!("{name} {title}"),
                Tail { mixture, time, activation, pooling, size },
            );
        }
    }
    group.finish();
}

fn tail(group: &mut Group<'_>, set: InstructionSet, name: &str, tail: Tail) {
    let mixture = tail.mixture;
    let (stored, results) = (tail.stored_elements(), tail.out_elements());
    let values = random(stored);
    let mixing =
        Mixing { weight: random(mixture.channels * mixture.planes()), offset: random(mixture.planes()) };
    let mean = random(mixture.stored());
    let (mut factors, mut out) = (vec![0.0; results], random(results));
    if let Some(mask) = Mask::new(0.5, Stream::new(0, Purpose::Dropout { layer: 0 }, 1, 1)) {
        measure(group, &format!("{name}: mask"), floats(results), || mask.factors(set, 0, &mut factors));
    }
    measure(group, &format!("{name}: forward"), floats(stored + 2 * results), || {
        tail.forward(set, &values, &mixing, Some(&factors), &mut out);
    });
    let mut moments = TrialMoments::new(mixture);
    measure(group, &format!("{name}: moments"), floats(stored), || moments.take(set, mixture, &values));
    let stored_values = Stored { values: &values, mixing: &mixing, mean: &mean };
    let mut sums = vec![0.0; tail.sums()];
    measure(group, &format!("{name}: sums"), floats(stored + 3 * results), || {
        out.fill(0.1);
        tail.sum(set, stored_values, Some(&factors), &mut out, &mut sums);
    });
    let slopes =
        Slopes { slope: random(mixture.channels * mixture.stored()), constant: random(mixture.stored()) };
    let mut gradient = vec![0.0; stored];
    measure(group, &format!("{name}: backward"), floats(2 * stored + results), || {
        tail.backward(set, stored_values, &out, &slopes, &mut gradient);
    });
}

fn end(criterion: &mut Criterion) {
    let set = InstructionSet::detect();
    let mut group = criterion.benchmark_group("dense");
    let layer = Dense { features: 8_600, classes: 2 };
    let (weights, mut x, mut logits) = (random(17_200), random(8_600), [0.0; 2]);
    measure(&mut group, "DeepConvNet: forward", floats(3 * 8_600), || {
        layer.forward(set, &x, &weights, &[0.0, 0.0], &mut logits);
    });
    let mut gradient = vec![0.0; 17_200];
    measure(&mut group, "DeepConvNet: backward", floats(8 * 8_600), || {
        layer.backward(set, &mut x, &weights, &[0.01, -0.01], &mut gradient);
    });
    group.finish();
}

criterion_group! {
    name = kernels;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(20)
        .without_plots();
    targets = machine, convolutions, tails, end
}
criterion_main!(kernels);
