//! Text as tokens: the inputs and the targets of the network.

use backprop::Matrix;
use std::collections::BTreeSet;
use std::fs;

/// The lines of a text as tokens, which are its characters and the mark between lines.
#[derive(Clone)]
pub struct Text {
    characters: Vec<char>,
    /// The tokens of each line that is not empty, between two marks.
    pub lines: Vec<Vec<usize>>,
}

impl Text {
    /// Reads a file; the error is a message for the user.
    pub fn read(path: &str) -> Result<Text, String> {
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        if lines.len() < 2 {
            return Err(format!("expected at least 2 lines that are not empty, got {}", lines.len()));
        }
        let characters: BTreeSet<char> = lines.iter().flat_map(|line| line.chars()).collect();
        let characters = Vec::from_iter(characters);
        let mark = characters.len();
        let token = |c| characters.binary_search(&c).expect("it is in the text");
        let tokens = |line: &&str| [mark].into_iter().chain(line.chars().map(token)).chain([mark]).collect();
        Ok(Text { lines: lines.iter().map(tokens).collect(), characters })
    }

    /// Returns the number of tokens.
    pub fn tokens(&self) -> usize {
        self.mark() + 1
    }

    /// Returns the token that is before and after each line.
    pub fn mark(&self) -> usize {
        self.characters.len()
    }

    /// Cuts lines of more than `context` positions, one for each token but the last. Returns the number of cut lines and
    /// the number of positions of the longest line before.
    pub fn cut(&mut self, context: usize) -> (usize, usize) {
        let positions = |line: &Vec<usize>| line.len() - 1;
        let longest = self.lines.iter().map(positions).max().unwrap_or(0);
        let cut = self.lines.iter().filter(|line| positions(line) > context).count();
        self.lines.iter_mut().for_each(|line| line.truncate(context + 1));
        (cut, longest)
    }

    /// Returns the characters of these tokens, which must not be marks.
    pub fn decode(&self, tokens: &[usize]) -> String {
        tokens.iter().map(|&token| self.characters[token]).collect()
    }
}

/// Returns the inputs for the tokens of the lines, one line after another, and the next token after each as the target.
pub fn samples<'l>(lines: impl IntoIterator<Item = &'l Vec<usize>>) -> (Matrix<f32>, Matrix<f32>) {
    let (mut x, mut t) = (Vec::new(), Vec::new());
    for line in lines {
        x.extend(line[..line.len() - 1].iter().enumerate().flat_map(input));
        t.extend(line[1..].iter().map(|&token| token as f32));
    }
    (Matrix::from_vec([t.len(), 2], x), Matrix::from_vec([t.len(), 1], t))
}

/// Returns the inputs for the tokens of one line.
pub fn inputs(tokens: &[usize]) -> Matrix<f32> {
    Matrix::from_vec([tokens.len(), 2], tokens.iter().enumerate().flat_map(input).collect())
}

/// Returns the input for a token: the token and its position.
fn input((position, &token): (usize, &usize)) -> [f32; 2] {
    [token as f32, position as f32]
}
