//! Numbers of a trace and their local derivatives in symbols.

use super::node::{Node, Operation};
use super::symbols::{Precedence, Product, Symbols, derivative_at, parenthesized, power, quotient, substitute};
use crate::scalar::rules::columns::Formulas;
use crate::scalar::{Scalar, double};
use crate::text::written;

/// The maximum number of values in an expression; a longer one is written as `…`.
const MAX_VALUES: usize = 24;

/// Returns true if the expression of a value has at most `MAX_VALUES` others in it.
fn is_short<T>(nodes: &[Node<T>], index: usize) -> bool {
    let mut waiting = vec![index];
    for _ in 0..MAX_VALUES {
        let Some(index) = waiting.pop() else { return true };
        if nodes[index].name.is_none() {
            waiting.extend(nodes[index].parents.iter().map(|(parent, _)| parent));
        }
    }
    waiting.is_empty()
}

/// Returns the expression of a value in symbols, down to those that have a name; `…` if it would be too long.
fn expression<T: Scalar>(nodes: &[Node<T>], index: usize) -> Symbols {
    let node = &nodes[index];
    if let Some(name) = &node.name {
        return Symbols::new(name, Precedence::Name);
    }
    if !is_short(nodes, index) {
        return Symbols::new("…", Precedence::Name);
    }
    let operand = |i: usize| expression(nodes, node.parents[i].0);
    let within = |i: usize, lowest: Precedence| operand(i).within(lowest);
    match &node.operation {
        Operation::Variable => Symbols::new(format!("v{index}"), Precedence::Name),
        Operation::Constant => {
            let number = double(&node.data);
            Symbols::new(written(number), if number < 0.0 { Precedence::Sum } else { Precedence::Name })
        }
        Operation::Add => {
            let (left, right) = (operand(0).text, operand(1).text);
            let sum = match right.strip_prefix('−') {
                Some(positive) => format!("{left} − {positive}"),
                None => format!("{left} + {right}"),
            };
            Symbols::new(sum, Precedence::Sum)
        }
        Operation::Subtract => {
            Symbols::new(format!("{} − {}", operand(0).text, within(1, Precedence::Quotient)), Precedence::Sum)
        }
        Operation::Negate => Symbols::new(format!("−{}", within(0, Precedence::Quotient)), Precedence::Sum),
        Operation::Multiply => {
            let factors = [within(0, Precedence::Product), within(1, Precedence::Product)];
            Symbols::new(factors.join("·"), Precedence::Product)
        }
        Operation::Divide => quotient(within(0, Precedence::Product), &operand(1)),
        Operation::Power(n) => power(&operand(0), i64::from(*n)),
        Operation::Remainder => {
            let text = format!("{} % {}", within(0, Precedence::Product), within(1, Precedence::Power));
            Symbols::new(text, Precedence::Quotient)
        }
        Operation::Function(Formulas { function: Some(formula), arguments, .. }) => {
            substitute(formula, arguments, &operands(nodes, index))
        }
        Operation::Function(Formulas { function: None, name, .. }) => {
            let operands: Vec<String> = (0..node.parents.len()).map(|i| operand(i).text).collect();
            Symbols::new(format!("{name}({})", operands.join(", ")), Precedence::Name)
        }
        Operation::Rule { name, .. } => {
            Symbols::new(format!("{}({})", symbol(name), operand(0).text), Precedence::Name)
        }
    }
}

/// Returns the expressions of the operands of a value.
fn operands<T: Scalar>(nodes: &[Node<T>], index: usize) -> Vec<Symbols> {
    nodes[index].parents.iter().map(|&(parent, _)| expression(nodes, parent)).collect()
}

/// Returns the local derivative of a value with respect to one of its operands, in symbols.
pub(super) fn derivative<T: Scalar>(nodes: &[Node<T>], index: usize, parent: usize) -> Product {
    let node = &nodes[index];
    let operand = |i: usize| expression(nodes, node.parents[i].0);
    let constant = |i: usize| {
        let operand = &nodes[node.parents[i].0];
        (operand.operation == Operation::Constant).then(|| double(&operand.data))
    };
    let local_value = || Product::of(double(&node.parents[parent].1));
    match &node.operation {
        Operation::Variable | Operation::Constant => Product::of(0.0),
        Operation::Add => Product::of(1.0),
        Operation::Subtract => Product::of(if parent == 0 { 1.0 } else { -1.0 }),
        Operation::Negate => Product::of(-1.0),
        Operation::Multiply => match constant(1 - parent) {
            Some(number) => Product::of(number),
            None => Product::of_symbols(operand(1 - parent)),
        },
        Operation::Divide if parent == 0 => match constant(1) {
            Some(number) => Product::of(1.0 / number),
            None => Product::of_symbols(quotient("1".into(), &operand(1))),
        },
        Operation::Divide => {
            let square = power(&operand(1), 2);
            let (number, above) = match constant(0) {
                Some(number) => (-number, "1".into()),
                None => (-1.0, operand(0).within(Precedence::Product)),
            };
            Product { number, factors: vec![quotient(above, &square)] }
        }
        Operation::Power(0) => Product::of(0.0),
        Operation::Power(1) => Product::of(1.0),
        // The base as it is written under its power: 2·(x + y)
        Operation::Power(2) => Product { number: 2.0, factors: vec![parenthesized(operand(0))] },
        Operation::Power(n) => Product { number: f64::from(*n), factors: vec![power(&operand(0), i64::from(*n) - 1)] },
        Operation::Remainder => local_value(),
        Operation::Function(Formulas { name, arguments, derivatives, .. }) => match (derivatives[parent], arguments) {
            (Some(formula), _) => {
                let (sign, size) = formula.strip_prefix('−').map_or((1.0, formula), |size| (-1.0, size));
                match size.parse::<f64>() {
                    Ok(value) => Product::of(sign * value),
                    Err(_) => {
                        let factors = vec![substitute(size, arguments, &operands(nodes, index))];
                        Product { number: sign, factors }
                    }
                }
            }
            (None, [_]) => Product::of_symbols(derivative_at(symbol(name), &operand(0))),
            // A function of two arguments without a formula is piecewise linear: its derivative is a number, 1 or 0 for
            // `max`.
            (None, _) => local_value(),
        },
        Operation::Rule { is_identity: true, .. } => Product::of(1.0),
        Operation::Rule { name, .. } => Product::of_symbols(derivative_at(symbol(name), &operand(0))),
    }
}

/// Returns the symbol of a function in formulas.
fn symbol(name: &str) -> &str {
    if name == "sigmoid" { "σ" } else { name }
}
