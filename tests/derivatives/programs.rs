//! A [`Program`] gives the values and derivatives of the function that it recorded, at every point, whatever path the
//! point takes, whatever its neighbours are, and on any number of threads.
//!
//! The expected values come from the function itself over floats, from the graph and from duals.

mod agreement;
mod errors;
mod lanes;
mod networks;
mod table;
mod threads;

use backprop::ndarray::{Array2, ArrayView2};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Dual, LaneFloat, Program, RecordedValue, Scalar, Value, reverse};
use std::fmt::Debug;

/// A function of parameters and columns.
trait Function: Clone + Debug + Send + Sync + 'static {
    fn at<S: Scalar>(&self, p: &[S], x: &[S]) -> Vec<S>;
}

/// A function of floats `T` on a graph and over duals; the comparison takes an object, so that it is compiled once for
/// each float, not for each function.
trait Modes<T: Float>: Debug {
    fn on_graph<'g>(&self, p: &[Value<'g, T>], x: &[Value<'g, T>]) -> Vec<Value<'g, T>>;
    fn over_duals(&self, p: &[Variables<T>], x: &[Variables<T>]) -> Vec<Variables<T>>;
}

impl<T: Float, F: Function> Modes<T> for F {
    fn on_graph<'g>(&self, p: &[Value<'g, T>], x: &[Value<'g, T>]) -> Vec<Value<'g, T>> {
        self.at(p, x)
    }
    fn over_duals(&self, p: &[Variables<T>], x: &[Variables<T>]) -> Vec<Variables<T>> {
        self.at(p, x)
    }
}

/// `function! { Name(p, x) => expression; … }` defines types that implement `Function`.
macro_rules! function {
    ($($Name:ident($p:ident, $x:ident) => $body:expr;)*) => {$(
        #[derive(Clone, Debug)]
        struct $Name;
        impl $crate::programs::Function for $Name {
            fn at<S: backprop::Scalar>(&self, $p: &[S], $x: &[S]) -> Vec<S> {
                $body
            }
        }
    )*};
}
use function;

/// A float of which the tests compare bits.
trait Float: LaneFloat + Debug {
    /// The largest error of a derivative, relative to the larger of it and 1.
    const TOLERANCE: f64;
    fn bits(self) -> u64;
}

impl Float for f32 {
    const TOLERANCE: f64 = 2e-3;
    fn bits(self) -> u64 {
        self.to_bits().into()
    }
}

impl Float for f64 {
    const TOLERANCE: f64 = 1e-10;
    fn bits(self) -> u64 {
        self.to_bits()
    }
}

fn record<T: LaneFloat, F: Function>(f: &F, parameters: usize, columns: usize) -> Program<T> {
    let f = f.clone();
    Program::record(parameters, columns, move |p: &[RecordedValue<T>], x: &[RecordedValue<T>]| f.at(p, x)).unwrap()
}

/// Returns the bits, the same for every NaN.
fn bits<'a, T: Float>(values: impl IntoIterator<Item = &'a T>) -> Vec<u64> {
    values.into_iter().map(|&x| if x.is_nan() { u64::MAX } else { x.bits() }).collect()
}

fn double<T: Scalar>(x: T) -> f64 {
    x.to_f64().unwrap()
}

/// Returns true if the numbers are equal to the tolerance, relative to the larger of the expected one and `scale`. NaN
/// equals NaN.
fn close<T: Float>(found: T, expected: T, scale: f64) -> bool {
    let (found, expected) = (double(found), double(expected));
    found == expected
        || (found.is_nan() && expected.is_nan())
        || (found - expected).abs() <= T::TOLERANCE * expected.abs().max(scale)
}

#[track_caller]
fn assert_close<T: Float>(found: &[T], expected: &[T], scale: f64, text: &dyn Fn() -> String) {
    let all_close = found.len() == expected.len() && found.iter().zip(expected).all(|(&a, &b)| close(a, b, scale));
    assert!(all_close, "{}: expected {expected:?}, got {found:?}", text());
}

fn rng(seed: u64) -> SomeRng {
    SomeRng::seed_from_u64(seed)
}

