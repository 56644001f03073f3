//! [`Transformation`]: a parameter between bounds as a smooth function of a free one.

use crate::error::Error;

/// A parameter x as a function of a free parameter u, which has any value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Transformation {
    /// x = u.
    Identity,
    /// x = lower + eᵘ.
    Above(f64),
    /// x = upper − e⁻ᵘ.
    Below(f64),
    /// x = lower + (upper − lower)·σ(u).
    Between(f64, f64),
}

/// The maximal change of u in one step of a parameter with bounds. With more, one step from a bad start could move the
/// parameter so near to a bound that its derivative vanishes.
const MAX_CHANGE: f64 = 3.0;

impl Transformation {
    /// Returns the transformation for the bounds of the parameter `index`, whose start is `x`.
    pub(super) fn new(index: usize, (lower, upper): (f64, f64), x: f64) -> Result<Transformation, Error> {
        let are_ordered = lower < upper && lower < f64::INFINITY && upper > f64::NEG_INFINITY; // false for NaN
        if !are_ordered {
            let name = format!("bounds[{index}]");
            let error = Error::invalid_argument(name, "have a lower bound below the upper one", Pair(lower, upper));
            return Err(error.with_advice("f64::NEG_INFINITY and f64::INFINITY mean no bound"));
        }
        if x <= lower || x >= upper {
            let requirement = format!("be between its bounds {lower} and {upper}");
            let error = Error::invalid_argument(format!("x[{index}]"), requirement, x);
            return Err(error.with_advice("start between the bounds, not on them, or widen them"));
        }
        Ok(match (lower.is_finite(), upper.is_finite()) {
            (false, false) => Transformation::Identity,
            (true, false) => Transformation::Above(lower),
            (false, true) => Transformation::Below(upper),
            (true, true) => Transformation::Between(lower, upper),
        })
    }

    /// Returns u for an x between the bounds.
    pub(super) fn free(self, x: f64) -> f64 {
        match self {
            Transformation::Identity => x,
            Transformation::Above(lower) => (x - lower).ln(),
            Transformation::Below(upper) => -(upper - x).ln(),
            Transformation::Between(lower, upper) => (x - lower).ln() - (upper - x).ln(),
        }
    }

    /// Returns x.
    pub(super) fn bounded(self, u: f64) -> f64 {
        match self {
            Transformation::Identity => u,
            Transformation::Above(lower) => lower + u.exp(),
            Transformation::Below(upper) => upper - (-u).exp(),
            // From the nearer bound, so that the distance to it has all its digits.
            Transformation::Between(lower, upper) if u < 0.0 => lower + fraction(u) * upper - fraction(u) * lower,
            Transformation::Between(lower, upper) => upper - (fraction(-u) * upper - fraction(-u) * lower),
        }
    }

    /// Returns dx/du.
    pub(super) fn derivative(self, u: f64) -> f64 {
        match self {
            Transformation::Identity => 1.0,
            Transformation::Above(_) => u.exp(),
            Transformation::Below(_) => (-u).exp(),
            Transformation::Between(lower, upper) => {
                let product = fraction(u) * fraction(-u);
                product * upper - product * lower
            }
        }
    }

    /// Returns the change of u in a step, shortened if the parameter has bounds.
    pub(super) fn limited(self, change: f64) -> f64 {
        if self == Transformation::Identity { change } else { change.clamp(-MAX_CHANGE, MAX_CHANGE) }
    }
}

/// Returns σ(u) = 1/(1 + e⁻ᵘ).
fn fraction(u: f64) -> f64 {
    1.0 / (1.0 + (-u).exp())
}

/// Two numbers as text.
struct Pair(f64, f64);

impl std::fmt::Display for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({}, {})", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(f64, f64); 5] = [
        (f64::NEG_INFINITY, f64::INFINITY),
        (0.0, f64::INFINITY),
        (f64::NEG_INFINITY, 5.0),
        (-2.0, 5.0),
        (f64::MIN, f64::MAX),
    ];

    #[test]
    fn transformations_are_inverse_and_differentiable() {
        for bounds in ALL {
            for x in [1e-6, 0.5, 1.0, 4.0, 4.999] {
                let map = Transformation::new(0, bounds, x).unwrap();
                let u = map.free(x);
                if bounds.1 != f64::MAX {
                    assert!((map.bounded(u) - x).abs() < 1e-14, "{map:?} {x}");
                    let difference = (map.bounded(u + 1e-6) - map.bounded(u - 1e-6)) / 2e-6;
                    assert!((map.derivative(u) - difference).abs() < 1e-8, "{map:?} {x}");
                }
                for u in [-1e4, -800.0, -40.0, 40.0, 800.0, 1e4] {
                    let x = map.bounded(u);
                    assert!(x >= bounds.0 && x <= bounds.1 && map.derivative(u) >= 0.0, "{map:?} {u}: {x}");
                }
            }
        }
    }
}
