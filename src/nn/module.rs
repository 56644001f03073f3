//! [`Module`]: parameters and a forward pass; [`module!`](crate::module) makes a struct one.

use super::{Objective, Parameters, Workspace};
use crate::error::Error;
use crate::graph::{Graph, Value};
use crate::matrix::{AsMatrix, Matrix};
use crate::scalar::Scalar;

/// A network, or a part of one: [`Parameters`] and a forward pass.
///
/// [`Layer`](crate::Layer) and [`Mlp`](crate::Mlp) are modules. A custom one is a struct generic over its scalar type S, made
/// of modules, of [`Parameter`](crate::Parameter)s and of plain fields; the macro [`module!`](crate::module) lists them, and
/// what remains to be written is the forward pass:
///
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Error, Layer, Loss, Matrix, Module, Optimizer, Scalar, Sgd};
///
/// /// x + scale·f(x), f a layer: it starts near the identity.
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
pub trait Module<S: Scalar>: Parameters<S> {
    /// The module on a graph.
    type OnGraph<'g>: Module<Value<'g, S>>
    where
        S: 'g;

    /// Returns the module on a graph, its parameters variables of it.
    fn attach<'g>(&self, graph: &'g Graph<S>) -> Self::OnGraph<'g>;

    /// Computes the outputs for a batch, a sample in each row.
    ///
    /// Where batches are split (`ParallelWorkspace`, `Trainer::fit_parallel`), each row of outputs must depend on its own row
    /// of inputs alone.
    ///
    /// # Errors
    /// [`Error::Shape`] if the inputs do not have as many columns as the module takes: [`Layer`](crate::Layer) and
    /// [`Mlp`](crate::Mlp) check it.
    ///
    /// # Panics
    /// Operations on a [`Matrix`] whose shapes do not fit panic. A module that passes its inputs to such an operation first
    /// checks them by [`Error::check_count`].
    #[doc(alias = "call")]
    #[doc(alias = "apply")]
    fn forward_batch(&self, inputs: &Matrix<S>) -> Result<Matrix<S>, Error>;

    /// Returns the names of the neurons whose output is 0 for all these samples, so that no gradient passes them: dead ReLU
    /// units. A module that is not made of layers alone returns none.
    fn dead_units(&self, inputs: &Matrix<S>) -> Vec<String> {
        let _ = inputs;
        Vec::new()
    }

    /// Returns the loss over a batch and its derivatives with respect to the parameters, in the shape of the module.
    ///
    /// In a loop, a [`Workspace`] reuses the memory.
    ///
    /// # Errors
    /// [`Error::Shape`] if inputs, targets or weights do not fit the module or one another, [`Error::Empty`] without samples.
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
        let mut gradient = self.clone();
        let loss = Workspace::new().loss_and_gradient(self, inputs, targets, loss, &mut gradient)?;
        Ok((loss, gradient))
    }
}

/// Modules one after another, each with the outputs of the one before it as inputs; without any, the inputs as they are.
macro_rules! chain {
    ($([$($generics:tt)*] $Chain:ty, $OnGraph:ty, |$chain:ident, $graph:ident| $attach:expr;)*) => {$(
        impl<S: Scalar, M: Module<S>, $($generics)*> Module<S> for $Chain {
            type OnGraph<'g>
                = $OnGraph
            where
                S: 'g;

            fn attach<'g>(&self, $graph: &'g Graph<S>) -> $OnGraph {
                let $chain = self;
                $attach
            }

            fn forward_batch(&self, inputs: &Matrix<S>) -> Result<Matrix<S>, Error> {
                self.iter().try_fold(inputs.clone(), |outputs, module| module.forward_batch(&outputs))
            }
        }
    )*};
}
chain! {
    [] Vec<M>, Vec<M::OnGraph<'g>>, |modules, graph| modules.iter().map(|module| module.attach(graph)).collect();
    [const N: usize] [M; N], [M::OnGraph<'g>; N], |modules, graph| modules.each_ref().map(|module| module.attach(graph));
    [] Option<M>, Option<M::OnGraph<'g>>, |module, graph| module.as_ref().map(|module| module.attach(graph));
}

/// Makes a struct a [`Module`](crate::Module): lists its fields with parameters and, after a semicolon, its plain fields, and
/// defines its forward pass.
///
/// The struct is `Clone`; its first parameter is the scalar type S, and constants may follow. A field with parameters is a
/// module or a [`Parameter`](crate::Parameter), or several of them in an array, a `Vec` or an `Option`. A plain field does not
/// depend on S.
///
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
                    $((stringify!($part), $crate::Parameters::parameter_info(&self.$part))),*
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
    ($Module:ident $(<$(const $N:ident: $Constant:ty),+ $(,)?>)? $fields:tt fn forward_batch($self:ident, $inputs:ident) $forward:block) => {
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
