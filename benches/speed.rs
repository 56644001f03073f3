//! The workloads, compared with partial derivatives written by hand: `cargo bench`.
//!
//! Compare ratios within a group, not times: the members of a group are measured one after the other. The package
//! `benches/peers` measures other crates.

#[allow(dead_code, reason = "`benches/peers` uses the rest")]
#[path = "peers/src/batches.rs"]
mod batches;
#[path = "../examples/names/model.rs"]
mod model;
#[allow(dead_code, reason = "the other benches use the rest")]
mod ours;
#[allow(dead_code, reason = "`examples/names` uses the rest")]
#[path = "../examples/names/tokens.rs"]
mod tokens;
#[allow(dead_code, reason = "`benches/peers` uses the rest")]
#[path = "peers/src/workloads.rs"]
mod workloads;

use backprop::Activation::{Identity, Tanh};
use backprop::{
    Adam, Gradients, Graph, Loss, Matrix, Mlp, Module, Optimizer, Parameters, Scalar, Workspace, gradient, reverse,
};
use batches::Batch;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::hint::black_box;
use workloads::{MulAdd, PARAMETERS, Sin, T1, T2, T3, T4s, Workload};

/// A workload of scalar operations, on the graph and by hand.
fn scalars<W: Workload<N>, const N: usize>(c: &mut Criterion) {
    let mut group = c.benchmark_group(W::NAME);
    group.throughput(Throughput::Elements(W::STEPS as u64));
    let (point, mut on_graph) = (W::point(), ours::scalars::<W, N>());
    let ((value, gradient), (value_by_hand, partials)) = (on_graph(point), W::by_hand(point));
    assert!(close(value, value_by_hand) && gradient.iter().zip(&partials).all(|(&a, &b)| close(a, b)));
    group.bench_function("graph", |b| b.iter(|| on_graph(black_box(point))));
    if N < 10 {
        group.bench_function("forward", |b| b.iter(|| ours::forward::<W, N>(black_box(point))));
    }
    group.bench_function("by hand", |b| b.iter(|| W::by_hand(black_box(point))));
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs()
}

/// T3s: the training step, by the crate and by hand.
fn training_step(c: &mut Criterion) {
    let mut group = c.benchmark_group("T3s");
    let mut step = ours::training_step();
    group.bench_function("graph", |b| b.iter(&mut step));
    let mut parameters = T3::point();
    group.bench_function("by hand", |b| {
        b.iter(|| {
            let (loss, partials) = T3::by_hand(black_box(parameters));
            for (parameter, partial) in parameters.iter_mut().zip(partials) {
                *parameter -= 0.1 * partial;
            }
            loss
        })
    });
}

/// T4n: one node per neuron.
fn neurons(c: &mut Criterion) {
    let mut group = c.benchmark_group("T4n");
    let (point, mut neurons) = (T4s::point(), ours::neurons());
    let ((value, gradient), (value_by_hand, partials)) = (neurons(point), T4s::by_hand(point));
    assert!(close(value, value_by_hand) && gradient.iter().zip(&partials).all(|(&a, &b)| close(a, b)));
    group.bench_function("graph", |b| b.iter(|| neurons(black_box(point))));
    group.bench_function("by hand", |b| b.iter(|| T4s::by_hand(black_box(point))));
    let mut program = ours::program();
    let (value, gradient) = program(point);
    assert!(close(value, value_by_hand) && gradient.iter().zip(&partials).all(|(&a, &b)| close(a, b)));
    group.bench_function("program", |b| b.iter(|| program(black_box(point))));
}

/// Forward and reverse mode for Rosenbrock's function of N variables.
fn variables<const N: usize>(c: &mut Criterion) {
    fn rosenbrock<S: Scalar>(x: &[S]) -> S {
        let c = S::of;
        x.windows(2).map(|x| c(100.0) * (x[1] - x[0].powi(2)).powi(2) + (c(1.0) - x[0]).powi(2)).sum()
    }
    let point: [f64; N] = std::array::from_fn(|i| 0.1 * i as f64);
    let mut group = c.benchmark_group(format!("{N} variables"));
    group.bench_function("gradient", |b| b.iter(|| gradient(|x| rosenbrock(&x), black_box(point))));
    group.bench_function("reverse::gradient", |b| b.iter(|| reverse::gradient(|x| rosenbrock(x), black_box(&point))));
}

/// The Hessian of T4's loss, 337 × 337, compared with one gradient.
fn second_derivatives(c: &mut Criterion) {
    let mut group = c.benchmark_group("Hessian of T4");
    group.sample_size(10);
    let (point, mut neurons, hessian) = (T4s::point(), ours::neurons(), ours::hessian());
    group.bench_function("hessian", |b| b.iter(|| hessian(black_box(&point))));
    group.bench_function("one gradient", |b| b.iter(|| neurons(black_box(point))));
}

