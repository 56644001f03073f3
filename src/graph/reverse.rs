//! Reverse mode: one evaluation on a [`Graph`], and a sweep back for each result.

use crate::forward::Dual;
use crate::forward::gradient::along;
use crate::graph::{Graph, Value};
use crate::scalar::Scalar;

/// The value of a function of any number of variables, and its gradient.
///
/// Its time does not depend on the number of variables: a few times that of the function. For up to about thirty
/// [`gradient`](crate::gradient) is faster.
///
/// ```
/// use backprop::{Scalar, gradient_of};
///
/// fn rosenbrock<S: Scalar>(x: &[S]) -> S {
///     let c = S::of; // constants: c(2.0) is 2 for every S
///     x.windows(2).map(|x| c(100.0) * (x[1] - x[0].powi(2)).powi(2) + (c(1.0) - x[0]).powi(2)).sum()
/// }
///
/// let (y, g) = gradient_of(|x| rosenbrock(x), &[-1.0, 1.0, 2.0]);
/// assert_eq!((y, g), (104.0, vec![-4.0, -400.0, 200.0]));
/// ```
///
/// A variable that has no path to the result has the derivative 0; [`unused_inputs`] tells which those are.
///
/// A graph is made and thrown away at each call. In a loop, [`Graph::clear`] and
/// [`Value::backward_into`] reuse the memory.
pub fn gradient_of<T, F>(f: F, point: &[T]) -> (T, Vec<T>)
where
    T: Scalar,
    F: for<'g> FnOnce(&[Value<'g, T>]) -> Value<'g, T>,
{
    let graph = Graph::new();
    let variables = graph.matrix(point);
    let y = f(variables.as_slice());
    (y.data(), y.backward().of(&variables))
}

/// The derivatives of each of the results by each of the variables: row i has those of result i.
///
/// One evaluation, and a sweep for each row. For many results of a few variables [`jacobian`](crate::jacobian) is
/// faster, which gets all columns at once.
///
/// ```
/// let j = backprop::jacobian_of(|x| vec![x[0] * x[1] * x[2], x[2].powi(2)], &[2.0, 3.0, 4.0]);
/// assert_eq!(j, [[12.0, 8.0, 6.0], [0.0, 0.0, 8.0]]);
/// ```
pub fn jacobian_of<T, F>(f: F, point: &[T]) -> Vec<Vec<T>>
where
    T: Scalar,
    F: for<'g> FnOnce(&[Value<'g, T>]) -> Vec<Value<'g, T>>,
{
    let graph = Graph::new();
    let variables = graph.matrix(point);
    let results = f(variables.as_slice());
    results.into_iter().map(|y| y.backward().of(&variables)).collect()
}

/// How a weighted sum of the results changes with each of the variables: the results, and the weights times the
/// Jacobian, by one sweep.
///
/// ```
/// use backprop::vector_jacobian_product;
///
/// let (y, product) = vector_jacobian_product(|x| vec![x[0] * x[1], x[0] + x[1]], &[2.0, 3.0], &[1.0, 10.0]);
/// assert_eq!((y, product), (vec![6.0, 5.0], vec![13.0, 12.0])); // 1·3 + 10·1, 1·2 + 10·1
/// ```
///
/// # Panics
/// When there are not as many weights as results.
#[track_caller]
pub fn vector_jacobian_product<T, F>(f: F, point: &[T], weights: &[T]) -> (Vec<T>, Vec<T>)
where
    T: Scalar,
    F: for<'g> FnOnce(&[Value<'g, T>]) -> Vec<Value<'g, T>>,
{
    let graph = Graph::new();
    let variables = graph.matrix(point);
    let results = f(variables.as_slice());
    let (n, got) = (results.len(), weights.len());
    assert!(n == got, "expected {n} weights, as there are results, got {got}");
    let weighted: Value<T> = results.iter().zip(weights).map(|(&y, &weight)| y * weight).sum();
    (results.iter().map(|y| y.data()).collect(), weighted.backward().of(&variables))
}

/// How the gradient changes as the point moves in a direction: the Hessian times the direction, at the cost of a few
/// gradients, whatever the number of variables. Forward over reverse: a graph of [`Dual`]s.
///
/// ```
/// use backprop::hessian_vector_product;
///
/// let hv = hessian_vector_product(|x| x[0].powi(3) * x[1], &[2.0, 5.0], &[1.0, 0.0]);
/// assert_eq!(hv, [60.0, 12.0]); // the first column: 6xy, 3x²
/// ```
///
/// # Panics
/// When the direction is not as long as the point.
#[track_caller]
pub fn hessian_vector_product<T, F>(f: F, point: &[T], direction: &[T]) -> Vec<T>
where
    T: Scalar,
    F: for<'g> FnOnce(&[Value<'g, Dual<T, 1>>]) -> Value<'g, Dual<T, 1>>,
{
    let (_, gradient) = gradient_of(f, &along(point, direction));
    gradient.into_iter().map(|slope| slope.tangents()[0]).collect()
}

/// How many columns of a Hessian are found at once: one evaluation costs more with each, and fewer are needed.
const COLUMNS: usize = 8;

/// The second derivatives of a function of any number of variables by each pair of them.
///
/// For each eight columns an evaluation on a graph of [`Dual`]s and a sweep: n variables take n/8 times as long as a
/// [`hessian_vector_product`] with eight directions. For a few variables [`hessian`](crate::hessian) is faster.
///
/// ```
/// let h = backprop::hessian_of(|x| x[0].powi(3) * x[1], &[2.0, 5.0]);
/// assert_eq!(h, [[60.0, 12.0], [12.0, 0.0]]); // [6xy, 3x²], [3x², 0]
/// ```
pub fn hessian_of<T, F>(f: F, point: &[T]) -> Vec<Vec<T>>
where
    T: Scalar,
    F: for<'g> Fn(&[Value<'g, Dual<T, COLUMNS>>]) -> Value<'g, Dual<T, COLUMNS>>,
{
    let mut rows = vec![Vec::with_capacity(point.len()); point.len()];
    for first in (0..point.len()).step_by(COLUMNS) {
        let columns = COLUMNS.min(point.len() - first);
        let mut point: Vec<_> = point.iter().map(|&x| Dual::constant(x)).collect();
        for (column, x) in point[first..first + columns].iter_mut().enumerate() {
            *x = Dual::variable(x.data(), column);
        }
        let (_, gradient) = gradient_of(&f, &point);
        for (row, slope) in rows.iter_mut().zip(gradient) {
            row.extend_from_slice(&slope.tangents()[..columns]);
        }
    }
    rows
}

/// The indices of the variables that have no path to the result: of which the function, at this point, is no function
/// at all.
///
/// A path is lost where a number leaves the graph, by [`Value::data`] or a conversion to a primitive type:
///
/// ```
/// use backprop::{Scalar, gradient_of, unused_inputs};
///
/// fn f<S: Scalar>(x: &[S]) -> S {
///     let rounded = S::of(x[1].to_f64().unwrap().round()); // a float on the way
///     x[0] * rounded
/// }
///
/// let (_, g) = gradient_of(|x| f(x), &[2.0, 3.1]);
/// assert_eq!(g, [3.0, 0.0]);
/// assert_eq!(unused_inputs(|x| f(x), &[2.0, 3.1]), [1]); // 0 for want of a path
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
