//! [`Lbfgs`]: minimizes smooth functions by their curvature.

use super::optimizer::factors;
use crate::data::Dataset;
use crate::error::Error;
use crate::kernels::sums;
use crate::nn::{Module, Objective, Workspace};
use crate::scalar::{Scalar, double};
use std::collections::VecDeque;

/// Limited-memory BFGS, a quasi-Newton method for smooth functions.
///
/// The directions follow from the curvature along the last steps, and a line search finds a step that satisfies the
/// strong Wolfe conditions.
///
/// Use it for full batches: a few hundred samples and some thousand parameters. It finds a minimum to many digits in
/// fewer steps than gradient descent. Derivatives may be of any size: no sum of their squares overflows or vanishes.
///
/// # Examples
/// ```
/// use backprop::{Lbfgs, Scalar, reverse};
///
/// fn rosenbrock<S: Scalar>(x: &[S]) -> S {
///     let c = S::of;
///     (c(1.0) - x[0]).powi(2) + c(100.0) * (x[1] - x[0].powi(2)).powi(2)
/// }
///
/// let mut x = [-1.2_f64, 1.0];
/// let minimum = Lbfgs::new().minimize(|x| reverse::gradient(|x| rosenbrock(x), x), &mut x)?;
/// assert!(minimum.converged && minimum.evaluations < 100);
/// assert!((x[0] - 1.0).abs() < 1e-8 && (x[1] - 1.0).abs() < 1e-8);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// [Nocedal and Wright 2006](https://doi.org/10.1007/978-0-387-40065-5), algorithms 7.5, 3.5 and 3.6
#[doc(alias("fmin_l_bfgs_b", "BFGS"))]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lbfgs {
    memory: usize,
    steps: usize,
    tolerance: Option<f64>,
}

/// The end of a minimization.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OptimizeResult {
    /// The value of the function at the end; for a network, the loss.
    pub value: f64,
    /// The number of steps.
    pub steps: usize,
    /// The number of evaluations of value and gradient.
    pub evaluations: usize,
    /// True if no derivative exceeds the tolerance. Otherwise the maximal number of steps was reached, or no step
    /// decreased the value, because of rounding.
    pub converged: bool,
}

impl Default for Lbfgs {
    fn default() -> Lbfgs {
        Lbfgs::new()
    }
}

impl Lbfgs {
    /// Creates L-BFGS with a memory of 10 steps, at most 1,000 steps, and a tolerance of 1e-9.
    ///
    /// The default tolerance is ten times the machine epsilon in float types where that is larger: 1.2e-6 in single
    /// precision.
    pub fn new() -> Lbfgs {
        Lbfgs { memory: 10, steps: 1000, tolerance: None }
    }

    /// Sets the number of past steps from which the curvature is estimated.
    #[doc(alias("history_size", "maxcor"))]
    pub fn memory(self, steps: usize) -> Lbfgs {
        Lbfgs { memory: steps, ..self }
    }

    /// Sets the maximal number of steps.
    #[doc(alias = "max_iter")]
    pub fn steps(self, steps: usize) -> Lbfgs {
        Lbfgs { steps, ..self }
    }

    /// Sets the tolerance: the minimization ends when no derivative is larger in absolute value.
    #[doc(alias("gtol", "tolerance_grad"))]
    pub fn tolerance(self, tolerance: f64) -> Lbfgs {
        Lbfgs { tolerance: Some(tolerance), ..self }
    }

    /// Moves `x` to a minimum of `f`, which returns the value and the gradient.
    ///
    /// # Errors
    /// [`Error::NonFinite`] if the value or a derivative is infinite or NaN at the start. Later steps to such points
    /// are shortened.
    #[doc(alias = "fmin")]
    pub fn minimize<T: Scalar>(
        &self,
        f: impl FnMut(&[T]) -> (T, Vec<T>),
        x: &mut [T],
    ) -> Result<OptimizeResult, Error> {
        self.minimize_from(&mut Vec::new(), f, x)
    }

