//! Names as tokens: the inputs of the network, and its targets.

use super::model::{CONTEXT, TOKENS};
use backprop::Matrix;

/// Returns, for each position of a name, the inputs for the token there, and the token that follows, which is the target.
pub fn samples(name: &str) -> (Matrix<f32>, Matrix<f32>) {
    let mark = TOKENS - 1;
    let letters = name.bytes().map(|letter| (letter - b'a') as usize);
    let tokens: Vec<usize> = [mark].into_iter().chain(letters).chain([mark]).collect();
    let positions = (tokens.len() - 1).min(CONTEXT);
    let targets = Matrix::from_shape_fn([positions, TOKENS], |(i, j)| (tokens[i + 1] == j) as u8 as f32);
    (inputs(&tokens[..positions]), targets)
}

/// Returns the inputs for tokens: a 1 for the token and a 1 for the position in each row.
pub fn inputs(tokens: &[usize]) -> Matrix<f32> {
    Matrix::from_shape_fn([tokens.len(), TOKENS + CONTEXT], |(i, j)| {
        let is_on = if j < TOKENS { tokens[i] == j } else { j - TOKENS == i };
        is_on as u8 as f32
    })
}
