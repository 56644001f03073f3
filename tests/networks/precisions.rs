//! "Generic over the float type": the gender network, from one source, in half, single, double and double-double
//! precision, each to the accuracy of its type.

use backprop::rand::SeedableRng;
use backprop::{Activation, FloatWrapper, Graph, Init, Loss, Mlp, Optimizer, Scalar, Sgd, Value, derivative};
use half::f16;
use rand_chacha::ChaCha8Rng;
use twofloat::TwoFloat;

const LAYERS: [(usize, Activation); 2] = [(2, Activation::Sigmoid), (1, Activation::Sigmoid)];

/// Weight and height, shifted by 135 and 66; female is 1.
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

/// How sure the net is that Emily and Frank are women.
fn answers<S: Scalar>() -> [f64; 2] {
    let net = trained::<S>();
    [[-7.0, -3.0], [20.0, 2.0]].map(|person| net.forward(&person.map(S::of)).unwrap()[0].to_f64().unwrap())
}

/// The largest difference between the partials of one step and those in double precision, relative to their size.
fn worst_difference<S: Scalar>() -> f64 {
    let mut worst: f64 = 0.0;
    for person in PEOPLE {
        let here = gradient(&untrained::<S>(), &mut Graph::new(), person).parameters();
        let double = gradient(&untrained::<f64>(), &mut Graph::new(), person).parameters();
        let scale = double.iter().fold(0.0, |scale: f64, x| scale.max(x.abs()));
        for (here, double) in here.iter().zip(double) {
            worst = worst.max((here.to_f64().unwrap() - double).abs() / scale);
        }
    }
    worst
}

#[test]
fn every_precision_learns() {
    // What half precision learns it can hold: a step of less than half a unit in the last place is lost.
    for (answers, tolerance) in [
        (answers::<FloatWrapper<f16>>(), 0.03),
        (answers::<f32>(), 1e-6),
        (answers::<f64>(), 0.0),
        (answers::<FloatWrapper<TwoFloat>>(), 1e-12), // of its own exp
    ] {
        let [emily, frank] = answers;
        assert!(emily > 0.9 && frank < 0.1, "{answers:?}");
        for (answer, double) in answers.iter().zip(self::answers::<f64>()) {
            assert!((answer - double).abs() <= tolerance, "{answer} {double}");
        }
    }
}

#[test]
fn partials_are_as_exact_as_their_type() {
    for (worst, epsilon) in [
        (worst_difference::<FloatWrapper<f16>>(), 2.0_f64.powi(-10)),
        (worst_difference::<f32>(), f32::EPSILON.into()),
        (worst_difference::<FloatWrapper<TwoFloat>>(), 1e-12), // twofloat 0.8 has an exp that is right to 13 digits
    ] {
        assert!(worst <= 4.0 * epsilon, "{worst:e} for {epsilon:e}");
    }
}

/// (x³)′ = 3x² at 1 + 2⁻⁶⁰, which is 3 + 3·2⁻⁵⁹ + 3·2⁻¹²⁰: twice as many digits as double precision has.
#[test]
fn arithmetic_on_two_floats_keeps_all_their_digits() {
    let x = TwoFloat::new_add(1.0, 2.0_f64.powi(-60));
    let graph = Graph::new();
    let on_graph = graph.value(FloatWrapper(x));
    let by_graph = (on_graph * on_graph * on_graph).backward()[on_graph];
    let (_, by_dual) = derivative(|x| x * x * x, FloatWrapper(x));
    for FloatWrapper(slope) in [by_graph, by_dual] {
        assert_eq!((slope.hi(), slope.lo()), (3.0, 3.0 * 2.0_f64.powi(-59)));
    }
}
