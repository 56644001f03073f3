//! [`Explanation`]: the chain rule from a result to an input, as one would write it on a board.

use super::formula::{self, Product};
use super::node::Node;
use super::traced::TracedValue;
use crate::scalar::Scalar;
use crate::scalar::double;
use crate::text::written;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The chain rule from a result to an input: every path between them by what has a name, in symbols and numbers, and their sum.
///
/// Its `Display` is for people; the numbers are here too.
#[doc(alias = "chain_rule")]
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What is explained: `L`.
    pub of: String,
    /// By what: `w1`.
    pub by: String,
    /// The derivative.
    pub total: f64,
    /// The paths, but no more than a person would read.
    pub paths: Vec<ChainPath>,
    /// How many paths there are.
    pub paths_in_all: f64,
    /// Why there is nothing to derive, if one of the two is a constant: then the derivative is 0.
    pub constant: Option<String>,
}

/// A path of the chain rule.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainPath {
    /// Its factors, from the result on.
    pub factors: Vec<ChainFactor>,
    /// Their product.
    pub product: f64,
}

/// A factor of the chain rule: the derivative of a named number by another before it, whatever is between them.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainFactor {
    /// What: `o1`.
    pub of: String,
    /// By what: `h1`.
    pub by: String,
    /// In symbols: `w5·σ′(sum_o1)`.
    pub formula: String,
    /// In numbers.
    pub value: f64,
}

/// How many paths are told, and of how many factors; of how many terms a formula may be, and each of how many factors.
const MOST_PATHS: usize = 12;
const MOST_TOLD: usize = 24;
const MOST_TERMS: usize = 6;
const MOST_FACTORS: usize = 12;

impl<T: Scalar> TracedValue<'_, T> {
    /// The chain rule from this result to an input, path by path; see [`Trace`](crate::Trace).
    ///
    /// Paths go from name to name; what has none is taken together. Where there is more than one path, their products are
    /// summed:
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
    ///      in all 54\n\
    ///      \u{20} dd/db = c = 9\n\
    ///      \u{20} db/da = 2\n\
    ///      \u{20} dd/dc = b = 6\n\
    ///      \u{20} dc/da = 2·a = 6\n"
    /// );
    /// ```
    ///
    /// A result can be a constant: where a branch of the function is flat, no variable is in it. The derivative is 0 then, and
    /// the explanation says why:
    ///
    /// ```
    /// use backprop::{Loss, Trace};
    ///
    /// let trace = Trace::new();
    /// let y = trace.variable("y", 3.0);
    /// let hinge = Loss::Hinge.evaluate(&[y], &[1.0.into()])?; // max(0, 1 − y)
    /// assert_eq!(hinge.explain(y).to_string(), "d(0)/dy = 0: the result is the constant 0, no variable is in it\n");
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Panics
    /// When the two are on different traces.
    #[doc(alias = "chain_rule")]
    #[track_caller]
    pub fn explain(self, by: Self) -> Explanation {
        let (Some(trace), Some(trace_of_by)) = (self.trace, by.trace) else { return self.explain_constant(by) };
        assert!(std::ptr::eq(trace, trace_of_by), "an explanation of numbers of two traces");
        let input = by.node;
        let nodes = trace.nodes.borrow();
        let chain = Chain { nodes: &nodes, input };
        let counts = chain.count_paths(self.node);
        let paths = if counts[&self.node] > 0.0 { chain.paths(self.node, &counts) } else { Vec::new() };
        let total = double(&trace.adjoints(self.node)[input]);
        let (of, by) = (chain.name(self.node), chain.name(input));
        Explanation { of, by, total, paths, paths_in_all: counts[&self.node], constant: None }
    }

    /// Where one of the two is a constant.
    fn explain_constant(self, by: Self) -> Explanation {
        let [of, of_by] = [self, by].map(|number| match number.trace {
            Some(trace) => Chain { nodes: &trace.nodes.borrow(), input: number.node }.name(number.node),
            None => format!("({})", written(double(&number.data()))),
        });
        let (what, which) = if self.trace.is_none() { ("the result", self) } else { ("what it is derived by", by) };
        let constant = format!("{what} is the constant {}, no variable is in it", written(double(&which.data())));
        Explanation { of, by: of_by, total: 0.0, paths: Vec::new(), paths_in_all: 0.0, constant: Some(constant) }
    }
}

/// The way from results to an input.
pub(super) struct Chain<'n, T> {
    pub(super) nodes: &'n [Node<T>],
    pub(super) input: usize,
}

