//! Special points of layers, losses and matrix operations, with expected values by hand.

use super::several_variables::Function;
use backprop::ndarray::{arr2, array};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Dual, Graph, Init, Layer, Loss, Matrix, Neuron, Parameters, Scalar, Trace, UnaryFunction, reverse,
};

/// A row that the result does not use has no effect on the derivatives of softmax and log-sum-exp, whatever its values.
#[test]
fn unused_rows_do_not_affect_other_rows() {
    const INFINITY: f64 = f64::INFINITY;
    let p = 1.0 / (1.0 + 1_f64.exp());
    for unused in [[-INFINITY; 2], [INFINITY, 1.0], [INFINITY; 2], [f64::NAN, 1.0]] {
        let rows = arr2(&[unused, [1.0, 2.0]]);
        let on_duals = rows.map(|&x| Dual::<f64, 1>::variable(x, 0));
        for use_softmax in [true, false] {
            let graph = Graph::new();
            let x = graph.matrix(&rows);
            let y = if use_softmax { x.softmax()[(1, 0)] } else { x.log_sum_exp()[(1, 0)] };
            let gradient = y.backward().of(&x);
            let expected = if use_softmax { [p * (1.0 - p), -p * (1.0 - p)] } else { [p, 1.0 - p] };
            let close = |found: f64, expected: f64| (found - expected).abs() < 1e-15;
            let all_close = gradient[2..].iter().zip(expected).all(|(&g, e)| close(g, e));
            assert!(gradient[..2] == [0.0, 0.0] && all_close, "{unused:?}: {gradient:?}");

            let graph = Graph::new();
            let x = graph.matrix(&on_duals);
            let y = if use_softmax { x.softmax()[(1, 0)] } else { x.log_sum_exp()[(1, 0)] };
            let gradient: Vec<f64> = y.backward().of(&x).into_iter().map(Dual::data).collect();
            assert!(
                gradient[..2] == [0.0, 0.0] && close(gradient[2], expected[0]),
                "of duals, {unused:?}: {gradient:?}"
            );
        }
    }
}

/// A logit of −∞ has the probability 0 and the derivative 0. A row of −∞ has the log-sum-exp −∞.
#[test]
fn infinite_logits_have_their_limits() {
    let graph = Graph::new();
    let (infinity, minus_infinity) = (f64::INFINITY, f64::NEG_INFINITY);
    let x = graph.matrix([[minus_infinity, 0.0, 0.0], [infinity, 0.0, 1.0], [minus_infinity; 3]]);
    let (lse, p) = (x.log_sum_exp(), x.softmax());
    assert_eq!(lse.data(), array![[2_f64.ln()], [infinity], [minus_infinity]]);
    assert_eq!(p.data().rows(0..1), Matrix::from([0.0, 0.5, 0.5]));
    assert_eq!(lse[(0, 0)].backward().of(&x)[..3], [0.0, 0.5, 0.5]);
    assert_eq!(p[(0, 1)].backward().of(&x)[..3], [0.0, 0.25, -0.25]);
    // An adjoint of ∞ for a probability of 0
    assert_eq!(p[(0, 0)].sqrt().backward().of(&x)[..3], [0.0; 3]);
    let x = graph.matrix([[minus_infinity, 0.0]]);
    assert_eq!(x.log_sum_exp()[(0, 0)].sqrt().backward().of(&x), [0.0, infinity]);
    // Infinite logits that predict the target
    for (loss, logits, targets) in [
        (Loss::BinaryCrossEntropyWithLogits, [infinity, minus_infinity], [1.0, 0.0]),
        (Loss::CrossEntropy, [minus_infinity, 0.0], [0.0, 1.0]),
    ] {
        let (y, t) = (graph.matrix(logits), graph.constants(targets));
        let l = loss.evaluate_batch(&y, &t).unwrap();
        assert_eq!((l.data(), l.backward().of(&y)), (0.0, vec![0.0, 0.0]), "{loss}");
    }
}

