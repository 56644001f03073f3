//! What is computed: each workload once, generic over the number it is computed with, and once more by hand.
//!
//! A [`Number`] is what a peer must offer; a [`Workload`] is a function of `N` of them. The inputs, and every
//! constant that a real program would read from its data, go through `black_box`, so that nothing folds away.
//!
//! - [`T1`], [`T2`]: two scalar graphs of two inputs
//! - [`T3`]: one sample through the 2-2-1 sigmoid network, nine parameters
//! - [`T4s`]: 100 samples through 2-16-16-1, one operation at a time, 337 parameters
//! - [`MulAdd`], [`Sin`]: T7, chains of a million steps

use std::array::from_fn;
use std::hint::black_box;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// The operations that the workloads are made of. Operators are the peer's own; so are the functions, by name.
pub trait Number:
    Copy
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Add<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    /// c − x.
    fn subtracted_from(self, c: f64) -> Self;
    /// c / x.
    fn dividing(self, c: f64) -> Self;
    /// x³.
    fn cube(self) -> Self;
    fn exp(self) -> Self;
    fn sin(self) -> Self;
    fn tanh(self) -> Self;
    /// max(0, x), by a branch on the value where the graph is recorded each time.
    fn relu(self) -> Self;
    /// 1 / (1 + e⁻ˣ).
    #[inline]
    fn sigmoid(self) -> Self {
        ((-self).exp() + 1.0).dividing(1.0)
    }
}

/// A function of `N` inputs, the point at which it is differentiated, and its partials by hand.
pub trait Workload<const N: usize>: 'static {
    const NAME: &str;
    /// The time is reported for each of so many steps.
    const STEPS: usize = 1;
    /// What numbers.md says of value and gradient, where it does.
    const KNOWN: Option<(f64, [f64; N])> = None;

    fn point() -> [f64; N];
    fn value<T: Number>(x: &[T; N]) -> T;
    fn by_hand(x: [f64; N]) -> (f64, [f64; N]);
}

impl Number for f64 {
    #[inline]
    fn subtracted_from(self, c: f64) -> f64 {
        c - self
    }
    #[inline]
    fn dividing(self, c: f64) -> f64 {
        c / self
    }
    #[inline]
    fn cube(self) -> f64 {
        self * self * self
    }
    #[inline]
    fn exp(self) -> f64 {
        self.exp()
    }
    #[inline]
    fn sin(self) -> f64 {
        self.sin()
    }
    #[inline]
    fn tanh(self) -> f64 {
        self.tanh()
    }
    #[inline]
    fn relu(self) -> f64 {
        self.max(0.0)
    }
}

/// g = (c − d)² / 2 with c = a + b, d = a·b + b³.
pub struct T1;

impl Workload<2> for T1 {
    const NAME: &str = "T1";
    const KNOWN: Option<(f64, [f64; 2])> = Some((612.5, [-35.0, 1050.0]));

    fn point() -> [f64; 2] {
        [-41.0, 2.0]
    }

    #[inline]
    fn value<T: Number>(&[a, b]: &[T; 2]) -> T {
        let c = a + b;
        let d = a * b + b.cube();
        let e = c - d;
        let f = e * e;
        f / 2.0
    }

    #[inline]
    fn by_hand([a, b]: [f64; 2]) -> (f64, [f64; 2]) {
        let b2 = b * b;
        let e = a + b - (a * b + b2 * b);
        (e * e / 2.0, [e * (1.0 - b), e * (1.0 - a - 3.0 * b2)])
    }
}

/// micrograd's example.
pub struct T2;

impl Workload<2> for T2 {
    const NAME: &str = "T2";
    const KNOWN: Option<(f64, [f64; 2])> = Some((24.70408163265306, [138.83381924198252, 645.5772594752186]));

    fn point() -> [f64; 2] {
        [-4.0, 2.0]
    }

    #[inline]
    fn value<T: Number>(&[a, b]: &[T; 2]) -> T {
        let mut c = a + b;
        let mut d = a * b + b.cube();
        c = c + (c + 1.0);
        c = c + (c + 1.0 + (-a));
        d = d + (d * 2.0 + (b + a).relu());
        d = d + (d * 3.0 + (b - a).relu());
        let e = c - d;
        let f = e * e;
        f / 2.0 + f.dividing(10.0)
    }

