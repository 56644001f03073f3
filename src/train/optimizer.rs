//! [`Optimizer`]: what moves parameters.

use crate::error::Error;
use crate::matrix::Rows;
use crate::nn::Net;
use crate::scalar::Scalar;
use crate::scalar::double;

/// A rule by which parameters are moved, step by step, when their gradient is known.
///
/// It keeps what it remembers from step to step (velocities, moments), and so belongs to one net, or to one slice of
/// parameters. The net knows nothing of it.
///
/// ```
/// use backprop::{Adam, Optimizer};
///
/// let mut x = [5.0_f64, -3.0];
/// let mut adam = Adam::new(0.1);
/// for _ in 0..300 {
///     let slope = [2.0 * (x[0] - 1.0), 20.0 * x[1]]; // of (x₀ − 1)² + 10·x₁²
///     adam.step_slice(&mut x, &slope)?;
/// }
/// assert!((x[0] - 1.0).abs() < 1e-3 && x[1].abs() < 1e-3);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// Which one it is may be decided when the program runs, and one that was lent goes on with what it remembers:
///
/// ```
/// use backprop::{Adam, Optimizer, Sgd};
///
/// let name = "adam";
/// let mut optimizer: Box<dyn Optimizer<f64>> = if name == "adam" { Box::new(Adam::new(0.1)) } else { Box::new(Sgd::new(0.1)) };
/// let mut x = [5.0];
/// optimizer.step_slice(&mut x, &[2.0])?;
/// assert!((x[0] - 4.9).abs() < 1e-6);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// One of your own is four short methods; [`step`](Self::step) calls them:
///
/// ```
/// use backprop::{Optimizer, Scalar};
///
/// /// A step of the same length whatever the size of the slope.
/// struct Sign(f64);
///
/// impl<S: Scalar> Optimizer<S> for Sign {
///     fn learning_rate(&self) -> f64 {
///         self.0
///     }
///
///     fn set_learning_rate(&mut self, rate: f64) {
///         self.0 = rate;
///     }
///
///     fn begin(&mut self, _: usize) {}
///
///     fn advance(&mut self, _: usize, parameters: &mut [S], slopes: &[S]) {
///         for (p, slope) in parameters.iter_mut().zip(slopes) {
///             *p -= S::of(self.0) * slope.signum();
///         }
///     }
/// }
///
/// let mut x = [1.0];
/// Sign(0.25).step_slice(&mut x, &[8.0])?;
/// assert_eq!(x, [0.75]);
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "Optimiser")]
pub trait Optimizer<S: Scalar> {
    /// The learning rate of the next step.
    fn learning_rate(&self) -> f64;

    /// Changes the learning rate; schedules do.
    fn set_learning_rate(&mut self, rate: f64);

    /// Begins a step of so many parameters.
    ///
    /// # Panics
    /// When there were more or fewer in the steps before: an optimizer that remembers belongs to its parameters.
    fn begin(&mut self, parameters: usize);

    /// Moves some of the parameters in the step that has begun, the first of them having this index among all, by
    /// their slopes.
    fn advance(&mut self, first: usize, parameters: &mut [S], slopes: &[S]);

    /// One step: all parameters of a net move at once, by the gradient at where they were.
    ///
    /// # Errors
    /// [`Error::Shape`] when the gradient has another shape than the net, [`Error::NonFinite`] when a part of it is
    /// infinite or NaN, with its place. Nothing is changed then.
    fn step<N: Net<S>>(&mut self, net: &mut N, gradient: &N) -> Result<(), Error>
    where
        Self: Sized,
    {
        if let Some((index, slope)) = non_finite(gradient) {
            return Error::check_finite_parameter("gradient", double(&slope), || gradient.name_of(index), "");
        }
        net.check_shape(gradient, "Optimizer::step")?;
        self.begin(net.count());
        let mut first = 0;
        net.update(gradient, &mut |parameters, slopes| {
            slopes.with_slice(|slopes| parameters.with_slice_mut(|parameters| self.advance(first, parameters, slopes)));
            first += slopes.count();
        });
        Ok(())
    }

    /// The same for parameters in a slice.
    ///
    /// # Errors
    /// [`Error::Shape`] when there are not as many slopes as parameters, [`Error::NonFinite`] when a slope is infinite
    /// or NaN. Nothing is changed then.
    fn step_slice(&mut self, parameters: &mut [S], gradient: &[S]) -> Result<(), Error> {
        Error::check_count_in("Optimizer::step_slice", "derivatives", parameters.len(), gradient.len())?;
        if let Some(index) = gradient.iter().position(|slope| !slope.is_finite()) {
            let name = || format!("parameter {}", index + 1);
            return Error::check_finite_parameter("gradient", double(&gradient[index]), name, "");
        }
        self.begin(parameters.len());
        self.advance(0, parameters, gradient);
        Ok(())
    }
}

macro_rules! pointer {
    ($($Pointer:ty),*) => {
        $(impl<S: Scalar, O: Optimizer<S> + ?Sized> Optimizer<S> for $Pointer {
            fn learning_rate(&self) -> f64 {
                (**self).learning_rate()
            }

            fn set_learning_rate(&mut self, rate: f64) {
                (**self).set_learning_rate(rate);
            }

            #[track_caller]
            fn begin(&mut self, parameters: usize) {
                (**self).begin(parameters);
            }

            fn advance(&mut self, first: usize, parameters: &mut [S], slopes: &[S]) {
                (**self).advance(first, parameters, slopes);
            }
        })*
    };
}
pointer!(&mut O, Box<O>);

