//! The encoding of the target: classes, or scaled numbers.

use super::reading::{Reading, is_missing_text, sort_names};
use super::recognition::{Column, total};
use crate::data::Scaler;
use crate::data::csv::parse_number;
use crate::error::Error;
use crate::kernels::sums;
use crate::text::{shortened, written};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// The maximal number of distinct integers that are taken for classes.
const MAX_INTEGER_CLASSES: usize = 20;
/// The minimal mean number of rows for each distinct integer that is taken for a class.
const MIN_ROWS_PER_CLASS: usize = 5;
/// The coverages of prediction intervals.
const COVERAGES: [f64; 5] = [0.5, 0.8, 0.9, 0.95, 0.99];

/// The target column with its encoding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) encoding: TargetEncoding,
    /// The number of rows without a target.
    pub(super) missing: usize,
}

/// The encoding of a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TargetEncoding {
    /// The names of the classes.
    Classes(Vec<String>),
    /// (f(y) − shift)/unit of a number y, where f is the identity or the logarithm.
    Numbers {
        is_logarithm: bool,
        shift: f64,
        unit: f64,
        range: [f64; 2],
        /// Coverages and half widths of prediction intervals, in units of encoded targets.
        intervals: Vec<[f64; 2]>,
    },
}

impl Target {
    /// Fits the encoding of a target to its cells.
    pub(super) fn fit(column: &Column, classification: Option<bool>, is_logarithm: bool) -> Result<Target, Error> {
        let classification = match classification {
            Some(chosen) => chosen,
            None => has_classes(column)?,
        };
        let name = column.name.to_string();
        let unusable =
            |requirement: &str, got: String| Error::invalid_argument(format!("column `{name}`"), requirement, got);
        if classification {
            let filled = column.filled_texts();
            let distinct = filled.iter().map(|(cell, _)| *cell).collect::<HashSet<&str>>();
            let mut classes: Vec<String> = distinct.into_iter().map(String::from).collect();
            sort_names(&mut classes);
            if classes.len() < 2 {
                let got = classes.first().map_or("no value".into(), |class| format!("only `{class}`"));
                return Err(unusable("have at least two classes", got));
            }
            let missing = column.cells.len() - total(&filled);
            return Ok(Target { name, encoding: TargetEncoding::Classes(classes), missing });
        }
        let filled = column.cells.map(|cell| (!(column.is_missing)(cell)).then(|| parse_number(cell, column.mark)));
        let filled = filled.enumerate().filter_map(|(row, number)| Some((row, number?)));
        let number = |(row, number): (usize, Option<f64>)| {
            number.ok_or_else(|| {
                let (cell, line) = (shortened(column.cells.get(row)), column.rows[row]);
                unusable("have numbers", format!("`{cell}` in row {line}"))
                    .with_advice("correct it, or take the target as classes")
            })
        };
        let numbers = filled.map(number).collect::<Result<Vec<f64>, Error>>()?;
        if numbers.is_empty() {
            return Err(unusable("have numbers", "no value".into()));
        }
        if is_logarithm && numbers.iter().any(|&y| y <= 0.0) {
            let smallest = numbers.iter().copied().fold(f64::INFINITY, f64::min);
            return Err(unusable("be positive for a logarithm", written(smallest)));
        }
        let f = |y: f64| if is_logarithm { y.ln() } else { y };
        // The first number is subtracted first: the digits of 1700000000, 1700000001 … would be lost in a sum of squares.
        let first = f(numbers[0]);
        let mean = sums::mean_of(numbers.len(), |i| f(numbers[i]) - first);
        let deviation = sums::mean_of(numbers.len(), |i| (f(numbers[i]) - first - mean).powi(2)).sqrt();
        let range = numbers.iter().fold([f64::MAX, f64::MIN], |[low, high], &y| [low.min(y), high.max(y)]);
        let unit = if range[0] < range[1] && deviation > 0.0 { deviation } else { 1.0 };
        let encoding =
            TargetEncoding::Numbers { is_logarithm, shift: first + mean, unit, range, intervals: Vec::new() };
        Ok(Target { name, encoding, missing: column.cells.len() - numbers.len() })
    }

