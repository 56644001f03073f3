//! The net: a transformer of one block, made of products of matrices.

use backprop::ndarray::Array2;
use backprop::rand::Rng;
use backprop::{Activation, Error, Rows, Scalar, UnaryFunction, Weights};
use rand_distr::{Distribution, StandardNormal};

/// Letters, and the mark between names.
pub const TOKENS: usize = 27;
/// How many tokens the net looks at.
pub const CONTEXT: usize = 16;
const WIDTH: usize = 16;
const HEADS: usize = 4;

/// What comes next, for each token of a name: 4,192 parameters.
///
/// The inputs are a row for each position: a 1 for the token, then a 1 for the position. The outputs are logits.
#[derive(Clone)]
pub struct Transformer<S: Scalar> {
    /// A row for each token, then one for each position.
    embedding: Weights<S>,
    queries: Weights<S>,
    keys: Weights<S>,
    values: Weights<S>,
    together: Weights<S>,
    expansion: Weights<S>,
    contraction: Weights<S>,
    head: Weights<S>,
}

backprop::net! {
    Transformer { embedding, queries, keys, values, together, expansion, contraction, head }
    fn forward_rows(self, tokens) {
        Error::check_count("inputs", TOKENS + CONTEXT, tokens.dimensions()[1], || "transformer".into())?;
        let x = normalised(&tokens.matmul(self.embedding.rows()));
        let x = x.add(&self.attention(&normalised(&x)));
        let hidden = normalised(&x).matmul(self.expansion.rows()).apply(Activation::Relu);
        let x = x.add(&hidden.matmul(self.contraction.rows()));
        Ok(x.matmul(self.head.rows()))
    }
}

impl Transformer<f32> {
    /// With small random parameters.
    pub fn new(rng: &mut impl Rng) -> Transformer<f32> {
        let mut weights = |rows, columns| {
            Weights::new(Array2::from_shape_simple_fn((rows, columns), || {
                let x: f32 = StandardNormal.sample(rng);
                0.08 * x
            }))
        };
        Transformer {
            embedding: weights(TOKENS + CONTEXT, WIDTH),
            queries: weights(WIDTH, WIDTH),
            keys: weights(WIDTH, WIDTH),
            values: weights(WIDTH, WIDTH),
            together: weights(WIDTH, WIDTH),
            expansion: weights(WIDTH, 4 * WIDTH),
            contraction: weights(4 * WIDTH, WIDTH),
            head: weights(WIDTH, TOKENS),
        }
    }
}

impl<S: Scalar> Transformer<S> {
    /// What each position takes from those before it, and from itself: a mean of their values, weighted by how well its
    /// query fits their keys; for each head apart.
    fn attention(&self, x: &S::Rows) -> S::Rows {
        let [queries, keys, values] = [&self.queries, &self.keys, &self.values].map(|w| x.matmul(w.rows()));
        let [positions, _] = x.dimensions();
        let future = future(positions);
        let heads = (0..HEADS).map(|head| {
            let columns = head * WIDTH / HEADS..(head + 1) * WIDTH / HEADS;
            let [queries, keys, values] = [&queries, &keys, &values].map(|rows| rows.column_range(columns.clone()));
            let fit = queries.matmul(&keys.transposed()).apply(Scaled);
            fit.add(&future).softmax().matmul(&values)
        });
        let heads = heads.reduce(|left, right| left.beside(&right)).expect("there are heads");
        heads.matmul(self.together.rows())
    }
}

/// −∞ where a position would look at a later one.
fn future<S: Scalar, R: Rows<S>>(positions: usize) -> R {
    let mask = (0..positions * positions).map(|i| {
        let (position, other) = (i / positions, i % positions);
        if other > position { S::neg_infinity() } else { S::zero() }
    });
    R::from_numbers(mask.collect(), positions)
}

/// Each row divided by the root of its mean square.
fn normalised<S: Scalar, R: Rows<S>>(x: &R) -> R {
    x.multiply(&x.multiply(x).row_means().apply(InverseRoot))
}

/// 1/√(x + 1e−5).
struct InverseRoot;

impl UnaryFunction for InverseRoot {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        let x = x + T::of(1e-5);
        let f = x.sqrt().recip();
        (f, T::of(-0.5) * f / x)
    }
}

/// x/√(numbers to a head), so that sums of more products are no larger.
struct Scaled;

impl UnaryFunction for Scaled {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        let factor = T::of((WIDTH as f64 / HEADS as f64).sqrt().recip());
        (x * factor, factor)
    }
}

/// Names as the net sees them, and what it should answer: for each position the token there, and the one that follows.
pub fn samples(name: &str) -> (Array2<f32>, Array2<f32>) {
    let mark = TOKENS - 1;
    let letters = name.bytes().map(|letter| (letter - b'a') as usize);
    let tokens: Vec<usize> = [mark].into_iter().chain(letters).chain([mark]).collect();
    let positions = (tokens.len() - 1).min(CONTEXT);
    let one_hot = |tokens: &[usize]| Array2::from_shape_fn((positions, TOKENS), |(i, j)| (tokens[i] == j) as u8 as f32);
    (inputs(&tokens[..positions]), one_hot(&tokens[1..]))
}

/// Tokens as the net sees them.
pub fn inputs(tokens: &[usize]) -> Array2<f32> {
    Array2::from_shape_fn((tokens.len(), TOKENS + CONTEXT), |(i, j)| {
        let is_on = if j < TOKENS { tokens[i] == j } else { j - TOKENS == i };
        is_on as u8 as f32
    })
}
