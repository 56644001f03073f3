//! [`Program`]: the public functions of a recorded function.

use super::compile::Mode;
use super::paths::Paths;
use super::recorded_value::{Function, RecordedValue, record};
use super::state::{Scratch, State};
use crate::error::Error;
use crate::kernels::machine::LaneFloat;
use crate::matrix::AsMatrix;
use crate::matrix::ops::view;
use ndarray::Array2;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// A function that is recorded once and then computed for many points at a time, forward and backward.
///
/// The function has *parameters*, which all points share, and *columns*, whose values differ from point to point: the
/// rows of a table are the points. The recording is a list of instructions, each of which computes sixteen points or so
/// by vector instructions. A program takes a tenth of the time of a [`Graph`](crate::Graph) that records each point
/// again.
///
/// # Examples
/// The sum of squared errors of a line, and its gradient with respect to slope and intercept:
/// ```
/// use backprop::{Program, Scalar};
///
/// fn squared_error<S: Scalar>(p: &[S], row: &[S]) -> S {
///     (p[0] * row[0] + p[1] - row[1]).powi(2)
/// }
///
/// let program = Program::record(2, 2, |p, row| squared_error(p, row))?; // 2 parameters, 2 columns
/// let rows = [[1.0, 2.0], [2.0, 4.0], [3.0, 9.0]];
/// let (sum, gradient) = program.sum_and_gradient(&[2.0, 1.0], &rows)?;
/// assert_eq!(sum, 1.0 + 1.0 + 4.0);
/// assert_eq!(gradient, [2.0 * (1.0 + 2.0 - 6.0), 2.0 * (1.0 + 1.0 - 2.0)]); // Σ 2e·x, Σ 2e
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # Branches
/// A comparison that steers the function (`if x < y`, a loop that ends on a condition) is recorded as a guard. The
/// program checks it for every point at every call. Points that take another path are computed by another recording of
/// the function, which is made when it is first needed and kept: at most 64 paths are, and points of further ones are
/// recorded one by one. Each point has the result of its own path. `max`, `min`, `abs`, the activations
/// and all other functions of [`Scalar`](crate::Scalar) are computed without guards.
///
/// # Constants
/// Floats that the function captures are constants of the program. A value that differs between calls is a parameter,
/// and one that differs between points is a column.
///
/// # Precision
/// Sums, products, quotients and square roots have the bits of the function itself over floats. Exponentials, logarithms,
/// powers, sines and the functions made from them are computed by vectors and differ by at most 4 units in the last
/// place; a comparison of such results that are equal to the last digits can have another outcome than over floats.
/// Derivatives agree with those of a graph to rounding, with the same conventions at kinks and the same strong zero.
///
/// The results are bit-for-bit identical on any number of threads. With more than 64 paths, the last bits of sums depend
/// on which paths were met first.
#[doc(alias("tape", "replay", "vmap", "jit", "AADC"))]
pub struct Program<T> {
    pub(super) shape: [usize; 2],
    pub(super) outputs: usize,
    pub(super) function: Option<Arc<Function<T>>>,
    pub(super) state: RwLock<Arc<State<T>>>,
    /// Memory of calls, which is used again.
    pub(super) scratch: Mutex<Vec<Scratch<T>>>,
    #[cfg(feature = "rayon")]
    pub(super) is_parallel: bool,
}

/// The results of a function that can be recorded: one value, an array or a vector of values.
pub trait RecordedOutputs<T> {
    /// Returns the values.
    fn into_outputs(self) -> Vec<RecordedValue<T>>;
}

impl<T> RecordedOutputs<T> for RecordedValue<T> {
    fn into_outputs(self) -> Vec<RecordedValue<T>> {
        vec![self]
    }
}

impl<T, const N: usize> RecordedOutputs<T> for [RecordedValue<T>; N] {
    fn into_outputs(self) -> Vec<RecordedValue<T>> {
        self.into()
    }
}

impl<T> RecordedOutputs<T> for Vec<RecordedValue<T>> {
    fn into_outputs(self) -> Vec<RecordedValue<T>> {
        self
    }
}

