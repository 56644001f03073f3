//! [`Recurrence`], the operation of recurrent layers, and the cells of [`Rnn`](super::Rnn), [`Gru`](super::Gru) and
//! [`Lstm`](super::Lstm): both passes.

use crate::kernels::slices::{MatrixView, MatrixViewMut};
use crate::kernels::sums::sum_of;
use crate::matrix::ops::{BackwardContext, Operation, Products, are_plain, elements};
use crate::nn::Activation;
use crate::scalar::{Scalar, UnaryFunction};
use ndarray::ArrayView2;

/// The steps of a recurrent layer.
///
/// The operands are the sums x·W_ihᵀ + b of all steps, samples × steps·gates; W_hh; and the state before the first step, a
/// row for each sample or no row for zeros, in a GRU with b_hn in a last row below it. The result has for each sample the
/// hidden states of all steps, with zeros after the end of its sequence, and then the state after its last step.
///
/// The backward pass goes from the last step to the first with the derivatives with respect to the state. A cell turns
/// them into those with respect to its gates, γ. They give ∂/∂W_hh = Σ γᵀ·h over all steps, as one product, and through
/// γ·W_hh the derivatives with respect to the state before the step.
pub(super) struct Recurrence<'l, C> {
    pub(super) steps: usize,
    pub(super) lengths: Option<&'l [usize]>,
    pub(super) cell: C,
}

/// The computation of a step, for each hidden unit.
pub(super) trait Cell: Copy + Default + Send + 'static {
    /// The number of gates of a hidden unit.
    const GATES: usize;
    /// The number of states of a hidden unit: h, or h and c.
    const STATES: usize;
    /// The number of values of a hidden unit that a step saves, first the derivatives of the gates and then the gates.
    const SAVED: usize;
    /// True if the last gate has a bias in the product with h, which r multiplies.
    const HAS_BIAS: bool = false;

    /// Computes the states after a step. The first elements of `saved` are the sums of the gates.
    fn forward<T: Scalar>(self, hidden: usize, inputs: MatrixView<'_, T>, saved: &mut [T], states: [StateOf<'_, T>; 2]);

    /// Computes the derivatives with respect to the gates, given those with respect to the states, which it replaces by
    /// those with respect to the states before the step without the product with W_hh. `product` multiplies an upstream
    /// adjoint by a derivative.
    fn backward<T: Scalar>(self, product: impl Fn(T, T) -> T, step: BackwardStep<'_, T>);
}

/// The states of one kind before and after a step, a row for each sample; empty if the cell has no such state.
pub(super) struct StateOf<'a, T> {
    before: &'a [T],
    after: &'a mut [T],
}

/// A step in the backward pass. All slices have a row for each sample.
pub(super) struct BackwardStep<'a, T> {
    hidden: usize,
    saved: &'a [T],
    /// The states before the step.
    before: [&'a [T]; 2],
    /// The derivatives with respect to the states.
    adjoints: [&'a mut [T]; 2],
    /// Those with respect to the sums of the gates with h.
    gates: &'a mut [T],
    /// Those with respect to the sums of the gates with x.
    inputs: &'a mut [T],
}

/// h ← f(a), for the activation f
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ElmanCell(pub(super) Activation);

/// It has the activation tanh.
impl Default for ElmanCell {
    fn default() -> ElmanCell {
        ElmanCell(Activation::Tanh)
    }
}

impl Cell for ElmanCell {
    const GATES: usize = 1;
    const STATES: usize = 1;
    const SAVED: usize = 1;

    fn forward<T: Scalar>(self, _: usize, _: MatrixView<'_, T>, saved: &mut [T], [h, _]: [StateOf<'_, T>; 2]) {
        self.0.values_and_derivatives(saved, h.after);
    }

    #[inline(always)]
    fn backward<T: Scalar>(self, product: impl Fn(T, T) -> T, step: BackwardStep<'_, T>) {
        let BackwardStep { saved, adjoints: [dh, _], gates, inputs, .. } = step;
        for ((gate, &derivative), dh) in gates.iter_mut().zip(saved).zip(dh) {
            *gate = product(*dh, derivative);
            *dh = T::zero();
        }
        inputs.copy_from_slice(gates);
    }
}

/// The gates r, z and n; h ← (1 − z)·n + z·h. It saves their derivatives, the gates, and the product with h in n.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct GatedCell;

