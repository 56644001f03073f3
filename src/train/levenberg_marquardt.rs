//! [`LevenbergMarquardt`]: fits the parameters of nonlinear models by least squares.

use super::bounds::Transformation;
use super::qr::{dot, inverse_of_square, solve_upper, triangularize};
use super::robust_loss::RobustLoss;
use crate::error::Error;
use crate::kernels::sums;
use crate::matrix::AsMatrix;
use crate::program::{LaneFloat, Program};
use crate::scalar::{Scalar, double};
use ndarray::Array2;

/// The Levenberg–Marquardt method for nonlinear least squares.
///
/// It moves the parameters x to a minimum of the cost, half the sum of squared residuals r:
///
/// `cost = ½·Σ rᵢ(x)²`
///
/// A residual is usually the difference between a prediction of the model and a measurement, divided by the standard
/// deviation of the measurement if that is known. The function to be minimized returns the residuals and their
/// Jacobian, `J[i][j] = ∂rᵢ/∂xⱼ`. [`jacobian`](crate::jacobian()) and
/// [`reverse::jacobian`](crate::reverse::jacobian()) compute both.
///
/// The result has the covariance and the standard errors of the parameters. [`loss`](Self::loss) makes outliers less
/// important, [`bounds`](Self::bounds) restricts the parameters.
///
/// Use it for up to some hundred parameters. [`Lbfgs`](crate::Lbfgs) needs no Jacobian and is faster for more.
///
/// # Details
/// A step p solves `(JᵀJ + λ·D²)·p = −Jᵀr` by a QR factorization of J, without the loss of digits of JᵀJ. D has the
/// largest norms so far of the columns of J, so the steps do not depend on the units of the parameters. λ grows until
/// the step decreases the cost, and decreases with the agreement between the decrease and its prediction. The sums are
/// in double precision for all float types.
///
/// # Examples
/// An exponential decay through five measurements, `y = a·exp(−b·t)`:
///
/// ```
/// use backprop::{LevenbergMarquardt, jacobian};
///
/// let t = [0.0, 1.0, 2.0, 3.0, 4.0];
/// let y = [2.01, 1.20, 0.75, 0.44, 0.28];
/// let mut x = [1.0_f64, 1.0]; // a and b at the start
/// let fit = LevenbergMarquardt::new().minimize(
///     |x| jacobian(|[a, b]| t.iter().zip(&y).map(|(&t, &y)| a * (-b * t).exp() - y).collect::<Vec<_>>(), [x[0], x[1]]),
///     &mut x,
/// )?;
/// assert!(fit.converged);
/// assert!((x[0] - 2.005).abs() < 1e-3 && (x[1] - 0.500).abs() < 1e-3);
/// let errors = fit.standard_errors();
/// assert!((errors[0] - 0.013).abs() < 1e-3 && (errors[1] - 0.006).abs() < 1e-3); // a = 2.005 ± 0.013, b = 0.500 ± 0.006
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// - [Marquardt 1963](https://doi.org/10.1137/0111030)
/// - [Moré 1978](https://doi.org/10.1007/BFb0067700): the scaling D and the QR factorization
/// - [Madsen, Nielsen and Tingleff 2004](https://orbit.dtu.dk/en/publications/methods-for-non-linear-least-squares-problems-2nd-ed),
///   section 3.2: the changes of λ
#[doc(alias("least_squares", "curve_fit", "nls", "leastsq", "lmder", "nonlinear regression"))]
#[derive(Clone, Debug, PartialEq)]
pub struct LevenbergMarquardt {
    steps: usize,
    tolerance: Option<f64>,
    loss: RobustLoss,
    bounds: Option<Vec<(f64, f64)>>,
}

/// The reason why a minimization by [`LevenbergMarquardt`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Termination {
    /// The derivatives of the cost are within the tolerance.
    Gradient,
    /// The parameters are at a minimum as far as the precision of the residuals shows: the change of the cost in a step
    /// is below its rounding error.
    Rounding,
    /// The maximal number of steps was reached.
    StepLimit,
    /// No step in a direction of decrease decreased the cost. Usually the Jacobian is wrong, or the residuals next to
    /// the last point are not finite.
    NoDecrease,
}

