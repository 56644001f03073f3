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
//! operation with a boxed closure. Between two blocks a node's slot is its index plus an offset, so nodes need not
//! store it.

use crate::Scalar;
use std::ops::Range;

/// The backward closure of a scalar node: adds to the adjoints of the parents what the adjoint of the node brings.
///
/// It captures nothing, hence is a plain function; what it needs lies in the node.
pub(crate) type Backward<T> = fn(&Tape<T>, &Node<T>, upstream: T, adjoints: &mut [T]);

/// One operation that gave one number. 32 bytes in double precision.
pub(crate) struct Node<T> {
    pub(crate) backward: Backward<T>,
    /// The slots of the parents, or what `backward` takes them for.
    pub(crate) parents: [u32; 2],
    /// The local derivatives of this number by its parents, or what `backward` takes them for.
    pub(crate) partials: [T; 2],
}

const _: () = assert!(size_of::<Node<f64>>() <= 32);

/// Numbers side by side: leaves, or the result of one operation.
struct Block {
    /// How many scalar nodes were recorded before it.
    nodes_before: usize,
    slot: u32,
    len: u32,
    /// The index of its backward closure, or [`LEAVES`].
    closure: u32,
}

/// In place of a closure: nothing before these numbers.
const LEAVES: u32 = u32::MAX;

/// The backward closure of a block: gets its adjoints, and adds to those of the slots before it.
type Closure<T> = Box<dyn Fn(&[T], &mut [T]) + Send>;

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

pub(crate) struct Tape<T> {
    nodes: Vec<Node<T>>,
    /// The slot of the next node, less its index.
    offset: usize,
    blocks: Vec<Block>,
    closures: Vec<Closure<T>>,
    pub(super) inputs: Vec<Inputs>,
    /// The numbers of blocks and of the inputs of layers. Those of scalar nodes are in their handles alone.
    pub(super) data: Vec<T>,
    pub(super) slots: Vec<u32>,
}

/// Tapes have fewer slots than this, so that a slot fits 32 bits.
const MAX_SLOTS: usize = u32::MAX as usize;
const TOO_LARGE: &str = "a graph holds fewer than 2³² numbers";

impl<T: Scalar> Tape<T> {
    pub(crate) fn new() -> Tape<T> {
        Tape {
            nodes: Vec::new(),
            offset: 1,
            blocks: Vec::new(),
            closures: Vec::new(),
            inputs: Vec::new(),
            data: Vec::new(),
            slots: Vec::new(),
        }
    }

    /// Forgets everything, and keeps the memory for what comes next.
    pub(crate) fn clear(&mut self) {
        self.nodes.clear();
        self.offset = 1;
        self.blocks.clear();
        self.closures.clear();
        self.inputs.clear();
        self.data.clear();
        self.slots.clear();
    }

    /// How many slots there are, that of the constants included.
    pub(crate) fn slots(&self) -> usize {
        self.nodes.len() + self.offset
    }

    /// Appends a scalar node; returns its slot.
    #[inline(always)]
    pub(crate) fn push(&mut self, node: Node<T>) -> u32 {
        // Not checked for overflow: a slot is used by the sweep alone, which checks first.
        let slot = (self.nodes.len() + self.offset) as u32;
        self.nodes.push(node);
        slot
    }

    /// Appends leaves side by side whose numbers are in their handles alone; returns their first slot.
    #[inline(always)]
    pub(super) fn push_handles(&mut self, len: usize) -> u32 {
        let slot = self.slots() as u32;
        self.push_block(len as u32, LEAVES);
        self.offset += len;
        slot
    }

    /// Appends leaves side by side; returns their first slot, and where their numbers begin in `data`.
    pub(super) fn push_leaves(&mut self, numbers: &[T]) -> (u32, u32) {
        self.push_numbers(numbers, LEAVES)
    }

    /// Appends the result of an operation with a boxed closure; returns the same.
    pub(super) fn push_result(&mut self, numbers: &[T], backward: Closure<T>) -> (u32, u32) {
        self.closures.push(backward);
        self.push_numbers(numbers, self.closures.len() as u32 - 1)
    }

