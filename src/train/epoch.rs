//! One epoch: a training step for each batch, and the scores.

use super::Optimizer;
use super::history::Score;
use super::optimizer::non_finite;
use super::regularizer::Regularizer;
use crate::data::Dataset;
use crate::error::Error;
use crate::kernels::slices::argmax;
use crate::kernels::sums;
use crate::matrix::Matrix;
use crate::nn::{Decision, Module, Objective, WeightedLoss, copy_buffers};
use crate::scalar::{Scalar, double};
use ndarray::ArrayView2;
use std::ops::Range;

/// The forward and the backward pass over a batch: a function of the network, inputs, targets and loss that writes the
/// gradient and the outputs, and returns the loss.
pub(super) trait Step<T, N, L>:
    FnMut(&N, ArrayView2<'_, T>, ArrayView2<'_, T>, &TrainingLoss<'_, L>, &mut N, &mut Vec<T>) -> Result<T, Error>
{
}

impl<T, N, L, F> Step<T, N, L> for F where
    F: FnMut(&N, ArrayView2<'_, T>, ArrayView2<'_, T>, &TrainingLoss<'_, L>, &mut N, &mut Vec<T>) -> Result<T, Error>
{
}

/// The loss of a trainer, with its class weights.
pub(super) enum TrainingLoss<'a, L> {
    Plain(&'a L),
    Weighted(WeightedLoss<'a>),
}

impl<'a, L: Objective> TrainingLoss<'a, L> {
    /// Creates the loss; only a trainer with a [`Loss`](crate::Loss) has class weights.
    pub(super) fn new(loss: &'a L, class_weights: Option<&'a [f64]>) -> Self {
        match (class_weights, loss.as_loss()) {
            (Some(weights), Some(loss)) => TrainingLoss::Weighted(loss.with_class_weights(weights)),
            _ => TrainingLoss::Plain(loss),
        }
    }
}

impl<L: Objective> Objective for TrainingLoss<'_, L> {
    fn evaluate_batch<S: Scalar>(&self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
        match self {
            TrainingLoss::Plain(loss) => loss.evaluate_batch(predictions, targets),
            TrainingLoss::Weighted(loss) => loss.evaluate_batch(predictions, targets),
        }
    }

    fn evaluate_part<S: Scalar>(
        &self,
        predictions: &Matrix<S>,
        targets: &Matrix<S>,
        range: Range<usize>,
        samples: usize,
    ) -> Result<S, Error> {
        match self {
            TrainingLoss::Plain(loss) => loss.evaluate_part(predictions, targets, range, samples),
            TrainingLoss::Weighted(loss) => loss.evaluate_part(predictions, targets, range, samples),
        }
    }

    fn check_samples(&self, samples: usize, targets: usize) -> Result<(), Error> {
        match self {
            TrainingLoss::Plain(loss) => loss.check_samples(samples, targets),
            TrainingLoss::Weighted(loss) => loss.check_samples(samples, targets),
        }
    }
}

/// The settings that all epochs share, and the memory of a step.
pub(super) struct Pass<'a, T, N, L> {
    train: &'a Dataset<T>,
    batch_size: usize,
    /// The number of batches of a step.
    accumulated_batches: usize,
    loss: TrainingLoss<'a, L>,
    decision: Option<Decision>,
    regularizer: Regularizer,
    /// True for each parameter that is frozen; empty if none is.
    frozen: Vec<bool>,
    batch: Batch<T>,
    outputs: Vec<T>,
    /// The loss and the number of samples of each batch of the epoch.
    losses: Vec<(f64, f64)>,
    gradient: N,
    /// The gradient of a batch that is added to that of others.
    part: Option<N>,
}

impl<'a, T: Scalar, N: Module<T>, L: Objective> Pass<'a, T, N, L> {
    pub(super) fn new(
        train: &'a Dataset<T>,
        [batch_size, accumulated_batches]: [usize; 2],
        loss: TrainingLoss<'a, L>,
        decision: Option<Decision>,
        regularizer: Regularizer,
        frozen: Vec<bool>,
        net: &N,
    ) -> Pass<'a, T, N, L> {
        Pass {
            train,
            batch_size,
            accumulated_batches,
            loss,
            decision,
            regularizer,
            frozen,
            batch: Batch::default(),
            outputs: Vec::new(),
            losses: Vec::new(),
            gradient: net.clone(),
            part: None,
        }
    }

    /// Returns the gradient of the last step, with regularization and clipping.
    pub(super) fn gradient(&self) -> &N {
        &self.gradient
    }

    /// Returns the score of the network on these samples.
    pub(super) fn evaluate(&self, net: &N, samples: &Dataset<T>) -> Result<Score, Error> {
        evaluate(net, samples, &self.loss, self.decision)
    }

    /// Trains one epoch: a step for each batch of the samples in this order.
    pub(super) fn run(
        &mut self,
        net: &mut N,
        order: &[usize],
        epoch: usize,
        optimizer: &mut impl Optimizer<T>,
        step: &mut impl Step<T, N, L>,
    ) -> Result<Score, Error> {
        let (train, batches) = (self.train, self.accumulated_batches);
        let mut correct = 0;
        self.losses.clear();
        for (number, group) in order.chunks(self.batch_size.saturating_mul(batches)).enumerate() {
            let diverged = |error: Error| error.in_training(epoch, Some(number + 1));
            for (part, indices) in group.chunks(self.batch_size).enumerate() {
                self.batch.gather(train, indices);
                let (x, t) = (self.batch.inputs(train), self.batch.targets(train));
                let gradient =
                    if part == 0 { &mut self.gradient } else { self.part.get_or_insert_with(|| net.clone()) };
                self.outputs.clear();
                let loss = double(&step(net, x, t, &self.loss, gradient, &mut self.outputs)?);
                check_loss("loss", loss, net, gradient).map_err(diverged)?;
                self.losses.push((loss, indices.len() as f64));
                correct += self
                    .decision
                    .map_or(0, |decision| decision.count_correct(&self.outputs, &self.batch.targets, indices.len()));
                if group.len() > indices.len() {
                    let share = T::of(indices.len() as f64 / group.len() as f64);
                    copy_buffers(gradient, net);
                    accumulate(&mut self.gradient, self.part.as_ref().filter(|_| part > 0), share);
                }
            }
            if batches > 1 {
                copy_buffers(net, &mut self.gradient);
            }
            let gradient = &mut self.gradient;
            if !self.frozen.is_empty() {
                clear_frozen(gradient, &self.frozen);
            }
            self.regularizer.apply(net, gradient);
            optimizer.step(net, gradient).map_err(diverged)?;
        }
        if let Some((index, parameter)) = non_finite(net) {
            Error::check_finite_parameter("parameter", double(&parameter), || net.name_of(index), "")
                .map_err(|error| error.in_training(epoch, None))?;
        }
        let samples = train.len() as f64;
        Ok(Score { loss: mean_loss(&self.losses, samples), accuracy: self.decision.map(|_| correct as f64 / samples) })
    }
}

