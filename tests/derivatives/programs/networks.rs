//! Networks and custom rules in programs.

use super::{Float, Function, compare, function, points};
use backprop::ndarray::Array2;
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Layer, Loss, Mlp, Neuron, Program, Scalar, UnaryFunction, reverse};

const ACTIVATIONS: [Activation; 10] = [
    Activation::Identity,
    Activation::Sigmoid,
    Activation::Tanh,
    Activation::Relu,
    Activation::LeakyRelu(0.01),
    Activation::Elu,
    Activation::Softplus,
    Activation::Silu,
    Activation::Gelu,
    Activation::Step,
];

/// The loss of a network of two hidden layers, whose parameters are those of the program.
#[derive(Clone, Debug)]
struct Network {
    activation: Activation,
    loss: Loss,
    outputs: usize,
}

impl Network {
    fn shape(&self) -> Mlp<f64> {
        let layers = [(6, self.activation), (4, self.activation), (self.outputs, Activation::Identity)];
        Mlp::new(2, layers, &mut SomeRng::seed_from_u64(3)).unwrap()
    }
}

impl Function for Network {
    fn at<S: Scalar>(&self, p: &[S], x: &[S]) -> Vec<S> {
        let net = self.shape().with_parameters(p).unwrap();
        vec![self.loss.evaluate(&net.forward(&x[..2]).unwrap(), &x[2..]).unwrap()]
    }
}

#[test]
fn cross_entropy_has_the_gradient_of_the_graph() {
    fn loss<S: Scalar>(p: &[S], x: &[S]) -> Vec<S> {
        let logits = [x[0] * p[0], x[1] * p[1], x[0] - x[1]];
        let targets = [0.0, 1.0, 0.0].map(S::of);
        vec![Loss::CrossEntropy.evaluate(&logits, &targets).unwrap()]
    }
    let program = Program::<f64>::record(2, 2, loss);
    assert!(program.is_ok(), "{}", program.unwrap_err());
    function! { CrossEntropy(p, x) => loss(p, x); }
    compare(&CrossEntropy, &[0.7, -1.2], points(100, 2, 3.0, 4).view());
}

/// Smooth activations and relu take one path, without a guard, and the gradient is that of the graph.
#[test]
fn networks_have_the_gradient_of_the_graph_on_one_path() {
    fn check<T: Float>(network: &Network, is_one_path: bool) {
        let mut rng = super::rng(5);
        let count = network.shape().parameters().len();
        let p: Vec<T> = (0..count).map(|_| T::of(rng.random_range(-1.0..1.0))).collect();
        let mut x = points::<T>(100, 2 + network.outputs, 2.0, 5);
        for mut row in x.rows_mut() {
            // Targets between 0 and 1, whose sum is 1, are those of all losses.
            let targets = row.slice_mut(backprop::ndarray::s![2..]);
            let n = T::of(targets.len() as f64);
            targets.into_iter().for_each(|target| *target = T::one() / n);
        }
        let f = network.clone();
        let program = Program::record(count, x.ncols(), move |p, x| f.at(p, x)).unwrap();
        let (mut sum, mut gradient) = (T::zero(), vec![T::zero(); count]);
        let (values, jacobian) = program.values_and_jacobian(&p, &x).unwrap();
        for (i, row) in x.rows().into_iter().enumerate() {
            let row = row.to_vec();
            let (value, expected) = reverse::gradient(
                |v| {
                    let x: Vec<_> = row.iter().map(|&x| Scalar::of(super::double(x))).collect();
                    network.at(v, &x)[0]
                },
                &p,
            );
            super::assert_close(&[values[i]], &[value], 1.0, &|| format!("{network:?}: value of point {i}"));
            let found = jacobian.row(i).to_vec();
            super::assert_close(&found, &expected, 1.0, &|| format!("{network:?}: gradient of point {i}"));
            sum += value;
            gradient.iter_mut().zip(expected).for_each(|(sum, derivative)| *sum += derivative);
        }
        let (found, found_gradient) = program.sum_and_gradient(&p, &x).unwrap();
        super::assert_close(&[found], &[sum], 10.0, &|| format!("{network:?}: sum"));
        super::assert_close(&found_gradient, &gradient, 10.0, &|| format!("{network:?}: gradient of the sum"));
        let counts = program.path_counts();
        assert_eq!(counts.iter().sum::<u64>(), 200, "{network:?}");
        assert!(!is_one_path || counts.len() == 1, "{network:?}: {counts:?}");
    }
    for activation in ACTIVATIONS {
        check::<f64>(&Network { activation, loss: Loss::MeanSquaredError, outputs: 2 }, true);
    }
    for activation in [Activation::Tanh, Activation::Relu] {
        check::<f32>(&Network { activation, loss: Loss::MeanSquaredError, outputs: 1 }, true);
        check::<f64>(&Network { activation, loss: Loss::MeanAbsoluteError, outputs: 3 }, true);
        // These losses have branches.
        for loss in [Loss::Huber { delta: 1.0 }, Loss::BinaryCrossEntropyWithLogits, Loss::Hinge] {
            check::<f64>(&Network { activation, loss, outputs: 3 }, false);
        }
    }
}