/// Training steps over a batch: T4, also by hand, T5 and T6.
fn training_batches(c: &mut Criterion) {
    for batch in [Batch::t4(), Batch::t5(), Batch::t6()] {
        let mut group = c.benchmark_group(batch.name);
        group.bench_function("f32", |b| b.iter(ours::batch::<f32>(&batch)));
        group.bench_function("f64", |b| b.iter(ours::batch::<f64>(&batch)));
        if batch.name == "T4" {
            group.bench_function("by hand, f64", |b| b.iter(|| T4s::by_hand(black_box(T4s::point()))));
        }
    }
}

/// The parts of a T5 step in f32, except the matrix products, which `benches/peers` measures.
fn parts_of_a_step(c: &mut Criterion) {
    let mut group = c.benchmark_group("T5 parts");
    let net =
        Mlp::<f32>::new(64, [(128, Tanh), (128, Tanh), (10, Identity)], &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
    let sums = Matrix::from_shape_fn([32, 256], |(i, j)| (i as f32 - j as f32) / 100.0);
    let inputs = sums.columns(0..64);
    group.bench_function("forward", |b| b.iter(|| net.forward_batch(black_box(&inputs))));
    group.bench_function("tanh of all neurons", |b| b.iter(|| black_box(&sums).map(Tanh)));
    let mut graph = Graph::new();
    group.bench_function("parameters to the graph", |b| {
        b.iter(|| {
            graph.clear();
            net.attach(black_box(&graph)).count()
        })
    });
    let mut gradient = net.clone();
    group.bench_function("gradient from the graph", |b| {
        b.iter(|| {
            gradient.zip(black_box(&net), &mut |to, from| to.with_slice_mut(|to| to.copy_from_slice(from.as_slice())))
        })
    });
    let logits = Matrix::from_elem([32, 10], 1.0_f32);
    let targets = Matrix::from_shape_fn([32, 10], |(i, j)| if i == j { 1.0 } else { 0.0 });
    let mut gradients = Gradients::new();
    let mut graph = Graph::new();
    group.bench_function("loss and its derivative", |b| {
        b.iter(|| {
            graph.clear();
            let (y, t) = (graph.matrix(black_box(&logits)), graph.constants(&targets));
            Loss::CrossEntropy.evaluate_batch(&y, &t).unwrap().backward_into(&mut gradients);
        })
    });
}

/// T8: a step of the example `names` with Adam on a name of seven letters, and the forward pass alone. T8b: on sixteen
/// such names at once.
fn transformer(c: &mut Criterion) {
    for (name, batch) in [("T8", 1), ("T8b", 16)] {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Elements(batch as u64)); // names
        let size = model::Size { tokens: 27, context: 16, layers: 1, width: 16, heads: 4 };
        let mut net = model::Transformer::new(&size, &mut ChaCha8Rng::seed_from_u64(1));
        let letters = "emmalyn".bytes().map(|letter| usize::from(letter - b'a'));
        let name: Vec<usize> = [26].into_iter().chain(letters).chain([26]).collect();
        let (inputs, targets) = tokens::samples(vec![&name; batch]);
        // Steps of any length would reduce the loss on one name to 0, and the time of subnormal numbers would be measured.
        let (mut gradient, mut workspace, mut adam) = (net.clone(), Workspace::new(), Adam::new(1e-9));
        group.bench_function("forward", |b| b.iter(|| net.forward_batch(black_box(&inputs))));
        let mut both_passes = || {
            let (x, t) = (black_box(&inputs), &targets);
            workspace.loss_and_gradient(&net, x, t, Loss::CrossEntropy, &mut gradient)
        };
        group.bench_function("forward and back", |b| b.iter(&mut both_passes));
        group.bench_function("step", |b| {
            b.iter(|| {
                let (x, t) = (black_box(&inputs), &targets);
                let loss = workspace.loss_and_gradient(&net, x, t, Loss::CrossEntropy, &mut gradient);
                adam.step(&mut net, &gradient).unwrap();
                loss
            })
        });
    }
}

criterion_group!(
    benches,
    scalars::<T1, 2>,
    scalars::<T2, 2>,
    scalars::<T3, 9>,
    training_step,
    scalars::<T4s, PARAMETERS>,
    neurons,
    scalars::<MulAdd, 1>,
    scalars::<Sin, 1>,
    variables::<4>,
    variables::<8>,
    variables::<16>,
    variables::<24>,
    variables::<32>,
    variables::<64>,
    second_derivatives,
    training_batches,
    parts_of_a_step,
    transformer
);
criterion_main!(benches);
