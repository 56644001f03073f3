//! The results of a point do not depend on its neighbours: on their values, their paths, their number and their order.

use super::{Float, Function, bits, compare, function, points, record, results};
use backprop::ndarray::{Array2, ArrayView2, Axis, ShapeBuilder, concatenate, s};
use backprop::{Program, RecordedValue, Scalar, reverse};

function! {
    // Smooth, with functions of every kind
    Smooth(p, x) => {
        let y = (x[0] * p[0] + p[1]).tanh() / (x[1] * x[1] + S::one()) + (x[2] * p[1]).exp() - x[0].abs().sqrt();
        vec![y * p[2] + x[0].powi(3).max(x[1]), (y * y + x[2].sin()).ln_1p() * p[0], x[1].atan2(x[2] * p[2])]
    };
    // `Smooth` with four paths
    Branches(p, x) => {
        let mut values = Smooth.at(p, x);
        if x[0] < p[1] {
            values[0] = values[0] * p[0] - x[1];
        }
        if (x[1] * p[0]).sin() > S::zero() {
            values[1] = values[1].sigmoid() + p[2] * x[2];
        }
        values
    };
    // A path for each integer part
    Steps(p, x) => {
        let steps = x[0].to_i64().unwrap_or(-1).unsigned_abs() % 1000;
        let mut y = x[1] * p[0];
        for _ in 0..steps % 7 {
            y = y * p[1] + x[2];
        }
        vec![y + S::of(steps as f64) * p[2], y.sin()]
    };
}

const P: [f64; 3] = [0.6, -0.7, 0.25];

fn p<T: Scalar>() -> [T; 3] {
    P.map(T::of)
}

/// The results are those of another call, in which the points are the rows `order`.
fn assert_same_at<T: Float>(program: &Program<T>, x: ArrayView2<T>, order: &[usize], text: &str) {
    let expected = results(program, &p(), x).bits_by_point(x.nrows());
    let chosen = x.select(Axis(0), order);
    let found = results(program, &p(), chosen.view()).bits_by_point(order.len());
    for (found, &i) in found.iter().zip(order) {
        assert!(*found == expected[i], "{text}: point {i}");
    }
}

/// Replaces the columns of some points by these numbers: the results of the others keep their bits.
fn neighbours_are_not_disturbed<T: Float, F: Function>(f: &F, special: f64) {
    let program = record::<T, _>(f, 3, 3);
    let x = points::<T>(300, 3, 2.0, 4);
    let clean = results(&program, &p(), x.view()).bits_by_point(300);
    for stride in [2, 3, 64, 299] {
        for columns in [vec![0], vec![1], vec![2], vec![0, 1, 2]] {
            let mut disturbed = x.clone();
            for i in (0..300).step_by(stride) {
                columns.iter().for_each(|&column| disturbed[(i, column)] = T::of(special));
            }
            let found = results(&program, &p(), disturbed.view()).bits_by_point(300);
            for i in (0..300).filter(|i| i % stride != 0) {
                assert!(found[i] == clean[i], "{f:?}: {special} in {columns:?}, point {i}, next to every {stride}th");
            }
        }
    }
}

#[test]
fn nan_and_infinite_points_do_not_disturb_their_neighbours() {
    for special in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, 1e30, -1e300] {
        neighbours_are_not_disturbed::<f64, _>(&Smooth, special);
        neighbours_are_not_disturbed::<f32, _>(&Smooth, special);
        neighbours_are_not_disturbed::<f64, _>(&Branches, special);
        neighbours_are_not_disturbed::<f32, _>(&Branches, special);
    }
}

/// A point whose derivative is 0·∞ = 0 does not disturb the others, in the sum either.
#[test]
fn strong_zeros_of_a_point_do_not_change_the_gradient_of_others() {
    let program = Program::<f64>::record(1, 2, |p, x| (x[0] * p[0]).sqrt() * x[1]).unwrap();
    let gradient = |rows: &[[f64; 2]]| {
        let rows = Array2::from_shape_fn((rows.len(), 2), |(i, j)| rows[i][j]);
        program.sum_and_gradient(&[1.0], &rows).unwrap().1[0]
    };
    assert_eq!(gradient(&[[0.0, 0.0]]), 0.0);
    assert_eq!(gradient(&[[4.0, 1.0]]), 1.0);
    assert_eq!(gradient(&[[4.0, 1.0], [0.0, 0.0]]), 1.0);
    let mut many = vec![[4.0, 1.0]; 1000];
    (0..1000).step_by(3).for_each(|i| many[i] = [0.0, 0.0]);
    assert_eq!(gradient(&many), 666.0);
    many[500] = [0.0, 1.0]; // 0/0: the derivative with respect to p is √x/(2√p) = 0, computed as ∞·0
    assert_eq!(gradient(&many), 665.0 + f64::from(500 % 3 == 0));
}

