//! [`Recorder`]: records operations on the tape of a graph, through a shared reference.
//!
//! To borrow a `RefCell` for each operation would take longer than to write the node. So nodes are first written to a
//! page of `Cell`s, which need no borrow. A full page is appended to the tape; so is a page with any nodes before the
//! tape is used.

use super::sweep::stop;
use super::tape::{Backward, MAX_SLOTS, Node, TOO_LARGE, Tape};
use crate::matrix::ops::{Along, Leaf};
use crate::scalar::Scalar;
use std::array::from_fn;
use std::cell::{Cell, RefCell};

/// The number of nodes in a page.
const PAGE: usize = 64;

pub(super) struct Recorder<T> {
    nodes: [Cell<Node<T>>; PAGE],
    /// The number of nodes on the page.
    len: Cell<usize>,
    /// At most two for each node.
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

    /// Returns the number of slots, including the slot of the constants.
    pub(super) fn slots(&self) -> usize {
        self.first_slot.get().wrapping_add(self.len.get())
    }

    /// Records a scalar node with its partials, at most two, and returns its slot.
    #[inline(always)]
    pub(super) fn push<const N: usize>(&self, backward: Backward<T>, parents: [u32; 2], partials: [T; N]) -> u32 {
        if self.len.get() == PAGE {
            self.turn_page();
        }
        // Not checked for overflow: `turn_page` checks that another page fits.
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

    /// Appends the nodes of the page to the tape.
    ///
    /// # Panics
    /// If there are 2³² slots or more, or if the tape is borrowed by an operation or a sweep.
    #[inline(never)]
    #[track_caller]
    fn turn_page(&self) {
        let Ok(mut tape) = self.tape.try_borrow_mut() else { in_use() };
        assert!(tape.slots() + 2 * PAGE < MAX_SLOTS, "{TOO_LARGE}");
        tape.nodes.append(&self.nodes[..self.len.take()], &self.partials[..self.partials_len.take()]);
        self.first_slot.set(tape.slots());
    }

    /// Calls `f` with the tape, which has all nodes, to append to it.
    #[inline(always)]
    #[track_caller]
    pub(super) fn append<R>(&self, f: impl FnOnce(&mut Tape<T>) -> R) -> R {
        if self.len.get() > 0 {
            self.turn_page();
        }
        let Ok(mut tape) = self.tape.try_borrow_mut() else { in_use() };
        let result = f(&mut tape);
        self.first_slot.set(tape.slots());
        result
    }

    /// Calls `f` with the tape as [`append`](Self::append) does, for an `f` that calls user code.
    ///
    /// The page counts as full during the call. Otherwise a node that user code records, such as the forward pass of an
    /// operation, would get the slot of a node that `f` appends.
    #[inline]
    #[track_caller]
    pub(super) fn write<R>(&self, f: impl FnOnce(&mut Tape<T>) -> R) -> R {
        if self.len.get() > 0 {
            self.turn_page();
        }
        let closed = ClosedPage(self);
        let Ok(mut tape) = self.tape.try_borrow_mut() else { in_use() };
        self.len.set(PAGE);
        self.first_slot.set(tape.slots().wrapping_sub(PAGE));
        let result = f(&mut tape);
        self.len.set(0);
        self.first_slot.set(tape.slots());
        std::mem::forget(closed);
        result
    }

    /// Calls `f` with the tape, which does not have the nodes of the page.
    #[inline]
    #[track_caller]
    pub(super) fn read<R>(&self, f: impl FnOnce(&Tape<T>) -> R) -> R {
        let Ok(tape) = self.tape.try_borrow() else { in_use() };
        f(&tape)
    }

    /// Computes the derivatives of the value at the slot `output` with respect to every value before it, into
    /// `adjoints`; see [`Tape::sweep`].
    #[inline]
    #[track_caller]
    pub(super) fn sweep(&self, output: u32, along: Along, adjoints: &mut Vec<T>, scratch: &mut Vec<T>) {
        let Ok(tape) = self.tape.try_borrow() else { in_use() };
        let page = (&self.nodes[..self.len.get()], &self.partials[..self.partials_len.get()]);
        tape.sweep(page, output, along, adjoints, scratch);
    }

    /// Computes the derivatives of the value at the slot `output` with respect to `leaves`, the first values on the
    /// tape, into their memory; see [`Tape::sweep_into`].
    #[track_caller]
    pub(super) fn sweep_into(&self, output: u32, adjoints: &mut Vec<T>, leaves: &mut [Leaf<T>], scratch: &mut Vec<T>) {
        let Ok(tape) = self.tape.try_borrow() else { in_use() };
        let page = (&self.nodes[..self.len.get()], &self.partials[..self.partials_len.get()]);
        tape.sweep_into(page, output, adjoints, leaves, scratch);
    }

    /// Removes everything and keeps the memory.
    #[inline]
    pub(super) fn clear(&mut self) {
        let tape = self.tape.get_mut();
        tape.clear();
        self.len.set(0);
        self.partials_len.set(0);
        self.first_slot.set(tape.slots());
    }
}

/// A guard for a page that counts as full. If a panic drops it, the page is empty again.
struct ClosedPage<'r, T: Scalar>(&'r Recorder<T>);

impl<T: Scalar> Drop for ClosedPage<'_, T> {
    #[cold]
    fn drop(&mut self) {
        // The tape is still borrowed if this call is within another, whose guard then empties the page.
        if let Ok(tape) = self.0.tape.try_borrow() {
            self.0.len.set(0);
            self.0.first_slot.set(tape.slots());
        }
    }
}

#[cold]
#[track_caller]
fn in_use() -> ! {
    panic!(
        "the graph is in use: the forward and backward passes of an operation must compute only with \
         the values that they receive"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// Slots are integers of 32 bits: recording panics before a slot is assigned twice, not only in the sweep.
    #[test]
    fn recording_more_values_than_slots_panics() {
        let recorder = Recorder::<f64>::new();
        recorder.append(|tape| tape.push_handles(MAX_SLOTS - 10 * PAGE));
        let record_many = || {
            (0..20 * PAGE).for_each(|_| {
                recorder.push(stop, [0, 0], []);
            })
        };
        let panic = catch_unwind(AssertUnwindSafe(record_many)).unwrap_err();
        assert_eq!(panic.downcast_ref::<String>().unwrap(), TOO_LARGE);
        assert!(recorder.slots() < MAX_SLOTS);
        let handles = || recorder.append(|tape| tape.push_handles(10 * PAGE));
        assert!(catch_unwind(AssertUnwindSafe(handles)).is_err());
    }
}
