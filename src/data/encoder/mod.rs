//! [`Encoder`]: the columns of a table as inputs and targets of a network.
//!
//! - `options.rs`: [`EncoderOptions`], what the caller chooses; `recognition.rs`: the kind of a column, or why it is left
//!   out; `fit.rs`: the fit to a table
//! - `reading.rs`: from a cell to a value; `input.rs`: from a value to features; `calendar.rs`: the parts of dates
//! - `target.rs`: the encoding of the target
//! - `warnings.rs`: cells that the training rows did not have; `leaks.rs`: columns that determine the target; `display.rs`: [`ColumnInfo`], what was recognised, and a
//!   table of it

mod calendar;
mod display;
mod fit;
mod input;
mod leaks;
mod options;
mod reading;
mod recognition;
mod target;
mod warnings;

pub(crate) use calendar::{DAYS_OF_YEAR, DatePart};
pub use display::ColumnInfo;
pub(crate) use input::{Encoding, Input, LARGEST_FEATURE, Parts};
pub use leaks::{TargetLeak, TargetLeakKind};
pub use options::{EncoderOptions, Scaling};
pub(crate) use reading::Reading;
pub use recognition::LeftOutReason;
pub(crate) use target::TargetEncoding;
pub use warnings::{CellWarning, CellWarningKind};

use super::{Csv, Dataset, Scaler};
use crate::error::Error;
use crate::scalar::Scalar;
use crate::text::shortened;
use ndarray::Array2;
use reading::is_missing_text;
use recognition::{Column, Kind};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use target::Target;

/// The encoding of a table: of each input column as scaled features, and of the target as classes or as a scaled number.
///
/// It is fitted to the training rows, and then encodes any rows with the same columns. The kind of each column is
/// recognised from its cells, if [`EncoderOptions`] do not choose it:
///
/// | column | features |
/// | --- | --- |
/// | numbers | the number; asinh((x − median)/interquartile range) if a value is more than 10 interquartile ranges from the median |
/// | yes and no, true and false | 1 or 0 |
/// | ordered categories, if chosen | 0, 1, 2 and so on |
/// | other texts | one for each category of at least 5 rows (2 of less than 100 rows), and one for all others; at most for the 100 most frequent, or 10,000,000/rows if that is more |
/// | dates and times | days since 1970-01-01, the year, and the sine and cosine of the time of the year, the weekday and the time of the day, if they vary |
/// | constants, numbers of rows, identifiers, free text, almost empty columns | none: the column is left out, for a [`LeftOutReason`] |
///
/// A missing number or date is replaced by the median of the training rows, a missing category by the most frequent one.
/// If at least 5 training rows (2 of less than 100) have no value, a further feature is 1 for missing cells. Numbers are
/// computed in f64, and become a `T` when they are scaled. An encoded feature is at most 10⁴ in absolute value.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Adam, Csv, Dataset, Encoder, Model, Trainer};
///
/// let csv = Csv::from_text("color,size,price\nred,1,$100\nblue,2,$220\nred,3,\"$1,300\"\nblue,NA,$225\n")?;
/// let encoder = Encoder::fit(&csv, "price")?;
/// assert_eq!(encoder.feature_names(), ["color = blue", "color = red", "size"]);
///
/// let dataset: Dataset<f64> = encoder.dataset(&csv)?;
/// let mut model = Model::new(&dataset, [(4, Activation::Tanh)], &mut SomeRng::seed_from_u64(1))?.with_encoder(encoder)?;
/// model.fit(&mut Trainer::new(model.loss(), Adam::new(0.02)).epochs(500), &dataset)?;
/// let predictions = model.predict_table(&csv)?;
/// assert!((predictions[[2, 0]] - 1300.0).abs() < 10.0);
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias("ColumnTransformer", "OneHotEncoder", "SimpleImputer", "TableVectorizer"))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    inputs: Vec<Input>,
    left_out: Vec<(String, LeftOutReason)>,
    target: Target,
}

