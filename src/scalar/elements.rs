//! [`Elements`]: the storage of a matrix of floats, of duals, and of all other numbers that are not on a graph.
//!
//! It is in this room because the types of numbers name it. Its functions are in `matrix/storage.rs`.

use ndarray::Array2;
use std::sync::Arc;

/// The elements of a matrix of numbers, in standard layout.
#[derive(Clone)]
pub enum Elements<T> {
    /// Elements of this matrix alone.
    Owned(Array2<T>),
    /// Many elements, such as the parameters of a wide network, which clones and graphs read without copying them. A
    /// change copies them first if they are shared at that time.
    Shared(Arc<Array2<T>>),
}

impl<T: Clone> Elements<T> {
    /// Returns the elements as an array.
    #[inline(always)]
    pub(crate) fn array(&self) -> &Array2<T> {
        match self {
            Elements::Owned(array) => array,
            Elements::Shared(array) => array,
        }
    }

    /// Returns the elements as an array, to be changed.
    #[inline(always)]
    pub(crate) fn array_mut(&mut self) -> &mut Array2<T> {
        match self {
            Elements::Owned(array) => array,
            Elements::Shared(array) => Arc::make_mut(array),
        }
    }
}
