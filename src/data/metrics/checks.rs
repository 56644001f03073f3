//! The checks of the arguments of metrics.

/// Panics if the numbers of predictions and truths differ, or if there are none.
#[track_caller]
pub(super) fn check_lengths<A, B>(predicted: &[A], truth: &[B]) {
    assert!(
        predicted.len() == truth.len(),
        "expected {} predictions, one for each truth, got {}",
        truth.len(),
        predicted.len()
    );
    assert!(!truth.is_empty(), "expected at least one prediction, got none");
}
