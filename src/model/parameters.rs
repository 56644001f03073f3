//! Files of parameters, in the safetensors format, which PyTorch reads and writes.

use super::model::check_parameters;
use crate::data::files::{read, write};
use crate::data::tensors::{self, MAX_FILE_BYTES, Stored, StoredTensor, format_error, not_safetensors, values};
use crate::error::Error;
use crate::nn::{ParameterInfo, Parameters};
use crate::scalar::Scalar;
use crate::text::twice;
use safetensors::tensor::SafeTensors;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::Path;

/// Writes the parameters and the buffers of any network to a safetensors file, named as in
/// [`Parameters::parameter_info`] and [`Parameters::buffer_names`].
///
/// The file is replaced atomically, as by [`Model::save`](crate::Model::save).
///
/// # Errors
/// [`Error::Io`] if the file cannot be written; [`Error::NonFinite`] if a parameter is infinite or NaN;
/// [`Error::Duplicate`] if two tensors have the same name.
#[doc(alias = "state_dict")]
pub fn save_parameters<T: Stored, N: Parameters<T>>(net: &N, path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    write(path, &to_bytes(net, &path.display().to_string())?)
}

/// Returns the bytes of the file that [`save_parameters`] writes.
///
/// # Errors
/// [`Error::NonFinite`] if a parameter is infinite or NaN; [`Error::Duplicate`] if two tensors have the same name.
pub fn parameters_to_bytes<T: Stored, N: Parameters<T>>(net: &N) -> Result<Vec<u8>, Error> {
    to_bytes(net, "the bytes of a file")
}

fn to_bytes<T: Stored, N: Parameters<T>>(net: &N, place: &str) -> Result<Vec<u8>, Error> {
    check_tensors(net, place)?;
    Ok(serialize(net, None))
}

/// Checks that the names of all tensors differ, and that all parameters are finite.
pub(super) fn check_tensors<T: Scalar, N: Parameters<T>>(net: &N, place: impl fmt::Display) -> Result<(), Error> {
    let names = tensor_names(net);
    if let Some(name) = twice(&names) {
        return Err(Error::Duplicate { what: "tensor", name: name.to_string(), place: "the network".into() });
    }
    check_parameters(net, place)
}

/// Reads the parameters and the buffers of a network from a safetensors file of f32 or f64, written by
/// [`save_parameters`] or by PyTorch.
///
/// The names of the tensors must be those of [`Parameters::parameter_info`] and [`Parameters::buffer_names`];
/// [`load_matching_parameters`] reads a file that has only some of them. If all names of the file and of the network are
/// like `2.weight` and `2.bias`, it suffices that their numbers are in the same order, since a `torch.nn.Sequential`
/// also counts modules without parameters.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read; [`Error::Limit`] if it has more than 4 GiB; [`Error::Format`] if it is cut
/// off, or if a tensor has another shape or a value that is not finite; [`Error::Names`] if it has other tensors than
/// the network. The network is not changed then.
#[doc(alias = "load_state_dict")]
pub fn load_parameters<T: Stored, N: Parameters<T>>(net: &mut N, path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    load_into(net, &read(path, MAX_FILE_BYTES)?, Some(path))
}

/// Reads the parameters and the buffers of a network from the bytes of a file, as [`load_parameters`] does: a file that
/// is part of the program by [`include_bytes!`], for example.
///
/// # Examples
/// ```
/// use backprop::{Activation, Layer, Neuron, load_parameters_from_bytes, parameters_to_bytes};
///
/// let one = |weight| Layer::from_neurons([Neuron::new([weight], 0.5, Activation::Identity)]);
/// let bytes = parameters_to_bytes(&one(2.0)?)?;
/// let mut layer = one(0.0)?;
/// load_parameters_from_bytes(&mut layer, &bytes)?;
/// assert_eq!(layer, one(2.0)?);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # Errors
/// Those of [`load_parameters`].
pub fn load_parameters_from_bytes<T: Stored, N: Parameters<T>>(net: &mut N, bytes: &[u8]) -> Result<(), Error> {
    load_into(net, bytes, None)
}

/// The tensors that [`load_matching_parameters`] did not find or did not need.
#[doc(alias = "IncompatibleKeys")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnmatchedTensors {
    /// The tensors of the network that the file does not have. They are not changed.
    pub missing: Vec<String>,
    /// The tensors of the file that the network does not have.
    pub unexpected: Vec<String>,
}

