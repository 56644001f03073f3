//! Sums and means of very many values, logits with a large common offset, and losses close overflow and underflow.

use backprop::ndarray::Array2;
use backprop::{
    Activation, Dual, FloatWrapper, Graph, Layer, Loss, Matrix, Mlp, Neuron, Workspace, derivative, reverse, taylor,
};
use half::f16;

const MANY: usize = 1_000_000;

#[test]
fn single_precision_sums_and_means_of_a_million_values_are_exact() {
    for shape in [[MANY, 1], [1, MANY], [1000, 1000]] {
        let tenths = Matrix::from_elem(shape, 0.1_f32);
        let close = |x: f32, expected: f64| (f64::from(x) / expected - 1.0).abs() < 1e-6;
        assert!(close(tenths.mean(), 0.1_f32.into()), "{}", tenths.mean());
        assert!(close(tenths.sum(), f64::from(0.1_f32) * MANY as f64));
        assert!(tenths.row_sums().iter().all(|&x| close(x, f64::from(0.1_f32) * shape[1] as f64)));
        assert!(tenths.column_sums().iter().all(|&x| close(x, f64::from(0.1_f32) * shape[0] as f64)));
    }
}

#[test]
fn mean_of_equal_values_is_that_value() {
    for n in 1..200 {
        let ones = |shape| Matrix::from_elem(shape, 1.0_f64);
        assert_eq!(ones([n, 1]).mean(), 1.0, "{n}");
        assert_eq!(ones([n, 2]).column_means(), Matrix::from([[1.0, 1.0]]));
        assert_eq!(ones([2, n]).row_means(), Matrix::from([[1.0], [1.0]]));
        assert_eq!(Loss::MeanSquaredError.evaluate_batch(&ones([n, 1]), &Matrix::zeros([n, 1])), Ok(1.0));
    }
    let large = Matrix::from_elem([1000, 1], 1e308_f64);
    assert!((large.mean() / 1e308 - 1.0).abs() < 1e-15); // the sum overflows
}

#[test]
fn single_precision_loss_over_three_million_samples_is_exact() {
    let samples = 3_000_000;
    let neuron = Neuron::new([0.1_f32], 0.3, Activation::Identity);
    let net = Mlp::from_layers([Layer::from_neurons([neuron]).unwrap()]).unwrap();
    let (x, t) = (Array2::from_elem((samples, 1), 0.7_f32), Array2::<f32>::zeros((samples, 1)));
    let mut gradient = net.clone();
    let loss = Workspace::new().loss_and_gradient(&net, &x, &t, Loss::MeanSquaredError, &mut gradient).unwrap();
    let y = 0.1 * 0.7 + 0.3;
    assert!((f64::from(loss) / (y * y) - 1.0).abs() < 1e-6, "{loss}");
    let expected = [2.0 * y * 0.7, 2.0 * y];
    for (&found, expected) in gradient.parameters().iter().zip(expected) {
        assert!((f64::from(found) / expected - 1.0).abs() < 4e-6, "expected {expected}, got {found}");
    }
}

#[test]
fn derivative_of_a_row_broadcast_a_million_times_is_exact() {
    let graph = Graph::new();
    let (x, bias) = (graph.constants(Matrix::zeros([MANY, 1])), graph.matrix([0.1_f32]));
    let gradient = ((x + &bias) * &bias).sum().backward().of(&bias); // each row contributes 2b
    assert!((f64::from(gradient[0]) / (2.0 * f64::from(0.1_f32) * MANY as f64) - 1.0).abs() < 1e-6, "{gradient:?}");
}

#[test]
fn neuron_of_a_million_inputs_is_exact() {
    let (weights, inputs) = (vec![0.1_f32; MANY], vec![1.0_f32; MANY]);
    let expected = f64::from(0.1_f32) * MANY as f64;
    let neuron = Neuron::new(weights, 0.0, Activation::Identity);
    assert!((f64::from(neuron.forward(&inputs).unwrap()) / expected - 1.0).abs() < 1e-6);
    let batch = Layer::from_neurons([neuron]).unwrap().forward_batch(&Matrix::from(inputs)).unwrap()[(0, 0)];
    assert!((f64::from(batch) / expected - 1.0).abs() < 4e-6, "{batch}");
}

