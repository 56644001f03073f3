//! [`CsvOptions`]: how a table is read.

use super::numbers::DecimalMark;
use super::table::Csv;
use crate::error::Error;
use std::path::Path;

/// How a table is read. What is not chosen is recognised.
///
/// # Examples
/// ```
/// use backprop::ndarray::array;
/// use backprop::{CsvOptions, DecimalMark};
///
/// let options = CsvOptions::new().separator(';').decimal_mark(DecimalMark::Comma).missing_values(["-"]);
/// let csv = options.from_text("weight;height\n1,000;161\n-;182\n")?;
/// assert_eq!(csv.drop_missing().without_target::<f64>()?.0, array![[1.0, 161.0]]);
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct CsvOptions {
    pub(super) separator: Option<char>,
    pub(super) quote: Option<char>,
    pub(super) encoding: Option<String>,
    pub(super) has_header: bool,
    pub(super) skipped_lines: usize,
    pub(super) decimal_mark: Option<DecimalMark>,
    pub(super) missing_values: Option<Vec<String>>,
}

impl Default for CsvOptions {
    fn default() -> CsvOptions {
        CsvOptions::new()
    }
}

impl CsvOptions {
    /// Creates options that choose nothing; the first line of the table has the names of the columns.
    pub fn new() -> CsvOptions {
        CsvOptions {
            separator: None,
            quote: None,
            encoding: None,
            has_header: true,
            skipped_lines: 0,
            decimal_mark: None,
            missing_values: None,
        }
    }

    /// Sets the separator of the cells, a character of ASCII. By default, it is the comma, the semicolon, the tab or the
    /// bar that divides most rows in equally many cells.
    #[doc(alias("sep", "delimiter"))]
    pub fn separator(self, separator: char) -> CsvOptions {
        CsvOptions { separator: Some(separator), ..self }
    }

    /// Sets the quote, a character of ASCII. By default, it is `"`, or `'` if that encloses cells of most rows or all of the first.
    pub fn quote(self, quote: char) -> CsvOptions {
        CsvOptions { quote: Some(quote), ..self }
    }

    /// Sets the encoding by its name in the [Encoding Standard](https://encoding.spec.whatwg.org/#names-and-labels):
    /// `utf-8`, `windows-1252`, `shift_jis`. By default, it is that of the byte-order mark, or UTF-8 if the file is valid,
    /// or UTF-16, or Windows-1252. Encodings other than UTF-8 need the feature `tables`.
    pub fn encoding(self, name: impl ToString) -> CsvOptions {
        CsvOptions { encoding: Some(name.to_string()), ..self }
    }

    /// Takes the first line as a row; the columns are named `1`, `2` and so on.
    pub fn without_header(self) -> CsvOptions {
        CsvOptions { has_header: false, ..self }
    }

    /// Skips the first `lines` lines. By default, lines above the header are skipped if they have at most half as many
    /// cells as most rows.
    #[doc(alias = "skiprows")]
    pub fn skipped_lines(self, lines: usize) -> CsvOptions {
        CsvOptions { skipped_lines: lines, ..self }
    }

    /// Sets the decimal mark of all numbers. By default, the cells show it.
    #[doc(alias = "decimal")]
    pub fn decimal_mark(self, mark: DecimalMark) -> CsvOptions {
        CsvOptions { decimal_mark: Some(mark), ..self }
    }

    /// Sets the texts that mark a missing value, in place of those of [`Csv::is_missing`]. An empty cell marks one, too.
    #[doc(alias("na_values", "null_values"))]
    pub fn missing_values<N: ToString>(self, texts: impl IntoIterator<Item = N>) -> CsvOptions {
        CsvOptions { missing_values: Some(texts.into_iter().map(|text| text.to_string()).collect()), ..self }
    }

    /// Reads a table from a file.
    ///
    /// # Errors
    /// Those of [`Csv::read`]; [`Error::InvalidArgument`] if the separator or the quote is not a character of ASCII;
    /// [`Error::Unknown`] if there is no such encoding.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Csv, Error> {
        Csv::read_with(path.as_ref(), self)
    }

    /// Parses a table from a text.
    ///
    /// # Errors
    /// Those of [`Csv::from_text`]; [`Error::InvalidArgument`] if the separator or the quote is not a character of ASCII.
    #[allow(clippy::wrong_self_convention, reason = "the name of `Csv::from_text`")]
    pub fn from_text(&self, text: &str) -> Result<Csv, Error> {
        Csv::parse(text, None, self)
    }
}
