//! The fields, text and source of each kind of error, and suggestions for misspelt names.

use backprop::ndarray::{Array2, array};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, Csv, CsvErrorKind, CsvOptions, Dataset, Error, FloatWrapper, Layer, Loss, Mlp, Model, Neuron,
    Optimizer, Scalar, Sgd, Trace, Trainer, gradcheck,
};
use std::error::Error as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

fn rng() -> SomeRng {
    SomeRng::seed_from_u64(1)
}

fn file(name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("errors");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// Returns the error of `result`. Asserts that its text is `expected`.
#[track_caller]
fn assert_error<T: std::fmt::Debug>(result: Result<T, Error>, expected: &str) -> Error {
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert_eq!(error, error.clone());
    error
}

fn people() -> Dataset<f64> {
    Dataset::with_classes(array![[1.0, 5.0], [2.0, 3.0], [3.0, 9.0], [4.0, 2.0]], &["F", "M", "F", "M"])
        .unwrap()
        .named(["weight", "height"])
        .unwrap()
}

#[test]
fn shape_has_operation_and_place() {
    let mut net = Mlp::<f64>::new(2, [(3, Activation::Tanh), (1, Activation::Identity)], &mut rng()).unwrap();
    let error = assert_error(net.forward(&[1.0, 2.0, 3.0]), "expected 2 inputs, got 3, in layer 1");
    let place = "layer 1".to_string();
    assert_eq!(error, Error::Shape { operation: None, what: "inputs", expected: 2, got: 3, place });
    let error = assert_error(people().named(["x"]), "expected 2 names, got 1, in Dataset::named");
    let Error::Shape { operation, what, expected, got, place } = error else { panic!("{error:?}") };
    assert_eq!((operation, what, expected, got, &place[..]), (Some("Dataset::named"), "names", 2, 1, ""));

    let other = Mlp::new(2, [(3, Activation::Tanh)], &mut rng()).unwrap();
    let before = net.clone();
    assert_error(Sgd::new(0.1).step(&mut net, &other), "expected 2 layers, got 1, in Optimizer::step");
    assert_eq!(net, before);
    let error = Error::Shape {
        operation: Some("Optimizer::step"),
        what: "inputs",
        expected: 2,
        got: 1,
        place: "layer 1".into(),
    };
    assert_eq!(error.to_string(), "expected 2 inputs, got 1, in layer 1 of Optimizer::step");
}

#[test]
fn empty_has_what_and_place() {
    let error = assert_error(Mlp::<f64>::from_layers([]), "expected at least one layer, got none, in Mlp");
    assert_eq!(error, Error::Empty { what: "layer", place: "Mlp" });
}

#[test]
fn activation_has_expected_got_and_neuron() {
    let neuron = |activation| Neuron::new([1.0], 0.0, activation);
    let error = assert_error(
        Layer::from_neurons([neuron(Activation::Relu), neuron(Activation::LeakyRelu(0.1))]),
        "expected activation relu as in the first neuron, got leaky_relu(0.1), in neuron 2",
    );
    assert_eq!(error, Error::Activation { expected: "relu".into(), got: "leaky_relu(0.1)".into(), neuron: 2 });
}

#[test]
fn non_finite_in_data_has_row_and_column() {
    let error = assert_error(
        Dataset::new([[1.0, 2.0], [3.0, f64::INFINITY]], [[1.0], [2.0]]),
        "expected a finite input, got inf, in column 2 of row 2",
    );
    let Error::NonFinite { what, value, epoch, step, parameter, row, place } = error else { panic!("{error:?}") };
    assert_eq!((what, value, row, &place[..]), ("input", f64::INFINITY, Some(2), "column 2"));
    assert_eq!((epoch, step, parameter), (None, None, None));

    // Samples from a file have the row of the file.
    let csv = Csv::from_text("a,t\n1,1\n\n2,2\n3,3e200\n1e300,4\n").unwrap();
    let dataset = csv.numbers::<f64>("t").unwrap();
    let model = Model::new(&dataset.select(&[0, 1]), [], &mut rng()).unwrap();
    let small = model.with_scaler(backprop::Scaler::new([0.0], [1e-300]).unwrap()).unwrap();
    assert_error(small.prepared(&dataset), "expected a finite scaled input, got inf, in a of row 5");
}

/// A diverging training leaves the network as it was after the last good epoch.
#[test]
fn non_finite_in_training_has_epoch_step_and_parameter() {
    let line = |weight: f64| {
        let mut net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut rng()).unwrap();
        net.set_parameters(&[weight, 0.0]).unwrap();
        net
    };
    // y = w·x + b with two samples, one step for each. The first step gives a weight of about −1e200 and an infinite
    // loss.
    let dataset = Dataset::new([[1.0], [1.0]], [[0.0], [0.0]]).unwrap();
    let fit = |net: &mut Mlp<f64>, rate: f64| {
        Trainer::new(Loss::MeanSquaredError, Sgd::new(rate)).epochs(1).batch_size(1).fit(net, &dataset)
    };
    let mut net = line(1.0);
    let error = assert_error(
        fit(&mut net, 1e200),
        "expected a finite loss, got inf, in weight 1 of neuron 1 in layer 1 (the largest parameter, 2e200), in epoch 1, \
         step 2; a smaller learning rate may help, or scaled inputs",
    );
    let Error::NonFinite { what, value, epoch, step, parameter, row, .. } = error else { panic!("{error:?}") };
    assert_eq!((what, value, epoch, step, row), ("loss", f64::INFINITY, Some(1), Some(2), None));
    assert_eq!(parameter.as_deref(), Some("weight 1 of neuron 1 in layer 1"));
    assert_eq!(net, line(1.0));

    let mut net = line(1e150);
    let error = assert_error(
        fit(&mut net, 1e300),
        "expected a finite loss, got inf, in weight 1 of neuron 1 in layer 1 (whose derivative is -inf), in epoch 1, step 2; \
         a smaller learning rate may help, or scaled inputs",
    );
    assert!(matches!(error, Error::NonFinite { epoch: Some(1), step: Some(2), parameter: Some(_), .. }), "{error:?}");

    // An overflow in the last step is an error at the end of the epoch.
    let mut net = line(1.0);
    let samples = dataset.select(&[0]);
    let error = Trainer::new(Loss::MeanSquaredError, Sgd::new(1.7e308)).epochs(1).fit(&mut net, &samples).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a finite parameter, got -inf, in weight 1 of neuron 1 in layer 1, at the end of epoch 1; a smaller \
         learning rate may help, or scaled inputs"
    );
    assert!(matches!(error, Error::NonFinite { what: "parameter", epoch: Some(1), step: None, .. }), "{error:?}");
    assert_eq!(net, line(1.0));

    // The validation loss has no step.
    let far = Dataset::new([[1e160]], [[0.0]]).unwrap();
    let mut net = line(1.0);
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.0)).epochs(1).validation(&far);
    let error = assert_error(
        trainer.fit(&mut net, &dataset),
        "expected a finite validation loss, got inf, in weight 1 of neuron 1 in layer 1 (the largest parameter, 1e0), at \
         the end of epoch 1; a smaller learning rate may help, or scaled inputs",
    );
    assert!(matches!(error, Error::NonFinite { what: "validation loss", step: None, .. }), "{error:?}");
}

