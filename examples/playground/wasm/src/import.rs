//! Models from files as networks of the page.

use crate::settings::LOSSES;
use crate::settings::formula;
use crate::{Input, Playground};
use backprop::{Error, Loss, Mlp, Model, Parameters};

impl Playground {
    /// Replaces the network by that of a model file, JSON or safetensors, and returns the settings that it changes.
    ///
    /// The model must be a fully connected network that the page can show. Its inputs are columns of the data or inputs
    /// of the page by name, its classes those of the data, and its loss one of the page. The scaling of the model becomes
    /// a part of the parameters of the first and the last layer, so the predictions are those of the model up to rounding.
    ///
    /// An error leaves the network as it is.
    pub fn import(&mut self, file: &[u8]) -> Result<String, Error> {
        let is_json = file.trim_ascii_start().first() == Some(&b'{') && !file.contains(&0);
        let model: Model<f64> = match std::str::from_utf8(file) {
            Ok(text) if is_json => Model::from_json(text)?,
            _ => Model::from_safetensors(file)?,
        };
        if model.classes() != self.data.classes {
            let described = |classes: &[String]| match classes {
                [] => "a number".into(),
                classes => format!("the classes {}", classes.join(", ")),
            };
            let requirement = format!("predict {}, as the data have it", described(&self.data.classes));
            return Err(Error::invalid_argument("the model", requirement, described(model.classes())));
        }
        if model.class_costs().is_some() {
            return Err(Error::invalid_argument("the model", "have no costs of classes", "a model with costs"));
        }
        let changes = self.changes(&model)?;
        let mut settings = self.settings.clone();
        for (key, value) in &changes {
            settings.set(key, value)?;
        }
        let mut next = Playground::new(settings, self.data.clone())?;
        let described = |net: &Mlp<f64>, loss: Loss| {
            let layers = net.layers().iter().map(|layer| format!("{layer}; ")).collect::<String>();
            format!("{layers}{loss}")
        };
        let expected = described(next.net().mlp(), next.settings.loss);
        let got = described(model.net(), model.loss());
        if got != expected {
            return Err(Error::invalid_argument("the model", format!("be, for these data, {expected}"), got));
        }
        let parameters = next.adapted(&model)?;
        next.model.net_mut().set_parameters(&parameters)?;
        *self = next;
        Ok(changes.map(|(key, value)| format!("{key}={value}")).join("&"))
    }

    /// Returns the settings of a model, by their keys in addresses.
    fn changes(&self, model: &Model<f64>) -> Result<[(&'static str, String); 6], Error> {
        let mut text = self.settings.formula.text().to_string();
        let input = |name: &String| {
            let column = self.data.names.iter().position(|column| column == name);
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
                    Err(Error::unknown("input", name, self.data.names.iter().cloned().chain(shown)))
                }
            }
        };
        let inputs = model.input_names().iter().map(input).collect::<Result<Vec<&str>, Error>>()?.join(",");
        let layers = model.net().layers();
        let (last, hidden) = layers.split_last().expect("a network has at least one layer");
        let hidden = hidden.iter().map(|layer| format!("{}{}", layer.outputs(), layer.activation()));
        let loss = LOSSES.iter().find(|(_, loss)| *loss == model.loss());
        let unknown = || Error::unknown("loss", model.loss().to_string(), LOSSES.map(|(_, loss)| loss.to_string()));
        Ok([
            ("inputs", inputs),
            ("formula", text),
            ("layers", hidden.collect::<Vec<String>>().join(",")),
            ("residual", "0".into()),
            ("output", last.activation().to_string()),
            ("loss", loss.ok_or_else(unknown)?.0.into()),
        ])
    }

    /// Returns the parameters of a model with the same layers, for the scaling of this page in place of that of the model.
    fn adapted(&self, model: &Model<f64>) -> Result<Vec<f64>, Error> {
        let own = self.exported()?;
        let mut parameters = model.net().parameters();
        let layers = model.net().layers();
        let (first, last) = (&layers[0], &layers[layers.len() - 1]);
        for neuron in parameters[..first.parameters().len()].chunks_mut(first.inputs() + 1) {
            for (column, (own_unit, unit)) in own.scaler().units().iter().zip(model.scaler().units()).enumerate() {
                let shift = own.scaler().shifts()[column] - model.scaler().shifts()[column];
                neuron[first.inputs()] += neuron[column] * shift / unit;
                neuron[column] *= own_unit / unit;
            }
        }
        if let (Some(own), Some(scaler)) = (own.target_scaler(), model.target_scaler()) {
            let start = parameters.len() - last.parameters().len();
            for (index, neuron) in parameters[start..].chunks_mut(last.inputs() + 1).enumerate() {
                let (unit, shift) = (own.units()[index], scaler.shifts()[index] - own.shifts()[index]);
                neuron.iter_mut().for_each(|parameter| *parameter *= scaler.units()[index] / unit);
                neuron[last.inputs()] += shift / unit;
            }
        }
        Ok(parameters)
    }
}
