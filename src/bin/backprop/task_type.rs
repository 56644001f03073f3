//! The choice between classification and regression.

use crate::options::{Kind, Train};
use crate::print::Failure;
use backprop::Csv;

/// The maximum number of distinct integers that are taken for classes.
const MAX_INTEGER_CLASSES: usize = 20;
/// The minimum mean number of rows for each distinct integer that is taken for a class.
const MIN_ROWS_PER_CLASS: usize = 5;

impl Train {
    /// Returns true for classification.
    pub fn is_classification(&self, csv: &Csv) -> Result<bool, Failure> {
        match self.kind {
            Kind::Auto => self.has_classes(&csv.column(&self.target)?, csv.rows()),
            kind => Ok(kind == Kind::Classes),
        }
    }

    /// Returns true if the target has text or few distinct integers.
    fn has_classes(&self, cells: &[&str], rows: &[usize]) -> Result<bool, Failure> {
        let place = format!("column `{}` of {}", self.target, self.data.display());
        let mut known: Vec<&str> = cells.iter().copied().filter(|cell| !Csv::is_missing(cell)).collect();
        let mut numbers: Vec<f64> = known.iter().filter_map(|cell| cell.parse().ok()).collect();
        let count = known.len();
        if numbers.len() < count {
            let is_text = |cell: &&str| cell.parse::<f64>().is_err() && !Csv::is_missing(cell);
            if let Some(row) = cells.iter().position(is_text).filter(|_| 2 * numbers.len() > count) {
                let (row, cell) = (rows[row], cells[row].chars().take(60).collect::<String>());
                let problem = format!("expected a number as in most rows, got `{cell}`, in row {row}, {place}");
                return Err(format!("{problem}; correct it, or use --kind classes").into());
            }
            known.sort_unstable();
            known.dedup();
            if 2 * known.len() > count && count > 4 {
                let (limit, distinct) = ((count / 2).max(4), known.len());
                let problem =
                    format!("expected at most {limit} classes, got {distinct} different texts in {count} rows");
                return Err(format!("{problem}, in {place}; choose another column, or use --kind classes").into());
            }
            return Ok(true);
        }
        let are_integers = numbers.iter().all(|number| number.fract() == 0.0);
        numbers.sort_by(f64::total_cmp);
        numbers.dedup();
        let distinct = numbers.len();
        Ok(are_integers && distinct <= MAX_INTEGER_CLASSES && distinct * MIN_ROWS_PER_CLASS <= count)
    }
}