#[test]
fn invalid_argument_has_name_requirement_and_value() {
    let error = assert_error("huber(-1)".parse::<Loss>(), "`delta` must be positive and finite, got -1");
    let Error::InvalidArgument { name, requirement, got, advice } = error else { panic!("{error:?}") };
    assert_eq!(
        [&name, &requirement, &got, &advice].map(|text| &text[..]),
        ["delta", "be positive and finite", "-1", ""]
    );
    assert_error("smooth_cross_entropy(2)".parse::<Loss>(), "`smoothing` must be at least 0 and at most 1, got 2");
    assert_error(
        people().folds(5, &mut rng()).map(|_| ()),
        "`folds` must be at least 2 and at most the number of samples, 4, got 5",
    );
    assert_error(people().split(0.01, &mut rng()), "`fraction` must leave samples in both parts of 4, got 0.01");
    let error = assert_error(
        Model::with_net(
            Mlp::new(1, [(1, Activation::Identity)], &mut rng()).unwrap(),
            Loss::Hinge,
            &Dataset::new([[1.0], [2.0]], [[1.0], [2.0]]).unwrap(),
        ),
        "`loss` must be for numbers, as the targets are, got hinge, for classes; use mean_squared_error, or give the \
         targets as classes",
    );
    assert!(matches!(error, Error::InvalidArgument { advice, .. } if advice.starts_with("use mean_squared_error")));
}

