//! The functions that create an [`Error`], and checks that return one.

use super::Error;
use crate::text::closest;
use std::fmt::Display;
#[cfg(any(feature = "csv", feature = "plot", feature = "save"))]
use std::{io, path::Path};

impl Error {
    /// Checks that two counts are equal.
    ///
    /// # Examples
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

    /// Checks that two counts are equal; the error has the function that was called.
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

    /// Checks that a value is finite.
    pub(crate) fn check_finite(what: &'static str, value: f64, place: impl FnOnce() -> String) -> Result<(), Error> {
        if value.is_finite() {
            return Ok(());
        }
        let (epoch, step, parameter, row) = (None, None, None, None);
        Err(Error::NonFinite { what, value, epoch, step, parameter, row, place: place() })
    }

    /// Checks that a value is finite; the error has the name of a parameter.
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

    /// Checks that a value in data is finite; the error has its row and column.
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

    /// Sets the epoch and the step of an [`Error::NonFinite`]; other errors stay unchanged.
    pub(crate) fn in_training(mut self, in_epoch: usize, in_step: Option<usize>) -> Error {
        if let Error::NonFinite { epoch, step, .. } = &mut self {
            (*epoch, *step) = (Some(in_epoch), in_step);
        }
        self
    }

    /// Creates an [`Error::InvalidArgument`]; `requirement` is the continuation of "must".
    ///
    /// # Examples
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

    /// Adds advice to an [`Error::InvalidArgument`]; other errors stay unchanged.
    pub(crate) fn with_advice(mut self, text: impl Into<String>) -> Error {
        if let Error::InvalidArgument { advice, .. } = &mut self {
            *advice = text.into();
        }
        self
    }

    /// Returns the error of a recorded function whose loop does not end.
    pub(crate) fn too_many_operations(limit: usize) -> Error {
        Error::Limit {
            what: "operations",
            limit: limit as u64,
            got: None,
            place: "the recorded function".into(),
            advice: "does a loop end at this point? record the function at another one by `Program::record_at`",
        }
    }

    /// Creates an [`Error::Unknown`] with a suggestion, the most similar known name, if one is similar.
    ///
    /// # Examples
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

    /// Sets the place of an [`Error::Unknown`]; other errors stay unchanged.
    pub(crate) fn in_place(mut self, text: impl Display) -> Error {
        if let Error::Unknown { place, .. } = &mut self {
            *place = text.to_string();
        }
        self
    }

    /// Creates an [`Error::Custom`], for a problem that fits no other variant.
    ///
    /// # Examples
    /// ```
    /// use backprop::Error;
    ///
    /// let error = Error::custom("the device is not connected; connect it");
    /// assert_eq!(error.to_string(), "the device is not connected; connect it");
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