/// The first number of a net, or of a gradient, that is infinite or NaN, and its index.
pub(super) fn non_finite<S: Scalar, N: Net<S>>(net: &N) -> Option<(usize, S)> {
    let (mut seen, mut found) = (0, None);
    net.visit(&mut |block| {
        block.with_slice(|numbers| {
            let index = numbers.iter().position(|number| !number.is_finite());
            found = found.or(index.map(|index| (seen + index, numbers[index])));
            seen += numbers.len();
        });
    });
    found
}

/// A learning rate that can be used.
#[track_caller]
pub(super) fn checked_rate(rate: f64) -> f64 {
    assert!(rate >= 0.0 && rate.is_finite(), "`learning_rate` must be finite and non-negative, got {rate}");
    rate
}

/// A factor of an average that forgets, from 0 to less than 1; and as the float type can have it.
///
/// In a type of few digits a factor near 1 is 1, and the average would never forget: 0.999 is 1 in bfloat16. So it is at most
/// `1 − room·ε` for the type's ε; and where rounding changes `1 − decay` by more than a thousandth it is the rounded one, so that
/// both say the same.
#[track_caller]
pub(super) fn checked_decay<S: Scalar>(name: &str, decay: f64, room: f64) -> f64 {
    assert!((0.0..1.0).contains(&decay), "`{name}` must be at least 0 and less than 1, got {decay}");
    let kept = decay.min(1.0 - room * double(&S::epsilon()));
    let rounded = double(&S::of(kept));
    if (rounded - kept).abs() > 1e-3 * (1.0 - kept) && rounded < 1.0 { rounded } else { kept }
}

/// In averages of slopes a step must change the average, which is rounded once.
pub(super) const ROOM: f64 = 1.0;
/// In averages of squares, which are kept as their root and are rounded more often.
pub(super) const ROOM_OF_ROOTS: f64 = 4.0;

/// What is added to a root that is divided by, if nothing else is asked for: 1e-8, or the least normal number of a type in which
/// that is more, such as 6.1e-5 in half precision, where 1e-8 would be 0 and a slope of 0 would give 0/0.
pub(super) fn default_epsilon<S: Scalar>() -> f64 {
    double(&S::min_positive_value()).max(1e-8)
}

/// A number to be added to a root that is divided by.
#[track_caller]
pub(super) fn checked_epsilon<S: Scalar>(epsilon: f64) -> f64 {
    assert!(epsilon > 0.0 && epsilon.is_finite(), "`epsilon` must be positive and finite, got {epsilon}");
    assert!(S::of(epsilon) > S::zero(), "`epsilon` must be positive, got {epsilon:e}, which is 0 in this float type");
    epsilon
}

/// The roots of running means of squares, `r ← √(kept·r² + new·g²)` for every slope g.
///
/// It is the root that is remembered, as the square of a slope of 1e20 is infinite in single precision, which would hold its
/// parameter still for ever, and that of 1e-4 is 0 in half precision.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Roots<S> {
    roots: Vec<S>,
    /// Whether a slope was so large that its square, or that of a root, may be infinite.
    has_large: bool,
}

impl<S: Scalar> Roots<S> {
    pub(super) fn new() -> Roots<S> {
        Roots { roots: Vec::new(), has_large: false }
    }

    #[track_caller]
    pub(super) fn remember(&mut self, parameters: usize) {
        remember(&mut self.roots, parameters);
    }

    /// Updates the roots from this index on by these slopes, and calls `step` with what is to be moved, its slope and its root, to
    /// which `epsilon` will be added.
    #[inline(always)]
    pub(super) fn update<X>(
        &mut self,
        first: usize,
        slopes: &[S],
        [kept, new]: [S; 2],
        epsilon: f64,
        moved: impl Iterator<Item = X>,
        mut step: impl FnMut(X, S, S),
    ) {
        let large = (S::max_value() / S::of(2.0)).sqrt();
        self.has_large |= !slopes.iter().fold(true, |all, g| all & (g.abs() <= large));
        // The root of a mean that has lost digits below the normal numbers, or all: nothing beside epsilon in most types.
        let [least, precision] = [S::min_positive_value() / S::epsilon(), S::epsilon()].map(|x| double(&x));
        let is_careful = self.has_large || least.sqrt() > epsilon * precision;
        let mean = |r: S, g: S| kept * r * r + new * g * g;
        let each = self.roots[first..].iter_mut().zip(slopes).zip(moved);
        if is_careful {
            for ((r, &g), x) in each {
                let larger = r.abs().max(g.abs());
                if !larger.is_zero() {
                    *r = larger * mean(*r / larger, g / larger).sqrt();
                }
                step(x, g, *r);
            }
        } else {
            for ((r, &g), x) in each {
                *r = mean(*r, g).sqrt();
                step(x, g, *r);
            }
        }
    }
}

/// Two factors whose product is this one, the second mostly 1.
///
/// A factor that is below the normal numbers of the type has few digits there or is 0, though a product with a large number may
/// be ordinary: then both are its root.
pub(super) fn factors<S: Scalar>(factor: f64) -> [S; 2] {
    if factor == 0.0 || factor >= double(&S::min_positive_value()) {
        return [S::of(factor), S::one()];
    }
    [S::of(factor.sqrt()); 2]
}

/// Makes room for what is remembered of each parameter.
#[track_caller]
pub(super) fn remember<S: Scalar>(memory: &mut Vec<S>, parameters: usize) {
    if memory.is_empty() {
        memory.resize(parameters, S::zero());
    }
    assert!(memory.len() == parameters, "an optimizer of {} parameters is given {parameters}", memory.len());
}
