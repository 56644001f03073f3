//! [`Run`]: executes a list of instructions on the lanes of a group of points.
//!
//! A point is one lane. A slot has the values of one variable in all lanes: [`Run::lines`] cache lines. An instruction
//! is decoded once for all lanes, and its loop over them is made of vector instructions.

use super::dispatch::{dispatch, is_fused};
use super::elementary::Elementary;
pub(crate) use super::functions::MOST_LINES;
use super::functions::{self, BinaryKernel, UnaryKernel};
use super::slices::{LINE, values_per_line};
use crate::scalar::{Scalar, rules};
use pulp::{Simd, WithSimd};
use std::cell::Cell;
use std::slice::from_ref;

/// Stands for the slot of a result that is not needed.
pub(crate) const NOWHERE: u32 = u32::MAX;
/// The number of slots at the start that no result may have: two for uniform operands of functions, and one for results
/// that are not needed.
pub(crate) const RESERVED_SLOTS: u32 = 3;

/// An operand of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// A value for each lane, by the index of its slot.
    Slot(u32),
    /// A value that all lanes share, by its index in [`Run::uniforms`].
    Uniform(u32),
}

/// A term of a sum. The first operand of a product is in a slot unless both are uniform.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    pub(crate) kind: TermKind,
    pub(crate) a: u32,
    pub(crate) b: u32,
}

/// The operands of a term, and its sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TermKind {
    Add,
    Subtract,
    AddUniform,
    SubtractUniform,
    AddProduct,
    SubtractProduct,
    AddScaled,
    SubtractScaled,
    AddUniformProduct,
    SubtractUniformProduct,
}

impl Term {
    /// Creates the term `a`, `−a`, `a·b` or `−a·b`.
    pub(crate) fn new(is_negative: bool, a: Operand, b: Option<Operand>) -> Term {
        use Operand::{Slot, Uniform};
        use TermKind::*;
        let signed = |plus, minus| if is_negative { minus } else { plus };
        let (kind, a, b) = match (a, b) {
            (Slot(a), None) => (signed(Add, Subtract), a, 0),
            (Uniform(a), None) => (signed(AddUniform, SubtractUniform), a, 0),
            (Slot(a), Some(Slot(b))) => (signed(AddProduct, SubtractProduct), a, b),
            (Slot(a), Some(Uniform(b))) | (Uniform(b), Some(Slot(a))) => (signed(AddScaled, SubtractScaled), a, b),
            (Uniform(a), Some(Uniform(b))) => (signed(AddUniformProduct, SubtractUniformProduct), a, b),
        };
        Term { kind, a, b }
    }
}

/// The rounding of products in a sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rounding {
    /// A product is rounded before it is added: the value is bit-for-bit that of the function that was recorded.
    Twice,
    /// A product and a sum are rounded once, as `mul_add` promises.
    Once,
    /// Once if the processor has an instruction for it: sums of derivatives.
    Fastest,
}

/// An instruction. `terms` is a range of [`Run::terms`]; results go to slots.
#[derive(Clone, Copy, Debug)]
pub enum Instruction<T> {
    /// Computes a sum of terms, in order.
    Sum { to: u32, terms: [u32; 2], rounding: Rounding },
    /// Adds the sum of terms, in groups of lanes, to a total.
    Accumulate { total: u32, terms: [u32; 2] },
    /// Computes a function of one variable and its derivative. The results have other slots than the operand.
    Unary { function: UnaryKernel<T>, x: Operand, to: [u32; 2] },
    /// Computes xⁿ and its derivative. The results have other slots than the operand.
    Power { n: i32, x: Operand, to: [u32; 2] },
    /// Computes a function of two variables and its two derivatives. The results have other slots than the operands.
    Binary { function: BinaryKernel<T>, operands: [Operand; 2], to: [u32; 3] },
}

