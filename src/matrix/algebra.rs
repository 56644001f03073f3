//! Products, sums, norms, softmax, attention and other functions of whole matrices, rows and columns.

use super::Matrix;
use super::ops::{
    CausalAttention, Columns, Extreme, Gather, LogSoftmax, LogSumExp, Norm, Normal, Normalize, Product,
    ProductOfTransposed, Select, Softmax, Stack, Sum, Transpose,
};
use crate::scalar::Scalar;
use ndarray::Array2;
use rand::Rng;
use std::ops::Range;

impl<S: Scalar> Matrix<S> {
    /// Computes the matrix product.
    ///
    /// Shapes: n × m times m × k is n × k.
    ///
    /// # Examples
    /// ```
    /// use backprop::Graph;
    ///
    /// let graph = Graph::new();
    /// let (x, w) = (graph.constants(&[[1.0, 2.0]]), graph.matrix(&[[3.0], [4.0]]));
    /// let y = x.matmul(&w).sum();
    /// assert_eq!((y.data(), y.backward().of(&w)), (11.0, vec![1.0, 2.0]));
    /// ```
    ///
    /// # Panics
    /// If the number of rows of `other` differs from the number of columns of `self`.
    #[doc(alias = "dot")]
    #[doc(alias = "mm")]
    #[track_caller]
    pub fn matmul(&self, other: &Matrix<S>) -> Matrix<S> {
        Matrix::compute([self, other], Product { is_strong: false })
    }

    /// Returns the product of the matrix and the transpose of another, `A·Bᵀ`, without a copy of the transpose.
    ///
    /// # Examples
    /// ```
    /// use backprop::Matrix;
    ///
    /// let (x, w) = (Matrix::from([[1.0, 2.0]]), Matrix::from([[3.0, 4.0], [5.0, 6.0]]));
    /// assert_eq!(x.matmul_t(&w), x.matmul(&w.t()));
    /// ```
    ///
    /// # Panics
    /// If the number of columns of `other` differs from that of `self`.
    #[doc(alias = "linear")]
    #[track_caller]
    pub fn matmul_t(&self, other: &Matrix<S>) -> Matrix<S> {
        Matrix::compute([self, other], ProductOfTransposed { is_strong: false })
    }

    /// Returns the transpose.
    #[doc(alias = "transpose")]
    pub fn t(&self) -> Matrix<S> {
        Matrix::compute([self], Transpose { size: 1 })
    }

    /// Returns the transpose of a matrix of blocks, each of `size` neighbouring elements of a row.
    ///
    /// If a row has the channels of an image one after the other, the result has a row for each channel, with the images
    /// of all samples.
    ///
    /// # Examples
    /// ```
    /// use backprop::Matrix;
    ///
    /// let x = Matrix::from([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]);
    /// assert_eq!(x.transpose_blocks(2), Matrix::from([[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 7.0, 8.0]]));
    /// ```
    ///
    /// # Panics
    /// If `size` does not divide the number of columns.
    #[track_caller]
    pub fn transpose_blocks(&self, size: usize) -> Matrix<S> {
        Matrix::compute([self], Transpose { size })
    }

    /// Returns the columns of `range`.
    ///
    /// # Panics
    /// If `range` ends beyond the last column.
    #[track_caller]
    pub fn columns(&self, range: Range<usize>) -> Matrix<S> {
        Matrix::compute([self], Columns(range))
    }

    /// Returns N matrices, each with the same number of neighbouring columns.
    ///
    /// # Examples
    /// ```
    /// use backprop::Matrix;
    ///
    /// let [x, y] = Matrix::from([[1.0, 2.0, 3.0, 4.0]]).split_columns();
    /// assert_eq!((x, y), (Matrix::from([[1.0, 2.0]]), Matrix::from([[3.0, 4.0]])));
    /// ```
    ///
    /// # Panics
    /// If N does not divide the number of columns.
    #[doc(alias("chunk", "hsplit"))]
    #[track_caller]
    pub fn split_columns<const N: usize>(&self) -> [Matrix<S>; N] {
        let columns = self.ncols();
        assert!(N > 0 && columns % N == 0, "the number of parts must divide the number of columns {columns}, got {N}");
        let width = columns / N;
        std::array::from_fn(|part| self.columns(part * width..(part + 1) * width))
    }