impl<T: LaneFloat> Program<T> {
    /// Records a function of `parameters` parameters and `columns` columns.
    ///
    /// The first recording is made at the point at which all parameters and columns are 1. If the closure itself calls
    /// methods of values instead of a generic function, give the float type: `Program::<f64>::record`.
    ///
    /// # Errors
    /// - [`Error::LeftRecording`] if the function converts a value to a float.
    /// - [`Error::Limit`] if it has more than 2²² operations, for example because a loop does not end at this point;
    ///   [`record_at`](Self::record_at) records at another point.
    ///
    /// # Panics
    /// If the function panics, or uses values of another recording.
    #[doc(alias = "trace")]
    pub fn record<R: RecordedOutputs<T>>(
        parameters: usize,
        columns: usize,
        f: impl Fn(&[RecordedValue<T>], &[RecordedValue<T>]) -> R + Send + Sync + 'static,
    ) -> Result<Program<T>, Error> {
        Program::record_at(&vec![T::one(); parameters], &vec![T::one(); columns], f)
    }

    /// Records a function at a point, whose lengths are the numbers of parameters and columns.
    ///
    /// # Errors
    /// Those of [`record`](Self::record).
    ///
    /// # Panics
    /// Those of [`record`](Self::record).
    pub fn record_at<R: RecordedOutputs<T>>(
        parameters: &[T],
        columns: &[T],
        f: impl Fn(&[RecordedValue<T>], &[RecordedValue<T>]) -> R + Send + Sync + 'static,
    ) -> Result<Program<T>, Error> {
        let function: Arc<Function<T>> = Arc::new(move |parameters, columns| f(parameters, columns).into_outputs());
        Program::of_function(function, parameters, columns)
    }

    /// The part of [`record_at`](Self::record_at) that does not depend on the type of the function, compiled once for all.
    fn of_function(function: Arc<Function<T>>, parameters: &[T], columns: &[T]) -> Result<Program<T>, Error> {
        let recording = record(&*function, parameters, columns.iter().copied())?;
        let (shape, outputs) = ([parameters.len(), columns.len()], recording.outputs.len());
        let mut paths = Paths::default();
        paths.insert(recording)?;
        Ok(Program::from_parts(shape, outputs, Some(function), State::new(paths, shape, None)))
    }

    pub(super) fn from_parts(
        shape: [usize; 2],
        outputs: usize,
        function: Option<Arc<Function<T>>>,
        state: State<T>,
    ) -> Self {
        let (state, scratch) = (RwLock::new(Arc::new(state)), Mutex::new(Vec::new()));
        Program {
            shape,
            outputs,
            function,
            state,
            scratch,
            #[cfg(feature = "rayon")]
            is_parallel: false,
        }
    }

    /// Sets the function of a program that was loaded, which is recorded for points on new paths.
    ///
    /// It must be the function that was recorded. Recordings that contradict the known ones return
    /// [`Error::NotRepeatable`].
    pub fn with_function<R: RecordedOutputs<T>>(
        self,
        f: impl Fn(&[RecordedValue<T>], &[RecordedValue<T>]) -> R + Send + Sync + 'static,
    ) -> Program<T> {
        let function: Arc<Function<T>> = Arc::new(move |parameters, columns| f(parameters, columns).into_outputs());
        Program { function: Some(function), ..self }
    }

    /// Returns the program with calls that use the threads of rayon's current pool.
    #[cfg(feature = "rayon")]
    pub fn parallel(self) -> Program<T> {
        Program { is_parallel: true, ..self }
    }

    /// Returns the number of parameters.
    pub fn parameter_count(&self) -> usize {
        self.shape[0]
    }

    /// Returns the number of columns.
    pub fn column_count(&self) -> usize {
        self.shape[1]
    }

    /// Returns the number of outputs of the function.
    pub fn output_count(&self) -> usize {
        self.outputs
    }

    /// Returns the number of points that took each recorded path, in all calls so far.
    ///
    /// The first path is that of the point at which the function was recorded. The points of paths that are not kept
    /// are not counted.
    pub fn path_counts(&self) -> Vec<u64> {
        self.state().counts()
    }

