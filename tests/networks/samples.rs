//! One sample: `forward`, `forward_into`, and a batch of one row.

use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Error, Graph, Layer, Loss, Matrix, Mlp, Scalar, Value, Workspace};

/// Networks with narrow layers, wide layers, and both, which are computed by different loops. The activations of the
/// wide ones are vectorized.
fn networks() -> Vec<Mlp<f64>> {
    let widths: [&[usize]; 7] = [&[1, 1], &[2, 2, 1], &[3, 40], &[40, 3, 2], &[15, 16, 15], &[20, 33, 1, 18], &[2; 6]];
    widths.into_iter().map(network).collect()
}

fn network<T: Scalar>(widths: &[usize]) -> Mlp<T> {
    let activations = [Activation::Tanh, Activation::Sigmoid, Activation::Gelu];
    let layers = widths[1..].iter().copied().zip(activations.into_iter().cycle());
    Mlp::new(widths[0], layers, &mut SomeRng::seed_from_u64(1)).unwrap()
}

fn inputs<T: Scalar>(net: &Mlp<T>) -> Vec<T> {
    let mut rng = SomeRng::seed_from_u64(2);
    (0..net.inputs()).map(|_| T::of(rng.random_range(-1.0..1.0))).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-13 * b.abs().max(1.0)
}

/// The outputs by the definition: Σ w·x + b, then the activation, neuron by neuron.
fn by_definition(net: &Mlp<f64>, inputs: &[f64]) -> Vec<f64> {
    net.layers().iter().fold(inputs.to_vec(), |inputs, layer| {
        let neuron = |neuron: backprop::Neuron<f64>| {
            let products = neuron.weights().iter().zip(&inputs).map(|(w, x)| w * x).sum::<f64>();
            (products + neuron.bias()).map(layer.activation())
        };
        layer.neurons().map(neuron).collect()
    })
}

#[test]
fn all_ways_to_compute_a_sample_agree() {
    let mut reused = vec![9.0; 100];
    for net in networks() {
        let x = inputs(&net);
        let expected = by_definition(&net, &x);
        let outputs = net.forward(&x).unwrap();
        assert!(outputs.len() == expected.len() && outputs.iter().zip(&expected).all(|(&a, &b)| close(a, b)), "{net}");
        net.forward_into(&x, &mut reused).unwrap();
        assert_eq!(reused, outputs, "{net}");

        let graph = Graph::new();
        let (on_graph, values) = (net.attach(&graph), x.iter().map(|&x| Value::constant(x)).collect::<Vec<_>>());
        let mut of_graph = vec![Value::constant(1.0)];
        on_graph.forward_into(&values, &mut of_graph).unwrap();
        assert_eq!(of_graph.iter().map(|y| y.data()).collect::<Vec<_>>(), outputs, "{net}");

        let row = net.forward_batch(&Matrix::from(x.clone())).unwrap();
        assert!(row.iter().zip(&expected).all(|(&a, &b)| close(a, b)), "{net}");
        let row_of_graph = on_graph.forward_batch(&graph.constants(&x)).unwrap();
        assert_eq!(row_of_graph.data(), row, "{net}");
        // In a batch of several rows, sums of products can be rounded otherwise.
        let three = net.forward_batch(&Matrix::from(x).vstack(&Matrix::zeros([4, net.inputs()]))).unwrap();
        assert!((0..net.outputs()).all(|i| close(three[(0, i)], row[(0, i)])), "{net}");
    }
}

/// Wide layers use the same functions for one sample and for a batch of one row.
#[test]
fn sample_through_wide_layers_has_the_bits_of_a_row() {
    fn check<T: Scalar>() {
        for widths in [[16, 16, 16], [300, 17, 20], [1100, 40, 16]] {
            let net = network::<T>(&widths);
            let x = inputs(&net);
            assert_eq!(net.forward(&x).unwrap(), net.forward_batch(&Matrix::from(x)).unwrap().as_slice());
        }
    }
    check::<f32>();
    check::<f64>();
}

