//! Derivatives of functions by one evaluation with [`Dual`]s, which carry all derivatives along.

use crate::forward::Dual;
use crate::scalar::Scalar;
use std::array::from_fn;

/// Computes a function of one variable and its derivative at `x`: `(value, derivative)`.
///
/// Use it for one variable and one derivative; [`taylor`](crate::forward::taylor()) computes the derivatives of higher
/// orders.
///
/// # Examples
/// ```
/// let (y, dy) = backprop::derivative(|x| x.powi(3), 2.0);
/// assert_eq!((y, dy), (8.0, 12.0)); // x³, 3x²
/// ```
#[doc(alias = "grad")]
#[inline(always)]
pub fn derivative<T: Scalar>(f: impl FnOnce(Dual<T, 1>) -> Dual<T, 1>, x: T) -> (T, T) {
    let y = f(Dual::variable(x, 0));
    (y.data(), y.tangents()[0])
}

/// Computes a function of N variables and its gradient at `point`: `(value, gradient)`.
///
/// Use it for up to about thirty variables, whose number is known when the program is compiled;
/// [`reverse::gradient`](crate::reverse::gradient) is faster for more variables and takes slices.
///
/// # Speed
/// Each number carries N derivatives, so the time grows with N; `docs/performance.md` has the figures.
///
/// # Examples
/// ```
/// use backprop::gradient;
///
/// let (y, g) = gradient(|[x, y]| (x * y).sin(), [1.0, 2.0]);
/// assert_eq!(y, 2.0_f64.sin());
/// assert_eq!(g, [2.0 * 2.0_f64.cos(), 2.0_f64.cos()]); // y·cos(xy), x·cos(xy)
/// ```
///
/// A function that is generic over [`Scalar`] works with floats, in forward mode and in reverse mode:
///
/// ```
/// use backprop::{Scalar, forward, reverse};
///
/// fn f<S: Scalar>(x: &[S]) -> S {
///     let c = S::of; // constants: c(2.0) is 2 for every S
///     c(2.0) * x[0].powi(2) + x[1].exp()
/// }
///
/// assert_eq!(f(&[1.0_f64, 0.0]), 3.0);
/// assert_eq!(f(&[1.0_f32, 0.0]), 3.0);
/// assert_eq!(forward::gradient(|x| f(&x), [1.0, 0.0]), (3.0, [4.0, 1.0]));
/// assert_eq!(reverse::gradient(|x| f(x), &[1.0, 0.0]), (3.0, vec![4.0, 1.0]));
/// ```
///
/// A function of floats alone does not compile, so that no derivative is dropped silently:
///
/// ```compile_fail,E0631
/// fn f(x: [f64; 2]) -> f64 {
///     x[0] * x[1]
/// }
/// backprop::gradient(f, [1.0, 2.0]); // expected a function of duals
/// ```
///
/// A function that converts its inputs to floats does not compile either:
///
/// ```compile_fail,E0308
/// backprop::gradient(|[x]| x.data().sqrt(), [1.0_f64]); // expected `Dual`, found `f64`
/// ```
#[doc(alias("grad", "value_and_grad"))]
#[inline(always)]
pub fn gradient<T: Scalar, const N: usize>(
    f: impl FnOnce([Dual<T, N>; N]) -> Dual<T, N>,
    point: [T; N],
) -> (T, [T; N]) {
    let y = f(variables(point));
    (y.data(), y.tangents())
}

/// Computes functions of N variables and their Jacobian at `point`: `(values, jacobian)`.
///
/// `jacobian[i][j]` is the derivative of value i with respect to variable j. One evaluation computes all of it.
///
/// If `f` returns an array of M values, the result is an array of M values and an array of M rows. If `f` returns a
/// `Vec`, whose length is only known when the program runs, it is a `Vec` of values and a `Vec` of rows.
///
/// Use it for few variables and any number of values; [`reverse::jacobian`](crate::reverse::jacobian) is faster for few
/// values of many variables.
///
/// # Examples
/// ```
/// use backprop::jacobian;
///
/// let (point, j) = jacobian(|[r, angle]| [r * angle.cos(), r * angle.sin()], [2.0, 0.0]);
/// assert_eq!(point, [2.0, 0.0]);
/// assert_eq!(j, [[1.0, 0.0], [0.0, 2.0]]); // [cos, −r·sin], [sin, r·cos]
/// ```
///
/// A value for each measurement, as in [`LevenbergMarquardt`](crate::LevenbergMarquardt):
///
/// ```
/// use backprop::jacobian;
///
/// let data = vec![(1.0, 5.0), (2.0, 6.0), (3.0, 9.0)];
/// let (residuals, j) = jacobian(|[a, b]| data.iter().map(|&(x, y)| a + b * x - y).collect::<Vec<_>>(), [1.0, 3.0]);
/// assert_eq!(residuals, [-1.0, 1.0, 1.0]);
/// assert_eq!(j, [[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]); // [1, x]
/// ```
#[doc(alias = "jacfwd")]
#[inline(always)]
pub fn jacobian<T: Scalar, const N: usize, Y: DualVector<T, N>>(
    f: impl FnOnce([Dual<T, N>; N]) -> Y,
    point: [T; N],
) -> (Y::Values, Y::Jacobian) {
    f(variables(point)).values_and_jacobian()
}