    /// Returns a matrix of this shape with independent random elements of the standard normal distribution. They are
    /// constants: nothing is propagated to `self`.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Graph, Matrix};
    ///
    /// let graph = Graph::new();
    /// let mean = graph.matrix(&[[1.0, 2.0], [3.0, 4.0]]);
    /// let deviation = graph.matrix(&[[1.0, 1.0], [1.0, 1.0]]);
    /// let noise = mean.randn_like(&mut SomeRng::seed_from_u64(1));
    /// let gradients = (&mean + &deviation * &noise).sum().backward();
    /// assert_eq!(gradients.of(&mean), [1.0; 4]);
    /// assert_eq!(gradients.of(&deviation), noise.data().as_slice());
    /// ```
    pub fn randn_like(&self, rng: &mut impl Rng) -> Matrix<S> {
        Matrix::compute([self], Normal { seed: rng.next_u64() })
    }

    /// Returns the rows with these indices, in this order.
    ///
    /// A row can occur several times. Its derivative is the sum of those of its occurrences.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Graph, Matrix};
    ///
    /// let graph = Graph::new();
    /// let x = graph.matrix(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// let y = x.gather_rows(&[2, 0, 2]);
    /// assert_eq!(y.data(), Matrix::from([[5.0, 6.0], [1.0, 2.0], [5.0, 6.0]]));
    /// assert_eq!(y.sum().backward().of(&x), [1.0, 1.0, 0.0, 0.0, 2.0, 2.0]);
    /// ```
    ///
    /// # Panics
    /// If an index is not less than the number of rows.
    #[doc(alias = "index_select")]
    #[doc(alias = "take")]
    #[track_caller]
    pub fn gather_rows(&self, indices: &[usize]) -> Matrix<S> {
        Matrix::compute([self], Gather(indices))
    }

    /// Concatenates the columns of `self` and `other`.
    ///
    /// # Examples
    /// ```
    /// use backprop::Matrix;
    ///
    /// let (x, y) = (Matrix::from([[1.0], [2.0]]), Matrix::from([[3.0], [4.0]]));
    /// assert_eq!(x.hstack(&y), Matrix::from([[1.0, 3.0], [2.0, 4.0]]));
    /// assert_eq!(x.vstack(&y), Matrix::from([[1.0], [2.0], [3.0], [4.0]]));
    /// ```
    ///
    /// # Panics
    /// If the numbers of rows differ.
    #[doc(alias = "concat")]
    #[doc(alias = "cat")]
    #[track_caller]
    pub fn hstack(&self, other: &Matrix<S>) -> Matrix<S> {
        Matrix::compute([self, other], Stack { axis: 1 })
    }

    /// Concatenates the rows of `self` and `other`.
    ///
    /// # Panics
    /// If the numbers of columns differ.
    #[doc(alias = "concat")]
    #[doc(alias = "cat")]
    #[track_caller]
    pub fn vstack(&self, other: &Matrix<S>) -> Matrix<S> {
        Matrix::compute([self, other], Stack { axis: 0 })
    }

    /// Returns the sum of all elements.
    pub fn sum(&self) -> S {
        Matrix::compute([self], Sum { keep: [false, false], mean: false }).item()
    }

    /// Returns the mean of all elements, NaN if there are none.
    pub fn mean(&self) -> S {
        Matrix::compute([self], Sum { keep: [false, false], mean: true }).item()
    }

    /// Computes the sum of each row, as a column.
    #[doc(alias = "sum_axis")]
    pub fn row_sums(&self) -> Matrix<S> {
        Matrix::compute([self], Sum { keep: [true, false], mean: false })
    }

    /// Computes the mean of each row, as a column.
    #[doc(alias = "mean_axis")]
    pub fn row_means(&self) -> Matrix<S> {
        Matrix::compute([self], Sum { keep: [true, false], mean: true })
    }

