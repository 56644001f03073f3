//! Metrics of predicted values: R², mean absolute error, root mean squared error.

use super::checks::check;
use crate::kernels::sums;

/// `1 − Σ(y − t)²/Σ(t − t̄)²`, the share of the variance that predictions explain: 1 is all, 0 as much as the mean does, and
/// it may be negative. None for truths that are all alike.
///
/// ```
/// assert_eq!(backprop::r2_score(&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0]), Some(0.5));
/// assert_eq!(backprop::r2_score(&[1.0, 2.0], &[3.0, 3.0]), None);
/// ```
///
/// # Panics
/// When there are not as many predictions as truths, or none; so do the two that follow.
#[doc(alias("r_squared", "coefficient_of_determination"))]
#[track_caller]
pub fn r2_score(predicted: &[f64], truth: &[f64]) -> Option<f64> {
    check(predicted, truth);
    if truth.iter().all(|t| *t == truth[0]) {
        return None;
    }
    let unit = unit_of_differences(predicted, truth);
    let mean = sums::mean_of(truth.len(), |index| truth[index] / unit);
    let residual = |index: usize| predicted[index] / unit - truth[index] / unit;
    let deviation = |index: usize| truth[index] / unit - mean;
    let indices = 0..truth.len();
    let largest = sums::largest(indices.clone().map(residual).chain(indices.map(deviation)));
    let scale = sums::unit(largest); // of both sums of squares: it cancels
    let squares = |number: &dyn Fn(usize) -> f64| sums::sum_of(truth.len(), |index| (number(index) / scale).powi(2));
    Some(1.0 - squares(&residual) / squares(&deviation))
}

/// `|y − t|`, its mean.
///
/// ```
/// assert_eq!(backprop::mean_absolute_error(&[1.0, 4.0], &[1.0, 2.0]), 1.0);
/// ```
#[doc(alias = "MAE")]
#[track_caller]
pub fn mean_absolute_error(predicted: &[f64], truth: &[f64]) -> f64 {
    check(predicted, truth);
    let unit = unit_of_differences(predicted, truth);
    sums::mean_of(truth.len(), |index| (predicted[index] / unit - truth[index] / unit).abs()) * unit
}

/// `√(Σ(y − t)²/n)`, of numbers of any size: no square overflows or vanishes.
///
/// ```
/// assert_eq!(backprop::root_mean_squared_error(&[3.0, 4.0], &[0.0, 0.0]), 12.5_f64.sqrt());
/// assert_eq!(backprop::root_mean_squared_error(&[1e200, -1e200], &[0.0, 0.0]), 1e200);
/// ```
#[doc(alias("RMSE", "mean_squared_error"))]
#[track_caller]
pub fn root_mean_squared_error(predicted: &[f64], truth: &[f64]) -> f64 {
    check(predicted, truth);
    let unit = unit_of_differences(predicted, truth);
    sums::root_mean_square(truth.len(), |index| predicted[index] / unit - truth[index] / unit) * unit
}

/// What both are divided by so that their differences are finite if they are: 1 unless a difference is infinite.
fn unit_of_differences(predicted: &[f64], truth: &[f64]) -> f64 {
    if predicted.iter().zip(truth).all(|(y, t)| (y - t).is_finite()) { 1.0 } else { 4.0 }
}