/// Adds the gradient of a part of the samples, times its share of them, to the sum; `None` stands for the first part,
/// which is the sum so far.
fn accumulate<T: Scalar, N: Module<T>>(sum: &mut N, part: Option<&N>, share: T) {
    match part {
        None => sum.visit_mut(&mut |derivatives| {
            derivatives.with_slice_mut(|derivatives| derivatives.iter_mut().for_each(|x| *x *= share));
        }),
        Some(part) => sum.zip(part, &mut |sums, derivatives| {
            sums.with_slice_mut(|sums| {
                sums.iter_mut().zip(derivatives.as_slice()).for_each(|(sum, &x)| *sum += share * x);
            });
        }),
    }
}

/// Sets the derivatives with respect to frozen parameters to 0, so that the norm of the gradient is that of the others.
fn clear_frozen<T: Scalar>(gradient: &mut impl Module<T>, mut frozen: &[bool]) {
    gradient.visit_mut(&mut |matrix| {
        let (head, tail) = frozen.split_at(matrix.len());
        frozen = tail;
        if head.contains(&true) {
            matrix.with_slice_mut(|derivatives| {
                let frozen = derivatives.iter_mut().zip(head).filter(|(_, is_frozen)| **is_frozen);
                frozen.for_each(|(derivative, _)| *derivative = T::zero());
            });
        }
    });
}

