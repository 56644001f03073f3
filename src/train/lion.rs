//! [`Lion`]: steps of one length, in the direction of the sign of a running mean of derivatives.

use super::optimizer::{Optimizer, OptimizerState, ROOM, checked_decay, checked_rate, checked_weight_decay, remember};
use crate::scalar::Scalar;

/// Lion: steps of the learning rate in the direction of the sign of a mean of derivatives.
///
/// For each parameter p with the derivative g = ∂loss/∂p:
///
/// ```text
/// p ← p − learning_rate·(sign(β₁·m + (1 − β₁)·g) + weight_decay·p)      sign(0) = 0
/// m ← β₂·m + (1 − β₂)·g                                                 momentum
/// ```
///
/// It stores one value for each parameter, where [`Adam`](crate::Adam) stores two. All steps have the same length. The
/// authors use learning rates that are 3 to 10 times smaller than those of AdamW, and weight decays that are larger by
/// the same factor.
///
/// # Precision
/// In types of few digits β₁ and β₂ are at most 1 − ε′ for the machine epsilon ε′, since a decay nearer to 1 would be
/// rounded to 1, and the mean would not change any more: 0.999 in half precision, 0.992 in bfloat16.
///
/// # Examples
/// ```
/// use backprop::{Lion, Optimizer};
///
/// let mut x = [1.0, 1.0, 1.0];
/// Lion::new(0.25).step_slice(&mut x, &[4.0, -0.004, 0.0])?;
/// assert_eq!(x, [0.75, 1.25, 1.0]);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// [Chen et al. 2023](https://arxiv.org/abs/2302.06675)
#[derive(Clone, Debug, PartialEq)]
pub struct Lion<S> {
    learning_rate: f64,
    betas: [f64; 2],
    weight_decay: f64,
    /// m of each parameter.
    means: Vec<S>,
}

impl<S: Scalar> Lion<S> {
    /// Creates Lion with this learning rate, β₁ = 0.9, β₂ = 0.99 and no weight decay. The usual learning rate is
    /// 0.0001.
    ///
    /// # Panics
    /// If `learning_rate` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(learning_rate: f64) -> Lion<S> {
        let learning_rate = checked_rate(learning_rate);
        Lion { learning_rate, betas: [0.0; 2], weight_decay: 0.0, means: Vec::new() }.betas(0.9, 0.99)
    }

    /// Sets β₁, the weight of the momentum in a step, and β₂, the decay of the momentum.
    ///
    /// # Panics
    /// If one is not at least 0 and less than 1.
    #[track_caller]
    pub fn betas(self, beta1: f64, beta2: f64) -> Lion<S> {
        let betas = [checked_decay::<S>("β₁", beta1, ROOM), checked_decay::<S>("β₂", beta2, ROOM)];
        Lion { betas, ..self }
    }

    /// Sets the weight decay: each step subtracts `learning_rate·weight_decay·p` from each parameter p, biases
    /// included.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Lion, Optimizer};
    ///
    /// let mut x = [2.0];
    /// Lion::new(0.25).weight_decay(0.5).step_slice(&mut x, &[3.0])?;
    /// assert_eq!(x, [2.0 - 0.25 * (1.0 + 0.5 * 2.0)]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `weight_decay` is negative, infinite or NaN.
    #[track_caller]
    pub fn weight_decay(self, weight_decay: f64) -> Lion<S> {
        Lion { weight_decay: checked_weight_decay(weight_decay), ..self }
    }
}

impl<S: Scalar> Optimizer<S> for Lion<S> {
    learning_rate_methods!(learning_rate);

    #[track_caller]
    fn begin(&mut self, parameters: usize) {
        remember(&mut self.means, parameters);
    }

    fn advance(&mut self, first: usize, parameters: &mut [S], gradient: &[S]) {
        let [keep1, keep2] = self.betas.map(S::of);
        let [new1, new2] = self.betas.map(|beta| S::of(1.0 - beta));
        let [rate, shrinkage] = [self.learning_rate, self.learning_rate * self.weight_decay].map(S::of);
        for ((parameter, &g), mean) in parameters.iter_mut().zip(gradient).zip(&mut self.means[first..]) {
            let direction = keep1 * *mean + new1 * g;
            let larger = mean.abs().max(g.abs());
            // Both products may vanish though the sum has a sign: in half precision 0.1·1e-7 is 0.
            let direction = if direction.is_zero() && !larger.is_zero() {
                keep1 * (*mean / larger) + new1 * (g / larger)
            } else {
                direction
            };
            let sign = if direction.is_zero() { S::zero() } else { direction.signum() };
            *parameter -= rate * sign + shrinkage * *parameter;
            *mean = keep2 * *mean + new2 * g;
        }
    }

    fn visit_state(&mut self, f: &mut dyn FnMut(&str, OptimizerState<'_, S>)) {
        f("means", OptimizerState::Values(&mut self.means));
    }
}
