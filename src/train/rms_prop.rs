//! [`RmsProp`]: steps divided by the root of the mean square of each parameter's derivatives.

use super::optimizer::{
    Optimizer, OptimizerState, ROOM_OF_ROOTS, Roots, checked_decay, checked_epsilon, checked_rate, default_epsilon,
};
use crate::scalar::Scalar;

/// RMSProp: steps divided by the root of a running mean of squared derivatives.
///
/// For each parameter p with the derivative g = ∂loss/∂p:
///
/// ```text
/// v ← decay·v + (1 − decay)·g²
/// p ← p − learning_rate·g/(√v + ε)
/// ```
///
/// # Precision
/// The optimizer stores √v, so that squares of derivatives neither overflow nor vanish in any float type. In types of
/// few digits the decay is at most 1 − 4ε′ for the machine epsilon ε′, since a decay nearer to 1 would be rounded to 1,
/// and the mean would not change any more: 0.996 in half precision, 0.969 in bfloat16.
///
/// # Examples
/// ```
/// use backprop::{Optimizer, RmsProp};
///
/// let mut x = [1.0, 1.0];
/// RmsProp::new(0.1).step_slice(&mut x, &[4.0, 0.004])?; // the same step for derivatives of any size
/// assert!((x[0] - 0.0_f64).abs() < 1e-5 && (x[0] - x[1]).abs() < 1e-3);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// [Hinton 2012](https://www.cs.toronto.edu/~hinton/coursera/lecture6/lec6.pdf)
#[derive(Clone, Debug, PartialEq)]
pub struct RmsProp<S> {
    learning_rate: f64,
    decay: f64,
    epsilon: f64,
    roots: Roots<S>,
}

impl<S: Scalar> RmsProp<S> {
    /// Creates RMSProp with this learning rate and a decay of 0.99, a mean over about the last hundred derivatives.
    ///
    /// # Panics
    /// If `learning_rate` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(learning_rate: f64) -> RmsProp<S> {
        RmsProp {
            learning_rate: checked_rate(learning_rate),
            decay: checked_decay::<S>("decay", 0.99, ROOM_OF_ROOTS),
            epsilon: default_epsilon::<S>(),
            roots: Roots::new(),
        }
    }

    /// Sets the decay of the mean.
    ///
    /// # Panics
    /// If `decay` is not at least 0 and less than 1.
    #[doc(alias = "alpha")]
    #[track_caller]
    pub fn decay(self, decay: f64) -> RmsProp<S> {
        RmsProp { decay: checked_decay::<S>("decay", decay, ROOM_OF_ROOTS), ..self }
    }

    /// Sets ε, which is added to the root in the denominator.
    ///
    /// The default is 1e-8, or the smallest normal number of the float type if that is larger: 6.1e-5 in half
    /// precision, where 1e-8 is rounded to 0 and a derivative of 0 would give 0/0.
    ///
    /// # Panics
    /// If `epsilon` is not positive and finite, or is rounded to 0 by the float type.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> RmsProp<S> {
        RmsProp { epsilon: checked_epsilon::<S>(epsilon), ..self }
    }
}

impl<S: Scalar> Optimizer<S> for RmsProp<S> {
    learning_rate_methods!(learning_rate);

    #[track_caller]
    fn begin(&mut self, parameters: usize) {
        self.roots.remember(parameters);
    }

    fn advance(&mut self, first: usize, parameters: &mut [S], gradient: &[S]) {
        let [rate, decay, rest, epsilon] = [self.learning_rate, self.decay, 1.0 - self.decay, self.epsilon].map(S::of);
        self.roots.update(
            first,
            gradient,
            [decay, rest],
            self.epsilon,
            parameters.iter_mut(),
            #[inline(always)]
            |parameter, derivative, root| *parameter -= rate * (derivative / (root + epsilon)),
        );
    }

    fn visit_state(&mut self, f: &mut dyn FnMut(&str, OptimizerState<'_, S>)) {
        self.roots.visit_state(f);
    }
}
