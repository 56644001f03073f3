//! Saved and loaded models give the same outputs, also in PyTorch. Files that are not models are errors.

use crate::activations::ACTIVATIONS;
use backprop::ndarray::{Array2, array};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, Dataset, Error, Layer, Loss, Matrix, Metrics, Mlp, Model, Parameter, Parameters, Scalar, Scaler,
    Stored, Trainer, load_parameters, save_parameters,
};
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the path of a temporary file. Each test uses its own names.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

pub fn random<T: Scalar>(rows: usize, columns: usize, seed: u64) -> Array2<T> {
    let mut rng = SomeRng::seed_from_u64(seed);
    Array2::from_shape_fn((rows, columns), |_| T::of(rng.random::<f64>() * 6.0 - 3.0))
}

/// Returns models of every kind (regression, classes, two classes with one output) and with every activation.
pub fn models<T: Scalar>() -> Vec<Model<T>> {
    let x = random::<T>(12, 3, 1);
    let regression = Dataset::new(&x, random::<T>(12, 2, 2)).unwrap().named(["größe", "b \"c\"\nfn", "d\\e"]).unwrap();
    let labels: Vec<&str> = (0..12).map(|i| ["rose", "lily", "it's"][i % 3]).collect();
    let classes = Dataset::with_classes(&x, &labels).unwrap().target_named("flower");
    let labels: Vec<&str> = (0..12).map(|i| ["no", "yes"][i % 2]).collect();
    let two = Dataset::with_classes(&x, &labels).unwrap().one_output().unwrap();
    let rng = &mut SomeRng::seed_from_u64(3);
    let mut models = vec![
        Model::new(&regression, [(9, Activation::Tanh)], rng).unwrap(),
        Model::new(&classes, [], rng).unwrap().with_scaler(Scaler::shift([0.5, 1.0, -1e-3])).unwrap(),
    ];
    for activation in ACTIVATIONS {
        models.push(Model::new(&two, [(11, activation), (10, activation)], rng).unwrap());
    }
    for (loss, last) in [
        (Loss::Hinge, Activation::Tanh),
        (Loss::MeanSquaredError, Activation::Sigmoid),
        (Loss::Huber { delta: 0.25 }, Activation::Sigmoid),
    ] {
        let net = Mlp::new(3, [(4, Activation::LeakyRelu(0.2)), (1, last)], rng).unwrap();
        models.push(Model::with_net(net, loss, &two).unwrap());
    }
    // Layers that are computed neuron by neuron in the source, but not by `Mlp::forward`
    models.push(Model::new(&regression, [(20, Activation::Tanh), (18, Activation::Sigmoid)], rng).unwrap());
    models.push(Model::new(&classes, [], rng).unwrap().with_class_costs([1.0, 5.0, 0.5]).unwrap());
    models.push(Model::new(&two, [], rng).unwrap().with_class_costs([1.0, 4.0]).unwrap());
    models
}

fn check_round_trip<T: Stored>(name: &str) {
    for (i, model) in models::<T>().into_iter().enumerate() {
        for ending in ["safetensors", "json"] {
            let path = file(&format!("{name}-{i}.{ending}"));
            model.save(&path).unwrap();
            assert_eq!(Model::load(&path).unwrap(), model, "{}", path.display());
        }
        assert_eq!(Model::from_json(&model.to_json()).unwrap(), model);
    }
}

#[test]
fn loaded_models_equal_saved_ones() {
    check_round_trip::<f32>("single");
    check_round_trip::<f64>("double");
    // Single precision rounds the parameters of a file in double precision.
    let path = file("double-0.safetensors");
    let single = Model::<f32>::load(&path).unwrap().net().parameters();
    let double = Model::<f64>::load(&path).unwrap().net().parameters();
    assert!(single.iter().zip(double).all(|(&a, b)| a == b as f32));
}