/// Reads those tensors of a safetensors file that have the name of a tensor of the network, as PyTorch's
/// `load_state_dict` does with `strict=False`, and returns the others: to begin with the pretrained parameters of a part.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Linear, load_matching_parameters, save_parameters};
///
/// let mut rng = SomeRng::seed_from_u64(1);
/// let mut linear = |outputs| Linear::<f64>::new(2, outputs, &mut rng);
/// let path = std::env::temp_dir().join("pretrained.safetensors");
/// save_parameters(&(linear(3),), &path)?;
/// let mut net = (linear(3), linear(1));
/// let unmatched = load_matching_parameters(&mut net, &path)?;
/// assert_eq!(unmatched.missing, ["1.weight", "1.bias"]);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # Errors
/// Those of [`load_parameters`], except for missing and unexpected tensors.
#[doc(alias("strict", "load_state_dict"))]
pub fn load_matching_parameters<T: Stored, N: Parameters<T>>(
    net: &mut N,
    path: impl AsRef<Path>,
) -> Result<UnmatchedTensors, Error> {
    let path = path.as_ref();
    let bytes = read(path, MAX_FILE_BYTES)?;
    let file = tensors::deserialize(&bytes, Some(path))?;
    let (own, of_file): (Vec<String>, Vec<&str>) = (tensor_names(net), file.names());
    let known: HashSet<&str> = of_file.iter().copied().collect();
    let pairs: Vec<Option<&str>> = own.iter().map(|name| known.get(name.as_str()).copied()).collect();
    fill_tensors(net, &file, &pairs, Some(path))?;
    let own_names: HashSet<&str> = own.iter().map(String::as_str).collect();
    let unexpected = of_file.into_iter().filter(|name| !own_names.contains(name));
    let mut unexpected: Vec<String> = unexpected.map(String::from).collect();
    unexpected.sort_unstable();
    let missing = own.iter().filter(|name| !known.contains(name.as_str())).cloned().collect();
    Ok(UnmatchedTensors { missing, unexpected })
}

/// Returns the names and the shapes of the parameters and then of the buffers.
pub(super) fn tensors_of<T: Scalar, N: Parameters<T>>(net: &N) -> Vec<(String, Vec<usize>)> {
    let parameters = net.parameter_info().into_iter().map(|info| (info.name().to_string(), info.shape().to_vec()));
    let (mut tensors, mut names) = (parameters.collect::<Vec<_>>(), net.buffer_names().into_iter());
    net.visit_buffers(&mut |buffer| {
        tensors.push((names.next().expect("each buffer has a name"), buffer.shape().to_vec()));
    });
    tensors
}

/// Returns the names of the parameters and then of the buffers.
fn tensor_names<T: Scalar, N: Parameters<T>>(net: &N) -> Vec<String> {
    tensors_of(net).into_iter().map(|(name, _)| name).collect()
}

/// Returns the bytes of a safetensors file with the parameters of a network and these metadata.
pub(super) fn serialize<T: Stored, N: Parameters<T>>(net: &N, metadata: Option<HashMap<String, String>>) -> Vec<u8> {
    let parameters = net.parameters();
    let tensors = net.parameter_info().into_iter().map(|info| {
        let tensor = StoredTensor::new(info.shape(), info.indices().map(|index| parameters[index]));
        (info.name().to_string(), tensor)
    });
    let (mut buffers, mut names) = (Vec::new(), net.buffer_names().into_iter());
    net.visit_buffers(&mut |buffer| {
        let (name, shape, values) = (names.next().expect("each buffer has a name"), buffer.shape(), buffer.doubles());
        // A count can have more digits than the type of the parameters.
        let tensor = match shape {
            [] => StoredTensor::new(shape, values),
            _ => StoredTensor::new(shape, values.into_iter().map(T::of)),
        };
        buffers.push((name, tensor));
    });
    tensors::serialize(tensors.chain(buffers), metadata)
}

/// Sets the parameters of a network from the bytes of a safetensors file. An error leaves the network as it is.
pub(super) fn load_into<T: Stored, N: Parameters<T>>(
    net: &mut N,
    bytes: &[u8],
    place: Option<&Path>,
) -> Result<(), Error> {
    let file = tensors::deserialize(bytes, place)?;
    let names = match_names(&tensor_names(net), file.names(), place)?;
    fill_tensors(net, &file, &names, place)
}

