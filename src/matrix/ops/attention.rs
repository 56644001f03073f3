//! Causal attention with several heads over several sequences.

use super::product::are_plain;
use super::softmax::{Exp, minus_largest};
use super::{BackwardContext, Operation, as_matrix};
use crate::kernels::slices::{MatrixView, MatrixViewMut};
use crate::kernels::sums::{FEW, sum_of};
use crate::scalar::{Scalar, UnaryFunction};
use ndarray::ArrayView2;
use std::ops::Range;

/// Causal attention with `heads` heads over sequences of these lengths, which follow each other in the rows.
///
/// In a head whose queries and keys have the width w, position i has the weights pᵢⱼ = softmaxⱼ(qᵢ·kⱼ/√w) of the
/// positions j ≤ i of its sequence, and the result oᵢ = Σ pᵢⱼ·vⱼ. The weights are triangles, one for each head of each
/// sequence; nothing is computed above the diagonal.
///
/// With the upstream adjoints uᵢ, ∂/∂vⱼ is Σ pᵢⱼ·uᵢ. With gᵢⱼ = uᵢ·vⱼ, the derivative with respect to pᵢⱼ, and the
/// derivative sᵢⱼ = pᵢⱼ·(gᵢⱼ − Σ gᵢₖ·pᵢₖ)/√w with respect to qᵢ·kⱼ, ∂/∂qᵢ is Σ sᵢⱼ·kⱼ and ∂/∂kⱼ is Σ sᵢⱼ·qᵢ.
pub(crate) struct CausalAttention<L> {
    pub(crate) heads: usize,
    pub(crate) lengths: L,
}

impl<L: Iterator<Item = usize> + Clone> Operation<3> for CausalAttention<L> {
    /// The number of heads.
    type Kept = usize;

    #[track_caller]
    fn shape(&self, [queries, keys, values]: [[usize; 2]; 3]) -> [usize; 2] {
        let ([rows, width], [_, values_width], heads) = (queries, values, self.heads);
        assert!(
            keys == queries,
            "expected keys of {rows} × {width} as the queries, got {} × {}, in causal_attention",
            keys[0],
            keys[1]
        );
        assert!(values[0] == rows, "expected {rows} rows of values, got {}, in causal_attention", values[0]);
        assert!(
            heads > 0 && width % heads == 0 && values_width % heads == 0,
            "`heads` must divide {width} and {values_width} columns, got {heads}, in causal_attention"
        );
        let sum = self.lengths.clone().sum::<usize>();
        assert!(sum == rows, "`lengths` must add up to {rows} rows, got {sum}, in causal_attention");
        values
    }

    /// Saves a number for each row, 1 if it begins a sequence and otherwise 0, and the weights; after them is the space for
    /// exponents.
    fn saved(&self, [[rows, _], ..]: [[usize; 2]; 3]) -> usize {
        rows + self.weights() + self.weights().min(EXPONENTS)
    }