/// Returns the inputs and the expected outputs of the case called `name` in `saved_models/reference.csv`.
fn reference(name: &str) -> (Array2<f32>, Array2<f32>) {
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).from_path("tests/networks/saved_models/reference.csv").unwrap();
    let rows: Vec<Vec<f32>> = (rows.records().map(Result::unwrap).filter(|row| &row[0] == name))
        .map(|row| row.iter().skip(1).map(|number| number.parse().unwrap()).collect())
        .collect();
    assert_eq!(rows.len(), 5);
    let columns = |from, to| Array2::from_shape_fn((rows.len(), to - from), |(i, j)| rows[i][from + j]);
    (columns(0, 3), columns(3, 5))
}

#[track_caller]
fn assert_outputs(net: &Mlp<f32>, name: &str) {
    let (x, expected) = reference(name);
    let found: Array2<f32> = net.forward_batch(&Matrix::from(x)).unwrap().into();
    assert!((&found - &expected).iter().all(|difference| difference.abs() < 1e-6), "expected {expected}, got {found}");
}

#[test]
fn loaded_pytorch_network_has_the_outputs_of_pytorch() {
    let mut net = Mlp::<f32>::with_init(
        3,
        [(4, Activation::Tanh), (2, Activation::Identity)],
        backprop::Init::Zeros,
        &mut SomeRng::seed_from_u64(1),
    )
    .unwrap();
    load_parameters(&mut net, "tests/networks/saved_models/torch.safetensors").unwrap();
    assert_outputs(&net, "torch");
    let error = Model::<f32>::load("tests/networks/saved_models/torch.safetensors").unwrap_err().to_string();
    assert!(error.contains("was not written by backprop") && error.contains("load_parameters"), "{error}");
}

#[test]
fn saved_network_has_the_same_outputs_in_pytorch() {
    let layers = [(4, Activation::Sigmoid), (2, Activation::Identity)];
    let net = Mlp::<f32>::new(3, layers, &mut SomeRng::seed_from_u64(2)).unwrap();
    let dataset = Dataset::new(random::<f32>(4, 3, 1), random::<f32>(4, 2, 2)).unwrap();
    let model = Model::with_net(net, Loss::MeanSquaredError, &dataset).unwrap();
    let (committed, new) = (Path::new("tests/networks/saved_models/ours.safetensors"), file("ours.safetensors"));
    model.save(&new).unwrap();
    if !committed.exists() {
        fs::copy(&new, committed).unwrap();
    }
    assert_eq!(fs::read(new).unwrap(), fs::read(committed).unwrap(), "this is not the file that PyTorch has read");
    assert_outputs(model.net(), "ours");
}

#[test]
fn custom_module_is_saved_by_the_names_of_its_fields() {
    #[derive(Clone, Debug, PartialEq)]
    struct Custom<S: Scalar> {
        first: Layer<S>,
        rest: Mlp<S>,
        shift: Parameter<S>,
        mixing: Parameter<S>,
    }
    backprop::module! {
        Custom { first, rest, shift, mixing }
        fn forward_batch(&self, x) {
            let y = self.rest.forward_batch(&self.first.forward_batch(x)?)?;
            Ok((y + self.shift.values()).matmul(self.mixing.values()))
        }
    }
    let custom = |seed| {
        let rng = &mut SomeRng::seed_from_u64(seed);
        Custom::<f64> {
            first: Layer::new(2, 3, Activation::Relu, rng),
            rest: Mlp::new(3, [(4, Activation::Relu), (2, Activation::Identity)], rng).unwrap(),
            shift: Parameter::bias(random(1, 2, seed)),
            mixing: Parameter::new(random(2, 2, seed)),
        }
    };
    let names: Vec<String> = custom(1).parameter_info().iter().map(|info| info.name().to_string()).collect();
    let expected = [
        "first.weight",
        "first.bias",
        "rest.0.weight",
        "rest.0.bias",
        "rest.2.weight",
        "rest.2.bias",
        "shift",
        "mixing",
    ];
    assert_eq!(names, expected);
    let (net, mut other) = (custom(1), custom(2));
    let count = net.count();
    let mut indices: Vec<usize> =
        net.parameter_info().iter().flat_map(|info| info.indices().collect::<Vec<_>>()).collect();
    indices.sort();
    assert_eq!(indices, (0..count).collect::<Vec<_>>(), "each parameter is in one tensor");
    assert_eq!(net.parameter_info().iter().filter(|info| info.is_bias()).count(), 4);
    assert_eq!(net.name_of(count - 1), "element 4 of mixing");
    save_parameters(&net, file("custom.safetensors")).unwrap();
    load_parameters(&mut other, file("custom.safetensors")).unwrap();
    assert_eq!(other, net);
}