/// The execution of instructions on one group of lanes.
pub struct Run<'a, T> {
    pub(crate) instructions: &'a [Instruction<T>],
    pub(crate) terms: &'a [Term],
    pub(crate) uniforms: &'a [T],
    pub(crate) slots: &'a mut [T],
    /// Sums over all points, a line for each.
    pub(crate) totals: &'a mut [T],
    /// The number of lines in a slot.
    pub(crate) lines: usize,
    /// True if 0 is a strong zero in the sums, 0·∞ = 0, and if functions are correct where a derivative is not finite.
    pub(crate) is_strong: bool,
}

/// All slots.
struct Slots<'a, T, const N: usize>(&'a [Cell<T>]);

impl<'a, T, const N: usize> Slots<'a, T, N> {
    #[inline(always)]
    fn get(&self, slot: u32) -> &'a [Cell<T>] {
        let lanes = N * values_per_line::<T>();
        let slot = if slot == NOWHERE { RESERVED_SLOTS - 1 } else { slot };
        &self.0[slot as usize * lanes..][..lanes]
    }
}

/// A float with vectors: `f32` and `f64`.
///
/// The machine and the kernels of functions are methods of the two types. In development builds they are compiled once,
/// in this crate, and not in every test that uses them.
pub trait LaneFloat: Scalar + Elementary + Send + Sync {
    #[doc(hidden)]
    type Vector<S: Simd>: Copy;
    #[doc(hidden)]
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Vector<S>;
    #[doc(hidden)]
    fn add_vectors<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    #[doc(hidden)]
    fn subtract_vectors<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    #[doc(hidden)]
    fn multiply_vectors<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    #[doc(hidden)]
    fn multiply_add_vectors<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    #[doc(hidden)]
    fn vectors<S: Simd>(values: &[Self]) -> &[Self::Vector<S>];
    #[doc(hidden)]
    fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [Self::Vector<S>];
    /// Executes instructions.
    #[doc(hidden)]
    fn execute(run: Run<'_, Self>);
    /// Returns the kernel of a function of one variable of the table.
    #[doc(hidden)]
    fn unary_kernel(name: &str) -> Option<UnaryKernel<Self>>;
    /// Returns the kernel of an operation or of a function of two variables of the table.
    #[doc(hidden)]
    fn binary_kernel(name: &str) -> Option<BinaryKernel<Self>>;

    /// Computes a function of one variable of the table with the bits of its kernel.
    #[doc(hidden)]
    fn unary_value(name: &str, x: Self) -> Self {
        let function = Self::unary_kernel(name).expect("the name is that of a function of the table");
        let [x, f, derivative] = [x; 3].map(Cell::new);
        function(from_ref(&x), [from_ref(&f), from_ref(&derivative)]);
        f.get()
    }

    /// Computes a function of two variables of the table with the bits of its kernel.
    #[doc(hidden)]
    fn binary_value(name: &str, x: Self, y: Self) -> Self {
        let BinaryKernel { ordinary: [function, ..], .. } =
            Self::binary_kernel(name).expect("the name is that of a function of the table");
        let [x, y, f, by_x, by_y] = [x, y, x, x, x].map(Cell::new);
        function([from_ref(&x), from_ref(&y)], [from_ref(&f), from_ref(&by_x), from_ref(&by_y)]);
        f.get()
    }
}

macro_rules! lane_float {
    ($Float:ident $Vector:ident $splat:ident $add:ident $sub:ident $mul:ident $mul_add:ident $as_simd:ident $as_mut_simd:ident) => {
        impl LaneFloat for $Float {
            type Vector<S: Simd> = S::$Vector;

            #[inline(always)]
            fn splat<S: Simd>(simd: S, x: $Float) -> S::$Vector {
                simd.$splat(x)
            }

            #[inline(always)]
            fn add_vectors<S: Simd>(simd: S, a: S::$Vector, b: S::$Vector) -> S::$Vector {
                simd.$add(a, b)
            }

            #[inline(always)]
            fn subtract_vectors<S: Simd>(simd: S, a: S::$Vector, b: S::$Vector) -> S::$Vector {
                simd.$sub(a, b)
            }

            #[inline(always)]
            fn multiply_vectors<S: Simd>(simd: S, a: S::$Vector, b: S::$Vector) -> S::$Vector {
                simd.$mul(a, b)
            }

            #[inline(always)]
            fn multiply_add_vectors<S: Simd>(simd: S, a: S::$Vector, b: S::$Vector, c: S::$Vector) -> S::$Vector {
                simd.$mul_add(a, b, c)
            }

            #[inline(always)]
            fn vectors<S: Simd>(values: &[$Float]) -> &[S::$Vector] {
                S::$as_simd(values).0
            }

            #[inline(always)]
            fn vectors_mut<S: Simd>(values: &mut [$Float]) -> &mut [S::$Vector] {
                S::$as_mut_simd(values).0
            }

            #[inline]
            fn execute(run: Run<'_, $Float>) {
                dispatch(run);
            }

            #[inline]
            fn unary_kernel(name: &str) -> Option<UnaryKernel<$Float>> {
                functions::unary(name)
            }

            #[inline]
            fn binary_kernel(name: &str) -> Option<BinaryKernel<$Float>> {
                functions::binary(name)
            }
        }
    };
}
lane_float!(f32 f32s splat_f32s add_f32s sub_f32s mul_f32s mul_add_f32s as_simd_f32s as_mut_simd_f32s);
lane_float!(f64 f64s splat_f64s add_f64s sub_f64s mul_f64s mul_add_f64s as_simd_f64s as_mut_simd_f64s);

impl<T: LaneFloat> WithSimd for Run<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.lines {
            1 => self.execute::<S, 1>(simd),
            2 => self.execute::<S, 2>(simd),
            _ => self.execute::<S, MOST_LINES>(simd),
        }
    }
}

