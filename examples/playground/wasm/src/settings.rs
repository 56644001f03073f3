//! [`Settings`]: the settings of the page, parsed from its address.

use crate::formula::Formula;
use backprop::{Activation, Error, Init, Loss};
use std::str::FromStr;

/// The settings of the page. They are parsed from the text of the address, for example
/// `data=spiral&layers=8tanh,8tanh&rate=0.03`. Missing settings have defaults; unknown ones belong to the page and are
/// ignored.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub data: String,
    /// The curve between the classes of the data set `formula`: x2 as a function of `x`.
    pub boundary: Formula,
    /// From 0 to 1.
    pub noise: f64,
    /// The fraction of samples that is held out for testing.
    pub test_fraction: f64,
    pub data_seed: u64,
    pub inputs: Vec<Input>,
    /// The input [`Input::Own`], a function of `x1`, `x2` and their distance `r` from the origin.
    pub formula: Formula,
    pub layers: Vec<(usize, Activation)>,
    /// True if each hidden layer after the first that has as many outputs as inputs adds its inputs to its outputs.
    pub residual: bool,
    /// The activation of the last layer, unless the loss determines it.
    pub output: Activation,
    pub loss: Loss,
    pub optimizer: String,
    pub rate: f64,
    pub batch: usize,
    pub l1: f64,
    pub l2: f64,
    /// The probability with which training replaces an output of a hidden layer by 0.
    pub dropout: f64,
    pub seed: u64,
    /// The initialisation of all layers; `None` for the default of each activation.
    pub init: Option<Init>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            data: "circle".into(),
            boundary: boundary("sin(x)").expect("the default is valid"),
            noise: 0.0,
            test_fraction: 0.5,
            data_seed: 1,
            inputs: vec![Input::X1, Input::X2],
            formula: formula("x1*x2").expect("the default is valid"),
            layers: vec![(4, Activation::Tanh), (2, Activation::Tanh)],
            residual: false,
            output: Activation::Sigmoid,
            loss: Loss::MeanSquaredError,
            optimizer: "sgd".into(),
            rate: 0.03,
            batch: 10,
            l1: 0.0,
            l2: 0.0,
            dropout: 0.0,
            seed: 1,
            init: None,
        }
    }
}

/// An input of the network, computed from the two coordinates of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    X1,
    X2,
    Square1,
    Square2,
    Product,
    Sin1,
    Sin2,
    /// The formula in the settings.
    Own,
}

impl Input {
    /// All inputs in the order of the page, with the name in addresses and the displayed name.
    pub const ALL: [(&str, &str, Input); 8] = [
        ("x1", "x1", Input::X1),
        ("x2", "x2", Input::X2),
        ("x1^2", "x1²", Input::Square1),
        ("x2^2", "x2²", Input::Square2),
        ("x1x2", "x1·x2", Input::Product),
        ("sin1", "sin x1", Input::Sin1),
        ("sin2", "sin x2", Input::Sin2),
        ("own", "formula", Input::Own),
    ];

    /// Returns the value of the input at a point; `formula` is that of [`Input::Own`].
    pub fn of(self, [x1, x2]: [f64; 2], formula: &Formula) -> f64 {
        match self {
            Input::X1 => x1,
            Input::X2 => x2,
            Input::Square1 => x1 * x1,
            Input::Square2 => x2 * x2,
            Input::Product => x1 * x2,
            Input::Sin1 => x1.sin(),
            Input::Sin2 => x2.sin(),
            Input::Own => formula.value(&[x1, x2, x1.hypot(x2)]),
        }
    }

    pub fn name(self) -> &'static str {
        Input::ALL.iter().find(|(.., input)| *input == self).expect("all are listed").1
    }
}

/// The names of the losses in addresses.
pub const LOSSES: [(&str, Loss); 6] = [
    ("squared", Loss::MeanSquaredError),
    ("absolute", Loss::MeanAbsoluteError),
    ("huber", Loss::Huber { delta: 1.0 }),
    ("cross", Loss::BinaryCrossEntropyWithLogits),
    ("softmax", Loss::CrossEntropy),
    ("hinge", Loss::Hinge),
];

