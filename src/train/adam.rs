//! [`Adam`] and [`AdamW`]: steps from running means of derivatives and of their squares.

use super::optimizer::{
    Optimizer, OptimizerState, ROOM, ROOM_OF_ROOTS, Roots, checked_decay, checked_epsilon, checked_rate,
    checked_weight_decay, default_epsilon, remember,
};
use crate::scalar::Scalar;

/// Adam: steps from running means of the derivatives and of their squares.
///
/// For each parameter p with the derivative g = ∂loss/∂p, in the t-th step:
///
/// ```text
/// g ← g + weight_decay·p                     L2 regularization; 0 by default
/// m ← β₁·m + (1 − β₁)·g                      first moment
/// v ← β₂·v + (1 − β₂)·g²                     second moment
/// p ← p − learning_rate·m̂/(√v̂ + ε)           m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ)
/// ```
///
/// It needs hardly any tuning. [`AdamW`] is the better choice with a weight decay.
///
/// # Precision
/// The optimizer stores √v, so that squares of derivatives neither overflow nor vanish in any float type. In types of
/// few digits β₁ is at most 1 − ε′ and β₂ at most 1 − 4ε′ for the machine epsilon ε′, since a decay nearer to 1 would
/// be rounded to 1, and the mean would not change any more: β₂ is 0.996 in half precision, 0.969 in bfloat16.
///
/// # Examples
/// ```
/// use backprop::{Adam, Optimizer};
///
/// let mut x = [1.0, 1.0];
/// Adam::new(0.1).step_slice(&mut x, &[4.0, -0.004])?; // the first step is as long as the learning rate
/// assert!((x[0] - 0.9_f64).abs() < 1e-6 && (x[1] - 1.1_f64).abs() < 1e-6);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// [Kingma and Ba 2015](https://arxiv.org/abs/1412.6980)
#[derive(Clone, Debug, PartialEq)]
pub struct Adam<S> {
    weight_decay: f64,
    moments: Moments<S>,
}

impl<S: Scalar> Adam<S> {
    /// Creates Adam with this learning rate, β₁ = 0.9, β₂ = 0.999 and no weight decay. The usual learning rate is
    /// 0.001.
    ///
    /// # Panics
    /// If `learning_rate` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(learning_rate: f64) -> Adam<S> {
        Adam { weight_decay: 0.0, moments: Moments::new(learning_rate) }
    }

    /// Sets β₁ and β₂, the decays of the two means.
    ///
    /// # Panics
    /// If one is not at least 0 and less than 1.
    #[track_caller]
    pub fn betas(self, beta1: f64, beta2: f64) -> Adam<S> {
        Adam { moments: self.moments.betas(beta1, beta2), ..self }
    }

    /// Sets ε, which is added to the root in the denominator.
    ///
    /// The default is 1e-8, or the smallest normal number of the float type if that is larger: 6.1e-5 in half
    /// precision, where 1e-8 is rounded to 0 and a derivative of 0 would give 0/0.
    ///
    /// # Examples
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
    /// If `epsilon` is not positive and finite, or is rounded to 0 by the float type.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> Adam<S> {
        Adam { moments: self.moments.epsilon(epsilon), ..self }
    }

    /// Adds `weight_decay·p` to the derivative of each parameter p, biases included: L2 regularization, the
    /// `weight_decay` of PyTorch's Adam.
    ///
    /// The decay passes through both means, so a parameter with large derivatives decays more slowly. [`AdamW`] decays
    /// all parameters at the same rate, and [`Trainer::l2`](crate::Trainer::l2) regularizes weights alone.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Adam, Optimizer};
    ///
    /// let (mut decayed, mut same) = ([2.0_f64], [2.0]);
    /// Adam::new(0.1).weight_decay(0.5).step_slice(&mut decayed, &[3.0])?;
    /// Adam::new(0.1).step_slice(&mut same, &[3.0 + 0.5 * 2.0])?;
    /// assert_eq!(decayed, same);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `weight_decay` is negative, infinite or NaN.
    #[doc(alias = "l2")]
    #[track_caller]
    pub fn weight_decay(self, weight_decay: f64) -> Adam<S> {
        Adam { weight_decay: checked_weight_decay(weight_decay), ..self }
    }

    /// Divides by the largest second moment of all steps so far, not by the current one: AMSGrad, the `amsgrad` of
    /// PyTorch.
    ///
    /// `v̂ = max v/(1 − β₂ᵗ)`, so small derivatives after large ones do not lengthen the steps.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Adam, Optimizer};
    ///
    /// let last_step = |mut optimizer: Adam<f64>| {
    ///     optimizer.step_slice(&mut [0.0], &[100.0])?;
    ///     let mut x = [0.0];
    ///     for _ in 0..50 {
    ///         x = [0.0];
    ///         optimizer.step_slice(&mut x, &[0.1])?;
    ///     }
    ///     Ok::<f64, backprop::Error>(x[0].abs())
    /// };
    /// let adam = || Adam::new(0.1).betas(0.5, 0.5);
    /// assert!(last_step(adam())? > 0.09); // as long as the learning rate: the large derivative is forgotten
    /// assert!(last_step(adam().amsgrad())? < 0.001);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # References
    /// [Reddi, Kale and Kumar 2018](https://arxiv.org/abs/1904.09237)
    #[doc(alias = "AMSGrad")]
    pub fn amsgrad(self) -> Adam<S> {
        Adam { moments: self.moments.amsgrad(), ..self }
    }
}

