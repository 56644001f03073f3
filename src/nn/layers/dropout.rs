//! [`Dropout`], with its mathematics: both passes.

use crate::matrix::Matrix;
use crate::matrix::ops::{BackwardContext, Operation, elements};
use crate::nn::Mode;
use crate::scalar::Scalar;
use ndarray::ArrayView2;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// Dropout, `torch.nn.Dropout`: in training, each element is 0 with probability p, and otherwise divided by 1 − p, so
/// that its mean stays the same. In evaluation, the outputs are the inputs.
///
/// Which elements are 0 differs from step to step, and is given by the seed of the [`Trainer`](crate::Trainer) or
/// [`Workspace`](crate::Workspace).
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Dropout, Linear, Matrix, Module, Workspace};
///
/// let net = (Linear::<f64>::without_bias(1, 1, &mut SomeRng::seed_from_u64(1)), Dropout::new(0.5));
/// let x = Matrix::from([[1.0], [1.0], [1.0], [1.0]]);
/// let y = net.forward_batch(&x)?;
/// assert_eq!(y, net.0.forward_batch(&x)?);
///
/// let (mut workspace, mut gradient) = (Workspace::new().seed(1), net.clone());
/// workspace.value_and_gradient(&net, &mut gradient, |net, graph| {
///     let dropped = net.forward_batch(&graph.constants(&x))?.data();
///     assert!(dropped.iter().zip(&y).all(|(&dropped, &y)| dropped == 0.0 || dropped == 2.0 * y));
///     Ok(dropped.sum().into())
/// })?;
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # References
/// [Srivastava et al. 2014](https://jmlr.org/papers/v15/srivastava14a.html)
#[derive(Clone, Debug, PartialEq)]
pub struct Dropout {
    p: f64,
    mode: Mode,
}

impl Dropout {
    /// Creates dropout with the probability `p` of 0; PyTorch's default is 0.5.
    ///
    /// # Panics
    /// If `p` is not at least 0 and at most 1.
    #[track_caller]
    pub fn new(p: f64) -> Dropout {
        assert!((0.0..=1.0).contains(&p), "`p` must be at least 0 and at most 1, got {p}");
        Dropout { p, mode: Mode::new() }
    }

    /// Returns true in training.
    pub(super) fn is_training(&self) -> bool {
        self.mode.is_training()
    }

    /// Returns the outputs for `x`, which is not copied in evaluation.
    pub(super) fn apply<S: Scalar>(&self, x: Matrix<S>) -> Matrix<S> {
        match self.mode.rng() {
            Some(mut rng) => Matrix::compute([&x], Dropped { p: self.p, seed: rng.next_u64() }),
            None => x,
        }
    }
}

module_without_parameters! {
    Dropout, mode;
    fn forward_batch(&self, x) {
        Ok(self.apply(x.clone()))
    }
}

/// Each element times 0 with probability p, and otherwise times 1/(1 − p). These factors are the derivatives.
struct Dropped {
    p: f64,
    seed: u64,
}

impl Operation<1> for Dropped {
    type Kept = ();

    fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
        x
    }

    /// Saves the factors.
    fn saved(&self, [[rows, columns]]: [[usize; 2]; 1]) -> usize {
        rows * columns
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], factors: &mut [T]) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(self.seed);
        let (threshold, kept) = ((self.p * 2f64.powi(32)) as u64, T::of(1.0 / (1.0 - self.p)));
        for ((y, &x), factor) in result.iter_mut().zip(elements(x)).zip(factors) {
            // A dropped element is 0, even if it is infinite or NaN.
            if u64::from(rng.next_u32()) >= threshold {
                (*y, *factor) = (x * kept, kept);
            }
        }
    }

    fn backward<T: Scalar>(_: &(), context: &mut BackwardContext<'_, T, 1>) {
        context.add_products(0, context.saved);
    }
}
