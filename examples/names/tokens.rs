//! Names as tokens: the inputs and the targets of the network.

use super::model::{CONTEXT, TOKENS};
use backprop::Matrix;

/// Returns the inputs for each position of a name, and the next token at each position as the target.
pub fn samples(name: &str) -> (Matrix<f32>, Matrix<f32>) {
    let mark = TOKENS - 1;
    let letters = name.bytes().map(|letter| (letter - b'a') as usize);
    let tokens: Vec<usize> = [mark].into_iter().chain(letters).chain([mark]).collect();
    let positions = (tokens.len() - 1).min(CONTEXT);
    let targets = Matrix::from_shape_fn([positions, TOKENS], |(i, j)| (tokens[i + 1] == j) as u8 as f32);
    (inputs(&tokens[..positions]), targets)
}

/// Returns the inputs for tokens: in each row, a one-hot token and a one-hot position.
pub fn inputs(tokens: &[usize]) -> Matrix<f32> {
    Matrix::from_shape_fn([tokens.len(), TOKENS + CONTEXT], |(i, j)| {
        let is_on = if j < TOKENS { tokens[i] == j } else { j - TOKENS == i };
        is_on as u8 as f32
    })
}