    /// Returns the names of the classes; an empty slice for numbers.
    pub(super) fn classes(&self) -> &[String] {
        match &self.encoding {
            TargetEncoding::Classes(classes) => classes,
            TargetEncoding::Numbers { .. } => &[],
        }
    }
}

impl TargetEncoding {
    /// Checks that the parts fit together.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self {
            TargetEncoding::Classes(_) => Ok(()),
            TargetEncoding::Numbers { shift, unit, .. } => Scaler::new([*shift], [*unit]).map(|_| ()),
        }
    }

    /// Returns the encoded number; itself for classes.
    pub(super) fn encoded(&self, y: f64) -> f64 {
        match *self {
            TargetEncoding::Classes(_) => y,
            TargetEncoding::Numbers { is_logarithm, shift, unit, .. } => {
                ((if is_logarithm { y.ln() } else { y }) - shift) / unit
            }
        }
    }

    /// Returns the number of an encoded number; itself for classes.
    pub(super) fn decoded(&self, encoded: f64) -> f64 {
        match *self {
            TargetEncoding::Classes(_) => encoded,
            TargetEncoding::Numbers { is_logarithm, shift, unit, .. } => {
                let y = encoded * unit + shift;
                if is_logarithm { y.exp() } else { y }
            }
        }
    }

    /// Sets the half widths of prediction intervals from the residuals of rows that the network was not trained with.
    ///
    /// Split conformal prediction: of n residuals, the half width for coverage c is the ⌈(n + 1)·c⌉-th smallest in
    /// absolute value ([Lei et al. 2018](https://doi.org/10.1080/01621459.2017.1307116)).
    pub(super) fn set_residuals(&mut self, residuals: &[f64]) {
        if let TargetEncoding::Numbers { intervals, .. } = self {
            let mut sizes: Vec<f64> = residuals.iter().map(|residual| residual.abs()).collect();
            sizes.sort_by(f64::total_cmp);
            let half_width = |&coverage: &f64| {
                let rank = ((sizes.len() + 1) as f64 * coverage).ceil() as usize;
                Some([coverage, *sizes.get(rank.checked_sub(1)?)?])
            };
            *intervals = COVERAGES.iter().filter_map(half_width).collect();
        }
    }
}

/// Returns true if the target has text or few distinct integers.
fn has_classes(column: &Column) -> Result<bool, Error> {
    let number = |cell: &str| Reading::Number(column.mark).value(cell);
    let filled = column.filled_texts();
    let numbers: Vec<(f64, usize)> = filled.iter().filter_map(|&(cell, count)| Some((number(cell)?, count))).collect();
    let are_numbers = |(cell, _): &(&str, usize)| number(cell).is_some() || (column.is_missing)(cell);
    let count = total(&filled);
    if !filled.iter().all(are_numbers) {
        let requirement = |what: String| (format!("column `{}`", column.name), what);
        if 2 * total(&numbers) > count {
            let is_text = |cell: &str| number(cell).is_none() && !is_missing_text(cell, column.is_missing);
            let row = column.cells.iter().position(is_text).unwrap_or(0);
            let (argument, what) = requirement("have numbers only, as in most rows".into());
            let got = format!("`{}` in row {}", shortened(column.cells.get(row)), column.rows[row]);
            return Err(
                Error::invalid_argument(argument, what, got).with_advice("correct it, or take the target as classes")
            );
        }
        let distinct = filled.iter().map(|(cell, _)| cell).collect::<HashSet<_>>().len();
        if 2 * distinct > count && count > 4 {
            let (argument, what) = requirement(format!("have at most {} classes", (count / 2).max(4)));
            let got = format!("{distinct} different texts in {count} rows");
            return Err(Error::invalid_argument(argument, what, got)
                .with_advice("choose another target, or take it as classes"));
        }
        return Ok(true);
    }
    let mut numbers: Vec<f64> = numbers.into_iter().map(|(number, _)| number).collect();
    let are_integers = numbers.iter().all(|number| number.fract() == 0.0);
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    Ok(are_integers && numbers.len() <= MAX_INTEGER_CLASSES && numbers.len() * MIN_ROWS_PER_CLASS <= count)
}
