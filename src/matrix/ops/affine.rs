//! The forward and backward passes of a layer: for a batch, for one sample, and neuron by neuron.
//!
//! A neuron is y = f(w·x + b). With δ the upstream adjoint times f′, ∂/∂w is δ·x, ∂/∂b is δ and ∂/∂x is δ·w.

use super::product::{ProductOfTransposed, Products, are_plain};
use super::{BackwardContext, Operation, as_matrix, elements};
use crate::kernels::slices::{MatrixView, MatrixViewMut};
use crate::kernels::sums::{FEW, add_column_sums, space_for_pairs, sum_of};
use crate::matrix::Matrix;
use crate::matrix::duals::{DualNumber, Duals};
use crate::scalar::{Scalar, UnaryFunction};
use ndarray::ArrayView2;

/// The number of independent partial sums, which the processor computes at the same time.
const LANES: usize = 8;

/// The largest number of products that are summed in lanes. Longer sums would lose digits and are added in pairs.
const MOST_IN_LANES: usize = 1024;

/// Computes w·x + b of a neuron, whose `row` has the weights and then the bias.
#[inline(always)]
pub(crate) fn neuron<T: Scalar>(row: &[T], inputs: &[T]) -> T {
    let (weights, bias) = row.split_at(inputs.len());
    if inputs.len() > MOST_IN_LANES {
        return bias[0] + sum_of(inputs.len(), |i| weights[i] * inputs[i]);
    }
    let mut sum = bias[0];
    let chunks = inputs.len() / LANES * LANES;
    if chunks > 0 {
        let mut sums = [T::zero(); LANES];
        for (w, x) in weights[..chunks].chunks_exact(LANES).zip(inputs.chunks_exact(LANES)) {
            for lane in 0..LANES {
                sums[lane] += w[lane] * x[lane];
            }
        }
        for lane in sums {
            sum += lane;
        }
    }
    for (&w, &x) in weights[chunks..].iter().zip(&inputs[chunks..]) {
        sum += w * x;
    }
    sum
}

/// The number of inputs, and that of neurons, from which the loops for one sample are vectorized.
const WIDE: usize = 16;

/// Returns true if a layer is computed neuron by neuron for one sample, by [`neuron`], because [`neurons`] would take
/// longer. Floats and graphs both do, so that a network gives bit-for-bit identical outputs with and without a graph.
#[inline(always)]
fn is_small<T: Scalar>(inputs: usize, outputs: usize) -> bool {
    // There are no faster loops for numbers that carry derivatives.
    !T::one().is_plain() || inputs < WIDE && outputs < WIDE
}

/// Returns the number of elements that [`neurons`] writes: none for a small layer.
#[inline(always)]
pub(crate) fn space_for_neurons<T: Scalar>(inputs: usize, outputs: usize) -> usize {
    if is_small::<T>(inputs, outputs) { 0 } else { 2 * outputs }
}

/// Computes f(w·x + b) of each neuron for one sample into `outputs`, and f′(w·x + b) into `derivatives`, with the
/// activation of batches and, for wide layers, their products. Returns true if all weighted sums are finite.
pub(crate) fn neurons<T: Scalar, F: UnaryFunction>(
    function: &F,
    parameters: &[T],
    inputs: &[T],
    outputs: &mut [T],
    derivatives: &mut [T],
) -> bool {
    let row = inputs.len() + 1;
    if inputs.len() < WIDE || !T::one().is_plain() {
        for (sum, row) in derivatives.iter_mut().zip(parameters.chunks_exact(row)) {
            *sum = neuron(row, inputs);
        }
    } else {
        let x = MatrixView::new(inputs, [1, inputs.len()]);
        copy_biases(parameters, row, derivatives);
        T::add_product(x, weights(parameters, row).t(), MatrixViewMut::new(derivatives, [1, outputs.len()]));
    }
    activate(function, derivatives, outputs)
}

