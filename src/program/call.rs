//! A call of a program: checks its arguments, finds the path of each point, and computes the parts of the points.

use super::classify::Classifier;
use super::compile::{Mode, compile};
use super::program::Program;
use super::recorded_value::record;
use super::recording::Recording;
use super::run::{Input, Points, Results, fill_uniforms};
use super::state::{PartScratch, Scratch, State};
use crate::error::Error;
use crate::kernels::machine::{LaneFloat, MOST_LINES};
use crate::kernels::slices::values_per_line;
use crate::kernels::sums;
use crate::scalar::double;
use ndarray::{ArrayView2, Axis};
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

/// The largest number of paths that are kept.
const MOST_PATHS: usize = 64;
/// The largest number of parts whose sums are in memory at the same time.
const PARTS: usize = 64;
/// The number of operations of a part, about 100 µs, and its largest number of points.
const OPERATIONS: usize = 1 << 18;
const MOST_POINTS: usize = 4096;

/// A wave of points, ready to be computed in parts.
struct Wave<'a, T> {
    program: &'a Program<T>,
    state: &'a State<T>,
    mode: Mode,
    parameters: &'a [T],
    rows: ArrayView2<'a, T>,
    /// The points of each path, those without one at the end; empty if there is only one path.
    points: &'a [Vec<u32>],
    /// The number of points of each path before each part.
    starts: &'a [u32],
    /// The number of points in a part.
    part: usize,
    uniforms: &'a [Vec<T>],
    /// The place of the sums of each path in the sums of a part; `None` if no point takes it.
    offsets: &'a [Option<usize>],
}

impl<T: LaneFloat> Program<T> {
    /// Returns the number of points in a part. It depends on the function alone, and with it the order of sums.
    fn part(&self, state: &State<T>) -> usize {
        let operations = state.paths.recordings[0].nodes.len().max(1);
        let lanes = MOST_LINES * values_per_line::<T>();
        let least = if state.classifier.is_some() { Classifier::<T>::POINTS } else { lanes };
        (OPERATIONS / operations).clamp(least, MOST_POINTS).next_power_of_two().min(MOST_POINTS)
    }

    fn check(&self, name: &'static str, parameters: &[T], rows: &ArrayView2<'_, T>) -> Result<(), Error> {
        Error::check_count_in(name, "parameters", self.shape[0], parameters.len())?;
        Error::check_count_in(name, "columns", self.shape[1], rows.ncols())
    }

