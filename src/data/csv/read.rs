//! Reading a CSV file: its limits, its separator and its records.

use super::cells::Cells;
use super::table::{Csv, read_error};
use crate::data::files;
use crate::error::{CsvErrorKind, Error};
use crate::text::twice;
use csv::StringRecord;
use std::cell::Cell;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

/// The maximal size of a file, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 30;
/// The maximal size of a row, in bytes. An unclosed quote makes one row of all that follows.
const MAX_ROW_BYTES: usize = 16 << 20;
/// The maximal number of cells.
const MAX_CELLS: usize = 100_000_000;

impl Csv {
    /// Reads a table from a file whose first line has the names of the columns.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read; [`Error::Csv`] if it is not a table, has no rows, or has two columns
    /// of the same name; [`Error::Limit`] if it is larger than 1 GiB or has more than 100 million cells.
    #[doc(alias("read_csv", "genfromtxt"))]
    pub fn read(path: impl AsRef<Path>) -> Result<Csv, Error> {
        Csv::read_file(path.as_ref(), true)
    }

    /// Reads a table from a file without a header; the columns are named `1`, `2` and so on.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub fn read_without_header(path: impl AsRef<Path>) -> Result<Csv, Error> {
        Csv::read_file(path.as_ref(), false)
    }

    /// Parses a table from a text whose first line has the names of the columns.
    ///
    /// # Errors
    /// [`Error::Csv`] and [`Error::Limit`] as for [`read`](Self::read).
    pub fn from_text(text: &str) -> Result<Csv, Error> {
        Csv::parse(text, None, true)
    }

    fn read_file(path: &Path, has_header: bool) -> Result<Csv, Error> {
        let text = String::from_utf8(files::read(path, MAX_FILE_BYTES)?)
            .map_err(|_| read_error(Some(path), None, CsvErrorKind::NotUtf8))?;
        Csv::parse(&text, Some(path), has_header)
    }

    fn parse(text: &str, path: Option<&Path>, has_header: bool) -> Result<Csv, Error> {
        let limit = |what, limit, got| Error::Limit { what, limit, got, place: place(path), advice: "" };
        if text.len() as u64 > MAX_FILE_BYTES {
            return Err(limit("MiB", MAX_FILE_BYTES >> 20, Some(text.len() as u64 >> 20)));
        }
        let text = text.trim_start_matches('\u{feff}'); // the byte-order mark that Excel writes
        let separator = delimiter(text);
        let mut records = Records::new(text, separator);
        let mut record = StringRecord::new();
        let mut next = |record: &mut StringRecord| records.next(record).map_err(|kind| read_error(path, None, kind));
        let mut found = next(&mut record)?.ok_or_else(|| read_error(path, None, CsvErrorKind::Empty))?;
        let columns: Vec<String> = match has_header {
            true => record.iter().map(|cell| cell.trim().to_string()).collect(),
            false => (1..=record.len()).map(|column| column.to_string()).collect(),
        };
        if let Some(name) = twice(&columns) {
            return Err(read_error(path, Some(name), CsvErrorKind::DuplicateColumn));
        }
        let mut cells = Cells::new(columns.len());
        let (mut rows, mut row) = (Vec::new(), 0);
        let mut is_header = has_header;
        loop {
            let RecordPosition { blank_lines, line } = found;
            for _ in 0..if is_header { 0 } else { blank_lines } {
                row += 1;
                if columns.len() == 1 {
                    cells.push("");
                    rows.push(row);
                }
            }
            if record.len() != columns.len() {
                let (expected, got) = (columns.len(), record.len());
                return Err(read_error(path, None, CsvErrorKind::Ragged { line, expected, got }));
            }
            if !is_header {
                row += 1;
                record.iter().for_each(|cell| cells.push(cell.trim()));
                rows.push(row);
            }
            if cells.len() > MAX_CELLS {
                return Err(limit("cells", MAX_CELLS as u64, None));
            }
            is_header = false;
            match next(&mut record)? {
                Some(following) => found = following,
                None => break,
            }
        }
        if rows.is_empty() {
            return Err(read_error(path, None, CsvErrorKind::NoRows));
        }
        Ok(Csv {
            path: path.map(Path::to_path_buf),
            columns,
            cells,
            rows,
            inputs: None,
            drop_missing: false,
            separator,
            decimal_mark: None,
            missing_values: None,
        })
    }
}

