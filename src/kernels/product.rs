//! Matrix products of floats, for the sizes of small networks.
//!
//! The kernels of the common libraries first pack both matrices into buffers, which they allocate at each call. That is
//! worth the time for large matrices; the layers of small networks are computed faster than packed. These kernels read
//! the rows in place and keep a tile of the result in vector registers.

use super::dispatch::dispatch;
use crate::kernels::slices::{MatrixView, MatrixViewMut};
use crate::kernels::sums::{add_in_pairs, space_for_pairs};
use pulp::{Simd, WithSimd};
use std::cell::RefCell;

/// The number of rows in a tile of the result.
const ROWS: usize = 4;
/// The largest number of vectors in a row of a tile.
const VECTORS: usize = 3;

/// The largest number of products that are added one after another; a sum of more is computed in parts.
const MOST_SUMMANDS: usize = 256;
/// The maximum number of summands for each lane of a vector, where each lane has its own sum.
const MOST_SUMMANDS_IN_VECTORS: usize = 2048;

/// The number of elements from which rows are multiplied by rows; a matrix of shorter rows is transposed first.
const LONG: usize = 256;

/// Writes the transpose of the rows of `b` in memory to `transposed`.
fn transpose<T: Copy>(b: MatrixView<'_, T>, transposed: &mut [T]) {
    const BLOCK: usize = 8; // rows at once, so that writes are contiguous
    for j in (0..b.rows).step_by(BLOCK) {
        if j + BLOCK <= b.rows {
            let rows: [&[T]; BLOCK] = std::array::from_fn(|r| b.row(j + r));
            for (k, out) in (0..b.columns).zip(transposed[j..].chunks_mut(b.rows)) {
                out[..BLOCK].copy_from_slice(&rows.map(|row| row[k]));
            }
        } else {
            for j in j..b.rows {
                for (out, &x) in transposed[j..].iter_mut().step_by(b.rows).zip(b.row(j)) {
                    *out = x;
                }
            }
        }
    }
}

