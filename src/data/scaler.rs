//! [`Scaler`]: shifts and scales columns to a range suited for training.

use crate::error::Error;
use crate::kernels::sums;
use crate::matrix::AsMatrix;
use crate::scalar::{Scalar, double};
use ndarray::{Array2, ArrayView1, ArrayView2};

/// A scaling of columns, `(x − shift)/unit`, with a shift and a unit for each column.
///
/// A scaler is fitted to the training samples and then transforms all samples.
///
/// # Examples
/// ```
/// use backprop::Scaler;
/// use backprop::ndarray::array;
///
/// let lecture = Scaler::shift([135.0, 66.0]);
/// assert_eq!(lecture.transform(array![[133.0, 65.0]])?, array![[-2.0, -1.0]]);
///
/// let x = array![[1.0, 10.0], [3.0, 10.0]];
/// let standard = Scaler::standard(&x)?;
/// assert_eq!(standard.transform(&x)?, array![[-1.0, 0.0], [1.0, 0.0]]); // a column without variance is only shifted
/// assert_eq!(standard.inverse_transform([[2.0, 0.0]])?, array![[4.0, 10.0]]);
/// assert_eq!(Scaler::min_max(&x)?.transform([[2.0, 10.0]])?, array![[0.5, 0.0]]);
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias("StandardScaler", "MinMaxScaler", "normalize"))]
#[derive(Clone, Debug, PartialEq)]
pub struct Scaler {
    shifts: Vec<f64>,
    units: Vec<f64>,
}

impl Scaler {
    /// Creates a scaler that standardizes: the shift is the mean of each column, the unit its standard deviation (with
    /// the divisor n, the number of samples). A constant column is only shifted.
    ///
    /// Both are accurate for values of any size: no intermediate sum or square overflows or underflows, and neither
    /// many samples nor a mean much larger than the deviation costs digits.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Scaler, ndarray::array};
    ///
    /// let x = array![[1e200, 1e-200], [-1e200, -1e-200]];
    /// assert_eq!(Scaler::standard(&x)?.units(), [1e200, 1e-200]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Empty`] without samples; [`Error::NonFinite`] if a value is infinite or NaN.
    #[doc(alias = "StandardScaler")]
    pub fn standard<T: Scalar>(samples: impl AsMatrix<T>) -> Result<Scaler, Error> {
        Scaler::fit(samples, |column| {
            let (count, unit) = (column.len(), unit_of_differences(column));
            let mean = sums::mean_of(count, |index| column[index] / unit);
            // The corrected two-pass algorithm: the mean of the differences is the rounding error of the mean.
            let rest = sums::mean_of(count, |index| column[index] / unit - mean);
            let rest = if mean.is_finite() { rest } else { 0.0 };
            let deviation = sums::root_mean_square(count, |index| (column[index] / unit - mean) - rest);
            ((mean + rest) * unit, (deviation * unit).max(SMALLEST))
        })
    }

    /// Creates a scaler that maps the minimum of each column to 0 and its maximum to 1. A constant column is only
    /// shifted.
    ///
    /// # Errors
    /// [`Error::Empty`] without samples; [`Error::NonFinite`] if a value is infinite or NaN, or if the maximum minus
    /// the minimum overflows.
    #[doc(alias = "MinMaxScaler")]
    pub fn min_max<T: Scalar>(samples: impl AsMatrix<T>) -> Result<Scaler, Error> {
        Scaler::fit(samples, |column| {
            let minimum = column.iter().copied().fold(f64::INFINITY, f64::min);
            (minimum, column.iter().copied().fold(f64::NEG_INFINITY, f64::max) - minimum)
        })
    }

    /// Creates a scaler that subtracts `shifts`, as the lecture does with 135 pounds and 66 inches.
    #[doc(alias = "center")]
    pub fn shift(shifts: impl Into<Vec<f64>>) -> Scaler {
        let shifts = shifts.into();
        Scaler { units: vec![1.0; shifts.len()], shifts }
    }

    /// Creates a scaler that leaves its `columns` columns unchanged.
    pub fn identity(columns: usize) -> Scaler {
        Scaler::shift(vec![0.0; columns])
    }

    /// Creates a scaler from its shifts and units.
    ///
    /// # Errors
    /// [`Error::Shape`] if the numbers of shifts and units differ; [`Error::NonFinite`] if one is infinite or NaN;
    /// [`Error::InvalidArgument`] if a unit is 0.
    pub fn new(shifts: impl Into<Vec<f64>>, units: impl Into<Vec<f64>>) -> Result<Scaler, Error> {
        let (shifts, units) = (shifts.into(), units.into());
        Error::check_count_in("Scaler::new", "units", shifts.len(), units.len())?;
        for (column, (&shift, &unit)) in shifts.iter().zip(&units).enumerate() {
            let place = || format!("column {} of Scaler", column + 1);
            Error::check_finite("shift", shift, place)?;
            Error::check_finite("unit", unit, place)?;
            if unit == 0.0 {
                return Err(Error::invalid_argument(format!("units[{column}]"), "be different from 0", unit));
            }
        }
        Ok(Scaler { shifts, units })
    }

