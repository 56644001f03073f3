//! [`Optimizer`]: the trait of optimizers, and functions that several optimizers use.

use crate::error::Error;
use crate::kernels::slices::are_finite;
use crate::nn::{Module, ParameterInfo, Parameters, copy_buffers};
use crate::scalar::{Scalar, double};

/// A rule that moves parameters step by step, given their gradient.
///
/// It stores the state of each parameter (velocities, moments), so it belongs to one network or to one slice of
/// parameters.
///
/// # Examples
/// ```
/// use backprop::{Adam, Optimizer};
///
/// let mut x = [5.0_f64, -3.0];
/// let mut adam = Adam::new(0.1);
/// for _ in 0..300 {
///     let gradient = [2.0 * (x[0] - 1.0), 20.0 * x[1]]; // of (x₀ − 1)² + 10·x₁²
///     adam.step_slice(&mut x, &gradient)?;
/// }
/// assert!((x[0] - 1.0).abs() < 1e-3 && x[1].abs() < 1e-3);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// A boxed or borrowed optimizer is an optimizer, so the choice can be made when the program runs:
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
/// A custom optimizer has four short methods, which [`step`](Self::step) calls:
///
/// ```
/// use backprop::{Optimizer, Scalar};
///
/// /// Steps of the same length for derivatives of any size.
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
///     fn advance(&mut self, _: usize, parameters: &mut [S], gradient: &[S]) {
///         for (p, derivative) in parameters.iter_mut().zip(gradient) {
///             *p -= S::of(self.0) * derivative.signum();
///         }
///     }
/// }
///
/// let mut x = [1.0];
/// Sign(0.25).step_slice(&mut x, &[8.0])?;
/// assert_eq!(x, [0.75]);
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias("optim", "GradientTransformation", "Optimiser"))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an optimizer of parameters of type `{S}`",
    label = "not an optimizer",
    note = "optimizers are created by their learning rate: `Sgd::new(0.1)`, `Adam::new(0.001)`"
)]
pub trait Optimizer<S: Scalar> {
    /// Returns the learning rate of the next step.
    #[doc(alias = "lr")]
    fn learning_rate(&self) -> f64;

    /// Sets the learning rate of the next step.
    #[doc(alias = "lr")]
    fn set_learning_rate(&mut self, rate: f64);

    /// Prepares a step of a network with this number of parameters; `infos` returns their names and indices.
    ///
    /// [`step`](Self::step) calls it before it checks the gradient. It does nothing by default, since most optimizers
    /// need no names. An optimizer that wraps another one should call that of the other.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Activation, Layer, Neuron, Optimizer, ParameterGroups, Parameters, Sgd};
    ///
    /// let layer = Layer::from_neurons([Neuron::new([1.0, 3.0], 2.0, Activation::Identity)])?;
    /// let mut groups = ParameterGroups::new(Sgd::new(0.5)).freeze("bias");
    /// Optimizer::<f64>::prepare(&mut groups, layer.count(), &|| layer.parameter_info())?;
    /// assert_eq!([0, 1, 2].map(|index| Optimizer::<f64>::is_frozen(&groups, index)), [false, false, true]);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// An error of an optimizer whose settings do not fit the network. Nothing is changed then.
    fn prepare(&mut self, parameters: usize, infos: &dyn Fn() -> Vec<ParameterInfo>) -> Result<(), Error> {
        let _ = (parameters, infos);
        Ok(())
    }

    /// Returns true if steps do not change the parameter with this index, so that its derivative may be infinite or
    /// NaN; false by default.
    fn is_frozen(&self, index: usize) -> bool {
        let _ = index;
        false
    }

    /// Begins a step of this number of parameters.
    ///
    /// # Panics
    /// If the optimizer stores state of each parameter and earlier steps had another number of parameters.
    fn begin(&mut self, parameters: usize);

    /// Moves some of the parameters, those from index `first` on, by their part of the gradient.
    ///
    /// [`step`](Self::step) calls it for each matrix of parameters after [`begin`](Self::begin).
    fn advance(&mut self, first: usize, parameters: &mut [S], gradient: &[S]);

