//! An epoch: its batches, a step for each, and what is done to gradients on the way.

use super::history::Score;
use super::metrics::{Decision, greatest};
use super::optimizer::non_finite;
use super::{Dataset, Optimizer};
use crate::nn::biases;
use crate::operation::matrix;
use crate::scalar::double;
use crate::{Criterion, Error, Net, Rows, Scalar};
use ndarray::ArrayView2;

/// What those who see a training diverge should try.
pub(super) const ADVICE: &str = "; a smaller learning rate may help, or scaled inputs";

/// Forward and back over a batch: the net, inputs, targets, the loss, and where gradient and outputs go.
pub(super) trait Step<T, N>:
    FnMut(&N, ArrayView2<'_, T>, ArrayView2<'_, T>, Criterion<'_>, &mut N, &mut Vec<T>) -> Result<T, Error>
{
}

impl<T, N, F> Step<T, N> for F where
    F: FnMut(&N, ArrayView2<'_, T>, ArrayView2<'_, T>, Criterion<'_>, &mut N, &mut Vec<T>) -> Result<T, Error>
{
}

/// What does not change from epoch to epoch, and memory for a step.
pub(super) struct Pass<'a, T, N> {
    train: &'a Dataset<T>,
    batch_size: usize,
    criterion: Criterion<'a>,
    decision: Option<Decision>,
    regularizer: Regularizer,
    batch: Batch<T>,
    outputs: Vec<T>,
    gradient: N,
}

impl<'a, T: Scalar, N: Net<T>> Pass<'a, T, N> {
    pub(super) fn new(
        train: &'a Dataset<T>,
        batch_size: usize,
        criterion: Criterion<'a>,
        decision: Option<Decision>,
        regularizer: Regularizer,
        net: &N,
    ) -> Pass<'a, T, N> {
        let (batch, outputs, gradient) = (Batch::default(), Vec::new(), net.clone());
        Pass { train, batch_size, criterion, decision, regularizer, batch, outputs, gradient }
    }

    /// That of the last step, as it was followed.
    pub(super) fn gradient(&self) -> &N {
        &self.gradient
    }

    /// A step for each batch of the samples in this order.
    pub(super) fn run(
        &mut self,
        net: &mut N,
        order: &[usize],
        epoch: usize,
        optimizer: &mut impl Optimizer<T>,
        step: &mut impl Step<T, N>,
    ) -> Result<Score, Error> {
        let (train, gradient) = (self.train, &mut self.gradient);
        let (mut loss, mut right) = (0.0, 0);
        for (number, indices) in order.chunks(self.batch_size).enumerate() {
            self.batch.gather(train, indices);
            let (x, t) = (self.batch.inputs(train), self.batch.targets(train));
            let place = |what: String| format!("{what}, in epoch {epoch}, step {}{ADVICE}", number + 1);
            self.outputs.clear();
            let of_batch = double(&step(net, x, t, self.criterion, gradient, &mut self.outputs)?);
            Error::finite("loss", of_batch, || place(culprit(net, gradient)))?;
            self.regularizer.apply(net, gradient);
            optimizer.step(net, gradient).map_err(|error| match error {
                Error::NonFinite { of, got, place: parameter } => Error::NonFinite { of, got, place: place(parameter) },
                error => error,
            })?;
            loss += of_batch * indices.len() as f64;
            let columns = train.targets().ncols();
            right += self.decision.map_or(0, |decision| decision.right(&self.outputs, &self.batch.targets, columns));
        }
        if let Some((index, parameter)) = non_finite(net) {
            let place = || format!("{}, at the end of epoch {epoch}{ADVICE}", net.name_of(index));
            Error::finite("parameter", double(&parameter), place)?;
        }
        let samples = train.len() as f64;
        Ok(Score { loss: loss / samples, accuracy: self.decision.map(|_| right as f64 / samples) })
    }
}

