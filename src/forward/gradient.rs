//! Forward mode: one evaluation with [`Dual`]s, which carry all derivatives along.

use crate::forward::Dual;
use crate::scalar::Scalar;
use std::array::from_fn;

/// The value of a function of one variable, and its derivative.
///
/// ```
/// let (y, slope) = backprop::derivative(|x| x.powi(3), 2.0);
/// assert_eq!((y, slope), (8.0, 12.0)); // x³, 3x²
/// ```
#[inline(always)]
pub fn derivative<T: Scalar>(f: impl FnOnce(Dual<T, 1>) -> Dual<T, 1>, x: T) -> (T, T) {
    let y = f(Dual::variable(x, 0));
    (y.data(), y.tangents()[0])
}

/// The value of a function of a few variables, and its gradient: its derivatives by each of them.
///
/// ```
/// let (y, g) = backprop::gradient(|[x, y]| (x * y).sin(), [1.0_f64, 2.0]);
/// assert_eq!(y, 2.0_f64.sin());
/// assert_eq!(g, [2.0 * 2.0_f64.cos(), 2.0_f64.cos()]); // y·cos(xy), x·cos(xy)
/// ```
///
/// A function that is to be used with floats and graphs as well is generic over [`Scalar`]:
///
/// ```
/// use backprop::{Scalar, gradient, gradient_of};
///
/// fn f<S: Scalar>(x: &[S]) -> S {
///     let c = S::of; // constants: c(2.0) is 2 for every S
///     c(2.0) * x[0].powi(2) + x[1].exp()
/// }
///
/// assert_eq!(f(&[1.0_f64, 0.0]), 3.0);
/// assert_eq!(f(&[1.0_f32, 0.0]), 3.0);
/// assert_eq!(gradient(|x| f(&x), [1.0, 0.0]), (3.0, [4.0, 1.0]));
/// assert_eq!(gradient_of(|x| f(x), &[1.0, 0.0]), (3.0, vec![4.0, 1.0]));
/// ```
///
/// One that takes floats alone does not compile, so that no derivative is lost without a word:
///
/// ```compile_fail,E0631
/// fn f(x: [f64; 2]) -> f64 {
///     x[0] * x[1]
/// }
/// backprop::gradient(f, [1.0, 2.0]); // expected a function of duals
/// ```
///
/// Nor does one that turns its inputs into floats on the way:
///
/// ```compile_fail,E0308
/// backprop::gradient(|[x]| x.data().sqrt(), [1.0_f64]); // expected `Dual`, found `f64`
/// ```
///
/// # Speed
/// N tangents go along with every number, so it is for a few variables, up to about thirty; with more
/// [`gradient_of`](crate::gradient_of) is faster, whose time does not depend on their number (measured in
/// `docs/performance.md`).
#[inline(always)]
pub fn gradient<T: Scalar, const N: usize>(
    f: impl FnOnce([Dual<T, N>; N]) -> Dual<T, N>,
    point: [T; N],
) -> (T, [T; N]) {
    let y = f(variables(point));
    (y.data(), y.tangents())
}

/// The derivatives of each of M results by each of N variables: row i has those of result i.
///
/// One evaluation gives all of it, a column for each variable. For a few results of many variables
/// [`jacobian_of`](crate::jacobian_of) is faster, which takes a sweep for each row.
///
/// ```
/// let j = backprop::jacobian(|[r, angle]| [r * angle.cos(), r * angle.sin()], [2.0, 0.0]);
/// assert_eq!(j, [[1.0, 0.0], [0.0, 2.0]]); // [cos, −r·sin], [sin, r·cos]
/// ```
#[inline(always)]
pub fn jacobian<T: Scalar, const N: usize, const M: usize>(
    f: impl FnOnce([Dual<T, N>; N]) -> [Dual<T, N>; M],
    point: [T; N],
) -> [[T; N]; M] {
    f(variables(point)).map(Dual::tangents)
}

/// The second derivatives of a function of a few variables by each pair of them: forward over forward.
///
/// For many variables see [`hessian_of`](crate::hessian_of).
///
/// ```
/// let h = backprop::hessian(|[x, y]| x.powi(3) * y, [2.0, 5.0]);
/// assert_eq!(h, [[60.0, 12.0], [12.0, 0.0]]); // [6xy, 3x²], [3x², 0]
/// ```
#[inline(always)]
pub fn hessian<T: Scalar, const N: usize>(
    f: impl FnOnce([Dual<Dual<T, N>, N>; N]) -> Dual<Dual<T, N>, N>,
    point: [T; N],
) -> [[T; N]; N] {
    f(variables(variables(point))).tangents().map(Dual::tangents)
}

/// How the results change as the point moves in a direction: the results, and the Jacobian times the direction, at the
/// cost of about two evaluations, whatever the number of variables.
///
/// ```
/// use backprop::jacobian_vector_product;
///
/// let (y, change) = jacobian_vector_product(|x| [x[0] * x[1], x[0] + x[1]], &[2.0, 3.0], &[1.0, 10.0]);
/// assert_eq!((y, change), (vec![6.0, 5.0], vec![23.0, 11.0])); // 3·1 + 2·10, 1 + 10
/// ```
///
/// # Panics
/// When the direction is not as long as the point.
#[track_caller]
pub fn jacobian_vector_product<T: Scalar, Y: AsRef<[Dual<T, 1>]>>(
    f: impl FnOnce(&[Dual<T, 1>]) -> Y,
    point: &[T],
    direction: &[T],
) -> (Vec<T>, Vec<T>) {
    let results = f(&along(point, direction));
    results.as_ref().iter().map(|y| (y.data(), y.tangents()[0])).unzip()
}

/// The point, each of its coordinates a variable.
#[inline(always)]
fn variables<T: Scalar, const N: usize>(point: [T; N]) -> [Dual<T, N>; N] {
    from_fn(|i| Dual::variable(point[i], i))
}

/// The point as it moves in a direction, by one variable.
///
/// # Panics
/// When the two are not of the same length.
#[track_caller]
pub(crate) fn along<T: Scalar>(point: &[T], direction: &[T]) -> Vec<Dual<T, 1>> {
    let (n, got) = (point.len(), direction.len());
    assert!(n == got, "expected a direction of {n} numbers, as the point has, got {got}");
    point.iter().zip(direction).map(|(&x, &dx)| Dual::new(x, [dx])).collect()
}