/// Returns points with elements between −`size` and `size`.
fn points<T: Scalar>(rows: usize, columns: usize, size: f64, seed: u64) -> Array2<T> {
    let mut rng = rng(seed);
    Array2::from_shape_simple_fn((rows, columns), || T::of(rng.random_range(-size..size)))
}

/// Values and both Jacobians of a program.
#[derive(PartialEq)]
struct Results<T> {
    values: Vec<T>,
    jacobian: Array2<T>,
    column_jacobian: Array2<T>,
}

fn results<T: Float>(program: &Program<T>, p: &[T], x: ArrayView2<T>) -> Results<T> {
    let values = program.values(p, x).unwrap();
    let (with_jacobian, jacobian) = program.values_and_jacobian(p, x).unwrap();
    let (with_column_jacobian, column_jacobian) = program.values_and_column_jacobian(p, x).unwrap();
    assert_eq!(bits(&values), bits(&with_jacobian));
    assert_eq!(bits(&values), bits(&with_column_jacobian));
    Results { values, jacobian, column_jacobian }
}

impl<T: Float> Results<T> {
    /// Returns the bits of all results.
    fn bits(&self) -> Vec<u64> {
        bits(self.values.iter().chain(&self.jacobian).chain(&self.column_jacobian))
    }

    /// Returns the bits of the results of each point.
    fn bits_by_point(&self, points: usize) -> Vec<Vec<u64>> {
        let outputs = self.values.len().checked_div(points).unwrap_or(0);
        let point = |i: usize| {
            let range = i * outputs..(i + 1) * outputs;
            let rows = range.clone().flat_map(|row| self.jacobian.row(row).to_vec());
            let column_rows = range.clone().flat_map(|row| self.column_jacobian.row(row).to_vec());
            bits(&self.values[range.clone()].iter().copied().chain(rows).chain(column_rows).collect::<Vec<_>>())
        };
        (0..points).map(point).collect()
    }
}

/// Duals of the most parameters and columns together that a compared function has.
type Variables<T> = Dual<T, 6>;

/// Compares a program in all its modes with the graph, and the graph with duals, at each point. Returns the program.
fn compare<T: Float, F: Function>(f: &F, p: &[T], x: ArrayView2<T>) -> Program<T> {
    compare_with(record(f, p.len(), x.ncols()), f, p, x)
}

fn compare_with<T: Float>(program: Program<T>, f: &dyn Modes<T>, p: &[T], x: ArrayView2<T>) -> Program<T> {
    let found = results(&program, p, x);
    let (sum, gradient) = program.sum_and_gradient(p, x).unwrap();
    let (mut expected_sum, mut expected_gradient) = (T::zero(), vec![T::zero(); p.len()]);
    let (mut size, outputs) = (1.0_f64, program.output_count());
    for (i, row) in x.rows().into_iter().enumerate() {
        let text = |what: &'static str| move || format!("{f:?}: {what} at {p:?}, {row:?}");
        let point: Vec<T> = p.iter().copied().chain(row.iter().copied()).collect();
        let (values, jacobian) = reverse::jacobian(|v| f.on_graph(&v[..p.len()], &v[p.len()..]), &point);
        assert_close(&found.values[i * outputs..][..outputs], &values, 1.0, &text("values"));
        let variables: Vec<Variables<T>> = point.iter().enumerate().map(|(i, &x)| Dual::variable(x, i)).collect();
        let duals = f.over_duals(&variables[..p.len()], &variables[p.len()..]);
        for (output, expected) in jacobian.iter().enumerate() {
            let row = i * outputs + output;
            let found = [found.jacobian.row(row).to_vec(), found.column_jacobian.row(row).to_vec()].concat();
            assert_close(&found, expected, 1.0, &text("derivatives, by the graph"));
            assert_close(&found, &duals[output].tangents()[..point.len()], 1.0, &text("derivatives, by duals"));
            expected_sum += values[output];
            size += double(values[output]).abs();
            for (sum, &derivative) in expected_gradient.iter_mut().zip(expected) {
                *sum += derivative;
                size += double(derivative).abs();
            }
        }
    }
    assert_close(&[sum], &[expected_sum], size, &|| format!("{f:?}: the sum at {p:?}"));
    assert_close(&gradient, &expected_gradient, size, &|| format!("{f:?}: the gradient of the sum at {p:?}"));
    program
}