/// The samples of a step.
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
    fn gather(&mut self, dataset: &Dataset<T>, indices: &[usize]) {
        self.samples = indices.len();
        for (numbers, all) in [(&mut self.inputs, dataset.inputs()), (&mut self.targets, dataset.targets())] {
            numbers.clear();
            for &index in indices {
                numbers.extend(all.row(index));
            }
        }
    }

    fn inputs(&self, dataset: &Dataset<T>) -> ArrayView2<'_, T> {
        matrix(&self.inputs, [self.samples, dataset.inputs().ncols()])
    }

    fn targets(&self, dataset: &Dataset<T>) -> ArrayView2<'_, T> {
        matrix(&self.targets, [self.samples, dataset.targets().ncols()])
    }
}

/// What is done to a gradient before it is followed.
pub(super) struct Regularizer {
    l1: f64,
    l2: f64,
    clip_norm: Option<f64>,
    /// Of each parameter whether it is a weight, if that matters.
    is_weight: Vec<bool>,
}

impl Regularizer {
    pub(super) fn new<T: Scalar, N: Net<T>>(l1: f64, l2: f64, clip_norm: Option<f64>, net: &N) -> Regularizer {
        let is_penalized = l1 > 0.0 || l2 > 0.0;
        let is_weight =
            if is_penalized { biases(net).into_iter().map(|is_bias| !is_bias).collect() } else { Vec::new() };
        Regularizer { l1, l2, clip_norm, is_weight }
    }

    fn apply<T: Scalar, N: Net<T>>(&self, net: &N, gradient: &mut N) {
        if !self.is_weight.is_empty() {
            let ([l1, l2], mut is_weight) = ([self.l1, self.l2].map(T::of), self.is_weight.iter());
            gradient.update(net, &mut |slopes, weights| {
                weights.with_slice(|weights| {
                    slopes.with_slice_mut(|slopes| {
                        for ((slope, &w), &is_weight) in slopes.iter_mut().zip(weights).zip(&mut is_weight) {
                            if is_weight && !w.is_zero() {
                                *slope += l1 * w.signum() + l2 * w;
                            }
                        }
                    });
                });
            });
        }
        let Some(length) = self.clip_norm else { return };
        let mut squares = 0.0;
        gradient.visit(&mut |block| {
            block.with_slice(|slopes| squares += slopes.iter().map(|slope| double(slope).powi(2)).sum::<f64>());
        });
        if squares > length * length && squares.is_finite() {
            let factor = T::of(length / squares.sqrt());
            gradient.visit_mut(&mut |block| {
                block.with_slice_mut(|slopes| slopes.iter_mut().for_each(|slope| *slope *= factor))
            });
        }
    }
}

/// How well a net does on samples.
pub(super) fn evaluate<T: Scalar, N: Net<T>>(
    net: &N,
    samples: &Dataset<T>,
    criterion: Criterion<'_>,
    decision: Option<Decision>,
) -> Result<Score, Error> {
    let (outputs, targets) = (net.forward_batch(samples.inputs())?, T::Rows::from_view(samples.targets().view()));
    let loss = double(&criterion.evaluate_batch(&outputs, &targets)?);
    let accuracy = decision.map(|decision| {
        let [rows, columns] = outputs.dimensions();
        let right =
            outputs.with_slice(|outputs| targets.with_slice(|targets| decision.right(outputs, targets, columns)));
        right as f64 / rows as f64
    });
    Ok(Score { loss, accuracy })
}

/// Where a loss that is not finite may come from: the first slope that is not, or the largest parameter.
fn culprit<T: Scalar, N: Net<T>>(net: &N, gradient: &N) -> String {
    if let Some((index, slope)) = non_finite(gradient) {
        return format!("{} (whose derivative is {slope})", net.name_of(index));
    }
    let sizes: Vec<f64> = net.parameters().iter().map(|p| double(p).abs()).collect();
    let largest = greatest(&sizes);
    format!("a net whose largest parameter is {} ({:e})", net.name_of(largest), sizes[largest])
}
