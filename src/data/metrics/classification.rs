//! Metrics of predicted classes: accuracy and log loss.

use super::checks::check_lengths;
use crate::kernels::sums;

/// Returns the fraction of samples whose class is predicted.
///
/// # Examples
/// ```
/// assert_eq!(backprop::accuracy(&[0, 1, 2, 1], &[0, 1, 1, 1]), 0.75);
/// ```
///
/// # Panics
/// If the lengths of `predicted` and `truth` differ, or if they are empty.
#[doc(alias = "accuracy_score")]
#[track_caller]
pub fn accuracy(predicted: &[usize], truth: &[usize]) -> f64 {
    check_lengths(predicted, truth);
    let correct = predicted.iter().zip(truth).filter(|(predicted, truth)| predicted == truth).count();
    correct as f64 / truth.len() as f64
}

/// Returns the mean of `−ln p`, where p is the predicted probability of the true class of a sample.
///
/// # Examples
/// ```
/// assert_eq!(backprop::log_loss(&[0.5, 0.5]), std::f64::consts::LN_2);
/// ```
///
/// # Panics
/// If there are no probabilities.
#[doc(alias("cross_entropy", "nll_loss"))]
#[track_caller]
pub fn log_loss(probabilities: &[f64]) -> f64 {
    check_lengths(probabilities, probabilities);
    sums::mean_of(probabilities.len(), |index| -probabilities[index].ln()) + 0.0 // −0 becomes 0
}
