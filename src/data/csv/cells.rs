//! The cells of a table, and the values that they become.

use super::numbers::{DecimalMark, parse_number};
use crate::error::CsvErrorKind;
use crate::scalar::Scalar;
use std::collections::HashMap;
use std::sync::Arc;

/// The cells of a table, column by column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cells {
    columns: Vec<StoredColumn>,
}

/// The cells of a column: most columns repeat a few texts, which are stored once and shared by the tables of some rows.
#[derive(Clone, Debug)]
struct StoredColumn {
    texts: Arc<Texts>,
    /// The index of the text of each row.
    indices: Vec<u32>,
}

/// Texts, concatenated in one.
#[derive(Debug, Default)]
struct Texts {
    text: String,
    /// The end of each text.
    ends: Vec<u32>,
}

impl Texts {
    /// Adds a text, and returns its index.
    fn push(&mut self, text: &str) -> u32 {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32); // the limit of a file is below 4 GiB
        (self.ends.len() - 1) as u32
    }

    fn get(&self, index: u32) -> &str {
        let index = index as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.text[start..self.ends[index] as usize]
    }
}

impl Cells {
    /// Returns the cells of some rows.
    pub(super) fn select(&self, rows: &[usize]) -> Cells {
        let select = |column: &StoredColumn| StoredColumn {
            texts: column.texts.clone(),
            indices: rows.iter().map(|&row| column.indices[row]).collect(),
        };
        Cells { columns: self.columns.iter().map(select).collect() }
    }

    /// Returns the cells of a column, counted from 0.
    pub(super) fn column(&self, column: usize) -> ColumnCells<'_> {
        let StoredColumn { texts, indices } = &self.columns[column];
        ColumnCells { texts, indices }
    }

    /// Returns a cell as text; indices are counted from 0.
    pub(super) fn get(&self, row: usize, column: usize) -> &str {
        self.column(column).get(row)
    }
}

impl PartialEq for StoredColumn {
    fn eq(&self, other: &StoredColumn) -> bool {
        let cells = |column: &StoredColumn| column.indices.len();
        cells(self) == cells(other)
            && self.indices.iter().zip(&other.indices).all(|(&a, &b)| self.texts.get(a) == other.texts.get(b))
    }
}

/// The cells of a column of a table.
#[derive(Clone, Copy)]
pub(in crate::data) struct ColumnCells<'a> {
    texts: &'a Texts,
    indices: &'a [u32],
}

impl<'a> ColumnCells<'a> {
    /// Returns the number of cells.
    #[cfg(feature = "tables")]
    pub(in crate::data) fn len(self) -> usize {
        self.indices.len()
    }

    /// Returns the cell of a row, counted from 0.
    pub(in crate::data) fn get(self, row: usize) -> &'a str {
        self.texts.get(self.indices[row])
    }

    /// Returns the cells as texts.
    pub(in crate::data) fn iter(self) -> impl Iterator<Item = &'a str> {
        self.indices.iter().map(move |&index| self.texts.get(index))
    }

    /// Returns the texts of the cells, and perhaps some that no row has.
    pub(in crate::data) fn texts(self) -> impl Iterator<Item = &'a str> {
        (0..self.texts.ends.len()).map(move |index| self.texts.get(index as u32))
    }

    /// Returns `f` of each cell. It is computed once for the cells that share a text.
    pub(in crate::data) fn map<V: Clone>(self, f: impl Fn(&'a str) -> V) -> impl Iterator<Item = V> {
        let mut known: Vec<Option<V>> = vec![None; self.texts.ends.len()];
        self.indices
            .iter()
            .map(move |&index| known[index as usize].get_or_insert_with(|| f(self.texts.get(index))).clone())
    }

    /// Returns each text with its number of cells, in the order of the first cells. A text may be repeated.
    #[cfg(feature = "tables")]
    pub(in crate::data) fn counts(self) -> Vec<(&'a str, usize)> {
        let mut counts = vec![0; self.texts.ends.len()];
        let mut order = Vec::new();
        for &index in self.indices {
            if counts[index as usize] == 0 {
                order.push(index);
            }
            counts[index as usize] += 1;
        }
        order.into_iter().map(|index| (self.texts.get(index), counts[index as usize])).collect()
    }
}