    /// The sums multiplied out: c = 4(a + b) + 3 − a, d = 12(a·b + b³) + 4·relu(b + a) + relu(b − a).
    #[inline]
    fn by_hand([a, b]: [f64; 2]) -> (f64, [f64; 2]) {
        let b2 = b * b;
        let (sum, difference) = (b + a, b - a);
        let up = if sum > 0.0 { 4.0 } else { 0.0 };
        let down = if difference > 0.0 { 1.0 } else { 0.0 };
        let c = 4.0 * sum + 3.0 - a;
        let d = 12.0 * (a * b + b2 * b) + up * sum + down * difference;
        let e = c - d;
        let f = e * e;
        let over_f = 10.0 / f;
        let dg_de = (0.5 - over_f / f) * 2.0 * e;
        let de_da = 3.0 - (12.0 * b + up - down);
        let de_db = 4.0 - (12.0 * (a + 3.0 * b2) + up + down);
        (f / 2.0 + over_f, [dg_de * de_da, dg_de * de_db])
    }
}

/// One sample through the 2-2-1 sigmoid network and the squared error; parameters w1 … w6, b1, b2, b3.
pub struct T3;

/// Alice, shifted, and her sex.
pub const ALICE: ([f64; 2], f64) = ([-2.0, -1.0], 1.0);

impl Workload<9> for T3 {
    const NAME: &str = "T3";

    fn point() -> [f64; 9] {
        [0.3, -0.7, 0.9, 0.2, -0.5, 1.1, 0.1, -0.4, 0.6]
    }

    #[inline]
    fn value<T: Number>(&[w1, w2, w3, w4, w5, w6, b1, b2, b3]: &[T; 9]) -> T {
        let ([x1, x2], y) = black_box(ALICE);
        let h1 = (w1 * x1 + w2 * x2 + b1).sigmoid();
        let h2 = (w3 * x1 + w4 * x2 + b2).sigmoid();
        let o1 = (w5 * h1 + w6 * h2 + b3).sigmoid();
        let error = o1.subtracted_from(y);
        error * error
    }

    #[inline]
    fn by_hand([w1, w2, w3, w4, w5, w6, b1, b2, b3]: [f64; 9]) -> (f64, [f64; 9]) {
        let ([x1, x2], y) = black_box(ALICE);
        let h1 = (w1 * x1 + w2 * x2 + b1).sigmoid();
        let h2 = (w3 * x1 + w4 * x2 + b2).sigmoid();
        let o1 = (w5 * h1 + w6 * h2 + b3).sigmoid();
        let error = y - o1;
        let d_o = -2.0 * error * o1 * (1.0 - o1); // with respect to the weighted sum of o1; also d_1, d_2
        let d_1 = d_o * w5 * h1 * (1.0 - h1);
        let d_2 = d_o * w6 * h2 * (1.0 - h2);
        let gradient = [d_1 * x1, d_1 * x2, d_2 * x1, d_2 * x2, d_o * h1, d_o * h2, d_1, d_2, d_o];
        (error * error, gradient)
    }
}

/// Mean hinge loss of 2-16-16-1, tanh, over 100 samples, and 1e-4·Σp²; a neuron's weights, then its bias.
pub struct T4s;

pub const WIDTH: usize = 16;
const FIRST: usize = WIDTH * 3;
const SECOND: usize = WIDTH * (WIDTH + 1);
pub const PARAMETERS: usize = FIRST + SECOND + WIDTH + 1;
pub const SAMPLES: usize = 100;
pub const DECAY: f64 = 1e-4;

/// Points of a square, +1 where x1·x2 > 0 and −1 elsewhere.
pub static DATA: [([f64; 2], f64); SAMPLES] = {
    let mut data = [([0.0; 2], -1.0); SAMPLES];
    let (mut i, mut seed) = (0, 1);
    while i < SAMPLES {
        let (x1, x2) = (1.5 * uniform(&mut seed), 1.5 * uniform(&mut seed));
        data[i].0 = [x1, x2];
        if x1 * x2 > 0.0 {
            data[i].1 = 1.0;
        }
        i += 1;
    }
    data
};

