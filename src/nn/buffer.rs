//! [`Buffer`]: values that a module computes in training and saves, but that no optimizer moves.

use crate::matrix::Matrix;
use crate::scalar::{Scalar, double};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values of a module that are saved with its parameters, but have no gradient, such as the running mean of
/// [`BatchNorm`](crate::BatchNorm).
///
/// A forward pass in training mode computes new values and stores them by [`update`](Self::update), in the copy of the
/// module on the graph. The gradient that a [`Workspace`](crate::Workspace) returns has these new values in its buffers,
/// and [`Optimizer::step`](crate::Optimizer::step) copies them to the network. So a forward pass never changes a module.
///
/// # Examples
/// ```
/// use backprop::{Buffer, Loss, Matrix, Mode, Module, Optimizer, Parameter, Parameters, Scalar, Sgd, Workspace};
///
/// /// Subtracts the mean of the batch in training, and the mean of all batches in evaluation.
/// #[derive(Clone)]
/// struct Centered<S: Scalar> {
///     scale: Parameter<S>,
///     mean: Buffer,
///     mode: Mode,
/// }
///
/// backprop::module! {
///     Centered { scale, mean, mode }
///     fn forward_batch(&self, x) {
///         let mut mean = self.mean.values();
///         if self.mode.is_training() {
///             self.mean.update(&(mean * 0.5 + x.column_means() * 0.5));
///             mean = x.column_means();
///         }
///         Ok((x - mean) * self.scale.values())
///     }
/// }
///
/// let mut net = Centered { scale: Parameter::new([1.0]), mean: Buffer::new([0.0]), mode: Mode::new() };
/// let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
/// workspace.loss_and_gradient(&net, &[[3.0], [5.0]], &[[0.0], [0.0]], Loss::MeanSquaredError, &mut gradient)?;
/// Sgd::new(0.1).step(&mut net, &gradient)?;
/// assert_eq!(net.mean.values::<f64>(), Matrix::from([2.0]));
/// assert_eq!(net.buffer_names(), ["mean"]);
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "register_buffer")]
#[derive(Debug)]
pub struct Buffer {
    /// Shared with copies on graphs.
    shape: Arc<[usize]>,
    /// Behind a lock, as a forward pass stores new values in the copy on its graph, which it borrows.
    values: Mutex<Vec<f64>>,
}

impl Buffer {
    /// Creates a buffer of one dimension with these values.
    pub fn new(values: impl Into<Vec<f64>>) -> Buffer {
        let values = values.into();
        Buffer { shape: [values.len()].into(), values: Mutex::new(values) }
    }

    /// Creates a buffer of a single number, without dimensions.
    pub fn scalar(value: f64) -> Buffer {
        Buffer { shape: [].into(), values: Mutex::new(vec![value]) }
    }

    /// Returns the values as a row of constants.
    pub fn values<S: Scalar>(&self) -> Matrix<S> {
        self.lock().iter().map(|&x| S::of(x)).collect()
    }

    /// Replaces the values by those of a row, without its derivatives.
    ///
    /// # Panics
    /// If the number of values differs.
    #[track_caller]
    pub fn update<S: Scalar>(&self, values: &Matrix<S>) {
        self.set(values.as_slice().iter().map(double));
    }

    /// Replaces each value x, of index i, by `f(i, x)`.
    pub(crate) fn update_each<S: Scalar>(&self, f: impl Fn(usize, S) -> S) {
        self.lock().iter_mut().enumerate().for_each(|(i, x)| *x = double(&f(i, S::of(*x))));
    }

    /// Returns the sizes of the dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    #[track_caller]
    pub(crate) fn set(&self, values: impl ExactSizeIterator<Item = f64>) {
        let mut own = self.lock();
        assert!(own.len() == values.len(), "expected {} values of a buffer, got {}", own.len(), values.len());
        own.iter_mut().zip(values).for_each(|(own, value)| *own = value);
    }

    /// Returns the values in double precision.
    pub(crate) fn doubles(&self) -> Vec<f64> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<f64>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the names of the buffers of the parts of a module, with the name of each part as a prefix.
    #[doc(hidden)]
    pub fn names_of_parts<N: ToString>(parts: impl IntoIterator<Item = (N, Vec<String>)>) -> Vec<String> {
        let joined = |(part, names): (N, Vec<String>)| {
            let part = part.to_string();
            names.into_iter().map(move |name| if name.is_empty() { part.clone() } else { format!("{part}.{name}") })
        };
        parts.into_iter().flat_map(joined).collect()
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Buffer {
        Buffer { shape: self.shape.clone(), values: Mutex::new(self.doubles()) }
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Buffer) -> bool {
        self.shape == other.shape && self.doubles() == other.doubles()
    }
}
