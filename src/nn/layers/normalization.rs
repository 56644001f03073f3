//! [`LayerNorm`], [`RmsNorm`] and [`BatchNorm`]. The mathematics of normalization, both passes, is in
//! `matrix/ops/normalize.rs`.

use super::{check_inputs, scale_and_shift};
use crate::error::Error;
use crate::kernels::sums::{sum, sum_of_pairs};
use crate::matrix::Matrix;
use crate::matrix::ops::{BackwardContext, Operation, elements};
use crate::nn::{Buffer, Mode, Parameter};
use crate::scalar::Scalar;
use ndarray::ArrayView2;

/// Layer normalization with a learned scale and shift, `torch.nn.LayerNorm`: each row x becomes
/// `weight·(x − μ)/√(σ² + ε) + bias`; see [`Matrix::layer_norm`].
///
/// # Examples
/// ```
/// use backprop::{LayerNorm, Matrix, Module};
///
/// let norm = LayerNorm::<f64>::new(2).epsilon(3.0);
/// assert_eq!(norm.forward_batch(&Matrix::from([[1.0, 3.0]]))?, Matrix::from([[-0.5, 0.5]]));
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LayerNorm<S: Scalar> {
    weight: Parameter<S>,
    bias: Parameter<S>,
    pub(crate) epsilon: f64,
}

impl<S: Scalar> LayerNorm<S> {
    /// Creates the normalization of rows of this length, with weights 1, biases 0 and ε = 1e-5.
    pub fn new(features: usize) -> LayerNorm<S> {
        let [weight, bias] = scale_of_1(features);
        LayerNorm { weight, bias, epsilon: 1e-5 }
    }

    /// Sets ε, which is added to the variance.
    ///
    /// # Panics
    /// If `epsilon` is negative, infinite or NaN.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> LayerNorm<S> {
        LayerNorm { epsilon: checked(epsilon), ..self }
    }
}

module! {
    LayerNorm { weight, bias; epsilon }
    fn forward_batch(&self, x) {
        let features = self.weight.values().len();
        check_inputs(features, x, || format!("LayerNorm({features})"))?;
        Ok(scale_and_shift(x.layer_norm(self.epsilon), &self.weight, &self.bias))
    }
}

/// Normalization by the root mean square with a learned scale, `torch.nn.RMSNorm`: each row x becomes
/// `weight·x/√(Σxⱼ²/n + ε)`; see [`Matrix::rms_norm`].
///
/// # Examples
/// ```
/// use backprop::{Matrix, Module, RmsNorm};
///
/// let norm = RmsNorm::<f64>::new(2).epsilon(3.0);
/// assert_eq!(norm.forward_batch(&Matrix::from([[1.0, 1.0]]))?, Matrix::from([[0.5, 0.5]]));
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "RMSNorm")]
#[derive(Clone, Debug, PartialEq)]
pub struct RmsNorm<S: Scalar> {
    weight: Parameter<S>,
    pub(crate) epsilon: f64,
}

impl<S: Scalar> RmsNorm<S> {
    /// Creates the normalization of rows of this length, with weights 1 and, as in PyTorch, the machine epsilon as ε.
    pub fn new(features: usize) -> RmsNorm<S> {
        let [weight, _] = scale_of_1(features);
        RmsNorm { weight, epsilon: crate::scalar::double(&S::epsilon()) }
    }

    /// Sets ε, which is added to the mean square.
    ///
    /// # Panics
    /// If `epsilon` is negative, infinite or NaN.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> RmsNorm<S> {
        RmsNorm { epsilon: checked(epsilon), ..self }
    }
}

module! {
    RmsNorm { weight; epsilon }
    fn forward_batch(&self, x) {
        let features = self.weight.values().len();
        check_inputs(features, x, || format!("RmsNorm({features})"))?;
        Ok(x.rms_norm(self.epsilon) * self.weight.values())
    }
}

/// Batch normalization, `torch.nn.BatchNorm1d` and `BatchNorm2d`: each feature becomes
/// `weight·(x − μ)/√(σ² + ε) + bias`.
///
/// In training, μ and σ² are the mean and the variance of the feature over the batch, and move the running mean and
/// variance: `running ← (1 − momentum)·running + momentum·batch`, with the unbiased variance of the batch. In evaluation
/// they are the running mean and variance.
///
/// The inputs have a column for each feature; or, as outputs of [`Conv2d`](crate::Conv2d), an image for each feature,
/// one after the other: then μ and σ² are over batch and image.
///
/// # Examples
/// ```
/// use backprop::{BatchNorm, Loss, Matrix, Module, Optimizer, Sgd, Workspace};
///
/// let mut norm = BatchNorm::<f64>::new(1).epsilon(0.0).momentum(0.5);
/// let (mut workspace, mut gradient) = (Workspace::new(), norm.clone());
/// let x = [[1.0], [5.0]]; // with the mean 3 and the variance 4, or 8 if unbiased
/// workspace.value_and_gradient(&norm, &mut gradient, |norm, graph| {
///     let y = norm.forward_batch(&graph.constants(&x))?;
///     assert_eq!(y.data(), Matrix::from([[-1.0], [1.0]]));
///     Ok(y.sum())
/// })?;
/// Sgd::new(0.1).step(&mut norm, &gradient)?; // the derivatives are 0 and 2
/// assert_eq!(norm.running_mean(), [1.5]); // (0 + 3)/2
/// assert_eq!(norm.running_variance(), [4.5]); // (1 + 8)/2
/// assert_eq!(norm.forward_batch(&Matrix::from([[1.5]]))?, Matrix::from([[-0.2]])); // the bias
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// [Ioffe and Szegedy 2015](https://arxiv.org/abs/1502.03167)
#[doc(alias("BatchNorm1d", "BatchNorm2d"))]
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm<S: Scalar> {
    weight: Parameter<S>,
    bias: Parameter<S>,
    running_mean: Buffer,
    running_var: Buffer,
    num_batches_tracked: Buffer,
    mode: Mode,
    pub(crate) epsilon: f64,
    momentum: f64,
}

