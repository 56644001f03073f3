//! [`Module`]: parameters and a forward pass; [`module!`](crate::module) turns a struct into a module.

use super::{Activation, Objective, Parameters};
use crate::error::Error;
use crate::forward::Dual;
use crate::graph::{Graph, Value};
use crate::matrix::{AsMatrix, Matrix};
use crate::scalar::Scalar;

/// A network or a part of one: [`Parameters`] and a forward pass.
///
/// [`Layer`](crate::Layer) and [`Mlp`](crate::Mlp) are modules. A custom module is a struct that is generic over the
/// scalar type S. Its fields are modules, [`Parameter`](crate::Parameter)s and plain values. The macro
/// [`module!`](crate::module) takes the list of fields and the forward pass, and implements the traits.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Error, Layer, Loss, Matrix, Module, Optimizer, Scalar, Sgd};
///
/// /// x + scale·f(x) with a layer f.
/// #[derive(Clone)]
/// struct Residual<S: Scalar> {
///     inner: Layer<S>,
///     scale: f64,
/// }
///
/// backprop::module! {
///     Residual { inner; scale }
///     fn forward_batch(&self, x) { Ok(x + self.inner.forward_batch(x)? * self.scale) }
/// }
///
/// let mut rng = SomeRng::seed_from_u64(1);
/// let module = Residual { inner: Layer::<f64>::new(2, 2, Activation::Tanh, &mut rng), scale: 0.5 };
/// let (x, t) = (Matrix::from([[0.5, -0.5], [1.0, 2.0]]), Matrix::from([[1.0, 0.0], [0.0, 1.0]]));
/// let (loss, gradient) = module.loss_and_gradient(&x, &t, Loss::MeanSquaredError)?; // in the shape of the module
/// assert_eq!(gradient.inner.parameters().len(), 6);
///
/// let mut moved = module.clone();
/// Sgd::new(0.1).step(&mut moved, &gradient)?;
/// assert!(Loss::MeanSquaredError.evaluate_batch(&moved.forward_batch(&x)?, &t)? < loss);
/// # Ok::<(), Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module over `{S}`",
    label = "not a module",
    note = "turn a struct into a module by `backprop::module! {{ Name {{ fields }} fn forward_batch(&self, x) {{ … }} }}`",
    note = "all parts of a module, and the samples, have the same scalar type"
)]
pub trait Module<S: Scalar>: Parameters<S> {
    /// The module on a graph.
    type OnGraph<'g>: Module<Value<'g, S>>
    where
        S: 'g;

