//! The tape: the recorded nodes and blocks in order, and the state of a backward pass over them.
//!
//! Each value that has an adjoint has a slot, its index in the adjoints. Slots are assigned in order of creation: the
//! slot of a parent is less than those of its children, so one loop backwards visits every child before its parents.
//! Slot 0 is that of the constants, whose adjoint is never read.
//!
//! ```text
//! slot    0           1 2        3 4 5 6 7 8     9 10 11 12 13   14 15 …
//!         constants   leaves     scalar nodes    a block         scalar nodes
//! ```
//!
//! A scalar node has one slot. A block has a slot for each of its values, which are leaves or the result of an
//! operation. The slots of the nodes between two blocks are their indices plus an offset, so nodes do not store them.

use crate::matrix::Source;
use crate::matrix::ops::{Along, Leaf};
use crate::scalar::Scalar;
use ndarray::{Array2, ArrayView2};
use std::any::Any;
use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

/// The backward function of a scalar node: propagates its adjoint, `upstream`, to the adjoints of its parents.
///
/// It captures nothing, so it is a plain function; the partials are on the tape.
pub(super) type Backward<T> = fn(&mut Sweep<'_, T>, parents: [u32; 2], upstream: T);

/// The backward function of a block: propagates the adjoints of its `slots` to those of the slots before it. `index` is
/// that of its data, in `operations` or in `closures` of the tape.
pub(super) type BlockBackward<T> = fn(&mut Sweep<'_, T>, index: u32, slots: Range<usize>);

/// An operation whose result is one value: 16 bytes, and its partials.
#[derive(Clone, Copy)]
pub(super) struct Node<T> {
    pub(super) backward: Backward<T>,
    /// The slots of the parents; for neurons, indices that `backward` interprets.
    pub(super) parents: [u32; 2],
}

/// Consecutive values: leaves, or the result of one operation.
pub(super) struct Block<T> {
    /// The number of scalar nodes recorded before it.
    pub(super) nodes_before: usize,
    pub(super) slot: u32,
    len: u32,
    /// `None` for leaves.
    pub(super) backward: Option<BlockBackward<T>>,
    /// The index of the data of `backward`, in `operations` or in `closures`.
    pub(super) index: u32,
}

/// A custom backward closure of a block: receives the adjoints of the block, and adds to those of the slots before it.
pub(super) type Closure<T> = Box<dyn Fn(&[T], &mut [T]) + Send>;

/// The start of a matrix on the tape. A function returns it in registers; a [`Place`] would be returned
/// through memory, which takes as long as to append a few numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// The first slot; 0 for constants.
    pub(super) slot: u32,
    /// The array that has the elements: 0 for `data` of the tape, i + 1 for array i of `shared`.
    pub(super) array: u32,
    /// The index of the first element in the array.
    pub(super) data: u32,
}

/// The place of a matrix on the tape, in row-major order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) start: Start,
    pub(super) rows: u32,
    pub(super) columns: u32,
}

impl Place {
    #[inline(always)]
    pub(super) fn new(start: Start, [rows, columns]: [usize; 2]) -> Place {
        Place { start, rows: rows as u32, columns: columns as u32 }
    }

    /// Returns the part of `shape` from element `index` on.
    #[inline(always)]
    pub(super) fn part(self, index: usize, shape: [usize; 2]) -> Place {
        let Start { slot, array, data } = self.start;
        let slot = if slot == 0 { 0 } else { slot + index as u32 };
        Place::new(Start { slot, array, data: data + index as u32 }, shape)
    }

    #[inline(always)]
    pub(super) fn shape(&self) -> [usize; 2] {
        [self.rows as usize, self.columns as usize]
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.rows as usize * self.columns as usize
    }
}

/// The data of an operation on matrices that its backward pass needs.
pub(super) struct OperationRecord {
    pub(super) operands: [Place; MAX_OPERANDS],
    pub(super) result: Place,
    /// The number of saved values, which follow the result in `data`.
    pub(super) saved: u32,
}

pub(super) const MAX_OPERANDS: usize = 3;

