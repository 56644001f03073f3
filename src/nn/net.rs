//! [`Net`]: what a net is to those who train it, the nets of users included; and [`Workspace`], a training step's memory.

use super::Criterion;
use crate::rows::{AsRows, Rows};
use crate::{Error, Gradients, Graph, Scalar, Value, Values};

/// A net: parameters, and outputs computed from inputs and from them.
///
/// [`Layer`](crate::Layer) and [`Mlp`](crate::Mlp) are nets. One of your own is a struct generic over the kind of number S,
/// made of nets and of [`Weights`](crate::Weights); the macro [`net!`](crate::net) lists its parts, and what remains to be
/// written is the forward pass:
///
/// ```
/// use backprop::ndarray::array;
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Error, Layer, Loss, Net, Rows, Scalar, Sgd};
///
/// /// x + f(x), f a layer: it starts near the identity.
/// #[derive(Clone)]
/// struct Residual<S: Scalar> {
///     inner: Layer<S>,
/// }
///
/// backprop::net! {
///     Residual { inner }
///     fn forward_rows(self, x) {
///         Ok(x.add(&self.inner.forward_rows(x)?))
///     }
/// }
///
/// let mut rng = SomeRng::seed_from_u64(1);
/// let net = Residual { inner: Layer::<f64>::new(2, 2, Activation::Tanh, &mut rng) };
/// let (x, t) = (array![[0.5, -0.5], [1.0, 2.0]], array![[1.0, 0.0], [0.0, 1.0]]);
/// let (loss, gradient) = net.loss_and_gradient(&x, &t, Loss::MeanSquaredError)?; // in the shape of the net
/// assert_eq!(gradient.inner.parameters().len(), 6);
///
/// let mut moved = net.clone();
/// Sgd::new(0.1).step(&mut moved, &gradient)?;
/// assert!(Loss::MeanSquaredError.evaluate_batch(&moved.forward_rows(&x)?, &t)? < loss);
/// # Ok::<(), Error>(())
/// ```
pub trait Net<S: Scalar>: Clone {
    /// The same net over another kind of number.
    type Over<R: Scalar>: Net<R>;

    /// The same net with other parameters: `f` of each block of them, in order.
    fn convert<R: Scalar>(&self, f: &mut impl FnMut(&S::Rows) -> R::Rows) -> Self::Over<R>;

    /// Calls `f` with each block of parameters, in the same order.
    fn visit(&self, f: &mut impl FnMut(&S::Rows));

    /// Calls `f` with each block of parameters, in the same order, to change them.
    fn visit_mut(&mut self, f: &mut impl FnMut(&mut S::Rows));

    /// Calls `f` with each block of parameters and the same block of another net of this shape, to change the first.
    fn update(&mut self, other: &Self, f: &mut impl FnMut(&mut S::Rows, &S::Rows));

    /// The outputs for many samples, one in each row.
    ///
    /// # Errors
    /// [`Error::Count`] when there are not as many inputs as the net takes.
    fn forward_rows(&self, inputs: &S::Rows) -> Result<S::Rows, Error>;

    /// What the parameter of this index, counted from 0, is called in errors.
    fn name_of(&self, parameter: usize) -> String {
        format!("parameter {}", parameter + 1)
    }

    /// Whether another net has the same shape.
    ///
    /// # Errors
    /// [`Error::Count`] with what differs; `place` says where.
    fn check_shape(&self, other: &Self, place: &str) -> Result<(), Error> {
        Error::count("parameters", self.count(), other.count(), || place.into())
    }

    /// How many parameters there are.
    fn count(&self) -> usize {
        let mut count = 0;
        self.visit(&mut |block| count += block.len());
        count
    }

    /// All parameters, in order.
    fn parameters(&self) -> Vec<S> {
        let mut parameters = Vec::new();
        self.visit(&mut |block| block.with_slice(|numbers| parameters.extend_from_slice(numbers)));
        parameters
    }

    /// Sets all parameters, in the same order.
    ///
    /// # Errors
    /// [`Error::Count`] when there are not as many; nothing is changed then.
    #[track_caller]
    fn set_parameters(&mut self, parameters: &[S]) -> Result<(), Error> {
        Error::count("parameters", self.count(), parameters.len(), || "set_parameters".into())?;
        let mut rest = parameters;
        self.visit_mut(&mut |block| {
            let (own, others) = rest.split_at(block.len());
            let [_, columns] = block.shape();
            *block = S::Rows::from_numbers(own.to_vec(), columns);
            rest = others;
        });
        Ok(())
    }

    /// The same net on a graph, its parameters leaves of it.
    fn attach<'g>(&self, graph: &'g Graph<S>) -> Self::Over<Value<'g, S>> {
        self.convert::<Value<'g, S>>(&mut |block| block.attach(graph))
    }

    /// The loss over a batch, and its derivatives by the parameters, in the shape of the net.
    ///
    /// In a loop a [`Workspace`] keeps the memory for it.
    ///
    /// # Errors
    /// [`Error::Count`] when inputs, targets or weights do not fit the net or one another, [`Error::Empty`] without samples.
    fn loss_and_gradient<'w>(
        &self,
        inputs: impl AsRows<S>,
        targets: impl AsRows<S>,
        loss: impl Into<Criterion<'w>>,
    ) -> Result<(S, Self), Error>
    where
        Self: Sized,
    {
        let mut gradient = self.clone();
        let loss = Workspace::new().loss_and_gradient(self, inputs, targets, loss, &mut gradient)?;
        Ok((loss, gradient))
    }
}

