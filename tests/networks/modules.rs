//! The promises of modules: one forward pass for floats and graphs, right gradients for every shape, clear errors.

use crate::activations::ACTIVATIONS;
use backprop::ndarray::{Array2, array};
use backprop::rand::SeedableRng;
use backprop::{
    Activation, Dataset, Error, Gradients, Graph, Init, Layer, Loss, Matrix, Mlp, Module, Neuron, Optimizer,
    ParallelWorkspace, Parameter, Parameters, Scalar, Sgd, Trainer, Value, gradcheck,
};
use rand_chacha::ChaCha8Rng;

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn net<T: Scalar>(widths: &[usize], activation: Activation) -> Mlp<T> {
    let layers = widths[1..].iter().map(|&width| (width, activation));
    Mlp::with_init(widths[0], layers, Init::StandardNormal, &mut rng(3)).unwrap()
}

fn inputs<T: Scalar>(len: usize) -> Vec<T> {
    (0..len).map(|i| T::of((i as f64 * 0.7 + 0.3).sin())).collect()
}

fn shapes() -> [Vec<usize>; 6] {
    [vec![1, 1], vec![3, 2], vec![2, 1, 1, 1], vec![0, 2, 1], vec![17, 9, 3], vec![2, 40, 1]]
}

/// Returns the sum of squared outputs. `point` has the inputs of the network and then its parameters.
fn objective<T: Scalar, S: Scalar>(net: &Mlp<T>, point: &[S]) -> S {
    let (inputs, parameters) = point.split_at(net.inputs());
    let outputs = net.with_parameters(parameters).unwrap().forward(inputs).unwrap();
    outputs.into_iter().fold(S::zero(), |sum, y| sum + y * y)
}

#[test]
fn floats_and_graphs_give_identical_bits() {
    for activation in ACTIVATIONS {
        for widths in shapes() {
            let (net, graph) = (net::<f64>(&widths, activation), Graph::new());
            let inputs = inputs(widths[0]);
            let constants: Vec<_> = inputs.iter().map(|&x| Value::constant(x)).collect();
            let outputs = net.attach(&graph).forward(&constants).unwrap();
            let bits: Vec<u64> = outputs.iter().map(|y| y.data().to_bits()).collect();
            let plain: Vec<u64> = net.forward(&inputs).unwrap().iter().map(|y| y.to_bits()).collect();
            assert_eq!(bits, plain, "{widths:?} {activation:?}");
        }
    }
}