#[test]
fn unknown_has_a_suggestion_and_all_known_names() {
    let csv = Csv::from_text("weight,height,sex\n1,2,F\n").unwrap();
    let error =
        assert_error(csv.column("heigth"), "no column `heigth`; did you mean `height`? Columns: weight, height, sex");
    let Error::Unknown { what, name, suggestion, known, place } = error else { panic!("{error:?}") };
    assert_eq!((what, &name[..], suggestion.as_deref(), &place[..]), ("column", "heigth", Some("height"), ""));
    assert_eq!(known, ["weight", "height", "sex"]);
    assert_error(csv.column("age"), "no column `age`. Columns: weight, height, sex");

    let path = file("people.csv", "weight,height,sex\n1,2,F\n");
    let expected = format!("no column `Sex` in {}; did you mean `sex`? Columns: weight, height, sex", path.display());
    assert_error(Csv::read(&path).unwrap().column("Sex"), &expected);

    let names: Vec<String> = (0..1000).map(|i| format!("column {i}")).collect();
    let wide = Csv::from_text(&format!("{}\n{}\n", names.join(","), "1,".repeat(999) + "1")).unwrap();
    let error = wide.column(&"long".repeat(100_000)).unwrap_err();
    let text = error.to_string();
    assert!(text.ends_with("column 19 and 980 more") && text.len() < 500, "{text}");
    assert!(matches!(error, Error::Unknown { known, suggestion: None, .. } if known == names));
}

