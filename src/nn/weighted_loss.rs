//! The evaluation of a [`Loss`]: on predictions and targets, with weights for samples or classes ([`WeightedLoss`]), as
//! an operation with its backward pass.

use super::{Loss, Objective};
use crate::error::Error;
use crate::kernels::sums::{FEW, in_pairs, sum};
use crate::matrix::Matrix;
use crate::matrix::ops::{self, BackwardContext, Operation, SoftmaxRows};
use crate::scalar::Scalar;
use crate::scalar::rules::values::zero_times;
use ndarray::ArrayView2;
use std::ops::Range;

impl Loss {
    /// Returns the loss of the predictions for one sample.
    ///
    /// For a batch, use [`evaluate_batch`](Self::evaluate_batch).
    ///
    /// # Examples
    /// ```
    /// use backprop::Loss;
    ///
    /// let loss = Loss::MeanSquaredError.evaluate(&[0.0; 4], &[1.0, 0.0, 0.0, 1.0])?;
    /// assert_eq!(loss, 0.5);
    /// let loss = Loss::CrossEntropy.evaluate(&[1e4, -1e4], &[0.0, 1.0])?;
    /// assert_eq!(loss, 2e4); // not infinite
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the parameter of the loss is out of range, or if a cross-entropy of classes has
    /// one output; [`Error::Empty`] without predictions; [`Error::Shape`] if the shapes of predictions and targets
    /// differ.
    #[track_caller]
    pub fn evaluate<S: Scalar>(self, predictions: &[S], targets: &[S]) -> Result<S, Error> {
        if self != Loss::MeanSquaredError || predictions.is_empty() {
            let [predictions, targets] = [predictions, targets].map(Matrix::from);
            return self.evaluate_batch(&predictions, &targets);
        }
        // Single operations are faster for one or two predictions.
        Error::check_count_in("Loss::evaluate", "targets", predictions.len(), targets.len())?;
        let squares = targets.iter().zip(predictions).map(|(&target, &y)| (target - y).powi(2));
        let sum = squares.reduce(|a, b| a + b).expect("there are predictions");
        Ok(if predictions.len() == 1 { sum } else { sum / S::of(predictions.len() as f64) })
    }

    /// Returns the loss of the predictions for a batch, with a sample in each row.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Loss, Matrix};
    ///
    /// let (predictions, targets) = (Matrix::from([[1.0], [3.0]]), Matrix::from([[0.0], [0.0]]));
    /// assert_eq!(Loss::MeanSquaredError.evaluate_batch(&predictions, &targets)?, (1.0 + 9.0) / 2.0);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the parameter of the loss is out of range, or if a cross-entropy of classes has
    /// one output; [`Error::Empty`] without predictions; [`Error::Shape`] if the shapes of predictions and targets
    /// differ.
    #[track_caller]
    pub fn evaluate_batch<S: Scalar>(self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
        WeightedLoss::from(self).evaluate_batch(predictions, targets)
    }

    /// Returns this loss with a weight for each sample.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Loss, Matrix};
    ///
    /// let (predictions, targets) = (Matrix::from([[1.0], [3.0]]), Matrix::from([[0.0], [0.0]]));
    /// let loss = Loss::MeanSquaredError.with_sample_weights(&[10.0, 1.0]);
    /// assert_eq!(loss.evaluate_batch(&predictions, &targets)?, (10.0 * 1.0 + 1.0 * 9.0) / 2.0);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    pub fn with_sample_weights(self, weights: &[f64]) -> WeightedLoss<'_> {
        WeightedLoss::from(self).with_sample_weights(weights)
    }

    /// Returns this loss with a weight for each output, or for each class of a cross-entropy.
    pub fn with_class_weights(self, weights: &[f64]) -> WeightedLoss<'_> {
        WeightedLoss::from(self).with_class_weights(weights)
    }
}

/// A [`Loss`] with weights for samples, for outputs or classes, or for both.
///
/// The terms of the loss are multiplied by their weights. Their sum is divided by the same number of samples and
/// outputs as without weights, as in PyTorch for targets that are probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedLoss<'w> {
    loss: Loss,
    samples: Option<&'w [f64]>,
    classes: Option<&'w [f64]>,
    /// The number of samples in the whole batch, if the loss is that of a part.
    batch: Option<usize>,
}

impl From<Loss> for WeightedLoss<'_> {
    fn from(loss: Loss) -> Self {
        WeightedLoss { loss, samples: None, classes: None, batch: None }
    }
}

impl<'w> WeightedLoss<'w> {
    /// Sets the weights of samples.
    ///
    /// They may be negative: in policy gradients, the weight of an action is its advantage. The loss may then be
    /// negative and unbounded.
    pub fn with_sample_weights(self, weights: &'w [f64]) -> Self {
        WeightedLoss { samples: Some(weights), ..self }
    }

    /// Sets the weights of outputs or classes, which must be finite and non-negative.
    pub fn with_class_weights(self, weights: &'w [f64]) -> Self {
        WeightedLoss { classes: Some(weights), ..self }
    }

    /// Returns the loss of the predictions for a batch, with a sample in each row.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if a class weight is not finite and non-negative, if a sample weight is not finite,
    /// or if the parameter of the loss is out of range; [`Error::Empty`] without predictions; [`Error::Shape`] if
    /// targets or weights do not fit the predictions.
    #[track_caller]
    pub fn evaluate_batch<S: Scalar>(self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
        self.check(predictions.shape(), targets.shape())?;
        Ok(Matrix::compute([predictions, targets], MeanLoss(self)).item())
    }

    /// Checks that predictions, targets and weights are valid and fit together.
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
        let weights = self.samples.map(|weights| &weights[range]);
        WeightedLoss { samples: weights, batch: Some(samples), ..*self }.evaluate_batch(predictions, targets)
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

/// The operation that computes the mean loss of predictions and targets.
struct MeanLoss<'w>(WeightedLoss<'w>);

