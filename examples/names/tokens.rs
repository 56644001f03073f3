//! Names as tokens: the inputs and the targets of the network.

use super::model::{CONTEXT, TOKENS};
use backprop::Matrix;

/// Returns the inputs for each position of the names, one name after another, and the next token at each position as
/// the target.
pub fn samples<'n>(names: impl IntoIterator<Item = &'n str>) -> (Matrix<f32>, Matrix<f32>) {
    let (mark, mut x, mut t) = (TOKENS - 1, Vec::new(), Vec::new());
    for name in names {
        let letters = name.bytes().map(|letter| (letter - b'a') as usize);
        let tokens: Vec<usize> = [mark].into_iter().chain(letters).chain([mark]).collect();
        for (position, pair) in tokens.windows(2).take(CONTEXT).enumerate() {
            x.extend(input(position, pair[0]));
            t.extend(one_hot(pair[1], TOKENS));
        }
    }
    let positions = t.len() / TOKENS;
    (Matrix::from_vec([positions, TOKENS + CONTEXT], x), Matrix::from_vec([positions, TOKENS], t))
}

/// Returns the inputs for the tokens of one name.
pub fn inputs(tokens: &[usize]) -> Matrix<f32> {
    let x = tokens.iter().enumerate().flat_map(|(position, &token)| input(position, token));
    Matrix::from_vec([tokens.len(), TOKENS + CONTEXT], x.collect())
}

/// Returns the input for a token: the one-hot token, then the one-hot position.
fn input(position: usize, token: usize) -> impl Iterator<Item = f32> {
    one_hot(token, TOKENS).chain(one_hot(position, CONTEXT))
}

/// Returns `len` numbers: 1 at `index` and 0 elsewhere.
fn one_hot(index: usize, len: usize) -> impl Iterator<Item = f32> {
    (0..len).map(move |i| (i == index) as u8 as f32)
}
