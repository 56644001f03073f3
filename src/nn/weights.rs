//! [`Weights`]: parameters for nets of one's own.

use super::ParameterInfo;
use crate::graph::{Gradients, Value, Values};
use crate::matrix::Rows;
use crate::scalar::Scalar;

/// A block of parameters, for nets of one's own: a matrix, or a row, of numbers that training changes.
///
/// ```
/// use backprop::ndarray::array;
/// use backprop::{Graph, Rows, Weights};
///
/// let weights = Weights::<f64>::new(array![[1.0, 2.0], [3.0, 4.0]]);
/// let x = array![[1.0, 0.0]];
/// assert_eq!(x.matmul(weights.rows()), array![[1.0, 2.0]]);
/// ```
///
/// Whether they are weights or biases is for who makes them to say, [`new`](Self::new) or [`bias`](Self::bias): penalties of a
/// [`Trainer`](crate::Trainer) are for weights alone, and in a file, PyTorch's included, biases have one dimension.
///
/// ```
/// use backprop::Weights;
/// use backprop::ndarray::array;
///
/// let weight = Weights::<f64>::new(array![[1.0, 2.0, 3.0]]);
/// assert_eq!((weight.tensors()[0].shape(), weight.tensors()[0].is_bias()), (&[1, 3][..], false));
/// let bias = Weights::<f64>::bias(array![[1.0, 2.0, 3.0]]);
/// assert_eq!((bias.tensors()[0].shape(), bias.tensors()[0].is_bias()), (&[3][..], true));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Weights<S: Scalar> {
    rows: S::Rows,
    is_bias: bool,
}

impl<S: Scalar> Weights<S> {
    /// Creates weights from these numbers; a single row of them is a matrix with one row.
    pub fn new(rows: S::Rows) -> Weights<S> {
        Weights { rows, is_bias: false }
    }

    /// Creates biases from these numbers, which penalties leave alone. A single row of them has one dimension in files.
    pub fn bias(rows: S::Rows) -> Weights<S> {
        Weights { rows, is_bias: true }
    }

    /// Returns true if they are biases.
    pub fn is_bias(&self) -> bool {
        self.is_bias
    }

    /// The parameters, to compute with.
    pub fn rows(&self) -> &S::Rows {
        &self.rows
    }

    /// As [`Net::convert`](crate::Net::convert).
    pub fn convert<R: Scalar>(&self, f: &mut impl FnMut(&S::Rows) -> R::Rows) -> Weights<R> {
        Weights { rows: f(&self.rows), is_bias: self.is_bias }
    }

    /// As [`Net::visit`](crate::Net::visit).
    pub fn visit(&self, f: &mut impl FnMut(&S::Rows)) {
        f(&self.rows);
    }

    /// As [`Net::visit_mut`](crate::Net::visit_mut).
    pub fn visit_mut(&mut self, f: &mut impl FnMut(&mut S::Rows)) {
        f(&mut self.rows);
    }

    /// As [`Net::tensors`](crate::Net::tensors): a tensor without a name.
    pub fn tensors(&self) -> Vec<ParameterInfo> {
        ParameterInfo::of_block(self.rows.dimensions(), self.is_bias)
    }

    /// As [`Net::update`](crate::Net::update).
    pub fn update(&mut self, other: &Self, f: &mut impl FnMut(&mut S::Rows, &S::Rows)) {
        f(&mut self.rows, &other.rows);
    }
}

impl<T: Scalar> Weights<Value<'_, T>> {
    /// The derivatives by them.
    ///
    /// # Panics
    /// When the gradients are those of another graph.
    #[track_caller]
    pub fn gradient(&self, gradients: &Gradients<T>) -> Weights<T> {
        let values: &Values<'_, T> = &self.rows;
        let [_, columns] = values.dimensions();
        Weights { rows: T::Rows::from_numbers(gradients.of(values), columns), is_bias: self.is_bias }
    }
}
