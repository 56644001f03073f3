//! What nets promise: one forward pass for floats and graphs, right gradients in every shape, clear errors.

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

/// The sum of squared outputs, as a function of the net's inputs and then its parameters.
fn objective<T: Scalar, S: Scalar>(net: &Mlp<T>, point: &[S]) -> S {
    let (inputs, parameters) = point.split_at(net.inputs());
    let outputs = net.with_parameters(parameters).unwrap().forward(inputs).unwrap();
    outputs.into_iter().fold(S::zero(), |sum, y| sum + y * y)
}

#[test]
fn floats_and_graphs_give_the_same_bits() {
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
fn gradients_by_inputs_and_parameters_are_right_in_both_precisions() {
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
fn the_gradient_has_the_shape_of_the_net() {
    for widths in shapes() {
        let (net, graph) = (net::<f64>(&widths, Activation::Tanh), Graph::new());
        let on_graph = net.attach(&graph);
        let constants: Vec<_> = inputs(widths[0]).into_iter().map(Value::constant).collect();
        let outputs = on_graph.forward(&constants).unwrap();
        let objective: Value<f64> = outputs.iter().map(|&y| y * y).sum();
        let gradients = objective.backward();
        let one_by_one: Vec<f64> = on_graph.parameters().into_iter().map(|p| gradients[p]).collect();
        let gradient = on_graph.gradient(&gradients);
        assert_eq!(gradient.parameters(), one_by_one);
        assert_eq!(gradient.layers().len(), net.layers().len());
        assert_eq!(on_graph.gradient(&Gradients::new()).parameters(), vec![0.0; one_by_one.len()]);
    }
}

#[test]
fn parameters_go_out_and_in_again_in_order() {
    let mut net = net::<f64>(&[2, 3, 1], Activation::Tanh);
    let numbers: Vec<f64> = (0..13).map(f64::from).collect();
    net.set_parameters(&numbers).unwrap();
    assert_eq!(net.parameters(), numbers);
    let neurons: Vec<Neuron<f64>> = net.layers()[0].neurons().collect();
    assert_eq!((neurons[1].weights(), neurons[1].bias()), (vec![3.0, 4.0], 5.0));
    assert_eq!(Layer::from_neurons(neurons).unwrap(), net.layers()[0]);
    let graph = Graph::new();
    let on_graph = net.attach(&graph);
    assert_eq!(on_graph.parameters(), numbers.iter().map(|&x| Value::constant(x)).collect::<Vec<_>>());
    assert_eq!(on_graph.layers()[1].neurons().next().unwrap().bias().data(), 12.0);
}

#[test]
fn a_weight_in_two_neurons_gets_both_derivatives() {
    let graph = Graph::new();
    let [shared, bias] = graph.variables([0.5, 0.1]);
    let neuron = |sign: f64| Neuron::new([shared, Value::constant(sign)], bias, Activation::Identity);
    let layer = Layer::from_neurons([neuron(1.0), neuron(-1.0)]).unwrap();
    let outputs = layer.forward(&[3.0, 4.0].map(Value::constant)).unwrap();
    let gradients = (outputs[0] * 10.0 + outputs[1]).backward();
    assert_eq!((gradients[shared], gradients[bias]), (33.0, 11.0));
}

#[test]
fn a_layer_of_constants_lets_gradients_through() {
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

    let wholly = Mlp::from_layers([first, frozen]).unwrap().attach(&graph);
    let expected = wholly.gradient(&wholly.forward(&inputs).unwrap()[0].backward());
    assert_eq!(trained.gradient(&gradients), expected.layers()[0]);
    assert_eq!(constant.gradient(&gradients).parameters(), [0.0; 4]);

    let nothing = Neuron::new([Value::constant(1.0)], Value::constant(2.0), Activation::Identity);
    let before = graph.len();
    assert_eq!(nothing.forward(&[Value::constant(3.0)]).unwrap().data(), 5.0);
    assert_eq!(graph.len(), before);
}

#[test]
fn wrong_numbers_of_things_are_errors_that_say_where() {
    fn says<R: std::fmt::Debug>(result: Result<R, Error>, text: &str) {
        assert_eq!(result.unwrap_err().to_string(), text);
    }
    let mut deep = net::<f64>(&[2, 3, 1], Activation::Tanh);
    let neuron = |inputs| Neuron::new(vec![1.0; inputs], 0.0, Activation::Relu);
    says(deep.forward(&[1.0, 2.0, 3.0]), "expected 2 inputs, got 3, in layer 1");
    says(deep.layers()[1].forward(&[1.0]), "expected 3 inputs, got 1, in layer");
    says(neuron(2).forward(&[]), "expected 2 inputs, got 0, in neuron");
    says(Layer::from_neurons([neuron(2), neuron(3)]), "expected 2 inputs, got 3, in neuron 2");
    says(
        Layer::from_neurons([neuron(1), Neuron::new([1.0], 0.0, Activation::Tanh)]),
        "expected activation relu as in the first neuron, got tanh, in neuron 2",
    );
    says(Layer::<f64>::from_neurons([]), "expected at least one neuron, got none, in Layer::from_neurons");
    says(Mlp::from_layers(vec![deep.layers()[0].clone(); 2]), "expected 3 inputs, got 2, in layer 2");
    says(Mlp::<f64>::new(2, [], &mut rng(1)), "expected at least one layer, got none, in Mlp");
    says(deep.set_parameters(&[1.0; 12]), "expected 13 parameters, got 12, in set_parameters");
    says(deep.with_parameters(&[1.0_f32; 14]), "expected 13 parameters, got 14, in Mlp::with_parameters");
    says(Loss::MeanSquaredError.evaluate(&[1.0], &[]), "expected 1 targets, got 0, in Loss::evaluate");
    says(
        Loss::MeanSquaredError.evaluate(&[] as &[f64], &[]),
        "expected at least one prediction, got none, in Loss::evaluate",
    );

    let before = deep.clone();
    let mut sgd = Sgd::new(0.1);
    let mut step = |net: &mut Mlp<f64>, widths: &[usize]| sgd.step(net, &self::net(widths, Activation::Tanh));
    says(step(&mut deep, &[2, 3]), "expected 2 layers, got 1, in Optimizer::step");
    says(step(&mut deep, &[2, 3, 2]), "expected 1 outputs, got 2, in layer 2 of Optimizer::step");
    says(step(&mut deep, &[1, 3, 1]), "expected 2 inputs, got 1, in layer 1 of Optimizer::step");
    for (index, place) in [(4, "weight 2 of neuron 2 in layer 1"), (12, "bias of neuron 1 in layer 2")] {
        let mut broken = before.parameters();
        broken[index] = f64::NEG_INFINITY;
        let text = format!("expected a finite gradient, got -inf, in {place}");
        says(sgd.step(&mut deep, &before.with_parameters(&broken).unwrap()), &text);
    }
    assert_eq!(deep, before); // none of these changed anything
}

#[test]
#[should_panic(expected = "`learning_rate` must be finite and non-negative, got -0.1")]
fn a_negative_learning_rate_is_refused() {
    Sgd::new(-0.1);
}

#[test]
#[should_panic(expected = "must be on one graph")]
fn a_net_on_one_graph_takes_no_inputs_of_another() {
    let (one, other) = (Graph::new(), Graph::new());
    let on_graph = net::<f64>(&[1, 1], Activation::Tanh).attach(&one);
    let _ = on_graph.forward(&[other.value(1.0)]);
}

/// Mean and variance of many weights are those of the papers; biases are 0.
#[test]
fn initialisers_have_the_variance_of_their_papers() {
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
        assert!((found / variance - 1.0).abs() < 0.03, "{init:?}: variance {found}, not {variance}");
        assert!(weights.iter().all(|w| w.abs() <= bound), "{init:?}");
    }
    let normal: Layer<f64> = Layer::with_init(inputs, outputs, Activation::Tanh, Init::StandardNormal, &mut rng(1));
    let (biases, n) = (normal.neurons().map(|neuron| neuron.bias().powi(2)).sum::<f64>(), 200.0);
    assert!((biases / n - 1.0).abs() < 0.5, "{}", biases / n);
    let zeros: Layer<f64> = Layer::with_init(inputs, outputs, Activation::Tanh, Init::Zeros, &mut rng(1));
    assert!(zeros.parameters().iter().all(|&p| p == 0.0));
}

/// A float type rounds the numbers that double precision draws.
#[test]
fn the_same_seed_gives_the_same_net_in_every_float_type() {
    let layers = [(3, Activation::Relu), (1, Activation::Tanh)];
    let double = Mlp::<f64>::new(2, layers, &mut rng(5)).unwrap();
    let single = Mlp::<f32>::new(2, layers, &mut rng(5)).unwrap();
    let rounded: Vec<f32> = double.parameters().iter().map(|&p| p as f32).collect();
    assert_eq!(single.parameters(), rounded);
}

#[test]
fn a_net_tells_its_shape() {
    let shape = "layer 1: 2 inputs → 3, Tanh\nlayer 2: 3 inputs → 1, Tanh\n13 parameters";
    assert_eq!(net::<f64>(&[2, 3, 1], Activation::Tanh).to_string(), shape);
}

/// A single output of three inputs: its matrix has one row.
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
fn weights_of_one_row_are_a_matrix() {
    let infos = line().parameter_info();
    let found: Vec<(&str, &[usize], bool)> =
        infos.iter().map(|info| (info.name(), info.shape(), info.is_bias())).collect();
    assert_eq!(found, [("weight", &[1, 3][..], false), ("bias", &[1][..], true)]);
    assert_eq!((line().bias.is_bias(), line().weight.is_bias()), (vec![true], vec![false; 3]));
    // Gradients, and nets on a graph, are of the same kind.
    let graph = Graph::new();
    let on_graph = line().attach(&graph);
    assert_eq!(on_graph.parameter_info(), infos);
    assert_eq!(Gradients::new().of_module(&on_graph.weight).parameter_info(), line().weight.parameter_info());
    // A matrix of biases has two dimensions.
    let of_places = Parameter::<f64>::bias(Matrix::zeros([2, 3]));
    assert_eq!((of_places.parameter_info()[0].shape(), of_places.parameter_info()[0].is_bias()), (&[2, 3][..], true));
}

#[test]
fn penalties_are_for_weights_of_one_row_too() {
    let mut net = line();
    let nothing = Dataset::new(array![[0.0, 0.0, 0.0]], array![[4.0]]).unwrap();
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.5)).epochs(1).l2(0.5);
    trainer.fit(&mut net, &nothing).unwrap();
    assert_eq!(net.parameters(), [0.75, -1.5, 2.25, 4.0]);
}

