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
/// The fraction of the cells that are distinct in an identifier of whole numbers; a few rows may be there twice.
const MIN_DISTINCT: f64 = 0.9;
/// The minimal number of rows for which distinct whole numbers without gaps are taken for the numbers of the rows.
const MIN_ROW_NUMBERS: usize = 10;
/// The number of rows for each unit of the mean difference of numbers of rows, and its maximum: of k random numbers in a
/// range of k²/20, 10 pairs are equal on average.
const ROWS_PER_GAP: f64 = 20.0;
const MAX_GAP: f64 = 10.0;
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
        let count = total(numbers);
        let are_whole = numbers.iter().all(|(number, _)| number.fract() == 0.0);
        if !is_chosen && count == self.cells.len() && are_whole {
            let distinct = numbers.iter().map(|(number, _)| number.to_bits()).collect::<HashSet<_>>().len();
            if distinct as f64 >= MIN_DISTINCT * count as f64 && is_name_of_identifier(self.name) {
                return Err(LeftOutReason::Identifier { distinct });
            }
            // The counts of distinct numbers are in the order of the rows.
            let in_rows = || numbers.iter().map(|(number, _)| *number).collect::<Vec<f64>>();
            if distinct == count && self.number_rows(&in_rows()) {
                return Err(LeftOutReason::RowNumbers);
            }
        }
        Ok(Kind::Values(Reading::Number(self.mark)))
    }

    /// Returns true if distinct whole numbers number the rows. They do if they follow the rows of the file, or if they lie
    /// so close together that measurements would hardly be distinct. Years lie close together too, but number no rows.
    fn number_rows(&self, numbers: &[f64]) -> bool {
        let count = numbers.len();
        if count < MIN_ROW_NUMBERS {
            return false;
        }
        let follow_rows =
            numbers.iter().zip(self.rows).all(|(x, &row)| x - row as f64 == numbers[0] - self.rows[0] as f64);
        let mut sorted = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = (sorted[0], sorted[count - 1]);
        let are_years = 1500.0 <= low && high <= 2200.0;
        let are_dense = high - low < (count as f64 / ROWS_PER_GAP).clamp(1.5, MAX_GAP) * count as f64;
        let have_neighbours = sorted.windows(2).any(|pair| pair[1] - pair[0] == 1.0); // others are a grid of measurements
        !are_years && (follow_rows || are_dense && have_neighbours)
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
