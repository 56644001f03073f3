//! The neurons of a layer, for all samples of a batch.

use super::{Backward, Operation, as_matrix, numbers};
use crate::matrix::{Matrix, MatrixMut};
use crate::{Rule, Scalar};
use ndarray::ArrayView2;

/// Y = f(X·Wᵀ + b), f applied to each number: of inputs (samples × inputs) and parameters, in which each neuron's weights
/// and bias follow one another.
///
/// With δ the upstream adjoints times f′, ∂/∂W is δᵀ·X, ∂/∂b the sum of δ over the samples, and ∂/∂X is δ·W.
pub(crate) struct Affine<'r, R>(pub(crate) &'r R);

impl<R: Rule> Operation<2> for Affine<'_, R> {
    #[track_caller]
    fn shape(&self, [[samples, inputs], [_, parameters]]: [[usize; 2]; 2]) -> [usize; 2] {
        assert!(parameters % (inputs + 1) == 0, "{parameters} parameters for neurons of {inputs} inputs");
        [samples, parameters / (inputs + 1)]
    }

    /// The derivatives f′.
    fn saved(&self, operands: [[usize; 2]; 2]) -> usize {
        self.shape(operands).iter().product()
    }

    fn forward<T: Scalar>(&self, [x, parameters]: [ArrayView2<'_, T>; 2], result: &mut [T], saved: &mut [T]) {
        let (parameters, row) = (numbers(parameters), x.ncols() + 1);
        let outputs = parameters.len() / row;
        if result.is_empty() {
            return;
        }
        let (first, others) = saved.split_at_mut(outputs);
        for (sum, neuron) in first.iter_mut().zip(parameters.chunks_exact(row)) {
            *sum = neuron[row - 1];
        }
        for sums in others.chunks_exact_mut(outputs) {
            sums.copy_from_slice(first);
        }
        T::add_product(as_matrix(x), weights(parameters, row).t(), MatrixMut::new(saved, [x.nrows(), outputs]));
        self.0.apply_to_all(saved, result);
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 2>) {
        let (x, saved, upstream) = (way.operand(0), way.saved(), way.upstream);
        if upstream.is_empty() {
            return;
        }
        let (parameters, row, outputs) = (numbers(way.operand(1)), x.ncols() + 1, way.result().ncols());
        let x = as_matrix(x);
        let mut scratch = way.take_scratch();
        scratch.extend(upstream.iter().zip(saved).map(|(&upstream, &derivative)| upstream * derivative));
        let delta = Matrix::new(&scratch, [x.rows, outputs]);

        if let Some(adjoint) = way.adjoint_numbers(1) {
            let sums = MatrixMut { data: adjoint, rows: outputs, columns: x.columns, stride: row };
            T::add_product(delta.t(), x, sums);
            for delta in scratch.chunks_exact(outputs) {
                for (neuron, &delta) in adjoint.chunks_exact_mut(row).zip(delta) {
                    neuron[row - 1] += delta;
                }
            }
        }
        if let Some(adjoint) = way.adjoint_numbers(0) {
            T::add_product(delta, weights(parameters, row), MatrixMut::new(adjoint, [x.rows, x.columns]));
        }
        way.return_scratch(scratch);
    }
}

/// The weights, a row for each neuron, among its parameters: of each row all but the last number.
fn weights<T>(parameters: &[T], row: usize) -> Matrix<'_, T> {
    Matrix::with_stride(parameters, [parameters.len() / row, row - 1], row)
}
