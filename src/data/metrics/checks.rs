//! The checks of the arguments of metrics.

#[track_caller]
pub(super) fn check<A, B>(predicted: &[A], truth: &[B]) {
    assert!(predicted.len() == truth.len(), "{} predictions for {} truths", predicted.len(), truth.len());
    assert!(!truth.is_empty(), "no predictions to judge");
}