/// The inputs of a layer, stored once for all of its neurons.
pub(super) struct Inputs {
    /// The index of the first value in `data`.
    pub(super) data: u32,
    pub(super) len: u32,
    pub(super) slots: InputSlots,
    /// The place of the parameters of the layer.
    pub(super) parameters: Place,
}

/// The slots of the inputs of a layer.
#[derive(Clone, Copy)]
pub(super) enum InputSlots {
    /// No slots: the inputs are constants.
    None,
    /// Consecutive slots from this one on, as those of the outputs of a layer.
    From(u32),
    /// Slots in the list `slots`, from this index on.
    Listed(u32),
}

pub(super) struct Tape<T> {
    pub(super) nodes: Nodes<T>,
    pub(super) blocks: Vec<Block<T>>,
    pub(super) operations: Vec<OperationRecord>,
    /// The `Kept` of each operation. A cleared tape keeps the boxes, as a loop usually repeats its operations.
    pub(super) kept: Vec<Box<dyn Any + Send>>,
    pub(super) closures: Vec<Closure<T>>,
    pub(super) inputs: Vec<Inputs>,
    /// The values of blocks and of the inputs of layers. The values of scalar nodes are only in their handles.
    pub(super) data: Vec<T>,
    /// The arrays of matrices that are not copied to `data`.
    pub(super) shared: Vec<Arc<Array2<T>>>,
    pub(super) slots: Vec<u32>,
}

/// The scalar nodes.
pub(super) struct Nodes<T> {
    pub(super) list: Vec<Cell<Node<T>>>,
    /// The local derivatives with respect to the parents: none, one or two for each node.
    pub(super) partials: Vec<Cell<T>>,
    /// The slot of the next node minus its index.
    pub(super) offset: usize,
}

/// The limit of the number of slots, so that a slot fits into 32 bits.
pub(super) const MAX_SLOTS: usize = u32::MAX as usize;
pub(super) const TOO_LARGE: &str = "a graph must have fewer than 2³² values";

impl<T: Scalar> Tape<T> {
    pub(super) fn new() -> Tape<T> {
        Tape {
            nodes: Nodes { list: Vec::new(), partials: Vec::new(), offset: 1 },
            blocks: Vec::new(),
            operations: Vec::new(),
            kept: Vec::new(),
            closures: Vec::new(),
            inputs: Vec::new(),
            data: Vec::new(),
            shared: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// Removes everything and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.nodes.list.clear();
        self.nodes.partials.clear();
        self.nodes.offset = 1;
        self.blocks.clear();
        self.operations.clear();
        self.closures.clear();
        self.inputs.clear();
        self.data.clear();
        self.shared.clear();
        self.slots.clear();
    }

    /// Returns the number of slots, including the slot of the constants.
    pub(super) fn slots(&self) -> usize {
        self.nodes.next_slot()
    }

    /// Appends leaves whose values are only in their handles; returns their first slot.
    ///
    /// # Panics
    /// If there are 2³² slots or more.
    #[inline(always)]
    pub(super) fn push_handles(&mut self, len: usize) -> u32 {
        assert!(self.slots() + len < MAX_SLOTS, "{TOO_LARGE}");
        let slot = self.slots() as u32;
        self.push_block(len as u32, None, 0);
        self.nodes.offset += len;
        slot
    }

    /// Appends a matrix of leaves.
    #[inline]
    pub(super) fn push_leaves(&mut self, values: &Source<'_, T>) -> Start {
        let start = self.push_constants(values);
        let [rows, columns] = values.shape();
        Start { slot: self.push_handles(rows * columns), ..start }
    }

    /// Appends a matrix without slots.
    #[inline]
    pub(super) fn push_constants(&mut self, values: &Source<'_, T>) -> Start {
        match *values {
            Source::Slice(values, _) => Start { slot: 0, array: 0, data: self.push_data(values) },
            Source::View(values) => Start { slot: 0, array: 0, data: self.push_view(values) },
            Source::Shared(array) => {
                self.shared.push(array.clone());
                Start { slot: 0, array: self.shared.len() as u32, data: 0 }
            }
        }
    }

    /// Appends values in any memory order without slots; returns the index of the first.
    fn push_view(&mut self, values: ArrayView2<'_, T>) -> u32 {
        match values.to_slice() {
            Some(values) => self.push_data(values),
            None => {
                let start = self.data.len();
                assert!(start + values.len() < MAX_SLOTS, "{TOO_LARGE}");
                self.data.extend(values.iter().copied());
                start as u32
            }
        }
    }

    /// Appends values without slots; returns the index of the first.
    fn push_data(&mut self, values: &[T]) -> u32 {
        let start = self.data.len();
        assert!(start + values.len() < MAX_SLOTS, "{TOO_LARGE}");
        self.data.extend_from_slice(values);
        start as u32
    }

    /// Appends values with slots.
    pub(super) fn push_values(&mut self, values: &[T], backward: Option<BlockBackward<T>>, index: u32) -> Start {
        let start = Start { slot: self.slots() as u32, array: 0, data: self.data.len() as u32 };
        assert!(self.slots().max(self.data.len()) + values.len() < MAX_SLOTS, "{TOO_LARGE}");
        self.data.extend_from_slice(values);
        self.push_block(values.len() as u32, backward, index);
        self.nodes.offset += values.len();
        start
    }

    /// Appends a block of the next `len` slots.
    pub(super) fn push_block(&mut self, len: u32, backward: Option<BlockBackward<T>>, index: u32) {
        let slot = self.slots() as u32;
        self.blocks.push(Block { nodes_before: self.nodes.list.len(), slot, len, backward, index });
    }
}

impl<T: Scalar> Nodes<T> {
    /// Returns the slot of the next node.
    fn next_slot(&self) -> usize {
        self.list.len() + self.offset
    }

