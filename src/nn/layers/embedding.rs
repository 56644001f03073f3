//! [`Embedding`]: a row of parameters for each index. Its mathematics, both passes, is in `matrix/ops/gather.rs`.

use crate::error::Error;
use crate::matrix::Matrix;
use crate::matrix::ops::Lookup;
use crate::nn::Parameter;
use crate::scalar::{Scalar, double};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// An embedding, `torch.nn.Embedding`: each input is the index of a row of the weight, and the output is this row.
///
/// Shapes: the weight is count × dimension. A row of k indices gives a row of k·dimension outputs, one embedding after
/// the other. With [`Matrix::reshape`], each embedding has a row of its own.
///
/// The indices are numbers, so that they fit in a matrix: 0.0 for the first row. They have no derivatives. The backward
/// pass adds only to the rows that were used. The initial weights are drawn as in PyTorch, from the normal distribution
/// with mean 0 and variance 1.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Embedding, Matrix, Module, Parameters};
///
/// let mut embedding = Embedding::<f64>::new(3, 2, &mut SomeRng::seed_from_u64(1));
/// embedding.set_parameters(&[0.0, 0.1, 1.0, 1.1, 2.0, 2.1])?;
/// let y = embedding.forward_batch(&Matrix::from([[2.0, 0.0], [1.0, 1.0]]))?;
/// assert_eq!(y, Matrix::from([[2.0, 2.1, 0.0, 0.1], [1.0, 1.1, 1.0, 1.1]]));
///
/// let error = embedding.forward_batch(&Matrix::from([[0.0], [3.0]])).unwrap_err();
/// let text = "`index` must be an integer from 0 to 2 in sample 2 of Embedding(3, 2), got 3";
/// assert_eq!(error.to_string(), text);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] if an input is not an integer, or not less than the number of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding<S: Scalar> {
    weight: Parameter<S>,
    padding_idx: Option<usize>,
}

impl<S: Scalar> Embedding<S> {
    /// Creates an embedding of `count` indices, with `dimension` random weights for each.
    pub fn new(count: usize, dimension: usize, rng: &mut impl Rng) -> Embedding<S> {
        let draw = |_| S::of(StandardNormal.sample(rng));
        Embedding { weight: Parameter::new(Matrix::from_shape_fn([count, dimension], draw)), padding_idx: None }
    }

    /// Returns the embedding in which the row `index` is 0 and has no gradient: the index stands for the padding of short
    /// sequences.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Embedding, Graph, Matrix, Module};
    ///
    /// let embedding = Embedding::<f64>::new(3, 2, &mut SomeRng::seed_from_u64(1)).padding_idx(0);
    /// let graph = Graph::new();
    /// let on_graph = embedding.attach(&graph);
    /// let y = on_graph.forward_batch(&graph.constants(&[[2.0, 0.0, 0.0]]))?;
    /// assert_eq!(y.data().columns(2..6), Matrix::zeros([1, 4]));
    /// assert_eq!(y.sum().backward().of(on_graph.weight().values()), [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If `index` is not less than the number of rows.
    #[track_caller]
    pub fn padding_idx(self, index: usize) -> Embedding<S> {
        let mut weight = self.weight.values().clone();
        let [count, dimension] = weight.shape();
        assert!(index < count, "`index` must be less than {count}, got {index}, in padding_idx");
        weight.with_slice_mut(|weight| weight[index * dimension..][..dimension].fill(S::zero()));
        Embedding { weight: Parameter::new(weight), padding_idx: Some(index) }
    }

    /// Returns the weight, a row for each index.
    pub fn weight(&self) -> &Parameter<S> {
        &self.weight
    }
}

module! {
    Embedding { weight; padding_idx }
    fn forward_batch(&self, x) {
        let ([count, dimension], [samples, columns]) = (self.weight.values().shape(), x.shape());
        for (i, j) in (0..samples).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            let index = x.get(i, j).map_or(f64::NAN, |index| double(&index)); // `iter` would collect values on a graph
            if !(index >= 0.0 && index < count as f64 && index.fract() == 0.0) {
                let (last, sample) = (count as f64 - 1.0, i + 1);
                let range = format!("be an integer from 0 to {last} in sample {sample} of Embedding({count}, {dimension})");
                return Err(Error::invalid_argument("index", range, index));
            }
        }
        Ok(Matrix::compute([self.weight.values(), x], Lookup { padding_idx: self.padding_idx }))
    }
}
