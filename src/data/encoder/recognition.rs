//! The kind of a column, recognised from its cells.

use super::reading::{self, Reading};
use crate::data::csv::{ColumnCells, DateFormat, DecimalMark};
use crate::text::shortened;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;

/// The fraction of the cells that must be filled.
const MIN_FILLED: f64 = 0.05;
/// The fraction of the filled cells that must be numbers in a column of numbers; the others count as missing.
const MIN_NUMBERS: f64 = 0.9;
/// The minimal number of rows for which distinct whole numbers without gaps are taken for the numbers of the rows.
const MIN_ROW_NUMBERS: usize = 10;
/// The minimal number of rows for which different texts are taken for an identifier or for free text.
const MIN_TEXTS: usize = 5;
/// The mean number of words from which different texts are called free text.
const WORDS_OF_FREE_TEXT: f64 = 3.0;

/// The kind of a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Values: numbers, yes and no, ordered categories or dates.
    Values(Reading),
    Categories,
}

/// The reason why a column is no input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeftOutReason {
    /// The caller left it out.
    Chosen,
    /// No cell has a value.
    Empty,
    /// Almost all cells are missing.
    AlmostEmpty {
        /// The number of cells with a value.
        filled: usize,
    },
    /// All cells have the same value.
    Constant {
        /// The value.
        cell: String,
    },
    /// The column numbers the rows: 1, 2, 3, …
    RowNumbers,
    /// All or most cells are different: an identifier.
    Identifier {
        /// The number of different cells.
        distinct: usize,
    },
    /// The cells are sentences or long names, most of them different.
    FreeText {
        /// The number of different cells.
        distinct: usize,
    },
    /// No category has enough rows.
    RareCategories,
}

impl fmt::Display for LeftOutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LeftOutReason::Chosen => f.write_str("as chosen"),
            LeftOutReason::Empty => f.write_str("empty"),
            LeftOutReason::AlmostEmpty { filled } => write!(f, "almost empty: {filled} cells have a value"),
            LeftOutReason::Constant { cell } => write!(f, "constant: always `{}`", shortened(cell)),
            LeftOutReason::RowNumbers => f.write_str("numbers the rows"),
            LeftOutReason::Identifier { distinct } => write!(f, "an identifier: {distinct} different cells"),
            LeftOutReason::FreeText { distinct } => write!(f, "free text: {distinct} different cells"),
            LeftOutReason::RareCategories => f.write_str("each category has too few rows"),
        }
    }
}

/// A column for recognition.
pub(super) struct Column<'a> {
    pub(super) name: &'a str,
    pub(super) cells: ColumnCells<'a>,
    /// The number of each row in the file.
    pub(super) rows: &'a [usize],
    /// The decimal mark of its numbers.
    pub(super) mark: DecimalMark,
    /// Returns true if a cell is missing.
    pub(super) is_missing: &'a dyn Fn(&str) -> bool,
}