/// The memory of a training step, kept from step to step: after the first, nothing is allocated.
///
/// ```
/// use backprop::ndarray::array;
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Loss, Mlp, Sgd, Workspace};
///
/// let (x, t) = (array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], array![[0.0], [1.0], [1.0], [0.0]]);
/// let mut rng = SomeRng::seed_from_u64(1);
/// let mut net = Mlp::<f64>::new(2, [(4, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
/// let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
/// let mut loss = f64::INFINITY;
/// for _ in 0..2000 {
///     loss = workspace.loss_and_gradient(&net, &x, &t, Loss::BinaryCrossEntropy, &mut gradient)?;
///     Sgd::new(0.5).step(&mut net, &gradient)?;
/// }
/// assert!(loss < 0.01); // exclusive or
/// # Ok::<(), backprop::Error>(())
/// ```
pub struct Workspace<T> {
    graph: Graph<T>,
    gradients: Gradients<T>,
}

impl<T: Scalar> Workspace<T> {
    /// No memory yet.
    pub fn new() -> Workspace<T> {
        Workspace { graph: Graph::new(), gradients: Gradients::new() }
    }

    /// The loss of a net over a batch; its derivatives by the parameters go to `gradient`, a net of the same shape.
    ///
    /// # Errors
    /// Those of [`Net::loss_and_gradient`], and [`Error::Count`] when `gradient` has another shape than the net. It is not
    /// changed then.
    pub fn loss_and_gradient<'w, N: Net<T>>(
        &mut self,
        net: &N,
        inputs: impl AsRows<T>,
        targets: impl AsRows<T>,
        loss: impl Into<Criterion<'w>>,
        gradient: &mut N,
    ) -> Result<T, Error> {
        self.graph.clear();
        let graph = &self.graph;
        let on_graph = net.attach(graph);
        let (inputs, targets) = (graph.constants(inputs), graph.constants(targets));
        let outputs = on_graph.forward_rows(&inputs)?;
        let loss: Value<'_, T> = loss.into().evaluate_batch(&outputs, &targets)?;
        net.check_shape(gradient, "gradient")?;

        loss.backward_into(&mut self.gradients);
        let mut start = 0; // the parameters are the first on the graph
        gradient.visit_mut(&mut |block| {
            let slopes = self.gradients.leaves(start..start + block.len());
            start += slopes.len();
            block.copy_from(slopes);
        });
        Ok(loss.data())
    }
}

impl<T: Scalar> Default for Workspace<T> {
    fn default() -> Workspace<T> {
        Workspace::new()
    }
}

/// A block of parameters, for nets of one's own: a matrix, or a row, of numbers that training changes.
///
/// ```
/// use backprop::ndarray::array;
/// use backprop::{Graph, Rows, Weights};
///
/// let weights = Weights::<f64>::new(array![[1.0, 2.0], [3.0, 4.0]]);
/// let x = array![[1.0, 0.0]];
/// assert_eq!(x.product(weights.rows()), array![[1.0, 2.0]]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Weights<S: Scalar>(S::Rows);

impl<S: Scalar> Weights<S> {
    /// These parameters.
    pub fn new(rows: S::Rows) -> Weights<S> {
        Weights(rows)
    }

    /// The parameters, to compute with.
    pub fn rows(&self) -> &S::Rows {
        &self.0
    }

    /// As [`Net::convert`].
    pub fn convert<R: Scalar>(&self, f: &mut impl FnMut(&S::Rows) -> R::Rows) -> Weights<R> {
        Weights(f(&self.0))
    }

    /// As [`Net::visit`].
    pub fn visit(&self, f: &mut impl FnMut(&S::Rows)) {
        f(&self.0);
    }

    /// As [`Net::visit_mut`].
    pub fn visit_mut(&mut self, f: &mut impl FnMut(&mut S::Rows)) {
        f(&mut self.0);
    }

    /// As [`Net::update`].
    pub fn update(&mut self, other: &Self, f: &mut impl FnMut(&mut S::Rows, &S::Rows)) {
        f(&mut self.0, &other.0);
    }
}

impl<T: Scalar> Weights<Value<'_, T>> {
    /// The derivatives by them.
    #[track_caller]
    pub fn gradient(&self, gradients: &Gradients<T>) -> Weights<T> {
        let values: &Values<'_, T> = &self.0;
        let [_, columns] = values.shape();
        Weights(T::Rows::from_numbers(gradients.of(values), columns))
    }
}

/// Makes a struct a [`Net`]: its fields that have parameters (nets, [`Weights`]), those that have none after `;`, which are
/// cloned, and its forward pass.
///
/// The struct has one parameter, the kind of number, and is `Clone`. For examples see [`Net`].
#[macro_export]
macro_rules! net {
    (
        $Net:ident { $($part:ident),* $(,)? $(; $($other:ident),* $(,)?)? }
        fn forward_rows($self:ident, $inputs:ident) $forward:block
    ) => {
        impl<S: $crate::Scalar> $crate::Net<S> for $Net<S> {
            type Over<R: $crate::Scalar> = $Net<R>;

            fn convert<R: $crate::Scalar>(&self, f: &mut impl FnMut(&S::Rows) -> R::Rows) -> $Net<R> {
                $Net {
                    $($part: self.$part.convert::<R>(f),)*
                    $($($other: self.$other.clone(),)*)?
                }
            }

            fn visit(&self, f: &mut impl FnMut(&S::Rows)) {
                $(self.$part.visit(f);)*
            }

            fn visit_mut(&mut self, f: &mut impl FnMut(&mut S::Rows)) {
                $(self.$part.visit_mut(f);)*
            }

            fn update(&mut self, other: &Self, f: &mut impl FnMut(&mut S::Rows, &S::Rows)) {
                $(self.$part.update(&other.$part, f);)*
            }

            fn forward_rows(&$self, $inputs: &S::Rows) -> Result<S::Rows, $crate::Error> $forward
        }
    };
}