/// The end of a least-squares minimization.
///
/// # Examples
/// The fit of a line, `y = a + b·x`, has a closed form:
///
/// ```
/// use backprop::LevenbergMarquardt;
///
/// let data = [(0.0, 1.0), (1.0, 3.0), (2.0, 4.0)];
/// let mut x = [0.0, 0.0];
/// let line = |x: &[f64]| (data.map(|(t, y)| x[0] + x[1] * t - y).to_vec(), data.map(|(t, _)| [1.0, t]).to_vec());
/// let fit = LevenbergMarquardt::new().minimize(line, &mut x)?;
/// assert!((x[0] - 7.0 / 6.0).abs() < 1e-12 && (x[1] - 1.5).abs() < 1e-12);
/// assert!((fit.cost - 1.0 / 12.0).abs() < 1e-12); // residuals 1/6, −1/3, 1/6
/// assert_eq!(fit.degrees_of_freedom, 1);
/// assert!((fit.residual_variance() - 1.0 / 6.0).abs() < 1e-12);
/// assert!((fit.standard_errors()[1] - (1.0_f64 / 12.0).sqrt()).abs() < 1e-12); // √(s²/Σ(x − 1)²)
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias("pcov", "OptimizeResult"))]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LeastSquaresResult {
    /// The cost at the end, `½·Σr²`; with a robust loss, `½·Σc²·ρ((r/c)²)`.
    pub cost: f64,
    /// The number of steps.
    pub steps: usize,
    /// The number of evaluations of the residuals and their Jacobian.
    pub evaluations: usize,
    /// True if the parameters are at a minimum, for one of the first two reasons of [`Termination`].
    pub converged: bool,
    /// The reason why the minimization ended.
    pub reason: Termination,
    /// The number of residuals minus the number of parameters that they determine (the rank of the Jacobian).
    pub degrees_of_freedom: usize,
    /// The indices of the parameters that the residuals do not determine: a change of this parameter, and of others in
    /// this list if there are, changes no residual to first order. Examples are a parameter without influence, and the
    /// factors of a product a·b.
    pub undetermined: Vec<usize>,
    /// `(JᵀJ)⁻¹`, NaN for undetermined parameters.
    inverse: Array2<f64>,
}

impl LeastSquaresResult {
    /// Returns the variance of the residuals, `s² = 2·cost/degrees_of_freedom`; NaN without degrees of freedom.
    #[doc(alias("reduced chi-square", "sigma"))]
    pub fn residual_variance(&self) -> f64 {
        if self.degrees_of_freedom == 0 { f64::NAN } else { 2.0 * self.cost / self.degrees_of_freedom as f64 }
    }

    /// Returns the covariance of the parameters, `s²·(JᵀJ)⁻¹`, where `s²` is the
    /// [`residual_variance`](Self::residual_variance).
    ///
    /// It is that of SciPy's `curve_fit`, to first order in the residuals. It is in terms of the parameters themselves,
    /// without regard to bounds: at a bound it does not apply. With a robust loss, J and s² are those of the scaled
    /// problem, as in SciPy.
    ///
    /// The rows and columns of [`undetermined`](Self::undetermined) parameters are NaN. Without degrees of freedom, all
    /// elements are NaN.
    ///
    /// # Examples
    /// ```
    /// use backprop::LevenbergMarquardt;
    ///
    /// // The mean of three values; its variance is s²/3. The second parameter has no influence.
    /// let mut x = [0.0, 5.0];
    /// let mean = |x: &[f64]| ([1.0, 2.0, 3.0].map(|y| x[0] - y).to_vec(), vec![[1.0, 0.0]; 3]);
    /// let fit = LevenbergMarquardt::new().minimize(mean, &mut x)?;
    /// assert!((x[0] - 2.0_f64).abs() < 1e-9 && x[1] == 5.0);
    /// assert_eq!(fit.undetermined, [1]);
    /// let covariance = fit.covariance();
    /// assert!((covariance[(0, 0)] - 1.0 / 3.0).abs() < 1e-12);
    /// assert!(covariance[(0, 1)].is_nan() && covariance[(1, 1)].is_nan());
    /// # Ok::<(), backprop::Error>(())
    /// ```
    #[doc(alias("pcov", "vcov", "cov"))]
    pub fn covariance(&self) -> Array2<f64> {
        &self.inverse * self.residual_variance()
    }

    /// Returns `(JᵀJ)⁻¹`, the covariance of the parameters if the variance of each residual is 1.
    ///
    /// Use it if each residual was divided by its known standard deviation (`absolute_sigma` of SciPy's `curve_fit`).
    /// The rows and columns of [`undetermined`](Self::undetermined) parameters are NaN.
    ///
    /// # Examples
    /// ```
    /// use backprop::LevenbergMarquardt;
    ///
    /// // The mean of two measurements with the standard deviations 0.1 and 0.2: the weights are 1/σ².
    /// let (values, deviations) = ([1.0, 2.0], [0.1, 0.2]);
    /// let mut x = [0.0];
    /// let fit = LevenbergMarquardt::new().minimize(
    ///     |x| ((0..2).map(|i| (x[0] - values[i]) / deviations[i]).collect(), deviations.map(|d| [1.0 / d]).to_vec()),
    ///     &mut x,
    /// )?;
    /// assert!((x[0] - 1.2_f64).abs() < 1e-12); // (100·1 + 25·2)/125
    /// assert!((fit.unscaled_covariance()[(0, 0)] - 1.0 / 125.0).abs() < 1e-12);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    #[doc(alias("absolute_sigma", "cov.unscaled"))]
    pub fn unscaled_covariance(&self) -> &Array2<f64> {
        &self.inverse
    }

