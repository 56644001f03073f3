//! Metrics of predicted classes: accuracy and log loss.

use super::checks::check;
use crate::kernels::sums;

/// The share of classes that were found.
///
/// ```
/// assert_eq!(backprop::accuracy(&[0, 1, 2, 1], &[0, 1, 1, 1]), 0.75);
/// ```
///
/// # Panics
/// When there are not as many predictions as truths, or none; so do all functions here.
#[doc(alias = "accuracy_score")]
#[track_caller]
pub fn accuracy(predicted: &[usize], truth: &[usize]) -> f64 {
    check(predicted, truth);
    let found = predicted.iter().zip(truth).filter(|(predicted, truth)| predicted == truth).count();
    found as f64 / truth.len() as f64
}

/// `−ln p` of the probability that was given to the true class, its mean.
///
/// ```
/// assert_eq!(backprop::log_loss(&[0.5, 0.5]), std::f64::consts::LN_2);
/// ```
///
/// # Panics
/// Without probabilities.
#[doc(alias("cross_entropy", "nll_loss"))]
#[track_caller]
pub fn log_loss(of_true_class: &[f64]) -> f64 {
    check(of_true_class, of_true_class);
    sums::mean_of(of_true_class.len(), |index| -of_true_class[index].ln()) + 0.0 // which makes −0 a 0
}