impl<T: Scalar> Chain<'_, T> {
    fn name(&self, index: usize) -> String {
        self.nodes[index].name.clone().unwrap_or_else(|| format!("v{index}"))
    }

    fn is_stop(&self, index: usize) -> bool {
        index == self.input || self.nodes[index].is_stop
    }

    /// The next names below a number, the nearest first, with the derivatives by them, what is between taken together.
    pub(super) fn steps(&self, from: usize) -> Vec<(usize, T)> {
        let mut adjoints = BTreeMap::from([(from, T::one())]);
        let mut steps = Vec::new();
        while let Some((index, upstream)) = adjoints.pop_last() {
            if index != from && self.is_stop(index) {
                steps.push((index, upstream));
                continue;
            }
            for &(parent, derivative) in self.nodes[index].parents.iter().filter(|(parent, _)| *parent >= self.input) {
                let sum = adjoints.entry(parent).or_insert(T::zero());
                *sum += upstream.strong_mul(derivative);
            }
        }
        steps
    }

    /// How many paths lead to the input, from here and from each name below.
    fn count_paths(&self, from: usize) -> BTreeMap<usize, f64> {
        let mut known = BTreeMap::from([(self.input, 1.0)]);
        // Without recursion, as chains can be long: what is below is counted first.
        let mut waiting = vec![from];
        while let Some(&index) = waiting.last() {
            if known.contains_key(&index) {
                waiting.pop();
                continue;
            }
            let steps = self.steps(index);
            let unknown: Vec<usize> =
                steps.iter().map(|&(next, _)| next).filter(|next| !known.contains_key(next)).collect();
            if unknown.is_empty() {
                known.insert(index, steps.iter().map(|(next, _)| known[next]).sum());
                waiting.pop();
            } else {
                waiting.extend(unknown);
            }
        }
        known
    }

    /// The paths from a number to the input, as many as are told; without recursion as well.
    fn paths(&self, from: usize, counts: &BTreeMap<usize, f64>) -> Vec<ChainPath> {
        let next = |index: usize| {
            let steps = if index == self.input { Vec::new() } else { self.steps(index) };
            steps.into_iter().filter(|(next, _)| counts[next] > 0.0)
        };
        let (mut paths, mut factors) = (Vec::new(), Vec::new());
        let mut open = vec![(from, next(from))]; // where the path stands, and what is still to be tried from there
        while let Some((index, steps)) = open.last_mut() {
            if *index == self.input {
                let product = factors.iter().map(|factor: &ChainFactor| factor.value).product();
                paths.push(ChainPath { factors: factors.clone(), product });
                if paths.len() == MOST_PATHS {
                    break;
                }
            }
            if let Some((below, value)) = steps.next_back() {
                let (of, by) = (self.name(*index), self.name(below));
                factors.push(ChainFactor { of, by, formula: self.formula(*index, below), value: double(&value) });
                open.push((below, next(below)));
            } else {
                open.pop();
                factors.pop();
            }
        }
        paths
    }

    /// The derivative of a number by a name below it, in symbols; `…` where it would be too long.
    fn formula(&self, from: usize, to: usize) -> String {
        let between = self.between(from, to);
        let (mut terms, mut waiting) = (Vec::new(), vec![(from, Product::of(1.0))]);
        while let Some((index, product)) = waiting.pop() {
            if terms.len() == MOST_TERMS || product.len() > MOST_FACTORS {
                return "…".into();
            }
            if index == to {
                terms.push(product);
                continue;
            }
            for (i, &(parent, _)) in self.nodes[index].parents.iter().enumerate().rev() {
                if between.contains(&parent) {
                    waiting.push((parent, product.times(&formula::derivative(self.nodes, index, i))));
                }
            }
        }
        formula::sum(terms)
    }

    /// What lies on a way from a number to a name below it that leads by no other name, the two ends included.
    fn between(&self, from: usize, to: usize) -> BTreeSet<usize> {
        let (mut below, mut waiting) = (Vec::new(), BTreeSet::from([from]));
        while let Some(index) = waiting.pop_last() {
            if index > to && (index == from || !self.is_stop(index)) {
                waiting.extend(self.nodes[index].parents.iter().map(|(parent, _)| parent));
                below.push(index);
            }
        }
        let mut between = BTreeSet::from([to]);
        for index in below.into_iter().rev() {
            if self.nodes[index].parents.iter().any(|(parent, _)| between.contains(parent)) {
                between.insert(index);
            }
        }
        between
    }
}

impl ChainPath {
    /// `dL/do1 · do1/dh1 · dh1/dw1`
    fn symbols(&self) -> String {
        joined(self.factors.iter().map(|ChainFactor { of, by, .. }| format!("d{of}/d{by}")))
    }

    /// `dL/do1 · do1/dh1 = −0.9526 · 0.2494 = −0.2376`
    fn line(&self) -> String {
        let numbers = joined(self.factors.iter().map(|factor| written(factor.value)));
        let product = if self.factors.len() > 1 { format!(" = {}", written(self.product)) } else { String::new() };
        format!("{} = {numbers}{product}", self.symbols())
    }
}

/// A product of at most so many factors as are told.
fn joined(factors: impl ExactSizeIterator<Item = String>) -> String {
    let more = factors.len().saturating_sub(MOST_TOLD);
    let told = factors.take(MOST_TOLD).collect::<Vec<_>>().join(" · ");
    if more > 0 { format!("{told} · … ({more} more)") } else { told }
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
                writeln!(f, "in all {}", written(*total))?;
            }
        }
        let mut told: Vec<&ChainFactor> = Vec::new();
        for factor in paths.iter().flat_map(|path| &path.factors) {
            if !told.contains(&factor) {
                if told.len() == MOST_TOLD {
                    return writeln!(f, "  …");
                }
                told.push(factor);
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
