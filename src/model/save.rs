//! Files of models: safetensors, which PyTorch reads and writes, and JSON, which people can read.

use super::model::{Model, Target, check_parameters};
use super::parameters::{fill, load_into, mismatch, other_tensors, serialize, tensor_names};
use crate::data::Scaler;
use crate::data::files::{read, write};
use crate::data::tensors::{self, MAX_FILE_BYTES, Stored, format_error};
use crate::error::Error;
use crate::nn::{Activation, Layer, Loss, Mlp, Parameters};
use crate::scalar::{Scalar, double};
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The key of the metadata in a safetensors or ONNX file, and the name of the format in JSON.
pub(super) const KEY: &str = "backprop";
/// The version of the format that is written and read.
const VERSION: u64 = 1;

impl<T: Stored> Model<T> {
    /// Writes the model to a file: as JSON if the name ends in `.json`, and as safetensors otherwise.
    ///
    /// PyTorch reads the parameters from a safetensors file by `safetensors.torch.load_file` and
    /// `Sequential.load_state_dict`; the rest of the model is in its metadata. The file is replaced atomically and
    /// keeps its mode. If saving fails, the old file stays as it is. `docs/files.md` has the details.
    ///
    /// # Examples
    /// ```
    /// # use backprop::{Dataset, Error, Model, rand::{SeedableRng, rngs::Xoshiro256PlusPlus}};
    /// let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    /// let model = Model::new(&Dataset::new([[1.0], [2.0]], [[3.0], [5.0]])?, [], &mut rng)?;
    /// let path = std::env::temp_dir().join("line.safetensors");
    /// model.save(&path)?;
    /// assert_eq!(Model::<f64>::load(&path)?, model);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written; [`Error::NonFinite`] if a parameter is infinite or NaN; the errors
    /// of [`with_net`](Self::with_net) if a change by [`net_mut`](Self::net_mut) left the network unfit for the rest of
    /// the model.
    #[doc(alias = "dump")]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        self.check()?;
        check_parameters(&self.net, path.display())?;
        let bytes = if is_json(path) {
            self.to_json().into_bytes()
        } else {
            serialize(&self.net, Some(HashMap::from([(KEY.into(), self.metadata().to_string())])))
        };
        write(path, &bytes)
    }

    /// Writes the model to a file as Rust source, that of [`to_rust`](Self::to_rust). The file is replaced atomically.
    ///
    /// # Errors
    /// Those of [`to_rust`](Self::to_rust), and [`Error::Io`] if the file cannot be written.
    pub fn save_rust(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        write(path.as_ref(), self.to_rust()?.as_bytes())
    }

    /// Reads a model from a file that [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read; [`Error::Limit`] if it has more than 4 GiB; [`Error::Format`] if it is
    /// not a model, is cut off or contradicts itself; [`Error::Names`] if its tensors are not those of the network that
    /// it describes.
    #[doc(alias = "from_file")]
    pub fn load(path: impl AsRef<Path>) -> Result<Model<T>, Error> {
        let path = path.as_ref();
        let place = Some(path);
        let bytes = read(path, MAX_FILE_BYTES)?;
        if is_json(path) {
            let text = std::str::from_utf8(&bytes).map_err(|_| format_error(place, "is not text in UTF-8"))?;
            return Model::parse_json(text, place);
        }
        let metadata = tensors::metadata(&bytes, place)?;
        let text = metadata.get(KEY).ok_or_else(|| {
            let problem = "has parameters, but no activations and no scaling: it was not written by backprop; create the \
                           network, and read its parameters by load_parameters";
            format_error(place, problem)
        })?;
        let mut model = Model::from_metadata(&parse_object(text, place)?, bytes.len(), place)?;
        load_into(&mut model.net, &bytes, place)?;
        Ok(model)
    }

    /// Returns the model as JSON.
    ///
    /// JSON has no infinite numbers and no NaN: such a parameter becomes `null`, for which
    /// [`from_json`](Self::from_json) returns an error.
    #[doc(alias = "serialize")]
    pub fn to_json(&self) -> String {
        let mut json = self.metadata();
        let parameters = self.net.parameters();
        let value = |index: usize| json_number(parameters[index]);
        let tensors = self.net.parameter_info().into_iter().map(|tensor| {
            let values: Vec<Json> = tensor.indices().map(value).collect();
            let array = match tensor.shape() {
                &[rows, columns] => {
                    (0..rows).map(|row| Json::from(&values[row * columns..(row + 1) * columns])).collect()
                }
                _ => values,
            };
            (tensor.name().to_string(), Json::from(array))
        });
        json["parameters"] = Json::Object(tensors.collect());
        format!("{json:#}\n")
    }

    /// Parses a model from the text that [`to_json`](Self::to_json) returned.
    ///
    /// # Errors
    /// [`Error::Format`] if the text is not a model, is cut off or contradicts itself; [`Error::Names`] if its tensors
    /// are not those of the network that it describes.
    #[doc(alias = "deserialize")]
    pub fn from_json(text: &str) -> Result<Model<T>, Error> {
        Model::parse_json(text, None)
    }

    fn parse_json(text: &str, place: Option<&Path>) -> Result<Model<T>, Error> {
        let json = parse_object(text, place)?;
        let mut model = Model::from_metadata(&json, text.len(), place)?;
        let mut parameters = model.net.parameters();
        let tensors = model.net.parameter_info();
        for tensor in &tensors {
            let values = flattened(&json["parameters"][tensor.name()], tensor.shape())
                .ok_or_else(|| mismatch(place, tensor, "something else"))?;
            fill(&mut parameters, tensor, &values, place)?;
        }
        let names: Vec<&String> = json["parameters"].as_object().into_iter().flat_map(Map::keys).collect();
        if names.len() > tensors.len() {
            return Err(other_tensors(place, &names, &tensor_names(&model.net)));
        }
        model.net.set_parameters(&parameters)?;
        Ok(model)
    }

    /// Returns all of the model except the parameters.
    pub(super) fn metadata(&self) -> Json {
        let layers = self.net.layers();
        let columns = self.input_names.iter().zip(self.scaler.shifts()).zip(self.scaler.units());
        let target = match &self.target {
            Target::Classes(classes) => json!({ "name": self.target_name, "classes": classes }),
            Target::Values(scaler) => {
                json!({ "name": self.target_name, "shifts": scaler.shifts(), "units": scaler.units() })
            }
        };
        json!({
            "format": KEY,
            "version": VERSION,
            "loss": self.loss.to_string(),
            "inputs": columns.map(|((name, shift), unit)| json!({ "name": name, "shift": shift, "unit": unit }))
                .collect::<Vec<Json>>(),
            "target": target,
            "layers": layers.iter().map(|layer| json!({
                "inputs": layer.inputs(), "outputs": layer.outputs(), "activation": layer.activation().to_string(),
            })).collect::<Vec<Json>>(),
        })
    }

    /// Returns the model that metadata describe, with all parameters 0; it has at most as many as the file has bytes.
    fn from_metadata(json: &Json, bytes: usize, place: Option<&Path>) -> Result<Model<T>, Error> {
        let missing = |what: &str| format_error(place, format!("describes a model without usable {what}"));
        let contradicts = |error: Error| contradiction(place, error);
        if json["format"] != KEY {
            return Err(format_error(place, "is not a model of backprop"));
        }
        if json["version"] != VERSION {
            let problem = format!("has version {}, but this program reads version {VERSION}", json["version"]);
            return Err(format_error(place, problem));
        }
        let texts = |json: &Json| -> Option<Vec<String>> {
            json.as_array()?.iter().map(|text| Some(text.as_str()?.to_string())).collect()
        };
        let numbers = |json: &Json| -> Option<Vec<f64>> { json.as_array()?.iter().map(Json::as_f64).collect() };
        let column =
            |key: &str| Json::from_iter(json["inputs"].as_array().into_iter().flatten().map(|x| x[key].clone()));
        let input_names = texts(&column("name")).ok_or_else(|| missing("names of inputs"))?;
        let scaler = |shifts: &Json, units: &Json| {
            let (shifts, units) = (numbers(shifts).ok_or_else(|| missing("shifts"))?, numbers(units));
            Scaler::new(shifts, units.ok_or_else(|| missing("units"))?).map_err(contradicts)
        };
        let target = &json["target"];
        let has = |key: &str| !target[key].is_null();
        if has("classes") && (has("shifts") || has("units")) {
            return Err(format_error(place, "has both classes and a scaling for the target"));
        }
        let target_kind = match texts(&target["classes"]) {
            Some(classes) if classes.len() >= 2 => Target::Classes(classes),
            Some(_) => return Err(missing("classes")),
            None if has("classes") => return Err(missing("classes")),
            None => Target::Values(scaler(&target["shifts"], &target["units"])?),
        };
        let loss: Loss = json["loss"].as_str().unwrap_or_default().parse().map_err(|_| missing("loss"))?;
        let layers = json["layers"].as_array().ok_or_else(|| missing("layers"))?;
        let mut remaining = bytes;
        let layers = layers.iter().map(|layer| parse_layer(layer, &mut remaining).ok_or_else(|| missing("layers")));
        let net = Mlp::from_layers(layers.collect::<Result<Vec<Layer<T>>, Error>>()?).map_err(contradicts)?;
        let model = Model {
            net,
            loss,
            input_names,
            scaler: scaler(&column("shift"), &column("unit"))?,
            target_name: target["name"].as_str().ok_or_else(|| missing("target"))?.into(),
            target: target_kind,
        };
        model.check().map_err(contradicts)?;
        Ok(model)
    }
}

