//! The layout of a text: the separator, the quotes, and the lines above the header.

use super::numbers::{DecimalMark, parse_number};
use super::records::Records;
use csv::StringRecord;

/// The number of records by which the layout is recognised.
const SAMPLE: usize = 100;
/// The minimal number of columns of a table whose title lines are recognised.
const MIN_COLUMNS_BELOW_TITLES: usize = 3;

/// The layout of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) separator: u8,
    pub(super) quote: u8,
    /// The number of records above the header.
    pub(super) titles: usize,
}

impl Layout {
    /// Returns the layout of a text; what is given is not recognised.
    ///
    /// The separator is the comma, the semicolon, the tab or the bar that divides most of the first 100 records in the
    /// same number of cells, more than one. If two do, it is the one with the larger fraction of numbers among the
    /// cells, so that a decimal comma does not separate. Single quotes are quotes if they enclose a cell of most
    /// records or all of the first record, and double quotes none. Records above the header are titles if they have at most half as many cells as
    /// most records.
    pub(super) fn of(text: &str, separator: Option<u8>, quote: Option<u8>) -> Layout {
        let may_be_single = quote.is_none() && text.contains('\'') && !text.contains('"');
        let (mut quote, mut best) = (quote.unwrap_or(b'"'), best_separator(text, separator, quote.unwrap_or(b'"')));
        if may_be_single {
            let is_enclosed = |cell: &str| cell.len() > 1 && cell.starts_with('\'') && cell.ends_with('\'');
            let is_quoted = |record: &&StringRecord| record.iter().map(str::trim).any(is_enclosed);
            let is_quoted_header = |record: &StringRecord| record.iter().map(str::trim).all(is_enclosed);
            let (quoted, with_single) =
                (best.1.iter().filter(is_quoted).count(), best_separator(text, separator, b'\''));
            let has_quoted_rows = 2 * quoted > best.1.len().min(with_single.1.len().max(1));
            if has_quoted_rows || best.1.first().is_some_and(is_quoted_header) {
                (quote, best) = (b'\'', with_single);
            }
        }
        let (separator, records) = best;
        let (_, width) = most_frequent_width(&records);
        let is_title = |record: &&StringRecord| {
            let filled = record.iter().filter(|cell| !cell.trim().is_empty()).count();
            2 * record.len() <= width || 2 * filled <= width && filled <= 1
        };
        let titles = records.iter().take_while(is_title).count();
        let has_titles = width >= MIN_COLUMNS_BELOW_TITLES && titles < records.len();
        Layout { separator, quote, titles: if has_titles { titles } else { 0 } }
    }
}

/// Returns the separator that fits best, of all or the given one, and the first records that it gives.
fn best_separator(text: &str, separator: Option<u8>, quote: u8) -> (u8, Vec<StringRecord>) {
    let mut best = (b',', Vec::new());
    let mut best_fit = None;
    for candidate in separator.map_or(&b"|\t;,"[..], |_| &b" "[..]) {
        let separator = separator.unwrap_or(*candidate);
        let (mut reader, mut record, mut records) = (Records::new(text, separator, quote), StringRecord::new(), vec![]);
        while records.len() < SAMPLE && matches!(reader.next(&mut record), Ok(Some(_))) {
            records.push(record.clone());
        }
        let (count, width) = most_frequent_width(&records);
        let fit = Some((count, thousandths_of_numbers(&records), width));
        if fit >= best_fit {
            (best, best_fit) = ((separator, records), fit);
        }
    }
    best
}

/// Returns the number of records with the most frequent number of cells, and that number; (0, 1) if no record has more
/// than one cell.
fn most_frequent_width(records: &[StringRecord]) -> (usize, usize) {
    let widths = records.iter().map(StringRecord::len).filter(|&width| width > 1);
    let count = |width| records.iter().filter(|record| record.len() == width).count();
    widths.map(|width| (count(width), width)).max().unwrap_or((0, 1))
}

/// Returns the fraction of numbers among the cells, in thousandths.
fn thousandths_of_numbers(records: &[StringRecord]) -> usize {
    let is_number = |cell: &&str| {
        [DecimalMark::Point, DecimalMark::Comma].into_iter().any(|mark| parse_number(cell.trim(), mark).is_some())
    };
    let cells: usize = records.iter().map(StringRecord::len).sum();
    1000 * records.iter().flatten().filter(is_number).count() / cells.max(1)
}