/// A name with a letter left out, doubled, replaced or swapped with the next has a suggestion.
#[test]
fn misspelt_names_have_suggestions() {
    fn misspellings(name: &str) -> Vec<String> {
        let letters: Vec<char> = name.chars().collect();
        let mut all = vec![name.to_ascii_uppercase(), format!("{name}s")];
        for i in 0..letters.len() {
            let (before, after) =
                (letters[..i].iter().collect::<String>(), letters[i + 1..].iter().collect::<String>());
            all.push(format!("{before}{after}"));
            all.push(format!("{before}{0}{0}{after}", letters[i]));
            all.push(format!("{before}q{after}"));
            if i + 1 < letters.len() {
                let rest: String = letters[i + 2..].iter().collect();
                all.push(format!("{before}{}{}{rest}", letters[i + 1], letters[i]));
            }
        }
        all
    }
    #[track_caller]
    fn assert_suggests(kind: &str, name: &str, misspelt: &str, error: Error) {
        let Error::Unknown { what, name: got, suggestion, known, .. } = &error else { panic!("{error:?}") };
        assert_eq!((*what, &got[..], suggestion.as_deref()), (kind, misspelt, Some(name)), "{error}");
        assert!(known.contains(&name.to_string()), "{known:?}");
        assert!(error.to_string().contains(&format!("did you mean `{name}`?")), "{error}");
    }
    let (mut losses, mut activations, mut columns) = (0, 0, 0);
    for name in
        ["mean_squared_error", "mean_absolute_error", "binary_cross_entropy_with_logits", "cross_entropy", "hinge"]
    {
        for misspelt in misspellings(name) {
            let Err(error) = misspelt.parse::<Loss>() else { continue };
            assert_suggests("loss", name, &misspelt, error);
            losses += 1;
        }
    }
    for (misspelt, suggestion) in
        [("hubber(1)", "huber(1)"), ("Huber", "huber(1)"), ("smooth_cross_entrpy(0.1)", "smooth_cross_entropy(0.1)")]
    {
        assert_suggests("loss", suggestion, misspelt, misspelt.parse::<Loss>().unwrap_err());
    }
    for name in ["step", "identity", "sigmoid", "tanh", "gelu", "silu", "softplus"] {
        for misspelt in misspellings(name) {
            let Err(error) = misspelt.parse::<Activation>() else { continue };
            // `qelu` and `sqlu` are equally close to other names.
            let Error::Unknown { suggestion: Some(suggestion), .. } = &error else { panic!("{misspelt}: {error}") };
            if ["elu", "relu", "gelu", "silu"].contains(&suggestion.as_str()) && suggestion != name {
                continue;
            }
            assert_suggests("activation", name, &misspelt, error);
            activations += 1;
        }
    }
    assert_suggests(
        "activation",
        "leaky_relu(0.01)",
        "leaky_rely(0.1)",
        "leaky_rely(0.1)".parse::<Activation>().unwrap_err(),
    );
    let csv = Csv::from_text("größe,gewicht in kg,\"name, first\"\n1,2,3\n").unwrap();
    for name in csv.columns() {
        for misspelt in misspellings(name) {
            let Err(error) = csv.column(&misspelt) else { continue };
            assert_suggests("column", name, &misspelt, error);
            columns += 1;
        }
    }
    assert!(losses > 300 && activations > 120 && columns > 90, "{losses} {activations} {columns}");

    let model = Model::new(&people(), [], &mut rng()).unwrap();
    let other = Dataset::with_classes(people().inputs(), &["F", "f", "M", "F"]).unwrap();
    assert_error(model.evaluate(&other), "no class `f` in the model; did you mean `F`? Classes: F, M");
}

#[test]
fn duplicate_and_names_have_their_names() {
    let error = assert_error(
        people().named(["x", "x"]),
        "expected different names, got input `x` twice, in Dataset::named; rename one",
    );
    assert_eq!(error, Error::Duplicate { what: "input", name: "x".into(), place: "Dataset::named".into() });

    let model = Model::new(&people(), [], &mut rng()).unwrap();
    let error = assert_error(
        model.evaluate(&people().named(["height", "weight"]).unwrap()),
        "expected the inputs weight, height, in this order, got height, weight, in the samples for a model",
    );
    let Error::Names { what, expected, got, .. } = error else { panic!("{error:?}") };
    let other = Error::Names { what, expected: expected.clone(), got: vec!["age".into()], place: "a file".into() };
    assert_eq!(other.to_string(), "expected the inputs weight, height, got age, in a file");
    assert_eq!(
        (what, expected, got.concat()),
        ("inputs", vec!["weight".into(), "height".into()], "heightweight".into())
    );
}

#[test]
fn limit_has_limit_and_got() {
    let labels: Vec<String> = (0..1001).map(|i| i.to_string()).collect();
    let error = assert_error(
        Dataset::<f32>::with_classes(Array2::zeros((1001, 1)), &labels),
        "expected at most 1000 classes, got 1001, in the targets; use numbers, or fewer classes",
    );
    assert!(matches!(error, Error::Limit { what: "classes", limit: 1000, got: Some(1001), .. }), "{error:?}");
    let trace = Trace::<f64>::new();
    let sum = (0..100).map(|i| trace.variable(format!("x{i}"), 1.0)).reduce(|a, b| a + b).unwrap();
    let error = sum.drawing().to_dot().unwrap_err();
    assert!(matches!(error, Error::Limit { limit: 150, got: Some(199), .. }), "{error:?}");
}

