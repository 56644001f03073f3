//! Matrices of random numbers.

use super::{BackwardContext, Operation};
use crate::scalar::Scalar;
use ndarray::ArrayView2;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand_distr::{Distribution, StandardNormal};

/// Standard normal elements. They do not depend on the operand, which has their shape.
pub(crate) struct Normal {
    pub(crate) seed: u64,
}

impl Operation<1> for Normal {
    type Kept = ();

    fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
        x
    }

    fn forward<T: Scalar>(&self, _: [ArrayView2<'_, T>; 1], result: &mut [T], _: &mut [T]) {
        // Drawn in double precision, so that all float types have the same numbers, up to rounding.
        let normal = StandardNormal.sample_iter(Xoshiro256PlusPlus::seed_from_u64(self.seed));
        result.iter_mut().zip(normal).for_each(|(x, normal): (&mut T, f64)| *x = T::of(normal));
    }

    fn backward<T: Scalar>(_: &(), _: &mut BackwardContext<'_, T, 1>) {}
}
