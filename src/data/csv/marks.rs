//! The decimal marks of the columns of a table.

use super::numbers::{DecimalMark, parse_number};
use super::table::Csv;
use crate::error::{CsvErrorKind, Error};

/// The number of cells of a column that decide about its decimal mark.
const ENOUGH_CELLS: usize = 100;

impl Csv {
    /// Returns the decimal mark of each column.
    ///
    /// A cell such as `1,5` or `1.033,70` shows it; `1,000` and `1.000` do not. A column without such a cell has the mark
    /// of most other columns. In a table without one, it is a point if commas separate the cells, and also if no cell has
    /// a comma.
    ///
    /// # Errors
    /// [`Error::Csv`] if cells such as `1,000` may be 1 or a thousand: nothing in the table decides.
    pub(in crate::data) fn decimal_marks(&self) -> Result<Vec<DecimalMark>, Error> {
        if let Some(mark) = self.decimal_mark {
            return Ok(vec![mark; self.columns.len()]);
        }
        let has_mark = |cell: &str| cell.bytes().any(|byte| byte == b',' || byte == b'.');
        let mut of_columns = Vec::with_capacity(self.columns.len());
        for column in 0..self.columns.len() {
            let (mut points, mut commas, mut open) = (0, 0, None);
            let cells = self.cells.column(column);
            if !cells.texts().any(has_mark) {
                of_columns.push((0, 0, None));
                continue;
            }
            let cells = cells.map(|cell| {
                let is_number = [DecimalMark::Point, DecimalMark::Comma]
                    .map(|mark| has_mark(cell) && parse_number(cell, mark).is_some());
                (is_number, cell.contains(','))
            });
            for (row, (is_number, has_comma)) in cells.enumerate() {
                match is_number {
                    [true, false] => points += 1,
                    [false, true] => commas += 1,
                    [true, true] if open.is_none() && has_comma => open = Some(row),
                    _ => {}
                }
                if points + commas >= ENOUGH_CELLS {
                    break;
                }
            }
            of_columns.push((points, commas, open));
        }
        let [points, commas] = of_columns.iter().fold([0, 0], |[points, commas], (of_points, of_commas, _)| {
            [points + usize::from(of_points > of_commas), commas + usize::from(of_commas > of_points)]
        });
        let of_table = match points.cmp(&commas) {
            std::cmp::Ordering::Greater => Some(DecimalMark::Point),
            std::cmp::Ordering::Less => Some(DecimalMark::Comma),
            std::cmp::Ordering::Equal => (self.format.separator == ',').then_some(DecimalMark::Point),
        };
        let mark = |(column, (points, commas, open)): (usize, (usize, usize, Option<usize>))| match (of_table, open) {
            _ if commas > points => Ok(DecimalMark::Comma),
            _ if points > commas => Ok(DecimalMark::Point),
            (Some(mark), _) => Ok(mark),
            (None, None) => Ok(DecimalMark::Point),
            (None, Some(row)) => {
                let cell = self.cells.get(row, column).to_string();
                Err(self.in_cell(row, column, CsvErrorKind::AmbiguousNumber { cell }))
            }
        };
        of_columns.into_iter().enumerate().map(mark).collect()
    }
}
