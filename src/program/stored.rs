//! A program as plain data, for serde.
//!
//! The recordings are stored, not the function: a loaded program returns an error for a point that takes a path that
//! was not recorded, until [`Program::with_function`] sets the function again.

use super::node::{Guard, Name, Node, Operation, Test};
use super::paths::Paths;
use super::program::Program;
use super::recording::Recording;
use super::state::State;
use crate::error::Error;
use crate::kernels::functions;
use crate::kernels::machine::LaneFloat;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::type_name;
use std::collections::HashSet;

#[derive(Serialize, Deserialize)]
struct StoredProgram {
    /// The float type: `"f64"`.
    float: String,
    parameters: usize,
    columns: usize,
    paths: Vec<StoredPath>,
}

#[derive(Serialize, Deserialize)]
struct StoredPath {
    /// An operation with its argument, and its operands.
    operations: Vec<(Operation, Vec<u32>)>,
    /// A question, its operands, the answer, and the number of operations before it.
    guards: Vec<(Test, [u32; 2], u64, u32)>,
    outputs: Vec<u32>,
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        let name = String::deserialize(deserializer)?;
        match functions::named(&name) {
            Some((name, _)) => Ok(Name(name)),
            None => Err(D::Error::custom(format!("no function `{name}`"))),
        }
    }
}

impl StoredPath {
    fn new(recording: &Recording) -> StoredPath {
        let operations = recording.nodes.iter().map(|node| (node.operation, node.operands().to_vec()));
        let guards = recording.guards.iter().map(|guard| (guard.test, guard.operands, guard.outcome, guard.at));
        StoredPath { operations: operations.collect(), guards: guards.collect(), outputs: recording.outputs.clone() }
    }

    /// Returns the recording, or what is wrong with it.
    fn check(self, shape: [usize; 2]) -> Result<Recording, String> {
        let [parameters, columns] = shape;
        let leaves = parameters.checked_add(columns).filter(|&leaves| leaves <= self.operations.len());
        if leaves.is_none() {
            let got = self.operations.len();
            return Err(format!("expected operations for {parameters} parameters and {columns} columns, got {got}"));
        }
        let (mut nodes, mut known) = (Vec::with_capacity(self.operations.len()), HashSet::new());
        for (index, (operation, operands)) in self.operations.into_iter().enumerate() {
            let expected = match operation {
                Operation::Unary(Name(name)) | Operation::Binary(Name(name)) => functions::named(name).map(|(_, n)| n),
                operation => Some(operation.arity()),
            };
            let got = operands.len();
            if operation.arity() != got || expected != Some(got) {
                let expected = expected.unwrap_or(0);
                return Err(format!("expected {expected} operands, got {got}, in operation {index}"));
            }
            if let Some(operand) = operands.iter().find(|&&operand| operand as usize >= index) {
                return Err(format!("expected operands below {index}, got {operand}, in operation {index}"));
            }
            let node = Node::new(operation, &operands);
            let leaf = match index.checked_sub(parameters) {
                None => Some(Operation::Parameter(index as u32)),
                Some(column) if column < columns => Some(Operation::Column(column as u32)),
                Some(_) => None,
            };
            let is_leaf = matches!(operation, Operation::Parameter(_) | Operation::Column(_));
            if leaf != is_leaf.then_some(operation) || !known.insert(node) {
                return Err(format!(
                    "expected each parameter, each column and each operation once, in operation {index}"
                ));
            }
            nodes.push(node);
        }
        let mut guards: Vec<Guard> = Vec::with_capacity(self.guards.len());
        for (index, (test, operands, outcome, at)) in self.guards.into_iter().enumerate() {
            let is_ordered = guards.last().is_none_or(|last| last.at <= at);
            if !is_ordered || at as usize > nodes.len() || operands.iter().any(|&operand| operand >= at) {
                return Err(format!("expected operands before operation {at}, got {operands:?}, in guard {index}"));
            }
            if test.is_boolean() && outcome > 1 {
                return Err(format!("expected the answer 0 or 1, got {outcome}, in guard {index}"));
            }
            guards.push(Guard { test, operands, outcome, at });
        }
        if let Some(output) = self.outputs.iter().find(|&&output| output as usize >= nodes.len()) {
            return Err(format!("expected outputs below {}, got {output}", nodes.len()));
        }
        Ok(Recording { nodes, guards, outputs: self.outputs })
    }
}

/// Stores the recorded paths without the function.
impl<T: LaneFloat> Serialize for Program<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [parameters, columns] = self.shape;
        let paths = self.state().recordings().iter().map(|recording| StoredPath::new(recording)).collect();
        StoredProgram { float: type_name::<T>().into(), parameters, columns, paths }.serialize(serializer)
    }
}

impl<'de, T: LaneFloat> Deserialize<'de> for Program<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Program<T>, D::Error> {
        let stored = StoredProgram::deserialize(deserializer)?;
        if stored.float != type_name::<T>() {
            let (expected, got) = (type_name::<T>(), stored.float);
            return Err(D::Error::custom(format!("expected a program of the float type {expected}, got {got}")));
        }
        let shape = [stored.parameters, stored.columns];
        let mut paths = Paths::default();
        let mut outputs = None;
        for (index, path) in stored.paths.into_iter().enumerate() {
            let recording =
                path.check(shape).map_err(|problem| D::Error::custom(format!("{problem}, of path {index}")))?;
            if *outputs.get_or_insert(recording.outputs.len()) != recording.outputs.len() {
                return Err(D::Error::custom("expected the same number of outputs in all paths"));
            }
            paths.insert(recording).map_err(|error: Error| D::Error::custom(error))?;
        }
        let Some(outputs) = outputs else { return Err(D::Error::custom("expected at least one path, got none")) };
        Ok(Program::from_parts(shape, outputs, None, State::new(paths, shape, None)))
    }
}
