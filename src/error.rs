//! [`Error`]: what can be wrong with what a user passes in.

use crate::nn::Activation;

/// What was wrong: the operation or place, what was expected and what came. Nothing was changed.
///
/// ```
/// use backprop::{Activation, Neuron};
///
/// let neuron = Neuron::new([0.0, 1.0], 4.0, Activation::Sigmoid);
/// let error = neuron.forward(&[1.0, 2.0, 3.0]).unwrap_err();
/// assert_eq!(error.to_string(), "expected 2 inputs, got 3, in neuron");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Too many or too few of something.
    Count {
        /// What is counted: `"inputs"`.
        of: &'static str,
        /// How many there should have been.
        expected: usize,
        /// How many there were.
        got: usize,
        /// Where: `"layer 1"`, counted from 1.
        place: String,
    },
    /// None of something of which there must be one at least.
    Empty {
        /// What there must be: `"layer"`.
        of: &'static str,
        /// Where.
        place: &'static str,
    },
    /// Neurons of one layer with different activations.
    Activation {
        /// That of the first neuron.
        expected: Activation,
        /// That of the other.
        got: Activation,
        /// Which neuron it is, counted from 1.
        neuron: usize,
    },
    /// A number that is infinite or NaN where training cannot go on.
    NonFinite {
        /// What it is: `"gradient"`.
        of: &'static str,
        /// The number.
        got: f64,
        /// Where.
        place: String,
    },
    /// Data or a file that cannot be used.
    Data {
        /// Where: a file, a row, a column.
        place: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A partial derivative that is not what the differences of its function say; from [`gradcheck`](crate::gradcheck).
    Gradient {
        /// The index of the input, from 0.
        coordinate: usize,
        /// The partial derivative found by the graph.
        automatic: f64,
        /// The difference quotient.
        numerical: f64,
        /// How far they are apart, as `|automatic − numerical| / max(1, |automatic|, |numerical|)`.
        relative_error: f64,
        /// How far they may be apart.
        tolerance: f64,
    },
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Count { of, expected, got, place } => {
                write!(f, "expected {expected} {of}, got {got}, in {place}")
            }
            Error::Empty { of, place } => {
                write!(f, "expected at least one {of}, got none, in {place}")
            }
            Error::Activation { expected, got, neuron } => {
                write!(f, "expected activation {expected:?} as in the first neuron, got {got:?}, in neuron {neuron}")
            }
            Error::NonFinite { of, got, place } => {
                write!(f, "expected a finite {of}, got {got}, in {place}")
            }
            Error::Data { place, problem } => write!(f, "in {place}: {problem}"),
            Error::Gradient { coordinate, automatic, numerical, relative_error, tolerance } => write!(
                f,
                "coordinate {coordinate}: the automatic derivative {automatic:?} is not the numerical {numerical:?} \
                 (relative error {relative_error:.1e}, tolerance {tolerance:.1e})"
            ),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// Data that cannot be used.
    pub(crate) fn data(place: impl ToString, problem: impl ToString) -> Error {
        Error::Data { place: place.to_string(), problem: problem.to_string() }
    }

    /// `Ok` where the number is finite.
    pub(crate) fn finite(of: &'static str, got: f64, place: impl FnOnce() -> String) -> Result<(), Error> {
        if got.is_finite() {
            return Ok(());
        }
        Err(Error::NonFinite { of, got, place: place() })
    }

    /// [`Count`](Error::Count), unless the two counts are equal.
    ///
    /// ```
    /// use backprop::Error;
    ///
    /// assert_eq!(Error::count("inputs", 2, 2, || "encoder".into()), Ok(()));
    /// let error = Error::count("inputs", 2, 3, || "encoder".into()).unwrap_err();
    /// assert_eq!(error.to_string(), "expected 2 inputs, got 3, in encoder");
    /// ```
    ///
    /// # Errors
    /// [`Error::Count`] when they are not.
    pub fn count(of: &'static str, expected: usize, got: usize, place: impl FnOnce() -> String) -> Result<(), Error> {
        if expected == got {
            return Ok(());
        }
        Err(Error::Count { of, expected, got, place: place() })
    }
}
