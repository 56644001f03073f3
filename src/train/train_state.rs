//! [`TrainState`]: a network, its optimizer and the memory of their training steps.

use super::Optimizer;
use crate::error::Error;
use crate::graph::{Graph, Value};
use crate::matrix::AsMatrix;
use crate::nn::{Module, Objective, Workspace};
use crate::scalar::Scalar;

/// A network, its optimizer and the memory of a training step, for custom training loops.
///
/// A step computes a loss and its gradient g with respect to the parameters by a [`Workspace`], and passes the gradient
/// to [`Optimizer::step`]. It allocates nothing after the first, with the exceptions of the workspace. To change the
/// gradient before the optimizer uses it, write the loop over a [`Workspace`].
///
/// # Examples
/// The loss of an autoencoder, which has no targets, and a penalty:
///
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Adam, Error, Mlp, Module, TrainState};
///
/// let x = [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [-1.0, -2.0, -3.0]];
/// let sizes = [(1, Activation::Identity), (3, Activation::Identity)];
/// let net = Mlp::<f64>::new(3, sizes, &mut SomeRng::seed_from_u64(1))?;
/// let mut state = TrainState::new(net, Adam::new(0.02));
/// let mut loss = f64::INFINITY;
/// for _ in 0..500 {
///     loss = state.step(|net, graph| {
///         let x = graph.constants(&x);
///         let restored = net.forward_batch(&x)?;
///         Ok((&restored - &x).powi(2).mean() + restored.mean().powi(2) * 0.01)
///     })?;
/// }
/// assert!(loss < 0.05);
/// assert!((state.net.forward(&[1.0, 2.0, 3.0])?[2] - 3.0).abs() < 0.3);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct TrainState<T: Scalar, N, O> {
    /// The network.
    pub net: N,
    /// The optimizer.
    pub optimizer: O,
    gradient: N,
    workspace: Workspace<T>,
}

impl<T: Scalar, N: Module<T>, O: Optimizer<T>> TrainState<T, N, O> {
    /// Creates the state before the first step, with seed 0.
    pub fn new(net: N, optimizer: O) -> TrainState<T, N, O> {
        TrainState { gradient: net.clone(), net, optimizer, workspace: Workspace::new() }
    }

    /// Sets the seed of the random numbers that layers like [`Dropout`](crate::Dropout) draw in training.
    #[doc(alias = "manual_seed")]
    pub fn seed(self, seed: u64) -> TrainState<T, N, O> {
        TrainState { workspace: self.workspace.seed(seed), ..self }
    }

    /// Makes a training step with the loss that a function of the network returns; returns the loss before the step.
    ///
    /// The function takes the network on a graph, in training mode, and the graph, on which [`Graph::constants`] creates
    /// matrices of data: see [`Workspace::value_and_gradient`].
    ///
    /// # Errors
    /// Those of [`Workspace::value_and_gradient`] and of [`Optimizer::step`]. The network is not changed then.
    ///
    /// # Panics
    /// If the function returns a value of another graph.
    #[doc(alias("value_and_grad", "closure", "apply_gradients"))]
    #[track_caller]
    pub fn step(
        &mut self,
        f: impl for<'g> FnOnce(&N::Over<Value<'g, T>>, &'g Graph<T>) -> Result<Value<'g, T>, Error>,
    ) -> Result<T, Error> {
        let loss = self.workspace.value_and_gradient(&self.net, &mut self.gradient, f)?;
        self.optimizer.step(&mut self.net, &self.gradient)?;
        Ok(loss)
    }

    /// Makes a training step with the loss over a batch; returns the loss before the step.
    ///
    /// Shapes: `inputs` and `targets` have a sample in each row.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Activation, Loss, Mlp, Sgd, TrainState};
    ///
    /// let (x, t) = ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]]);
    /// let mut rng = SomeRng::seed_from_u64(1);
    /// let net = Mlp::<f64>::new(2, [(4, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
    /// let mut state = TrainState::new(net, Sgd::new(0.5));
    /// let mut loss = f64::INFINITY;
    /// for _ in 0..2000 {
    ///     loss = state.train_on_batch(&x, &t, Loss::BinaryCrossEntropyWithLogits)?;
    /// }
    /// assert!(loss < 0.01); // exclusive or
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Workspace::loss_and_gradient`] and of [`Optimizer::step`]. The network is not changed then.
    #[doc(alias("partial_fit", "training_step"))]
    pub fn train_on_batch(
        &mut self,
        inputs: impl AsMatrix<T>,
        targets: impl AsMatrix<T>,
        loss: impl Objective,
    ) -> Result<T, Error> {
        let loss = self.workspace.loss_and_gradient(&self.net, inputs, targets, loss, &mut self.gradient)?;
        self.optimizer.step(&mut self.net, &self.gradient)?;
        Ok(loss)
    }
}
