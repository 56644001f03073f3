//! Operations and their local derivatives in symbols.

use super::node::{Node, Operation};
use crate::scalar::Scalar;
use crate::scalar::double;
use crate::text::written;

impl Operation {
    /// A function of one variable, as `rules.rs` has it.
    pub(super) fn of_one(name: &'static str, f: &'static str, d: &'static str) -> Operation {
        // Words after a formula say where it has its ends; "for" and the like, that it is not all.
        let formula = |words: &'static str| match words.split_once('`') {
            Some((_, rest)) if rest.starts_with(" for ") || rest.starts_with(" rounded") => "",
            Some((formula, _)) => formula,
            None => words,
        };
        let f = formula(f);
        Operation::Function { name, f: if f.contains('∫') { "" } else { f }, d: [formula(d), ""] }
    }

    /// A function of two variables, called x and y here whatever `rules.rs` calls them.
    pub(super) fn of_two(name: &'static str) -> Operation {
        let (f, d) = match name {
            "powf" => ("x^y", ["y·x^(y − 1)", "ln x·x^y"]),
            "log" => ("ln x/ln y", ["1/(x·ln y)", "−ln x/(y·(ln y)²)"]),
            "hypot" => ("√(x² + y²)", ["x/√(x² + y²)", "y/√(x² + y²)"]),
            "atan2" => ("", ["y/(x² + y²)", "−x/(x² + y²)"]),
            "xlogy" => ("x·ln y", ["ln y", "x/y"]),
            "log_add_exp" => ("", ["1/(1 + e^(y − x))", "1/(1 + e^(x − y))"]),
            "leaky_relu" => ("", ["leaky_relu′(x)", "min(x, 0)"]),
            _ => ("", [""; 2]),
        };
        Operation::Function { name, f, d }
    }

    /// What it is called in a box of a drawing.
    pub(super) fn label(&self) -> String {
        match self {
            Operation::Variable => String::new(),
            Operation::Constant => "constant".into(),
            Operation::Add => "+".into(),
            Operation::Subtract | Operation::Negate => "−".into(),
            Operation::Multiply => "·".into(),
            Operation::Divide => "/".into(),
            Operation::Power(n) => format!("power {n}"),
            Operation::Function { name, .. } => name.to_string(),
            Operation::Named(name) => name.clone(),
        }
    }
}

/// What holds an expression together, the loosest first: what is looser than its place allows stands in parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Sum,
    Quotient,
    Product,
    Power,
    Name,
}

/// An expression in symbols.
#[derive(Clone, Debug, PartialEq)]
struct Symbols {
    text: String,
    binding: Binding,
}

impl Symbols {
    fn new(text: impl ToString, binding: Binding) -> Symbols {
        Symbols { text: text.to_string(), binding }
    }

    /// Where only what binds at least so tightly may stand without parentheses.
    fn within(&self, loosest: Binding) -> String {
        if self.binding < loosest { format!("({})", self.text) } else { self.text.clone() }
    }
}

/// A product: a number, and factors in symbols.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Product {
    number: f64,
    factors: Vec<Symbols>,
}

impl Product {
    pub(super) fn of(number: f64) -> Product {
        Product { number, factors: Vec::new() }
    }

    fn of_symbols(symbols: Symbols) -> Product {
        Product { number: 1.0, factors: vec![symbols] }
    }

    pub(super) fn times(&self, other: &Product) -> Product {
        Product { number: self.number * other.number, factors: [&other.factors[..], &self.factors].concat() }
    }

    /// How many factors there are in symbols.
    pub(super) fn len(&self) -> usize {
        self.factors.len()
    }
}

/// Products in a sum, those of the same factors taken together.
pub(super) fn sum(products: Vec<Product>) -> String {
    let mut terms: Vec<Product> = Vec::new();
    for product in products {
        match terms.iter_mut().find(|term| term.factors == product.factors) {
            Some(term) => term.number += product.number,
            None => terms.push(product),
        }
    }
    let mut text = String::new();
    for Product { number, factors } in terms.into_iter().filter(|term| term.number != 0.0) {
        text += match (number < 0.0, text.is_empty()) {
            (true, true) => "−",
            (true, false) => " − ",
            (false, true) => "",
            (false, false) => " + ",
        };
        let size = written(number.abs());
        // A quotient alone needs no parentheses.
        let loosest = if factors.len() == 1 && size == "1" { Binding::Quotient } else { Binding::Product };
        let number = if size == "1" && !factors.is_empty() { None } else { Some(size) };
        let factors = factors.iter().map(|factor| factor.within(loosest));
        text += &number.into_iter().chain(factors).collect::<Vec<_>>().join("·");
    }
    if text.is_empty() { "0".into() } else { text }
}

/// An expression of more numbers than this nobody would read.
const MOST_NUMBERS: usize = 24;

/// Whether the expression of a number has not too many others in it.
fn is_short<T>(nodes: &[Node<T>], index: usize) -> bool {
    let mut waiting = vec![index];
    for _ in 0..MOST_NUMBERS {
        let Some(index) = waiting.pop() else { return true };
        if nodes[index].name.is_none() {
            waiting.extend(nodes[index].parents.iter().map(|(parent, _)| parent));
        }
    }
    waiting.is_empty()
}

/// The expression of a number in symbols, down to those that have a name; `…` where it would be too long.
fn expression<T: Scalar>(nodes: &[Node<T>], index: usize) -> Symbols {
    let node = &nodes[index];
    if let Some(name) = &node.name {
        return Symbols::new(name, Binding::Name);
    }
    if !is_short(nodes, index) {
        return Symbols::new("…", Binding::Name);
    }
    let operand = |i: usize| expression(nodes, node.parents[i].0);
    let within = |i: usize, loosest: Binding| operand(i).within(loosest);
    match &node.operation {
        Operation::Variable => Symbols::new(format!("v{index}"), Binding::Name),
        Operation::Constant => {
            let number = double(&node.data);
            Symbols::new(written(number), if number < 0.0 { Binding::Sum } else { Binding::Name })
        }
        Operation::Add => {
            let (left, right) = (operand(0).text, operand(1).text);
            let sum = match right.strip_prefix('−') {
                Some(positive) => format!("{left} − {positive}"),
                None => format!("{left} + {right}"),
            };
            Symbols::new(sum, Binding::Sum)
        }
        Operation::Subtract => {
            Symbols::new(format!("{} − {}", operand(0).text, within(1, Binding::Quotient)), Binding::Sum)
        }
        Operation::Negate => Symbols::new(format!("−{}", within(0, Binding::Quotient)), Binding::Sum),
        Operation::Multiply => {
            let factors = [within(0, Binding::Product), within(1, Binding::Product)];
            Symbols::new(factors.join("·"), Binding::Product)
        }
        Operation::Divide => quotient(within(0, Binding::Product), &operand(1)),
        Operation::Power(n) => power(&operand(0), i64::from(*n)),
        Operation::Function { name, f: "", .. } => {
            let operands: Vec<String> = (0..node.parents.len()).map(|i| operand(i).text).collect();
            Symbols::new(format!("{name}({})", operands.join(", ")), Binding::Name)
        }
        Operation::Function { f, .. } => substituted(f, &operands(nodes, index)),
        Operation::Named(name) => Symbols::new(format!("{}({})", symbol(name), operand(0).text), Binding::Name),
    }
}

/// The expressions of what a number was computed from.
fn operands<T: Scalar>(nodes: &[Node<T>], index: usize) -> Vec<Symbols> {
    nodes[index].parents.iter().map(|&(parent, _)| expression(nodes, parent)).collect()
}

fn quotient(above: String, below: &Symbols) -> Symbols {
    Symbols::new(format!("{above}/{}", below.within(Binding::Power)), Binding::Quotient)
}

fn power(base: &Symbols, n: i64) -> Symbols {
    Symbols::new(format!("{}{}", base.within(Binding::Name), superscript(n)), Binding::Power)
}

/// The local derivative of a node by one of its parents, in symbols.
pub(super) fn derivative<T: Scalar>(nodes: &[Node<T>], index: usize, parent: usize) -> Product {
    let node = &nodes[index];
    let operand = |i: usize| expression(nodes, node.parents[i].0);
    let constant = |i: usize| {
        let operand = &nodes[node.parents[i].0];
        (operand.operation == Operation::Constant).then(|| double(&operand.data))
    };
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
                None => (-1.0, operand(0).within(Binding::Product)),
            };
            Product { number, factors: vec![quotient(above, &square)] }
        }
        Operation::Power(0) => Product::of(0.0),
        Operation::Power(1) => Product::of(1.0),
        // The base as it stands under its power: 2·(x + y)
        Operation::Power(2) => Product { number: 2.0, factors: vec![base(operand(0))] },
        Operation::Power(n) => Product { number: f64::from(*n), factors: vec![power(&operand(0), i64::from(*n) - 1)] },
        Operation::Function { name: "sigmoid", .. } => slope("σ", &operand(0)),
        Operation::Function { name, d, .. } => match (d[parent], node.parents.len()) {
            // Those of two variables without a formula have slopes that stay what they are nearby: 1 or 0 of the larger of two.
            ("", 2) => Product::of(double(&node.parents[parent].1)),
            ("", _) => slope(name, &operand(parent)),
            (words, _) => {
                let (number, words) = words.strip_prefix('−').map_or((1.0, words), |positive| (-1.0, positive));
                match words.parse::<f64>() {
                    Ok(value) => Product::of(number * value),
                    Err(_) => Product { number, factors: vec![substituted(words, &operands(nodes, index))] },
                }
            }
        },
        Operation::Named(name) if name == "identity" => Product::of(1.0),
        Operation::Named(name) => slope(symbol(name), &operand(0)),
    }
}

/// The derivative of a function that has no formula, at a place.
fn slope(name: &str, at: &Symbols) -> Product {
    Product::of_symbols(Symbols::new(format!("{name}′({})", at.text), Binding::Name))
}

/// In parentheses, unless it is a name or a power.
fn base(symbols: Symbols) -> Symbols {
    Symbols::new(symbols.within(Binding::Power), symbols.binding.max(Binding::Power))
}

/// What a rule is called in formulas.
fn symbol(name: &str) -> &str {
    if name == "sigmoid" { "σ" } else { name }
}

/// `x` and `y` of a formula in words replaced; powers with x above the line written as functions.
fn substituted(formula: &str, operands: &[Symbols]) -> Symbols {
    let formula = formula.replace("eˣ", "exp(x)").replace("e⁻ˣ", "exp(−x)").replace("2ˣ", "2^x");
    let characters: Vec<char> = formula.chars().collect();
    let at = |i: Option<usize>| i.and_then(|i| characters.get(i)).copied();
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let mut text = String::new();
    for (i, &c) in characters.iter().enumerate() {
        let (before, after) = (at(i.checked_sub(1)), at(Some(i + 1)));
        let operand = operands.get(usize::from(c == 'y'));
        match operand.filter(|_| matches!(c, 'x' | 'y') && !is_letter(before) && !is_letter(after)) {
            // What stands in parentheses already needs none of its own.
            Some(operand) if matches!((before, after), (Some('('), Some(')' | ',')) | (Some('|' | '⌊' | '⌈'), _)) =>
            {
                text += &operand.text;
            }
            Some(operand) => text += &operand.within(Binding::Name),
            None => text.push(c),
        }
    }
    Symbols::new(text, binding(&formula))
}

/// What holds a formula in words together: the loosest of what stands outside of parentheses.
fn binding(formula: &str) -> Binding {
    let (mut depth, mut loosest) = (0, Binding::Name);
    for c in formula.chars() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        loosest = loosest.min(match c {
            _ if depth > 0 => Binding::Name,
            '+' | '−' => Binding::Sum,
            '/' => Binding::Quotient,
            '·' | ' ' | '√' | '∛' => Binding::Product, // a space: a function of what follows, cos x
            '^' => Binding::Power,
            _ => Binding::Name,
        });
    }
    loosest
}

/// A power above the line.
fn superscript(n: i64) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    n.to_string().chars().map(|c| c.to_digit(10).map_or('⁻', |digit| DIGITS[digit as usize])).collect()
}