/// The derivatives are 0 for a weight of 0, but there is a path from every input.
#[test]
fn paths_lead_through_a_layer_of_one_row() {
    for width in [2, 20] {
        let layer = network::<f64>(&[width, width]);
        let zeros = layer.with_parameters(&vec![0.0; layer.parameters().len()]).unwrap();
        let graph = Graph::new();
        let x = graph.matrix(vec![1.0; width]);
        let unused = graph.value(1.0);
        let constant = zeros.with_parameters(&zeros.parameters().into_iter().map(Value::constant).collect::<Vec<_>>());
        let gradients = (constant.unwrap().forward_batch(&x).unwrap().sum() + 1.0).backward();
        assert_eq!(gradients.of(&x), vec![0.0; width]);
        let values = [x[(0, 0)], x[(0, width - 1)], unused];
        assert_eq!(gradients.unused_inputs(&values), [2]);
    }
}

/// The gradient with respect to parameters or to inputs alone.
#[test]
fn constants_of_one_row_have_no_derivatives() {
    for net in networks() {
        let (x, graph) = (inputs(&net), Graph::new());
        let (on_graph, row) = (net.attach(&graph), graph.matrix(&x));
        let both = on_graph.forward_batch(&row).unwrap().sum().backward();
        let of_parameters = on_graph.forward_batch(&graph.constants(&x)).unwrap().sum().backward();
        assert_eq!(on_graph.gradient(&of_parameters), on_graph.gradient(&both), "{net}");
        let constants: Vec<_> = net.parameters().into_iter().map(Value::constant).collect();
        let of_inputs = net.with_parameters(&constants).unwrap().forward_batch(&row).unwrap().sum().backward();
        assert_eq!(of_inputs.of(&row), both.of(&row), "{net}");
    }
}

#[test]
fn layers_compute_a_sample_in_given_memory() {
    let layer = Layer::<f32>::new(3, 20, Activation::Relu, &mut SomeRng::seed_from_u64(1));
    let mut outputs = Vec::new();
    layer.forward_into(&[1.0, -1.0, 0.5], &mut outputs).unwrap();
    assert_eq!(outputs, layer.forward(&[1.0, -1.0, 0.5]).unwrap());
    assert!(matches!(layer.forward_into(&[1.0], &mut outputs), Err(Error::Shape { .. })));
    assert_eq!(outputs.len(), 20, "an error changes nothing");
}

/// The gradient of a batch of one row equals that of a batch of the same row twice, which the loops for batches compute.
#[test]
fn gradient_of_one_row_equals_that_of_equal_rows() {
    for net in networks() {
        let x = Matrix::from(inputs(&net));
        let t = Matrix::from(vec![0.25; net.outputs()]);
        let (mut one, mut two) = (net.clone(), net.clone());
        let mut workspace = Workspace::new();
        let loss = workspace.loss_and_gradient(&net, &x, &t, Loss::MeanSquaredError, &mut one).unwrap();
        let (x, t) = (x.vstack(&x), t.vstack(&t));
        let loss_of_two = workspace.loss_and_gradient(&net, &x, &t, Loss::MeanSquaredError, &mut two).unwrap();
        assert!(close(loss, loss_of_two), "{net}");
        assert!(one.parameters().iter().zip(two.parameters()).all(|(&a, b)| close(a, b)), "{net}");
    }
}

/// 0 is a strong zero in the backward pass of one row too: an inactive relu stops an infinite derivative.
#[test]
fn inactive_neurons_of_one_row_stop_infinite_derivatives() {
    let net = Mlp::<f64>::new(1, [(2, Activation::Relu), (1, Activation::Identity)], &mut SomeRng::seed_from_u64(1));
    let mut net = net.unwrap();
    net.set_parameters(&[-1.0, 0.0, 1.0, 0.0, f64::MAX, 1.0, 0.0]).unwrap();
    let (_, gradient) = net.loss_and_gradient([[1.0]], [[1e300]], Loss::Hinge).unwrap();
    // The hinge loss is 0: all derivatives are.
    assert_eq!(gradient.parameters(), [0.0; 7]);
    let (_, gradient) = net.loss_and_gradient([[1.0]], [[-1e300]], Loss::Hinge).unwrap();
    let gradient = gradient.parameters();
    assert_eq!(gradient[..2], [0.0, 0.0], "{gradient:?}");
    assert!(gradient[2..4].iter().all(|x| *x == 1e300), "{gradient:?}");
}
