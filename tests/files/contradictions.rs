//! Models that contradict themselves are refused when they are made, loaded and saved; and what is saved is read back.

use backprop::ndarray::{Array2, array};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Dataset, Error, Loss, Matrix, Mlp, Model, Parameter, Parameters, Scalar, Scaler, save_parameters,
};
use std::fs;
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("contradictions");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

fn rng() -> SomeRng {
    SomeRng::seed_from_u64(1)
}

fn x() -> Array2<f64> {
    array![[0.0, 1.0], [1.0, 3.0], [2.0, 2.0], [3.0, 0.5]]
}

fn people() -> Dataset<f64> {
    Dataset::with_classes(x(), &["no", "oo", "no", "oo"]).unwrap()
}

fn net(inputs: usize, outputs: usize) -> Mlp<f64> {
    Mlp::new(inputs, [(3, Activation::Tanh), (outputs, Activation::Identity)], &mut rng()).unwrap()
}

#[track_caller]
fn refuses<T: std::fmt::Debug>(result: Result<T, Error>, expected: &str) {
    let error = result.unwrap_err();
    let source = std::error::Error::source(&error).map_or(String::new(), |source| format!(": {source}"));
    let error = format!("{error}{source}");
    assert!(error.contains(expected), "no {expected:?} in {error:?}");
}

#[test]
fn with_net_refuses_loss_that_does_not_fit() {
    let (two, one, numbers) =
        (people(), people().one_output().unwrap(), Dataset::new(x(), array![[1.0], [2.0], [3.0], [4.0]]).unwrap());
    for loss in [Loss::CrossEntropy, Loss::SmoothCrossEntropy { smoothing: 0.1 }] {
        refuses(Model::with_net(net(2, 1), loss, &one), "must have an output for each of 2 classes, as the loss is ");
        refuses(Model::with_net(net(2, 1), loss, &numbers), "`loss` must be for numbers, as the targets are, got ");
        assert!(Model::with_net(net(2, 2), loss, &two).is_ok());
    }
    for loss in [Loss::BinaryCrossEntropyWithLogits, Loss::Hinge] {
        refuses(Model::with_net(net(2, 1), loss, &numbers), "`loss` must be for numbers, as the targets are, got ");
        assert!(Model::with_net(net(2, 1), loss, &one).is_ok() && Model::with_net(net(2, 2), loss, &two).is_ok());
    }
    for delta in [-1.0, 0.0, f64::NAN] {
        refuses(Model::with_net(net(2, 1), Loss::Huber { delta }, &numbers), "delta");
    }
    refuses(Model::with_net(net(2, 2), Loss::SmoothCrossEntropy { smoothing: 2.0 }, &two), "smoothing");
    assert!(Model::with_net(net(2, 1), Loss::MeanAbsoluteError, &numbers).is_ok());
    let nothing = Dataset::new(x(), Array2::zeros((4, 0))).unwrap();
    refuses(Model::with_net(net(2, 0), Loss::MeanSquaredError, &nothing), "expected at least one output, got none");
}

#[test]
fn names_given_twice_are_refused() {
    refuses(people().named(["a", "a"]), "got input `a` twice, in Dataset::named; rename one");
}

#[test]
fn load_refuses_model_that_contradicts_itself() {
    let model = Model::new(&people(), [(3, Activation::Tanh)], &mut rng()).unwrap();
    let one = Model::new(&people().one_output().unwrap(), [], &mut rng()).unwrap();
    let numbers = Model::new(&Dataset::new(x(), array![[1.0], [2.0], [3.0], [4.0]]).unwrap(), [], &mut rng()).unwrap();
    let extra = "\"parameters\": {\n    \"4.bias\": [],";
    for (json, old, new, expected) in [
        (
            one.to_json(),
            "binary_cross_entropy_with_logits",
            "cross_entropy",
            "must have an output for each of 2 classes",
        ),
        (
            one.to_json(),
            "binary_cross_entropy_with_logits",
            "smooth_cross_entropy(0.5)",
            "must have an output for each of 2 classes",
        ),
        (
            numbers.to_json(),
            "mean_squared_error",
            "cross_entropy",
            "`loss` must be for numbers, as the targets are, got ",
        ),
        (numbers.to_json(), "mean_squared_error", "hinge", "`loss` must be for numbers, as the targets are, got "),
        (model.to_json(), "\"oo\"", "\"no\"", "got class `no` twice, in a model"),
        (model.to_json(), "\"oo\"", "\"oo\", \"both\"", "expected 3 outputs, got 2"),
        (model.to_json(), "\"x2\"", "\"x1\"", "got input `x1` twice, in a model"),
        (
            model.to_json(),
            "\"classes\"",
            "\"shifts\": [0], \"classes\"",
            "has both classes and a scaling for the target",
        ),
        (
            numbers.to_json(),
            "\"shifts\"",
            "\"classes\": 3, \"shifts\"",
            "has both classes and a scaling for the target",
        ),
        (model.to_json(), "\"parameters\": {", extra, "got 0.bias, 0.weight, 2.bias, 2.weight, 4.bias, in the text"),
    ] {
        assert!(json.contains(old), "{old} in {json}");
        refuses(Model::<f64>::from_json(&json.replacen(old, new, 1)), expected);
    }
    let path = file("twice.safetensors");
    model.save(&path).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let place = bytes.windows(3).position(|part| part == b"oo\\").unwrap();
    bytes[place] = b'n'; // the class oo becomes no
    fs::write(&path, bytes).unwrap();
    refuses(Model::<f64>::load(&path), "got class `no` twice, in a model");
}

