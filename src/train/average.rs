//! [`ExponentialMovingAverage`]: the average of the parameters of a network over the steps of a training.

use super::optimizer::{ROOM, checked_decay, non_finite};
use crate::error::Error;
use crate::nn::{Parameters, copy_buffers};
use crate::scalar::{Scalar, double};

/// An exponential moving average (EMA) of the parameters of a network, which often predicts better than the network
/// itself.
///
/// The first [`update`](Self::update) copies the parameters. Each later one moves the average a of each parameter p:
///
/// ```text
/// a ← decay·a + (1 − decay)·p
/// ```
///
/// # Precision
/// The average is computed as `a + (1 − decay)·(p − a)`, so that the average of equal values is the value. In types of
/// few digits the decay is at most 1 − ε′ for the machine epsilon ε′, and small differences are lost: average networks
/// in single or double precision.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Dataset, Error, ExponentialMovingAverage, Loss, Mlp, Optimizer, Sgd, Workspace};
///
/// let data = Dataset::new([[0.0], [1.0], [2.0], [3.0]], [[1.0], [3.0], [2.0], [4.0]])?;
/// let mut rng = SomeRng::seed_from_u64(1);
/// let mut net = Mlp::<f64>::new(1, [(4, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
/// let mut average = ExponentialMovingAverage::new(&net, 0.99);
/// let (mut workspace, mut gradient, mut sgd) = (Workspace::new(), net.clone(), Sgd::new(0.05));
/// for _ in 0..100 {
///     for (inputs, targets) in data.batches(2, &mut rng) {
///         workspace.loss_and_gradient(&net, &inputs, &targets, Loss::MeanSquaredError, &mut gradient)?;
///         sgd.step(&mut net, &gradient)?;
///         average.update(&net)?;
///     }
/// }
/// let prediction = average.module().forward(&[1.0])?[0];
/// assert!((prediction - net.forward(&[1.0])?[0]).abs() < 0.5);
/// # Ok::<(), Error>(())
/// ```
///
/// # References
/// [Polyak and Juditsky 1992](https://doi.org/10.1137/0330046);
/// [`torch.optim.swa_utils.AveragedModel`](https://docs.pytorch.org/docs/stable/generated/torch.optim.swa_utils.AveragedModel.html)
/// with `get_ema_avg_fn`
#[doc(alias("EMA", "AveragedModel", "ModelEma", "Polyak", "SWA"))]
#[derive(Clone, Debug, PartialEq)]
pub struct ExponentialMovingAverage<N> {
    module: N,
    decay: f64,
    has_updates: bool,
}

impl<N> ExponentialMovingAverage<N> {
    /// Creates the average of the parameters of `net` with this decay. A decay of 0.999 averages over about the last
    /// thousand updates.
    ///
    /// Before the first update, the average is a copy of `net`.
    ///
    /// # Panics
    /// If `decay` is not at least 0 and less than 1.
    #[track_caller]
    pub fn new<S: Scalar>(net: &N, decay: f64) -> ExponentialMovingAverage<N>
    where
        N: Parameters<S>,
    {
        let decay = checked_decay::<S>("decay", decay, ROOM);
        ExponentialMovingAverage { module: net.clone(), decay, has_updates: false }
    }

    /// Updates the average by the parameters of `net`, usually after each step of an optimizer, and copies the buffers of
    /// `net`.
    ///
    /// # Examples
    /// ```
    /// use backprop::{ExponentialMovingAverage, Matrix, Parameter};
    ///
    /// let parameter = |p: f64| Parameter::<f64>::new(Matrix::from([[p]]));
    /// let mut average = ExponentialMovingAverage::new(&parameter(5.0), 0.75);
    /// average.update(&parameter(1.0))?; // the first update copies
    /// average.update(&parameter(3.0))?;
    /// assert_eq!(average.module(), &parameter(0.75 * 1.0 + 0.25 * 3.0));
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if `net` has another shape than the average; [`Error::NonFinite`] if a parameter is infinite or
    /// NaN. Nothing is changed then.
    #[doc(alias = "update_parameters")]
    pub fn update<S: Scalar>(&mut self, net: &N) -> Result<(), Error>
    where
        N: Parameters<S>,
    {
        if let Some((index, parameter)) = non_finite(net) {
            return Error::check_finite_parameter("parameter", double(&parameter), || net.name_of(index), "");
        }
        self.module.check_shape(net, "ExponentialMovingAverage::update")?;
        let [keep, new] = [self.decay, 1.0 - self.decay].map(S::of);
        let has_updates = std::mem::replace(&mut self.has_updates, true);
        self.module.zip(net, &mut |average, parameters| {
            average.with_slice_mut(|average| {
                if !has_updates {
                    return average.copy_from_slice(parameters.as_slice());
                }
                S::vectorize(|| {
                    for (a, &p) in average.iter_mut().zip(parameters.as_slice()) {
                        let moved = *a + new * (p - *a);
                        // The difference of two large numbers may overflow.
                        *a = if moved.is_finite() { moved } else { keep * *a + new * p };
                    }
                });
            });
        });
        copy_buffers(net, &mut self.module);
        Ok(())
    }

    /// Returns the network with the averaged parameters.
    pub fn module(&self) -> &N {
        &self.module
    }

    /// Returns the network with the averaged parameters, and ends the average.
    pub fn into_module(self) -> N {
        self.module
    }
}
