//! The tape: what was recorded, in order, and the sweep back over it.
//!
//! A slot is a number on the tape that has an adjoint. Slots are given out in order of creation, so that a parent's
//! is always below its child's, and one loop backwards visits every child before its parents. Slot 0 belongs to the
//! constants: what reaches it is never read.
//!
//! ```text
//! slot    0           1 2        3 4 5 6 7 8     9 10 11 12 13   14 15 …
//!         constants   leaves     scalar nodes    a block         scalar nodes
//! ```
//!
//! Scalar nodes have a slot each; a block has a slot for each of its numbers, which are leaves, or the result of an
//! operation. Between two blocks a node's slot is its index plus an offset, so nodes need not
//! store it.

use crate::matrix::ops::{Along, BackwardContext, Operation, view};
use crate::scalar::Scalar;
use ndarray::ArrayView2;
use std::any::Any;
use std::cell::Cell;
use std::ops::Range;

/// The backward closure of a scalar node: adds to the adjoints of its parents what its own, `upstream`, brings them.
///
/// It captures nothing, hence is a plain function; what it needs lies on the tape.
pub(super) type Backward<T> = fn(&mut Sweep<'_, T>, parents: [u32; 2], upstream: T);

/// One operation that gave one number: 16 bytes, and as many partials as it needs.
#[derive(Clone, Copy)]
pub(super) struct Node<T> {
    pub(super) backward: Backward<T>,
    /// The slots of the parents, or what `backward` takes them for.
    pub(super) parents: [u32; 2],
}

/// Numbers side by side: leaves, or the result of one operation.
struct Block<T> {
    /// How many scalar nodes were recorded before it.
    nodes_before: usize,
    slot: u32,
    len: u32,
    /// Of leaves, none: nothing was before these numbers.
    backward: Option<BlockBackward<T>>,
    /// The index of what it needs, in `notes` or in `closures`.
    noted: u32,
}

/// The backward closure of a block: adds to the adjoints of the slots before it. It gets the index of what it needs, and
/// its own slots.
type BlockBackward<T> = fn(&mut Sweep<'_, T>, noted: u32, slots: Range<usize>);

/// A block's closure of the user's own, in a box: gets its adjoints, and adds to those of the slots before it.
type Closure<T> = Box<dyn Fn(&[T], &mut [T]) + Send>;

/// Where numbers stand that belong together, row by row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The first slot; 0 for constants.
    pub(super) slot: u32,
    /// The index of the first number in `data`.
    pub(super) data: u32,
    pub(super) rows: u32,
    pub(super) columns: u32,
}

impl Place {
    pub(super) fn new((slot, data): (u32, u32), [rows, columns]: [usize; 2]) -> Place {
        Place { slot, data, rows: rows as u32, columns: columns as u32 }
    }

    pub(super) fn shape(&self) -> [usize; 2] {
        [self.rows as usize, self.columns as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.rows as usize * self.columns as usize
    }
}

/// What an operation on blocks needs on the way back.
struct Note {
    operands: [Place; MAX_OPERANDS],
    result: Place,
    /// Behind the result in `data`, so much was saved.
    saved: u32,
}

const MAX_OPERANDS: usize = 3;

/// What the neurons of a layer were fed, kept once for all of them.
pub(super) struct Inputs {
    /// Where their numbers begin in `data`.
    pub(super) data: u32,
    pub(super) len: u32,
    pub(super) slots: InputSlots,
    /// Where the layer's parameters begin: slot and index in `data`.
    pub(super) parameters: (u32, u32),
}

/// Where the inputs of a layer have their adjoints.
#[derive(Clone, Copy)]
pub(super) enum InputSlots {
    /// They are constants.
    None,
    /// One after another from here, as the outputs of another layer are.
    From(u32),
    /// Listed in `slots` from here.
    Listed(u32),
}

pub(super) struct Tape<T> {
    pub(super) nodes: Nodes<T>,
    blocks: Vec<Block<T>>,
    notes: Vec<Note>,
    /// What the operation of each note has kept. A cleared tape holds on to the boxes: in a loop, the same operations come again.
    kept: Vec<Box<dyn Any + Send>>,
    closures: Vec<Closure<T>>,
    pub(super) inputs: Vec<Inputs>,
    /// The numbers of blocks and of the inputs of layers. Those of scalar nodes are in their handles alone.
    pub(super) data: Vec<T>,
    pub(super) slots: Vec<u32>,
}

/// The scalar nodes.
pub(super) struct Nodes<T> {
    list: Vec<Cell<Node<T>>>,
    /// The local derivatives by the parents: none, one or two of each node, as it needs.
    partials: Vec<Cell<T>>,
    /// The slot of the next node, less its index.
    offset: usize,
}

/// Tapes have fewer slots than this, so that a slot fits 32 bits.
pub(super) const MAX_SLOTS: usize = u32::MAX as usize;
pub(super) const TOO_LARGE: &str = "a graph holds fewer than 2³² numbers";

impl<T: Scalar> Tape<T> {
    pub(super) fn new() -> Tape<T> {
        Tape {
            nodes: Nodes { list: Vec::new(), partials: Vec::new(), offset: 1 },
            blocks: Vec::new(),
            notes: Vec::new(),
            kept: Vec::new(),
            closures: Vec::new(),
            inputs: Vec::new(),
            data: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// Forgets everything, and keeps the memory for what comes next.
    pub(super) fn clear(&mut self) {
        self.nodes.list.clear();
        self.nodes.partials.clear();
        self.nodes.offset = 1;
        self.blocks.clear();
        self.notes.clear();
        self.closures.clear();
        self.inputs.clear();
        self.data.clear();
        self.slots.clear();
    }

    /// How many slots there are, that of the constants included.
    pub(super) fn slots(&self) -> usize {
        self.nodes.next_slot()
    }

    /// Appends leaves side by side whose numbers are in their handles alone; returns their first slot.
    ///
    /// # Panics
    /// With 2³² slots or more.
    #[inline(always)]
    pub(super) fn push_handles(&mut self, len: usize) -> u32 {
        assert!(self.slots() + len < MAX_SLOTS, "{TOO_LARGE}");
        let slot = self.slots() as u32;
        self.push_block(len as u32, None, 0);
        self.nodes.offset += len;
        slot
    }

    /// Appends leaves side by side; returns their first slot, and where their numbers begin in `data`.
    pub(super) fn push_leaves(&mut self, numbers: &[T]) -> (u32, u32) {
        self.push_numbers(numbers, None, 0)
    }

    /// Appends numbers without slots.
    pub(super) fn push_constants(&mut self, numbers: ArrayView2<'_, T>) -> Place {
        let data = self.data.len();
        match numbers.to_slice() {
            Some(numbers) => self.data.extend_from_slice(numbers),
            None => self.data.extend(numbers.iter().copied()),
        }
        assert!(self.data.len() < MAX_SLOTS, "{TOO_LARGE}");
        Place::new((0, data as u32), [numbers.nrows(), numbers.ncols()])
    }

    /// Appends the result of an operation with a boxed closure; returns the same as `push_leaves`.
    pub(super) fn push_result(&mut self, numbers: &[T], backward: Closure<T>) -> (u32, u32) {
        self.closures.push(backward);
        self.push_numbers(numbers, Some(call_closure), self.closures.len() as u32 - 1)
    }

    fn push_numbers(&mut self, numbers: &[T], backward: Option<BlockBackward<T>>, noted: u32) -> (u32, u32) {
        let place = (self.slots() as u32, self.data.len() as u32);
        assert!(self.slots().max(self.data.len()) + numbers.len() < MAX_SLOTS, "{TOO_LARGE}");
        self.data.extend_from_slice(numbers);
        self.push_block(numbers.len() as u32, backward, noted);
        self.nodes.offset += numbers.len();
        place
    }

    fn push_block(&mut self, len: u32, backward: Option<BlockBackward<T>>, noted: u32) {
        let slot = self.slots() as u32;
        self.blocks.push(Block { nodes_before: self.nodes.list.len(), slot, len, backward, noted });
    }

    /// Appends the result of an operation on blocks, which is computed in its place.
    #[track_caller]
    pub(super) fn push_operation<const N: usize, O: Operation<N>>(
        &mut self,
        operands: [Place; N],
        operation: O,
    ) -> Place {
        const { assert!(N <= MAX_OPERANDS) };
        let shapes = operands.each_ref().map(Place::shape);
        let shape = operation.shape(shapes);
        let (len, saved) = (shape.iter().product::<usize>(), operation.saved(shapes));
        let data = self.data.len();
        assert!(self.slots().max(data) + len + saved < MAX_SLOTS, "{TOO_LARGE}");
        self.data.resize(data + len + saved, T::zero());
        let (before, result) = self.data.split_at_mut(data);
        let (result, to_save) = result.split_at_mut(len);
        let kept = operation.forward(operands.each_ref().map(|place| place.view(before)), result, to_save);

        let is_constant = operands.iter().all(|operand| operand.slot == 0);
        let slot = if is_constant { 0 } else { self.slots() as u32 };
        let result = Place::new((slot, data as u32), shape);
        if is_constant {
            self.data.truncate(data + len);
        } else {
            self.push_block(len as u32, Some(operate_back::<T, N, O>), self.notes.len() as u32);
            self.nodes.offset += len;
            let operands = std::array::from_fn(|i| *operands.get(i).unwrap_or(&result));
            self.keep(kept);
            self.notes.push(Note { operands, result, saved: saved as u32 });
        }
        result
    }

    /// Keeps a value for the next note, in the box of a tape before this one if the type is the same.
    fn keep<K: Send + 'static>(&mut self, kept: K) {
        match self.kept.get_mut(self.notes.len()).map(|kept| kept.downcast_mut::<K>()) {
            Some(Some(place)) => *place = kept,
            Some(None) => self.kept[self.notes.len()] = Box::new(kept),
            None => self.kept.push(Box::new(kept)),
        }
    }

    /// The derivatives of the number at `output` by every number before it, into `adjoints`: one loop backwards. The nodes of
    /// a page, with their partials, come after those of the tape.
    ///
    /// Along paths, in place of derivatives, NaN is sent down every path: it marks what the output was computed from.
    ///
    /// # Panics
    /// With 2³² slots or more.
    pub(super) fn sweep(
        &self,
        page: (&[Cell<Node<T>>], &[Cell<T>]),
        output: u32,
        along: Along,
        adjoints: &mut Vec<T>,
        scratch: &mut Vec<T>,
    ) {
        let (mut end, (nodes, partials)) = (self.slots(), page);
        let slots = end + nodes.len();
        assert!(slots.max(self.data.len()) < MAX_SLOTS, "{TOO_LARGE}");
        adjoints.clear();
        adjoints.resize(slots, T::zero());
        adjoints[output as usize] = match along {
            Along::Derivatives => T::one(),
            Along::Paths => T::nan(),
        };

        let mut sweep = Sweep { tape: self, adjoints, scratch, partials, along };
        sweep.nodes(nodes, end);
        sweep.partials = &self.nodes.partials;
        for block in self.blocks.iter().rev() {
            sweep.nodes(&self.nodes.list[block.nodes_before..][..end - block.end()], block.end());
            if let Some(backward) = block.backward {
                backward(&mut sweep, block.noted, block.slot as usize..block.end());
            }
            end = block.slot as usize;
        }
        sweep.nodes(&self.nodes.list[..end - 1], 1);
    }
}

impl<T: Scalar> Nodes<T> {
    fn next_slot(&self) -> usize {
        self.list.len() + self.offset
    }

    /// Appends a node; returns its slot.
    #[inline(always)]
    pub(super) fn push<const N: usize>(&mut self, backward: Backward<T>, parents: [u32; 2], partials: [T; N]) -> u32 {
        let slot = self.next_slot() as u32;
        self.list.push(Cell::new(Node { backward, parents }));
        self.partials.extend(partials.map(Cell::new));
        slot
    }

    /// Appends nodes, with the partials of all of them.
    pub(super) fn append(&mut self, nodes: &[Cell<Node<T>>], partials: &[Cell<T>]) {
        self.list.extend_from_slice(nodes);
        self.partials.extend_from_slice(partials);
    }
}

/// The way back over a tape: what has been found, and what is still to be used.
pub(super) struct Sweep<'t, T> {
    pub(super) tape: &'t Tape<T>,
    /// By slot: the derivatives of the output by what stands there.
    pub(super) adjoints: &'t mut [T],
    /// Memory for operations on blocks to work in.
    scratch: &'t mut Vec<T>,
    /// Those of the nodes that the sweep has not come to, the next node's last.
    partials: &'t [Cell<T>],
    pub(super) along: Along,
}

impl<T: Scalar> Sweep<'_, T> {
    /// Over scalar nodes, of which the first has this slot.
    #[inline]
    fn nodes(&mut self, nodes: &[Cell<Node<T>>], first_slot: usize) {
        for (index, node) in nodes.iter().enumerate().rev() {
            let Node { backward, parents } = node.get();
            backward(self, parents, self.adjoints[first_slot + index]);
        }
    }

    /// The partials of a node that has so many: to be taken by its backward closure once, whatever else it does.
    #[inline(always)]
    pub(super) fn partials<const N: usize>(&mut self) -> [T; N] {
        let (rest, own) = self.partials.split_last_chunk().expect("a node's partials are on the tape");
        self.partials = rest;
        own.each_ref().map(Cell::get)
    }

    #[inline(always)]
    fn add(&mut self, slot: u32, derivative: T) {
        self.adjoints[slot as usize] += derivative;
    }

    /// Adds a product in which 0 is a strong zero.
    fn add_product(&mut self, slot: u32, upstream: T, partial: T) {
        self.add(slot, self.along.product(upstream, partial));
    }
}

impl<T> Block<T> {
    /// The slot after its last.
    fn end(&self) -> usize {
        self.slot as usize + self.len as usize
    }
}

impl Place {
    fn view<T>(self, data: &[T]) -> ArrayView2<'_, T> {
        view(&data[self.data as usize..][..self.len()], self.shape())
    }
}

