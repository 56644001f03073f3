//! The neurons of a layer, one node each.
//!
//! A node for every product and sum would cost more time than the arithmetic. So the node of a neuron has many parents:
//! a row of parameters, which are contiguous on the tape, and the inputs, which are stored once for the whole layer.

use super::tape::{InputSlots, Inputs, Nodes, Place, Sweep, Tape};
use super::{Graph, Value};
use crate::matrix::ops::affine::{add_to_inputs, add_to_row, neuron, neurons, space_for_neurons};
use crate::scalar::{Scalar, UnaryFunction};

impl<T: Scalar> Graph<T> {
    /// Records the neurons of a layer and calls `each` with their outputs. `parameters` are those of all of them.
    #[inline]
    pub(super) fn neurons<'g, F: UnaryFunction>(
        &'g self,
        parameters: Place,
        inputs: &[Value<'g, T>],
        activation: &F,
        mut each: impl FnMut(Value<'g, T>),
    ) {
        self.recorder.write(|tape| {
            let layer = tape.push_inputs(inputs, parameters);
            let row = inputs.len() + 1;
            let outputs = parameters.len() / row;
            let mut slots = (parameters.start.slot..).step_by(row);
            let mut record = |nodes: &mut Nodes<T>, data, derivative| {
                let slot = slots.next().expect("there are as many slots as parameters");
                each(Value::new(self, data, nodes.push(neuron_back, [slot, layer], [derivative])));
            };
            let len = tape.data.len();
            tape.data.resize(len + space_for_neurons::<T>(inputs.len(), outputs), T::zero());
            let (data, space) = tape.data.split_at_mut(len);
            let (inputs, parameters) = (&data[len - inputs.len()..], parameters.elements(data, &tape.shared));
            if space.is_empty() {
                for row in parameters.chunks_exact(row) {
                    let (data, derivative) = activation.value_and_derivative(neuron(row, inputs));
                    record(&mut tape.nodes, data, derivative);
                }
            } else {
                let (values, derivatives) = space.split_at_mut(outputs);
                neurons(activation, parameters, inputs, values, derivatives);
                for (&data, &derivative) in values.iter().zip(&*derivatives) {
                    record(&mut tape.nodes, data, derivative);
                }
                tape.data.truncate(len);
            }
        })
    }
}

impl<T: Scalar> Tape<T> {
    /// Stores the inputs of a layer; returns their index in `inputs`.
    #[inline]
    fn push_inputs(&mut self, inputs: &[Value<'_, T>], parameters: Place) -> u32 {
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
    /// Returns the slots of constants or of consecutive values; `None` for others, which need a list.
    #[inline]
    fn of<T: Scalar>(inputs: &[Value<'_, T>]) -> Option<InputSlots> {
        let first = inputs.first().map_or(0, Value::slot);
        if first == 0 {
            return inputs.iter().all(|input| input.slot() == 0).then_some(InputSlots::None);
        }
        inputs.iter().zip(first..).all(|(input, slot)| input.slot() == slot).then_some(InputSlots::From(first))
    }
}

/// The backward function of o = f(w·x + b): ∂o/∂w is f′·x, ∂o/∂x is f′·w, and ∂o/∂b is f′.
fn neuron_back<T: Scalar>(sweep: &mut Sweep<T>, [row, layer]: [u32; 2], upstream: T) {
    let [derivative] = sweep.partials();
    let delta = if upstream.is_plain() { upstream * derivative } else { sweep.along.product(upstream, derivative) };
    if delta.is_plain() {
        propagate(sweep, row, layer, delta, |delta, x| delta * x);
    } else if !delta.vanishes() {
        let along = sweep.along;
        propagate(sweep, row, layer, delta, |delta, x| along.product(delta, x));
    }
    // Otherwise the result does not depend on the neuron, for example on an inactive ReLU.
}

/// Propagates δ to the parameters and the inputs of a neuron.
#[inline(always)]
fn propagate<T: Scalar>(sweep: &mut Sweep<T>, row: u32, layer: u32, delta: T, product: impl Fn(T, T) -> T) {
    let (tape, adjoints) = (sweep.tape, &mut *sweep.adjoints);
    let inputs = &tape.inputs[layer as usize];
    let (row, len) = (row as usize, inputs.len as usize);
    add_to_row(&mut adjoints[row..=row + len], delta, &tape.data[inputs.data as usize..][..len], &product);

    let parameters = inputs.parameters;
    let weights = &parameters.first_and_after(&tape.data, &tape.shared)[row - parameters.start.slot as usize..][..len];
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
