//! [`Input`]: the encoding of an input column, from a cell to numbers.

use super::calendar::{DatePart, parts_of};
use super::options::Scaling;
use super::reading::{Reading, is_missing_text, sort_names};
use super::recognition::{Column, Kind, LeftOutReason, total};
use crate::data::csv::DecimalMark;
use crate::data::{Csv, Scaler};
use crate::error::Error;
use crate::kernels::sums;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;
use std::iter;

/// The minimal number of rows of a category, and of missing cells that become a category or an indicator.
const MIN_ROWS: usize = 5;
/// The minimal number of rows of a category in a table of less than [`SMALL`] rows.
const MIN_ROWS_OF_SMALL: usize = 2;
/// The number of rows below which a table is small.
const SMALL: usize = 100;
/// The maximal number of categories with a feature of their own in a large table.
const MAX_CATEGORIES: usize = 100;
/// The maximal number of features of categories, over all rows of a smaller table.
const MAX_CATEGORY_CELLS: usize = 10_000_000;
/// The distance from the median, in interquartile ranges, from which a column has long tails.
const LONG_TAIL: f64 = 10.0;
/// The unit of features that are 0 or 1: the standard deviation if both are equally frequent.
const UNIT_OF_INDICATORS: f64 = 0.5;

/// The largest size of an encoded feature. One far outside the training rows stays finite in any float type.
pub(crate) const LARGEST_FEATURE: f64 = 1e4;

/// An input column with its encoding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) encoding: Encoding,
    /// The number of missing cells in the training rows.
    pub(super) missing: usize,
    /// The shift and the unit of each feature: an encoded feature is (feature − shift)/unit.
    pub(super) shifts: Vec<f64>,
    pub(super) units: Vec<f64>,
}

/// The encoding of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Encoding {
    /// Values.
    Values {
        reading: Reading,
        /// The features of a value.
        parts: Parts,
        /// The value of missing cells: the median of the training rows.
        fill: f64,
        /// True if a further feature is 1 for missing cells.
        has_indicator: bool,
        /// The smallest and the largest value of the training rows.
        range: [f64; 2],
    },
    /// A feature for each category, which is 1 for its cells.
    Categories {
        categories: Vec<String>,
        /// True if the next feature is 1 for the cells of rare and unknown categories.
        has_other: bool,
        missing: MissingCategory,
    },
}

/// A function that returns the value of a cell.
pub(super) type Reader<'a> = Box<dyn Fn(&str) -> Option<f64> + 'a>;

/// The features of a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Parts {
    /// The value.
    Value,
    /// asinh((value − center)/scale), for columns with long tails.
    LongTails { center: f64, scale: f64 },
    /// Parts of a date.
    Date(Vec<DatePart>),
}

/// The category of missing cells.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MissingCategory {
    /// The last feature is 1 for missing cells.
    Own,
    /// The most frequent category, by its index.
    MostFrequent(usize),
}

impl Input {
    /// Fits the encoding of a column to its cells.
    pub(super) fn fit(column: &Column, kind: Kind, scaling: Scaling) -> Result<Input, LeftOutReason> {
        let (encoding, missing) = match kind {
            Kind::Values(reading) => Encoding::fit_values(column, reading),
            Kind::Categories => Encoding::fit_categories(column)?,
        };
        let mut input = Input { name: column.name.into(), encoding, missing, shifts: vec![], units: vec![] };
        input.fit_scaling(column, scaling);
        Ok(input)
    }

    /// Checks that the parts fit together.
    pub(super) fn check(&self) -> Result<(), Error> {
        let place = || format!("the encoding of column `{}`", self.name);
        Error::check_count("shifts", self.width(), self.shifts.len(), place)?;
        if let Encoding::Categories { categories, missing: MissingCategory::MostFrequent(index), .. } = &self.encoding {
            if *index >= categories.len() {
                return Err(Error::invalid_argument("the most frequent category", "be one of the categories", index));
            }
        }
        Scaler::new(self.shifts.clone(), self.units.clone()).map(|_| ())
    }

    /// Returns the number of features.
    pub(crate) fn width(&self) -> usize {
        match &self.encoding {
            Encoding::Values { parts, has_indicator, .. } => parts.width() + usize::from(*has_indicator),
            Encoding::Categories { categories, has_other, missing } => {
                categories.len() + usize::from(*has_other) + usize::from(*missing == MissingCategory::Own)
            }
        }
    }

    /// Returns the names of the features.
    pub(super) fn feature_names(&self) -> Vec<String> {
        let name = &self.name;
        let missing = || format!("{name} is missing");
        match &self.encoding {
            Encoding::Values { parts, has_indicator, .. } => {
                let mut names = match parts {
                    Parts::Value | Parts::LongTails { .. } => vec![name.clone()],
                    Parts::Date(parts) => parts.iter().flat_map(|part| part.names(name)).collect(),
                };
                names.extend(has_indicator.then(missing));
                names
            }
            Encoding::Categories { categories, has_other, missing: category } => {
                let named = categories.iter().map(|category| format!("{name} = {category}"));
                let other = has_other.then(|| format!("{name} is another"));
                named.chain(other).chain((*category == MissingCategory::Own).then(missing)).collect()
            }
        }
    }

