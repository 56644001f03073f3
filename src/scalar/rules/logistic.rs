//! [`Logistic`]: the parts of the sigmoid and of the functions made from it.

use crate::scalar::Scalar;

/// The parts of σ(x) and of the functions made from it, computed with one branch.
#[derive(Clone, Copy)]
pub(crate) struct Logistic<T> {
    /// True if x is at least 0.
    is_positive: bool,
    /// e^(−|x|)
    e: T,
    /// σ(|x|)
    larger: T,
    /// σ(−|x|)
    smaller: T,
}

impl<T: Scalar> Logistic<T> {
    #[inline(always)]
    pub(crate) fn of(x: T) -> Logistic<T> {
        let is_positive = x >= T::zero();
        let e = if is_positive { -x } else { x }.exp();
        let larger = (T::one() + e).recip();
        Logistic { is_positive, e, larger, smaller: e * larger }
    }

    /// Returns σ(x).
    #[inline(always)]
    pub(crate) fn here(self) -> T {
        if self.is_positive { self.larger } else { self.smaller }
    }

    /// Returns σ(−x), which is 1 − σ(x) without cancellation.
    #[inline(always)]
    pub(crate) fn mirrored(self) -> T {
        if self.is_positive { self.smaller } else { self.larger }
    }

    /// Returns ln(1 + eˣ) for the same x.
    #[inline(always)]
    pub(crate) fn softplus(self, x: T) -> T {
        let rest = self.e.ln_1p();
        if self.is_positive { x + rest } else { rest }
    }
}
