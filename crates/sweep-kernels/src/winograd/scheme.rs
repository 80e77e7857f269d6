//! The minimal filtering algorithms F(m, r) of Winograd (1980), as Lavin and Gray (2016) use them for convolutions: m outputs of a filter
//! with r taps from n = m + r - 1 products.
//!
//! Both are Toom-Cook algorithms: an output tile is A^T [(G w) * (B^T d)] with n interpolation points, one of them infinity. Row p of G holds the
//! powers of point p over the product of its distances from the other points; row p of A the powers of the point; row p of B^T
//! the coefficients of the polynomial whose roots are the other points.
//!
//! The adjoints serve the backward pass: the gradient of the filter is G^T [(B^T d) * (A g)] and that of the input B [(G w) * (A g)].

use crate::{real::Real, vector::Vector};

/// The most points of a scheme.
pub(crate) const MOST_POINTS: usize = 8;

/// The values of a tile at all points, or its samples; those beyond the scheme's number are unused.
pub(crate) type Tile<V> = [V; MOST_POINTS];

/// One F(m, r).
pub(crate) trait Scheme {
    /// m: outputs a tile.
    const OUTPUTS: usize;
    /// r: taps of a filter.
    const TAPS: usize;
    /// n: points, and samples of an input tile.
    const POINTS: usize = Self::OUTPUTS + Self::TAPS - 1;
    /// G: a row a point.
    const FILTER: [[f64; 5]; MOST_POINTS];

    /// B^T d: the input tile at the points.
    fn input<T: Real, V: Vector<T>>(d: Tile<V>) -> Tile<V>;

    /// B g: the adjoint of [`input`](Self::input).
    fn input_adjoint<T: Real, V: Vector<T>>(g: Tile<V>) -> Tile<V>;

    /// A^T m: the output tile from its values at the points.
    fn output<T: Real, V: Vector<T>>(m: Tile<V>) -> Tile<V>;

    /// A g: the adjoint of [`output`](Self::output).
    fn output_adjoint<T: Real, V: Vector<T>>(g: Tile<V>) -> Tile<V>;
}

#[inline(always)]
fn constant<T: Real, V: Vector<T>>(value: f64) -> V {
    V::splat(T::from_f64(value))
}

/// A sum of three terms.
#[inline(always)]
fn three<T: Real, V: Vector<T>>([x, y, z]: [V; 3], factors: [f64; 3]) -> V {
    let [a, b, c] = factors;
    z.mul_add(constant(c), y.mul_add(constant(b), x.mul(constant(a))))
}

/// `x * factor + y`, with the same factor in every lane.
#[inline(always)]
fn scaled<T: Real, V: Vector<T>>(x: V, factor: f64, y: V) -> V {
    x.mul_add(constant(factor), y)
}

/// F(4, 5) with the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity: 2 products an output instead of 5.
pub(crate) struct FourOfFive;

impl Scheme for FourOfFive {
    const OUTPUTS: usize = 4;
    const TAPS: usize = 5;
    const FILTER: [[f64; 5]; MOST_POINTS] = {
        const A: f64 = -2.0 / 9.0;
        const B: f64 = 1.0 / 90.0;
        const C: f64 = 32.0 / 45.0;
        [
            [1.0, 0.0, 0.0, 0.0, 0.0],
            [A, A, A, A, A],
            [A, -A, A, -A, A],
            [B, 2.0 * B, 4.0 * B, 8.0 * B, 16.0 * B],
            [B, -2.0 * B, 4.0 * B, -8.0 * B, 16.0 * B],
            [C, C / 2.0, C / 4.0, C / 8.0, C / 16.0],
            [C, -C / 2.0, C / 4.0, -C / 8.0, C / 16.0],
            [0.0, 0.0, 0.0, 0.0, 1.0],
        ]
    };

