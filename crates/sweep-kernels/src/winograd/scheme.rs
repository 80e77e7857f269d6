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
pub(super) const MOST_POINTS: usize = 8;

/// The values of a tile at all points, or its samples; those beyond the scheme's number are unused.
pub(super) type Tile<V> = [V; MOST_POINTS];

/// One F(m, r).
pub(super) trait Scheme {
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

/// F(4, 5) with the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity: 2 products an output instead of 5.
pub(super) struct FourOfFive;

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

/// F(3, 3) with the points 0, 1, -1, 2 and infinity: 5/3 products an output instead of 3.
pub(super) struct ThreeOfThree;

impl Scheme for ThreeOfThree {
    const OUTPUTS: usize = 3;
    const TAPS: usize = 3;
    const FILTER: [[f64; 5]; MOST_POINTS] = [
        [0.5, 0.0, 0.0, 0.0, 0.0],
        [-0.5, -0.5, -0.5, 0.0, 0.0],
        [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0, 0.0, 0.0],
        [1.0 / 6.0, 1.0 / 3.0, 2.0 / 3.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0, 0.0],
        [0.0; 5],
        [0.0; 5],
        [0.0; 5],
    ];

    #[inline(always)]
    fn input<T: Real, V: Vector<T>>(d: Tile<V>) -> Tile<V> {
        let c = constant::<T, V>;
        let rise = d[3].sub(d[1]);
        let mut points = [V::splat(T::zero()); MOST_POINTS];
        points[0] = d[0].sub(d[2]).mul_add(c(2.0), rise);
        points[1] = d[1].mul_add(c(-2.0), d[3].sub(d[2]));
        points[2] = d[2].mul_add(c(-3.0), d[1].mul_add(c(2.0), d[3]));
        points[3] = rise;
        points[4] = rise.mul_add(c(-2.0), d[4].sub(d[2]));
        points
    }

    #[inline(always)]
    fn input_adjoint<T: Real, V: Vector<T>>(g: Tile<V>) -> Tile<V> {
        let c = constant::<T, V>;
        let mut d = [V::splat(T::zero()); MOST_POINTS];
        d[0] = g[0].mul(c(2.0));
        // -g0 - 2 g1 + 2 g2 - g3 + 2 g4
        d[1] = g[2].sub(g[1]).add(g[4]).mul_add(c(2.0), c(0.0).sub(g[0].add(g[3])));
        // -2 g0 - g1 - 3 g2 - g4
        d[2] = g[0].mul_add(c(-2.0), g[2].mul_add(c(-3.0), c(0.0).sub(g[1].add(g[4]))));
        // g0 + g1 + g2 + g3 - 2 g4
        d[3] = g[4].mul_add(c(-2.0), g[0].add(g[1]).add(g[2].add(g[3])));
        d[4] = g[4];
        d
    }

    #[inline(always)]
    fn output<T: Real, V: Vector<T>>(m: Tile<V>) -> Tile<V> {
        let c = constant::<T, V>;
        let both = m[1].add(m[2]);
        let mut y = [V::splat(T::zero()); MOST_POINTS];
        y[0] = m[0].add(both).add(m[3]);
        y[1] = m[3].mul_add(c(2.0), m[1].sub(m[2]));
        y[2] = m[3].mul_add(c(4.0), both).add(m[4]);
        y
    }

    #[inline(always)]
    fn output_adjoint<T: Real, V: Vector<T>>(g: Tile<V>) -> Tile<V> {
        let c = constant::<T, V>;
        let even = g[0].add(g[2]);
        let mut points = [V::splat(T::zero()); MOST_POINTS];
        points[0] = g[0];
        points[1] = even.add(g[1]);
        points[2] = even.sub(g[1]);
        points[3] = g[2].mul_add(c(4.0), g[1].mul_add(c(2.0), g[0]));
        points[4] = g[2];
        points
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{Elementwise, InstructionSet, Kernel, Simd};

    /// Applies one of a scheme's maps to a tile, in the first lane.
    struct Apply<F>(F, Tile<f64>);

    trait Map {
        fn apply<V: Vector<f64>>(&self, tile: Tile<V>) -> Tile<V>;
    }

    impl<F: Map> Kernel<f64> for Apply<F> {
        type Output = Tile<f64>;

        fn run<S: Simd<f64>>(self) -> Tile<f64> {
            self.0.apply(self.1.map(S::Vector::splat)).map(|vector| vector.elements()[0])
        }
    }

    macro_rules! map {
        ($name:ident, $function:ident) => {
            struct $name<S>(std::marker::PhantomData<S>);
            impl<S: Scheme> Map for $name<S> {
                fn apply<V: Vector<f64>>(&self, tile: Tile<V>) -> Tile<V> {
                    S::$function::<f64, V>(tile)
                }
            }
        };
    }
    map!(Input, input);
    map!(InputAdjoint, input_adjoint);
    map!(Output, output);
    map!(OutputAdjoint, output_adjoint);

    fn apply(map: impl Map, tile: Tile<f64>) -> Tile<f64> {
        f64::run(InstructionSet::plain(), Apply(map, tile))
    }

    fn numbers(seed: f64) -> Tile<f64> {
        std::array::from_fn(|i| ((i as f64 + 1.0) * seed).sin())
    }

    fn dot(x: &[f64], y: &[f64]) -> f64 {
        x.iter().zip(y).map(|(x, y)| x * y).sum()
    }

    fn check<S: Scheme>() {
        let (d, w, g) = (numbers(0.7), numbers(1.9), numbers(3.1));
        let mark = std::marker::PhantomData::<S>;
        let at_points = apply(Input(mark), d);
        let mut products = [0.0; MOST_POINTS];
        for point in 0..S::POINTS {
            products[point] = at_points[point] * dot(&S::FILTER[point][..S::TAPS], &w);
        }
        let outputs = apply(Output(mark), products);
        for output in 0..S::OUTPUTS {
            let expected = dot(&d[output..][..S::TAPS], &w);
            assert!((outputs[output] - expected).abs() < 1e-13, "output {output}");
        }
        // <L x, y> = <x, L* y> for the two adjoints.
        let adjoint = apply(InputAdjoint(mark), g);
        let left = dot(&at_points[..S::POINTS], &g);
        assert!((left - dot(&d[..S::POINTS], &adjoint)).abs() < 1e-12, "adjoint of the input's map");
        let adjoint = apply(OutputAdjoint(mark), g);
        let left = dot(&outputs[..S::OUTPUTS], &g);
        assert!((left - dot(&products[..S::POINTS], &adjoint)).abs() < 1e-12, "adjoint of the output's map");
    }

    #[test]
    fn tiles_are_convolutions_and_adjoints_are_adjoint() {
        check::<FourOfFive>();
        check::<ThreeOfThree>();
    }
}
