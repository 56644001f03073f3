//! [`Node`]: an operation of a [`Trace`](super::Trace), with its operands and its result.

use crate::scalar::rules::columns::Formulas;

/// An operation, a variable or a constant.
#[derive(Clone)]
pub(super) struct Node<T> {
    pub(super) operation: Operation,
    /// The indices of the operands, all lower than its own, and the local derivatives with respect to them.
    pub(super) parents: Vec<(usize, T)>,
    pub(super) data: T,
    pub(super) name: Option<String>,
    /// The chain rule stops here. A node with a name at which it does not stop is only called by its name.
    pub(super) is_stop: bool,
}

/// The operation that computed a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operation {
    Variable,
    Constant,
    Add,
    Subtract,
    Negate,
    Multiply,
    Divide,
    Remainder,
    Power(i32),
    /// A function of the table.
    Function(&'static Formulas),
    /// A [`UnaryFunction`](crate::UnaryFunction) by its name, an activation for example.
    Rule {
        name: String,
        is_identity: bool,
    },
}

impl Operation {
    /// Returns the name of the operation for a box of a drawing.
    pub(super) fn label(&self) -> String {
        match self {
            Operation::Variable => String::new(),
            Operation::Constant => "constant".into(),
            Operation::Add => "+".into(),
            Operation::Subtract | Operation::Negate => "−".into(),
            Operation::Multiply => "·".into(),
            Operation::Divide => "/".into(),
            Operation::Remainder => "%".into(),
            Operation::Power(n) => format!("power {n}"),
            Operation::Function(formulas) => formulas.name.into(),
            Operation::Rule { name, .. } => name.clone(),
        }
    }
}