    /// Creates a scaler whose shift and unit are given by a function of each column.
    fn fit<T: Scalar>(
        samples: impl AsMatrix<T>,
        shift_and_unit: impl Fn(&[f64]) -> (f64, f64),
    ) -> Result<Scaler, Error> {
        let samples = samples.as_view();
        if samples.nrows() == 0 {
            return Err(Error::Empty { what: "sample", place: "Scaler" });
        }
        let values = |column: ArrayView1<'_, T>| column.iter().map(double).collect::<Vec<f64>>();
        let scale = |column: Vec<f64>| {
            let is_constant = column.iter().all(|x| *x == column[0]); // its deviation may be a rounding error
            if is_constant { (column[0], 1.0) } else { shift_and_unit(&column) }
        };
        let columns = samples.columns();
        let (shifts, units): (Vec<f64>, Vec<f64>) = columns.into_iter().map(values).map(scale).unzip();
        Scaler::new(shifts, units)
    }

    /// Returns the scaled columns, `(x − shift)/unit`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of columns differs from that of the scaler.
    pub fn transform<T: Scalar>(&self, samples: impl AsMatrix<T>) -> Result<Array2<T>, Error> {
        self.map(samples, scaled)
    }

    /// Returns the columns before scaling, `x·unit + shift`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of columns differs from that of the scaler.
    pub fn inverse_transform<T: Scalar>(&self, scaled: impl AsMatrix<T>) -> Result<Array2<T>, Error> {
        self.map(scaled, unscaled)
    }

    /// Writes the scaled columns of samples to `result`, row by row. The number of columns must have been checked.
    pub(crate) fn transform_into<T: Scalar>(&self, samples: ArrayView2<'_, T>, result: &mut [T]) {
        for (i, (y, x)) in result.iter_mut().zip(samples).enumerate() {
            let column = i % self.shifts.len();
            *y = T::of(scaled(double(x), self.shifts[column], self.units[column]));
        }
    }

    /// Replaces columns by the scaled ones.
    pub(crate) fn transform_in_place<T: Scalar>(&self, samples: &mut Array2<T>) -> Result<(), Error> {
        Error::check_count_in("Scaler", "columns", self.shifts.len(), samples.ncols())?;
        for mut row in samples.rows_mut() {
            for ((x, &shift), &unit) in row.iter_mut().zip(&self.shifts).zip(&self.units) {
                *x = T::of(scaled(double(x), shift, unit));
            }
        }
        Ok(())
    }

    /// Replaces rows of scaled columns by the columns before scaling.
    pub(crate) fn inverse_transform_in_place<T: Scalar>(&self, values: &mut [T]) {
        for (i, x) in values.iter_mut().enumerate() {
            let column = i % self.shifts.len();
            *x = T::of(unscaled(double(x), self.shifts[column], self.units[column]));
        }
    }

    /// Returns `f` of each value with the shift and the unit of its column.
    fn map<T: Scalar>(&self, samples: impl AsMatrix<T>, f: impl Fn(f64, f64, f64) -> f64) -> Result<Array2<T>, Error> {
        let samples = samples.as_view();
        Error::check_count_in("Scaler", "columns", self.shifts.len(), samples.ncols())?;
        let at = |(i, j)| T::of(f(double(&samples[[i, j]]), self.shifts[j], self.units[j]));
        Ok(Array2::from_shape_fn(samples.dim(), at))
    }

    /// Returns the shift of each column.
    #[doc(alias = "mean_")]
    pub fn shifts(&self) -> &[f64] {
        &self.shifts
    }

    /// Returns the unit of each column.
    #[doc(alias = "scale_")]
    pub fn units(&self) -> &[f64] {
        &self.units
    }
}

/// The smallest positive number, the unit of a column that varies by less than a float can represent.
const SMALLEST: f64 = f64::from_bits(1);

/// Returns the divisor that makes the differences of a column from its mean finite; 1 unless they may overflow.
fn unit_of_differences(column: &[f64]) -> f64 {
    if sums::largest(column.iter().copied()) < f64::MAX / 4.0 { 1.0 } else { 4.0 }
}

/// Returns `(x − shift)/unit`, also if the difference overflows.
fn scaled(x: f64, shift: f64, unit: f64) -> f64 {
    finite_or((x - shift) / unit, || 2.0 * ((x / 2.0 - shift / 2.0) / unit))
}

/// Returns `x·unit + shift`, also if the product overflows.
fn unscaled(x: f64, shift: f64, unit: f64) -> f64 {
    finite_or(x * unit + shift, || 2.0 * (x * (unit / 2.0) + shift / 2.0))
}

/// Returns `value`, or `other` if it is infinite or NaN.
fn finite_or(value: f64, other: impl FnOnce() -> f64) -> f64 {
    if value.is_finite() { value } else { other() }
}
