//! [`MultiheadAttention`]. The mathematics of causal attention, both passes, is in `matrix/ops/attention.rs`.

use super::{Dropout, Linear, check_inputs};
use crate::error::Error;
use crate::matrix::Matrix;
use crate::nn::{Module, Parameter};
use crate::scalar::Scalar;
use rand::Rng;
use rand_distr::{Distribution, Uniform};
use std::ops::Range;

/// Multi-head attention, `torch.nn.MultiheadAttention`.
///
/// Equation, for each head, which has the width d = width/heads, with its columns of Q = queries·W_qᵀ + b_q,
/// K = keys·W_kᵀ + b_k and V = values·W_vᵀ + b_v:
///
/// ```text
/// oᵢ = Σ pᵢⱼ·vⱼ        pᵢⱼ = e^sᵢⱼ / Σ e^sᵢₖ        sᵢⱼ = qᵢ·kⱼ/√d
/// ```
///
/// The outputs of all heads, side by side, go through a [`Linear`] layer.
///
/// Shapes: in all matrices, each row is a position of a sequence, with `width` columns, so a batch of several sequences is
/// a call of [`forward_sequences`](Self::forward_sequences). `in_proj_weight` has W_q, W_k and W_v one below the other,
/// 3·width × width.
///
/// As a module, it computes the self-attention of the rows, which are one sequence. Each row of outputs depends on other
/// rows, so the batch of a network with it must not be split into parts.
///
/// The initial parameters are those of PyTorch: `in_proj_weight` is uniform within ±√(6/(4·width)), the weight of
/// `out_proj` uniform within ±1/√width, and all biases are 0.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Matrix, Module, MultiheadAttention};
///
/// let attention = MultiheadAttention::<f64>::new(4, 2, &mut SomeRng::seed_from_u64(1));
/// let x = Matrix::from_shape_fn([3, 4], |(i, j)| (i + 2 * j) as f64 * 0.1); // a sequence of three positions
/// let y = attention.forward_batch(&x)?;
/// assert_eq!(y.shape(), [3, 4]);
///
/// let causal = attention.clone().causal(); // a position attends to itself and to earlier ones
/// let first = causal.forward_batch(&x.rows(0..1))?;
/// assert!((causal.forward_batch(&x)?.rows(0..1) - first).norm() < 1e-15);
///
/// let memory = Matrix::from_shape_fn([5, 4], |(i, j)| (3 * i + j) as f64 * 0.1); // of another sequence
/// assert_eq!(attention.attend(&x, &memory, &memory, None)?.shape(), [3, 4]);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if the inputs do not have `width` columns.
///
/// # References
/// [Vaswani et al. 2017](https://arxiv.org/abs/1706.03762), section 3.2
#[derive(Clone, Debug, PartialEq)]
pub struct MultiheadAttention<S: Scalar> {
    in_proj_weight: Parameter<S>,
    in_proj_bias: Option<Parameter<S>>,
    out_proj: Linear<S>,
    dropout: Option<Dropout>,
    heads: usize,
    is_causal: bool,
}

impl<S: Scalar> MultiheadAttention<S> {
    /// Creates attention with random weights.
    ///
    /// # Panics
    /// If `width` is 0, or `heads` does not divide it.
    #[track_caller]
    pub fn new(width: usize, heads: usize, rng: &mut impl Rng) -> MultiheadAttention<S> {
        let attention = MultiheadAttention::without_bias(width, heads, rng);
        MultiheadAttention {
            in_proj_bias: Some(Parameter::bias(Matrix::zeros([1, 3 * width]))),
            out_proj: attention.out_proj.with_zero_bias(),
            ..attention
        }
    }

    /// Creates attention that has no biases, with random weights.
    ///
    /// # Panics
    /// If `width` is 0, or `heads` does not divide it.
    #[doc(alias = "bias=False")]
    #[track_caller]
    pub fn without_bias(width: usize, heads: usize, rng: &mut impl Rng) -> MultiheadAttention<S> {
        assert!(width > 0 && heads > 0 && width % heads == 0, "`heads` must divide the width {width}, got {heads}");
        let limit = (6.0 / (4 * width) as f64).sqrt();
        let distribution = Uniform::new_inclusive(-limit, limit).expect("the limit is finite and positive");
        let weight = Matrix::from_shape_fn([3 * width, width], |_| S::of(distribution.sample(rng)));
        MultiheadAttention {
            in_proj_weight: Parameter::new(weight),
            in_proj_bias: None,
            out_proj: Linear::without_bias(width, width, rng),
            dropout: None,
            heads,
            is_causal: false,
        }
    }

    /// Returns the attention in which a position attends to itself and to earlier positions only.
    #[doc(alias = "attn_mask")]
    pub fn causal(self) -> MultiheadAttention<S> {
        MultiheadAttention { is_causal: true, ..self }
    }

    /// Returns the attention with dropout of the weights pᵢⱼ: in training, each is 0 with probability `p`, and otherwise
    /// divided by 1 − `p`; see [`Dropout`](crate::Dropout). Causal attention with dropout takes longer in training, as it
    /// also computes the scores of later positions.
    ///
    /// # Panics
    /// If `p` is not at least 0 and at most 1.
    #[track_caller]
    pub fn dropout(self, p: f64) -> MultiheadAttention<S> {
        MultiheadAttention { dropout: Some(Dropout::new(p)), ..self }
    }

