//! [`OnGraph`]: the storage of a [`Matrix`] on a graph, which records the operations on it.

use super::tape::{Place, Start, Tape};
use super::value::same_graph;
use super::{Graph, Value};
use crate::matrix::ops::Operation;
use crate::matrix::ops::affine::space_for_neurons;
use crate::matrix::{AsMatrix, DualNumber, Duals, Matrix, Storage};
use crate::scalar::{Scalar, UnaryFunction};
use ndarray::Array2;
use std::cell::OnceCell;
use std::ops::Range;

/// The elements of a matrix of [`Value`]s: a block on a graph, or constants.
pub struct OnGraph<'g, T: Scalar> {
    kind: Kind<'g, T>,
    /// The elements as single values, collected at the first use.
    values: OnceCell<Box<[Value<'g, T>]>>,
}

#[derive(Clone)]
enum Kind<'g, T: Scalar> {
    Recorded(&'g Graph<T>, Place),
    Constant(Matrix<T>),
}

impl<'g, T: Scalar> Matrix<Value<'g, T>> {
    /// Creates a matrix from its place on a graph.
    #[inline(always)]
    pub(super) fn recorded(graph: &'g Graph<T>, start: Start, shape: [usize; 2]) -> Self {
        Matrix::from_storage(OnGraph::new(Kind::Recorded(graph, Place::new(start, shape))))
    }

    /// Returns the values without the graph.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Graph, Matrix};
    ///
    /// let graph = Graph::new();
    /// assert_eq!((graph.matrix(&[1.0, 2.0]) * 2.0).data(), Matrix::from([2.0, 4.0]));
    /// ```
    #[doc(alias = "detach")]
    pub fn data(&self) -> Matrix<T> {
        let mut values = Vec::with_capacity(self.len());
        self.append_to(&mut values);
        Matrix::from_vec(self.shape(), values)
    }

    /// Appends the values in row-major order to `values`.
    pub(crate) fn append_to(&self, values: &mut Vec<T>) {
        match &self.storage().kind {
            Kind::Constant(constants) => values.extend_from_slice(constants.as_slice()),
            Kind::Recorded(graph, place) => {
                graph.recorder.read(|tape| values.extend_from_slice(tape.elements(*place)));
            }
        }
    }

    /// Returns the graph and the slots of the elements, or `None` for constants.
    pub(super) fn slots(&self) -> Option<(&'g Graph<T>, Range<usize>)> {
        match &self.storage().kind {
            Kind::Recorded(graph, place) if place.start.slot != 0 => {
                Some((graph, place.start.slot as usize..place.start.slot as usize + place.len()))
            }
            _ => None,
        }
    }
}

/// Creates constants.
impl<T: Scalar> From<Matrix<T>> for Matrix<Value<'_, T>> {
    fn from(constants: Matrix<T>) -> Self {
        Matrix::from_storage(OnGraph::new(Kind::Constant(constants)))
    }
}

/// Creates constants.
impl<T: Scalar> From<Array2<T>> for Matrix<Value<'_, T>> {
    fn from(constants: Array2<T>) -> Self {
        Matrix::from(Matrix::<T>::from(constants))
    }
}

impl<'g, T: Scalar> OnGraph<'g, T> {
    #[inline(always)]
    fn new(kind: Kind<'g, T>) -> Self {
        OnGraph { kind, values: OnceCell::new() }
    }

    #[inline(always)]
    fn graph(&self) -> Option<&'g Graph<T>> {
        match &self.kind {
            Kind::Recorded(graph, _) => Some(graph),
            Kind::Constant(_) => None,
        }
    }

    /// Returns the place of the elements on the tape; constants are first copied to it.
    #[inline(always)]
    fn place_on(&self, tape: &mut Tape<T>) -> Place {
        match &self.kind {
            Kind::Recorded(_, place) => *place,
            Kind::Constant(values) => Place::new(tape.push_constants(&values.source()), values.shape()),
        }
    }
}

impl<T: Scalar> Clone for OnGraph<'_, T> {
    fn clone(&self) -> Self {
        OnGraph::new(self.kind.clone())
    }
}

