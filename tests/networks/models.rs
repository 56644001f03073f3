//! Models of other networks than `Mlp`: tuples of layers and custom modules.

use crate::saved_models::{file, random};
use backprop::ndarray::Array2;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, BatchNorm, Dataset, Dropout, Embedding, Error, Layer, Linear, Loss, Matrix, Metrics, Mlp, Model,
    Module, Parameters, Scalar, Scaler, Stored, Trainer,
};
use std::fs;

type Net<T> = (Linear<T>, BatchNorm<T>, Activation, Dropout, Linear<T>);

fn net<T: Scalar>(outputs: usize, seed: u64) -> Net<T> {
    let mut rng = SomeRng::seed_from_u64(seed);
    let (first, last) = (Linear::new(2, 8, &mut rng), Linear::new(8, outputs, &mut rng));
    (first, BatchNorm::new(8), Activation::Tanh, Dropout::new(0.2), last)
}

/// Points above and below a line, with inputs of different sizes.
fn points<T: Scalar>() -> Dataset<T> {
    let x = random::<T>(60, 2, 1);
    let labels: Vec<&str> = x.rows().into_iter().map(|x| if x[0] > x[1] { "over" } else { "under" }).collect();
    let sizes = [T::of(1.0), T::of(1000.0)];
    let x = Array2::from_shape_fn(x.dim(), |(i, j)| x[(i, j)] * sizes[j]);
    Dataset::with_classes(x, &labels).unwrap().named(["left", "right"]).unwrap()
}

fn tuple_learns_and_is_saved<T: Stored>() {
    let dataset = points::<T>();
    let mut model = Model::with_net(net::<T>(2, 1), Loss::CrossEntropy, &dataset).unwrap();
    model.fit(&mut Trainer::new(model.loss(), Adam::new(0.02)).epochs(150).seed(1), &dataset).unwrap();
    let report = model.evaluate(&dataset).unwrap();
    assert!(report.accuracy().unwrap() > 0.95, "{report}");

    // Predictions are in evaluation mode: for each sample alone, with the running statistics and without dropout.
    let predictions = model.predict(dataset.inputs()).unwrap();
    let first = model.predict(dataset.inputs().slice(backprop::ndarray::s![..1, ..])).unwrap();
    assert!((predictions[(0, 0)] - first[(0, 0)]).abs() < T::of(1e-6));
    assert_eq!(model.predict(dataset.inputs()).unwrap(), predictions);
    assert_eq!(model.classify([[T::of(3.0), T::of(-3000.0)]]).unwrap(), ["over"]);
    let outputs = model.outputs(&[T::of(3.0), T::of(-3000.0)]).unwrap();
    assert!(outputs.len() == 2 && outputs[0] > outputs[1]);

    for ending in ["safetensors", "json"] {
        let path = file(&format!("tuple-{}.{ending}", std::any::type_name::<T>()));
        model.save(&path).unwrap();
        let loaded = Model::load_with_net(net::<T>(2, 2), &path).unwrap();
        assert_eq!(loaded, model, "{ending}"); // with the buffers
        assert_eq!(loaded.predict(dataset.inputs()).unwrap(), predictions);
    }
}

#[test]
fn model_of_a_tuple_learns_and_is_saved() {
    tuple_learns_and_is_saved::<f32>();
    tuple_learns_and_is_saved::<f64>();
}

#[derive(Clone, Debug, PartialEq)]
struct Residual<S: Scalar> {
    inner: Layer<S>,
    outer: Mlp<S>,
}

backprop::module! {
    Residual { inner, outer }
    fn forward_batch(&self, x) {
        self.outer.forward_batch(&(x + self.inner.forward_batch(x)?))
    }
}

fn residual(outputs: usize) -> Residual<f64> {
    let mut rng = SomeRng::seed_from_u64(1);
    let outer = Mlp::new(2, [(6, Activation::Tanh), (outputs, Activation::Identity)], &mut rng).unwrap();
    Residual { inner: Layer::new(2, 2, Activation::Silu, &mut rng), outer }
}

