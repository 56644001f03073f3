//! The functions of the table as loops over slices, found by their names.

use super::elementary::Elementary;
use super::lane::Lane;
use super::slices::values_per_line;
use super::{dispatch, is_fused, sin_cos};
use crate::scalar::{Scalar, rules};
use pulp::{Simd, WithSimd};
use std::cell::Cell;
use std::marker::PhantomData;

/// The largest number of cache lines in a slot.
pub(crate) const MOST_LINES: usize = 4;
/// The largest number of lanes: those of single precision.
pub(crate) const MOST_LANES: usize = MOST_LINES * values_per_line::<f32>();

/// A slot: the values of one variable in all lanes.
///
/// Slots are parts of one slice, which cells allow to read and write at the same time.
pub type Slot<'a, T> = &'a [Cell<T>];

/// Computes a function of x and y into the first result, and its derivatives into the others.
pub type Binary<T> = fn([Slot<T>; 2], [Slot<T>; 3]);

/// A function of x: computes it into the first result, and its derivative into the second.
pub type UnaryKernel<T> = fn(Slot<T>, [Slot<T>; 2]);

/// A function of two variables: without derivatives, with that with respect to x, to y, and to both. A result that is not
/// computed can be any slot.
pub type BinaryVariants<T> = [Binary<T>; 4];

/// A function of two variables.
#[derive(Clone, Copy, Debug)]
pub struct BinaryKernel<T> {
    /// Correct if all derivatives turn out finite: those that are not are computed again. The value alone is correct
    /// everywhere.
    pub(crate) ordinary: BinaryVariants<T>,
    /// Correct everywhere.
    pub(crate) exact: BinaryVariants<T>,
}

/// A rule of one variable: `(f, f′)`.
trait UnaryRule {
    fn apply<S: Scalar>(x: S) -> (S, S);
}

/// A rule of two variables: `(f, ∂f/∂x, ∂f/∂y)`.
trait BinaryRule {
    fn apply<S: Scalar>(x: S, y: S) -> (S, S, S);
}

/// Returns the kernel of a rule of one variable, an expression of `x`, with loops by `$run`.
macro_rules! unary_kernel {
    ($run:ident, $x:ident => $result:expr) => {{
        struct Rule;
        impl UnaryRule for Rule {
            #[inline(always)]
            fn apply<S: Scalar>($x: S) -> (S, S) {
                $result
            }
        }
        $run::<T, Rule>
    }};
}

/// Returns the loops of a rule of two variables, an expression of `x` and `y`: without derivatives, with that with respect
/// to x, to y, and to both. Every loop is compiled for several kinds of processors, so all are `different`, or that of the
/// `value`, only if this is asked for; elsewhere the loop with both derivatives takes the place of the others.
macro_rules! binary_loops {
    ($run:ident, $x:ident, $y:ident => $result:expr) => {{
        binary_rule!($x, $y => $result);
        let both: Binary<T> = $run::<T, Rule, true, true>;
        [both; 4]
    }};
    (value: $run:ident, $x:ident, $y:ident => $result:expr) => {{
        binary_rule!($x, $y => $result);
        let (value, both): (Binary<T>, Binary<T>) = ($run::<T, Rule, false, false>, $run::<T, Rule, true, true>);
        [value, both, both, both]
    }};
    (different: $run:ident, $x:ident, $y:ident => $result:expr) => {{
        binary_rule!($x, $y => $result);
        [
            $run::<T, Rule, false, false>,
            $run::<T, Rule, true, false>,
            $run::<T, Rule, false, true>,
            $run::<T, Rule, true, true>,
        ]
    }};
}

/// Defines the type `Rule` of a rule of two variables.
macro_rules! binary_rule {
    ($x:ident, $y:ident => $result:expr) => {
        struct Rule;
        impl BinaryRule for Rule {
            #[inline(always)]
            fn apply<S: Scalar>($x: S, $y: S) -> (S, S, S) {
                $result
            }
        }
    };
}

/// Returns the kernel of a rule of two variables; a second one is the rule for ordinary operands.
macro_rules! binary_kernel {
    ($run:ident, $x:ident, $y:ident => $result:expr) => {{
        let exact = binary_loops!($run, $x, $y => $result);
        BinaryKernel { ordinary: exact, exact }
    }};
    ($x:ident, $y:ident => $result:expr, $ordinary:expr) => {{
        let exact = binary_loops!(value: in_vectors_of_two, $x, $y => $result);
        let [_, by_x, by_y, by_both]: BinaryVariants<T> = binary_loops!(different: in_vectors_of_two, $x, $y => $ordinary);
        let [value, ..] = exact;
        BinaryKernel { ordinary: [value, by_x, by_y, by_both], exact }
    }};
}

