//! Reading a CSV file: its limits, its rows and the names of its columns.

use super::cells::CellsBuilder;
use super::decode::decode;
use super::format::CsvFormat;
use super::layout::Layout;
use super::options::CsvOptions;
use super::records::{RecordPosition, Records};
use super::table::{Csv, read_error};
use crate::data::files;
use crate::error::{CsvErrorKind, Error};
use csv::StringRecord;
use std::collections::HashSet;
use std::path::Path;

/// The maximal size of a file, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 30;
/// The maximal number of cells.
const MAX_CELLS: usize = 100_000_000;

impl Csv {
    /// Reads a table from a file whose first line has the names of the columns.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read; [`Error::Csv`] if it is not a table or has no rows; [`Error::Limit`] if
    /// it is larger than 1 GiB or has more than 100 million cells.
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
        let (mut has_trailing_separator, mut first_short_line) = (may_trail, None);
        let mut cells = CellsBuilder::new(columns.len());
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
                        first_short_line = first_short_line.or(Some(line));
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
            cells.pop_column();
        } else if let Some(line) = first_short_line {
            let (expected, got) = (columns.len(), columns.len() - 1);
            return Err(read_error(path, None, CsvErrorKind::Ragged { line, expected, got }));
        }
        let renamed = renamed.into_iter().filter(|name| columns.contains(name)).collect();
        Ok(Csv {
            path: path.map(Path::to_path_buf),
            columns,
            cells: cells.finish(),
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
    let mut taken: HashSet<String> = header.iter().map(|name| name.to_string()).collect();
    let (mut seen, mut names, mut renamed) = (HashSet::new(), Vec::new(), Vec::new());
    for (column, &name) in header.iter().enumerate() {
        let mut free = name.to_string();
        if name.is_empty() || !seen.insert(name) {
            let plain = if name.is_empty() { format!("column {}", column + 1) } else { free };
            free = plain.clone();
            let mut number = 1;
            while !taken.insert(free.clone()) {
                number += 1;
                free = format!("{plain} ({number})");
            }
            renamed.push(free.clone());
        }
        names.push(free);
    }
    (names, renamed)
}

/// Returns the place of a table, for errors.
fn place(path: Option<&Path>) -> String {
    path.map_or("the text".into(), |path| path.display().to_string())
}