    /// Returns the standard errors of the parameters, the square roots of the diagonal of the
    /// [`covariance`](Self::covariance); NaN where that is NaN.
    #[doc(alias("perr", "stderr"))]
    pub fn standard_errors(&self) -> Vec<f64> {
        self.covariance().diag().iter().map(|variance| variance.sqrt()).collect()
    }

    /// Returns the correlations of the parameters, `covᵢⱼ/√(covᵢᵢ·covⱼⱼ)`. They exist without degrees of freedom too,
    /// and are NaN for [`undetermined`](Self::undetermined) parameters.
    ///
    /// A value near 1 or −1 says that the data hardly distinguish two parameters.
    #[doc(alias = "corrcoef")]
    pub fn correlation(&self) -> Array2<f64> {
        let deviations: Vec<f64> = self.inverse.diag().iter().map(|variance| variance.sqrt()).collect();
        Array2::from_shape_fn(self.inverse.raw_dim(), |(i, j)| {
            let (first, second) = (i.min(j), i.max(j)); // since the rounding depends on the order
            let value = self.inverse[(i, j)] / deviations[first] / deviations[second];
            if i == j && !value.is_nan() { 1.0 } else { value }
        })
    }
}

impl Default for LevenbergMarquardt {
    fn default() -> LevenbergMarquardt {
        LevenbergMarquardt::new()
    }
}

/// The function in errors.
const OPERATION: &str = "LevenbergMarquardt::minimize";
/// The place of values at the start in errors.
const PLACE: &str = "the start of Levenberg–Marquardt";

impl LevenbergMarquardt {
    /// Creates the method with at most 1,000 steps, a tolerance of 1e-10, the squared loss, and no bounds.
    ///
    /// The default tolerance is ten times the machine epsilon in float types where that is larger: 1.2e-6 in single
    /// precision.
    pub fn new() -> LevenbergMarquardt {
        LevenbergMarquardt { steps: 1000, tolerance: None, loss: RobustLoss::Squared, bounds: None }
    }

    /// Sets the maximal number of steps.
    #[doc(alias("max_iter", "max_nfev", "maxfev"))]
    pub fn steps(self, steps: usize) -> LevenbergMarquardt {
        LevenbergMarquardt { steps, ..self }
    }

    /// Sets the tolerance: the minimization ends when the cosines of the angles between the residuals and the columns
    /// of the Jacobian are not larger in absolute value.
    ///
    /// The cosine `(Jᵀr)ⱼ/(‖Jⱼ‖·‖r‖)` is 0 at a minimum. It does not depend on the units of the residuals and of the
    /// parameters. The minimization also ends when the change of the cost in a step is below its rounding error, as it
    /// is at a minimum whose residuals are all 0.
    #[doc(alias = "gtol")]
    pub fn tolerance(self, tolerance: f64) -> LevenbergMarquardt {
        LevenbergMarquardt { tolerance: Some(tolerance), ..self }
    }

    /// Sets the loss of a residual.
    ///
    /// # Errors
    /// `minimize` returns [`Error::InvalidArgument`] unless its scale is positive and finite.
    pub fn loss(self, loss: RobustLoss) -> LevenbergMarquardt {
        LevenbergMarquardt { loss, ..self }
    }

    /// Sets a lower and an upper bound for each parameter. Infinities mean no bound.
    ///
    /// The method moves free parameters u, of which the parameters x are smooth functions:
    ///
    /// | Bounds | x | dx/du |
    /// | --- | --- | --- |
    /// | none | u | 1 |
    /// | lower | lower + eᵘ | x − lower |
    /// | upper | upper − e⁻ᵘ | upper − x |
    /// | both | lower + (upper − lower)·σ(u) | (x − lower)·(upper − x)/(upper − lower) |
    ///
    /// A parameter can approach a bound up to rounding. It must start between its bounds; from a start very near to a
    /// bound it moves slowly.
    ///
    /// # Examples
    /// ```
    /// use backprop::LevenbergMarquardt;
    ///
    /// // The least value of (x − 3)² + (y + 1)², where y is not negative
    /// let mut x = [1.0, 1.0];
    /// let fit = LevenbergMarquardt::new()
    ///     .bounds([(f64::NEG_INFINITY, f64::INFINITY), (0.0, f64::INFINITY)])
    ///     .minimize(|x| (vec![x[0] - 3.0, x[1] + 1.0], vec![[1.0, 0.0], [0.0, 1.0]]), &mut x)?;
    /// assert!((x[0] - 3.0_f64).abs() < 1e-9 && x[1] >= 0.0 && x[1] < 1e-12);
    /// assert!((fit.cost - 0.5).abs() < 1e-12);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// `minimize` returns [`Error::Shape`] unless there are bounds for each parameter, and [`Error::InvalidArgument`]
    /// if a lower bound is not below the upper one, or a parameter does not start between its bounds.
    #[doc(alias("constraints", "limits"))]
    pub fn bounds(self, bounds: impl Into<Vec<(f64, f64)>>) -> LevenbergMarquardt {
        LevenbergMarquardt { bounds: Some(bounds.into()), ..self }
    }