    /// Returns the input with the decimal mark that the column of another table has.
    pub(super) fn for_table(&self, csv: &Csv, shown: &[Option<DecimalMark>]) -> Result<Cow<'_, Input>, Error> {
        let column = csv.position(&self.name)?;
        let mut input = Cow::Borrowed(self);
        if let Encoding::Values { reading: Reading::Number(mark), .. } = &self.encoding {
            let own = csv.decimal_mark(column, shown[column])?;
            if *mark != own {
                if let Encoding::Values { reading, .. } = &mut input.to_mut().encoding {
                    *reading = Reading::Number(own);
                }
            }
        }
        Ok(input)
    }

    /// Returns a scaled feature of a value, by its index.
    pub(super) fn scaled_feature(&self, value: Option<f64>, index: usize) -> f64 {
        let feature = self.encoding.feature(value, index);
        ((feature - self.shifts[index]) / self.units[index]).clamp(-LARGEST_FEATURE, LARGEST_FEATURE)
    }

    /// Sets the shifts and units from the features of the column.
    fn fit_scaling(&mut self, column: &Column, scaling: Scaling) {
        let rows = column.cells.len();
        let values: Vec<Option<f64>> = column.cells.map(self.encoding.reader(column.is_missing)).collect();
        let indicators = self.encoding.is_indicator();
        let of_feature = |j: usize| -> [f64; 2] {
            let features: Vec<f64> = values.iter().map(|&value| self.encoding.feature(value, j)).collect();
            let value = |row: usize| features[row];
            let mean = sums::mean_of(rows, value);
            let unit = match scaling {
                Scaling::Standard if indicators(j) => UNIT_OF_INDICATORS,
                Scaling::Standard => sums::mean_of(rows, |row| (value(row) - mean).powi(2)).sqrt(),
                Scaling::MinMax => {
                    let (low, high) = (0..rows).map(value).fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(x), h.max(x)));
                    return [low, if high > low { high - low } else { 1.0 }];
                }
                Scaling::None => return [0.0, 1.0],
            };
            // The deviation of a constant may be a rounding error.
            let is_constant = (0..rows).all(|row| value(row) == value(0));
            [mean, if is_constant || unit == 0.0 { 1.0 } else { unit }]
        };
        let (shifts, units) = (0..self.width()).map(of_feature).map(|[shift, unit]| (shift, unit)).unzip();
        (self.shifts, self.units) = (shifts, units);
    }
}

impl Encoding {
    /// Fits an encoding of values, and returns the number of missing cells.
    fn fit_values(column: &Column, reading: Reading) -> (Encoding, usize) {
        let value = |cell: &str| if (column.is_missing)(cell) { None } else { reading.value(cell) };
        let counts = column.cells.counts().into_iter().filter_map(|(cell, count)| Some((value(cell)?, count)));
        let mut counts: Vec<(f64, usize)> = counts.collect();
        counts.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let values: Vec<f64> = counts.into_iter().flat_map(|(value, count)| iter::repeat_n(value, count)).collect();
        let missing = column.cells.len() - values.len();
        let quantile = |fraction: f64| values.get((fraction * (values.len().max(1) - 1) as f64) as usize).copied();
        let fill = if reading == Reading::YesNo { quantile(0.5) } else { median(&values) }.unwrap_or(0.0);
        let range = [values.first().copied().unwrap_or(0.0), values.last().copied().unwrap_or(0.0)];
        let quartiles = quantile(0.75).unwrap_or(0.0) - quantile(0.25).unwrap_or(0.0);
        let mean = sums::mean_of(values.len(), |i| values[i]);
        let deviation = sums::mean_of(values.len(), |i| (values[i] - mean).powi(2)).sqrt();
        let scale = if quartiles > 0.0 { quartiles } else { deviation };
        let has_two_values = values.iter().all(|value| range.contains(value));
        let has_long_tail =
            (range[1] - fill).max(fill - range[0]) > LONG_TAIL * scale && scale > 0.0 && !has_two_values;
        let parts = match &reading {
            Reading::Date(format) => Parts::Date(parts_of(&values, format.has_time())),
            Reading::Number(_) if has_long_tail => Parts::LongTails { center: fill, scale },
            _ => Parts::Value,
        };
        let has_indicator = missing >= min_rows(column.cells.len());
        (Encoding::Values { reading, parts, fill, has_indicator, range }, missing)
    }