impl<'g, T: Scalar> Storage<Value<'g, T>> for OnGraph<'g, T> {
    type OfDuals<D: DualNumber<Value<'g, T>>> = Duals<Value<'g, T>, D>;

    /// Collects values from any places on the graph in a block that propagates its adjoints to them.
    #[track_caller]
    fn from_vec(values: Vec<Value<'g, T>>, shape: [usize; 2]) -> Self {
        let data: Vec<T> = values.iter().map(|value| value.data()).collect();
        let graph = values.iter().fold(None, |graph, value| same_graph(graph, value.graph()));
        let Some(graph) = graph else { return OnGraph::new(Kind::Constant(Matrix::from_vec(shape, data))) };

        let parents: Vec<u32> = values.iter().map(Value::slot).collect();
        let propagate = move |upstream: &[T], adjoints: &mut [T]| {
            for (&parent, &upstream) in parents.iter().zip(upstream) {
                adjoints[parent as usize] += upstream;
            }
        };
        let start = graph.recorder.append(|tape| tape.push_result(&data, Box::new(propagate)));
        OnGraph::new(Kind::Recorded(graph, Place::new(start, shape)))
    }

    #[inline(always)]
    fn shape(&self) -> [usize; 2] {
        match &self.kind {
            Kind::Recorded(_, place) => place.shape(),
            Kind::Constant(values) => values.shape(),
        }
    }

    fn get(&self, index: usize) -> Value<'g, T> {
        match &self.kind {
            Kind::Constant(values) => Value::constant(values.as_slice()[index]),
            Kind::Recorded(graph, place) => {
                let data = graph.recorder.read(|tape| tape.elements(*place)[index]);
                value_at(graph, place, index, data)
            }
        }
    }

    fn as_slice(&self) -> &[Value<'g, T>] {
        self.values.get_or_init(|| match &self.kind {
            Kind::Constant(values) => values.iter().map(|&value| Value::constant(value)).collect(),
            Kind::Recorded(graph, place) => graph.recorder.read(|tape| {
                let data = tape.elements(*place);
                data.iter().enumerate().map(|(index, &data)| value_at(graph, place, index, data)).collect()
            }),
        })
    }

    fn part(&self, start: usize, shape: [usize; 2]) -> Self {
        OnGraph::new(match &self.kind {
            Kind::Constant(values) => Kind::Constant(Matrix::from_storage(values.storage().part(start, shape))),
            Kind::Recorded(graph, place) => {
                assert!(start + shape[0] * shape[1] <= place.len(), "the part is within the matrix");
                Kind::Recorded(graph, place.part(start, shape))
            }
        })
    }

    #[track_caller]
    fn compute<const N: usize, O: Operation<N>>(operands: [&Self; N], operation: O) -> Self {
        let graph = operands.iter().fold(None, |graph, operand| same_graph(graph, operand.graph()));
        // Computed here, where a panic has the location of the caller
        let shape = operation.shape(operands.map(Storage::shape));
        let Some(graph) = graph else {
            // All operands are constants: a temporary graph computes the result.
            let graph = Graph::new();
            let operands = operands.map(|operand| match &operand.kind {
                Kind::Constant(values) => graph.constants(values),
                Kind::Recorded(..) => unreachable!("no operand is on a graph"),
            });
            return OnGraph::new(Kind::Constant(Matrix::compute(operands.each_ref(), operation).data()));
        };
        let place = graph.recorder.write(|tape| {
            let operands = operands.map(|operand| operand.place_on(tape));
            tape.push_operation(operands, shape, operation)
        });
        OnGraph::new(Kind::Recorded(graph, place))
    }

    #[inline]
    #[track_caller]
    fn neurons<F: UnaryFunction>(
        &self,
        range: Range<usize>,
        inputs: &[Value<'g, T>],
        function: &F,
        space: &mut [Value<'g, T>],
        mut each: impl FnMut(Value<'g, T>),
    ) {
        let inputs_graph = inputs.iter().fold(None, |graph, input| same_graph(graph, input.graph()));
        match &self.kind {
            Kind::Recorded(graph, place) if place.start.slot != 0 => {
                same_graph(Some(graph), inputs_graph);
                assert!(range.end <= place.len(), "`range` must be within 0..{}, got {range:?}", place.len());
                let part = place.part(range.start, [1, range.len()]);
                graph.neurons(part, inputs, function, each);
            }
            _ => {
                let parameters = Matrix::from_storage(self.part(range.start, [1, range.len()])).data();
                let range = 0..parameters.len();
                if let Some(graph) = inputs_graph {
                    // Constant parameters and inputs on a graph: the neurons are nodes too.
                    graph.matrix(&parameters).storage().neurons(range, inputs, function, space, each);
                } else {
                    let inputs: Vec<T> = inputs.iter().map(|input| input.data()).collect();
                    let outputs = parameters.len() / (inputs.len() + 1);
                    let mut space = vec![T::zero(); space_for_neurons::<T>(inputs.len(), outputs)];
                    parameters.storage().neurons(range, &inputs, function, &mut space, |y| each(Value::constant(y)));
                }
            }
        }
    }
}

/// Returns the element `index` of a place on a graph, with its data.
fn value_at<'g, T: Scalar>(graph: &'g Graph<T>, place: &Place, index: usize, data: T) -> Value<'g, T> {
    if place.start.slot == 0 { Value::constant(data) } else { Value::new(graph, data, place.start.slot + index as u32) }
}