    /// Computes the sum of each column, as a row.
    #[doc(alias = "sum_axis")]
    pub fn column_sums(&self) -> Matrix<S> {
        Matrix::compute([self], Sum { keep: [false, true], mean: false })
    }

    /// Computes the mean of each column, as a row.
    #[doc(alias = "mean_axis")]
    pub fn column_means(&self) -> Matrix<S> {
        Matrix::compute([self], Sum { keep: [false, true], mean: true })
    }

    /// Returns the largest element of each row, as a column.
    ///
    /// The derivative is divided evenly among equal elements. NaN is ignored where there are numbers.
    ///
    /// # Examples
    /// ```
    /// use backprop::Graph;
    ///
    /// let graph = Graph::new();
    /// let x = graph.matrix(&[[1.0, 3.0], [2.0, 2.0]]);
    /// let sum = x.row_max().sum();
    /// assert_eq!(sum.data(), 5.0);
    /// assert_eq!(sum.backward().of(&x), [0.0, 1.0, 0.5, 0.5]);
    /// ```
    ///
    /// # Panics
    /// If there are no columns.
    #[doc(alias = "amax")]
    #[track_caller]
    pub fn row_max(&self) -> Matrix<S> {
        Matrix::compute([self], Extreme { keep: 0, largest: true })
    }

    /// Returns the smallest element of each row, as a column.
    ///
    /// The derivative is divided evenly among equal elements. NaN is ignored where there are numbers.
    ///
    /// # Panics
    /// If there are no columns.
    #[doc(alias = "amin")]
    #[track_caller]
    pub fn row_min(&self) -> Matrix<S> {
        Matrix::compute([self], Extreme { keep: 0, largest: false })
    }

    /// Returns the largest element of each column, as a row.
    ///
    /// The derivative is divided evenly among equal elements. NaN is ignored where there are numbers.
    ///
    /// # Panics
    /// If there are no rows.
    #[doc(alias = "amax")]
    #[track_caller]
    pub fn column_max(&self) -> Matrix<S> {
        Matrix::compute([self], Extreme { keep: 1, largest: true })
    }

    /// Returns the smallest element of each column, as a row.
    ///
    /// The derivative is divided evenly among equal elements. NaN is ignored where there are numbers.
    ///
    /// # Panics
    /// If there are no rows.
    #[doc(alias = "amin")]
    #[track_caller]
    pub fn column_min(&self) -> Matrix<S> {
        Matrix::compute([self], Extreme { keep: 1, largest: false })
    }

    /// Computes the Euclidean norm `√Σx²` of each row, as a column.
    ///
    /// Derivatives: `x/√Σx²`. They are 0 if all elements of the row are 0. No square overflows or underflows.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Graph, Matrix};
    ///
    /// let graph = Graph::new();
    /// let x = graph.matrix(&[[3.0, 4.0], [0.0, 0.0]]);
    /// let norms = x.row_norms();
    /// assert_eq!(norms.data(), Matrix::from([[5.0], [0.0]]));
    /// assert_eq!(norms.sum().backward().of(&x), [0.6, 0.8, 0.0, 0.0]);
    /// ```
    pub fn row_norms(&self) -> Matrix<S> {
        Matrix::compute([self], Norm { by_row: true })
    }

    /// Returns the Frobenius norm `√Σx²` of all elements.
    ///
    /// Derivatives: `x/√Σx²`. They are 0 if all elements are 0. No square overflows or underflows.
    #[doc(alias = "frobenius")]
    pub fn norm(&self) -> S {
        Matrix::compute([self], Norm { by_row: false }).item()
    }

