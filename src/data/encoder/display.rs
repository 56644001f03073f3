//! The table that tells what an [`Encoder`] recognised.

use super::Encoder;
use super::input::{Encoding, Input, MissingCategory, Parts};
use super::reading::Reading;
use super::target::TargetEncoding;
use crate::text::{listed, shortened, written};
use std::fmt;

/// The maximal number of letters of the name of a column in the table.
const MAX_NAME_LETTERS: usize = 30;
/// The maximal number of inputs and of columns left out in the table.
const MAX_LINES: usize = 50;

/// A line for each column: its name, its kind, the number of missing cells, and its encoding or the reason why it is
/// left out.
impl fmt::Display for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![["column", "kind", "missing", "encoding"].map(String::from)];
        let others = |all: usize, what: &str| {
            let rest = all.saturating_sub(MAX_LINES);
            (rest > 0).then(|| [format!("and {rest} more"), what.into(), String::new(), String::new()])
        };
        lines.extend(self.columns().into_iter().take(MAX_LINES).map(ColumnInfo::line));
        lines.extend(others(self.inputs.len(), "inputs"));
        let target = self.target_column();
        lines.push(ColumnInfo { kind: format!("target, {}", target.kind), ..target }.line());
        let left_out = self.left_out.iter().take(MAX_LINES);
        lines.extend(
            left_out.map(|(name, reason)| [name.clone(), "left out".into(), String::new(), reason.to_string()]),
        );
        lines.extend(others(self.left_out.len(), "left out"));
        for line in &mut lines {
            if line[0].chars().count() > MAX_NAME_LETTERS {
                line[0] = line[0].chars().take(MAX_NAME_LETTERS - 1).chain(['…']).collect();
            }
        }
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2)];
        for (i, [name, kind, missing, encoding]) in lines.iter().enumerate() {
            let end = if i + 1 < lines.len() { "\n" } else { "" };
            let [a, b, c] = widths;
            write!(f, "{name:a$}  {kind:b$}  {missing:>c$}  {encoding}{end}")?;
        }
        Ok(())
    }
}

/// A column of a table and its encoding, in words.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ColumnInfo {
    /// The name.
    pub name: String,
    /// The kind: `number`, `category` or `date, 2024-12-31`, for example; `classes` or `number` for a target.
    pub kind: String,
    /// The number of missing cells in the training rows.
    pub missing: usize,
    /// The encoding, with the range of the values or the first categories.
    pub encoding: String,
}

impl ColumnInfo {
    /// Returns the line of the table for this column.
    fn line(self) -> [String; 4] {
        [self.name, self.kind, self.missing.to_string(), self.encoding]
    }
}

impl Encoder {
    /// Returns the input columns with their encoding, in words.
    pub fn columns(&self) -> Vec<ColumnInfo> {
        self.inputs.iter().map(Input::info).collect()
    }

    /// Returns the target column with its encoding, in words.
    pub fn target_column(&self) -> ColumnInfo {
        let (kind, encoding) = match &self.target.encoding {
            TargetEncoding::Classes(classes) => ("classes", format!("{}: {}", classes.len(), listed(classes))),
            TargetEncoding::Numbers { is_logarithm, range: [low, high], .. } => {
                let scale = if *is_logarithm { "; on a logarithmic scale" } else { "" };
                ("number", format!("{} to {}{scale}", written(*low), written(*high)))
            }
        };
        ColumnInfo { name: self.target.name.clone(), kind: kind.into(), missing: self.target.missing, encoding }
    }
}

impl Input {
    /// Returns the column and its encoding, in words.
    fn info(&self) -> ColumnInfo {
        let features = |count: usize| if count == 1 { "1 feature".into() } else { format!("{count} features") };
        let (kind, encoding) = match &self.encoding {
            Encoding::Values { reading, parts, fill, has_indicator, range: [low, high] } => {
                let filled = match (self.missing, has_indicator) {
                    (0, _) => String::new(),
                    (_, false) => format!("; missing as {}", value_text(reading, *fill)),
                    (_, true) => format!("; missing as {} and a feature", value_text(reading, *fill)),
                };
                let range = format!("{} to {}", value_text(reading, *low), value_text(reading, *high));
                let encoding = match (reading, parts) {
                    (Reading::YesNo, _) => "1 or 0".into(),
                    (Reading::Order(categories), _) => listed(categories),
                    (_, Parts::Value) => range,
                    (_, Parts::LongTails { .. }) => format!("{range}, long tails shortened"),
                    (_, Parts::Date(parts)) => {
                        let parts: Vec<&str> = parts.iter().map(|part| part.noun()).collect();
                        format!("{range}: {}", parts.join(", "))
                    }
                };
                let kind = match reading {
                    Reading::Order(_) => "ordered".into(),
                    Reading::Date(format) => format!("date, {format}"),
                    reading => reading.noun().into(),
                };
                (kind, format!("{encoding}{filled}"))
            }
            Encoding::Categories { categories, has_other, missing } => {
                let other = if *has_other { ", others together" } else { "" };
                let filled = match (self.missing, missing) {
                    (0, _) => String::new(),
                    (_, MissingCategory::Own) => "; missing as a category".into(),
                    (_, MissingCategory::MostFrequent(index)) => {
                        format!("; missing as {}", shortened(&categories[*index]))
                    }
                };
                (
                    "category".into(),
                    format!("{}: {}{other}{filled}", features(self.width()), listed_briefly(categories)),
                )
            }
        };
        ColumnInfo { name: self.name.clone(), kind, missing: self.missing, encoding }
    }
}

/// Returns a value as text.
fn value_text(reading: &Reading, value: f64) -> String {
    match reading {
        Reading::Number(_) => written(value),
        Reading::YesNo => if value > 0.5 { "yes" } else { "no" }.into(),
        Reading::Order(categories) => categories.get(value as usize).cloned().unwrap_or_default(),
        Reading::Date(format) => format.text(value),
    }
}

/// Returns the first names of a list.
fn listed_briefly(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = listed(&names[..names.len().min(SHOWN)]);
    if names.len() > SHOWN { format!("{shown}, …") } else { shown }
}
