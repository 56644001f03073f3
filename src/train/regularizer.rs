//! [`Regularizer`]: L1, L2 and clipping of a gradient.

use crate::kernels::sums;
use crate::nn::Module;
use crate::scalar::{Scalar, double};

/// The changes to a gradient before the optimizer uses it: L1 and L2 regularization, then clipping by value, then by
/// norm.
pub(super) struct Regularizer {
    l1: f64,
    l2: f64,
    clip_value: Option<f64>,
    clip_norm: Option<f64>,
    /// For each parameter, true if it is a weight; empty without regularization.
    is_weight: Vec<bool>,
}

impl Regularizer {
    pub(super) fn new<T: Scalar, N: Module<T>>(
        [l1, l2]: [f64; 2],
        clip_value: Option<f64>,
        clip_norm: Option<f64>,
        net: &N,
    ) -> Regularizer {
        let is_regularized = l1 > 0.0 || l2 > 0.0;
        let is_weight =
            if is_regularized { net.is_bias().into_iter().map(|is_bias| !is_bias).collect() } else { Vec::new() };
        Regularizer { l1, l2, clip_value, clip_norm, is_weight }
    }

    /// Changes the gradient of a network.
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
            change(gradient, |derivative| {
                // An infinite derivative stays, so that the optimizer returns an error.
                let is_over = derivative.is_finite() && derivative.abs() > limit;
                if is_over { limit * derivative.signum() } else { derivative }
            });
        }
        if let Some(limit) = self.clip_norm {
            clip_norm(gradient, limit);
        }
    }
}

/// Scales a gradient to the norm `limit` if its norm is greater. The derivatives may be of any size.
fn clip_norm<T: Scalar, N: Module<T>>(gradient: &mut N, limit: f64) {
    let mut largest = 0.0;
    let mut is_finite = true;
    gradient.visit(&mut |derivatives| {
        is_finite &= derivatives.iter().all(|derivative| derivative.is_finite());
        largest = sums::largest(derivatives.iter().map(double)).max(largest);
    });
    if !is_finite {
        return; // the optimizer returns an error with the parameter
    }
    // ‖g‖ = unit·root, which may overflow.
    let (unit, mut squares) = (sums::unit(largest), sums::Summation::default());
    gradient.visit(&mut |derivatives| {
        let derivatives = derivatives.as_slice();
        squares.add(sums::sum_of(derivatives.len(), |index| (double(&derivatives[index]) / unit).powi(2)));
    });
    let root = squares.total().sqrt();
    if root <= limit / unit {
        return;
    }
    let factor = limit / root / unit;
    if factor >= double(&T::min_positive_value()) {
        let factor = T::of(factor);
        return change(gradient, |derivative| derivative * factor);
    }
    let root_of_factor = T::of((limit / root).sqrt() / unit.sqrt());
    change(gradient, |derivative| derivative * root_of_factor * root_of_factor);
}

/// Replaces each derivative by `f` of it.
fn change<T: Scalar, N: Module<T>>(gradient: &mut N, f: impl Fn(T) -> T) {
    gradient.visit_mut(&mut |matrix| matrix.with_slice_mut(|elements| elements.iter_mut().for_each(|x| *x = f(*x))));
}