#[test]
fn gradients_equal_differences_in_both_precisions() {
    fn check<T: Scalar>() {
        for activation in ACTIVATIONS {
            for widths in shapes() {
                let net = net::<T>(&widths, activation);
                let point = [inputs(widths[0]), net.parameters()].concat();
                let checked = gradcheck(|point| objective(&net, point), &point);
                assert_eq!(checked, Ok(()), "{widths:?} {activation:?}");
            }
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn gradient_has_the_shape_of_the_network() {
    for widths in shapes() {
        let (net, graph) = (net::<f64>(&widths, Activation::Tanh), Graph::new());
        let on_graph = net.attach(&graph);
        let constants: Vec<_> = inputs(widths[0]).into_iter().map(Value::constant).collect();
        let outputs = on_graph.forward(&constants).unwrap();
        let objective: Value<f64> = outputs.iter().map(|&y| y * y).sum();
        let gradients = objective.backward();
        let expected: Vec<f64> = on_graph.parameters().into_iter().map(|p| gradients[p]).collect();
        let gradient = on_graph.gradient(&gradients);
        assert_eq!(gradient.parameters(), expected);
        assert_eq!(gradient.layers().len(), net.layers().len());
        assert_eq!(on_graph.gradient(&Gradients::new()).parameters(), vec![0.0; expected.len()]);
    }
}

#[test]
fn set_parameters_and_parameters_have_the_same_order() {
    let mut net = net::<f64>(&[2, 3, 1], Activation::Tanh);
    let values: Vec<f64> = (0..13).map(f64::from).collect();
    net.set_parameters(&values).unwrap();
    assert_eq!(net.parameters(), values);
    let neurons: Vec<Neuron<f64>> = net.layers()[0].neurons().collect();
    assert_eq!((neurons[1].weights(), neurons[1].bias()), (vec![3.0, 4.0], 5.0));
    assert_eq!(Layer::from_neurons(neurons).unwrap(), net.layers()[0]);
    let graph = Graph::new();
    let on_graph = net.attach(&graph);
    assert_eq!(on_graph.parameters(), values.iter().map(|&x| Value::constant(x)).collect::<Vec<_>>());
    assert_eq!(on_graph.layers()[1].neurons().next().unwrap().bias().data(), 12.0);
}

#[test]
fn weight_shared_by_two_neurons_gets_both_derivatives() {
    let graph = Graph::new();
    let [shared, bias] = graph.variables([0.5, 0.1]);
    let neuron = |sign: f64| Neuron::new([shared, Value::constant(sign)], bias, Activation::Identity);
    let layer = Layer::from_neurons([neuron(1.0), neuron(-1.0)]).unwrap();
    let outputs = layer.forward(&[3.0, 4.0].map(Value::constant)).unwrap();
    let gradients = (outputs[0] * 10.0 + outputs[1]).backward();
    assert_eq!((gradients[shared], gradients[bias]), (33.0, 11.0));
}

#[test]
fn layer_of_constants_propagates_gradients() {
    let graph = Graph::new();
    let first: Layer<f64> = Layer::new(2, 3, Activation::Tanh, &mut rng(1));
    let frozen: Layer<f64> = Layer::new(3, 1, Activation::Tanh, &mut rng(2));
    let constants: Vec<Neuron<Value<f64>>> = (frozen.neurons())
        .map(|n| {
            let weights: Vec<_> = n.weights().into_iter().map(Value::constant).collect();
            Neuron::new(weights, Value::constant(n.bias()), n.activation())
        })
        .collect();
    let (trained, constant) = (first.attach(&graph), Layer::from_neurons(constants).unwrap());
    let inputs = [0.3, -0.2].map(Value::constant);
    let output = constant.forward(&trained.forward(&inputs).unwrap()).unwrap()[0];
    let gradients = output.backward();

    let network = Mlp::from_layers([first, frozen]).unwrap().attach(&graph);
    let expected = network.gradient(&network.forward(&inputs).unwrap()[0].backward());
    assert_eq!(trained.gradient(&gradients), expected.layers()[0]);
    assert_eq!(constant.gradient(&gradients).parameters(), [0.0; 4]);

    let constant = Neuron::new([Value::constant(1.0)], Value::constant(2.0), Activation::Identity);
    let before = graph.len();
    assert_eq!(constant.forward(&[Value::constant(3.0)]).unwrap().data(), 5.0);
    assert_eq!(graph.len(), before);
}

#[test]
fn mismatched_counts_are_errors_with_their_place() {
    fn assert_error<R: std::fmt::Debug>(result: Result<R, Error>, text: &str) {
        assert_eq!(result.unwrap_err().to_string(), text);
    }
    let mut deep = net::<f64>(&[2, 3, 1], Activation::Tanh);
    let neuron = |inputs| Neuron::new(vec![1.0; inputs], 0.0, Activation::Relu);
    assert_error(deep.forward(&[1.0, 2.0, 3.0]), "expected 2 inputs, got 3, in layer 1");
    assert_error(deep.layers()[1].forward(&[1.0]), "expected 3 inputs, got 1, in layer");
    assert_error(neuron(2).forward(&[]), "expected 2 inputs, got 0, in neuron");
    assert_error(Layer::from_neurons([neuron(2), neuron(3)]), "expected 2 inputs, got 3, in neuron 2");
    assert_error(
        Layer::from_neurons([neuron(1), Neuron::new([1.0], 0.0, Activation::Tanh)]),
        "expected activation relu as in the first neuron, got tanh, in neuron 2",
    );
    assert_error(Layer::<f64>::from_neurons([]), "expected at least one neuron, got none, in Layer::from_neurons");
    assert_error(Mlp::from_layers(vec![deep.layers()[0].clone(); 2]), "expected 3 inputs, got 2, in layer 2");
    assert_error(Mlp::<f64>::new(2, [], &mut rng(1)), "expected at least one layer, got none, in Mlp");
    assert_error(deep.set_parameters(&[1.0; 12]), "expected 13 parameters, got 12, in set_parameters");
    assert_error(deep.with_parameters(&[1.0_f32; 14]), "expected 13 parameters, got 14, in Mlp::with_parameters");
    assert_error(Loss::MeanSquaredError.evaluate(&[1.0], &[]), "expected 1 targets, got 0, in Loss::evaluate");
    assert_error(
        Loss::MeanSquaredError.evaluate(&[] as &[f64], &[]),
        "expected at least one prediction, got none, in Loss::evaluate",
    );

    let before = deep.clone();
    let mut sgd = Sgd::new(0.1);
    let mut step = |net: &mut Mlp<f64>, widths: &[usize]| sgd.step(net, &self::net(widths, Activation::Tanh));
    assert_error(step(&mut deep, &[2, 3]), "expected 2 layers, got 1, in Optimizer::step");
    assert_error(step(&mut deep, &[2, 3, 2]), "expected 1 outputs, got 2, in layer 2 of Optimizer::step");
    assert_error(step(&mut deep, &[1, 3, 1]), "expected 2 inputs, got 1, in layer 1 of Optimizer::step");
    for (index, place) in [(4, "weight 2 of neuron 2 in layer 1"), (12, "bias of neuron 1 in layer 2")] {
        let mut broken = before.parameters();
        broken[index] = f64::NEG_INFINITY;
        let text = format!("expected a finite gradient, got -inf, in {place}");
        assert_error(sgd.step(&mut deep, &before.with_parameters(&broken).unwrap()), &text);
    }
    assert_eq!(deep, before); // no error changed the network
}

#[test]
#[should_panic(expected = "`learning_rate` must be finite and non-negative, got -0.1")]
fn negative_learning_rate_panics() {
    Sgd::new(-0.1);
}

#[test]
#[should_panic(expected = "must be on one graph")]
fn inputs_of_another_graph_panic() {
    let (one, other) = (Graph::new(), Graph::new());
    let on_graph = net::<f64>(&[1, 1], Activation::Tanh).attach(&one);
    let _ = on_graph.forward(&[other.value(1.0)]);
}

/// Many weights have the mean and variance of the papers. Biases are 0.
#[test]
fn initial_weights_have_the_variance_of_their_papers() {
    let (inputs, outputs) = (300, 200);
    for (init, variance, limit) in [
        (Init::XavierUniform, 2.0 / 500.0, (6.0_f64 / 500.0).sqrt()),
        (Init::XavierNormal, 2.0 / 500.0, f64::INFINITY),
        (Init::HeUniform, 2.0 / 300.0, (6.0_f64 / 300.0).sqrt()),
        (Init::HeNormal, 2.0 / 300.0, f64::INFINITY),
    ] {
        let layer: Layer<f64> = Layer::with_init(inputs, outputs, Activation::Tanh, init, &mut rng(1));
        assert!(layer.neurons().all(|neuron| neuron.bias() == 0.0));
        let weights: Vec<f64> = layer.neurons().flat_map(|neuron| neuron.weights()).collect();
        let (n, bound) = (weights.len() as f64, 1.0001 * limit);
        let mean = weights.iter().sum::<f64>() / n;
        let found = weights.iter().map(|w| w * w).sum::<f64>() / n;
        assert!(mean.abs() < 5.0 * (variance / n).sqrt(), "{init:?}: mean {mean}");
        assert!((found / variance - 1.0).abs() < 0.03, "{init:?}: expected variance {variance}, got {found}");
        assert!(weights.iter().all(|w| w.abs() <= bound), "{init:?}");
    }
    let normal: Layer<f64> = Layer::with_init(inputs, outputs, Activation::Tanh, Init::StandardNormal, &mut rng(1));
    let (biases, n) = (normal.neurons().map(|neuron| neuron.bias().powi(2)).sum::<f64>(), 200.0);
    assert!((biases / n - 1.0).abs() < 0.5, "{}", biases / n);
    let zeros: Layer<f64> = Layer::with_init(inputs, outputs, Activation::Tanh, Init::Zeros, &mut rng(1));
    assert!(zeros.parameters().iter().all(|&p| p == 0.0));
}

/// Single precision rounds the values that double precision draws.
#[test]
fn same_seed_gives_the_same_network_in_every_float_type() {
    let layers = [(3, Activation::Relu), (1, Activation::Tanh)];
    let double = Mlp::<f64>::new(2, layers, &mut rng(5)).unwrap();
    let single = Mlp::<f32>::new(2, layers, &mut rng(5)).unwrap();
    let rounded: Vec<f32> = double.parameters().iter().map(|&p| p as f32).collect();
    assert_eq!(single.parameters(), rounded);
}

#[test]
fn display_of_a_network_has_its_shape() {
    let shape = "layer 1: 2 inputs → 3, Tanh\nlayer 2: 3 inputs → 1, Tanh\n13 parameters";
    assert_eq!(net::<f64>(&[2, 3, 1], Activation::Tanh).to_string(), shape);
}

/// A linear function of three inputs. Its matrix of weights has one row.
#[derive(Clone, Debug, PartialEq)]
struct Line<S: Scalar> {
    weight: Parameter<S>,
    bias: Parameter<S>,
}

backprop::module! {
    Line { weight, bias }
    fn forward_batch(&self, x) {
        Ok(x.matmul(&self.weight.values().t()) + self.bias.values())
    }
}

fn line() -> Line<f64> {
    Line { weight: Parameter::new([1.0, -2.0, 3.0]), bias: Parameter::bias([4.0]) }
}

#[test]
fn weights_of_one_row_have_two_dimensions() {
    let infos = line().parameter_info();
    let found: Vec<(&str, &[usize], bool)> =
        infos.iter().map(|info| (info.name(), info.shape(), info.is_bias())).collect();
    assert_eq!(found, [("weight", &[1, 3][..], false), ("bias", &[1][..], true)]);
    assert_eq!((line().bias.is_bias(), line().weight.is_bias()), (vec![true], vec![false; 3]));
    // Gradients and modules on a graph have the same names and shapes.
    let graph = Graph::new();
    let on_graph = line().attach(&graph);
    assert_eq!(on_graph.parameter_info(), infos);
    assert_eq!(Gradients::new().of_module(&on_graph.weight).parameter_info(), line().weight.parameter_info());
    // A matrix of biases has two dimensions.
    let bias_matrix = Parameter::<f64>::bias(Matrix::zeros([2, 3]));
    assert_eq!(
        (bias_matrix.parameter_info()[0].shape(), bias_matrix.parameter_info()[0].is_bias()),
        (&[2, 3][..], true)
    );
}

#[test]
fn regularization_applies_to_weights_of_one_row() {
    let mut net = line();
    let dataset = Dataset::new(array![[0.0, 0.0, 0.0]], array![[4.0]]).unwrap();
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.5)).epochs(1).l2(0.5);
    trainer.fit(&mut net, &dataset).unwrap();
    assert_eq!(net.parameters(), [0.75, -1.5, 2.25, 4.0]);
}

/// In policy gradients, the weight of an action is its advantage. A negative weight makes the action less likely.
#[test]
fn sample_weights_may_be_negative() {
    let (y, t) = (Matrix::from([[0.3, -0.2], [0.1, 0.4]]), Matrix::from([[1.0, 0.0], [0.0, 1.0]]));
    let loss = |weights: &[f64]| Loss::CrossEntropy.with_sample_weights(weights).evaluate_batch(&y, &t);
    let [first, second]: [f64; 2] = [loss(&[1.0, 0.0]).unwrap(), loss(&[0.0, 1.0]).unwrap()];
    assert!((loss(&[2.0, -3.0]).unwrap() - (2.0 * first - 3.0 * second)).abs() < 1e-15);
    let net = Mlp::<f64>::new(1, [(2, Activation::Identity)], &mut rng(1)).unwrap();
    let step = |weight: f64| {
        let weights = [weight];
        let weighted_loss = Loss::CrossEntropy.with_sample_weights(&weights);
        net.loss_and_gradient([[1.0]], [[1.0, 0.0]], weighted_loss).unwrap().1.parameters()
    };
    assert_eq!(step(-2.0), step(2.0).iter().map(|derivative| -derivative).collect::<Vec<_>>());
    for weight in [f64::NAN, f64::NEG_INFINITY] {
        let error = loss(&[1.0, weight]).unwrap_err().to_string();
        assert_eq!(error, format!("`sample_weights[1]` must be finite, got {weight}"));
        let (mut workspace, mut gradient, x) = (ParallelWorkspace::new(2), net.clone(), array![[1.0], [2.0]]);
        let weights = [1.0, weight];
        let weighted_loss = Loss::CrossEntropy.with_sample_weights(&weights);
        let found = workspace.loss_and_gradient(&net, &x, &t, weighted_loss, &mut gradient).unwrap_err();
        assert_eq!(found.to_string(), error);
    }
    let error = Loss::CrossEntropy.with_class_weights(&[1.0, -1.0]).evaluate_batch(&y, &t).unwrap_err();
    let text = "`class_weights[1]` must be finite and non-negative, got -1";
    assert_eq!(error.to_string(), text);
}

/// The gradients of 4,096 parts of one sample each would lose digits in single precision if they were added one after
/// another.
#[test]
fn gradients_of_many_parts_are_added_in_pairs() {
    let samples = 4096;
    let (x, t) = (Array2::from_elem((samples, 1), 0.1_f32), Array2::zeros((samples, 1)));
    let layer = Layer::from_neurons([Neuron::new([1.0], 0.0, Activation::Identity)]).unwrap();
    let (mut workspace, mut gradient) = (ParallelWorkspace::new(samples), layer.clone());
    let loss = workspace.loss_and_gradient(&layer, &x, &t, Loss::MeanAbsoluteError, &mut gradient).unwrap();
    let [weight, bias] = gradient.parameters()[..] else { panic!() };
    assert!((loss - 0.1).abs() < 5e-8 && (weight - 0.1).abs() < 5e-8 && bias == 1.0, "{loss} {gradient:?}");
}

#[test]
fn gradient_does_not_depend_on_the_number_of_parts() {
    let net = net::<f64>(&[3, 60, 2], Activation::Tanh); // more parameters than one chunk of the addition
    let x = Array2::from_shape_fn((11, 3), |(i, j)| ((3 * i + j) as f64).sin());
    let t = Array2::from_shape_fn((11, 2), |(i, j)| ((2 * i + j) as f64).cos());
    let (loss, expected) = net.loss_and_gradient(&x, &t, Loss::MeanSquaredError).unwrap();
    let mut gradient = net.clone();
    for parts in 1..13 {
        let mut workspace = ParallelWorkspace::new(parts);
        let found = workspace.loss_and_gradient(&net, &x, &t, Loss::MeanSquaredError, &mut gradient).unwrap();
        assert!((found - loss).abs() < 1e-14);
        let mut pairs = gradient.parameters().into_iter().zip(expected.parameters());
        assert!(pairs.all(|(a, b)| (a - b).abs() < 1e-14), "{parts} parts");
    }
}

#[test]
fn shape_mismatch_names_its_matrix() {
    let net = |columns: &[usize]| -> Vec<Linear<f64>> {
        columns.iter().map(|&n| Linear { weight: Parameter::new(Matrix::zeros([12 / n, n])) }).collect()
    };
    let mut other = [3; 50];
    assert_eq!(net(&[3; 50]).check_shape(&net(&other), "test"), Ok(()));
    for index in [0, 31, 32, 49] {
        other = [3; 50];
        other[index] = 4;
        let error = net(&[3; 50]).check_shape(&net(&other), "test").unwrap_err().to_string();
        assert_eq!(error, format!("expected 4 rows, got 3, in matrix {} of test", index + 1));
    }
    let error = net(&[3; 50]).check_shape(&net(&[3; 51]), "test").unwrap_err().to_string();
    assert_eq!(error, "expected 600 parameters, got 612, in test");
}

/// The networks have one to three layers of different widths. After a hidden layer, the weights are block-diagonal.
#[test]
fn ensemble_outputs_are_the_means_of_the_networks() {
    fn member(hidden: &[usize], seed: u64) -> Mlp<f64> {
        let hidden = hidden.iter().map(|&width| (width, Activation::Tanh));
        let layers = hidden.chain([(2, Activation::Identity)]);
        Mlp::with_init(4, layers, Init::StandardNormal, &mut rng(seed)).unwrap()
    }
    for widths in [&[&[][..], &[], &[]][..], &[&[3], &[5], &[1]], &[&[3, 4], &[2, 6], &[5, 1]], &[&[3, 4]]] {
        let networks: Vec<_> = widths.iter().zip(1..).map(|(hidden, seed)| member(hidden, seed)).collect();
        let ensemble = Mlp::ensemble(&networks).unwrap();
        let x = Array2::from_shape_vec((5, 4), inputs(20)).unwrap();
        let outputs = |network: &Mlp<f64>| Array2::from(network.forward_batch(&Matrix::from(x.clone())).unwrap());
        let mean = networks.iter().map(outputs).reduce(|sum, y| sum + y).unwrap() / networks.len() as f64;
        let difference = (outputs(&ensemble) - mean).fold(0.0, |largest, d| f64::max(largest, d.abs()));
        assert!(difference < 1e-14, "{widths:?}: {difference:e}");
        assert_eq!(ensemble.layers().len(), networks[0].layers().len());
    }
}

#[test]
fn ensemble_rejects_networks_that_differ() {
    let error = |networks: &[Mlp<f64>]| Mlp::ensemble(networks).unwrap_err().to_string();
    let identity = |widths: &[usize]| net::<f64>(widths, Activation::Identity);
    assert_eq!(error(&[]), "expected at least one network, got none, in Mlp::ensemble");
    assert_eq!(error(&[identity(&[2, 1]), identity(&[2, 3, 1])]), "expected 1 layers, got 2, in Mlp::ensemble");
    assert_eq!(error(&[identity(&[2, 1]), identity(&[3, 1])]), "expected 2 inputs, got 3, in Mlp::ensemble");
    assert_eq!(error(&[identity(&[2, 1]), identity(&[2, 2])]), "expected 1 outputs, got 2, in Mlp::ensemble");
    assert_eq!(error(&[net(&[2, 1], Activation::Tanh)]), "`activation of layer 1` must be identity, got tanh");
}

/// A module with a single matrix.
#[derive(Clone)]
struct Linear<S: Scalar> {
    weight: Parameter<S>,
}

backprop::module! {
    Linear { weight }
    fn forward_batch(&self, x) {
        Ok(x.matmul(self.weight.values()))
    }
}
