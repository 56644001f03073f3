//! A recording computed with any numbers, one point at a time: for explanations and drawings.

use super::node::{Name, Operation};
use super::program::Program;
use super::recording::Recording;
use crate::error::Error;
use crate::kernels::machine::LaneFloat;
use crate::matrix::AsMatrix;
use crate::scalar::{Scalar, rules};

impl<T: LaneFloat> Program<T> {
    /// Computes the outputs at a point with numbers of another type, whose values are those of `parameters` and `row`.
    /// `custom` combines the operand of a custom function with its value and its derivative.
    pub(crate) fn evaluate<S: Scalar>(
        &self,
        parameters: &[T],
        row: &[T],
        numbers: [&[S]; 2],
        custom: impl Fn([S; 3]) -> S,
    ) -> Result<Vec<S>, Error> {
        let name = "Program::trace";
        Error::check_count_in(name, "parameters", self.shape[0], parameters.len())?;
        Error::check_count_in(name, "columns", self.shape[1], row.len())?;
        let recording = self.recording_for(parameters, row.as_view())?;
        Ok(recording.evaluate(numbers, custom))
    }
}

impl Recording {
    fn evaluate<S: Scalar>(&self, [parameters, columns]: [&[S]; 2], custom: impl Fn([S; 3]) -> S) -> Vec<S> {
        let mut values: Vec<S> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let [a, b, c] = node.operands.map(|operand| values.get(operand as usize).copied().unwrap_or(S::zero()));
            values.push(match node.operation {
                Operation::Parameter(index) => parameters[index as usize],
                Operation::Column(index) => columns[index as usize],
                Operation::Constant(bits) => S::of(f64::from_bits(bits)),
                Operation::Add => a + b,
                Operation::Subtract => a - b,
                Operation::Negate => -a,
                Operation::Multiply => a * b,
                Operation::Divide => a / b,
                Operation::Remainder => a % b,
                Operation::StrongMultiply => a.strong_mul(b),
                Operation::MultiplyAdd => a.mul_add(b, c),
                Operation::Power(n) => a.powi(n),
                Operation::Unary(Name(name)) => unary(name, a),
                Operation::Binary(Name(name)) => binary(name, a, b),
                Operation::Custom => custom([a, b, c]),
            });
        }
        self.outputs.iter().map(|&output| values[output as usize]).collect()
    }
}

/// Computes a function of one variable of the table, by its name.
fn unary<S: Scalar>(name: &str, x: S) -> S {
    macro_rules! row {
        ($name:ident($x:ident): $($columns:tt)*) => {
            if name == stringify!($name) {
                return x.$name();
            }
        };
        ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {};
    }
    rules::functions!(Float, row);
    rules::functions!(Scalar, row);
    unreachable!("`{name}` is a function of the table")
}

/// Computes a function of two variables of the table, by its name.
fn binary<S: Scalar>(name: &str, x: S, y: S) -> S {
    macro_rules! row {
        ($name:ident($x:ident): $($columns:tt)*) => {};
        ($name:ident($x:ident, $y:ident): $($columns:tt)*) => {
            if name == stringify!($name) {
                return x.$name(y);
            }
        };
    }
    rules::functions!(Float, row);
    rules::functions!(Scalar, row);
    unreachable!("`{name}` is a function of the table")
}
