//! Executes codes on the points of a part.
//!
//! Points are cut into parts of a fixed number, which threads may share. The points of a part that take one path are
//! gathered in groups of lanes. The last group has lanes without a point, which repeat the last point with the weight 0.

use super::compile::{Code, Derivative};
use crate::kernels::machine::{LaneFloat, Operand};
use crate::kernels::slices::{aligned, values_per_line};
use crate::kernels::sums;
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

/// Points that take one path, by their indices.
#[derive(Clone, Copy)]
pub(super) enum Points<'a> {
    /// All points from the first one on.
    All {
        first: usize,
        len: usize,
    },
    Some(&'a [u32]),
}

impl Points<'_> {
    fn len(&self) -> usize {
        match self {
            Points::All { len, .. } => *len,
            Points::Some(indices) => indices.len(),
        }
    }
}

/// The points to be computed.
#[derive(Clone, Copy)]
pub(super) struct Input<'a, T> {
    pub(super) rows: &'a ArrayView2<'a, T>,
    /// The first point of the part.
    pub(super) part: usize,
    pub(super) points: Points<'a>,
    pub(super) uniforms: &'a [T],
}

/// Fills the values that all points share: those of the code, and the parameters, which are the first ones.
pub(super) fn fill_uniforms<T: LaneFloat>(uniforms: &mut Vec<T>, values: &[T], parameters: &[T]) {
    uniforms.clear();
    uniforms.extend_from_slice(values);
    uniforms[..parameters.len()].copy_from_slice(parameters);
}

/// Copies the columns of points to their slots. Lanes without a point repeat the last one.
pub(super) fn load<T: LaneFloat>(
    rows: &ArrayView2<'_, T>,
    columns: &[[u32; 2]],
    point: impl Fn(usize) -> usize,
    lanes: usize,
    slots: &mut [T],
) {
    let width = rows.ncols();
    match rows.to_slice() {
        Some(all) => load_rows(|i| &all[i * width..][..width], width, columns, point, lanes, slots),
        None if rows.strides()[1] == 1 => {
            load_rows(|i| rows.row(i).to_slice().unwrap_or(&[]), width, columns, point, lanes, slots);
        }
        None => {
            for &[column, slot] in columns {
                let (values, slot) = (rows.column(column as usize), &mut slots[slot as usize * lanes..][..lanes]);
                for (lane, x) in slot.iter_mut().enumerate() {
                    *x = values[point(lane)];
                }
            }
        }
    }
}

/// Copies the columns of rows that are contiguous in memory. Several rows are read at the same time, so that a line of
/// a slot is written at once.
#[inline(always)]
fn load_rows<'a, T: LaneFloat>(
    row: impl Fn(usize) -> &'a [T],
    width: usize,
    columns: &[[u32; 2]],
    point: impl Fn(usize) -> usize,
    lanes: usize,
    slots: &mut [T],
) {
    for first in (0..lanes).step_by(BLOCK) {
        let mut rows = [&[][..]; BLOCK];
        for (lane, slice) in rows.iter_mut().enumerate() {
            *slice = &row(point(first + lane))[..width];
        }
        for &[column, slot] in columns {
            let slot = &mut slots[slot as usize * lanes + first..][..BLOCK];
            for lane in 0..BLOCK {
                slot[lane] = rows[lane][column as usize];
            }
        }
    }
}

/// The number of points whose columns are copied at the same time: a line of double precision.
const BLOCK: usize = 8;

impl<T: LaneFloat> Code<T> {
    /// Computes the uniform values for the parameters of a call.
    pub(super) fn start(&self, parameters: &[T], uniforms: &mut Vec<T>, scratch: &mut Scratch<T>) {
        fill_uniforms(uniforms, &self.uniforms, parameters);
        let width = values_per_line::<T>();
        let slots = aligned(&mut scratch.slots, self.prologue.slots * width);
        // It is executed once, so that it can always be exact.
        self.prologue.run(uniforms, slots, &mut [], 1, true);
        for &[slot, place] in &self.exports {
            uniforms[place as usize] = slots[slot as usize * width];
        }
    }