    /// Fits an encoding of categories, and returns the number of missing cells.
    fn fit_categories(column: &Column) -> Result<(Encoding, usize), LeftOutReason> {
        let (min_rows, filled) = (min_rows(column.cells.len()), column.filled_texts());
        let missing = column.cells.len() - total(&filled);
        let mut counts: HashMap<&str, usize> = HashMap::new();
        filled.into_iter().for_each(|(cell, count)| *counts.entry(cell).or_default() += count);
        let mut frequent: Vec<(&str, usize)> = counts.iter().map(|(&cell, &count)| (cell, count)).collect();
        frequent.sort_by(|(a, count_a), (b, count_b)| count_b.cmp(count_a).then(a.cmp(b)));
        let most = MAX_CATEGORIES.max(MAX_CATEGORY_CELLS / column.cells.len().max(1));
        let kept = frequent.iter().take(most).take_while(|(_, count)| *count >= min_rows).count();
        let most_frequent = frequent.first().map_or("", |(cell, _)| cell);
        let mut categories: Vec<String> = frequent[..kept].iter().map(|(cell, _)| cell.to_string()).collect();
        sort_names(&mut categories);
        let has_own = missing >= min_rows;
        let outcomes = kept + usize::from(kept < frequent.len()) + usize::from(has_own);
        match categories.iter().position(|category| category == most_frequent) {
            None => Err(LeftOutReason::RareCategories),
            Some(_) if outcomes < 2 => Err(LeftOutReason::Constant { cell: most_frequent.into() }),
            Some(index) => {
                let category = if has_own { MissingCategory::Own } else { MissingCategory::MostFrequent(index) };
                let has_other = kept < frequent.len();
                Ok((Encoding::Categories { categories, has_other, missing: category }, missing))
            }
        }
    }

    /// Returns a function that returns the value of a cell, for [`feature`](Self::feature): a number, or the index of the
    /// feature of its category; `None` if it has none.
    pub(super) fn reader<'a>(&'a self, is_missing: &'a dyn Fn(&str) -> bool) -> Reader<'a> {
        match self {
            Encoding::Values { reading, .. } => {
                Box::new(move |cell| if is_missing(cell) { None } else { reading.value(cell) })
            }
            Encoding::Categories { categories, has_other, missing } => {
                let indices: HashMap<&str, usize> =
                    categories.iter().enumerate().map(|(i, name)| (&name[..], i)).collect();
                let of_missing = missing.feature(categories.len() + usize::from(*has_other) + 1);
                Box::new(move |cell| {
                    let index = match is_missing_text(cell, is_missing) {
                        true => Some(of_missing),
                        false => indices.get(cell).copied().or(has_other.then_some(categories.len())),
                    };
                    index.map(|index| index as f64)
                })
            }
        }
    }

    /// Returns a feature of a value, by its index.
    fn feature(&self, value: Option<f64>, index: usize) -> f64 {
        match self {
            Encoding::Values { parts, .. } if index == parts.width() => f64::from(value.is_none()),
            Encoding::Values { parts, fill, .. } => parts.feature(value.unwrap_or(*fill), index),
            Encoding::Categories { .. } => f64::from(value == Some(index as f64)),
        }
    }

    /// Returns true if the cells are texts, not numbers or dates.
    pub(crate) fn has_text(&self) -> bool {
        matches!(self, Encoding::Values { reading: Reading::Order(_), .. } | Encoding::Categories { .. })
    }

    /// Returns a function that tells whether a feature is 0 or 1.
    fn is_indicator(&self) -> impl Fn(usize) -> bool {
        let values = match self {
            Encoding::Values { reading: Reading::YesNo, .. } | Encoding::Categories { .. } => 0,
            Encoding::Values { parts, .. } => parts.width(),
        };
        move |feature| feature >= values
    }
}

impl MissingCategory {
    /// Returns the index of the feature that is 1 for missing cells, of a column with this number of features.
    pub(crate) fn feature(self, features: usize) -> usize {
        match self {
            MissingCategory::Own => features - 1,
            MissingCategory::MostFrequent(index) => index,
        }
    }
}

impl Parts {
    /// Returns the number of features.
    pub(crate) fn width(&self) -> usize {
        match self {
            Parts::Value | Parts::LongTails { .. } => 1,
            Parts::Date(parts) => parts.iter().map(|part| part.width()).sum(),
        }
    }

    /// Returns a feature of a value, by its index.
    fn feature(&self, value: f64, mut index: usize) -> f64 {
        match self {
            Parts::Value => value,
            Parts::LongTails { center, scale } => ((value - center) / scale).asinh(),
            Parts::Date(parts) => {
                for part in parts {
                    if index < part.width() {
                        return part.feature(value, index);
                    }
                    index -= part.width();
                }
                unreachable!("an index of a feature is less than the width")
            }
        }
    }
}

/// Returns the minimal number of rows of a category in a table of `rows` rows.
fn min_rows(rows: usize) -> usize {
    if rows < SMALL { MIN_ROWS_OF_SMALL } else { MIN_ROWS }
}

/// Returns the median of sorted values.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        _ if sorted.is_empty() => None,
        1 => Some(sorted[middle]),
        _ => Some(sorted[middle - 1] / 2.0 + sorted[middle] / 2.0),
    }
}