/// Returns the place of a table, for errors.
fn place(path: Option<&Path>) -> String {
    path.map_or("the text".into(), |path| path.display().to_string())
}

/// A reader of the records of a text.
struct Records<'a> {
    text: &'a [u8],
    reader: csv::Reader<LimitedReader<'a>>,
    /// The end of the last record, in bytes.
    end: Rc<Cell<usize>>,
    /// The line of the text after the last record, counted from 1.
    line: usize,
}

/// The position of a record.
struct RecordPosition {
    /// The number of blank lines before it.
    blank_lines: usize,
    /// The line in which it starts, counted from 1.
    line: usize,
}

impl<'a> Records<'a> {
    fn new(text: &'a str, delimiter: u8) -> Records<'a> {
        let (text, end) = (text.as_bytes(), Rc::new(Cell::new(0)));
        let limited = LimitedReader { rest: text, bytes_read: 0, end: end.clone() };
        let reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(limited);
        Records { text, reader, end, line: 1 }
    }

    /// Reads the next record that is not a blank line. At the end it returns `None`, and `record` has no defined
    /// content.
    fn next(&mut self, record: &mut StringRecord) -> Result<Option<RecordPosition>, CsvErrorKind> {
        let mut blank_lines = 0;
        loop {
            let is_found = self.reader.read_record(record).map_err(|error| match error.kind() {
                csv::ErrorKind::Io(_) => CsvErrorKind::LongRow { line: self.line, limit: MAX_ROW_BYTES >> 20 },
                _ => CsvErrorKind::Malformed { problem: error.to_string() },
            })?;
            if !is_found {
                return Ok(None);
            }
            // The reader skips empty lines and returns lines of spaces as records. The bytes that it read show both.
            let (start, end) = (self.end.get(), self.reader.position().byte() as usize);
            let mut read = &self.text[start..end];
            if start > 0 && self.text[start - 1] == b'\r' {
                read = read.strip_prefix(b"\n").unwrap_or(read);
            }
            while let Some(rest) = read.strip_prefix(b"\r\n").or(read.strip_prefix(b"\n")).or(read.strip_prefix(b"\r"))
            {
                (read, blank_lines, self.line) = (rest, blank_lines + 1, self.line + 1);
            }
            let line = self.line;
            self.line += line_ends(read);
            self.end.set(end);
            if record.len() > 1 || !read.trim_ascii().is_empty() {
                return Ok(Some(RecordPosition { blank_lines, line }));
            }
            blank_lines += 1;
        }
    }
}

/// Returns the number of line ends: `\n`, `\r` or `\r\n`.
fn line_ends(bytes: &[u8]) -> usize {
    let is_end = |(i, &byte): (usize, &u8)| byte == b'\n' || byte == b'\r' && bytes.get(i + 1) != Some(&b'\n');
    bytes.iter().enumerate().filter(|&byte| is_end(byte)).count()
}

/// A reader of a text that fails when a record is too long.
struct LimitedReader<'a> {
    rest: &'a [u8],
    /// The number of bytes that were read.
    bytes_read: usize,
    /// The end of the last record, in bytes.
    end: Rc<Cell<usize>>,
}

impl Read for LimitedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes_read - self.end.get() > MAX_ROW_BYTES {
            return Err(io::ErrorKind::InvalidData.into()); // the only error of this reader: the row is too long
        }
        let count = self.rest.read(buffer)?;
        self.bytes_read += count;
        Ok(count)
    }
}

/// Returns the separator that gives the first line the most cells: a comma, a semicolon (which spreadsheets write where
/// the comma is the decimal point) or a tab.
fn delimiter(text: &str) -> u8 {
    let cells = |&delimiter: &u8| {
        let mut first = StringRecord::new();
        let is_found = Records::new(text, delimiter).next(&mut first);
        if matches!(is_found, Ok(Some(_))) { first.len() } else { 0 }
    };
    *[b'\t', b';', b','].iter().max_by_key(|delimiter| cells(delimiter)).expect("there are three")
}