    #[inline(always)]
    fn input<T: Real, V: Vector<T>>(d: Tile<V>) -> Tile<V> {
        let c = constant::<T, V>;
        let zero = d[4].sub(d[2]).mul_add(c(5.25), d[0].sub(d[6]));
        let infinity = d[3].sub(d[5]).mul_add(c(5.25), d[7].sub(d[1]));
        let (even1, odd1) = (d[4].mul_add(c(-4.25), d[2].add(d[6])), d[3].mul_add(c(-4.25), d[1].add(d[5])));
        let even2 = d[4].mul_add(c(-1.25), d[2].mul_add(c(0.25), d[6]));
        let odd2 = d[5].mul_add(c(2.0), d[3].mul_add(c(-2.5), d[1].mul(c(0.5))));
        let even3 = d[4].mul_add(c(-5.0), d[2].mul_add(c(4.0), d[6]));
        let odd3 = d[5].mul_add(c(0.5), d[3].mul_add(c(-2.5), d[1].mul(c(2.0))));
        [
            zero,
            even1.add(odd1),
            even1.sub(odd1),
            even2.add(odd2),
            even2.sub(odd2),
            even3.add(odd3),
            even3.sub(odd3),
            infinity,
        ]
    }

    #[inline(always)]
    fn input_adjoint<T: Real, V: Vector<T>>(g: Tile<V>) -> Tile<V> {
        let c = constant::<T, V>;
        let (even1, odd1) = (g[1].add(g[2]), g[1].sub(g[2]));
        let (even2, odd2) = (g[3].add(g[4]), g[3].sub(g[4]));
        let (even3, odd3) = (g[5].add(g[6]), g[5].sub(g[6]));
        [
            g[0],
            three::<T, V>([odd1, odd2, odd3], [1.0, 0.5, 2.0]).sub(g[7]),
            g[0].mul_add(c(-5.25), three::<T, V>([even1, even2, even3], [1.0, 0.25, 4.0])),
            g[7].mul_add(c(5.25), three::<T, V>([odd1, odd2, odd3], [-4.25, -2.5, -2.5])),
            g[0].mul_add(c(5.25), three::<T, V>([even1, even2, even3], [-4.25, -1.25, -5.0])),
            g[7].mul_add(c(-5.25), three::<T, V>([odd1, odd2, odd3], [1.0, 2.0, 0.5])),
            even1.add(even2).add(even3).sub(g[0]),
            g[7],
        ]
    }

    #[inline(always)]
    fn output<T: Real, V: Vector<T>>(m: Tile<V>) -> Tile<V> {
        let c = constant::<T, V>;
        let (even1, odd1) = (m[1].add(m[2]), m[1].sub(m[2]));
        let (even2, odd2) = (m[3].add(m[4]), m[3].sub(m[4]));
        let (even3, odd3) = (m[5].add(m[6]), m[5].sub(m[6]));
        let mut y = [V::splat(T::zero()); MOST_POINTS];
        y[0] = m[0].add(even1).add(even2.add(even3));
        y[1] = odd3.mul_add(c(0.5), odd2.mul_add(c(2.0), odd1));
        y[2] = even3.mul_add(c(0.25), even2.mul_add(c(4.0), even1));
        y[3] = odd3.mul_add(c(0.125), odd2.mul_add(c(8.0), odd1)).add(m[7]);
        y
    }

    #[inline(always)]
    fn output_adjoint<T: Real, V: Vector<T>>(g: Tile<V>) -> Tile<V> {
        let c = constant::<T, V>;
        let (even1, odd1) = (g[0].add(g[2]), g[1].add(g[3]));
        let (even2, odd2) = (g[2].mul_add(c(4.0), g[0]), g[3].mul_add(c(8.0), g[1].mul(c(2.0))));
        let (even3, odd3) = (g[2].mul_add(c(0.25), g[0]), g[3].mul_add(c(0.125), g[1].mul(c(0.5))));
        [
            g[0],
            even1.add(odd1),
            even1.sub(odd1),
            even2.add(odd2),
            even2.sub(odd2),
            even3.add(odd3),
            even3.sub(odd3),
            g[3],
        ]
    }
}

