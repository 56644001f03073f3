//! Functions recorded once and computed for many points, compared with plain loops and with duals:
//! `cargo bench --bench programs`.
//!
//! Compare ratios within a group, not times.

use backprop::ndarray::Array2;
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Dual, Program, RecordedValue, Scalar, gradient};
use criterion::{Criterion, criterion_group, criterion_main};
use std::array::from_fn;
use std::hint::black_box;

/// Returns a table of uniform random numbers.
fn table(rows: usize, columns: usize, range: std::ops::Range<f64>) -> Array2<f64> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    Array2::from_shape_fn((rows, columns), |_| rng.random_range(range.clone()))
}

/// Records a function of P parameters.
fn record<const P: usize>(
    columns: usize,
    f: impl Fn(&[RecordedValue<f64>], &[RecordedValue<f64>]) -> RecordedValue<f64> + Send + Sync + 'static,
) -> Program<f64> {
    Program::record(P, columns, f).unwrap()
}

/// Measures a program: the sum over all rows and its gradient.
fn measure<const P: usize>(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    name: &str,
    program: &Program<f64>,
    parameters: [f64; P],
    rows: &Array2<f64>,
) {
    let mut gradient = [0.0; P];
    group.bench_function(name, |b| {
        b.iter(|| program.sum_and_gradient_into(black_box(&parameters), black_box(rows), &mut gradient).unwrap())
    });
}

/// Computes the sum over all rows and its gradient by duals.
fn by_duals<const P: usize>(
    f: impl Fn(&[Dual<f64, P>], &[Dual<f64, P>]) -> Dual<f64, P>,
    parameters: [f64; P],
    rows: &Array2<f64>,
) -> (f64, [f64; P]) {
    let mut total = (0.0, [0.0; P]);
    for row in rows.rows() {
        let row: Vec<Dual<f64, P>> = row.iter().map(|&x| Dual::constant(x)).collect();
        let (value, derivatives) = gradient(|p| f(&p, &row), parameters);
        total = (total.0 + value, from_fn(|i| total.1[i] + derivatives[i]));
    }
    total
}

/// Checks that a program computes what duals compute.
fn check<const P: usize>(program: &Program<f64>, parameters: [f64; P], rows: &Array2<f64>, expected: (f64, [f64; P])) {
    let (sum, gradient) = program.sum_and_gradient(&parameters, rows).unwrap();
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
    assert!(close(sum, expected.0) && gradient.iter().zip(expected.1).all(|(&a, b)| close(a, b)));
}

/// The squared error of the four-parameter logistic.
fn dose<S: Scalar>(p: &[S], x: &[S]) -> S {
    let [a, b, c, d] = [p[0], p[1], p[2], p[3]];
    let error = d + (a - d) / (S::of(1.0) + (x[0] / c).powf(b)) - x[1];
    error * error
}

/// T10: 1,000 points.
fn dose_response(c: &mut Criterion) {
    let mut group = c.benchmark_group("T10");
    let (p, rows) = ([0.1, 1.3, 2.0, 0.9], table(1000, 2, 0.01..10.0));
    let program = record::<4>(2, dose);
    check(&program, p, &rows, by_duals(dose, p, &rows));
    measure(&mut group, "program", &program, p, &rows);
    group.bench_function("values alone", |b| {
        b.iter(|| {
            black_box(&rows).rows().into_iter().map(|row| dose(&black_box(p), row.to_slice().unwrap())).sum::<f64>()
        })
    });
    group.bench_function("duals", |b| b.iter(|| by_duals(dose, black_box(p), &rows)));
}

const STEPS: usize = 252;

/// The pay-off of an Asian option along a path of normal random numbers.
fn asian<S: Scalar>(p: &[S], path: &[S]) -> S {
    let [price, volatility, rate, strike] = [p[0], p[1], p[2], p[3]];
    let dt = S::of(1.0 / STEPS as f64);
    let drift = (rate - volatility * volatility * S::of(0.5)) * dt;
    let scale = volatility * dt.sqrt();
    let (mut price, mut sum) = (price, S::of(0.0));
    for &z in path {
        price *= (drift + scale * z).exp();
        sum += price;
    }
    (sum / S::of(STEPS as f64) - strike).relu() * (-rate).exp()
}