impl Encoder {
    /// Checks that the parts fit together, of an encoder from a file.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.inputs.iter().try_for_each(Input::check)?;
        self.target.encoding.check()
    }

    /// Returns the input columns with their encodings.
    pub(crate) fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Returns the scaling of the features.
    pub(crate) fn scaler(&self) -> Result<Scaler, Error> {
        let of_columns = |values: fn(&Input) -> &[f64]| -> Vec<f64> {
            self.inputs.iter().flat_map(|input| values(input).iter().copied()).collect()
        };
        Scaler::new(of_columns(|input| &input.shifts), of_columns(|input| &input.units))
    }

    /// Returns the encoding of the target.
    pub(crate) fn target_encoding(&self) -> &TargetEncoding {
        &self.target.encoding
    }

    /// Returns the names of the columns that are inputs.
    pub fn input_names(&self) -> Vec<&str> {
        self.inputs.iter().map(|input| &input.name[..]).collect()
    }

    /// Returns the columns that are no inputs, with the reasons.
    pub fn left_out(&self) -> &[(String, LeftOutReason)] {
        &self.left_out
    }

    /// Returns the names of the features, the inputs of a network.
    #[doc(alias = "get_feature_names_out")]
    pub fn feature_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.inputs.iter().flat_map(Input::feature_names).collect();
        let mut seen = HashSet::new();
        for name in &mut names {
            while !seen.insert(name.clone()) {
                name.push('_');
            }
        }
        names
    }

    /// Returns the range of the features of each input column.
    pub fn features(&self) -> Vec<std::ops::Range<usize>> {
        let ends = self.inputs.iter().scan(0, |end, input| {
            let start = *end;
            *end += input.width();
            Some(start..*end)
        });
        ends.collect()
    }

    /// Returns the name of the target.
    pub fn target_name(&self) -> &str {
        &self.target.name
    }

    /// Returns the names of the classes; an empty slice for numeric targets.
    pub fn classes(&self) -> &[String] {
        self.target.classes()
    }

    /// Returns true if the target is encoded as its logarithm.
    pub fn has_log_target(&self) -> bool {
        matches!(self.target.encoding, TargetEncoding::Numbers { is_logarithm: true, .. })
    }

    /// Returns the scaled features of all rows of a table, which needs the input columns in any order.
    ///
    /// Numbers are read with the decimal mark of this table, which may be another than that of the training rows.
    /// A cell that cannot be read is taken as missing, and an unknown category as one without a feature or as a rare
    /// one; [`warnings`](Self::warnings) names such cells.
    ///
    /// # Errors
    /// [`Error::Unknown`] if an input column is missing; [`Error::Csv`] if the decimal mark of one is open.
    #[doc(alias = "transform")]
    pub fn encode<T: Scalar>(&self, csv: &Csv) -> Result<Array2<T>, Error> {
        let (rows, ranges) = (csv.len(), self.features());
        let width = ranges.last().map_or(0, |range| range.end);
        let mut features = vec![T::zero(); rows * width];
        let is_missing = |cell: &str| csv.is_missing_cell(cell);
        for (input, range) in self.inputs_for(csv)?.iter().zip(ranges) {
            let values = csv.cells_of(&input.name)?.map(input.encoding.reader(&is_missing));
            for (value, row) in values.zip(features.chunks_mut(width.max(1))) {
                for (index, y) in row[range.clone()].iter_mut().enumerate() {
                    *y = T::of(input.scaled_feature(value, index));
                }
            }
        }
        Ok(Array2::from_shape_vec((rows, width), features).expect("a row for each row of the table"))
    }

    /// Returns the inputs as they read the cells of a table.
    fn inputs_for(&self, csv: &Csv) -> Result<Vec<Cow<'_, Input>>, Error> {
        let shown = csv.decimal_marks();
        self.inputs.iter().map(|input| input.for_table(csv, &shown)).collect()
    }

    /// Returns the name and the values of each input column of numbers; NaN for a cell without a number.
    ///
    /// # Errors
    /// [`Error::Unknown`] if an input column is missing.
    pub fn numbers(&self, csv: &Csv) -> Result<Vec<(&str, Vec<f64>)>, Error> {
        let mut numbers = Vec::new();
        for (input, Input { name, .. }) in self.inputs_for(csv)?.iter().zip(&self.inputs) {
            if let Encoding::Values { reading: reading @ Reading::Number(_), .. } = &input.encoding {
                let value = |cell: &str| if csv.is_missing_cell(cell) { None } else { reading.value(cell) };
                let values = csv.cells_of(name)?.map(|cell| value(cell).unwrap_or(f64::NAN));
                numbers.push((&name[..], values.collect()));
            }
        }
        Ok(numbers)
    }

    /// Returns the features and targets of the rows of a table that have a target.
    ///
    /// Classes are one-hot encoded. Numbers are standardized, in f64: a network predicts (f(y) − mean)/standard
    /// deviation, where f is the identity or the logarithm.
    ///
    /// # Errors
    /// [`Error::Unknown`] if an input column, the target or a class is missing; [`Error::InvalidArgument`] if a target
    /// is not a number, or not positive for a logarithm; [`Error::Empty`] if no row has a target.
    pub fn dataset<T: Scalar>(&self, csv: &Csv) -> Result<Dataset<T>, Error> {
        let csv = self.with_target(csv)?;
        let cells = csv.cells_of(&self.target.name)?;
        let targets = match &self.target.encoding {
            TargetEncoding::Classes(classes) => {
                let indices: HashMap<&str, usize> =
                    classes.iter().enumerate().map(|(i, name)| (&name[..], i)).collect();
                let mut targets = Array2::from_elem((cells.len(), classes.len()), T::zero());
                for (mut target, cell) in targets.rows_mut().into_iter().zip(cells.iter()) {
                    let class = indices.get(cell).ok_or_else(|| Error::unknown("class", cell, classes))?;
                    target[*class] = T::one();
                }
                targets
            }
            encoding => {
                let numbers = match self.has_log_target() {
                    true => self.numbers_with(&csv, "positive numbers", |y| y > 0.0)?,
                    false => self.target_numbers(&csv)?,
                };
                Array2::from_shape_fn((cells.len(), 1), |(i, _)| T::of(encoding.encoded(numbers[i])))
            }
        };
        Ok(Dataset {
            inputs: self.encode(&csv)?,
            targets,
            input_names: self.feature_names(),
            target_name: self.target.name.clone(),
            classes: self.classes().to_vec(),
            rows: csv.rows().to_vec(),
        })
    }

    /// Returns the numeric targets of the rows that have one; an empty vector for classes.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no target column; [`Error::InvalidArgument`] if a target is not a number.
    pub fn target_numbers(&self, csv: &Csv) -> Result<Vec<f64>, Error> {
        match self.target.encoding {
            TargetEncoding::Classes(_) => Ok(Vec::new()),
            TargetEncoding::Numbers { .. } => self.numbers_with(csv, "numbers", |_| true),
        }
    }

    /// Returns the numeric targets of the rows that have one, which must be valid; `requirement` says what that is.
    fn numbers_with(&self, csv: &Csv, requirement: &str, is_valid: fn(f64) -> bool) -> Result<Vec<f64>, Error> {
        let mark = csv.decimal_mark_of(&self.target.name)?;
        let cells = csv.cells_of(&self.target.name)?;
        let numbers: Vec<Option<f64>> = cells.map(|cell| Reading::Number(mark).value(cell)).collect();
        let number = |row: usize| {
            let number = numbers[row].filter(|&y| is_valid(y));
            number.ok_or_else(|| {
                let got = format!("`{}` in row {}", shortened(cells.get(row)), csv.rows()[row]);
                Error::invalid_argument(format!("column `{}`", self.target.name), format!("have {requirement}"), got)
            })
        };
        self.rows_with_target(csv)?.into_iter().map(number).collect()
    }

    /// Returns the indices of the rows of a table that have a target.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no target column.
    pub fn rows_with_target(&self, csv: &Csv) -> Result<Vec<usize>, Error> {
        let is_missing = |cell: &str| match self.target.encoding {
            TargetEncoding::Classes(_) => is_missing_text(cell, &|cell| csv.is_missing_cell(cell)),
            TargetEncoding::Numbers { .. } => csv.is_missing_cell(cell),
        };
        let are_missing = csv.cells_of(&self.target.name)?.map(is_missing).enumerate();
        Ok(are_missing.filter(|(_, is_missing)| !is_missing).map(|(row, _)| row).collect())
    }

    /// Returns the rows of a table that have a target, or an error if there are none.
    pub(crate) fn with_target<'a>(&self, csv: &'a Csv) -> Result<Cow<'a, Csv>, Error> {
        let rows = self.rows_with_target(csv)?;
        match rows.len() {
            0 => Err(Error::Empty { what: "row with a target", place: "the rows for an encoder" }),
            all if all == csv.len() => Ok(Cow::Borrowed(csv)),
            _ => Ok(Cow::Owned(csv.select(&rows))),
        }
    }

    /// Returns the number that a network predicts as `encoded`, in the unit of the target column.
    #[doc(alias = "inverse_transform")]
    pub fn decode_target(&self, encoded: f64) -> f64 {
        self.target.encoding.decoded(encoded)
    }

    /// Returns the effect of a difference of encoded numbers: the difference in the unit of the target column, or a factor
    /// for logarithms; itself for classes.
    pub(crate) fn decode_difference(&self, difference: f64) -> f64 {
        match self.target.encoding {
            TargetEncoding::Classes(_) => difference,
            TargetEncoding::Numbers { is_logarithm: true, unit, .. } => (difference * unit).exp(),
            TargetEncoding::Numbers { unit, .. } => difference * unit,
        }
    }

    /// Sets the widths of prediction intervals from residuals: differences of encoded targets and predictions, of rows
    /// that the network was not trained with.
    #[must_use]
    pub fn with_residuals(mut self, residuals: &[f64]) -> Encoder {
        self.target.encoding.set_residuals(residuals);
        self
    }

    /// Returns the prediction interval around a predicted number, in the unit of the target column.
    ///
    /// It contains the true number of a new row with a probability of at least `coverage`, if that row is like those of
    /// the residuals. `None` if the encoder has no residuals, too few for this coverage, or classes; the coverages are
    /// 0.5, 0.8, 0.9, 0.95 and 0.99.
    #[doc(alias("conformal", "prediction interval"))]
    pub fn interval(&self, prediction: f64, coverage: f64) -> Option<[f64; 2]> {
        let TargetEncoding::Numbers { intervals, .. } = &self.target.encoding else { return None };
        let half_width = intervals.iter().find(|[known, _]| *known == coverage)?[1];
        let encoded = self.target.encoding.encoded(prediction);
        Some([encoded - half_width, encoded + half_width].map(|bound| self.decode_target(bound)))
    }
}

impl Csv {
    /// Returns the values of a column of numbers or of dates, which are days since 1970-01-01.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no such column; [`Error::InvalidArgument`] if a cell is missing or neither a number
    /// nor a date.
    pub fn values(&self, name: &str) -> Result<Vec<f64>, Error> {
        let (cells, mark) = (self.cells_of(name)?, self.decimal_mark_of(name)?);
        let is_missing = |cell: &str| self.is_missing_cell(cell);
        let column = Column { name, cells, rows: self.rows(), mark, is_missing: &is_missing };
        let reading = match column.kind(true) {
            Ok(Kind::Values(reading)) => reading,
            _ => Reading::Number(mark),
        };
        let values = cells.map(|cell| Some(cell).filter(|cell| !is_missing(cell)).and_then(|cell| reading.value(cell)));
        let value = |(row, value): (usize, Option<f64>)| {
            let got = || format!("`{}` in row {}", shortened(cells.get(row)), self.rows()[row]);
            value.ok_or_else(|| {
                Error::invalid_argument(format!("column `{name}`"), "have a number or a date in each cell", got())
            })
        };
        values.enumerate().map(value).collect()
    }
}