/// Numbers of points around those of lanes, parts and waves.
#[test]
fn any_number_of_points_has_the_same_bits() {
    fn check<T: Float, F: Function>(f: &F) {
        let program = record::<T, _>(f, 3, 3);
        let x = points::<T>(5000, 3, 2.0, 6);
        let all = results(&program, &p(), x.view()).bits_by_point(5000);
        for lanes in [8, 16, 32, 64] {
            for n in [0, 1, lanes - 1, lanes, lanes + 1, 2 * lanes + 1, 1000, 4096, 4097] {
                let found = results(&program, &p(), x.slice(s![..n, ..])).bits_by_point(n);
                assert!(found[..] == all[..n], "{f:?}: {n} points");
            }
        }
        for i in [0, 1, 2, 77, 4999] {
            let found = results(&program, &p(), x.slice(s![i..i + 1, ..])).bits_by_point(1);
            assert!(found[0] == all[i], "{f:?}: point {i} alone");
        }
    }
    check::<f64, _>(&Smooth);
    check::<f32, _>(&Smooth);
    check::<f64, _>(&Branches);
    check::<f32, _>(&Branches);
}

/// The sum over any number of points is right.
#[test]
fn sums_over_any_number_of_points_agree_with_graph_and_duals() {
    for n in [0, 1, 7, 8, 9, 31, 32, 33, 64, 65, 1000] {
        compare(&Branches, &p::<f64>(), points(n, 3, 2.0, 6).view());
        compare(&Smooth, &p::<f32>(), points(n, 3, 2.0, 6).view());
    }
    let none = record::<f64, _>(&Smooth, 3, 3).sum_and_gradient(&P, Array2::zeros([0, 3])).unwrap();
    assert_eq!(none, (0.0, vec![0.0; 3]));
    compare(&Smooth, &P, points(5000, 3, 2.0, 6).view());
}

/// Many waves: the sum over 300,000 points is that of its parts.
#[test]
fn sums_over_hundreds_of_thousands_of_points_are_right() {
    let program = Program::record(2, 1, |p, x| if x[0] < 0.0 { x[0] * p[0] } else { x[0] * x[0] * p[1] }).unwrap();
    let x = Array2::from_shape_fn((300_001, 1), |(i, _)| (i % 17) as f64 - 8.0);
    let (mut sum, mut gradient) = (0.0, [0.0; 2]);
    for &x in &x {
        let (value, index) = if x < 0.0 { (x, 0) } else { (x * x, 1) };
        (sum, gradient[index]) = (sum + value, gradient[index] + value);
    }
    assert_eq!(program.sum_and_gradient(&[1.0, 1.0], &x).unwrap(), (sum, gradient.to_vec())); // integers, so exact
    assert_eq!(program.path_counts().iter().sum::<u64>(), 300_001);
}

#[test]
fn order_of_points_does_not_change_bits() {
    fn check<T: Float, F: Function>(f: &F) {
        let x = points::<T>(500, 3, 2.0, 7);
        let orders: [Vec<usize>; 3] =
            [(0..500).rev().collect(), (0..500).map(|i| i * 123 % 500).collect(), (0..500).map(|i| i / 7).collect()];
        for order in &orders {
            assert_same_at(&record(f, 3, 3), x.view(), order, &format!("{f:?}"));
        }
    }
    check::<f64, _>(&Smooth);
    check::<f64, _>(&Branches);
    check::<f32, _>(&Branches);
    check::<f64, _>(&Steps);
}

