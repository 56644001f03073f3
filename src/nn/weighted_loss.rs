//! The evaluation of a [`Loss`]: on predictions and targets, with weights for samples or classes ([`WeightedLoss`]), as
//! an operation with its backward pass.

use super::{Loss, Objective};
use crate::error::Error;
use crate::kernels::sums::{FEW, in_pairs, sum};
use crate::matrix::Matrix;
use crate::matrix::ops::{self, BackwardContext, Operation, SoftmaxRows};
use crate::scalar::rules::values::zero_times;
use crate::scalar::{Scalar, double};
use ndarray::{ArrayView2, Axis};
use std::cell::Cell;
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
    mask: Option<ArrayView2<'w, bool>>,
    /// The number of terms of the whole batch, if the loss is that of a part.
    terms: Option<usize>,
}

impl From<Loss> for WeightedLoss<'_> {
    fn from(loss: Loss) -> Self {
        WeightedLoss { loss, samples: None, classes: None, mask: None, terms: None }
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

    /// Sets which terms count: those where the mask is true. The loss is the mean over them, and the others have no
    /// gradient, whatever their predictions and targets are.
    ///
    /// The mask has a column for each output, or one column for whole samples, as cross-entropies need it.
    ///
    /// # Examples
    /// ```
    /// use backprop::ndarray::array;
    /// use backprop::{Loss, Matrix, WeightedLoss};
    ///
    /// let (predictions, targets) = (Matrix::from([[1.0, 2.0], [3.0, 4.0]]), Matrix::from([[0.0, f64::NAN], [1.0, 0.0]]));
    /// let is_known = array![[true, false], [true, true]];
    /// let loss = WeightedLoss::from(Loss::MeanSquaredError).with_mask(is_known.view());
    /// assert_eq!(loss.evaluate_batch(&predictions, &targets)?, (1.0 + 4.0 + 16.0) / 3.0);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    #[doc(alias("ignore_index", "masked"))]
    pub fn with_mask(self, mask: ArrayView2<'w, bool>) -> Self {
        WeightedLoss { mask: Some(mask), ..self }
    }

    /// Returns the loss of the predictions for a batch, with a sample in each row.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if a class weight is not finite and non-negative, if a sample weight is not finite,
    /// if the parameter of the loss is out of range, or if a target is not the index of a class; [`Error::Empty`]
    /// without predictions, or if the mask leaves none; [`Error::Shape`] if targets, weights or mask do not fit the
    /// predictions.
    #[track_caller]
    pub fn evaluate_batch<S: Scalar>(self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
        self.check(predictions.shape(), targets.shape())?;
        let no_class = Cell::new(None);
        let loss = Matrix::compute([predictions, targets], MeanLoss { of: self, no_class: &no_class }).item();
        match no_class.get() {
            None => Ok(loss),
            Some((sample, target)) => {
                let last = predictions.ncols() - 1;
                let requirement = format!("be a class, an integer from 0 to {last}");
                Err(Error::invalid_argument(format!("targets[{sample}]"), requirement, target))
            }
        }
    }

    /// Checks that predictions, targets and weights are valid and fit together.
    fn check(&self, [samples, outputs]: [usize; 2], targets: [usize; 2]) -> Result<(), Error> {
        self.loss.check(outputs)?;
        if samples * outputs == 0 {
            return Err(Error::Empty { what: "prediction", place: "Loss::evaluate" });
        }
        self.check_samples(samples, targets[0])?;
        let count = |what, got| Error::check_count_in("Loss::evaluate", what, outputs, got);
        if !self.has_class_indices(outputs, targets[1]) {
            count("targets", targets[1])?;
        }
        self.classes.map_or(Ok(()), |weights| count("class weights", weights.len()))?;
        let mut classes = self.classes.into_iter().flatten().enumerate();
        match classes.find(|(_, weight)| !(weight.is_finite() && **weight >= 0.0)) {
            None => Ok(()),
            Some((class, weight)) => {
                Err(Error::invalid_argument(format!("class_weights[{class}]"), "be finite and non-negative", weight))
            }
        }?;
        let Some(mask) = self.mask else { return Ok(()) };
        let columns = if mask.ncols() == 1 || self.loss.smoothing().is_some() { 1 } else { outputs };
        Error::check_count_in("Loss::evaluate", "columns of the mask", columns, mask.ncols())?;
        match self.terms.unwrap_or_else(|| self.count_terms([samples, outputs])) {
            0 => Err(Error::Empty { what: "prediction that the mask leaves", place: "Loss::evaluate" }),
            _ => Ok(()),
        }
    }

    /// Returns true if the targets are indices of classes, in one column.
    fn has_class_indices(&self, outputs: usize, targets: usize) -> bool {
        self.loss.smoothing().is_some() && targets == 1 && outputs > 1
    }

    /// Returns the number of terms whose mean is the loss: outputs, or samples for a cross-entropy.
    fn count_terms(&self, [samples, outputs]: [usize; 2]) -> usize {
        let outputs = if self.loss.smoothing().is_some() { 1 } else { outputs };
        match self.mask {
            None => samples * outputs,
            Some(mask) => mask.iter().filter(|&&counts| counts).count() * if mask.ncols() == 1 { outputs } else { 1 },
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
        let terms = Some(self.count_terms([samples, predictions.ncols()]));
        let weights = self.samples.map(|weights| &weights[range.clone()]);
        let mask = self.mask.map(|mask| mask.split_at(Axis(0), range.end).0.split_at(Axis(0), range.start).1);
        WeightedLoss { samples: weights, mask, terms, ..*self }.evaluate_batch(predictions, targets)
    }

    fn check_samples(&self, samples: usize, targets: usize) -> Result<(), Error> {
        let count = |what, got| Error::check_count_in("Loss::evaluate", what, samples, got);
        count("samples of targets", targets)?;
        self.mask.map_or(Ok(()), |mask| count("rows of the mask", mask.nrows()))?;
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

    fn as_loss(&self) -> Option<Loss> {
        Some(*self)
    }
}

/// The operation that computes the mean loss of predictions and targets.
struct MeanLoss<'w, 'c> {
    of: WeightedLoss<'w>,
    /// The first sample whose target is not the index of a class, and the target.
    no_class: &'c Cell<Option<(usize, f64)>>,
}

impl Operation<2> for MeanLoss<'_, '_> {
    type Kept = ();

    fn shape(&self, _: [[usize; 2]; 2]) -> [usize; 2] {
        [1, 1]
    }

    /// Returns the number of saved values: the derivatives with respect to the predictions, those with respect to the
    /// targets, and the working memory: the losses, and the softmax and the targets of cross-entropies.
    fn saved(&self, [shape, targets]: [[usize; 2]; 2]) -> usize {
        let elements = shape.iter().product::<usize>();
        let softmax = if self.of.loss.smoothing().is_some() { elements + SoftmaxRows::space(shape) } else { 0 };
        3 * elements + softmax + if self.of.has_class_indices(shape[1], targets[1]) { shape[1] } else { 0 }
    }

    fn forward<T: Scalar>(&self, [y, t]: [ArrayView2<'_, T>; 2], result: &mut [T], saved: &mut [T]) {
        let WeightedLoss { loss, samples, classes, mask, terms } = self.of;
        let ([rows, outputs], elements) = ([y.nrows(), y.ncols()], y.len());
        let (dy, rest) = saved.split_at_mut(elements);
        let (dt, rest) = rest.split_at_mut(elements);
        let (losses, work) = rest.split_at_mut(elements);
        let count = terms.unwrap_or_else(|| self.of.count_terms([rows, outputs])) as f64;
        let factor = T::of(1.0 / count);
        let counts = |i: usize, j: usize| mask.is_none_or(|mask| mask[(i, if mask.ncols() == 1 { 0 } else { j })]);
        let sample_weight = |i: usize| samples.map_or(T::one(), |weights| T::of(weights[i]));
        let row = |i: usize| i * outputs..(i + 1) * outputs;
        if let Some(smoothing) = loss.smoothing() {
            let (softmax, work) = work.split_at_mut(elements);
            let (space, one_hot) = work.split_at_mut(SoftmaxRows::space([rows, outputs]));
            let log_softmax = SoftmaxRows::compute(y, softmax, space);
            let [y, t] = [y, t].map(ops::elements);
            for i in 0..rows {
                if !counts(i, 0) {
                    losses[row(i)].fill(T::zero());
                    continue; // the derivatives are 0
                }
                let [dy, dt, losses] = [&mut *dy, &mut *dt, &mut *losses].map(|saved| &mut saved[row(i)]);
                let (kept, even) = (T::one() - T::of(smoothing), T::of(smoothing) / T::of(outputs as f64));
                match classes {
                    None => losses.fill(T::one()),
                    Some(weights) => losses.iter_mut().zip(weights).for_each(|(c, &weight)| *c = T::of(weight)),
                }
                let [y, softmax] = [y, &*softmax].map(|values| &values[row(i)]);
                let t = if one_hot.is_empty() { &t[row(i)] } else { self.one_hot(i, t[i], one_hot) };
                log_softmax.log_softmax(i, y, dt);
                cross_entropy([t, softmax], [kept, even, sample_weight(i) * factor], [dy, dt, losses]);
            }
        } else {
            loss.pairs([y, t].map(ops::elements), [dy, dt, losses]);
            if samples.is_none() && classes.is_none() && mask.is_none() {
                T::vectorize(|| {
                    dy.iter_mut().chain(dt).for_each(|derivative| *derivative = factor.strong_mul(*derivative))
                });
            } else {
                for (index, ((dy, dt), loss)) in dy.iter_mut().zip(dt).zip(&mut *losses).enumerate() {
                    let (i, j) = (index / outputs, index % outputs);
                    if !counts(i, j) {
                        (*dy, *dt, *loss) = (T::zero(), T::zero(), T::zero());
                        continue;
                    }
                    let c = classes.map_or(T::one(), |weights| T::of(weights[j]));
                    let factor = c * (sample_weight(i) * factor);
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
            if adjoint.len() < elements {
                continue; // indices of classes
            }
            T::vectorize(|| {
                for (adjoint, &derivative) in adjoint.iter_mut().zip(derivatives) {
                    *adjoint += along.product(upstream, derivative);
                }
            });
        }
    }
}

impl MeanLoss<'_, '_> {
    /// Writes the probabilities of the classes of sample `i`, whose target is the index of a class.
    fn one_hot<'t, T: Scalar>(&self, i: usize, target: T, probabilities: &'t mut [T]) -> &'t [T] {
        let class = double(&target);
        probabilities.fill(T::zero());
        match probabilities.get_mut(class as usize) {
            Some(probability) if class >= 0.0 && class.fract() == 0.0 => *probability = T::one(),
            _ if self.no_class.get().is_none() => self.no_class.set(Some((i, class))),
            _ => {}
        }
        probabilities
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