    fn forward<T: Scalar>(&self, operands: [ArrayView2<'_, T>; 3], result: &mut [T], saved: &mut [T]) -> usize {
        let [queries, keys, values] = operands.map(as_matrix);
        let (begins, saved) = saved.split_at_mut(queries.rows);
        self.sequences().for_each(|rows| begins[rows.start] = T::one());
        let (weights, exponents) = saved.split_at_mut(self.weights());
        let (scale, multiply) =
            (self.scale(queries), Multiply { is_plain: T::one().is_plain(), product: |a, b| a * b });
        for head in self.triangles() {
            let t = &mut weights[head.weights.clone()];
            multiply.write_triangle(head.of(queries), head.of(keys), t);
            for i in 0..head.rows.len() {
                let row = &mut t[row(i)];
                // A constant: what is subtracted from all scores does not change the derivatives.
                let largest = row[1..].iter().fold(row[0], |largest, &x| if x > largest { x } else { largest });
                let largest = largest.detached();
                row.iter_mut().for_each(|score| *score = minus_largest(*score, largest));
            }
        }
        // All heads at once: a sequence can be shorter than a vector.
        for weights in weights.chunks_mut(EXPONENTS) {
            let exponents = &mut exponents[..weights.len()];
            exponents.iter_mut().zip(&*weights).for_each(|(exponent, &score)| *exponent = score * scale);
            Exp.values_and_derivatives(exponents, weights);
        }
        for head in self.triangles() {
            let t = &mut weights[head.weights.clone()];
            for i in 0..head.rows.len() {
                let row = &mut t[row(i)];
                let factor = sum_of_row(row.len(), |j| row[j]).recip();
                row.iter_mut().for_each(|weight| *weight *= factor);
            }
            multiply.add_rows(t, head.of(values), head.of_mut(result, values.columns));
        }
        self.heads
    }

    fn backward<T: Scalar>(&heads: &usize, context: &mut BackwardContext<'_, T, 3>) {
        let lengths = lengths(&context.saved[..context.result.rows]);
        let attention = CausalAttention { heads, lengths };
        let ([queries, keys, _], along) = (context.operands, context.along);
        // If the results are finite, the weights and the values are finite too.
        let is_plain = [queries.data, keys.data, context.result.data, context.upstream].into_iter().all(are_plain);
        let plainly = Multiply { is_plain: true, product: |upstream, x| upstream * x };
        let strongly = Multiply { is_plain: false, product: |upstream, x| along.product(upstream, x) };
        let mut scores = context.take_scratch();
        if is_plain {
            attention.back_to_scores(context, &mut scores, plainly);
        } else {
            attention.back_to_scores(context, &mut scores, strongly);
        }
        if is_plain && are_plain(&scores) {
            attention.back_to_queries_and_keys(context, &scores, plainly);
        } else {
            attention.back_to_queries_and_keys(context, &scores, strongly);
        }
        context.return_scratch(scores);
    }
}

/// Returns the lengths of sequences, from a number for each row, which is not 0 where a sequence begins.
fn lengths<T: Scalar>(begins: &[T]) -> impl Iterator<Item = usize> + Clone {
    let mut rest = begins;
    // In Rust 1.85, the iterator of `chunk_by` cannot be cloned.
    std::iter::from_fn(move || {
        let length = 1 + rest.get(1..)?.iter().take_while(|begins| begins.is_zero()).count();
        rest = &rest[length..];
        Some(length)
    })
}

/// The number of exponentials that are computed at once.
const EXPONENTS: usize = 256;

impl<L: Iterator<Item = usize> + Clone> CausalAttention<L> {
    /// Returns the number of weights of all heads.
    fn weights(&self) -> usize {
        self.lengths.clone().map(|length| self.heads * triangle(length)).sum()
    }

    /// Returns 1/√w for heads of the width w.
    fn scale<T: Scalar>(&self, queries: MatrixView<'_, T>) -> T {
        T::of(1.0 / f64::sqrt((queries.columns / self.heads).max(1) as f64))
    }

    /// Returns the rows of each sequence that has any.
    fn sequences(&self) -> impl Iterator<Item = Range<usize>> {
        let mut next = 0;
        self.lengths.clone().filter(|&length| length > 0).map(move |length| {
            let first = next;
            next += length;
            first..next
        })
    }

    /// Returns each head of each sequence.
    fn triangles(&self) -> impl Iterator<Item = Head> {
        let (heads, mut next) = (self.heads, 0);
        self.sequences().flat_map(move |rows| {
            let weights = next;
            next += heads * triangle(rows.len());
            (0..heads).map(move |index| {
                let first = weights + index * triangle(rows.len());
                Head { index, heads, rows: rows.clone(), weights: first..first + triangle(rows.len()) }
            })
        })
    }

