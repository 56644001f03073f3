//! Operations and their local derivatives in symbols.

use super::trace::Node;
use crate::Scalar;
use crate::scalar::double;

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
    /// A function with its name, itself and its derivative in words, as `rules.rs` has them; empty where there is no formula.
    Function {
        name: &'static str,
        f: &'static str,
        d: &'static str,
    },
    /// A rule by its name, an activation say.
    Rule(String),
}

impl Operation {
    pub(super) fn of_one(name: &'static str, f: &'static str, d: &'static str) -> Operation {
        // Words after a formula say where it has its ends; "for" and the like, that it is not all.
        let formula = |words: &'static str| match words.split_once('`') {
            Some((_, rest)) if rest.starts_with(" for ") || rest.starts_with(" rounded") => "",
            Some((formula, _)) => formula,
            None => words,
        };
        Operation::Function { name, f: formula(f), d: formula(d) }
    }

    pub(super) fn of_two(name: &'static str, f: &'static str, d: &'static str) -> Operation {
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
            Operation::Rule(name) => name.clone(),
        }
    }
}

/// A product: a number, and factors in symbols.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Product {
    number: f64,
    factors: Vec<String>,
}

impl Product {
    pub(super) fn of(number: f64) -> Product {
        Product { number, factors: Vec::new() }
    }

    fn of_symbol(symbol: impl ToString) -> Product {
        Product { number: 1.0, factors: vec![symbol.to_string()] }
    }

    pub(super) fn times(&self, other: &Product) -> Product {
        Product { number: self.number * other.number, factors: [&other.factors[..], &self.factors].concat() }
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
    for Product { number, factors } in terms {
        let sign = match (number < 0.0, text.is_empty()) {
            (true, true) => "−",
            (true, false) => " − ",
            (false, true) => "",
            (false, false) => " + ",
        };
        text += sign;
        let size = number.abs();
        if factors.is_empty() || size != 1.0 {
            text += &size.to_string();
        }
        if !factors.is_empty() && size != 1.0 {
            text += "·";
        }
        text += &factors.join("·");
    }
    text
}

/// A number as a person would write it: four digits after the point, or before the power of ten.
pub(super) fn written(x: f64) -> String {
    let text = match x.abs() {
        size if size == 0.0 || (1e-3..1e6).contains(&size) => {
            let text = format!("{x:.4}");
            text.trim_end_matches('0').trim_end_matches('.').to_string()
        }
        _ => format!("{x:.3e}"),
    };
    text.replace('-', "−")
}

/// The expression of a number in symbols, down to those that have a name; and whether it must stand in parentheses as a factor.
fn expression<T: Scalar>(nodes: &[Node<T>], index: usize) -> (String, bool) {
    let node = &nodes[index];
    if let Some(name) = &node.name {
        return (name.clone(), false);
    }
    let operand = |i: usize| expression(nodes, node.parents[i].0);
    let factor = |i: usize| factor(nodes, node.parents[i].0);
    match &node.operation {
        Operation::Variable => (format!("v{index}"), false),
        Operation::Constant => {
            let number = double(&node.data);
            (number.to_string().replace('-', "−"), number < 0.0)
        }
        Operation::Add => (format!("{} + {}", operand(0).0, operand(1).0), true),
        Operation::Subtract => (format!("{} − {}", operand(0).0, factor_of_difference(operand(1))), true),
        Operation::Negate => (format!("−{}", factor(0)), true),
        Operation::Multiply => (format!("{}·{}", factor(0), factor(1)), false),
        Operation::Divide => (format!("{}/{}", factor(0), factor(1)), true),
        Operation::Power(n) => (format!("{}{}", factor(0), superscript(*n)), false),
        Operation::Function { name, f: "", .. } => (format!("{name}({})", operand(0).0), false),
        Operation::Function { f, .. } => {
            let second = node.parents.get(1).map(|_| operand(1).0);
            (substituted(f, &argument(nodes, node.parents[0].0), second.as_deref()), true)
        }
        Operation::Rule(name) => (format!("{}({})", symbol(name), operand(0).0), false),
    }
}

/// What follows a minus: a sum in parentheses.
fn factor_of_difference((text, is_compound): (String, bool)) -> String {
    if is_compound { format!("({text})") } else { text }
}

/// An expression as a factor: a sum in parentheses.
fn factor<T: Scalar>(nodes: &[Node<T>], index: usize) -> String {
    factor_of_difference(expression(nodes, index))
}

/// An expression as what a function is of: in parentheses, unless it is a name.
fn argument<T: Scalar>(nodes: &[Node<T>], index: usize) -> String {
    let (text, _) = expression(nodes, index);
    if text.contains([' ', '·', '/']) { format!("({text})") } else { text }
}

/// The local derivative of a node by one of its parents, in symbols.
pub(super) fn derivative<T: Scalar>(nodes: &[Node<T>], index: usize, parent: usize) -> Product {
    let node = &nodes[index];
    let operand = |i: usize| node.parents[i].0;
    let symbol_of = |i: usize| match nodes[operand(i)].operation {
        Operation::Constant => Product::of(double(&nodes[operand(i)].data)),
        _ => Product::of_symbol(factor(nodes, operand(i))),
    };
    match &node.operation {
        Operation::Variable | Operation::Constant => Product::of(0.0),
        Operation::Add => Product::of(1.0),
        Operation::Subtract => Product::of(if parent == 0 { 1.0 } else { -1.0 }),
        Operation::Negate => Product::of(-1.0),
        Operation::Multiply => symbol_of(1 - parent),
        Operation::Divide if parent == 0 => match nodes[operand(1)].operation {
            Operation::Constant => Product::of(1.0 / double(&nodes[operand(1)].data)),
            _ => Product::of_symbol(format!("1/{}", factor(nodes, operand(1)))),
        },
        Operation::Divide => {
            let quotient = format!("{}/{}²", factor(nodes, operand(0)), factor(nodes, operand(1)));
            Product { number: -1.0, factors: vec![quotient] }
        }
        Operation::Power(0) => Product::of(0.0),
        Operation::Power(n) => {
            let power = if *n == 2 { String::new() } else { superscript(*n - 1) };
            let factors = if *n == 1 { Vec::new() } else { vec![format!("{}{power}", factor(nodes, operand(0)))] };
            Product { number: f64::from(*n), factors }
        }
        Operation::Function { name: "sigmoid", .. } => {
            Product::of_symbol(format!("σ′({})", expression(nodes, operand(0)).0))
        }
        Operation::Function { d, .. } if !d.is_empty() => {
            let text = substituted(d, &argument(nodes, operand(0)), None);
            match text.parse::<f64>() {
                Ok(number) => Product::of(number),
                Err(_) => Product::of_symbol(if is_sum(&text) { format!("({text})") } else { text }),
            }
        }
        Operation::Function { name, .. } => {
            Product::of_symbol(format!("{name}′({})", expression(nodes, operand(parent)).0))
        }
        Operation::Rule(name) if name == "identity" => Product::of(1.0),
        Operation::Rule(name) => Product::of_symbol(format!("{}′({})", symbol(name), expression(nodes, operand(0)).0)),
    }
}

/// What a rule is called in formulas.
fn symbol(name: &str) -> &str {
    if name == "sigmoid" { "σ" } else { name }
}

fn is_sum(text: &str) -> bool {
    text.contains(" + ") || text.contains(" − ") || text.starts_with('−')
}

/// `x` and `y` of a formula in words replaced; powers with x above the line written as functions.
fn substituted(formula: &str, x: &str, y: Option<&str>) -> String {
    let bare = x.strip_prefix('(').and_then(|x| x.strip_suffix(')')).unwrap_or(x);
    let formula = formula.replace("eˣ", "exp(ˣ)").replace("e⁻ˣ", "exp(−ˣ)").replace("2ˣ", "2^(ˣ)");
    let characters: Vec<char> = formula.chars().collect();
    let is_letter = |i: Option<usize>| i.and_then(|i| characters.get(i)).is_some_and(|c| c.is_alphabetic());
    let mut text = String::new();
    for (i, &c) in characters.iter().enumerate() {
        let stands_alone = !is_letter(i.checked_sub(1)) && !is_letter(Some(i + 1));
        match (c, y) {
            ('ˣ', _) => text += bare,
            ('x', _) if stands_alone => text += x,
            ('y', Some(y)) if stands_alone => text += y,
            _ => text.push(c),
        }
    }
    text.replace("((", "(").replace("))", ")")
}

/// A power above the line.
fn superscript(n: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    n.to_string().chars().map(|c| c.to_digit(10).map_or('⁻', |digit| DIGITS[digit as usize])).collect()
}
