//! [`Objective`]: what training minimizes; [`WeightedLoss`]: a loss with weights of samples or classes.

use super::Loss;
use crate::error::Error;
use crate::kernels::sums::{FEW, in_pairs};
use crate::matrix::Matrix;
use crate::matrix::ops::{BackwardContext, Operation, SoftmaxRows};
use crate::scalar::Scalar;
use crate::scalar::rules::values::zero_times;
use ndarray::ArrayView2;
use std::ops::Range;

/// A function of predictions and targets that training minimizes: a [`Loss`], a [`WeightedLoss`], or a custom one.
///
/// ```
/// use backprop::{Activation, Error, Layer, Matrix, Neuron, Objective, Scalar};
///
/// /// The mean of log cosh (y − t), smooth at 0 and linear far from it.
/// struct LogCosh;
///
/// impl Objective for LogCosh {
///     fn evaluate_batch<S: Scalar>(&self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
///         Ok((predictions - targets).cosh().ln().mean())
///     }
/// }
///
/// let layer = Layer::from_neurons([Neuron::new([2.0_f64], 0.0, Activation::Identity)])?;
/// let (loss, gradient) = layer.loss_and_gradient(&[[1.0]], &[[2.0]], LogCosh)?;
/// assert_eq!((loss, gradient.parameters()), (0.0, vec![0.0, 0.0]));
/// # Ok::<(), Error>(())
/// ```
pub trait Objective {
    /// Returns the loss of the predictions for a batch, a sample in each row: a mean over the samples, where batches are
    /// split (`ParallelWorkspace`).
    ///
    /// # Errors
    /// [`Error::Empty`] without predictions, [`Error::Shape`] if targets, or weights, do not fit the predictions.
    fn evaluate_batch<S: Scalar>(&self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error>;

    /// Returns what the samples of a range, whose predictions these are, contribute to the loss of a batch of `samples`.
    #[doc(hidden)]
    fn evaluate_part<S: Scalar>(
        &self,
        predictions: &Matrix<S>,
        targets: &Matrix<S>,
        range: Range<usize>,
        samples: usize,
    ) -> Result<S, Error> {
        Ok(self.evaluate_batch(predictions, targets)? * S::of(range.len() as f64 / samples as f64))
    }

    /// Checks that there are as many targets, and weights, as samples, before a batch is split.
    #[doc(hidden)]
    fn check_samples(&self, samples: usize, targets: usize) -> Result<(), Error> {
        Error::check_count_in("Loss::evaluate", "samples of targets", samples, targets)
    }
}

impl<O: Objective + ?Sized> Objective for &O {
    fn evaluate_batch<S: Scalar>(&self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
        O::evaluate_batch(self, predictions, targets)
    }

    fn evaluate_part<S: Scalar>(
        &self,
        predictions: &Matrix<S>,
        targets: &Matrix<S>,
        range: Range<usize>,
        samples: usize,
    ) -> Result<S, Error> {
        O::evaluate_part(self, predictions, targets, range, samples)
    }

    fn check_samples(&self, samples: usize, targets: usize) -> Result<(), Error> {
        O::check_samples(self, samples, targets)
    }
}

impl Objective for Loss {
    #[track_caller]
    fn evaluate_batch<S: Scalar>(&self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
        WeightedLoss::from(*self).evaluate_batch(predictions, targets)
    }

    fn evaluate_part<S: Scalar>(
        &self,
        predictions: &Matrix<S>,
        targets: &Matrix<S>,
        range: Range<usize>,
        samples: usize,
    ) -> Result<S, Error> {
        WeightedLoss::from(*self).evaluate_part(predictions, targets, range, samples)
    }
}

/// A [`Loss`] with weights for samples, for outputs or classes, or both.
///
/// Weights multiply; the sum is divided by the number of samples, and of outputs, as without them. That is what PyTorch does
/// for targets that are probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedLoss<'w> {
    loss: Loss,
    samples: Option<&'w [f64]>,
    classes: Option<&'w [f64]>,
    /// The number of samples in the batch, if this is for a part of it.
    batch: Option<usize>,
}

