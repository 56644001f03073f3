//! [`Trail`]: where a training went, its parameters and gradients.

use crate::{Net, Scalar};

/// Where a training went: all parameters and their last gradient, before the first epoch and after each that is recorded.
///
/// What [`Trainer::record`](crate::Trainer::record) writes; a loop of one's own calls [`push`](Self::push). Pictures of it, with
/// the feature `plot`, are `Surface` and `Distributions`.
///
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Dataset, Loss, Mlp, Sgd, Trail, Trainer};
///
/// let line = Dataset::new([[1.0], [2.0]], [[1.0], [3.0]])?;
/// let mut net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1))?;
/// let mut trail = Trail::every(10);
/// Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(100).record(&mut trail).fit(&mut net, &line)?;
/// assert_eq!(trail.moments().len(), 11);
/// assert_eq!(trail.moments()[10].epoch, 100);
/// assert_eq!(trail.moments()[10].parameters, net.parameters());
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Trail<T> {
    every: usize,
    moments: Vec<Moment<T>>,
}

/// A place on a [`Trail`].
#[derive(Clone, Debug, PartialEq)]
pub struct Moment<T> {
    /// How many epochs, or steps, had been done.
    pub epoch: usize,
    /// All parameters, in the order of [`Net::parameters`].
    pub parameters: Vec<T>,
    /// The derivatives of the loss by them that the last step followed, penalties included; `None` before the first.
    pub gradient: Option<Vec<T>>,
}

impl<T: Scalar> Trail<T> {
    /// A trail that takes every epoch.
    pub fn new() -> Trail<T> {
        Trail::every(1)
    }

    /// A trail that takes one of so many epochs, the first place included.
    ///
    /// # Panics
    /// When it is 0.
    #[track_caller]
    pub fn every(epochs: usize) -> Trail<T> {
        assert!(epochs > 0, "a trail takes every epoch, or one of several, and not of 0");
        Trail { every: epochs, moments: Vec::new() }
    }

    /// Its places, in order.
    pub fn moments(&self) -> &[Moment<T>] {
        &self.moments
    }

    /// Adds where a net is after this number of epochs, or of steps, if that number is one to be recorded.
    pub fn push<N: Net<T>>(&mut self, epoch: usize, net: &N, gradient: Option<&N>) {
        if epoch % self.every == 0 {
            let (parameters, gradient) = (net.parameters(), gradient.map(|gradient| gradient.parameters()));
            self.moments.push(Moment { epoch, parameters, gradient });
        }
    }
}

impl<T: Scalar> Default for Trail<T> {
    fn default() -> Trail<T> {
        Trail::new()
    }
}
