//! [`Objective`]: the function that training minimizes.

use super::Loss;
use crate::error::Error;
use crate::matrix::Matrix;
use crate::scalar::Scalar;
use std::ops::Range;

/// A function of predictions and targets that training minimizes: a [`Loss`](crate::Loss), a
/// [`WeightedLoss`](crate::WeightedLoss), or a custom one.
///
/// [`Module::loss_and_gradient`](crate::Module::loss_and_gradient), [`Workspace`](crate::Workspace),
/// [`Trainer`](crate::Trainer) and [`Lbfgs::fit`](crate::Lbfgs::fit) take any objective. A loss that is not a function of
/// predictions and targets alone, like that of a variational autoencoder, is a closure for
/// [`Workspace::value_and_gradient`](crate::Workspace::value_and_gradient).
///
/// # Examples
/// ```
/// use backprop::{Activation, Error, Layer, Matrix, Neuron, Objective, Scalar};
///
/// /// The mean of log cosh (y − t), which is smooth at 0 and almost linear for large differences.
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a loss",
    label = "not a loss",
    note = "a custom loss is a type with `Objective`, whose `evaluate_batch` is generic over the scalar type; a closure cannot be",
    note = "`Workspace::value_and_gradient` takes any closure of a module"
)]
pub trait Objective {
    /// Returns the loss of the predictions for a batch, with a sample in each row.
    ///
    /// `ParallelWorkspace` splits batches, and requires a mean over the samples.
    ///
    /// # Errors
    /// [`Error::Empty`] without predictions; [`Error::Shape`] if targets or weights do not fit the predictions.
    fn evaluate_batch<S: Scalar>(&self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error>;

    /// Returns the contribution of the samples in `range`, with these predictions, to the loss of a batch of `samples`
    /// samples.
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

    /// Checks that the numbers of targets and of weights are that of samples, before a batch is split.
    #[doc(hidden)]
    fn check_samples(&self, samples: usize, targets: usize) -> Result<(), Error> {
        Error::check_count("samples of targets", samples, targets, || "the batch".into())
    }

    /// Returns the loss, if this is one of the crate's, for which class weights and accuracy are defined.
    #[doc(hidden)]
    fn as_loss(&self) -> Option<Loss> {
        None
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

    fn as_loss(&self) -> Option<Loss> {
        O::as_loss(self)
    }
}
