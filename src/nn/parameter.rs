//! [`Parameter`]: a matrix of trainable values, for custom modules.

use super::{ParameterInfo, Parameters};
use crate::matrix::Matrix;
use crate::scalar::Scalar;
use std::sync::Arc;

/// A matrix or a row of trainable values in a custom [`Module`](crate::Module).
///
/// It holds either weights ([`new`](Self::new)) or biases ([`bias`](Self::bias)). The regularization of a
/// [`Trainer`](crate::Trainer) applies to weights alone. In files, also in those of PyTorch, a row of biases has one
/// dimension.
///
/// # Examples
/// ```
/// use backprop::{Matrix, Parameter};
///
/// let weight = Parameter::<f64>::new(Matrix::from([[1.0, 2.0], [3.0, 4.0]]));
/// let x = Matrix::from([[1.0, 0.0]]);
/// assert_eq!(x.matmul(weight.values()), Matrix::from([[1.0, 2.0]]));
/// ```
///
/// Weights and biases differ in their dimensions:
///
/// ```
/// use backprop::{Matrix, Parameter, Parameters};
///
/// let weight = Parameter::<f64>::new(Matrix::from([[1.0, 2.0, 3.0]]));
/// assert_eq!((weight.parameter_info()[0].shape(), weight.is_bias()[0]), (&[1, 3][..], false));
/// let bias = Parameter::<f64>::bias(Matrix::from([[1.0, 2.0, 3.0]]));
/// assert_eq!((bias.parameter_info()[0].shape(), bias.is_bias()[0]), (&[3][..], true));
/// ```
#[doc(alias = "Weights")]
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter<S: Scalar> {
    values: Matrix<S>,
    is_bias: bool,
    /// The sizes of the dimensions in files; `None` for those of the matrix. They are shared with copies on graphs, so
    /// that a training step allocates nothing for them.
    shape: Option<Arc<[usize]>>,
}

impl<S: Scalar> Parameter<S> {
    /// Creates weights. A single row is a matrix with one row.
    pub fn new(values: impl Into<Matrix<S>>) -> Parameter<S> {
        Parameter { values: values.into().into_shared(), is_bias: false, shape: None }
    }

    /// Creates biases, which are not regularized. A single row has one dimension in files.
    pub fn bias(values: impl Into<Matrix<S>>) -> Parameter<S> {
        Parameter { values: values.into().into_shared(), is_bias: true, shape: None }
    }

    /// Creates weights that have the dimensions `shape` in files, such as the four of a convolution.
    ///
    /// The values are a matrix with the same elements in row-major order.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Matrix, Parameter, Parameters};
    ///
    /// let weight = Parameter::<f64>::with_shape(Matrix::zeros([2, 12]), &[2, 3, 2, 2]);
    /// assert_eq!(weight.values().shape(), [2, 12]);
    /// assert_eq!(weight.parameter_info()[0].shape(), [2, 3, 2, 2]);
    /// ```
    ///
    /// # Panics
    /// If `shape` has another number of elements than `values`, or no dimension.
    #[track_caller]
    pub fn with_shape(values: impl Into<Matrix<S>>, shape: &[usize]) -> Parameter<S> {
        let values = values.into();
        let len = values.len();
        assert!(
            !shape.is_empty() && shape.iter().product::<usize>() == len,
            "`shape` must have {len} elements, got {shape:?}, in Parameter::with_shape"
        );
        Parameter { shape: Some(shape.into()), ..Parameter::new(values) }
    }

    /// Returns the values.
    pub fn values(&self) -> &Matrix<S> {
        &self.values
    }
}

/// The parameters are a single matrix without a name.
impl<S: Scalar> Parameters<S> for Parameter<S> {
    type Over<R: Scalar> = Parameter<R>;

    fn map<R: Scalar>(&self, f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> Parameter<R> {
        Parameter { values: f(&self.values), is_bias: self.is_bias, shape: self.shape.clone() }
    }

    fn visit(&self, f: &mut impl FnMut(&Matrix<S>)) {
        f(&self.values);
    }

    fn visit_mut(&mut self, f: &mut impl FnMut(&mut Matrix<S>)) {
        f(&mut self.values);
    }

    fn zip(&mut self, other: &Self, f: &mut impl FnMut(&mut Matrix<S>, &Matrix<S>)) {
        f(&mut self.values, &other.values);
    }

    fn parameter_info(&self) -> Vec<ParameterInfo> {
        match &self.shape {
            Some(shape) => ParameterInfo::of_tensor(shape, self.is_bias),
            None => ParameterInfo::of_matrix(self.values.shape(), self.is_bias),
        }
    }
}