impl Cell for GatedCell {
    const GATES: usize = 3;
    const STATES: usize = 1;
    const SAVED: usize = 7;
    const HAS_BIAS: bool = true;

    fn forward<T: Scalar>(
        self,
        hidden: usize,
        inputs: MatrixView<'_, T>,
        saved: &mut [T],
        [h, _]: [StateOf<'_, T>; 2],
    ) {
        let [sums, gates, products] = split_mut(saved, [3, 3, 1]);
        for i in 0..inputs.rows {
            let (sums, gates) = (&mut sums[3 * i * hidden..][..3 * hidden], &mut gates[3 * i * hidden..][..3 * hidden]);
            let products = &mut products[i * hidden..][..hidden];
            products.copy_from_slice(&sums[2 * hidden..]);
            Activation::Sigmoid.values_and_derivatives(&mut sums[..2 * hidden], &mut gates[..2 * hidden]);
            let of_inputs = &inputs.row(i)[2 * hidden..];
            for j in 0..hidden {
                sums[2 * hidden + j] = of_inputs[j] + gates[j] * products[j];
            }
            Activation::Tanh.values_and_derivatives(&mut sums[2 * hidden..], &mut gates[2 * hidden..]);
            let (before, after) = (&h.before[i * hidden..][..hidden], &mut h.after[i * hidden..][..hidden]);
            let [_, z, n] = thirds(gates);
            for j in 0..hidden {
                after[j] = (T::one() - z[j]) * n[j] + z[j] * before[j];
            }
        }
    }

    #[inline(always)]
    fn backward<T: Scalar>(self, product: impl Fn(T, T) -> T, step: BackwardStep<'_, T>) {
        let BackwardStep { hidden, saved, before: [h, _], adjoints: [dh, _], gates, inputs } = step;
        let [derivatives, values, products] = split(saved, [3, 3, 1]);
        for i in 0..dh.len() / hidden {
            let (one, three) = (i * hidden..(i + 1) * hidden, 3 * i * hidden..3 * (i + 1) * hidden);
            let ([dr, dz, dn], [r, z, n]) = (thirds(&derivatives[three.clone()]), thirds(&values[three.clone()]));
            let (products, h, dh) = (&products[one.clone()], &h[one.clone()], &mut dh[one]);
            let (gates, inputs) = (&mut gates[three.clone()], &mut inputs[three]);
            for j in 0..hidden {
                let upstream = dh[j];
                let candidate = product(product(upstream, T::one() - z[j]), dn[j]);
                gates[j] = product(product(candidate, products[j]), dr[j]);
                gates[hidden + j] = product(product(upstream, h[j] - n[j]), dz[j]);
                gates[2 * hidden + j] = product(candidate, r[j]);
                inputs[2 * hidden + j] = candidate;
                dh[j] = product(upstream, z[j]);
            }
            inputs[..2 * hidden].copy_from_slice(&gates[..2 * hidden]);
        }
    }
}

/// The gates i, f, g and o; c ← f·c + i·g, h ← o·tanh(c). It saves their derivatives, the gates, tanh c and tanh′ c.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct MemoryCell;

impl Cell for MemoryCell {
    const GATES: usize = 4;
    const STATES: usize = 2;
    const SAVED: usize = 10;