/// Computes f(x) of each weighted sum in `sums` into `outputs`, and replaces the sum by f′(x). Returns true if all sums
/// are finite.
#[inline(never)] // It has a loop for each activation.
fn activate<T: Scalar, F: UnaryFunction>(function: &F, sums: &mut [T], outputs: &mut [T]) -> bool {
    let is_finite = are_plain(sums);
    function.values_and_derivatives(sums, outputs);
    is_finite
}

/// Copies the bias of each neuron, the last of its `row` of parameters.
#[inline(always)]
fn copy_biases<T: Scalar>(parameters: &[T], row: usize, biases: &mut [T]) {
    for (bias, neuron) in biases.iter_mut().zip(parameters.chunks_exact(row)) {
        *bias = neuron[row - 1];
    }
}

/// Adds δ·x and δ to the adjoints of a neuron's row; `product` multiplies.
#[inline(always)]
pub(crate) fn add_to_row<T: Scalar>(row: &mut [T], delta: T, inputs: &[T], product: impl Fn(T, T) -> T) {
    let (weights, bias) = row.split_at_mut(inputs.len());
    for (adjoint, &x) in weights.iter_mut().zip(inputs) {
        *adjoint += product(delta, x);
    }
    bias[0] += delta;
}

/// Adds δ·w to the adjoints of a neuron's inputs; `product` multiplies.
#[inline(always)]
pub(crate) fn add_to_inputs<T: Scalar>(inputs: &mut [T], delta: T, weights: &[T], product: impl Fn(T, T) -> T) {
    for (adjoint, &w) in inputs.iter_mut().zip(weights) {
        *adjoint += product(delta, w);
    }
}

/// A layer over a batch, Y = f(X·Wᵀ + b), with f applied to each element.
///
/// Shapes: X is samples × inputs, Y samples × neurons. The parameters are one row: the weights and the bias of each
/// neuron in turn.
///
/// With δ the upstream adjoints times f′, ∂/∂W is δᵀ·X, ∂/∂b the sum of δ over the samples, and ∂/∂X is δ·W.
pub(crate) struct Affine<'f, F>(pub(crate) &'f F);