#[test]
fn out_of_memory_has_the_number_of_parameters() {
    let net = |width: usize| Mlp::<f64>::new(1, [(width, Activation::Tanh)], &mut rng());
    let error = assert_error(net(usize::MAX), "too many parameters to count, in Mlp; make its layers smaller");
    assert_eq!(error, Error::OutOfMemory { parameters: None, place: "Mlp" });
    let error = net(usize::MAX / 16).unwrap_err();
    assert_eq!(error, Error::OutOfMemory { parameters: Some(usize::MAX / 16 * 2), place: "Mlp" });
}

#[test]
fn unsupported_has_what_and_operation() {
    type Half = FloatWrapper<half::f16>;
    let [x, y] = [[[1.0], [2.0]], [[3.0], [5.0]]].map(|rows| rows.map(|row| row.map(Half::of)));
    let model = Model::new(&Dataset::new(x, y).unwrap(), [], &mut rng()).unwrap();
    let float = std::any::type_name::<Half>();
    let error = assert_error(
        model.to_rust(),
        &format!("Model::to_rust does not support {float}: the float type must be f32 or f64"),
    );
    assert!(matches!(error, Error::Unsupported { what, operation: "Model::to_rust", .. } if what == float));
}

#[test]
fn csv_has_file_row_column_and_kind() {
    let text = "a,b\n1,2\n\n3,4-5\n";
    let path = file("table.csv", text);
    let error = assert_error(
        Csv::read(&path).unwrap().numbers::<f64>("b"),
        &format!(
            "expected a number, got `4-5`, in row 3, column `b` of {}; correct it, or leave the column out",
            path.display()
        ),
    );
    let kind = CsvErrorKind::NotANumber { cell: "4-5".into() };
    assert_eq!(error, Error::Csv { path: Some(path), row: Some(3), column: Some("b".into()), kind });

    let kind = |result: Result<Csv, Error>| match result.unwrap_err() {
        Error::Csv { path: None, row, column, kind } => (row, column, kind),
        error => panic!("{error:?}"),
    };
    let parse = |text: &str| kind(Csv::from_text(text));
    assert_eq!(parse(""), (None, None, CsvErrorKind::Empty));
    assert_eq!(parse("a\n"), (None, None, CsvErrorKind::NoRows));
    assert_eq!(parse("a,b\n1\n"), (None, None, CsvErrorKind::Ragged { line: 2, expected: 2, got: 1 }));

    let convert = |text: &str, inputs: &[&str]| {
        let csv = Csv::from_text(text).unwrap();
        let csv = if inputs.is_empty() { csv } else { csv.inputs(inputs) };
        kind(csv.numbers::<f32>("t").map(|_| csv))
    };
    let column = |name: &str| Some(name.to_string());
    assert_eq!(convert("a,t\n?,1\n", &[]), (Some(1), column("a"), CsvErrorKind::Missing { cell: "?".into() }));
    let overflow = CsvErrorKind::Overflow { cell: "1e60".into(), float: "f32" };
    assert_eq!(convert("a,t\n1,1\n2,1e60\n", &[]), (Some(2), column("t"), overflow));
    assert_eq!(convert("a,t\n1,1\n", &["t"]), (None, column("t"), CsvErrorKind::TargetIsInput));
    assert_eq!(convert("a,t\n1,1\n", &["a", "a"]), (None, column("a"), CsvErrorKind::RepeatedInput));
    let none = Csv::from_text("a,t\n,1\n").unwrap().drop_missing();
    let error = none.numbers::<f64>("t").unwrap_err();
    assert!(matches!(error, Error::Csv { row: None, column: None, kind: CsvErrorKind::NoCompleteRow, .. }));
    let latin = file("latin.csv", b"a,b\n1,\xe9\n");
    let error = CsvOptions::new().encoding("utf-8").read(&latin).unwrap_err();
    assert!(matches!(error, Error::Csv { path: Some(path), kind: CsvErrorKind::NotUtf8, .. } if path == latin));
}