#[test]
fn model_of_a_custom_module_predicts_in_the_units_of_the_targets() {
    let x = random::<f64>(50, 2, 3);
    let targets = Array2::from_shape_fn((50, 2), |(i, j)| 1000.0 * (j as f64 + 1.0) + x[(i, 0)] * x[(i, 1)]);
    let dataset = Dataset::new(&x, &targets).unwrap();
    let mut model = Model::with_net(residual(2), Loss::MeanSquaredError, &dataset).unwrap();
    model.fit(&mut Trainer::new(model.loss(), Adam::new(0.02)).epochs(300), &dataset).unwrap();
    assert!(model.evaluate(&dataset).unwrap().r2_score().unwrap() > 0.9);
    let (batch, sample) = (model.predict(&x).unwrap(), model.outputs(&[x[(0, 0)], x[(0, 1)]]).unwrap());
    assert!((batch[(0, 1)] - sample[1]).abs() < 1e-9 && (sample[1] - 2000.0).abs() < 20.0);
}

#[test]
fn model_rejects_other_networks_that_do_not_fit() {
    let dataset = points::<f64>();
    let mut rng = SomeRng::seed_from_u64(1);
    let error = Model::with_net((Linear::new(3, 2, &mut rng),), Loss::CrossEntropy, &dataset).unwrap_err();
    assert_eq!(error.to_string(), "expected 3 columns of inputs, got 2, in Linear(3, 2)");
    let error = Model::with_net(net::<f64>(3, 1), Loss::CrossEntropy, &dataset).unwrap_err();
    let expected = "expected 2 outputs, got 3, in the network of a model";
    assert_eq!(error.to_string(), expected);

    let mut model = Model::with_net(net::<f64>(2, 1), Loss::CrossEntropy, &dataset).unwrap();
    let path = file("unfit.safetensors");
    fs::remove_file(&path).ok();
    *model.net_mut() = net(3, 1);
    assert_eq!(model.predict(dataset.inputs()).unwrap_err().to_string(), expected);
    assert_eq!(model.outputs(&[1.0, 2.0]).unwrap_err().to_string(), expected);
    assert_eq!(model.evaluate(&dataset).unwrap_err().to_string(), expected);
    assert!(model.save(&path).unwrap_err().to_string() == expected && !path.exists());
    assert!(model.outputs(&[1.0]).unwrap_err().to_string().contains("Model::outputs"));
}

#[test]
fn loading_needs_the_saved_architecture() {
    let dataset = points::<f64>();
    let path = file("architecture.safetensors");
    Model::with_net(net::<f64>(2, 1), Loss::CrossEntropy, &dataset).unwrap().save(&path).unwrap();
    let error = Model::<f64>::load(&path).unwrap_err().to_string();
    assert!(error.ends_with("create the network, and read the model by Model::load_with_net"), "{error}");
    let error = Model::load_with_net(residual(2), &path).unwrap_err().to_string();
    assert!(error.contains("inner.weight") && error.contains("1.running_mean"), "{error}");

    let mlp =
        |activation| Mlp::<f64>::new(2, [(3, activation), (2, Activation::Identity)], &mut SomeRng::seed_from_u64(1));
    let model = Model::with_net(mlp(Activation::Tanh).unwrap(), Loss::CrossEntropy, &dataset).unwrap();
    for ending in ["safetensors", "json"] {
        let path = file(&format!("layers.{ending}"));
        model.save(&path).unwrap();
        assert_eq!(Model::load_with_net(mlp(Activation::Tanh).unwrap(), &path).unwrap(), model);
        let error = Model::load_with_net(mlp(Activation::Relu).unwrap(), &path).unwrap_err().to_string();
        assert!(error.ends_with("has an Mlp with other layers than the network"), "{error}");
    }
}

