//! Reverse mode: the derivatives of functions of any number of variables.
//!
//! The function is evaluated once on a [`Graph`], and one backward pass for each value computes the derivatives with
//! respect to all variables. The time of a gradient is a few times that of the function, for any number of variables.
//! [`forward`](crate::forward) has the functions for up to about thirty variables, where it is faster.
//!
//! Each function makes a graph and drops it at the end. In a loop, [`Graph::clear`] and [`Value::backward_into`] reuse
//! the memory. To train networks, [`Trainer`](crate::Trainer) and [`Workspace`](crate::Workspace) compute gradients
//! over batches.

use crate::forward::{Dual, along};
use crate::graph::{Graph, Value};
use crate::scalar::Scalar;

/// Computes a function of any number of variables and its gradient at `point`: `(value, gradient)`.
///
/// Use it for more than about thirty variables, or where their number is only known when the program runs;
/// [`forward::gradient`](crate::forward::gradient()) is faster for fewer variables and takes arrays.
///
/// A variable that the value does not depend on has the derivative 0; [`unused_inputs`] finds those variables.
///
/// # Examples
/// ```
/// use backprop::{Scalar, reverse};
///
/// fn f<S: Scalar>(x: &[S]) -> S {
///     // Rosenbrock's function
///     let c = S::of; // constants: c(2.0) is 2 for every S
///     x.windows(2).map(|x| c(100.0) * (x[1] - x[0].powi(2)).powi(2) + (c(1.0) - x[0]).powi(2)).sum()
/// }
///
/// let point = vec![-1.0, 1.0, 2.0];
/// let (y, g) = reverse::gradient(|x| f(x), &point);
/// assert_eq!((y, g), (104.0, vec![-4.0, -400.0, 200.0]));
/// ```
#[doc(alias("grad", "value_and_grad", "backward"))]
pub fn gradient<T, F>(f: F, point: &[T]) -> (T, Vec<T>)
where
    T: Scalar,
    F: for<'g> FnOnce(&[Value<'g, T>]) -> Value<'g, T>,
{
    let graph = Graph::new();
    let variables = graph.matrix(point);
    let y = f(variables.as_slice());
    (y.data(), y.backward().of(&variables))
}

/// Computes several functions of any number of variables and their Jacobian at `point`: `(values, jacobian)`.
///
/// `jacobian[i][j]` is the derivative of value i with respect to variable j. Each row takes a backward pass.
///
/// Use it for few values of many variables; [`forward::jacobian`](crate::forward::jacobian) is faster for many values
/// of few variables.
///
/// # Examples
/// ```
/// use backprop::reverse;
///
/// let (y, j) = reverse::jacobian(|x| vec![x[0] * x[1] * x[2], x[2].powi(2)], &[2.0, 3.0, 4.0]);
/// assert_eq!(y, [24.0, 16.0]);
/// assert_eq!(j, [[12.0, 8.0, 6.0], [0.0, 0.0, 8.0]]);
/// ```
#[doc(alias = "jacrev")]
pub fn jacobian<T, F>(f: F, point: &[T]) -> (Vec<T>, Vec<Vec<T>>)
where
    T: Scalar,
    F: for<'g> FnOnce(&[Value<'g, T>]) -> Vec<Value<'g, T>>,
{
    let graph = Graph::new();
    let variables = graph.matrix(point);
    let values = f(variables.as_slice());
    let jacobian = values.iter().map(|y| y.backward().of(&variables)).collect();
    (values.into_iter().map(Value::data).collect(), jacobian)
}

/// Computes functions at `point` and `weights` times their Jacobian: `(values, product)`.
///
/// The product is the gradient of the weighted sum of the values. It takes one backward pass for any number of values.
///
/// Use it where the Jacobian is only multiplied by a vector from the left;
/// [`jacobian_vector_product`](crate::jacobian_vector_product) multiplies it from the right.
///
/// # Examples
/// ```
/// use backprop::vector_jacobian_product;
///
/// let (y, product) = vector_jacobian_product(|x| vec![x[0] * x[1], x[0] + x[1]], &[2.0, 3.0], &[1.0, 10.0]);
/// assert_eq!((y, product), (vec![6.0, 5.0], vec![13.0, 12.0])); // 1·3 + 10·1, 1·2 + 10·1
/// ```
///
/// # Panics
/// If there are not as many `weights` as values.
#[doc(alias("vjp", "pullback"))]
#[track_caller]
pub fn vector_jacobian_product<T, F>(f: F, point: &[T], weights: &[T]) -> (Vec<T>, Vec<T>)
where
    T: Scalar,
    F: for<'g> FnOnce(&[Value<'g, T>]) -> Vec<Value<'g, T>>,
{
    let graph = Graph::new();
    let variables = graph.matrix(point);
    let values = f(variables.as_slice());
    let (expected, got) = (values.len(), weights.len());
    assert!(expected == got, "`weights` must have {expected} values, one for each value of the function, got {got}");
    let weighted: Value<T> = values.iter().zip(weights).map(|(&y, &weight)| y * weight).sum();
    let product = weighted.backward().of(&variables);
    (values.into_iter().map(Value::data).collect(), product)
}