/// Returns the kernel of a function of one variable of the table.
///
/// Functions that call the standard library are computed in calls: vectors would not make them faster.
pub(crate) fn unary<T: Elementary + Scalar>(name: &str) -> Option<UnaryKernel<T>> {
    macro_rules! row {
        (sin(x): $($columns:tt)*) => {
            row! { @ sin => run_sine::<T, false> }
        };
        (cos(x): $($columns:tt)*) => {
            row! { @ cos => run_sine::<T, true> }
        };
        (cbrt(x): $($columns:tt)*) => {
            row! { @ in_calls, cbrt }
        };
        (tan(x): $($columns:tt)*) => {
            row! { @ in_calls, tan }
        };
        (asin(x): $($columns:tt)*) => {
            row! { @ in_calls, asin }
        };
        (acos(x): $($columns:tt)*) => {
            row! { @ in_calls, acos }
        };
        (atan(x): $($columns:tt)*) => {
            row! { @ in_calls, atan }
        };
        (sinh(x): $($columns:tt)*) => {
            row! { @ in_calls, sinh }
        };
        (cosh(x): $($columns:tt)*) => {
            row! { @ in_calls, cosh }
        };
        (asinh(x): $($columns:tt)*) => {
            row! { @ in_calls, asinh }
        };
        (acosh(x): $($columns:tt)*) => {
            row! { @ in_calls, acosh }
        };
        (atanh(x): $($columns:tt)*) => {
            row! { @ in_calls, atanh }
        };
        (sinc(x): $($columns:tt)*) => {
            row! { @ in_calls, sinc }
        };
        ($name:ident(x): $($columns:tt)*) => {
            row! { @ in_vectors, $name }
        };
        ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {};
        (@ $run:ident, $name:ident) => {
            row! { @ $name => unary_kernel!($run, x => rules::$name(x)) }
        };
        (@ $name:ident => $kernel:expr) => {
            if name == stringify!($name) {
                return Some($kernel);
            }
        };
    }
    rules::functions!(Float, row);
    rules::functions!(Scalar, row);
    None
}

/// Returns the kernel of a function of two variables of the table, or of an operation: `/`, `%`, or `strong ·`, the
/// product in which 0 is a strong zero.
pub(crate) fn binary<T: Elementary + Scalar>(name: &str) -> Option<BinaryKernel<T>> {
    macro_rules! row {
        ($name:ident($x:ident): $($columns:tt)*) => {};
        (powf($x:ident, $p:ident): $($columns:tt)*) => {
            row! { @ powf => binary_kernel!($x, $p => rules::powf($x, $p), rules::ordinary_powf($x, $p)) }
        };
        (log($x:ident, $y:ident): $($columns:tt)*) => {
            row! { @ in_calls_of_two, log }
        };
        (hypot($x:ident, $y:ident): $($columns:tt)*) => {
            row! { @ in_calls_of_two, hypot }
        };
        (atan2($y:ident, $x:ident): $($columns:tt)*) => {
            row! { @ in_calls_of_two, atan2 }
        };
        ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {
            row! { @ in_vectors_of_two, $name }
        };
        (@ $run:ident, $name:ident) => {
            row! { @ $name => binary_kernel!($run, x, y => rules::$name(x, y)) }
        };
        (@ $name:ident => $kernel:expr) => {
            if name == stringify!($name) {
                return Some($kernel);
            }
        };
    }
    rules::functions!(Float, row);
    rules::functions!(Scalar, row);
    match name {
        "/" => Some(binary_kernel!(x, y => rules::div(x, y), rules::ordinary_div(x, y))),
        "%" => Some(binary_kernel!(in_calls_of_two, x, y => rules::rem(x, y))),
        "strong ·" => Some(binary_kernel!(in_vectors_of_two, x, y => (x.strong_mul(y), y, x))),
        _ => None,
    }
}

/// Returns the name of a function of the table and its number of arguments.
#[cfg(feature = "serde")]
pub(crate) fn named(name: &str) -> Option<(&'static str, usize)> {
    macro_rules! row {
        ($name:ident($($x:ident),*): $($columns:tt)*) => {
            if name == stringify!($name) {
                return Some((stringify!($name), [$(stringify!($x)),*].len()));
            }
        };
    }
    rules::functions!(Float, row);
    rules::functions!(Scalar, row);
    None
}

