//! The graph of a trace as text for Graphviz.

use super::formula::{Operation, written};
use super::trace::{Node, Trace, Traced};
use crate::Scalar;
use std::fmt::Write;

impl<T: Scalar> Traced<'_, T> {
    /// Everything that this was computed from, as a graph in the language of Graphviz: each number with its name, its operation,
    /// its value and the derivative of this by it; each edge with its local derivative.
    ///
    /// ```
    /// use backprop::Trace;
    ///
    /// let trace = Trace::new();
    /// let (a, b) = (trace.variable("a", 2.0), trace.variable("b", 3.0));
    /// let dot = (a * b).named("c").dot();
    /// assert!(dot.starts_with("digraph {") && dot.contains("n0 -> n2 [label=\"3\"]"));
    /// ```
    ///
    /// # Panics
    /// When it is a constant.
    #[track_caller]
    pub fn dot(self) -> String {
        let trace: &Trace<T> = self.trace();
        let (nodes, adjoints) = (trace.nodes.borrow(), trace.adjoints(self.node));
        let mut is_part = vec![false; nodes.len()];
        is_part[self.node] = true;
        for index in (0..=self.node).rev() {
            if is_part[index] {
                nodes[index].parents.iter().for_each(|&(parent, _)| is_part[parent] = true);
            }
        }
        let mut text = String::from(
            "digraph {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n  \
             edge [fontname=\"sans-serif\", fontsize=10];\n",
        );
        for (index, node) in nodes.iter().enumerate().filter(|(index, _)| is_part[*index]) {
            let colour = colour(adjoints[index].to_f64().unwrap_or(f64::NAN), &node.operation);
            let label = label(node, adjoints[index]);
            line(&mut text, format!("n{index} [label=\"{label}\", fillcolor=\"{colour}\"]"));
            for (parent, derivative) in &node.parents {
                line(&mut text, format!("n{parent} -> n{index} [label=\"{}\"]", number(*derivative)));
            }
        }
        text + "}\n"
    }
}

fn line(text: &mut String, line: String) {
    writeln!(text, "  {line};").expect("a string takes all");
}

fn number<T: Scalar>(x: T) -> String {
    written(x.to_f64().unwrap_or(f64::NAN))
}

/// Name and operation, value, derivative.
fn label<T: Scalar>(node: &Node<T>, adjoint: T) -> String {
    let name = node.name.clone().unwrap_or_default().replace(['"', '\\'], "'");
    let operation = node.operation.label();
    let head = match (name.is_empty(), operation.is_empty()) {
        (false, false) => format!("{name} = {operation}"),
        _ => name + &operation,
    };
    match node.operation {
        Operation::Constant => number(node.data),
        _ => format!("{head}\\n{}\\nd {}", number(node.data), number(adjoint)),
    }
}

/// Blue for derivatives above 0, orange below, the stronger the larger; constants are grey.
fn colour(adjoint: f64, operation: &Operation) -> String {
    if *operation == Operation::Constant {
        return "#eeeeee".into();
    }
    let strength = (adjoint.abs() / (1.0 + adjoint.abs()) * 0.6).max(0.0);
    let full = if adjoint < 0.0 { [213.0, 94.0, 0.0] } else { [0.0, 114.0, 178.0] };
    let [r, g, b] = full.map(|c: f64| (255.0 + (c - 255.0) * strength) as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}