    fn forward<T: Scalar>(
        self,
        hidden: usize,
        inputs: MatrixView<'_, T>,
        saved: &mut [T],
        [h, c]: [StateOf<'_, T>; 2],
    ) {
        let [sums, gates, tanh, derivative] = split_mut(saved, [4, 4, 1, 1]);
        for row in 0..inputs.rows {
            let (sums, gates) =
                (&mut sums[4 * row * hidden..][..4 * hidden], &mut gates[4 * row * hidden..][..4 * hidden]);
            for (gate, function) in
                [(0, Activation::Sigmoid), (1, Activation::Sigmoid), (2, Activation::Tanh), (3, Activation::Sigmoid)]
            {
                let range = gate * hidden..(gate + 1) * hidden;
                function.values_and_derivatives(&mut sums[range.clone()], &mut gates[range]);
            }
            let (before, after) = (&c.before[row * hidden..][..hidden], &mut c.after[row * hidden..][..hidden]);
            let [i, f, g, _] = quarters(gates);
            for j in 0..hidden {
                after[j] = f[j] * before[j] + i[j] * g[j];
            }
        }
        derivative.copy_from_slice(c.after);
        Activation::Tanh.values_and_derivatives(derivative, tanh);
        for i in 0..inputs.rows {
            let o = &gates[(4 * i + 3) * hidden..][..hidden];
            let (h, tanh) = (&mut h.after[i * hidden..][..hidden], &tanh[i * hidden..][..hidden]);
            for j in 0..hidden {
                h[j] = o[j] * tanh[j];
            }
        }
    }

    #[inline(always)]
    fn backward<T: Scalar>(self, product: impl Fn(T, T) -> T, step: BackwardStep<'_, T>) {
        let BackwardStep { hidden, saved, before: [_, c], adjoints: [dh, dc], gates, inputs } = step;
        let [derivatives, values, tanh, derivative] = split(saved, [4, 4, 1, 1]);
        for row in 0..dh.len() / hidden {
            let (one, four) = (row * hidden..(row + 1) * hidden, 4 * row * hidden..4 * (row + 1) * hidden);
            let [di, df, dg, d_o] = quarters(&derivatives[four.clone()]);
            let [i, f, g, o] = quarters(&values[four.clone()]);
            let (tanh, derivative, c) = (&tanh[one.clone()], &derivative[one.clone()], &c[one.clone()]);
            let (dh, dc, gates) = (&mut dh[one.clone()], &mut dc[one], &mut gates[four]);
            for j in 0..hidden {
                let upstream = dc[j] + product(product(dh[j], o[j]), derivative[j]);
                gates[j] = product(product(upstream, g[j]), di[j]);
                gates[hidden + j] = product(product(upstream, c[j]), df[j]);
                gates[2 * hidden + j] = product(product(upstream, i[j]), dg[j]);
                gates[3 * hidden + j] = product(product(dh[j], tanh[j]), d_o[j]);
                dc[j] = product(upstream, f[j]);
                dh[j] = T::zero();
            }
        }
        inputs.copy_from_slice(gates);
    }
}

/// Splits a slice into parts whose lengths have these proportions.
fn split<T, const N: usize>(mut slice: &[T], proportions: [usize; N]) -> [&[T]; N] {
    let unit = slice.len() / proportions.iter().sum::<usize>();
    proportions.map(|proportion| {
        let (head, tail) = slice.split_at(proportion * unit);
        slice = tail;
        head
    })
}

/// Splits a mutable slice into parts whose lengths have these proportions.
fn split_mut<T, const N: usize>(mut slice: &mut [T], proportions: [usize; N]) -> [&mut [T]; N] {
    let unit = slice.len() / proportions.iter().sum::<usize>();
    proportions.map(|proportion| {
        let (head, tail) = std::mem::take(&mut slice).split_at_mut(proportion * unit);
        slice = tail;
        head
    })
}

/// Splits the gates of a sample.
fn thirds<T>(gates: &[T]) -> [&[T]; 3] {
    split(gates, [1; 3])
}

/// Splits the gates of a sample.
fn quarters<T>(gates: &[T]) -> [&[T]; 4] {
    split(gates, [1; 4])
}

/// The sizes of a recurrence: where things are in its memory.
#[derive(Clone, Copy)]
struct Sizes {
    samples: usize,
    steps: usize,
    hidden: usize,
    gates: usize,
    /// The number of elements of a state of all samples.
    state: usize,
}

impl<C: Cell> Recurrence<'_, C> {
    fn sizes(&self, inputs: [usize; 2], [gates, hidden]: [usize; 2]) -> Sizes {
        Sizes { samples: inputs[0], steps: self.steps, hidden, gates, state: inputs[0] * hidden }
    }

    /// Returns the number of steps of a sample.
    fn length(&self, sample: usize) -> usize {
        self.lengths.map_or(self.steps, |lengths| lengths[sample])
    }
}

/// Returns the number of elements of the bias b_hn.
fn bias_len<C: Cell>(hidden: usize) -> usize {
    if C::HAS_BIAS { hidden } else { 0 }
}

impl Sizes {
    /// Returns the sizes of the saved parts: the states of each kind before the first step and after each step; what each
    /// step saves; W_hhᵀ, which several products of many rows read faster than W_hh.
    fn saved<C: Cell>(&self) -> [usize; 3] {
        let transposed = if self.samples >= 4 && self.steps > 1 { self.gates * self.hidden } else { 0 };
        [C::STATES * (self.steps + 1) * self.state, self.steps * C::SAVED * self.state, transposed]
    }

