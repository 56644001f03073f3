//! QR factorization by Householder reflections, for the linear least-squares problems of
//! [`LevenbergMarquardt`](super::LevenbergMarquardt).
//!
//! The crate `levenberg-marquardt` needs nalgebra, which would exceed the crates and the build time of this one. The
//! normal equations JᵀJ would lose half of the digits. Matrices are in column-major order.

use crate::kernels::sums;

/// Replaces a matrix by R of its QR factorization, above and on its diagonal, and `rhs` by `Qᵀ·rhs`. The matrix has as
/// many rows as `rhs` has elements, and at least as many as columns. Below the diagonal it then has arbitrary values.
///
/// # References
/// [Golub and Van Loan 2013](https://doi.org/10.56021/9781421407944), algorithms 5.1.1 and 5.2.1
pub(super) fn triangularize(matrix: &mut [f64], rhs: &mut [f64]) {
    let rows = rhs.len();
    for k in 0..matrix.len() / rows {
        let (left, right) = matrix.split_at_mut((k + 1) * rows);
        reflect(&mut left[k * rows + k..], right.chunks_exact_mut(rows).map(|column| &mut column[k..]), &mut rhs[k..]);
    }
}

/// Reflects `column` onto the first axis, and the other columns and `rhs` by the same reflection.
fn reflect<'m>(column: &mut [f64], others: impl Iterator<Item = &'m mut [f64]>, rhs: &'m mut [f64]) {
    let norm = dot(column, column).sqrt();
    if norm == 0.0 {
        return;
    }
    let diagonal = if column[0] > 0.0 { -norm } else { norm };
    column[0] -= diagonal; // without cancellation, since the signs differ
    let factor = -1.0 / (diagonal * column[0]); // 2/vᵀv
    for other in others.chain([rhs]) {
        let scale = factor * dot(column, other);
        for (y, v) in other.iter_mut().zip(&*column) {
            *y -= scale * v;
        }
    }
    column[0] = diagonal;
}

/// Replaces b, in `x`, by the solution of `R·x = b`. R is upper triangular, with `x.len()` columns of `rows` elements.
/// Where its diagonal is 0, the solution is 0.
pub(super) fn solve_upper(r: &[f64], rows: usize, x: &mut [f64]) {
    for k in (0..x.len()).rev() {
        let column = &r[k * rows..][..=k];
        x[k] = if column[k] == 0.0 { 0.0 } else { x[k] / column[k] };
        let value = x[k];
        for (x, r) in x.iter_mut().zip(&column[..k]) {
            *x -= value * r;
        }
    }
}

/// Returns the dot product.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    sums::sum_of_pairs(a, b, |a, b| a * b)
}

/// The inverse of `AᵀA`, as far as it exists.
pub(super) struct Inverse {
    /// The elements, symmetric; NaN in the rows and columns of undetermined parameters.
    pub(super) elements: Vec<f64>,
    /// The rank of A.
    pub(super) rank: usize,
    /// The indices of the columns that a vector `v ≠ 0` with `A·v = 0` changes.
    pub(super) undetermined: Vec<usize>,
}