impl From<Loss> for WeightedLoss<'_> {
    fn from(loss: Loss) -> Self {
        WeightedLoss { loss, samples: None, classes: None, batch: None }
    }
}

impl<'w> WeightedLoss<'w> {
    /// Sets the weights of samples, which may be negative: in policy gradients the weight of an action is its advantage,
    /// and a bad one is made less likely. The loss may be negative then, and may have no minimum.
    pub fn with_sample_weights(self, weights: &'w [f64]) -> Self {
        WeightedLoss { samples: Some(weights), ..self }
    }

    /// Sets the weights of outputs or classes, which must be non-negative: a class does not become better the less it is
    /// found.
    pub fn with_class_weights(self, weights: &'w [f64]) -> Self {
        WeightedLoss { classes: Some(weights), ..self }
    }

    /// Returns the loss of the predictions for a batch, a sample in each row.
    ///
    /// # Errors
    /// [`Error::Empty`] without predictions, [`Error::Shape`] if targets or weights do not fit the predictions.
    #[track_caller]
    pub fn evaluate_batch<S: Scalar>(self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
        self.check(predictions.shape(), targets.shape())?;
        Ok(Matrix::compute([predictions, targets], MeanLoss(self)).item())
    }

    /// Checks that predictions, targets and weights fit.
    fn check(&self, [samples, outputs]: [usize; 2], targets: [usize; 2]) -> Result<(), Error> {
        self.loss.check(outputs)?;
        if samples * outputs == 0 {
            return Err(Error::Empty { what: "prediction", place: "Loss::evaluate" });
        }
        self.check_samples(samples, targets[0])?;
        let count = |what, got| Error::check_count_in("Loss::evaluate", what, outputs, got);
        count("targets", targets[1])?;
        self.classes.map_or(Ok(()), |weights| count("class weights", weights.len()))?;
        let mut classes = self.classes.into_iter().flatten().enumerate();
        match classes.find(|(_, weight)| !(weight.is_finite() && **weight >= 0.0)) {
            None => Ok(()),
            Some((class, weight)) => {
                Err(Error::invalid_argument(format!("class_weights[{class}]"), "be finite and non-negative", weight))
            }
        }
    }
}

impl Objective for WeightedLoss<'_> {
    #[track_caller]
    fn evaluate_batch<S: Scalar>(&self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
        WeightedLoss::evaluate_batch(*self, predictions, targets)
    }

    fn evaluate_part<S: Scalar>(
        &self,
        predictions: &Matrix<S>,
        targets: &Matrix<S>,
        range: Range<usize>,
        samples: usize,
    ) -> Result<S, Error> {
        let of_part = self.samples.map(|weights| &weights[range]);
        WeightedLoss { samples: of_part, batch: Some(samples), ..*self }.evaluate_batch(predictions, targets)
    }

    fn check_samples(&self, samples: usize, targets: usize) -> Result<(), Error> {
        let count = |what, got| Error::check_count_in("Loss::evaluate", what, samples, got);
        count("samples of targets", targets)?;
        let Some(weights) = self.samples else { return Ok(()) };
        count("sample weights", weights.len())?;
        match weights.iter().position(|weight| !weight.is_finite()) {
            None => Ok(()),
            Some(sample) => {
                Err(Error::invalid_argument(format!("sample_weights[{sample}]"), "be finite", weights[sample]))
            }
        }
    }
}

/// The mean loss of predictions and targets.
struct MeanLoss<'w>(WeightedLoss<'w>);

