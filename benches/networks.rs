//! Training steps of the networks in the examples `vae`, `digits_conv` and `sequence`: `cargo bench --bench networks`.
//! `benches/beside_pytorch.py` measures the same steps of PyTorch.

use backprop::ndarray::Array2;
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, AdamW, BatchNorm, Conv2d, Dropout, Gru, Linear, Loss, MaxPool2d, Module, Optimizer, Workspace,
};
use criterion::{Criterion, criterion_group, criterion_main};

/// The number of samples in a batch.
const BATCH: usize = 32;

fn rng() -> SomeRng {
    SomeRng::seed_from_u64(1)
}

fn random(columns: usize) -> Array2<f32> {
    let mut rng = rng();
    Array2::from_shape_simple_fn((BATCH, columns), || rng.random_range(0.0..1.0))
}

/// The step of a closure: encoder, decoder, random numbers, and a loss of two terms.
fn vae(c: &mut Criterion) {
    let rng = &mut rng();
    let mut half = |inputs, outputs| {
        (Linear::<f32>::new(inputs, 128, rng), Activation::Relu, Linear::<f32>::new(128, outputs, rng))
    };
    let mut net = (half(64, 16), half(8, 64));
    let (pixels, noise) = (random(64), random(8));
    let (mut workspace, mut gradient, mut adam) = (Workspace::new(), net.clone(), Adam::new(1e-4));
    c.bench_function("vae", |b| {
        b.iter(|| {
            let loss = workspace.value_and_gradient(&net, &mut gradient, |(encoder, decoder), graph| {
                let [pixels, noise] = [&pixels, &noise].map(|x| graph.constants(x));
                let code = encoder.forward_batch(&pixels)?;
                let (mean, log_variance) = (code.columns(0..8), code.columns(8..16));
                let logits = decoder.forward_batch(&(&mean + (&log_variance * 0.5).exp() * noise))?;
                let restoration = Loss::BinaryCrossEntropyWithLogits.evaluate_batch(&logits, &pixels)?;
                let divergence = (mean.powi(2) + log_variance.exp() - &log_variance - 1.0).sum();
                Ok(restoration * 64.0 + divergence * (0.5 / BATCH as f32))
            });
            adam.step(&mut net, &gradient).unwrap();
            loss.unwrap()
        });
    });
}

/// Measures a step of a network with a loss of the crate.
fn step<N: Module<f32>>(
    c: &mut Criterion,
    name: &str,
    mut net: N,
    [inputs, targets]: [Array2<f32>; 2],
    loss: Loss,
    mut optimizer: impl Optimizer<f32>,
) {
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    c.bench_function(name, |b| {
        b.iter(|| {
            let loss = workspace.loss_and_gradient(&net, &inputs, &targets, loss, &mut gradient).unwrap();
            optimizer.step(&mut net, &gradient).unwrap();
            loss
        });
    });
}

fn digits_conv(c: &mut Criterion) {
    let rng = &mut rng();
    let first = Conv2d::<f32>::new([1, 16], [3, 3], [8, 8], rng).padding([1, 1]);
    let second = Conv2d::<f32>::new([16, 32], [3, 3], [8, 8], rng).padding([1, 1]);
    let pool = MaxPool2d::new([2, 2], second.output_image());
    let net = (
        (first, BatchNorm::<f32>::new(16), Activation::Relu),
        (second, BatchNorm::<f32>::new(32), Activation::Relu),
        pool,
        Dropout::new(0.25),
        Linear::<f32>::new(32 * 4 * 4, 10, rng),
    );
    let classes = Array2::from_shape_fn((BATCH, 1), |(i, _)| (i % 10) as f32);
    step(c, "digits_conv", net, [random(64), classes], Loss::CrossEntropy, AdamW::new(1e-4));
}

fn sequence(c: &mut Criterion) {
    let rng = &mut rng();
    let net = (Gru::<f32>::new(2, 32, rng).last_only(), Linear::<f32>::new(32, 1, rng));
    step(c, "sequence", net, [random(60), random(1)], Loss::MeanSquaredError, Adam::new(1e-4));
}

criterion_group!(benches, vae, digits_conv, sequence);
criterion_main!(benches);