/// The network of a model may be replaced by any other.
#[test]
fn network_that_no_longer_fits_is_an_error_and_no_panic() {
    let path = file("kept.safetensors");
    let mut model = Model::new(&people(), [(3, Activation::Tanh)], &mut rng()).unwrap();
    model.save(&path).unwrap();
    let before = fs::read(&path).unwrap();
    for (other, expected) in [
        (net(2, 1), "must have an output for each of 2 classes, as the loss is "),
        (net(2, 5), "expected 2 outputs, got 5"),
        (net(3, 2), "expected 2 inputs, got 3"),
    ] {
        *model.net_mut() = other;
        refuses(model.save(&path), expected);
        refuses(model.predict(x()), expected);
        refuses(model.classify(x()), expected);
        refuses(model.outputs(&[1.0, 2.0]), expected);
        refuses(model.evaluate(&people()), expected);
        refuses(model.prepared(&people()), expected);
        refuses(model.to_rust(), expected);
        refuses(model.clone().with_scaler(Scaler::identity(4)), "expected ");
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn tensors_of_one_name_are_refused() {
    #[derive(Clone)]
    struct Pair<S: Scalar> {
        own: Parameter<S>,
    }
    impl<S: Scalar> Parameters<S> for Pair<S> {
        type Over<R: Scalar> = Pair<R>;
        fn map<R: Scalar>(&self, f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> Pair<R> {
            Pair { own: self.own.map(f) }
        }
        fn visit(&self, f: &mut impl FnMut(&Matrix<S>)) {
            self.own.visit(f);
        }
        fn visit_mut(&mut self, f: &mut impl FnMut(&mut Matrix<S>)) {
            self.own.visit_mut(f);
        }
        fn zip(&mut self, other: &Self, f: &mut impl FnMut(&mut Matrix<S>, &Matrix<S>)) {
            self.own.zip(&other.own, f);
        }
        fn parameter_info(&self) -> Vec<backprop::ParameterInfo> {
            [self.own.parameter_info(), self.own.parameter_info()].concat()
        }
    }
    let pair = Pair { own: Parameter::<f64>::new([1.0, 2.0]) };
    refuses(save_parameters(&pair, file("pair.safetensors")), "got tensor `` twice, in the network; rename one");
}

#[test]
fn networks_of_every_shape_come_back() {
    let shapes: [(usize, &[usize]); 8] =
        [(0, &[1]), (0, &[3]), (0, &[3, 1]), (2, &[0, 1]), (2, &[0, 0, 3]), (1, &[1]), (2, &[3, 2]), (0, &[0, 1])];
    for (i, (inputs, widths)) in shapes.into_iter().enumerate() {
        let outputs = widths[widths.len() - 1];
        let dataset =
            Dataset::new(Array2::zeros((4, inputs)), Array2::from_shape_fn((4, outputs), |(i, j)| (i * j + i) as f64));
        let layers = widths.iter().map(|&width| (width, Activation::Tanh));
        let net = Mlp::<f64>::new(inputs, layers, &mut rng()).unwrap();
        let model = Model::with_net(net, Loss::MeanSquaredError, &dataset.unwrap()).unwrap();
        for ending in ["safetensors", "json"] {
            let path = file(&format!("shape-{i}.{ending}"));
            model.save(&path).unwrap();
            assert_eq!(Model::load(&path).unwrap(), model, "{inputs} inputs, {widths:?}, {ending}");
        }
        let once = model
            .to_json()
            .replace("[\n      []\n    ]", "[]")
            .replace("[\n      [],\n      [],\n      []\n    ]", "[]");
        assert_eq!(Model::from_json(&once).unwrap(), model, "rows without columns, as they were once written");
        model.predict(Array2::zeros((2, inputs))).unwrap();
        model.to_rust().unwrap();
    }
}