macro_rules! product {
    (
        $Float:ident $module:ident $as_simd:ident $Vector:ident $splat:ident $mul_add:ident $add:ident $load:ident
        $store:ident $sum:ident
    ) => {
        mod $module {
            use super::*;

            thread_local! {
                static TRANSPOSED: RefCell<Vec<$Float>> = const { RefCell::new(Vec::new()) };
                static PARTS: RefCell<Vec<$Float>> = const { RefCell::new(Vec::new()) };
            }

            /// Adds a·b to `sums`.
            pub(crate) fn add_product(
                a: MatrixView<'_, $Float>,
                b: MatrixView<'_, $Float>,
                sums: MatrixViewMut<'_, $Float>,
            ) {
                let [inner, columns] = b.shape();
                assert!(a.shape()[1] == inner && sums.rows == a.shape()[0] && sums.columns == columns);
                if sums.rows == 0 || columns == 0 || inner == 0 {
                    return;
                }
                let most = if b.transposed && !a.transposed { MOST_SUMMANDS_IN_VECTORS } else { MOST_SUMMANDS };
                if inner > most {
                    PARTS.with_borrow_mut(|parts| add_in_parts(a, b, sums, most, parts));
                } else {
                    add_at_once(a, b, sums);
                }
            }

            /// Adds a·b to `sums` in parts that are summed in pairs: a long sum of products would lose digits.
            #[cold]
            fn add_in_parts(
                a: MatrixView<'_, $Float>,
                b: MatrixView<'_, $Float>,
                sums: MatrixViewMut<'_, $Float>,
                most: usize,
                parts: &mut Vec<$Float>,
            ) {
                let (inner, [rows, columns]) = (b.shape()[0], [sums.rows, sums.columns]);
                parts.clear();
                parts.resize(rows * columns * (1 + space_for_pairs(inner, most)), 0.0);
                let (total, space) = parts.split_at_mut(rows * columns);
                add_in_pairs(inner, most, total, space, &mut |part, sums| {
                    let (a, b) = (a.t().rows(part.clone()).t(), b.rows(part));
                    add_at_once(a, b, MatrixViewMut::new(sums, [rows, columns]));
                });
                for (row, total) in sums.data.chunks_mut(sums.stride).zip(total.chunks_exact(columns)) {
                    for (sum, &part) in row.iter_mut().zip(total) {
                        *sum += part;
                    }
                }
            }

            /// Adds a·b to `sums`, all products one after another.
            fn add_at_once(a: MatrixView<'_, $Float>, b: MatrixView<'_, $Float>, sums: MatrixViewMut<'_, $Float>) {
                let [inner, columns] = b.shape();
                if b.transposed && (inner < LONG || a.transposed) {
                    TRANSPOSED.with_borrow_mut(|transposed| {
                        transposed.resize(inner * columns, 0.0);
                        transpose(b, transposed);
                        dispatch(Product { a, b: MatrixView::new(transposed, [inner, columns]), sums });
                    });
                } else {
                    dispatch(Product { a, b, sums });
                }
            }

            struct Product<'a> {
                a: MatrixView<'a, $Float>,
                b: MatrixView<'a, $Float>,
                sums: MatrixViewMut<'a, $Float>,
            }

            impl WithSimd for Product<'_> {
                type Output = ();

                #[inline(always)]
                fn with_simd<S: Simd>(mut self, simd: S) {
                    if self.b.transposed { self.by_rows(simd) } else { self.by_columns(simd) }
                }
            }

            /// Products by columns of a: a vector has neighbouring elements of a row of b, multiplied by one element of
            /// a.
            impl Product<'_> {
                #[inline(always)]
                fn by_columns<S: Simd>(&mut self, simd: S) {
                    let lanes = size_of::<S::$Vector>() / size_of::<$Float>();
                    let mut column = 0;
                    while column < self.b.columns {
                        let left = self.b.columns - column;
                        column += match left / lanes {
                            0 => self.rows::<S, 0>(simd, column, left),
                            1 => self.rows::<S, 1>(simd, column, lanes),
                            2 => self.rows::<S, 2>(simd, column, 2 * lanes),
                            _ => self.rows::<S, VECTORS>(simd, column, VECTORS * lanes),
                        };
                    }
                }

                /// Computes `width` columns from `column`, in N vectors, or in a part of one if N is 0; returns
                /// `width`.
                #[inline(always)]
                fn rows<S: Simd, const N: usize>(&mut self, simd: S, column: usize, width: usize) -> usize {
                    let mut row = 0;
                    while row + ROWS <= self.sums.rows {
                        self.tile_by_columns::<S, ROWS, N>(simd, row, column, width);
                        row += ROWS;
                    }
                    while row < self.sums.rows {
                        self.tile_by_columns::<S, 1, N>(simd, row, column, width);
                        row += 1;
                    }
                    width
                }

                #[inline(always)]
                fn tile_by_columns<S: Simd, const R: usize, const N: usize>(
                    &mut self,
                    simd: S,
                    row: usize,
                    column: usize,
                    width: usize,
                ) {
                    // Sums in N vectors; if N is 0, in a part of one
                    let mut sums = ([[simd.$splat(0.0); N]; R], [simd.$splat(0.0); R]);
                    let (a, inner) = (self.a, self.b.rows);
                    let b = self.b.data[column..].chunks(self.b.stride);
                    if a.transposed {
                        for (b, a) in b.zip(a.data[row..].chunks(a.stride)) {
                            let a: [$Float; R] = *a.first_chunk().expect("the tile is within the rows of a");
                            add::<S, R, N>(simd, b, a, &mut sums, width);
                        }
                    } else {
                        let mut rows = [&self.a.data[..0]; R];
                        for r in 0..R {
                            rows[r] = &a.row(row + r)[..inner];
                        }
                        for (k, b) in (0..inner).zip(b) {
                            let mut a = [0.0; R];
                            for r in 0..R {
                                a[r] = rows[r][k];
                            }
                            add::<S, R, N>(simd, b, a, &mut sums, width);
                        }
                    }
                    for r in 0..R {
                        let out = &mut self.sums.data[(row + r) * self.sums.stride + column..][..width];
                        if N == 0 {
                            simd.$store(out, simd.$add(simd.$load(out), sums.1[r]));
                        } else {
                            for (out, sum) in out.chunks_exact_mut(width / N).zip(sums.0[r]) {
                                simd.$store(out, simd.$add(simd.$load(out), sum));
                            }
                        }
                    }
                }
            }

            /// Adds the products of one element of each row of a and a row of b to the sums.
            #[inline(always)]
            fn add<S: Simd, const R: usize, const N: usize>(
                simd: S,
                b: &[$Float],
                a: [$Float; R],
                sums: &mut ([[S::$Vector; N]; R], [S::$Vector; R]),
                width: usize,
            ) {
                if N == 0 {
                    let b = simd.$load(&b[..width]);
                    for r in 0..R {
                        sums.1[r] = simd.$mul_add(simd.$splat(a[r]), b, sums.1[r]);
                    }
                } else {
                    let b: &[S::$Vector; N] =
                        S::$as_simd(b).0.first_chunk().expect("the tile is within the columns of b");
                    for r in 0..R {
                        let a = simd.$splat(a[r]);
                        for n in 0..N {
                            sums.0[r][n] = simd.$mul_add(a, b[n], sums.0[r][n]);
                        }
                    }
                }
            }

            /// Products of rows of a and rows of the transposed b: a vector has neighbouring elements of each.
            impl Product<'_> {
                #[inline(always)]
                fn by_rows<S: Simd>(&mut self, simd: S) {
                    let mut row = 0;
                    while row < self.sums.rows {
                        if row + ROWS <= self.sums.rows {
                            self.columns::<S, ROWS>(simd, row);
                            row += ROWS;
                        } else {
                            self.columns::<S, 1>(simd, row);
                            row += 1;
                        }
                    }
                }

                #[inline(always)]
                fn columns<S: Simd, const R: usize>(&mut self, simd: S, row: usize) {
                    let mut column = 0;
                    while column + VECTORS <= self.sums.columns {
                        self.tile_by_rows::<S, R, VECTORS>(simd, row, column);
                        column += VECTORS;
                    }
                    while column < self.sums.columns {
                        self.tile_by_rows::<S, R, 1>(simd, row, column);
                        column += 1;
                    }
                }

                #[inline(always)]
                fn tile_by_rows<S: Simd, const R: usize, const C: usize>(
                    &mut self,
                    simd: S,
                    row: usize,
                    column: usize,
                ) {
                    let inner = self.a.columns;
                    let rows: [&[$Float]; R] = std::array::from_fn(|r| self.a.row(row + r));
                    let columns: [&[$Float]; C] = std::array::from_fn(|c| self.b.row(column + c));
                    let a = rows.map(|row| S::$as_simd(&row[..inner]));
                    let b = columns.map(|row| S::$as_simd(&row[..inner]));
                    let vectors = a[0].0.len();
                    let (in_a, in_b) = (a.map(|a| &a.0[..vectors]), b.map(|b| &b.0[..vectors]));
                    let mut sums = [[simd.$splat(0.0); C]; R];
                    for k in 0..vectors {
                        for r in 0..R {
                            for c in 0..C {
                                sums[r][c] = simd.$mul_add(in_a[r][k], in_b[c][k], sums[r][c]);
                            }
                        }
                    }
                    for r in 0..R {
                        for c in 0..C {
                            let rest = simd.$mul_add(simd.$load(a[r].1), simd.$load(b[c].1), sums[r][c]);
                            self.sums.data[(row + r) * self.sums.stride + column + c] += simd.$sum(rest);
                        }
                    }
                }
            }
        }
    };
}
product!(f32 single as_simd_f32s f32s splat_f32s mul_add_e_f32s add_f32s partial_load_f32s partial_store_f32s reduce_sum_f32s);
product!(f64 double as_simd_f64s f64s splat_f64s mul_add_e_f64s add_f64s partial_load_f64s partial_store_f64s reduce_sum_f64s);

pub(crate) use double::add_product as add_product_f64;
pub(crate) use single::add_product as add_product_f32;