impl<S: Scalar> BatchNorm<S> {
    /// Creates the normalization of this number of features, with weights 1, biases 0, running mean 0, running variance
    /// 1, ε = 1e-5 and momentum 0.1.
    pub fn new(features: usize) -> BatchNorm<S> {
        let [weight, bias] = scale_of_1(features);
        BatchNorm {
            weight,
            bias,
            running_mean: Buffer::new(vec![0.0; features]),
            running_var: Buffer::new(vec![1.0; features]),
            num_batches_tracked: Buffer::scalar(0.0),
            mode: Mode::new(),
            epsilon: 1e-5,
            momentum: 0.1,
        }
    }

    /// Sets ε, which is added to the variance.
    ///
    /// # Panics
    /// If `epsilon` is negative, infinite or NaN.
    #[track_caller]
    pub fn epsilon(self, epsilon: f64) -> BatchNorm<S> {
        BatchNorm { epsilon: checked(epsilon), ..self }
    }

    /// Sets the momentum, the weight of a batch in the running mean and variance.
    ///
    /// # Panics
    /// If `momentum` is not at least 0 and at most 1.
    #[track_caller]
    pub fn momentum(self, momentum: f64) -> BatchNorm<S> {
        assert!((0.0..=1.0).contains(&momentum), "`momentum` must be at least 0 and at most 1, got {momentum}");
        BatchNorm { momentum, ..self }
    }

    /// Returns the running mean of each feature.
    pub fn running_mean(&self) -> Vec<f64> {
        self.running_mean.doubles()
    }

    /// Returns the running variance of each feature.
    #[doc(alias = "running_var")]
    pub fn running_variance(&self) -> Vec<f64> {
        self.running_var.doubles()
    }

    /// Moves the running mean and variance towards those of a batch, given with a row for each feature.
    fn track(&self, features: &Matrix<S>) {
        let statistics = Matrix::compute([features], Statistics);
        let (kept, new) = (S::of(1.0 - self.momentum), S::of(self.momentum));
        for (row, running) in [&self.running_mean, &self.running_var].into_iter().enumerate() {
            running.update_each(|feature, running: S| {
                let batch = statistics.get(row, feature).expect("each feature has its statistics");
                running * kept + batch.detached() * new
            });
        }
        self.num_batches_tracked.update_each(|_, count: S| count + S::one());
    }
}

module! {
    BatchNorm { weight, bias, running_mean, running_var, num_batches_tracked, mode; epsilon, momentum }
    fn forward_batch(&self, x) {
        let (features, [samples, columns]) = (self.weight.values().len(), x.shape());
        let place = || format!("BatchNorm({features})");
        let size = columns / features.max(1);
        check_inputs(size.max(1) * features, x, place)?;
        if size == 1 && !self.mode.is_training() {
            let [mean, variance] = [&self.running_mean, &self.running_var].map(Buffer::values::<S>);
            let scale = self.weight.values() / (variance + self.epsilon).sqrt();
            return Ok((x - mean) * scale + self.bias.values());
        }
        let x = x.transpose_blocks(size); // with a row for each feature
        let y = if self.mode.is_training() {
            if samples * size < 2 {
                return Err(Error::invalid_argument("samples", format!("be at least 2 in training of {}", place()), samples));
            }
            self.track(&x);
            x.layer_norm(self.epsilon)
        } else {
            let [mean, variance] = [&self.running_mean, &self.running_var].map(|running| running.values::<S>().t());
            (x - mean) / (variance + self.epsilon).sqrt()
        };
        Ok((y * self.weight.values().t() + self.bias.values().t()).transpose_blocks(size))
    }
}

/// The means of rows, and below them their unbiased variances. As running statistics have no gradient, it has none.
struct Statistics;

impl Operation<1> for Statistics {
    type Kept = ();

    fn shape(&self, [[rows, _]]: [[usize; 2]; 1]) -> [usize; 2] {
        [2, rows]
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], _: &mut [T]) {
        let (means, variances) = result.split_at_mut(x.nrows());
        let n = x.ncols() as f64;
        for ((row, mean), variance) in elements(x).chunks_exact(x.ncols()).zip(means).zip(variances) {
            let center = sum(row) / T::of(n);
            *mean = center;
            *variance = sum_of_pairs(row, row, |x, _| (x - center) * (x - center)) / T::of(n - 1.0);
        }
    }

    fn backward<T: Scalar>(_: &(), _: &mut BackwardContext<'_, T, 1>) {}
}

/// Returns a row of weights 1 and a row of biases 0.
fn scale_of_1<S: Scalar>(features: usize) -> [Parameter<S>; 2] {
    // Neither is decayed, so PyTorch's `weight`, of one dimension, is a bias here.
    [S::one(), S::zero()].map(|value| Parameter::bias(Matrix::from_elem([1, features], value)))
}

#[track_caller]
fn checked(epsilon: f64) -> f64 {
    assert!(epsilon >= 0.0 && epsilon.is_finite(), "`epsilon` must be finite and non-negative, got {epsilon}");
    epsilon
}
