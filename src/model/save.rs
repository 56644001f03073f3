//! Files of models: safetensors, which PyTorch reads and writes, and JSON, which people can read.

use super::model::{Model, Target};
use super::parameters::{check_tensors, load_into, other_tensors, serialize, set_tensors, tensors_of};
use crate::data::Scaler;
use crate::data::files::{read, write};
use crate::data::tensors::{self, MAX_FILE_BYTES, Stored, format_error};
use crate::error::Error;
use crate::nn::{Activation, Layer, Loss, Mlp, Module};
use crate::scalar::{Scalar, double};
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

/// The key of the metadata in a safetensors or ONNX file, and the name of the format in JSON.
pub(super) const KEY: &str = "backprop";
/// The version of the format that is written and read.
const VERSION: u64 = 1;

impl<T: Stored, N: Module<T>> Model<T, N> {
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
    /// [`Error::Io`] if the file cannot be written; [`Error::NonFinite`] if a parameter is infinite or NaN;
    /// [`Error::Duplicate`] if two tensors have the same name; the errors of [`with_net`](Self::with_net) if a change by
    /// [`net_mut`](Self::net_mut) left the network unfit for the rest of the model.
    #[doc(alias = "dump")]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        self.check()?;
        check_tensors(&self.net, path.display())?;
        let bytes = if is_json(path) {
            self.to_json().into_bytes()
        } else {
            serialize(&self.net, Some(HashMap::from([(KEY.into(), self.metadata().to_string())])))
        };
        write(path, &bytes)
    }

    /// Reads a model of any network from a file that [`save`](Self::save) wrote.
    ///
    /// `net` has the architecture of the saved network; its parameters and buffers are replaced by those of the file.
    /// The file of a model of an [`Mlp`] has its architecture too: [`load`](Model::load) needs no network.
    ///
    /// # Examples
    /// ```
    /// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    /// use backprop::{Activation, Dataset, Dropout, Linear, Loss, Model};
    ///
    /// let net = |seed| {
    ///     let mut rng = SomeRng::seed_from_u64(seed);
    ///     let (first, last) = (Linear::<f64>::new(1, 8, &mut rng), Linear::new(8, 1, &mut rng));
    ///     (first, Activation::Tanh, Dropout::new(0.1), last)
    /// };
    /// let dataset = Dataset::new([[1.0], [2.0]], [[3.0], [5.0]])?;
    /// let model = Model::with_net(net(1), Loss::MeanSquaredError, &dataset)?;
    /// let path = std::env::temp_dir().join("layers.safetensors");
    /// model.save(&path)?;
    /// assert_eq!(Model::load_with_net(net(2), &path)?, model);
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`load`](Model::load); [`Error::Names`] if the tensors of the file are not those of `net`;
    /// [`Error::Format`] if they have other shapes, or if the file has an `Mlp` with other layers.
    #[doc(alias = "load_state_dict")]
    pub fn load_with_net(net: N, path: impl AsRef<Path>) -> Result<Model<T, N>, Error> {
        let path = path.as_ref();
        Model::read(path, |json, _| {
            if json["layers"].as_array().map_or(&[][..], Vec::as_slice) != layers_of(&net) {
                return Err(format_error(Some(path), "has an Mlp with other layers than the network"));
            }
            Ok(net)
        })
    }

    /// Returns the model as JSON.
    ///
    /// JSON has no infinite numbers and no NaN: such a parameter becomes `null`, for which
    /// [`from_json`](Model::from_json) returns an error.
    #[doc(alias = "serialize")]
    pub fn to_json(&self) -> String {
        let mut json = self.metadata();
        let parameters = self.net.parameters();
        let infos = self.net.parameter_info();
        let values = infos.iter().map(|info| info.indices().map(|index| json_number(parameters[index])).collect());
        let mut values: Vec<Vec<Json>> = values.collect();
        self.net.visit_buffers(&mut |buffer| values.push(buffer.doubles().into_iter().map(json_number).collect()));
        let tensors = tensors_of(&self.net).into_iter().zip(values);
        let arrays = tensors.map(|((name, shape), values)| (name, nested(&values, &shape)));
        json["parameters"] = Json::Object(arrays.collect());
        format!("{json:#}\n")
    }

    /// Reads a model from a file, with the network that `net` returns for its metadata and its number of bytes.
    fn read(path: &Path, net: impl FnOnce(&Json, usize) -> Result<N, Error>) -> Result<Model<T, N>, Error> {
        let place = Some(path);
        let bytes = read(path, MAX_FILE_BYTES)?;
        if is_json(path) {
            let text = std::str::from_utf8(&bytes).map_err(|_| format_error(place, "is not text in UTF-8"))?;
            return Model::parse_json(text, place, net);
        }
        let metadata = tensors::metadata(&bytes, place)?;
        let text = metadata.get(KEY).ok_or_else(|| {
            let problem = "has parameters, but no activations and no scaling: it was not written by backprop; create the \
                           network, and read its parameters by load_parameters";
            format_error(place, problem)
        })?;
        let json = parse_object(text, place)?;
        let mut model = Model::from_metadata(&json, place, || net(&json, bytes.len()))?;
        load_into(&mut model.net, &bytes, place)?;
        Ok(model)
    }

    fn parse_json(
        text: &str,
        place: Option<&Path>,
        net: impl FnOnce(&Json, usize) -> Result<N, Error>,
    ) -> Result<Model<T, N>, Error> {
        let json = parse_object(text, place)?;
        let mut model = Model::from_metadata(&json, place, || net(&json, text.len()))?;
        let own = tensors_of(&model.net);
        let values = own.iter().map(|(name, shape)| {
            let values = flattened(&json["parameters"][name], shape);
            let problem = || format!("has something else, but the network has {name} of shape {shape:?}");
            values.ok_or_else(|| format_error(place, problem()))
        });
        let values = values.map(|values| values.map(Some)).collect::<Result<Vec<_>, Error>>()?;
        let names: Vec<&String> = json["parameters"].as_object().into_iter().flat_map(Map::keys).collect();
        if names.len() > own.len() {
            let own: Vec<String> = own.into_iter().map(|(name, _)| name).collect();
            return Err(other_tensors(place, &names, &own));
        }
        set_tensors(&mut model.net, &values, place)?;
        Ok(model)
    }

    /// Returns all of the model except the parameters.
    pub(super) fn metadata(&self) -> Json {
        let columns = self.input_names.iter().zip(self.scaler.shifts()).zip(self.scaler.units());
        let target = match &self.target {
            Target::Classes(classes) => json!({ "name": self.target_name, "classes": classes }),
            Target::Values(scaler) => {
                json!({ "name": self.target_name, "shifts": scaler.shifts(), "units": scaler.units() })
            }
        };
        let mut metadata = json!({
            "format": KEY,
            "version": VERSION,
            "loss": self.loss.to_string(),
            "inputs": columns.map(|((name, shift), unit)| json!({ "name": name, "shift": shift, "unit": unit }))
                .collect::<Vec<Json>>(),
            "target": target,
        });
        if let Some(costs) = &self.class_costs {
            metadata["class_costs"] = json!(costs);
        }
        let layers = layers_of(&self.net);
        if !layers.is_empty() {
            metadata["layers"] = layers.into();
        }
        #[cfg(feature = "tables")]
        if let Some(encoder) = &self.encoder {
            metadata["encoder"] = json!(encoder);
        }
        metadata
    }

    /// Returns the model that metadata describe, with the network that `net` returns.
    fn from_metadata(
        json: &Json,
        place: Option<&Path>,
        net: impl FnOnce() -> Result<N, Error>,
    ) -> Result<Model<T, N>, Error> {
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
        #[cfg(not(feature = "tables"))]
        if !json["encoder"].is_null() {
            return Err(format_error(place, "is of a table; reading it needs the feature `tables`"));
        }
        let model = Model {
            net: net()?,
            loss,
            input_names,
            scaler: scaler(&column("shift"), &column("unit"))?,
            target_name: target["name"].as_str().ok_or_else(|| missing("target"))?.into(),
            target: target_kind,
            class_costs: match &json["class_costs"] {
                Json::Null => None,
                costs => Some(numbers(costs).ok_or_else(|| missing("costs of classes"))?),
            },
            #[cfg(feature = "tables")]
            encoder: match &json["encoder"] {
                Json::Null => None,
                encoder => Some(serde_json::from_value(encoder.clone()).map_err(|_| missing("encoder"))?),
            },
            scalar: PhantomData,
        };
        model.check().map_err(contradicts)?;
        #[cfg(feature = "tables")]
        model.check_encoder().map_err(contradicts)?;
        Ok(model)
    }
}

