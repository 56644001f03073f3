//! Expressions in symbols: sums, products, quotients, powers, and formulas of functions with their arguments replaced.

use crate::text::written;

/// The precedence of an expression, the lowest first. An expression with a lower precedence than its place allows is
/// put in parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Precedence {
    Sum,
    Quotient,
    Product,
    Power,
    Name,
}

/// An expression in symbols.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Symbols {
    pub(super) text: String,
    precedence: Precedence,
}

impl Symbols {
    pub(super) fn new(text: impl ToString, precedence: Precedence) -> Symbols {
        Symbols { text: text.to_string(), precedence }
    }

    /// Returns the text, in parentheses if its precedence is lower than `lowest`.
    pub(super) fn within(&self, lowest: Precedence) -> String {
        if self.precedence < lowest { format!("({})", self.text) } else { self.text.clone() }
    }
}

/// A product of a number and of factors in symbols.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Product {
    pub(super) number: f64,
    pub(super) factors: Vec<Symbols>,
}

impl Product {
    pub(super) fn of(number: f64) -> Product {
        Product { number, factors: Vec::new() }
    }

    pub(super) fn of_symbols(symbols: Symbols) -> Product {
        Product { number: 1.0, factors: vec![symbols] }
    }

    pub(super) fn times(&self, other: &Product) -> Product {
        Product { number: self.number * other.number, factors: [&other.factors[..], &self.factors].concat() }
    }

    /// Returns the number of factors in symbols.
    pub(super) fn len(&self) -> usize {
        self.factors.len()
    }
}

/// Returns a sum of products in text. Products with the same factors are combined.
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
        let lowest = if factors.len() == 1 && size == "1" { Precedence::Quotient } else { Precedence::Product };
        let number = if size == "1" && !factors.is_empty() { None } else { Some(size) };
        let factors = factors.iter().map(|factor| factor.within(lowest));
        text += &number.into_iter().chain(factors).collect::<Vec<_>>().join("·");
    }
    if text.is_empty() { "0".into() } else { text }
}

/// Returns a quotient.
pub(super) fn quotient(above: String, below: &Symbols) -> Symbols {
    Symbols::new(format!("{above}/{}", below.within(Precedence::Power)), Precedence::Quotient)
}

/// Returns a power with an integer exponent.
pub(super) fn power(base: &Symbols, n: i64) -> Symbols {
    Symbols::new(format!("{}{}", base.within(Precedence::Name), superscript(n)), Precedence::Power)
}

/// Returns the derivative of a function without a formula: `relu′(x)`.
pub(super) fn derivative_at(function: &str, argument: &Symbols) -> Symbols {
    Symbols::new(format!("{function}′({})", argument.text), Precedence::Name)
}

/// Returns the expression in parentheses, unless it is a name or a power.
pub(super) fn parenthesized(symbols: Symbols) -> Symbols {
    Symbols::new(symbols.within(Precedence::Power), symbols.precedence.max(Precedence::Power))
}

/// Returns a formula with its arguments replaced by operands: `substitute("cos x", &["x"], …)` is `cos (a + b)`.
pub(super) fn substitute(formula: &str, arguments: &[&str], operands: &[Symbols]) -> Symbols {
    let (mut text, mut rest) = (String::new(), formula);
    while let Some(first) = rest.chars().next() {
        let letters = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (token, after) = rest.split_at(letters.max(first.len_utf8()));
        let operand = arguments.iter().zip(operands).find(|(argument, _)| **argument == token);
        match operand {
            // Already in parentheses.
            Some((_, operand)) if is_enclosed(text.chars().next_back(), after.chars().next()) => text += &operand.text,
            Some((_, operand)) => text += &operand.within(Precedence::Name),
            None => text += token,
        }
        rest = after;
    }
    Symbols::new(text, precedence(formula))
}

/// Returns true if an argument between these characters needs no parentheses.
fn is_enclosed(before: Option<char>, after: Option<char>) -> bool {
    matches!((before, after), (Some('('), Some(')' | ',')) | (Some('|' | '⌊' | '⌈'), _))
}

/// Returns the precedence of a formula, the lowest of its operations outside of parentheses.
fn precedence(formula: &str) -> Precedence {
    let (mut depth, mut lowest) = (0, Precedence::Name);
    for c in formula.chars() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        lowest = lowest.min(match c {
            _ if depth > 0 => Precedence::Name,
            '+' | '−' => Precedence::Sum,
            '/' => Precedence::Quotient,
            '·' | ' ' | '√' | '∛' => Precedence::Product, // a space: a function of what follows, cos x
            '^' => Precedence::Power,
            _ => Precedence::Name,
        });
    }
    lowest
}

/// Returns an exponent in superscript.
fn superscript(n: i64) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    n.to_string().chars().map(|c| c.to_digit(10).map_or('⁻', |digit| DIGITS[digit as usize])).collect()
}