/// The rule of sin, or of cos, over many values: vectors compute both, but only for arguments within a bound.
fn run_sine<T: Elementary, const COS: bool>(x: Slot<T>, [f, d]: [Slot<T>; 2]) {
    let mut values = [[T::zero(); MOST_LANES]; 3];
    let [x_values, sin, cos] = values.each_mut().map(|values| &mut values[..x.len()]);
    x_values.iter_mut().zip(x).for_each(|(value, x)| *value = x.get());
    sin_cos(x_values, sin, cos);
    for lane in 0..x.len() {
        let (value, derivative) = if COS { (cos[lane], -sin[lane]) } else { (sin[lane], cos[lane]) };
        f[lane].set(value);
        d[lane].set(derivative);
    }
}

/// Computes a rule of one variable in vectors.
fn in_vectors<T: Elementary, R: UnaryRule>(x: Slot<T>, results: [Slot<T>; 2]) {
    dispatch(UnaryLoop::<T, R> { x, results, rule: PhantomData });
}

/// Computes a rule of one variable for one lane after the other.
fn in_calls<T: Elementary + Scalar, R: UnaryRule>(x: Slot<T>, [f, d]: [Slot<T>; 2]) {
    for (lane, x) in x.iter().enumerate() {
        let (value, derivative) = R::apply(x.get());
        f[lane].set(value);
        d[lane].set(derivative);
    }
}

/// Computes a rule of two variables in vectors.
fn in_vectors_of_two<T: Elementary, R: BinaryRule, const DX: bool, const DY: bool>(
    operands: [Slot<T>; 2],
    results: [Slot<T>; 3],
) {
    dispatch(BinaryLoop::<T, R, DX, DY> { operands, results, rule: PhantomData });
}

/// Computes a rule of two variables for one lane after the other.
fn in_calls_of_two<T: Elementary + Scalar, R: BinaryRule, const DX: bool, const DY: bool>(
    [x, y]: [Slot<T>; 2],
    [f, dx, dy]: [Slot<T>; 3],
) {
    for (lane, (x, y)) in x.iter().zip(y).enumerate() {
        let (value, by_x, by_y) = R::apply(x.get(), y.get());
        f[lane].set(value);
        if DX {
            dx[lane].set(by_x);
        }
        if DY {
            dy[lane].set(by_y);
        }
    }
}

/// A loop over lanes.
struct UnaryLoop<'a, T, R> {
    x: Slot<'a, T>,
    results: [Slot<'a, T>; 2],
    rule: PhantomData<R>,
}

impl<T: Elementary, R: UnaryRule> UnaryLoop<'_, T, R> {
    #[inline(always)]
    fn lanes<const FUSED: bool>(self) {
        let lanes = self.x.len();
        let (x, [f, d]) = (self.x, self.results.map(|slot| &slot[..lanes]));
        for lane in 0..lanes {
            let (value, derivative) = R::apply(Lane::<T, FUSED>(x[lane].get()));
            f[lane].set(value.0);
            d[lane].set(derivative.0);
        }
    }
}

impl<T: Elementary, R: UnaryRule> WithSimd for UnaryLoop<'_, T, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if is_fused::<S>() { self.lanes::<true>() } else { self.lanes::<false>() }
    }
}

/// A loop over lanes; the derivatives with respect to x and y are computed if `DX` and `DY` are true.
struct BinaryLoop<'a, T, R, const DX: bool, const DY: bool> {
    operands: [Slot<'a, T>; 2],
    results: [Slot<'a, T>; 3],
    rule: PhantomData<R>,
}

impl<T: Elementary, R: BinaryRule, const DX: bool, const DY: bool> BinaryLoop<'_, T, R, DX, DY> {
    #[inline(always)]
    fn lanes<const FUSED: bool>(self) {
        let lanes = self.operands[0].len();
        let ([x, y], [f, dx, dy]) = (self.operands.map(|slot| &slot[..lanes]), self.results.map(|slot| &slot[..lanes]));
        for lane in 0..lanes {
            let (value, by_x, by_y) = R::apply(Lane::<T, FUSED>(x[lane].get()), Lane(y[lane].get()));
            f[lane].set(value.0);
            if DX {
                dx[lane].set(by_x.0);
            }
            if DY {
                dy[lane].set(by_y.0);
            }
        }
    }
}

impl<T: Elementary, R: BinaryRule, const DX: bool, const DY: bool> WithSimd for BinaryLoop<'_, T, R, DX, DY> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if is_fused::<S>() { self.lanes::<true>() } else { self.lanes::<false>() }
    }
}
