//! [`TaylorSeries`]: a number that carries its derivatives of all orders with respect to one variable.

use crate::scalar::number::float::{impl_float, trait_method};
use crate::scalar::number::operators::impl_operators;
use crate::scalar::rules::{self, UnaryFunction};
use crate::scalar::{Elements, Scalar};
use std::cell::RefCell;
use std::fmt;

/// A truncated Taylor series: a number and its derivatives of all orders with respect to one variable.
///
/// It computes as a float does. [`taylor`](crate::taylor()) creates the variable and stores the coefficients; the
/// series is a small handle that can be copied.
///
/// The coefficients of g = f(u) follow from the rule of f: since g′ = f′(u)·u′, they are `k·gₖ = Σ j·uⱼ·dₖ₋ⱼ` over j
/// from 1 to k, where d is the series of f′(u), which needs one coefficient less.
#[doc(alias = "jet")]
#[derive(Clone, Copy)]
pub struct TaylorSeries<'s, T> {
    /// `None` for a constant.
    coefficients: Option<Coefficients<'s, T>>,
    data: T,
}

/// The place of the coefficients in their store.
#[derive(Clone, Copy)]
struct Coefficients<'s, T> {
    store: &'s RefCell<Vec<T>>,
    start: usize,
    len: usize,
}

impl<'s, T: Scalar> TaylorSeries<'s, T> {
    /// Creates a constant, which does not depend on the variable.
    pub fn constant(data: T) -> Self {
        TaylorSeries { coefficients: None, data }
    }

    /// Creates the variable at x, with coefficients up to `order`.
    pub(crate) fn variable(x: T, order: usize, store: &'s RefCell<Vec<T>>) -> Self {
        let first = [T::one()].into_iter().take(order);
        TaylorSeries::of_coefficients(store, order + 1, [x].into_iter().chain(first).collect())
    }

    /// Stores `len` coefficients: those of the list, then zeros.
    fn of_coefficients(store: &'s RefCell<Vec<T>>, len: usize, mut list: Vec<T>) -> Self {
        list.resize(len, T::zero());
        let mut stored = store.borrow_mut();
        let start = stored.len();
        stored.extend_from_slice(&list);
        TaylorSeries { coefficients: Some(Coefficients { store, start, len }), data: list[0] }
    }

    /// Returns the number without its derivatives.
    pub fn data(self) -> T {
        self.data
    }

    /// Returns the coefficient of order `k`, the k-th derivative divided by k!; 0 beyond the order of the series.
    pub fn coefficient(self, k: usize) -> T {
        match self.coefficients {
            Some(own) if k < own.len => own.store.borrow()[own.start + k],
            None if k == 0 => self.data,
            _ => T::zero(),
        }
    }

    /// Computes a result from `coefficient(k, lower)`, which returns the coefficient of order k from the operands and
    /// the lower coefficients of the result. The result of two constants is a constant.
    fn each(self, other: Self, data: T, coefficient: impl Fn(usize, &[T]) -> T) -> Self {
        let len = |x: Self| x.coefficients.map_or(usize::MAX, |own| own.len);
        let Some(Coefficients { store, .. }) = self.coefficients.or(other.coefficients) else {
            return TaylorSeries::constant(data);
        };
        let len = len(self).min(len(other));
        let mut list = Vec::with_capacity(len);
        list.push(data);
        for k in 1..len {
            list.push(coefficient(k, &list));
        }
        TaylorSeries::of_coefficients(store, len, list)
    }

    /// Computes a function of one variable from its value `data` and the series of its derivative, which `derivative`
    /// returns for this series without its last coefficient.
    fn compose(self, data: T, derivative: impl FnOnce(Self) -> Self) -> Self {
        match self.shorter() {
            Some(shorter) => self.along(derivative(shorter), data),
            None => self.each(self, data, |_, _| T::zero()),
        }
    }

    /// Computes a function of two variables from its value `data` and the series of its derivatives, which
    /// `derivatives` returns for both series without their last coefficients.
    fn compose_both(self, other: Self, data: T, derivatives: impl FnOnce(Self, Self) -> (Self, Self)) -> Self {
        if self.coefficients.is_none() && other.coefficients.is_none() {
            return TaylorSeries::constant(data);
        }
        let (Some(a), Some(b)) = (self.shorter_or_constant(), other.shorter_or_constant()) else {
            return self.each(other, data, |_, _| T::zero());
        };
        let (da, db) = derivatives(a, b);
        self.along(da, data).sum(other.along(db, data), data)
    }

    /// Returns the series that begins with `data` and whose derivative is `factor` times the derivative of this series.
    fn along(self, factor: Self, data: T) -> Self {
        self.each(self, data, |k, _| {
            let term = |j: usize| (T::of(j as f64) * self.coefficient(j)).strong_mul(factor.coefficient(k - j));
            (1..=k).fold(T::zero(), |sum, j| sum + term(j)) / T::of(k as f64)
        })
    }

