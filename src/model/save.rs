//! Models to files and from them: safetensors, which PyTorch reads and writes, and JSON to be read by eye.

use super::{Answer, Model, finite};
use crate::data::Scaler;
use crate::data::files::{read, write};
use crate::error::Error;
use crate::nn::{Activation, Layer, Loss, Mlp, ParameterInfo, Parameters};
use crate::scalar::Scalar;
use crate::scalar::double;
use crate::text::twice;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, View};
use serde_json::{Map, Value as Json, json};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

/// A float type that files have: f32 and f64.
pub trait Stored: Scalar {
    #[doc(hidden)]
    const DTYPE: Dtype;

    #[doc(hidden)]
    fn write(self, bytes: &mut Vec<u8>);
}

impl Stored for f32 {
    const DTYPE: Dtype = Dtype::F32;

    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }
}

impl Stored for f64 {
    const DTYPE: Dtype = Dtype::F64;

    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.to_le_bytes());
    }
}

/// The key of the metadata, and the version that is written and read.
const KEY: &str = "backprop";
const VERSION: u64 = 1;
/// The size of a file up to which it is read, in bytes.
const MOST_BYTES: u64 = 4 << 30;

impl<T: Stored> Model<T> {
    /// Writes the model to a file: as safetensors, which PyTorch reads (`safetensors.torch.load_file`, then
    /// `Sequential.load_state_dict`), with all else as metadata; or, where the name ends in `.json`, as JSON.
    ///
    /// The file is replaced atomically and keeps its mode. If saving fails, the old file stays as it is. `docs/files.md` has
    /// the details.
    ///
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
    /// [`Error::Io`] if the file cannot be written, [`Error::NonFinite`] if a parameter is infinite or NaN; those of
    /// [`with_net`](Self::with_net) if the network no longer fits the rest of the model (after [`net_mut`](Self::net_mut)).
    #[doc(alias = "dump")]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        self.check()?;
        finite(&self.net, path.display())?;
        let bytes =
            if is_json(path) { self.to_json().into_bytes() } else { serialized(&self.net, Some(self.metadata())) };
        write(path, &bytes)
    }

    /// Writes the model to a file as Rust source, [`to_rust`](Self::to_rust), atomically as [`save`](Self::save) does.
    ///
    /// # Errors
    /// Those of [`to_rust`](Self::to_rust), and [`Error::Io`] if the file cannot be written.
    pub fn save_rust(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        write(path.as_ref(), self.to_rust()?.as_bytes())
    }

    /// The model in a file that [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read, [`Error::Limit`] if it has more than 4 GiB, [`Error::Format`] if it is not a
    /// model, is cut off or contradicts itself, [`Error::Names`] if it has other tensors than the network that it describes.
    #[doc(alias = "from_file")]
    pub fn load(path: impl AsRef<Path>) -> Result<Model<T>, Error> {
        let path = path.as_ref();
        let place = Some(path);
        let bytes = read(path, MOST_BYTES)?;
        if is_json(path) {
            let text = std::str::from_utf8(&bytes).map_err(|_| format_error(place, "is no text in UTF-8"))?;
            return Model::from_json_of(text, place);
        }
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|error| foreign(place, error))?;
        let text = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY)).ok_or_else(|| {
            let problem = "has parameters, and says nothing of activations and scaling: it was not written by backprop; \
                           make the net first, and give it the parameters by load_parameters";
            format_error(place, problem)
        })?;
        let mut model = Model::described(&parsed(text, place)?, bytes.len(), place)?;
        load_into(&mut model.net, &bytes, place)?;
        Ok(model)
    }

    /// The model as JSON.
    ///
    /// JSON has no infinite numbers and no NaN: such a parameter becomes `null`, which [`from_json`](Self::from_json) refuses.
    #[doc(alias = "serialize")]
    pub fn to_json(&self) -> String {
        let mut json = self.metadata();
        let parameters = self.net.parameters();
        let number = |index: usize| json_number(parameters[index]);
        let tensors = self.net.parameter_info().into_iter().map(|tensor| {
            let numbers: Vec<Json> = tensor.indices().map(number).collect();
            let array = match tensor.shape() {
                &[rows, columns] => {
                    (0..rows).map(|row| Json::from(&numbers[row * columns..(row + 1) * columns])).collect()
                }
                _ => numbers,
            };
            (tensor.name().to_string(), Json::from(array))
        });
        json["parameters"] = Json::Object(tensors.collect());
        format!("{json:#}\n")
    }

    /// The model of a text that [`to_json`](Self::to_json) made.
    ///
    /// # Errors
    /// [`Error::Format`] if the text is not a model, is cut off or contradicts itself, [`Error::Names`] if it has other tensors
    /// than the network that it describes.
    #[doc(alias = "deserialize")]
    pub fn from_json(text: &str) -> Result<Model<T>, Error> {
        Model::from_json_of(text, None)
    }

    fn from_json_of(text: &str, place: Option<&Path>) -> Result<Model<T>, Error> {
        let json = parsed(text, place)?;
        let mut model = Model::described(&json, text.len(), place)?;
        let mut parameters = model.net.parameters();
        let tensors = model.net.parameter_info();
        for tensor in &tensors {
            let numbers = flattened(&json["parameters"][tensor.name()], tensor.shape())
                .ok_or_else(|| mismatch(place, tensor, "something else"))?;
            fill(&mut parameters, tensor, &numbers, place)?;
        }
        let names: Vec<&String> = json["parameters"].as_object().into_iter().flat_map(Map::keys).collect();
        if names.len() > tensors.len() {
            return Err(other_tensors(place, &names, &tensors));
        }
        model.net.set_parameters(&parameters)?;
        Ok(model)
    }

    /// All but the parameters.
    fn metadata(&self) -> Json {
        let layers = self.net.layers();
        let columns = self.input_names.iter().zip(self.scaler.shifts()).zip(self.scaler.units());
        let target = match &self.answer {
            Answer::Classes(classes) => json!({ "name": self.target_name, "classes": classes }),
            Answer::Numbers(scaler) => {
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

    /// A model as the metadata say, all parameters 0; it has not more of them than the file has bytes.
    fn described(json: &Json, bytes: usize, place: Option<&Path>) -> Result<Model<T>, Error> {
        let missing = |what: &str| format_error(place, format!("describes a model without usable {what}"));
        let contradicts = |error: Error| contradiction(place, error);
        if json["format"] != KEY {
            return Err(format_error(place, "is no model of backprop"));
        }
        if json["version"] != VERSION {
            let problem = format!("is of version {}, and this program reads {VERSION}", json["version"]);
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
            return Err(format_error(place, "has classes for the target, and shifts and units of a number, too"));
        }
        let answer = match texts(&target["classes"]) {
            Some(classes) if classes.len() >= 2 => Answer::Classes(classes),
            Some(_) => return Err(missing("classes")),
            None if has("classes") => return Err(missing("classes")),
            None => Answer::Numbers(scaler(&target["shifts"], &target["units"])?),
        };
        let loss: Loss = json["loss"].as_str().unwrap_or_default().parse().map_err(|_| missing("loss"))?;
        let layers = json["layers"].as_array().ok_or_else(|| missing("layers"))?;
        let mut left = bytes;
        let layers = layers.iter().map(|layer| layer_of(layer, &mut left).ok_or_else(|| missing("layers")));
        let net = Mlp::from_layers(layers.collect::<Result<Vec<Layer<T>>, Error>>()?).map_err(contradicts)?;
        let model = Model {
            net,
            loss,
            input_names,
            scaler: scaler(&column("shift"), &column("unit"))?,
            target_name: target["name"].as_str().ok_or_else(|| missing("target"))?.into(),
            answer,
        };
        model.check().map_err(contradicts)?;
        Ok(model)
    }
}

/// Writes the parameters of any net to a file, as safetensors under the names of [`Parameters::parameter_info`], atomically as
/// [`Model::save`] does.
///
/// # Errors
/// [`Error::Io`] if the file cannot be written, [`Error::NonFinite`] if a parameter is infinite or NaN, [`Error::Duplicate`] if
/// two tensors have one name.
#[doc(alias = "state_dict")]
pub fn save_parameters<T: Stored, N: Parameters<T>>(net: &N, path: impl AsRef<Path>) -> Result<(), Error> {
    let (path, tensors) = (path.as_ref(), net.parameter_info());
    let names: Vec<&str> = tensors.iter().map(ParameterInfo::name).collect();
    if let Some(name) = twice(&names) {
        return Err(Error::Duplicate { what: "tensor", name: name.into(), place: "the network".into() });
    }
    finite(net, path.display())?;
    write(path, &serialized(net, None))
}

/// Reads the parameters of a net from a file of safetensors, f32 or f64, by [`save_parameters`] or by PyTorch.
///
/// They are found by the names of [`Parameters::parameter_info`]. Only where all names are like `2.weight` and `2.bias`, here and there, the
/// order of the numbers will do: a `torch.nn.Sequential` counts modules without parameters along.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read, [`Error::Limit`] if it has more than 4 GiB, [`Error::Format`] if it is cut off or a
/// tensor has another shape or a value that is not finite, [`Error::Names`] if it has other tensors than the net. The net is not
/// changed then.
#[doc(alias = "load_state_dict")]
pub fn load_parameters<T: Stored, N: Parameters<T>>(net: &mut N, path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    load_into(net, &read(path, MOST_BYTES)?, Some(path))
}

/// A tensor in a file's bytes.
struct Stowed {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for Stowed {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::from(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

fn serialized<T: Stored, N: Parameters<T>>(net: &N, metadata: Option<Json>) -> Vec<u8> {
    let parameters = net.parameters();
    let tensors = net.parameter_info().into_iter().map(|tensor| {
        let mut bytes = Vec::new();
        tensor.indices().for_each(|index| parameters[index].write(&mut bytes));
        (tensor.name().to_string(), Stowed { dtype: T::DTYPE, shape: tensor.shape().to_vec(), bytes })
    });
    let metadata = metadata.map(|json| HashMap::from([(KEY.to_string(), json.to_string())]));
    safetensors::serialize(tensors, metadata).expect("tensors have as many bytes as their shape says")
}

fn load_into<T: Stored, N: Parameters<T>>(net: &mut N, bytes: &[u8], place: Option<&Path>) -> Result<(), Error> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| foreign(place, error))?;
    let wanted = net.parameter_info();
    let names: Vec<&str> = file.names();
    let mut parameters = net.parameters();
    for (tensor, name) in matched(&wanted, names, place)? {
        let view = file.tensor(name).map_err(|error| foreign(place, error))?;
        if view.shape() != tensor.shape() {
            return Err(mismatch(place, tensor, &format!("{name} of shape {:?}", view.shape())));
        }
        fill(&mut parameters, tensor, &numbers(&view, name, place)?, place)?;
    }
    net.set_parameters(&parameters)
}

/// Each tensor of a net with the name of its like in a file: its own, or, where all are those of layers one after another, the
/// one at its place.
fn matched<'a>(
    wanted: &'a [ParameterInfo],
    mut names: Vec<&'a str>,
    place: Option<&Path>,
) -> Result<Vec<(&'a ParameterInfo, &'a str)>, Error> {
    let own: Vec<&str> = wanted.iter().map(ParameterInfo::name).collect();
    let known: HashSet<&str> = names.iter().copied().collect();
    if names.len() == own.len() && own.iter().all(|name| known.contains(name)) {
        return Ok(wanted.iter().zip(own).collect());
    }
    let are_layers = names.iter().chain(&own).all(|name| of_layer(name).is_some());
    if names.len() == own.len() && are_layers {
        names.sort_by_cached_key(|name| of_layer(name));
        return Ok(wanted.iter().zip(names).collect());
    }
    names.sort_unstable();
    Err(other_tensors(place, &names, wanted))
}

fn other_tensors<N: AsRef<str>>(place: Option<&Path>, names: &[N], wanted: &[ParameterInfo]) -> Error {
    Error::Names {
        what: "tensors",
        expected: wanted.iter().map(|tensor| tensor.name().into()).collect(),
        got: names.iter().map(|name| name.as_ref().into()).collect(),
        place: place.map_or("the text".into(), |path| path.display().to_string()),
    }
}

/// Of a name like `2.bias` the number, and whether it is a bias.
fn of_layer(name: &str) -> Option<(usize, bool)> {
    let (number, kind) = name.split_once('.')?;
    Some((
        number.parse().ok()?,
        match kind {
            "weight" => false,
            "bias" => true,
            _ => return None,
        },
    ))
}

fn numbers(view: &TensorView<'_>, name: &str, place: Option<&Path>) -> Result<Vec<f64>, Error> {
    match view.dtype() {
        Dtype::F32 => Ok(view
            .data()
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes")).into())
            .collect()),
        Dtype::F64 => Ok(view
            .data()
            .chunks_exact(8)
            .map(|bytes| f64::from_le_bytes(bytes.try_into().expect("eight bytes")))
            .collect()),
        other => Err(format_error(place, format!("has {name} of type {other:?}; save it as F32 or F64"))),
    }
}

/// Puts the numbers of a tensor where they belong among the parameters.
fn fill<T: Scalar>(
    parameters: &mut [T],
    tensor: &ParameterInfo,
    numbers: &[f64],
    place: Option<&Path>,
) -> Result<(), Error> {
    for (i, (index, &number)) in tensor.indices().zip(numbers).enumerate() {
        parameters[index] = T::of(number);
        if !parameters[index].is_finite() {
            return Err(format_error(place, format!("has {number} as number {} of {}", i + 1, tensor.name())));
        }
    }
    Ok(())
}

/// The numbers of an array of this shape.
fn flattened(json: &Json, shape: &[usize]) -> Option<Vec<f64>> {
    let numbers = |row: &Json, count: usize| -> Option<Vec<f64>> {
        let row = row.as_array().filter(|row| row.len() == count)?;
        row.iter().map(Json::as_f64).collect()
    };
    match *shape {
        [rows, columns] => {
            // Rows without columns were once written as no rows at all.
            let all = json.as_array().filter(|all| all.len() == rows || (columns == 0 && all.is_empty()))?;
            Some(all.iter().map(|row| numbers(row, columns)).collect::<Option<Vec<_>>>()?.concat())
        }
        _ => numbers(json, shape[0]),
    }
}

/// A layer as metadata describe it, of no more parameters than are left; fewer are left then.
fn layer_of<T: Scalar>(json: &Json, left: &mut usize) -> Option<Layer<T>> {
    let count = |key: &str| usize::try_from(json[key].as_u64()?).ok();
    let (inputs, outputs) = (count("inputs")?, count("outputs")?);
    let activation: Activation = json["activation"].as_str()?.parse().ok()?;
    *left = left.checked_sub(inputs.checked_add(1)?.checked_mul(outputs)?)?;
    Some(Layer::zeros(inputs, outputs, activation))
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

fn parsed(text: &str, place: Option<&Path>) -> Result<Json, Error> {
    serde_json::from_str::<Map<String, Json>>(text)
        .map(Json::Object)
        .map_err(|error| format_error(place, format!("is no model of backprop, or cut off: {error}")))
}

fn foreign(place: Option<&Path>, error: impl std::fmt::Display) -> Error {
    format_error(place, format!("is no file of safetensors, or cut off: {error}"))
}

fn mismatch(place: Option<&Path>, tensor: &ParameterInfo, found: &str) -> Error {
    format_error(place, format!("has {found}, and the network {} of shape {:?}", tensor.name(), tensor.shape()))
}

fn format_error(place: Option<&Path>, problem: impl Into<String>) -> Error {
    Error::Format { path: place.map(Path::to_path_buf), problem: problem.into(), source: None }
}

/// An error of a file in which one part does not fit another.
fn contradiction(place: Option<&Path>, error: Error) -> Error {
    let source = Some(Arc::new(error));
    Error::Format { path: place.map(Path::to_path_buf), problem: "contradicts itself".into(), source }
}

/// The shortest number that is read back as the same.
fn json_number<T: Scalar>(x: T) -> Json {
    let short: f64 = x.to_string().parse().unwrap_or(f64::NAN);
    let exact = double(&x);
    if T::of(short) == x { json!(short) } else { json!(exact) }
}