impl<S: Scalar> Optimizer<S> for Adam<S> {
    learning_rate_methods!(moments.learning_rate);

    #[track_caller]
    fn begin(&mut self, parameters: usize) {
        self.moments.begin(parameters);
    }

    fn advance(&mut self, first: usize, parameters: &mut [S], gradient: &[S]) {
        if self.weight_decay == 0.0 {
            return self.moments.advance(first, parameters, gradient, 0.0);
        }
        // In chunks, so that the decayed derivatives need no memory from the heap.
        const CHUNK: usize = 128;
        let (weight_decay, mut decayed) = (S::of(self.weight_decay), [S::zero(); CHUNK]);
        let chunks = parameters.chunks_mut(CHUNK).zip(gradient.chunks(CHUNK));
        for (index, (parameters, gradient)) in chunks.enumerate() {
            for ((decayed, &p), &g) in decayed.iter_mut().zip(&*parameters).zip(gradient) {
                *decayed = g + weight_decay * p;
            }
            self.moments.advance(first + index * CHUNK, parameters, &decayed[..gradient.len()], 0.0);
        }
    }

    fn visit_state(&mut self, f: &mut dyn FnMut(&str, OptimizerState<'_, S>)) {
        self.moments.visit_state(f);
    }
}

/// AdamW: [`Adam`] with a decoupled weight decay.
///
/// For each parameter p with the derivative g = ∂loss/∂p, in the t-th step:
///
/// ```text
/// m ← β₁·m + (1 − β₁)·g                      first moment
/// v ← β₂·v + (1 − β₂)·g²                     second moment
/// p ← p − learning_rate·weight_decay·p − learning_rate·m̂/(√v̂ + ε)
///                                            m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ)
/// ```
///
/// The decay does not pass through the means, so all parameters decay at the same rate, whatever the size of their
/// derivatives.
///
/// # Precision
/// The optimizer stores √v and limits β₁ and β₂ in types of few digits, as [`Adam`] does.
///
/// # Examples
/// ```
/// use backprop::{AdamW, Optimizer};
///
/// let mut x = [1.0, 2.0];
/// AdamW::new(0.1).weight_decay(0.5).step_slice(&mut x, &[4.0, 0.0])?;
/// assert!((x[0] - (1.0 - 0.1 * 0.5 * 1.0 - 0.1_f64)).abs() < 1e-6); // the decay, and a first step of the learning rate
/// assert_eq!(x[1], 2.0 - 0.1 * 0.5 * 2.0); // the decay alone
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// [Loshchilov and Hutter 2019](https://arxiv.org/abs/1711.05101)
#[derive(Clone, Debug, PartialEq)]
pub struct AdamW<S> {
    weight_decay: f64,
    moments: Moments<S>,
}

impl<S: Scalar> AdamW<S> {
    /// Creates AdamW with this learning rate, β₁ = 0.9, β₂ = 0.999 and a weight decay of 0.01. The usual learning rate
    /// is 0.001.
    ///
    /// # Panics
    /// If `learning_rate` is negative, infinite or NaN.
    #[track_caller]
    pub fn new(learning_rate: f64) -> AdamW<S> {
        AdamW { weight_decay: 0.01, moments: Moments::new(learning_rate) }
    }

