//! [`Regularizer`]: L1, L2 and clipping of a gradient.

use crate::kernels::sums;
use crate::nn::Module;
use crate::scalar::{Scalar, double};

/// What is done to a gradient before it is followed.
pub(super) struct Regularizer {
    l1: f64,
    l2: f64,
    clip_value: Option<f64>,
    clip_norm: Option<f64>,
    /// Of each parameter whether it is a weight, if that matters.
    is_weight: Vec<bool>,
}

impl Regularizer {
    pub(super) fn new<T: Scalar, N: Module<T>>(
        [l1, l2]: [f64; 2],
        clip_value: Option<f64>,
        clip_norm: Option<f64>,
        net: &N,
    ) -> Regularizer {
        let is_penalized = l1 > 0.0 || l2 > 0.0;
        let is_weight =
            if is_penalized { net.is_bias().into_iter().map(|is_bias| !is_bias).collect() } else { Vec::new() };
        Regularizer { l1, l2, clip_value, clip_norm, is_weight }
    }

    pub(super) fn apply<T: Scalar, N: Module<T>>(&self, net: &N, gradient: &mut N) {
        if !self.is_weight.is_empty() {
            let ([l1, l2], mut is_weight) = ([self.l1, self.l2].map(T::of), self.is_weight.iter());
            gradient.zip(net, &mut |derivatives, weights| {
                derivatives.with_slice_mut(|derivatives| {
                    for ((derivative, &w), &is_weight) in derivatives.iter_mut().zip(weights).zip(&mut is_weight) {
                        if is_weight {
                            let sign = if w.is_zero() { T::zero() } else { w.signum() };
                            *derivative += l1 * sign + l2 * w;
                        }
                    }
                });
            });
        }
        if let Some(limit) = self.clip_value.map(T::of) {
            change(gradient, |slope| {
                let is_over = slope.is_finite() && slope.abs() > limit; // what is infinite remains an error
                if is_over { limit * slope.signum() } else { slope }
            });
        }
        if let Some(length) = self.clip_norm {
            shorten(gradient, length);
        }
    }
}

/// Shortens a gradient to this length if it is longer, by numbers of any size.
fn shorten<T: Scalar, N: Module<T>>(gradient: &mut N, length: f64) {
    let mut largest = 0.0;
    let mut is_finite = true;
    gradient.visit(&mut |derivatives| {
        is_finite &= derivatives.iter().all(|derivative| derivative.is_finite());
        largest = sums::largest(derivatives.iter().map(double)).max(largest);
    });
    if !is_finite {
        return; // an error, which the optimizer tells with its place
    }
    // ‖g‖ = unit·root, and a length of 1e308 and more is no float.
    let (unit, mut squares) = (sums::unit(largest), sums::Summation::default());
    gradient.visit(&mut |derivatives| {
        let derivatives = derivatives.as_slice();
        squares.add(sums::sum_of(derivatives.len(), |index| (double(&derivatives[index]) / unit).powi(2)));
    });
    let root = squares.total().sqrt();
    if root <= length / unit {
        return;
    }
    let factor = length / root / unit;
    if factor >= double(&T::min_positive_value()) {
        let factor = T::of(factor);
        return change(gradient, |slope| slope * factor);
    }
    let half = T::of((length / root).sqrt() / unit.sqrt()); // the factor's root
    change(gradient, |slope| slope * half * half);
}

/// Replaces each number of a net by `f` of it.
fn change<T: Scalar, N: Module<T>>(net: &mut N, f: impl Fn(T) -> T) {
    net.visit_mut(&mut |matrix| matrix.with_slice_mut(|elements| elements.iter_mut().for_each(|x| *x = f(*x))));
}
