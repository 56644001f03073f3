//! [`Recorder`]: takes down operations as they happen.
//!
//! Every operation writes to the tape of its graph, through a shared reference. To ask a `RefCell` each time whether it
//! may would take longer than to write. So nodes are noted on a page of cells first, where nobody need be asked, and go
//! from there to the tape, a page at a time, or when the tape is wanted.

use super::tape::{Backward, Node, Tape, stop};
use crate::Scalar;
use std::array::from_fn;
use std::cell::{Cell, RefCell};

/// How many nodes there are to a page.
const PAGE: usize = 64;

pub(super) struct Recorder<T> {
    nodes: [Cell<Node<T>>; PAGE],
    /// How many nodes of the page are in use.
    len: Cell<usize>,
    /// Two for a node at most.
    partials: [Cell<T>; 2 * PAGE],
    partials_len: Cell<usize>,
    /// The slot of the first node of the page.
    first_slot: Cell<usize>,
    tape: RefCell<Tape<T>>,
}

impl<T: Scalar> Recorder<T> {
    pub(super) fn new() -> Recorder<T> {
        let tape = Tape::new();
        Recorder {
            nodes: from_fn(|_| Cell::new(Node { backward: stop, parents: [0, 0] })),
            len: Cell::new(0),
            partials: from_fn(|_| Cell::new(T::zero())),
            partials_len: Cell::new(0),
            first_slot: Cell::new(tape.slots()),
            tape: RefCell::new(tape),
        }
    }

    /// How many slots there are, that of the constants included.
    pub(super) fn slots(&self) -> usize {
        self.first_slot.get() + self.len.get()
    }

    /// Takes down a scalar node with its partials, two at most; returns its slot.
    #[inline(always)]
    pub(super) fn push<const N: usize>(&self, backward: Backward<T>, parents: [u32; 2], partials: [T; N]) -> u32 {
        if self.len.get() == PAGE {
            self.turn_page();
        }
        // Not checked for overflow: a slot is used by the sweep alone, which checks first.
        let slot = self.slots() as u32;
        let (len, partials_len) = (self.len.get(), self.partials_len.get());
        self.nodes[len].set(Node { backward, parents });
        self.len.set(len + 1);
        for (cell, partial) in self.partials[partials_len..][..N].iter().zip(partials) {
            cell.set(partial);
        }
        self.partials_len.set(partials_len + N);
        slot
    }

    /// Brings what is on the page to the tape.
    #[inline(never)]
    fn turn_page(&self) {
        let tape = &mut *self.tape.borrow_mut();
        tape.nodes.append(&self.nodes[..self.len.take()], &self.partials[..self.partials_len.take()]);
        self.first_slot.set(tape.slots());
    }

    /// Calls `f` with the tape, all nodes on it, to append to it.
    #[inline]
    pub(super) fn write<R>(&self, f: impl FnOnce(&mut Tape<T>) -> R) -> R {
        if self.len.get() > 0 {
            self.turn_page();
        }
        let tape = &mut *self.tape.borrow_mut();
        let result = f(tape);
        self.first_slot.set(tape.slots());
        result
    }

    /// Calls `f` with the tape, but for what is on the page.
    #[inline]
    pub(super) fn read<R>(&self, f: impl FnOnce(&Tape<T>) -> R) -> R {
        f(&self.tape.borrow())
    }

    /// The derivatives of the number at `output`, times `seed`, by every number before it, into `adjoints`.
    #[inline]
    pub(super) fn sweep(&self, output: u32, seed: T, adjoints: &mut Vec<T>, scratch: &mut Vec<T>) {
        let page = (&self.nodes[..self.len.get()], &self.partials[..self.partials_len.get()]);
        self.tape.borrow().sweep(page, output, seed, adjoints, scratch);
    }

    /// Forgets everything, and keeps the memory for what comes next.
    #[inline]
    pub(super) fn clear(&mut self) {
        let tape = self.tape.get_mut();
        tape.clear();
        self.len.set(0);
        self.partials_len.set(0);
        self.first_slot.set(tape.slots());
    }
}
