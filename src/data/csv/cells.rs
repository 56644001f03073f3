//! The cells of a table, and the values that they become.

use super::numbers::{DecimalMark, parse_number};
use crate::error::CsvErrorKind;
use crate::scalar::Scalar;

/// The cells of a table, row by row, concatenated in one text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cells {
    columns: usize,
    text: String,
    /// The end of each cell in the text.
    ends: Vec<u32>,
}

impl Cells {
    /// Creates a table of `columns` columns without cells.
    pub(super) fn new(columns: usize) -> Cells {
        Cells { columns, text: String::new(), ends: Vec::new() }
    }

    /// Adds a cell after the last one.
    pub(super) fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len() as u32); // the limit of a file is below 4 GiB
    }

    /// Returns the cells of some rows.
    pub(super) fn select(&self, rows: &[usize]) -> Cells {
        let mut selected = Cells::new(self.columns);
        for &row in rows {
            (0..self.columns).for_each(|column| selected.push(self.get(row, column)));
        }
        selected
    }

    /// Returns the cells without those of the last column, which are empty.
    pub(super) fn without_last_column(mut self) -> Cells {
        let mut index = 0;
        self.ends.retain(|_| {
            index += 1;
            index % self.columns != 0
        });
        Cells { columns: self.columns - 1, ..self }
    }

    /// Returns the number of cells.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns a cell as text; indices are counted from 0.
    pub(super) fn get(&self, row: usize, column: usize) -> &str {
        let cell = row * self.columns + column;
        let start = if cell == 0 { 0 } else { self.ends[cell - 1] as usize };
        &self.text[start..self.ends[cell] as usize]
    }
}

/// The texts that mark a missing value; an empty cell marks one, too. Those of spreadsheets and of Germany are among them.
const MISSING: [&str; 33] = [
    "NA", "na", "N/A", "n/a", "N.A.", "n.a.", "#N/A", "<NA>", "NaN", "nan", "NaT", "NULL", "Null", "null", "<null>",
    "None", "none", "nil", "\\N", ".", "-", "--", "–", "—", "?", "k. A.", "k.A.", "#NULL!", "#DIV/0!", "#VALUE!",
    "#REF!", "#NUM!", "#NV",
];

/// Returns true if the cell marks a missing value.
pub(super) fn is_missing(cell: &str) -> bool {
    cell.is_empty() || MISSING.contains(&cell)
}

/// Returns the value of a cell, a finite number.
pub(super) fn parse<T: Scalar>(cell: &str, mark: DecimalMark) -> Result<T, CsvErrorKind> {
    let value = parse_number(cell, mark).ok_or_else(|| CsvErrorKind::NotANumber { cell: cell.into() })?;
    let value = T::of(value);
    if value.is_finite() {
        return Ok(value);
    }
    Err(CsvErrorKind::Overflow { cell: cell.into(), float: std::any::type_name::<T>() })
}
