//! [`Explanation`]: the chain rule from a result to an input.

use super::chain::{Chain, ChainFactor, ChainPath};
use super::record::TracedValue;
use crate::scalar::{Scalar, double};
use crate::text::written;
use std::fmt;

/// The chain rule from a result to an input: every path of named values between them, in symbols and values, and their
/// sum.
///
/// `Display` writes it as text; the fields have the values.
#[doc(alias = "chain_rule")]
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The result that is differentiated: `L`.
    pub of: String,
    /// The input with respect to which it is differentiated: `w1`.
    pub by: String,
    /// The derivative.
    pub total: f64,
    /// The first paths, at most 12.
    pub paths: Vec<ChainPath>,
    /// The number of paths.
    pub paths_in_all: f64,
    /// If the result or the input is a constant, why the derivative is 0.
    pub constant: Option<String>,
}

/// The maximum number of factors in a line, and of lines with factors.
const MAX_FACTORS: usize = 24;

impl<T: Scalar> TracedValue<'_, T> {
    /// Returns the chain rule from this result to the input `by`, path by path; see [`Trace`](crate::Trace).
    ///
    /// Paths lead from name to name; values without a name are combined into one factor. The products of several paths
    /// are summed:
    ///
    /// ```
    /// use backprop::Trace;
    ///
    /// let trace = Trace::new();
    /// let a = trace.variable("a", 3.0);
    /// let (b, c) = ((a * 2.0).named("b"), a.powi(2).named("c"));
    /// let d = (b * c).named("d");
    /// assert_eq!(
    ///     d.explain(a).to_string(),
    ///     "dd/da, by 2 paths:\n\
    ///      \u{20} dd/db · db/da = 9 · 2 = 18\n\
    ///      \u{20} dd/dc · dc/da = 6 · 6 = 36\n\
    ///      total: 54\n\
    ///      \u{20} dd/db = c = 9\n\
    ///      \u{20} db/da = 2\n\
    ///      \u{20} dd/dc = b = 6\n\
    ///      \u{20} dc/da = 2·a = 6\n"
    /// );
    /// ```
    ///
    /// A result can be a constant: on a flat branch of a function it depends on no variable. The derivative is 0 then,
    /// and the explanation says why:
    ///
    /// ```
    /// use backprop::{Loss, Trace};
    ///
    /// let trace = Trace::new();
    /// let y = trace.variable("y", 3.0);
    /// let hinge = Loss::Hinge.evaluate(&[y], &[1.0.into()])?; // max(0, 1 − y)
    /// assert_eq!(hinge.explain(y).to_string(), "d(0)/dy = 0: the result is the constant 0 and depends on no variable\n");
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the two values are on different traces.
    #[doc(alias = "chain_rule")]
    #[track_caller]
    pub fn explain(self, by: Self) -> Explanation {
        let (Some(trace), Some(trace_of_by)) = (self.trace, by.trace) else { return self.explain_constant(by) };
        assert!(std::ptr::eq(trace, trace_of_by), "the values must be on one trace, got two, in explain");
        let input = by.node;
        let nodes = trace.nodes.borrow();
        let chain = Chain { nodes: &nodes, input };
        let counts = chain.count_paths(self.node);
        let paths = if counts[&self.node] > 0.0 { chain.paths(self.node, &counts) } else { Vec::new() };
        let total = double(&trace.adjoints(self.node)[input]);
        let (of, by) = (chain.name(self.node), chain.name(input));
        Explanation { of, by, total, paths, paths_in_all: counts[&self.node], constant: None }
    }

    /// Explains the derivative 0 of a constant, or with respect to a constant.
    fn explain_constant(self, by: Self) -> Explanation {
        let [of, input] = [self, by].map(|value| match value.trace {
            Some(trace) => Chain { nodes: &trace.nodes.borrow(), input: value.node }.name(value.node),
            None => format!("({})", written(double(&value.data()))),
        });
        let (role, value) = if self.trace.is_none() { ("the result", self) } else { ("the input", by) };
        let constant = format!("{role} is the constant {} and depends on no variable", written(double(&value.data())));
        Explanation { of, by: input, total: 0.0, paths: Vec::new(), paths_in_all: 0.0, constant: Some(constant) }
    }
}

impl ChainPath {
    /// Returns `dL/do1 · do1/dh1 · dh1/dw1`.
    fn symbols(&self) -> String {
        joined(self.factors.iter().map(|ChainFactor { of, by, .. }| format!("d{of}/d{by}")))
    }

    /// Returns `dL/do1 · do1/dh1 = −0.9526 · 0.2494 = −0.2376`.
    fn line(&self) -> String {
        let values = joined(self.factors.iter().map(|factor| written(factor.value)));
        let product = if self.factors.len() > 1 { format!(" = {}", written(self.product)) } else { String::new() };
        format!("{} = {values}{product}", self.symbols())
    }
}

/// Returns a product in text, with at most `MAX_FACTORS` factors and the number of the others.
fn joined(factors: impl ExactSizeIterator<Item = String>) -> String {
    let more = factors.len().saturating_sub(MAX_FACTORS);
    let text = factors.take(MAX_FACTORS).collect::<Vec<_>>().join(" · ");
    if more > 0 { format!("{text} · … ({more} more)") } else { text }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Explanation { of, by, total, paths, paths_in_all, constant } = self;
        if let Some(constant) = constant {
            return writeln!(f, "d{of}/d{by} = 0: {constant}");
        }
        match &paths[..] {
            [] => return writeln!(f, "d{of}/d{by} = 0: {of} does not depend on {by}"),
            [path] if path.factors.is_empty() => return writeln!(f, "d{of}/d{by} = 1: they are the same"),
            [path] if path.factors.len() == 1 => {}
            [path] => writeln!(f, "d{of}/d{by} = {}", path.line())?,
            _ => {
                writeln!(f, "d{of}/d{by}, by {paths_in_all} paths:")?;
                for path in paths {
                    writeln!(f, "  {}", path.line())?;
                }
                if *paths_in_all > paths.len() as f64 {
                    writeln!(f, "  and {} more", paths_in_all - paths.len() as f64)?;
                }
                writeln!(f, "total: {}", written(*total))?;
            }
        }
        let mut written_factors: Vec<&ChainFactor> = Vec::new();
        for factor in paths.iter().flat_map(|path| &path.factors) {
            if !written_factors.contains(&factor) {
                if written_factors.len() == MAX_FACTORS {
                    return writeln!(f, "  …");
                }
                written_factors.push(factor);
                let indent = if paths.len() == 1 && paths[0].factors.len() == 1 { "" } else { "  " };
                let ChainFactor { of, by, formula, value } = factor;
                let value = written(*value);
                let formula = if *formula == value { String::new() } else { format!("{formula} = ") };
                writeln!(f, "{indent}d{of}/d{by} = {formula}{value}")?;
            }
        }
        Ok(())
    }
}
