//! [`Nadam`]: Adam with Nesterov's momentum.

use super::optimizer::{
    Optimizer, OptimizerState, ROOM, ROOM_OF_ROOTS, Roots, checked_decay, checked_epsilon, checked_non_negative,
    checked_rate, default_epsilon, remember,
};
use crate::scalar::Scalar;

/// NAdam: [`Adam`](crate::Adam) with Nesterov's momentum.
///
/// For each parameter p with the derivative g = ∂loss/∂p, in the t-th step:
///
/// ```text
/// μₜ = β₁·(1 − ½·0.96^(t·momentum_decay))                               momentum, which grows from β₁/2 to β₁
/// m ← β₁·m + (1 − β₁)·g                                                 first moment
/// v ← β₂·v + (1 − β₂)·g²                                                second moment
/// m̂ = μₜ₊₁·m/(1 − μ₁·…·μₜ₊₁) + (1 − μₜ)·g/(1 − μ₁·…·μₜ)
/// p ← p − learning_rate·m̂/(√v̂ + ε)                                      v̂ = v/(1 − β₂ᵗ)
/// ```
///
/// # Precision
/// The optimizer stores √v and limits β₁ and β₂ in types of few digits, as [`Adam`](crate::Adam) does.
///
/// # Examples
/// ```
/// use backprop::{Nadam, Optimizer};
///
/// let mut x = [5.0_f64, -3.0];
/// let mut nadam = Nadam::new(0.1);
/// for _ in 0..300 {
///     let gradient = [2.0 * (x[0] - 1.0), 20.0 * x[1]]; // of (x₀ − 1)² + 10·x₁²
///     nadam.step_slice(&mut x, &gradient)?;
/// }
/// assert!((x[0] - 1.0).abs() < 1e-3 && x[1].abs() < 1e-3);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// [Dozat 2016](https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ)
#[doc(alias = "NAdam")]
#[derive(Clone, Debug, PartialEq)]
pub struct Nadam<S> {
    learning_rate: f64,
    betas: [f64; 2],
    momentum_decay: f64,
    epsilon: f64,
    steps: i32,
    /// μ₁·…·μₜ after t steps.
    momentum_product: f64,
    /// m of each parameter.
    means: Vec<S>,
    /// √v of each parameter.
    roots: Roots<S>,
}

impl<S: Scalar> Nadam<S> {
    /// Creates NAdam with this learning rate, β₁ = 0.9, β₂ = 0.999 and a momentum decay of 0.004. The usual learning
    /// rate is 0.002.
    ///
    /// # Panics
    /// If `learning_rate` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(learning_rate: f64) -> Nadam<S> {
        let nadam = Nadam {
            learning_rate: checked_rate(learning_rate),
            betas: [0.0; 2],
            momentum_decay: 0.004,
            epsilon: default_epsilon::<S>(),
            steps: 0,
            momentum_product: 1.0,
            means: Vec::new(),
            roots: Roots::new(),
        };
        nadam.betas(0.9, 0.999)
    }

    /// Sets β₁ and β₂, the decays of the two means.
    ///
    /// # Panics
    /// If one is not at least 0 and less than 1.
    #[track_caller]
    pub fn betas(self, beta1: f64, beta2: f64) -> Nadam<S> {
        let betas = [checked_decay::<S>("β₁", beta1, ROOM), checked_decay::<S>("β₂", beta2, ROOM_OF_ROOTS)];
        Nadam { betas, ..self }
    }

    /// Sets the momentum decay: the momentum of the t-th step is `β₁·(1 − ½·0.96^(t·decay))`.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Nadam, Optimizer};
    ///
    /// let mut x = [1.0];
    /// Nadam::new(0.1).betas(0.5, 0.5).momentum_decay(0.0).step_slice(&mut x, &[2.0])?;
    /// // μ = ½·(1 − ½) = ¼, m = 1, √v̂ = 2, m̂ = ¼·1/(1 − ¼²) + (1 − ¼)·2/(1 − ¼)
    /// assert!((x[0] - (1.0_f64 - 0.1 * (0.25 / 0.9375 + 2.0) / 2.0)).abs() < 1e-9);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `decay` is negative, infinite or NaN.
    #[track_caller]
    pub fn momentum_decay(self, decay: f64) -> Nadam<S> {
        Nadam { momentum_decay: checked_non_negative("decay", decay), ..self }
    }

    /// Sets ε, which is added to the root in the denominator; the default is that of
    /// [`Adam::epsilon`](crate::Adam::epsilon).
    ///
    /// # Panics
    /// If `epsilon` is not positive and finite, or is rounded to 0 by the float type.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> Nadam<S> {
        Nadam { epsilon: checked_epsilon::<S>(epsilon), ..self }
    }

    /// Returns μ of a step, counted from 1.
    fn momentum(&self, step: f64) -> f64 {
        self.betas[0] * (1.0 - 0.5 * 0.96_f64.powf(step * self.momentum_decay))
    }
}

impl<S: Scalar> Optimizer<S> for Nadam<S> {
    learning_rate_methods!(learning_rate);

    #[track_caller]
    fn begin(&mut self, parameters: usize) {
        remember(&mut self.means, parameters);
        self.roots.remember(parameters);
        self.steps = self.steps.saturating_add(1);
        self.momentum_product *= self.momentum(f64::from(self.steps));
    }

    fn advance(&mut self, first: usize, parameters: &mut [S], gradient: &[S]) {
        let [beta1, beta2] = self.betas;
        let [keep1, keep2] = self.betas.map(S::of);
        let [new1, new2] = [1.0 - beta1, 1.0 - beta2].map(S::of);
        let step = f64::from(self.steps);
        let [momentum, next] = [step, step + 1.0].map(|step| self.momentum(step));
        let rates = [
            self.learning_rate * (1.0 - momentum) / (1.0 - self.momentum_product),
            self.learning_rate * next / (1.0 - self.momentum_product * next),
        ];
        let [derivative_rate, mean_rate] = rates.map(S::of);
        let [scale, epsilon] = [(1.0 - beta2.powi(self.steps)).sqrt().recip(), self.epsilon].map(S::of);
        self.roots.update(
            first,
            gradient,
            [keep2, new2],
            self.epsilon,
            parameters.iter_mut().zip(&mut self.means[first..]),
            #[inline(always)]
            |(parameter, mean), derivative, root| {
                *mean = keep1 * *mean + new1 * derivative;
                let divisor = root * scale + epsilon;
                *parameter -= derivative_rate * (derivative / divisor) + mean_rate * (*mean / divisor);
            },
        );
    }

    fn visit_state(&mut self, f: &mut dyn FnMut(&str, OptimizerState<'_, S>)) {
        f("steps", OptimizerState::Count(&mut self.steps));
        f("momentum_product", OptimizerState::Number(&mut self.momentum_product));
        f("means", OptimizerState::Values(&mut self.means));
        self.roots.visit_state(f);
    }
}