    /// Returns the series without its last coefficient; `None` if it has fewer than two.
    fn shorter(self) -> Option<Self> {
        let own = self.coefficients.filter(|own| own.len > 1)?;
        Some(TaylorSeries { coefficients: Some(Coefficients { len: own.len - 1, ..own }), ..self })
    }

    fn shorter_or_constant(self) -> Option<Self> {
        if self.coefficients.is_none() { Some(self) } else { self.shorter() }
    }

    fn sum(self, other: Self, data: T) -> Self {
        self.each(other, data, |k, _| self.coefficient(k) + other.coefficient(k))
    }

    fn difference(self, other: Self, data: T) -> Self {
        self.each(other, data, |k, _| self.coefficient(k) - other.coefficient(k))
    }

    fn shifted(self, data: T) -> Self {
        self.each(self, data, |k, _| self.coefficient(k))
    }

    fn negated(self, data: T) -> Self {
        self.each(self, data, |k, _| -self.coefficient(k))
    }

    fn product(self, other: Self, data: T) -> Self {
        self.each(other, data, |k, _| {
            (0..=k).fold(T::zero(), |sum, j| sum + self.coefficient(j).strong_mul(other.coefficient(k - j)))
        })
    }

    /// Computes `self / other`, coefficient by coefficient, from `quotient·other = self`. At a pole and at infinity the
    /// rule computes it, in whose products 0 is a strong zero.
    fn quotient(self, other: Self) -> Self {
        let data = self.data / other.data;
        if other.data.is_zero() || !other.data.is_finite() || !self.data.is_finite() {
            return self.compose_both(other, data, |x, y| {
                let (_, dx, dy) = rules::div(x, y);
                (dx, dy)
            });
        }
        self.each(other, data, |k, quotient| {
            let known = (1..=k).fold(T::zero(), |sum, j| sum + other.coefficient(j).strong_mul(quotient[k - j]));
            (self.coefficient(k) - known) / other.data
        })
    }

    fn remainder(self, other: Self) -> Self {
        let (data, _, d_other) = rules::rem(self.data, other.data);
        self.each(other, data, |k, _| self.coefficient(k) + d_other * other.coefficient(k))
    }

    /// Returns the sine and the cosine.
    pub fn sin_cos(self) -> (Self, Self) {
        let (sin, cos) = self.data.sin_cos();
        let shorter = self.shorter().map_or((self, self), TaylorSeries::sin_cos);
        (self.compose(sin, |_| shorter.1), self.compose(cos, |_| -shorter.0))
    }

    /// Returns the hyperbolic sine and the hyperbolic cosine.
    fn sinh_cosh(self) -> (Self, Self) {
        let shorter = self.shorter().map_or((self, self), TaylorSeries::sinh_cosh);
        (self.compose(self.data.sinh(), |_| shorter.1), self.compose(self.data.cosh(), |_| shorter.0))
    }

    /// Returns `xⁿ`.
    ///
    /// Derivative: `n·xⁿ⁻¹`. It is 0 for `n` = 0.
    pub fn powi(self, n: i32) -> Self {
        self.compose(self.data.powi(n), |x| match n {
            0 => TaylorSeries::constant(T::zero()),
            i32::MIN => x.powf(T::of(n.into()) - T::one()) * T::of(n.into()),
            _ => x.powi(n - 1) * T::of(n.into()),
        })
    }

    /// Returns `xᵖ`.
    ///
    /// Derivative with respect to `x`: `p·xᵖ⁻¹`; with respect to `p`: `ln x·xᵖ`. The derivative with respect to `x` is
    /// 0 where `p` is 0; that with respect to `p` is 0 where `xᵖ` is 0, and at 0⁰.
    pub fn powf(self, p: impl Into<Self>) -> Self {
        let p = p.into();
        let data = self.data.powf(p.data);
        if p.coefficients.is_none() {
            return self.compose(data, |x| p.strong_mul(x.powf(p - T::one())));
        }
        if self.data > T::zero() || (self.coefficients.is_none() && !p.data.is_zero()) {
            return (p * self.ln()).exp().with_data(data);
        }
        self.compose_both(p, data, |x, p| {
            // As in the rule, but each power is computed once: otherwise the number of steps would double with each
            // order.
            let exponent = p - T::one();
            let power = x.powf(exponent);
            let power = if exponent.data.is_zero() { power + exponent.strong_mul(x.ln()) } else { power };
            let dp = if x.data.is_zero() && p.data.is_zero() {
                TaylorSeries::constant(T::zero())
            } else {
                power.product(x, x.data.powf(p.data)).strong_mul(x.ln())
            };
            (p.strong_mul(power), dp)
        })
    }

    /// Returns `self·factor + summand`; the value is rounded once.
    pub fn mul_add(self, factor: impl Into<Self>, summand: impl Into<Self>) -> Self {
        let (factor, summand) = (factor.into(), summand.into());
        (self * factor + summand).with_data(self.data.mul_add(factor.data, summand.data))
    }

