//! [`Csv`]: a table read from a CSV file, from which a [`Dataset`] is made.

use super::cells::{Cells, ColumnCells, is_missing, parse};
use super::format::CsvFormat;
use super::numbers::DecimalMark;
use crate::data::Dataset;
use crate::error::{CsvErrorKind, Error};
use crate::scalar::Scalar;
use crate::text::{shortened, twice};
use ndarray::Array2;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A table read from a CSV file, from which a [`Dataset`] is made.
///
/// The separator, the quotes, the decimal mark, the encoding and lines above the header are recognised;
/// [`CsvOptions`](crate::CsvOptions) choose them. [`format`](Self::format) tells what was recognised. Numbers may have thousands
/// separators, a percent sign or a currency. Columns without a name are named `column 1` and so on, and of columns of the
/// same name the second has ` (2)` appended.
///
/// Rows are counted from 1 below the header, blank lines included, as in the file. In a table of one column, a blank line
/// is an empty cell unless no row follows; in other tables it is skipped.
///
/// A file may have at most 1 GiB and 100 million cells, with at most 16 MiB in a row.
///
/// # Examples
/// ```
/// use backprop::{Csv, Dataset};
///
/// let csv = Csv::from_text("sex,weight,height,repwt\nF,58,161,51\nM,77,182,\nM,70,175,75\n")?;
/// let people: Dataset<f64> = csv.clone().inputs(["weight", "height"]).classes("sex")?;
/// assert_eq!((people.len(), people.classes()), (3, &["F".to_string(), "M".to_string()][..]));
///
/// let error = csv.classes::<f64>("sex").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "expected a value, got an empty cell, in row 2, column `repwt`; fill it in, leave the column out, or drop such rows"
/// );
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias("DataFrame", "read_csv"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Csv {
    /// The file, for errors; `None` for a text.
    pub(super) path: Option<PathBuf>,
    /// The names of the columns.
    pub(super) columns: Vec<String>,
    pub(super) cells: Cells,
    /// The number of each row in the file, counted from 1 below the header.
    pub(super) rows: Vec<usize>,
    pub(super) inputs: Option<Vec<String>>,
    pub(super) drop_missing: bool,
    /// The decimal mark, if the caller chose it.
    pub(super) decimal_mark: Option<DecimalMark>,
    /// The texts that mark a missing value, if the caller chose them.
    pub(super) missing_values: Option<Vec<String>>,
    pub(super) format: CsvFormat,
}

impl Csv {
    /// Returns the names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns true if there are no rows; a table that was read has at least one.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the cells of the column `name`.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no such column.
    pub fn column(&self, name: &str) -> Result<Vec<&str>, Error> {
        Ok(self.cells_of(name)?.iter().collect())
    }

    /// Returns the cells of the column `name`, of which equal ones need only be read once.
    pub(in crate::data) fn cells_of(&self, name: &str) -> Result<ColumnCells<'_>, Error> {
        Ok(self.cells.column(self.position(name)?))
    }

    /// Returns the format of the file.
    pub fn format(&self) -> &CsvFormat {
        &self.format
    }

    /// Returns the number of each row in the file, counted from 1 below the header, blank lines included.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Uses these columns as inputs, in this order. By default, all columns except the target are inputs.
    #[doc(alias = "usecols")]
    pub fn inputs<N: ToString>(self, names: impl IntoIterator<Item = N>) -> Csv {
        Csv { inputs: Some(names.into_iter().map(|name| name.to_string()).collect()), ..self }
    }

    /// Drops rows with a [missing](Self::is_missing) input or target. By default, a missing value is an error.
    ///
    /// The number of dropped rows is [`len`](Self::len) minus the number of samples of the dataset.
    #[doc(alias = "dropna")]
    pub fn drop_missing(self) -> Csv {
        Csv { drop_missing: true, ..self }
    }

    /// Returns a dataset for classification: the cells of the column `target` are the names of classes.
    ///
    /// # Errors
    /// [`Error::Csv`] if an input is missing or not a number, if the target is missing, if a column is an input twice,
    /// or if the target is an input; [`Error::Unknown`] if there is no such column; the errors of
    /// [`Dataset::with_classes`].
    #[doc(alias = "LabelEncoder")]
    pub fn classes<T: Scalar>(&self, target: &str) -> Result<Dataset<T>, Error> {
        let (rows, names, inputs) = self.samples(target)?;
        let column = self.position(target)?;
        let labels: Vec<&str> = rows.iter().map(|&row| self.cells.get(row, column)).collect();
        let dataset = Dataset::with_classes(inputs, &labels).map_err(|error| match error {
            Error::Limit { what, limit, got, place, advice } => {
                let of_file = self.path.as_ref().map_or(String::new(), |path| format!(" of {}", path.display()));
                let place = format!("{place}, column `{}`{of_file}", shortened(target));
                Error::Limit { what, limit, got, place, advice }
            }
            error => error,
        })?;
        self.with_names(dataset, rows, names, target)
    }

    /// Returns a dataset for regression: the cells of the column `target` are numbers.
    ///
    /// # Errors
    /// [`Error::Csv`] if an input or the target is missing or not a number, if a column is an input twice, or if the
    /// target is an input; [`Error::Unknown`] if there is no such column.
    pub fn numbers<T: Scalar>(&self, target: &str) -> Result<Dataset<T>, Error> {
        let (rows, names, inputs) = self.samples(target)?;
        let column = self.position(target)?;
        let mark = self.decimal_mark(column, self.decimal_marks()[column])?;
        let targets = rows.iter().map(|&row| self.number(row, column, mark)).collect::<Result<Vec<T>, Error>>()?;
        let targets = Array2::from_shape_vec((targets.len(), 1), targets).expect("a column");
        self.with_names(Dataset::new(inputs, targets)?, rows, names, target)
    }

    /// Returns the inputs without a target, from which a model predicts, and the number of each row in the file.
    ///
    /// # Errors
    /// [`Error::Csv`] if an input is missing or not a number, or if a column is an input twice; [`Error::Unknown`] if
    /// there is no such column.
    pub fn without_target<T: Scalar>(&self) -> Result<(Array2<T>, Vec<usize>), Error> {
        let columns = self.positions(self.inputs.as_ref().unwrap_or(&self.columns))?;
        let rows = self.complete_rows(&columns)?;
        Ok((self.numbers_of(&rows, &columns)?, self.row_numbers(&rows)))
    }

    /// Returns true if the cell marks a missing value by default: it is empty, or one of `NA`, `N/A`, `N.A.`, `#N/A`, `<NA>`,
    /// `NaN`, `NaT`, `NULL`, `None`, `nil`, `\\N`, `.`, `-`, `--`, `–`, `—`, `?`, `k. A.`, most of them in small or capital
    /// letters, or an error of a spreadsheet such as `#DIV/0!`.
    #[doc(alias = "isna")]
    pub fn is_missing(cell: &str) -> bool {
        is_missing(cell)
    }

    /// Returns true if the cell marks a missing value in this table.
    pub fn is_missing_cell(&self, cell: &str) -> bool {
        match &self.missing_values {
            Some(texts) => cell.is_empty() || texts.iter().any(|text| text == cell),
            None => is_missing(cell),
        }
    }

    /// Returns true for each cell of the column `name` that marks a missing value in this table.
    ///
    /// # Examples
    /// ```
    /// let csv = backprop::Csv::from_text("weight,height\n58,161\nNA,182\n")?;
    /// assert_eq!(csv.missing("weight")?, [false, true]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no such column.
    #[doc(alias = "isna")]
    pub fn missing(&self, name: &str) -> Result<Vec<bool>, Error> {
        Ok(self.cells_of(name)?.map(|cell| self.is_missing_cell(cell)).collect())
    }

    /// Returns the table of some rows, by their indices; the rows keep their numbers in the file.
    ///
    /// # Panics
    /// If an index is not less than the number of rows.
    #[track_caller]
    pub fn select(&self, rows: &[usize]) -> Csv {
        Csv {
            path: self.path.clone(),
            columns: self.columns.clone(),
            cells: self.cells.select(rows),
            rows: self.row_numbers(rows),
            inputs: self.inputs.clone(),
            missing_values: self.missing_values.clone(),
            format: self.format.clone(),
            ..*self
        }
    }

    /// Returns the indices of the rows in use, the names of the inputs, and the inputs.
    #[allow(clippy::type_complexity, reason = "a private function of this file")]
    fn samples<T: Scalar>(&self, target: &str) -> Result<(Vec<usize>, Vec<String>, Array2<T>), Error> {
        let target_column = self.position(target)?;
        let all_but_target = || self.columns.iter().filter(|&name| name != target).cloned().collect();
        let names: Vec<String> = self.inputs.clone().unwrap_or_else(all_but_target);
        if names.iter().any(|name| name == target) {
            return Err(self.error(None, Some(target), CsvErrorKind::TargetIsInput));
        }
        let columns = self.positions(&names)?;
        let mut used = columns.clone();
        used.push(target_column);
        let rows = self.complete_rows(&used)?;
        let inputs = self.numbers_of(&rows, &columns)?;
        Ok((rows, names, inputs))
    }

    /// Adds the names and the numbers of the rows to a dataset.
    fn with_names<T: Scalar>(
        &self,
        dataset: Dataset<T>,
        rows: Vec<usize>,
        names: Vec<String>,
        target: &str,
    ) -> Result<Dataset<T>, Error> {
        Ok(dataset.named(names)?.target_named(target).with_rows(self.row_numbers(&rows)))
    }

    /// Returns the number of each of these rows in the file.
    fn row_numbers(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().map(|&row| self.rows[row]).collect()
    }

    /// Returns the indices of the rows in which none of these columns is missing.
    fn complete_rows(&self, columns: &[usize]) -> Result<Vec<usize>, Error> {
        let mut rows = Vec::new();
        for row in 0..self.len() {
            match columns.iter().find(|&&column| self.is_missing_cell(self.cells.get(row, column))) {
                None => rows.push(row),
                Some(_) if self.drop_missing => {}
                Some(&column) => {
                    let cell = self.cells.get(row, column).into();
                    return Err(self.in_cell(row, column, CsvErrorKind::Missing { cell }));
                }
            }
        }
        if rows.is_empty() {
            return Err(self.error(None, None, CsvErrorKind::NoCompleteRow));
        }
        Ok(rows)
    }

    /// Returns the values of these rows and columns.
    fn numbers_of<T: Scalar>(&self, rows: &[usize], columns: &[usize]) -> Result<Array2<T>, Error> {
        let shown = self.decimal_marks();
        let marks = columns.iter().map(|&column| self.decimal_mark(column, shown[column]));
        let marks = marks.collect::<Result<Vec<DecimalMark>, Error>>()?;
        let mut values = Vec::with_capacity(rows.len() * columns.len());
        for &row in rows {
            for (&column, &mark) in columns.iter().zip(&marks) {
                values.push(self.number(row, column, mark)?);
            }
        }
        Ok(Array2::from_shape_vec((rows.len(), columns.len()), values).expect("a cell for each row and column"))
    }

    fn number<T: Scalar>(&self, row: usize, column: usize, mark: DecimalMark) -> Result<T, Error> {
        parse(self.cells.get(row, column), mark).map_err(|kind| self.in_cell(row, column, kind))
    }

    /// Returns the index of the column `name`.
    pub(in crate::data) fn position(&self, name: &str) -> Result<usize, Error> {
        self.columns.iter().position(|column| column == name).ok_or_else(|| self.unknown(name))
    }

    /// Returns the indices of these columns, none of which may be named twice.
    fn positions(&self, names: &[String]) -> Result<Vec<usize>, Error> {
        if let Some(name) = twice(names) {
            return Err(self.error(None, Some(name), CsvErrorKind::RepeatedInput));
        }
        let all: HashMap<&String, usize> = self.columns.iter().enumerate().map(|(i, name)| (name, i)).collect();
        names.iter().map(|name| all.get(name).copied().ok_or_else(|| self.unknown(name))).collect()
    }

    /// Returns the error for a column that does not exist.
    fn unknown(&self, name: &str) -> Error {
        let error = Error::unknown("column", name, &self.columns);
        match &self.path {
            Some(path) => error.in_place(path.display()),
            None => error,
        }
    }

    /// Returns the error for a cell.
    pub(super) fn in_cell(&self, row: usize, column: usize, kind: CsvErrorKind) -> Error {
        self.error(Some(self.rows[row]), Some(&self.columns[column]), kind)
    }

    /// Returns an error about this table.
    fn error(&self, row: Option<usize>, column: Option<&str>, kind: CsvErrorKind) -> Error {
        Error::Csv { path: self.path.clone(), row, column: column.map(String::from), kind }
    }
}

/// Returns an error about a file or a text that is being read.
pub(super) fn read_error(path: Option<&Path>, column: Option<&str>, kind: CsvErrorKind) -> Error {
    Error::Csv { path: path.map(Path::to_path_buf), row: None, column: column.map(String::from), kind }
}
