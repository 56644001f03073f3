//! [`Parameters`]: a tree of parameters, which can be visited, copied to a graph and saved.

use super::{Buffer, ParameterInfo};
use crate::error::Error;
use crate::graph::{Gradients, Value};
use crate::matrix::Matrix;
use crate::scalar::Scalar;

/// A tree of parameters in a fixed order: a [`Parameter`](crate::Parameter), a [`Layer`](crate::Layer), a custom
/// [`Module`](crate::Module), or an array, a `Vec` or an `Option` of them.
///
/// Optimizers, files and pictures access the parameters of a network through it. [`module!`](crate::module) implements
/// it for a struct.
///
/// # Examples
/// ```
/// use backprop::{Matrix, Parameter, Parameters};
///
/// let mut parameters = vec![
///     Parameter::<f64>::new(Matrix::from([[1.0, 2.0]])),
///     Parameter::bias(Matrix::from([[3.0]])),
/// ];
/// assert_eq!((parameters.count(), parameters.is_bias()), (3, vec![false, false, true]));
/// parameters.visit_mut(&mut |values| *values *= 2.0);
/// assert_eq!(parameters.parameters(), [2.0, 4.0, 6.0]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no parameters",
    note = "in `module!`, list fields without parameters after a semicolon: `Residual {{ inner; scale }}`"
)]
pub trait Parameters<S: Scalar>: Clone {
    /// The type of these parameters over another scalar type.
    type Over<R: Scalar>: Parameters<R>;

