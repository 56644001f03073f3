//! [`Part`]: executes codes on a part of the points.
//!
//! Points are cut into parts of a fixed number, which threads may share. The points of a part that take one path are
//! gathered in groups of lanes. The last group has lanes without a point, which repeat the last point with the weight 0.

use super::compile::{Code, Mode};
use crate::kernels::machine::{LINE, LaneFloat, Operand, values_per_line};
use ndarray::ArrayView2;

/// Memory for the execution of a code.
#[derive(Debug)]
pub(super) struct Scratch<T> {
    slots: Vec<T>,
    totals: Vec<T>,
}

impl<T> Scratch<T> {
    pub(super) fn new() -> Scratch<T> {
        Scratch { slots: Vec::new(), totals: Vec::new() }
    }
}

/// The results of the points of a part.
pub(super) struct Results<'a, T> {
    /// The values, output by output for each point.
    pub(super) values: &'a mut [T],
    /// The rows of the Jacobian, one for each value; empty in other modes.
    pub(super) jacobian: &'a mut [T],
    /// The number of columns of the Jacobian.
    pub(super) width: usize,
}

/// Points that take one path.
#[derive(Clone, Copy)]
pub(super) enum Points<'a> {
    /// All points from the first one on.
    All { first: usize, len: usize },
    /// Those of these indices, in a part that starts at `first`.
    Some { first: usize, indices: &'a [u32] },
}

impl Points<'_> {
    fn len(&self) -> usize {
        match self {
            Points::All { len, .. } => *len,
            Points::Some { indices, .. } => indices.len(),
        }
    }

    /// Returns the index of a point within the part.
    #[inline(always)]
    fn within_part(&self, i: usize) -> usize {
        match self {
            Points::All { .. } => i,
            Points::Some { indices, .. } => indices[i] as usize,
        }
    }

    fn first(&self) -> usize {
        match self {
            Points::All { first, .. } | Points::Some { first, .. } => *first,
        }
    }
}

/// Returns the first `len` elements from the start of a cache line on.
pub(super) fn aligned<T: LaneFloat>(memory: &mut Vec<T>, len: usize) -> &mut [T] {
    let width = values_per_line::<T>();
    if memory.len() < len + width {
        memory.resize(len + width, T::zero());
    }
    let start = memory.as_ptr().align_offset(LINE).min(width);
    &mut memory[start..][..len]
}

/// Copies the columns of points to their slots. Lanes without a point repeat the last one.
pub(super) fn load<T: LaneFloat>(
    rows: &ArrayView2<'_, T>,
    columns: &[[u32; 2]],
    point: impl Fn(usize) -> usize,
    lanes: usize,
    slots: &mut [T],
) {
    let are_columns_contiguous = rows.strides()[0] == 1 && rows.ncols() > 1;
    if are_columns_contiguous {
        for &[column, slot] in columns {
            let (values, slot) = (rows.column(column as usize), &mut slots[slot as usize * lanes..][..lanes]);
            for (lane, x) in slot.iter_mut().enumerate() {
                *x = values[point(lane)];
            }
        }
        return;
    }
    for first in (0..lanes).step_by(BLOCK) {
        let mut block = [rows.row(point(first)); BLOCK];
        for lane in 1..BLOCK {
            block[lane] = rows.row(point(first + lane));
        }
        let mut slices = [&[][..]; BLOCK];
        for (slice, row) in slices.iter_mut().zip(&block) {
            *slice = row.to_slice().unwrap_or(&[]);
        }
        let len = rows.ncols();
        if slices.iter().all(|slice| slice.len() == len) {
            for &[column, slot] in columns {
                let slot = &mut slots[slot as usize * lanes + first..][..BLOCK];
                for lane in 0..BLOCK {
                    slot[lane] = slices[lane][column as usize];
                }
            }
        } else {
            for &[column, slot] in columns {
                for lane in 0..BLOCK {
                    slots[slot as usize * lanes + first + lane] = block[lane][column as usize];
                }
            }
        }
    }
}

/// The number of points whose columns are copied at the same time: a line of double precision.
const BLOCK: usize = 8;

impl<T: LaneFloat> Code<T> {
    /// Computes the uniform values for the parameters of a call.
    pub(super) fn start(&self, parameters: &[T], uniforms: &mut Vec<T>, scratch: &mut Scratch<T>) {
        uniforms.clear();
        uniforms.extend_from_slice(&self.uniforms);
        uniforms[..parameters.len()].copy_from_slice(parameters);
        let width = values_per_line::<T>();
        let slots = aligned(&mut scratch.slots, self.prologue.slots * width);
        self.prologue.run(uniforms, slots, &mut [], 1, false);
        for &[slot, place] in &self.exports {
            uniforms[place as usize] = slots[slot as usize * width];
        }
    }

