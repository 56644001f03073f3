//! [`Recorder`]: takes down operations as they happen.
//!
//! Every operation writes to the tape of its graph, through a shared reference. To ask a `RefCell` each time whether it
//! may would take longer than to write. So nodes are noted on a page of cells first, where nobody need be asked, and go
//! from there to the tape, a page at a time, or when the tape is wanted.

use super::tape::{Backward, MAX_SLOTS, Node, TOO_LARGE, Tape, stop};
use crate::matrix::ops::Along;
use crate::scalar::Scalar;
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
        self.first_slot.get().wrapping_add(self.len.get())
    }

    /// Takes down a scalar node with its partials, two at most; returns its slot.
    #[inline(always)]
    pub(super) fn push<const N: usize>(&self, backward: Backward<T>, parents: [u32; 2], partials: [T; N]) -> u32 {
        if self.len.get() == PAGE {
            self.turn_page();
        }
        // Not checked for overflow: whoever turns the page checks that another one fits.
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
    ///
    /// # Panics
    /// With 2³² slots or more; while the tape is written or swept.
    #[inline(never)]
    #[track_caller]
    fn turn_page(&self) {
        let Ok(mut tape) = self.tape.try_borrow_mut() else { in_use() };
        assert!(tape.slots() + 2 * PAGE < MAX_SLOTS, "{TOO_LARGE}");
        tape.nodes.append(&self.nodes[..self.len.take()], &self.partials[..self.partials_len.take()]);
        self.first_slot.set(tape.slots());
    }

    /// Calls `f` with the tape, all nodes on it, to append to it.
    #[inline]
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
    /// Meanwhile the page counts as full: a node noted there by the forward pass of an operation, say, would share its slot with what `f` appends.
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

    /// Calls `f` with the tape, but for what is on the page.
    #[inline]
    #[track_caller]
    pub(super) fn read<R>(&self, f: impl FnOnce(&Tape<T>) -> R) -> R {
        let Ok(tape) = self.tape.try_borrow() else { in_use() };
        f(&tape)
    }

    /// The derivatives of the number at `output` by every number before it, into `adjoints`; see [`Tape::sweep`].
    #[inline]
    #[track_caller]
    pub(super) fn sweep(&self, output: u32, along: Along, adjoints: &mut Vec<T>, scratch: &mut Vec<T>) {
        let Ok(tape) = self.tape.try_borrow() else { in_use() };
        let page = (&self.nodes[..self.len.get()], &self.partials[..self.partials_len.get()]);
        tape.sweep(page, output, along, adjoints, scratch);
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

/// A page that nothing may be noted on; when dropped by a panic, an empty one after what is on the tape.
struct ClosedPage<'r, T: Scalar>(&'r Recorder<T>);

impl<T: Scalar> Drop for ClosedPage<'_, T> {
    #[cold]
    fn drop(&mut self) {
        // Still in use where this call came from within another, which opens the page in its turn.
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
        "a graph is used while it records or sweeps: the forward and backward passes of an operation must compute with the \
         numbers they are given alone"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// Slots are numbers of 32 bits: recording stops before one is given twice, and long before a sweep.
    #[test]
    fn recording_more_numbers_than_slots_panics() {
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