/// The price alone, in a plain loop.
fn asian_price(p: [f64; 4], paths: &Array2<f64>) -> f64 {
    let [price, volatility, rate, strike] = p;
    let dt = 1.0 / STEPS as f64;
    let (drift, scale) = ((rate - volatility * volatility * 0.5) * dt, volatility * dt.sqrt());
    let mut total = 0.0;
    for path in paths.rows() {
        let (mut price, mut sum) = (price, 0.0);
        for &z in path.to_slice().unwrap() {
            price *= (drift + scale * z).exp();
            sum += price;
        }
        total += (sum / STEPS as f64 - strike).max(0.0) * (-rate).exp();
    }
    total
}

/// T11: 10,000 paths.
fn option(c: &mut Criterion) {
    let mut group = c.benchmark_group("T11");
    let (p, rows) = ([100.0, 0.2, 0.05, 100.0], table(10_000, STEPS, -1.7..1.7));
    let program = record::<4>(STEPS, asian);
    let few = table(20, STEPS, -1.7..1.7);
    check(&program, p, &few, by_duals(asian, p, &few));
    measure(&mut group, "program", &program, p, &rows);
    group.bench_function("price alone", |b| b.iter(|| asian_price(black_box(p), black_box(&rows))));
    #[cfg(feature = "rayon")]
    measure(&mut group, "program, threads", &program.parallel(), p, &rows);
}

/// The negative log-likelihood of a series by a Kalman filter: an autoregressive state with noise.
fn kalman<S: Scalar>(p: &[S], series: &[S]) -> S {
    let [phi, q, r, mean, mut state] = [p[0], p[1].exp(), p[2].exp(), p[3], p[4]];
    let (mut variance, mut sum) = (S::of(1.0), S::of(0.0));
    for &y in series {
        state = phi * state;
        variance = phi * phi * variance + q;
        let (error, total) = (y - mean - state, variance + r);
        let gain = variance / total;
        sum += total.ln() + error * error / total;
        state += gain * error;
        variance -= gain * variance;
    }
    sum * S::of(0.5)
}

/// 64 series of 1,000 steps.
fn series(c: &mut Criterion) {
    let mut group = c.benchmark_group("series");
    let (p, rows) = ([0.9, -1.0, -0.5, 0.1, 0.0], table(64, 1000, -1.0..1.0));
    let program = record::<5>(1000, kalman);
    check(&program, p, &rows, by_duals(kalman, p, &rows));
    measure(&mut group, "program", &program, p, &rows);
    group.bench_function("duals", |b| b.iter(|| by_duals(kalman, black_box(p), &rows)));
}

/// A smooth function that a branch chooses among ten, or one of them alone.
fn branches<S: Scalar>(p: &[S], x: &[S], branches: usize) -> S {
    let branch = (1..branches).take_while(|&k| x[0] > S::of(0.1 * k as f64)).count();
    let rate = p[branch % 4] + p[3] * S::of(branch as f64);
    let decay = p[0] * (-rate * x[0]).exp() + p[1] * (x[0] + p[2] * p[2]).sqrt();
    let error = (decay * p[2]).tanh() + (x[0] / (p[1] * p[1] + S::of(0.5))).powf(p[3]) - x[1];
    error * error
}

/// Ten paths compared with one.
fn paths(c: &mut Criterion) {
    let mut group = c.benchmark_group("paths");
    let (p, rows) = ([0.5, 1.3, 0.7, 0.9], table(10_000, 2, 0.0..1.0));
    for (name, count) in [("one", 1), ("ten", 10)] {
        let program = record::<4>(2, move |p, x| branches(p, x, count));
        check(&program, p, &rows, by_duals(|p, x| branches(p, x, count), p, &rows));
        assert_eq!(program.path_counts().iter().filter(|&&count| count > 0).count(), count);
        measure(&mut group, name, &program, p, &rows);
    }
}

criterion_group!(benches, dose_response, option, series, paths);
criterion_main!(benches);
