//! [`AdaGrad`]: steps divided by the root of the sum of squares of each parameter's derivatives.

use super::optimizer::{Optimizer, OptimizerState, Roots, checked_epsilon, checked_non_negative, checked_rate};
use crate::scalar::{Scalar, double};

/// AdaGrad: steps divided by the root of the sum of all squared derivatives.
///
/// For each parameter p with the derivative g = ∂loss/∂p, in the t-th step:
///
/// ```text
/// s ← s + g²                                                            initially initial_accumulator_value
/// p ← p − learning_rate/(1 + (t − 1)·learning_rate_decay)·g/(√s + ε)
/// ```
///
/// A parameter with rare derivatives, such as that of a rare word, keeps long steps, while the steps of others become
/// short.
///
/// # Precision
/// The optimizer stores √s, so that squares of derivatives neither overflow nor vanish in any float type. A sum stops
/// growing when its next term is smaller than its rounding error: in half precision after about a thousand derivatives
/// of one size.
///
/// # Examples
/// ```
/// use backprop::{AdaGrad, Optimizer};
///
/// let mut x = [1.0, 1.0];
/// let mut ada_grad = AdaGrad::new(0.1);
/// ada_grad.step_slice(&mut x, &[3.0, 0.0])?; // the first step is as long as the learning rate
/// assert!((x[0] - 0.9_f64).abs() < 1e-9 && x[1] == 1.0);
/// ada_grad.step_slice(&mut x, &[4.0, 4.0])?;
/// assert!((x[0] - (0.9 - 0.1 * 4.0 / 5.0)).abs() < 1e-9); // √(3² + 4²) = 5
/// assert!((x[1] - 0.9).abs() < 1e-9);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// [Duchi, Hazan and Singer 2011](https://jmlr.org/papers/v12/duchi11a.html)
#[doc(alias = "Adagrad")]
#[derive(Clone, Debug, PartialEq)]
pub struct AdaGrad<S> {
    learning_rate: f64,
    learning_rate_decay: f64,
    initial_accumulator_value: f64,
    epsilon: f64,
    steps: i32,
    /// √s of each parameter.
    roots: Roots<S>,
}

impl<S: Scalar> AdaGrad<S> {
    /// Creates AdaGrad with this learning rate, which does not decay, and initial sums of 0. The usual learning rate is
    /// 0.01.
    ///
    /// # Panics
    /// If `learning_rate` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(learning_rate: f64) -> AdaGrad<S> {
        AdaGrad {
            learning_rate: checked_rate(learning_rate),
            learning_rate_decay: 0.0,
            initial_accumulator_value: 0.0,
            epsilon: double(&S::min_positive_value()).max(1e-10),
            steps: 0,
            roots: Roots::new(),
        }
    }

    /// Sets the decay of the learning rate, which is divided by `1 + (t − 1)·decay` in the t-th step.
    ///
    /// # Examples
    /// ```
    /// use backprop::{AdaGrad, Optimizer};
    ///
    /// let mut ada_grad = AdaGrad::new(0.1).learning_rate_decay(0.5);
    /// ada_grad.step_slice(&mut [1.0], &[3.0])?;
    /// let mut x = [1.0];
    /// ada_grad.step_slice(&mut x, &[4.0])?;
    /// assert!((x[0] - (1.0_f64 - 0.1 / 1.5 * 4.0 / 5.0)).abs() < 1e-9);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `decay` is negative, infinite or NaN.
    #[doc(alias = "lr_decay")]
    #[track_caller]
    pub fn learning_rate_decay(self, decay: f64) -> AdaGrad<S> {
        AdaGrad { learning_rate_decay: checked_non_negative("decay", decay), ..self }
    }

    /// Sets the initial sum of squares, which shortens the first steps. It has no effect after the first step.
    ///
    /// # Examples
    /// ```
    /// use backprop::{AdaGrad, Optimizer};
    ///
    /// let mut x = [1.0];
    /// AdaGrad::new(0.1).initial_accumulator_value(9.0).step_slice(&mut x, &[4.0])?;
    /// assert!((x[0] - (1.0_f64 - 0.1 * 4.0 / 5.0)).abs() < 1e-9); // √(9 + 4²) = 5
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `value` is negative, infinite or NaN.
    #[track_caller]
    pub fn initial_accumulator_value(self, value: f64) -> AdaGrad<S> {
        AdaGrad { initial_accumulator_value: checked_non_negative("value", value), ..self }
    }

    /// Sets ε, which is added to the root in the denominator.
    ///
    /// The default is 1e-10, or the smallest normal number of the float type if that is larger: 6.1e-5 in half
    /// precision, where 1e-10 is rounded to 0 and a derivative of 0 would give 0/0.
    ///
    /// # Panics
    /// If `epsilon` is not positive and finite, or is rounded to 0 by the float type.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> AdaGrad<S> {
        AdaGrad { epsilon: checked_epsilon::<S>(epsilon), ..self }
    }
}

impl<S: Scalar> Optimizer<S> for AdaGrad<S> {
    learning_rate_methods!(learning_rate);

    #[track_caller]
    fn begin(&mut self, parameters: usize) {
        self.roots.remember_from(parameters, S::of(self.initial_accumulator_value.sqrt()));
        self.steps = self.steps.saturating_add(1);
    }

    fn advance(&mut self, first: usize, parameters: &mut [S], gradient: &[S]) {
        let earlier = self.steps.saturating_sub(1) as f64;
        let rate = S::of(self.learning_rate / (1.0 + earlier * self.learning_rate_decay));
        let epsilon = S::of(self.epsilon);
        self.roots.check_size(first, gradient.len());
        self.roots.update(
            first,
            gradient,
            [S::one(); 2],
            self.epsilon,
            parameters.iter_mut(),
            #[inline(always)]
            |parameter, derivative, root| *parameter -= rate * (derivative / (root + epsilon)),
        );
    }

    fn visit_state(&mut self, f: &mut dyn FnMut(&str, OptimizerState<'_, S>)) {
        f("steps", OptimizerState::Count(&mut self.steps));
        self.roots.visit_state(f);
    }
}