    /// Moves `x` to a minimum of `f` as [`minimize`](Self::minimize) does, and continues an earlier minimization.
    ///
    /// `history` has the change of `x` and that of the gradient in each of the last steps, oldest first. It is empty at
    /// the start, and is updated: a minimization in several parts is bit-for-bit identical to one at once.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Lbfgs, Scalar, reverse};
    ///
    /// fn bowl<S: Scalar>(x: &[S]) -> S {
    ///     x[0].powi(4) + S::of(3.0) * (x[1] - x[0]).powi(2)
    /// }
    ///
    /// let f = |x: &[f64]| reverse::gradient(|x| bowl(x), x);
    /// let (mut at_once, mut in_parts, mut history) = ([1.0, 3.0], [1.0, 3.0], Vec::new());
    /// Lbfgs::new().steps(5).minimize(f, &mut at_once)?;
    /// for _ in 0..5 {
    ///     Lbfgs::new().steps(1).minimize_from(&mut history, f, &mut in_parts)?;
    /// }
    /// assert_eq!((in_parts, history.len()), (at_once, 5));
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`minimize`](Self::minimize); [`Error::Shape`] if a step of `history` has another number of coordinates
    /// than `x`.
    pub fn minimize_from<T: Scalar>(
        &self,
        history: &mut Vec<[Vec<T>; 2]>,
        mut f: impl FnMut(&[T]) -> (T, Vec<T>),
        x: &mut [T],
    ) -> Result<OptimizeResult, Error> {
        for changes in history.as_flattened() {
            Error::check_count_in("Lbfgs::minimize_from", "coordinates", x.len(), changes.len())?;
        }
        let mut memory = history.drain(..).map(Step::new).collect();
        let result = self.search(
            |x| {
                let (value, gradient) = f(x);
                Ok((double(&value), gradient))
            },
            x,
            &mut memory,
        );
        history.extend(memory.into_iter().map(|step| [step.x_change, step.gradient_change]));
        result
    }

    /// Fits a network to all samples at once, in evaluation mode: a line search needs the same function at each point.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Activation, Dataset, Lbfgs, Loss, Mlp};
    ///
    /// let dataset = Dataset::new([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]])?;
    /// let mut rng = SomeRng::seed_from_u64(1);
    /// let mut net = Mlp::<f64>::new(2, [(4, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
    /// let minimum = Lbfgs::new().fit(&mut net, &dataset, Loss::MeanSquaredError)?;
    /// assert!(minimum.value < 1e-12);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Module::loss_and_gradient`]; [`Error::NonFinite`] if the loss or a derivative is infinite or NaN at
    /// the start.
    pub fn fit<T: Scalar, N: Module<T>>(
        &self,
        net: &mut N,
        dataset: &Dataset<T>,
        loss: impl Objective,
    ) -> Result<OptimizeResult, Error> {
        let (mut workspace, mut moved, mut gradient) = (Workspace::new().evaluation(), net.clone(), net.clone());
        let mut x = net.parameters();
        let (inputs, targets) = (dataset.inputs(), dataset.targets());
        let minimum = self.search(
            |x| {
                moved.set_parameters(x)?;
                let loss = workspace.loss_and_gradient(&moved, inputs, targets, &loss, &mut gradient)?;
                Ok((double(&loss), gradient.parameters()))
            },
            &mut x,
            &mut VecDeque::new(),
        )?;
        net.set_parameters(&x)?;
        Ok(minimum)
    }

    /// Minimizes a function that returns the value and the gradient, or an error; `memory` has the past steps.
    fn search<T: Scalar>(
        &self,
        f: impl FnMut(&[T]) -> Result<(f64, Vec<T>), Error>,
        x: &mut [T],
        memory: &mut VecDeque<Step<T>>,
    ) -> Result<OptimizeResult, Error> {
        let mut f = Counted { f, evaluations: 0 };
        let mut here = f.at(x)?;
        Error::check_finite("value", here.value, || "the start of L-BFGS".into())?;
        if let Some(i) = here.gradient.iter().position(|derivative| !derivative.is_finite()) {
            Error::check_finite("derivative", double(&here.gradient[i]), || {
                format!("coordinate {} at the start of L-BFGS", i + 1)
            })?;
        }
        let tolerance = self.tolerance.unwrap_or(1e-9_f64.max(10.0 * double(&T::epsilon())));
        let mut steps = 0;
        while here.largest_derivative() > tolerance && steps < self.steps {
            let mut direction = direction(memory, &here.gradient);
            let derivative = dot(&direction, &here.gradient);
            if derivative >= 0.0 || !derivative.is_finite() {
                memory.clear(); // rounding made the estimate of the curvature useless
                direction = steepest_descent(&here.gradient);
            }
            // Without a memory, the first trial step is the negative gradient, shortened to length 1 if it is longer.
            let norm = sums::norm(here.gradient.iter().map(double));
            let first = if memory.is_empty() { sums::unit(here.largest_derivative()) / norm.max(1.0) } else { 1.0 };
            let Some(there) = line_search(&mut f, x, &here, &direction, first)? else {
                if memory.is_empty() {
                    break;
                }
                memory.clear();
                continue;
            };
            let step = Step::new([difference(&there.x, x), difference(&there.gradient, &here.gradient)]);
            x.copy_from_slice(&there.x);
            here = there;
            steps += 1;
            if step.curvature > 0.0 && step.scale() > 0.0 && step.scale().is_finite() {
                memory.push_back(step);
            }
            if memory.len() > self.memory {
                memory.pop_front();
            }
        }
        let converged = here.largest_derivative() <= tolerance;
        Ok(OptimizeResult { value: here.value, steps, evaluations: f.evaluations, converged })
    }
}