/// Programs that found the paths in another order have the same bits, in the sum too.
#[test]
fn first_path_does_not_change_bits() {
    fn check<T: Float, F: Function>(f: &'static F) {
        let x = points::<T>(500, 3, 2.0, 7);
        let all = |program: &Program<T>| {
            let (sum, gradient) = program.sum_and_gradient(&p(), &x).unwrap();
            (results(program, &p(), x.view()).bits_by_point(500), bits(&[sum]), bits(&gradient))
        };
        let expected = all(&record(f, 3, 3));
        for first in 0..40 {
            let row = x.row(first).to_vec();
            let program = Program::record_at(&p(), &row, |p, x| f.at(p, x)).unwrap();
            // More points in another order, before
            program.values(&p(), x.slice(s![..; -1, ..])).unwrap();
            assert!(all(&program) == expected, "{f:?}: recorded at point {first}");
        }
    }
    check::<f64, _>(&Branches);
    check::<f32, _>(&Branches);
    check::<f64, _>(&Steps);
}

/// The guards of every lane differ from those of its neighbours.
#[test]
fn guards_that_differ_in_every_lane_agree_with_graph_and_duals() {
    fn check<T: Float>() {
        let mut x = points::<T>(200, 3, 2.0, 8);
        (0..200).for_each(|i| x[(i, 0)] = T::of((i % 40) as f64 + 0.5));
        let program = compare(&Steps, &p::<T>(), x.view());
        assert_eq!(program.path_counts().len(), 40); // those of steps 0 to 39, of which the recording is one
    }
    check::<f64>();
    check::<f32>();
}