    /// Sets β₁ and β₂, the decays of the two means.
    ///
    /// # Panics
    /// If one is not at least 0 and less than 1.
    #[track_caller]
    pub fn betas(self, beta1: f64, beta2: f64) -> AdamW<S> {
        AdamW { moments: self.moments.betas(beta1, beta2), ..self }
    }

    /// Sets ε, which is added to the root in the denominator; the default is that of [`Adam::epsilon`].
    ///
    /// # Panics
    /// If `epsilon` is not positive and finite, or is rounded to 0 by the float type.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> AdamW<S> {
        AdamW { moments: self.moments.epsilon(epsilon), ..self }
    }

    /// Sets the weight decay: each step subtracts `learning_rate·weight_decay·p` from each parameter p, biases
    /// included.
    ///
    /// # Panics
    /// If `weight_decay` is negative, infinite or NaN.
    #[track_caller]
    pub fn weight_decay(self, weight_decay: f64) -> AdamW<S> {
        AdamW { weight_decay: checked_weight_decay(weight_decay), ..self }
    }

    /// Divides by the largest second moment of all steps so far, not by the current one: AMSGrad, the `amsgrad` of
    /// PyTorch.
    ///
    /// `v̂ = max v/(1 − β₂ᵗ)`, so small derivatives after large ones do not lengthen the steps.
    ///
    /// # Examples
    /// ```
    /// use backprop::{AdamW, Optimizer};
    ///
    /// let last_step = |mut optimizer: AdamW<f64>| {
    ///     optimizer.step_slice(&mut [0.0], &[100.0])?;
    ///     let mut x = [0.0];
    ///     for _ in 0..50 {
    ///         x = [0.0];
    ///         optimizer.step_slice(&mut x, &[0.1])?;
    ///     }
    ///     Ok::<f64, backprop::Error>(x[0].abs())
    /// };
    /// let adam_w = || AdamW::new(0.1).betas(0.5, 0.5);
    /// assert!(last_step(adam_w())? > 0.09); // as long as the learning rate: the large derivative is forgotten
    /// assert!(last_step(adam_w().amsgrad())? < 0.001);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # References
    /// [Reddi, Kale and Kumar 2018](https://arxiv.org/abs/1904.09237)
    #[doc(alias = "AMSGrad")]
    pub fn amsgrad(self) -> AdamW<S> {
        AdamW { moments: self.moments.amsgrad(), ..self }
    }
}

impl<S: Scalar> Optimizer<S> for AdamW<S> {
    learning_rate_methods!(moments.learning_rate);

    #[track_caller]
    fn begin(&mut self, parameters: usize) {
        self.moments.begin(parameters);
    }

    fn advance(&mut self, first: usize, parameters: &mut [S], gradient: &[S]) {
        self.moments.advance(first, parameters, gradient, self.weight_decay);
    }