    /// Moves `x` to a minimum of the cost of the residuals that `f` returns, together with the rows of their Jacobian.
    ///
    /// # Examples
    /// The number of parameters is only known when the program runs, so the derivatives are those of
    /// [`reverse`](crate::reverse):
    ///
    /// ```
    /// use backprop::{LevenbergMarquardt, reverse};
    ///
    /// // Σ xₖ·kᵗ = yₜ for t = 0, 1, 2, 3
    /// let y = [6.0, 14.0, 36.0, 98.0];
    /// let mut x = vec![0.0; 3];
    /// let fit = LevenbergMarquardt::new().minimize(
    ///     |x| {
    ///         reverse::jacobian(
    ///             |x| {
    ///                 let sum = |t| x.iter().zip(1..).map(|(&x, k)| x * f64::from(k).powi(t)).sum::<backprop::Value<f64>>();
    ///                 (0..).zip(y).map(|(t, y)| sum(t) - y).collect()
    ///             },
    ///             x,
    ///         )
    ///     },
    ///     &mut x,
    /// )?;
    /// assert!(fit.converged && fit.cost < 1e-20);
    /// assert!(x.iter().zip([1.0, 2.0, 3.0]).all(|(x, expected)| (x - expected).abs() < 1e-9));
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`minimize_into`](Self::minimize_into), except those of `f`.
    pub fn minimize<T: Scalar, R: AsRef<[T]>>(
        &self,
        mut f: impl FnMut(&[T]) -> (Vec<T>, Vec<R>),
        x: &mut [T],
    ) -> Result<LeastSquaresResult, Error> {
        self.minimize_into(
            |x, residuals, jacobian| {
                let (values, rows) = f(x);
                Error::check_count_in(OPERATION, "rows of the Jacobian", values.len(), rows.len())?;
                residuals.extend(values);
                for (index, row) in rows.iter().enumerate() {
                    let place = || format!("row {} of the Jacobian", index + 1);
                    Error::check_count("derivatives", x.len(), row.as_ref().len(), place)?;
                    jacobian.extend_from_slice(row.as_ref());
                }
                Ok(())
            },
            x,
        )
    }

    /// Fits the parameters of a program: minimizes ½Σr² over the outputs r of all points, which are the residuals.
    ///
    /// # Examples
    /// A line through three points:
    /// ```
    /// use backprop::{LevenbergMarquardt, Program, Scalar};
    ///
    /// fn residual<S: Scalar>(p: &[S], row: &[S]) -> S {
    ///     p[0] * row[0] + p[1] - row[1]
    /// }
    ///
    /// let program = Program::record(2, 2, |p, row| residual(p, row))?;
    /// let rows = [[0.0, 1.0], [1.0, 3.0], [2.0, 5.0]];
    /// let mut parameters = [1.0_f64, 0.0];
    /// let fit = LevenbergMarquardt::new().fit(&program, &mut parameters, &rows)?;
    /// assert!(fit.converged);
    /// assert!((parameters[0] - 2.0).abs() < 1e-9 && (parameters[1] - 1.0).abs() < 1e-9);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Program::values_and_jacobian`] and of [`minimize_into`](Self::minimize_into). After an error
    /// `parameters` are unchanged.
    #[doc(alias("curve_fit", "least_squares", "nls"))]
    pub fn fit<T: LaneFloat>(
        &self,
        program: &Program<T>,
        parameters: &mut [T],
        rows: impl AsMatrix<T>,
    ) -> Result<LeastSquaresResult, Error> {
        let count = rows.as_view().nrows() * program.output_count();
        self.minimize_into(
            |x, residuals, jacobian| {
                residuals.resize(count, T::zero());
                jacobian.resize(count * x.len(), T::zero());
                program.values_and_jacobian_into(x, &rows, residuals, jacobian)
            },
            parameters,
        )
    }

    /// Moves `x` to a minimum of the cost of the residuals that `f` writes into the memory of its arguments.
    ///
    /// `f(x, residuals, jacobian)` appends the residuals and their derivatives, the latter residual by residual (the
    /// Jacobian in row-major order). Both vectors are empty at each call and keep their capacity, so no step allocates
    /// memory. A function that fills slices first calls `resize` on them.
    ///
    /// # Examples
    /// [`gradient`](crate::gradient()) computes a residual and its derivatives without allocating memory:
    ///
    /// ```
    /// use backprop::{LevenbergMarquardt, gradient};
    ///
    /// let data = [(0.0, 2.01), (1.0, 1.20), (2.0, 0.75), (3.0, 0.44), (4.0, 0.28)];
    /// let mut x = [1.0_f64, 1.0];
    /// let fit = LevenbergMarquardt::new().minimize_into(
    ///     |x, residuals, jacobian| {
    ///         for (t, y) in data {
    ///             let (residual, derivatives) = gradient(|[a, b]| a * (-b * t).exp() - y, [x[0], x[1]]);
    ///             residuals.push(residual);
    ///             jacobian.extend(derivatives);
    ///         }
    ///         Ok(())
    ///     },
    ///     &mut x,
    /// )?;
    /// assert!(fit.converged && (x[1] - 0.500).abs() < 1e-3);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// After an error `x` is unchanged.
    /// - [`Error::Empty`] without parameters or residuals
    /// - [`Error::Shape`] if the Jacobian does not have a derivative for each residual and parameter, or the number of
    ///   residuals changes
    /// - [`Error::NonFinite`] if a parameter, a residual or a derivative is infinite or NaN at the start, or if the cost
    ///   overflows there. Later steps to such points are shortened.
    /// - [`Error::InvalidArgument`] for a tolerance, a loss or bounds that are not valid; see [`loss`](Self::loss) and
    ///   [`bounds`](Self::bounds)
    /// - the errors of `f`
    pub fn minimize_into<T: Scalar>(
        &self,
        f: impl FnMut(&[T], &mut Vec<T>, &mut Vec<T>) -> Result<(), Error>,
        x: &mut [T],
    ) -> Result<LeastSquaresResult, Error> {
        if let Some(tolerance) = self.tolerance.filter(|tolerance| !(0.0..=1.0).contains(tolerance)) {
            return Err(Error::invalid_argument("tolerance", "be between 0 and 1", tolerance));
        }
        let map = self.transformations(x)?;
        let mut f = Residuals::new(f, self.loss);
        let cost = f.cost_at_start(x)?;
        let precision = double(&T::epsilon()).max(f64::EPSILON);
        let mut search = Search {
            x: x.to_vec(),
            u: map.iter().zip(&*x).map(|(map, x)| map.free(double(x))).collect(),
            derivatives: vec![0.0; x.len()],
            scales: vec![0.0; x.len()],
            cost,
            model: LinearModel::new(f.residuals.len(), x.len(), precision),
            step: Step::new(x.len()),
            damping: FIRST_DAMPING,
            precision,
            map,
        };
        search.linearize(&f);
        let tolerance = self.tolerance.unwrap_or(1e-10_f64.max(10.0 * precision));
        let mut steps = 0;
        let reason = loop {
            let cosine = search.largest_cosine();
            if cosine <= tolerance {
                break Termination::Gradient;
            }
            if steps == self.steps {
                break Termination::StepLimit;
            }
            let outcome = search.advance(&mut f, cosine)?;
            steps += usize::from(matches!(outcome, Outcome::Decreased | Outcome::WithinRounding));
            match outcome {
                Outcome::Decreased => {}
                // Below the precision of the cost, the derivatives show whether a step comes nearer to the minimum.
                Outcome::WithinRounding if search.largest_cosine() <= 0.9 * cosine => {}
                Outcome::WithinRounding | Outcome::Minimal => break Termination::Rounding,
                Outcome::Failed => break Termination::NoDecrease,
            }
        };
        x.copy_from_slice(&search.x);
        Ok(search.result(steps, f.evaluations, reason))
    }

    /// Checks the arguments and returns the transformations of the parameters.
    fn transformations<T: Scalar>(&self, x: &[T]) -> Result<Vec<Transformation>, Error> {
        self.loss.check()?;
        if x.is_empty() {
            return Err(Error::Empty { what: "parameter", place: PLACE });
        }
        for (index, x) in x.iter().enumerate() {
            Error::check_finite("value", double(x), || format!("coordinate {} at {PLACE}", index + 1))?;
        }
        let Some(bounds) = &self.bounds else { return Ok(vec![Transformation::Identity; x.len()]) };
        Error::check_count_in("LevenbergMarquardt::bounds", "pairs of bounds", x.len(), bounds.len())?;
        bounds.iter().zip(x).enumerate().map(|(i, (&bounds, x))| Transformation::new(i, bounds, double(x))).collect()
    }
}

