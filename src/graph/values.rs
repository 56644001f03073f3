//! [`Values`]: many numbers on a graph, as rows and columns.

use super::tape::{Place, Tape};
use super::value::same_graph;
use super::{Graph, Value};
use crate::matrix::Rows;
use crate::matrix::ops::{Affine, Operation};
use crate::scalar::Scalar;
use crate::scalar::rules::UnaryFunction;
use ndarray::Array2;
use std::fmt;
use std::ops::Range;

/// Many numbers on a graph, as rows and columns: one handle for all of them.
///
/// Leaves are created by [`Graph::values`]; operations on them are those of [`Rows`], one block of the tape each. Each of
/// the numbers is a [`Value`] when asked for, and single values are gathered by `from`, so that both kinds mix on one graph:
///
/// ```
/// use backprop::{Activation, Graph, Rows, Value, Values};
///
/// let graph = Graph::new();
/// let x = graph.values(&[[1.0, 2.0], [3.0, 4.0]]);
/// let sums = x.row_sums(); //                             3, 7
/// let product = sums.get(0, 0) * sums.get(1, 0); //       21, by single values
/// let both = Values::from(vec![product, x.get(0, 0)]); // gathered again
/// let f: Value<f64> = both.apply(Activation::Relu).sum_all();
/// assert_eq!(f.data(), 22.0);
/// assert_eq!(f.backward().of(&x), [8.0, 7.0, 3.0, 3.0]);
/// ```
#[derive(Clone)]
pub struct Values<'g, T>(Kind<'g, T>);

#[derive(Clone)]
enum Kind<'g, T> {
    Recorded(&'g Graph<T>, Place),
    /// On no graph.
    Constant(Array2<T>),
}

impl<'g, T: Scalar> Values<'g, T> {
    /// Numbers on no graph.
    pub fn constant(numbers: Array2<T>) -> Self {
        Values(Kind::Constant(numbers))
    }

    pub(super) fn recorded(graph: &'g Graph<T>, place: Place) -> Self {
        Values(Kind::Recorded(graph, place))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value in a row and column.
    ///
    /// # Panics
    /// When there are not so many.
    #[track_caller]
    pub fn get(&self, row: usize, column: usize) -> Value<'g, T> {
        let [rows, columns] = self.dimensions();
        assert!(row < rows && column < columns, "no value in row {row}, column {column} of {rows} × {columns}");
        self.numbered(row * columns + column)
    }

    /// The values one after another, row by row.
    pub fn iter(&self) -> impl Iterator<Item = Value<'g, T>> + '_ {
        (0..self.len()).map(|index| self.numbered(index))
    }

    /// The numbers.
    pub fn data(&self) -> Array2<T> {
        let numbers = self.iter().map(Value::data).collect();
        Array2::from_shape_vec(self.dimensions(), numbers).expect("as many numbers as the shape has")
    }

    fn numbered(&self, index: usize) -> Value<'g, T> {
        match &self.0 {
            Kind::Constant(numbers) => Value::constant(numbers[[index / numbers.ncols(), index % numbers.ncols()]]),
            Kind::Recorded(graph, place) => {
                let number = graph.recorder.read(|tape| tape.data[place.data as usize + index]);
                if place.slot == 0 {
                    Value::constant(number)
                } else {
                    Value::new(graph, number, place.slot + index as u32)
                }
            }
        }
    }

    /// The graph and the slots, unless these are constants.
    pub(super) fn place(&self) -> Option<(&'g Graph<T>, Range<usize>)> {
        match &self.0 {
            Kind::Recorded(graph, place) if place.slot != 0 => {
                Some((graph, place.slot as usize..place.slot as usize + place.len()))
            }
            _ => None,
        }
    }

    fn graph(&self) -> Option<&'g Graph<T>> {
        match &self.0 {
            Kind::Recorded(graph, _) => Some(graph),
            Kind::Constant(_) => None,
        }
    }

    /// Where the numbers stand on a tape, to which constants are brought first.
    fn brought_to(&self, tape: &mut Tape<T>) -> Place {
        match &self.0 {
            Kind::Recorded(_, place) => *place,
            Kind::Constant(numbers) => tape.push_constants(numbers.view()),
        }
    }

    /// Values row by row, so many in each: a block that hands its adjoints on to them.
    #[track_caller]
    fn gathered(values: &[Value<'g, T>], columns: usize) -> Self {
        let numbers: Vec<T> = values.iter().map(|value| value.data()).collect();
        let graph = values.iter().fold(None, |graph, value| same_graph(graph, value.graph()));
        let Some(graph) = graph else { return Values::constant(Rows::from_numbers(numbers, columns)) };

        let parents: Vec<u32> = values.iter().map(Value::slot).collect();
        let hand_on = move |upstream: &[T], adjoints: &mut [T]| {
            for (&parent, &upstream) in parents.iter().zip(upstream) {
                adjoints[parent as usize] += upstream;
            }
        };
        let rows = numbers.len() / columns.max(1);
        assert!(rows * columns == numbers.len(), "{} values in rows of {columns}", numbers.len());
        let place = graph.recorder.append(|tape| tape.push_result(&numbers, Box::new(hand_on)));
        Values::recorded(graph, Place::new(place, [rows, columns]))
    }
}

