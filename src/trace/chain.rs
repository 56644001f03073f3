//! [`Chain`]: the chain rule from results to an input, path by path.

use super::formula;
use super::node::Node;
use super::symbols::{self, Product};
use crate::scalar::{Scalar, double};
use std::collections::{BTreeMap, BTreeSet};

/// A path of the chain rule.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainPath {
    /// The factors, beginning at the result.
    pub factors: Vec<ChainFactor>,
    /// The product of the factors.
    pub product: f64,
}

/// A factor of the chain rule: the derivative of a named value with respect to the next named value on the path.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainFactor {
    /// The value that is differentiated: `o1`.
    pub of: String,
    /// The value with respect to which it is differentiated: `h1`.
    pub by: String,
    /// The derivative in symbols: `w5·σ′(sum_o1)`.
    pub formula: String,
    /// The value of the derivative.
    pub value: f64,
}

/// The maximum number of paths in an explanation.
const MAX_PATHS: usize = 12;
/// The maximum number of terms of a formula, and of factors of a term; a longer one is written as `…`.
const MAX_TERMS: usize = 6;
const MAX_FACTORS: usize = 12;

/// The chain rule from results to an input.
pub(super) struct Chain<'n, T> {
    pub(super) nodes: &'n [Node<T>],
    pub(super) input: usize,
}

impl<T: Scalar> Chain<'_, T> {
    /// Returns the name of a value, `v3` for one without a name.
    pub(super) fn name(&self, index: usize) -> String {
        self.nodes[index].name.clone().unwrap_or_else(|| format!("v{index}"))
    }

    /// Returns true if a factor of the chain rule ends here.
    fn is_stop(&self, index: usize) -> bool {
        index == self.input || self.nodes[index].is_stop
    }

    /// Returns the next named values that a value depends on, the nearest first, with the derivatives with respect to
    /// them over everything between.
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

    /// Returns the number of paths to the input, for `from` and each named value below.
    pub(super) fn count_paths(&self, from: usize) -> BTreeMap<usize, f64> {
        let mut known = BTreeMap::from([(self.input, 1.0)]);
        // Without recursion, as chains can be long: what `index` depends on is counted first.
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

    /// Returns the first paths from a value to the input, without recursion.
    pub(super) fn paths(&self, from: usize, counts: &BTreeMap<usize, f64>) -> Vec<ChainPath> {
        let next = |index: usize| {
            let steps = if index == self.input { Vec::new() } else { self.steps(index) };
            steps.into_iter().filter(|(next, _)| counts[next] > 0.0)
        };
        let (mut paths, mut factors) = (Vec::new(), Vec::new());
        let mut open = vec![(from, next(from))]; // the end of the path so far, and the steps not yet tried from there
        while let Some((index, steps)) = open.last_mut() {
            if *index == self.input {
                let product = factors.iter().map(|factor: &ChainFactor| factor.value).product();
                paths.push(ChainPath { factors: factors.clone(), product });
                if paths.len() == MAX_PATHS {
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

    /// Returns the derivative of a value with respect to a named value below it in symbols; `…` if it would be too
    /// long.
    fn formula(&self, from: usize, to: usize) -> String {
        let between = self.between(from, to);
        let (mut terms, mut waiting) = (Vec::new(), vec![(from, Product::of(1.0))]);
        while let Some((index, product)) = waiting.pop() {
            if terms.len() == MAX_TERMS || product.len() > MAX_FACTORS {
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
        symbols::sum(terms)
    }

    /// Returns the values on all paths from a value to a named value below it that lead through no other named value,
    /// the two ends included.
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
