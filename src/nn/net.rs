//! [`Net`]: what a net is to those who train it, the nets of users included.

use super::{ParameterInfo, WeightedLoss, Workspace};
use crate::error::Error;
use crate::graph::{Gradients, Graph, Value};
use crate::matrix::{AsRows, Rows};
use crate::scalar::Scalar;

/// A net: parameters, and outputs computed from inputs and from them.
///
/// [`Layer`](crate::Layer) and [`Mlp`](crate::Mlp) are nets. One of your own is a struct generic over the kind of number S,
/// made of nets and of [`Weights`](crate::Weights); the macro [`net!`](crate::net) lists its parts, and what remains to be
/// written is the forward pass:
///
/// ```
/// use backprop::ndarray::array;
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Error, Layer, Loss, Net, Optimizer, Rows, Scalar, Sgd};
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
    /// A number times a block is `x.multiply(&Rows::of_row(vec![S::of(0.5)]))`; it stands for all.
    ///
    /// Where batches are split ([`ParallelWorkspace`](crate::Workspace), `Trainer::fit_parallel`), each row of outputs must
    /// depend on its own row of inputs alone.
    ///
    /// # Errors
    /// [`Error::Shape`] when there are not as many inputs as the net takes: [`Layer`](crate::Layer) and
    /// [`Mlp`](crate::Mlp) say so.
    ///
    /// # Panics
    /// [`Rows`] that do not fit panic. A net whose inputs go to such an operation first counts them before, by
    /// [`Error::check_count`].
    fn forward_rows(&self, inputs: &S::Rows) -> Result<S::Rows, Error>;

    /// Which parameters belong together, and what they are called.
    fn tensors(&self) -> Vec<ParameterInfo>;

    /// What the parameter of this index, counted from 0, is called in errors.
    fn name_of(&self, parameter: usize) -> String {
        let tensors = self.tensors();
        let places = tensors.iter().map(|tensor| (tensor, tensor.indices().position(|index| index == parameter)));
        match places.filter_map(|(tensor, place)| Some((tensor, place?))).next() {
            Some((tensor, place)) => format!("number {} of {}", place + 1, tensor.name()),
            None => format!("parameter {}", parameter + 1),
        }
    }

    /// Whether another net has the same shape.
    ///
    /// # Errors
    /// [`Error::Shape`] with what differs; `place` says where.
    fn check_shape(&self, other: &Self, place: &str) -> Result<(), Error> {
        // This is asked at every step of training: a few blocks take no memory, and many take time for each alone.
        const FEW: usize = 32;
        let (mut few, mut more, mut count) = ([[0; 2]; FEW], Vec::new(), 0);
        self.visit(&mut |block| {
            match few.get_mut(count) {
                Some(own) => *own = block.dimensions(),
                None => more.push(block.dimensions()),
            }
            count += 1;
        });
        let (mut i, mut result) = (0, Error::check_count("parameters", self.count(), other.count(), || place.into()));
        other.visit(&mut |block| {
            if i < count && result.is_ok() {
                let [own, other] = [few.get(i).copied().unwrap_or_else(|| more[i - FEW]), block.dimensions()];
                let place = || format!("block {} of {place}", i + 1);
                result = Error::check_count("rows", own[0], other[0], place);
                result = result.clone().and(Error::check_count("columns", own[1], other[1], place));
            }
            i += 1;
        });
        result
    }

    /// Which neurons answer 0 to all these samples, so that no gradient passes them: relu's lost units.
    ///
    /// A net that is not made of layers alone cannot say, and names none.
    fn dead_units(&self, inputs: &S::Rows) -> Vec<String> {
        let _ = inputs;
        Vec::new()
    }

    /// How many parameters there are.
    fn count(&self) -> usize {
        let mut count = 0;
        self.visit(&mut |block| count += block.count());
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
    /// [`Error::Shape`] when there are not as many; nothing is changed then.
    #[track_caller]
    fn set_parameters(&mut self, parameters: &[S]) -> Result<(), Error> {
        Error::check_count("parameters", self.count(), parameters.len(), || "set_parameters".into())?;
        self.combine(parameters, |_, parameter| parameter);
        Ok(())
    }

    /// Replaces each parameter by `f` of it and of its neighbour among these, as many, in the same order.
    #[doc(hidden)]
    fn combine(&mut self, mut numbers: &[S], mut f: impl FnMut(S, S) -> S) {
        self.visit_mut(&mut |block| {
            let (own, others) = numbers.split_at(block.count());
            block.with_slice_mut(|block| block.iter_mut().zip(own).for_each(|(x, &y)| *x = f(*x, y)));
            numbers = others;
        });
    }

    /// The outputs for many samples, one in each row, of `ndarray` arrays or views in any memory order.
    ///
    /// # Errors
    /// Those of [`forward_rows`](Self::forward_rows).
    #[track_caller]
    fn forward_batch(&self, inputs: impl AsRows<S>) -> Result<S::Rows, Error> {
        inputs.with_rows(|inputs| self.forward_rows(&S::Rows::from_view(inputs)))
    }

    /// The same net on a graph, its parameters leaves of it.
    #[inline]
    fn attach<'g>(&self, graph: &'g Graph<S>) -> Self::Over<Value<'g, S>> {
        self.convert::<Value<'g, S>>(&mut |block| block.attach(graph))
    }

    /// The loss over a batch, and its derivatives by the parameters, in the shape of the net.
    ///
    /// In a loop a [`Workspace`] keeps the memory for it.
    ///
    /// # Errors
    /// [`Error::Shape`] when inputs, targets or weights do not fit the net or one another, [`Error::Empty`] without samples.
    fn loss_and_gradient<'w>(
        &self,
        inputs: impl AsRows<S>,
        targets: impl AsRows<S>,
        loss: impl Into<WeightedLoss<'w>>,
    ) -> Result<(S, Self), Error>
    where
        Self: Sized,
    {
        let mut gradient = self.clone();
        let loss = Workspace::new().loss_and_gradient(self, inputs, targets, loss, &mut gradient)?;
        Ok((loss, gradient))
    }
}

