//! Models from files as networks of the page.

use crate::settings::{LOSSES, formula};
use crate::{Data, Input, Playground};
use backprop::{Error, Parameters};

/// A fully connected network with the scaling of its inputs and targets, as a file describes it.
pub struct ImportedModel {
    /// The name of a `Loss`.
    loss: String,
    /// Empty for numbers as targets.
    classes: Vec<String>,
    inputs: Vec<String>,
    shifts: Vec<f64>,
    units: Vec<f64>,
    /// The shift and the unit of numbers as targets.
    target: Vec<f64>,
    /// The neurons and the activation of each layer, such as `8tanh`.
    layers: Vec<String>,
    parameters: Vec<f64>,
}

impl ImportedModel {
    /// Parses a description, with parameters in the order of a network. It has a line for each of: loss, classes, inputs,
    /// shifts and units of the inputs, shift and unit of the target, layers. Tabs separate the parts of a line.
    pub fn parse(description: &str, parameters: Vec<f64>) -> Result<ImportedModel, Error> {
        let parts = |line: &str| -> Vec<String> {
            line.split('\t').filter(|part| !part.is_empty()).map(String::from).collect()
        };
        let numbers = |line: &str| parts(line).iter().filter_map(|part| part.parse().ok()).collect::<Vec<f64>>();
        let lines: Vec<&str> = description.split('\n').collect();
        let [loss, classes, inputs, shifts, units, target, layers] = lines[..] else {
            return Err(Error::custom(format!(
                "expected seven lines, got {}, in the description of a model",
                lines.len()
            )));
        };
        let (loss, target) = (loss.into(), numbers(target));
        let (classes, inputs, layers) = (parts(classes), parts(inputs), parts(layers));
        let (shifts, units) = (numbers(shifts), numbers(units));
        let place = || "the description of a model".to_string();
        Error::check_count("shifts", inputs.len(), shifts.len(), place)?;
        Error::check_count("units", inputs.len(), units.len(), place)?;
        Error::check_count("numbers of the target", if classes.is_empty() { 2 } else { 0 }, target.len(), place)?;
        if let Some(value) = parameters.iter().chain(&shifts).chain(&units).chain(&target).find(|x| !x.is_finite()) {
            return Err(Error::invalid_argument("the model", "have finite parameters and scaling", value));
        }
        Ok(ImportedModel { loss, classes, inputs, shifts, units, target, layers, parameters })
    }

    /// Returns the settings of the model for these data, by their keys in addresses.
    fn settings(&self, data: &Data, mut text: String) -> Result<[(&'static str, String); 6], Error> {
        let input = |name: &String| {
            let column = data.names.iter().position(|column| column == name);
            let known = Input::ALL.iter().find(|(_, shown, input)| shown == name && *input != Input::Own);
            match (column, known) {
                (Some(column), _) => Ok(["x1", "x2"][column]),
                (None, Some((key, ..))) => Ok(*key),
                (None, None) if formula(name).is_ok() => {
                    text = name.clone();
                    Ok("own")
                }
                (None, None) => {
                    let shown = Input::ALL[2..].iter().map(|(_, shown, _)| shown.to_string());
                    Err(Error::unknown("input", name, data.names.iter().cloned().chain(shown)))
                }
            }
        };
        let inputs = self.inputs.iter().map(input).collect::<Result<Vec<&str>, Error>>()?.join(",");
        let unknown = || Error::unknown("loss", &self.loss, LOSSES.map(|(_, loss)| loss.to_string()));
        let loss = LOSSES.iter().find(|(_, loss)| loss.to_string() == self.loss).ok_or_else(unknown)?.0;
        let (last, hidden) =
            self.layers.split_last().ok_or(Error::Empty { what: "layer", place: "the description of a model" })?;
        let output = last.trim_start_matches(|c: char| c.is_ascii_digit());
        Ok([
            ("inputs", inputs),
            ("formula", text),
            ("layers", hidden.join(",")),
            ("residual", "0".into()),
            ("output", output.into()),
            ("loss", loss.into()),
        ])
    }
}

impl Playground {
    /// Replaces the network by that of a model, and returns the settings that it changes.
    ///
    /// The page must be able to show the network. The inputs are columns of the data or inputs of the page by name, the
    /// classes are those of the data, and the loss is one of the page. The scaling of the model becomes a part of the
    /// parameters of the first and the last layer, so the predictions are those of the model up to rounding.
    ///
    /// An error leaves the network as it is.
    pub fn import(&mut self, model: &ImportedModel) -> Result<String, Error> {
        if model.classes != self.data.classes {
            let described = |classes: &[String]| match classes {
                [] => "a number".into(),
                classes => format!("the classes {}", classes.join(", ")),
            };
            let requirement = format!("predict {}, as the data have it", described(&self.data.classes));
            return Err(Error::invalid_argument("the model", requirement, described(&model.classes)));
        }
        let changes = model.settings(&self.data, self.settings.formula.text().into())?;
        let mut settings = self.settings.clone();
        for (key, value) in &changes {
            settings.set(key, value)?;
        }
        let mut next = Playground::new(settings.clone(), self.data.clone())?;
        let last = next.net().mlp().layers().pop().expect("a network has at least one layer");
        let expected = format!("{}{}", last.outputs(), last.activation());
        let got = &model.layers[model.layers.len() - 1];
        if *got != expected || next.settings.loss != settings.loss {
            let requirement = format!("have the last layer {expected} and the loss {}", next.settings.loss);
            let got = format!("{got} and {}", model.loss);
            return Err(Error::invalid_argument("the model", format!("{requirement} for these data"), got));
        }
        let parameters = next.adapted(model)?;
        next.model.net_mut().set_parameters(&parameters)?;
        *self = next;
        Ok(changes.map(|(key, value)| format!("{key}={value}")).join("&"))
    }

    /// Returns the parameters of a model with the same layers, for the scaling of this page in place of that of the model.
    fn adapted(&self, model: &ImportedModel) -> Result<Vec<f64>, Error> {
        let own = self.exported()?;
        let mut parameters = model.parameters.clone();
        Error::check_count("parameters", self.net().count(), parameters.len(), || "the model".into())?;
        let layers = self.net().mlp().layers();
        let (first, last) = (&layers[0], &layers[layers.len() - 1]);
        for neuron in parameters[..first.count()].chunks_mut(first.inputs() + 1) {
            for (column, (own_unit, unit)) in own.scaler().units().iter().zip(&model.units).enumerate() {
                let shift = own.scaler().shifts()[column] - model.shifts[column];
                neuron[first.inputs()] += neuron[column] * shift / unit;
                neuron[column] *= own_unit / unit;
            }
        }
        if let (Some(own), &[shift, unit]) = (own.target_scaler(), &model.target[..]) {
            let start = parameters.len() - last.count();
            let neuron = &mut parameters[start..];
            neuron.iter_mut().for_each(|parameter| *parameter *= unit / own.units()[0]);
            neuron[last.inputs()] += (shift - own.shifts()[0]) / own.units()[0];
        }
        Ok(parameters)
    }
}
