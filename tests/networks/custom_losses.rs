//! Custom losses everywhere, targets that are indices of classes, and masks.

use backprop::ndarray::{Array2, array};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, Dataset, Error, Graph, Lbfgs, Loss, Matrix, Mlp, Module, Objective, Parameters, Scalar, Sgd,
    Trainer, WeightedLoss, Workspace,
};

/// The mean squared error, written as a custom loss.
struct Squares;

impl Objective for Squares {
    fn evaluate_batch<S: Scalar>(&self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
        Ok((predictions - targets).powi(2).mean())
    }
}

fn net<T: Scalar>(sizes: &[(usize, Activation)], seed: u64) -> Mlp<T> {
    Mlp::new(2, sizes.to_vec(), &mut SomeRng::seed_from_u64(seed)).unwrap()
}

fn xor() -> Dataset<f64> {
    Dataset::new([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]]).unwrap()
}

#[test]
fn trainer_and_lbfgs_take_a_custom_loss() {
    let sizes = [(4, Activation::Tanh), (1, Activation::Identity)];
    let (mut own, mut built_in) = (net::<f64>(&sizes, 1), net::<f64>(&sizes, 1));
    let history = Trainer::new(Squares, Sgd::new(0.3)).epochs(50).batch_size(3).fit(&mut own, &xor()).unwrap();
    let expected = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.3))
        .epochs(50)
        .batch_size(3)
        .fit(&mut built_in, &xor())
        .unwrap();
    approx::assert_relative_eq!(
        history.last().unwrap().train.loss,
        expected.last().unwrap().train.loss,
        epsilon = 1e-12
    );
    for (a, b) in own.parameters().iter().zip(built_in.parameters()) {
        approx::assert_relative_eq!(*a, b, epsilon = 1e-12);
    }
    assert!(Lbfgs::new().fit(&mut own, &xor(), Squares).unwrap().value < 1e-9);
}

#[test]
fn custom_loss_has_the_accuracy_of_classes() {
    struct Focal;
    impl Objective for Focal {
        fn evaluate_batch<S: Scalar>(&self, predictions: &Matrix<S>, targets: &Matrix<S>) -> Result<S, Error> {
            let p = predictions.softmax();
            Ok(-((&p * -1.0 + 1.0).powi(2) * predictions.log_softmax() * targets).sum() / S::of(p.nrows() as f64))
        }
    }
    let inputs = array![[0.0, 1.0], [1.0, 0.0], [0.1, 0.9], [0.8, 0.3]];
    let dataset = Dataset::with_classes(inputs, &["a", "b", "a", "b"]).unwrap();
    let mut net = net::<f64>(&[(2, Activation::Identity)], 2);
    let history = Trainer::new(Focal, Adam::new(0.1)).epochs(60).fit(&mut net, &dataset).unwrap();
    assert_eq!(history.last().unwrap().train.accuracy, Some(1.0));
}

/// The gradient of any function of several networks equals that of the graph.
#[test]
fn closures_differentiate_any_function_of_a_module() {
    let pair = (net::<f64>(&[(3, Activation::Tanh)], 3), net::<f64>(&[(3, Activation::Sigmoid)], 4));
    let (a, b) = (array![[0.3, -0.2], [1.0, 0.5]], array![[0.1, 0.9], [-0.4, 0.2]]);
    let (mut workspace, mut gradient) = (Workspace::new(), pair.clone());
    for _ in 0..2 {
        let value = workspace
            .value_and_gradient(&pair, &mut gradient, |(left, right), graph| {
                let [a, b] = [&a, &b].map(|x| graph.constants(x));
                let similarity = left.forward_batch(&a)?.matmul_t(&right.forward_batch(&b)?);
                Ok(similarity[(0, 0)].sigmoid().ln() + similarity[(1, 0)] * similarity[(0, 1)])
            })
            .unwrap();

        let graph = Graph::new();
        let on_graph = pair.attach(&graph);
        let outputs = on_graph.0.forward_batch(&graph.constants(&a)).unwrap();
        let others = on_graph.1.forward_batch(&graph.constants(&b)).unwrap();
        let similarity = outputs.matmul(&others.t());
        let expected = similarity[(0, 0)].sigmoid().ln() + similarity[(1, 0)] * similarity[(0, 1)];
        assert_eq!(value, expected.data());
        let expected = expected.backward().of_module(&on_graph).parameters();
        for (a, b) in gradient.parameters().iter().zip(expected) {
            approx::assert_relative_eq!(*a, b, epsilon = 1e-14);
        }
    }
}