/// Policy gradients: the weight of an action is its advantage, and a bad action is made less likely.
#[test]
fn weights_of_samples_may_be_negative() {
    let (y, t) = (Matrix::from([[0.3, -0.2], [0.1, 0.4]]), Matrix::from([[1.0, 0.0], [0.0, 1.0]]));
    let loss = |weights: &[f64]| Loss::CrossEntropy.with_sample_weights(weights).evaluate_batch(&y, &t);
    let [first, second]: [f64; 2] = [loss(&[1.0, 0.0]).unwrap(), loss(&[0.0, 1.0]).unwrap()];
    assert!((loss(&[2.0, -3.0]).unwrap() - (2.0 * first - 3.0 * second)).abs() < 1e-15);
    let net = Mlp::<f64>::new(1, [(2, Activation::Identity)], &mut rng(1)).unwrap();
    let step = |weight: f64| {
        let criterion = [weight];
        let criterion = Loss::CrossEntropy.with_sample_weights(&criterion);
        net.loss_and_gradient([[1.0]], [[1.0, 0.0]], criterion).unwrap().1.parameters()
    };
    assert_eq!(step(-2.0), step(2.0).iter().map(|slope| -slope).collect::<Vec<_>>());
    for weight in [f64::NAN, f64::NEG_INFINITY] {
        let error = loss(&[1.0, weight]).unwrap_err().to_string();
        assert_eq!(error, format!("`sample_weights[1]` must be finite, got {weight}"));
        let (mut workspace, mut gradient, x) = (ParallelWorkspace::new(2), net.clone(), array![[1.0], [2.0]]);
        let weights = [1.0, weight];
        let criterion = Loss::CrossEntropy.with_sample_weights(&weights);
        assert_eq!(workspace.loss_and_gradient(&net, &x, &t, criterion, &mut gradient).unwrap_err().to_string(), error);
    }
    let error = Loss::CrossEntropy.with_class_weights(&[1.0, -1.0]).evaluate_batch(&y, &t).unwrap_err();
    let text = "`class_weights[1]` must be finite and non-negative, got -1";
    assert_eq!(error.to_string(), text);
}

