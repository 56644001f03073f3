//! [`GraphDrawing`]: the graph of a computation, as text for Graphviz or as SVG.

use super::explain::Chain;
use super::node::Node;
use super::node::Operation;
use super::traced::{Trace, TracedValue};
use crate::error::Error;
use crate::scalar::Scalar;
use crate::scalar::double;
use crate::text::written;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The graph of a computation: each number a box with its name, its operation, its value and the derivative of the result by it;
/// each edge with its local derivative. From [`TracedValue::drawing`].
///
/// Boxes are blue where the derivative is above 0, orange where it is below, the stronger the larger; constants are grey.
///
/// ```
/// use backprop::Trace;
///
/// let trace = Trace::new();
/// let (a, b) = (trace.variable("a", 2.0), trace.variable("b", 3.0));
/// let c = (a * b + 1.0).named("c");
/// let dot = c.drawing().to_dot()?;
/// assert!(dot.starts_with("digraph {") && dot.contains("n0 -> n2 [label=\"3\"]")); // a·b by a is b
/// let folded = c.drawing().folded().to_dot()?;
/// assert!(folded.contains("n0 -> n4 [label=\"3\"]")); // c by a
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GraphDrawing<'t, T> {
    trace: &'t Trace<T>,
    result: usize,
    is_folded: bool,
    around: Option<(usize, usize)>,
}

/// More boxes than this nobody would read.
const MOST_BOXES: usize = 150;

impl<'t, T: Scalar> TracedValue<'t, T> {
    /// Everything that this was computed from, to be drawn.
    ///
    /// # Panics
    /// When it is a constant.
    #[track_caller]
    pub fn drawing(self) -> GraphDrawing<'t, T> {
        GraphDrawing { trace: self.trace(), result: self.node, is_folded: false, around: None }
    }
}

/// From an operand to a result, by their indices, with the derivative.
type Edge<D> = (usize, usize, D);

/// What is drawn, in words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Described {
    pub(crate) boxes: Vec<Part>,
    pub(crate) edges: Vec<Edge<String>>,
}

/// A box.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) index: usize,
    /// Name and operation, value, derivative of the result; of constants the value alone.
    pub(crate) lines: Vec<String>,
    /// The derivative of the result.
    pub(crate) slope: f64,
    pub(crate) is_constant: bool,
}

impl Part {
    fn new<T: Scalar>(index: usize, node: &Node<T>, adjoint: T, is_folded: bool) -> Part {
        let is_constant = node.operation == Operation::Constant;
        let name = node.name.clone().unwrap_or_default().replace(['"', '\\'], "'");
        let operation = if is_folded { String::new() } else { node.operation.label() };
        let head = match (name.is_empty(), operation.is_empty()) {
            (false, false) => format!("{name} = {operation}"),
            _ => name + &operation,
        };
        let value = number(node.data);
        let lines = if is_constant { vec![value] } else { vec![head, value, format!("∂ {}", number(adjoint))] };
        Part { index, lines, slope: double(&adjoint), is_constant }
    }

    /// How strong its colour is, from 0 to 0.6.
    pub(crate) fn strength(&self) -> f64 {
        self.slope.abs() / (1.0 + self.slope.abs()) * 0.6
    }

    /// Its colour on white: blue for derivatives above 0, orange below; constants are grey.
    fn colour(&self) -> String {
        if self.is_constant {
            return "#eeeeee".into();
        }
        let full = if self.slope < 0.0 { [213.0, 94.0, 0.0] } else { [0.0, 114.0, 178.0] };
        let [r, g, b] = full.map(|c: f64| (255.0 + (c - 255.0) * self.strength()) as u8);
        format!("#{r:02x}{g:02x}{b:02x}")
    }
}

impl<T: Scalar> GraphDrawing<'_, T> {
    /// Only what has a name: a neuron is a box then, and an edge has the derivative of one name by the other.
    pub fn folded(self) -> Self {
        GraphDrawing { is_folded: true, ..self }
    }

    /// Only the part around a number: as far as so many edges from it.
    pub fn around(self, number: TracedValue<'_, T>, edges: usize) -> Self {
        GraphDrawing { around: Some((number.node, edges)), ..self }
    }

    /// Text for Graphviz.
    ///
    /// # Errors
    /// [`Error::Limit`] when there are more boxes than a person would read.
    pub fn to_dot(&self) -> Result<String, Error> {
        let Described { boxes, edges } = self.described()?;
        let mut text = String::from(
            "digraph {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n  \
             edge [fontname=\"sans-serif\", fontsize=10];\n",
        );
        for part in boxes {
            let (index, label, colour) = (part.index, part.lines.join("\\n"), part.colour());
            line(&mut text, format!("n{index} [label=\"{label}\", fillcolor=\"{colour}\"]"));
        }
        for (from, to, derivative) in edges {
            line(&mut text, format!("n{from} -> n{to} [label=\"{derivative}\"]"));
        }
        Ok(text + "}\n")
    }

    /// What is drawn, in words.
    pub(crate) fn described(&self) -> Result<Described, Error> {
        let (nodes, adjoints) = (self.trace.nodes.borrow(), self.trace.adjoints(self.result));
        let (boxes, edges) = self.parts(&nodes);
        if boxes.len() > MOST_BOXES {
            return Err(Error::Limit {
                what: "numbers that can be read",
                limit: MOST_BOXES as u64,
                got: Some(boxes.len() as u64),
                place: "a drawing".into(),
                advice: "fold it to what has a name, or draw the part around a number",
            });
        }
        let boxes = boxes.into_iter().map(|index| Part::new(index, &nodes[index], adjoints[index], self.is_folded));
        let edges = edges.into_iter().map(|(from, to, derivative)| (from, to, number(derivative)));
        Ok(Described { boxes: boxes.collect(), edges: edges.collect() })
    }

    /// The indices of what is drawn, and from which to which there are edges, with the derivative.
    fn parts(&self, nodes: &[Node<T>]) -> (BTreeSet<usize>, Vec<Edge<T>>) {
        let chain = Chain { nodes, input: 0 };
        let (mut boxes, mut edges, mut waiting) = (BTreeSet::new(), Vec::new(), vec![self.result]);
        while let Some(index) = waiting.pop() {
            if !boxes.insert(index) {
                continue;
            }
            let below = if self.is_folded { chain.steps(index) } else { nodes[index].parents.clone() };
            for (operand, derivative) in below {
                waiting.push(operand);
                edges.push((operand, index, derivative));
            }
        }
        if let Some((centre, far)) = self.around {
            let mut distances = BTreeMap::from([(centre, 0)]);
            for distance in 1..=far {
                for &(from, to, _) in &edges {
                    for (near, next) in [(from, to), (to, from)] {
                        if distances.get(&near).is_some_and(|&d| d < distance) {
                            distances.entry(next).or_insert(distance);
                        }
                    }
                }
            }
            boxes.retain(|index| distances.contains_key(index));
            edges.retain(|(from, to, _)| boxes.contains(from) && boxes.contains(to));
        }
        edges.sort_by_key(|&(from, to, _)| (to, from));
        (boxes, edges)
    }
}

fn line(text: &mut String, line: String) {
    writeln!(text, "  {line};").expect("a string takes all");
}

fn number<T: Scalar>(x: T) -> String {
    written(double(&x))
}
