//! [`Values`]: numbers side by side on a graph.

use super::value::same_graph;
use super::{Graph, Value};
use crate::Scalar;
use crate::rules::Rule;
use crate::run::Run;
use std::fmt;
use std::ops::Range;

/// Numbers side by side on a graph, as the parameters of a layer are: one handle for all of them.
///
/// Created by [`Graph::values`]. Each of them is a [`Value`] when asked for.
#[derive(Clone)]
pub struct Values<'g, T>(Place<'g, T>);

#[derive(Clone)]
enum Place<'g, T> {
    /// `len` numbers from a slot on, the first of them at `data` on the tape.
    Recorded { graph: &'g Graph<T>, slot: u32, data: u32, len: u32 },
    /// On no graph.
    Constant(Vec<T>),
}

impl<'g, T: Scalar> Values<'g, T> {
    pub(super) fn leaves(graph: &'g Graph<T>, numbers: &[T]) -> Self {
        let (slot, data) = graph.recorder.write(|tape| tape.push_leaves(numbers));
        Values(Place::Recorded { graph, slot, data, len: numbers.len() as u32 })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Place::Recorded { len, .. } => *len as usize,
            Place::Constant(numbers) => numbers.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at `index`.
    ///
    /// # Panics
    /// When there are not so many.
    #[track_caller]
    pub fn get(&self, index: usize) -> Value<'g, T> {
        assert!(index < self.len(), "no value {index} among {}", self.len());
        match &self.0 {
            Place::Constant(numbers) => Value::constant(numbers[index]),
            Place::Recorded { graph, slot, data, .. } => {
                let number = graph.recorder.read(|tape| tape.data[*data as usize + index]);
                Value::new(graph, number, slot + index as u32)
            }
        }
    }

    /// The values one after another.
    pub fn iter(&self) -> impl Iterator<Item = Value<'g, T>> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }

    /// The graph and the slots, unless these are constants.
    pub(super) fn place(&self) -> Option<(&'g Graph<T>, Range<usize>)> {
        match &self.0 {
            Place::Constant(_) => None,
            Place::Recorded { graph, slot, len, .. } => Some((graph, *slot as usize..*slot as usize + *len as usize)),
        }
    }
}

impl<'g, T: Scalar> From<Vec<Value<'g, T>>> for Values<'g, T> {
    /// Values from wherever they are on the graph, side by side: a block that hands its adjoints on to them.
    #[track_caller]
    fn from(values: Vec<Value<'g, T>>) -> Self {
        let numbers: Vec<T> = values.iter().map(|value| value.data()).collect();
        let graph = values.iter().fold(None, |graph, value| same_graph(graph, value.graph()));
        let Some(graph) = graph else { return Values(Place::Constant(numbers)) };

        let parents: Vec<u32> = values.iter().map(Value::slot).collect();
        let hand_on = move |upstream: &[T], adjoints: &mut [T]| {
            for (&parent, &upstream) in parents.iter().zip(upstream) {
                adjoints[parent as usize] += upstream;
            }
        };
        let (slot, data) = graph.recorder.write(|tape| tape.push_result(&numbers, Box::new(hand_on)));
        Values(Place::Recorded { graph, slot, data, len: numbers.len() as u32 })
    }
}

impl<'g, T: Scalar> Run<Value<'g, T>> for Values<'g, T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn slice(&self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.len(), "no values {range:?} among {}", self.len());
        Values(match &self.0 {
            Place::Constant(numbers) => Place::Constant(numbers[range].to_vec()),
            Place::Recorded { graph, slot, data, .. } => {
                let start = range.start as u32;
                Place::Recorded { graph, slot: slot + start, data: data + start, len: range.len() as u32 }
            }
        })
    }

    fn with_slice<R>(&self, f: impl FnOnce(&[Value<'g, T>]) -> R) -> R {
        f(&self.iter().collect::<Vec<_>>())
    }

    fn update(&mut self, other: &Self, f: impl Fn(Value<'g, T>, Value<'g, T>) -> Value<'g, T>) {
        *self = self.iter().zip(other.iter()).map(|(x, y)| f(x, y)).collect::<Vec<_>>().into();
    }

    #[inline]
    #[track_caller]
    fn neurons<R: Rule>(
        &self,
        range: Range<usize>,
        inputs: &[Value<'g, T>],
        activation: R,
        mut each: impl FnMut(Value<'g, T>),
    ) {
        let inputs_graph = inputs.iter().fold(None, |graph, input| same_graph(graph, input.graph()));
        match (&self.0, inputs_graph) {
            (Place::Recorded { graph, slot, data, len }, _) => {
                same_graph(Some(graph), inputs_graph);
                assert!(range.end <= *len as usize, "no values {range:?} among {len}");
                let place = (slot + range.start as u32, data + range.start as u32);
                graph.neurons(place, range.len(), inputs, activation, each);
            }
            // Parameters that are not trained, after a layer that is: the neurons are nodes all the same.
            (Place::Constant(parameters), Some(graph)) => {
                Values::leaves(graph, &parameters[range.clone()]).neurons(0..range.len(), inputs, activation, each);
            }
            (Place::Constant(parameters), None) => {
                let inputs: Vec<T> = inputs.iter().map(|input| input.data()).collect();
                parameters.neurons(range, &inputs, activation, |y| each(Value::constant(y)));
            }
        }
    }
}

/// By their numbers, as single values.
impl<T: Scalar> PartialEq for Values<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Scalar> fmt::Debug for Values<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