/// Computes the inverse of `AᵀA` from the upper triangular A of `columns` columns. A diagonal element of its pivoted QR
/// factorization is 0 if it is at most `tolerance`, in a matrix whose columns have length 1.
///
/// # References
/// [Golub and Van Loan 2013](https://doi.org/10.56021/9781421407944), section 5.4.2
pub(super) fn inverse_of_square(a: &[f64], columns: usize, tolerance: f64) -> Inverse {
    let n = columns;
    let mut r: Vec<f64> = (0..n * n).map(|index| if index % n <= index / n { a[index] } else { 0.0 }).collect();
    let mut norms = Vec::with_capacity(n);
    for column in r.chunks_exact_mut(n) {
        let norm = dot(column, column).sqrt();
        norms.push(norm);
        if norm > 0.0 {
            column.iter_mut().for_each(|x| *x /= norm);
        }
    }
    let (mut order, mut rank, mut unused) = ((0..n).collect::<Vec<usize>>(), n, vec![0.0; n]);
    for k in 0..n {
        let rest = |column: usize| dot(&r[column * n + k..(column + 1) * n], &r[column * n + k..(column + 1) * n]);
        let pivot = (k..n).fold(k, |best, column| if rest(column) > rest(best) { column } else { best });
        if rest(pivot).sqrt() <= tolerance {
            rank = k;
            break;
        }
        for row in 0..n {
            r.swap(k * n + row, pivot * n + row);
        }
        order.swap(k, pivot);
        let (left, right) = r.split_at_mut((k + 1) * n);
        let others = right.chunks_exact_mut(n).map(|column| &mut column[k..]);
        reflect(&mut left[k * n + k..], others, &mut unused[k..]);
    }
    // In the pivoted order: a column that depends on those before it, as their combination, gives a vector of the null
    // space. Of the others, the inverse is R⁻¹·R⁻ᵀ.
    let mut undetermined: Vec<usize> = order[rank..].to_vec();
    for column in rank..n {
        let mut combination = r[column * n..][..rank].to_vec();
        solve_upper(&r, n, &mut combination);
        undetermined.extend((0..rank).filter(|&row| combination[row].abs() > tolerance.sqrt()).map(|row| order[row]));
    }
    undetermined.sort_unstable();
    undetermined.dedup();
    let columns_of_inverse: Vec<Vec<f64>> = (0..rank)
        .map(|k| {
            let mut column = vec![0.0; rank];
            column[k] = 1.0;
            solve_upper(&r, n, &mut column);
            column
        })
        .collect();
    let mut elements = vec![f64::NAN; n * n];
    for i in 0..rank {
        for j in 0..=i {
            let (first, second) = (order[i], order[j]);
            if !undetermined.contains(&first) && !undetermined.contains(&second) {
                let sum: f64 = columns_of_inverse.iter().map(|column| column[i] * column[j]).sum();
                let element = sum / norms[first] / norms[second];
                (elements[first * n + second], elements[second * n + first]) = (element, element);
            }
        }
    }
    Inverse { elements, rank, undetermined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triangularize_solves_linear_least_squares() {
        // y = 1 + 2x + noise that is orthogonal to 1 and x
        let (x, y) = ([-1.0, 0.0, 1.0], [-0.5, 0.0, 3.5]);
        let mut matrix = [[1.0; 3], x].concat();
        let mut rhs = y;
        triangularize(&mut matrix, &mut rhs);
        let mut solution = rhs[..2].to_vec();
        solve_upper(&matrix, 3, &mut solution);
        assert!((solution[0] - 1.0).abs() < 1e-15 && (solution[1] - 2.0).abs() < 1e-15, "{solution:?}");
        let inverse = inverse_of_square(&[matrix[0], 0.0, matrix[3], matrix[4]], 2, 1e-14);
        let expected = [1.0 / 3.0, 0.0, 0.0, 0.5];
        assert!(inverse.elements.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{:?}", inverse.elements);
        assert_eq!((inverse.rank, inverse.undetermined), (2, vec![]));
    }

    #[test]
    fn inverse_names_the_undetermined_columns() {
        // Columns 0 and 2 are equal, column 1 is orthogonal to them, column 3 is 0.
        let mut matrix = [[1.0, 1.0, 1.0, 1.0], [1.0, -1.0, 1.0, -1.0], [1.0, 1.0, 1.0, 1.0], [0.0; 4]].concat();
        triangularize(&mut matrix, &mut [0.0; 4]);
        let inverse = inverse_of_square(&matrix, 4, 1e-14);
        assert_eq!((inverse.rank, &inverse.undetermined[..]), (2, &[0, 2, 3][..]));
        assert!((inverse.elements[5] - 0.25).abs() < 1e-15 && inverse.elements[0].is_nan());
        assert_eq!(inverse.elements.iter().filter(|x| x.is_finite()).count(), 1);
    }
}
