//! The neurons of a layer, for all samples of a batch.

use super::product::{Products, are_plain};
use super::{Backward, Operation, as_matrix, numbers};
use crate::kernels::slices::{MatrixView, MatrixViewMut};
use crate::kernels::sums::{FEW, add_in_pairs, space_for_pairs};
use crate::scalar::{Scalar, UnaryFunction};
use ndarray::ArrayView2;

/// Y = f(X·Wᵀ + b), f applied to each number: of inputs (samples × inputs) and parameters, in which each neuron's weights
/// and bias follow one another.
///
/// With δ the upstream adjoints times f′, ∂/∂W is δᵀ·X, ∂/∂b the sum of δ over the samples, and ∂/∂X is δ·W.
pub(crate) struct Affine<'r, R>(pub(crate) &'r R);

impl<R: UnaryFunction> Operation<2> for Affine<'_, R> {
    #[track_caller]
    fn shape(&self, [[samples, inputs], [_, parameters]]: [[usize; 2]; 2]) -> [usize; 2] {
        assert!(parameters % (inputs + 1) == 0, "{parameters} parameters for neurons of {inputs} inputs");
        [samples, parameters / (inputs + 1)]
    }

    /// The derivatives f′, and 1 if all weighted sums were finite, 0 otherwise.
    fn saved(&self, operands: [[usize; 2]; 2]) -> usize {
        self.shape(operands).iter().product::<usize>() + 1
    }

    fn forward<T: Scalar>(&self, [x, parameters]: [ArrayView2<'_, T>; 2], result: &mut [T], saved: &mut [T]) {
        let (parameters, row) = (numbers(parameters), x.ncols() + 1);
        let outputs = parameters.len() / row;
        if result.is_empty() {
            return;
        }
        let (is_finite, saved) = saved.split_last_mut().expect("that the sums are finite is saved");
        let (first, others) = saved.split_at_mut(outputs);
        for (sum, neuron) in first.iter_mut().zip(parameters.chunks_exact(row)) {
            *sum = neuron[row - 1];
        }
        for sums in others.chunks_exact_mut(outputs) {
            sums.copy_from_slice(first);
        }
        T::add_product(as_matrix(x), weights(parameters, row).t(), MatrixViewMut::new(saved, [x.nrows(), outputs]));
        *is_finite = if are_plain(saved) { T::one() } else { T::zero() };
        self.0.values_and_derivatives(saved, result);
    }

    fn backward<T: Scalar>(way: &mut Backward<'_, T, 2>) {
        let (x, upstream, along) = (way.operand(0), way.upstream, way.along);
        if upstream.is_empty() {
            return;
        }
        let (is_finite, saved) = way.saved().split_last().expect("that the sums are finite is saved");
        let (parameters, row, outputs) = (numbers(way.operand(1)), x.ncols() + 1, way.result().ncols());
        let x = as_matrix(x);
        let mut scratch = way.take_scratch();
        scratch.extend(upstream.iter().zip(saved).map(|(&upstream, &derivative)| along.product(upstream, derivative)));
        scratch.resize(upstream.len() + outputs * (1 + space_for_pairs(x.rows, FEW)), T::zero());
        let (delta, rest) = scratch.split_at_mut(upstream.len());
        let (biases, space) = rest.split_at_mut(outputs);
        let products = Products { along, is_plain: is_finite.is_one() && are_plain(delta) };
        let by_sample = MatrixView::new(delta, [x.rows, outputs]);

        if let Some(adjoint) = way.adjoint_numbers(1) {
            let sums = MatrixViewMut { data: adjoint, rows: outputs, columns: x.columns, stride: row };
            products.add_left(by_sample.t(), x, sums);
            add_in_pairs(x.rows, FEW, biases, space, &mut |samples, biases| {
                for delta in delta[samples.start * outputs..samples.end * outputs].chunks_exact(outputs) {
                    for (bias, &delta) in biases.iter_mut().zip(delta) {
                        *bias += delta;
                    }
                }
            });
            for (neuron, &bias) in adjoint.chunks_exact_mut(row).zip(&*biases) {
                neuron[row - 1] += bias;
            }
        }
        if let Some(adjoint) = way.adjoint_numbers(0) {
            let sums = MatrixViewMut::new(adjoint, [x.rows, x.columns]);
            products.add_left(by_sample, weights(parameters, row), sums);
        }
        way.return_scratch(scratch);
    }
}

/// The weights, a row for each neuron, among its parameters: of each row all but the last number.
fn weights<T>(parameters: &[T], row: usize) -> MatrixView<'_, T> {
    MatrixView::with_stride(parameters, [parameters.len() / row, row - 1], row)
}
