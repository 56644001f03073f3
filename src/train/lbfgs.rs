//! [`Lbfgs`]: minimizes smooth functions by their curvature.

use super::optimizer::factors;
use crate::data::Dataset;
use crate::error::Error;
use crate::kernels::sums;
use crate::nn::{Module, Objective, Workspace};
use crate::scalar::Scalar;
use crate::scalar::double;
use std::collections::VecDeque;

/// Limited-memory BFGS, a quasi-Newton method for smooth functions.
///
/// The directions follow from the curvature along the last steps, and a line search finds a step that satisfies the strong Wolfe
/// conditions.
///
/// Use it for full batches: a few hundred samples and some thousand parameters. It finds a minimum to many digits in fewer steps than
/// gradient descent. Derivatives may be of any size: no sum of their squares overflows or vanishes.
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
pub struct OptimizeResult {
    /// The value of the function at the end; for a network, the loss.
    pub value: f64,
    /// The number of steps.
    pub steps: usize,
    /// The number of evaluations of value and gradient.
    pub evaluations: usize,
    /// True if no derivative exceeds the tolerance. Otherwise the maximal number of steps was reached, or no step decreased the value,
    /// because of rounding.
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
    /// The default tolerance is ten times the machine epsilon in float types where that is larger: 1.2e-6 in single precision.
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
    /// [`Error::NonFinite`] if the value or a derivative is infinite or NaN at the start. Later steps to such points are shortened.
    #[doc(alias = "fmin")]
    pub fn minimize<T: Scalar>(
        &self,
        mut f: impl FnMut(&[T]) -> (T, Vec<T>),
        x: &mut [T],
    ) -> Result<OptimizeResult, Error> {
        self.search(
            |x| {
                let (value, gradient) = f(x);
                Ok((double(&value), gradient))
            },
            x,
        )
    }

    /// Fits a network to all samples at once.
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
    /// Those of [`Module::loss_and_gradient`]; [`Error::NonFinite`] if the loss or a derivative is infinite or NaN at the start.
    pub fn fit<T: Scalar, N: Module<T>>(
        &self,
        net: &mut N,
        dataset: &Dataset<T>,
        loss: impl Objective,
    ) -> Result<OptimizeResult, Error> {
        let (mut workspace, mut moved, mut gradient) = (Workspace::new(), net.clone(), net.clone());
        let (criterion, mut x) = (&loss, net.parameters());
        let (inputs, targets) = (dataset.inputs(), dataset.targets());
        let minimum = self.search(
            |x| {
                moved.set_parameters(x)?;
                let loss = workspace.loss_and_gradient(&moved, inputs, targets, criterion, &mut gradient)?;
                Ok((double(&loss), gradient.parameters()))
            },
            &mut x,
        )?;
        net.set_parameters(&x)?;
        Ok(minimum)
    }

