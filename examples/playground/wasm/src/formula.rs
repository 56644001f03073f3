//! [`Formula`]: a function that the user writes, for example `x1^2 - sin(x2)`.

use backprop::Error;
use std::iter::Peekable;
use std::str::CharIndices;

/// A function of variables, parsed from text.
///
/// ```text
/// sum     = product { ("+" | "-") product }
/// product = sign { ("*" | "/") sign }
/// sign    = "-" sign | power
/// power   = atom [ "^" sign ]
/// atom    = number | variable | "pi" | function "(" sum ")" | "(" sum ")"
/// ```
#[derive(Clone, Debug)]
pub struct Formula {
    text: String,
    /// The operations in postfix order.
    operations: Vec<Operation>,
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Number(f64),
    /// The variable with this index.
    Variable(usize),
    Unary(Function),
    Binary(fn(f64, f64) -> f64),
}

type Function = fn(f64) -> f64;

const FUNCTIONS: [(&str, Function); 8] = [
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("tan", f64::tan),
    ("exp", f64::exp),
    ("ln", f64::ln),
    ("sqrt", f64::sqrt),
    ("abs", f64::abs),
    ("tanh", f64::tanh),
];

const MAX_LENGTH: usize = 200;
const MAX_DEPTH: usize = 50;

impl Formula {
    /// Parses a formula of these variables; `setting` names it in errors.
    pub fn parse(setting: &str, text: &str, variables: &[&str]) -> Result<Formula, Error> {
        let length = text.chars().count();
        if length > MAX_LENGTH {
            let requirement = format!("have at most {MAX_LENGTH} characters");
            return Err(Error::invalid_argument(setting, requirement, length));
        }
        let chars = text.char_indices().peekable();
        let mut parser = Parser { setting, text, variables, chars, depth: 0, operations: Vec::new() };
        parser.sum()?;
        match parser.peek() {
            None => Ok(Formula { text: text.trim().into(), operations: parser.operations }),
            Some(_) => Err(parser.expected("an operator or the end")),
        }
    }

    /// Computes the value for these values of the variables.
    pub fn value(&self, variables: &[f64]) -> f64 {
        let mut stack = Vec::new();
        let pop = |stack: &mut Vec<f64>| stack.pop().expect("each operation follows its operands");
        for &operation in &self.operations {
            let value = match operation {
                Operation::Number(number) => number,
                Operation::Variable(index) => variables[index],
                Operation::Unary(f) => f(pop(&mut stack)),
                Operation::Binary(f) => {
                    let second = pop(&mut stack);
                    f(pop(&mut stack), second)
                }
            };
            stack.push(value);
        }
        pop(&mut stack)
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Formula {
    fn eq(&self, other: &Formula) -> bool {
        self.text == other.text
    }
}

/// A recursive-descent parser with a method for each rule of the grammar.
struct Parser<'a> {
    setting: &'a str,
    text: &'a str,
    variables: &'a [&'a str],
    chars: Peekable<CharIndices<'a>>,
    /// The number of rules `sign` that are being parsed. All recursion goes through that rule.
    depth: usize,
    operations: Vec<Operation>,
}

impl<'a> Parser<'a> {
    fn sum(&mut self) -> Result<(), Error> {
        self.product()?;
        while let Some(operator) = self.take(['+', '-']) {
            self.product()?;
            self.operations.push(Operation::Binary(if operator == '+' { |a, b| a + b } else { |a, b| a - b }));
        }
        Ok(())
    }

    fn product(&mut self) -> Result<(), Error> {
        self.sign()?;
        while let Some(operator) = self.take(['*', '/']) {
            self.sign()?;
            self.operations.push(Operation::Binary(if operator == '*' { |a, b| a * b } else { |a, b| a / b }));
        }
        Ok(())
    }

    fn sign(&mut self) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let requirement = format!("be nested at most {MAX_DEPTH} deep");
            return Err(Error::invalid_argument(self.setting, requirement, format!("more at {}", self.place())));
        }
        if self.take(['-']).is_some() {
            self.sign()?;
            self.operations.push(Operation::Unary(|x| -x));
        } else {
            self.power()?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn power(&mut self) -> Result<(), Error> {
        self.atom()?;
        if self.take(['^']).is_some() {
            self.sign()?;
            self.operations.push(Operation::Binary(f64::powf));
        }
        Ok(())
    }

    fn atom(&mut self) -> Result<(), Error> {
        match self.peek() {
            Some('(') => self.parenthesized(),
            Some('0'..='9' | '.') => self.number(),
            Some('a'..='z') => self.name(),
            _ => Err(self.expected("a number, a variable, a function or `(`")),
        }
    }

    fn parenthesized(&mut self) -> Result<(), Error> {
        self.take(['(']).ok_or_else(|| self.expected("`(`"))?;
        self.sum()?;
        self.take([')']).ok_or_else(|| self.expected("an operator or `)`"))?;
        Ok(())
    }

    fn number(&mut self) -> Result<(), Error> {
        let place = self.place();
        let text = self.take_while(|c| c.is_ascii_digit() || c == '.');
        let invalid =
            |_| Error::invalid_argument(self.setting, format!("have a number at {place}"), format!("`{text}`"));
        self.operations.push(Operation::Number(text.parse().map_err(invalid)?));
        Ok(())
    }

    fn name(&mut self) -> Result<(), Error> {
        let place = self.place();
        let name = self.take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if let Some(index) = self.variables.iter().position(|variable| *variable == name) {
            self.operations.push(Operation::Variable(index));
        } else if name == "pi" {
            self.operations.push(Operation::Number(std::f64::consts::PI));
        } else if let Some((_, function)) = FUNCTIONS.iter().find(|(function, _)| *function == name) {
            self.parenthesized()?;
            self.operations.push(Operation::Unary(*function));
        } else {
            let known = self.variables.iter().copied().chain(["pi"]).chain(FUNCTIONS.map(|(name, _)| name));
            let mut error = Error::unknown("name", name, known);
            if let Error::Unknown { place: of_error, .. } = &mut error {
                *of_error = format!("`{}` at {place}", self.setting);
            }
            return Err(error);
        }
        Ok(())
    }

    /// Returns the next character that is not a space.
    fn peek(&mut self) -> Option<char> {
        while self.chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        self.chars.peek().map(|&(_, c)| c)
    }

    /// Takes the next character if it is one of these.
    fn take<const N: usize>(&mut self, known: [char; N]) -> Option<char> {
        self.peek()?;
        self.chars.next_if(|(_, c)| known.contains(c)).map(|(_, c)| c)
    }

    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let start = self.index();
        while self.chars.next_if(|&(_, c)| is_part(c)).is_some() {}
        &self.text[start..self.index()]
    }

    /// Returns the index of the next byte.
    fn index(&mut self) -> usize {
        self.chars.peek().map_or(self.text.len(), |&(index, _)| index)
    }

    /// Returns the place of the next character, for errors.
    fn place(&mut self) -> String {
        let index = self.index();
        format!("character {}", self.text[..index].chars().count() + 1)
    }

    fn expected(&mut self, what: &str) -> Error {
        let got = self.peek().map_or("the end".into(), |c| format!("`{c}`"));
        Error::invalid_argument(self.setting, format!("have {what} at {}", self.place()), got)
    }
}