#[test]
fn load_rejects_files_that_are_not_models() {
    let load_error = |name: &str, bytes: &[u8]| {
        let path = file(name);
        fs::write(&path, bytes).unwrap();
        let error = Model::<f64>::load(&path).unwrap_err();
        assert!(matches!(error, Error::Format { .. }), "{error:?}");
        let source = std::error::Error::source(&error).map_or(String::new(), |source| format!(": {source}"));
        format!("{error}{source}")
    };
    let model = &models::<f64>()[0];
    let path = file("whole.safetensors");
    model.save(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    for end in [0, 1, 7, 8, 9, 100, whole.len() / 2, whole.len() - 1] {
        let error = load_error("part.safetensors", &whole[..end]);
        assert!(error.contains("not a safetensors file, or is cut off"), "{error}");
    }
    let json = model.to_json();
    for end in [0, 1, json.len() / 2, json.len() - 3] {
        let error = load_error("part.json", json.split_at(json.floor_char_boundary(end)).0.as_bytes());
        assert!(error.contains("not a model of backprop, or is cut off"), "{error}");
    }
    assert!(load_error("image.safetensors", b"\x89PNG\r\n\x1a\n and what follows").contains("not a safetensors file"));
    assert!(load_error("huge.safetensors", &[0xff; 64]).contains("not a safetensors file"));
    assert!(load_error("binary.json", &[0xff; 64]).contains("not text in UTF-8"));
    assert!(load_error("other.json", b"{}").ends_with("other.json is not a model of backprop"));
    assert!(load_error("deep.json", "[".repeat(100_000).as_bytes()).contains("not a model of backprop"));
    for (old, new, expected) in [
        ("\"version\": 1", "\"version\": 2", "has version 2, but this program reads version 1"),
        ("\"tanh\"", "\"tan\"", "without usable layers"),
        ("\"outputs\": 9", "\"outputs\": 900000000000", "without usable layers"),
        ("\"outputs\": 9", "\"outputs\": 90000", "without usable layers"),
        ("mean_squared_error", "huber(-1)", "without usable loss"),
        ("\"tanh\"", "\"leaky_relu(NaN)\"", "without usable layers"),
        ("\"outputs\": 9", "\"outputs\": 8", "expected 8 inputs, got 9, in layer 2"),
        ("mean_squared_error", "mean_error", "without usable loss"),
        ("\"0.bias\"", "\"1.bias\"", "has something else, but the network has 0.bias of shape [9]"),
        ("\"größe\"", "3", "without usable names of inputs"),
    ] {
        assert!(json.contains(old), "{old} in {json}");
        let error = load_error("changed.json", json.replacen(old, new, 1).as_bytes());
        assert!(error.contains(expected), "{error}");
    }
    let number = json.split("0.bias\": [").nth(1).unwrap().split([',', ']']).next().unwrap().trim();
    assert!(
        load_error("nan.json", json.replace(number, "1e999").as_bytes()).contains("cut off"),
        "serde_json refuses it"
    );

    let mut net = Mlp::<f64>::new(3, [(4, Activation::Tanh)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let before = net.clone();
    let error = load_parameters(&mut net, &path).unwrap_err().to_string();
    assert!(
        error.starts_with("expected the tensors 0.weight, 0.bias, got 0.bias, 0.weight, 2.bias, 2.weight, in "),
        "{error}"
    );
    let mut wide =
        Mlp::<f64>::new(3, [(9, Activation::Tanh), (3, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let (wide_before, error) = (wide.clone(), load_parameters(&mut wide, &path).unwrap_err().to_string());
    assert!(error.ends_with("has 2.weight of shape [2, 9], but the network has 2.weight of shape [3, 9]"), "{error}");
    assert!(net == before && wide == wide_before);
    let error = Model::<f64>::load(file("nowhere.json")).unwrap_err().to_string();
    assert!(error.starts_with("cannot read "), "{error}");
    let error = model.save(file("no-folder").join("model.json")).unwrap_err().to_string();
    assert!(error.starts_with("cannot write "), "{error}");
}

#[test]
fn save_replaces_the_file_and_leaves_no_temporary_file() {
    let folder = file("atomic");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    let models = models::<f32>();
    for model in &models[..2] {
        model.save(folder.join("model.safetensors")).unwrap(); // the second replaces the first
    }
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["model.safetensors"]);
    assert_eq!(Model::load(folder.join("model.safetensors")).unwrap(), models[1]);
    // A folder has the name of the file.
    fs::create_dir_all(folder.join("taken.json/inside")).unwrap();
    assert!(models[0].save(folder.join("taken.json")).is_err());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "the temporary file is gone");
}

/// Only networks of consecutive layers load their parameters by order. Other modules load them by name.
#[test]
fn load_parameters_rejects_other_names() {
    #[derive(Clone)]
    struct Pair<S: Scalar> {
        first: Parameter<S>,
        second: Parameter<S>,
    }
    backprop::module! {
        Pair { first, second }
        fn forward_batch(&self, x) {
            Ok(x.matmul(self.first.values()).matmul(self.second.values()))
        }
    }
    #[derive(Clone)]
    struct Other<S: Scalar> {
        second: Parameter<S>,
        third: Parameter<S>,
    }
    backprop::module! {
        Other { second, third }
        fn forward_batch(&self, x) {
            Ok(x.matmul(self.second.values()).matmul(self.third.values()))
        }
    }
    let weights = |seed| Parameter::<f64>::new(random(2, 2, seed));
    save_parameters(&Pair { first: weights(1), second: weights(2) }, file("pair.safetensors")).unwrap();
    let mut other = Other { second: weights(3), third: weights(4) };
    let before = other.parameters();
    let error = load_parameters(&mut other, file("pair.safetensors")).unwrap_err().to_string();
    let expected = "expected the tensors second, third, got first, second, in ";
    assert!(error.starts_with(expected) && error.ends_with("pair.safetensors"), "{error}");
    assert_eq!(other.parameters(), before);
}

#[test]
fn model_rejects_data_that_do_not_fit() {
    let rng = &mut SomeRng::seed_from_u64(1);
    let error_text = |result: Result<Array2<f64>, Error>| result.unwrap_err().to_string();
    let x = array![[0.0, 1.0], [1.0, 3.0], [2.0, 2.0], [3.0, 0.5]];
    let people = Dataset::with_classes(&x, &["a", "b", "a", "b"]).unwrap().named(["w", "h"]).unwrap();
    let model = Model::<f64>::new(&people, [(3, Activation::Relu)], rng).unwrap();
    assert!(model.evaluate(&people).is_ok());
    let error = model.evaluate(&people.clone().named(["h", "w"]).unwrap()).unwrap_err().to_string();
    assert_eq!(error, "expected the inputs w, h, in this order, got h, w, in the samples for a model");
    let unknown = Dataset::with_classes(&x, &["a", "c", "a", "c"]).unwrap();
    let error = model.evaluate(&unknown).unwrap_err().to_string();
    assert_eq!(error, "no class `c` in the model. Classes: a, b");
    // A model can be evaluated on samples of some of its classes.
    let one_class = Dataset::with_classes(&x, &["b"; 4]).unwrap();
    assert_eq!(model.evaluate(&one_class).unwrap().samples, 4);
    let error = Model::<f64>::new(&one_class, [], rng).unwrap_err().to_string();
    assert_eq!(error, "`column y` must have at least two classes, got only `b`");
    assert_eq!(
        error_text(model.predict(array![[1.0, 1.0], [f64::INFINITY, 0.0]])),
        "expected a finite scaled input, got inf, in w of row 2"
    );
    let error = error_text(model.predict(array![[1e308, 1e308]]));
    assert!(error.starts_with("expected a finite output, got ") && error.ends_with("of row 1"), "{error}");
    let huge = Dataset::<f64>::new(array![[1.0, 1e308], [2.0, -1e308]], array![[1.0], [2.0]]).unwrap();
    assert_eq!(Model::new(&huge, [], rng).unwrap().scaler().units(), [0.5, 1e308]); // values of any size are scaled
}

/// Every loss rejects the activations before it that can only be a mistake, and accepts all others.
#[test]
fn loss_rejects_last_activations_that_contradict_it() {
    use Activation::{LeakyRelu, Relu, Sigmoid, Softplus, Step};
    let smooth = Loss::SmoothCrossEntropy { smoothing: 0.1 };
    let contradictions: [(Loss, &[Activation]); 7] = [
        (Loss::MeanSquaredError, &[]),
        (Loss::MeanAbsoluteError, &[]),
        (Loss::Huber { delta: 1.0 }, &[]),
        (Loss::BinaryCrossEntropyWithLogits, &[Step, Sigmoid, Relu, LeakyRelu(0.0), LeakyRelu(-1.0), Softplus]),
        (Loss::CrossEntropy, &[Step, Sigmoid]),
        (smooth, &[Step, Sigmoid]),
        (Loss::Hinge, &[Step, Sigmoid, Relu, LeakyRelu(0.0), LeakyRelu(-1.0), Softplus]),
    ];
    for (loss, contradicting) in contradictions {
        for activation in ACTIVATIONS.into_iter().chain([LeakyRelu(0.0), LeakyRelu(-1.0)]) {
            let is_rejected = loss.check_last_activation(activation).is_err();
            assert_eq!(is_rejected, contradicting.contains(&activation), "{activation} before {loss}");
        }
    }
    let error_text = |loss: Loss, activation| loss.check_last_activation(activation).unwrap_err().to_string();
    assert_eq!(
        error_text(smooth, Sigmoid),
        "`last activation` must fit the loss smooth_cross_entropy(0.1), which applies the softmax itself, got sigmoid; \
         use Activation::Identity"
    );
    assert_eq!(
        error_text(Loss::BinaryCrossEntropyWithLogits, Relu),
        "`last activation` must fit the loss binary_cross_entropy_with_logits, which needs negative logits for \
         probabilities below 0.5, got relu; use Activation::Identity"
    );
    assert_eq!(
        error_text(Loss::Hinge, Softplus),
        "`last activation` must fit the loss hinge, with a target of -1, got softplus; use Activation::Identity"
    );
}

#[test]
fn model_rejects_last_activation_that_contradicts_the_loss() {
    let rng = &mut SomeRng::seed_from_u64(1);
    let dataset = Dataset::with_classes(random::<f64>(12, 3, 1), &["no", "yes"].repeat(6)).unwrap();
    let mut net = |outputs, last| Mlp::new(3, [(4, Activation::Tanh), (outputs, last)], rng).unwrap();
    let expected = "`last activation` must fit the loss cross_entropy, which applies the softmax itself, got sigmoid; \
                    use Activation::Identity";
    let error = Model::with_net(net(2, Activation::Sigmoid), Loss::CrossEntropy, &dataset).unwrap_err();
    assert_eq!(error.to_string(), expected);

    // Every method that uses the network rejects a replaced one.
    let mut model = Model::with_net(net(2, Activation::Identity), Loss::CrossEntropy, &dataset).unwrap();
    let json = model.to_json();
    *model.net_mut() = net(2, Activation::Sigmoid);
    let before = model.clone();
    let path = file("contradiction.json");
    let mut trainer = Trainer::new(Loss::CrossEntropy, Adam::new(0.1)).epochs(1);
    assert_eq!(model.fit(&mut trainer, &dataset).unwrap_err().to_string(), expected);
    assert_eq!(model.predict(dataset.inputs()).unwrap_err().to_string(), expected);
    assert_eq!(model.outputs(&[0.0; 3]).unwrap_err().to_string(), expected);
    assert!(model.save(&path).unwrap_err().to_string().ends_with(expected));
    assert!(model == before && !path.exists());

    // Loading rejects a file with such a network.
    assert!(Model::<f64>::from_json(&json).is_ok());
    let changed = json.replace("\"identity\"", "\"sigmoid\"");
    assert!(changed != json);
    let error = Model::<f64>::from_json(&changed).unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), expected);
}

#[test]
fn model_learns_with_hinge_loss() {
    let x = random::<f64>(60, 2, 5);
    let labels: Vec<&str> = x.rows().into_iter().map(|x| if x[0] > x[1] { "over" } else { "under" }).collect();
    let dataset = Dataset::with_classes(&x, &labels).unwrap().one_output().unwrap();
    let net = Mlp::new(2, [(8, Activation::Tanh), (1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let mut model = Model::with_net(net, Loss::Hinge, &dataset).unwrap();
    let history = model.fit(&mut Trainer::new(Loss::Hinge, Adam::new(0.02)).epochs(200), &dataset).unwrap();
    let accuracy = model.evaluate(&dataset).unwrap().accuracy().unwrap();
    assert!(accuracy > 0.95 && history.last().unwrap().train.accuracy.unwrap() > 0.95, "{accuracy}");
}

#[test]
fn each_target_column_has_its_own_baseline() {
    let (x, t) = (array![[0.0], [1.0], [2.0]], array![[0.0, 1000.0], [1.0, 1002.0], [2.0, 1001.0]]);
    let dataset = Dataset::new(x, t).unwrap();
    let mut model = Model::<f64>::new(&dataset, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    model.net_mut().set_parameters(&[0.0; 4]).unwrap(); // predicts the mean of each column
    let report = model.evaluate(&dataset).unwrap();
    assert!(report.r2_score().unwrap().abs() < 1e-12, "{report}");
    let Metrics::Numbers { root_mean_squared_error, baseline, .. } = report.quality else { panic!("{report}") };
    assert!(
        (root_mean_squared_error - (2.0_f64 / 3.0).sqrt()).abs() < 1e-12
            && (baseline - root_mean_squared_error).abs() < 1e-12
    );
}

#[test]
fn validation_samples_are_scaled() {
    let x = Array2::from_shape_fn((60, 1), |(i, _)| 1000.0 + i as f64);
    let t = x.mapv(|x| 2.0 * x);
    let dataset = Dataset::new(&x, &t).unwrap();
    let (train, test) = dataset.split(0.3, &mut SomeRng::seed_from_u64(1)).unwrap();
    let mut model = Model::<f64>::new(&train, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    let mut trainer = Trainer::new(model.loss(), Adam::new(0.05)).epochs(200).validation(&test).validation_split(0.5);
    let history = model.fit(&mut trainer, &train).unwrap();
    assert!(history.last().unwrap().validation.unwrap().loss < 1e-6, "{history}");
}

#[test]
fn predictions_are_in_the_units_of_the_data() {
    let x = array![[0.0], [1.0], [2.0], [3.0]];
    let dataset = Dataset::new(&x, array![[1000.0], [1010.0], [1020.0], [1030.0]]).unwrap();
    let mut model = Model::new(&dataset, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    model.net_mut().set_parameters(&[1.0, 0.0]).unwrap(); // one standard deviation to one standard deviation
    assert!((model.predict(array![[4.0]]).unwrap()[[0, 0]] - 1040.0_f64).abs() < 1e-9);
    assert!((model.outputs(&[4.0]).unwrap()[0] - 1040.0).abs() < 1e-9);
    assert!(model.evaluate(&dataset).unwrap().r2_score().unwrap() > 1.0 - 1e-12);
}

#[test]
fn report_of_several_classes_has_area_and_f1() {
    let x = array![[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]];
    let dataset = Dataset::with_classes(&x, &["a", "a", "b", "b", "c", "c"]).unwrap();
    let mut model = Model::<f64>::new(&dataset, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    model.net_mut().set_parameters(&[-3.0, 0.0, 0.0, 1.0, 3.0, 0.0]).unwrap(); // weights and biases of three logits
    let report = model.evaluate(&dataset).unwrap();
    let Metrics::Classes { auc, .. } = report.quality else { panic!("{report}") };
    assert_eq!(auc, Some(1.0), "{report}");
    assert!(report.to_string().contains("ROC AUC   1.000\nF1        1.000, the mean over classes\n\n"), "{report}");
    // Without samples of a class there is no ROC AUC.
    let report = model.evaluate(&dataset.select(&[0, 2])).unwrap();
    let Metrics::Classes { auc, .. } = report.quality else { panic!("{report}") };
    assert_eq!(auc, None);
}