/// The residuals and their Jacobian at the point of the last evaluation.
struct Residuals<F, T> {
    f: F,
    loss: RobustLoss,
    residuals: Vec<T>,
    jacobian: Vec<T>,
    evaluations: usize,
}

impl<T: Scalar, F: FnMut(&[T], &mut Vec<T>, &mut Vec<T>) -> Result<(), Error>> Residuals<F, T> {
    fn new(f: F, loss: RobustLoss) -> Residuals<F, T> {
        Residuals { f, loss, residuals: Vec::new(), jacobian: Vec::new(), evaluations: 0 }
    }

    /// Evaluates residuals and Jacobian at `x`.
    fn evaluate(&mut self, x: &[T]) -> Result<(), Error> {
        let expected = self.residuals.len();
        self.residuals.clear();
        self.jacobian.clear();
        self.evaluations += 1;
        (self.f)(x, &mut self.residuals, &mut self.jacobian)?;
        let got = self.residuals.len();
        if self.evaluations > 1 {
            Error::check_count_in(OPERATION, "residuals, as in the first evaluation", expected, got)?;
        }
        Error::check_count_in(OPERATION, "derivatives of residuals", got * x.len(), self.jacobian.len())
    }

    /// Returns the cost at the start.
    fn cost_at_start(&mut self, x: &[T]) -> Result<f64, Error> {
        self.evaluate(x)?;
        if self.residuals.is_empty() {
            return Err(Error::Empty { what: "residual", place: PLACE });
        }
        if let Some(i) = self.residuals.iter().position(|residual| !residual.is_finite()) {
            let place = || format!("residual {} at {PLACE}", i + 1);
            Error::check_finite("value", double(&self.residuals[i]), place)?;
        }
        if let Some(i) = self.jacobian.iter().position(|derivative| !derivative.is_finite()) {
            let (row, column) = (i / x.len() + 1, i % x.len() + 1);
            let place = || format!("residual {row} with respect to coordinate {column} at {PLACE}");
            Error::check_finite("derivative", double(&self.jacobian[i]), place)?;
        }
        let cost = self.cost();
        Error::check_finite("cost", cost, || PLACE.into())?;
        Ok(cost)
    }

