//! [`gradcheck`]: compares a gradient with difference quotients.

use crate::error::Error;
use crate::graph::{Graph, Value};
use crate::scalar::Scalar;

/// Compares the gradient of a function with difference quotients and returns an error at the first derivative that
/// differs.
///
/// Use it in tests of functions with custom derivatives ([`UnaryFunction`](crate::UnaryFunction),
/// [`Operation`](crate::Operation), [`Graph::op`]); [`reverse::gradient`](crate::reverse::gradient) computes the
/// gradient alone.
///
/// The quotients are central, `(f(x + h) − f(x − h)) / 2h` with `h = ∛ε·max(1, |x|)` for the float type's ε. Their
/// error grows with h², so a second quotient with h/2 estimates it, and it is subtracted (Richardson's extrapolation).
/// A derivative passes if it differs from the result by at most `100·∛ε²`, relative to the larger of the two and 1,
/// plus what the rounding of f explains, `4·ε·|f|/h`. That is about 4e-9 in double precision and 2e-3 in single
/// precision.
///
/// A correct derivative may fail at a kink, and within h of a kink or of the end of the function's domain.
///
/// # Examples
/// ```
/// use backprop::{Error, UnaryFunction, Scalar, gradcheck};
///
/// fn f<S: Scalar>(x: &[S]) -> S {
///     (x[0] * x[1]).sin() + x[0].exp()
/// }
/// gradcheck(|x| f(x), &[1.0, 2.0])?;
///
/// // A custom function with a wrong sign in its derivative
/// struct Cosine;
/// impl UnaryFunction for Cosine {
///     fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
///         (x.cos(), x.sin()) // should be −sin x
///     }
/// }
/// let wrong = gradcheck(|x| x[0] + x[1].map(Cosine), &[1.0, 2.0]);
/// assert!(matches!(wrong, Err(Error::Gradient { coordinate: 1, .. })));
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # Errors
/// [`Error::Gradient`] for the first input whose derivative does not pass; a NaN does not pass.
#[doc(alias("check_grads", "check_grad", "numerical_gradient", "finite_difference"))]
pub fn gradcheck<T, F>(f: F, point: &[T]) -> Result<(), Error>
where
    T: Scalar,
    F: for<'g> Fn(&[Value<'g, T>]) -> Value<'g, T>,
{
    let graph = Graph::new();
    let inputs: Vec<_> = point.iter().map(|&x| graph.value(x)).collect();
    let gradients = f(&inputs).backward();

    let mut constants: Vec<_> = point.iter().map(|&x| Value::constant(x)).collect();
    let mut at = |coordinate: usize, x: T| {
        constants[coordinate] = Value::constant(x);
        let y = f(&constants).data();
        constants[coordinate] = Value::constant(point[coordinate]);
        y
    };
    let float = |x: T| x.to_f64().unwrap_or(f64::NAN);
    for (coordinate, (&x, &input)) in point.iter().zip(&inputs).enumerate() {
        let mut rounding = 0.0;
        let mut quotient = |h: T| {
            let (below, above) = (x - h, x + h);
            let (f_below, f_above) = (at(coordinate, below), at(coordinate, above));
            rounding = float(T::epsilon() * f_below.abs().max(f_above.abs()) / h);
            float((f_above - f_below) / (above - below))
        };
        let h = T::epsilon().cbrt() * x.abs().max(T::one());
        let (coarse, fine) = (quotient(h), quotient(h / T::of(2.0)));
        let numerical = fine + (fine - coarse) / 3.0;
        let automatic = float(gradients[input]);

        let scale = automatic.abs().max(numerical.abs()).max(1.0);
        let relative_error = (automatic - numerical).abs() / scale;
        let tolerance = 100.0 * float(T::epsilon()).powf(2.0 / 3.0) + 4.0 * rounding / scale;
        let passes = relative_error <= tolerance && relative_error.is_finite(); // false for NaN
        if !passes {
            return Err(Error::Gradient { coordinate, automatic, numerical, relative_error, tolerance });
        }
    }
    Ok(())
}
