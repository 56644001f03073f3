//! From a cell to a value: numbers, yes and no, ordered categories and dates.

use crate::data::csv::{DateFormat, DecimalMark, parse_number};
use serde::{Deserialize, Serialize};

/// How the cells of a column are read as values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reading {
    /// Numbers with this decimal mark.
    Number(DecimalMark),
    /// 1 for yes or true, 0 for no or false.
    YesNo,
    /// The position in this list.
    Order(Vec<String>),
    /// Days since 1970-01-01.
    Date(DateFormat),
}

/// The words for yes and for no, in small letters.
const YES: [&str; 12] = ["yes", "true", "y", "t", "on", "ja", "j", "wahr", "oui", "vrai", "sí", "si"];
const NO: [&str; 9] = ["no", "false", "n", "f", "off", "nein", "falsch", "non", "faux"];

impl Reading {
    /// Returns the value of a cell; `None` if it has none.
    pub(super) fn value(&self, cell: &str) -> Option<f64> {
        match self {
            Reading::Number(mark) => parse_number(cell, *mark),
            Reading::YesNo => {
                let word = cell.to_lowercase();
                if YES.contains(&&word[..]) { Some(1.0) } else { NO.contains(&&word[..]).then_some(0.0) }
            }
            Reading::Order(categories) => {
                categories.iter().position(|category| category == cell).map(|position| position as f64)
            }
            Reading::Date(format) => format.parse(cell),
        }
    }

    /// Returns what a cell should be, for messages.
    pub(super) fn expected(&self) -> &'static str {
        match self {
            Reading::Number(_) => "a number",
            Reading::YesNo => "yes or no",
            Reading::Order(_) => "one of the ordered categories",
            Reading::Date(_) => "a date",
        }
    }

    /// Returns the noun for a value.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Reading::Number(_) => "number",
            Reading::YesNo => "yes or no",
            Reading::Order(_) => "ordered category",
            Reading::Date(_) => "date",
        }
    }
}

/// Returns true if a cell of a text column is missing. The text `None` is a category.
pub(super) fn is_missing_text(cell: &str, is_missing: &dyn Fn(&str) -> bool) -> bool {
    is_missing(cell) && !cell.eq_ignore_ascii_case("none")
}

/// Sorts the names of categories or classes: those that are numbers first, by their value, then the others alphabetically.
pub(super) fn sort_names(names: &mut [String]) {
    let number = |name: &String| name.parse::<f64>().unwrap_or(f64::INFINITY);
    names.sort_by(|a, b| number(a).total_cmp(&number(b)).then(a.cmp(b)));
}
