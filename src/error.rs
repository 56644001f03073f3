//! [`Error`]: bad input, as fields for programs and as a sentence for people.

use crate::text::{closest, listed, plural, shortened};
use std::fmt::{self, Display, Formatter};
use std::io;
use std::ops::Deref;
#[cfg(any(feature = "csv", feature = "plot", feature = "save"))]
use std::path::Path;
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
        /// The problem, as the rest of a sentence that begins with the file: `"is no model of backprop"`.
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

/// One sentence: what was expected, what came, where; and, behind a semicolon, what to do.
impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Error::Shape { operation, what, expected, got, place } => {
                write!(f, "expected {expected} {what}, got {got}, in ")?;
                match operation {
                    None => f.write_str(place),
                    Some(operation) if place.is_empty() => f.write_str(operation),
                    Some(operation) => write!(f, "{place} of {operation}"),
                }
            }
            Error::Empty { what, place } => write!(f, "expected at least one {what}, got none, in {place}"),
            Error::Activation { expected, got, neuron } => {
                write!(f, "expected activation {expected} as in the first neuron, got {got}, in neuron {neuron}")
            }
            Error::NonFinite { what, value, epoch, step, parameter, row, place } => {
                write!(f, "expected a finite {what}, got {value}")?;
                match (parameter, &place[..]) {
                    (None, "") => {}
                    (None, place) => write!(f, ", in {place}")?,
                    (Some(parameter), "") => write!(f, ", in {parameter}")?,
                    (Some(parameter), why) => write!(f, ", in {parameter} ({why})")?,
                }
                row.map_or(Ok(()), |row| write!(f, " of row {row}"))?;
                match (epoch, step) {
                    (None, _) => return Ok(()),
                    (Some(epoch), Some(step)) => write!(f, ", in epoch {epoch}, step {step}")?,
                    (Some(epoch), None) if parameter.is_none() => return write!(f, ", in epoch {epoch}"),
                    (Some(epoch), None) => write!(f, ", at the end of epoch {epoch}")?,
                }
                f.write_str("; a smaller learning rate may help, or scaled inputs")
            }
            Error::InvalidArgument { name, requirement, got, advice } => {
                write!(f, "`{name}` must {requirement}, got {got}")?;
                advised(f, advice)
            }
            Error::Unknown { what, name, suggestion, known, place } => {
                write!(f, "no {what} `{}`", shortened(name))?;
                if !place.is_empty() {
                    write!(f, " in {place}")?;
                }
                match suggestion {
                    Some(suggestion) => write!(f, "; did you mean `{}`?", shortened(suggestion))?,
                    None => f.write_str(".")?,
                }
                write!(f, " {}: {}", plural(what), listed(known))
            }
            Error::Duplicate { what, name, place } => {
                write!(f, "expected different names, got {what} `{}` twice, in {place}; rename one", shortened(name))
            }
            Error::Names { what, expected, got, place } => {
                let [mut here, mut there] =
                    [expected, got].map(|names| names.iter().map(|name| &name[..]).collect::<Vec<&str>>());
                here.sort_unstable();
                there.sort_unstable();
                let order = if here == there { ", in this order" } else { "" };
                write!(f, "expected the {what} {}{order}, got {}, in {place}", listed(expected), listed(got))
            }
            Error::Limit { what, limit, got, place, advice } => {
                let got = got.map_or("more".into(), |got| got.to_string());
                write!(f, "expected at most {limit} {what}, got {got}, in {place}")?;
                advised(f, advice)
            }
            Error::OutOfMemory { parameters, place } => {
                match parameters {
                    Some(parameters) => write!(f, "no memory for {parameters} parameters")?,
                    None => f.write_str("too many parameters to count")?,
                }
                write!(f, ", in {place}; make its layers smaller")
            }
            Error::Unsupported { what, operation, reason } => {
                write!(f, "{operation} does not support {what}: {reason}")
            }
            Error::Csv { path, row, column, kind } => {
                write!(f, "{kind}, in ")?;
                let line = match kind {
                    CsvErrorKind::Ragged { line, .. } | CsvErrorKind::LongRow { line, .. } => Some(line),
                    _ => None,
                };
                let line = line.map(|line| format!("line {line}"));
                let row = row.map(|row| format!("row {row}"));
                let column = column.as_ref().map(|column| format!("column `{}`", shortened(column)));
                let within: Vec<String> = [line, row, column].into_iter().flatten().collect();
                match (&path, within.is_empty()) {
                    (None, true) => f.write_str("the text")?,
                    (None, false) => f.write_str(&within.join(", "))?,
                    (Some(path), true) => path.display().fmt(f)?,
                    (Some(path), false) => write!(f, "{} of {}", within.join(", "), path.display())?,
                }
                advised(f, &kind.advice())
            }
            Error::Format { path, problem, .. } => match path {
                Some(path) => write!(f, "{} {problem}", path.display()),
                None => write!(f, "the text {problem}"),
            },
            Error::Io { operation, path, .. } => write!(f, "cannot {operation} {}", path.display()),
            Error::Gradient { coordinate, automatic, numerical, relative_error, tolerance } => write!(
                f,
                "expected the derivative {numerical:?}, by differences, got {automatic:?}, in coordinate {coordinate} \
                 (relative error {relative_error:.1e}, tolerance {tolerance:.1e})"
            ),
            Error::Custom { message } => f.write_str(message),
        }
    }
}