    /// Returns the cost.
    fn cost(&self) -> f64 {
        0.5 * sums::sum_of(self.residuals.len(), |i| self.loss.value(double(&self.residuals[i])))
    }

    /// Returns the cost at `x`; infinity if it, a residual or a derivative is not finite.
    fn cost_at(&mut self, x: &[T]) -> Result<f64, Error> {
        self.evaluate(x)?;
        let cost = self.cost();
        // The cost may be finite where a residual is not: that of Tukey's biweight is bounded.
        let are_finite = self.residuals.iter().chain(&self.jacobian).all(|x| x.is_finite());
        Ok(if are_finite && cost.is_finite() { cost } else { f64::INFINITY })
    }
}

/// The first λ, relative to the squared norms of the columns of the Jacobian. It becomes larger if the first step would
/// change the predictions by more than their size: from a bad start, the step can lead to a flat region otherwise.
const FIRST_DAMPING: f64 = 1e-3;
/// The limit of the first λ, for a start near 0.
const LARGEST_FIRST_DAMPING: f64 = 1e3;
/// The least λ. A smaller one would follow rounding errors in directions that hardly change a residual.
const LEAST_DAMPING: f64 = 1e-16;
/// The largest λ, whose steps are too short for any precision.
const LARGEST_DAMPING: f64 = 1e100;

/// The result of the search for a step from a point.
#[derive(Clone, Copy)]
enum Outcome {
    /// The step decreased the cost.
    Decreased,
    /// The step was made, and changes the cost by less than its rounding error.
    WithinRounding,
    /// No step was made: at a minimum, rounding errors are larger than any decrease.
    Minimal,
    /// No step was made: no step decreases the cost.
    Failed,
}

/// A point, the linear model of the residuals there, and the state of the damping.
struct Search<T> {
    x: Vec<T>,
    map: Vec<Transformation>,
    /// The free parameters.
    u: Vec<f64>,
    /// The derivatives dx/du.
    derivatives: Vec<f64>,
    /// The diagonal of D: the largest norms of the columns of the Jacobian with respect to u so far.
    scales: Vec<f64>,
    cost: f64,
    model: LinearModel,
    step: Step<T>,
    damping: f64,
    /// The relative rounding error of residuals.
    precision: f64,
}

impl<T: Scalar> Search<T> {
    /// Computes the linear model at the point of the last evaluation.
    fn linearize<F>(&mut self, f: &Residuals<F, T>) {
        self.model.update(&f.residuals, &f.jacobian, f.loss);
        for (j, map) in self.map.iter().enumerate() {
            self.derivatives[j] = map.derivative(self.u[j]);
            let norm = self.model.norms[j] * self.model.units[j] * self.derivatives[j];
            self.scales[j] = self.scales[j].max(norm);
        }
    }

    /// Returns the largest cosine of the angle between the residuals and a column of the Jacobian; 0 for columns of 0.
    fn largest_cosine(&self) -> f64 {
        let norm = (2.0 * self.cost).sqrt();
        let cosine = |j: usize| {
            let column = self.model.norms[j];
            if column * self.derivatives[j] == 0.0 || norm == 0.0 {
                return 0.0;
            }
            (self.model.gradient[j] / column / norm).abs()
        };
        (0..self.u.len()).map(cosine).fold(0.0, f64::max)
    }

    /// Returns about the rounding error of the cost: that of residuals which are differences of numbers of the size of
    /// J·x.
    fn noise(&self) -> f64 {
        let norm = (2.0 * self.cost).sqrt();
        4.0 * self.precision * norm * (norm + self.model.magnitude(&self.x))
    }

