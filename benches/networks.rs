//! Training steps of the networks in the examples `vae`, `digits_conv` and `sequence`, and of a physics-informed network
//! beside a program by hand: `cargo bench --bench networks`.
//! `benches/beside_pytorch.py` measures the same steps of PyTorch.

use backprop::ndarray::Array2;
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, AdamW, BatchNorm, Conv2d, Dropout, Gru, Linear, Loss, Matrix, MaxPool2d, Mlp, Module, Optimizer,
    Parameters, Workspace,
};
use criterion::{Criterion, criterion_group, criterion_main};
use std::f64::consts::PI;

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

/// The numbers of points and of neurons in a hidden layer of a physics-informed network for u″ = −π² sin πx.
const POINTS: usize = 64;
const WIDTH: usize = 32;

fn heat(c: &mut Criterion) {
    let layers = [(WIDTH, Activation::Tanh), (WIDTH, Activation::Tanh), (1, Activation::Identity)];
    let net = Mlp::<f64>::new(1, layers, &mut rng()).unwrap();
    let x = Matrix::from_shape_fn([POINTS, 1], |(i, _)| (i as f64 + 0.5) / POINTS as f64);
    let source = (&x * PI).sin() * PI.powi(2);
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    let mut step = || {
        let loss = workspace.value_and_gradient(&net, &mut gradient, |net, graph| {
            let [_, _, _, second] = net.second_input_derivative(&graph.constants(&x), [0, 0])?;
            Ok((second + graph.constants(&source)).powi(2).mean())
        });
        (loss.unwrap(), gradient.parameters())
    };
    let mut by_hand = HeatByHand { parameters: net.parameters(), gradient: vec![0.0; net.count()] };
    let (loss, derivatives) = step();
    assert!((by_hand.loss_and_gradient(x.as_slice()) - loss).abs() < 1e-10 * loss);
    assert!(by_hand.gradient.iter().zip(derivatives).all(|(x, y)| (x - y).abs() < 1e-10));
    c.bench_function("heat", |b| b.iter(&mut step));
    c.bench_function("heat by hand", |b| b.iter(|| by_hand.loss_and_gradient(x.as_slice())));
}

/// The network and its mean squared residual by hand: y, y′ and y″ of each neuron are carried through the layers, and
/// their adjoints back.
struct HeatByHand {
    parameters: Vec<f64>,
    gradient: Vec<f64>,
}

impl HeatByHand {
    fn loss_and_gradient(&mut self, points: &[f64]) -> f64 {
        let (first, rest) = self.parameters.split_at(2 * WIDTH);
        let (second, last) = rest.split_at(WIDTH * (WIDTH + 1));
        self.gradient.fill(0.0);
        let (d_first, rest) = self.gradient.split_at_mut(2 * WIDTH);
        let (d_second, d_last) = rest.split_at_mut(WIDTH * (WIDTH + 1));
        let mut loss = 0.0;
        for &x in points {
            let mut y = [[0.0; WIDTH]; 3];
            for (j, neuron) in first.chunks_exact(2).enumerate() {
                let (w, tanh) = (neuron[0], (neuron[0] * x + neuron[1]).tanh());
                let slope = 1.0 - tanh * tanh;
                [y[0][j], y[1][j], y[2][j]] = [tanh, slope * w, -2.0 * tanh * slope * w * w];
            }
            let (mut sums, mut tanh, mut result) = ([[0.0; WIDTH]; 3], [0.0; WIDTH], 0.0);
            for (j, neuron) in second.chunks_exact(WIDTH + 1).enumerate() {
                for k in 0..WIDTH {
                    (0..3).for_each(|order| sums[order][j] += neuron[k] * y[order][k]);
                }
                tanh[j] = (sums[0][j] + neuron[WIDTH]).tanh();
                let slope = 1.0 - tanh[j] * tanh[j];
                let bent = slope * sums[2][j] - 2.0 * tanh[j] * slope * sums[1][j] * sums[1][j];
                result += last[j] * bent;
            }
            let residual = result + PI * PI * (PI * x).sin();
            loss += residual * residual / points.len() as f64;
            let upstream = 2.0 * residual / points.len() as f64;
            let mut adjoints = [[0.0; WIDTH]; 3];
            for (j, neuron) in second.chunks_exact(WIDTH + 1).enumerate() {
                let (t, z1, z2) = (tanh[j], sums[1][j], sums[2][j]);
                let slope = 1.0 - t * t;
                d_last[j] += upstream * slope * (z2 - 2.0 * t * z1 * z1);
                let d = upstream * last[j] * slope;
                let d = [d * (-2.0 * t * z2 - 2.0 * z1 * z1 * (1.0 - 3.0 * t * t)), -4.0 * d * t * z1, d];
                let d_neuron = &mut d_second[j * (WIDTH + 1)..][..WIDTH + 1];
                for k in 0..WIDTH {
                    d_neuron[k] += d[0] * y[0][k] + d[1] * y[1][k] + d[2] * y[2][k];
                    (0..3).for_each(|order| adjoints[order][k] += d[order] * neuron[k]);
                }
                d_neuron[WIDTH] += d[0];
            }
            for (j, neuron) in first.chunks_exact(2).enumerate() {
                let (w, t) = (neuron[0], y[0][j]);
                let slope = 1.0 - t * t;
                let [d0, d1, d2] = [adjoints[0][j] * slope, adjoints[1][j] * slope, adjoints[2][j] * slope];
                let sum = d0 - 2.0 * d1 * w * t + d2 * w * w * (6.0 * t * t - 2.0);
                d_first[2 * j] += sum * x + d1 - 4.0 * d2 * t * w;
                d_first[2 * j + 1] += sum;
            }
        }
        loss
    }
}

criterion_group!(benches, vae, digits_conv, sequence, heat);
criterion_main!(benches);