impl<T: Stored> Model<T> {
    /// Writes the model to a file as Rust source, that of [`to_rust`](Self::to_rust). The file is replaced atomically.
    ///
    /// # Errors
    /// Those of [`to_rust`](Self::to_rust), and [`Error::Io`] if the file cannot be written.
    pub fn save_rust(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        write(path.as_ref(), self.to_rust()?.as_bytes())
    }

    /// Reads a model of an [`Mlp`] from a file that [`save`](Self::save) wrote; for other networks see
    /// [`load_with_net`](Self::load_with_net).
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read; [`Error::Limit`] if it has more than 4 GiB; [`Error::Format`] if it is
    /// not a model, is cut off or contradicts itself; [`Error::Names`] if its tensors are not those of the network that
    /// it describes.
    #[doc(alias = "from_file")]
    pub fn load(path: impl AsRef<Path>) -> Result<Model<T>, Error> {
        let path = path.as_ref();
        Model::read(path, |json, bytes| parse_net(json, bytes, Some(path)))
    }

    /// Parses a model of an [`Mlp`] from the text that [`to_json`](Self::to_json) returned.
    ///
    /// # Errors
    /// [`Error::Format`] if the text is not a model, is cut off or contradicts itself; [`Error::Names`] if its tensors
    /// are not those of the network that it describes.
    #[doc(alias = "deserialize")]
    pub fn from_json(text: &str) -> Result<Model<T>, Error> {
        Model::parse_json(text, None, |json, bytes| parse_net(json, bytes, None))
    }
}

