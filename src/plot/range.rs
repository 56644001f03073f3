//! Ranges of axes, and their labels.

use crate::text::written;

/// The maximum distance from 0 of anything drawn. It allows a range to be widened without an overflow.
const MAX_DISTANCE: f64 = 1e300;
/// The minimum width of a range relative to its ends. A narrower range has no room for the ticks of an axis.
const NARROWEST: f64 = 1e-12;

/// Returns the range of the finite values, made wide enough for an axis. Infinite values and NaN are ignored.
pub(super) fn range_of(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let values = values.into_iter().filter(|x| x.is_finite()).map(|x| x.clamp(-MAX_DISTANCE, MAX_DISTANCE));
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return (0.0, 1.0); // no finite value
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

/// Returns the range unchanged.
///
/// # Panics
/// If the range is not from a finite number to a larger one, or is too narrow for an axis.
#[track_caller]
pub(super) fn checked(range: (f64, f64)) -> (f64, f64) {
    let is_valid = is_wide(range) && (range.1 - range.0).is_finite();
    assert!(is_valid, "`range` must be from a finite number to a larger one, got {range:?}");
    range
}

/// Returns the range with a margin at both ends, a fraction of its width.
pub(super) fn widened((low, high): (f64, f64), fraction: f64) -> (f64, f64) {
    let margin = fraction * (high - low);
    (low - margin, high + margin)
}

/// Returns the formatter of an axis. It writes 0 for a tick that differs from 0 only by rounding.
pub(super) fn label((low, high): (f64, f64)) -> impl Fn(&f64) -> String {
    move |&x| written(if x.abs() < 1e-9 * (high - low) { 0.0 } else { x })
}