    /// Computes the self-attention of several sequences, which follow each other in the rows and have these lengths.
    ///
    /// # Errors
    /// [`Error::Shape`] if the inputs do not have `width` columns, or if the lengths do not add up to the number of rows.
    #[track_caller]
    pub fn forward_sequences(&self, inputs: &Matrix<S>, lengths: &[usize]) -> Result<Matrix<S>, Error> {
        let width = self.out_proj.weight().values().ncols();
        check_inputs(width, inputs, || self.name())?;
        Error::check_count("rows of all sequences", inputs.nrows(), lengths.iter().sum(), || self.name())?;
        let projected = self.add_bias(inputs.matmul_t(self.in_proj_weight.values()), 0..3 * width);
        let parts = [0, 1, 2].map(|part| projected.columns(part * width..(part + 1) * width));
        let [queries, keys, values] = &parts;
        let is_dropping = self.dropout.as_ref().is_some_and(Dropout::is_training);
        // The operation of causal attention has no dropout.
        let attended = if self.is_causal && !is_dropping {
            Matrix::causal_attention(queries, keys, values, self.heads, lengths)
        } else {
            let mut first = 0;
            let sequences = lengths.iter().filter(|&&length| length > 0).map(|&length| {
                let rows = first..first + length;
                first = rows.end;
                self.heads_of(parts.each_ref().map(|x| x.rows(rows.clone())), self.mask(length, length, |key| key))
            });
            sequences.reduce(|above, below| above.vstack(&below)).unwrap_or_else(|| inputs.clone())
        };
        self.out_proj.forward_batch(&attended)
    }

    /// Computes the attention of queries to the keys of another sequence, with a value for each key.
    ///
    /// `key_padding_mask` is true for each key that is ignored, as in PyTorch; `None` if there are none. In
    /// [`causal`](Self::causal) attention, the query i attends to the keys j ≤ i.
    ///
    /// # Errors
    /// [`Error::Shape`] if a matrix does not have `width` columns, or if the numbers of keys, values and elements of the
    /// mask differ; [`Error::InvalidArgument`] if a query has no key that is not ignored.
    #[doc(alias = "cross_attention")]
    #[track_caller]
    pub fn attend(
        &self,
        queries: &Matrix<S>,
        keys: &Matrix<S>,
        values: &Matrix<S>,
        key_padding_mask: Option<&[bool]>,
    ) -> Result<Matrix<S>, Error> {
        let (width, name) = (self.out_proj.weight().values().ncols(), || self.name());
        for (what, x) in [("columns of queries", queries), ("columns of keys", keys), ("columns of values", values)] {
            Error::check_count(what, width, x.ncols(), name)?;
        }
        Error::check_count("rows of values", keys.nrows(), values.nrows(), name)?;
        let mask = key_padding_mask.unwrap_or_default();
        if key_padding_mask.is_some() {
            Error::check_count("elements of the mask", keys.nrows(), mask.len(), name)?;
        }
        // Keys that are ignored take no part: they may be infinite or NaN.
        let kept: Vec<usize> = (0..keys.nrows()).filter(|&key| mask.get(key) != Some(&true)).collect();
        if kept.first().is_none_or(|&first| self.is_causal && first > 0) && !queries.is_empty() {
            let requirement = format!("leave a key to each query of {}", self.name());
            return Err(Error::invalid_argument("key_padding_mask", requirement, format!("{mask:?}")));
        }
        let is_masked = kept.len() < keys.nrows();
        let [keys, values] = [keys, values].map(|x| if is_masked { x.gather_rows(&kept) } else { x.clone() });
        let mask = self.mask(queries.nrows(), kept.len(), |key| kept[key]);
        let x = [queries, &keys, &values];
        let projected = [0, 1, 2].map(|part| {
            let range = part * width..(part + 1) * width;
            let weight = self.in_proj_weight.values().rows(range.clone());
            self.add_bias(x[part].matmul_t(&weight), range)
        });
        self.out_proj.forward_batch(&self.heads_of(projected, mask))
    }

    /// Adds the elements of `range` of the bias to all rows, if there is a bias.
    fn add_bias(&self, products: Matrix<S>, range: Range<usize>) -> Matrix<S> {
        match &self.in_proj_bias {
            Some(bias) => products + bias.values().part(range),
            None => products,
        }
    }

    /// Returns −∞ for each query, in the rows, and each later key, given the positions of the keys, and 0 elsewhere;
    /// `None` if the attention is not causal.
    fn mask(&self, queries: usize, keys: usize, position: impl Fn(usize) -> usize) -> Option<Matrix<S>> {
        self.is_causal.then(|| {
            let score = |(query, key)| if position(key) > query { S::neg_infinity() } else { S::zero() };
            Matrix::from_shape_fn([queries, keys], score)
        })
    }

    /// Returns the outputs of all heads, side by side. `mask` is added to the scores of each head.
    fn heads_of(&self, projected: [Matrix<S>; 3], mask: Option<Matrix<S>>) -> Matrix<S> {
        let width = projected[0].ncols() / self.heads;
        let heads = (0..self.heads).map(|head| {
            let [q, k, v] = projected.each_ref().map(|x| x.columns(head * width..(head + 1) * width));
            let scores = q.matmul_t(&k) / (width as f64).sqrt();
            let weights = match &mask {
                Some(mask) => (scores + mask).softmax(),
                None => scores.softmax(),
            };
            match &self.dropout {
                Some(dropout) => dropout.apply(weights).matmul(&v),
                None => weights.matmul(&v),
            }
        });
        heads.reduce(|left, right| left.hstack(&right)).expect("there is a head")
    }

    fn name(&self) -> String {
        format!("MultiheadAttention({}, {})", self.out_proj.weight().values().ncols(), self.heads)
    }
}

module! {
    MultiheadAttention { in_proj_weight, in_proj_bias, out_proj, dropout; heads, is_causal }
    fn forward_batch(&self, x) {
        self.forward_sequences(x, &[x.nrows()])
    }
}