    fn push_numbers(&mut self, numbers: &[T], closure: u32) -> (u32, u32) {
        let place = (self.slots() as u32, self.data.len() as u32);
        assert!(self.slots().max(self.data.len()) + numbers.len() < MAX_SLOTS, "{TOO_LARGE}");
        self.data.extend_from_slice(numbers);
        self.push_block(numbers.len() as u32, closure);
        self.offset += numbers.len();
        place
    }

    fn push_block(&mut self, len: u32, closure: u32) {
        self.blocks.push(Block { nodes_before: self.nodes.len(), slot: self.slots() as u32, len, closure });
    }

    /// The derivatives of the number at `output` by every number before it, into `adjoints`: one loop backwards.
    ///
    /// # Panics
    /// With 2³² slots or more on the tape.
    pub(crate) fn sweep(&self, output: u32, adjoints: &mut Vec<T>) {
        assert!(self.slots().max(self.data.len()) < MAX_SLOTS, "{TOO_LARGE}");
        let output = output as usize;
        let blocks = self.blocks.partition_point(|block| block.slot as usize <= output);
        let blocks = &self.blocks[..blocks];
        let end = blocks.last().map_or(0, Block::end).max(output + 1);
        adjoints.clear();
        adjoints.resize(end, T::zero());
        adjoints[output] = T::one();

        let mut end = end;
        for block in blocks.iter().rev() {
            self.sweep_nodes(block.nodes_before, block.end()..end, adjoints);
            if block.closure != LEAVES {
                let (before, here) = adjoints.split_at_mut(block.slot as usize);
                self.closures[block.closure as usize](&here[..block.len as usize], before);
            }
            end = block.slot as usize;
        }
        self.sweep_nodes(0, 1..end, adjoints);
    }

    /// The part of the sweep over the scalar nodes from `first` on, which have these slots.
    #[inline]
    fn sweep_nodes(&self, first: usize, slots: Range<usize>, adjoints: &mut [T]) {
        let nodes = &self.nodes[first..first + slots.len()];
        for (node, slot) in nodes.iter().zip(slots).rev() {
            let upstream = adjoints[slot];
            if !upstream.vanishes() {
                (node.backward)(self, node, upstream, adjoints);
            }
        }
    }
}

impl Block {
    /// The slot after its last.
    fn end(&self) -> usize {
        self.slot as usize + self.len as usize
    }
}

// The backward closures of the built-in operations

/// A leaf: nothing before it.
pub(super) fn stop<T>(_: &Tape<T>, _: &Node<T>, _: T, _: &mut [T]) {}

/// ∂/∂x = 1.
pub(super) fn pass<T: Scalar>(_: &Tape<T>, node: &Node<T>, upstream: T, adjoints: &mut [T]) {
    adjoints[node.parents[0] as usize] += upstream;
}

/// ∂/∂x = ∂/∂y = 1.
pub(super) fn pass_both<T: Scalar>(_: &Tape<T>, node: &Node<T>, upstream: T, adjoints: &mut [T]) {
    for parent in node.parents {
        adjoints[parent as usize] += upstream;
    }
}

/// ∂/∂x = 1, ∂/∂y = −1.
pub(super) fn pass_difference<T: Scalar>(_: &Tape<T>, node: &Node<T>, upstream: T, adjoints: &mut [T]) {
    let [x, y] = node.parents;
    adjoints[x as usize] += upstream;
    adjoints[y as usize] -= upstream;
}

/// One parent.
pub(super) fn scale<T: Scalar>(_: &Tape<T>, node: &Node<T>, upstream: T, adjoints: &mut [T]) {
    adjoints[node.parents[0] as usize] += upstream * node.partials[0];
}

/// Two parents, or one twice.
pub(super) fn scale_both<T: Scalar>(_: &Tape<T>, node: &Node<T>, upstream: T, adjoints: &mut [T]) {
    let ([x, y], [by_x, by_y]) = (node.parents, node.partials);
    if x == y {
        // x·x: added at once, as a second addition would have to wait until the first is back from memory.
        adjoints[x as usize] += upstream * (by_x + by_y);
    } else {
        adjoints[x as usize] += upstream * by_x;
        adjoints[y as usize] += upstream * by_y;
    }
}
