//! echidna: forward with `DualVec`, and two tapes, one recorded each time and one recorded once and replayed.

use crate::Peer;
use crate::workloads::{Number, Workload};
use echidna::tape::{Tape, TapeGuard};
use echidna::{BReverse, DualVec, Reverse, Scalar};
use num_traits::Float;
use std::array::from_fn;

/// The three types of echidna are `num_traits::Float`; `relu` is what they differ in.
macro_rules! number {
    ($type:ty, $relu:expr $(, const $n:ident)?) => {
        impl$(<const $n: usize>)? Number for $type {
            #[inline(always)]
            fn subtracted_from(self, c: f64) -> Self {
                c - self
            }
            #[inline(always)]
            fn dividing(self, c: f64) -> Self {
                c / self
            }
            #[inline(always)]
            fn cube(self) -> Self {
                Float::powi(self, 3)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                Float::exp(self)
            }
            #[inline(always)]
            fn sin(self) -> Self {
                Float::sin(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                Float::tanh(self)
            }
            #[inline(always)]
            fn relu(self) -> Self {
                $relu(self)
            }
        }
    };
}

number!(DualVec<f64, N>, branch, const N);
number!(Reverse<f64>, branch);
number!(BReverse<f64>, |x| Float::max(x, BReverse::constant(0.0)));

#[inline(always)]
fn branch<T: Scalar<Float = f64>>(x: T) -> T {
    if x.value() > 0.0 { x } else { T::from_f(0.0) }
}

/// All tangents carried forward.
pub struct Forward;

impl Peer for Forward {
    const NAME: &str = "echidna 0.15, forward (`DualVec<f64, N>`)";

    fn differentiate<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]) {
        |x| {
            let y = W::value(&from_fn(|i| DualVec::<f64, N>::with_tangent(x[i], i)));
            (y.re, y.eps)
        }
    }
}

/// One recording, whose operations are then run forwards and backwards at other points.
pub struct Replayed;

impl Peer for Replayed {
    const NAME: &str = "echidna 0.15, recorded once and replayed (`BytecodeTape`)";

    fn differentiate<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]) {
        let record = |x: &[BReverse<f64>]| W::value(x.try_into().unwrap());
        let (mut tape, _) = echidna::record(record, &W::point());
        tape.optimize();
        let mut adjoints = Vec::new();
        move |x| {
            let gradient = tape.gradient_with_buf(&x, &mut adjoints);
            (tape.output_value(), gradient.try_into().unwrap())
        }
    }
}

/// One tape, cleared and recorded each time.
pub struct Recorded;

impl Peer for Recorded {
    const NAME: &str = "echidna 0.15, tape reused (`Reverse<f64>`)";

    fn differentiate<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]) {
        let mut tape = Tape::new();
        move |x| {
            tape.clear();
            let x = x.map(|x| {
                let (index, value) = tape.new_variable(x);
                Reverse::from_tape(value, index)
            });
            let guard = TapeGuard::new(&mut tape);
            let y = W::value(&x);
            drop(guard);
            let adjoints = tape.reverse(y.index());
            (y.value(), x.map(|x| adjoints[x.index() as usize]))
        }
    }
}