    /// Computes the outputs at each point: the values of point i are those from `i·output_count()` on.
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of parameters or columns is wrong; errors of a recording that is made for points
    /// on a new path.
    ///
    /// # Panics
    /// If the function panics while it is recorded for a new path.
    pub fn values(&self, parameters: &[T], rows: impl AsMatrix<T>) -> Result<Vec<T>, Error> {
        let mut values = vec![T::zero(); rows.as_view().nrows() * self.outputs];
        self.values_into(parameters, rows, &mut values)?;
        Ok(values)
    }

    /// Computes the outputs as [`values`](Self::values) does, in the memory of `values`.
    ///
    /// # Errors
    /// Those of [`values`](Self::values); [`Error::Shape`] if the length of `values` is wrong.
    ///
    /// # Panics
    /// If the function panics while it is recorded for a new path.
    pub fn values_into(&self, parameters: &[T], rows: impl AsMatrix<T>, values: &mut [T]) -> Result<(), Error> {
        self.call("Program::values", Mode::Values, parameters, rows.as_view(), values, &mut [])
    }

    /// Computes the sum of all outputs at all points, and its gradient with respect to the parameters.
    ///
    /// # Errors
    /// Those of [`values`](Self::values).
    ///
    /// # Panics
    /// If the function panics while it is recorded for a new path.
    #[doc(alias("value_and_grad", "loss_and_gradient"))]
    pub fn sum_and_gradient(&self, parameters: &[T], rows: impl AsMatrix<T>) -> Result<(T, Vec<T>), Error> {
        let mut gradient = vec![T::zero(); self.shape[0]];
        let sum = self.sum_and_gradient_into(parameters, rows, &mut gradient)?;
        Ok((sum, gradient))
    }

    /// Computes the sum and its gradient as [`sum_and_gradient`](Self::sum_and_gradient) does, in the memory of
    /// `gradient`. After the first call nothing is allocated on one thread, unless there are more points or new paths.
    ///
    /// # Errors
    /// Those of [`values`](Self::values); [`Error::Shape`] if the length of `gradient` is wrong.
    ///
    /// # Panics
    /// If the function panics while it is recorded for a new path.
    pub fn sum_and_gradient_into(
        &self,
        parameters: &[T],
        rows: impl AsMatrix<T>,
        gradient: &mut [T],
    ) -> Result<T, Error> {
        self.sum("Program::sum_and_gradient", parameters, gradient, |add| add(rows.as_view()))
    }

