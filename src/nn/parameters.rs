//! [`Parameters`]: a tree of parameters, which can be visited, moved to a graph and saved.

use super::ParameterInfo;
use crate::error::Error;
use crate::graph::{Gradients, Value};
use crate::matrix::Matrix;
use crate::scalar::Scalar;

/// Parameters in a fixed order: those of a [`Parameter`](crate::Parameter), a [`Layer`](crate::Layer), a custom
/// [`Module`](crate::Module), or of several of them in an array, a `Vec` or an `Option`.
///
/// Optimizers, files and pictures see a network through it. [`module!`](crate::module) implements it for a struct.
///
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
    /// The same parameters over another scalar type.
    type Over<R: Scalar>: Parameters<R>;

    /// Returns a copy over another scalar type: calls `f` with each matrix of parameters, in order.
    ///
    /// # Panics
    /// A layer panics if `f` returns another number of elements.
    fn map<R: Scalar>(&self, f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> Self::Over<R>;

    /// Calls `f` with each matrix of parameters, in order.
    fn visit(&self, f: &mut impl FnMut(&Matrix<S>));

    /// Calls `f` with each matrix of parameters, in order, to change it.
    fn visit_mut(&mut self, f: &mut impl FnMut(&mut Matrix<S>));

    /// Calls `f` with each matrix of parameters, to change it, and the same matrix of `other`, which has the same shape.
    fn zip(&mut self, other: &Self, f: &mut impl FnMut(&mut Matrix<S>, &Matrix<S>));

    /// Returns the names and shapes of the parameters.
    #[doc(alias = "named_parameters")]
    #[doc(alias = "state_dict")]
    fn parameter_info(&self) -> Vec<ParameterInfo>;

    /// Returns the name, in errors, of the parameter with this index, counted from 0.
    fn name_of(&self, parameter: usize) -> String {
        let infos = self.parameter_info();
        let places = infos.iter().map(|info| (info, info.indices().position(|index| index == parameter)));
        match places.filter_map(|(info, place)| Some((info, place?))).next() {
            Some((info, place)) => format!("element {} of {}", place + 1, info.name()),
            None => format!("parameter {}", parameter + 1),
        }
    }

    /// Checks that `other` has the same shape; `place` names it in the error.
    ///
    /// # Errors
    /// [`Error::Shape`] with what differs.
    fn check_shape(&self, other: &Self, place: &str) -> Result<(), Error> {
        // Called at every step of training: the shapes of a few matrices take no memory, and many take time each.
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
    /// [`Error::Shape`] if their number differs; nothing is changed then.
    #[track_caller]
    fn set_parameters(&mut self, parameters: &[S]) -> Result<(), Error> {
        Error::check_count("parameters", self.count(), parameters.len(), || "set_parameters".into())?;
        self.combine(parameters, |_, parameter| parameter);
        Ok(())
    }

    /// Returns, for each parameter in order, true if it is a bias.
    fn is_bias(&self) -> Vec<bool> {
        let mut is_bias = vec![false; self.count()];
        for info in self.parameter_info().iter().filter(|info| info.is_bias()) {
            info.indices().for_each(|index| is_bias[index] = true);
        }
        is_bias
    }

    /// Replaces each parameter by `f` of it and of the value in the same place of `values`, as many.
    #[doc(hidden)]
    fn combine(&mut self, mut values: &[S], mut f: impl FnMut(S, S) -> S) {
        self.visit_mut(&mut |matrix| {
            let (own, others) = values.split_at(matrix.len());
            matrix.with_slice_mut(|elements| elements.iter_mut().zip(own).for_each(|(x, &y)| *x = f(*x, y)));
            values = others;
        });
    }
}

impl<T: Scalar> Gradients<T> {
    /// Returns the derivatives with respect to the parameters of a module on the graph, in the shape of the module.
    ///
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

/// One after another, named by their index.
macro_rules! sequence {
    ($([$($generics:tt)*] $Sequence:ty, $Over:ty, |$sequence:ident, $f:ident| $map:expr;)*) => {$(
        impl<S: Scalar, P: Parameters<S>, $($generics)*> Parameters<S> for $Sequence {
            type Over<R: Scalar> = $Over;

            fn map<R: Scalar>(&self, $f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> $Over {
                let $sequence = self;
                $map
            }

            fn visit(&self, f: &mut impl FnMut(&Matrix<S>)) {
                self.iter().for_each(|part| part.visit(f));
            }

            fn visit_mut(&mut self, f: &mut impl FnMut(&mut Matrix<S>)) {
                self.iter_mut().for_each(|part| part.visit_mut(f));
            }

            fn zip(&mut self, other: &Self, f: &mut impl FnMut(&mut Matrix<S>, &Matrix<S>)) {
                self.iter_mut().zip(other).for_each(|(part, other)| part.zip(other, f));
            }

            fn parameter_info(&self) -> Vec<ParameterInfo> {
                ParameterInfo::of_parts(self.iter().map(Parameters::parameter_info).enumerate())
            }
        }
    )*};
}
sequence! {
    [] Vec<P>, Vec<P::Over<R>>, |parts, f| parts.iter().map(|part| part.map::<R>(f)).collect();
    [const N: usize] [P; N], [P::Over<R>; N], |parts, f| parts.each_ref().map(|part| part.map::<R>(f));
}

/// The parameters of the value, or none.
impl<S: Scalar, P: Parameters<S>> Parameters<S> for Option<P> {
    type Over<R: Scalar> = Option<P::Over<R>>;

    fn map<R: Scalar>(&self, f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> Option<P::Over<R>> {
        self.as_ref().map(|part| part.map::<R>(f))
    }

    fn visit(&self, f: &mut impl FnMut(&Matrix<S>)) {
        self.iter().for_each(|part| part.visit(f));
    }

    fn visit_mut(&mut self, f: &mut impl FnMut(&mut Matrix<S>)) {
        self.iter_mut().for_each(|part| part.visit_mut(f));
    }

    fn zip(&mut self, other: &Self, f: &mut impl FnMut(&mut Matrix<S>, &Matrix<S>)) {
        self.iter_mut().zip(other).for_each(|(part, other)| part.zip(other, f));
    }

    fn parameter_info(&self) -> Vec<ParameterInfo> {
        self.as_ref().map_or(Vec::new(), Parameters::parameter_info)
    }
}
