//! Ranges of axes, and the numbers beside them.

use crate::text::written;

/// Farther from 0 nothing is drawn, so that a range can be made wider without an overflow.
const FAR: f64 = 1e300;
/// A range is at least this part of its numbers: between closer ones there is no room for the marks of an axis.
const NARROWEST: f64 = 1e-12;

/// From the least to the most of numbers, finite and wide enough for an axis, whatever they are: those that are infinite or NaN
/// do not count.
pub(super) fn range_of(numbers: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let numbers = numbers.into_iter().filter(|x| x.is_finite()).map(|x| x.clamp(-FAR, FAR));
    let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return (0.0, 1.0); // there are none
    }
    if is_wide((low, high)) {
        return (low, high);
    }
    let margin = (0.01 * high.abs()).max(1.0);
    (low - margin, high + margin)
}

fn is_wide((low, high): (f64, f64)) -> bool {
    high - low > NARROWEST * low.abs().max(high.abs())
}

/// The range itself.
///
/// # Panics
/// When it is not from a finite number to one above it, or both are so near that a float has no room between.
#[track_caller]
pub(super) fn checked(range: (f64, f64)) -> (f64, f64) {
    let is_right = is_wide(range) && (range.1 - range.0).is_finite();
    assert!(is_right, "`range` must be from a finite number to a larger one, got {range:?}");
    range
}

/// A range with a margin at both ends, a share of it.
pub(super) fn widened((low, high): (f64, f64), share: f64) -> (f64, f64) {
    let margin = share * (high - low);
    (low - margin, high + margin)
}

/// How the marks of an axis are written: what is next to nothing on it is the 0 that sums of steps have missed.
pub(super) fn label((low, high): (f64, f64)) -> impl Fn(&f64) -> String {
    move |&x| written(if x.abs() < 1e-9 * (high - low) { 0.0 } else { x })
}
