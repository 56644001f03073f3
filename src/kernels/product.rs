//! Matrix products of floats.
//!
//! A tile of the result stays in vector registers while the products of a block of columns of a with a block of rows of
//! b are added to it: each vector of neighbouring elements of a row of b is multiplied by one element of each row of a.
//! Both matrices are read in place. Only two parts are packed, into memory that is kept: the last columns of b, which
//! do not fill a vector, and a b whose columns are contiguous in memory. Of a·b with such a b, as in the forward pass
//! of a layer, the smaller of the matrices is packed: if it is a, the kernel computes the transpose, bᵀ·aᵀ.
//!
//! Every element is the sum of its terms in the same order for any number of rows and columns, on any processor. Only in
//! a result of less than four rows or columns, a sum of many terms is computed in lanes, always the same number.

use super::dispatch::dispatch;
use crate::kernels::slices::{LINE, MatrixView, MatrixViewMut, aligned, values_per_line};
use crate::kernels::sums::{add_in_pairs, space_for_pairs};
use pulp::{Simd, WithSimd};
use std::cell::RefCell;

/// The largest number of rows of b in a block: a panel of its columns stays in the first-level cache, and no more
/// products are added one after another.
const BLOCK: usize = 256;
/// The largest number of products whose blocks are added one after another; a sum of more is computed in parts.
const MOST_SUMMANDS: usize = 4096;
/// The largest number of products of a sum in lanes; a sum of more is computed in parts.
const MOST_IN_LANES: usize = 1024;
/// The largest number of vectors in a row of a tile.
const VECTORS: usize = 3;
/// The number of rows or columns of the result below which nothing is packed, if the sums have [`MANY_TERMS`].
const FEW: usize = 4;
/// The number of terms of a sum from which it is computed in lanes, in a result of few rows or columns.
const MANY_TERMS: usize = 16;

/// Returns true if each sum of the product is computed in lanes.
fn is_by_rows<T>(a: MatrixView<'_, T>, b: MatrixView<'_, T>) -> bool {
    !a.transposed && b.transposed && a.rows.min(b.rows) < FEW && a.columns >= MANY_TERMS
}

/// Returns the largest number of products that are not summed in parts.
fn most_summands<T>(a: MatrixView<'_, T>, b: MatrixView<'_, T>) -> usize {
    if is_by_rows(a, b) { MOST_IN_LANES } else { MOST_SUMMANDS }
}