    fn search<T: Scalar>(
        &self,
        f: impl FnMut(&[T]) -> Result<(f64, Vec<T>), Error>,
        x: &mut [T],
    ) -> Result<OptimizeResult, Error> {
        let mut f = Counted { f, evaluations: 0 };
        let mut here = f.at(x)?;
        Error::check_finite("value", here.value, || "the start of L-BFGS".into())?;
        if let Some(i) = here.gradient.iter().position(|slope| !slope.is_finite()) {
            Error::check_finite("derivative", double(&here.gradient[i]), || {
                format!("coordinate {} at the start of L-BFGS", i + 1)
            })?;
        }
        let tolerance = self.tolerance.unwrap_or(1e-9_f64.max(10.0 * double(&T::epsilon())));
        let mut memory: VecDeque<Step<T>> = VecDeque::new();
        let mut steps = 0;
        while here.largest_slope() > tolerance && steps < self.steps {
            let mut direction = direction(&memory, &here.gradient);
            let slope = dot(&direction, &here.gradient);
            if slope >= 0.0 || !slope.is_finite() {
                memory.clear(); // rounding has spoilt what it says of the curvature
                direction = downhill(&here.gradient);
            }
            // Without a memory: to where the gradient leads, or as far as 1 in its direction.
            let norm = sums::norm(here.gradient.iter().map(double));
            let first = if memory.is_empty() { sums::unit(here.largest_slope()) / norm.max(1.0) } else { 1.0 };
            let Some(there) = wolfe(&mut f, x, &here, &direction, first)? else {
                if memory.is_empty() {
                    break;
                }
                memory.clear();
                continue;
            };
            let step = Step::new(difference(&there.place, x), difference(&there.gradient, &here.gradient));
            x.copy_from_slice(&there.place);
            here = there;
            steps += 1;
            if step.curvature > 0.0 && step.scale() > 0.0 && step.scale().is_finite() {
                memory.push_back(step);
            }
            if memory.len() > self.memory {
                memory.pop_front();
            }
        }
        let converged = here.largest_slope() <= tolerance;
        Ok(OptimizeResult { value: here.value, steps, evaluations: f.evaluations, converged })
    }
}

/// A function that is counted.
struct Counted<F> {
    f: F,
    evaluations: usize,
}

impl<F> Counted<F> {
    fn at<T: Scalar>(&mut self, x: &[T]) -> Result<Point<T>, Error>
    where
        F: FnMut(&[T]) -> Result<(f64, Vec<T>), Error>,
    {
        self.evaluations += 1;
        let (value, gradient) = (self.f)(x)?;
        Ok(Point { place: x.to_vec(), value, gradient })
    }
}

/// What the function is somewhere.
struct Point<T> {
    place: Vec<T>,
    value: f64,
    gradient: Vec<T>,
}

impl<T: Scalar> Point<T> {
    fn largest_slope(&self) -> f64 {
        self.gradient.iter().map(|slope| double(slope).abs()).fold(0.0, f64::max)
    }
}

/// A step that was made.
struct Step<T> {
    /// By how much x changed.
    travel: Vec<T>,
    /// By how much the gradient changed.
    change: Vec<T>,
    /// The one by the other.
    curvature: f64,
}

impl<T: Scalar> Step<T> {
    fn new(travel: Vec<T>, change: Vec<T>) -> Step<T> {
        let curvature = dot(&travel, &change);
        Step { travel, change, curvature }
    }

    /// The inverse of the curvature by this step alone, sᵀy/yᵀy (equation 7.20); yᵀy may be too large or too small for a float.
    fn scale(&self) -> f64 {
        let norm = sums::norm(self.change.iter().map(double));
        self.curvature / norm / norm
    }
}

/// Against the gradient, its largest slope being from 1 to 2: the direction of steepest descent.
fn downhill<T: Scalar>(gradient: &[T]) -> Vec<T> {
    let unit = sums::unit(sums::largest(gradient.iter().map(double)));
    gradient.iter().map(|&slope| -slope / T::of(unit)).collect()
}

/// Minus the inverse of the curvature times the gradient: algorithm 7.4; steepest descent without a memory.
fn direction<T: Scalar>(memory: &VecDeque<Step<T>>, gradient: &[T]) -> Vec<T> {
    let Some(last) = memory.back() else { return downhill(gradient) };
    let mut q: Vec<T> = gradient.iter().map(|&slope| -slope).collect();
    let mut parts = Vec::new();
    for step in memory.iter().rev() {
        let part = dot(&step.travel, &q) / step.curvature;
        add(&mut q, -part, &step.change);
        parts.push(part);
    }
    let [scale, rest] = factors::<T>(last.scale());
    q.iter_mut().for_each(|x| *x = *x * scale * rest);
    for (step, part) in memory.iter().zip(parts.into_iter().rev()) {
        let other = dot(&step.change, &q) / step.curvature;
        add(&mut q, part - other, &step.travel);
    }
    q
}