/// The number of different texts of a column for which equal cells are found in any case.
const FEW_TEXTS: usize = 1000;
/// The number of cells for each further text of a column for which equal cells are found.
const CELLS_PER_TEXT: usize = 4;

/// Cells that are read row by row.
pub(super) struct CellsBuilder {
    columns: Vec<ColumnBuilder>,
    /// The number of cells.
    len: usize,
}

/// A column that is read.
#[derive(Default)]
struct ColumnBuilder {
    texts: Texts,
    indices: Vec<u32>,
    /// The index of each text; `None` if most cells are different, and would cost memory for nothing.
    known: Option<HashMap<Box<str>, u32>>,
}

impl CellsBuilder {
    /// Creates a table of `columns` columns without cells.
    pub(super) fn new(columns: usize) -> CellsBuilder {
        let column = || ColumnBuilder { known: Some(HashMap::new()), ..ColumnBuilder::default() };
        CellsBuilder { columns: (0..columns).map(|_| column()).collect(), len: 0 }
    }

    /// Adds a cell after the last one.
    pub(super) fn push(&mut self, cell: &str) {
        let column = self.len % self.columns.len();
        self.columns[column].push(cell);
        self.len += 1;
    }

    /// Removes the last column.
    pub(super) fn pop_column(&mut self) {
        self.columns.pop();
    }

    /// Returns the number of cells.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns the table.
    pub(super) fn finish(self) -> Cells {
        let finish = |mut column: ColumnBuilder| {
            column.texts.text.shrink_to_fit();
            column.texts.ends.shrink_to_fit();
            column.indices.shrink_to_fit();
            StoredColumn { texts: Arc::new(column.texts), indices: column.indices }
        };
        Cells { columns: self.columns.into_iter().map(finish).collect() }
    }
}

impl ColumnBuilder {
    fn push(&mut self, cell: &str) {
        let index = match &mut self.known {
            None => self.texts.push(cell),
            Some(known) => known.get(cell).copied().unwrap_or_else(|| {
                let index = self.texts.push(cell);
                known.insert(cell.into(), index);
                index
            }),
        };
        self.indices.push(index);
        if self.texts.ends.len() > FEW_TEXTS + self.indices.len() / CELLS_PER_TEXT {
            self.known = None;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(columns: usize, texts: &[&str]) -> Cells {
        let mut cells = CellsBuilder::new(columns);
        texts.iter().for_each(|text| cells.push(text));
        cells.finish()
    }

    #[test]
    fn equal_cells_of_a_column_share_a_text() {
        let table = cells(2, &["a", "x", "b", "x", "a", "y"]);
        assert_eq!(table.column(0).counts(), [("a", 2), ("b", 1)]);
        assert_eq!(table.column(1).counts(), [("x", 2), ("y", 1)]);
        assert_eq!(table.select(&[2, 1]).column(0).counts(), [("a", 1), ("b", 1)]);
        assert_eq!(table.select(&[2, 1]).column(1).iter().collect::<Vec<_>>(), ["y", "x"]);
    }

    #[test]
    fn map_computes_a_value_once_for_equal_cells() {
        let calls = std::cell::Cell::new(0);
        let length = |cell: &str| {
            calls.set(calls.get() + 1);
            cell.len()
        };
        assert_eq!(cells(1, &["a", "bb", "a", "a"]).column(0).map(length).collect::<Vec<_>>(), [1, 2, 1, 1]);
        assert_eq!(calls.get(), 2);
    }

    #[test]
    fn columns_of_different_texts_keep_every_cell() {
        let texts: Vec<String> = (0..3 * FEW_TEXTS).map(|i| (i % (2 * FEW_TEXTS)).to_string()).collect();
        let texts: Vec<&str> = texts.iter().map(|text| &text[..]).collect();
        let table = cells(1, &texts);
        assert_eq!(table.column(0).iter().collect::<Vec<_>>(), texts);
        assert!(table.column(0).texts().count() > 2 * FEW_TEXTS); // equal cells are no longer found
    }

    #[test]
    fn tables_are_equal_if_their_cells_are() {
        let selected = cells(1, &["unused", "a", "b"]).select(&[1, 2]);
        assert_eq!(selected, cells(1, &["a", "b"]));
        assert_ne!(selected, cells(1, &["a", "c"]));
    }
}