/// Adds what to do to a sentence.
fn advised(f: &mut Formatter<'_>, advice: &str) -> fmt::Result {
    if advice.is_empty() { Ok(()) } else { write!(f, "; {advice}") }
}

/// What was expected and what came.
impl Display for CsvErrorKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            CsvErrorKind::NotUtf8 => f.write_str("expected text in UTF-8, got other bytes"),
            CsvErrorKind::Malformed { problem } => write!(f, "expected a table, got {problem}"),
            CsvErrorKind::Empty => f.write_str("expected a table, got nothing"),
            CsvErrorKind::NoRows => f.write_str("expected rows below the header, got none"),
            CsvErrorKind::DuplicateColumn => f.write_str("expected one column of this name, got two"),
            CsvErrorKind::Ragged { expected, got, .. } => {
                write!(f, "expected {expected} cells as in the first line, got {got}")
            }
            CsvErrorKind::LongRow { limit, .. } => write!(f, "expected at most {limit} MiB in a row, got more"),
            CsvErrorKind::Missing { cell } if cell.is_empty() => f.write_str("expected a value, got an empty cell"),
            CsvErrorKind::Missing { cell } => write!(f, "expected a value, got `{cell}`"),
            CsvErrorKind::NotANumber { cell, .. } => write!(f, "expected a number, got `{}`", shortened(cell)),
            CsvErrorKind::Overflow { cell, float } => {
                write!(f, "expected a number that {float} can hold, got `{}`", shortened(cell))
            }
            CsvErrorKind::NoCompleteRow => f.write_str("expected a row with a value in each column, got none"),
            CsvErrorKind::TargetIsInput => f.write_str("expected inputs other than the target, got the target"),
            CsvErrorKind::RepeatedInput => f.write_str("expected each input once, got it twice"),
        }
    }
}

impl CsvErrorKind {
    /// What to do, if that needs to be said.
    fn advice(&self) -> String {
        match self {
            CsvErrorKind::NotUtf8 => "save it as CSV in UTF-8 again".into(),
            CsvErrorKind::DuplicateColumn => "rename one".into(),
            CsvErrorKind::LongRow { .. } => "is a quote not closed?".into(),
            CsvErrorKind::Missing { .. } => "fill it in, leave the column out, or drop such rows".into(),
            CsvErrorKind::NotANumber { correction: Some(number), .. } => {
                format!("write {}, with a point", shortened(number))
            }
            CsvErrorKind::NotANumber { correction: None, .. } => "correct it, or leave the column out".into(),
            CsvErrorKind::Overflow { .. } => "correct it, or drop the row".into(),
            CsvErrorKind::NoCompleteRow => "leave a column out".into(),
            _ => String::new(),
        }
    }
}

impl Error {
    /// Returns [`Error::Shape`] unless the two counts are equal.
    ///
    /// ```
    /// use backprop::Error;
    ///
    /// assert_eq!(Error::check_count("inputs", 2, 2, || "encoder".into()), Ok(()));
    /// let error = Error::check_count("inputs", 2, 3, || "encoder".into()).unwrap_err();
    /// assert_eq!(error.to_string(), "expected 2 inputs, got 3, in encoder");
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if `expected` and `got` differ.
    pub fn check_count(
        what: &'static str,
        expected: usize,
        got: usize,
        place: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        if expected == got {
            return Ok(());
        }
        Err(Error::Shape { operation: None, what, expected, got, place: place() })
    }

    /// Returns [`Error::Shape`] with the function that was called unless the two counts are equal.
    pub(crate) fn check_count_in(
        operation: &'static str,
        what: &'static str,
        expected: usize,
        got: usize,
    ) -> Result<(), Error> {
        if expected == got {
            return Ok(());
        }
        Err(Error::Shape { operation: Some(operation), what, expected, got, place: String::new() })
    }

