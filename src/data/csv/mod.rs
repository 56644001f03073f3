//! CSV files: [`Csv`], a table from which a [`Dataset`](super::Dataset) is made.
//!
//! - `table.rs`: [`Csv`], the choice of columns and rows
//! - `read.rs`: from the text of a file to cells
//! - `cells.rs`: from a cell to a value

mod cells;
mod read;
mod table;

pub use table::Csv;
