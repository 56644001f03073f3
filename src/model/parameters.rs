//! Files of parameters, in the safetensors format, which PyTorch reads and writes.

use super::model::check_parameters;
use crate::data::files::{read, write};
use crate::error::Error;
use crate::nn::{ParameterInfo, Parameters};
use crate::scalar::Scalar;
use crate::text::twice;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, View};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// A float type that files can store: f32 or f64.
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

/// The maximal size of a file, in bytes.
pub(super) const MAX_FILE_BYTES: u64 = 4 << 30;

/// Writes the parameters of any network to a safetensors file, named as in [`Parameters::parameter_info`].
///
/// The file is replaced atomically, as by [`Model::save`](crate::Model::save).
///
/// # Errors
/// [`Error::Io`] if the file cannot be written; [`Error::NonFinite`] if a parameter is infinite or NaN;
/// [`Error::Duplicate`] if two tensors have the same name.
#[doc(alias = "state_dict")]
pub fn save_parameters<T: Stored, N: Parameters<T>>(net: &N, path: impl AsRef<Path>) -> Result<(), Error> {
    let (path, tensors) = (path.as_ref(), net.parameter_info());
    let names: Vec<&str> = tensors.iter().map(ParameterInfo::name).collect();
    if let Some(name) = twice(&names) {
        return Err(Error::Duplicate { what: "tensor", name: name.into(), place: "the network".into() });
    }
    check_parameters(net, path.display())?;
    write(path, &serialize(net, None))
}

/// Reads the parameters of a network from a safetensors file of f32 or f64, written by [`save_parameters`] or by
/// PyTorch.
///
/// The names of the tensors must be those of [`Parameters::parameter_info`]. If all names of the file and of the
/// network are like `2.weight` and `2.bias`, it suffices that their numbers are in the same order, since a
/// `torch.nn.Sequential` also counts modules without parameters.
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

/// A tensor as the bytes of a file.
struct StoredTensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for StoredTensor {
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

/// Returns the bytes of a safetensors file with the parameters of a network and these metadata.
pub(super) fn serialize<T: Stored, N: Parameters<T>>(net: &N, metadata: Option<HashMap<String, String>>) -> Vec<u8> {
    let parameters = net.parameters();
    let tensors = net.parameter_info().into_iter().map(|tensor| {
        let mut bytes = Vec::new();
        tensor.indices().for_each(|index| parameters[index].write(&mut bytes));
        (tensor.name().to_string(), StoredTensor { dtype: T::DTYPE, shape: tensor.shape().to_vec(), bytes })
    });
    safetensors::serialize(tensors, metadata).expect("tensors have as many bytes as their shape says")
}

/// Sets the parameters of a network from the bytes of a safetensors file. An error leaves the network as it is.
pub(super) fn load_into<T: Stored, N: Parameters<T>>(
    net: &mut N,
    bytes: &[u8],
    place: Option<&Path>,
) -> Result<(), Error> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| not_safetensors(place, error))?;
    let expected = net.parameter_info();
    let names: Vec<&str> = file.names();
    let mut parameters = net.parameters();
    for (tensor, name) in match_names(&expected, names, place)? {
        let view = file.tensor(name).map_err(|error| not_safetensors(place, error))?;
        if view.shape() != tensor.shape() {
            return Err(mismatch(place, tensor, &format!("{name} of shape {:?}", view.shape())));
        }
        fill(&mut parameters, tensor, &values(&view, name, place)?, place)?;
    }
    net.set_parameters(&parameters)
}

/// Pairs each tensor of a network with the name of a tensor in the file: the same name, or, if all names are those of
/// numbered layers, the name at the same position.
fn match_names<'a>(
    expected: &'a [ParameterInfo],
    mut names: Vec<&'a str>,
    place: Option<&Path>,
) -> Result<Vec<(&'a ParameterInfo, &'a str)>, Error> {
    let own: Vec<&str> = expected.iter().map(ParameterInfo::name).collect();
    let known: HashSet<&str> = names.iter().copied().collect();
    if names.len() == own.len() && own.iter().all(|name| known.contains(name)) {
        return Ok(expected.iter().zip(own).collect());
    }
    let are_numbered = names.iter().chain(&own).all(|name| layer_position(name).is_some());
    if names.len() == own.len() && are_numbered {
        names.sort_by_cached_key(|name| layer_position(name));
        return Ok(expected.iter().zip(names).collect());
    }
    names.sort_unstable();
    Err(other_tensors(place, &names, expected))
}

/// Returns the error for a file with other tensors than the network.
pub(super) fn other_tensors<N: AsRef<str>>(place: Option<&Path>, names: &[N], network: &[ParameterInfo]) -> Error {
    Error::Names {
        what: "tensors",
        expected: network.iter().map(|tensor| tensor.name().into()).collect(),
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

/// Returns the values of a tensor.
fn values(view: &TensorView<'_>, name: &str, place: Option<&Path>) -> Result<Vec<f64>, Error> {
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

/// Copies the values of a tensor to their places among the parameters.
pub(super) fn fill<T: Scalar>(
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

/// Returns the error for bytes that are not a safetensors file.
pub(super) fn not_safetensors(place: Option<&Path>, error: impl std::fmt::Display) -> Error {
    format_error(place, format!("is not a safetensors file, or is cut off: {error}"))
}

/// Returns the error for a tensor of another shape than that of the network.
pub(super) fn mismatch(place: Option<&Path>, tensor: &ParameterInfo, found: &str) -> Error {
    format_error(place, format!("has {found}, but the network has {} of shape {:?}", tensor.name(), tensor.shape()))
}

/// Returns an error about a file, or about a text without `place`.
pub(super) fn format_error(place: Option<&Path>, problem: impl Into<String>) -> Error {
    Error::Format { path: place.map(Path::to_path_buf), problem: problem.into(), source: None }
}
