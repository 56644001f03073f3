//! The neurons of a layer, one node each.
//!
//! A node for every product and sum would cost more than the arithmetic. So the node of a neuron has many parents: a
//! row of parameters, which stand side by side on the tape, and the inputs, which are noted once for the whole layer.

use super::tape::{InputSlots, Inputs, Sweep, Tape};
use super::{Graph, Value};
use crate::matrix::ops::affine::{add_to_inputs, add_to_row, neuron as weighted_sum};
use crate::scalar::{Scalar, UnaryFunction};

impl<T: Scalar> Graph<T> {
    /// Records the neurons of a layer, whose `len` parameters begin at a slot and at an index of the tape's data.
    #[inline]
    pub(super) fn neurons<'g, F: UnaryFunction>(
        &'g self,
        parameters: (u32, u32),
        len: usize,
        inputs: &[Value<'g, T>],
        activation: &F,
        mut each: impl FnMut(Value<'g, T>),
    ) {
        self.recorder.write(|tape| {
            let noted = tape.note_inputs(inputs, parameters);
            // Beside each other in `data`: the parameters, from here on, and the inputs, noted last.
            let numbers = &tape.data[parameters.1 as usize..];
            let inputs = &numbers[numbers.len() - inputs.len()..];
            let mut row = parameters.0;
            for parameters in numbers[..len].chunks_exact(inputs.len() + 1) {
                let (output, derivative) = activation.value_and_derivative(weighted_sum(parameters, inputs));
                each(Value::new(self, output, tape.nodes.push(neuron, [row, noted], [derivative])));
                row += parameters.len() as u32;
            }
        })
    }
}

impl<T: Scalar> Tape<T> {
    /// Notes what a layer is fed; returns the index in `inputs`.
    #[inline]
    fn note_inputs(&mut self, inputs: &[Value<'_, T>], parameters: (u32, u32)) -> u32 {
        let data = self.data.len() as u32;
        self.data.extend(inputs.iter().map(|input| input.data()));
        let slots = InputSlots::of(inputs).unwrap_or_else(|| {
            let first = self.slots.len() as u32;
            self.slots.extend(inputs.iter().map(Value::slot));
            InputSlots::Listed(first)
        });
        self.inputs.push(Inputs { data, len: inputs.len() as u32, slots, parameters });
        self.inputs.len() as u32 - 1
    }
}

impl InputSlots {
    /// Where no list is needed.
    #[inline]
    fn of<T: Scalar>(inputs: &[Value<'_, T>]) -> Option<InputSlots> {
        let first = inputs.first().map_or(0, Value::slot);
        if first == 0 {
            return inputs.iter().all(|input| input.slot() == 0).then_some(InputSlots::None);
        }
        inputs.iter().zip(first..).all(|(input, slot)| input.slot() == slot).then_some(InputSlots::From(first))
    }
}

/// o = f(w·x + b): by each weight f′·x, by each input f′·w, by the bias f′.
fn neuron<T: Scalar>(sweep: &mut Sweep<T>, [row, noted]: [u32; 2], upstream: T) {
    let [derivative] = sweep.partials();
    let delta = if upstream.is_plain() { upstream * derivative } else { sweep.along.product(upstream, derivative) };
    if delta.is_plain() {
        propagate(sweep, row, noted, delta, |delta, x| delta * x);
    } else if !delta.vanishes() {
        let along = sweep.along;
        propagate(sweep, row, noted, delta, |delta, x| along.product(delta, x));
    }
    // Otherwise the neuron has no part in the result: a relu that is off, say.
}

/// Propagates δ to the parameters and the inputs of a neuron.
#[inline(always)]
fn propagate<T: Scalar>(sweep: &mut Sweep<T>, row: u32, noted: u32, delta: T, product: impl Fn(T, T) -> T) {
    let (tape, adjoints) = (sweep.tape, &mut *sweep.adjoints);
    let inputs = &tape.inputs[noted as usize];
    let (row, len) = (row as usize, inputs.len as usize);
    add_to_row(&mut adjoints[row..=row + len], delta, &tape.data[inputs.data as usize..][..len], &product);

    let (first_slot, first_data) = inputs.parameters;
    let weights = &tape.data[row - first_slot as usize + first_data as usize..][..len];
    match inputs.slots {
        InputSlots::None => {}
        InputSlots::From(first) => add_to_inputs(&mut adjoints[first as usize..][..len], delta, weights, product),
        InputSlots::Listed(first) => {
            for (&slot, &weight) in tape.slots[first as usize..][..len].iter().zip(weights) {
                adjoints[slot as usize] += product(delta, weight); // a slot may be listed twice
            }
        }
    }
}
