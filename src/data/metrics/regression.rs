//! Metrics of predicted values: R², mean absolute error, root mean squared error.

use super::checks::check_lengths;
use crate::kernels::sums;

/// Returns the coefficient of determination R², `1 − Σ(y − t)²/Σ(t − t̄)²`; `None` if all truths are equal.
///
/// It is the fraction of the variance that the predictions explain: 1 for perfect predictions, 0 for always predicting
/// the mean, and negative for worse ones.
///
/// # Examples
/// ```
/// assert_eq!(backprop::r2_score(&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0]), Some(0.5));
/// assert_eq!(backprop::r2_score(&[1.0, 2.0], &[3.0, 3.0]), None);
/// ```
///
/// # Panics
/// If the lengths of `predicted` and `truth` differ, or if they are empty.
#[doc(alias("r_squared", "coefficient_of_determination"))]
#[track_caller]
pub fn r2_score(predicted: &[f64], truth: &[f64]) -> Option<f64> {
    check_lengths(predicted, truth);
    if truth.iter().all(|t| *t == truth[0]) {
        return None;
    }
    let unit = unit_of_differences(predicted, truth);
    let mean = sums::mean_of(truth.len(), |index| truth[index] / unit);
    let residual = |index: usize| predicted[index] / unit - truth[index] / unit;
    let deviation = |index: usize| truth[index] / unit - mean;
    let indices = 0..truth.len();
    let largest = sums::largest(indices.clone().map(residual).chain(indices.map(deviation)));
    let scale = sums::unit(largest); // the scale of both sums of squares cancels
    let sum_of_squares =
        |value: &dyn Fn(usize) -> f64| sums::sum_of(truth.len(), |index| (value(index) / scale).powi(2));
    Some(1.0 - sum_of_squares(&residual) / sum_of_squares(&deviation))
}

/// Returns the mean absolute error, `Σ|y − t|/n`.
///
/// # Examples
/// ```
/// assert_eq!(backprop::mean_absolute_error(&[1.0, 4.0], &[1.0, 2.0]), 1.0);
/// ```
///
/// # Panics
/// If the lengths of `predicted` and `truth` differ, or if they are empty.
#[doc(alias = "MAE")]
#[track_caller]
pub fn mean_absolute_error(predicted: &[f64], truth: &[f64]) -> f64 {
    check_lengths(predicted, truth);
    let unit = unit_of_differences(predicted, truth);
    sums::mean_of(truth.len(), |index| (predicted[index] / unit - truth[index] / unit).abs()) * unit
}

/// Returns the root mean squared error, `√(Σ(y − t)²/n)`.
///
/// The values may be of any size: no square overflows or underflows.
///
/// # Examples
/// ```
/// assert_eq!(backprop::root_mean_squared_error(&[3.0, 4.0], &[0.0, 0.0]), 12.5_f64.sqrt());
/// assert_eq!(backprop::root_mean_squared_error(&[1e200, -1e200], &[0.0, 0.0]), 1e200);
/// ```
///
/// # Panics
/// If the lengths of `predicted` and `truth` differ, or if they are empty.
#[doc(alias("RMSE", "mean_squared_error"))]
#[track_caller]
pub fn root_mean_squared_error(predicted: &[f64], truth: &[f64]) -> f64 {
    check_lengths(predicted, truth);
    let unit = unit_of_differences(predicted, truth);
    sums::root_mean_square(truth.len(), |index| predicted[index] / unit - truth[index] / unit) * unit
}

/// Returns the divisor that makes the differences of finite predictions and truths finite; 1 unless a difference
/// overflows.
fn unit_of_differences(predicted: &[f64], truth: &[f64]) -> f64 {
    if predicted.iter().zip(truth).all(|(y, t)| (y - t).is_finite()) { 1.0 } else { 4.0 }
}
