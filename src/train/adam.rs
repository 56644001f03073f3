//! [`RmsProp`] and [`Adam`]: steps that are measured by the size that slopes had so far, each parameter by its own.

use super::optimizer::{
    Optimizer, ROOM, ROOM_OF_ROOTS, Roots, checked_decay, checked_epsilon, checked_rate, default_epsilon, remember,
};
use crate::scalar::Scalar;

/// Steps divided by the root of a running mean of squared slopes: `v ← decay·v + (1 − decay)·g²` and
/// `p ← p − learning rate·g/(√v + ε)`, for each slope g = ∂loss/∂p
/// ([Hinton 2012](https://www.cs.toronto.edu/~hinton/coursera/lecture6/lec6.pdf)).
///
/// # Precision
/// What is kept is √v, so that squares of slopes neither overflow nor vanish in any float type. ε is
/// [settable](Self::epsilon). In types of few digits the decay is at most 1 − 4ε′, for their machine epsilon ε′, as a decay
/// nearer to 1 would be rounded to one that never forgets: 0.996 in half precision, 0.969 in bfloat16.
///
/// ```
/// use backprop::{Optimizer, RmsProp};
///
/// let mut x = [1.0, 1.0];
/// RmsProp::new(0.1).step_slice(&mut x, &[4.0, 0.004])?; // whatever their size
/// assert!((x[0] - 0.0_f64).abs() < 1e-5 && (x[0] - x[1]).abs() < 1e-3);
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RmsProp<S> {
    learning_rate: f64,
    decay: f64,
    epsilon: f64,
    roots: Roots<S>,
}

impl<S: Scalar> RmsProp<S> {
    /// With this learning rate, and a mean over about the last hundred slopes (a decay of 0.99).
    ///
    /// # Panics
    /// When the learning rate is negative, infinite or NaN.
    #[track_caller]
    pub fn new(learning_rate: f64) -> RmsProp<S> {
        RmsProp {
            learning_rate: checked_rate(learning_rate),
            decay: checked_decay::<S>("decay", 0.99, ROOM_OF_ROOTS),
            epsilon: default_epsilon::<S>(),
            roots: Roots::new(),
        }
    }

    /// The same with another decay of the mean.
    ///
    /// # Panics
    /// When it is not from 0 to less than 1.
    #[track_caller]
    pub fn decay(self, decay: f64) -> RmsProp<S> {
        RmsProp { decay: checked_decay::<S>("decay", decay, ROOM_OF_ROOTS), ..self }
    }

    /// The same with another ε, which is added to the root that is divided by. By default it is 1e-8, or the least normal number of
    /// a float type in which that is more: 6.1e-5 in half precision, where 1e-8 is 0 and a slope of 0 would give 0/0.
    ///
    /// # Panics
    /// When `epsilon` is not positive and finite, or is rounded to 0 by the float type.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> RmsProp<S> {
        RmsProp { epsilon: checked_epsilon::<S>(epsilon), ..self }
    }
}

impl<S: Scalar> Optimizer<S> for RmsProp<S> {
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    #[track_caller]
    fn set_learning_rate(&mut self, rate: f64) {
        self.learning_rate = checked_rate(rate);
    }

    #[track_caller]
    fn begin(&mut self, parameters: usize) {
        self.roots.remember(parameters);
    }

    fn advance(&mut self, first: usize, parameters: &mut [S], slopes: &[S]) {
        let [rate, decay, rest, epsilon] = [self.learning_rate, self.decay, 1.0 - self.decay, self.epsilon].map(S::of);
        self.roots.update(
            first,
            slopes,
            [decay, rest],
            self.epsilon,
            parameters.iter_mut(),
            #[inline(always)]
            |parameter, slope, root| *parameter -= rate * (slope / (root + epsilon)),
        );
    }
}

/// Steps from running means of slopes and of their squares: `m ← β₁·m + (1 − β₁)·g`, `v ← β₂·v + (1 − β₂)·g²` and
/// `p ← p − learning rate·m̂/(√v̂ + ε)`, where m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) at the t-th step make up for
/// means that start from 0 ([Kingma and Ba 2015](https://arxiv.org/abs/1412.6980)).
///
/// It finds its way with hardly any tuning. With [`weight_decay`](Self::weight_decay) it is AdamW.
///
/// # Precision
/// What is kept is √v, so that squares of slopes neither overflow nor vanish in any float type. ε is
/// [settable](Self::epsilon). In types of few digits β₁ is at most 1 − ε′ and β₂ at most 1 − 4ε′, for their machine epsilon ε′, as
/// a decay nearer to 1 would be rounded to one that never forgets: β₂ is 0.996 in half precision, 0.969 in bfloat16.
///
/// ```
/// use backprop::{Adam, Optimizer};
///
/// let mut x = [1.0, 1.0];
/// Adam::new(0.1).step_slice(&mut x, &[4.0, -0.004])?; // the first step is as long as the learning rate
/// assert!((x[0] - 0.9_f64).abs() < 1e-6 && (x[1] - 1.1_f64).abs() < 1e-6);
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "AdamW")]
#[derive(Clone, Debug, PartialEq)]
pub struct Adam<S> {
    learning_rate: f64,
    betas: [f64; 2],
    weight_decay: f64,
    epsilon: f64,
    steps: i32,
    means: Vec<S>,
    roots: Roots<S>,
}