impl Operation<2> for MeanLoss<'_> {
    type Kept = ();

    fn shape(&self, _: [[usize; 2]; 2]) -> [usize; 2] {
        [1, 1]
    }

    /// The derivatives by the predictions, then by the targets; behind them the cross-entropies work.
    fn saved(&self, [shape, _]: [[usize; 2]; 2]) -> usize {
        let numbers = shape.iter().product::<usize>();
        2 * numbers + if self.0.loss.smoothing().is_some() { numbers + SoftmaxRows::space(shape) } else { 0 }
    }

    fn forward<T: Scalar>(&self, [y, t]: [ArrayView2<'_, T>; 2], result: &mut [T], saved: &mut [T]) {
        let (loss, numbers, outputs) = (self.0.loss, y.len(), y.ncols());
        let (by_y, rest) = saved.split_at_mut(numbers);
        let (by_t, work) = rest.split_at_mut(numbers);
        let (softmax, space) = work.split_at_mut(if work.is_empty() { 0 } else { numbers });
        let classes = loss.smoothing().map(|smoothing| (T::of(smoothing), SoftmaxRows::compute(y, softmax, space)));
        let samples = self.0.batch.unwrap_or(y.nrows());
        let count = if classes.is_some() { samples } else { samples * outputs } as f64;
        let factor = T::of(1.0 / count);
        let class_weight = |j: usize| self.0.classes.map_or(T::one(), |weights| T::of(weights[j]));
        // Where the count is too large for the type, the loss of each block is divided before they are added.
        let before = if T::of(count).is_finite() { 1.0 } else { FEW as f64 };
        let sum = in_pairs(0..y.nrows(), FEW, &mut |block| {
            let mut sum = T::zero();
            for i in block {
                let (y, t) = (y.row(i), t.row(i));
                let [by_y, by_t] =
                    [&mut *by_y, &mut *by_t].map(|derivatives| &mut derivatives[i * outputs..][..outputs]);
                let weight = self.0.samples.map_or(T::one(), |weights| T::of(weights[i]));
                let share = weight * factor;
                let of_sample = if let Some((smoothing, rows)) = &classes {
                    // −Σ cⱼ·t′ⱼ·ln pⱼ; by yⱼ it is pⱼ·Σ cₖ·t′ₖ − cⱼ·t′ⱼ
                    let kept = T::one() - *smoothing;
                    let mut total = T::zero();
                    let of_sample = in_pairs(0..outputs, FEW, &mut |block| {
                        let mut sum = T::zero();
                        for j in block {
                            let c = class_weight(j);
                            let target = c * (kept * t[j] + *smoothing / T::of(outputs as f64));
                            let information = -rows.log_softmax(i, y[j]);
                            sum += zero_times(target, information);
                            total += target;
                            by_y[j] = -target * share;
                            by_t[j] = (kept * c * share).strong_mul(information);
                        }
                        sum
                    });
                    for (by_y, &p) in by_y.iter_mut().zip(&softmax[i * outputs..]) {
                        *by_y += total * p * share;
                    }
                    of_sample
                } else {
                    in_pairs(0..outputs, FEW, &mut |block| {
                        let mut sum = T::zero();
                        for j in block {
                            let (loss, d_y, d_t) = loss.pair(y[j], t[j]);
                            let c = class_weight(j);
                            sum += zero_times(c, loss);
                            let share = c * share;
                            (by_y[j], by_t[j]) = (share.strong_mul(d_y), share.strong_mul(d_t));
                        }
                        sum
                    })
                };
                sum += zero_times(weight, of_sample);
            }
            if before > 1.0 { sum / T::of(before) } else { sum }
        });
        result[0] = sum / T::of(count / before);
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 2>) {
        let (upstream, along, saved) = (context.upstream[0], context.along, context.saved());
        let numbers = context.operand(0).len();
        for (index, derivatives) in saved[..2 * numbers].chunks_exact(numbers).enumerate() {
            let Some(adjoint) = context.adjoint_slice(index) else { continue };
            for (adjoint, &derivative) in adjoint.iter_mut().zip(derivatives) {
                *adjoint += along.product(upstream, derivative);
            }
        }
    }
}