/// A function whose evaluations are counted.
struct Counted<F> {
    f: F,
    evaluations: usize,
}

impl<F> Counted<F> {
    /// Evaluates the function at `x`.
    fn at<T: Scalar>(&mut self, x: &[T]) -> Result<Point<T>, Error>
    where
        F: FnMut(&[T]) -> Result<(f64, Vec<T>), Error>,
    {
        self.evaluations += 1;
        let (value, gradient) = (self.f)(x)?;
        Ok(Point { x: x.to_vec(), value, gradient })
    }
}

/// A point with the value and the gradient of the function.
struct Point<T> {
    x: Vec<T>,
    value: f64,
    gradient: Vec<T>,
}

impl<T: Scalar> Point<T> {
    /// Returns the largest absolute derivative.
    fn largest_derivative(&self) -> f64 {
        self.gradient.iter().map(|derivative| double(derivative).abs()).fold(0.0, f64::max)
    }
}

/// A past step.
struct Step<T> {
    /// The change s of x.
    x_change: Vec<T>,
    /// The change y of the gradient.
    gradient_change: Vec<T>,
    /// Their dot product sᵀy.
    curvature: f64,
}

impl<T: Scalar> Step<T> {
    fn new([x_change, gradient_change]: [Vec<T>; 2]) -> Step<T> {
        let curvature = dot(&x_change, &gradient_change);
        Step { x_change, gradient_change, curvature }
    }

    /// Returns the inverse curvature of this step alone, sᵀy/yᵀy (equation 7.20). It is not computed by yᵀy, which may
    /// overflow or underflow.
    fn scale(&self) -> f64 {
        let norm = sums::norm(self.gradient_change.iter().map(double));
        self.curvature / norm / norm
    }
}

/// Returns the direction of steepest descent, scaled so that its largest element is from 1 to 2 in absolute value.
fn steepest_descent<T: Scalar>(gradient: &[T]) -> Vec<T> {
    let unit = sums::unit(sums::largest(gradient.iter().map(double)));
    gradient.iter().map(|&derivative| -derivative / T::of(unit)).collect()
}

/// Returns the search direction, minus the inverse Hessian estimate times the gradient (algorithm 7.4); the direction
/// of steepest descent without a memory.
fn direction<T: Scalar>(memory: &VecDeque<Step<T>>, gradient: &[T]) -> Vec<T> {
    let Some(last) = memory.back() else { return steepest_descent(gradient) };
    let mut q: Vec<T> = gradient.iter().map(|&derivative| -derivative).collect();
    let mut alphas = Vec::new();
    for step in memory.iter().rev() {
        let alpha = dot(&step.x_change, &q) / step.curvature;
        add(&mut q, -alpha, &step.gradient_change);
        alphas.push(alpha);
    }
    let [scale, rest] = factors::<T>(last.scale());
    q.iter_mut().for_each(|x| *x = *x * scale * rest);
    for (step, alpha) in memory.iter().zip(alphas.into_iter().rev()) {
        let beta = dot(&step.gradient_change, &q) / step.curvature;
        add(&mut q, alpha - beta, &step.x_change);
    }
    q
}