#[test]
fn errors_and_constants_of_closures_leave_or_clear_the_gradient() {
    let net = net::<f64>(&[(1, Activation::Tanh)], 5);
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    let error = workspace.value_and_gradient(&net, &mut gradient, |_, _| Err(Error::custom("no data")));
    assert_eq!(error, Err(Error::custom("no data")));
    assert_eq!(gradient, net);
    assert_eq!(workspace.value_and_gradient(&net, &mut gradient, |_, _| Ok(3.0.into())), Ok(3.0));
    assert_eq!(gradient.parameters(), [0.0; 3]);
}

/// Generic code needs no bound besides those of the module.
#[test]
fn generic_functions_differentiate_closures() {
    fn penalty<T: Scalar>(net: &Mlp<T>) -> (T, Mlp<T>) {
        let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
        let value = workspace
            .value_and_gradient(net, &mut gradient, |net, _| Ok(net.parameters().iter().map(|p| p.powi(2)).sum()))
            .unwrap();
        (value, gradient)
    }
    let net = net::<f32>(&[(1, Activation::Tanh)], 5);
    let (value, gradient) = penalty(&net);
    approx::assert_relative_eq!(value, net.parameters().iter().map(|p| p * p).sum::<f32>(), max_relative = 1e-6);
    assert_eq!(gradient.parameters(), net.parameters().iter().map(|p| 2.0 * p).collect::<Vec<_>>());
}

fn random(shape: [usize; 2], seed: u64) -> Array2<f64> {
    let mut rng = SomeRng::seed_from_u64(seed);
    Array2::from_shape_simple_fn(shape, || rng.random_range(-2.0..2.0))
}