    /// Normalizes each row by its mean and standard deviation (layer normalization).
    ///
    /// `epsilon` is added to the variance; PyTorch's default is 1e-5. Rows of equal elements become 0
    /// if the mean has no rounding error. No square overflows or underflows. A layer with learned scale and shift is
    /// `x.layer_norm(1e-5) * scale + shift`, with a row of parameters each.
    ///
    /// Equation, for a row of n elements: `yⱼ = (xⱼ − μ)/√(σ² + ε)`, with the mean `μ = Σxₖ/n` and the variance
    /// `σ² = Σ(xₖ − μ)²/n`.
    ///
    /// Derivatives: `∂yⱼ/∂xₖ = (δⱼₖ − 1/n − yⱼ·yₖ/n)/√(σ² + ε)`, where `δⱼₖ` is 1 for `j = k` and 0 otherwise.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Graph, Matrix};
    ///
    /// let graph = Graph::new();
    /// let x = graph.matrix(&[[1.0, 3.0], [5.0, 5.0]]);
    /// let y = x.layer_norm(3.0); // σ² + ε is 4 in the first row and 3 in the second
    /// assert_eq!(y.data(), Matrix::from([[-0.5, 0.5], [0.0, 0.0]]));
    /// assert_eq!(y[(0, 1)].backward().of(&x), [-0.1875, 0.1875, 0.0, 0.0]); // (1 − 1/2 − 0.5²/2)/2
    /// ```
    ///
    /// # References
    /// Ba, Kiros and Hinton, [Layer Normalization](https://arxiv.org/abs/1607.06450), 2016.
    #[doc(alias = "LayerNorm")]
    #[doc(alias = "standardize")]
    pub fn layer_norm(&self, epsilon: f64) -> Matrix<S> {
        Matrix::compute([self], Normalize { is_centered: true, epsilon })
    }

    /// Divides each row by its root mean square.
    ///
    /// `epsilon` is added to the mean square. No square overflows or underflows.
    ///
    /// Equation, for a row of n elements: `yⱼ = xⱼ/√(Σxₖ²/n + ε)`.
    ///
    /// Derivatives: `∂yⱼ/∂xₖ = (δⱼₖ − yⱼ·yₖ/n)/√(Σxₖ²/n + ε)`, where `δⱼₖ` is 1 for `j = k` and 0 otherwise.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Graph, Matrix};
    ///
    /// let graph = Graph::new();
    /// let x = graph.matrix(&[[1.0, 1.0], [0.0, 0.0]]);
    /// let y = x.rms_norm(3.0); // the mean square plus ε is 4 in the first row and 3 in the second
    /// assert_eq!(y.data(), Matrix::from([[0.5, 0.5], [0.0, 0.0]]));
    /// assert_eq!(y[(0, 0)].backward().of(&x), [0.4375, -0.0625, 0.0, 0.0]); // (1 − 0.5²/2)/2 and −0.5²/4
    /// ```
    ///
    /// # References
    /// Zhang and Sennrich, [Root Mean Square Layer Normalization](https://arxiv.org/abs/1910.07467), 2019.
    #[doc(alias = "RMSNorm")]
    pub fn rms_norm(&self, epsilon: f64) -> Matrix<S> {
        Matrix::compute([self], Normalize { is_centered: false, epsilon })
    }

    /// Returns the elements of `yes` where `condition` is true, and those of `no` elsewhere.
    ///
    /// Only the selected elements have derivatives: an element that is not selected can be infinite or NaN.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Graph, Matrix};
    ///
    /// let graph = Graph::new();
    /// let x = graph.matrix(&[[0.0_f64, 4.0]]);
    /// let condition = x.data().view().mapv(|x| x > 0.0);
    /// let root = Matrix::select(&condition, &x.sqrt(), &(&x * 0.0));
    /// assert_eq!(root.data(), Matrix::from([[0.0, 2.0]]));
    /// assert_eq!(root.sum().backward().of(&x), [0.0, 0.25]); // the derivative ∞ of √0 is not selected
    /// ```
    ///
    /// # Panics
    /// If the three do not have the same shape.
    #[doc(alias = "where")]
    #[track_caller]
    pub fn select(condition: &Array2<bool>, yes: &Matrix<S>, no: &Matrix<S>) -> Matrix<S> {
        Matrix::compute([yes, no], Select(condition.view()))
    }

