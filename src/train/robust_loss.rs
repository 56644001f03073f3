//! [`RobustLoss`]: losses of residuals on which outliers have less influence.

use crate::error::Error;

/// The loss of a residual in [`LevenbergMarquardt`](crate::LevenbergMarquardt).
///
/// The cost of residuals r is `½·Σ c²·ρ((r/c)²)`, where c is the scale: about the size of a residual that is not an
/// outlier. Far below the scale each loss is that of least squares, `½·r²`. Equations are in terms of `z = (r/c)²`:
///
/// | Loss | ρ(z) | Influence of a large residual |
/// | --- | --- | --- |
/// | `Squared` | z | grows with the residual |
/// | `SoftL1` | 2·(√(1 + z) − 1) | constant |
/// | `Huber` | z up to 1, then 2·√z − 1 | constant |
/// | `Cauchy` | ln(1 + z) | decreases |
/// | `Arctan` | arctan z | decreases |
/// | `Tukey` | (1 − (1 − z)³)/3 up to 1, then 1/3 | none above the scale |
///
/// The first three have one minimum for a linear model. The others can have several: start near the solution, for
/// example at that of `SoftL1`.
///
/// # Examples
/// The mean of values is the least-squares fit of a constant. An outlier moves it, and hardly moves the robust fit:
///
/// ```
/// use backprop::{LevenbergMarquardt, RobustLoss, jacobian};
///
/// let values = [1.0, 1.1, 0.9, 1.0, 50.0];
/// let fit = |loss| {
///     let mut x = [0.0];
///     LevenbergMarquardt::new().loss(loss).minimize(|x| jacobian(|[c]| values.map(|y| c - y).to_vec(), [x[0]]), &mut x)?;
///     Ok::<f64, backprop::Error>(x[0])
/// };
/// assert!((fit(RobustLoss::Squared)? - 10.8).abs() < 1e-9);
/// assert!((fit(RobustLoss::Huber(0.2))? - 1.05).abs() < 1e-9); // 4·(c − 1) = 0.2
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// - The losses are those of [SciPy](https://docs.scipy.org/doc/scipy/reference/generated/scipy.optimize.least_squares.html),
///   and Tukey's biweight
/// - [Triggs et al. 2000](https://doi.org/10.1007/3-540-44480-7_21), section 4.3: residuals and Jacobian are scaled so
///   that JᵀJ contains the curvature of the loss
#[doc(alias("loss", "f_scale", "biweight", "M-estimator"))]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RobustLoss {
    /// The square of the residual: least squares.
    #[default]
    Squared,
    /// The smooth approximation of the absolute value, with its scale.
    SoftL1(f64),
    /// The square up to the scale and the absolute value above it.
    Huber(f64),
    /// The logarithm of 1 plus the square, with its scale.
    Cauchy(f64),
    /// The arc tangent of the square, with its scale.
    Arctan(f64),
    /// Tukey's biweight, which is constant above the scale.
    Tukey(f64),
}

/// The fraction of the first-order curvature ρ′ of a loss that is kept where the curvature is smaller or negative. The
/// scaled residual there is √(1/`CURVATURE`) times too large, which the rounding errors of the step grow with.
const CURVATURE: f64 = 1e-8;

impl RobustLoss {
    /// Returns the scale; 1 for least squares.
    fn scale(self) -> f64 {
        match self {
            RobustLoss::Squared => 1.0,
            RobustLoss::SoftL1(scale)
            | RobustLoss::Huber(scale)
            | RobustLoss::Cauchy(scale)
            | RobustLoss::Arctan(scale)
            | RobustLoss::Tukey(scale) => scale,
        }
    }

    /// Checks that the scale is positive and finite.
    pub(super) fn check(self) -> Result<(), Error> {
        let scale = self.scale();
        if scale > 0.0 && scale.is_finite() {
            return Ok(());
        }
        let error = Error::invalid_argument("scale", "be positive and finite", scale);
        Err(error.with_advice("choose the size of a typical residual"))
    }