    /// Returns the module on a graph, with its parameters as variables of the graph.
    ///
    /// The parameters are the next variables that are created on the graph, in the order of [`Parameters::visit`]: a
    /// [`Workspace`](crate::Workspace) reads the gradient by this order.
    fn attach<'g>(&self, graph: &'g Graph<S>) -> Self::OnGraph<'g>;

    /// Computes the outputs for a batch, with a sample in each row.
    ///
    /// `ParallelWorkspace` and `Trainer::fit_parallel` split batches. They require that each row of outputs depends
    /// only on the same row of inputs.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of columns of `inputs` is not that of the module. [`Layer`](crate::Layer) and
    /// [`Mlp`](crate::Mlp) check it.
    ///
    /// # Panics
    /// If a custom module passes inputs of the wrong shape to an operation on a [`Matrix`]. To return an error instead,
    /// check the inputs by [`Error::check_count`].
    #[doc(alias = "call")]
    #[doc(alias = "apply")]
    fn forward_batch(&self, inputs: &Matrix<S>) -> Result<Matrix<S>, Error>;

    /// Returns the names of the dead ReLU units: neurons whose output is 0 for all these samples, so that they get no
    /// gradient.
    ///
    /// [`Mlp`](crate::Mlp) implements it; other modules return an empty vector by default.
    fn dead_units(&self, inputs: &Matrix<S>) -> Vec<String> {
        let _ = inputs;
        Vec::new()
    }

    /// Calls `f` with the numbers of inputs and outputs and the activation of each layer of an [`Mlp`](crate::Mlp).
    /// Other modules do not call it: nothing is known of their architecture.
    #[doc(hidden)]
    fn visit_layers(&self, f: &mut dyn FnMut([usize; 2], Activation)) {
        let _ = f;
    }

    /// Computes the outputs for one sample: for an [`Mlp`](crate::Mlp) neuron by neuron, in the order of the Rust source
    /// of a model.
    #[doc(hidden)]
    fn forward_sample(&self, inputs: Vec<S>) -> Result<Vec<S>, Error> {
        Ok(self.forward_batch(&Matrix::from(inputs))?.as_slice().to_vec())
    }

    /// Computes the outputs for a batch and their derivatives with respect to one input: `[u, ∂u/∂xᵢ]`.
    ///
    /// On a graph they are differentiable too, so that a loss can contain them. Each operation on matrices is a few
    /// operations on the matrices of values and tangents; those without a rule for tangents, such as softmax, compute
    /// with single numbers, which takes longer.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Activation, Matrix, Mlp, Module};
    ///
    /// let net = Mlp::<f64>::new(1, [(8, Activation::Tanh), (1, Activation::Identity)], &mut SomeRng::seed_from_u64(1))?;
    /// let x = Matrix::from([[0.5], [1.0]]);
    /// let [y, dy] = net.input_derivative(&x, 0)?;
    /// let ahead = net.forward_batch(&(&x + 1e-6))?;
    /// assert!((dy - (ahead - y) / 1e-6).norm() < 1e-5);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if there is no such input; the errors of [`forward_batch`](Self::forward_batch).
    #[doc(alias("jvp", "create_graph"))]
    fn input_derivative(&self, inputs: &Matrix<S>, input: usize) -> Result<[Matrix<S>; 2], Error>
    where
        Self::Over<Dual<S, 1>>: Module<Dual<S, 1>>,
    {
        let direction = direction(inputs, input)?;
        let net = self.map(&mut |parameters| parameters.clone().into());
        let outputs = net.forward_batch(&Matrix::from_tangents(inputs.clone(), [direction]))?;
        let [derivatives] = outputs.tangents();
        Ok([outputs.values(), derivatives])
    }

    /// Computes the outputs for a batch and their first and second derivatives with respect to one or two inputs:
    /// `[u, ∂u/∂xᵢ, ∂u/∂xⱼ, ∂²u/∂xᵢ∂xⱼ]`.
    ///
    /// On a graph they are differentiable too: a physics-informed network has them in its loss. For other derivatives,
    /// and for functions around a network, compute with a [`Matrix`] of [`Dual`]s.
    ///
    /// # Examples
    /// One step of a network that solves u″ = −π² sin πx:
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Activation, Adam, Matrix, Mlp, Module, Optimizer, Workspace};
    /// use std::f64::consts::PI;
    ///
    /// let mut rng = SomeRng::seed_from_u64(1);
    /// let mut net = Mlp::<f64>::new(1, [(16, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
    /// let (mut workspace, mut gradient, mut adam) = (Workspace::new(), net.clone(), Adam::new(0.01));
    /// let x = Matrix::from([[0.1], [0.3], [0.5], [0.7], [0.9]]);
    /// let loss = workspace.value_and_gradient(&net, &mut gradient, |net, graph| {
    ///     let x = graph.constants(&x);
    ///     let [_, _, _, second] = net.second_input_derivative(&x, [0, 0])?;
    ///     Ok((second + (x * PI).sin() * PI.powi(2)).powi(2).mean())
    /// })?;
    /// adam.step(&mut net, &gradient)?;
    /// assert!(loss > 0.0);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if there is no such input; the errors of [`forward_batch`](Self::forward_batch).
    #[doc(alias("jet", "pinn", "laplacian"))]
    fn second_input_derivative(&self, inputs: &Matrix<S>, [i, j]: [usize; 2]) -> Result<[Matrix<S>; 4], Error>
    where
        Self::Over<Dual<Dual<S, 1>, 1>>: Module<Dual<Dual<S, 1>, 1>>,
    {
        let [by_i, by_j] = [direction(inputs, i)?, direction(inputs, j)?];
        let net = self.map(&mut |parameters| Matrix::<Dual<S, 1>>::from(parameters.clone()).into());
        let inputs = Matrix::from_tangents(inputs.clone(), [by_i]);
        let outputs = net.forward_batch(&Matrix::from_tangents(inputs, [by_j.into()]))?;
        let (values, [derivatives]) = (outputs.values(), outputs.tangents());
        let ([by_i], [second]) = (values.tangents(), derivatives.tangents());
        Ok([values.values(), by_i, derivatives.values(), second])
    }

    /// Returns the loss over a batch and its derivatives with respect to the parameters, in the shape of the module.
    ///
    /// The module is in evaluation mode. In a loop, a [`Workspace`](crate::Workspace) reuses the memory, and has the
    /// module in training mode.
    ///
    /// # Errors
    /// [`Error::Shape`] if inputs, targets or weights do not fit the module or each other; [`Error::Empty`] without
    /// samples.
    #[doc(alias = "value_and_grad")]
    fn loss_and_gradient(
        &self,
        inputs: impl AsMatrix<S>,
        targets: impl AsMatrix<S>,
        loss: impl Objective,
    ) -> Result<(S, Self), Error>
    where
        Self: Sized,
    {
        let graph = Graph::new();
        let on_graph = self.attach(&graph);
        let outputs = on_graph.forward_batch(&graph.constants(inputs))?;
        let value = loss.evaluate_batch(&outputs, &graph.constants(targets))?;
        let (gradients, mut derivatives) = (value.backward(), Vec::new());
        on_graph.visit(&mut |parameters| derivatives.extend(gradients.of(parameters)));
        let mut gradient = self.clone();
        gradient.set_parameters(&derivatives)?;
        Ok((value.data(), gradient))
    }
}

