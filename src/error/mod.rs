//! [`Error`]: the error type of the crate, with fields for programs and a sentence for people.
//!
//! - `checks.rs`: the functions that create errors, and checks that return them
//! - `display.rs`: the text of errors

mod checks;
mod display;

use std::fmt::{self, Display, Formatter};
use std::io;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

/// The error type of the crate: invalid input, unusable files, and training runs that diverge.
///
/// A function that returns an error has changed nothing, unless its documentation says otherwise. Each kind of error is
/// a variant with fields. Its [`Display`] is one sentence with the expectation, the actual input, the place, and what
/// to do. [`source`](std::error::Error::source) returns the cause of [`Io`](Self::Io) and of [`Format`](Self::Format),
/// which `Display` does not contain.
///
/// # Examples
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
/// Custom networks, losses and optimizers return the same errors, created by [`check_count`](Self::check_count),
/// [`invalid_argument`](Self::invalid_argument), [`unknown`](Self::unknown) and [`custom`](Self::custom).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Too many or too few inputs, targets, parameters or other items.
    Shape {
        /// The function that was called: `"Optimizer::step"`. `None` if `place` is sufficient.
        operation: Option<&'static str>,
        /// The counted quantity: `"inputs"`.
        what: &'static str,
        /// The expected number.
        expected: usize,
        /// The actual number.
        got: usize,
        /// The part of the network or of the data, counted from 1: `"layer 1"`. Empty if `operation` is sufficient.
        place: String,
    },
    /// No item where at least one is required.
    Empty {
        /// The missing item: `"layer"`.
        what: &'static str,
        /// The function or the part of the network.
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
    /// If a training diverges, `epoch` and `parameter` are set, and also `step` if it happens within an epoch. For a
    /// value in data, `row` is set.
    NonFinite {
        /// The quantity: `"loss"`, `"gradient"`, `"parameter"`, `"input"`.
        what: &'static str,
        /// The value.
        value: f64,
        /// The epoch, counted from 1.
        epoch: Option<usize>,
        /// The step within the epoch, counted from 1.
        step: Option<usize>,
        /// The parameter: `"weight 1 of neuron 2 in layer 1"`. For a loss, the most likely cause.
        parameter: Option<String>,
        /// The row of the data, counted from 1.
        row: Option<usize>,
        /// The column or the function, or the reason why `parameter` is named.
        place: String,
    },
    /// An argument that is out of range or contradicts another argument.
    InvalidArgument {
        /// The name of the argument: `"delta"`.
        name: String,
        /// The requirement, as the continuation of "must": `"be positive and finite"`.
        requirement: String,
        /// The argument as text: `"-1"`.
        got: String,
        /// The advice; empty if there is none.
        advice: String,
    },
    /// An unknown name of a column, a class, an activation, a loss or another item.
    Unknown {
        /// The kind of name: `"column"`.
        what: &'static str,
        /// The name.
        name: String,
        /// The most similar known name, if one is similar.
        suggestion: Option<String>,
        /// All known names.
        known: Vec<String>,
        /// The file or the function; empty if it is unknown.
        place: String,
    },
    /// A name that occurs twice.
    Duplicate {
        /// The kind of name: `"input"`.
        what: &'static str,
        /// The name.
        name: String,
        /// The file or the part of a model.
        place: String,
    },
    /// Names that differ from the expected ones, or are in another order.
    Names {
        /// The kind of names: `"inputs"`.
        what: &'static str,
        /// The expected names.
        expected: Vec<String>,
        /// The actual names.
        got: Vec<String>,
        /// The file or the data.
        place: String,
    },
    /// More items than a limit allows.
    Limit {
        /// The counted quantity: `"classes"`.
        what: &'static str,
        /// The maximal number.
        limit: u64,
        /// The actual number, if it is known.
        got: Option<u64>,
        /// The file, the column or the function.
        place: String,
        /// The advice; empty if there is none.
        advice: &'static str,
    },
    /// Parameters that do not fit in memory.
    OutOfMemory {
        /// The number of parameters, if it fits in a `usize`.
        parameters: Option<usize>,
        /// The network.
        place: &'static str,
    },
    /// A model that a format cannot express.
    Unsupported {
        /// The part that cannot be expressed: `"gelu"`.
        what: String,
        /// The function that was called.
        operation: &'static str,
        /// The reason, and what to do.
        reason: &'static str,
    },
    /// An invalid table.
    Csv {
        /// The file; `None` for a text.
        path: Option<PathBuf>,
        /// The row, counted from 1 below the header, blank lines included.
        row: Option<usize>,
        /// The name of the column.
        column: Option<String>,
        /// The problem.
        kind: CsvErrorKind,
    },
    /// An invalid file of a model.
    Format {
        /// The file; `None` for a text.
        path: Option<PathBuf>,
        /// The problem, as the continuation of a sentence that begins with the file: `"is not a model of backprop"`.
        problem: String,
        /// The cause, if parts of the file contradict each other.
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
    /// A partial derivative that differs from the difference quotient, found by [`gradcheck`](crate::gradcheck).
    Gradient {
        /// The index of the input, counted from 0.
        coordinate: usize,
        /// The partial derivative computed by the graph.
        automatic: f64,
        /// The difference quotient.
        numerical: f64,
        /// The relative error, `|automatic − numerical| / max(1, |automatic|, |numerical|)`.
        relative_error: f64,
        /// The maximal relative error.
        tolerance: f64,
    },
    /// A value that left a recording: its conversion to a float would be the same for all points.
    LeftRecording {
        /// The conversion: `"to_f64"`.
        conversion: &'static str,
        /// The source line with the conversion: `"src/main.rs:12:20"`.
        place: String,
    },
    /// A function that does not compute the same operations each time it is recorded.
    NotRepeatable {
        /// The point at which the recordings differ, in operations from the start.
        operation: usize,
    },
    /// A point that needs another recording of a function, which a loaded program does not have.
    NotRecorded {
        /// The index of the point, counted from 0.
        point: usize,
    },
    /// Any other problem of a custom network, loss or optimizer.
    Custom {
        /// The whole sentence.
        message: String,
    },
}

/// The problem of an [`Error::Csv`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CsvErrorKind {
    /// The file is not text in UTF-8.
    NotUtf8,
    /// The file is not text in the encoding that was chosen.
    WrongEncoding {
        /// The name of the encoding.
        encoding: &'static str,
    },
    /// The file is not CSV.
    Malformed {
        /// The problem, as the CSV reader describes it.
        problem: String,
    },
    /// The file has no line.
    Empty,
    /// The file has no row below the header.
    NoRows,
    /// A line has more or fewer cells than the first line.
    Ragged {
        /// The line, counted from 1.
        line: usize,
        /// The number of cells of the first line.
        expected: usize,
        /// The number of cells of this line.
        got: usize,
    },
    /// A row is longer than the limit, for example because a quote is not closed.
    LongRow {
        /// The line in which it starts, counted from 1.
        line: usize,
        /// The limit, in MiB.
        limit: usize,
    },
    /// A cell has no value.
    Missing {
        /// The cell: empty, or a mark of a missing value such as `NA` or `?`.
        cell: String,
    },
    /// A cell is not a number.
    NotANumber {
        /// The cell.
        cell: String,
    },
    /// A cell such as `1,000` may be 1 or a thousand, and no other cell decides.
    AmbiguousNumber {
        /// The cell.
        cell: String,
    },
    /// A number is too large for the float type.
    Overflow {
        /// The cell.
        cell: String,
        /// The float type: `"f32"`.
        float: &'static str,
    },
    /// No row has a value in each column in use.
    NoCompleteRow,
    /// A column is both the target and an input.
    TargetIsInput,
    /// A column is an input twice.
    RepeatedInput,
}

/// The cause of an [`Error::Io`]: a [`std::io::Error`] that can be cloned and compared, by kind and text.
///
/// # Examples
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