    fn with_data(self, data: T) -> Self {
        self.shifted(data)
    }
}

impl_operators! {
    TaylorSeries<'s, T: Scalar>;
    x + y => x.sum(y, x.data + y.data), x.shifted(x.data + y), y.shifted(x + y.data);
    x - y => x.difference(y, x.data - y.data), x.shifted(x.data - y), y.negated(x - y.data);
    x * y => x.product(y, x.data * y.data),
        x.product(TaylorSeries::constant(y), x.data * y), y.product(TaylorSeries::constant(x), x * y.data);
    x / y => x.quotient(y), x.quotient(TaylorSeries::constant(y)), TaylorSeries::constant(x).quotient(y);
    x % y => x.remainder(y), x.remainder(TaylorSeries::constant(y)), TaylorSeries::constant(x).remainder(y);
    -x => x.negated(-x.data);
}
impl_float!(TaylorSeries<'s, T: Scalar>);

/// Defines a function as a method, from a row of the table. `method! { tan(x): … }` expands to
/// `pub fn tan(self) -> Self { self.compose(self.data.tan(), |x| rules::tan(x).1) }`.
///
/// Functions that are each other's derivatives are computed together: by their rules the number of steps would double
/// with each order.
macro_rules! method {
    (sin(x): $($columns:tt)*) => { method! { @ |x| x.sin_cos().0, sin(x): $($columns)* } };
    (cos(x): $($columns:tt)*) => { method! { @ |x| x.sin_cos().1, cos(x): $($columns)* } };
    (sinh(x): $($columns:tt)*) => { method! { @ |x| x.sinh_cosh().0, sinh(x): $($columns)* } };
    (cosh(x): $($columns:tt)*) => { method! { @ |x| x.sinh_cosh().1, cosh(x): $($columns)* } };
    (powf(x, p): $($columns:tt)*) => {}; // written out above
    (atan2(y, x): $($columns:tt)*) => {
        method! {
            @ |y, x| {
                let (data, dy, _) = rules::atan2(y.data, x.data);
                if rules::enlargement(y.data, x.data, dy).is_some() {
                    // The derivatives of atan2 can overflow where those of the quotient do not.
                    let is_steep = y.data.abs() > x.data.abs();
                    return if is_steep { -(x / y).atan() } else { (y / x).atan() }.with_data(data);
                }
                y.compose_both(x, data, |y, x| {
                    let (_, dy, dx) = rules::atan2(y, x);
                    (dy, dx)
                })
            },
            atan2(y, x): $($columns)*
        }
    };
    ($name:ident($x:ident): $($columns:tt)*) => {
        method! { @ |x| x.compose(x.data.$name(), |x| rules::$name(x).1), $name($x): $($columns)* }
    };
    ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {
        method! {
            @ |x, y| x.compose_both(y, x.data.$name(y.data), |x, y| {
                let (_, dx, dy) = rules::$name(x, y);
                (dx, dy)
            }),
            $name($x, $y): $($columns)*
        }
    };
    (@ |$this:ident| $series:expr, $name:ident($x:ident): $($columns:tt)*) => {
        #[doc = rules::columns::documentation!($name($x): $($columns)*)]
        pub fn $name(self) -> Self {
            let $this = self;
            $series
        }
    };
    (@ |$this:ident, $other:ident| $series:expr, $name:ident($x:ident, $y:ident): $($columns:tt)*) => {
        #[doc = rules::columns::documentation!($name($x, $y): $($columns)*)]
        pub fn $name(self, $y: impl Into<Self>) -> Self {
            let ($this, $other) = (self, $y.into());
            $series
        }
    };
}

/// Elementary functions.
impl<T: Scalar> TaylorSeries<'_, T> {
    rules::functions!(Float, method);
    rules::functions!(Scalar, method);
}

impl<T: Scalar> Scalar for TaylorSeries<'_, T> {
    type Storage = Elements<Self>;

    fn of(x: f64) -> Self {
        TaylorSeries::constant(T::of(x))
    }

    fn map<R: UnaryFunction>(self, rule: R) -> Self {
        self.compose(rule.value_and_derivative(self.data).0, |x| rule.value_and_derivative(x).1)
    }

    fn strong_mul(self, factor: Self) -> Self {
        self.product(factor, self.data.strong_mul(factor.data))
    }

    fn is_plain(&self) -> bool {
        false
    }

    fn detached(self) -> Self {
        TaylorSeries::constant(self.data.detached())
    }

    fn vanishes(&self) -> bool {
        self.coefficients.is_none() && self.data.vanishes()
    }

    rules::functions!(Scalar, trait_method);
}

impl<T: Scalar> fmt::Debug for TaylorSeries<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len = self.coefficients.map_or(1, |own| own.len);
        f.debug_list().entries((0..len).map(|k| self.coefficient(k))).finish()
    }
}