    /// Moves all parameters of a network by their gradient, and sets its buffers to those of the gradient.
    ///
    /// # Errors
    /// [`Error::Shape`] if the gradient has another shape than the network; [`Error::NonFinite`] if the derivative of a
    /// parameter that is not frozen is infinite or NaN; those of [`prepare`](Self::prepare). Nothing is changed then.
    #[doc(alias = "apply_gradients")]
    fn step<N: Module<S>>(&mut self, net: &mut N, gradient: &N) -> Result<(), Error>
    where
        Self: Sized,
    {
        let count = net.count();
        self.prepare(count, &|| net.parameter_info())?;
        if let Some((index, derivative)) = non_finite_except(gradient, |index| self.is_frozen(index)) {
            return Error::check_finite_parameter("gradient", double(&derivative), || gradient.name_of(index), "");
        }
        net.check_shape(gradient, "Optimizer::step")?;
        self.begin(count);
        let mut first = 0;
        net.zip(gradient, &mut |parameters, derivatives| {
            parameters.with_slice_mut(|parameters| self.advance(first, parameters, derivatives.as_slice()));
            first += derivatives.len();
        });
        copy_buffers(gradient, net);
        Ok(())
    }

    /// Calls `f` with the name and the value of each part of the state that the steps changed, in a fixed order, so that
    /// a checkpoint can store and restore it; see [`Trainer::checkpoint`](crate::Trainer).
    ///
    /// An optimizer that has such state implements it. Settings are not part of it.
    #[doc(alias = "state_dict")]
    fn visit_state(&mut self, f: &mut dyn FnMut(&str, OptimizerState<'_, S>)) {
        let _ = f;
    }

    /// Moves parameters in a slice by their gradient.
    ///
    /// # Errors
    /// [`Error::Shape`] if `gradient` is not as long as `parameters`; [`Error::NonFinite`] if a derivative is infinite
    /// or NaN. Nothing is changed then.
    fn step_slice(&mut self, parameters: &mut [S], gradient: &[S]) -> Result<(), Error> {
        Error::check_count_in("Optimizer::step_slice", "derivatives", parameters.len(), gradient.len())?;
        if let Some(index) = position_of_non_finite(gradient) {
            let name = || format!("parameter {}", index + 1);
            return Error::check_finite_parameter("gradient", double(&gradient[index]), name, "");
        }
        self.begin(parameters.len());
        self.advance(0, parameters, gradient);
        Ok(())
    }
}

/// Defines the methods of [`Optimizer`] for the learning rate, which is in this field.
macro_rules! learning_rate_methods {
    ($($field:ident).+) => {
        fn learning_rate(&self) -> f64 {
            self.$($field).+
        }

        #[track_caller]
        fn set_learning_rate(&mut self, rate: f64) {
            self.$($field).+ = $crate::train::optimizer::checked_rate(rate);
        }
    };
}

/// A part of the state of an optimizer, which [`Optimizer::visit_state`] passes on.
#[derive(Debug)]
pub enum OptimizerState<'a, S> {
    /// A value for each parameter.
    Values(&'a mut Vec<S>),
    /// A number of steps.
    Count(&'a mut i32),
    /// A number in double precision.
    Number(&'a mut f64),
    /// A yes or no.
    Flag(&'a mut bool),
}

/// Implements [`Optimizer`] for pointers to optimizers.
macro_rules! impl_for_pointers {
    ($($Pointer:ty),*) => {
        $(impl<S: Scalar, O: Optimizer<S> + ?Sized> Optimizer<S> for $Pointer {
            fn learning_rate(&self) -> f64 {
                (**self).learning_rate()
            }

            fn set_learning_rate(&mut self, rate: f64) {
                (**self).set_learning_rate(rate);
            }

            fn prepare(&mut self, parameters: usize, infos: &dyn Fn() -> Vec<ParameterInfo>) -> Result<(), Error> {
                (**self).prepare(parameters, infos)
            }

            fn is_frozen(&self, index: usize) -> bool {
                (**self).is_frozen(index)
            }

            #[track_caller]
            fn begin(&mut self, parameters: usize) {
                (**self).begin(parameters);
            }

            fn advance(&mut self, first: usize, parameters: &mut [S], gradient: &[S]) {
                (**self).advance(first, parameters, gradient);
            }

            fn visit_state(&mut self, f: &mut dyn FnMut(&str, OptimizerState<'_, S>)) {
                (**self).visit_state(f);
            }

            fn step_slice(&mut self, parameters: &mut [S], gradient: &[S]) -> Result<(), Error> {
                (**self).step_slice(parameters, gradient)
            }
        })*
    };
}
impl_for_pointers!(&mut O, Box<O>);

/// Returns the first parameter (or derivative) that is infinite or NaN, and its index.
pub(super) fn non_finite<S: Scalar, N: Parameters<S>>(net: &N) -> Option<(usize, S)> {
    non_finite_except(net, |_| false)
}

/// Returns the first parameter (or derivative) that is infinite or NaN and whose index is not an exception, and its
/// index.
fn non_finite_except<S: Scalar, N: Parameters<S>>(net: &N, is_exception: impl Fn(usize) -> bool) -> Option<(usize, S)> {
    // Apart from the search, which is rare: every step calls this.
    let mut all_are_finite = true;
    net.visit(&mut |matrix| all_are_finite &= are_finite(matrix.as_slice()));
    if all_are_finite { None } else { find_non_finite(net, is_exception) }
}

#[cold]
fn find_non_finite<S: Scalar, N: Parameters<S>>(net: &N, is_exception: impl Fn(usize) -> bool) -> Option<(usize, S)> {
    let (mut seen, mut found) = (0, None);
    net.visit(&mut |matrix| {
        let mut elements = matrix.as_slice().iter().enumerate();
        let first = elements.find(|&(index, x)| !x.is_finite() && !is_exception(seen + index));
        found = found.or(first.map(|(index, &x)| (seen + index, x)));
        seen += matrix.len();
    });
    found
}

/// Returns the index of the first number that is infinite or NaN.
fn position_of_non_finite<S: Scalar>(values: &[S]) -> Option<usize> {
    if are_finite(values) { None } else { values.iter().position(|x| !x.is_finite()) }
}

/// Returns the learning rate if it is finite and non-negative, and panics otherwise.
#[track_caller]
pub(super) fn checked_rate(rate: f64) -> f64 {
    checked_non_negative("learning_rate", rate)
}

/// Returns the value if it is finite and non-negative, and panics otherwise.
#[track_caller]
pub(super) fn checked_non_negative(name: &str, value: f64) -> f64 {
    assert!(value >= 0.0 && value.is_finite(), "`{name}` must be finite and non-negative, got {value}");
    value
}

/// Returns the weight decay if it is finite and non-negative, and panics otherwise.
#[track_caller]
pub(super) fn checked_weight_decay(weight_decay: f64) -> f64 {
    checked_non_negative("weight_decay", weight_decay)
}

/// Returns the decay of a running mean as the float type can represent it; panics if it is not at least 0 and less than
/// 1.
///
/// In a type of few digits, a decay near 1 is rounded to 1, and the mean would not change any more: 0.999 is 1 in
/// bfloat16. The decay is therefore at most `1 − room·ε` for the type's ε. Where rounding changes `1 − decay` by more
/// than a thousandth, the rounded decay is returned, so that the two weights of the mean add up to 1.
#[track_caller]
pub(super) fn checked_decay<S: Scalar>(name: &str, decay: f64, room: f64) -> f64 {
    assert!((0.0..1.0).contains(&decay), "`{name}` must be at least 0 and less than 1, got {decay}");
    let kept = decay.min(1.0 - room * double(&S::epsilon()));
    let rounded = double(&S::of(kept));
    if (rounded - kept).abs() > 1e-3 * (1.0 - kept) && rounded < 1.0 { rounded } else { kept }
}

/// The room of means of derivatives: a step must change the mean, which is rounded once.
pub(super) const ROOM: f64 = 1.0;
/// The room of means of squares, which are stored as their root and rounded more often.
pub(super) const ROOM_OF_ROOTS: f64 = 4.0;

/// Returns the default of ε, which is added to the root in the denominator: 1e-8, or the smallest normal number of the
/// type if that is larger, such as 6.1e-5 in half precision, where 1e-8 is rounded to 0 and a derivative of 0 would
/// give 0/0.
pub(super) fn default_epsilon<S: Scalar>() -> f64 {
    double(&S::min_positive_value()).max(1e-8)
}

/// Returns ε if it is positive and finite in the float type, and panics otherwise.
#[track_caller]
pub(super) fn checked_epsilon<S: Scalar>(epsilon: f64) -> f64 {
    assert!(epsilon > 0.0 && epsilon.is_finite(), "`epsilon` must be positive and finite, got {epsilon}");
    assert!(S::of(epsilon) > S::zero(), "`epsilon` must be positive, got {epsilon:e}, which is 0 in this float type");
    epsilon
}

/// The roots of running means or sums of squares, `r ← √(kept·r² + new·g²)` for each derivative g.
///
/// The root is stored because the square of 1e20 is infinite in single precision, after which the parameter would never
/// move again, and the square of 1e-4 is 0 in half precision.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Roots<S> {
    roots: Vec<S>,
    /// True if a derivative was so large that its square, or that of a root, may be infinite.
    has_large: bool,
}

impl<S: Scalar> Roots<S> {
    pub(super) fn new() -> Roots<S> {
        Roots { roots: Vec::new(), has_large: false }
    }

    /// Zero-fills the roots of `parameters` parameters before the first step.
    #[track_caller]
    pub(super) fn remember(&mut self, parameters: usize) {
        remember(&mut self.roots, parameters);
    }

    /// Visits the state, as [`Optimizer::visit_state`].
    pub(super) fn visit_state(&mut self, f: &mut dyn FnMut(&str, OptimizerState<'_, S>)) {
        f("roots", OptimizerState::Values(&mut self.roots));
        f("has_large", OptimizerState::Flag(&mut self.has_large));
    }

    /// Fills the roots of `parameters` parameters with `initial` before the first step.
    #[track_caller]
    pub(super) fn remember_from(&mut self, parameters: usize, initial: S) {
        if self.roots.is_empty() {
            self.roots.resize(parameters, initial);
        }
        self.remember(parameters);
    }

    /// Makes [`update`](Self::update) careful if one of these roots is so large that its square may be infinite. The
    /// roots of sums need it: they exceed the derivatives.
    pub(super) fn check_size(&mut self, first: usize, count: usize) {
        let large = (S::max_value() / S::of(2.0)).sqrt();
        self.has_large |= !self.roots[first..][..count].iter().fold(true, |all, &r| all & (r <= large));
    }

    /// Updates the roots from index `first` on, and calls `step` with each item of `moved`, its derivative and its
    /// root, to which the caller adds `epsilon`.
    #[inline(always)]
    pub(super) fn update<X>(
        &mut self,
        first: usize,
        gradient: &[S],
        [kept, new]: [S; 2],
        epsilon: f64,
        moved: impl Iterator<Item = X>,
        mut step: impl FnMut(X, S, S),
    ) {
        let large = (S::max_value() / S::of(2.0)).sqrt();
        self.has_large |= !gradient.iter().fold(true, |all, g| all & (g.abs() <= large));
        // The root of a mean below the normal numbers has few digits or none; in most types it is negligible compared
        // with epsilon.
        let [smallest, precision] = [S::min_positive_value() / S::epsilon(), S::epsilon()].map(|x| double(&x));
        let is_careful = self.has_large || smallest.sqrt() > epsilon * precision;
        let mean = |r: S, g: S| kept * r * r + new * g * g;
        let each = self.roots[first..].iter_mut().zip(gradient).zip(moved);
        if is_careful {
            for ((r, &g), x) in each {
                let larger = r.abs().max(g.abs());
                if !larger.is_zero() {
                    // The root of a sum may overflow, and infinity over infinity be NaN in the next step.
                    *r = (larger * mean(*r / larger, g / larger).sqrt()).min(S::max_value());
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

/// Returns two factors whose product is `factor`; the second is 1 in most cases.
///
/// A factor below the normal numbers of the type has few digits or is 0, though its product with a large number may be
/// ordinary. Then both are its root.
pub(super) fn factors<S: Scalar>(factor: f64) -> [S; 2] {
    if factor == 0.0 || factor >= double(&S::min_positive_value()) {
        return [S::of(factor), S::one()];
    }
    [S::of(factor.sqrt()); 2]
}

/// Zero-fills the state of `parameters` parameters before the first step.
#[track_caller]
pub(super) fn remember<S: Scalar>(memory: &mut Vec<S>, parameters: usize) {
    if memory.is_empty() {
        memory.resize(parameters, S::zero());
    }
    assert!(
        memory.len() == parameters,
        "expected {} parameters, as in earlier steps of the optimizer, got {parameters}",
        memory.len()
    );
}
