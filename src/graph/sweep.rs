//! The sweep: the backward pass over the tape.

use super::tape::{MAX_SLOTS, Node, Sweep, TOO_LARGE, Tape};
use crate::matrix::ops::{Along, Leaf, initialize};
use crate::scalar::Scalar;
use std::cell::Cell;

impl<T: Scalar> Tape<T> {
    /// Computes the derivatives of the value at the slot `output` with respect to every value before it, into
    /// `adjoints`: one loop backwards. `page` has the nodes after those of the tape, and their partials.
    ///
    /// With [`Along::Paths`], NaN in place of derivatives propagates along every path and marks the values that the
    /// output depends on.
    ///
    /// # Panics
    /// If there are 2³² slots or more.
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

        let mut sweep = Sweep { tape: self, adjoints, first: 0, fresh: 0, leaves: &mut [], scratch, partials, along };
        sweep.nodes(nodes, end);
        sweep.partials = &self.nodes.partials;
        for block in self.blocks.iter().rev() {
            sweep.nodes(&self.nodes.list[block.nodes_before..][..end - block.end()], block.end());
            if let Some(backward) = block.backward {
                backward(&mut sweep, block.index, block.slot as usize..block.end());
            }
            end = block.slot as usize;
        }
        sweep.nodes(&self.nodes.list[..end - 1], 1);
    }

    /// Computes the derivatives of the value at the slot `output` with respect to `leaves`, the first values on the
    /// tape, into their memory. `page` has the nodes after those of the tape, and their partials.
    ///
    /// # Panics
    /// If there are 2³² slots or more.
    pub(super) fn sweep_into(
        &self,
        page: (&[Cell<Node<T>>], &[Cell<T>]),
        output: u32,
        adjoints: &mut Vec<T>,
        leaves: &mut [Leaf<T>],
        scratch: &mut Vec<T>,
    ) {
        let has_only_operations =
            page.0.is_empty() && self.nodes.list.is_empty() && self.closures.is_empty() && self.inputs.is_empty();
        let first = 1 + leaves.iter().map(|leaf| leaf.adjoints.len()).sum::<usize>(); // after the slot of the constants
        if has_only_operations && output as usize >= first {
            leaves.iter_mut().for_each(Leaf::begin);
            if adjoints.len() < self.slots() - first {
                adjoints.resize(self.slots() - first, T::zero());
            }
            let mut fresh = self.slots() - first;
            let output = output as usize - first;
            initialize(adjoints, &mut fresh, output..output + 1);
            adjoints[output] = T::one();
            let along = Along::Derivatives;
            let mut sweep = Sweep { tape: self, adjoints, first, fresh, leaves, scratch, partials: &[], along };
            for block in self.blocks.iter().rev() {
                if let Some(backward) = block.backward {
                    backward(&mut sweep, block.index, block.slot as usize..block.end());
                }
            }
        } else {
            // A scalar node may have any leaf as a parent.
            self.sweep(page, output, Along::Derivatives, adjoints, scratch);
            let mut rest = &adjoints[1..];
            for leaf in &mut *leaves {
                let (of_leaf, of_others) = rest.split_at(leaf.adjoints.len());
                leaf.adjoints.copy_from_slice(of_leaf);
                rest = of_others;
            }
        }
        leaves.iter_mut().for_each(Leaf::end);
    }
}

impl<T: Scalar> Sweep<'_, T> {
    /// Visits scalar nodes backwards; the first has the slot `first_slot`.
    #[inline]
    fn nodes(&mut self, nodes: &[Cell<Node<T>>], first_slot: usize) {
        for (index, node) in nodes.iter().enumerate().rev() {
            let Node { backward, parents } = node.get();
            backward(self, parents, self.adjoints[first_slot + index]);
        }
    }

    /// Takes the `N` partials of the current node. Its backward function must call this exactly once.
    #[inline(always)]
    pub(super) fn partials<const N: usize>(&mut self) -> [T; N] {
        let (rest, partials) = self.partials.split_last_chunk().expect("the partials of a node are on the tape");
        self.partials = rest;
        partials.each_ref().map(Cell::get)
    }

    /// Adds to the adjoint at `slot`.
    #[inline(always)]
    fn add(&mut self, slot: u32, derivative: T) {
        self.adjoints[slot as usize] += derivative;
    }

    /// Adds `upstream` times `partial`, in which 0 is a strong zero, to the adjoint at `slot`.
    fn add_product(&mut self, slot: u32, upstream: T, partial: T) {
        self.add(slot, self.along.product(upstream, partial));
    }
}

// The backward functions of the built-in operations on scalars

/// A leaf, which has no parents.
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

/// One parent x, whose partial is on the tape.
pub(super) fn scale<T: Scalar>(sweep: &mut Sweep<T>, [x, _]: [u32; 2], upstream: T) {
    let [dx] = sweep.partials();
    if upstream.is_plain() {
        sweep.add(x, upstream * dx);
    } else {
        sweep.add_product(x, upstream, dx);
    }
}

/// Two parents x and y, whose partials are on the tape; they can be the same.
pub(super) fn scale_both<T: Scalar>(sweep: &mut Sweep<T>, [x, y]: [u32; 2], upstream: T) {
    let [dx, dy] = sweep.partials();
    if !upstream.is_plain() {
        sweep.add_product(x, upstream, dx);
        sweep.add_product(y, upstream, dy);
    } else if x == y {
        // x·x: the sum is added at once. A second addition would wait until the first is written to memory.
        sweep.add(x, upstream * (dx + dy));
    } else {
        sweep.add(x, upstream * dx);
        sweep.add(y, upstream * dy);
    }
}
