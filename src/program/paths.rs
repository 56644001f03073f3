//! [`Paths`]: the recordings of a function, and the questions that decide which of them is valid for a point.
//!
//! Recordings of one function are the same up to the first question that they answer differently, so the questions are
//! the inner nodes of a tree and the recordings its leaves.

use super::node::{Guard, Test};
use super::recording::Recording;
use crate::error::Error;
use std::sync::Arc;

#[derive(Clone, Debug, Default)]
pub(super) struct Paths {
    pub(super) recordings: Vec<Arc<Recording>>,
    pub(super) decisions: Vec<Decision>,
    /// The first decision, or the only recording.
    pub(super) root: Option<Next>,
}

/// A question with the ways on that are known.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    pub(super) test: Test,
    /// The nodes that it is about, in any recording that comes through here.
    pub(super) operands: [u32; 2],
    /// A recording that comes through here.
    pub(super) recording: usize,
    /// The number of nodes that are recorded before.
    pub(super) at: u32,
    /// The ways on, in the order of their outcomes.
    pub(super) outcomes: Vec<(u64, Next)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Next {
    /// Another question, by its index.
    Decision(usize),
    /// The recording that is valid, by its index.
    Recording(usize),
}

impl Paths {
    /// Adds a recording unless it is known, and returns its index.
    pub(super) fn insert(&mut self, recording: Recording) -> Result<usize, Error> {
        let mut last = None;
        let mut next = self.root;
        for (index, guard) in recording.guards.iter().enumerate() {
            match next {
                None => return Ok(self.append(recording, last, index)),
                Some(Next::Recording(other)) => return Err(self.difference(&recording, other)),
                Some(Next::Decision(decision)) => {
                    let known = &self.decisions[decision];
                    let is_same = (known.test, known.operands, known.at) == (guard.test, guard.operands, guard.at);
                    let nodes = &self.recordings[known.recording].nodes;
                    if !is_same || nodes[..known.at as usize] != recording.nodes[..known.at as usize] {
                        return Err(self.difference(&recording, known.recording));
                    }
                    last = Some((decision, guard.outcome));
                    next = known.next(guard.outcome);
                }
            }
        }
        match next {
            None => {
                let index = recording.guards.len();
                Ok(self.append(recording, last, index))
            }
            Some(Next::Recording(known)) if *self.recordings[known] == recording => Ok(known),
            Some(Next::Recording(known)) => Err(self.difference(&recording, known)),
            Some(Next::Decision(decision)) => Err(self.difference(&recording, self.decisions[decision].recording)),
        }
    }

    /// Returns the error of two recordings that differ without a question that explains it.
    fn difference(&self, recording: &Recording, known: usize) -> Error {
        let nodes = self.recordings[known].nodes.iter().zip(&recording.nodes);
        Error::NotRepeatable { operation: nodes.take_while(|(a, b)| a == b).count() }
    }

    /// Adds a recording whose questions from `index` on are new, below the last known one and its new outcome.
    fn append(&mut self, recording: Recording, last: Option<(usize, u64)>, index: usize) -> usize {
        let number = self.recordings.len();
        let first = self.decisions.len();
        let guards = &recording.guards[index..];
        let next = |guard: usize| match guard == guards.len() {
            true => Next::Recording(number),
            false => Next::Decision(first + guard),
        };
        for (i, &Guard { test, operands, outcome, at }) in guards.iter().enumerate() {
            let outcomes = vec![(outcome, next(i + 1))];
            self.decisions.push(Decision { test, operands, recording: number, at, outcomes });
        }
        match last {
            None => self.root = Some(next(0)),
            Some((decision, outcome)) => {
                let outcomes = &mut self.decisions[decision].outcomes;
                let position = outcomes.partition_point(|&(known, _)| known < outcome);
                outcomes.insert(position, (outcome, next(0)));
            }
        }
        self.recordings.push(Arc::new(recording));
        number
    }

    /// Returns the indices of the recordings in an order that does not depend on which was recorded first.
    pub(super) fn in_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.recordings.len());
        let mut waiting: Vec<Next> = self.root.into_iter().collect();
        while let Some(next) = waiting.pop() {
            match next {
                Next::Recording(recording) => order.push(recording),
                Next::Decision(decision) => {
                    waiting.extend(self.decisions[decision].outcomes.iter().rev().map(|&(_, next)| next));
                }
            }
        }
        order
    }
}

impl Decision {
    /// Returns the way on for an outcome, if it is known.
    pub(super) fn next(&self, outcome: u64) -> Option<Next> {
        let position = self.outcomes.binary_search_by_key(&outcome, |&(known, _)| known);
        position.ok().map(|position| self.outcomes[position].1)
    }
}
