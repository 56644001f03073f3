//! Causal attention equals the elementary operations that it consists of, with all derivatives.

use crate::batches::all_close;
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Graph, Matrix, Scalar, Value, gradcheck, hessian, reverse, taylor};

/// Computes attention sequence by sequence and head by head, by products, a mask and a softmax.
fn by_elementary_operations<S: Scalar>(
    [queries, keys, values]: [&Matrix<S>; 3],
    heads: usize,
    lengths: &[usize],
) -> Matrix<S> {
    let part = |x: &Matrix<S>, first: usize, length: usize, head: usize| {
        let width = x.ncols() / heads;
        x.rows(first..first + length).columns(head * width..(head + 1) * width)
    };
    let (mut first, mut sequences) = (0, Vec::new());
    for &length in lengths.iter().filter(|&&length| length > 0) {
        let mask = Matrix::from_shape_fn([length; 2], |(i, j)| if j > i { S::neg_infinity() } else { S::zero() });
        let heads = (0..heads).map(|head| {
            let [q, k, v] = [queries, keys, values].map(|x| part(x, first, length, head));
            (q.matmul(&k.t()) / f64::sqrt(q.ncols() as f64) + &mask).softmax().matmul(&v)
        });
        sequences.push(heads.reduce(|left, right| left.hstack(&right)).unwrap());
        first += length;
    }
    sequences.into_iter().reduce(|above, below| above.vstack(&below)).unwrap()
}

