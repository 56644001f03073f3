//! [`Mode`]: training or evaluation, for layers that behave otherwise in training.

use super::Parameters;
use crate::scalar::Scalar;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use std::sync::atomic::{AtomicU64, Ordering};

/// The mode of a module, training or evaluation: a field of modules that behave otherwise in training, like
/// [`Dropout`](crate::Dropout).
///
/// A new mode is evaluation. [`Trainer`](crate::Trainer) and [`Workspace`](crate::Workspace) put the copy of the module
/// that they attach to a graph in training mode, by [`Parameters::set_training`], and never the module itself: no
/// evaluation or prediction can see the training mode.
///
/// # Examples
/// ```
/// use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Dataset, Loss, Matrix, Mode, Module, Parameter, Scalar, Sgd, Trainer};
///
/// /// y = w·x, with noise on the inputs in training.
/// #[derive(Clone)]
/// struct Noisy<S: Scalar> {
///     weight: Parameter<S>,
///     mode: Mode,
/// }
///
/// backprop::module! {
///     Noisy { weight, mode }
///     fn forward_batch(&self, x) {
///         let Some(mut rng) = self.mode.rng() else { return Ok(x.matmul(self.weight.values())) };
///         let noise = Matrix::from_shape_fn(x.shape(), |_| S::of(rng.random_range(-0.1..0.1)));
///         Ok((x + noise).matmul(self.weight.values()))
///     }
/// }
///
/// let mut net = Noisy { weight: Parameter::new([0.0]), mode: Mode::new() };
/// let dataset = Dataset::new([[1.0], [2.0]], [[3.0], [6.0]])?;
/// Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).fit(&mut net, &dataset)?;
/// let w = net.weight.values()[(0, 0)];
/// assert!(w != 3.0 && (w - 3.0_f64).abs() < 0.3);
/// assert_eq!(net.forward_batch(&Matrix::from([[2.0]]))?, Matrix::from([[2.0 * w]]));
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Mode {
    /// The seed of the random numbers in training; `None` in evaluation.
    seed: Option<u64>,
    /// The number of generators that were created: a layer that is used several times in a forward pass, as in a
    /// recurrent network, has other random numbers each time.
    generators: AtomicU64,
}

impl Mode {
    /// Creates the evaluation mode.
    pub fn new() -> Mode {
        Mode::default()
    }

    /// Returns true in training.
    pub fn is_training(&self) -> bool {
        self.seed.is_some()
    }

    /// Returns a generator of random numbers in training, another one at each call; `None` in evaluation.
    pub fn rng(&self) -> Option<Xoshiro256PlusPlus> {
        let number = |seed: u64| seed.wrapping_add(self.generators.fetch_add(1, Ordering::Relaxed));
        self.seed.map(|seed| Xoshiro256PlusPlus::seed_from_u64(number(seed)))
    }
}

impl Clone for Mode {
    fn clone(&self) -> Mode {
        Mode { seed: self.seed, generators: AtomicU64::new(self.generators.load(Ordering::Relaxed)) }
    }
}

/// Modes are equal if both are evaluation, or both are training with the same seed.
impl PartialEq for Mode {
    fn eq(&self, other: &Mode) -> bool {
        self.seed == other.seed
    }
}

impl_without_parameters! {
    Mode {
        fn set_training(&mut self, seeds: &mut dyn FnMut() -> u64) {
            *self = Mode { seed: Some(seeds()), generators: AtomicU64::new(0) };
        }
    }
}

/// The seeds of the training mode: each step has its own random numbers, given by the seed and the number of the step,
/// so that a training can be continued anywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seeds {
    seed: u64,
    pub(crate) steps: u64,
}

impl Seeds {
    pub(crate) fn new(seed: u64, steps: u64) -> Seeds {
        Seeds { seed, steps }
    }

    /// Puts a module in training mode for the next step.
    pub(crate) fn begin_next<S: Scalar>(&mut self, module: &mut impl Parameters<S>) {
        self.begin(module, 0);
        self.steps += 1;
    }

    /// Puts a module in training mode for this step, on a part of its batch.
    pub(crate) fn begin<S: Scalar>(&self, module: &mut impl Parameters<S>, part: u64) {
        // Odd factors, so that steps and parts have different seeds.
        let step =
            self.steps.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(part.wrapping_mul(0xC2B2_AE3D_27D4_EB4F));
        let mut rng = None;
        module.set_training(&mut || {
            let seed = self.seed.wrapping_add(step);
            rng.get_or_insert_with(|| Xoshiro256PlusPlus::seed_from_u64(seed)).next_u64()
        });
    }
}