    /// Returns [`Error::NonFinite`] unless the value is finite.
    pub(crate) fn check_finite(what: &'static str, value: f64, place: impl FnOnce() -> String) -> Result<(), Error> {
        if value.is_finite() {
            return Ok(());
        }
        let (epoch, step, parameter, row) = (None, None, None, None);
        Err(Error::NonFinite { what, value, epoch, step, parameter, row, place: place() })
    }

    /// Returns [`Error::NonFinite`] with the name of a parameter unless the value is finite.
    pub(crate) fn check_finite_parameter(
        what: &'static str,
        value: f64,
        name: impl FnOnce() -> String,
        place: impl Display,
    ) -> Result<(), Error> {
        if value.is_finite() {
            return Ok(());
        }
        let (epoch, step, parameter, row) = (None, None, Some(name()), None);
        Err(Error::NonFinite { what, value, epoch, step, parameter, row, place: place.to_string() })
    }

    /// Returns [`Error::NonFinite`] with a row and a column of data unless the value is finite.
    pub(crate) fn check_finite_cell(
        what: &'static str,
        value: f64,
        row: impl FnOnce() -> usize,
        column: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        if value.is_finite() {
            return Ok(());
        }
        let (epoch, step, parameter, row) = (None, None, None, Some(row()));
        Err(Error::NonFinite { what, value, epoch, step, parameter, row, place: column() })
    }

    /// Sets epoch and step of an [`Error::NonFinite`]; another error stays as it is.
    pub(crate) fn in_training(mut self, in_epoch: usize, in_step: Option<usize>) -> Error {
        if let Error::NonFinite { epoch, step, .. } = &mut self {
            (*epoch, *step) = (Some(in_epoch), in_step);
        }
        self
    }

    /// Creates an [`Error::InvalidArgument`]: `name` must do what `requirement` says.
    ///
    /// ```
    /// use backprop::Error;
    ///
    /// let error = Error::invalid_argument("learning_rate", "be finite and non-negative", -1.0);
    /// assert_eq!(error.to_string(), "`learning_rate` must be finite and non-negative, got -1");
    /// ```
    pub fn invalid_argument(name: impl Into<String>, requirement: impl Into<String>, got: impl Display) -> Error {
        let (name, requirement, got) = (name.into(), requirement.into(), got.to_string());
        Error::InvalidArgument { name, requirement, got, advice: String::new() }
    }

    /// Adds what to do to an [`Error::InvalidArgument`]; another error stays as it is.
    pub(crate) fn with_advice(mut self, what_to_do: impl Into<String>) -> Error {
        if let Error::InvalidArgument { advice, .. } = &mut self {
            *advice = what_to_do.into();
        }
        self
    }

    /// Creates an [`Error::Unknown`] with the known name that is most like `name`, if one is.
    ///
    /// ```
    /// use backprop::Error;
    ///
    /// let error = Error::unknown("optimizer", "adan", ["sgd", "adam"]);
    /// assert_eq!(error.to_string(), "no optimizer `adan`; did you mean `adam`? Optimizers: sgd, adam");
    /// ```
    pub fn unknown<N: Into<String>>(
        what: &'static str,
        name: impl Into<String>,
        known: impl IntoIterator<Item = N>,
    ) -> Error {
        let (name, known) = (name.into(), known.into_iter().map(Into::into).collect::<Vec<String>>());
        let suggestion = closest(&name, &known).map(String::from);
        Error::Unknown { what, name, suggestion, known, place: String::new() }
    }

    /// Sets the place of an [`Error::Unknown`]; another error stays as it is.
    pub(crate) fn in_place(mut self, known_in: impl Display) -> Error {
        if let Error::Unknown { place, .. } = &mut self {
            *place = known_in.to_string();
        }
        self
    }

    /// Creates an [`Error::Custom`], for what no other variant says.
    ///
    /// ```
    /// use backprop::Error;
    ///
    /// let error = Error::custom("the accelerator is gone; start it again");
    /// assert_eq!(error.to_string(), "the accelerator is gone; start it again");
    /// ```
    pub fn custom(message: impl Into<String>) -> Error {
        Error::Custom { message: message.into() }
    }

    /// Creates an [`Error::Io`].
    #[cfg(any(feature = "csv", feature = "plot", feature = "save"))]
    pub(crate) fn io(operation: &'static str, path: &Path, source: io::Error) -> Error {
        Error::Io { operation, path: path.into(), source: source.into() }
    }
}