    /// Computes points; `sums` gets the totals.
    pub(super) fn run(
        &self,
        input: Input<'_, T>,
        results: &mut Results<'_, T>,
        sums: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        for is_strong in [false, true] {
            // 0·∞ is NaN, and NaN stays in every sum, so finite derivatives are those with strong zeros.
            if self.run_groups(input, results, sums, scratch, is_strong) {
                break;
            }
        }
    }

    /// Computes the points and returns true if their derivatives are finite.
    fn run_groups(
        &self,
        Input { rows, part, points, uniforms }: Input<'_, T>,
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
            match points {
                Points::All { first, .. } => {
                    load(rows, &self.columns, |lane| first + start + lane.min(count - 1), lanes, slots);
                }
                Points::Some(indices) => {
                    let group = &indices[start..start + count];
                    load(rows, &self.columns, |lane| group[lane.min(count - 1)] as usize, lanes, slots);
                }
            }
            if let Some(weight) = self.weight {
                let weights = &mut slots[weight as usize * lanes..][..lanes];
                weights[..count].fill(T::one());
                weights[count..].fill(T::zero());
            }
            self.body.run(uniforms, slots, totals, lines, is_strong);
            match points {
                Points::All { first, .. } => {
                    are_finite &= self.store(slots, uniforms, count, |lane| first + start + lane - part, results);
                }
                Points::Some(indices) => {
                    let group = &indices[start..start + count];
                    are_finite &= self.store(slots, uniforms, count, |lane| group[lane] as usize - part, results);
                }
            }
            start += count;
        }
        for (sum, total) in sums.iter_mut().zip(totals.chunks_exact(width)) {
            *sum = sums::sum(total);
            are_finite &= sum.is_finite();
        }
        are_finite
    }

    /// Copies the results of a group, and returns true if the derivatives are finite.
    #[inline(always)]
    fn store(
        &self,
        slots: &[T],
        uniforms: &[T],
        count: usize,
        place: impl Fn(usize) -> usize,
        results: &mut Results<'_, T>,
    ) -> bool {
        let lanes = self.lines(count) * values_per_line::<T>();
        let outputs = self.outputs.len();
        for (index, &output) in self.outputs.iter().enumerate() {
            match output {
                Operand::Slot(slot) => {
                    for (lane, &x) in slots[slot as usize * lanes..][..count].iter().enumerate() {
                        results.values[place(lane) * outputs + index] = x;
                    }
                }
                Operand::Uniform(uniform) => {
                    for lane in 0..count {
                        results.values[place(lane) * outputs + index] = uniforms[uniform as usize];
                    }
                }
            }
        }
        let mut are_finite = true;
        if results.width > 0 {
            let size = outputs * results.width;
            for lane in 0..count {
                let rows = &mut results.jacobian[place(lane) * size..][..size];
                rows.fill(T::zero());
                for derivative in &self.derivatives {
                    let x = match derivative.operand {
                        Operand::Slot(slot) => slots[slot as usize * lanes + lane],
                        Operand::Uniform(uniform) => uniforms[uniform as usize],
                    };
                    are_finite &= x.is_finite();
                    // A parameter or column is one node, so there is one derivative for each element.
                    rows[derivative.index as usize] = if derivative.is_negative { -x } else { x };
                }
            }
        }
        are_finite
    }

    /// Adds the gradient of the sum, from the totals of all parts.
    pub(super) fn finish(
        &self,
        sums: impl Iterator<Item = T>,
        uniforms: &mut [T],
        gradient: &mut [T],
        scratch: &mut Scratch<T>,
    ) {
        for (&place, sum) in self.totals.iter().zip(sums) {
            uniforms[place as usize] = sum;
        }
        let width = values_per_line::<T>();
        let slots = aligned(&mut scratch.slots, self.epilogue.slots * width);
        let value = |slots: &[T], derivative: &Derivative| {
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
