//! [`Trajectory`]: where a training went, its parameters and gradients.

use crate::nn::Net;
use crate::scalar::Scalar;

/// Where a training went: all parameters and their last gradient, before the first epoch, after each that is recorded, and where
/// the net is at the end.
///
/// What [`Trainer::record`](crate::Trainer::record) writes; a loop of one's own calls [`push`](Self::push). Pictures of it, with
/// the feature `plot`, are `Surface` and `Distributions`.
///
/// A trainer always records its last epoch, and where it puts the net back to the best epoch ([early
/// stopping](crate::Trainer::early_stopping)) or to the last good one (an error), one place more, with the number of the last
/// epoch and without a gradient. A second `fit` goes on where the trajectory ends, and counts on from there.
///
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

/// A place on a [`Trajectory`].
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot<T> {
    /// How many epochs, or steps, had been done; of a trainer's, in all its fits together.
    pub epoch: usize,
    /// All parameters, in the order of [`Net::parameters`].
    pub parameters: Vec<T>,
    /// The derivatives of the loss by them that the last step followed, penalties included; `None` where no step led, before the
    /// first and where a net was put back.
    pub gradient: Option<Vec<T>>,
}

impl<T: Scalar> Trajectory<T> {
    /// A trajectory that takes every epoch.
    pub fn new() -> Trajectory<T> {
        Trajectory::every(1)
    }

    /// A trajectory that takes one of so many epochs, the first place included.
    ///
    /// # Panics
    /// When it is 0.
    #[track_caller]
    pub fn every(epochs: usize) -> Trajectory<T> {
        assert!(epochs > 0, "`epochs` must be positive, got 0");
        Trajectory { every: epochs, snapshots: Vec::new() }
    }

    /// Its places, in order.
    pub fn snapshots(&self) -> &[Snapshot<T>] {
        &self.snapshots
    }

    /// Adds where a net is after this number of epochs, or of steps, if that number is one to be recorded.
    pub fn push<N: Net<T>>(&mut self, epoch: usize, net: &N, gradient: Option<&N>) {
        if epoch % self.every == 0 {
            self.push_always(epoch, net, gradient);
        }
    }

    /// Adds where a net is, whatever the number, unless the trajectory ends there.
    pub(super) fn end_at<N: Net<T>>(&mut self, epoch: usize, net: &N, gradient: Option<&N>) {
        if self.snapshots.last().is_none_or(|last| (last.epoch, &last.parameters) != (epoch, &net.parameters())) {
            self.push_always(epoch, net, gradient);
        }
    }

    fn push_always<N: Net<T>>(&mut self, epoch: usize, net: &N, gradient: Option<&N>) {
        let (parameters, gradient) = (net.parameters(), gradient.map(|gradient| gradient.parameters()));
        self.snapshots.push(Snapshot { epoch, parameters, gradient });
    }

    /// How many epochs it has already.
    pub(super) fn epochs(&self) -> usize {
        self.snapshots.last().map_or(0, |last| last.epoch)
    }
}

impl<T: Scalar> Default for Trajectory<T> {
    fn default() -> Trajectory<T> {
        Trajectory::new()
    }
}
