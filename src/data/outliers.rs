//! [`Outlier`]: a sample with inputs far from all others of their columns; [`Dataset::suspicious`] finds them.

use super::Dataset;
use crate::scalar::{Scalar, double};
use crate::text::shortened;
use ndarray::ArrayView1;
use std::fmt;

impl<T: Scalar> Dataset<T> {
    /// Inputs that are far from all others of their column, by the robust z-score: how many standard deviations they are from
    /// the median, the deviation being taken from the median one, `1.4826·median|x − median|`, so that what is wrong
    /// does not hide itself ([Iglewicz and Hoaglin 1993](https://hwbdocuments.env.nm.gov/Los%20Alamos%20National%20Labs/TA%2054/11587.pdf)).
    /// They are told from five on; the farthest first.
    ///
    /// ```
    /// use backprop::{Dataset, ndarray::array};
    ///
    /// let x = array![[58.0, 161.0], [68.0, 177.0], [166.0, 57.0], [55.0, 167.0], [62.0, 165.0]];
    /// let people = Dataset::with_classes(x, &["F", "M", "F", "F", "F"])?.named(["weight", "height"])?;
    /// assert_eq!(
    ///     people.suspicious()[0].to_string(),
    ///     "row 3: weight is 166, while half of all are from 58 to 68; height is 57, while half of all are from 161 to 167: \
    ///      have weight and height changed places?"
    /// );
    /// # Ok::<(), backprop::Error>(())
    /// ```
    #[doc(alias = "outliers")]
    pub fn suspicious(&self) -> Vec<Outlier> {
        let columns: Vec<Column> = self.inputs.columns().into_iter().map(Column::new).collect();
        let mut found: Vec<Outlier> = Vec::new();
        for (sample, &row) in self.inputs.rows().into_iter().zip(&self.rows) {
            let far = sample.iter().zip(&columns).enumerate();
            let far: Vec<usize> =
                far.filter(|(_, (x, column))| column.z(double(*x)).abs() >= SUSPICIOUS).map(|(j, _)| j).collect();
            if far.is_empty() {
                continue;
            }
            let fits = |i: usize, column: usize| columns[column].z(double(&sample[i])).abs() < ORDINARY;
            let pairs = || far.iter().flat_map(|&i| far.iter().map(move |&j| (i, j)).filter(|(i, j)| i < j));
            let may_be_swapped = far.len() <= MOST_SWAPPED; // there are as many pairs as that by itself
            let swapped = may_be_swapped.then(|| pairs().find(|&(i, j)| fits(i, j) && fits(j, i))).flatten();
            let name = |j: usize| self.input_names[j].clone();
            let cell = |&j: &usize| {
                let [lower, _, upper] = columns[j].quartiles;
                SuspiciousCell {
                    column: name(j),
                    value: as_written(&sample[j]),
                    z: columns[j].z(double(&sample[j])),
                    usual: [lower, upper],
                }
            };
            let cells = far.iter().map(cell).collect();
            found.push(Outlier { row, cells, swapped: swapped.map(|(i, j)| [name(i), name(j)]) });
        }
        let worst = |suspicion: &Outlier| suspicion.cells.iter().map(|cell| cell.z.abs()).fold(0.0, f64::max);
        found.sort_by(|a, b| worst(b).total_cmp(&worst(a)));
        found
    }
}

/// From how many robust standard deviations on a number is told, and to how many it would be a usual one.
const SUSPICIOUS: f64 = 5.0;
const ORDINARY: f64 = 3.5;

/// How many inputs of a sample may be far, that two of them are asked whether they changed places.
const MOST_SWAPPED: usize = 100;
/// How many inputs of a sample its text shows.
const MOST_CELLS: usize = 5;

/// What is usual in a column.
struct Column {
    /// As the type of the numbers writes them.
    quartiles: [f64; 3],
    median: f64,
    /// The robust standard deviation.
    deviation: f64,
}

impl Column {
    /// In time proportional to the numbers: none is sorted farther than the quantiles ask for.
    fn new<T: Scalar>(column: ArrayView1<'_, T>) -> Column {
        let mut numbers: Vec<f64> = column.iter().map(double).collect();
        let quartiles = [0.25, 0.5, 0.75].map(|part| quantile(&mut numbers, part, |x| as_written(&T::of(x))));
        let median = quantile(&mut numbers, 0.5, |x| x);
        numbers.iter_mut().for_each(|x| *x = (*x - median).abs());
        Column { quartiles, median, deviation: 1.4826 * quantile(&mut numbers, 0.5, |x| x) }
    }

    /// The robust z-score; where more than half of a column is one number, nothing stands out.
    fn z(&self, x: f64) -> f64 {
        if self.deviation > 0.0 { (x - self.median) / self.deviation } else { 0.0 }
    }
}

/// The number below which this part of all is, between two of them, written so, by the straight line.
fn quantile(numbers: &mut [f64], part: f64, written: impl Fn(f64) -> f64) -> f64 {
    let Some(last) = numbers.len().checked_sub(1) else { return f64::NAN };
    let place = last as f64 * part;
    let (_, &mut below, rest) = numbers.select_nth_unstable_by(place.floor() as usize, f64::total_cmp);
    if place.fract() == 0.0 {
        return written(below);
    }
    let above = rest.iter().copied().min_by(f64::total_cmp).unwrap_or(below);
    let (below, above) = (written(below), written(above));
    below + (above - below) * place.fract()
}

/// The number as its own type writes it: 0.1 of f32 is 0.1.
fn as_written<T: Scalar>(x: &T) -> f64 {
    x.to_string().parse().unwrap_or(double(x))
}

/// A sample with inputs that are far from all others of their column; from [`Dataset::suspicious`].
#[derive(Clone, Debug, PartialEq)]
pub struct Outlier {
    /// Where the sample stood in the data, counted from 1.
    pub row: usize,
    /// The inputs.
    pub cells: Vec<SuspiciousCell>,
    /// Two that would be usual in each other's place.
    pub swapped: Option<[String; 2]>,
}

/// An input that is far from all others of its column.
#[derive(Clone, Debug, PartialEq)]
pub struct SuspiciousCell {
    /// What the input is called.
    pub column: String,
    /// The number.
    pub value: f64,
    /// Its robust z-score.
    pub z: f64,
    /// The quartiles, between which half of all numbers of the column are.
    pub usual: [f64; 2],
}

impl fmt::Display for Outlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: ", self.row)?;
        for (i, cell) in self.cells.iter().take(MOST_CELLS).enumerate() {
            let SuspiciousCell { column, value, usual: [lower, upper], .. } = cell;
            let column = shortened(column);
            let comma = if i > 0 { "; " } else { "" };
            let [value, lower, upper] = [value, lower, upper].map(short);
            write!(f, "{comma}{column} is {value}, while half of all are from {lower} to {upper}")?;
        }
        if self.cells.len() > MOST_CELLS {
            write!(f, "; and {} inputs more", self.cells.len() - MOST_CELLS)?;
        }
        match &self.swapped {
            Some([a, b]) => write!(f, ": have {a} and {b} changed places?"),
            None => Ok(()),
        }
    }
}

/// Without hundreds of digits.
fn short(x: &f64) -> String {
    if x.abs() < 1e15 { x.to_string() } else { format!("{x:e}") }
}
