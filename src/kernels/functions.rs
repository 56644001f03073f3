//! The functions of the table as loops over slices, found by their names.

use super::elementary::Elementary;
use super::lane::Lane;
use super::{dispatch, is_fused, sin_cos};
use crate::scalar::{Scalar, rules};
use pulp::{Simd, WithSimd};
use std::cell::Cell;
use std::marker::PhantomData;
use std::slice::from_ref;

/// The size of a cache line in bytes.
pub(crate) const LINE: usize = 64;
/// The largest number of lines in a slot.
pub(crate) const MOST_LINES: usize = 4;
/// The largest number of lanes: those of single precision.
pub(crate) const MOST_LANES: usize = MOST_LINES * values_per_line::<f32>();
/// Returns the number of values in a line.
pub(crate) const fn values_per_line<T>() -> usize {
    LINE / size_of::<T>()
}

/// A slot: the values of one variable in all lanes.
///
/// Slots are parts of one slice, which cells allow to read and write at the same time.
type Slot<'a, T> = &'a [Cell<T>];

/// Computes a function of x into the first result, and its derivative into the second.
type Unary<T> = fn(Slot<T>, [Slot<T>; 2]);

/// Computes a function of x and y into the first result, and its derivatives into the others.
type Binary<T> = fn([Slot<T>; 2], [Slot<T>; 3]);

/// A function of one variable: without its derivative, and with it. A result that is not computed can be any slot.
pub(crate) type UnaryKernel<T> = [Unary<T>; 2];

/// A function of two variables: without derivatives, with that with respect to x, to y, and to both.
pub(crate) type BinaryVariants<T> = [Binary<T>; 4];

/// A function of two variables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BinaryKernel<T> {
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

/// Returns the kernel of a rule of one variable, an expression of `x`.
macro_rules! unary_kernel {
    ($x:ident => $result:expr) => {{
        struct Rule;
        impl UnaryRule for Rule {
            #[inline(always)]
            fn apply<S: Scalar>($x: S) -> (S, S) {
                $result
            }
        }
        [run_unary::<T, Rule, false>, run_unary::<T, Rule, true>]
    }};
}

/// Returns the kernel of a rule of two variables, an expression of `x` and `y`; a second one is the rule for ordinary
/// operands.
macro_rules! binary_kernel {
    ($x:ident, $y:ident => $result:expr) => {{
        let exact = binary_kernel!(@ $x, $y => $result);
        BinaryKernel { ordinary: exact, exact }
    }};
    ($x:ident, $y:ident => $result:expr, $ordinary:expr) => {{
        let exact = binary_kernel!(@ $x, $y => $result);
        let [_, by_x, by_y, by_both] = binary_kernel!(@ $x, $y => $ordinary);
        BinaryKernel { ordinary: [exact[0], by_x, by_y, by_both], exact }
    }};
    (@ $x:ident, $y:ident => $result:expr) => {{
        struct Rule;
        impl BinaryRule for Rule {
            #[inline(always)]
            fn apply<S: Scalar>($x: S, $y: S) -> (S, S, S) {
                $result
            }
        }
        [
            run_binary::<T, Rule, false, false>,
            run_binary::<T, Rule, true, false>,
            run_binary::<T, Rule, false, true>,
            run_binary::<T, Rule, true, true>,
        ]
    }};
}

/// Returns the kernel of a function of one variable of the table.
pub(crate) fn unary<T: Elementary>(name: &str) -> Option<UnaryKernel<T>> {
    macro_rules! row {
        (sin(x): $($columns:tt)*) => {
            if name == "sin" {
                return Some([run_sine::<T, false, false>, run_sine::<T, false, true>]);
            }
        };
        (cos(x): $($columns:tt)*) => {
            if name == "cos" {
                return Some([run_sine::<T, true, false>, run_sine::<T, true, true>]);
            }
        };
        ($name:ident($x:ident): $($columns:tt)*) => {
            if name == stringify!($name) {
                return Some(unary_kernel!($x => rules::$name($x)));
            }
        };
        ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {};
    }
    rules::functions!(Float, row);
    rules::functions!(Scalar, row);
    None
}

