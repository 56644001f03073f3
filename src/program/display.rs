//! The text of a [`Program`]: one operation a line.

use super::node::{Name, Node, Operation, Test};
use super::program::Program;
use super::recording::Recording;
use crate::kernels::machine::LaneFloat;
use std::fmt;

/// Writes each recorded path: an operation or a guard a line, then the outputs.
impl<T: LaneFloat> fmt::Display for Program<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        let recordings = state.recordings();
        for (index, recording) in recordings.iter().enumerate() {
            if recordings.len() > 1 {
                writeln!(f, "path {}:", index + 1)?;
            }
            write!(f, "{recording}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut guards = self.guards.iter().peekable();
        for (index, node) in (0..).zip(&self.nodes) {
            while let Some(guard) = guards.next_if(|guard| guard.at == index) {
                self.write_guard(f, guard.test, guard.operands, guard.outcome)?;
            }
            if !matches!(node.operation, Operation::Parameter(_) | Operation::Column(_) | Operation::Constant(_)) {
                write!(f, "v{index} = ")?;
                self.write_operation(f, node)?;
                writeln!(f)?;
            }
        }
        for guard in guards {
            self.write_guard(f, guard.test, guard.operands, guard.outcome)?;
        }
        for &output in &self.outputs {
            writeln!(f, "return {}", self.name(output))?;
        }
        Ok(())
    }
}

impl Recording {
    /// Returns the name of a value: that of a parameter or column, a constant, or the number of the operation.
    pub(super) fn name(&self, node: u32) -> String {
        match self.nodes[node as usize].operation {
            Operation::Parameter(index) => format!("p{index}"),
            Operation::Column(index) => format!("x{index}"),
            Operation::Constant(bits) => f64::from_bits(bits).to_string(),
            _ => format!("v{node}"),
        }
    }

    fn write_operation(&self, f: &mut fmt::Formatter<'_>, node: &Node) -> fmt::Result {
        let names: Vec<String> = node.operands().iter().map(|&operand| self.name(operand)).collect();
        match (node.operation, &names[..]) {
            (Operation::Add, [a, b]) => write!(f, "{a} + {b}"),
            (Operation::Subtract, [a, b]) => write!(f, "{a} − {b}"),
            (Operation::Negate, [a]) => write!(f, "−{a}"),
            (Operation::Multiply | Operation::StrongMultiply, [a, b]) => write!(f, "{a}·{b}"),
            (Operation::Divide, [a, b]) => write!(f, "{a}/{b}"),
            (Operation::Remainder, [a, b]) => write!(f, "{a} % {b}"),
            (Operation::MultiplyAdd, [a, b, c]) => write!(f, "mul_add({a}, {b}, {c})"),
            (Operation::Power(n), [a]) => write!(f, "{a}^{n}"),
            (Operation::Unary(Name(name)) | Operation::Binary(Name(name)), names) => {
                write!(f, "{name}({})", names.join(", "))
            }
            (_, names) => write!(f, "custom({})", names.join(", ")),
        }
    }

    fn write_guard(&self, f: &mut fmt::Formatter<'_>, test: Test, operands: [u32; 2], outcome: u64) -> fmt::Result {
        let [a, b] = operands.map(|operand| self.name(operand));
        let not = if outcome == 0 { "not " } else { "" };
        match test {
            Test::Less => writeln!(f, "if {not}{a} < {b}"),
            Test::LessOrEqual => writeln!(f, "if {not}{a} ≤ {b}"),
            Test::Equal => writeln!(f, "if {not}{a} = {b}"),
            Test::Nan => writeln!(f, "if {a} is {not}NaN"),
            Test::Infinite => writeln!(f, "if {a} is {not}infinite"),
            Test::Finite => writeln!(f, "if {a} is {not}finite"),
            Test::Normal => writeln!(f, "if {a} is {not}normal"),
            Test::Subnormal => writeln!(f, "if {a} is {not}subnormal"),
            Test::Sign => writeln!(f, "if {a} is {not}negative"),
            Test::Order => {
                let order = ["less than", "equal to", "greater than", "not comparable with"][outcome as usize % 4];
                writeln!(f, "if {a} is {order} {b}")
            }
            Test::Category => {
                let category = ["NaN", "infinite", "zero", "subnormal", "normal"][outcome as usize % 5];
                writeln!(f, "if {a} is {category}")
            }
            Test::Integer => writeln!(f, "if the integer of {a} is {}", f64::from_bits(outcome)),
            Test::Bits => writeln!(f, "if {a} is {}", f64::from_bits(outcome)),
        }
    }
}