/// 4,096 parts of one sample each, in single precision: added one after another they would lose digits.
#[test]
fn gradients_of_many_parts_are_added_in_pairs() {
    let samples = 4096;
    let (x, t) = (Array2::from_elem((samples, 1), 0.1_f32), Array2::zeros((samples, 1)));
    let layer = Layer::from_neurons([Neuron::new([1.0], 0.0, Activation::Identity)]).unwrap();
    let (mut workspace, mut gradient) = (ParallelWorkspace::new(samples), layer.clone());
    let loss = workspace.loss_and_gradient(&layer, &x, &t, Loss::MeanAbsoluteError, &mut gradient).unwrap();
    let [by_weight, by_bias] = gradient.parameters()[..] else { panic!() };
    assert!((loss - 0.1).abs() < 5e-8 && (by_weight - 0.1).abs() < 5e-8 && by_bias == 1.0, "{loss} {gradient:?}");
}

#[test]
fn gradients_of_parts_are_those_of_the_whole() {
    let net = net::<f64>(&[3, 40, 2], Activation::Tanh); // more parameters than are added at once
    let x = Array2::from_shape_fn((11, 3), |(i, j)| ((3 * i + j) as f64).sin());
    let t = Array2::from_shape_fn((11, 2), |(i, j)| ((2 * i + j) as f64).cos());
    let (loss, whole) = net.loss_and_gradient(&x, &t, Loss::MeanSquaredError).unwrap();
    let mut gradient = net.clone();
    for parts in 1..13 {
        let mut workspace = ParallelWorkspace::new(parts);
        let of_parts = workspace.loss_and_gradient(&net, &x, &t, Loss::MeanSquaredError, &mut gradient).unwrap();
        assert!((of_parts - loss).abs() < 1e-14);
        let mut both = gradient.parameters().into_iter().zip(whole.parameters());
        assert!(both.all(|(a, b)| (a - b).abs() < 1e-14), "{parts} parts");
    }
}

#[test]
fn shapes_of_many_blocks_are_checked_one_by_one() {
    let net = |columns: &[usize]| -> Vec<Block<f64>> {
        columns.iter().map(|&n| Block { weight: Parameter::new(Matrix::zeros([12 / n, n])) }).collect()
    };
    let mut other = [3; 50];
    assert_eq!(net(&[3; 50]).check_shape(&net(&other), "test"), Ok(()));
    for block in [0, 31, 32, 49] {
        other = [3; 50];
        other[block] = 4;
        let error = net(&[3; 50]).check_shape(&net(&other), "test").unwrap_err().to_string();
        assert_eq!(error, format!("expected 4 rows, got 3, in matrix {} of test", block + 1));
    }
    let error = net(&[3; 50]).check_shape(&net(&[3; 51]), "test").unwrap_err().to_string();
    assert_eq!(error, "expected 600 parameters, got 612, in test");
}

/// A net of a single matrix.
#[derive(Clone)]
struct Block<S: Scalar> {
    weight: Parameter<S>,
}

backprop::module! {
    Block { weight }
    fn forward_batch(&self, x) {
        Ok(x.matmul(self.weight.values()))
    }
}
