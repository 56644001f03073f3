//! Training gives frozen bits. They are the same on every processor of a kind, in debug and release builds, and on any
//! number of threads.
//!
//! `.ci/other-machines` runs this file on other processors, emulated; docs/reproducibility.md has the results. This is
//! a separate test program because `.ci/other-machines` compiles it without the dependencies of the other tests, and
//! `.ci/run` compiles it in release mode.
//!
//! When the numerics change, `cargo test --test reproducibility` prints the new constants for this processor, and
//! `.ci/other-machines` prints those for the other kinds.

use backprop::ndarray::Array2;
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Adam, Dataset, Init, LaneFloat, Loss, Mlp, Program, RecordedValue, Scalar, Trainer};

/// A kind of processor. The kinds compute the same functions with different rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// x86 with AVX2 and FMA, and 64-bit ARM: fused multiplication in vectors of any size.
    Fused,
    /// All others except WebAssembly: no fused multiplication, no vectors.
    Unfused,
}

fn kind() -> Kind {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
        return Kind::Fused;
    }
    if cfg!(target_arch = "aarch64") { Kind::Fused } else { Kind::Unfused }
}

/// Returns the FNV-1a hash of the words in little-endian order, so that it does not depend on the processor's byte
/// order.
fn hash(words: impl IntoIterator<Item = u64>) -> u64 {
    let bytes = words.into_iter().flat_map(u64::to_le_bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Returns 45 random samples in three classes. The last batch is smaller than the others.
fn samples<T: Scalar>(inputs: usize) -> Dataset<T> {
    let mut rng = SomeRng::seed_from_u64(1);
    let x = Array2::from_shape_fn((45, inputs), |_| T::of(rng.random::<f64>() * 2.0 - 1.0));
    let t = Array2::from_shape_fn((45, 3), |(row, class)| T::of(f64::from(row % 3 == class)));
    Dataset::new(x, t).unwrap()
}

/// Creates a network with `inputs` inputs and one hidden layer of `width` neurons for each of `activations`. The initial weights come from
/// normal distributions.
fn network<T: Scalar>(inputs: usize, width: usize, activations: &[Activation]) -> Mlp<T> {
    let hidden = activations.iter().map(|&activation| (width, activation));
    let layers = hidden.chain([(3, Activation::Identity)]);
    Mlp::with_init(inputs, layers, Init::HeNormal, &mut SomeRng::seed_from_u64(2)).unwrap()
}

fn trainer<'a, T: Scalar>() -> Trainer<'a, Adam<T>, T> {
    Trainer::new(Loss::CrossEntropy, Adam::new(0.01)).epochs(5).batch_size(7).l2(0.001).seed(3)
}

/// The hidden activations of two small networks. Together they have all smooth activations.
const SMALL: [&[Activation]; 2] = [
    &[Activation::Tanh, Activation::Gelu, Activation::Elu],
    &[Activation::Sigmoid, Activation::Softplus, Activation::Silu, Activation::Relu],
];

/// Trains networks with `inputs` inputs, `width` neurons in each hidden layer, and the activations of `SMALL`. Returns a
/// hash of the bits of their parameters and, of wide networks, of their outputs for a sample.
fn trained<T: Scalar>(inputs: usize, width: usize, bits: fn(T) -> u64) -> u64 {
    let results = SMALL.into_iter().flat_map(|activations| {
        let mut net = network(inputs, width, activations);
        trainer().fit(&mut net, &samples(inputs)).unwrap();
        // Narrow layers compute one sample by functions of the system.
        let outputs = if width < 16 { Vec::new() } else { net.forward(&vec![T::of(0.25); inputs]).unwrap() };
        [net.parameters(), outputs].concat()
    });
    hash(results.map(bits))
}

fn bits_of_single(x: f32) -> u64 {
    x.to_bits().into()
}

/// Asserts that the hashes for f32 and f64 equal the constants of this processor's kind.
fn check(name: &str, found: [u64; 2], frozen: [(Kind, [u64; 2]); 2]) {
    let kind = kind();
    let [single, double] = found;
    println!("{name}: (Kind::{kind:?}, [{single:#018x}, {double:#018x}]),");
    let (_, expected) = frozen.into_iter().find(|&(of, _)| of == kind).unwrap();
    assert!(
        found == expected,
        "the bits have changed. If that is intended, the new constants of {name} are\n\
         (Kind::{kind:?}, [{single:#018x}, {double:#018x}]),"
    );
}

#[test]
fn training_gives_the_frozen_bits() {
    check(
        "SMALL",
        [trained::<f32>(6, 11, bits_of_single), trained::<f64>(6, 11, f64::to_bits)],
        [
            (Kind::Fused, [0x7fcd4619b218ea4d, 0x68d30e6fcb699adb]),
            (Kind::Unfused, [0x41006b7af44c7ef2, 0x9ecb41e5a3180060]),
        ],
    );
}

/// A neuron with more than 256 inputs adds its sum in blocks.
#[test]
fn training_with_many_inputs_gives_the_frozen_bits() {
    check(
        "WIDE",
        [trained::<f32>(300, 11, bits_of_single), trained::<f64>(300, 11, f64::to_bits)],
        [
            (Kind::Fused, [0x1d0069a93adc2eff, 0xfd4fe933dda651ed]),
            (Kind::Unfused, [0x00d2773b5198dbd5, 0x9a0d1cd1ef9273e1]),
        ],
    );
}

/// Sums of 16 terms or more are added in lanes for the three samples of the last batch and for a single sample.
#[test]
fn training_of_wide_layers_gives_the_frozen_bits() {
    check(
        "LAYERS",
        [trained::<f32>(20, 24, bits_of_single), trained::<f64>(20, 24, f64::to_bits)],
        [
            (Kind::Fused, [0x1f676056b40e63a5, 0x0fda03407a67a9dd]),
            (Kind::Unfused, [0xf3c9d614e5f88a78, 0x68e91e00a1e740ba]),
        ],
    );
}

#[cfg(feature = "rayon")]
#[test]
fn training_in_parts_gives_the_frozen_bits_on_any_number_of_threads() {
    fn in_parts<T: Scalar<Storage: Send + Sync> + Send + Sync>(threads: usize, bits: fn(T) -> u64) -> u64 {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let parameters = SMALL.into_iter().flat_map(|activations| {
            let mut net = network::<T>(6, 11, activations);
            pool.install(|| trainer().fit_parallel(3, &mut net, &samples(6))).unwrap();
            net.parameters()
        });
        hash(parameters.map(bits))
    }
    for threads in [1, 2, 3, 8] {
        check(
            "PARTS",
            [in_parts::<f32>(threads, bits_of_single), in_parts::<f64>(threads, f64::to_bits)],
            [
                (Kind::Fused, [0x0fc721f4c7815a2f, 0x29565f98147a6180]),
                (Kind::Unfused, [0x850c041ab4229e5c, 0xe88c92546bbcb281]),
            ],
        );
    }
}

/// Computes a program with two paths at 1,000 points. Returns a hash of its values, the gradient of their sum, and their
/// Jacobian.
fn computed<T: LaneFloat>(bits: fn(T) -> u64) -> u64 {
    let f = |p: &[RecordedValue<T>], x: &[RecordedValue<T>]| {
        let y = (p[0] * x[0] + p[1]).tanh() * (p[2] * x[1]).exp() + x[0].powf(p[1]) / x[1];
        if x[1] < RecordedValue::of(0.5) { (y * p[0]).sin() } else { y.abs().ln_1p() - p[2].sigmoid() * x[0] }
    };
    let program = Program::record(3, 2, f).unwrap();
    let mut rng = SomeRng::seed_from_u64(1);
    let rows = Array2::from_shape_fn((1000, 2), |_| T::of(rng.random::<f64>() + 0.1));
    let p = [0.7, 1.3, -0.4].map(T::of);
    let (sum, gradient) = program.sum_and_gradient(&p, &rows).unwrap();
    let (values, jacobian) = program.values_and_jacobian(&p, &rows).unwrap();
    hash([sum].into_iter().chain(gradient).chain(values).chain(jacobian).map(bits))
}

#[test]
fn programs_give_the_frozen_bits() {
    check(
        "PROGRAM",
        [computed::<f32>(bits_of_single), computed::<f64>(f64::to_bits)],
        [
            (Kind::Fused, [0x8f49fff0a3d1bf9b, 0x5a1f4793d60145d5]),
            (Kind::Unfused, [0x80702c1031ba5c5b, 0xf6eed555cf6207c3]),
        ],
    );
}
