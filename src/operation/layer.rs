//! The neurons of a layer, for all samples of a batch.

use super::{Backward, Operation, matrix, matrix_mut};
use crate::{Rule, Scalar};
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder};

/// Y = f(X·Wᵀ + b), f applied to each number: of inputs (samples × inputs) and parameters, in which each neuron's weights
/// and bias follow one another.
///
/// With δ the upstream adjoints times f′, ∂/∂W is δᵀ·X, ∂/∂b the sum of δ over the samples, and ∂/∂X is δ·W.
pub(crate) struct Affine<'r, R>(pub(crate) &'r R);

impl<R: Rule> Operation<2> for Affine<'_, R> {
    fn shape(&self, [[samples, inputs], [_, parameters]]: [[usize; 2]; 2]) -> [usize; 2] {
        [samples, parameters / (inputs + 1)]
    }

    /// The derivatives f′.
    fn saved(&self, operands: [[usize; 2]; 2]) -> usize {
        self.shape(operands).iter().product()
    }

    fn forward<T: Scalar>(&self, [x, parameters]: [ArrayView2<'_, T>; 2], result: &mut [T], saved: &mut [T]) {
        let parameters = parameters.to_slice().expect("parameters lie side by side");
        let row = x.ncols() + 1;
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
        T::add_product(x, weights(parameters, row).t(), matrix_mut(saved, [x.nrows(), outputs]));
        self.0.apply_to_all(saved, result);
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 2>) {
        let (x, saved, upstream) = (way.operand(0), way.saved(), way.upstream);
        if upstream.is_empty() {
            return;
        }
        let parameters = way.operand(1).to_slice().expect("parameters lie side by side");
        let (row, outputs) = (x.ncols() + 1, way.result().ncols());
        let mut scratch = way.take_scratch();
        scratch.extend(upstream.iter().zip(saved).map(|(&upstream, &derivative)| upstream * derivative));
        let delta = matrix(&scratch, [x.nrows(), outputs]);

        if let Some(mut adjoint) = way.adjoint(1) {
            let adjoint = adjoint.as_slice_mut().expect("adjoints lie side by side");
            T::add_product(delta.t(), x, weights_mut(adjoint, row));
            for delta in scratch.chunks_exact(outputs) {
                for (neuron, &delta) in adjoint.chunks_exact_mut(row).zip(delta) {
                    neuron[row - 1] += delta;
                }
            }
        }
        if let Some(adjoint) = way.adjoint(0) {
            T::add_product(delta, weights(parameters, row), adjoint);
        }
        way.return_scratch(scratch);
    }
}

/// The weights, a row for each neuron, among its parameters: of each row all but the last number.
fn weights<T>(parameters: &[T], row: usize) -> ArrayView2<'_, T> {
    let shape = (parameters.len() / row, row - 1).strides((row, 1));
    ArrayView2::from_shape(shape, parameters).expect("the rows lie within the parameters")
}

fn weights_mut<T>(parameters: &mut [T], row: usize) -> ArrayViewMut2<'_, T> {
    let shape = (parameters.len() / row, row - 1).strides((row, 1));
    ArrayViewMut2::from_shape(shape, parameters).expect("the rows lie within the parameters")
}