/// Returns the sizes and the activation of each layer of an [`Mlp`]; an empty vector for another network.
fn layers_of<T: Scalar, N: Module<T>>(net: &N) -> Vec<Json> {
    let mut layers = Vec::new();
    net.visit_layers(&mut |[inputs, outputs], activation| {
        layers.push(json!({ "inputs": inputs, "outputs": outputs, "activation": activation.to_string() }));
    });
    layers
}

/// Returns the network that metadata describe, with all parameters 0; it has at most as many as the file has bytes.
fn parse_net<T: Scalar>(json: &Json, bytes: usize, place: Option<&Path>) -> Result<Mlp<T>, Error> {
    let layers = json["layers"].as_array().ok_or_else(|| {
        format_error(place, "has no layers of an Mlp; create the network, and read the model by Model::load_with_net")
    })?;
    let mut remaining = bytes;
    let missing = || format_error(place, "describes a model without usable layers");
    let layers = layers.iter().map(|layer| parse_layer(layer, &mut remaining).ok_or_else(missing));
    Mlp::from_layers(layers.collect::<Result<Vec<Layer<T>>, Error>>()?).map_err(|error| contradiction(place, error))
}

/// Returns values as a JSON array of this shape.
fn nested(values: &[Json], shape: &[usize]) -> Json {
    match *shape {
        [] => values[0].clone(),
        [_] => values.into(),
        [count, ref rest @ ..] => {
            let size: usize = rest.iter().product();
            (0..count).map(|i| nested(&values[i * size..(i + 1) * size], rest)).collect()
        }
    }
}

/// Returns the values of a JSON array of this shape, row by row.
fn flattened(json: &Json, shape: &[usize]) -> Option<Vec<f64>> {
    let [count, ref rest @ ..] = *shape else { return Some(vec![json.as_f64()?]) };
    let array = json.as_array()?;
    // Early versions wrote a matrix without columns as an empty array.
    if array.len() != count && !(array.is_empty() && rest.contains(&0)) {
        return None;
    }
    Some(array.iter().map(|part| flattened(part, rest)).collect::<Option<Vec<_>>>()?.concat())
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