/// The backward closure of a block that has one of the user's own.
fn call_closure<T>(sweep: &mut Sweep<T>, closure: u32, slots: Range<usize>) {
    let (before, here) = sweep.adjoints.split_at_mut(slots.start);
    sweep.tape.closures[closure as usize](&here[..slots.len()], before);
}

/// The backward closure of the result of an operation.
fn operate_back<T: Scalar, const N: usize, O: Operation<N>>(sweep: &mut Sweep<T>, noted: u32, slots: Range<usize>) {
    let (adjoints, here) = sweep.adjoints.split_at_mut(slots.start);
    let upstream = &here[..slots.len()];
    if upstream.iter().all(T::vanishes) {
        return;
    }
    let data = &sweep.tape.data;
    let Note { operands, result, saved } = &sweep.tape.notes[noted as usize];
    let operands: [Place; N] = std::array::from_fn(|i| operands[i]);
    let kept = sweep.tape.kept[noted as usize].downcast_ref().expect("an operation finds what it has kept");
    let mut context = BackwardContext {
        operands: operands.map(|place| place.view(data)),
        result: result.view(data),
        saved: &data[result.data as usize + result.len()..][..*saved as usize],
        upstream,
        adjoints,
        slots: operands.map(|place| place.slot),
        scratch: sweep.scratch,
        along: sweep.along,
    };
    O::backward(kept, &mut context);
}

