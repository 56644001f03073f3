//! Operations on matrices on the tape: how their results are appended, and their backward functions.

use super::tape::{Closure, MAX_OPERANDS, MAX_SLOTS, OperationRecord, Place, Start, Sweep, TOO_LARGE, Tape};
use crate::kernels::slices::MatrixView;
use crate::matrix::ops::{Adjoints, BackwardContext, Operation, initialize, view};
use crate::scalar::Scalar;
use std::ops::Range;

impl<T: Scalar> Tape<T> {
    /// Appends the result of an operation with a custom backward closure.
    pub(super) fn push_result(&mut self, values: &[T], backward: Closure<T>) -> Start {
        self.closures.push(backward);
        self.push_values(values, Some(call_closure), self.closures.len() as u32 - 1)
    }

    /// Computes an operation and appends its result, whose shape is given.
    #[track_caller]
    pub(super) fn push_operation<const N: usize, O: Operation<N>>(
        &mut self,
        operands: [Place; N],
        shape: [usize; 2],
        operation: O,
    ) -> Place {
        const { assert!(N <= MAX_OPERANDS) };
        let shapes = operands.each_ref().map(Place::shape);
        let (len, saved) = (shape.iter().product::<usize>(), operation.saved(shapes));
        let data = self.data.len();
        assert!(self.slots().max(data) + len + saved < MAX_SLOTS, "{TOO_LARGE}");
        self.data.resize(data + len + saved, T::zero());
        let (before, result) = self.data.split_at_mut(data);
        let (result, to_save) = result.split_at_mut(len);
        let views = operands.map(|place| view(place.elements(before, &self.shared), place.shape()));
        let kept = operation.forward(views, result, to_save);

        let is_constant = operands.iter().all(|operand| operand.start.slot == 0);
        let slot = if is_constant { 0 } else { self.slots() as u32 };
        let result = Place::new(Start { slot, array: 0, data: data as u32 }, shape);
        if is_constant {
            self.data.truncate(data + len);
        } else {
            self.push_block(len as u32, Some(operate_back::<T, N, O>), self.operations.len() as u32);
            self.nodes.offset += len;
            let operands = std::array::from_fn(|i| *operands.get(i).unwrap_or(&result));
            self.keep(kept);
            self.operations.push(OperationRecord { operands, result, saved: saved as u32 });
        }
        result
    }

    /// Stores the `Kept` of the next operation, in the box from before the tape was cleared if the type is the same.
    fn keep<K: Send + 'static>(&mut self, kept: K) {
        match self.kept.get_mut(self.operations.len()).map(|kept| kept.downcast_mut::<K>()) {
            Some(Some(earlier)) => *earlier = kept,
            Some(None) => self.kept[self.operations.len()] = Box::new(kept),
            None => self.kept.push(Box::new(kept)),
        }
    }
}

/// The backward function of a block with a custom backward closure.
fn call_closure<T>(sweep: &mut Sweep<T>, closure: u32, slots: Range<usize>) {
    let (adjoints, upstream) = sweep.adjoints.split_at_mut(slots.start);
    sweep.tape.closures[closure as usize](&upstream[..slots.len()], adjoints);
}

/// The backward function of the result of an operation on matrices.
fn operate_back<T: Scalar, const N: usize, O: Operation<N>>(sweep: &mut Sweep<T>, index: u32, slots: Range<usize>) {
    let start = slots.start - sweep.first;
    if initialize(sweep.adjoints, &mut sweep.fresh, start..start + slots.len()) {
        return; // the output does not depend on the result
    }
    let (adjoints, upstream) = sweep.adjoints.split_at_mut(start);
    let upstream = &upstream[..slots.len()];
    if upstream.iter().all(T::vanishes) {
        return;
    }
    let matrix = |place: Place| MatrixView::new(sweep.tape.elements(place), place.shape());
    let OperationRecord { operands, result, saved } = &sweep.tape.operations[index as usize];
    let operands: [Place; N] = std::array::from_fn(|i| operands[i]);
    let kept = sweep.tape.kept[index as usize].downcast_ref().expect("the type is that of the operation");
    let mut context = BackwardContext {
        operands: operands.map(matrix),
        result: matrix(*result),
        saved: &sweep.tape.data[result.start.data as usize + result.len()..][..*saved as usize],
        upstream,
        adjoints: Adjoints { leaves: sweep.leaves, others: adjoints, first: sweep.first, fresh: &mut sweep.fresh },
        slots: operands.map(|place| place.start.slot),
        scratch: sweep.scratch,
        along: sweep.along,
    };
    O::backward(kept, &mut context);
}