    /// Computes the derivatives with respect to the products of queries and keys into `scores`, and adds those with
    /// respect to the values. `multiply` multiplies an upstream adjoint by a derivative.
    fn back_to_scores<T: Scalar>(
        &self,
        context: &mut BackwardContext<'_, T, 3>,
        scores: &mut Vec<T>,
        multiply: Multiply<impl Fn(T, T) -> T + Copy>,
    ) {
        let ([queries, _, values], weights) = (context.operands, &context.saved[context.result.rows..]);
        let (upstream, scale) = (MatrixView::new(context.upstream, context.result.shape()), self.scale(queries));
        let product = multiply.product;
        scores.resize(self.weights(), T::zero());
        let mut adjoint = context.adjoint_slice(2);
        for head in self.triangles() {
            let (p, s) = (&weights[head.weights.clone()], &mut scores[head.weights.clone()]);
            multiply.write_triangle(head.of(upstream), head.of(values), s);
            for i in 0..head.rows.len() {
                let (p, s) = (&p[row(i)], &mut s[row(i)]);
                let mean = sum_of_row(p.len(), |j| product(s[j], p[j]));
                for (s, &p) in s.iter_mut().zip(p) {
                    *s = product(*s - mean, p) * scale;
                }
            }
            if let Some(adjoint) = &mut adjoint {
                let multiply = Multiply { is_plain: multiply.is_plain, product: |p, u| product(u, p) };
                multiply.add_columns(p, head.of(upstream), head.of_mut(adjoint, values.columns));
            }
        }
    }

    /// Adds the derivatives with respect to queries and keys.
    fn back_to_queries_and_keys<T: Scalar>(
        &self,
        context: &mut BackwardContext<'_, T, 3>,
        scores: &[T],
        multiply: Multiply<impl Fn(T, T) -> T + Copy>,
    ) {
        let [queries, keys, _] = context.operands;
        if let Some(adjoint) = context.adjoint_slice(0) {
            for head in self.triangles() {
                multiply.add_rows(&scores[head.weights.clone()], head.of(keys), head.of_mut(adjoint, keys.columns));
            }
        }
        if let Some(adjoint) = context.adjoint_slice(1) {
            for head in self.triangles() {
                multiply.add_columns(
                    &scores[head.weights.clone()],
                    head.of(queries),
                    head.of_mut(adjoint, keys.columns),
                );
            }
        }
    }
}

/// A head of a sequence.
struct Head {
    index: usize,
    heads: usize,
    /// The rows of the sequence.
    rows: Range<usize>,
    /// The place of its triangle among the weights.
    weights: Range<usize>,
}

impl Head {
    /// Returns the columns of the head in the rows of the sequence.
    fn of<'a, T>(&self, x: MatrixView<'a, T>) -> MatrixView<'a, T> {
        let width = x.columns / self.heads;
        let first = self.rows.start * x.columns + self.index * width;
        MatrixView::with_stride(&x.data[first..], [self.rows.len(), width], x.columns)
    }

    /// Returns the columns of the head in the rows of the sequence, of a matrix with this number of columns.
    fn of_mut<'a, T>(&self, data: &'a mut [T], stride: usize) -> MatrixViewMut<'a, T> {
        let columns = stride / self.heads;
        let data = &mut data[self.rows.start * stride + self.index * columns..];
        MatrixViewMut { data, rows: self.rows.len(), columns, stride, is_fresh: false }
    }
}

/// Returns the number of elements of a triangle of `rows` rows, whose row i has the elements 0 to i.
fn triangle(rows: usize) -> usize {
    rows * (rows + 1) / 2
}

/// Returns the place of row i in a triangle.
fn row(i: usize) -> Range<usize> {
    triangle(i)..triangle(i + 1)
}

/// Computes the sum of `term(0)` to `term(len − 1)`, without a call for few terms: most rows are short.
#[inline(always)]
fn sum_of_row<T: Scalar>(len: usize, term: impl Fn(usize) -> T) -> T {
    if len < FEW { (1..len).fold(term(0), |sum, j| sum + term(j)) } else { sum_of(len, term) }
}

/// Products of which one factor or the result is a triangle t, with `product` in place of `*`.
#[derive(Clone, Copy)]
struct Multiply<P> {
    product: P,
    /// True if all factors are finite and carry no derivatives. Several columns are then computed at once.
    is_plain: bool,
}

/// Calls a method for all columns, in groups of 16, 4 or 1; the constant N of the method is the size of the group.
macro_rules! by_columns {
    ($self:ident.$method:ident($columns:expr, $($argument:expr),*)) => {
        let (columns, mut column) = ($columns, 0);
        while $self.is_plain && column + 16 <= columns {
            $self.$method::<T, 16>(column, $($argument),*);
            column += 16;
        }
        while $self.is_plain && column + 4 <= columns {
            $self.$method::<T, 4>(column, $($argument),*);
            column += 4;
        }
        for column in column..columns {
            $self.$method::<T, 1>(column, $($argument),*);
        }
    };
}

