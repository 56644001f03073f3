//! [`Trajectory`]: the parameters and gradients of a training, epoch by epoch.

use crate::nn::Module;
use crate::scalar::Scalar;

/// The parameters of a training and their last gradient: before the first epoch, after each recorded epoch, and at the
/// end.
///
/// [`Trainer::record`](crate::Trainer::record) fills it; a custom training loop calls [`push`](Self::push). The feature
/// `plot` draws it as `Surface` and `Distributions`.
///
/// A trainer always records its last epoch. Where it restores the parameters of the best epoch ([early
/// stopping](crate::Trainer::early_stopping)) or of the last good one (an error), it adds a snapshot with the number of
/// the last epoch and without a gradient. A second `fit` continues at the end of the trajectory and of its numbers.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Dataset, Loss, Mlp, Sgd, Trajectory, Trainer};
///
/// let line = Dataset::new([[1.0], [2.0]], [[1.0], [3.0]])?;
/// let mut net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1))?;
/// let mut trajectory = Trajectory::every(10);
/// Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(100).record(&mut trajectory).fit(&mut net, &line)?;
/// assert_eq!(trajectory.snapshots().len(), 11);
/// assert_eq!(trajectory.snapshots()[10].epoch, 100);
/// assert_eq!(trajectory.snapshots()[10].parameters, net.parameters());
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory<T> {
    every: usize,
    snapshots: Vec<Snapshot<T>>,
}

/// The parameters and the gradient at one point of a [`Trajectory`].
#[doc(alias = "checkpoint")]
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot<T> {
    /// The number of epochs or steps before it; a trainer counts those of all its fits.
    pub epoch: usize,
    /// All parameters, in the order of [`Parameters::parameters`](crate::Parameters::parameters).
    pub parameters: Vec<T>,
    /// The gradient of the last step, with regularization; `None` before the first step and after parameters were
    /// restored.
    pub gradient: Option<Vec<T>>,
}

impl<T: Scalar> Trajectory<T> {
    /// Creates a trajectory that records every epoch.
    pub fn new() -> Trajectory<T> {
        Trajectory::every(1)
    }

    /// Creates a trajectory that records the start and each epoch whose number is a multiple of `epochs`.
    ///
    /// # Panics
    /// If `epochs` is 0.
    #[track_caller]
    pub fn every(epochs: usize) -> Trajectory<T> {
        assert!(epochs > 0, "`epochs` must be positive, got 0");
        Trajectory { every: epochs, snapshots: Vec::new() }
    }

    /// Returns the snapshots, in order.
    pub fn snapshots(&self) -> &[Snapshot<T>] {
        &self.snapshots
    }

    /// Adds the parameters of a network after `epoch` epochs or steps, if that number is to be recorded.
    pub fn push<N: Module<T>>(&mut self, epoch: usize, net: &N, gradient: Option<&N>) {
        if epoch % self.every == 0 {
            self.push_always(epoch, net, gradient);
        }
    }

    /// Adds the parameters of a network for any number, unless they are those of the last snapshot.
    pub(super) fn end_at<N: Module<T>>(&mut self, epoch: usize, net: &N, gradient: Option<&N>) {
        if self.snapshots.last().is_none_or(|last| (last.epoch, &last.parameters) != (epoch, &net.parameters())) {
            self.push_always(epoch, net, gradient);
        }
    }

    fn push_always<N: Module<T>>(&mut self, epoch: usize, net: &N, gradient: Option<&N>) {
        let (parameters, gradient) = (net.parameters(), gradient.map(|gradient| gradient.parameters()));
        self.snapshots.push(Snapshot { epoch, parameters, gradient });
    }

    /// Returns the number of the last epoch.
    pub(super) fn epochs(&self) -> usize {
        self.snapshots.last().map_or(0, |last| last.epoch)
    }
}

impl<T: Scalar> Default for Trajectory<T> {
    fn default() -> Trajectory<T> {
        Trajectory::new()
    }
}