/// Neurons and layers from recorded values, also of columns, and wide ones.
#[test]
fn neurons_and_layers_from_recorded_values_agree_with_graph_and_duals() {
    #[derive(Clone, Debug)]
    struct Neurons(usize);
    impl Function for Neurons {
        fn at<S: Scalar>(&self, p: &[S], x: &[S]) -> Vec<S> {
            let neuron = |i: usize| Neuron::new([p[i % 3], x[i % 2]].repeat(self.0), p[2 - i % 3], Activation::Gelu);
            let layer = Layer::from_neurons((0..3).map(neuron)).unwrap();
            let y = layer.forward(&[x[0], p[0] * x[1]].repeat(self.0)).unwrap();
            let sum = Neuron::new([S::one(); 3], S::zero(), Activation::Relu).forward(&y).unwrap();
            vec![sum, y[1]]
        }
    }
    for repetitions in [1, 8, 200] {
        let program = compare(&Neurons(repetitions), &[0.5, -0.3, 0.1], points(50, 2, 1.0, 4).view());
        assert_eq!(program.path_counts().len(), 1);
    }
}

/// Rounds to the nearest integer, with the derivative 1.
struct StraightThrough;

impl UnaryFunction for StraightThrough {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        (x.round(), T::one())
    }
}

/// The identity, with its derivative multiplied by −λ.
struct Reversal(f64);

impl UnaryFunction for Reversal {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        (x, T::of(-self.0))
    }
}

/// A value that is a constant, with a derivative that depends on x.
struct Constant;

impl UnaryFunction for Constant {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        (T::of(2.0), x.sin())
    }
}

/// A rule with a branch.
struct Branch;

impl UnaryFunction for Branch {
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        if x > T::zero() { (x.exp(), x.exp()) } else { (T::one() + x, T::one()) }
    }
}

#[test]
fn custom_rules_agree_with_graph_and_duals() {
    #[derive(Clone, Debug)]
    struct Rules;
    impl Function for Rules {
        fn at<S: Scalar>(&self, p: &[S], x: &[S]) -> Vec<S> {
            let product = x[0] * p[0];
            vec![
                product.map(StraightThrough) * x[1],
                (x[0] * p[0] + p[1]).map(Reversal(0.5)).sin() + x[0],
                x[1].map(Reversal(2.0)),
                p[1].map(Reversal(2.0)) * p[0].map(StraightThrough),
                product.map(Constant) * p[1].map(Constant) + product,
                (product - x[1]).map(Branch),
                (x[1] + p[0]).map(Constant).map(StraightThrough).map(Reversal(3.0)) * p[1],
                product.map(Reversal(1.0)) + product,
            ]
        }
    }
    fn check<T: Float>() {
        assert_eq!(compare(&Rules, &[0.7, -1.2].map(T::of), points(100, 2, 3.0, 4).view()).path_counts().len(), 2);
    }
    check::<f32>();
    check::<f64>();
    // By hand
    let program = Program::<f64>::record(1, 1, |p, x| (x[0] * p[0]).map(StraightThrough) * x[0]).unwrap();
    assert_eq!(program.sum_and_gradient(&[1.25], [[2.0], [3.0]]).unwrap(), (3.0 * 2.0 + 4.0 * 3.0, vec![4.0 + 9.0]));
}

/// A second derivative of a custom rule, by duals in the function.
#[test]
fn duals_over_recorded_values_differentiate_custom_rules() {
    let slope = |x: f64| backprop::derivative(|x| (x * x).map(Branch), x).1;
    let program =
        Program::<f64>::record(0, 1, move |_, x| backprop::derivative(|x| (x * x).map(Branch), x[0]).1).unwrap();
    let x = Array2::from_shape_fn((40, 1), |(i, _)| i as f64 / 20.0 - 1.0);
    let (values, jacobian) = program.values_and_column_jacobian(&[], &x).unwrap();
    for (i, &x) in x.iter().enumerate() {
        let second = backprop::derivative(|x| backprop::derivative(|x| (x * x).map(Branch), x).1, x).1;
        assert!(super::close(values[i], slope(x), 1.0) && super::close(jacobian[(i, 0)], second, 1.0), "at {x}");
    }
}