/// The constant c₁ of the Wolfe conditions: the fraction of the linear decrease that is required.
const DECREASE: f64 = 1e-4;
/// The constant c₂ of the Wolfe conditions: the fraction of the initial derivative that may remain.
const CURVATURE: f64 = 0.9;
/// The maximal number of evaluations of a line search.
const MAX_TRIALS: usize = 40;

/// Searches a line for a point that satisfies the strong Wolfe conditions (algorithms 3.5 and 3.6).
///
/// If none is found, it returns the lowest point that was evaluated, or `None` if no point is lower than the start.
fn line_search<T: Scalar>(
    f: &mut Counted<impl FnMut(&[T]) -> Result<(f64, Vec<T>), Error>>,
    x: &[T],
    here: &Point<T>,
    direction: &[T],
    first: f64,
) -> Result<Option<Point<T>>, Error> {
    let derivative = dot(&here.gradient, direction);
    let mut trial_at = |length: f64| -> Result<Trial<T>, Error> {
        let mut x = x.to_vec();
        add(&mut x, length, direction);
        let point = f.at(&x)?;
        let derivative = dot(&point.gradient, direction);
        let is_finite = point.value.is_finite() && derivative.is_finite();
        Ok(Trial { length, value: if is_finite { point.value } else { f64::INFINITY }, derivative, point: Some(point) })
    };
    let is_low = |trial: &Trial<T>| trial.value <= here.value + DECREASE * trial.length * derivative;
    let is_flat = |trial: &Trial<T>| trial.derivative.abs() <= -CURVATURE * derivative;

    // The ends of an interval that contains such a point; `low` is the end with the lower value.
    let mut low = Trial { length: 0.0, value: here.value, derivative, point: None };
    let mut high: Option<Trial<T>> = None;
    let mut length = first;
    for _ in 0..MAX_TRIALS {
        let trial = trial_at(length)?;
        if !is_low(&trial) || (trial.value >= low.value && low.point.is_some()) {
            high = Some(trial);
        } else if is_flat(&trial) {
            return Ok(trial.point);
        } else if trial.derivative * high.as_ref().map_or(1.0, |high| high.length - low.length) >= 0.0 {
            high = Some(std::mem::replace(&mut low, trial));
        } else {
            low = trial;
        }
        length = match &high {
            None => 2.0 * low.length,
            Some(high) => interpolate(&low, high),
        };
        if high.as_ref().is_some_and(|high| (high.length - low.length).abs() <= f64::EPSILON * low.length) {
            break;
        }
    }
    Ok(low.point.filter(|point| point.value < here.value))
}

/// A point on the line of a line search.
struct Trial<T> {
    /// The distance from the start, in units of the direction.
    length: f64,
    value: f64,
    /// The derivative along the line.
    derivative: f64,
    /// The point; `None` at the start.
    point: Option<Point<T>>,
}

/// Returns the length at the minimum of the cubic through both ends (equation 3.59), at least a tenth of the interval
/// away from each.
fn interpolate<T>(low: &Trial<T>, high: &Trial<T>) -> f64 {
    let width = high.length - low.length;
    let d1 = low.derivative + high.derivative - 3.0 * ((low.value - high.value) / (low.length - high.length));
    let unit = sums::unit(sums::largest([d1, low.derivative, high.derivative].into_iter())); // since squares may overflow
    let square = (d1 / unit).powi(2) - low.derivative / unit * (high.derivative / unit);
    let d2 = width.signum() * unit * square.sqrt();
    let cubic = high.length - width * (high.derivative + d2 - d1) / (high.derivative - low.derivative + 2.0 * d2);
    let fraction = (cubic - low.length) / width;
    low.length + width * if fraction.is_finite() { fraction.clamp(0.1, 0.9) } else { 0.5 }
}

/// Returns the dot product.
fn dot<T: Scalar>(a: &[T], b: &[T]) -> f64 {
    sums::sum_of(a.len(), |index| double(&a[index]) * double(&b[index]))
}

/// Computes `x ← x + factor·direction`.
fn add<T: Scalar>(x: &mut [T], factor: f64, direction: &[T]) {
    let factor = T::of(factor);
    for (x, &d) in x.iter_mut().zip(direction) {
        *x += factor * d;
    }
}

/// Returns `a − b`.
fn difference<T: Scalar>(a: &[T], b: &[T]) -> Vec<T> {
    a.iter().zip(b).map(|(&a, &b)| a - b).collect()
}
