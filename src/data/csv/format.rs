//! [`CsvFormat`]: the format of a table that was read.

use crate::text::listed;
use std::fmt;

/// The format of a table, as it was recognised or chosen.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CsvFormat {
    /// The name of the encoding.
    pub encoding: &'static str,
    /// True if the file is compressed by gzip.
    pub is_compressed: bool,
    /// The separator of the cells.
    pub separator: char,
    /// The quote.
    pub quote: char,
    /// The number of lines above the header that were skipped.
    pub title_lines: usize,
    /// The number of blank rows, which were skipped.
    pub blank_rows: usize,
    /// True if a separator ends the rows.
    pub has_trailing_separator: bool,
    /// The names of columns without a name in the file, or with that of another column.
    pub renamed: Vec<String>,
}

/// The differences from a text in UTF-8 separated by commas: `windows-1252, separated by ;, 4 blank rows skipped`.
impl fmt::Display for CsvFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = vec![self.encoding.to_string()];
        if self.is_compressed {
            parts.push("compressed by gzip".into());
        }
        parts.push(match self.separator {
            ',' => "separated by commas".into(),
            ';' => "separated by semicolons".into(),
            '\t' => "separated by tabs".into(),
            other => format!("separated by {other}"),
        });
        if self.quote != '"' {
            parts.push(format!("quoted by {}", self.quote));
        }
        let counted = |count: usize, one: &str, several: &str| match count {
            0 => None,
            1 => Some(format!("1 {one} skipped")),
            count => Some(format!("{count} {several} skipped")),
        };
        parts.extend(counted(self.title_lines, "line above the header", "lines above the header"));
        parts.extend(counted(self.blank_rows, "blank row", "blank rows"));
        if self.has_trailing_separator {
            parts.push("with a separator after the last column".into());
        }
        if !self.renamed.is_empty() {
            parts.push(format!("named here: {}", listed(&self.renamed)));
        }
        f.write_str(&parts.join(", "))
    }
}
