//! Pairwise sums and norms.
//!
//! The error of a sum that adds one value after another grows with the number of values: in single precision, the sum
//! of a million values of 0.1 is wrong by 1 %. These functions add the values in blocks and the sums of blocks in
//! pairs, so that the error grows with the logarithm of the number of values ([Higham
//! 1993](https://doi.org/10.1137/0914050)). The order is fixed: the result is bit-for-bit identical on every processor.

use crate::scalar::Scalar;
use std::array::from_fn;
use std::ops::Range;

/// The number of values in a block, which are summed in lanes.
pub(crate) const BLOCK: usize = 128;

/// The number of values, or of rows, that are added one after another.
pub(crate) const FEW: usize = 16;

/// The number of independent sums in a block, which the processor computes at the same time.
const LANES: usize = 8;

/// Computes the sum of `values`; 0 for an empty slice.
pub(crate) fn sum<T: Scalar>(values: &[T]) -> T {
    sum_of_pairs(values, values, |x, _| x)
}

/// Computes the sum of `value(x, y)` over the pairs of elements of two slices of equal length; 0 for empty slices. The
/// order is that of [`sum_of`].
///
/// The compiler vectorizes it, where an index in [`sum_of`] would be checked for each element.
#[inline(always)]
pub(crate) fn sum_of_pairs<T: Scalar>(x: &[T], y: &[T], value: impl Fn(T, T) -> T) -> T {
    if cfg!(target_family = "wasm") {
        return sum_of(x.len(), |index| value(x[index], y[index])); // the copy for all sums
    }
    in_pairs(0..x.len(), BLOCK, &mut |block| {
        let (x, y) = (&x[block.clone()], &y[block]);
        let (mut x_lanes, mut y_lanes) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
        let lanes = x_lanes.by_ref().zip(y_lanes.by_ref());
        let mut lanes = lanes.map(|(x, y)| {
            let mut values = [T::zero(); LANES];
            for lane in 0..LANES {
                values[lane] = value(x[lane], y[lane]);
            }
            values
        });
        let rest = x[x.len() / LANES * LANES..].iter().zip(&y[x.len() / LANES * LANES..]).map(|(&x, &y)| value(x, y));
        let first = lanes.next();
        match first {
            Some(mut sums) if x.len() >= 2 * LANES => {
                for values in lanes {
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum += value;
                    }
                }
                for (sum, value) in sums.iter_mut().zip(rest) {
                    *sum += value;
                }
                in_tree(sums)
            }
            first => first.into_iter().flatten().chain(rest).reduce(|sum, x| sum + x).unwrap_or_else(T::zero),
        }
    })
}

/// Adds the sum of each column of `values`, a matrix in row-major order, to `sums`. `space` has [`space_for_pairs`]
/// elements for each column.
pub(crate) fn add_column_sums<T: Scalar>(values: &[T], sums: &mut [T], space: &mut [T]) {
    let columns = sums.len().max(1);
    add_in_pairs(values.len() / columns, FEW, sums, space, &mut |rows, sums| {
        T::vectorize(|| {
            for row in values[rows.start * columns..rows.end * columns].chunks_exact(columns) {
                for (sum, &value) in sums.iter_mut().zip(row) {
                    *sum += value;
                }
            }
        });
    });
}

/// Computes the sum of `value(0)` to `value(len − 1)`; 0 if `len` is 0.
#[inline(always)]
pub(crate) fn sum_of<T: Scalar>(len: usize, value: impl Fn(usize) -> T) -> T {
    if cfg!(target_family = "wasm") {
        // One copy for all sums of a type: a copy for each sum would make the playground's module larger by a tenth.
        return sum_by_pointer(len, &value);
    }
    in_pairs(0..len, BLOCK, &mut |block| sum_of_block(block, &value))
}

#[inline(never)]
fn sum_by_pointer<T: Scalar>(len: usize, value: &dyn Fn(usize) -> T) -> T {
    in_pairs(0..len, BLOCK, &mut |block| sum_of_block(block, value))
}

#[inline(always)]
fn sum_of_block<T: Scalar, F: Fn(usize) -> T + ?Sized>(block: Range<usize>, value: &F) -> T {
    if block.len() < 2 * LANES {
        return block.map(value).reduce(|sum, x| sum + x).unwrap_or_else(T::zero);
    }
    let mut sums: [T; LANES] = from_fn(|lane| value(block.start + lane));
    let whole = block.start + block.len() / LANES * LANES;
    for first in (block.start + LANES..whole).step_by(LANES) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum += value(first + lane);
        }
    }
    for index in whole..block.end {
        sums[index - whole] += value(index);
    }
    in_tree(sums)
}