impl<S: Scalar> Adam<S> {
    /// With this learning rate, of which 0.001 is usual, β₁ = 0.9 and β₂ = 0.999.
    ///
    /// # Panics
    /// When the learning rate is negative, infinite or NaN.
    #[track_caller]
    pub fn new(learning_rate: f64) -> Adam<S> {
        Adam {
            learning_rate: checked_rate(learning_rate),
            betas: Adam::<S>::checked_betas(0.9, 0.999),
            weight_decay: 0.0,
            epsilon: default_epsilon::<S>(),
            steps: 0,
            means: Vec::new(),
            roots: Roots::new(),
        }
    }

    #[track_caller]
    fn checked_betas(of_slopes: f64, of_squares: f64) -> [f64; 2] {
        [checked_decay::<S>("beta1", of_slopes, ROOM), checked_decay::<S>("beta2", of_squares, ROOM_OF_ROOTS)]
    }

    /// The same with other decays of the two means.
    ///
    /// # Panics
    /// When one is not from 0 to less than 1.
    #[track_caller]
    pub fn betas(self, of_slopes: f64, of_squares: f64) -> Adam<S> {
        Adam { betas: Adam::<S>::checked_betas(of_slopes, of_squares), ..self }
    }

    /// The same with another ε, which is added to the root that is divided by. By default it is 1e-8, or the least normal number of
    /// a float type in which that is more: 6.1e-5 in half precision, where 1e-8 is 0 and a slope of 0 would give 0/0.
    ///
    /// ```
    /// use backprop::{Adam, Optimizer};
    ///
    /// let mut x = [1.0];
    /// Adam::new(0.1).epsilon(3.0).step_slice(&mut x, &[1.0])?;
    /// assert!((x[0] - (1.0_f64 - 0.1 / (1.0 + 3.0))).abs() < 1e-15);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// When `epsilon` is not positive and finite, or is rounded to 0 by the float type.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> Adam<S> {
        Adam { epsilon: checked_epsilon::<S>(epsilon), ..self }
    }

    /// The same, each step also shrinking the parameters, `p ← p − learning rate·decay·p`, apart from the gradient: AdamW,
    /// with 0.01 as a usual decay ([Loshchilov and Hutter 2019](https://arxiv.org/abs/1711.05101)).
    ///
    /// # Panics
    /// When the decay is negative, infinite or NaN.
    #[track_caller]
    pub fn weight_decay(self, decay: f64) -> Adam<S> {
        assert!(decay >= 0.0 && decay.is_finite(), "a weight decay is finite and not negative, and not {decay}");
        Adam { weight_decay: decay, ..self }
    }
}

impl<S: Scalar> Optimizer<S> for Adam<S> {
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    #[track_caller]
    fn set_learning_rate(&mut self, rate: f64) {
        self.learning_rate = checked_rate(rate);
    }

    #[track_caller]
    fn begin(&mut self, parameters: usize) {
        remember(&mut self.means, parameters);
        self.roots.remember(parameters);
        self.steps = self.steps.saturating_add(1);
    }

    fn advance(&mut self, first: usize, parameters: &mut [S], slopes: &[S]) {
        let [beta, beta_of_squares] = self.betas;
        let [correction, correction_of_squares] = self.betas.map(|beta| 1.0 - beta.powi(self.steps));
        let [kept, kept_of_squares] = self.betas.map(S::of);
        let [new, new_of_squares] = [1.0 - beta, 1.0 - beta_of_squares].map(S::of);
        let rate = S::of(self.learning_rate / correction);
        let [scale, epsilon] = [correction_of_squares.sqrt().recip(), self.epsilon].map(S::of);
        // 1 − learning rate·decay would lose the digits of the product: in single precision 2e-8 of it is nothing.
        let shrinkage = S::of(self.learning_rate * self.weight_decay);
        self.roots.update(
            first,
            slopes,
            [kept_of_squares, new_of_squares],
            self.epsilon,
            parameters.iter_mut().zip(&mut self.means[first..]),
            #[inline(always)]
            |(parameter, mean), slope, root| {
                *mean = kept * *mean + new * slope;
                *parameter -= rate * (*mean / (root * scale + epsilon)) + shrinkage * *parameter;
            },
        );
    }
}
