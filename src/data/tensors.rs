//! Tensors in files of the safetensors format.

use crate::error::Error;
use crate::scalar::Scalar;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, View};
use std::borrow::Cow;
use std::collections::HashMap;
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
pub(crate) const MAX_FILE_BYTES: u64 = 4 << 30;

/// A tensor as the bytes of a file.
pub(crate) struct StoredTensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl StoredTensor {
    /// Creates a tensor of these values.
    pub(crate) fn new<T: Stored>(shape: &[usize], values: impl IntoIterator<Item = T>) -> StoredTensor {
        let mut bytes = Vec::new();
        values.into_iter().for_each(|x| x.write(&mut bytes));
        StoredTensor { dtype: T::DTYPE, shape: shape.to_vec(), bytes }
    }
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

/// Returns the bytes of a file with these tensors and metadata.
pub(crate) fn serialize(
    tensors: impl IntoIterator<Item = (String, StoredTensor)>,
    metadata: Option<HashMap<String, String>>,
) -> Vec<u8> {
    safetensors::serialize(tensors, metadata).expect("tensors have as many bytes as their shape says")
}

/// Reads the tensors of a file from its bytes.
pub(crate) fn deserialize<'b>(bytes: &'b [u8], place: Option<&Path>) -> Result<SafeTensors<'b>, Error> {
    SafeTensors::deserialize(bytes).map_err(|error| not_safetensors(place, error))
}

/// Returns the metadata of a file.
pub(crate) fn metadata(bytes: &[u8], place: Option<&Path>) -> Result<HashMap<String, String>, Error> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| not_safetensors(place, error))?;
    Ok(header.metadata().clone().unwrap_or_default())
}

/// Returns the values of a tensor.
pub(crate) fn values(view: &TensorView<'_>, name: &str, place: Option<&Path>) -> Result<Vec<f64>, Error> {
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
        // The counts of PyTorch's batch normalization
        Dtype::I64 => Ok(view
            .data()
            .chunks_exact(8)
            .map(|bytes| i64::from_le_bytes(bytes.try_into().expect("eight bytes")) as f64)
            .collect()),
        other => Err(format_error(place, format!("has {name} of type {other:?}; save it as F32 or F64"))),
    }
}

/// Returns the error for bytes that are not a safetensors file.
pub(crate) fn not_safetensors(place: Option<&Path>, error: impl std::fmt::Display) -> Error {
    format_error(place, format!("is not a safetensors file, or is cut off: {error}"))
}

/// Returns an error about a file, or about a text without `place`.
pub(crate) fn format_error(place: Option<&Path>, problem: impl Into<String>) -> Error {
    Error::Format { path: place.map(Path::to_path_buf), problem: problem.into(), source: None }
}