macro_rules! product {
    (
        $Float:ident $module:ident $as_simd:ident $as_mut_simd:ident $Vector:ident $splat:ident $mul_add:ident $add:ident
        $load:ident $store:ident $interleave:ident
    ) => {
        mod $module {
            use super::*;

            /// The most elements in a vector, and in a cache line.
            const MOST_LANES: usize = values_per_line::<$Float>();

            thread_local! {
                static PACKED: RefCell<Vec<$Float>> = const { RefCell::new(Vec::new()) };
                static RESULT: RefCell<Vec<$Float>> = const { RefCell::new(Vec::new()) };
                static PARTS: RefCell<Vec<$Float>> = const { RefCell::new(Vec::new()) };
            }

            /// Adds a·b to `sums`.
            pub(crate) fn add_product(
                a: MatrixView<'_, $Float>,
                b: MatrixView<'_, $Float>,
                mut sums: MatrixViewMut<'_, $Float>,
            ) {
                let [inner, columns] = b.shape();
                assert!(a.shape()[1] == inner && sums.rows == a.shape()[0] && sums.columns == columns);
                if sums.rows == 0 || columns == 0 {
                    return;
                }
                if inner == 0 {
                    sums.initialize();
                } else if inner > most_summands(a, b) {
                    sums.initialize();
                    PARTS.with_borrow_mut(|parts| add_in_parts(a, b, sums, parts));
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
                parts: &mut Vec<$Float>,
            ) {
                let (inner, [rows, columns], most) = (b.shape()[0], [sums.rows, sums.columns], most_summands(a, b));
                parts.clear();
                parts.resize(rows * columns * (1 + space_for_pairs(inner, most)), 0.0);
                let (total, space) = parts.split_at_mut(rows * columns);
                add_in_pairs(inner, most, total, space, &mut |part, sums| {
                    let (a, b) = (a.columns(part.clone()), b.rows(part));
                    add_at_once(a, b, MatrixViewMut::new(sums, [rows, columns]));
                });
                for (row, total) in sums.data.chunks_mut(sums.stride).zip(total.chunks_exact(columns)) {
                    for (sum, &part) in row.iter_mut().zip(total) {
                        *sum += part;
                    }
                }
            }

            /// Adds a·b to `sums`, one block after another.
            fn add_at_once(a: MatrixView<'_, $Float>, b: MatrixView<'_, $Float>, sums: MatrixViewMut<'_, $Float>) {
                let MatrixViewMut { rows, columns, .. } = sums;
                if is_by_rows(a, b) {
                    dispatch(ByRows { a, b, sums });
                } else if !b.transposed || a.transposed || columns <= rows {
                    PACKED.with_borrow_mut(|packed| dispatch(ByColumns { a, b, sums, packed }));
                } else {
                    RESULT.with_borrow_mut(|result| {
                        let stride = rows.next_multiple_of(MOST_LANES);
                        if result.len() < columns * stride {
                            result.resize(columns * stride, 0.0);
                        }
                        let transposed =
                            MatrixViewMut { data: result, rows: columns, columns: rows, stride, is_fresh: true };
                        let (a, b) = (b.t(), a.t());
                        PACKED.with_borrow_mut(|packed| dispatch(ByColumns { a, b, sums: transposed, packed }));
                        dispatch(AddTransposed {
                            matrix: MatrixView::with_stride(result, [columns, rows], stride),
                            sums,
                        });
                    });
                }
            }

            /// Products by columns of a: a vector has neighbouring elements of a row of b, multiplied by one element of
            /// a.
            struct ByColumns<'a> {
                a: MatrixView<'a, $Float>,
                b: MatrixView<'a, $Float>,
                sums: MatrixViewMut<'a, $Float>,
                packed: &'a mut Vec<$Float>,
            }

            impl WithSimd for ByColumns<'_> {
                type Output = ();

                #[inline(always)]
                fn with_simd<S: Simd>(self, simd: S) {
                    let ByColumns { a, b, mut sums, packed } = self;
                    let [inner, columns] = b.shape();
                    let lanes = size_of::<S::$Vector>() / size_of::<$Float>();
                    let in_vectors = columns / lanes * lanes;
                    let first_packed = if b.transposed { 0 } else { in_vectors };
                    let width = (columns - first_packed).next_multiple_of(lanes);
                    let block = inner.div_ceil(inner.div_ceil(BLOCK));
                    let packed = aligned(packed, block.min(inner) * width);
                    for start in (0..inner).step_by(block) {
                        let range = start..inner.min(start + block);
                        let packed = &mut packed[..range.len() * width];
                        let (a, b) = (a.columns(range.clone()), b.rows(range));
                        if b.transposed {
                            pack_transposed(simd, b, packed, width);
                        } else if width > 0 {
                            for (packed, row) in packed.chunks_exact_mut(width).zip(b.data.chunks(b.stride)) {
                                let rest = &row[in_vectors..columns];
                                packed[..rest.len()].copy_from_slice(rest);
                                packed[rest.len()..].fill(0.0);
                            }
                        }
                        // First the columns that are read in place, then the packed ones
                        for (b, stride, range) in
                            [(b.data, b.stride, 0..first_packed), (&*packed, width, first_packed..columns)]
                        {
                            panels(simd, a, b, stride, &mut sums, range);
                        }
                        sums.is_fresh = false;
                    }
                }
            }

            /// Writes the columns of b, which are rows in memory, to the columns of `packed`, and zeros after them.
            #[inline(always)]
            fn pack_transposed<S: Simd>(simd: S, b: MatrixView<'_, $Float>, packed: &mut [$Float], width: usize) {
                for_each_column(simd, b, |column, row, elements| {
                    packed[column * width + row..][..elements.len()].copy_from_slice(elements);
                });
                for row in b.rows..width {
                    packed[row..].iter_mut().step_by(width).for_each(|packed| *packed = 0.0);
                }
            }

            /// Calls `f` with parts of the columns of `matrix`: the index of the column, that of the first row, and the
            /// elements of this and the next rows.
            #[inline(always)]
            fn for_each_column<S: Simd>(
                simd: S,
                matrix: MatrixView<'_, $Float>,
                mut f: impl FnMut(usize, usize, &[$Float]),
            ) {
                const ROWS: usize = 4; // which are interleaved
                let lanes = size_of::<S::$Vector>() / size_of::<$Float>();
                let (rows, columns) = (matrix.rows / ROWS * ROWS, matrix.columns / lanes * lanes);
                // The order of the columns in interleaved vectors depends on the processor.
                let mut order = [0.0; MOST_LANES];
                for lane in 1..MOST_LANES {
                    order[lane] = lane as $Float;
                }
                let order = simd.$interleave([S::$as_simd(&order[..lanes]).0[0]; ROWS]);
                let order = pulp::bytemuck::cast_slice::<_, $Float>(&order).iter().step_by(ROWS);
                let mut columns_of_groups = [0; MOST_LANES];
                for (column, &lane) in columns_of_groups.iter_mut().zip(order) {
                    *column = lane as usize;
                }
                for column in (0..columns).step_by(lanes) {
                    for row in (0..rows).step_by(ROWS) {
                        // Not `from_fn`, whose closure is called where it is not inlined
                        let vector = |r: usize| S::$as_simd(&matrix.row(row + r)[column..][..lanes]).0[0];
                        let interleaved = simd.$interleave([vector(0), vector(1), vector(2), vector(3)]);
                        let groups = pulp::bytemuck::cast_slice::<_, $Float>(&interleaved).chunks_exact(ROWS);
                        for (group, &index) in groups.zip(&columns_of_groups) {
                            f(column + index, row, group);
                        }
                    }
                }
                for row in 0..matrix.rows {
                    let first = if row < rows { columns } else { 0 };
                    for (column, x) in matrix.row(row).iter().enumerate().skip(first) {
                        f(column, row, std::slice::from_ref(x));
                    }
                }
            }

            /// Computes the columns of a range, from rows of b at a distance of `stride`, of which the first has the
            /// element of the first column.
            #[inline(always)]
            fn panels<S: Simd>(
                simd: S,
                a: MatrixView<'_, $Float>,
                mut b: &[$Float],
                stride: usize,
                sums: &mut MatrixViewMut<'_, $Float>,
                range: std::ops::Range<usize>,
            ) {
                let lanes = size_of::<S::$Vector>() / size_of::<$Float>();
                let mut column = range.start;
                while column < range.end {
                    let left = range.end - column;
                    let width = match left / lanes {
                        0 => rows::<S, 1>(simd, a, b, stride, sums, column, left),
                        1 => rows::<S, 1>(simd, a, b, stride, sums, column, lanes),
                        2 | 4 => rows::<S, 2>(simd, a, b, stride, sums, column, 2 * lanes), // 4 is 2 + 2, not 3 + 1
                        _ => rows::<S, VECTORS>(simd, a, b, stride, sums, column, VECTORS * lanes),
                    };
                    column += width;
                    b = b.get(width..).unwrap_or_default();
                }
            }

            /// Computes `width` columns from `column`, in N vectors; returns `width`.
            #[inline(always)]
            fn rows<S: Simd, const N: usize>(
                simd: S,
                a: MatrixView<'_, $Float>,
                b: &[$Float],
                stride: usize,
                sums: &mut MatrixViewMut<'_, $Float>,
                column: usize,
                width: usize,
            ) -> usize {
                let mut row = 0;
                if size_of::<S::$Vector>() == LINE {
                    // Processors with vectors of this size have twice as many of them.
                    while row + 8 <= sums.rows {
                        tile::<S, 8, N>(simd, a, b, stride, sums, [row, column], width);
                        row += 8;
                    }
                }
                while row + 4 <= sums.rows {
                    tile::<S, 4, N>(simd, a, b, stride, sums, [row, column], width);
                    row += 4;
                }
                while row + 2 <= sums.rows {
                    tile::<S, 2, N>(simd, a, b, stride, sums, [row, column], width);
                    row += 2;
                }
                while row < sums.rows {
                    tile::<S, 1, N>(simd, a, b, stride, sums, [row, column], width);
                    row += 1;
                }
                width
            }

            #[inline(always)]
            fn tile<S: Simd, const R: usize, const N: usize>(
                simd: S,
                a: MatrixView<'_, $Float>,
                b: &[$Float],
                stride: usize,
                sums: &mut MatrixViewMut<'_, $Float>,
                [row, column]: [usize; 2],
                width: usize,
            ) {
                let mut tile = [[simd.$splat(0.0); N]; R];
                let [_, inner] = a.shape();
                // An element of a is read where it is used: the processor then copies it to all lanes while it loads it.
                if a.transposed {
                    for k in 0..inner {
                        let a: &[$Float; R] =
                            a.data[k * a.stride + row..].first_chunk().expect("the tile is within the rows of a");
                        add(simd, |r| &a[r], &b[k * stride..], &mut tile);
                    }
                } else {
                    let mut rows = [&a.data[..0]; R];
                    for r in 0..R {
                        rows[r] = &a.row(row + r)[..inner];
                    }
                    for k in 0..inner {
                        add(simd, |r| &rows[r][k], &b[k * stride..], &mut tile);
                    }
                }
                for r in 0..R {
                    let out = &mut sums.data[(row + r) * sums.stride + column..][..width];
                    if width < size_of::<S::$Vector>() / size_of::<$Float>() {
                        let before = if sums.is_fresh { simd.$splat(0.0) } else { simd.$load(out) };
                        simd.$store(out, simd.$add(before, tile[r][0]));
                    } else {
                        for (out, &sum) in S::$as_mut_simd(out).0.iter_mut().zip(&tile[r]) {
                            *out = if sums.is_fresh { sum } else { simd.$add(*out, sum) };
                        }
                    }
                }
            }

            /// Adds the products of one element of each row of a and the first elements of a row of b.
            #[inline(always)]
            fn add<'a, S: Simd, const R: usize, const N: usize>(
                simd: S,
                a: impl Fn(usize) -> &'a $Float,
                b: &[$Float],
                tile: &mut [[S::$Vector; N]; R],
            ) {
                let b: &[S::$Vector; N] = S::$as_simd(b).0.first_chunk().expect("the tile is within the columns of b");
                for r in 0..R {
                    let a = simd.$splat(*a(r));
                    for n in 0..N {
                        tile[r][n] = simd.$mul_add(a, b[n], tile[r][n]);
                    }
                }
            }

            /// Adds the transpose of `matrix` to `sums`.
            struct AddTransposed<'a> {
                matrix: MatrixView<'a, $Float>,
                sums: MatrixViewMut<'a, $Float>,
            }

            impl WithSimd for AddTransposed<'_> {
                type Output = ();

                #[inline(always)]
                fn with_simd<S: Simd>(self, simd: S) {
                    let AddTransposed { matrix, mut sums } = self;
                    sums.initialize();
                    for_each_column(simd, matrix, |column, row, elements| {
                        let sums = &mut sums.data[column * sums.stride + row..][..elements.len()];
                        sums.iter_mut().zip(elements).for_each(|(sum, &x)| *sum += x);
                    });
                }
            }

            /// Products of rows of a and columns of b that are contiguous in memory, with a sum for each of `MOST_LANES`
            /// lanes, on any processor.
            struct ByRows<'a> {
                a: MatrixView<'a, $Float>,
                b: MatrixView<'a, $Float>,
                sums: MatrixViewMut<'a, $Float>,
            }

            impl WithSimd for ByRows<'_> {
                type Output = ();

                #[inline(always)]
                fn with_simd<S: Simd>(self, simd: S) {
                    match LINE / size_of::<S::$Vector>() {
                        1 => self.run::<S, 1>(simd),
                        2 => self.run::<S, 2>(simd),
                        4 => self.run::<S, 4>(simd),
                        _ => self.run::<S, MOST_LANES>(simd),
                    }
                }
            }

            impl ByRows<'_> {
                /// Computes the products with N vectors for the lanes.
                #[inline(always)]
                fn run<S: Simd, const N: usize>(mut self, simd: S) {
                    const GROUP: usize = 4; // that are computed at the same time
                    let ByRows { a, b, sums } = &mut self;
                    sums.initialize();
                    let (rows, columns) = (sums.rows, sums.columns);
                    // Each row of the operand with few rows is multiplied by groups of rows of the other one.
                    let (few, many, steps) =
                        if rows <= columns { (*a, *b, [sums.stride, 1]) } else { (*b, *a, [1, sums.stride]) };
                    for i in 0..few.rows {
                        let mut group = 0;
                        while group + GROUP <= many.rows {
                            let mut rows = [many.row(group); GROUP];
                            for j in 1..GROUP {
                                rows[j] = many.row(group + j);
                            }
                            for (j, dot) in dots::<S, N, GROUP>(simd, few.row(i), rows).into_iter().enumerate() {
                                sums.data[i * steps[0] + (group + j) * steps[1]] += dot;
                            }
                            group += GROUP;
                        }
                        for j in group..many.rows {
                            let [dot] = dots::<S, N, 1>(simd, few.row(i), [many.row(j)]);
                            sums.data[i * steps[0] + j * steps[1]] += dot;
                        }
                    }
                }
            }

            /// Returns the products of `row` and each of `columns`.
            #[inline(always)]
            fn dots<S: Simd, const N: usize, const C: usize>(
                simd: S,
                row: &[$Float],
                columns: [&[$Float]; C],
            ) -> [$Float; C] {
                let mut lanes = [[simd.$splat(0.0); N]; C];
                let full = row.len() / MOST_LANES * MOST_LANES;
                for start in (0..full).step_by(MOST_LANES) {
                    let a = S::$as_simd(&row[start..][..MOST_LANES]).0;
                    for c in 0..C {
                        let b = S::$as_simd(&columns[c][start..][..MOST_LANES]).0;
                        for n in 0..N {
                            lanes[c][n] = simd.$mul_add(a[n], b[n], lanes[c][n]);
                        }
                    }
                }
                if full < row.len() {
                    let width = MOST_LANES / N;
                    for n in 0..N {
                        if full + n * width >= row.len() {
                            break; // An emulator of 32-bit x86 reads from memory for an empty slice.
                        }
                        let rest =
                            |elements: &[$Float]| simd.$load(elements.get(full + n * width..).unwrap_or_default());
                        let a = rest(row);
                        for c in 0..C {
                            lanes[c][n] = simd.$mul_add(a, rest(&columns[c][..row.len()]), lanes[c][n]);
                        }
                    }
                }
                let mut sums = [[0.0; MOST_LANES]; C];
                for c in 0..C {
                    sums[c].copy_from_slice(pulp::bytemuck::cast_slice(&lanes[c]));
                }
                let mut width = MOST_LANES;
                while width > 1 {
                    width /= 2;
                    for sums in &mut sums {
                        for lane in 0..width {
                            sums[lane] += sums[lane + width];
                        }
                    }
                }
                let mut dots = [0.0; C];
                for c in 0..C {
                    dots[c] = sums[c][0];
                }
                dots
            }
        }
    };
}
product! {
    f32 single as_simd_f32s as_mut_simd_f32s f32s splat_f32s mul_add_e_f32s add_f32s partial_load_f32s
    partial_store_f32s interleave_shfl_f32s
}
product! {
    f64 double as_simd_f64s as_mut_simd_f64s f64s splat_f64s mul_add_e_f64s add_f64s partial_load_f64s
    partial_store_f64s interleave_shfl_f64s
}