    /// Returns the range of a state before step `step` among the saved states.
    fn of_state(&self, kind: usize, step: usize) -> std::ops::Range<usize> {
        let start = (kind * (self.steps + 1) + step) * self.state;
        start..start + self.state
    }
}

impl<C: Cell> Operation<3> for Recurrence<'_, C> {
    /// The number of steps, and the lengths of the sequences.
    type Kept = (usize, Option<Vec<usize>>);

    fn shape(&self, [[samples, _], [_, hidden], _]: [[usize; 2]; 3]) -> [usize; 2] {
        [samples, (self.steps + C::STATES) * hidden]
    }

    fn saved(&self, [inputs, weight, _]: [[usize; 2]; 3]) -> usize {
        self.sizes(inputs, weight).saved::<C>().iter().sum()
    }

    fn forward<T: Scalar>(
        &self,
        [inputs, weight, state]: [ArrayView2<'_, T>; 3],
        result: &mut [T],
        saved: &mut [T],
    ) -> Self::Kept {
        let sizes = self.sizes([inputs.nrows(), inputs.ncols()], [weight.nrows(), weight.ncols()]);
        let Sizes { samples, steps, hidden, gates, .. } = sizes;
        let [of_states, of_steps, _] = sizes.saved::<C>();
        let (states, rest) = saved.split_at_mut(of_states);
        let (saved, transposed) = rest.split_at_mut(of_steps);
        let (inputs, initial) = (elements(inputs), elements(state));
        let (initial, bias) = initial.split_at(initial.len() - bias_len::<C>(hidden));
        for (i, initial) in initial.chunks_exact(hidden).enumerate() {
            let (sample, kind) = (i / C::STATES, i % C::STATES);
            states[sizes.of_state(kind, 0)][sample * hidden..][..hidden].copy_from_slice(initial);
        }
        let mut product = MatrixView::new(elements(weight), [gates, hidden]).t();
        if !transposed.is_empty() {
            for (i, row) in elements(weight).chunks_exact(hidden).enumerate() {
                transposed[i..].iter_mut().step_by(gates).zip(row).for_each(|(transposed, &x)| *transposed = x);
            }
            product = MatrixView::new(transposed, [hidden, gates]);
        }
        for step in 0..steps {
            let saved = &mut saved[step * C::SAVED * sizes.state..][..C::SAVED * sizes.state];
            let first = inputs.len().min(step * gates);
            let inputs = MatrixView::with_stride(&inputs[first..], [samples, gates], steps * gates);
            let sums = &mut saved[..samples * gates];
            for (i, sums) in sums.chunks_exact_mut(gates).enumerate() {
                sums.copy_from_slice(inputs.row(i));
                if C::HAS_BIAS {
                    sums[gates - hidden..].copy_from_slice(bias);
                }
            }
            let (h, c) = states.split_at_mut((steps + 1) * sizes.state);
            let [h, c] = [h, c].map(|states| {
                let (before, after) = if states.is_empty() {
                    (&mut [][..], &mut [][..])
                } else {
                    states[step * sizes.state..][..2 * sizes.state].split_at_mut(sizes.state)
                };
                StateOf { before, after }
            });
            let previous = MatrixView::new(h.before, [samples, hidden]);
            T::add_product(previous, product, MatrixViewMut::new(sums, [samples, gates]));
            self.cell.forward(hidden, inputs, saved, [h, c]);
        }
        for (i, row) in result.chunks_exact_mut((steps + C::STATES) * hidden).enumerate() {
            let state = |kind: usize, step: usize| &states[sizes.of_state(kind, step)][i * hidden..][..hidden];
            let (outputs, last) = row.split_at_mut(steps * hidden);
            let length = self.length(i);
            for (step, output) in outputs.chunks_exact_mut(hidden).enumerate().take(length) {
                output.copy_from_slice(state(0, step + 1));
            }
            for (kind, last) in last.chunks_exact_mut(hidden).enumerate() {
                last.copy_from_slice(state(kind, length));
            }
        }
        (steps, self.lengths.map(<[usize]>::to_vec))
    }

    fn backward<T: Scalar>((steps, lengths): &Self::Kept, context: &mut BackwardContext<'_, T, 3>) {
        // The backward pass of a cell has all from `saved`, also the derivatives of another activation than the default.
        let recurrence = Recurrence { steps: *steps, lengths: lengths.as_deref(), cell: C::default() };
        let ([inputs, weight, state], along) = (context.operands, context.along);
        let sizes = recurrence.sizes(inputs.shape(), weight.shape());
        let Sizes { samples, steps, hidden, gates, .. } = sizes;
        let [of_states, of_steps, _] = sizes.saved::<C>();
        let (states, saved) = (&context.saved[..of_states], &context.saved[of_states..][..of_steps]);
        let (upstream, width) = (context.upstream, context.result.columns);
        // The results can be finite even if an operand is not: a sigmoid of ∞ is 1.
        let values = [inputs.data, weight.data, state.data, context.result.data, upstream];
        let is_plain = values.into_iter().all(are_plain);

        let mut scratch = context.take_scratch();
        scratch.resize((steps + 1) * samples * gates + 2 * sizes.state, T::zero());
        let (all_gates, rest) = scratch.split_at_mut(steps * samples * gates);
        let (of_inputs, rest) = rest.split_at_mut(samples * gates);
        let (dh, dc) = rest.split_at_mut(sizes.state);
        let mut adjoint = context.adjoint_slice(0);
        for step in (0..=steps).rev() {
            // The derivatives with respect to the state before this step
            for i in 0..samples {
                let (length, upstream) = (recurrence.length(i), &upstream[i * width..][..width]);
                let one = i * hidden..(i + 1) * hidden;
                if step == length {
                    let mut last = upstream[steps * hidden..].chunks_exact(hidden);
                    last.next().into_iter().for_each(|last| add(&mut dh[one.clone()], last));
                    last.next().into_iter().for_each(|last| add(&mut dc[one.clone()], last));
                }
                if 0 < step && step <= length {
                    add(&mut dh[one], &upstream[(step - 1) * hidden..][..hidden]);
                }
            }
            let Some(step) = step.checked_sub(1) else { break };
            let gates_of_step = &mut all_gates[step * samples * gates..][..samples * gates];
            let before =
                [0, 1].map(|kind| if kind < C::STATES { &states[sizes.of_state(kind, step)] } else { &states[..0] });
            let saved = &saved[step * C::SAVED * sizes.state..][..C::SAVED * sizes.state];
            let (adjoints, gates_to_write, inputs) = ([&mut *dh, &mut *dc], &mut *gates_of_step, &mut *of_inputs);
            let to_write = BackwardStep { hidden, saved, before, adjoints, gates: gates_to_write, inputs };
            if is_plain {
                T::vectorize(|| recurrence.cell.backward(|upstream, derivative| upstream * derivative, to_write));
            } else {
                recurrence.cell.backward(|upstream, derivative| along.product(upstream, derivative), to_write);
            }
            if let Some(adjoint) = &mut adjoint {
                for (i, of_inputs) in of_inputs.chunks_exact(gates).enumerate() {
                    add(&mut adjoint[(i * steps + step) * gates..][..gates], of_inputs);
                }
            }
            let products = Products { along, is_plain: is_plain && are_plain(gates_of_step) };
            let gates_of_step = MatrixView::new(gates_of_step, [samples, gates]);
            products.add_left(gates_of_step, weight, MatrixViewMut::new(dh, [samples, hidden]));
        }
        let products = Products { along, is_plain: is_plain && are_plain(all_gates) && are_plain(states) };
        if let Some((adjoint, is_fresh)) = context.fresh_adjoint_slice(1) {
            let all_gates = MatrixView::new(all_gates, [steps * samples, gates]);
            let states = MatrixView::new(states, [steps * samples, hidden]);
            products.add_left(all_gates.t(), states, MatrixViewMut::new(adjoint, [gates, hidden]).fresh(is_fresh));
        }
        if let Some(adjoint) = context.adjoint_slice(2) {
            let (initial, bias) = adjoint.split_at_mut(adjoint.len() - bias_len::<C>(hidden));
            for (i, initial) in initial.chunks_exact_mut(hidden).enumerate() {
                let (sample, kind) = (i / C::STATES, i % C::STATES);
                add(initial, &[&*dh, &*dc][kind][sample * hidden..][..hidden]);
            }
            for (j, bias) in bias.iter_mut().enumerate() {
                *bias += sum_of(steps * samples, |row| all_gates[(row + 1) * gates - hidden + j]);
            }
        }
        context.return_scratch(scratch);
    }
}

fn add<T: Scalar>(adjoint: &mut [T], upstream: &[T]) {
    adjoint.iter_mut().zip(upstream).for_each(|(adjoint, &upstream)| *adjoint += upstream);
}
