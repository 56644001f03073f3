//! The layout of a text: the separator, the quotes, and the lines above the header.

use super::numbers::{DecimalMark, parse_number};
use super::records::Records;
use csv::StringRecord;
use std::collections::BTreeMap;

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
    /// records, and double quotes none. Records above the header are titles if they have at most half as many cells as
    /// most records.
    pub(super) fn of(text: &str, separator: Option<u8>, quote: Option<u8>) -> Layout {
        let sample = |separator, quote| -> Vec<StringRecord> {
            let (mut records, mut record, mut all) =
                (Records::new(text, separator, quote), StringRecord::new(), vec![]);
            while all.len() < SAMPLE && matches!(records.next(&mut record), Ok(Some(_))) {
                all.push(record.clone());
            }
            all
        };
        let best = |quote: u8| {
            let candidates = separator.map_or(b"|\t;,".to_vec(), |separator| vec![separator]);
            let samples = candidates.into_iter().map(|separator| (separator, sample(separator, quote)));
            let fit = |records: &[StringRecord]| {
                let (count, width) = most_frequent_width(records);
                (count, thousandths_of_numbers(records), width)
            };
            samples.max_by_key(|(_, records)| fit(records)).unwrap_or((b',', vec![]))
        };
        let quote = quote.unwrap_or_else(|| {
            let is_quoted = |record: &&StringRecord| {
                record
                    .iter()
                    .map(str::trim)
                    .any(|cell| cell.len() > 1 && cell.starts_with('\'') && cell.ends_with('\''))
            };
            let records = best(b'\'').1;
            let raw = best(b'"').1;
            let quoted = raw.iter().filter(is_quoted).count();
            if !text.contains('"') && 2 * quoted > raw.len().min(records.len().max(1)) { b'\'' } else { b'"' }
        });
        let (separator, records) = best(quote);
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

/// Returns the number of records with the most frequent number of cells, and that number; (0, 1) if no record has more
/// than one cell.
fn most_frequent_width(records: &[StringRecord]) -> (usize, usize) {
    let mut counts = BTreeMap::new();
    for width in records.iter().map(StringRecord::len).filter(|&width| width > 1) {
        *counts.entry(width).or_insert(0) += 1;
    }
    counts.into_iter().map(|(width, count)| (count, width)).max().unwrap_or((0, 1))
}

/// Returns the fraction of numbers among the cells, in thousandths.
fn thousandths_of_numbers(records: &[StringRecord]) -> usize {
    let is_number = |cell: &&str| {
        [DecimalMark::Point, DecimalMark::Comma].into_iter().any(|mark| parse_number(cell.trim(), mark).is_some())
    };
    let cells: usize = records.iter().map(StringRecord::len).sum();
    1000 * records.iter().flatten().filter(is_number).count() / cells.max(1)
}