    fn take_scratch(&self) -> Scratch<T> {
        let scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner).pop();
        scratch.unwrap_or_else(Scratch::new)
    }

    fn keep(&self, scratch: Scratch<T>) {
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
    }

    /// Computes values and, if the mode has one, the Jacobian.
    pub(super) fn call(
        &self,
        name: &'static str,
        mode: Mode,
        parameters: &[T],
        rows: ArrayView2<'_, T>,
        values: &mut [T],
        jacobian: &mut [T],
    ) -> Result<(), Error> {
        self.check(name, parameters, &rows)?;
        let (expected, width) = (rows.nrows() * self.outputs, self.width(mode));
        Error::check_count_in(name, "values", expected, values.len())?;
        Error::check_count_in(name, "elements of the Jacobian", expected * width, jacobian.len())?;
        let mut scratch = self.take_scratch();
        let result = self.wave(mode, parameters, rows, values, jacobian, &mut scratch);
        self.keep(scratch);
        result
    }

    /// Returns the number of points whose parts are computed at the same time.
    pub(super) fn points_per_wave(&self) -> usize {
        PARTS * self.part(&self.state())
    }

    /// Computes the sum of the outputs at all points, and its gradient. `feed` calls its argument with blocks of points.
    pub(super) fn sum(
        &self,
        name: &'static str,
        parameters: &[T],
        gradient: &mut [T],
        feed: impl FnOnce(&mut dyn FnMut(ArrayView2<'_, T>) -> Result<(), Error>) -> Result<(), Error>,
    ) -> Result<T, Error> {
        Error::check_count_in(name, "elements of the gradient", self.shape[0], gradient.len())?;
        let mut scratch = self.take_scratch();
        scratch.sums.iter_mut().for_each(Vec::clear);
        scratch.single_gradient.clear();
        scratch.single_gradient.resize(self.shape[0], 0.0);
        let (part, most) = (self.part(&self.state()), self.points_per_wave());
        // In double precision, so that single precision keeps its digits over many parts
        let (mut sum, mut points) = (0.0, 0);
        let result = feed(&mut |rows| {
            self.check(name, parameters, &rows)?;
            for start in (0..rows.nrows()).step_by(most) {
                let end = rows.nrows().min(start + most);
                let wave = rows.slice_axis(Axis(0), (start..end).into());
                let mut values = std::mem::take(&mut scratch.values);
                values.clear();
                values.resize(wave.nrows() * self.outputs, T::zero());
                let result = self.wave(Mode::Sum, parameters, wave, &mut values, &mut [], &mut scratch);
                for part in values.chunks(part * self.outputs.max(1)) {
                    sum += double(&sums::sum(part));
                }
                scratch.values = values;
                result.map_err(|error| match error {
                    Error::NotRecorded { point } => Error::NotRecorded { point: points + point },
                    error => error,
                })?;
                points += end - start;
            }
            Ok(())
        });
        if result.is_ok() {
            self.finish(gradient, &mut scratch);
        }
        self.keep(scratch);
        result.map(|()| T::of(sum))
    }

    /// Computes the gradient from the sums of all parts.
    fn finish(&self, gradient: &mut [T], scratch: &mut Scratch<T>) {
        for (derivative, &sum) in gradient.iter_mut().zip(&scratch.single_gradient) {
            *derivative = T::of(sum);
        }
        let state = self.state();
        for &path in &state.order {
            let Some(sums) = scratch.sums.get(path).filter(|sums| !sums.is_empty()) else { continue };
            // The last wave with points on this path has computed its uniform values.
            let uniforms = &mut scratch.path_uniforms[path];
            let code = state.compiled[path].code(self.shape, Mode::Sum);
            code.finish(sums.iter().map(|&sum| T::of(sum)), uniforms, gradient, &mut scratch.part.run);
        }
    }

    /// Returns the recording that is valid for a point.
    pub(super) fn recording_for(&self, parameters: &[T], row: ArrayView2<'_, T>) -> Result<Arc<Recording>, Error> {
        let mut state = self.state();
        let (mut scratch, mut found) = (self.take_scratch(), Vec::new());
        if state.classifier.is_some() {
            state = self.find_paths(state, parameters, &row, usize::MAX, &mut found, &mut scratch)?;
        }
        self.keep(scratch);
        let path = found.iter().position(|points| !points.is_empty()).unwrap_or(0);
        match state.paths.recordings.get(path) {
            Some(recording) => Ok(recording.clone()),
            None => self.recording_at(parameters, &row, 0).map(Arc::new),
        }
    }

    /// Computes points; the sums over them are added to those of the scratch.
    fn wave(
        &self,
        mode: Mode,
        parameters: &[T],
        rows: ArrayView2<'_, T>,
        values: &mut [T],
        jacobian: &mut [T],
        scratch: &mut Scratch<T>,
    ) -> Result<(), Error> {
        let (points, width) = (rows.nrows(), self.width(mode));
        if points == 0 {
            return Ok(());
        }
        let mut state = self.state();
        let part = self.part(&state);
        let mut found = std::mem::take(&mut scratch.points);
        let has_questions = state.classifier.is_some();
        if has_questions {
            state = self.find_paths(state, parameters, &rows, part, &mut found, scratch)?;
        }
        let taken_by = |path: usize| if has_questions { found[path].len() } else { points };
        for (path, compiled) in state.compiled.iter().enumerate() {
            compiled.points.fetch_add(taken_by(path) as u64, Ordering::Relaxed);
        }
        // The uniform values of the paths that are taken
        let mut uniforms = std::mem::take(&mut scratch.path_uniforms);
        uniforms.resize_with(state.compiled.len().max(uniforms.len()), Vec::new);
        let mut offsets = std::mem::take(&mut scratch.offsets);
        offsets.clear();
        let mut offset = 0;
        for (path, uniforms) in uniforms.iter_mut().enumerate().take(state.compiled.len()) {
            let is_taken = taken_by(path) > 0;
            offsets.push(is_taken.then_some(offset));
            if is_taken {
                let code = state.compiled[path].code(self.shape, mode);
                code.start(parameters, uniforms, &mut scratch.part.run);
                offset += code.totals.len();
            }
        }
        let single = if mode == Mode::Sum { self.shape[0] } else { 0 };
        let part_sums_len = offset + single;
        let parts = points.div_ceil(part);
        let mut part_sums = std::mem::take(&mut scratch.part_sums);
        part_sums.clear();
        part_sums.resize(parts * part_sums_len, T::zero());
        let wave = Wave {
            program: self,
            state: &state,
            mode,
            parameters,
            rows,
            points: if has_questions { &found[..=state.compiled.len()] } else { &[] },
            starts: &scratch.starts,
            part,
            uniforms: &uniforms,
            offsets: &offsets,
        };
        let results = Results { values, jacobian, width };
        let result = wave.compute(results, &mut part_sums, part_sums_len, &mut scratch.part);
        if result.is_ok() && mode == Mode::Sum {
            scratch.sums.resize_with(state.compiled.len().max(scratch.sums.len()), Vec::new);
            for sums in part_sums.chunks(part_sums_len.max(1)) {
                for (path, place) in offsets.iter().enumerate() {
                    let Some(place) = *place else { continue };
                    let len = state.compiled[path].code(self.shape, mode).totals.len();
                    let total = &mut scratch.sums[path];
                    total.resize(len, 0.0);
                    add(total, &sums[place..][..len]);
                }
                add(&mut scratch.single_gradient, &sums[offset..]);
            }
        }
        (scratch.path_uniforms, scratch.offsets) = (uniforms, offsets);
        scratch.part_sums = part_sums;
        scratch.points = found;
        result
    }

    /// Finds the points of each path, and those without one. Paths that are not known are recorded, in the order of the
    /// points.
    fn find_paths(
        &self,
        mut state: Arc<State<T>>,
        parameters: &[T],
        rows: &ArrayView2<'_, T>,
        part: usize,
        found: &mut Vec<Vec<u32>>,
        scratch: &mut Scratch<T>,
    ) -> Result<Arc<State<T>>, Error> {
        let group = Classifier::<T>::POINTS;
        let Scratch { slots, uniforms, waiting, starts, .. } = scratch;
        loop {
            let classifier = state.classifier.as_ref().expect("a function with several paths asks questions");
            let paths = state.compiled.len();
            fill_uniforms(uniforms, &classifier.uniforms, parameters);
            found.resize_with(found.len().max(paths + 1), Vec::new);
            found.iter_mut().for_each(Vec::clear);
            starts.clear();
            let can_record = paths < MOST_PATHS;
            for first in (0..rows.nrows()).step_by(group) {
                if first % part == 0 {
                    starts.extend(found[..=paths].iter().map(|points| points.len() as u32));
                }
                let count = group.min(rows.nrows() - first);
                classifier.classify(rows, [first, count], uniforms, slots, waiting, |path, mut lanes| {
                    let points = &mut found[path.unwrap_or(paths)];
                    if lanes.count_ones() as usize == count {
                        points.extend((0..count as u32).map(|lane| first as u32 + lane));
                        return;
                    }
                    while lanes != 0 {
                        points.push(first as u32 + lanes.trailing_zeros());
                        lanes &= lanes - 1;
                    }
                });
                if can_record && !found[paths].is_empty() {
                    break;
                }
            }
            let Some(&unknown) = found[paths].iter().min().filter(|_| can_record) else { return Ok(state) };
            let recording = self.recording_at(parameters, rows, unknown as usize)?;
            let operation = recording.nodes.len();
            // Another thread may have added paths in the meantime: paths are only appended, so their indices stay valid.
            let mut current = self.state.write().unwrap_or_else(PoisonError::into_inner);
            if current.compiled.len() >= MOST_PATHS {
                state = current.clone();
                continue;
            }
            let mut known = current.paths.clone();
            if known.insert(recording)? < paths {
                // The questions led elsewhere, though they are answered by the same arithmetic.
                return Err(Error::NotRepeatable { operation });
            }
            if known.recordings.len() > current.compiled.len() {
                *current = Arc::new(State::new(known, self.shape, Some(&current)));
            }
            state = current.clone();
        }
    }

    /// Records the function at a point.
    fn recording_at(&self, parameters: &[T], rows: &ArrayView2<'_, T>, point: usize) -> Result<Recording, Error> {
        let Some(function) = &self.function else { return Err(Error::NotRecorded { point }) };
        let recording = record(&**function, parameters, rows.row(point).iter().copied())?;
        let (expected, got) = (self.outputs, recording.outputs.len());
        Error::check_count("outputs", expected, got, || "another path of the recorded function".into())?;
        Ok(recording)
    }
}

impl<T: LaneFloat> Wave<'_, T> {
    /// Computes all parts.
    fn compute(
        &self,
        results: Results<'_, T>,
        part_sums: &mut [T],
        sums_len: usize,
        scratch: &mut PartScratch<T>,
    ) -> Result<(), Error> {
        let (points, part, outputs) = (self.rows.nrows(), self.part, self.program.outputs);
        let ranges = (0..points).step_by(part).map(|start| start..points.min(start + part));
        let Results { mut values, mut jacobian, width } = results;
        let mut sums = part_sums;
        let parts = ranges.map(|range| {
            let (own_values, own_jacobian, own_sums);
            let len = range.len() * outputs;
            (own_values, values) = std::mem::take(&mut values).split_at_mut(len);
            let elements = if jacobian.is_empty() { 0 } else { len * width };
            (own_jacobian, jacobian) = std::mem::take(&mut jacobian).split_at_mut(elements);
            (own_sums, sums) = std::mem::take(&mut sums).split_at_mut(sums_len);
            (range, Results { values: own_values, jacobian: own_jacobian, width }, own_sums)
        });
        #[cfg(feature = "rayon")]
        if self.program.is_parallel && points > part {
            use rayon::iter::{IntoParallelIterator, ParallelIterator};
            let parts: Vec<_> = parts.collect();
            return parts.into_par_iter().try_for_each(|(range, mut results, sums)| {
                let mut scratch = self.program.take_scratch();
                let result = self.part(range, &mut results, sums, &mut scratch.part);
                self.program.keep(scratch);
                result
            });
        }
        for (range, mut results, sums) in parts {
            self.part(range, &mut results, sums, scratch)?;
        }
        Ok(())
    }

    /// Computes the points of a part.
    fn part(
        &self,
        range: Range<usize>,
        results: &mut Results<'_, T>,
        sums: &mut [T],
        scratch: &mut PartScratch<T>,
    ) -> Result<(), Error> {
        let Wave { program, state, mode, .. } = *self;
        let first = range.start;
        if self.points.is_empty() {
            let code = state.compiled[0].code(program.shape, mode);
            let points = Points::All { first, len: range.len() };
            let input = Input { rows: &self.rows, part: first, points, uniforms: &self.uniforms[0] };
            code.run(input, results, sums, &mut scratch.run);
            return Ok(());
        }
        // The starts of the points of each path in this part, and in the next one if there is one
        let mut starts = self.starts.chunks_exact(self.points.len()).skip(first / self.part);
        let (start, end) = (starts.next(), starts.next());
        let points_of = |path: usize| -> &[u32] {
            let points = &self.points[path];
            let end = end.map_or(points.len(), |end| end[path] as usize);
            &points[start.map_or(0, |start| start[path] as usize)..end]
        };
        for &path in &state.order {
            let (Some(place), indices) = (self.offsets[path], points_of(path)) else { continue };
            if !indices.is_empty() {
                let code = state.compiled[path].code(program.shape, mode);
                let sums = &mut sums[place..][..code.totals.len()];
                let points = Points::Some(indices);
                let input = Input { rows: &self.rows, part: first, points, uniforms: &self.uniforms[path] };
                code.run(input, results, sums, &mut scratch.run);
            }
        }
        for &point in points_of(state.compiled.len()) {
            let recording = program.recording_at(self.parameters, &self.rows, point as usize)?;
            let code = compile(&recording, program.shape, mode);
            code.start(self.parameters, &mut scratch.uniforms, &mut scratch.run);
            let mut own_sums = vec![T::zero(); code.totals.len()];
            let points = Points::Some(std::slice::from_ref(&point));
            let input = Input { rows: &self.rows, part: first, points, uniforms: &scratch.uniforms };
            code.run(input, results, &mut own_sums, &mut scratch.run);
            if mode == Mode::Sum {
                let gradient = sums.len() - program.shape[0];
                code.finish(own_sums.into_iter(), &mut scratch.uniforms, &mut sums[gradient..], &mut scratch.run);
            }
        }
        Ok(())
    }
}

/// Adds the elements of `b` to those of `a`.
fn add<T: LaneFloat>(a: &mut [f64], b: &[T]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += double(b);
    }
}