    /// Returns a copy over another scalar type, with `f` of each matrix of parameters.
    ///
    /// # Panics
    /// If `f` returns another number of elements for a matrix of a layer.
    fn map<R: Scalar>(&self, f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> Self::Over<R>;

    /// Calls `f` with each matrix of parameters, in order.
    fn visit(&self, f: &mut impl FnMut(&Matrix<S>));

    /// Calls `f` with a mutable reference to each matrix of parameters, in order.
    fn visit_mut(&mut self, f: &mut impl FnMut(&mut Matrix<S>));

    /// Calls `f` with a mutable reference to each matrix of parameters and the corresponding matrix of `other`, which
    /// must have the same shape.
    fn zip(&mut self, other: &Self, f: &mut impl FnMut(&mut Matrix<S>, &Matrix<S>));

    /// Returns the names and shapes of the parameters.
    #[doc(alias = "named_parameters")]
    #[doc(alias = "state_dict")]
    fn parameter_info(&self) -> Vec<ParameterInfo>;

    /// Puts the module in training mode, with seeds for the random numbers of its layers: calls
    /// [`Mode::set_training`](crate::Mode) of each [`Mode`](crate::Mode) in it.
    ///
    /// [`Workspace`](crate::Workspace) and [`Trainer`](crate::Trainer) call it for the copy of the module on the graph.
    /// In a loop without them, call it for the result of [`Module::attach`](crate::Module::attach).
    #[doc(alias = "train")]
    fn set_training(&mut self, seeds: &mut dyn FnMut() -> u64) {
        let _ = seeds;
    }

    /// Calls `f` with each [`Buffer`](crate::Buffer), in order.
    fn visit_buffers(&self, f: &mut dyn FnMut(&Buffer)) {
        let _ = f;
    }

    /// Calls `f` with a mutable reference to each [`Buffer`](crate::Buffer), in order.
    fn visit_buffers_mut(&mut self, f: &mut dyn FnMut(&mut Buffer)) {
        let _ = f;
    }

    /// Returns the names of the buffers, in order.
    fn buffer_names(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns the name of the parameter with this index, counted from 0, for errors.
    fn name_of(&self, parameter: usize) -> String {
        let infos = self.parameter_info();
        let positions = infos.iter().map(|info| (info, info.indices().position(|index| index == parameter)));
        match positions.filter_map(|(info, position)| Some((info, position?))).next() {
            Some((info, position)) => format!("element {} of {}", position + 1, info.name()),
            None => format!("parameter {}", parameter + 1),
        }
    }

    /// Checks that `other` has the same shape; `place` names it in the error.
    ///
    /// # Errors
    /// [`Error::Shape`] if a shape differs.
    fn check_shape(&self, other: &Self, place: &str) -> Result<(), Error> {
        // Called at every training step: the shapes of up to FEW matrices need no allocation.
        const FEW: usize = 32;
        let (mut few, mut more, mut count) = ([[0; 2]; FEW], Vec::new(), 0);
        self.visit(&mut |matrix| {
            match few.get_mut(count) {
                Some(own) => *own = matrix.shape(),
                None => more.push(matrix.shape()),
            }
            count += 1;
        });
        let (mut i, mut result) = (0, Error::check_count("parameters", self.count(), other.count(), || place.into()));
        other.visit(&mut |matrix| {
            if i < count && result.is_ok() {
                let [own, other] = [few.get(i).copied().unwrap_or_else(|| more[i - FEW]), matrix.shape()];
                let place = || format!("matrix {} of {place}", i + 1);
                result = Error::check_count("rows", own[0], other[0], place);
                result = result.clone().and(Error::check_count("columns", own[1], other[1], place));
            }
            i += 1;
        });
        result
    }

    /// Returns the number of parameters.
    fn count(&self) -> usize {
        let mut count = 0;
        self.visit(&mut |matrix| count += matrix.len());
        count
    }

    /// Returns all parameters, in order.
    fn parameters(&self) -> Vec<S> {
        let mut parameters = Vec::new();
        self.visit(&mut |matrix| parameters.extend_from_slice(matrix.as_slice()));
        parameters
    }

    /// Sets all parameters, in order.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of parameters differs. Nothing is changed then.
    #[track_caller]
    fn set_parameters(&mut self, parameters: &[S]) -> Result<(), Error> {
        Error::check_count("parameters", self.count(), parameters.len(), || "set_parameters".into())?;
        self.combine(parameters, |_, parameter| parameter);
        Ok(())
    }

    /// Returns true for each parameter that is a bias, in order.
    fn is_bias(&self) -> Vec<bool> {
        let mut is_bias = vec![false; self.count()];
        for info in self.parameter_info().iter().filter(|info| info.is_bias()) {
            info.indices().for_each(|index| is_bias[index] = true);
        }
        is_bias
    }

    /// Replaces each parameter by `f` of it and the value at the same index of `values`, which has the same length.
    #[doc(hidden)]
    fn combine(&mut self, mut values: &[S], mut f: impl FnMut(S, S) -> S) {
        self.visit_mut(&mut |matrix| {
            let (head, tail) = values.split_at(matrix.len());
            matrix.with_slice_mut(|elements| elements.iter_mut().zip(head).for_each(|(x, &y)| *x = f(*x, y)));
            values = tail;
        });
    }
}

impl<T: Scalar> Gradients<T> {
    /// Returns the derivatives with respect to the parameters of a module on the graph, in the shape of the module.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Activation, Graph, Layer, Module, Neuron};
    ///
    /// let layer = Layer::from_neurons([Neuron::new([2.0, 3.0], 0.5, Activation::Identity)])?;
    /// let graph = Graph::new();
    /// let on_graph = layer.attach(&graph);
    /// let y = on_graph.forward_batch(&graph.constants(&[[1.0, 4.0]]))?;
    /// let gradient = y.sum().powi(2).backward().of_module(&on_graph);
    /// assert_eq!(gradient.parameters(), [29.0, 116.0, 29.0]); // 2y·x, 2y
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the module is on another graph, or was attached after the graph was cleared.
    #[track_caller]
    pub fn of_module<'g, P: Parameters<Value<'g, T>>>(&self, module: &P) -> P::Over<T> {
        module.map::<T>(&mut |matrix| Matrix::from_vec(matrix.shape(), self.of(matrix)))
    }
}

/// Implements [`Parameters`] for a type that has none. The braces have its other methods, for its mode or its buffers.
macro_rules! impl_without_parameters {
    ($Type:ident { $($method:tt)* }) => {
        /// It has no parameters.
        impl<S: $crate::Scalar> $crate::Parameters<S> for $Type {
            type Over<R: $crate::Scalar> = $Type;

            fn map<R: $crate::Scalar>(&self, _: &mut impl FnMut(&$crate::Matrix<S>) -> $crate::Matrix<R>) -> $Type {
                self.clone()
            }

            fn visit(&self, _: &mut impl FnMut(&$crate::Matrix<S>)) {}

            fn visit_mut(&mut self, _: &mut impl FnMut(&mut $crate::Matrix<S>)) {}

            fn zip(&mut self, _: &Self, _: &mut impl FnMut(&mut $crate::Matrix<S>, &$crate::Matrix<S>)) {}

            fn parameter_info(&self) -> Vec<$crate::ParameterInfo> {
                Vec::new()
            }

            $($method)*
        }
    };
}

/// Defines the methods of [`Parameters`] that call that of each part, in order.
macro_rules! methods_of_parts {
    () => {
        fn visit(&self, f: &mut impl FnMut(&Matrix<S>)) {
            self.iter().for_each(|part| part.visit(f));
        }

        fn visit_mut(&mut self, f: &mut impl FnMut(&mut Matrix<S>)) {
            self.iter_mut().for_each(|part| part.visit_mut(f));
        }

        fn zip(&mut self, other: &Self, f: &mut impl FnMut(&mut Matrix<S>, &Matrix<S>)) {
            self.iter_mut().zip(other).for_each(|(part, other)| part.zip(other, f));
        }

        fn set_training(&mut self, seeds: &mut dyn FnMut() -> u64) {
            self.iter_mut().for_each(|part| part.set_training(seeds));
        }

        fn visit_buffers(&self, f: &mut dyn FnMut(&Buffer)) {
            self.iter().for_each(|part| part.visit_buffers(f));
        }

        fn visit_buffers_mut(&mut self, f: &mut dyn FnMut(&mut Buffer)) {
            self.iter_mut().for_each(|part| part.visit_buffers_mut(f));
        }
    };
}

/// Implements [`Parameters`] for sequences, whose parts are named by their index.
macro_rules! impl_parameters_for_sequences {
    ($([$($generics:tt)*] $Sequence:ty, $Over:ty, |$sequence:ident, $f:ident| $map:expr;)*) => {$(
        impl<S: Scalar, P: Parameters<S>, $($generics)*> Parameters<S> for $Sequence {
            type Over<R: Scalar> = $Over;

            fn map<R: Scalar>(&self, $f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> $Over {
                let $sequence = self;
                $map
            }

            methods_of_parts!();

            fn parameter_info(&self) -> Vec<ParameterInfo> {
                ParameterInfo::of_parts(self.iter().map(Parameters::parameter_info).enumerate())
            }

            fn buffer_names(&self) -> Vec<String> {
                Buffer::names_of_parts(self.iter().map(Parameters::buffer_names).enumerate())
            }
        }
    )*};
}
impl_parameters_for_sequences! {
    [] Vec<P>, Vec<P::Over<R>>, |parts, f| parts.iter().map(|part| part.map::<R>(f)).collect();
    [const N: usize] [P; N], [P::Over<R>; N], |parts, f| parts.each_ref().map(|part| part.map::<R>(f));
}

/// The parameters are those of the value; `None` has none.
impl<S: Scalar, P: Parameters<S>> Parameters<S> for Option<P> {
    type Over<R: Scalar> = Option<P::Over<R>>;

    fn map<R: Scalar>(&self, f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> Option<P::Over<R>> {
        self.as_ref().map(|part| part.map::<R>(f))
    }

    methods_of_parts!();

    fn parameter_info(&self) -> Vec<ParameterInfo> {
        self.as_ref().map_or(Vec::new(), Parameters::parameter_info)
    }

    fn buffer_names(&self) -> Vec<String> {
        self.as_ref().map_or(Vec::new(), Parameters::buffer_names)
    }
}