impl<F: UnaryFunction> Operation<2> for Affine<'_, F> {
    /// True if all weighted sums are finite.
    type Kept = bool;

    #[track_caller]
    fn shape(&self, [[samples, inputs], [_, parameters]]: [[usize; 2]; 2]) -> [usize; 2] {
        assert!(
            parameters % (inputs + 1) == 0,
            "expected a multiple of {inputs} + 1 parameters, got {parameters}, in a layer"
        );
        [samples, parameters / (inputs + 1)]
    }

    /// Saves the derivatives f′.
    fn saved(&self, operands: [[usize; 2]; 2]) -> usize {
        self.shape(operands).iter().product::<usize>()
    }

    fn forward<T: Scalar>(&self, [x, parameters]: [ArrayView2<'_, T>; 2], result: &mut [T], saved: &mut [T]) -> bool {
        let (parameters, row) = (elements(parameters), x.ncols() + 1);
        let outputs = parameters.len() / row;
        if result.is_empty() {
            return true;
        }
        if x.nrows() == 1 {
            return neurons(self.0, parameters, elements(x), result, saved);
        }
        let (first, others) = saved.split_at_mut(outputs);
        copy_biases(parameters, row, first);
        T::vectorize(|| {
            for sums in others.chunks_exact_mut(outputs) {
                // Not `copy_from_slice`: a call takes longer than to copy a few numbers.
                sums.iter_mut().zip(&*first).for_each(|(sum, &bias)| *sum = bias);
            }
        });
        T::add_product(as_matrix(x), weights(parameters, row).t(), MatrixViewMut::new(saved, [x.nrows(), outputs]));
        activate(self.0, saved, result)
    }

    fn backward<T: Scalar>(&is_finite: &bool, context: &mut BackwardContext<'_, T, 2>) {
        let ([x, parameters], upstream, along) = (context.operands, context.upstream, context.along);
        if upstream.is_empty() {
            return;
        }
        let (parameters, row, outputs) = (parameters.data, x.columns + 1, context.result.columns);
        if x.rows == 1 && is_small::<T>(x.columns, outputs) {
            return sample_back(context, x.data, parameters);
        }
        let mut scratch = context.take_scratch();
        scratch.resize(upstream.len() + outputs * (1 + space_for_pairs(x.rows, FEW)), T::zero());
        let (delta, rest) = scratch.split_at_mut(upstream.len());
        let (biases, space) = rest.split_at_mut(outputs);
        let is_plain = T::vectorize(|| {
            for ((delta, &upstream), &derivative) in delta.iter_mut().zip(upstream).zip(context.saved()) {
                *delta = along.product(upstream, derivative);
            }
            is_finite && are_plain(delta)
        });
        let (delta, products) = (&*delta, Products { along, is_plain });
        let by_sample = MatrixView::new(delta, [x.rows, outputs]);

        if let Some((adjoint, is_fresh)) = context.fresh_adjoint_slice(1) {
            let sums = MatrixViewMut { data: adjoint, rows: outputs, columns: x.columns, stride: row, is_fresh };
            products.add_left(by_sample.t(), x, sums);
            add_column_sums(delta, biases, space);
            for (neuron, &bias) in adjoint.chunks_exact_mut(row).zip(&*biases) {
                neuron[row - 1] = if is_fresh { bias } else { neuron[row - 1] + bias };
            }
        }
        if let Some((adjoint, is_fresh)) = context.fresh_adjoint_slice(0) {
            let sums = MatrixViewMut::new(adjoint, [x.rows, x.columns]).fresh(is_fresh);
            products.add_left(by_sample, weights(parameters, row), sums);
        }
        context.return_scratch(scratch);
    }

    fn of_duals<S: Scalar, D: DualNumber<S>>(self, [x, parameters]: [&Duals<S, D>; 2]) -> Duals<S, D> {
        let (inputs, values) = (x.as_values(), parameters.as_values());
        let row = inputs.ncols() + 1;
        let weights = values.reshape([values.len() / row, row]).columns(0..row - 1);
        let sums = |parameters: &Matrix<S>| inputs.layer(parameters, 0..parameters.len(), &Identity);
        let by_operand = |index, tangents: &Matrix<S>| match index {
            0 => Matrix::compute([tangents, &weights], ProductOfTransposed { is_strong: true }),
            _ => sums(tangents),
        };
        Duals::by_chain_rule([x, parameters], sums(values), by_operand).map(self.0)
    }
}

/// The function of a layer without an activation.
struct Identity;

impl UnaryFunction for Identity {
    #[inline(always)]
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        (x, T::one())
    }
}

/// The backward pass of a small layer for one sample, neuron by neuron.
fn sample_back<T: Scalar>(context: &mut BackwardContext<'_, T, 2>, inputs: &[T], parameters: &[T]) {
    let (upstream, derivatives, along) = (context.upstream, context.saved(), context.along);
    let deltas =
        || upstream.iter().zip(derivatives).map(|(&upstream, &derivative)| along.product(upstream, derivative));
    let row = inputs.len() + 1;
    if let Some(adjoint) = context.adjoint_slice(1) {
        for (adjoint, delta) in adjoint.chunks_exact_mut(row).zip(deltas()) {
            add_to_row(adjoint, delta, inputs, |delta, x| along.product(delta, x));
        }
    }
    if let Some(adjoint) = context.adjoint_slice(0) {
        for (parameters, delta) in parameters.chunks_exact(row).zip(deltas()) {
            add_to_inputs(adjoint, delta, parameters, |delta, weight| along.product(delta, weight));
        }
    }
}

/// Returns the weights of a layer, a row for each neuron: all parameters but the bias, which is the last of `row`.
fn weights<T>(parameters: &[T], row: usize) -> MatrixView<'_, T> {
    MatrixView::with_stride(parameters, [parameters.len() / row, row - 1], row)
}