/// F(4, 4) with the points 0, 1, -1, 2, -2, 1/2 and infinity: 7/4 products an output instead of 4.
pub(crate) struct FourOfFour;

impl Scheme for FourOfFour {
    const OUTPUTS: usize = 4;
    const TAPS: usize = 4;
    const FILTER: [[f64; 5]; MOST_POINTS] = {
        const A: f64 = -1.0 / 3.0;
        const B: f64 = 1.0 / 9.0;
        const C: f64 = 1.0 / 36.0;
        const D: f64 = -1.0 / 60.0;
        const E: f64 = 32.0 / 45.0;
        [
            [-0.5, 0.0, 0.0, 0.0, 0.0],
            [A, A, A, A, 0.0],
            [B, -B, B, -B, 0.0],
            [C, 2.0 * C, 4.0 * C, 8.0 * C, 0.0],
            [D, -2.0 * D, 4.0 * D, -8.0 * D, 0.0],
            [E, E / 2.0, E / 4.0, E / 8.0, 0.0],
            [0.0, 0.0, 0.0, 1.0, 0.0],
            [0.0; 5],
        ]
    };

    #[inline(always)]
    fn input<T: Real, V: Vector<T>>(d: Tile<V>) -> Tile<V> {
        // All points but 1/2 share the root 1/2: times x - 1/2.
        let mut e = d;
        for i in 0..6 {
            e[i] = scaled(d[i], -0.5, d[i + 1]);
        }
        let (even1, odd1) = (scaled(e[2], -4.0, e[4]), scaled(e[1], -4.0, e[3]));
        let (even2, odd2) = (e[4].sub(e[2]), e[3].sub(e[1]));
        [
            without_ones_and_twos(e[0], e[2], e[4]),
            even1.add(odd1),
            even1.sub(odd1),
            scaled(odd2, 2.0, even2),
            scaled(odd2, -2.0, even2),
            without_ones_and_twos(d[1], d[3], d[5]),
            without_ones_and_twos(e[1], e[3], e[5]),
            constant(0.0),
        ]
    }

    #[inline(always)]
    fn input_adjoint<T: Real, V: Vector<T>>(g: Tile<V>) -> Tile<V> {
        let c = constant::<T, V>;
        let (even1, odd1) = (g[1].add(g[2]), g[1].sub(g[2]));
        let (even2, odd2) = (g[3].add(g[4]), g[3].sub(g[4]));
        let e0 = g[0].mul(c(4.0));
        let e1 = three::<T, V>([odd1, odd2, g[6]], [-4.0, -2.0, 4.0]);
        let e2 = g[0].mul_add(c(-5.0), even1.mul_add(c(-4.0), c(0.0).sub(even2)));
        let e3 = g[6].mul_add(c(-5.0), odd2.mul_add(c(2.0), odd1));
        let e4 = g[0].add(even1.add(even2));
        [
            e0.mul(c(-0.5)),
            scaled(e1, -0.5, scaled(g[5], 4.0, e0)),
            scaled(e2, -0.5, e1),
            scaled(e3, -0.5, scaled(g[5], -5.0, e2)),
            scaled(e4, -0.5, e3),
            scaled(g[6], -0.5, e4.add(g[5])),
            g[6],
            c(0.0),
        ]
    }

    #[inline(always)]
    fn output<T: Real, V: Vector<T>>(m: Tile<V>) -> Tile<V> {
        let c = constant::<T, V>;
        let (even1, odd1) = (m[1].add(m[2]), m[1].sub(m[2]));
        let (even2, odd2) = (m[3].add(m[4]), m[3].sub(m[4]));
        let mut y = [V::splat(T::zero()); MOST_POINTS];
        y[0] = m[0].add(even1).add(even2.add(m[5]));
        y[1] = m[5].mul_add(c(0.5), odd2.mul_add(c(2.0), odd1));
        y[2] = m[5].mul_add(c(0.25), even2.mul_add(c(4.0), even1));
        y[3] = m[5].mul_add(c(0.125), odd2.mul_add(c(8.0), odd1)).add(m[6]);
        y
    }

