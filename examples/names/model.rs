//! The network: a transformer of one block, made of products of matrices.

use backprop::rand::Rng;
use backprop::{Error, Matrix, Parameter, Scalar};
use rand_distr::{Distribution, StandardNormal};

/// Letters, and the mark between names.
pub const TOKENS: usize = 27;
/// The number of tokens that the network attends to.
pub const CONTEXT: usize = 16;
const WIDTH: usize = 16;
const HEADS: usize = 4;

/// Predicts the next token after each token of a name: 4,192 parameters.
///
/// The inputs are a row for each position: a 1 for the token, then a 1 for the position. The outputs are logits.
#[derive(Clone)]
pub struct Transformer<S: Scalar> {
    /// A row for each token, then one for each position.
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
        let x = normalized(&tokens.matmul(self.embedding.values()));
        let x = &x + self.attention(&normalized(&x));
        let hidden = normalized(&x).matmul(self.expansion.values()).relu();
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
    /// Computes, for each position and head, a mean of the values of this position and those before it, weighted by how well
    /// its query matches their keys.
    fn attention(&self, x: &Matrix<S>) -> Matrix<S> {
        let [queries, keys, values] = [&self.queries, &self.keys, &self.values].map(|w| x.matmul(w.values()));
        let (mask, scale) = (future(x.nrows()), 1.0 / f64::sqrt((WIDTH / HEADS) as f64));
        let heads = (0..HEADS).map(|head| {
            let columns = head * WIDTH / HEADS..(head + 1) * WIDTH / HEADS;
            let [q, k, v] = [&queries, &keys, &values].map(|all| all.columns(columns.clone()));
            (q.matmul(&k.t()) * scale + &mask).softmax().matmul(&v)
        });
        let heads = heads.reduce(|left, right| left.hstack(&right)).expect("there are heads");
        heads.matmul(self.projection.values())
    }
}

/// Returns −∞ where a position (row) would attend to a later one (column), 0 elsewhere.
fn future<S: Scalar>(positions: usize) -> Matrix<S> {
    Matrix::from_shape_fn([positions; 2], |(row, column)| if column > row { S::neg_infinity() } else { S::zero() })
}

/// Divides each row by its root mean square.
fn normalized<S: Scalar>(x: &Matrix<S>) -> Matrix<S> {
    x / ((x * x).row_means() + 1e-5).sqrt()
}