/// The points of paths beyond the 64 that are kept are recorded one by one.
#[test]
fn more_than_64_paths_agree_with_graph_and_duals() {
    fn check<T: Float>() {
        let mut x = points::<T>(400, 3, 2.0, 8);
        (0..400).for_each(|i| x[(i, 0)] = T::of((i % 150) as f64 + 0.5));
        let program = compare(&Steps, &p::<T>(), x.view());
        assert_eq!(program.path_counts().len(), 64);
        // Every point of a path that is not kept, and none
        compare(&Steps, &p::<T>(), x.slice(s![100..140, ..]));
        let found = results(&program, &p(), x.slice(s![100..140, ..]));
        let alone = results(&record(&Steps, 3, 3), &p(), x.slice(s![100..140, ..]));
        assert_eq!(found.bits_by_point(40), alone.bits_by_point(40));
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn memory_order_does_not_change_bits() {
    fn check<T: Float, F: Function>(f: &F) {
        let program = record::<T, _>(f, 3, 3);
        let x = points::<T>(333, 3, 2.0, 9);
        let all = |x: ArrayView2<T>| {
            let (sum, gradient) = program.sum_and_gradient(&p(), x).unwrap();
            (results(&program, &p(), x).bits_by_point(333), bits(&[sum]), bits(&gradient))
        };
        let expected = all(x.view());
        let column_major = Array2::from_shape_fn((333, 3).f(), |i| x[i]);
        assert!(all(column_major.view()) == expected, "{f:?}: column-major");
        let transposed = Array2::from_shape_fn((3, 333), |(i, j)| x[(j, i)]);
        assert!(all(transposed.t()) == expected, "{f:?}: transposed");
        let wide = Array2::from_shape_fn(
            (666, 9),
            |(i, j)| if i % 2 == 0 && j % 3 == 1 { x[(i / 2, j / 3)] } else { T::nan() },
        );
        assert!(all(wide.slice(s![..;2, 1..;3])) == expected, "{f:?}: stepped");
        let tall =
            Array2::from_shape_fn(
                (666, 9).f(),
                |(i, j)| if i % 2 == 0 && j % 3 == 1 { x[(i / 2, j / 3)] } else { T::nan() },
            );
        assert!(all(tall.slice(s![..;2, 1..;3])) == expected, "{f:?}: stepped, column-major");
        let reversed = Array2::from_shape_fn((333, 3), |(i, j)| x[(332 - i, 2 - j)]);
        assert!(all(reversed.slice(s![..;-1, ..;-1])) == expected, "{f:?}: reversed");
        let middle = concatenate![Axis(0), points(5, 3, 1.0, 1), x, points(5, 3, 1.0, 1)];
        assert!(all(middle.slice(s![5..338, ..])) == expected, "{f:?}: the middle of an array");
        let repeated = x.slice(s![..1, ..]);
        let broadcast = repeated.broadcast((50, 3)).unwrap();
        let owned = broadcast.to_owned();
        let [found, expected] = [broadcast, owned.view()].map(|x| results(&program, &p(), x).bits_by_point(50));
        assert!(found == expected, "{f:?}: broadcast");
    }
    check::<f64, _>(&Smooth);
    check::<f32, _>(&Smooth);
    check::<f64, _>(&Branches);
    check::<f32, _>(&Branches);
}

/// A call of a program leaves nothing behind that another sees.
#[test]
fn calls_do_not_affect_later_calls() {
    let (x, special) = (points::<f64>(100, 3, 2.0, 9), Array2::from_elem((70, 3), f64::NAN));
    for f in [true, false] {
        let program = if f { record(&Branches, 3, 3) } else { record(&Smooth, 3, 3) };
        let all = || (results(&program, &P, x.view()).bits_by_point(100), program.sum_and_gradient(&P, &x).unwrap());
        let expected = all();
        program.sum_and_gradient(&[f64::INFINITY, f64::NAN, 0.0], &special).unwrap();
        program.values_and_jacobian(&P, &special).unwrap();
        program.values(&P, Array2::zeros([0, 3])).unwrap();
        assert!(all() == expected);
    }
}

/// A point that is within rounding of two paths takes the same one in all programs and in all calls: the answer of a
/// comparison does not depend on the paths that are known.
#[test]
fn path_of_a_point_does_not_depend_on_earlier_points() {
    fn check(rounded: fn(f64) -> f64, f: fn(RecordedValue<f64>) -> RecordedValue<f64>) {
        let x = Array2::from_shape_fn((1000, 2), |(i, j)| {
            let x = (i + 1) as f64 / 100.0;
            if j == 0 { x } else { rounded(x) }
        });
        let record =
            |at: &[f64]| Program::record_at(&[], at, move |_, x| if f(x[0]) == x[1] { x[0] } else { -x[0] }).unwrap();
        let values = |program: &Program<f64>| program.values(&[], &x).unwrap();
        let expected = values(&record(&[0.28, rounded(0.28)]));
        for program in [record(&[1.0, 1.0]), record(&[0.28, rounded(0.28)]), record(&[0.01, rounded(0.01)])] {
            for point in [[1.0, -5.0], [0.01, rounded(0.01)]] {
                let found = values(&program);
                let different = found.iter().zip(&expected).filter(|(a, b)| a != b).count();
                assert!(different == 0, "{different} of 1000 points take another path");
                program.values(&[], [point]).unwrap();
            }
        }
    }
    check(|x| x * x / 3.0, |x| x * x / 3.0);
    check(f64::sin, RecordedValue::sin);
    check(f64::exp, RecordedValue::exp);
    check(f64::tanh, RecordedValue::tanh);
}

/// The slots of functions with many values exceed the caches, so their groups have fewer lanes.
#[test]
fn functions_of_thousands_of_columns_agree_with_the_graph() {
    fn f<S: Scalar>(p: &[S], x: &[S]) -> S {
        (1..x.len()).map(|i| (x[i] * p[i % 3]).tanh() * x[i - 1]).sum()
    }
    for n in [100, 400, 1500, 6000] {
        let program = Program::record(3, n, f).unwrap();
        let x = points::<f64>(70, n, 1.0, 2);
        let all = results(&program, &P, x.view());
        for i in [0, 7, 8, 69] {
            let point = [&P[..], &x.row(i).to_vec()].concat();
            let (value, gradient) = reverse::gradient(|v| f(&v[..3], &v[3..]), &point);
            let text = || format!("{n} columns, point {i}");
            super::assert_close(&[all.values[i]], &[value], 1.0, &text);
            let found = [all.jacobian.row(i).to_vec(), all.column_jacobian.row(i).to_vec()].concat();
            super::assert_close(&found, &gradient, 1.0, &text);
        }
        let expected = all.bits_by_point(70);
        for points in [1, 2, 8, 9, 16, 17, 24, 31, 33, 64, 65] {
            let found = results(&program, &P, x.slice(s![..points, ..])).bits_by_point(points);
            assert!(found[..] == expected[..points], "{n} columns, {points} points");
        }
    }
}
