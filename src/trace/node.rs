//! [`Node`]: an operation of a [`Trace`](super::Trace), with its operands and its result.

/// An operation, or what there was before any.
#[derive(Clone)]
pub(super) struct Node<T> {
    pub(super) operation: Operation,
    /// The indices of the operands, all lower than its own, and the local derivatives by them.
    pub(super) parents: Vec<(usize, T)>,
    pub(super) data: T,
    pub(super) name: Option<String>,
    /// Whether the chain rule stops here, or goes through and only calls it by its name.
    pub(super) is_stop: bool,
}

/// What gave a number.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operation {
    /// Nothing: it is where the computation began.
    Variable,
    Constant,
    Add,
    Subtract,
    Negate,
    Multiply,
    Divide,
    Power(i32),
    /// A function with its name, itself and its derivatives by its operands in words; empty where there is no formula.
    Function {
        name: &'static str,
        f: &'static str,
        d: [&'static str; 2],
    },
    /// A rule by its name, an activation say.
    Named(String),
}
