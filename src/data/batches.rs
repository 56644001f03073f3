//! [`Batches`]: the samples of a dataset in batches, for custom training loops.

use super::Dataset;
use crate::scalar::Scalar;
use ndarray::{Array2, Axis};
use rand::Rng;
use rand::seq::SliceRandom;
use std::iter::FusedIterator;

impl<T: Scalar> Dataset<T> {
    /// Returns an iterator over the samples in random order, in batches of `batch_size` samples: inputs and targets
    /// with a sample in each row.
    ///
    /// The last batch has the remaining samples. Call it once for each epoch, so that each has another order.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Activation, Dataset, Loss, Mlp, Optimizer, Sgd, Workspace};
    ///
    /// let data = Dataset::new([[0.0], [1.0], [2.0], [3.0], [4.0]], [[1.0], [3.0], [5.0], [7.0], [9.0]])?; // 2x + 1
    /// let mut rng = SomeRng::seed_from_u64(1);
    /// let mut net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut rng)?;
    /// let (mut workspace, mut gradient, mut sgd) = (Workspace::new(), net.clone(), Sgd::new(0.05));
    /// for _ in 0..500 {
    ///     for (inputs, targets) in data.batches(2, &mut rng) {
    ///         workspace.loss_and_gradient(&net, &inputs, &targets, Loss::MeanSquaredError, &mut gradient)?;
    ///         sgd.step(&mut net, &gradient)?;
    ///     }
    /// }
    /// assert!((net.forward(&[10.0])?[0] - 21.0).abs() < 1e-3);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `batch_size` is 0.
    #[doc(alias("DataLoader", "iter_batches", "shuffle"))]
    #[track_caller]
    pub fn batches(&self, batch_size: usize, rng: &mut impl Rng) -> Batches<'_, T> {
        let mut batches = self.batches_in_order(batch_size);
        batches.order.shuffle(rng);
        batches
    }

    /// Returns an iterator over the samples in their order, in batches of `batch_size` samples: inputs and targets with
    /// a sample in each row.
    ///
    /// The last batch has the remaining samples.
    ///
    /// # Examples
    /// ```
    /// use backprop::Dataset;
    /// use backprop::ndarray::array;
    ///
    /// let data = Dataset::new([[1.0], [2.0], [3.0]], [[10.0], [20.0], [30.0]])?;
    /// let batches: Vec<_> = data.batches_in_order(2).collect();
    /// assert_eq!(batches, [(array![[1.0], [2.0]], array![[10.0], [20.0]]), (array![[3.0]], array![[30.0]])]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `batch_size` is 0.
    #[track_caller]
    pub fn batches_in_order(&self, batch_size: usize) -> Batches<'_, T> {
        assert!(batch_size > 0, "`batch_size` must be positive, got 0");
        Batches { dataset: self, order: (0..self.len()).collect(), batch_size, first: 0 }
    }
}

/// An iterator over batches of samples, created by [`Dataset::batches`] and [`Dataset::batches_in_order`].
///
/// # Examples
/// ```
/// use backprop::Dataset;
///
/// let data = Dataset::new([[1.0], [2.0], [3.0]], [[10.0], [20.0], [30.0]])?;
/// let mut batches = data.batches_in_order(2);
/// assert_eq!(batches.len(), 2); // the number of remaining batches
/// batches.next();
/// assert_eq!(batches.len(), 1);
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Batches<'a, T> {
    dataset: &'a Dataset<T>,
    order: Vec<usize>,
    batch_size: usize,
    /// The position of the next sample in the order.
    first: usize,
}

impl<T: Scalar> Iterator for Batches<'_, T> {
    /// The inputs and the targets.
    type Item = (Array2<T>, Array2<T>);

    fn next(&mut self) -> Option<(Array2<T>, Array2<T>)> {
        let rest = &self.order[self.first..];
        let indices = &rest[..rest.len().min(self.batch_size)];
        if indices.is_empty() {
            return None;
        }
        self.first += indices.len();
        let Dataset { inputs, targets, .. } = self.dataset;
        Some((inputs.select(Axis(0), indices), targets.select(Axis(0), indices)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let batches = (self.order.len() - self.first).div_ceil(self.batch_size);
        (batches, Some(batches))
    }
}

impl<T: Scalar> ExactSizeIterator for Batches<'_, T> {}

impl<T: Scalar> FusedIterator for Batches<'_, T> {}
