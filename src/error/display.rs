//! The text of an [`Error`].

use super::{CsvErrorKind, Error};
use crate::text::{listed, plural, shortened};
use std::fmt::{self, Display, Formatter};

/// Writes one sentence: the expectation, the actual input, the place, and, after a semicolon, what to do.
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
                    (Some(parameter), reason) => write!(f, ", in {parameter} ({reason})")?,
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
                // The name of a column is already quoted: column `price`.
                let quote = if name.contains('`') { "" } else { "`" };
                write!(f, "{quote}{name}{quote} must {requirement}, got {got}")?;
                write_advice(f, advice)
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
                let [mut sorted_expected, mut sorted_got] =
                    [expected, got].map(|names| names.iter().map(|name| &name[..]).collect::<Vec<&str>>());
                sorted_expected.sort_unstable();
                sorted_got.sort_unstable();
                let order = if sorted_expected == sorted_got { ", in this order" } else { "" };
                write!(f, "expected the {what} {}{order}, got {}, in {place}", listed(expected), listed(got))
            }
            Error::Limit { what, limit, got, place, advice } => {
                let got = got.map_or("more".into(), |got| got.to_string());
                write!(f, "expected at most {limit} {what}, got {got}, in {place}")?;
                write_advice(f, advice)
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
                let position: Vec<String> = [line, row, column].into_iter().flatten().collect();
                match (&path, position.is_empty()) {
                    (None, true) => f.write_str("the text")?,
                    (None, false) => f.write_str(&position.join(", "))?,
                    (Some(path), true) => path.display().fmt(f)?,
                    (Some(path), false) => write!(f, "{} of {}", position.join(", "), path.display())?,
                }
                write_advice(f, &kind.advice())
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
            Error::LeftRecording { conversion, place } => write!(
                f,
                "expected a function that computes with recorded values alone, got the conversion `{conversion}` at {place}; \
                 pass the value as a parameter or column, or compute with the recorded value itself"
            ),
            Error::NotRepeatable { operation } => write!(
                f,
                "expected the same operations at each recording of the function, got others from operation {} on; \
                 the function must not use random numbers or state",
                operation + 1
            ),
            Error::NotRecorded { point } => write!(
                f,
                "expected points that take the recorded paths, got point {point}, which takes another; \
                 set the function of the loaded program by `with_function`"
            ),
            Error::Custom { message } => f.write_str(message),
        }
    }
}

/// Appends advice to a sentence.
fn write_advice(f: &mut Formatter<'_>, advice: &str) -> fmt::Result {
    if advice.is_empty() { Ok(()) } else { write!(f, "; {advice}") }
}

/// Writes the expectation and the actual input.
impl Display for CsvErrorKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            CsvErrorKind::NotUtf8 => f.write_str("expected text in UTF-8, got other bytes"),
            CsvErrorKind::WrongEncoding { encoding } => write!(f, "expected text in {encoding}, got other bytes"),
            CsvErrorKind::Malformed { problem } => write!(f, "expected a table, got {problem}"),
            CsvErrorKind::Empty => f.write_str("expected a table, got nothing"),
            CsvErrorKind::NoRows => f.write_str("expected rows below the header, got none"),
            CsvErrorKind::Ragged { expected, got, .. } => {
                write!(f, "expected {expected} cells as in the first line, got {got}")
            }
            CsvErrorKind::LongRow { limit, .. } => write!(f, "expected at most {limit} MiB in a row, got more"),
            CsvErrorKind::Missing { cell } if cell.is_empty() => f.write_str("expected a value, got an empty cell"),
            CsvErrorKind::Missing { cell } => write!(f, "expected a value, got `{cell}`"),
            CsvErrorKind::NotANumber { cell, .. } => write!(f, "expected a number, got `{}`", shortened(cell)),
            CsvErrorKind::AmbiguousNumber { cell } => {
                write!(f, "expected a number whose decimal mark is clear, got `{}`", shortened(cell))
            }
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
    /// Returns what to do; empty if there is no advice.
    fn advice(&self) -> String {
        match self {
            CsvErrorKind::NotUtf8 => "save it as CSV in UTF-8 again, or choose its encoding".into(),
            CsvErrorKind::WrongEncoding { .. } => "choose another encoding".into(),
            CsvErrorKind::LongRow { .. } => "is a quote not closed?".into(),
            CsvErrorKind::Missing { .. } => "fill it in, leave the column out, or drop such rows".into(),
            CsvErrorKind::AmbiguousNumber { .. } => "choose the decimal mark".into(),
            CsvErrorKind::NotANumber { .. } => "correct it, or leave the column out".into(),
            CsvErrorKind::Overflow { .. } => "correct it, or drop the row".into(),
            CsvErrorKind::NoCompleteRow => "leave a column out".into(),
            _ => String::new(),
        }
    }
}