    /// Moves to a point of lower cost, if there is one.
    fn advance<F>(&mut self, f: &mut Residuals<F, T>, cosine: f64) -> Result<Outcome, Error>
    where
        F: FnMut(&[T], &mut Vec<T>, &mut Vec<T>) -> Result<(), Error>,
    {
        let noise = self.noise();
        let (mut growth, mut first_change, mut is_rejected, mut is_finite) = (2.0, None, false, true);
        while self.damping < LARGEST_DAMPING {
            let predicted = self.step.solve(&self.model, &self.derivatives, &self.scales, self.damping, &self.map);
            let change = self.model.length(&self.step.scaled);
            let magnitude = self.model.magnitude(&self.x);
            if f.evaluations == 1 && magnitude > 0.0 && change > magnitude && self.damping < LARGEST_FIRST_DAMPING {
                self.damping *= 4.0;
                continue;
            }
            let first = *first_change.get_or_insert(change);
            let is_within_rounding = predicted <= noise;
            if is_within_rounding && self.step.is_limited {
                self.damping *= growth; // the other parameters count on the whole step
                growth *= 2.0;
                continue;
            }
            if is_within_rounding && is_rejected {
                // All steps were rejected. Near a minimum this is because of rounding.
                let is_near = first <= self.precision.sqrt() * magnitude || cosine <= self.precision.cbrt();
                return Ok(if is_near && is_finite { Outcome::Minimal } else { Outcome::Failed });
            }
            self.step.go(&self.u, &self.map);
            let cost = f.cost_at(&self.step.x)?;
            is_finite &= cost.is_finite();
            let gain = (self.cost - cost) / predicted;
            let is_accepted = if is_within_rounding { cost <= self.cost + noise } else { gain > 0.0 };
            if is_accepted {
                let gain = if is_within_rounding { 1.0 } else { gain };
                let factor = (1.0 - (2.0 * gain - 1.0).powi(3)).max(1.0 / 3.0); // equation 2.21 of Madsen et al.
                self.damping = (self.damping * factor).max(LEAST_DAMPING);
                self.cost = cost;
                self.x.copy_from_slice(&self.step.x);
                self.u.copy_from_slice(&self.step.u);
                self.linearize(f);
                return Ok(if is_within_rounding { Outcome::WithinRounding } else { Outcome::Decreased });
            }
            if is_within_rounding {
                return Ok(Outcome::Minimal);
            }
            is_rejected = true;
            self.damping *= growth;
            growth *= 2.0;
        }
        Ok(Outcome::Failed)
    }

    /// Returns the result at this point.
    fn result(&self, steps: usize, evaluations: usize, reason: Termination) -> LeastSquaresResult {
        let n = self.u.len();
        let inverse = inverse_of_square(&self.model.triangle(), n, self.model.tolerance);
        let units = &self.model.units;
        LeastSquaresResult {
            cost: self.cost,
            steps,
            evaluations,
            converged: matches!(reason, Termination::Gradient | Termination::Rounding),
            reason,
            degrees_of_freedom: self.model.len - inverse.rank,
            undetermined: inverse.undetermined,
            inverse: Array2::from_shape_fn((n, n), |(i, j)| inverse.elements[i * n + j] / units[i] / units[j]),
        }
    }
}

/// The linear model of the residuals at a point, `r + J·Δx`, by the QR factorization of J.
///
/// The columns of J are divided by powers of two, the `units`, so that their elements are near 1. J and r are scaled for
/// the loss.
struct LinearModel {
    /// The number of residuals.
    len: usize,
    /// The number of rows of `matrix`: `len`, or the number of parameters if there are fewer residuals.
    rows: usize,
    /// R, above and on the diagonal, in column-major order.
    matrix: Vec<f64>,
    /// Qᵀr.
    rhs: Vec<f64>,
    units: Vec<f64>,
    /// The norms of the columns.
    norms: Vec<f64>,
    /// The gradient Jᵀr.
    gradient: Vec<f64>,
    /// The relative rounding error of a column. A column that differs less from a combination of others depends on them.
    tolerance: f64,
}

impl LinearModel {
    fn new(len: usize, parameters: usize, precision: f64) -> LinearModel {
        let rows = len.max(parameters);
        let columns = || vec![0.0; parameters];
        LinearModel {
            len,
            rows,
            matrix: vec![0.0; rows * parameters],
            rhs: vec![0.0; rows],
            units: columns(),
            norms: columns(),
            gradient: columns(),
            tolerance: 10.0 * (precision + f64::EPSILON * (rows as f64).sqrt()),
        }
    }

