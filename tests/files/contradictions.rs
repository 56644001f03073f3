//! Models that contradict themselves are errors when they are created, loaded or saved. All other models can be saved
//! and loaded again.

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
fn assert_error_contains<T: std::fmt::Debug>(result: Result<T, Error>, expected: &str) {
    let error = result.unwrap_err();
    let source = std::error::Error::source(&error).map_or(String::new(), |source| format!(": {source}"));
    let error = format!("{error}{source}");
    assert!(error.contains(expected), "no {expected:?} in {error:?}");
}

#[test]
fn with_net_rejects_loss_that_contradicts_the_targets() {
    let (two, one, regression) =
        (people(), people().one_output().unwrap(), Dataset::new(x(), array![[1.0], [2.0], [3.0], [4.0]]).unwrap());
    for loss in [Loss::CrossEntropy, Loss::SmoothCrossEntropy { smoothing: 0.1 }] {
        assert_error_contains(
            Model::with_net(net(2, 1), loss, &one),
            "must have an output for each of 2 classes, as the loss is ",
        );
        assert_error_contains(
            Model::with_net(net(2, 1), loss, &regression),
            "`loss` must be for numbers, as the targets are, got ",
        );
        assert!(Model::with_net(net(2, 2), loss, &two).is_ok());
    }
    for loss in [Loss::BinaryCrossEntropyWithLogits, Loss::Hinge] {
        assert_error_contains(
            Model::with_net(net(2, 1), loss, &regression),
            "`loss` must be for numbers, as the targets are, got ",
        );
        assert!(Model::with_net(net(2, 1), loss, &one).is_ok() && Model::with_net(net(2, 2), loss, &two).is_ok());
    }
    for delta in [-1.0, 0.0, f64::NAN] {
        assert_error_contains(Model::with_net(net(2, 1), Loss::Huber { delta }, &regression), "delta");
    }
    assert_error_contains(Model::with_net(net(2, 2), Loss::SmoothCrossEntropy { smoothing: 2.0 }, &two), "smoothing");
    assert!(Model::with_net(net(2, 1), Loss::MeanAbsoluteError, &regression).is_ok());
    let no_targets = Dataset::new(x(), Array2::zeros((4, 0))).unwrap();
    assert_error_contains(
        Model::with_net(net(2, 0), Loss::MeanSquaredError, &no_targets),
        "expected at least one output, got none",
    );
}

#[test]
fn named_rejects_duplicate_names() {
    assert_error_contains(people().named(["a", "a"]), "got input `a` twice, in Dataset::named; rename one");
}

#[test]
fn load_rejects_model_that_contradicts_itself() {
    let model = Model::new(&people(), [(3, Activation::Tanh)], &mut rng()).unwrap();
    let one = Model::new(&people().one_output().unwrap(), [], &mut rng()).unwrap();
    let regression =
        Model::new(&Dataset::new(x(), array![[1.0], [2.0], [3.0], [4.0]]).unwrap(), [], &mut rng()).unwrap();
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
            regression.to_json(),
            "mean_squared_error",
            "cross_entropy",
            "`loss` must be for numbers, as the targets are, got ",
        ),
        (regression.to_json(), "mean_squared_error", "hinge", "`loss` must be for numbers, as the targets are, got "),
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
            regression.to_json(),
            "\"shifts\"",
            "\"classes\": 3, \"shifts\"",
            "has both classes and a scaling for the target",
        ),
        (model.to_json(), "\"parameters\": {", extra, "got 0.bias, 0.weight, 2.bias, 2.weight, 4.bias, in the text"),
    ] {
        assert!(json.contains(old), "{old} in {json}");
        assert_error_contains(Model::<f64>::from_json(&json.replacen(old, new, 1)), expected);
    }
    let path = file("twice.safetensors");
    model.save(&path).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let index = bytes.windows(3).position(|part| part == b"oo\\").unwrap();
    bytes[index] = b'n'; // the class `oo` becomes `no`
    fs::write(&path, bytes).unwrap();
    assert_error_contains(Model::<f64>::load(&path), "got class `no` twice, in a model");
}

/// `net_mut` allows the network of a model to be replaced by any other.
#[test]
fn mismatched_network_is_an_error_and_does_not_panic() {
    let path = file("unchanged.safetensors");
    let mut model = Model::new(&people(), [(3, Activation::Tanh)], &mut rng()).unwrap();
    model.save(&path).unwrap();
    let before = fs::read(&path).unwrap();
    for (other, expected) in [
        (net(2, 1), "must have an output for each of 2 classes, as the loss is "),
        (net(2, 5), "expected 2 outputs, got 5"),
        (net(3, 2), "expected 2 inputs, got 3"),
    ] {
        *model.net_mut() = other;
        assert_error_contains(model.save(&path), expected);
        assert_error_contains(model.predict(x()), expected);
        assert_error_contains(model.classify(x()), expected);
        assert_error_contains(model.outputs(&[1.0, 2.0]), expected);
        assert_error_contains(model.evaluate(&people()), expected);
        assert_error_contains(model.prepared(&people()), expected);
        assert_error_contains(model.to_rust(), expected);
        assert_error_contains(model.clone().with_scaler(Scaler::identity(4)), "expected ");
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn save_rejects_duplicate_tensor_names() {
    #[derive(Clone)]
    struct Pair<S: Scalar> {
        shared: Parameter<S>,
    }
    impl<S: Scalar> Parameters<S> for Pair<S> {
        type Over<R: Scalar> = Pair<R>;
        fn map<R: Scalar>(&self, f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> Pair<R> {
            Pair { shared: self.shared.map(f) }
        }
        fn visit(&self, f: &mut impl FnMut(&Matrix<S>)) {
            self.shared.visit(f);
        }
        fn visit_mut(&mut self, f: &mut impl FnMut(&mut Matrix<S>)) {
            self.shared.visit_mut(f);
        }
        fn zip(&mut self, other: &Self, f: &mut impl FnMut(&mut Matrix<S>, &Matrix<S>)) {
            self.shared.zip(&other.shared, f);
        }
        fn parameter_info(&self) -> Vec<backprop::ParameterInfo> {
            [self.shared.parameter_info(), self.shared.parameter_info()].concat()
        }
    }
    let pair = Pair { shared: Parameter::<f64>::new([1.0, 2.0]) };
    assert_error_contains(
        save_parameters(&pair, file("pair.safetensors")),
        "got tensor `` twice, in the network; rename one",
    );
}

#[test]
fn networks_of_every_shape_are_saved_and_loaded() {
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
        let old_json = model
            .to_json()
            .replace("[\n      []\n    ]", "[]")
            .replace("[\n      [],\n      [],\n      []\n    ]", "[]");
        assert_eq!(Model::from_json(&old_json).unwrap(), model, "the old form of rows without columns");
        model.predict(Array2::zeros((2, inputs))).unwrap();
        model.to_rust().unwrap();
    }
}
