//! Models saved, loaded and written as Rust: the same outputs, in PyTorch too, and a clear error for what is no model.

use crate::activations::ACTIVATIONS;
use backprop::ndarray::{Array2, array};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Adam, Dataset, Error, Layer, Loss, Matrix, Metrics, Mlp, Model, Parameter, Parameters, Scalar, Scaler,
    Stored, Trainer, load_parameters, save_parameters,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file that no other test has.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn random<T: Scalar>(rows: usize, columns: usize, seed: u64) -> Array2<T> {
    let mut rng = SomeRng::seed_from_u64(seed);
    Array2::from_shape_fn((rows, columns), |_| T::of(rng.random::<f64>() * 6.0 - 3.0))
}

/// Models of every kind: numbers, classes, two classes by one output; of every activation.
fn models<T: Scalar>() -> Vec<Model<T>> {
    let x = random::<T>(12, 3, 1);
    let numbers = Dataset::new(&x, random::<T>(12, 2, 2)).unwrap().named(["größe", "b \"c\"\nfn", "d\\e"]).unwrap();
    let labels: Vec<&str> = (0..12).map(|i| ["rose", "lily", "it's"][i % 3]).collect();
    let classes = Dataset::with_classes(&x, &labels).unwrap().target_named("flower");
    let labels: Vec<&str> = (0..12).map(|i| ["no", "yes"][i % 2]).collect();
    let two = Dataset::with_classes(&x, &labels).unwrap().one_output().unwrap();
    let rng = &mut SomeRng::seed_from_u64(3);
    let mut models = vec![
        Model::new(&numbers, [(9, Activation::Tanh)], rng).unwrap(),
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
    models
}

fn come_back_as_they_were<T: Stored>(name: &str) {
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
fn models_come_back_as_they_were() {
    come_back_as_they_were::<f32>("single");
    come_back_as_they_were::<f64>("double");
    // In another precision, rounded
    let path = file("double-0.safetensors");
    let single = Model::<f32>::load(&path).unwrap().net().parameters();
    let exact = Model::<f64>::load(&path).unwrap().net().parameters();
    assert!(single.iter().zip(exact).all(|(&a, b)| a == b as f32));
}

/// The numbers of a case in `models/reference.csv`: inputs and outputs.
fn reference(name: &str) -> (Array2<f32>, Array2<f32>) {
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).from_path("tests/networks/saved_models/reference.csv").unwrap();
    let rows: Vec<Vec<f32>> = (rows.records().map(Result::unwrap).filter(|row| &row[0] == name))
        .map(|row| row.iter().skip(1).map(|number| number.parse().unwrap()).collect())
        .collect();
    assert_eq!(rows.len(), 5);
    let part = |from, to| Array2::from_shape_fn((rows.len(), to - from), |(i, j)| rows[i][from + j]);
    (part(0, 3), part(3, 5))
}

#[track_caller]
fn computes(net: &Mlp<f32>, name: &str) {
    let (x, expected) = reference(name);
    let found: Array2<f32> = net.forward_batch(&Matrix::from(x)).unwrap().into();
    assert!((&found - &expected).iter().all(|difference| difference.abs() < 1e-6), "{found}, not {expected}");
}

#[test]
fn what_pytorch_saved_computes_alike() {
    let mut net = Mlp::<f32>::with_init(
        3,
        [(4, Activation::Tanh), (2, Activation::Identity)],
        backprop::Init::Zeros,
        &mut SomeRng::seed_from_u64(1),
    )
    .unwrap();
    load_parameters(&mut net, "tests/networks/saved_models/torch.safetensors").unwrap();
    computes(&net, "torch");
    let error = Model::<f32>::load("tests/networks/saved_models/torch.safetensors").unwrap_err().to_string();
    assert!(error.contains("was not written by backprop") && error.contains("load_parameters"), "{error}");
}

#[test]
fn what_pytorch_reads_of_ours_it_computes_alike() {
    let layers = [(4, Activation::Sigmoid), (2, Activation::Identity)];
    let net = Mlp::<f32>::new(3, layers, &mut SomeRng::seed_from_u64(2)).unwrap();
    let dataset = Dataset::new(random::<f32>(4, 3, 1), random::<f32>(4, 2, 2)).unwrap();
    let model = Model::with_net(net, Loss::MeanSquaredError, &dataset).unwrap();
    let (kept, now) = (Path::new("tests/networks/saved_models/ours.safetensors"), file("ours.safetensors"));
    model.save(&now).unwrap();
    if !kept.exists() {
        fs::copy(&now, kept).unwrap();
    }
    assert_eq!(fs::read(now).unwrap(), fs::read(kept).unwrap(), "the file that PyTorch read is another");
    computes(model.net(), "ours");
}

#[test]
fn nets_of_ones_own_are_saved_by_the_names_of_their_parts() {
    #[derive(Clone, Debug, PartialEq)]
    struct Own<S: Scalar> {
        first: Layer<S>,
        rest: Mlp<S>,
        shift: Parameter<S>,
        mixing: Parameter<S>,
    }
    backprop::module! {
        Own { first, rest, shift, mixing }
        fn forward_batch(&self, x) {
            let y = self.rest.forward_batch(&self.first.forward_batch(x)?)?;
            Ok((y + self.shift.values()).matmul(self.mixing.values()))
        }
    }
    let own = |seed| {
        let rng = &mut SomeRng::seed_from_u64(seed);
        Own::<f64> {
            first: Layer::new(2, 3, Activation::Relu, rng),
            rest: Mlp::new(3, [(4, Activation::Relu), (2, Activation::Identity)], rng).unwrap(),
            shift: Parameter::bias(random(1, 2, seed)),
            mixing: Parameter::new(random(2, 2, seed)),
        }
    };
    let names: Vec<String> = own(1).parameter_info().iter().map(|info| info.name().to_string()).collect();
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
    let (net, mut other) = (own(1), own(2));
    let count = net.count();
    let mut places: Vec<usize> =
        net.parameter_info().iter().flat_map(|info| info.indices().collect::<Vec<_>>()).collect();
    places.sort();
    assert_eq!(places, (0..count).collect::<Vec<_>>(), "each parameter is in one tensor");
    assert_eq!(net.parameter_info().iter().filter(|info| info.is_bias()).count(), 4);
    assert_eq!(net.name_of(count - 1), "element 4 of mixing");
    save_parameters(&net, file("own.safetensors")).unwrap();
    load_parameters(&mut other, file("own.safetensors")).unwrap();
    assert_eq!(other, net);
}

#[test]
fn what_is_no_model_is_an_error_that_says_so_and_changes_nothing() {
    let say = |name: &str, bytes: &[u8]| {
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
        let error = say("part.safetensors", &whole[..end]);
        assert!(error.contains("not a safetensors file, or is cut off"), "{error}");
    }
    let json = model.to_json();
    for end in [0, 1, json.len() / 2, json.len() - 3] {
        let error = say("part.json", json.split_at(json.floor_char_boundary(end)).0.as_bytes());
        assert!(error.contains("not a model of backprop, or is cut off"), "{error}");
    }
    assert!(say("image.safetensors", b"\x89PNG\r\n\x1a\n and what follows").contains("not a safetensors file"));
    assert!(say("huge.safetensors", &[0xff; 64]).contains("not a safetensors file"));
    assert!(say("binary.json", &[0xff; 64]).contains("not text in UTF-8"));
    assert!(say("other.json", b"{}").ends_with("other.json is not a model of backprop"));
    assert!(say("deep.json", "[".repeat(100_000).as_bytes()).contains("not a model of backprop"));
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
        let error = say("changed.json", json.replacen(old, new, 1).as_bytes());
        assert!(error.contains(expected), "{error}");
    }
    let number = json.split("0.bias\": [").nth(1).unwrap().split([',', ']']).next().unwrap().trim();
    assert!(say("nan.json", json.replace(number, "1e999").as_bytes()).contains("cut off"), "serde_json refuses it");

    let mut net = Mlp::<f64>::new(3, [(4, Activation::Tanh)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let before = net.clone();
    let error = load_parameters(&mut net, &path).unwrap_err().to_string();
    assert!(
        error.starts_with("expected the tensors 0.weight, 0.bias, got 0.bias, 0.weight, 2.bias, 2.weight, in "),
        "{error}"
    );
    let mut wide =
        Mlp::<f64>::new(3, [(9, Activation::Tanh), (3, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let (untouched, error) = (wide.clone(), load_parameters(&mut wide, &path).unwrap_err().to_string());
    assert!(error.ends_with("has 2.weight of shape [2, 9], but the network has 2.weight of shape [3, 9]"), "{error}");
    assert!(net == before && wide == untouched);
    let error = Model::<f64>::load(file("nowhere.json")).unwrap_err().to_string();
    assert!(error.starts_with("cannot read "), "{error}");
    let error = model.save(file("no-folder").join("model.json")).unwrap_err().to_string();
    assert!(error.starts_with("cannot write "), "{error}");
}

#[test]
fn writing_leaves_no_half_and_no_rest() {
    let folder = file("atomic");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    let models = models::<f32>();
    for model in &models[..2] {
        model.save(folder.join("model.safetensors")).unwrap(); // over the one before
    }
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["model.safetensors"]);
    assert_eq!(Model::load(folder.join("model.safetensors")).unwrap(), models[1]);
    // A folder in the way of the name
    fs::create_dir_all(folder.join("taken.json/inside")).unwrap();
    assert!(models[0].save(folder.join("taken.json")).is_err());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "the temporary file is gone");
}

/// All models that can be as modules of one program, which prints the bits of their outputs.
fn as_rust_gives_the_same_bits<T: Stored>(float: &str, bits: impl Fn(T) -> u64) {
    let models: Vec<Model<T>> = models::<T>();
    let has_gelu = |model: &Model<T>| model.net().layers().iter().any(|layer| layer.activation() == Activation::Gelu);
    let x = random::<T>(20, 3, 9);
    let (mut source, mut calls, mut expected) = (String::new(), String::new(), Vec::new());
    for (i, model) in models.iter().enumerate() {
        if has_gelu(model) {
            let error = model.to_rust().unwrap_err().to_string();
            assert!(error.contains("no error function; use silu"), "{error}");
            continue;
        }
        source += &format!("mod net_{i} {{\n{}}}\n", model.to_rust().unwrap());
        calls += &format!("        for y in net_{i}::outputs(x) {{ println!(\"{{:x}}\", y.to_bits()); }}\n");
        for row in x.rows() {
            expected.extend(model.outputs(&row.to_vec()).unwrap().into_iter().map(&bits));
        }
    }
    let rows: Vec<String> = x.rows().into_iter().map(|row| format!("{:?}", row.to_vec())).collect();
    let loops = calls.lines().map(|call| format!("    for x in X {{\n{call}\n    }}\n")).collect::<String>();
    source += &format!("const X: [[{float}; 3]; 20] = [{}];\nfn main() {{\n{loops}}}\n", rows.join(", "));
    let (path, program) = (file(&format!("exported_{float}.rs")), file(&format!("exported_{float}")));
    fs::write(&path, source).unwrap();
    let rustc = std::env::var("RUSTC").unwrap_or("rustc".into());
    let compiled = Command::new(rustc)
        .args(["--edition", "2021", "-O", "-D", "warnings", "-o"])
        .args([&program, &path])
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let out = String::from_utf8(Command::new(&program).output().unwrap().stdout).unwrap();
    let found: Vec<u64> = out.lines().map(|line| u64::from_str_radix(line, 16).unwrap()).collect();
    assert!(found.len() > 200 && found == expected, "{} outputs, {} expected", found.len(), expected.len());
}

#[test]
fn as_rust_a_model_gives_the_same_bits() {
    as_rust_gives_the_same_bits::<f32>("f32", |y| y.to_bits().into());
    as_rust_gives_the_same_bits::<f64>("f64", f64::to_bits);
}

#[test]
fn as_rust_a_model_names_the_class() {
    let model = &models::<f64>()[1];
    let source = model.to_rust().unwrap();
    assert!(source.contains(r#"pub const CLASSES: [&str; 3] = ["it's", "lily", "rose"];"#), "{source}");
    let x = random::<f64>(5, 3, 4);
    let classes = model.classify(&x).unwrap();
    let calls: Vec<String> = x
        .rows()
        .into_iter()
        .zip(classes)
        .map(|(x, class)| format!("assert_eq!(class({:?}), {class:?});", x.to_vec()))
        .collect();
    let path = file("classes.rs");
    fs::write(&path, format!("{source}\nfn main() {{ {} }}", calls.join(" "))).unwrap();
    let rustc = std::env::var("RUSTC").unwrap_or("rustc".into());
    let compiled =
        Command::new(rustc).args(["--edition", "2021", "-o"]).args([&file("classes"), &path]).output().unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    assert!(Command::new(file("classes")).status().unwrap().success());
}

/// Only nets of layers one after another are filled by order.
#[test]
fn parameters_of_other_names_are_not_taken() {
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
fn a_model_refuses_what_is_not_its_data() {
    let rng = &mut SomeRng::seed_from_u64(1);
    let say = |result: Result<Array2<f64>, Error>| result.unwrap_err().to_string();
    let x = array![[0.0, 1.0], [1.0, 3.0], [2.0, 2.0], [3.0, 0.5]];
    let people = Dataset::with_classes(&x, &["a", "b", "a", "b"]).unwrap().named(["w", "h"]).unwrap();
    let model = Model::<f64>::new(&people, [(3, Activation::Relu)], rng).unwrap();
    assert!(model.evaluate(&people).is_ok());
    let error = model.evaluate(&people.clone().named(["h", "w"]).unwrap()).unwrap_err().to_string();
    assert_eq!(error, "expected the inputs w, h, in this order, got h, w, in the samples for a model");
    let unknown = Dataset::with_classes(&x, &["a", "c", "a", "c"]).unwrap();
    let error = model.evaluate(&unknown).unwrap_err().to_string();
    assert_eq!(error, "no class `c` in the model. Classes: a, b");
    // Samples of some classes alone can be judged all the same.
    let alone = Dataset::with_classes(&x, &["b"; 4]).unwrap();
    assert_eq!(model.evaluate(&alone).unwrap().samples, 4);
    let error = Model::<f64>::new(&alone, [], rng).unwrap_err().to_string();
    assert_eq!(error, "`column y` must have at least two classes, got only `b`");
    assert_eq!(
        say(model.predict(array![[1.0, 1.0], [f64::INFINITY, 0.0]])),
        "expected a finite scaled input, got inf, in w of row 2"
    );
    let error = say(model.predict(array![[1e308, 1e308]]));
    assert!(error.starts_with("expected a finite output, got ") && error.ends_with("of row 1"), "{error}");
    let huge = Dataset::<f64>::new(array![[1.0, 1e308], [2.0, -1e308]], array![[1.0], [2.0]]).unwrap();
    assert_eq!(Model::new(&huge, [], rng).unwrap().scaler().units(), [0.5, 1e308]); // no number is too large to be scaled
}

/// All activations before all losses: refused are those that can only be a mistake.
#[test]
fn loss_refuses_last_activations_that_contradict_it() {
    use Activation::{LeakyRelu, Relu, Sigmoid, Softplus, Step};
    let smooth = Loss::SmoothCrossEntropy { smoothing: 0.1 };
    let refused: [(Loss, &[Activation]); 7] = [
        (Loss::MeanSquaredError, &[]),
        (Loss::MeanAbsoluteError, &[]),
        (Loss::Huber { delta: 1.0 }, &[]),
        (Loss::BinaryCrossEntropyWithLogits, &[Step, Sigmoid, Relu, LeakyRelu(0.0), LeakyRelu(-1.0), Softplus]),
        (Loss::CrossEntropy, &[Step, Sigmoid]),
        (smooth, &[Step, Sigmoid]),
        (Loss::Hinge, &[Step, Sigmoid, Relu, LeakyRelu(0.0), LeakyRelu(-1.0), Softplus]),
    ];
    for (loss, refused) in refused {
        for activation in ACTIVATIONS.into_iter().chain([LeakyRelu(0.0), LeakyRelu(-1.0)]) {
            let is_refused = loss.check_last_activation(activation).is_err();
            assert_eq!(is_refused, refused.contains(&activation), "{activation} before {loss}");
        }
    }
    let say = |loss: Loss, activation| loss.check_last_activation(activation).unwrap_err().to_string();
    assert_eq!(
        say(smooth, Sigmoid),
        "`last activation` must fit the loss smooth_cross_entropy(0.1), which applies the softmax itself, got sigmoid; \
         use Activation::Identity"
    );
    assert_eq!(
        say(Loss::BinaryCrossEntropyWithLogits, Relu),
        "`last activation` must fit the loss binary_cross_entropy_with_logits, which needs negative logits for \
         probabilities below 0.5, got relu; use Activation::Identity"
    );
    assert_eq!(
        say(Loss::Hinge, Softplus),
        "`last activation` must fit the loss hinge, with a target of -1, got softplus; use Activation::Identity"
    );
}

#[test]
fn model_refuses_a_network_whose_last_activation_contradicts_the_loss() {
    let rng = &mut SomeRng::seed_from_u64(1);
    let dataset = Dataset::with_classes(&random::<f64>(12, 3, 1), &["no", "yes"].repeat(6)).unwrap();
    let mut net = |outputs, last| Mlp::new(3, [(4, Activation::Tanh), (outputs, last)], rng).unwrap();
    let expected = "`last activation` must fit the loss cross_entropy, which applies the softmax itself, got sigmoid; \
                    use Activation::Identity";
    let error = Model::with_net(net(2, Activation::Sigmoid), Loss::CrossEntropy, &dataset).unwrap_err();
    assert_eq!(error.to_string(), expected);

    // A network that was replaced is refused by all that uses it.
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

    // A file that says so is refused when it is loaded.
    assert!(Model::<f64>::from_json(&json).is_ok());
    let changed = json.replace("\"identity\"", "\"sigmoid\"");
    assert!(changed != json);
    let error = Model::<f64>::from_json(&changed).unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), expected);
}

#[test]
fn margins_are_learnt_by_a_model_too() {
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
fn several_numbers_are_judged_each_by_its_own_mean() {
    let (x, t) = (array![[0.0], [1.0], [2.0]], array![[0.0, 1000.0], [1.0, 1002.0], [2.0, 1001.0]]);
    let dataset = Dataset::new(x, t).unwrap();
    let mut model = Model::<f64>::new(&dataset, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    model.net_mut().set_parameters(&[0.0; 4]).unwrap(); // the mean of each
    let report = model.evaluate(&dataset).unwrap();
    assert!(report.r2_score().unwrap().abs() < 1e-12, "{report}");
    let Metrics::Numbers { root_mean_squared_error, baseline, .. } = report.quality else { panic!("{report}") };
    assert!(
        (root_mean_squared_error - (2.0_f64 / 3.0).sqrt()).abs() < 1e-12
            && (baseline - root_mean_squared_error).abs() < 1e-12
    );
}

#[test]
fn samples_to_validate_with_are_scaled_along() {
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
fn answers_are_in_the_units_of_the_data() {
    let x = array![[0.0], [1.0], [2.0], [3.0]];
    let dataset = Dataset::new(&x, array![[1000.0], [1010.0], [1020.0], [1030.0]]).unwrap();
    let mut model = Model::new(&dataset, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    model.net_mut().set_parameters(&[1.0, 0.0]).unwrap(); // standard deviations to standard deviations
    assert!((model.predict(array![[4.0]]).unwrap()[[0, 0]] - 1040.0_f64).abs() < 1e-9);
    assert!((model.outputs(&[4.0]).unwrap()[0] - 1040.0).abs() < 1e-9);
    assert!(model.evaluate(&dataset).unwrap().r2_score().unwrap() > 1.0 - 1e-12);
}

#[test]
fn report_of_several_classes_has_area_and_f1() {
    let x = array![[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]];
    let dataset = Dataset::with_classes(&x, &["a", "a", "b", "b", "c", "c"]).unwrap();
    let mut model = Model::<f64>::new(&dataset, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    model.net_mut().set_parameters(&[-3.0, 0.0, 0.0, 1.0, 3.0, 0.0]).unwrap(); // slopes and biases of three logits
    let report = model.evaluate(&dataset).unwrap();
    let Metrics::Classes { auc, .. } = report.quality else { panic!("{report}") };
    assert_eq!(auc, Some(1.0), "{report}");
    assert!(report.to_string().contains("ROC AUC   1.000\nF1        1.000, the mean over classes\n\n"), "{report}");
    // Without samples of a class there is no area.
    let report = model.evaluate(&dataset.select(&[0, 2])).unwrap();
    let Metrics::Classes { auc, .. } = report.quality else { panic!("{report}") };
    assert_eq!(auc, None);
}
