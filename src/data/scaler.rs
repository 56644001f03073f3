//! [`Scaler`]: columns brought to a size that training likes.

use crate::error::Error;
use crate::kernels::sums;
use crate::matrix::AsMatrix;
use crate::scalar::Scalar;
use crate::scalar::double;
use ndarray::{Array2, ArrayView1, ArrayView2};

/// Columns brought to a size that training likes: `(x − shift)/unit`, each column with a shift and a unit of its own.
///
/// It is fitted on the samples trained on, and then used on all.
///
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
    /// Shifted by the mean of each column, in units of its standard deviation (of the samples, divided by n); a column
    /// without variance is only shifted.
    ///
    /// Both are right for numbers of any size: no sum and no square overflows or vanishes on the way, and neither many samples nor
    /// a mean that is much larger than the deviation costs digits.
    ///
    /// ```
    /// use backprop::{Scaler, ndarray::array};
    ///
    /// let x = array![[1e200, 1e-200], [-1e200, -1e-200]];
    /// assert_eq!(Scaler::standard(&x)?.units(), [1e200, 1e-200]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Empty`] without samples, [`Error::NonFinite`] if a sample is infinite or NaN.
    #[doc(alias = "StandardScaler")]
    pub fn standard<T: Scalar>(samples: impl AsMatrix<T>) -> Result<Scaler, Error> {
        Scaler::fitted(samples, |column| {
            let (count, unit) = (column.len(), unit_of_distances(column));
            let mean = sums::mean_of(count, |index| column[index] / unit);
            // What rounding has left of the mean is in the mean of the distances: the corrected two-pass algorithm.
            let rest = sums::mean_of(count, |index| column[index] / unit - mean);
            let rest = if mean.is_finite() { rest } else { 0.0 };
            let deviation = sums::root_mean_square(count, |index| (column[index] / unit - mean) - rest);
            ((mean + rest) * unit, (deviation * unit).max(LEAST))
        })
    }

    /// From 0, the least of each column, to 1, the greatest; a column without variance is only shifted.
    ///
    /// # Errors
    /// [`Error::Empty`] without samples, [`Error::NonFinite`] if a sample is infinite or NaN, or the greatest minus the least is
    /// too large for a float.
    #[doc(alias = "MinMaxScaler")]
    pub fn min_max<T: Scalar>(samples: impl AsMatrix<T>) -> Result<Scaler, Error> {
        Scaler::fitted(samples, |column| {
            let least = column.iter().copied().fold(f64::INFINITY, f64::min);
            (least, column.iter().copied().fold(f64::NEG_INFINITY, f64::max) - least)
        })
    }

    /// Shifted by given amounts, as the lecture does: 135 pounds and 66 inches.
    #[doc(alias = "center")]
    pub fn shift(shifts: impl Into<Vec<f64>>) -> Scaler {
        let shifts = shifts.into();
        Scaler { units: vec![1.0; shifts.len()], shifts }
    }

    /// As it is, for so many columns.
    pub fn identity(columns: usize) -> Scaler {
        Scaler::shift(vec![0.0; columns])
    }

    /// With these shifts and units.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many units as shifts, [`Error::NonFinite`] if one is infinite or NaN,
    /// [`Error::InvalidArgument`] if a unit is 0.
    pub fn new(shifts: impl Into<Vec<f64>>, units: impl Into<Vec<f64>>) -> Result<Scaler, Error> {
        let (shifts, units) = (shifts.into(), units.into());
        Error::check_count_in("Scaler::new", "units", shifts.len(), units.len())?;
        for (column, (&shift, &unit)) in shifts.iter().zip(&units).enumerate() {
            let place = || format!("column {} of Scaler", column + 1);
            Error::check_finite("shift", shift, place)?;
            Error::check_finite("unit", unit, place)?;
            if unit == 0.0 {
                return Err(Error::invalid_argument(format!("units[{column}]"), "be other than 0", unit));
            }
        }
        Ok(Scaler { shifts, units })
    }

    fn fitted<T: Scalar>(samples: impl AsMatrix<T>, of_column: impl Fn(&[f64]) -> (f64, f64)) -> Result<Scaler, Error> {
        samples.with_view(|samples: ArrayView2<'_, T>| {
            if samples.nrows() == 0 {
                return Err(Error::Empty { what: "sample", place: "Scaler" });
            }
            let numbers = |column: ArrayView1<'_, T>| column.iter().map(double).collect::<Vec<f64>>();
            let scale = |column: Vec<f64>| {
                let is_constant = column.iter().all(|x| *x == column[0]); // its deviation may be a rounding error
                if is_constant { (column[0], 1.0) } else { of_column(&column) }
            };
            let columns = samples.columns();
            let (shifts, units): (Vec<f64>, Vec<f64>) = columns.into_iter().map(numbers).map(scale).unzip();
            Scaler::new(shifts, units)
        })
    }

    /// The columns, scaled.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many columns as shifts.
    pub fn transform<T: Scalar>(&self, samples: impl AsMatrix<T>) -> Result<Array2<T>, Error> {
        self.mapped(samples, scaled)
    }

    /// Scaled columns as they were before: `x·unit + shift`.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many columns as shifts.
    pub fn inverse_transform<T: Scalar>(&self, scaled: impl AsMatrix<T>) -> Result<Array2<T>, Error> {
        self.mapped(scaled, |x, shift, unit| finite_or(x * unit + shift, || 2.0 * (x * (unit / 2.0) + shift / 2.0)))
    }

    fn mapped<T: Scalar>(
        &self,
        samples: impl AsMatrix<T>,
        f: impl Fn(f64, f64, f64) -> f64,
    ) -> Result<Array2<T>, Error> {
        samples.with_view(|samples: ArrayView2<'_, T>| {
            Error::check_count_in("Scaler", "columns", self.shifts.len(), samples.ncols())?;
            let at = |(i, j)| T::of(f(double(&samples[[i, j]]), self.shifts[j], self.units[j]));
            Ok(Array2::from_shape_fn(samples.dim(), at))
        })
    }

    /// The shifts, one for a column.
    #[doc(alias = "mean_")]
    pub fn shifts(&self) -> &[f64] {
        &self.shifts
    }

    /// The units, one for a column.
    #[doc(alias = "scale_")]
    pub fn units(&self) -> &[f64] {
        &self.units
    }
}

/// The least positive number: the unit of a column that varies, but by less than a float can say.
const LEAST: f64 = f64::from_bits(1);

/// What a column is divided by so that the distances from its mean are finite: 1 unless they may not be.
fn unit_of_distances(column: &[f64]) -> f64 {
    if sums::largest(column.iter().copied()) < f64::MAX / 4.0 { 1.0 } else { 4.0 }
}

/// `(x − shift)/unit`, also where the difference alone is too large for a float.
fn scaled(x: f64, shift: f64, unit: f64) -> f64 {
    finite_or((x - shift) / unit, || 2.0 * ((x / 2.0 - shift / 2.0) / unit))
}

/// A number, or another where it is infinite or NaN.
fn finite_or(number: f64, other: impl FnOnce() -> f64) -> f64 {
    if number.is_finite() { number } else { other() }
}