/// The number of heads, the widths of the queries and of the values, and the lengths.
type Shape = (usize, usize, usize, &'static [usize]);

const SHAPES: [Shape; 8] = [
    (1, 1, 1, &[1]),
    (1, 3, 2, &[1, 1, 1]),
    (4, 16, 16, &[8]),
    (2, 6, 10, &[3, 1, 4]),
    (1, 20, 3, &[2, 0, 5, 0]),
    (3, 69, 57, &[13, 2]),
    (2, 128, 32, &[1, 40]),
    (5, 20, 85, &[70, 3]),
];

fn random<T: Scalar>(rows: usize, columns: usize, size: f64, seed: u64) -> Matrix<T> {
    let mut rng = SomeRng::seed_from_u64(seed);
    Matrix::from_shape_fn([rows, columns], |_| T::of(size * (rng.random::<f64>() * 2.0 - 1.0)))
}

fn operands<T: Scalar>((_, width, values_width, lengths): Shape, size: f64) -> [Matrix<T>; 3] {
    let rows = lengths.iter().sum();
    [random(rows, width, size, 1), random(rows, width, size, 2), random(rows, values_width, 1.0, 3)]
}

/// Compares values and gradients for operands of this size.
fn equals_elementary_operations<T: Scalar>(size: f64, tolerance: f64) {
    for shape @ (heads, _, _, lengths) in SHAPES {
        let [queries, keys, values] = operands::<T>(shape, size);
        let graph = Graph::new();
        let on_graph = [&queries, &keys, &values].map(|x| graph.matrix(x));
        let [q, k, v] = &on_graph;
        let fused = Matrix::causal_attention(q, k, v, heads, lengths);
        let composed = by_elementary_operations([q, k, v], heads, lengths);
        all_close(fused.data().as_slice(), composed.data().as_slice(), tolerance);
        assert_eq!(fused.data(), Matrix::causal_attention(&queries, &keys, &values, heads, lengths));
        let weights = graph.constants(random(fused.nrows(), fused.ncols(), 1.0, 4));
        let [fused, composed] = [fused, composed].map(|x| (x * &weights).sum().backward());
        for x in &on_graph {
            all_close(&fused.of(x), &composed.of(x), tolerance);
        }
    }
}

#[test]
fn causal_attention_equals_elementary_operations() {
    equals_elementary_operations::<f64>(1.0, 1e-13);
    equals_elementary_operations::<f32>(1.0, 1e-5);
}

#[test]
fn causal_attention_with_large_scores_equals_elementary_operations() {
    equals_elementary_operations::<f64>(100.0, 1e-11);
}

#[test]
fn causal_attention_is_finite_for_scores_of_any_size() {
    let graph = Graph::new();
    let [q, k, v] = [[[1e4], [1e4]], [[-1.0], [1.0]], [[2.0], [3.0]]].map(|x| graph.matrix(x)); // scores ±1e4
    let y = Matrix::causal_attention(&q, &k, &v, 1, &[2]);
    assert_eq!(y.data(), Matrix::from([[2.0], [3.0]]));
    let gradients = y.sum().backward();
    assert_eq!([&q, &k, &v].map(|x| gradients.of(x)), [vec![0.0, 0.0], vec![0.0, 0.0], vec![1.0, 1.0]]);
}

#[test]
fn causal_attention_of_several_sequences_equals_each_alone() {
    for shape @ (heads, _, _, lengths) in SHAPES {
        let [q, k, v] = operands::<f32>(shape, 2.0);
        let together = Matrix::causal_attention(&q, &k, &v, heads, lengths);
        let mut first = 0;
        for &length in lengths {
            let rows = first..first + length;
            let [q, k, v] = [&q, &k, &v].map(|x| x.rows(rows.clone()));
            assert_eq!(together.rows(rows), Matrix::causal_attention(&q, &k, &v, heads, &[length]));
            first += length;
        }
    }
}

#[test]
fn causal_attention_has_the_derivatives_of_one_matrix_in_all_places() {
    fn f<S: Scalar>(x: &[S]) -> S {
        let x = Matrix::from_vec([3, 2], x.to_vec());
        (Matrix::causal_attention(&x, &x, &x, 2, &[1, 2]) * x.exp()).sum()
    }
    gradcheck(|x| f(x), &[0.5_f64, -1.2, 0.7, 2.0, 0.1, -0.4]).unwrap();
}

#[test]
fn causal_attention_has_derivatives_of_every_order() {
    fn operands<S: Scalar>(x: &[S]) -> [Matrix<S>; 3] {
        let x = Matrix::from_vec([4, 3], x.to_vec());
        [x.columns(0..2), x.columns(1..3), &x * 2.0]
    }
    fn fused<S: Scalar>(x: &[S]) -> S {
        let [q, k, v] = operands(x);
        Matrix::causal_attention(&q, &k, &v.columns(0..2), 2, &[1, 3]).powi(3).sum()
    }
    fn composed<S: Scalar>(x: &[S]) -> S {
        let [q, k, v] = operands(x);
        by_elementary_operations([&q, &k, &v.columns(0..2)], 2, &[1, 3]).powi(3).sum()
    }
    let point: [f64; 12] = std::array::from_fn(|i| (1.0 + 2.0 * i as f64).sin());
    let (value, gradient, expected) = reverse::hessian(|x| composed(x), &point);
    let (fused_value, fused_gradient, by_graphs) = reverse::hessian(|x| fused(x), &point);
    let (.., by_duals) = hessian(|x| fused(&x), point);
    all_close(&[fused_value], &[value], 1e-14);
    all_close(&fused_gradient, &gradient, 1e-13);
    for (i, expected) in expected.iter().enumerate() {
        all_close(&by_graphs[i], expected, 1e-12);
        all_close(&by_duals[i], expected, 1e-12);
    }
    fn along<S: Scalar>(t: S, point: &[f64; 12]) -> Vec<S> {
        point.iter().map(|&x| S::of(x) * t).collect()
    }
    let series = taylor(|t| fused(&along(t, &point)), 0.7, 4);
    all_close(&series, &taylor(|t| composed(&along(t, &point)), 0.7, 4), 1e-11);
}

#[test]
fn causal_attention_does_not_depend_on_later_positions() {
    let graph = Graph::new();
    let (nan, infinity) = (f64::NAN, f64::INFINITY);
    let q = graph.matrix([[1.0], [nan], [1.0]]);
    let k = graph.matrix([[1.0], [infinity], [2.0]]);
    let v = graph.matrix([[4.0], [infinity], [5.0]]);
    let y = Matrix::causal_attention(&q, &k, &v, 1, &[2, 1]);
    assert_eq!((y[(0, 0)].data(), y[(2, 0)].data()), (4.0, 5.0));
    assert!(y[(1, 0)].data().is_nan());
    let gradients = (y[(0, 0)] + y[(2, 0)]).backward();
    assert_eq!(gradients.of(&q), [0.0; 3]);
    assert_eq!(gradients.of(&k), [0.0; 3]);
    assert_eq!(gradients.of(&v), [1.0, 0.0, 1.0]);
}

#[test]
fn causal_attention_without_rows_or_columns_is_empty() {
    let empty = Matrix::<f64>::zeros([0, 4]);
    assert_eq!(Matrix::causal_attention(&empty, &empty, &empty, 2, &[]).shape(), [0, 4]);
    let (narrow, values) = (Matrix::zeros([2, 0]), Matrix::from([[1.0], [3.0]]));
    assert_eq!(Matrix::causal_attention(&narrow, &narrow, &values, 1, &[2]), Matrix::from([[1.0], [2.0]]));
    assert_eq!(Matrix::causal_attention(&values, &values, &narrow, 1, &[2]).shape(), [2, 0]);
}

fn attention_of_shapes(keys: [usize; 2], values: [usize; 2], heads: usize, lengths: &[usize]) {
    let [q, k, v] = [[3, 4], keys, values].map(Matrix::<Value<f64>>::zeros);
    Matrix::causal_attention(&q, &k, &v, heads, lengths);
}

#[test]
#[should_panic = "expected keys of 3 × 4 as the queries, got 3 × 2, in causal_attention"]
fn causal_attention_rejects_keys_of_another_shape() {
    attention_of_shapes([3, 2], [3, 4], 2, &[3]);
}

#[test]
#[should_panic = "expected 3 rows of values, got 2, in causal_attention"]
fn causal_attention_rejects_another_number_of_values() {
    attention_of_shapes([3, 4], [2, 4], 2, &[3]);
}

#[test]
#[should_panic = "`heads` must divide 4 and 6 columns, got 4, in causal_attention"]
fn causal_attention_rejects_heads_of_unequal_width() {
    attention_of_shapes([3, 4], [3, 6], 4, &[3]);
}

#[test]
#[should_panic = "`heads` must divide 4 and 4 columns, got 0, in causal_attention"]
fn causal_attention_rejects_no_heads() {
    attention_of_shapes([3, 4], [3, 4], 0, &[3]);
}

#[test]
#[should_panic = "`lengths` must add up to 3 rows, got 4, in causal_attention"]
fn causal_attention_rejects_lengths_of_another_sum() {
    attention_of_shapes([3, 4], [3, 4], 2, &[2, 2]);
}