    /// Computes the softmax `e^xⱼ / Σ e^xₖ` of each row.
    ///
    /// It is finite for elements of any size. Equal infinite elements that are the largest of their row have equal
    /// results, the limit for equal finite elements: the softmax of [∞, ∞, 1] is [½, ½, 0], and that of a row of n
    /// elements −∞ is 1/n in each.
    pub fn softmax(&self) -> Matrix<S> {
        Matrix::compute([self], Softmax)
    }

    /// Computes the logarithm of the softmax, `ln (e^xⱼ / Σ e^xₖ)`, of each row.
    ///
    /// It is finite for elements of any size. It does not lose the digits that `x − x.log_sum_exp()` loses where all
    /// elements are large.
    ///
    /// # Examples
    /// ```
    /// use backprop::Matrix;
    ///
    /// let x = Matrix::from([[1e8_f32, 1e8]]);
    /// assert_eq!(x.log_softmax(), Matrix::from([[-2.0_f32.ln(), -2.0_f32.ln()]]));
    /// assert_eq!(&x - x.log_sum_exp(), Matrix::from([[0.0, 0.0]])); // 1e8 + 0.69 is rounded to 1e8
    /// ```
    pub fn log_softmax(&self) -> Matrix<S> {
        Matrix::compute([self], LogSoftmax)
    }

    /// Computes `ln Σ e^xⱼ` of each row, as a column.
    ///
    /// It is finite for elements of any size.
    #[doc(alias = "logsumexp")]
    pub fn log_sum_exp(&self) -> Matrix<S> {
        Matrix::compute([self], LogSumExp)
    }

    /// Computes causal multi-head attention over one or several sequences.
    ///
    /// The rows are positions. The sequences follow each other in the rows, and `lengths` are their numbers of
    /// positions. Each position attends to itself and to the earlier positions of its sequence. Each of the `heads`
    /// heads has an equal part of the columns, in order.
    ///
    /// Shapes: `queries` and `keys` are n × w, `values` and the result n × u. `heads` divides w and u, and `lengths` add
    /// up to n.
    ///
    /// With the rows q, k, v and o of a head in the four matrices, and d = w / `heads`:
    ///
    /// ```text
    /// oᵢ = Σ pᵢⱼ·vⱼ        pᵢⱼ = e^sᵢⱼ / Σ e^sᵢₖ        sᵢⱼ = qᵢ·kⱼ/√d        j, k ≤ i in the same sequence
    /// ```
    ///
    /// The softmax is finite for scores s of any size. Scores of later positions are not computed: a position that is
    /// infinite or NaN does not affect earlier ones. The memory for the backward pass is one weight p for each pair of
    /// positions and head.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Graph, Matrix};
    ///
    /// let graph = Graph::new();
    /// let zeros = graph.constants(&[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]); // equal weights
    /// let values = graph.matrix(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
    /// let y = Matrix::causal_attention(&zeros, &zeros, &values, 2, &[2, 1]); // a sequence of two, then one of one
    /// assert_eq!(y.data(), Matrix::from([[1.0, 2.0], [2.0, 3.0], [5.0, 6.0]]));
    /// assert_eq!(y.sum().backward().of(&values), [1.5, 1.5, 0.5, 0.5, 1.0, 1.0]);
    /// ```
    ///
    /// # Panics
    /// If the shapes do not fit, if `heads` is 0 or does not divide the numbers of columns, or if `lengths` do not add up
    /// to the number of rows.
    ///
    /// # References
    /// [Vaswani et al. 2017](https://arxiv.org/abs/1706.03762), section 3.2
    #[doc(alias = "scaled_dot_product_attention")]
    #[doc(alias = "multi_head_attention")]
    #[track_caller]
    pub fn causal_attention(
        queries: &Matrix<S>,
        keys: &Matrix<S>,
        values: &Matrix<S>,
        heads: usize,
        lengths: &[usize],
    ) -> Matrix<S> {
        Matrix::compute([queries, keys, values], CausalAttention { heads, lengths: lengths.iter().copied() })
    }
}