/// Computes a function, its gradient at `point`, and its Hessian times `direction`: `(value, gradient, product)`.
///
/// The product is the derivative of the gradient as the point moves along `direction`. It costs a few gradients for any
/// number of variables (forward over reverse: a graph of [`Dual`]s).
///
/// Use it where the Hessian is only multiplied by a vector, as in conjugate gradients; [`hessian`] computes all of it.
///
/// # Examples
/// ```
/// use backprop::hessian_vector_product;
///
/// let (y, g, product) = hessian_vector_product(|x| x[0].powi(3) * x[1], &[2.0, 5.0], &[1.0, 0.0]);
/// assert_eq!((y, g), (40.0, vec![60.0, 8.0])); // [3x²y, x³]
/// assert_eq!(product, [60.0, 12.0]); // the first column: 6xy, 3x²
/// ```
///
/// # Panics
/// If `direction` is not as long as `point`.
#[doc(alias = "hvp")]
#[track_caller]
pub fn hessian_vector_product<T, F>(f: F, point: &[T], direction: &[T]) -> (T, Vec<T>, Vec<T>)
where
    T: Scalar,
    F: for<'g> FnOnce(&[Value<'g, Dual<T, 1>>]) -> Value<'g, Dual<T, 1>>,
{
    let (y, derivatives) = gradient(f, &along(point, direction));
    let product = derivatives.iter().map(|d| d.tangents()[0]).collect();
    (y.data(), derivatives.into_iter().map(Dual::data).collect(), product)
}

/// The number of columns of a Hessian that one evaluation computes: each makes it slower, and fewer evaluations are
/// needed.
const COLUMNS: usize = 8;

/// Computes a function of any number of variables, its gradient and its Hessian at `point`:
/// `(value, gradient, hessian)`.
///
/// `hessian[i][j]` is the second derivative with respect to variables i and j. Each eight columns take an evaluation on
/// a graph of [`Dual`]s and a backward pass (forward over reverse).
///
/// Use it for more than about five variables; [`forward::hessian`](crate::forward::hessian) is faster for fewer, and
/// [`hessian_vector_product`] where the Hessian is only multiplied by a vector.
///
/// # Examples
/// ```
/// use backprop::reverse;
///
/// let (y, g, h) = reverse::hessian(|x| x[0].powi(3) * x[1], &[2.0, 5.0]);
/// assert_eq!((y, g), (40.0, vec![60.0, 8.0])); // [3x²y, x³]
/// assert_eq!(h, [[60.0, 12.0], [12.0, 0.0]]); // [6xy, 3x²], [3x², 0]
/// ```
pub fn hessian<T, F>(f: F, point: &[T]) -> (T, Vec<T>, Vec<Vec<T>>)
where
    T: Scalar,
    F: for<'g> Fn(&[Value<'g, Dual<T, COLUMNS>>]) -> Value<'g, Dual<T, COLUMNS>>,
{
    let n = point.len();
    let (mut value, mut first_derivatives, mut hessian) = (T::zero(), Vec::new(), vec![Vec::with_capacity(n); n]);
    for first in (0..n.max(1)).step_by(COLUMNS) {
        let columns = COLUMNS.min(n - first);
        let mut point: Vec<_> = point.iter().map(|&x| Dual::constant(x)).collect();
        for (column, x) in point[first..first + columns].iter_mut().enumerate() {
            *x = Dual::variable(x.data(), column);
        }
        let (y, derivatives) = gradient(&f, &point);
        if first == 0 {
            (value, first_derivatives) = (y.data(), derivatives.iter().map(|d| d.data()).collect());
        }
        for (row, derivative) in hessian.iter_mut().zip(derivatives) {
            row.extend_from_slice(&derivative.tangents()[..columns]);
        }
    }
    (value, first_derivatives, hessian)
}

/// Returns the indices of the variables that the value of the function does not depend on.
///
/// The graph has no path from such a variable to the value at this point. A path ends where a number leaves the graph,
/// by [`Value::data`] or by a conversion to a primitive type.
///
/// Use it where a derivative is 0 and should not be.
///
/// # Examples
/// ```
/// use backprop::{Scalar, reverse, unused_inputs};
///
/// fn f<S: Scalar>(x: &[S]) -> S {
///     let rounded = S::of(x[1].to_f64().unwrap().round()); // leaves the graph
///     x[0] * rounded
/// }
///
/// let (_, g) = reverse::gradient(|x| f(x), &[2.0, 3.1]);
/// assert_eq!(g, [3.0, 0.0]);
/// assert_eq!(unused_inputs(|x| f(x), &[2.0, 3.1]), [1]); // no path from x₁
/// ```
pub fn unused_inputs<T, F>(f: F, point: &[T]) -> Vec<usize>
where
    T: Scalar,
    F: for<'g> FnOnce(&[Value<'g, T>]) -> Value<'g, T>,
{
    let graph = Graph::new();
    let variables = graph.matrix(point);
    f(variables.as_slice()).backward().unused_inputs(variables.as_slice())
}
