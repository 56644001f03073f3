//! The network: a transformer with one block, written with matrix products.

use backprop::rand::Rng;
use backprop::{Error, Matrix, Parameter, Scalar};
use rand_distr::{Distribution, StandardNormal};

/// Number of tokens: 26 letters and the mark between names.
pub const TOKENS: usize = 27;
/// Number of positions that the network attends to.
pub const CONTEXT: usize = 16;
const WIDTH: usize = 16;
const HEADS: usize = 4;
/// Added to the mean square of a row in its normalization.
const EPSILON: f64 = 1e-5;

/// Predicts the next token after each token of one or several names: 4,192 parameters.
///
/// Each row of the inputs is a position: a one-hot token, then a one-hot position. The outputs are logits.
#[derive(Clone)]
pub struct Transformer<S: Scalar> {
    /// One row for each token, then one for each position.
    embedding: Parameter<S>,
    queries: Parameter<S>,
    keys: Parameter<S>,
    values: Parameter<S>,
    projection: Parameter<S>,
    expansion: Parameter<S>,
    contraction: Parameter<S>,
    head: Parameter<S>,
}

backprop::module! {
    Transformer { embedding, queries, keys, values, projection, expansion, contraction, head }
    fn forward_batch(&self, tokens) {
        Error::check_count("inputs", TOKENS + CONTEXT, tokens.ncols(), || "transformer".into())?;
        let x = tokens.matmul(self.embedding.values()).rms_norm(EPSILON);
        let x = &x + self.attention(&x.rms_norm(EPSILON), &lengths(tokens));
        let hidden = x.rms_norm(EPSILON).matmul(self.expansion.values()).relu();
        Ok((x + hidden.matmul(self.contraction.values())).matmul(self.head.values()))
    }
}

impl Transformer<f32> {
    /// Creates a network with small random parameters.
    pub fn new(rng: &mut impl Rng) -> Transformer<f32> {
        let mut weights = |rows, columns| {
            let normal: Vec<f32> = StandardNormal.sample_iter(&mut *rng).take(rows * columns).collect();
            Parameter::new(Matrix::from_vec([rows, columns], normal) * 0.08)
        };
        Transformer {
            embedding: weights(TOKENS + CONTEXT, WIDTH),
            queries: weights(WIDTH, WIDTH),
            keys: weights(WIDTH, WIDTH),
            values: weights(WIDTH, WIDTH),
            projection: weights(WIDTH, WIDTH),
            expansion: weights(WIDTH, 4 * WIDTH),
            contraction: weights(4 * WIDTH, WIDTH),
            head: weights(WIDTH, TOKENS),
        }
    }
}

impl<S: Scalar> Transformer<S> {
    /// Computes causal multi-head attention: for each position and head, the mean of the values of this and all earlier
    /// positions of the name, weighted by the softmax of the products of its query with their keys.
    fn attention(&self, x: &Matrix<S>, lengths: &[usize]) -> Matrix<S> {
        let [queries, keys, values] = [&self.queries, &self.keys, &self.values].map(|w| x.matmul(w.values()));
        Matrix::causal_attention(&queries, &keys, &values, HEADS, lengths).matmul(self.projection.values())
    }
}

/// Returns the number of positions of each name. A name begins where the position is 0.
fn lengths<S: Scalar>(tokens: &Matrix<S>) -> Vec<usize> {
    let rows: Vec<usize> = (0..tokens.nrows()).collect();
    let is_first = |&row: &usize| tokens.get(row, TOKENS) == Some(S::one());
    rows.chunk_by(|_, next| !is_first(next)).map(<[usize]>::len).collect()
}
