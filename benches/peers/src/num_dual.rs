//! num-dual: forward with `DualSVec`, through its `gradient` of an `SVector`.

use crate::Peer;
use crate::workloads::{Number, Workload};
use nalgebra::SVector;
use num_dual::{DualNum, DualSVec64, HyperDual64, gradient};

macro_rules! number {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> Number for $Type {
            #[inline(always)]
            fn subtracted_from(self, c: f64) -> Self {
                -self + c
            }
            #[inline(always)]
            fn dividing(self, c: f64) -> Self {
                self.recip() * c
            }
            #[inline(always)]
            fn cube(self) -> Self {
                self.powi(3)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                DualNum::exp(&self)
            }
            #[inline(always)]
            fn sin(self) -> Self {
                DualNum::sin(&self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                DualNum::tanh(&self)
            }
            #[inline(always)]
            fn relu(self) -> Self {
                if self.re > 0.0 { self } else { Self::from_re(0.0) }
            }
        }
    };
}
number!([const N: usize] DualSVec64<N>);
number!([] HyperDual64);

/// All tangents carried forward.
pub struct Forward;

impl Peer for Forward {
    const NAME: &str = "num-dual 0.15, forward (`SVector`)";

    fn differentiate<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]) {
        |x| {
            let f = |x: SVector<DualSVec64<N>, N>| W::value(&x.data.0[0]);
            let (y, gradient) = gradient(f, &SVector::from(x));
            (y, gradient.data.0[0])
        }
    }
}