#[test]
fn indices_of_classes_are_one_hot_targets() {
    let (logits, indices) = (random([4, 3], 1), array![[2.0], [0.0], [1.0], [2.0]]);
    let one_hot = array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let weights = ([0.5, 2.0, 1.0, 0.0], [1.0, 3.0, 0.25]);
    for loss in [Loss::CrossEntropy, Loss::SmoothCrossEntropy { smoothing: 0.1 }] {
        let weighted = loss.with_sample_weights(&weights.0).with_class_weights(&weights.1);
        for loss in [loss.into(), weighted] {
            let result = |targets: &Array2<f64>| {
                let graph = Graph::new();
                let (y, t) = (graph.matrix(&logits), graph.matrix(targets));
                let value = loss.evaluate_batch(&y, &t).unwrap();
                let gradients = value.backward();
                (value.data(), gradients.of(&y), gradients.of(&t))
            };
            let (by_index, by_probability) = (result(&indices), result(&one_hot));
            assert_eq!((by_index.0, by_index.1), (by_probability.0, by_probability.1));
            assert_eq!(by_index.2, [0.0; 4]);
        }
    }
    for (wrong, sample) in [([[0.0], [3.0]], 1), ([[-1.0], [0.0]], 0), ([[0.0], [0.5]], 1), ([[f64::NAN], [0.0]], 0)] {
        let error =
            Loss::CrossEntropy.evaluate_batch(&Matrix::from(random([2, 3], 1)), &Matrix::from(wrong)).unwrap_err();
        let expected = format!("`targets[{sample}]` must be a class, an integer from 0 to 2, got {}", wrong[sample][0]);
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

#[test]
fn trainer_takes_indices_of_classes() {
    let inputs = array![[0.0, 1.0], [1.0, 0.0], [0.1, 0.9], [0.8, 0.3]];
    let indices = Dataset::new(inputs.clone(), array![[0.0], [1.0], [0.0], [1.0]]).unwrap();
    let one_hot = Dataset::new(inputs, array![[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]).unwrap();
    let fit = |dataset| {
        let mut net = net::<f64>(&[(2, Activation::Identity)], 2);
        let history = Trainer::new(Loss::CrossEntropy, Adam::new(0.1)).epochs(30).fit(&mut net, dataset).unwrap();
        assert_eq!(history.last().unwrap().train.accuracy, Some(1.0));
        net
    };
    assert_eq!(fit(&indices), fit(&one_hot));
}

/// A loss with a mask is the loss of what is left, in one piece and in parts.
#[test]
fn masks_leave_terms_out() {
    let (y, mut t) = (random([6, 2], 1), random([6, 2], 2));
    let rows = array![[true], [false], [true], [true], [false], [true]];
    let terms = Array2::from_shape_fn((6, 2), |(i, j)| (i * 2 + j) % 3 != 0);
    t[(1, 0)] = f64::NAN;
    t[(4, 1)] = f64::INFINITY;
    let with_gradient = |y: &Array2<f64>, t: &Array2<f64>, loss: WeightedLoss<'_>| {
        let graph = Graph::new();
        let predictions = graph.matrix(y);
        let loss = loss.evaluate_batch(&predictions, &graph.constants(t)).unwrap();
        (loss.data(), loss.backward().of(&predictions))
    };
    let kept: Vec<usize> = (0..6).filter(|&i| rows[(i, 0)]).collect();
    let select = |x: &Array2<f64>| x.select(backprop::ndarray::Axis(0), &kept);
    for loss in [Loss::MeanSquaredError, Loss::MeanAbsoluteError, Loss::CrossEntropy] {
        let (value, gradient) = with_gradient(&y, &t, WeightedLoss::from(loss).with_mask(rows.view()));
        let (expected, of_kept) = with_gradient(&select(&y), &select(&t), loss.into());
        approx::assert_relative_eq!(value, expected, max_relative = 1e-14);
        for (place, &i) in kept.iter().enumerate() {
            for j in 0..2 {
                approx::assert_relative_eq!(gradient[i * 2 + j], of_kept[place * 2 + j], max_relative = 1e-13);
            }
        }
        assert_eq!(&gradient[2..4], [0.0; 2]);
        assert_eq!(&gradient[8..10], [0.0; 2]);
    }
    let t = random([6, 2], 2);
    let (value, gradient) = with_gradient(&y, &t, WeightedLoss::from(Loss::MeanSquaredError).with_mask(terms.view()));
    let expected =
        (0..12).filter(|i| i % 3 != 0).map(|i| (y[(i / 2, i % 2)] - t[(i / 2, i % 2)]).powi(2)).sum::<f64>() / 8.0;
    approx::assert_relative_eq!(value, expected, max_relative = 1e-14);
    assert_eq!((gradient[0], gradient[3]), (0.0, 0.0));

    let none = Array2::from_elem((6, 1), false);
    let [predictions, targets] = [&y, &t].map(Matrix::from);
    for (mask, loss) in [(&none, Loss::MeanSquaredError), (&terms, Loss::CrossEntropy)] {
        let error = WeightedLoss::from(loss).with_mask(mask.view()).evaluate_batch(&predictions, &targets);
        assert!(matches!(error, Err(Error::Empty { .. } | Error::Shape { .. })), "{error:?}");
    }
}

#[cfg(feature = "rayon")]
#[test]
fn masks_and_indices_are_the_same_in_parts() {
    let net = net::<f64>(&[(3, Activation::Identity)], 1);
    let (x, indices) = (random([7, 2], 3), Array2::from_shape_fn((7, 1), |(i, _)| (i % 3) as f64));
    let mask = Array2::from_shape_fn((7, 1), |(i, _)| i % 2 == 0);
    let loss = WeightedLoss::from(Loss::CrossEntropy).with_mask(mask.view());
    let (expected, of_one) = net.loss_and_gradient(&x, &indices, loss).unwrap();
    let (mut workspace, mut gradient) = (backprop::ParallelWorkspace::new(3), net.clone());
    let value = workspace.loss_and_gradient(&net, &x, &indices, loss, &mut gradient).unwrap();
    approx::assert_relative_eq!(value, expected, max_relative = 1e-14);
    for (a, b) in gradient.parameters().iter().zip(of_one.parameters()) {
        approx::assert_relative_eq!(*a, b, epsilon = 1e-15);
    }
}
