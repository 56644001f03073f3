//! CSV files: [`Csv`], a table from which a [`Dataset`](super::Dataset) is made.
//!
//! - `table.rs`: [`Csv`], the choice of columns and rows
//! - `read.rs`: from the text of a file to cells
//! - `cells.rs`: the cells; `numbers.rs`, `dates.rs`: from a cell to a number or a date

mod cells;
#[cfg(feature = "tables")]
mod dates;
mod numbers;
mod read;
mod table;

#[cfg(feature = "tables")]
pub(in crate::data) use dates::DateFormat;
pub use numbers::DecimalMark;
#[cfg(feature = "tables")]
pub(in crate::data) use numbers::parse_number;
pub use table::Csv;