#[test]
fn format_has_the_contradiction_as_its_source() {
    let model = Model::new(&people(), [(3, Activation::Tanh)], &mut rng()).unwrap();
    let json = model.to_json();
    let other = json.replacen("\"outputs\": 3", "\"outputs\": 4", 1);
    let path = file("model.json", &other);
    let expected = format!("{} contradicts itself", path.display());
    let error = assert_error(Model::<f64>::load(&path), &expected);
    assert_eq!(error.source().unwrap().to_string(), "expected 4 inputs, got 3, in layer 2");
    let source = error.source().unwrap().downcast_ref::<Error>();
    assert!(matches!(source, Some(Error::Shape { what: "inputs", expected: 4, got: 3, .. })), "{source:?}");

    let error = assert_error(Model::<f64>::from_json("{}"), "the text is not a model of backprop");
    assert_eq!(error, Error::Format { path: None, problem: "is not a model of backprop".into(), source: None });
    assert!(error.source().is_none());
}

#[test]
fn io_has_path_and_source() {
    let error = assert_error(Csv::read("no/such.csv"), "cannot read no/such.csv");
    let source = error.source().unwrap().downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(source.kind(), ErrorKind::NotFound);
    let Error::Io { operation: "read", path, source } = &error else { panic!("{error:?}") };
    assert_eq!((path.as_path(), source.kind()), (Path::new("no/such.csv"), ErrorKind::NotFound));
    let other =
        Error::Io { operation: "read", path: path.clone(), source: std::io::Error::from(ErrorKind::Other).into() };
    assert!(error != other && error == Csv::read("no/such.csv").unwrap_err());

    let model = Model::new(&people(), [], &mut rng()).unwrap();
    let error = assert_error(model.save("no/folder/m.json"), "cannot write no/folder/m.json");
    assert!(error.source().is_some());
}

#[test]
fn gradient_has_both_derivatives() {
    #[derive(Clone, Copy)]
    struct Wrong;
    impl backprop::UnaryFunction for Wrong {
        fn value_and_derivative<T: backprop::Scalar>(&self, x: T) -> (T, T) {
            (x * x, x)
        }
    }
    let error = gradcheck(|x| backprop::Scalar::map(x[0], Wrong), &[2.0]).unwrap_err();
    let text = error.to_string();
    let Error::Gradient { coordinate: 0, automatic: 2.0, numerical, relative_error, .. } = error else {
        panic!("{text}")
    };
    assert!((numerical - 4.0_f64).abs() < 1e-6 && (relative_error - 0.5).abs() < 1e-6, "{text}");
    assert!(text.starts_with("expected the derivative ") && text.contains(", got 2.0, in coordinate 0 ("), "{text}");
}

#[test]
fn constructors_create_errors_for_custom_code() {
    let error = Error::invalid_argument("heads", "divide the width 10", 3);
    assert_eq!(error.to_string(), "`heads` must divide the width 10, got 3");
    let error = Error::unknown("optimizer", "nestorov", ["sgd", "nesterov"]);
    assert_eq!(error.to_string(), "no optimizer `nestorov`; did you mean `nesterov`? Optimizers: sgd, nesterov");
    let error = Error::custom("no accelerator, in the second device; start it again");
    assert_eq!(error, Error::Custom { message: error.to_string() });
    assert!(error.source().is_none());
}

/// Every forward pass returns a `Result` with this type, so it must be small.
#[test]
fn error_is_small_send_and_sync() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Error>();
    assert!(size_of::<Error>() <= 128, "{} bytes", size_of::<Error>());
}