/// The largest network that the page can show.
const MAX_LAYERS: usize = 8;
const MAX_NEURONS: usize = 12;

impl FromStr for Settings {
    type Err = Error;

    fn from_str(text: &str) -> Result<Settings, Error> {
        let mut settings = Settings::default();
        for part in text.split('&') {
            let Some((key, value)) = part.split_once('=') else { continue };
            settings.set(key, value)?;
        }
        Ok(settings)
    }
}

impl Settings {
    /// Sets one setting.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        match key {
            "data" => self.data = value.into(),
            "boundary" => self.boundary = boundary(value)?,
            "noise" => self.noise = number(key, value, 0.0, 1.0)?,
            "test" => self.test_fraction = number(key, value, 0.0, 0.9)?,
            "dataseed" => self.data_seed = whole(key, value, 0, u64::MAX)?,
            "inputs" => {
                self.inputs.clear();
                for name in value.split(',').filter(|name| !name.is_empty()) {
                    let known = Input::ALL.iter().find(|(known, ..)| *known == name);
                    let unknown = || Error::unknown("input", name, Input::ALL.map(|(name, ..)| name));
                    let &(.., input) = known.ok_or_else(unknown)?;
                    if !self.inputs.contains(&input) {
                        self.inputs.push(input);
                    }
                }
                if self.inputs.is_empty() {
                    return Err(Error::Empty { what: "input", place: "the network" });
                }
            }
            "formula" => self.formula = formula(value)?,
            "layers" => {
                let layers = value.split(',').filter(|layer| !layer.is_empty());
                self.layers = layers.map(layer).collect::<Result<_, _>>()?;
                if self.layers.len() > MAX_LAYERS {
                    let requirement = format!("have at most {MAX_LAYERS} hidden layers");
                    return Err(Error::invalid_argument(key, requirement, self.layers.len()));
                }
            }
            "residual" => self.residual = whole(key, value, 0, 1)? == 1,
            "output" => self.output = value.parse()?,
            "loss" => {
                let known = LOSSES.iter().find(|(name, _)| *name == value);
                self.loss = known.ok_or_else(|| Error::unknown("loss", value, LOSSES.map(|(name, _)| name)))?.1;
            }
            "optimizer" => self.optimizer = value.into(),
            "rate" => self.rate = number(key, value, 0.0, 1e6)?,
            "batch" => self.batch = whole(key, value, 1, 1_000_000)? as usize,
            "l1" => self.l1 = number(key, value, 0.0, 1e6)?,
            "l2" => self.l2 = number(key, value, 0.0, 1e6)?,
            "dropout" => self.dropout = number(key, value, 0.0, 0.9)?,
            "seed" => self.seed = whole(key, value, 0, u64::MAX)?,
            "init" => {
                self.init = match value {
                    "suited" => None,
                    "normal" => Some(Init::StandardNormal),
                    "zeros" => Some(Init::Zeros),
                    _ => return Err(Error::unknown("initialisation", value, ["suited", "normal", "zeros"])),
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn number(key: &str, text: &str, least: f64, most: f64) -> Result<f64, Error> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| out_of_range(key, "a number", text, least, most))
}

fn whole(key: &str, text: &str, least: u64, most: u64) -> Result<u64, Error> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| out_of_range(key, "an integer", text, least, most))
}

fn out_of_range<N: std::fmt::Display>(key: &str, kind: &str, text: &str, least: N, most: N) -> Error {
    Error::invalid_argument(key, format!("be {kind} from {least} to {most}"), format!("`{text}`"))
}

/// Parses the formula of an input.
pub(crate) fn formula(text: &str) -> Result<Formula, Error> {
    Formula::parse("formula", text, &["x1", "x2", "r"])
}

/// Parses the boundary of a data set.
fn boundary(text: &str) -> Result<Formula, Error> {
    Formula::parse("boundary", text, &["x"])
}

/// Parses a layer, for example `8tanh`.
fn layer(text: &str) -> Result<(usize, Activation), Error> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let neurons = whole("layers", &text[..digits], 1, MAX_NEURONS as u64)?;
    Ok((neurons as usize, text[digits..].parse()?))
}
