//! [`Node`]: an operation of a recording, with its operands; [`Guard`]: a comparison that the function asked for.

use num_traits::Float;
use std::hash::{Hash, Hasher};
use std::num::FpCategory;

/// An operation with the indices of its operands, which are lower than its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub(super) operation: Operation,
    /// As many as the operation has; the others are 0.
    pub(super) operands: [u32; 3],
}

/// The operation that computes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub(super) enum Operation {
    /// A parameter, by its index.
    Parameter(u32),
    /// The value of a point in a column, by the index of the column.
    Column(u32),
    /// A constant, by the bits of the double.
    Constant(u64),
    Add,
    Subtract,
    Negate,
    Multiply,
    Divide,
    Remainder,
    /// The product in which 0 is a strong zero.
    StrongMultiply,
    /// a·b + c, rounded once.
    MultiplyAdd,
    Power(i32),
    /// A function of the table of one variable.
    Unary(Name),
    /// A function of the table of two variables.
    Binary(Name),
    /// A function of the first operand whose value is the second and whose derivative is the third: a custom
    /// [`UnaryFunction`](crate::UnaryFunction).
    Custom,
}

/// The name of a function of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub(super) struct Name(pub(super) &'static str);

impl Operation {
    /// Returns the number of operands.
    pub(super) fn arity(self) -> usize {
        use Operation::*;
        match self {
            Parameter(_) | Column(_) | Constant(_) => 0,
            Negate | Power(_) | Unary(_) => 1,
            Add | Subtract | Multiply | Divide | Remainder | StrongMultiply | Binary(_) => 2,
            MultiplyAdd | Custom => 3,
        }
    }

    /// Returns true if the operands can be exchanged without changing a bit of the result.
    pub(super) fn is_commutative(self) -> bool {
        matches!(self, Operation::Add | Operation::Multiply)
    }
}

/// Names are unique, so their addresses would only make the hash depend on the compiler.
impl Hash for Operation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match *self {
            Operation::Parameter(index) | Operation::Column(index) => index.hash(state),
            Operation::Constant(bits) => bits.hash(state),
            Operation::Power(n) => n.hash(state),
            Operation::Unary(name) | Operation::Binary(name) => name.hash(state),
            _ => {}
        }
    }
}

impl Node {
    pub(super) fn new(operation: Operation, operands: &[u32]) -> Node {
        let mut node = Node { operation, operands: [0; 3] };
        node.operands[..operands.len()].copy_from_slice(operands);
        if operation.is_commutative() && operands[0] > operands[1] {
            node.operands.swap(0, 1);
        }
        node
    }

    /// Returns the indices of the operands.
    pub(super) fn operands(&self) -> &[u32] {
        &self.operands[..self.operation.arity()]
    }
}

/// A question about one or two values that the function asked, and the answer when it was recorded.
///
/// The function took its way by the answer, so the recording is valid only for points with the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guard {
    pub(super) test: Test,
    /// The indices of the nodes; the second is that of the first for a test of one value.
    pub(super) operands: [u32; 2],
    pub(super) outcome: u64,
    /// The number of nodes that were recorded before.
    pub(super) at: u32,
}

/// A question about one or two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub(super) enum Test {
    /// a < b
    Less,
    /// a ≤ b
    LessOrEqual,
    /// a = b
    Equal,
    /// The order of a and b.
    Order,
    Nan,
    Infinite,
    Finite,
    Normal,
    Subnormal,
    /// The kind of number: one of those above, or zero.
    Category,
    /// True if the sign is negative, that of −0 too; that of NaN is positive.
    Sign,
    /// The integer to which the value is truncated.
    Integer,
    /// All bits.
    Bits,
}

impl Test {
    /// Returns true if the answer is yes or no, 1 or 0.
    pub(super) fn is_boolean(self) -> bool {
        !matches!(self, Test::Order | Test::Category | Test::Integer | Test::Bits)
    }

    /// Returns the answer as a number.
    pub(super) fn outcome<T: Float>(self, a: T, b: T) -> u64 {
        // The sign and the other bits of NaN depend on the order of operations.
        let double = |x: T| if x.is_nan() { f64::NAN } else { x.to_f64().unwrap_or(f64::NAN) };
        match self {
            Test::Less => u64::from(a < b),
            Test::LessOrEqual => u64::from(a <= b),
            Test::Equal => u64::from(a == b),
            Test::Order => a.partial_cmp(&b).map_or(3, |order| (order as i8 + 1) as u64),
            Test::Nan => u64::from(a.is_nan()),
            Test::Infinite => u64::from(a.is_infinite()),
            Test::Finite => u64::from(a.is_finite()),
            Test::Normal => u64::from(a.is_normal()),
            Test::Subnormal => u64::from(a.is_subnormal()),
            Test::Category => match a.classify() {
                FpCategory::Nan => 0,
                FpCategory::Infinite => 1,
                FpCategory::Zero => 2,
                FpCategory::Subnormal => 3,
                FpCategory::Normal => 4,
            },
            Test::Sign => u64::from(a.is_sign_negative() && !a.is_nan()),
            Test::Integer => (double(a).trunc() + 0.0).to_bits(),
            Test::Bits => double(a).to_bits(),
        }
    }
}