/// Returns the mean loss over the samples of all batches, which is finite if the losses are.
fn mean_loss(losses: &[(f64, f64)], samples: f64) -> f64 {
    let sum = sums::sum_of(losses.len(), |index| losses[index].0 * losses[index].1);
    if sum.is_finite() {
        return sum / samples;
    }
    sums::sum_of(losses.len(), |index| losses[index].0 * (losses[index].1 / samples))
}

/// The samples of a step, copied from the dataset.
struct Batch<T> {
    inputs: Vec<T>,
    targets: Vec<T>,
    samples: usize,
}

impl<T> Default for Batch<T> {
    fn default() -> Batch<T> {
        Batch { inputs: Vec::new(), targets: Vec::new(), samples: 0 }
    }
}

impl<T: Scalar> Batch<T> {
    /// Copies the samples with these indices.
    fn gather(&mut self, dataset: &Dataset<T>, indices: &[usize]) {
        self.samples = indices.len();
        for (values, source) in [(&mut self.inputs, dataset.inputs()), (&mut self.targets, dataset.targets())] {
            values.clear();
            match source.as_slice() {
                Some(elements) => {
                    let columns = source.ncols();
                    indices.iter().for_each(|&index| values.extend_from_slice(&elements[index * columns..][..columns]));
                }
                None => indices.iter().for_each(|&index| values.extend(source.row(index))),
            }
        }
    }

    fn inputs(&self, dataset: &Dataset<T>) -> ArrayView2<'_, T> {
        self.view(&self.inputs, dataset.inputs().ncols())
    }

    fn targets(&self, dataset: &Dataset<T>) -> ArrayView2<'_, T> {
        self.view(&self.targets, dataset.targets().ncols())
    }

    fn view<'b>(&self, values: &'b [T], columns: usize) -> ArrayView2<'b, T> {
        ArrayView2::from_shape((self.samples, columns), values).expect("a row of values for each sample")
    }
}

/// Returns the score of a network on samples.
pub(super) fn evaluate<T: Scalar, N: Module<T>>(
    net: &N,
    samples: &Dataset<T>,
    loss: &impl Objective,
    decision: Option<Decision>,
) -> Result<Score, Error> {
    let (outputs, targets) = (net.forward_batch(&samples.inputs().into())?, Matrix::from(samples.targets()));
    let loss = double(&loss.evaluate_batch(&outputs, &targets)?);
    let accuracy = decision.map(|decision| {
        let correct = decision.count_correct(outputs.as_slice(), targets.as_slice(), outputs.nrows());
        correct as f64 / outputs.nrows() as f64
    });
    Ok(Score { loss, accuracy })
}

/// Checks that a loss is finite.
///
/// The error names a parameter that may be the cause: the first whose derivative is not finite, or otherwise the
/// largest.
pub(super) fn check_loss<T: Scalar, N: Module<T>>(
    what: &'static str,
    loss: f64,
    net: &N,
    gradient: &N,
) -> Result<(), Error> {
    if loss.is_finite() {
        return Ok(());
    }
    let (index, reason) = match non_finite(gradient) {
        Some((index, derivative)) => (index, format!("whose derivative is {derivative}")),
        None => {
            let sizes: Vec<f64> = net.parameters().iter().map(|p| double(p).abs()).collect();
            let largest = argmax(&sizes);
            (largest, format!("the largest parameter, {:e}", sizes[largest]))
        }
    };
    Error::check_finite_parameter(what, loss, || net.name_of(index), reason)
}