impl<T: LaneFloat> Run<'_, T> {
    #[inline(always)]
    fn execute<S: Simd, const N: usize>(mut self, simd: S) {
        for instruction in self.instructions {
            match *instruction {
                Instruction::Sum { to, terms, rounding } => {
                    let terms = &self.terms[terms[0] as usize..terms[1] as usize];
                    let is_strong = self.is_strong && rounding == Rounding::Fastest;
                    if is_strong || (rounding == Rounding::Once && !is_fused::<S>()) {
                        for lane in 0..N * values_per_line::<T>() {
                            let sum = self.sum_of_lane::<S>(terms, rounding, lane);
                            self.slots[to as usize * N * values_per_line::<T>() + lane] = sum;
                        }
                    } else if rounding == Rounding::Twice || !is_fused::<S>() {
                        self.sum::<S, N, false>(simd, terms, to);
                    } else {
                        self.sum::<S, N, true>(simd, terms, to);
                    }
                }
                Instruction::Accumulate { total, terms } => {
                    let terms = &self.terms[terms[0] as usize..terms[1] as usize];
                    if self.is_strong {
                        self.accumulate_strongly::<S, N>(terms, total);
                    } else if is_fused::<S>() {
                        self.accumulate::<S, N, true>(simd, terms, total);
                    } else {
                        self.accumulate::<S, N, false>(simd, terms, total);
                    }
                }
                Instruction::Unary { function, x, to } => {
                    let x = self.in_slot::<N>(x, 0);
                    let slots = Slots::<T, N>(Cell::from_mut(&mut *self.slots).as_slice_of_cells());
                    function(slots.get(x), to.map(|to| slots.get(to)));
                }
                Instruction::Power { n, x, to } => {
                    let x = self.in_slot::<N>(x, 0);
                    let slots = Slots::<T, N>(Cell::from_mut(&mut *self.slots).as_slice_of_cells());
                    let (x, to) = (slots.get(x), to.map(|to| slots.get(to)));
                    for (lane, x) in x.iter().enumerate() {
                        let (value, derivative) = rules::powi(x.get(), n);
                        to[0][lane].set(value);
                        to[1][lane].set(derivative);
                    }
                }
                Instruction::Binary { function, operands: [x, y], to } => {
                    let operands = [self.in_slot::<N>(x, 0), self.in_slot::<N>(y, 1)];
                    let needed = usize::from(to[1] != NOWHERE) + 2 * usize::from(to[2] != NOWHERE);
                    let slots = Slots::<T, N>(Cell::from_mut(&mut *self.slots).as_slice_of_cells());
                    let variants = if self.is_strong { function.exact } else { function.ordinary };
                    variants[needed](operands.map(|x| slots.get(x)), to.map(|to| slots.get(to)));
                }
            }
        }
    }

    /// Returns the slot of an operand. A uniform operand is copied to one of the slots for it, the first ones.
    #[inline(always)]
    fn in_slot<const N: usize>(&mut self, operand: Operand, place: u32) -> u32 {
        match operand {
            Operand::Slot(slot) => slot,
            Operand::Uniform(index) => {
                let lanes = N * values_per_line::<T>();
                self.slots[place as usize * lanes..][..lanes].fill(self.uniforms[index as usize]);
                place
            }
        }
    }

    /// Computes the sum of terms for all lanes.
    #[inline(always)]
    fn sum<S: Simd, const N: usize, const FUSED: bool>(&mut self, simd: S, terms: &[Term], to: u32) {
        // A vector shorter than a line takes several passes. A pass reads and writes its own part of each line, so `to`
        // can be the slot of an operand.
        let passes = LINE / size_of::<T::Vector<S>>();
        for pass in 0..passes {
            let sum = self.sum_of_pass::<S, N, FUSED>(simd, terms, pass);
            let to = &mut T::vectors_mut::<S>(self.slots)[to as usize * N * passes..][..N * passes];
            for n in 0..N {
                to[n * passes + pass] = sum[n];
            }
        }
    }

    /// Adds the sum of terms to a total.
    #[inline(always)]
    fn accumulate<S: Simd, const N: usize, const FUSED: bool>(&mut self, simd: S, terms: &[Term], total: u32) {
        let passes = LINE / size_of::<T::Vector<S>>();
        for pass in 0..passes {
            let sum = self.sum_of_pass::<S, N, FUSED>(simd, terms, pass);
            let total = &mut T::vectors_mut::<S>(self.totals)[total as usize * passes + pass];
            let sum = match N {
                1 => sum[0],
                2 => T::add_vectors(simd, sum[0], sum[1]),
                _ => T::add_vectors(simd, T::add_vectors(simd, sum[0], sum[1]), T::add_vectors(simd, sum[2], sum[3])),
            };
            *total = T::add_vectors(simd, *total, sum);
        }
    }

    #[inline(always)]
    fn sum_of_pass<S: Simd, const N: usize, const FUSED: bool>(
        &self,
        simd: S,
        terms: &[Term],
        pass: usize,
    ) -> [T::Vector<S>; N] {
        let passes = LINE / size_of::<T::Vector<S>>();
        let slots = T::vectors::<S>(self.slots);
        let slot = |index: u32| &slots[index as usize * N * passes..][..N * passes];
        let uniform = |index: u32| T::splat(simd, self.uniforms[index as usize]);
        let mut sum = [T::splat(simd, -T::zero()); N]; // −0 + x is x, for −0 too
        let add = |sum: T::Vector<S>, a, b| {
            if FUSED {
                T::multiply_add_vectors(simd, a, b, sum)
            } else {
                T::add_vectors(simd, sum, T::multiply_vectors(simd, a, b))
            }
        };
        let negated = |x| T::subtract_vectors(simd, T::splat(simd, -T::zero()), x);
        for term in terms {
            match term.kind {
                TermKind::Add => {
                    let a = slot(term.a);
                    for n in 0..N {
                        sum[n] = T::add_vectors(simd, sum[n], a[n * passes + pass]);
                    }
                }
                TermKind::Subtract => {
                    let a = slot(term.a);
                    for n in 0..N {
                        sum[n] = T::subtract_vectors(simd, sum[n], a[n * passes + pass]);
                    }
                }
                TermKind::AddUniform => {
                    let a = uniform(term.a);
                    for sum in &mut sum {
                        *sum = T::add_vectors(simd, *sum, a);
                    }
                }
                TermKind::SubtractUniform => {
                    let a = uniform(term.a);
                    for sum in &mut sum {
                        *sum = T::subtract_vectors(simd, *sum, a);
                    }
                }
                TermKind::AddProduct => {
                    let (a, b) = (slot(term.a), slot(term.b));
                    for n in 0..N {
                        sum[n] = add(sum[n], a[n * passes + pass], b[n * passes + pass]);
                    }
                }
                TermKind::SubtractProduct => {
                    let (a, b) = (slot(term.a), slot(term.b));
                    for n in 0..N {
                        sum[n] = add(sum[n], negated(a[n * passes + pass]), b[n * passes + pass]);
                    }
                }
                TermKind::AddScaled => {
                    let (a, b) = (slot(term.a), uniform(term.b));
                    for n in 0..N {
                        sum[n] = add(sum[n], a[n * passes + pass], b);
                    }
                }
                TermKind::SubtractScaled => {
                    let (a, b) = (slot(term.a), negated(uniform(term.b)));
                    for n in 0..N {
                        sum[n] = add(sum[n], a[n * passes + pass], b);
                    }
                }
                TermKind::AddUniformProduct => {
                    let (a, b) = (uniform(term.a), uniform(term.b));
                    for sum in &mut sum {
                        *sum = add(*sum, a, b);
                    }
                }
                TermKind::SubtractUniformProduct => {
                    let (a, b) = (negated(uniform(term.a)), uniform(term.b));
                    for sum in &mut sum {
                        *sum = add(*sum, a, b);
                    }
                }
            }
        }
        sum
    }

    /// Computes the sum of terms for one lane, with the zeros and the rounding that are asked for.
    #[inline(always)]
    fn sum_of_lane<S: Simd>(&self, terms: &[Term], rounding: Rounding, lane: usize) -> T {
        let lanes = self.lines * values_per_line::<T>();
        let slot = |index: u32| self.slots[index as usize * lanes + lane];
        let uniform = |index: u32| self.uniforms[index as usize];
        terms.iter().fold(-T::zero(), |sum, term| {
            let (a, b) = match term.kind {
                TermKind::Add => return sum + slot(term.a),
                TermKind::Subtract => return sum - slot(term.a),
                TermKind::AddUniform => return sum + uniform(term.a),
                TermKind::SubtractUniform => return sum - uniform(term.a),
                TermKind::AddProduct => (slot(term.a), slot(term.b)),
                TermKind::SubtractProduct => (-slot(term.a), slot(term.b)),
                TermKind::AddScaled => (slot(term.a), uniform(term.b)),
                TermKind::SubtractScaled => (slot(term.a), -uniform(term.b)),
                TermKind::AddUniformProduct => (uniform(term.a), uniform(term.b)),
                TermKind::SubtractUniformProduct => (-uniform(term.a), uniform(term.b)),
            };
            let product = a * b;
            if rounding == Rounding::Fastest && product.is_nan() && (a.is_zero() || b.is_zero()) {
                sum // a strong zero
            } else if rounding == Rounding::Once || (rounding == Rounding::Fastest && is_fused::<S>()) {
                a.mul_add(b, sum)
            } else {
                sum + product
            }
        })
    }

    /// Adds the sum of terms with strong zeros to a total, in the order of [`accumulate`](Self::accumulate).
    #[inline(always)]
    fn accumulate_strongly<S: Simd, const N: usize>(&mut self, terms: &[Term], total: u32) {
        let width = values_per_line::<T>();
        for lane in 0..width {
            let mut sums = [T::zero(); N];
            for (n, sum) in sums.iter_mut().enumerate() {
                *sum = self.sum_of_lane::<S>(terms, Rounding::Fastest, n * width + lane);
            }
            let sum = match N {
                1 => sums[0],
                2 => sums[0] + sums[1],
                _ => (sums[0] + sums[1]) + (sums[2] + sums[3]),
            };
            self.totals[total as usize * width + lane] += sum;
        }
    }
}