    /// Returns `c²·ρ((r/c)²)`, which is r² for least squares.
    pub(super) fn value(self, residual: f64) -> f64 {
        let scale = self.scale();
        let root = residual / scale;
        let z = root * root;
        let rho = match self {
            RobustLoss::Squared => return residual * residual,
            RobustLoss::SoftL1(_) => 2.0 * z / ((1.0 + z).sqrt() + 1.0), // without cancellation for small z
            RobustLoss::Huber(_) if z <= 1.0 => z,
            RobustLoss::Huber(_) => 2.0 * root.abs() - 1.0,
            RobustLoss::Cauchy(_) => z.ln_1p(),
            RobustLoss::Arctan(_) => z.atan(),
            RobustLoss::Tukey(_) if z <= 1.0 => z * (1.0 - z * (1.0 - z / 3.0)), // (1 − (1 − z)³)/3
            RobustLoss::Tukey(_) => 1.0 / 3.0,
        };
        scale * scale * rho
    }

    /// Returns the factors of a residual and of its row of the Jacobian by which JᵀJ has the curvature of the loss,
    /// `ρ′ + 2z·ρ″`, and Jᵀr is its gradient, `Jᵀ(ρ′·r)`.
    pub(super) fn factors(self, residual: f64) -> Factors {
        let z = (residual / self.scale()).powi(2);
        let (rho1, curvature) = match self {
            RobustLoss::Squared => return Factors { residual: 1.0, jacobian: 1.0 },
            RobustLoss::SoftL1(_) => ((1.0 + z).powf(-0.5), (1.0 + z).powf(-1.5)),
            RobustLoss::Huber(_) if z <= 1.0 => (1.0, 1.0),
            RobustLoss::Huber(_) => (z.powf(-0.5), 0.0),
            RobustLoss::Cauchy(_) => ((1.0 + z).recip(), (1.0 - z) / (1.0 + z).powi(2)),
            RobustLoss::Arctan(_) => ((1.0 + z * z).recip(), (1.0 - 3.0 * z * z) / (1.0 + z * z).powi(2)),
            RobustLoss::Tukey(_) if z < 1.0 => ((1.0 - z).powi(2), (1.0 - z) * (1.0 - 5.0 * z)),
            RobustLoss::Tukey(_) => (0.0, 0.0),
        };
        let jacobian = curvature.max(CURVATURE * rho1).sqrt();
        let residual = if jacobian > 0.0 { rho1 / jacobian } else { 0.0 };
        Factors { residual, jacobian }
    }
}

/// The factors of a residual and its derivatives.
pub(super) struct Factors {
    /// The factor of the residual.
    pub(super) residual: f64,
    /// The factor of its row of the Jacobian.
    pub(super) jacobian: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ½·c²·ρ has the derivative ρ′·r, and that has the derivative ρ′ + 2z·ρ″.
    #[test]
    fn factors_equal_differences_of_the_value() {
        let losses = [
            RobustLoss::Squared,
            RobustLoss::SoftL1(0.7),
            RobustLoss::Huber(0.7),
            RobustLoss::Cauchy(0.7),
            RobustLoss::Arctan(0.7),
            RobustLoss::Tukey(0.7),
        ];
        for loss in losses {
            for residual in [-2.0, -0.5, -0.1, 0.0, 1e-3, 0.2, 0.4, 0.69, 0.71, 3.0] {
                let h = 1e-5;
                let (below, above) = (residual - h, residual + h);
                let derivative = (loss.value(above) - loss.value(below)) / (4.0 * h);
                let rho1 = |r: f64| loss.factors(r).residual * loss.factors(r).jacobian;
                assert!((rho1(residual) * residual - derivative).abs() < 1e-9, "{loss:?} {residual}");
                let curvature = (rho1(above) * above - rho1(below) * below) / (2.0 * h);
                let (square, least) = (loss.factors(residual).jacobian.powi(2), CURVATURE * rho1(residual));
                assert!((square - curvature.max(least)).abs() < 1e-8, "{loss:?} {residual}");
            }
        }
    }
}