#[test]
fn inputs_without_scaling_are_indices_of_an_embedding() {
    let x = Array2::from_shape_fn((12, 1), |(i, _)| (i % 4) as f64);
    let dataset = Dataset::new(&x, x.mapv(|x| [3.0, 1.0, 4.0, 1.5][x as usize])).unwrap();
    let mut rng = SomeRng::seed_from_u64(1);
    let net = (Embedding::<f64>::new(4, 3, &mut rng), Linear::new(3, 1, &mut rng));
    let model = Model::with_net(net, Loss::MeanSquaredError, &dataset).unwrap();
    let mut model = model.with_scaler(Scaler::identity(1)).unwrap();
    model.fit(&mut Trainer::new(model.loss(), Adam::new(0.05)).epochs(200), &dataset).unwrap();
    assert!(model.evaluate(&dataset).unwrap().r2_score().unwrap() > 0.999);
}

#[test]
fn models_can_be_shared_by_threads() {
    fn assert_shared<T: Send + Sync>() {}
    assert_shared::<Model<f32>>();
    assert_shared::<Model<f64>>();
    assert_shared::<Model<f64, Net<f64>>>();
}

#[test]
fn single_precision_file_is_read_in_double_precision() {
    let path = file("precision.safetensors");
    let model = Model::with_net(net::<f32>(2, 1), Loss::CrossEntropy, &points::<f32>()).unwrap();
    model.save(&path).unwrap();
    let loaded = Model::load_with_net(net::<f64>(2, 2), &path).unwrap();
    let x = random::<f32>(5, 2, 4);
    let y: Matrix<f64> = loaded.net().forward_batch(&Matrix::from(x.mapv(f64::from))).unwrap();
    let single = model.net().forward_batch(&Matrix::from(x)).unwrap();
    assert!(y.iter().zip(single.iter()).all(|(a, &b)| (a - f64::from(b)).abs() < 1e-5));
    assert_eq!(loaded.net().count(), model.net().count());
}

#[test]
fn class_costs_move_the_threshold_of_the_second_class() {
    let x: [[f64; 1]; 60] = std::array::from_fn(|i| [(i % 30) as f64]);
    let labels: [&str; 60] = std::array::from_fn(|i| if i % 30 > 14 + i / 30 { "yes" } else { "no" });
    let dataset = Dataset::with_classes(x, &labels).unwrap();
    let mut model = Model::new(&dataset, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    model.fit(&mut Trainer::new(model.loss(), Adam::new(0.05)).epochs(50), &dataset).unwrap();
    let of_yes = model.predict(dataset.inputs()).unwrap().column(1).to_vec();
    let before = model.evaluate(&dataset).unwrap();
    let model = model.with_class_costs([1.0, 4.0]).unwrap();
    for (p, class) in of_yes.iter().zip(model.classify(dataset.inputs()).unwrap()) {
        assert_eq!(class == "yes", *p > 0.2, "the threshold is 1/(1 + 4), got {p}");
    }
    let report = model.evaluate(&dataset).unwrap();
    let (Metrics::Classes { confusion, auc, .. }, Metrics::Classes { confusion: before, auc: auc_before, .. }) =
        (&report.quality, &before.quality)
    else {
        panic!("{report}")
    };
    assert!(confusion.recall(1) >= before.recall(1) && confusion.count(0, 1) > before.count(0, 1), "{report}");
    assert_eq!(auc, auc_before, "the probabilities stay the same");
    let wrong = |costs: &[f64]| model.clone().with_class_costs(costs).unwrap_err();
    assert!(matches!(wrong(&[1.0]), Error::Shape { .. }));
    for costs in [[0.0, 1.0], [1.0, f64::NAN], [f64::INFINITY, 1.0]] {
        assert!(wrong(&costs).to_string().starts_with("`costs` must be positive and finite"), "{costs:?}");
    }
    let numbers = Dataset::new(x, x).unwrap();
    let model = Model::new(&numbers, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    assert!(model.with_class_costs([]).unwrap_err().to_string().contains("as it has costs, got numbers as targets"));
}