/// Sets the parameters and then the buffers of a network from the tensors of a file with these names; `None` for those
/// that do not change. An error leaves the network as it is.
fn fill_tensors<T: Stored, N: Parameters<T>>(
    net: &mut N,
    file: &SafeTensors<'_>,
    names: &[Option<&str>],
    place: Option<&Path>,
) -> Result<(), Error> {
    let mut tensors = Vec::new();
    for ((own, shape), name) in tensors_of(net).into_iter().zip(names) {
        let Some(name) = name else {
            tensors.push(None);
            continue;
        };
        let view = file.tensor(name).map_err(|error| not_safetensors(place, error))?;
        if view.shape() != shape {
            let problem =
                format!("has {name} of shape {:?}, but the network has {own} of shape {shape:?}", view.shape());
            return Err(format_error(place, problem));
        }
        tensors.push(Some(values(&view, name, place)?));
    }
    set_tensors(net, &tensors, place)
}

/// Sets the parameters and then the buffers of a network to these values; `None` for those that do not change. An error
/// leaves the network as it is.
pub(super) fn set_tensors<T: Scalar, N: Parameters<T>>(
    net: &mut N,
    tensors: &[Option<Vec<f64>>],
    place: Option<&Path>,
) -> Result<(), Error> {
    let (infos, mut parameters) = (net.parameter_info(), net.parameters());
    for (info, values) in infos.iter().zip(tensors) {
        if let Some(values) = values {
            fill(&mut parameters, info, values, place)?;
        }
    }
    for (name, values) in net.buffer_names().iter().zip(&tensors[infos.len()..]) {
        if let Some(value) = values.iter().flatten().find(|value| !value.is_finite()) {
            return Err(format_error(place, format!("has {value} in {name}")));
        }
    }
    net.set_parameters(&parameters)?;
    let mut buffers = tensors.iter().skip(infos.len());
    net.visit_buffers_mut(&mut |buffer| {
        if let Some(values) = buffers.next().and_then(Option::as_ref) {
            buffer.set(values.iter().copied());
        }
    });
    Ok(())
}

/// Pairs each tensor of a network with the name of a tensor in the file: the same name, or, if all names are those of
/// numbered layers, the name at the same position.
fn match_names<'a>(
    own: &[String],
    mut names: Vec<&'a str>,
    place: Option<&Path>,
) -> Result<Vec<Option<&'a str>>, Error> {
    let known: HashSet<&str> = names.iter().copied().collect();
    if names.len() == own.len() && own.iter().all(|name| known.contains(name.as_str())) {
        return Ok(own.iter().map(|name| known.get(name.as_str()).copied()).collect());
    }
    let are_numbered =
        names.iter().copied().chain(own.iter().map(String::as_str)).all(|name| layer_position(name).is_some());
    if names.len() == own.len() && are_numbered {
        names.sort_by_cached_key(|name| layer_position(name));
        return Ok(names.into_iter().map(Some).collect());
    }
    names.sort_unstable();
    Err(other_tensors(place, &names, own))
}

/// Returns the error for a file with other tensors than the network.
pub(super) fn other_tensors<N: AsRef<str>>(place: Option<&Path>, names: &[N], network: &[String]) -> Error {
    Error::Names {
        what: "tensors",
        expected: network.to_vec(),
        got: names.iter().map(|name| name.as_ref().into()).collect(),
        place: place.map_or("the text".into(), |path| path.display().to_string()),
    }
}

/// Parses a name like `2.bias`: returns the number, and true for a bias.
fn layer_position(name: &str) -> Option<(usize, bool)> {
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

/// Copies the values of a tensor to their places among the parameters.
fn fill<T: Scalar>(
    parameters: &mut [T],
    tensor: &ParameterInfo,
    values: &[f64],
    place: Option<&Path>,
) -> Result<(), Error> {
    for (i, (index, &value)) in tensor.indices().zip(values).enumerate() {
        parameters[index] = T::of(value);
        if !parameters[index].is_finite() {
            return Err(format_error(place, format!("has {value} as element {} of {}", i + 1, tensor.name())));
        }
    }
    Ok(())
}