impl<T: Scalar> Gradients<T> {
    /// The derivatives by the parameters of a net on the graph, in the shape of the net: of a net of one's own, and a loss of
    /// one's own.
    ///
    /// ```
    /// use backprop::{Activation, Graph, Layer, Net, Neuron, Rows};
    ///
    /// let layer = Layer::from_neurons([Neuron::new([2.0, 3.0], 0.5, Activation::Identity)])?;
    /// let graph = Graph::new();
    /// let on_graph = layer.attach(&graph);
    /// let y = on_graph.forward_rows(&graph.constants(&[[1.0, 4.0]]))?;
    /// let gradient = y.sum_all().powi(2).backward().of_net(&on_graph);
    /// assert_eq!(gradient.parameters(), [29.0, 116.0, 29.0]); // 2y·x, 2y
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// When the net is on another graph, or was attached after it was cleared.
    #[track_caller]
    pub fn of_net<'g, N: Net<Value<'g, T>>>(&self, net: &N) -> N::Over<T> {
        net.convert::<T>(&mut |block| T::Rows::from_numbers(self.of(block), block.dimensions()[1]))
    }
}

/// Nets one after another, each fed with the outputs of the one before it; without any, the inputs as they are.
impl<S: Scalar, N: Net<S>> Net<S> for Vec<N> {
    type Over<R: Scalar> = Vec<N::Over<R>>;

    fn convert<R: Scalar>(&self, f: &mut impl FnMut(&S::Rows) -> R::Rows) -> Vec<N::Over<R>> {
        self.iter().map(|net| net.convert::<R>(f)).collect()
    }

    fn visit(&self, f: &mut impl FnMut(&S::Rows)) {
        self.iter().for_each(|net| net.visit(f));
    }

    fn visit_mut(&mut self, f: &mut impl FnMut(&mut S::Rows)) {
        self.iter_mut().for_each(|net| net.visit_mut(f));
    }

    fn update(&mut self, other: &Self, f: &mut impl FnMut(&mut S::Rows, &S::Rows)) {
        self.iter_mut().zip(other).for_each(|(net, other)| net.update(other, f));
    }

    fn tensors(&self) -> Vec<ParameterInfo> {
        ParameterInfo::of_parts(self.iter().map(Net::tensors).enumerate())
    }

    fn forward_rows(&self, inputs: &S::Rows) -> Result<S::Rows, Error> {
        self.iter().try_fold(inputs.clone(), |outputs, net| net.forward_rows(&outputs))
    }
}

/// Makes a struct a [`Net`](crate::Net): its fields that have parameters (nets, [`Weights`](crate::Weights)), those that have
/// none after `;`, which are cloned and do not depend on the kind of number, and its forward pass.
///
/// A field may be a `Vec` of nets, as many as are wanted when the program runs: a list of nets is a net, too, in which each is
/// fed with the outputs of the one before it.
///
/// The struct has one parameter, the kind of number, and is `Clone`. For examples see [`Net`](crate::Net).
#[macro_export]
macro_rules! net {
    (
        $Net:ident { $($part:ident),* $(,)? $(; $($other:ident),* $(,)?)? }
        fn forward_rows($self:ident, $inputs:ident) $forward:block
    ) => {
        impl<S: $crate::Scalar> $crate::Net<S> for $Net<S> {
            type Over<R: $crate::Scalar> = $Net<R>;

            #[allow(unused_variables, reason = "a net may have no parts")]
            fn convert<R: $crate::Scalar>(&self, f: &mut impl ::core::ops::FnMut(&S::Rows) -> R::Rows) -> $Net<R> {
                $Net {
                    $($part: self.$part.convert::<R>(f),)*
                    $($($other: ::core::clone::Clone::clone(&self.$other),)*)?
                }
            }

            #[allow(unused_variables, reason = "a net may have no parts")]
            fn visit(&self, f: &mut impl ::core::ops::FnMut(&S::Rows)) {
                $(self.$part.visit(f);)*
            }

            #[allow(unused_variables, reason = "a net may have no parts")]
            fn visit_mut(&mut self, f: &mut impl ::core::ops::FnMut(&mut S::Rows)) {
                $(self.$part.visit_mut(f);)*
            }

            #[allow(unused_variables, reason = "a net may have no parts")]
            fn update(&mut self, other: &Self, f: &mut impl ::core::ops::FnMut(&mut S::Rows, &S::Rows)) {
                $(self.$part.update(&other.$part, f);)*
            }

            fn tensors(&self) -> ::std::vec::Vec<$crate::ParameterInfo> {
                $crate::ParameterInfo::of_parts::<&str>([$((stringify!($part), self.$part.tensors())),*])
            }

            fn forward_rows(&$self, $inputs: &S::Rows) -> ::core::result::Result<S::Rows, $crate::Error> $forward
        }
    };
}
