//! [`Sgd`] and [`Momentum`]: stochastic gradient descent.

use super::optimizer::{Optimizer, OptimizerState, ROOM, checked_decay, checked_rate, factors, remember};
use crate::scalar::Scalar;

/// Stochastic gradient descent: `p ← p − learning_rate·∂loss/∂p` for each parameter p.
///
/// "Stochastic" means that the gradient is that of one sample or of a batch, not of all samples.
///
/// # Examples
/// ```
/// use backprop::{Activation, Layer, Mlp, Neuron, Optimizer, Sgd};
///
/// let one = |weight, bias| {
///     Mlp::from_layers([Layer::from_neurons([Neuron::new([weight], bias, Activation::Identity)])?])
/// };
/// let mut net = one(1.0, 2.0)?;
/// Sgd::new(0.5).step(&mut net, &one(4.0, -1.0)?)?;
/// assert_eq!(net.parameters(), [-1.0, 2.5]); // 1 − 0.5·4, 2 + 0.5·1
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "GradientDescent")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    learning_rate: f64,
}

impl Sgd {
    /// Creates gradient descent with this learning rate, the size of a step for a derivative of 1.
    ///
    /// # Panics
    /// If `learning_rate` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(learning_rate: f64) -> Sgd {
        Sgd { learning_rate: checked_rate(learning_rate) }
    }
}

impl<S: Scalar> Optimizer<S> for Sgd {
    learning_rate_methods!(learning_rate);

    #[inline]
    fn begin(&mut self, _: usize) {}

    #[inline]
    fn advance(&mut self, _: usize, parameters: &mut [S], gradient: &[S]) {
        let [rate, rest] = factors::<S>(self.learning_rate);
        if rest.is_one() {
            S::vectorize(|| {
                for (parameter, &derivative) in parameters.iter_mut().zip(gradient) {
                    *parameter -= rate * derivative;
                }
            });
        } else {
            for (parameter, &derivative) in parameters.iter_mut().zip(gradient) {
                *parameter -= rate * derivative * rest;
            }
        }
    }
}

/// Gradient descent with momentum: a velocity that accumulates derivatives moves each parameter.
///
/// For each parameter p with the derivative g = ∂loss/∂p:
///
/// ```text
/// v ← momentum·v + g
/// p ← p − learning_rate·v
/// ```
///
/// Steps become longer where derivatives agree from step to step, and shorter where they alternate.
///
/// # Precision
/// In types of few digits the momentum is at most 1 − ε′ for the machine epsilon ε′, since a momentum nearer to 1 would
/// be rounded to 1, and old derivatives would never decay: 0.999 in half precision, 0.992 in bfloat16.
///
/// # Examples
/// ```
/// use backprop::{Momentum, Optimizer};
///
/// let mut x = [1.0];
/// let mut momentum = Momentum::new(0.1, 0.5);
/// momentum.step_slice(&mut x, &[2.0])?;
/// momentum.step_slice(&mut x, &[2.0])?;
/// assert_eq!(x, [1.0 - 0.1 * 2.0 - 0.1 * (0.5 * 2.0 + 2.0)]);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// [Polyak 1964](https://doi.org/10.1016/0041-5553(64)90137-5)
#[doc(alias = "heavy_ball")]
#[derive(Clone, Debug, PartialEq)]
pub struct Momentum<S> {
    learning_rate: f64,
    momentum: f64,
    nesterov: bool,
    velocities: Vec<S>,
}

impl<S: Scalar> Momentum<S> {
    /// Creates gradient descent that keeps this fraction of the velocity at each step; the usual momentum is 0.9.
    ///
    /// # Panics
    /// If `learning_rate` is negative, infinite or NaN, or if `momentum` is not at least 0 and less than 1.
    #[track_caller]
    pub fn new(learning_rate: f64, momentum: f64) -> Momentum<S> {
        Momentum {
            learning_rate: checked_rate(learning_rate),
            momentum: checked_decay::<S>("momentum", momentum, ROOM),
            nesterov: false,
            velocities: Vec::new(),
        }
    }

    /// Uses Nesterov's momentum, `p ← p − learning_rate·(g + momentum·v)`, as PyTorch does
    /// ([Sutskever et al. 2013](https://proceedings.mlr.press/v28/sutskever13.html)).
    #[doc(alias = "NAG")]
    pub fn nesterov(self) -> Momentum<S> {
        Momentum { nesterov: true, ..self }
    }
}

impl<S: Scalar> Optimizer<S> for Momentum<S> {
    learning_rate_methods!(learning_rate);

    #[track_caller]
    fn begin(&mut self, parameters: usize) {
        remember(&mut self.velocities, parameters);
    }

    fn advance(&mut self, first: usize, parameters: &mut [S], gradient: &[S]) {
        let ([rate, rest], momentum) = (factors::<S>(self.learning_rate), S::of(self.momentum));
        let velocities = &mut self.velocities[first..];
        for ((parameter, &derivative), velocity) in parameters.iter_mut().zip(gradient).zip(velocities) {
            *velocity = momentum * *velocity + derivative;
            let direction = if self.nesterov { derivative + momentum * *velocity } else { *velocity };
            *parameter -= rate * direction * rest;
        }
    }

    fn visit_state(&mut self, f: &mut dyn FnMut(&str, OptimizerState<'_, S>)) {
        f("velocities", OptimizerState::Values(&mut self.velocities));
    }
}