impl Column<'_> {
    /// Returns the kind of the column, or the reason why it cannot be an input.
    ///
    /// With `is_chosen`, the caller wants the column: only a column without information is left out.
    pub(super) fn kind(&self, is_chosen: bool) -> Result<Kind, LeftOutReason> {
        let filled = self.filled(self.is_missing);
        let (rows, count) = (self.cells.len(), total(&filled));
        if let Some(numbers) = self.numbers(&filled) {
            return self.kind_of_numbers(&filled, &numbers, is_chosen);
        }
        let filled = self.filled_texts();
        if let Some(reason) = self.without_information(&filled) {
            return Err(reason);
        }
        if filled.iter().all(|(cell, _)| Reading::YesNo.value(cell).is_some()) {
            return Ok(Kind::Values(Reading::YesNo));
        }
        if let Some(format) = DateFormat::recognised(filled.iter().map(|(cell, _)| *cell), self.mark) {
            return Ok(Kind::Values(Reading::Date(format)));
        }
        let distinct = filled.iter().map(|(cell, _)| cell).collect::<HashSet<_>>().len();
        if !is_chosen && 2 * distinct > count && rows >= MIN_TEXTS {
            let words: usize = filled.iter().map(|(cell, count)| count * cell.split_whitespace().count()).sum();
            let is_text = words as f64 >= WORDS_OF_FREE_TEXT * total(&filled) as f64;
            return Err(match is_text {
                true => LeftOutReason::FreeText { distinct },
                false => LeftOutReason::Identifier { distinct },
            });
        }
        Ok(Kind::Categories)
    }

    /// Returns the row of the first cell that has a text but no value.
    pub(super) fn first_without_value(&self, reading: &Reading) -> Option<usize> {
        self.cells.map(|cell| !(self.is_missing)(cell) && reading.value(cell).is_none()).position(|has_none| has_none)
    }

    /// Returns the texts of the cells that are not missing, with their numbers of cells.
    pub(super) fn filled_texts(&self) -> Vec<(&str, usize)> {
        self.filled(&|cell| reading::is_missing_text(cell, self.is_missing))
    }

    fn filled(&self, is_missing: &dyn Fn(&str) -> bool) -> Vec<(&str, usize)> {
        self.cells.counts().into_iter().filter(|(cell, _)| !is_missing(cell)).collect()
    }

    /// Returns the numbers of the filled cells, with their numbers of cells, if almost all are numbers.
    fn numbers(&self, filled: &[(&str, usize)]) -> Option<Vec<(f64, usize)>> {
        let reading = Reading::Number(self.mark);
        let number = |&(cell, count): &(&str, usize)| Some((reading.value(cell)?, count));
        let numbers: Vec<(f64, usize)> = filled.iter().filter_map(number).collect();
        (!numbers.is_empty() && total(&numbers) as f64 >= MIN_NUMBERS * total(filled) as f64).then_some(numbers)
    }

    fn kind_of_numbers(
        &self,
        filled: &[(&str, usize)],
        numbers: &[(f64, usize)],
        is_chosen: bool,
    ) -> Result<Kind, LeftOutReason> {
        if let Some(reason) = self.without_information(filled) {
            return Err(reason);
        }
        let numbers: Vec<f64> = numbers.iter().map(|(number, _)| *number).collect();
        let are_distinct = numbers.len() == self.cells.len();
        if !is_chosen && are_distinct && numbers.iter().all(|number| number.fract() == 0.0) {
            let distinct = numbers.iter().map(|number| number.to_bits()).collect::<HashSet<_>>().len();
            if distinct == numbers.len() && is_name_of_identifier(self.name) {
                return Err(LeftOutReason::Identifier { distinct });
            }
            if distinct == numbers.len() && self.has_no_gaps(&numbers) {
                return Err(LeftOutReason::RowNumbers);
            }
        }
        Ok(Kind::Values(Reading::Number(self.mark)))
    }

    /// Returns true if distinct whole numbers number the rows: they follow those of the file, or have hardly a gap. Years
    /// have no gaps either, but are no numbers of rows.
    fn has_no_gaps(&self, numbers: &[f64]) -> bool {
        let (low, high) = numbers.iter().fold((f64::MAX, f64::MIN), |(low, high), &x| (low.min(x), high.max(x)));
        let follow_rows =
            numbers.iter().zip(self.rows).all(|(x, &row)| x - row as f64 == numbers[0] - self.rows[0] as f64);
        let are_years = 1500.0 <= low && high <= 2200.0;
        numbers.len() >= MIN_ROW_NUMBERS
            && !are_years
            && (follow_rows || high - low + 1.0 <= 1.5 * numbers.len() as f64)
    }

    /// Returns the reason if the filled cells tell nothing.
    fn without_information(&self, filled: &[(&str, usize)]) -> Option<LeftOutReason> {
        let rows = self.cells.len();
        let first = match filled.first() {
            None => return Some(LeftOutReason::Empty),
            Some((first, _)) => first,
        };
        let count = total(filled);
        if (count as f64) < MIN_FILLED * rows as f64 {
            return Some(LeftOutReason::AlmostEmpty { filled: count });
        }
        // A cell that is filled or not can tell something even if it has always the same value.
        let is_constant =
            filled.iter().all(|(cell, _)| cell == first) && count as f64 > (1.0 - MIN_FILLED) * rows as f64;
        is_constant.then(|| LeftOutReason::Constant { cell: first.to_string() })
    }
}

/// Returns the sum of numbers of cells.
pub(super) fn total<X>(counts: &[(X, usize)]) -> usize {
    counts.iter().map(|(_, count)| count).sum()
}

/// Returns true for names that identifiers have.
fn is_name_of_identifier(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let known = ["id", "index", "idx", "key", "row", "rowid", "rownames", "rowname", "nr", "no", "uuid", "unnamed"];
    words.iter().any(|word| known.contains(word)) || name.ends_with("Id") || name.ends_with("ID")
}