impl Operation<2> for MeanLoss<'_> {
    type Kept = ();

    fn shape(&self, _: [[usize; 2]; 2]) -> [usize; 2] {
        [1, 1]
    }

    /// Returns the number of saved values: the derivatives with respect to the predictions, those with respect to the
    /// targets, and the working memory: the losses, and the softmax of cross-entropies.
    fn saved(&self, [shape, _]: [[usize; 2]; 2]) -> usize {
        let elements = shape.iter().product::<usize>();
        3 * elements + if self.0.loss.smoothing().is_some() { elements + SoftmaxRows::space(shape) } else { 0 }
    }

    fn forward<T: Scalar>(&self, [y, t]: [ArrayView2<'_, T>; 2], result: &mut [T], saved: &mut [T]) {
        let (loss, [rows, outputs], elements) = (self.0.loss, [y.nrows(), y.ncols()], y.len());
        let (dy, rest) = saved.split_at_mut(elements);
        let (dt, rest) = rest.split_at_mut(elements);
        let (losses, work) = rest.split_at_mut(elements);
        let samples = self.0.batch.unwrap_or(rows);
        let count = if loss.smoothing().is_some() { samples } else { samples * outputs } as f64;
        let factor = T::of(1.0 / count);
        let sample_weight = |i: usize| self.0.samples.map_or(T::one(), |weights| T::of(weights[i]));
        let row = |i: usize| i * outputs..(i + 1) * outputs;
        if let Some(smoothing) = loss.smoothing() {
            let (softmax, space) = work.split_at_mut(elements);
            let log_softmax = SoftmaxRows::compute(y, softmax, space);
            let [y, t] = [y, t].map(ops::elements);
            for i in 0..rows {
                let [dy, dt, losses] = [&mut *dy, &mut *dt, &mut *losses].map(|saved| &mut saved[row(i)]);
                let (kept, even) = (T::one() - T::of(smoothing), T::of(smoothing) / T::of(outputs as f64));
                match self.0.classes {
                    None => losses.fill(T::one()),
                    Some(weights) => losses.iter_mut().zip(weights).for_each(|(c, &weight)| *c = T::of(weight)),
                }
                let [y, t, softmax] = [y, t, &*softmax].map(|values| &values[row(i)]);
                log_softmax.log_softmax(i, y, dt);
                cross_entropy([t, softmax], [kept, even, sample_weight(i) * factor], [dy, dt, losses]);
            }
        } else {
            loss.pairs([y, t].map(ops::elements), [dy, dt, losses]);
            if self.0.samples.is_none() && self.0.classes.is_none() {
                T::vectorize(|| {
                    dy.iter_mut().chain(dt).for_each(|derivative| *derivative = factor.strong_mul(*derivative))
                });
            } else {
                for (index, ((dy, dt), loss)) in dy.iter_mut().zip(dt).zip(&mut *losses).enumerate() {
                    let c = self.0.classes.map_or(T::one(), |weights| T::of(weights[index % outputs]));
                    let factor = c * (sample_weight(index / outputs) * factor);
                    (*dy, *dt) = (factor.strong_mul(*dy), factor.strong_mul(*dt));
                    *loss = zero_times(c, *loss);
                }
            }
        }
        // If the count overflows the type, the loss of each chunk is divided before the chunks are added.
        let chunk_divisor = if T::of(count).is_finite() { 1.0 } else { FEW as f64 };
        let sum = in_pairs(0..rows, FEW, &mut |chunk| {
            let mut total = T::zero();
            for i in chunk {
                let loss = if outputs == 1 { losses[i] } else { sum(&losses[row(i)]) };
                total += zero_times(sample_weight(i), loss);
            }
            if chunk_divisor > 1.0 { total / T::of(chunk_divisor) } else { total }
        });
        result[0] = sum / T::of(count / chunk_divisor);
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 2>) {
        let (upstream, along, saved) = (context.upstream[0], context.along, context.saved());
        let elements = context.operands[0].data.len();
        for (index, derivatives) in saved[..2 * elements].chunks_exact(elements).enumerate() {
            let Some(adjoint) = context.adjoint_slice(index) else { continue };
            T::vectorize(|| {
                for (adjoint, &derivative) in adjoint.iter_mut().zip(derivatives) {
                    *adjoint += along.product(upstream, derivative);
                }
            });
        }
    }
}

/// Computes the cross-entropy −Σ cⱼ·t′ⱼ·ln pⱼ of one sample, with t′ⱼ = kept·tⱼ + even, from the targets and the softmax:
/// its terms replace the weights cⱼ in `losses`. `dy` receives the derivatives times `factor` with respect to yⱼ, which
/// are pⱼ·Σ cₖ·t′ₖ − cⱼ·t′ⱼ. Those with respect to tⱼ, −kept·cⱼ·ln pⱼ, replace ln pⱼ in `dt`.
fn cross_entropy<T: Scalar>([t, softmax]: [&[T]; 2], [kept, even, factor]: [T; 3], [dy, dt, losses]: [&mut [T]; 3]) {
    T::vectorize(|| {
        for (((&t, dy), dt), loss) in t.iter().zip(&mut *dy).zip(dt).zip(losses) {
            let (c, information) = (*loss, -*dt);
            let target = c * (kept * t + even);
            *loss = zero_times(target, information);
            *dy = target;
            *dt = (kept * c * factor).strong_mul(information);
        }
    });
    let total = sum(dy);
    T::vectorize(|| {
        for (dy, &p) in dy.iter_mut().zip(softmax) {
            *dy = total * p * factor - *dy * factor;
        }
    });
}
