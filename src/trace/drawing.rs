//! [`GraphDrawing`]: the graph of a computation, as text for Graphviz or as SVG.

use super::chain::Chain;
use super::node::{Node, Operation};
use super::record::{Trace, TracedValue};
use crate::error::Error;
use crate::scalar::{Scalar, double};
use crate::text::written;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The graph of a computation, to be drawn. [`TracedValue::drawing`] creates it.
///
/// Each box has the name, the operation, the value, and the derivative of the result with respect to it; each edge has
/// its local derivative.
///
/// Boxes are blue where the derivative is positive, orange where it is negative, in a stronger colour for a larger
/// derivative; constants are grey.
///
/// ```
/// use backprop::Trace;
///
/// let trace = Trace::new();
/// let (a, b) = (trace.variable("a", 2.0), trace.variable("b", 3.0));
/// let c = (a * b + 1.0).named("c");
/// let dot = c.drawing().to_dot()?;
/// assert!(dot.starts_with("digraph {") && dot.contains("n0 -> n2 [label=\"3\"]")); // ∂(a·b)/∂a = b
/// let folded = c.drawing().folded().to_dot()?;
/// assert!(folded.contains("n0 -> n4 [label=\"3\"]")); // ∂c/∂a
/// # Ok::<(), backprop::Error>(())
/// ```
#[doc(alias = "make_dot")]
#[derive(Clone, Debug)]
pub struct GraphDrawing<'t, T> {
    trace: &'t Trace<T>,
    result: usize,
    is_folded: bool,
    around: Option<(usize, usize)>,
}

/// The maximum number of boxes in a drawing.
const MAX_BOXES: usize = 150;

impl<'t, T: Scalar> TracedValue<'t, T> {
    /// Returns a drawing of everything that this value was computed from.
    ///
    /// # Panics
    /// If the value is a constant.
    #[track_caller]
    pub fn drawing(self) -> GraphDrawing<'t, T> {
        GraphDrawing { trace: self.trace(), result: self.node, is_folded: false, around: None }
    }
}

/// An edge: the index of an operand, the index of a result, and the local derivative.
type Edge<D> = (usize, usize, D);

/// The boxes and edges of a drawing, in text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DrawnGraph {
    pub(crate) boxes: Vec<DrawnBox>,
    pub(crate) edges: Vec<Edge<String>>,
}

/// A box of a drawing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DrawnBox {
    pub(crate) index: usize,
    /// The name and the operation, the value, the derivative of the result; for constants the value alone.
    pub(crate) lines: Vec<String>,
    /// The derivative of the result with respect to this value.
    pub(crate) derivative: f64,
    pub(crate) is_constant: bool,
}

impl DrawnBox {
    fn new<T: Scalar>(index: usize, node: &Node<T>, adjoint: T, is_folded: bool) -> DrawnBox {
        let is_constant = node.operation == Operation::Constant;
        let name = node.name.clone().unwrap_or_default().replace(['"', '\\'], "'");
        let operation = if is_folded { String::new() } else { node.operation.label() };
        let head = match (name.is_empty(), operation.is_empty()) {
            (false, false) => format!("{name} = {operation}"),
            _ => name + &operation,
        };
        let value = number(node.data);
        let lines = if is_constant { vec![value] } else { vec![head, value, format!("∂ {}", number(adjoint))] };
        DrawnBox { index, lines, derivative: double(&adjoint), is_constant }
    }

    /// Returns the strength of the colour, from 0 to 0.6.
    pub(crate) fn strength(&self) -> f64 {
        self.derivative.abs() / (1.0 + self.derivative.abs()) * 0.6
    }

    /// Returns the colour on white: blue for positive derivatives, orange for negative ones; grey for constants.
    fn colour(&self) -> String {
        if self.is_constant {
            return "#eeeeee".into();
        }
        let full = if self.derivative < 0.0 { [213.0, 94.0, 0.0] } else { [0.0, 114.0, 178.0] };
        let [r, g, b] = full.map(|c: f64| (255.0 + (c - 255.0) * self.strength()) as u8);
        format!("#{r:02x}{g:02x}{b:02x}")
    }
}

impl<T: Scalar> GraphDrawing<'_, T> {
    /// Keeps only values with a name: a neuron becomes one box, and an edge has the derivative of one named value with
    /// respect to the other.
    pub fn folded(self) -> Self {
        GraphDrawing { is_folded: true, ..self }
    }

    /// Keeps only the part around `value`: at most `edges` edges from it.
    pub fn around(self, value: TracedValue<'_, T>, edges: usize) -> Self {
        GraphDrawing { around: Some((value.node, edges)), ..self }
    }

    /// Returns the drawing as text for Graphviz.
    ///
    /// # Errors
    /// [`Error::Limit`] when there are more boxes than a person would read.
    #[doc(alias("graphviz", "make_dot"))]
    pub fn to_dot(&self) -> Result<String, Error> {
        let DrawnGraph { boxes, edges } = self.drawn()?;
        let mut text = String::from(
            "digraph {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n  \
             edge [fontname=\"sans-serif\", fontsize=10];\n",
        );
        for drawn in boxes {
            let (index, label, colour) = (drawn.index, drawn.lines.join("\\n"), drawn.colour());
            line(&mut text, format!("n{index} [label=\"{label}\", fillcolor=\"{colour}\"]"));
        }
        for (from, to, derivative) in edges {
            line(&mut text, format!("n{from} -> n{to} [label=\"{derivative}\"]"));
        }
        Ok(text + "}\n")
    }

    /// Returns the boxes and edges that are drawn.
    pub(crate) fn drawn(&self) -> Result<DrawnGraph, Error> {
        let (nodes, adjoints) = (self.trace.nodes.borrow(), self.trace.adjoints(self.result));
        let (boxes, edges) = self.parts(&nodes);
        if boxes.len() > MAX_BOXES {
            return Err(Error::Limit {
                what: "boxes in a drawing",
                limit: MAX_BOXES as u64,
                got: Some(boxes.len() as u64),
                place: "a drawing".into(),
                advice: "draw only the named values with `folded`, or a part with `around`",
            });
        }
        let boxes = boxes.into_iter().map(|index| DrawnBox::new(index, &nodes[index], adjoints[index], self.is_folded));
        let edges = edges.into_iter().map(|(from, to, derivative)| (from, to, number(derivative)));
        Ok(DrawnGraph { boxes: boxes.collect(), edges: edges.collect() })
    }

    /// Returns the indices of the values that are drawn, and the edges between them.
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
        if let Some((centre, most)) = self.around {
            let mut distances = BTreeMap::from([(centre, 0)]);
            for distance in 1..=most {
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
