//! [`Error`]: bad input, as fields for programs and as a sentence for people.
//!
//! - `checks.rs`: how errors are created, and the checks that return them
//! - `display.rs`: their text

mod checks;
mod display;

use std::fmt::{self, Display, Formatter};
use std::io;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

/// A network and an input, a target, an argument or a file that do not fit, or a training that diverges.
///
/// Whatever returns an error has changed nothing, unless its documentation says otherwise. Each kind of error is a variant with
/// fields, and [`Display`] makes a sentence of them: what is wrong, where, what was expected, what came, and what to do.
/// [`source`](std::error::Error::source) returns the cause of [`Io`](Self::Io) and [`Format`](Self::Format), whose text is not
/// part of the sentence.
///
/// ```
/// use backprop::{Activation, Csv, Error, Neuron};
///
/// let neuron = Neuron::new([0.0, 1.0], 4.0, Activation::Sigmoid);
/// let error = neuron.forward(&[1.0, 2.0, 3.0]).unwrap_err();
/// assert_eq!(error.to_string(), "expected 2 inputs, got 3, in neuron");
/// assert!(matches!(error, Error::Shape { what: "inputs", expected: 2, got: 3, .. }));
///
/// let people = Csv::from_text("weight,height,sex\n58,161,F\n77,182,M\n")?;
/// let error = people.column("heigth").unwrap_err();
/// assert_eq!(error.to_string(), "no column `heigth`; did you mean `height`? Columns: weight, height, sex");
/// let Error::Unknown { suggestion, .. } = error else { panic!("{error}") };
/// assert_eq!(suggestion.as_deref(), Some("height"));
/// # Ok::<(), Error>(())
/// ```
///
/// A network, a loss or an optimizer of your own returns the same errors, by [`check_count`](Self::check_count),
/// [`invalid_argument`](Self::invalid_argument), [`unknown`](Self::unknown) and [`custom`](Self::custom).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Too many or too few of something: inputs, targets, parameters.
    Shape {
        /// The function that was called, where `place` is only a part of what it was given: `"Optimizer::step"`.
        operation: Option<&'static str>,
        /// The counted quantity: `"inputs"`.
        what: &'static str,
        /// The number that was expected.
        expected: usize,
        /// The number that came.
        got: usize,
        /// The part of the network or of the data, counted from 1: `"layer 1"`. Empty where `operation` says it all.
        place: String,
    },
    /// None of something of which at least one is needed.
    Empty {
        /// The missing part: `"layer"`.
        what: &'static str,
        /// The function or the part of a network.
        place: &'static str,
    },
    /// A neuron with another activation than the first of its layer.
    Activation {
        /// The activation of the first neuron.
        expected: String,
        /// The activation of this neuron.
        got: String,
        /// The position of this neuron, counted from 1.
        neuron: usize,
    },
    /// An infinite value or a NaN.
    ///
    /// A training that diverges sets `epoch` and `parameter`, and `step` where it happened within an epoch. A value of the data
    /// sets `row`.
    NonFinite {
        /// The quantity: `"loss"`, `"gradient"`, `"parameter"`, `"input"`.
        what: &'static str,
        /// The value.
        value: f64,
        /// The epoch, counted from 1.
        epoch: Option<usize>,
        /// The step within the epoch, counted from 1.
        step: Option<usize>,
        /// The parameter: `"weight 1 of neuron 2 in layer 1"`; of a loss, the one that it most likely comes from.
        parameter: Option<String>,
        /// The row of the data, counted from 1.
        row: Option<usize>,
        /// The column or the function, or why `parameter` is named.
        place: String,
    },
    /// An argument that is out of range, or contradicts another.
    InvalidArgument {
        /// The name of the argument: `"delta"`.
        name: String,
        /// The requirement, behind "must": `"be positive and finite"`.
        requirement: String,
        /// The argument as text: `"-1"`.
        got: String,
        /// The advice; empty where there is nothing to say.
        advice: String,
    },
    /// A name that is not known: of a column, a class, an activation, a loss.
    Unknown {
        /// The kind of name: `"column"`.
        what: &'static str,
        /// The name.
        name: String,
        /// The known name that is most like it, if one is.
        suggestion: Option<String>,
        /// All known names.
        known: Vec<String>,
        /// The file or the function; empty where there is nothing to say.
        place: String,
    },
    /// A name that is there twice.
    Duplicate {
        /// The kind of name: `"input"`.
        what: &'static str,
        /// The name.
        name: String,
        /// The file or the part of a model.
        place: String,
    },
    /// Other names, or names in another order, than those expected.
    Names {
        /// The kind of names: `"inputs"`.
        what: &'static str,
        /// The names that were expected.
        expected: Vec<String>,
        /// The names that came.
        got: Vec<String>,
        /// The file or the data.
        place: String,
    },
    /// More than a limit allows.
    Limit {
        /// The counted quantity: `"classes"`.
        what: &'static str,
        /// The greatest number that is allowed.
        limit: u64,
        /// The number that came, if it is known.
        got: Option<u64>,
        /// The file, the column or the function.
        place: String,
        /// The advice.
        advice: &'static str,
    },
    /// Parameters for which there is no memory.
    OutOfMemory {
        /// The number of parameters, if a `usize` can hold it.
        parameters: Option<usize>,
        /// The network.
        place: &'static str,
    },
    /// A model that a format has no way to express.
    Unsupported {
        /// The part that cannot be expressed: `"gelu"`.
        what: String,
        /// The function that was called.
        operation: &'static str,
        /// The reason, and the advice.
        reason: &'static str,
    },
    /// A table that cannot be used, and where.
    Csv {
        /// The file; none for a text.
        path: Option<PathBuf>,
        /// The row, counted from 1 below the header, blank lines included.
        row: Option<usize>,
        /// The name of the column.
        column: Option<String>,
        /// The problem.
        kind: CsvErrorKind,
    },
    /// A file of a model that cannot be used.
    Format {
        /// The file; none for a text.
        path: Option<PathBuf>,
        /// The problem, as the rest of a sentence that begins with the file: `"is not a model of backprop"`.
        problem: String,
        /// The contradiction in the file, if it is one.
        source: Option<Arc<Error>>,
    },
    /// A file that cannot be read or written.
    Io {
        /// The operation that failed: `"read"`, `"write"`, `"draw"`.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: IoError,
    },
    /// A partial derivative that differs from the difference quotient of its function; from [`gradcheck`](crate::gradcheck).
    Gradient {
        /// The index of the input, from 0.
        coordinate: usize,
        /// The partial derivative found by the graph.
        automatic: f64,
        /// The difference quotient.
        numerical: f64,
        /// The difference between the two, `|automatic − numerical| / max(1, |automatic|, |numerical|)`.
        relative_error: f64,
        /// The difference that is allowed.
        tolerance: f64,
    },
    /// Any other problem, in a user-defined network, loss or optimizer.
    Custom {
        /// The whole sentence.
        message: String,
    },
}