impl<P> Multiply<P> {
    /// Adds aᵢ·bⱼ to tᵢⱼ for j ≤ i.
    fn write_triangle<T: Scalar>(self, a: MatrixView<'_, T>, b: MatrixView<'_, T>, t: &mut [T])
    where
        P: Fn(T, T) -> T,
    {
        by_columns!(self.columns_to_triangle(a.columns, a, b, &mut *t));
    }

    #[inline(always)]
    fn columns_to_triangle<T: Scalar, const N: usize>(
        &self,
        column: usize,
        a: MatrixView<'_, T>,
        b: MatrixView<'_, T>,
        t: &mut [T],
    ) where
        P: Fn(T, T) -> T,
    {
        for i in 0..a.rows {
            let a: &[T; N] = lanes(a.data, a.stride, i, column);
            for (j, t) in t[row(i)].iter_mut().enumerate() {
                let b: &[T; N] = lanes(b.data, b.stride, j, column);
                let mut terms = [T::zero(); N];
                for lane in 0..N {
                    terms[lane] = (self.product)(a[lane], b[lane]);
                }
                let mut len = N;
                while len > 1 {
                    len /= 2;
                    for lane in 0..len {
                        terms[lane] += terms[len + lane];
                    }
                }
                *t += terms[0];
            }
        }
    }

    /// Adds Σ tᵢⱼ·xⱼ over j ≤ i to row i of `sums`.
    fn add_rows<T: Scalar>(self, t: &[T], x: MatrixView<'_, T>, mut sums: MatrixViewMut<'_, T>)
    where
        P: Fn(T, T) -> T,
    {
        by_columns!(self.columns_to_rows(x.columns, t, x, &mut sums));
    }

    #[inline(always)]
    fn columns_to_rows<T: Scalar, const N: usize>(
        &self,
        column: usize,
        t: &[T],
        x: MatrixView<'_, T>,
        sums: &mut MatrixViewMut<'_, T>,
    ) where
        P: Fn(T, T) -> T,
    {
        for i in 0..x.rows {
            let sums: &mut [T; N] = lanes_mut(sums.data, sums.stride, i, column);
            let mut total = *sums;
            for (j, &t) in t[row(i)].iter().enumerate() {
                let x: &[T; N] = lanes(x.data, x.stride, j, column);
                for lane in 0..N {
                    total[lane] += (self.product)(t, x[lane]);
                }
            }
            *sums = total;
        }
    }

    /// Adds Σ tᵢⱼ·xᵢ over i ≥ j to row j of `sums`.
    fn add_columns<T: Scalar>(self, t: &[T], x: MatrixView<'_, T>, mut sums: MatrixViewMut<'_, T>)
    where
        P: Fn(T, T) -> T,
    {
        by_columns!(self.columns_to_columns(x.columns, t, x, &mut sums));
    }

    #[inline(always)]
    fn columns_to_columns<T: Scalar, const N: usize>(
        &self,
        column: usize,
        t: &[T],
        x: MatrixView<'_, T>,
        sums: &mut MatrixViewMut<'_, T>,
    ) where
        P: Fn(T, T) -> T,
    {
        for i in 0..x.rows {
            let x: &[T; N] = lanes(x.data, x.stride, i, column);
            for (j, &t) in t[row(i)].iter().enumerate() {
                let sums: &mut [T; N] = lanes_mut(sums.data, sums.stride, j, column);
                for lane in 0..N {
                    sums[lane] += (self.product)(t, x[lane]);
                }
            }
        }
    }
}

/// Returns N elements of a row, from `column` on.
#[inline(always)]
fn lanes<T, const N: usize>(data: &[T], stride: usize, row: usize, column: usize) -> &[T; N] {
    data[row * stride + column..].first_chunk().expect("the columns are within the row")
}

/// Returns N elements of a row, from `column` on.
#[inline(always)]
fn lanes_mut<T, const N: usize>(data: &mut [T], stride: usize, row: usize, column: usize) -> &mut [T; N] {
    data[row * stride + column..].first_chunk_mut().expect("the columns are within the row")
}