// The backward closures of the built-in operations on scalars

/// A leaf: nothing before it.
pub(super) fn stop<T>(_: &mut Sweep<T>, _: [u32; 2], _: T) {}

/// ∂/∂x = 1.
pub(super) fn pass<T: Scalar>(sweep: &mut Sweep<T>, [x, _]: [u32; 2], upstream: T) {
    sweep.add(x, upstream);
}

/// ∂/∂x = −1.
pub(super) fn pass_negated<T: Scalar>(sweep: &mut Sweep<T>, [x, _]: [u32; 2], upstream: T) {
    sweep.add(x, -upstream);
}

/// ∂/∂x = ∂/∂y = 1.
pub(super) fn pass_both<T: Scalar>(sweep: &mut Sweep<T>, [x, y]: [u32; 2], upstream: T) {
    sweep.add(x, upstream);
    sweep.add(y, upstream);
}

/// ∂/∂x = 1, ∂/∂y = −1.
pub(super) fn pass_difference<T: Scalar>(sweep: &mut Sweep<T>, [x, y]: [u32; 2], upstream: T) {
    sweep.add(x, upstream);
    sweep.add(y, -upstream);
}

/// One parent.
pub(super) fn scale<T: Scalar>(sweep: &mut Sweep<T>, [x, _]: [u32; 2], upstream: T) {
    let [by_x] = sweep.partials();
    if upstream.is_plain() {
        sweep.add(x, upstream * by_x);
    } else {
        sweep.add_product(x, upstream, by_x);
    }
}

/// Two parents, or one twice.
pub(super) fn scale_both<T: Scalar>(sweep: &mut Sweep<T>, [x, y]: [u32; 2], upstream: T) {
    let [by_x, by_y] = sweep.partials();
    if !upstream.is_plain() {
        sweep.add_product(x, upstream, by_x);
        sweep.add_product(y, upstream, by_y);
    } else if x == y {
        // x·x: added at once, as a second addition would have to wait until the first is back from memory.
        sweep.add(x, upstream * (by_x + by_y));
    } else {
        sweep.add(x, upstream * by_x);
        sweep.add(y, upstream * by_y);
    }
}
