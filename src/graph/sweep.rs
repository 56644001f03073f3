//! The sweep: the backward pass over the tape.

use super::tape::{MAX_SLOTS, Node, OperationRecord, Place, TOO_LARGE, Tape};
use crate::matrix::ops::{Along, BackwardContext, Operation};
use crate::scalar::Scalar;
use std::cell::Cell;
use std::ops::Range;

/// The backward function of a scalar node: propagates its adjoint, `upstream`, to the adjoints of its parents.
///
/// It captures nothing, so it is a plain function; the partials are on the tape.
pub(super) type Backward<T> = fn(&mut Sweep<'_, T>, parents: [u32; 2], upstream: T);

/// The backward function of a block: propagates the adjoints of its `slots` to those of the slots before it. `index` is
/// that of its data, in `operations` or in `closures` of the tape.
pub(super) type BlockBackward<T> = fn(&mut Sweep<'_, T>, index: u32, slots: Range<usize>);

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

        let mut sweep = Sweep { tape: self, adjoints, scratch, partials, along };
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
}

/// The state of a backward pass over a tape.
pub(super) struct Sweep<'t, T> {
    pub(super) tape: &'t Tape<T>,
    /// The derivatives of the output with respect to the value at each slot.
    pub(super) adjoints: &'t mut [T],
    /// Memory for intermediate values of operations on matrices.
    scratch: &'t mut Vec<T>,
    /// The partials of the nodes that are not yet visited; those of the next node are last.
    partials: &'t [Cell<T>],
    pub(super) along: Along,
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

/// The backward function of a block with a custom backward closure.
pub(super) fn call_closure<T>(sweep: &mut Sweep<T>, closure: u32, slots: Range<usize>) {
    let (adjoints, upstream) = sweep.adjoints.split_at_mut(slots.start);
    sweep.tape.closures[closure as usize](&upstream[..slots.len()], adjoints);
}

/// The backward function of the result of an operation on matrices.
pub(super) fn operate_back<T: Scalar, const N: usize, O: Operation<N>>(
    sweep: &mut Sweep<T>,
    index: u32,
    slots: Range<usize>,
) {
    let (adjoints, upstream) = sweep.adjoints.split_at_mut(slots.start);
    let upstream = &upstream[..slots.len()];
    if upstream.iter().all(T::vanishes) {
        return;
    }
    let data = &sweep.tape.data;
    let OperationRecord { operands, result, saved } = &sweep.tape.operations[index as usize];
    let operands: [Place; N] = std::array::from_fn(|i| operands[i]);
    let kept = sweep.tape.kept[index as usize].downcast_ref().expect("the type is that of the operation");
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
