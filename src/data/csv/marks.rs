//! The decimal marks of the columns of a table.

use super::numbers::{DecimalMark, parse_number};
use super::table::Csv;
use crate::error::{CsvErrorKind, Error};
use std::cmp::Ordering;

/// The number of different cells of a column that decide about its decimal mark.
const ENOUGH_TEXTS: usize = 100;

/// The numbers of cells, or of columns, that show each decimal mark.
#[derive(Default)]
struct Counts {
    points: usize,
    commas: usize,
}

impl Counts {
    fn add(&mut self, mark: DecimalMark) {
        *match mark {
            DecimalMark::Point => &mut self.points,
            DecimalMark::Comma => &mut self.commas,
        } += 1;
    }

    fn most(&self) -> Option<DecimalMark> {
        match self.points.cmp(&self.commas) {
            Ordering::Greater => Some(DecimalMark::Point),
            Ordering::Less => Some(DecimalMark::Comma),
            Ordering::Equal => None,
        }
    }
}

impl Csv {
    /// Returns the decimal mark that each column shows; `None` if nothing decides.
    ///
    /// A cell such as `1,5` or `1.033,70` shows it; `1,000` and `1.000` do not. A column without such a cell has the mark
    /// of most other columns. In a table without one, it is a point if commas separate the cells.
    pub(in crate::data) fn decimal_marks(&self) -> Vec<Option<DecimalMark>> {
        if self.decimal_mark.is_some() {
            return vec![self.decimal_mark; self.columns.len()];
        }
        let of_columns: Vec<Option<DecimalMark>> =
            (0..self.columns.len()).map(|column| self.own_mark(column)).collect();
        let mut counts = Counts::default();
        of_columns.iter().flatten().for_each(|&mark| counts.add(mark));
        let of_table = counts.most().or_else(|| (self.format.separator == ',').then_some(DecimalMark::Point));
        of_columns.into_iter().map(|mark| mark.or(of_table)).collect()
    }

    /// Returns the decimal mark of a column, of which [`decimal_marks`](Self::decimal_marks) has returned `shown`.
    ///
    /// # Errors
    /// [`Error::Csv`] if nothing decides, and a cell such as `1,000` or `1.000` may be 1 or a thousand.
    pub(in crate::data) fn decimal_mark(
        &self,
        column: usize,
        shown: Option<DecimalMark>,
    ) -> Result<DecimalMark, Error> {
        let cells = self.cells.column(column);
        let is_open = |row: &usize| cells.get(*row).contains([',', '.']) && readings(cells.get(*row)) == [true, true];
        match (shown, (0..self.len()).find(|row| shown.is_none() && is_open(row))) {
            (Some(mark), _) => Ok(mark),
            (None, None) => Ok(DecimalMark::Point),
            (None, Some(row)) => {
                let cell = cells.get(row).to_string();
                Err(self.in_cell(row, column, CsvErrorKind::AmbiguousNumber { cell }))
            }
        }
    }

    /// Returns the decimal mark that a column shows by its own cells.
    fn own_mark(&self, column: usize) -> Option<DecimalMark> {
        let mut counts = Counts::default();
        for cell in self.cells.column(column).texts().filter(|cell| cell.contains([',', '.'])) {
            match readings(cell) {
                [true, false] => counts.add(DecimalMark::Point),
                [false, true] => counts.add(DecimalMark::Comma),
                _ => {}
            }
            if counts.points + counts.commas >= ENOUGH_TEXTS {
                break;
            }
        }
        counts.most()
    }

    /// Returns the decimal mark of a column.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no such column; those of [`decimal_mark`](Self::decimal_mark).
    #[cfg(feature = "tables")]
    pub(in crate::data) fn decimal_mark_of(&self, name: &str) -> Result<DecimalMark, Error> {
        let column = self.position(name)?;
        let own = self.decimal_mark.or_else(|| self.own_mark(column));
        self.decimal_mark(column, own.or_else(|| self.decimal_marks()[column]))
    }
}

/// Returns true for each decimal mark, point and comma, with which a cell is a number.
fn readings(cell: &str) -> [bool; 2] {
    [DecimalMark::Point, DecimalMark::Comma].map(|mark| parse_number(cell, mark).is_some())
}