    /// Computes the sum and its gradient as [`sum_and_gradient`](Self::sum_and_gradient) does, from an iterator over
    /// points, which need not be in memory at the same time.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Program, Scalar};
    ///
    /// let program = Program::<f64>::record(1, 1, |p, x| (p[0] * x[0]).exp())?;
    /// let points = (0..1000).map(|i| [f64::from(i) / 1000.0]);
    /// let (sum, gradient) = program.sum_and_gradient_of_points(&[1.0], points)?;
    /// assert!((sum / 1000.0 - 1.0_f64.exp_m1()).abs() < 1e-3); // ∫ exp x dx from 0 to 1
    /// assert!((gradient[0] / 1000.0 - 1.0).abs() < 2e-3); //      ∫ x·exp x dx
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`values`](Self::values); [`Error::Shape`] if a point has a wrong number of columns.
    ///
    /// # Panics
    /// If the function panics while it is recorded for a new path.
    pub fn sum_and_gradient_of_points(
        &self,
        parameters: &[T],
        points: impl IntoIterator<Item = impl AsRef<[T]>>,
    ) -> Result<(T, Vec<T>), Error> {
        let name = "Program::sum_and_gradient_of_points";
        let mut gradient = vec![T::zero(); self.shape[0]];
        let sum = self.sum(name, parameters, &mut gradient, |add| {
            let (most, columns) = (self.points_per_wave(), self.shape[1]);
            let (mut rows, mut count) = (Vec::new(), 0);
            for (index, point) in points.into_iter().enumerate() {
                let point = point.as_ref();
                if point.len() != columns {
                    let (operation, place) = (Some(name), format!("point {index}"));
                    return Err(Error::Shape {
                        operation,
                        what: "columns",
                        expected: columns,
                        got: point.len(),
                        place,
                    });
                }
                rows.extend_from_slice(point);
                count += 1;
                if count == most {
                    add(view(&rows, [count, columns]))?;
                    rows.clear();
                    count = 0;
                }
            }
            add(view(&rows, [count, columns]))
        })?;
        Ok((sum, gradient))
    }

    /// Computes the outputs at each point and their Jacobian with respect to the parameters: element (i, j) is the
    /// derivative of value i with respect to parameter j.
    ///
    /// # Errors
    /// Those of [`values`](Self::values).
    ///
    /// # Panics
    /// If the function panics while it is recorded for a new path.
    pub fn values_and_jacobian(&self, parameters: &[T], rows: impl AsMatrix<T>) -> Result<(Vec<T>, Array2<T>), Error> {
        self.jacobian("Program::values_and_jacobian", Mode::Parameters, parameters, rows)
    }

    /// Computes values and Jacobian as [`values_and_jacobian`](Self::values_and_jacobian) does, in the memory of
    /// `values` and `jacobian`, which is in row-major order. It allocates as little as
    /// [`sum_and_gradient_into`](Self::sum_and_gradient_into).
    ///
    /// # Errors
    /// Those of [`values`](Self::values); [`Error::Shape`] if a length is wrong.
    ///
    /// # Panics
    /// If the function panics while it is recorded for a new path.
    pub fn values_and_jacobian_into(
        &self,
        parameters: &[T],
        rows: impl AsMatrix<T>,
        values: &mut [T],
        jacobian: &mut [T],
    ) -> Result<(), Error> {
        self.call("Program::values_and_jacobian", Mode::Parameters, parameters, rows.as_view(), values, jacobian)
    }

    /// Computes the outputs at each point and their derivatives with respect to the columns of the point: element
    /// (i, j) is the derivative of value i with respect to column j.
    ///
    /// # Errors
    /// Those of [`values`](Self::values).
    ///
    /// # Panics
    /// If the function panics while it is recorded for a new path.
    pub fn values_and_column_jacobian(
        &self,
        parameters: &[T],
        rows: impl AsMatrix<T>,
    ) -> Result<(Vec<T>, Array2<T>), Error> {
        self.jacobian("Program::values_and_column_jacobian", Mode::Columns, parameters, rows)
    }

    /// Computes values and Jacobian as [`values_and_column_jacobian`](Self::values_and_column_jacobian) does, in the
    /// memory of `values` and `jacobian`, which is in row-major order. It allocates as little as
    /// [`sum_and_gradient_into`](Self::sum_and_gradient_into).
    ///
    /// # Errors
    /// Those of [`values`](Self::values); [`Error::Shape`] if a length is wrong.
    ///
    /// # Panics
    /// If the function panics while it is recorded for a new path.
    pub fn values_and_column_jacobian_into(
        &self,
        parameters: &[T],
        rows: impl AsMatrix<T>,
        values: &mut [T],
        jacobian: &mut [T],
    ) -> Result<(), Error> {
        self.call("Program::values_and_column_jacobian", Mode::Columns, parameters, rows.as_view(), values, jacobian)
    }

    fn jacobian(
        &self,
        name: &'static str,
        mode: Mode,
        parameters: &[T],
        rows: impl AsMatrix<T>,
    ) -> Result<(Vec<T>, Array2<T>), Error> {
        let rows = rows.as_view();
        let mut values = vec![T::zero(); rows.nrows() * self.outputs];
        let mut jacobian = Array2::zeros([values.len(), self.width(mode)]);
        let elements = jacobian.as_slice_mut().expect("a new array is in standard layout");
        self.call(name, mode, parameters, rows, &mut values, elements)?;
        Ok((values, jacobian))
    }

    /// Returns the number of columns of the Jacobian.
    pub(super) fn width(&self, mode: Mode) -> usize {
        match mode {
            Mode::Values | Mode::Sum => 0,
            Mode::Parameters => self.shape[0],
            Mode::Columns => self.shape[1],
        }
    }

    pub(super) fn state(&self) -> Arc<State<T>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<T: LaneFloat> fmt::Debug for Program<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [parameters, columns] = self.shape;
        f.debug_struct("Program")
            .field("parameters", &parameters)
            .field("columns", &columns)
            .field("outputs", &self.outputs)
            .field("paths", &self.state().counts().len())
            .finish_non_exhaustive()
    }
}
