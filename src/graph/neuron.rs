//! The neurons of a layer, one node each.
//!
//! A node for every product and sum would cost more than the arithmetic. So the node of a neuron has many parents: a
//! row of parameters, which stand side by side on the tape, and the inputs, which are noted once for the whole layer.

use super::tape::{InputSlots, Inputs, Node, Tape};
use super::{Graph, Value};
use crate::Scalar;
use crate::rules::Rule;
use crate::run::affine;

impl<T: Scalar> Graph<T> {
    /// Records the neurons of a layer, whose `len` parameters begin at a slot and at an index of the tape's data.
    #[inline]
    pub(super) fn neurons<'g, R: Rule>(
        &'g self,
        (slot, data, len): (u32, u32, u32),
        inputs: &[Value<'g, T>],
        activation: R,
        mut each: impl FnMut(Value<'g, T>),
    ) {
        let tape = &mut *self.tape.borrow_mut();
        let noted = tape.note_inputs(inputs, (slot, data));
        let row_len = inputs.len() + 1;
        let first_input = tape.inputs[noted as usize].data as usize;
        let mut row = 0;
        while row < len {
            let parameters = &tape.data[(data + row) as usize..][..row_len];
            let sum = affine(parameters, &tape.data[first_input..][..inputs.len()]);
            let (output, derivative) = activation.apply(sum);
            let node = Node { backward: neuron, parents: [slot + row, noted], partials: [derivative, T::zero()] };
            each(Value::new(self, output, tape.push(node)));
            row += row_len as u32;
        }
    }
}

impl<T: Scalar> Tape<T> {
    /// Notes what a layer is fed; returns the index in `inputs`.
    #[inline]
    fn note_inputs(&mut self, inputs: &[Value<'_, T>], parameters: (u32, u32)) -> u32 {
        let data = self.data.len() as u32;
        self.data.extend(inputs.iter().map(|input| input.data()));
        let slots = if inputs.iter().all(|input| input.slot() == 0) {
            InputSlots::None
        } else if inputs.windows(2).all(|pair| pair[0].slot() != 0 && pair[0].slot() + 1 == pair[1].slot()) {
            InputSlots::From(inputs[0].slot())
        } else {
            let first = self.slots.len() as u32;
            self.slots.extend(inputs.iter().map(Value::slot));
            InputSlots::Listed(first)
        };
        self.inputs.push(Inputs { data, len: inputs.len() as u32, slots, parameters });
        self.inputs.len() as u32 - 1
    }
}

/// o = f(w·x + b): by each weight f′·x, by each input f′·w, by the bias f′.
fn neuron<T: Scalar>(tape: &Tape<T>, node: &Node<T>, upstream: T, adjoints: &mut [T]) {
    let delta = upstream * node.partials[0];
    if delta.vanishes() {
        return; // a relu that is off, say
    }
    let inputs = &tape.inputs[node.parents[1] as usize];
    let (row, len) = (node.parents[0] as usize, inputs.len as usize);
    let numbers = &tape.data[inputs.data as usize..][..len];
    let by_row = &mut adjoints[row..=row + len];
    add_multiple(&mut by_row[..len], delta, numbers);
    by_row[len] += delta;

    let (first_slot, first_data) = inputs.parameters;
    let weights = &tape.data[row - first_slot as usize + first_data as usize..][..len];
    match inputs.slots {
        InputSlots::None => {}
        InputSlots::From(first) => add_multiple(&mut adjoints[first as usize..][..len], delta, weights),
        InputSlots::Listed(first) => {
            for (&slot, &weight) in tape.slots[first as usize..][..len].iter().zip(weights) {
                adjoints[slot as usize] += delta * weight;
            }
        }
    }
}

/// sums += factor·numbers.
#[inline(always)]
fn add_multiple<T: Scalar>(sums: &mut [T], factor: T, numbers: &[T]) {
    for (sum, &number) in sums.iter_mut().zip(numbers) {
        *sum += factor * number;
    }
}