/// The results of a function that [`jacobian`] differentiates: an array or a `Vec` of [`Dual`]s.
pub trait DualVector<T: Scalar, const N: usize>: sealed::Sealed {
    /// The values: `[T; M]` or `Vec<T>`.
    type Values;

    /// The rows of the Jacobian: `[[T; N]; M]` or `Vec<[T; N]>`.
    type Jacobian;

    /// Separates the values from their derivatives.
    #[doc(hidden)]
    fn values_and_jacobian(self) -> (Self::Values, Self::Jacobian);
}

impl<T: Scalar, const N: usize, const M: usize> DualVector<T, N> for [Dual<T, N>; M] {
    type Values = [T; M];
    type Jacobian = [[T; N]; M];

    #[inline(always)]
    fn values_and_jacobian(self) -> ([T; M], [[T; N]; M]) {
        (self.map(Dual::data), self.map(Dual::tangents))
    }
}

impl<T: Scalar, const N: usize> DualVector<T, N> for Vec<Dual<T, N>> {
    type Values = Vec<T>;
    type Jacobian = Vec<[T; N]>;

    fn values_and_jacobian(self) -> (Vec<T>, Vec<[T; N]>) {
        self.into_iter().map(|y| (y.data(), y.tangents())).unzip()
    }
}

mod sealed {
    /// Implemented by the types that implement [`DualVector`](super::DualVector).
    pub trait Sealed {}

    impl<D, const M: usize> Sealed for [D; M] {}
    impl<D> Sealed for Vec<D> {}
}

/// Computes a function of N variables, its gradient and its Hessian at `point`: `(value, gradient, hessian)`.
///
/// `hessian[i][j]` is the second derivative with respect to variables i and j. One evaluation with duals of duals
/// computes all of it (forward over forward).
///
/// Use it for up to about five variables; [`reverse::hessian`](crate::reverse::hessian) is faster for more, and
/// [`hessian_vector_product`](crate::hessian_vector_product) where the Hessian is only multiplied by a vector.
///
/// # Examples
/// ```
/// use backprop::hessian;
///
/// let (y, g, h) = hessian(|[x, y]| (x * y).sin(), [1.0, 2.0]);
/// let (sin, cos) = 2.0_f64.sin_cos();
/// assert_eq!((y, g), (sin, [2.0 * cos, cos])); // [y·cos(xy), x·cos(xy)]
/// assert_eq!(h, [[-4.0 * sin, cos - 2.0 * sin], [cos - 2.0 * sin, -sin]]); // [−y²·sin, cos − xy·sin], [cos − xy·sin, −x²·sin]
/// ```
#[inline(always)]
pub fn hessian<T: Scalar, const N: usize>(
    f: impl FnOnce([Dual<Dual<T, N>, N>; N]) -> Dual<Dual<T, N>, N>,
    point: [T; N],
) -> (T, [T; N], [[T; N]; N]) {
    let y = f(variables(variables(point)));
    (y.data().data(), y.data().tangents(), y.tangents().map(Dual::tangents))
}

/// Computes functions at `point` and their Jacobian times `direction`: `(values, product)`.
///
/// The product is the derivative of the values as the point moves along `direction`. It costs about two evaluations for
/// any number of variables.
///
/// Use it where the Jacobian is only multiplied by a vector from the right;
/// [`vector_jacobian_product`](crate::vector_jacobian_product) multiplies it from the left.
///
/// # Examples
/// ```
/// use backprop::jacobian_vector_product;
///
/// let (y, product) = jacobian_vector_product(|x| [x[0] * x[1], x[0] + x[1]], &[2.0, 3.0], &[1.0, 10.0]);
/// assert_eq!((y, product), (vec![6.0, 5.0], vec![23.0, 11.0])); // 3·1 + 2·10, 1 + 10
/// ```
///
/// # Panics
/// If `direction` is not as long as `point`.
#[doc(alias("jvp", "pushforward", "directional_derivative"))]
#[track_caller]
pub fn jacobian_vector_product<T: Scalar, Y: AsRef<[Dual<T, 1>]>>(
    f: impl FnOnce(&[Dual<T, 1>]) -> Y,
    point: &[T],
    direction: &[T],
) -> (Vec<T>, Vec<T>) {
    let values = f(&along(point, direction));
    values.as_ref().iter().map(|y| (y.data(), y.tangents()[0])).unzip()
}

/// Returns the point with each of its coordinates a variable.
#[inline(always)]
fn variables<T: Scalar, const N: usize>(point: [T; N]) -> [Dual<T, N>; N] {
    from_fn(|i| Dual::variable(point[i], i))
}

/// Returns the point as a function of one variable t: `point + t·direction` at t = 0.
///
/// # Panics
/// If the two are not of the same length.
#[track_caller]
pub(crate) fn along<T: Scalar>(point: &[T], direction: &[T]) -> Vec<Dual<T, 1>> {
    let (expected, got) = (point.len(), direction.len());
    assert!(expected == got, "`direction` must have {expected} values, as `point` has, got {got}");
    point.iter().zip(direction).map(|(&x, &dx)| Dual::new(x, [dx])).collect()
}