    /// Computes the model from the residuals and their Jacobian.
    fn update<T: Scalar>(&mut self, residuals: &[T], jacobian: &[T], loss: RobustLoss) {
        self.matrix.fill(0.0);
        self.rhs.fill(0.0);
        for (i, (residual, row)) in residuals.iter().zip(jacobian.chunks_exact(self.units.len())).enumerate() {
            let residual = double(residual);
            let factors = loss.factors(residual);
            self.rhs[i] = factors.residual * residual;
            for (j, derivative) in row.iter().enumerate() {
                self.matrix[j * self.rows + i] = factors.jacobian * double(derivative);
            }
        }
        for (j, column) in self.matrix.chunks_exact_mut(self.rows).enumerate() {
            let unit = sums::unit(sums::largest(column.iter().copied()));
            column.iter_mut().for_each(|derivative| *derivative /= unit);
            self.units[j] = unit;
            self.norms[j] = dot(column, column).sqrt();
            self.gradient[j] = dot(column, &self.rhs);
        }
        triangularize(&mut self.matrix, &mut self.rhs);
        for (j, norm) in self.norms.iter().enumerate() {
            // The residuals do not determine the parameter apart from those before it: a step must not follow rounding.
            let diagonal = &mut self.matrix[j * self.rows + j];
            if diagonal.abs() <= self.tolerance * norm {
                *diagonal = 0.0;
            }
        }
    }

    /// Returns the norm of the changes of the residuals by each parameter alone, for changes that are multiplied by the
    /// units.
    fn length(&self, scaled: &[f64]) -> f64 {
        sums::norm(self.norms.iter().zip(scaled).map(|(norm, x)| norm * x))
    }

    /// Returns the same norm for `x`, about the size of the predictions of the model.
    fn magnitude<T: Scalar>(&self, x: &[T]) -> f64 {
        sums::norm(self.norms.iter().zip(&self.units).zip(x).map(|((norm, unit), x)| norm * (unit * double(x))))
    }

    /// Returns R without other rows, in column-major order.
    fn triangle(&self) -> Vec<f64> {
        let columns = self.units.len();
        self.matrix.chunks_exact(self.rows).flat_map(|column| column[..columns].iter().copied()).collect()
    }
}

/// A step, and the memory to compute it.
struct Step<T> {
    /// The change of u.
    change: Vec<f64>,
    /// The change of x to first order, multiplied by the units of the model.
    scaled: Vec<f64>,
    /// True if the change of a parameter with bounds was shortened.
    is_limited: bool,
    /// The free parameters after the step.
    u: Vec<f64>,
    /// The parameters after the step.
    x: Vec<T>,
    matrix: Vec<f64>,
    rhs: Vec<f64>,
}

impl<T: Scalar> Step<T> {
    fn new(parameters: usize) -> Step<T> {
        let columns = || vec![0.0; parameters];
        Step {
            change: columns(),
            scaled: columns(),
            is_limited: false,
            u: columns(),
            x: vec![T::zero(); parameters],
            matrix: vec![0.0; 2 * parameters * parameters],
            rhs: vec![0.0; 2 * parameters],
        }
    }

    /// Computes the step of a damping λ, and returns the decrease of the cost that the linear model predicts for it.
    ///
    /// The step is the least-squares solution of `R·p = −Qᵀr` and `√λ·D·p = 0`. The steps of parameters with bounds are
    /// limited.
    fn solve(
        &mut self,
        model: &LinearModel,
        derivatives: &[f64],
        scales: &[f64],
        damping: f64,
        map: &[Transformation],
    ) -> f64 {
        let n = self.change.len();
        self.matrix.fill(0.0);
        self.rhs.fill(0.0);
        for (rhs, c) in self.rhs[..n].iter_mut().zip(&model.rhs) {
            *rhs = -c;
        }
        for (j, column) in self.matrix.chunks_exact_mut(2 * n).enumerate() {
            for (element, r) in column[..=j].iter_mut().zip(&model.matrix[j * model.rows..]) {
                *element = r * derivatives[j];
            }
            let scale = scales[j] / model.units[j];
            column[n + j] = damping.sqrt() * if scale > 0.0 { scale } else { 1.0 };
        }
        triangularize(&mut self.matrix, &mut self.rhs);
        let step = &mut self.rhs[..n];
        solve_upper(&self.matrix, 2 * n, step);
        self.is_limited = false;
        for j in 0..n {
            let change = if model.norms[j] > 0.0 { step[j] / model.units[j] } else { 0.0 };
            self.change[j] = map[j].limited(change);
            self.is_limited |= self.change[j] != change;
            self.scaled[j] = self.change[j] * model.units[j] * derivatives[j];
        }
        let linear = dot(&model.gradient, &self.scaled);
        let squares = (0..n).map(|i| {
            let row: f64 = (i..n).map(|j| model.matrix[j * model.rows + i] * self.scaled[j]).sum();
            row * row
        });
        -linear - 0.5 * squares.sum::<f64>()
    }

    /// Computes the point after the step from `u`.
    fn go(&mut self, u: &[f64], map: &[Transformation]) {
        for j in 0..u.len() {
            let moved = u[j] + self.change[j];
            self.x[j] = T::of(map[j].bounded(moved));
            // Without bounds, u is x with its rounding.
            self.u[j] = if map[j] == Transformation::Identity { double(&self.x[j]) } else { moved };
        }
    }
}