    fn visit_state(&mut self, f: &mut dyn FnMut(&str, OptimizerState<'_, S>)) {
        self.moments.visit_state(f);
    }
}

/// The two running means, which [`Adam`] and [`AdamW`] share.
#[derive(Clone, Debug, PartialEq)]
struct Moments<S> {
    learning_rate: f64,
    betas: [f64; 2],
    epsilon: f64,
    steps: i32,
    /// m of each parameter.
    means: Vec<S>,
    /// √v of each parameter.
    roots: Roots<S>,
    /// The largest √v of each parameter so far, for AMSGrad.
    largest: Option<Vec<S>>,
}

impl<S: Scalar> Moments<S> {
    #[track_caller]
    fn new(learning_rate: f64) -> Moments<S> {
        let moments = Moments {
            learning_rate: checked_rate(learning_rate),
            betas: [0.0; 2],
            epsilon: default_epsilon::<S>(),
            steps: 0,
            means: Vec::new(),
            roots: Roots::new(),
            largest: None,
        };
        moments.betas(0.9, 0.999)
    }

    #[track_caller]
    fn betas(self, beta1: f64, beta2: f64) -> Moments<S> {
        let betas = [checked_decay::<S>("β₁", beta1, ROOM), checked_decay::<S>("β₂", beta2, ROOM_OF_ROOTS)];
        Moments { betas, ..self }
    }

    #[track_caller]
    fn epsilon(self, epsilon: f64) -> Moments<S> {
        Moments { epsilon: checked_epsilon::<S>(epsilon), ..self }
    }

    fn amsgrad(self) -> Moments<S> {
        Moments { largest: self.largest.or(Some(Vec::new())), ..self }
    }

    /// Begins a step of this number of parameters.
    #[track_caller]
    fn begin(&mut self, parameters: usize) {
        remember(&mut self.means, parameters);
        self.roots.remember(parameters);
        if let Some(largest) = &mut self.largest {
            remember(largest, parameters);
        }
        self.steps = self.steps.saturating_add(1);
    }

    fn visit_state(&mut self, f: &mut dyn FnMut(&str, OptimizerState<'_, S>)) {
        f("steps", OptimizerState::Count(&mut self.steps));
        f("means", OptimizerState::Values(&mut self.means));
        if let Some(largest) = &mut self.largest {
            f("largest", OptimizerState::Values(largest));
        }
        self.roots.visit_state(f);
    }

    /// Updates the moments of the parameters from index `first` on, and moves these parameters; `decoupled_decay` is
    /// AdamW's.
    fn advance(&mut self, first: usize, parameters: &mut [S], gradient: &[S], decoupled_decay: f64) {
        let [beta1, beta2] = self.betas;
        let [correction1, correction2] = self.betas.map(|beta| 1.0 - beta.powi(self.steps));
        let [keep1, keep2] = self.betas.map(S::of);
        let [new1, new2] = [1.0 - beta1, 1.0 - beta2].map(S::of);
        let rate = S::of(self.learning_rate / correction1);
        let [scale, epsilon] = [correction2.sqrt().recip(), self.epsilon].map(S::of);
        // 1 − learning_rate·decay would lose digits of the product: 2e-8 is less than half the epsilon of single
        // precision.
        let shrinkage = S::of(self.learning_rate * decoupled_decay);
        let moved = parameters.iter_mut().zip(&mut self.means[first..]);
        let weights = [keep2, new2];
        match &mut self.largest {
            None => self.roots.update(
                first,
                gradient,
                weights,
                self.epsilon,
                moved,
                #[inline(always)]
                |(parameter, mean), derivative, root| {
                    *mean = keep1 * *mean + new1 * derivative;
                    *parameter -= rate * (*mean / (root * scale + epsilon)) + shrinkage * *parameter;
                },
            ),
            Some(largest) => self.roots.update(
                first,
                gradient,
                weights,
                self.epsilon,
                moved.zip(&mut largest[first..]),
                #[inline(always)]
                |((parameter, mean), largest), derivative, root| {
                    *mean = keep1 * *mean + new1 * derivative;
                    *largest = largest.max(root);
                    *parameter -= rate * (*mean / (*largest * scale + epsilon)) + shrinkage * *parameter;
                },
            ),
        }
    }
}