/// Returns the direction of an input: 1 in its column, and 0 elsewhere.
fn direction<S: Scalar>(inputs: &Matrix<S>, input: usize) -> Result<Matrix<S>, Error> {
    let [rows, columns] = inputs.shape();
    if input >= columns {
        return Err(Error::invalid_argument("input", format!("be less than {columns}, the number of inputs"), input));
    }
    let element = |(_, column)| if column == input { S::one() } else { S::zero() };
    Ok(Matrix::from_shape_fn([rows, columns], element))
}

/// Implements [`Module`] for sequences of modules, in which the outputs of each are the inputs of the next. An empty
/// sequence returns its inputs.
macro_rules! impl_module_for_sequences {
    ($([$($generics:tt)*] $Sequence:ty, $OnGraph:ty, |$sequence:ident, $graph:ident| $attach:expr;)*) => {$(
        impl<S: Scalar, M: Module<S>, $($generics)*> Module<S> for $Sequence {
            type OnGraph<'g>
                = $OnGraph
            where
                S: 'g;

            fn attach<'g>(&self, $graph: &'g Graph<S>) -> $OnGraph {
                let $sequence = self;
                $attach
            }

            fn forward_batch(&self, inputs: &Matrix<S>) -> Result<Matrix<S>, Error> {
                self.iter().try_fold(inputs.clone(), |outputs, module| module.forward_batch(&outputs))
            }
        }
    )*};
}
impl_module_for_sequences! {
    [] Vec<M>, Vec<M::OnGraph<'g>>, |modules, graph| modules.iter().map(|module| module.attach(graph)).collect();
    [const N: usize] [M; N], [M::OnGraph<'g>; N], |modules, graph| modules.each_ref().map(|module| module.attach(graph));
    [] Option<M>, Option<M::OnGraph<'g>>, |module, graph| module.as_ref().map(|module| module.attach(graph));
}

/// Turns a struct into a [`Module`](crate::Module), given its fields and its forward pass.
///
/// The fields with parameters come first, then, after a semicolon, the plain fields. A field with parameters is a
/// module or a [`Parameter`](crate::Parameter), or an array, a `Vec` or an `Option` of them. The type of a plain field
/// does not depend on S. The struct must be `Clone`; its first generic parameter is the scalar type S, and constants
/// may follow.
///
/// # Examples
/// ```
/// use backprop::{Activation, Error, Layer, Matrix, Module, Parameter, Parameters, Scalar};
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
///
/// /// N layers between a scale and an offset.
/// #[derive(Clone)]
/// struct Stack<S: Scalar, const N: usize> {
///     scale: Parameter<S>,
///     layers: [Layer<S>; N],
///     last: Option<Layer<S>>,
///     offset: f64,
/// }
///
/// backprop::module! {
///     Stack<const N: usize> { scale, layers, last; offset }
///     fn forward_batch(&self, x) {
///         let y = self.layers.forward_batch(&(x * self.scale.values()))?;
///         Ok(self.last.forward_batch(&y)? + self.offset)
///     }
/// }
///
/// let mut rng = SomeRng::seed_from_u64(1);
/// let layers = [1, 2].map(|_| Layer::<f64>::new(2, 2, Activation::Tanh, &mut rng));
/// let stack = Stack { scale: Parameter::new(Matrix::from([1.0, 1.0])), layers, last: None, offset: 3.0 };
/// assert_eq!(stack.forward_batch(&Matrix::from([[0.0, 0.0]]))?, Matrix::from([[3.0, 3.0]]));
/// let names: Vec<String> = stack.parameter_info().iter().map(|info| info.name().into()).collect();
/// assert_eq!(names, ["scale", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]);
/// # Ok::<(), Error>(())
/// ```
#[macro_export]
macro_rules! module {
    (
        $Module:ident $(<$(const $N:ident: $Constant:ty),+ $(,)?>)? {
            $($part:ident),* $(,)? $(; $($plain:ident),* $(,)?)?
        }
        fn forward_batch(&$self:ident, $inputs:ident $(,)?) $forward:block
    ) => {
        impl<S: $crate::Scalar $($(, const $N: $Constant)+)?> $crate::Parameters<S> for $Module<S $($(, $N)+)?> {
            type Over<R: $crate::Scalar> = $Module<R $($(, $N)+)?>;

            #[allow(unused_variables, reason = "a module may have no parameters")]
            fn map<R: $crate::Scalar>(
                &self,
                f: &mut impl ::core::ops::FnMut(&$crate::Matrix<S>) -> $crate::Matrix<R>,
            ) -> Self::Over<R> {
                $Module {
                    $($part: $crate::Parameters::map(&self.$part, f),)*
                    $($($plain: ::core::clone::Clone::clone(&self.$plain),)*)?
                }
            }

            #[allow(unused_variables, reason = "a module may have no parameters")]
            fn visit(&self, f: &mut impl ::core::ops::FnMut(&$crate::Matrix<S>)) {
                $($crate::Parameters::visit(&self.$part, f);)*
            }

            #[allow(unused_variables, reason = "a module may have no parameters")]
            fn visit_mut(&mut self, f: &mut impl ::core::ops::FnMut(&mut $crate::Matrix<S>)) {
                $($crate::Parameters::visit_mut(&mut self.$part, f);)*
            }

            #[allow(unused_variables, reason = "a module may have no parameters")]
            fn zip(&mut self, other: &Self, f: &mut impl ::core::ops::FnMut(&mut $crate::Matrix<S>, &$crate::Matrix<S>)) {
                $($crate::Parameters::zip(&mut self.$part, &other.$part, f);)*
            }

            fn parameter_info(&self) -> ::std::vec::Vec<$crate::ParameterInfo> {
                $crate::ParameterInfo::of_parts::<&str>([
                    $((stringify!($part), $crate::Parameters::<S>::parameter_info(&self.$part))),*
                ])
            }

            #[allow(unused_variables, reason = "a module may have no parameters")]
            fn set_training(&mut self, seeds: &mut dyn ::core::ops::FnMut() -> u64) {
                $($crate::Parameters::<S>::set_training(&mut self.$part, seeds);)*
            }

            #[allow(unused_variables, reason = "a module may have no parameters")]
            fn visit_buffers(&self, f: &mut dyn ::core::ops::FnMut(&$crate::Buffer)) {
                $($crate::Parameters::<S>::visit_buffers(&self.$part, f);)*
            }

            #[allow(unused_variables, reason = "a module may have no parameters")]
            fn visit_buffers_mut(&mut self, f: &mut dyn ::core::ops::FnMut(&mut $crate::Buffer)) {
                $($crate::Parameters::<S>::visit_buffers_mut(&mut self.$part, f);)*
            }

            fn buffer_names(&self) -> ::std::vec::Vec<::std::string::String> {
                $crate::Buffer::names_of_parts::<&str>([
                    $((stringify!($part), $crate::Parameters::<S>::buffer_names(&self.$part))),*
                ])
            }
        }

        impl<S: $crate::Scalar $($(, const $N: $Constant)+)?> $crate::Module<S> for $Module<S $($(, $N)+)?> {
            type OnGraph<'g> = $Module<$crate::Value<'g, S> $($(, $N)+)?> where S: 'g;

            fn attach<'g>(&self, graph: &'g $crate::Graph<S>) -> Self::OnGraph<'g> {
                $crate::Parameters::map(self, &mut |matrix| graph.matrix(matrix))
            }

            fn forward_batch(
                &$self,
                $inputs: &$crate::Matrix<S>,
            ) -> ::core::result::Result<$crate::Matrix<S>, $crate::Error> $forward
        }
    };
    (
        $Module:ident $(<$(const $N:ident: $Constant:ty),+ $(,)?>)? { $($fields:tt)* }
        fn forward_batch($self:ident, $inputs:ident) $forward:block
    ) => {
        ::core::compile_error!("`forward_batch` borrows the module: write `fn forward_batch(&self, x)`");
    };
    ($Module:ident<$S:ident $($rest:tt)*) => {
        ::core::compile_error!("the scalar type is not listed: write `Name { … }`, or `Name<const N: usize> { … }`");
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "expected `Name { fields with parameters; plain fields } fn forward_batch(&self, x) { … }`, without types"
        );
    };
}