    #[inline(always)]
    fn output_adjoint<T: Real, V: Vector<T>>(g: Tile<V>) -> Tile<V> {
        let c = constant::<T, V>;
        let (even1, odd1) = (g[0].add(g[2]), g[1].add(g[3]));
        let (even2, odd2) = (g[2].mul_add(c(4.0), g[0]), g[3].mul_add(c(8.0), g[1].mul(c(2.0))));
        let half = g[3].mul_add(c(0.125), g[2].mul_add(c(0.25), g[1].mul_add(c(0.5), g[0])));
        [g[0], even1.add(odd1), even1.sub(odd1), even2.add(odd2), even2.sub(odd2), half, g[3], c(0.0)]
    }
}

/// x^4 - 5 x^2 + 4, whose roots are 1, -1, 2 and -2, of the samples before x^0, x^2 and x^4.
#[inline(always)]
fn without_ones_and_twos<T: Real, V: Vector<T>>(zeroth: V, second: V, fourth: V) -> V {
    scaled(zeroth, 4.0, scaled(second, -5.0, fourth))
}

#[cfg(test)]
mod tests {
    use std::marker::PhantomData;

    use super::*;
    use crate::{
        vector::{Elementwise, InstructionSet, Kernel, Simd},
        winograd::tiles::{Input, InputAdjoint, Output, OutputAdjoint, TileMap},
    };

    /// Applies one of a scheme's maps to a tile, in the first lane.
    struct Apply<M>(Tile<f64>, PhantomData<M>);

    impl<M: TileMap> Kernel<f64> for Apply<M> {
        type Output = Tile<f64>;

        fn run<S: Simd<f64>>(self) -> Tile<f64> {
            M::apply::<f64, S::Vector>(self.0.map(S::Vector::splat)).map(|vector| vector.elements()[0])
        }
    }

    fn apply<M: TileMap>(tile: Tile<f64>) -> Tile<f64> {
        f64::run(InstructionSet::plain(), Apply(tile, PhantomData::<M>))
    }

    fn numbers(seed: f64) -> Tile<f64> {
        std::array::from_fn(|i| ((i as f64 + 1.0) * seed).sin())
    }

    fn dot(x: &[f64], y: &[f64]) -> f64 {
        x.iter().zip(y).map(|(x, y)| x * y).sum()
    }

    fn check<S: Scheme>() {
        let (d, w, g) = (numbers(0.7), numbers(1.9), numbers(3.1));
        let at_points = apply::<Input<S>>(d);
        let mut products = [0.0; MOST_POINTS];
        for point in 0..S::POINTS {
            products[point] = at_points[point] * dot(&S::FILTER[point][..S::TAPS], &w);
        }
        let outputs = apply::<Output<S>>(products);
        for output in 0..S::OUTPUTS {
            let expected = dot(&d[output..][..S::TAPS], &w);
            assert!((outputs[output] - expected).abs() < 1e-13, "output {output}");
        }
        // <L x, y> = <x, L* y> for the two adjoints.
        let adjoint = apply::<InputAdjoint<S>>(g);
        let left = dot(&at_points[..S::POINTS], &g);
        assert!((left - dot(&d[..S::POINTS], &adjoint)).abs() < 1e-12, "adjoint of the input's map");
        let adjoint = apply::<OutputAdjoint<S>>(g);
        let left = dot(&outputs[..S::OUTPUTS], &g);
        assert!((left - dot(&products[..S::POINTS], &adjoint)).abs() < 1e-12, "adjoint of the output's map");
    }

    #[test]
    fn tiles_are_convolutions_and_adjoints_are_adjoint() {
        check::<FourOfFive>();
        check::<FourOfFour>();
    }
}