    /// Computes the points of a part; `sums` gets the totals.
    pub(super) fn run(
        &self,
        mode: Mode,
        rows: &ArrayView2<'_, T>,
        points: Points<'_>,
        uniforms: &[T],
        results: &mut Results<'_, T>,
        sums: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        for is_strong in [false, true] {
            let are_finite = self.run_groups(mode, rows, points, uniforms, results, sums, scratch, is_strong);
            // 0·∞ is NaN, and NaN stays in every sum, so finite derivatives are those with strong zeros.
            if are_finite {
                break;
            }
        }
    }

    /// Computes the points and returns true if their derivatives are finite.
    fn run_groups(
        &self,
        mode: Mode,
        rows: &ArrayView2<'_, T>,
        points: Points<'_>,
        uniforms: &[T],
        results: &mut Results<'_, T>,
        sums: &mut [T],
        scratch: &mut Scratch<T>,
        is_strong: bool,
    ) -> bool {
        let width = values_per_line::<T>();
        let Scratch { slots, totals } = scratch;
        let slots = aligned(slots, self.body.slots * self.lines(points.len()) * width);
        let totals = aligned(totals, self.totals.len() * width);
        totals.fill(T::zero());
        let mut are_finite = true;
        let mut start = 0;
        while start < points.len() {
            let lines = self.lines(points.len() - start);
            let lanes = lines * width;
            let count = lanes.min(points.len() - start);
            let within = |lane: usize| points.within_part(start + lane.min(count - 1));
            load(rows, &self.columns, |lane| points.first() + within(lane), lanes, slots);
            if let Some(weight) = self.weight {
                let weights = &mut slots[weight as usize * lanes..][..lanes];
                weights[..count].fill(T::one());
                weights[count..].fill(T::zero());
            }
            self.body.run(uniforms, slots, totals, lines, is_strong);
            let value = |operand, lane: usize| match operand {
                Operand::Slot(slot) => slots[slot as usize * lanes + lane],
                Operand::Uniform(place) => uniforms[place as usize],
            };
            for lane in 0..count {
                let first = within(lane) * self.outputs.len();
                for (result, &output) in results.values[first..][..self.outputs.len()].iter_mut().zip(&self.outputs) {
                    *result = value(output, lane);
                }
            }
            if matches!(mode, Mode::Parameters | Mode::Columns) {
                let size = self.outputs.len() * results.width;
                for lane in 0..count {
                    let row = &mut results.jacobian[within(lane) * size..][..size];
                    row.fill(T::zero());
                    for derivative in &self.derivatives {
                        let x = value(derivative.operand, lane);
                        are_finite &= x.is_finite();
                        // A node can be a parameter or a column only once, so nothing is added twice.
                        row[derivative.index as usize] = if derivative.is_negative { -x } else { x };
                    }
                }
            }
            start += count;
        }
        for (sum, total) in sums.iter_mut().zip(totals.chunks_exact(width)) {
            *sum = crate::kernels::sums::sum(total);
            are_finite &= sum.is_finite();
        }
        are_finite
    }

    /// Adds the gradient of the sum, from the totals of all parts.
    pub(super) fn finish(&self, sums: &[T], uniforms: &mut [T], gradient: &mut [T], scratch: &mut Scratch<T>) {
        for (&place, &sum) in self.totals.iter().zip(sums) {
            uniforms[place as usize] = sum;
        }
        let width = values_per_line::<T>();
        let slots = aligned(&mut scratch.slots, self.epilogue.slots * width);
        let value = |slots: &[T], derivative: &super::compile::Derivative| {
            let x = match derivative.operand {
                Operand::Slot(slot) => slots[slot as usize * width],
                Operand::Uniform(place) => uniforms[place as usize],
            };
            if derivative.is_negative { -x } else { x }
        };
        self.epilogue.run(uniforms, slots, &mut [], 1, false);
        if !self.gradient.iter().all(|derivative| value(slots, derivative).is_finite()) {
            self.epilogue.run(uniforms, slots, &mut [], 1, true);
        }
        for derivative in &self.gradient {
            gradient[derivative.index as usize] += value(slots, derivative);
        }
    }
}
