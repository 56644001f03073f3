//! [`CellWarning`]: cells of a table that the training rows did not have.

use super::Encoder;
use super::input::Encoding;
use super::reading::{Reading, is_missing_text};
use crate::data::Csv;
use crate::error::Error;
use crate::text::{shortened, written};
use std::fmt;

/// The distance beyond the range of the training rows, in widths of it, from which a value is far outside.
const FAR: f64 = 0.5;

/// Cells of a column for which a network was not trained.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CellWarning {
    /// The name of the column.
    pub column: String,
    /// The number of such cells.
    pub cells: usize,
    /// The first of them.
    pub first: String,
    /// Its row in the file.
    pub row: usize,
    /// The problem.
    pub kind: CellWarningKind,
}

/// The problem of a [`CellWarning`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CellWarningKind {
    /// The cell cannot be read, and is taken as missing.
    NoValue {
        /// The kind of value that the column has: `a number`, for example.
        expected: &'static str,
    },
    /// No training row had this category.
    UnknownCategory,
    /// The value is far outside the range of the training rows: by more than half its width.
    FarOutside {
        /// The smallest and the largest value of the training rows.
        range: [f64; 2],
    },
}

impl fmt::Display for CellWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CellWarning { column, cells, first, row, kind } = self;
        let (first, column) = (shortened(first), shortened(column));
        let count = |noun: &str| if *cells == 1 { format!("1 {noun}") } else { format!("{cells} {noun}s") };
        match kind {
            CellWarningKind::NoValue { expected } => {
                let cells = count("cell");
                write!(
                    f,
                    "column `{column}`: {cells} taken as missing, expected {expected}, got `{first}` in row {row}"
                )
            }
            CellWarningKind::UnknownCategory => {
                let cells = count("cell");
                write!(
                    f,
                    "column `{column}`: {cells} with a category that the training rows do not have: `{first}` in row {row}"
                )
            }
            CellWarningKind::FarOutside { range: [low, high] } => {
                let (cells, low, high) = (count("value"), written(*low), written(*high));
                write!(
                    f,
                    "column `{column}`: {cells} far outside the training range from {low} to {high}: `{first}` in row {row}"
                )
            }
        }
    }
}

impl Encoder {
    /// Returns the cells of a table for which a network was not trained: unreadable ones, unknown categories, and values
    /// far outside the range of the training rows.
    ///
    /// # Errors
    /// [`Error::Unknown`] if an input column is missing.
    pub fn warnings(&self, csv: &Csv) -> Result<Vec<CellWarning>, Error> {
        let mut warnings: Vec<CellWarning> = Vec::new();
        let is_missing = |cell: &str| csv.is_missing_cell(cell);
        for input in &self.inputs_for(csv)? {
            let mut of_column: Vec<CellWarning> = Vec::new();
            let cells = csv.cells_of(&input.name)?;
            for (row, kind) in cells.map(|cell| input.encoding.problem(cell, &is_missing)).enumerate() {
                if let Some(kind) = kind {
                    match of_column.iter_mut().find(|warning| warning.kind == kind) {
                        Some(warning) => warning.cells += 1,
                        None => of_column.push(CellWarning {
                            column: input.name.clone(),
                            cells: 1,
                            first: cells.get(row).into(),
                            row: csv.rows()[row],
                            kind,
                        }),
                    }
                }
            }
            warnings.append(&mut of_column);
        }
        Ok(warnings)
    }
}

impl Encoding {
    /// Returns the problem of a cell, if it has one.
    fn problem(&self, cell: &str, is_missing: &dyn Fn(&str) -> bool) -> Option<CellWarningKind> {
        match self {
            Encoding::Values { .. } if is_missing(cell) => None,
            Encoding::Values { reading, range, .. } => {
                let Some(value) = reading.value(cell) else {
                    return Some(CellWarningKind::NoValue { expected: reading.expected() });
                };
                let distance = (range[0] - value).max(value - range[1]);
                // A date after the training rows is what predictions are for; it is not far by its nature.
                let is_far = !matches!(reading, Reading::Date(_)) && distance > FAR * (range[1] - range[0]);
                is_far.then_some(CellWarningKind::FarOutside { range: *range })
            }
            Encoding::Categories { categories, has_other, .. } => {
                let is_known = is_missing_text(cell, is_missing) || categories.iter().any(|category| category == cell);
                (!is_known && !has_other).then_some(CellWarningKind::UnknownCategory)
            }
        }
    }
}