pub(crate) use double::add_product as add_product_f64;
pub(crate) use single::add_product as add_product_f32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::dispatch::tests::{VECTORS, Vectors};
    use crate::scalar::{Scalar, double};
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    /// A matrix of random numbers in rows that may be longer than its columns, possibly transposed.
    struct Random<T> {
        data: Vec<T>,
        shape: [usize; 2],
        stride: usize,
        transposed: bool,
    }

    impl<T: Scalar> Random<T> {
        fn new([rows, columns]: [usize; 2], transposed: bool, rng: &mut Xoshiro256PlusPlus) -> Random<T> {
            let shape = if transposed { [columns, rows] } else { [rows, columns] };
            let stride = shape[1] + rng.random_range(0..3_usize);
            let data = (0..shape[0] * stride).map(|_| T::of(rng.random_range(-1.0..1.0))).collect();
            Random { data, shape, stride, transposed }
        }

        fn view(&self) -> MatrixView<'_, T> {
            let view = MatrixView::with_stride(&self.data, self.shape, self.stride);
            if self.transposed { view.t() } else { view }
        }

        fn at(&self, row: usize, column: usize) -> f64 {
            let [row, column] = if self.transposed { [column, row] } else { [row, column] };
            double(&self.data[row * self.stride + column])
        }
    }

    /// Asserts that the product of random matrices is right with all vector instructions, the same with all that have
    /// fused multiplication, and that nothing is written beside it.
    fn check<T: Scalar>([m, k, n]: [usize; 3], rng: &mut Xoshiro256PlusPlus) {
        let (a, b) = (Random::<T>::new([m, k], rng.random(), rng), Random::<T>::new([k, n], rng.random(), rng));
        let (stride, is_fresh) = (n + rng.random_range(0..3_usize), rng.random::<bool>());
        let before: Vec<T> = (0..m * stride).map(|_| T::of(rng.random_range(-1.0..1.0))).collect();
        let by = |vectors| {
            let mut data = before.clone();
            VECTORS.set(vectors);
            T::add_product(
                a.view(),
                b.view(),
                MatrixViewMut { data: &mut data, rows: m, columns: n, stride, is_fresh },
            );
            VECTORS.set(Vectors::Widest);
            data
        };
        let [widest, avx2, none] = [Vectors::Widest, Vectors::Avx2, Vectors::None].map(by);
        let case = format!("{m} × {k} × {n}, transposed: {} {}, fresh: {is_fresh}", a.transposed, b.transposed);
        assert_eq!(widest, avx2, "{case}");
        for (index, before) in before.iter().enumerate() {
            let (row, column) = (index / stride, index % stride);
            if column >= n {
                assert_eq!([widest[index], none[index]], [*before; 2], "{case}");
                continue;
            }
            let first = if is_fresh { 0.0 } else { double(before) };
            let terms = (0..k).map(|i| a.at(row, i) * b.at(i, column));
            let (exact, size) = terms.fold((first, first.abs()), |(sum, size), x| (sum + x, size + x.abs()));
            for found in [widest[index], none[index]] {
                let error = (double(&found) - exact).abs();
                let most = double(&T::epsilon()) * size * (k.min(300) as f64).sqrt().max(2.0);
                assert!(error <= most, "{case}: {found} for {exact} at {row}, {column}");
            }
        }
    }

    #[test]
    fn products_of_any_shape_are_right_with_all_vectors() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        for m in 0..=70 {
            for n in 0..=70 {
                let k = rng.random_range(0..=70);
                check::<f32>([m, k, n], &mut rng);
                check::<f64>([n, m, k], &mut rng);
            }
        }
    }

    /// Sums of more than a block, and of more than are added at once.
    #[test]
    fn long_sums_are_right_with_all_vectors() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        for k in [255, 256, 257, 300, 511, 784, 4096, 4097, 9000] {
            for [m, n] in [[1, 1], [1, 40], [3, 5], [3, 40], [4, 40], [9, 17], [40, 3]] {
                for _ in 0..4 {
                    check::<f32>([m, k, n], &mut rng);
                    check::<f64>([m, k, n], &mut rng);
                }
            }
        }
    }
}
