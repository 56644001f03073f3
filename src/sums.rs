//! Sums of many numbers, and norms.
//!
//! A sum that adds one number after another loses digits in proportion to their count: in single precision a million times
//! 0.1 is 1 % off. Here the numbers are summed in blocks, and the sums of blocks in pairs, so that the error grows with the
//! logarithm of the count ([Higham 1993](https://doi.org/10.1137/0914050)). The order is fixed: the bits do not depend on
//! the processor's vectors.

use crate::scalar::Scalar;
use std::ops::Range;

/// Numbers in a block, which are summed in lanes.
pub(crate) const BLOCK: usize = 128;

/// Sums in a block that need not wait for one another.
const LANES: usize = 8;

/// Computes the sum of `numbers`: 0 of none.
pub(crate) fn sum<T: Scalar>(numbers: &[T]) -> T {
    sum_of(numbers.len(), |index| numbers[index])
}

/// Computes the sum of `number(0)` to `number(len − 1)`.
#[inline(always)]
pub(crate) fn sum_of<T: Scalar>(len: usize, number: impl Fn(usize) -> T) -> T {
    in_pairs(0..len, BLOCK, &mut |block: Range<usize>| {
        let mut sums = [T::zero(); LANES];
        let whole = block.start + block.len() / LANES * LANES;
        for first in (block.start..whole).step_by(LANES) {
            for (lane, sum) in sums.iter_mut().enumerate() {
                *sum += number(first + lane);
            }
        }
        for index in whole..block.end {
            sums[index - whole] += number(index);
        }
        let [a, b, c, d, e, f, g, h] = sums;
        ((a + b) + (c + d)) + ((e + f) + (g + h))
    })
}

/// Computes the sum of what `block` gives for the blocks of a range, adding them in pairs; `block` is called once for an
/// empty range, and in order.
pub(crate) fn in_pairs<T: Scalar>(range: Range<usize>, len: usize, block: &mut impl FnMut(Range<usize>) -> T) -> T {
    match halves(&range, len) {
        None => block(range),
        Some([first, second]) => {
            let sum = in_pairs(first, len, block);
            sum + in_pairs(second, len, block)
        }
    }
}

/// Splits a range of more than one block of `len` between two blocks; `None` where there is only one.
pub(crate) fn halves(range: &Range<usize>, len: usize) -> Option<[Range<usize>; 2]> {
    let blocks = range.len().div_ceil(len);
    let middle = range.start + blocks / 2 * len;
    (blocks > 1).then(|| [range.start..middle, middle..range.end])
}

/// Computes the Euclidean norm `√Σx²`, whose squares neither overflow nor vanish: every number is divided by the largest
/// first. It is ∞ if a number is infinite, and else NaN if one is NaN.
pub(crate) fn norm(numbers: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = numbers.clone().map(f64::abs).fold(0.0, f64::max);
    if largest == 0.0 || largest.is_infinite() {
        // A maximum passes over NaN.
        return if largest == 0.0 { numbers.map(f64::abs).sum() } else { largest };
    }
    let scaled: Vec<f64> = numbers.map(|x| (x / largest) * (x / largest)).collect();
    largest * sum(&scaled).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_precision_sum_of_a_million_tenths() {
        let sum = sum(&vec![0.1_f32; 1_000_000]);
        assert!((sum - 100_000.0).abs() < 0.05, "{sum}");
    }

    #[test]
    fn sum_of_any_length_counts_every_number_once() {
        for len in 0..1000 {
            assert_eq!(sum_of(len, |index| index as f64), (len * len.saturating_sub(1) / 2) as f64);
        }
    }

    #[test]
    fn norm_at_the_ends_of_the_exponents() {
        for scale in [1e-320, 1e-200, 1.0, 1e200] {
            assert!((norm([3.0 * scale, -4.0 * scale].into_iter()) / (5.0 * scale) - 1.0).abs() < 1e-3);
        }
        assert_eq!(norm([0.0, -0.0].into_iter()), 0.0);
        assert_eq!(norm([f64::NAN, f64::NEG_INFINITY].into_iter()), f64::INFINITY);
        assert!(norm([f64::NAN, 0.0].into_iter()).is_nan() && norm([f64::NAN, 1.0].into_iter()).is_nan());
    }
}