/// A number between −1 and 1, from the upper bits of Knuth's linear congruential generator (MMIX).
const fn uniform(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*seed >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// bias + Σ weight·input, the bias last in its row.
#[inline]
fn affine<T: Number>(row: &[T], inputs: &[T; WIDTH]) -> T {
    inputs.iter().zip(row).fold(row[WIDTH], |sum, (&x, &w)| sum + w * x)
}

impl Workload<PARAMETERS> for T4s {
    const NAME: &str = "T4s";

    fn point() -> [f64; PARAMETERS] {
        let mut seed = 2;
        from_fn(|_| uniform(&mut seed))
    }

    #[inline]
    fn value<T: Number>(p: &[T; PARAMETERS]) -> T {
        let (first, rest) = p.split_at(FIRST);
        let (second, last) = rest.split_at(SECOND);
        let hinge = |&([x1, x2], y): &([f64; 2], f64)| {
            let h1 = from_fn(|i| {
                let row = &first[3 * i..][..3];
                (row[2] + row[0] * x1 + row[1] * x2).tanh()
            });
            let h2 = from_fn(|i| affine(&second[(WIDTH + 1) * i..][..WIDTH + 1], &h1).tanh());
            let score = affine(last, &h2);
            (score * -y + 1.0).relu()
        };
        let loss = black_box(&DATA).iter().map(hinge).reduce(|a, b| a + b);
        let squares = p.iter().map(|&w| w * w).reduce(|a, b| a + b);
        loss.unwrap() * (1.0 / SAMPLES as f64) + squares.unwrap() * DECAY
    }

    fn by_hand(p: [f64; PARAMETERS]) -> (f64, [f64; PARAMETERS]) {
        let (first, rest) = p.split_at(FIRST);
        let (second, last) = rest.split_at(SECOND);
        let mut gradient = [0.0; PARAMETERS];
        let (d_first, d_rest) = gradient.split_at_mut(FIRST);
        let (d_second, d_last) = d_rest.split_at_mut(SECOND);
        let mut loss = 0.0;
        for &(x, y) in black_box(&DATA) {
            let h1: [f64; WIDTH] = from_fn(|i| {
                let row = &first[3 * i..][..3];
                (row[2] + row[0] * x[0] + row[1] * x[1]).tanh()
            });
            let h2 = from_fn(|i| affine(&second[(WIDTH + 1) * i..][..WIDTH + 1], &h1).tanh());
            let score = affine(last, &h2);
            let hinge = 1.0 - y * score;
            if hinge <= 0.0 {
                continue;
            }
            loss += hinge;
            // Backwards: d_… is the derivative of the summed hinge by the sum that goes into a neuron.
            let mut d_h1 = [0.0; WIDTH];
            for i in 0..WIDTH {
                d_last[i] -= y * h2[i];
                let d_sum = -y * last[i] * (1.0 - h2[i]) * (1.0 + h2[i]);
                let row = &second[(WIDTH + 1) * i..][..WIDTH + 1];
                let d_row = &mut d_second[(WIDTH + 1) * i..][..WIDTH + 1];
                for j in 0..WIDTH {
                    d_row[j] += d_sum * h1[j];
                    d_h1[j] += d_sum * row[j];
                }
                d_row[WIDTH] += d_sum;
            }
            d_last[WIDTH] -= y;
            for i in 0..WIDTH {
                let d_sum = d_h1[i] * (1.0 - h1[i]) * (1.0 + h1[i]);
                let d_row = &mut d_first[3 * i..][..3];
                d_row[0] += d_sum * x[0];
                d_row[1] += d_sum * x[1];
                d_row[2] += d_sum;
            }
        }
        let mut squares = 0.0;
        for (d, w) in gradient.iter_mut().zip(p) {
            *d = *d / SAMPLES as f64 + 2.0 * DECAY * w;
            squares += w * w;
        }
        (loss / SAMPLES as f64 + DECAY * squares, gradient)
    }
}

/// The length of the chains of T7.
const CHAIN: usize = 1_000_000;

/// x ← x·c + d, a million times.
pub struct MulAdd;

/// A gradient of 1/e at the end, and a fixed point at 1.
const C_AND_D: (f64, f64) = (1.0 - 1e-6, 1e-6);

impl Workload<1> for MulAdd {
    const NAME: &str = "T7 mul-add";
    const STEPS: usize = CHAIN;

    fn point() -> [f64; 1] {
        [0.5]
    }

    #[inline]
    fn value<T: Number>(&[x]: &[T; 1]) -> T {
        let (c, d) = black_box(C_AND_D);
        (0..CHAIN).fold(x, |x, _| x * c + d)
    }

    fn by_hand([mut x]: [f64; 1]) -> (f64, [f64; 1]) {
        let (c, d) = black_box(C_AND_D);
        let mut dx = 1.0;
        for _ in 0..CHAIN {
            x = x * c + d;
            dx *= c;
        }
        (x, [dx])
    }
}

/// x ← sin x, a million times.
pub struct Sin;

impl Workload<1> for Sin {
    const NAME: &str = "T7 sin";
    const STEPS: usize = CHAIN;

    fn point() -> [f64; 1] {
        [1.0]
    }

    #[inline]
    fn value<T: Number>(&[x]: &[T; 1]) -> T {
        (0..CHAIN).fold(x, |x, _| x.sin())
    }

    fn by_hand([mut x]: [f64; 1]) -> (f64, [f64; 1]) {
        let mut dx = 1.0;
        for _ in 0..CHAIN {
            let (sin, cos) = x.sin_cos();
            x = sin;
            dx *= cos;
        }
        (x, [dx])
    }
}
