//! The records of a CSV text, with their lines.

use crate::error::CsvErrorKind;
use csv::StringRecord;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// The maximal size of a row, in bytes. An unclosed quote makes one row of all that follows.
const MAX_ROW_BYTES: usize = 16 << 20;

/// A reader of the records of a text.
pub(super) struct Records<'a> {
    text: &'a [u8],
    reader: csv::Reader<LimitedReader<'a>>,
    /// The end of the last record, in bytes.
    end: Rc<Cell<usize>>,
    /// The line of the text after the last record, counted from 1.
    pub(super) line: usize,
}

/// The position of a record.
pub(super) struct RecordPosition {
    /// The number of blank lines before it.
    pub(super) blank_lines: usize,
    /// The line in which it starts, counted from 1.
    pub(super) line: usize,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str, separator: u8, quote: u8) -> Records<'a> {
        let (text, end) = (text.as_bytes(), Rc::new(Cell::new(0)));
        let limited = LimitedReader { rest: text, bytes_read: 0, end: end.clone() };
        let mut builder = csv::ReaderBuilder::new();
        let builder = builder.has_headers(false).flexible(true).delimiter(separator).quote(quote);
        let reader = builder.from_reader(limited);
        Records { text, reader, end, line: 1 }
    }

    /// Reads the next record that is not a blank line. At the end it returns `None`, and `record` has no defined
    /// content.
    pub(super) fn next(&mut self, record: &mut StringRecord) -> Result<Option<RecordPosition>, CsvErrorKind> {
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