/// Returns the values of a JSON array of this shape, row by row.
fn flattened(json: &Json, shape: &[usize]) -> Option<Vec<f64>> {
    let values = |row: &Json, count: usize| -> Option<Vec<f64>> {
        let row = row.as_array().filter(|row| row.len() == count)?;
        row.iter().map(Json::as_f64).collect()
    };
    match *shape {
        [rows, columns] => {
            // Early versions wrote a matrix without columns as an empty array.
            let array = json.as_array().filter(|array| array.len() == rows || (columns == 0 && array.is_empty()))?;
            Some(array.iter().map(|row| values(row, columns)).collect::<Option<Vec<_>>>()?.concat())
        }
        _ => values(json, shape[0]),
    }
}

/// Parses a layer of at most `remaining` parameters, and subtracts their number.
fn parse_layer<T: Scalar>(json: &Json, remaining: &mut usize) -> Option<Layer<T>> {
    let count = |key: &str| usize::try_from(json[key].as_u64()?).ok();
    let (inputs, outputs) = (count("inputs")?, count("outputs")?);
    let activation: Activation = json["activation"].as_str()?.parse().ok()?;
    *remaining = remaining.checked_sub(inputs.checked_add(1)?.checked_mul(outputs)?)?;
    Some(Layer::zeros(inputs, outputs, activation))
}

/// Returns true if the name of the file ends in `.json`.
fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

/// Parses a JSON object.
fn parse_object(text: &str, place: Option<&Path>) -> Result<Json, Error> {
    serde_json::from_str::<Map<String, Json>>(text)
        .map(Json::Object)
        .map_err(|error| format_error(place, format!("is not a model of backprop, or is cut off: {error}")))
}

/// Returns the error for a file whose parts do not fit together.
fn contradiction(place: Option<&Path>, error: Error) -> Error {
    let source = Some(Arc::new(error));
    Error::Format { path: place.map(Path::to_path_buf), problem: "contradicts itself".into(), source }
}

/// Returns the shortest JSON number that is read back as `x`.
fn json_number<T: Scalar>(x: T) -> Json {
    let short: f64 = x.to_string().parse().unwrap_or(f64::NAN);
    let exact = double(&x);
    if T::of(short) == x { json!(short) } else { json!(exact) }
}
