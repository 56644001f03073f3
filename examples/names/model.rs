//! The network: a transformer, made of the crate's layers.

use backprop::rand::Rng;
use backprop::{Activation, Embedding, Linear, Matrix, MultiheadAttention, Scalar};

/// The sizes of a transformer.
pub struct Size {
    /// Number of tokens.
    pub tokens: usize,
    /// Number of positions that the network attends to.
    pub context: usize,
    /// Number of layers, each of which is attention and a feed-forward network.
    pub layers: usize,
    /// Width of the embeddings.
    pub width: usize,
    /// Number of attention heads, which must divide the width.
    pub heads: usize,
}

/// Predicts the next token after each token of one or several lines.
///
/// Each row of the inputs is a token and its position in its line. The outputs are logits. Each layer has two residual
/// connections, x + f(x), around attention and around the feed-forward network.
#[derive(Clone)]
pub struct Transformer<S: Scalar> {
    tokens: Embedding<S>,
    positions: Embedding<S>,
    attention: Vec<MultiheadAttention<S>>,
    feed_forward: Vec<(Linear<S>, Activation, Linear<S>)>,
    head: Linear<S>,
}

backprop::module! {
    Transformer { tokens, positions, attention, feed_forward, head }
    fn forward_batch(&self, inputs) {
        let lengths = lengths(inputs);
        let [tokens, positions] = [0, 1].map(|column| inputs.columns(column..column + 1));
        let x = self.tokens.forward_batch(&tokens)? + self.positions.forward_batch(&positions)?;
        let mut x = x.rms_norm(EPSILON);
        for (attention, feed_forward) in self.attention.iter().zip(&self.feed_forward) {
            x = &x + attention.forward_sequences(&x.rms_norm(EPSILON), &lengths)?;
            x = &x + feed_forward.forward_batch(&x.rms_norm(EPSILON))?;
        }
        self.head.forward_batch(&x)
    }
}

/// Added to the mean square of a row in its normalization.
const EPSILON: f64 = 1e-5;

impl Transformer<f32> {
    /// Creates a network with random parameters.
    pub fn new(size: &Size, rng: &mut impl Rng) -> Transformer<f32> {
        let &Size { tokens, context, layers, width, heads } = size;
        Transformer {
            tokens: Embedding::new(tokens, width, rng),
            positions: Embedding::new(context, width, rng),
            attention: (0..layers).map(|_| MultiheadAttention::new(width, heads, rng).causal()).collect(),
            feed_forward: (0..layers)
                .map(|_| {
                    let expansion = Linear::without_bias(width, 4 * width, rng);
                    (expansion, Activation::Relu, Linear::without_bias(4 * width, width, rng))
                })
                .collect(),
            head: Linear::without_bias(width, tokens, rng),
        }
    }
}

/// Returns the number of tokens of each line. A line begins where the position is 0.
fn lengths<S: Scalar>(inputs: &Matrix<S>) -> Vec<usize> {
    let rows: Vec<usize> = (0..inputs.nrows()).collect();
    let is_first = |&row: &usize| inputs.get(row, 1) == Some(S::zero());
    rows.chunk_by(|_, next| !is_first(next)).map(<[usize]>::len).collect()
}
