//! [`Explanation`]: the chain rule from a result to an input, as one would write it on a board.

use super::formula::{self, Product, written};
use super::trace::{Node, Traced};
use crate::Scalar;
use crate::scalar::double;
use std::collections::BTreeMap;
use std::fmt;

/// The chain rule from a result to an input: every path between them by what has a name, in symbols and numbers, and their sum.
///
/// Its `Display` is for people; the numbers are here too.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What is explained: `L`.
    pub of: String,
    /// By what: `w1`.
    pub by: String,
    /// The derivative.
    pub total: f64,
    /// The paths, but no more than a person would read.
    pub paths: Vec<Path>,
    /// How many paths there are.
    pub paths_in_all: f64,
}

/// A path of the chain rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Its factors, from the result on.
    pub factors: Vec<Factor>,
    /// Their product.
    pub product: f64,
}

/// A factor of the chain rule: the derivative of a named number by another before it, whatever is between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// What: `o1`.
    pub of: String,
    /// By what: `h1`.
    pub by: String,
    /// In symbols: `w5·σ′(sum_o1)`.
    pub formula: String,
    /// In numbers.
    pub value: f64,
}

/// How many paths are told, and of how many terms a formula may be.
const MOST_PATHS: usize = 12;
const MOST_TERMS: usize = 6;

impl<T: Scalar> Traced<'_, T> {
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
    /// # Panics
    /// When one of the two is a constant.
    #[track_caller]
    pub fn explain(self, by: Self) -> Explanation {
        let (trace, input) = (self.trace(), by.node);
        let _ = by.trace();
        let nodes = trace.nodes.borrow().clone();
        let chain = Chain { nodes: &nodes, input };
        let mut paths_from = BTreeMap::new();
        let paths_in_all = chain.count_paths(self.node, &mut paths_from);
        let mut paths = Vec::new();
        if paths_in_all > 0.0 {
            chain.walk(self.node, &mut Vec::new(), &paths_from, &mut paths);
        }
        let total = double(&trace.adjoints(self.node)[input]);
        Explanation { of: chain.name(self.node), by: chain.name(input), total, paths, paths_in_all }
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
                *sum += upstream * derivative;
            }
        }
        steps
    }

    /// How many paths lead to the input; kept for each number.
    fn count_paths(&self, from: usize, known: &mut BTreeMap<usize, f64>) -> f64 {
        // Without recursion, as chains can be long: what is below is counted first.
        let mut waiting = vec![from];
        while let Some(&index) = waiting.last() {
            if known.contains_key(&index) {
                waiting.pop();
                continue;
            }
            let steps = if index == self.input { Vec::new() } else { self.steps(index) };
            let unknown: Vec<usize> =
                steps.iter().map(|&(next, _)| next).filter(|next| !known.contains_key(next)).collect();
            if unknown.is_empty() {
                let below: f64 = steps.iter().map(|(next, _)| known[next]).sum();
                known.insert(index, if index == self.input { 1.0 } else { below });
                waiting.pop();
            } else {
                waiting.extend(unknown);
            }
        }
        known[&from]
    }

    /// Adds the paths from here, after those factors, as long as there are not too many.
    fn walk(&self, from: usize, before: &mut Vec<Factor>, counts: &BTreeMap<usize, f64>, paths: &mut Vec<Path>) {
        if from == self.input {
            let product = before.iter().map(|factor| factor.value).product();
            paths.push(Path { factors: before.clone(), product });
            return;
        }
        for (next, value) in self.steps(from).into_iter().rev() {
            if paths.len() == MOST_PATHS {
                return;
            }
            if counts.get(&next).is_some_and(|&count| count > 0.0) {
                let (formula, value) = (self.formula(from, next), double(&value));
                before.push(Factor { of: self.name(from), by: self.name(next), formula, value });
                self.walk(next, before, counts, paths);
                before.pop();
            }
        }
    }

    /// The derivative of a number by the name below, in symbols.
    fn formula(&self, from: usize, to: usize) -> String {
        let mut terms = Vec::new();
        self.terms(from, to, &Product::of(1.0), from, &mut terms);
        if terms.len() > MOST_TERMS { "…".into() } else { formula::sum(terms) }
    }

    fn terms(&self, index: usize, to: usize, before: &Product, from: usize, terms: &mut Vec<Product>) {
        if index == to {
            terms.push(before.clone());
            return;
        }
        if index < to || (index != from && self.is_stop(index)) || terms.len() > MOST_TERMS {
            return;
        }
        for (i, &(parent, _)) in self.nodes[index].parents.iter().enumerate() {
            self.terms(parent, to, &before.times(&formula::derivative(self.nodes, index, i)), from, terms);
        }
    }
}

impl Path {
    /// `dL/do1 · do1/dh1 · dh1/dw1`
    fn symbols(&self) -> String {
        self.factors.iter().map(|Factor { of, by, .. }| format!("d{of}/d{by}")).collect::<Vec<_>>().join(" · ")
    }

    /// `dL/do1 · do1/dh1 = −0.9526 · 0.2494 = −0.2376`
    fn line(&self) -> String {
        let numbers: Vec<String> = self.factors.iter().map(|factor| written(factor.value)).collect();
        let product = if numbers.len() > 1 { format!(" = {}", written(self.product)) } else { String::new() };
        format!("{} = {}{product}", self.symbols(), numbers.join(" · "))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Explanation { of, by, total, paths, paths_in_all } = self;
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
        let mut told: Vec<&Factor> = Vec::new();
        for factor in paths.iter().flat_map(|path| &path.factors) {
            if !told.contains(&factor) {
                told.push(factor);
                let indent = if paths.len() == 1 && paths[0].factors.len() == 1 { "" } else { "  " };
                let Factor { of, by, formula, value } = factor;
                let value = written(*value);
                let formula = if *formula == value { String::new() } else { format!("{formula} = ") };
                writeln!(f, "{indent}d{of}/d{by} = {formula}{value}")?;
            }
        }
        Ok(())
    }
}
