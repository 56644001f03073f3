//! [`Outlier`]: a sample with inputs far from all others of their columns; [`Dataset::suspicious`] finds them.

use super::Dataset;
use crate::scalar::{Scalar, double};
use crate::text::shortened;
use ndarray::ArrayView1;
use std::fmt;

impl<T: Scalar> Dataset<T> {
    /// Returns the samples with inputs far from all others of their columns, those with the largest deviation first.
    ///
    /// An input x is outlying if its robust z-score is at least 5 in absolute value:
    ///
    /// ```text
    /// z = (x − median) / (1.4826·median|x − median|)
    /// ```
    ///
    /// The denominator estimates the standard deviation. Unlike the standard deviation, it is hardly changed by
    /// outliers. Columns with long tails have many outlying inputs. So a sample is an outlier only if an outlying input is
    /// isolated: at least twice as far from the median as all other inputs of its column, except at most 1 % (or one) that
    /// are isolated too.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Dataset, ndarray::array};
    ///
    /// let x = array![[58.0, 161.0], [68.0, 177.0], [166.0, 57.0], [55.0, 167.0], [62.0, 165.0]];
    /// let people = Dataset::with_classes(x, &["F", "M", "F", "F", "F"])?.named(["weight", "height"])?;
    /// assert_eq!(
    ///     people.suspicious()[0].to_string(),
    ///     "row 3: weight is 166, while half of all are from 58 to 68; height is 57, while half of all are from 161 to 167: \
    ///      are weight and height swapped?"
    /// );
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # References
    /// [Iglewicz and Hoaglin 1993](https://hwbdocuments.env.nm.gov/Los%20Alamos%20National%20Labs/TA%2054/11587.pdf)
    #[doc(alias = "outliers")]
    pub fn suspicious(&self) -> Vec<Outlier> {
        let columns: Vec<Column> = self.inputs.columns().into_iter().map(Column::new).collect();
        let mut found: Vec<Outlier> = Vec::new();
        for (sample, &row) in self.inputs.rows().into_iter().zip(&self.rows) {
            let outlying = sample.iter().zip(&columns).enumerate();
            let far: Vec<usize> =
                outlying.filter(|(_, (x, column))| column.z(double(*x)).abs() >= SUSPICIOUS).map(|(j, _)| j).collect();
            if !far.iter().any(|&j| columns[j].is_isolated(double(&sample[j]))) {
                continue;
            }
            let fits = |i: usize, column: usize| columns[column].z(double(&sample[i])).abs() < ORDINARY;
            let pairs = || far.iter().flat_map(|&i| far.iter().map(move |&j| (i, j)).filter(|(i, j)| i < j));
            let may_be_swapped = far.len() <= MAX_SWAPPED; // the number of pairs is quadratic
            let swapped = may_be_swapped.then(|| pairs().find(|&(i, j)| fits(i, j) && fits(j, i))).flatten();
            let name = |j: usize| self.input_names[j].clone();
            let cell = |&j: &usize| {
                let [lower, _, upper] = columns[j].quartiles;
                SuspiciousCell {
                    column: name(j),
                    value: as_displayed(&sample[j]),
                    z: columns[j].z(double(&sample[j])),
                    usual: [lower, upper],
                }
            };
            let cells = far.iter().map(cell).collect();
            found.push(Outlier { row, cells, swapped: swapped.map(|(i, j)| [name(i), name(j)]) });
        }
        let largest_z = |outlier: &Outlier| outlier.cells.iter().map(|cell| cell.z.abs()).fold(0.0, f64::max);
        found.sort_by(|a, b| largest_z(b).total_cmp(&largest_z(a)));
        found
    }
}

/// The robust z-score from which an input is an outlier.
const SUSPICIOUS: f64 = 5.0;
/// The ratio of the distances from the median of an isolated input and of the nearest that is not.
const ISOLATED: f64 = 2.0;
/// The maximum fraction of the inputs of a column that are isolated.
const MAX_ISOLATED: f64 = 0.01;
/// The robust z-score below which an input is usual in a column.
const ORDINARY: f64 = 3.5;

/// The maximal number of outlying inputs of a sample in which swapped ones are searched.
const MAX_SWAPPED: usize = 100;
/// The maximal number of inputs in the text of an [`Outlier`].
const MAX_CELLS: usize = 5;

