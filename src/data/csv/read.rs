//! Reading a CSV file: its limits, its records and the names of its columns.

use super::cells::Cells;
use super::decode::decode;
use super::layout::Layout;
use super::options::{CsvFormat, CsvOptions};
use super::table::{Csv, read_error};
use crate::data::files;
use crate::error::{CsvErrorKind, Error};
use csv::StringRecord;
use std::cell::Cell;
use std::collections::HashSet;
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
    /// [`Error::Io`] if the file cannot be read; [`Error::Csv`] if it is not a table or has no rows; [`Error::Limit`] if it is larger than 1 GiB or has more than 100 million cells.
    #[doc(alias("read_csv", "genfromtxt"))]
    pub fn read(path: impl AsRef<Path>) -> Result<Csv, Error> {
        CsvOptions::new().read(path)
    }

    /// Reads a table from a file without a header; the columns are named `1`, `2` and so on.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub fn read_without_header(path: impl AsRef<Path>) -> Result<Csv, Error> {
        CsvOptions::new().without_header().read(path)
    }

    /// Parses a table from a text whose first line has the names of the columns.
    ///
    /// # Errors
    /// [`Error::Csv`] and [`Error::Limit`] as for [`read`](Self::read).
    pub fn from_text(text: &str) -> Result<Csv, Error> {
        CsvOptions::new().from_text(text)
    }

    pub(super) fn read_with(path: &Path, options: &CsvOptions) -> Result<Csv, Error> {
        let bytes = files::read(path, MAX_FILE_BYTES)?;
        let decoded = decode(bytes, path, MAX_FILE_BYTES, options.encoding.as_deref())?;
        let mut csv = Csv::parse(&decoded.text, Some(path), options)?;
        (csv.format.encoding, csv.format.is_compressed) = (decoded.encoding, decoded.is_compressed);
        Ok(csv)
    }

    pub(super) fn parse(text: &str, path: Option<&Path>, options: &CsvOptions) -> Result<Csv, Error> {
        let limit = |what, limit, got| Error::Limit { what, limit, got, place: place(path), advice: "" };
        if text.len() as u64 > MAX_FILE_BYTES {
            return Err(limit("MiB", MAX_FILE_BYTES >> 20, Some(text.len() as u64 >> 20)));
        }
        let mut separator = options.separator.map(|c| byte("separator", c)).transpose()?;
        let quote = options.quote.map(|c| byte("quote", c)).transpose()?;
        let mut text = text.trim_start_matches('\u{feff}'); // the byte-order mark that Excel writes
        let mut skipped_lines = 0;
        for _ in 0..options.skipped_lines {
            let Some(end) = text.find('\n') else { break };
            (text, skipped_lines) = (&text[end + 1..], skipped_lines + 1);
        }
        // The line `sep=;` with which Excel is told the separator
        if let Some((of_line, rest)) = separator_line(text) {
            separator = separator.or(Some(of_line));
            (text, skipped_lines) = (rest, skipped_lines + 1);
        }
        let layout = Layout::of(text, separator, quote);
        let titles = if options.skipped_lines > 0 || !options.has_header { 0 } else { layout.titles };
        let mut records = Records::new(text, layout.separator, layout.quote);
        records.line += skipped_lines;
        let mut record = StringRecord::new();
        let mut next = |record: &mut StringRecord| records.next(record).map_err(|kind| read_error(path, None, kind));
        let mut found = next(&mut record)?.ok_or_else(|| read_error(path, None, CsvErrorKind::Empty))?;
        for _ in 0..titles {
            found = next(&mut record)?.ok_or_else(|| read_error(path, None, CsvErrorKind::Empty))?;
        }
        let (mut columns, renamed) = match options.has_header {
            true => names(record.iter().map(str::trim)),
            false => ((1..=record.len()).map(|column| column.to_string()).collect(), Vec::new()),
        };
        // A separator that ends the header, or only the rows, makes no column if its cells are empty.
        let may_trail = options.has_header
            && columns.len() > 1
            && record.get(columns.len() - 1).is_some_and(|cell| cell.trim().is_empty());
        let mut has_trailing_separator = may_trail;
        let mut cells = Cells::new(columns.len());
        let (mut rows, mut row, mut blank_rows) = (Vec::new(), 0, 0);
        let mut is_header = options.has_header;
        loop {
            let RecordPosition { blank_lines, line } = found;
            for _ in 0..if is_header { 0 } else { blank_lines } {
                row += 1;
                if columns.len() == 1 {
                    cells.push("");
                    rows.push(row);
                } else {
                    blank_rows += 1;
                }
            }
            let (expected, got) = (columns.len(), record.len());
            let is_short = may_trail && got + 1 == expected;
            let is_long = !may_trail && got == expected + 1 && record[expected].trim().is_empty();
            if got != expected && !is_short && !is_long {
                return Err(read_error(path, None, CsvErrorKind::Ragged { line, expected, got }));
            }
            if !is_header {
                row += 1;
                if expected > 1 && record.iter().all(|cell| cell.trim().is_empty()) {
                    blank_rows += 1;
                } else {
                    record.iter().take(expected).for_each(|cell| cells.push(cell.trim()));
                    if is_short {
                        cells.push("");
                    } else if may_trail && !record[expected - 1].trim().is_empty() {
                        has_trailing_separator = false;
                    }
                    has_trailing_separator |= is_long;
                    rows.push(row);
                }
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
        if may_trail && has_trailing_separator {
            columns.pop();
            cells = cells.without_last_column();
        }
        let renamed = renamed.into_iter().filter(|name| columns.contains(name)).collect();
        Ok(Csv {
            path: path.map(Path::to_path_buf),
            columns,
            cells,
            rows,
            inputs: None,
            drop_missing: false,
            decimal_mark: options.decimal_mark,
            missing_values: options.missing_values.clone(),
            format: CsvFormat {
                encoding: "UTF-8",
                is_compressed: false,
                separator: char::from(layout.separator),
                quote: char::from(layout.quote),
                title_lines: titles + skipped_lines,
                blank_rows,
                has_trailing_separator,
                renamed,
            },
        })
    }
}

/// Returns the byte of a character of ASCII.
fn byte(argument: &str, character: char) -> Result<u8, Error> {
    let is_valid = character.is_ascii() && !matches!(character, '\n' | '\r');
    let invalid = || Error::invalid_argument(argument, "be a character of ASCII", character);
    if is_valid { Ok(character as u8) } else { Err(invalid()) }
}

/// Returns the separator of a first line such as `sep=;`, and the text below it.
fn separator_line(text: &str) -> Option<(u8, &str)> {
    let (line, rest) = text.split_once('\n')?;
    let line = line.trim_end_matches('\r').trim_matches('"');
    let &[s, e, p, b'=', separator] = line.as_bytes() else { return None };
    [s, e, p].eq_ignore_ascii_case(b"sep").then_some((separator, rest))
}

/// Returns names for all columns, and those that the header does not have: of a column without a name, or with the name
/// of another column.
fn names<'a>(header: impl Iterator<Item = &'a str>) -> (Vec<String>, Vec<String>) {
    let header: Vec<&str> = header.collect();
    let (mut names, mut renamed) = (Vec::<String>::new(), Vec::new());
    let mut seen: HashSet<String> = HashSet::new();
    for (column, &name) in header.iter().enumerate() {
        let plain = if name.is_empty() { format!("column {}", column + 1) } else { name.to_string() };
        let numbered = (2..).map(|number| format!("{plain} ({number})"));
        let is_free = |name: &String| !seen.contains(name) && (name == header[column] || !header.contains(&&name[..]));
        let free = std::iter::once(plain.clone()).chain(numbered).find(is_free).expect("there is no end of numbers");
        if free != name {
            renamed.push(free.clone());
        }
        seen.insert(free.clone());
        names.push(free);
    }
    (names, renamed)
}

/// Returns the place of a table, for errors.
fn place(path: Option<&Path>) -> String {
    path.map_or("the text".into(), |path| path.display().to_string())
}

/// A reader of the records of a text.
pub(super) struct Records<'a> {
    text: &'a [u8],
    reader: csv::Reader<LimitedReader<'a>>,
    /// The end of the last record, in bytes.
    end: Rc<Cell<usize>>,
    /// The line of the text after the last record, counted from 1.
    line: usize,
}

/// The position of a record.
pub(super) struct RecordPosition {
    /// The number of blank lines before it.
    blank_lines: usize,
    /// The line in which it starts, counted from 1.
    line: usize,
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
