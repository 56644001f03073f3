//! [`Weights`]: parameters for nets of one's own.

use super::Tensor;
use crate::rows::Rows;
use crate::{Gradients, Scalar, Value, Values};

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

    /// As [`Net::convert`](crate::Net::convert).
    pub fn convert<R: Scalar>(&self, f: &mut impl FnMut(&S::Rows) -> R::Rows) -> Weights<R> {
        Weights(f(&self.0))
    }

    /// As [`Net::visit`](crate::Net::visit).
    pub fn visit(&self, f: &mut impl FnMut(&S::Rows)) {
        f(&self.0);
    }

    /// As [`Net::visit_mut`](crate::Net::visit_mut).
    pub fn visit_mut(&mut self, f: &mut impl FnMut(&mut S::Rows)) {
        f(&mut self.0);
    }

    /// As [`Net::tensors`](crate::Net::tensors): a tensor without a name; a single row is biases.
    pub fn tensors(&self) -> Vec<Tensor> {
        Tensor::of_block(self.0.dimensions())
    }

    /// As [`Net::update`](crate::Net::update).
    pub fn update(&mut self, other: &Self, f: &mut impl FnMut(&mut S::Rows, &S::Rows)) {
        f(&mut self.0, &other.0);
    }
}

impl<T: Scalar> Weights<Value<'_, T>> {
    /// The derivatives by them.
    ///
    /// # Panics
    /// When the gradients are those of another graph.
    #[track_caller]
    pub fn gradient(&self, gradients: &Gradients<T>) -> Weights<T> {
        let values: &Values<'_, T> = &self.0;
        let [_, columns] = values.dimensions();
        Weights(T::Rows::from_numbers(gradients.of(values), columns))
    }
}