/// The distribution of the values of a column.
struct Column {
    /// The quartiles as the scalar type displays them.
    quartiles: [f64; 3],
    median: f64,
    /// The robust standard deviation.
    deviation: f64,
    /// The distance from the median of the nearest isolated value; infinite if there is none.
    isolated: f64,
}

impl Column {
    /// Computes the distribution in linear time: the quantiles are selected without sorting.
    fn new<T: Scalar>(column: ArrayView1<'_, T>) -> Column {
        let mut values: Vec<f64> = column.iter().map(double).collect();
        let quartiles = [0.25, 0.5, 0.75].map(|fraction| quantile(&mut values, fraction, |x| as_displayed(&T::of(x))));
        let median = quantile(&mut values, 0.5, |x| x);
        values.iter_mut().for_each(|x| *x = (*x - median).abs());
        let deviation = 1.4826 * quantile(&mut values, 0.5, |x| x);
        let most = ((MAX_ISOLATED * values.len() as f64) as usize).max(1);
        if most < values.len() {
            values.select_nth_unstable_by(most, |a, b| b.total_cmp(a));
        }
        values.truncate(most + 1);
        values.sort_by(|a, b| b.total_cmp(a));
        let isolated =
            values.windows(2).rev().find(|pair| pair[0] >= ISOLATED * pair[1]).map_or(f64::INFINITY, |pair| pair[0]);
        Column { quartiles, median, deviation, isolated }
    }

    /// Returns true if the value is much farther from the median than almost all others.
    fn is_isolated(&self, x: f64) -> bool {
        (x - self.median).abs() >= self.isolated
    }

    /// Returns the robust z-score; 0 if more than half of the column are equal, so that the deviation is 0.
    fn z(&self, x: f64) -> f64 {
        if self.deviation > 0.0 { (x - self.median) / self.deviation } else { 0.0 }
    }
}

/// Returns the quantile of values, interpolated linearly between the two nearest, to which `displayed` is applied
/// first.
fn quantile(values: &mut [f64], fraction: f64, displayed: impl Fn(f64) -> f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
    let position = last as f64 * fraction;
    let (_, &mut below, rest) = values.select_nth_unstable_by(position.floor() as usize, f64::total_cmp);
    if position.fract() == 0.0 {
        return displayed(below);
    }
    let above = rest.iter().copied().min_by(f64::total_cmp).unwrap_or(below);
    let (below, above) = (displayed(below), displayed(above));
    below + (above - below) * position.fract()
}

/// Returns the value as its type displays it: 0.1 for an f32 of 0.1.
fn as_displayed<T: Scalar>(x: &T) -> f64 {
    x.to_string().parse().unwrap_or(double(x))
}

/// A sample with inputs far from all others of their columns, found by [`Dataset::suspicious`].
#[derive(Clone, Debug, PartialEq)]
pub struct Outlier {
    /// The row of the sample in the data, counted from 1.
    pub row: usize,
    /// The outlying inputs.
    pub cells: Vec<SuspiciousCell>,
    /// The names of two inputs that would be usual in each other's column.
    pub swapped: Option<[String; 2]>,
}

/// An input far from all others of its column.
#[derive(Clone, Debug, PartialEq)]
pub struct SuspiciousCell {
    /// The name of the input.
    pub column: String,
    /// The value.
    pub value: f64,
    /// The robust z-score.
    pub z: f64,
    /// The lower and the upper quartile, between which half of the column lies.
    pub usual: [f64; 2],
}

impl fmt::Display for Outlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: ", self.row)?;
        for (i, cell) in self.cells.iter().take(MAX_CELLS).enumerate() {
            let SuspiciousCell { column, value, usual: [lower, upper], .. } = cell;
            let column = shortened(column);
            let comma = if i > 0 { "; " } else { "" };
            let [value, lower, upper] = [value, lower, upper].map(short);
            write!(f, "{comma}{column} is {value}, while half of all are from {lower} to {upper}")?;
        }
        if self.cells.len() > MAX_CELLS {
            write!(f, "; and {} more inputs", self.cells.len() - MAX_CELLS)?;
        }
        match &self.swapped {
            Some([a, b]) => write!(f, ": are {a} and {b} swapped?"),
            None => Ok(()),
        }
    }
}

/// Returns the value as text, without hundreds of digits.
fn short(x: &f64) -> String {
    if x.abs() < 1e15 { x.to_string() } else { format!("{x:e}") }
}
