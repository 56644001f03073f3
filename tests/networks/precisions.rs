//! The code is generic over the float type: the gender network trains in half, single, double and double-double
//! precision, each to the accuracy of its type.

use backprop::rand::SeedableRng;
use backprop::{Activation, FloatWrapper, Graph, Init, Loss, Mlp, Optimizer, Scalar, Sgd, Value, derivative};
use half::f16;
use rand_chacha::ChaCha8Rng;
use twofloat::TwoFloat;

const LAYERS: [(usize, Activation); 2] = [(2, Activation::Sigmoid), (1, Activation::Sigmoid)];

/// Weight and height minus 135 and 66, and the target: 1 for female, 0 for male.
const PEOPLE: [([f64; 2], f64); 4] =
    [([-2.0, -1.0], 1.0), ([25.0, 6.0], 0.0), ([17.0, 4.0], 0.0), ([-15.0, -6.0], 1.0)];

fn untrained<S: Scalar>() -> Mlp<S> {
    Mlp::with_init(2, LAYERS, Init::StandardNormal, &mut ChaCha8Rng::seed_from_u64(1)).unwrap()
}

fn gradient<S: Scalar>(net: &Mlp<S>, graph: &mut Graph<S>, (inputs, target): ([f64; 2], f64)) -> Mlp<S> {
    graph.clear();
    let on_graph = net.attach(graph);
    let prediction = on_graph.forward(&inputs.map(Value::of)).unwrap();
    let loss = Loss::MeanSquaredError.evaluate(&prediction, &[Value::of(target)]).unwrap();
    on_graph.gradient(&loss.backward())
}

fn trained<S: Scalar>() -> Mlp<S> {
    let (mut net, mut graph) = (untrained(), Graph::new());
    for _ in 0..1000 {
        for person in PEOPLE {
            let gradient = gradient(&net, &mut graph, person);
            Sgd::new(0.1).step(&mut net, &gradient).unwrap();
        }
    }
    net
}

/// Returns the predictions of the trained network for Emily and Frank.
fn predictions<S: Scalar>() -> [f64; 2] {
    let net = trained::<S>();
    [[-7.0, -3.0], [20.0, 2.0]].map(|person| net.forward(&person.map(S::of)).unwrap()[0].to_f64().unwrap())
}

/// Returns the largest relative difference between the gradient of one step and that in double precision.
fn worst_difference<S: Scalar>() -> f64 {
    let mut worst: f64 = 0.0;
    for person in PEOPLE {
        let found = gradient(&untrained::<S>(), &mut Graph::new(), person).parameters();
        let double = gradient(&untrained::<f64>(), &mut Graph::new(), person).parameters();
        let scale = double.iter().fold(0.0, |scale: f64, x| scale.max(x.abs()));
        for (found, double) in found.iter().zip(double) {
            worst = worst.max((found.to_f64().unwrap() - double).abs() / scale);
        }
    }
    worst
}

#[test]
fn every_precision_learns() {
    // Half precision loses steps below half a unit in the last place of a parameter.
    for (predictions, tolerance) in [
        (predictions::<FloatWrapper<f16>>(), 0.03),
        (predictions::<f32>(), 1e-6),
        (predictions::<f64>(), 0.0),
        (predictions::<FloatWrapper<TwoFloat>>(), 1e-12), // twofloat's exp differs
    ] {
        let [emily, frank] = predictions;
        assert!(emily > 0.9 && frank < 0.1, "{predictions:?}");
        for (found, double) in predictions.iter().zip(self::predictions::<f64>()) {
            assert!((found - double).abs() <= tolerance, "expected {double}, got {found}");
        }
    }
}

#[test]
fn gradients_are_within_4_epsilons_of_double_precision() {
    for (worst, epsilon) in [
        (worst_difference::<FloatWrapper<f16>>(), 2.0_f64.powi(-10)),
        (worst_difference::<f32>(), f32::EPSILON.into()),
        (worst_difference::<FloatWrapper<TwoFloat>>(), 1e-12), // twofloat 0.8 has an exp that is right to 13 digits
    ] {
        assert!(worst <= 4.0 * epsilon, "difference {worst:e}, epsilon {epsilon:e}");
    }
}

/// (x³)′ = 3x² at 1 + 2⁻⁶⁰ is 3 + 3·2⁻⁵⁹ + 3·2⁻¹²⁰, which has twice as many digits as double precision.
#[test]
fn derivatives_of_double_double_keep_all_digits() {
    let x = TwoFloat::new_add(1.0, 2.0_f64.powi(-60));
    let graph = Graph::new();
    let on_graph = graph.value(FloatWrapper(x));
    let by_graph = (on_graph * on_graph * on_graph).backward()[on_graph];
    let (_, by_dual) = derivative(|x| x * x * x, FloatWrapper(x));
    for FloatWrapper(derivative) in [by_graph, by_dual] {
        assert_eq!((derivative.hi(), derivative.lo()), (3.0, 3.0 * 2.0_f64.powi(-59)));
    }
}