/// The square root of a loss of 0, for example of the mean squared error: an adjoint of ∞ times derivatives of 0.
#[test]
fn root_of_a_loss_of_0_has_derivatives_0() {
    let zero = [
        (Loss::MeanSquaredError, [1.0, 2.0, 1.0, 2.0]),
        (Loss::MeanAbsoluteError, [1.0, 2.0, 1.0, 2.0]),
        (Loss::Huber { delta: 1.0 }, [1.0, 2.0, 1.0, 2.0]),
        (Loss::Hinge, [2.0, -2.0, 1.0, -1.0]),
    ];
    for (loss, x) in zero {
        let f = Function::Loss(loss);
        assert_eq!(reverse::gradient(|x| f.at(x).sqrt(), &x), (0.0, vec![0.0; 4]), "{loss} by graph");
        assert_eq!(backprop::gradient(|x| f.at(&x).sqrt(), x), (0.0, [0.0; 4]), "{loss} by dual");
        let trace = Trace::new();
        let v = x.map(|x| trace.variable("x", x));
        let y = f.at(&v).sqrt();
        assert_eq!(v.map(|v| y.derivative(v)), [0.0; 4], "{loss} by trace");
    }
}

/// √x as the activation of a layer. Its derivative at 0 is infinite.
#[derive(Clone)]
struct Root;

impl UnaryFunction for Root {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        (x.sqrt(), (x.sqrt() * T::of(2.0)).recip())
    }
}

/// An adjoint of 0 for a neuron of a batch, times the infinite derivative of its activation.
#[test]
fn unused_neuron_of_a_layer_has_derivative_0() {
    let graph = Graph::new();
    let mut layer = Layer::<f64, Root>::with_init(1, 1, Root, Init::Zeros, &mut SomeRng::seed_from_u64(1));
    layer.set_parameters(&[1.0, 0.0]).unwrap();
    let (x, on_graph) = (graph.matrix([[0.0], [4.0]]), layer.attach(&graph));
    let y = on_graph.forward_batch(&x).unwrap();
    let gradients = y[(1, 0)].backward();
    let parameters = on_graph.gradient(&gradients).parameters();
    assert_eq!((gradients.of(&x), parameters), (vec![0.0, 0.25], vec![1.0, 0.25]));
}

/// An adjoint of ∞ for a neuron, times an input of 0 and times a weight of 0.
#[test]
fn infinite_adjoint_times_an_input_of_0_is_0() {
    let graph = Graph::new();
    let layer = Layer::from_neurons([Neuron::new([3.0, 0.0], 0.0, Activation::Identity)]).unwrap();
    let on_graph = layer.attach(&graph);
    let inputs = graph.variables([0.0, 2.0]);
    let y = on_graph.forward(&inputs).unwrap()[0].sqrt();
    let gradients = y.backward();
    assert_eq!(on_graph.gradient(&gradients).parameters(), [0.0, f64::INFINITY, f64::INFINITY]);
    assert_eq!((gradients[inputs[0]], gradients[inputs[1]]), (f64::INFINITY, 0.0));

    // A layer over a batch
    let graph = Graph::new();
    let (x, on_graph) = (graph.matrix([[0.0, 2.0]]), layer.attach(&graph));
    let gradients = on_graph.forward_batch(&x).unwrap()[(0, 0)].sqrt().backward();
    assert_eq!(on_graph.gradient(&gradients).parameters(), [0.0, f64::INFINITY, f64::INFINITY]);
    assert_eq!(gradients.of(&x), [f64::INFINITY, 0.0]);

    // A product of matrices
    let (x, weights) = (graph.matrix([[0.0, 2.0]]), graph.matrix([[3.0], [0.0]]));
    let gradients = x.matmul(&weights)[(0, 0)].sqrt().backward();
    assert_eq!(gradients.of(&weights), [0.0, f64::INFINITY]);
    assert_eq!(gradients.of(&x), [f64::INFINITY, 0.0]);
}

/// An inactive branch contributes nothing to first and second derivatives: (1 + √x)·relu(y) at (0, −1).
#[test]
fn inactive_branch_has_derivatives_0() {
    fn f<S: Scalar>(x: &[S]) -> S {
        (S::one() + x[0].sqrt()) * x[1].relu()
    }
    assert_eq!(reverse::gradient(|x| f(x), &[0.0, -1.0]), (0.0, vec![0.0, 0.0]));
    assert_eq!(backprop::gradient(|x| f(&x), [0.0, -1.0]), (0.0, [0.0, 0.0]));
    let zeros = [[0.0; 2]; 2];
    assert_eq!(reverse::hessian(|x| f(x), &[0.0, -1.0]), (0.0, vec![0.0; 2], zeros.map(Vec::from).to_vec()));
    assert_eq!(backprop::hessian(|x| f(&x), [0.0, -1.0]), (0.0, [0.0; 2], zeros));
}
