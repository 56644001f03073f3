//! CSV files: [`Csv`], a table from which a [`Dataset`](super::Dataset) is made.
//!
//! - `table.rs`: [`Csv`], the choice of columns and rows
//! - `options.rs`: [`CsvOptions`]; `format.rs`: [`CsvFormat`]
//! - `read.rs`: from a file to cells; `decode.rs`: from its bytes to text; `layout.rs`: separator, quotes and titles;
//!   `records.rs`: the records and their lines
//! - `cells.rs`: the cells; `numbers.rs`, `dates.rs`: from a cell to a number or a date; `marks.rs`: the decimal mark of
//!   each column

mod cells;
#[cfg(feature = "tables")]
mod dates;
mod decode;
mod format;
mod layout;
mod marks;
mod numbers;
mod options;
mod read;
mod records;
mod table;

#[cfg(feature = "tables")]
pub(in crate::data) use cells::ColumnCells;
#[cfg(feature = "tables")]
pub(in crate::data) use dates::DateFormat;
pub use format::CsvFormat;
pub use numbers::DecimalMark;
#[cfg(feature = "tables")]
pub(in crate::data) use numbers::parse_number;
pub use options::CsvOptions;
pub use table::Csv;
