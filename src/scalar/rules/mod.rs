//! The elementary functions and their derivatives: one rule for each function.
//!
//! - `powers.rs`: roots, powers, the reciprocal, hypot
//! - `exponential.rs`: exponentials and logarithms
//! - `trigonometric.rs`: sin, cos, tan, their inverses, sinc
//! - `hyperbolic.rs`: sinh, cosh, tanh, their inverses
//! - `piecewise.rs`: |x|, rounding, the larger and the smaller of two numbers
//! - `activations.rs`: relu, softplus, gelu and the other activations
//! - `erf.rs`: erf and erfc, the normal distribution
//! - `arithmetic.rs`: products, quotients, remainders
//! - `table.rs`: the table of all functions with their formulas, from which methods are made
//! - `columns.rs`: documentation and formulas, made from the table
//! - `logistic.rs`, `domain.rs`: helpers of several rules
//!
//! A rule of one variable returns `(f, f′)`, one of two variables `(f, ∂f/∂a, ∂f/∂b)`. All types that carry derivatives
//! use these rules: [`Value`](crate::Value), [`Dual`](crate::Dual), [`TaylorSeries`](crate::TaylorSeries),
//! [`TracedValue`](crate::TracedValue).
//!
//! The rules follow six conventions, so that derivatives of all orders are accurate to the last digits, at the ends of
//! the domain too:
//! - 1 − x² is written (1 − x)(1 + x), which has no cancellation near ±1;
//! - exponentials are taken of −|x| only, with |x| chosen by a branch whose two sides are smooth where they meet;
//! - f and f′ take the same side of every branch, as f is differentiated too where T carries derivatives;
//! - f′ is a constant only where it does not depend on x, and a pole of f′ comes from a division: a product that meets
//!   0·∞ would be 0;
//! - before a root or a logarithm of ±0 is taken, 0 is added, which makes −0 positive and keeps its derivatives;
//! - outside the domain f and f′ are both NaN.
//!
//! A rule gets its value from a method of the type, `x.softplus()` for example, so that the derivatives of the value
//! come from the rule too, never from the steps by which floats compute the value. Those steps are in [`values`].

mod activations;
mod arithmetic;
pub(crate) mod columns;
mod domain;
mod erf;
mod exponential;
mod hyperbolic;
mod logistic;
mod piecewise;
mod powers;
mod table;
mod trigonometric;

pub(crate) use activations::*;
pub(crate) use arithmetic::*;
pub(crate) use erf::{erf, erfc};
pub(crate) use exponential::*;
pub(crate) use hyperbolic::*;
pub(crate) use logistic::Logistic;
pub(crate) use piecewise::*;
pub(crate) use powers::*;
pub(crate) use table::functions;
pub(crate) use trigonometric::*;

use crate::scalar::Scalar;

/// The functions of [`Scalar`] that `Float` lacks, as floats compute them.
pub(crate) mod values {
    pub(crate) use super::activations::values::*;
    pub(crate) use super::exponential::values::*;
    pub(crate) use super::trigonometric::values::*;
}

/// A function of one variable with its derivative, for every kind of [`Scalar`].
///
/// [`Activation`](crate::Activation) implements it. Implement it for custom elementary functions. They compute with
/// floats as any function does, and a graph records each call as one node.
///
/// # Examples
/// ```
/// use backprop::{Graph, UnaryFunction, Scalar};
///
/// /// x³, whose derivative is 3x².
/// struct Cube;
///
/// impl UnaryFunction for Cube {
///     fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
///         (x * x * x, T::of(3.0) * x * x)
///     }
/// }
///
/// assert_eq!(2.0_f64.map(Cube), 8.0);
///
/// let graph = Graph::new();
/// let x = graph.value(2.0_f64);
/// let y = x.map(Cube);
/// assert_eq!((y.data(), y.backward()[x]), (8.0, 12.0)); // 3x²
/// ```
#[doc(alias("custom_jvp", "ufunc", "elementwise"))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function of one variable with its derivative",
    label = "not a `UnaryFunction`",
    note = "a closure has no derivative: implement `UnaryFunction` for a type, or use the methods of `Matrix` and `Scalar`"
)]
pub trait UnaryFunction {
    /// Returns f(x) and f′(x).
    ///
    /// Loops over floats are vectorized only if the compiler inlines the method: mark it with `#[inline(always)]`.
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T);

    /// Returns the name of the function in explanations and drawings; by default the name of its type.
    fn name(&self) -> String {
        let name = std::any::type_name::<Self>();
        name.rsplit("::").next().unwrap_or(name).to_string()
    }

    /// Returns f(x) by the method of `x` that is this function, if there is one.
    #[doc(hidden)]
    #[inline(always)]
    fn by_method<T: Scalar>(&self, _: T) -> Option<T> {
        None
    }

    /// Returns true if f(x) is x, so that explanations write 1 for its derivative.
    #[doc(hidden)]
    fn is_identity(&self) -> bool {
        false
    }

    /// Computes f(x) of each x in `values` into `results`, and replaces x by f′(x).
    ///
    /// For floats the loop is vectorized where the functions in it allow it.
    #[doc(hidden)]
    fn values_and_derivatives<T: Scalar>(&self, values: &mut [T], results: &mut [T])
    where
        Self: Sized,
    {
        T::values_and_derivatives(self, values, results);
    }
}

impl<R: UnaryFunction> UnaryFunction for &R {
    #[inline(always)]
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        R::value_and_derivative(self, x)
    }

    fn name(&self) -> String {
        R::name(self)
    }

    #[inline(always)]
    fn by_method<T: Scalar>(&self, x: T) -> Option<T> {
        R::by_method(self, x)
    }

    fn is_identity(&self) -> bool {
        R::is_identity(self)
    }

    #[inline(always)]
    fn values_and_derivatives<T: Scalar>(&self, values: &mut [T], results: &mut [T]) {
        R::values_and_derivatives(self, values, results);
    }
}
