//! Loops over many floats at the speed of the processor's vector instructions, found at run time.
//!
//! - `dispatch.rs`: runs a loop with the vector instructions that the processor has
//! - `elementary.rs`: exp, tanh and their relatives as straight arithmetic
//! - `coefficients.py`: prints their polynomials
//! - `lane.rs`: [`Lane`], a float that computes by them
//! - `product.rs`: products of matrices
//! - `slices.rs`: [`MatrixView`](slices::MatrixView), values in memory read as a matrix
//! - `sums.rs`: sums that keep their digits, in pairs
//!
//! But for the products there are no vectors here: a rule over a `Lane` has neither calls nor branches, so the compiler
//! turns the loop into vector instructions, those of the processor, as pulp compiles it for each kind. Every number goes
//! through the same operations wherever it stands, so it gives the same bits whatever stands beside it.

mod dispatch;
mod elementary;
mod lane;
mod product;
pub(crate) mod slices;
pub(crate) mod sums;

pub(crate) use product::{add_product_f32, add_product_f64};

use crate::scalar::UnaryFunction;
use dispatch::dispatch;
use elementary::Elementary;
use lane::Lane;
use pulp::{Simd, WithSimd};

/// f(x) of each number x, and f′(x) in its place.
pub(crate) fn values_and_derivatives<T: Elementary, R: UnaryFunction>(rule: &R, numbers: &mut [T], results: &mut [T]) {
    assert_eq!(numbers.len(), results.len());
    dispatch(Loop { rule, numbers, results });
}

struct Loop<'a, T, R> {
    rule: &'a R,
    numbers: &'a mut [T],
    results: &'a mut [T],
}

impl<T: Elementary, R: UnaryFunction> WithSimd for Loop<'_, T, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        // x86's and ARM's vector instructions have fused multiplication; WebAssembly's have not.
        if S::IS_SCALAR || cfg!(target_family = "wasm") { self.run::<false>() } else { self.run::<true>() }
    }
}

impl<T: Elementary, R: UnaryFunction> Loop<'_, T, R> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        for (x, result) in self.numbers.iter_mut().zip(self.results) {
            let (f, derivative) = self.rule.value_and_derivative(Lane::<T, FUSED>(*x));
            // The derivative, which hardly is the number itself, takes its place: a function that is, as relu, would
            // store its result only sometimes, and such a loop is not vectorised.
            (*result, *x) = (f.0, derivative.0);
        }
    }
}