/// How much of the slope at the start the value must fall by, and what part of the slope may remain.
const DECREASE: f64 = 1e-4;
const CURVATURE: f64 = 0.9;
/// How often a line is looked at.
const LOOKS: usize = 40;

/// A place in a direction where the strong Wolfe conditions hold, or nearly; none where none is lower: algorithms 3.5 and 3.6.
fn wolfe<T: Scalar>(
    f: &mut Counted<impl FnMut(&[T]) -> Result<(f64, Vec<T>), Error>>,
    x: &[T],
    here: &Point<T>,
    direction: &[T],
    first: f64,
) -> Result<Option<Point<T>>, Error> {
    let slope = dot(&here.gradient, direction);
    let mut look = |length: f64| -> Result<Look<T>, Error> {
        let mut place = x.to_vec();
        add(&mut place, length, direction);
        let point = f.at(&place)?;
        let slope = dot(&point.gradient, direction);
        let is_finite = point.value.is_finite() && slope.is_finite();
        Ok(Look { length, value: if is_finite { point.value } else { f64::INFINITY }, slope, end: Some(point) })
    };
    let is_low = |look: &Look<T>| look.value <= here.value + DECREASE * look.length * slope;
    let is_flat = |look: &Look<T>| look.slope.abs() <= -CURVATURE * slope;

    // The lower end of an interval that has such a place, and the other end
    let mut low = Look { length: 0.0, value: here.value, slope, end: None };
    let mut high: Option<Look<T>> = None;
    let mut length = first;
    for _ in 0..LOOKS {
        let at = look(length)?;
        if !is_low(&at) || (at.value >= low.value && low.end.is_some()) {
            high = Some(at);
        } else if is_flat(&at) {
            return Ok(at.end);
        } else if at.slope * high.as_ref().map_or(1.0, |high| high.length - low.length) >= 0.0 {
            high = Some(std::mem::replace(&mut low, at));
        } else {
            low = at;
        }
        length = match &high {
            None => 2.0 * low.length,
            Some(high) => between(&low, high),
        };
        if high.as_ref().is_some_and(|high| (high.length - low.length).abs() <= f64::EPSILON * low.length) {
            break;
        }
    }
    Ok(low.end.filter(|point| point.value < here.value))
}

/// The function somewhere on a line.
struct Look<T> {
    length: f64,
    value: f64,
    /// In the direction of the line.
    slope: f64,
    end: Option<Point<T>>,
}

/// Where the cubic through both ends has its minimum, and not too near to either: equation 3.59.
fn between<T>(low: &Look<T>, high: &Look<T>) -> f64 {
    let width = high.length - low.length;
    let d1 = low.slope + high.slope - 3.0 * ((low.value - high.value) / (low.length - high.length));
    let unit = sums::unit(sums::largest([d1, low.slope, high.slope].into_iter())); // squares may be too large for a float
    let square = (d1 / unit).powi(2) - low.slope / unit * (high.slope / unit);
    let d2 = width.signum() * unit * square.sqrt();
    let cubic = high.length - width * (high.slope + d2 - d1) / (high.slope - low.slope + 2.0 * d2);
    let part = (cubic - low.length) / width;
    low.length + width * if part.is_finite() { part.clamp(0.1, 0.9) } else { 0.5 }
}

fn dot<T: Scalar>(a: &[T], b: &[T]) -> f64 {
    sums::sum_of(a.len(), |index| double(&a[index]) * double(&b[index]))
}

/// `x ← x + factor·direction`
fn add<T: Scalar>(x: &mut [T], factor: f64, direction: &[T]) {
    let factor = T::of(factor);
    for (x, &d) in x.iter_mut().zip(direction) {
        *x += factor * d;
    }
}

fn difference<T: Scalar>(a: &[T], b: &[T]) -> Vec<T> {
    a.iter().zip(b).map(|(&a, &b)| a - b).collect()
}