impl<'g, T: Scalar> From<Vec<Value<'g, T>>> for Values<'g, T> {
    /// Values from wherever they are on the graph, side by side: one row.
    ///
    /// # Panics
    /// When they are on two graphs.
    #[track_caller]
    fn from(values: Vec<Value<'g, T>>) -> Self {
        Values::gathered(&values, values.len())
    }
}

impl<'g, T: Scalar> Rows<Value<'g, T>> for Values<'g, T> {
    #[track_caller]
    fn from_numbers(numbers: Vec<Value<'g, T>>, columns: usize) -> Self {
        Values::gathered(&numbers, columns)
    }

    #[track_caller]
    fn of_row(numbers: Vec<Value<'g, T>>) -> Self {
        match Values::gathered(&numbers, numbers.len()).0 {
            Kind::Constant(numbers) if numbers.is_empty() => Values(Kind::Constant(Array2::zeros((1, 0)))),
            kind => Values(kind),
        }
    }

    fn dimensions(&self) -> [usize; 2] {
        match &self.0 {
            Kind::Recorded(_, place) => place.shape(),
            Kind::Constant(numbers) => Rows::dimensions(numbers),
        }
    }

    #[track_caller]
    fn at(&self, row: usize, column: usize) -> Value<'g, T> {
        self.get(row, column)
    }

    fn part(&self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.len(), "no values {range:?} among {}", self.len());
        Values(match &self.0 {
            Kind::Constant(numbers) => Kind::Constant(Rows::part(numbers, range)),
            Kind::Recorded(graph, place) => {
                let start = range.start as u32;
                let slot = if place.slot == 0 { 0 } else { place.slot + start };
                Kind::Recorded(graph, Place::new((slot, place.data + start), [1, range.len()]))
            }
        })
    }

    fn with_slice<R>(&self, f: impl FnOnce(&[Value<'g, T>]) -> R) -> R {
        f(&self.iter().collect::<Vec<_>>())
    }

    fn with_slice_mut<R>(&mut self, f: impl FnOnce(&mut [Value<'g, T>]) -> R) -> R {
        let [_, columns] = self.dimensions();
        let mut numbers: Vec<_> = self.iter().collect();
        let result = f(&mut numbers);
        *self = Values::gathered(&numbers, columns);
        result
    }

    #[inline]
    #[track_caller]
    fn neurons<R: UnaryFunction>(
        &self,
        range: Range<usize>,
        inputs: &[Value<'g, T>],
        activation: R,
        mut each: impl FnMut(Value<'g, T>),
    ) {
        let inputs_graph = inputs.iter().fold(None, |graph, input| same_graph(graph, input.graph()));
        match &self.0 {
            Kind::Recorded(graph, place) if place.slot != 0 => {
                same_graph(Some(graph), inputs_graph);
                assert!(range.end <= place.len(), "no values {range:?} among {}", place.len());
                let parameters = (place.slot + range.start as u32, place.data + range.start as u32);
                graph.neurons(parameters, range.len(), inputs, activation, each);
            }
            _ => {
                let parameters = self.part(range).data();
                if let Some(graph) = inputs_graph {
                    // Parameters that are not trained, after a layer that is: the neurons are nodes all the same.
                    let parameters = graph.values(&parameters);
                    parameters.neurons(0..parameters.len(), inputs, activation, each);
                } else {
                    let inputs: Vec<T> = inputs.iter().map(|input| input.data()).collect();
                    parameters.neurons(0..parameters.len(), &inputs, activation, |y| each(Value::constant(y)));
                }
            }
        }
    }

    #[track_caller]
    fn layer<R: UnaryFunction>(&self, parameters: &Self, range: Range<usize>, activation: &R) -> Self {
        Rows::compute([self, &parameters.part(range)], Affine(activation))
    }

    #[track_caller]
    fn compute<const N: usize, O: Operation<N>>(operands: [&Self; N], operation: O) -> Self {
        let mut on_graph = None;
        for operand in operands {
            on_graph = same_graph(on_graph, operand.graph());
        }
        operation.shape(operands.map(Rows::dimensions)); // panics here, where the caller is known, if they do not fit
        let Some(graph) = on_graph else {
            // Of constants alone, on a graph that is forgotten at once
            let graph = Graph::new();
            let operands = operands.map(|operand| graph.constants(operand.data()));
            return Values::constant(Values::compute(operands.each_ref(), operation).data());
        };
        let place = graph.recorder.write(|tape| {
            let operands = operands.map(|operand| operand.brought_to(tape));
            tape.push_operation(operands, operation)
        });
        Values::recorded(graph, place)
    }
}

/// By their numbers, as single values.
impl<T: Scalar> PartialEq for Values<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.dimensions() == other.dimensions() && self.iter().eq(other.iter())
    }
}

impl<T: Scalar> fmt::Debug for Values<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [_, columns] = self.dimensions();
        let numbers: Vec<Value<'_, T>> = self.iter().collect();
        f.debug_list().entries(numbers.chunks(columns.max(1))).finish()
    }
}