#[test]
fn softmax_of_many_equal_logits_in_half_precision_sums_to_1() {
    let p = Matrix::from_elem([1, 4096], FloatWrapper(f16::ONE)).softmax();
    assert_eq!(p.iter().map(|p| p.0.to_f64()).sum::<f64>(), 1.0);
}

#[test]
fn sums_do_not_depend_on_the_graph_or_the_memory_order() {
    let x = Matrix::from_shape_fn([1537, 3], |(i, j)| ((i * 3 + j) as f32).sin());
    let graph = Graph::new();
    let on_graph = graph.matrix(&x);
    assert_eq!(on_graph.column_sums().data(), x.column_sums());
    assert_eq!(on_graph.sum().data().to_bits(), x.sum().to_bits());
    let columns = x.view().t().as_standard_layout().into_owned();
    assert_eq!(Matrix::from(columns.t()).sum().to_bits(), x.sum().to_bits());
}

#[test]
fn cross_entropy_of_logits_with_a_large_offset_is_exact() {
    let loss = |y: [f32; 2]| Loss::CrossEntropy.evaluate(&y, &[1.0, 0.0]).unwrap();
    assert_eq!(loss([1e8, 1e8]), std::f32::consts::LN_2);
    assert!((loss([10002.0, 9999.0]) - 0.048_587_35).abs() < 1e-8, "{}", loss([10002.0, 9999.0]));
    let smooth = Loss::SmoothCrossEntropy { smoothing: 0.1 };
    assert_eq!(smooth.evaluate(&[1e8_f32, 1e8], &[1.0, 0.0]).unwrap(), std::f32::consts::LN_2);
    let x = Matrix::from([[10002.0_f32, 9999.0]]);
    assert!((x.log_softmax()[(0, 0)] + 0.048_587_35).abs() < 1e-8);
    assert!((loss([40.0, 0.0]) / 4.248_354e-18 - 1.0).abs() < 1e-6); // does not round to 0
}

#[test]
fn losses_near_overflow_and_underflow_are_right() {
    let binary = |y: f64, t: f64| Loss::BinaryCrossEntropyWithLogits.evaluate(&[y], &[t]).unwrap();
    assert_eq!((binary(f64::INFINITY, 1.0), binary(f64::NEG_INFINITY, 0.0)), (0.0, 0.0));
    assert_eq!((binary(f64::INFINITY, 0.0), binary(f64::NEG_INFINITY, 0.5)), (f64::INFINITY, f64::INFINITY));
    assert!((binary(1e9, 1.0 - 1e-9) - 1.0).abs() < 1e-6); // (1 − t)·y
    let huber = |delta, d: f32| Loss::Huber { delta }.evaluate(&[d], &[0.0]).unwrap();
    assert_eq!(huber(1e30, 1e31), f32::INFINITY); // 9.5e60
    assert_eq!(huber(1e-30, 1e31), 10.0);
    assert!((huber(1e20, 1e15) / 5e29 - 1.0).abs() < 1e-6); // ½d²
}

#[test]
fn ratio_of_equal_subnormal_values_has_derivative_0() {
    for x in [1e-310, 5e-324, -1e-310] {
        assert_eq!(derivative(|x| x / x, x).1, 0.0);
        assert_eq!(derivative(|x| x.atan2(x), x).1, 0.0);
        assert_eq!(reverse::gradient(|x| x[0] / x[0], &[x]).1, [0.0]);
        assert_eq!(reverse::gradient(|x| x[0].atan2(x[0]), &[x]).1, [0.0]);
        assert_eq!(taylor(|x| x / x, x, 2)[1..], [0.0, 0.0]);
        assert_eq!(taylor(|x| x.atan2(x), x, 2)[1..], [0.0, 0.0]);
        let trace = backprop::Trace::new();
        let v = trace.variable("x", x);
        assert_eq!(((v / v).derivative(v), v.atan2(v).derivative(v)), (0.0, 0.0));
    }
    // A derivative that does not cancel overflows.
    assert_eq!(derivative(|x| x / 1e-310, 1e-310).1, f64::INFINITY);
    let one: Dual<f64, 1> = Dual::constant(1.0) / Dual::variable(1e-310, 0);
    assert_eq!(one.tangents()[0], f64::NEG_INFINITY);
}