#[inline(always)]
fn in_tree<T: Scalar>([a, b, c, d, e, f, g, h]: [T; LANES]) -> T {
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// Computes the sum of the values that `block` returns for the blocks of a range, in order, adding them in pairs. For
/// an empty range `block` is called once.
///
/// `block` is a pointer: a copy of the recursion for each caller would make programs larger.
pub(crate) fn in_pairs<T: Scalar>(range: Range<usize>, len: usize, block: &mut dyn FnMut(Range<usize>) -> T) -> T {
    let blocks = range.len().div_ceil(len);
    if blocks <= 1 {
        return block(range);
    }
    let middle = range.start + blocks / 2 * len;
    let sum = in_pairs(range.start..middle, len, block);
    sum + in_pairs(middle..range.end, len, block)
}

/// Adds to each of `sums` the values that `block` adds for the blocks of `0..count`, in order; the sums of several
/// blocks are added in pairs. `space` has [`space_for_pairs`] elements for each sum, of any value.
pub(crate) fn add_in_pairs<T: Scalar>(
    count: usize,
    len: usize,
    sums: &mut [T],
    space: &mut [T],
    block: &mut dyn FnMut(Range<usize>, &mut [T]),
) {
    let (blocks, width) = (count.div_ceil(len), sums.len());
    if blocks <= 1 || width == 0 {
        return block(0..count, sums);
    }
    // A sum of 2ⁱ blocks waits on a stack for the next sum of 2ⁱ blocks, as in a binary counter.
    let mut waiting = 0;
    let add_top = |space: &mut [T], waiting: usize| {
        let (below, top) = space[(waiting - 2) * width..].split_at_mut(width);
        add(below, &top[..width]);
    };
    for index in 0..blocks {
        let block_sums = &mut space[waiting * width..][..width];
        block_sums.fill(T::zero());
        block(index * len..count.min((index + 1) * len), block_sums);
        waiting += 1;
        for _ in 0..(index + 1).trailing_zeros() {
            add_top(space, waiting);
            waiting -= 1;
        }
    }
    for waiting in (2..=waiting).rev() {
        add_top(space, waiting);
    }
    add(sums, &space[..width]);
}

/// Returns the number of elements of `space` that [`add_in_pairs`] needs for each sum.
pub(crate) fn space_for_pairs(count: usize, len: usize) -> usize {
    let blocks = count.div_ceil(len);
    if blocks <= 1 { 0 } else { blocks.ilog2() as usize + 2 }
}

fn add<T: Scalar>(sums: &mut [T], values: &[T]) {
    for (sum, &value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

/// Computes the Euclidean norm `√Σx²`. It is ∞ if a value is infinite, and otherwise NaN if a value is NaN.
///
/// Each value is first divided by a power of two near the largest, so that no square overflows or underflows.
pub(crate) fn norm(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = largest(values.clone());
    if largest == 0.0 || largest.is_infinite() {
        // A maximum ignores NaN.
        return if largest == 0.0 { values.map(f64::abs).sum() } else { largest };
    }
    let unit = unit(largest);
    let mut squares = Summation::default();
    values.for_each(|x| squares.add((x / unit) * (x / unit)));
    unit * squares.total().sqrt()
}

/// Computes the root mean square `√(Σx²/len)` of `value(0)` to `value(len − 1)`. No square overflows or underflows.
pub(crate) fn root_mean_square(len: usize, value: impl Fn(usize) -> f64) -> f64 {
    let largest = largest((0..len).map(&value));
    let unit = unit(largest);
    let squares = sum_of(len, |index| (value(index) / unit).powi(2));
    // A maximum ignores NaN, so that ∞ takes precedence.
    if largest.is_infinite() { largest } else { unit * (squares / len as f64).sqrt() }
}

/// Returns the largest absolute value, ignoring NaN; 0 without values.
pub(crate) fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.map(f64::abs).fold(0.0, f64::max)
}

/// Returns the largest power of two not above a positive finite number, and at least the smallest normal number.
/// Division by it is exact, and the quotient is less than 2. For 0, ∞ and NaN it is a power of two by which division
/// does not change them.
pub(crate) fn unit(number: f64) -> f64 {
    let exponent = f64::from_bits(number.to_bits() & f64::INFINITY.to_bits());
    if exponent.is_finite() { exponent.max(f64::MIN_POSITIVE) } else { 1.0 }
}

/// Returns the [`unit`] of a number in a type whose smallest normal number may be larger than that of `f64`.
pub(crate) fn unit_in<T: Scalar>(number: f64) -> T {
    T::of(unit(number)).max(T::min_positive_value())
}

/// Computes the mean of `value(0)` to `value(len − 1)`; NaN if `len` is 0.
///
/// The mean of finite values is finite: if their sum overflows, each value is first divided by `len`.
pub(crate) fn mean_of(len: usize, value: impl Fn(usize) -> f64) -> f64 {
    let sum = sum_of(len, &value);
    if sum.is_finite() { sum / len as f64 } else { sum_of(len, |index| value(index) / len as f64) }
}

/// A pairwise sum of values that are added one at a time.
///
/// It keeps the sums of 1, 2, 4, 8 … values and adds two of the same count, as in a binary counter. The error grows
/// with the logarithm of the count.
pub(crate) struct Summation {
    sums: [f64; 64],
    count: u64,
}

impl Default for Summation {
    fn default() -> Summation {
        Summation { sums: [0.0; 64], count: 0 }
    }
}

impl Summation {
    /// Adds a value.
    pub(crate) fn add(&mut self, value: f64) {
        let level = self.count.trailing_ones() as usize;
        self.sums[level] = self.sums[..level].iter().fold(value, |sum, earlier| earlier + sum);
        self.count += 1;
    }

    /// Returns the sum of all values so far; 0 without values.
    pub(crate) fn total(&self) -> f64 {
        let levels = (0..64).filter(|level| self.count >> level & 1 == 1);
        levels.fold(0.0, |sum, level| sum + self.sums[level])
    }
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
    fn sum_of_any_length_counts_every_value_once() {
        for len in 0..1000 {
            assert_eq!(sum_of(len, |index| index as f64), (len * len.saturating_sub(1) / 2) as f64);
        }
    }

    #[test]
    fn sums_in_pairs_count_every_block_once() {
        for count in 0..100 {
            let mut sums = [1000.0, 0.0];
            let mut space = vec![f64::NAN; 2 * space_for_pairs(count, 3)];
            add_in_pairs(count, 3, &mut sums, &mut space, &mut |block, sums| {
                for index in block {
                    sums[0] += index as f64;
                    sums[1] += 1.0;
                }
            });
            assert_eq!(sums, [1000.0 + (count * count.saturating_sub(1) / 2) as f64, count as f64]);
        }
    }

    #[test]
    fn norm_of_very_small_and_very_large_values() {
        for scale in [1e-320, 1e-200, 1.0, 1e200] {
            assert!((norm([3.0 * scale, -4.0 * scale].into_iter()) / (5.0 * scale) - 1.0).abs() < 1e-3);
        }
        assert_eq!(norm([0.0, -0.0].into_iter()), 0.0);
        assert_eq!(norm([f64::NAN, f64::NEG_INFINITY].into_iter()), f64::INFINITY);
        assert!(norm([f64::NAN, 0.0].into_iter()).is_nan() && norm([f64::NAN, 1.0].into_iter()).is_nan());
    }
    #[test]
    fn norm_of_ordinary_values_equals_the_plain_formula() {
        assert_eq!(norm([3.0, -4.0].into_iter()), 5.0);
        assert_eq!(root_mean_square(2, |index| [3.0, 4.0][index]), 12.5_f64.sqrt());
        assert_eq!(root_mean_square(2, |_| 1e-300), 1e-300);
        assert_eq!(norm([1.0, 2.0, 3.5].into_iter()), 17.25_f64.sqrt());
    }

    #[test]
    fn unit_is_a_power_of_two_by_which_division_is_exact() {
        for (number, power) in [(1.0, 1.0), (1.9, 1.0), (0.3, 0.25), (f64::MAX, 2.0_f64.powi(1023))] {
            assert_eq!(unit(number), power);
        }
        assert_eq!(unit(5e-324), f64::MIN_POSITIVE);
        assert_eq!([0.0, f64::INFINITY].map(|x| x / unit(x)), [0.0, f64::INFINITY]);
    }

    #[test]
    fn mean_of_large_values_is_finite() {
        assert_eq!(mean_of(2, |_| f64::MAX), f64::MAX);
        assert_eq!(mean_of(49, |_| 1.0), 1.0);
        assert_eq!(mean_of(1, |_| f64::NEG_INFINITY), f64::NEG_INFINITY);
        assert!(mean_of(0, |_| 1.0).is_nan());
    }

    #[test]
    fn summation_adds_in_pairs() {
        let mut sum = Summation::default();
        for count in 1..=1_000_000_u32 {
            sum.add(0.1);
            if count < 100 {
                assert!((sum.total() - 0.1 * f64::from(count)).abs() < 1e-14);
            }
        }
        assert!((sum.total() - 100_000.0).abs() < 1e-10, "{}", sum.total());
        assert_eq!(Summation::default().total(), 0.0);
    }
}