/// A problem of a table, in [`Error::Csv`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CsvErrorKind {
    /// The file is not text in UTF-8.
    NotUtf8,
    /// Something that is not CSV.
    Malformed {
        /// The problem, in the words of the reader.
        problem: String,
    },
    /// The file has no line.
    Empty,
    /// The file has no row below the header.
    NoRows,
    /// Two columns have the name of this one.
    DuplicateColumn,
    /// A line has more or fewer cells than the first line.
    Ragged {
        /// The line, counted from 1.
        line: usize,
        /// The number of cells of the first line.
        expected: usize,
        /// The number of cells of this line.
        got: usize,
    },
    /// A row is longer than the limit, as when a quote is not closed.
    LongRow {
        /// The line in which it starts, counted from 1.
        line: usize,
        /// The limit, in MiB.
        limit: usize,
    },
    /// A cell has no value.
    Missing {
        /// The cell: empty, `NA`, `?` or the like.
        cell: String,
    },
    /// A cell is not a number.
    NotANumber {
        /// The cell.
        cell: String,
        /// The number that it may stand for, if it has a comma for the decimal point.
        correction: Option<String>,
    },
    /// A number is larger than the float type can hold.
    Overflow {
        /// The cell.
        cell: String,
        /// The float type: `"f32"`.
        float: &'static str,
    },
    /// No row has a value in each of the columns that are used.
    NoCompleteRow,
    /// A column is both the target and an input.
    TargetIsInput,
    /// A column is an input twice.
    RepeatedInput,
}

/// The cause of an [`Error::Io`]: a [`std::io::Error`] that can be cloned, and compared by kind and text.
///
/// ```
/// use backprop::{Csv, Error};
/// use std::io::ErrorKind;
///
/// let error = Csv::read("no/such.csv").unwrap_err();
/// assert_eq!(error.to_string(), "cannot read no/such.csv");
/// let Error::Io { source, .. } = error else { panic!("{error}") };
/// assert_eq!(source.kind(), ErrorKind::NotFound);
/// ```
#[derive(Clone, Debug)]
pub struct IoError(Arc<io::Error>);

impl From<io::Error> for IoError {
    fn from(error: io::Error) -> IoError {
        IoError(Arc::new(error))
    }
}

impl Deref for IoError {
    type Target = io::Error;

    fn deref(&self) -> &io::Error {
        &self.0
    }
}

impl PartialEq for IoError {
    fn eq(&self, other: &IoError) -> bool {
        self.kind() == other.kind() && self.to_string() == other.to_string()
    }
}

impl Display for IoError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(&**source),
            Error::Format { source: Some(source), .. } => Some(&**source),
            _ => None,
        }
    }
}