/// Returns the kernel of a function of two variables of the table.
pub(crate) fn binary<T: Elementary>(name: &str) -> Option<BinaryKernel<T>> {
    macro_rules! row {
        ($name:ident($x:ident): $($columns:tt)*) => {};
        (powf($x:ident, $p:ident): $($columns:tt)*) => {
            if name == "powf" {
                return Some(binary_kernel!($x, $p => rules::powf($x, $p), rules::ordinary_powf($x, $p)));
            }
        };
        ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {
            if name == stringify!($name) {
                return Some(binary_kernel!($x, $y => rules::$name($x, $y)));
            }
        };
    }
    rules::functions!(Float, row);
    rules::functions!(Scalar, row);
    None
}

/// Computes a function of one variable of the table with the bits of its kernel.
pub(crate) fn unary_value<T: Elementary>(name: &str, x: T) -> T {
    let [function, _] = unary(name).expect("the name is that of a function of the table");
    let (x, f) = (Cell::new(x), Cell::new(x));
    function(from_ref(&x), [from_ref(&f); 2]);
    f.get()
}

/// Computes a function of two variables of the table with the bits of its kernel.
pub(crate) fn binary_value<T: Elementary>(name: &str, x: T, y: T) -> T {
    let BinaryKernel { ordinary: [function, ..], .. } =
        binary(name).expect("the name is that of a function of the table");
    let (x, y, f) = (Cell::new(x), Cell::new(y), Cell::new(x));
    function([from_ref(&x), from_ref(&y)], [from_ref(&f); 3]);
    f.get()
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

/// Returns the kernel of the quotient.
pub(crate) fn division<T: Elementary>() -> BinaryKernel<T> {
    binary_kernel!(x, y => rules::div(x, y), rules::ordinary_div(x, y))
}

/// Returns the kernel of the remainder.
pub(crate) fn remainder<T: Elementary>() -> BinaryKernel<T> {
    binary_kernel!(x, y => rules::rem(x, y))
}

/// Returns the kernel of the product in which 0 is a strong zero.
pub(crate) fn strong_product<T: Elementary>() -> BinaryKernel<T> {
    binary_kernel!(x, y => (x.strong_mul(y), y, x))
}

/// The rule of sin, or of cos, over many values: vectors compute both, but only for arguments within a bound.
fn run_sine<T: Elementary, const COS: bool, const D: bool>(x: Slot<T>, [f, d]: [Slot<T>; 2]) {
    let mut values = [[T::zero(); MOST_LANES]; 3];
    let [x_values, sin, cos] = values.each_mut().map(|values| &mut values[..x.len()]);
    x_values.iter_mut().zip(x).for_each(|(value, x)| *value = x.get());
    sin_cos(x_values, sin, cos);
    for lane in 0..x.len() {
        let (value, derivative) = if COS { (cos[lane], -sin[lane]) } else { (sin[lane], cos[lane]) };
        f[lane].set(value);
        if D {
            d[lane].set(derivative);
        }
    }
}

fn run_unary<T: Elementary, R: UnaryRule, const D: bool>(x: Slot<T>, results: [Slot<T>; 2]) {
    dispatch(UnaryLoop::<T, R, D> { x, results, rule: PhantomData });
}

fn run_binary<T: Elementary, R: BinaryRule, const DX: bool, const DY: bool>(
    operands: [Slot<T>; 2],
    results: [Slot<T>; 3],
) {
    dispatch(BinaryLoop::<T, R, DX, DY> { operands, results, rule: PhantomData });
}

/// A loop over lanes; the derivative is computed if `D` is true.
struct UnaryLoop<'a, T, R, const D: bool> {
    x: Slot<'a, T>,
    results: [Slot<'a, T>; 2],
    rule: PhantomData<R>,
}

impl<T: Elementary, R: UnaryRule, const D: bool> UnaryLoop<'_, T, R, D> {
    #[inline(always)]
    fn lanes<const FUSED: bool>(self) {
        let lanes = self.x.len();
        let (x, [f, d]) = (self.x, self.results.map(|slot| &slot[..lanes]));
        for lane in 0..lanes {
            let (value, derivative) = R::apply(Lane::<T, FUSED>(x[lane].get()));
            f[lane].set(value.0);
            if D {
                d[lane].set(derivative.0);
            }
        }
    }
}

impl<T: Elementary, R: UnaryRule, const D: bool> WithSimd for UnaryLoop<'_, T, R, D> {
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