    /// Appends a node with its partials; returns its slot.
    #[inline(always)]
    pub(super) fn push<const N: usize>(&mut self, backward: Backward<T>, parents: [u32; 2], partials: [T; N]) -> u32 {
        let slot = self.next_slot() as u32;
        self.list.push(Cell::new(Node { backward, parents }));
        self.partials.extend(partials.map(Cell::new));
        slot
    }

    /// Appends nodes and the partials of all of them.
    pub(super) fn append(&mut self, nodes: &[Cell<Node<T>>], partials: &[Cell<T>]) {
        self.list.extend_from_slice(nodes);
        self.partials.extend_from_slice(partials);
    }
}

impl<T> Block<T> {
    /// Returns the slot after its last.
    pub(super) fn end(&self) -> usize {
        self.slot as usize + self.len as usize
    }
}

impl Place {
    /// Returns the elements, given the arrays of a tape.
    #[inline(always)]
    pub(super) fn elements<'t, T>(self, data: &'t [T], shared: &'t [Arc<Array2<T>>]) -> &'t [T] {
        &self.first_and_after(data, shared)[..self.len()]
    }

    /// Returns the first element and all after it in the array.
    #[inline(always)]
    pub(super) fn first_and_after<'t, T>(self, data: &'t [T], shared: &'t [Arc<Array2<T>>]) -> &'t [T] {
        let array = match self.start.array.checked_sub(1) {
            None => data,
            Some(index) => shared[index as usize].as_slice().expect("a shared array is in standard layout"),
        };
        &array[self.start.data as usize..]
    }
}

impl<T: Scalar> Tape<T> {
    /// Returns the elements of a matrix.
    #[inline(always)]
    pub(super) fn elements(&self, place: Place) -> &[T] {
        place.elements(&self.data, &self.shared)
    }
}

/// The state of a backward pass over a tape.
pub(super) struct Sweep<'t, T> {
    pub(super) tape: &'t Tape<T>,
    /// The derivatives of the output with respect to the value at each slot from `first` on.
    pub(super) adjoints: &'t mut [T],
    /// The slot of the first adjoint: 0, or the slot after `leaves`.
    pub(super) first: usize,
    /// The number of the first adjoints that have no value yet; 0 if the tape has scalar nodes.
    pub(super) fresh: usize,
    /// The adjoints of the leaves that have memory of their own, if the tape has only operations on matrices.
    pub(super) leaves: &'t mut [Leaf<T>],
    /// Memory for intermediate values of operations on matrices.
    pub(super) scratch: &'t mut Vec<T>,
    /// The partials of the nodes that are not yet visited; those of the next node are last.
    pub(super) partials: &'t [Cell<T>],
    pub(super) along: Along,
}
