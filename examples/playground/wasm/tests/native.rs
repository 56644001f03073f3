//! Tests of the playground without a browser.

use backprop::ndarray::Array2;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Dataset, Error, Model, Parameters};
use playground::{Data, Formula, ImportedModel, Playground, Point, Settings};

fn playground(address: &str) -> Playground {
    let settings: Settings = address.parse().unwrap();
    let data = Data::named(&settings).unwrap();
    Playground::new(settings, data).unwrap()
}

fn parameters(playground: &Playground) -> Vec<u64> {
    playground.exported().unwrap().net().parameters().iter().map(|x| x.to_bits()).collect()
}

#[test]
fn batches_one_by_one_equal_an_epoch() -> Result<(), Error> {
    for optimizer in ["sgd", "momentum", "nesterov", "rmsprop", "adam"] {
        let address = format!("data=gauss&batch=7&l1=0.001&optimizer={optimizer}");
        let (mut whole, mut by_steps) = (playground(&address), playground(&address));
        whole.learn(2)?;
        for _ in 0..2 * 250_usize.div_ceil(7) {
            by_steps.step()?;
        }
        assert_eq!(parameters(&by_steps), parameters(&whole), "{optimizer}");
        // The rest of an epoch that was started in steps counts as one epoch.
        by_steps.step()?;
        by_steps.learn(1)?;
        whole.learn(1)?;
        assert_eq!(parameters(&by_steps), parameters(&whole), "{optimizer}");
    }
    Ok(())
}

#[test]
fn resumed_training_is_bit_for_bit_identical() -> Result<(), Error> {
    let mut first = playground("data=spiral&layers=8tanh");
    first.learn(3)?;
    let at_three = first.exported()?.net().parameters();
    first.learn(4)?;
    let mut second = playground("data=spiral&layers=8tanh");
    second.go_to(3, 0, &at_three)?;
    second.learn(4)?;
    assert_eq!(parameters(&second), parameters(&first));
    second.reset()?;
    assert_eq!(parameters(&second), parameters(&playground("data=spiral&layers=8tanh")));
    Ok(())
}

#[test]
fn training_settings_keep_the_network() -> Result<(), Error> {
    let mut playground = playground("data=xor");
    playground.learn(2)?;
    let before = parameters(&playground);
    for address in ["rate=0.5", "rate=0.5&batch=3", "l1=1", "l2=0.1", "optimizer=adam", "optimizer=rmsprop&rate=0.001"]
    {
        assert!(!playground.set(format!("data=xor&{address}").parse()?)?, "{address}");
        assert_eq!(parameters(&playground), before, "{address}");
    }
    for address in ["seed=2", "layers=3relu", "inputs=x1", "loss=cross", "init=zeros"] {
        assert!(playground.set(format!("data=xor&{address}").parse()?)?, "{address}");
    }
    Ok(())
}

#[test]
fn divergent_training_restores_best_parameters() -> Result<(), Error> {
    let mut playground = playground("data=hills&layers=4relu,4relu&rate=1000");
    playground.scores()?;
    let error = loop {
        if let Err(error) = playground.learn(1) {
            break error;
        }
        playground.scores()?;
    };
    let here = playground.place()[0] + 1;
    let Error::NonFinite { epoch, parameter: Some(parameter), .. } = &error else { panic!("{error:?}") };
    assert!(*epoch == Some(here) && parameter.contains("in layer "), "{error:?}");
    assert!(error.to_string().contains(&format!("epoch {here}")), "{error}");
    playground.go_back()?;
    assert!(playground.scores()?.train.loss.is_finite());
    Ok(())
}

/// A trainer counts epochs and steps from its own start; an error must have those of the page.
#[test]
fn divergent_step_has_epoch_and_step_of_the_page() -> Result<(), Error> {
    let mut playground = playground("data=hills&layers=4relu&rate=0.001&batch=25"); // 250 samples, 10 steps an epoch
    playground.learn(2)?;
    for _ in 0..3 {
        playground.step()?;
    }
    let mut settings: Settings = "data=hills&layers=4relu&rate=1000000&batch=25".parse()?;
    settings.l2 = 1e6;
    playground.set(settings)?;
    let mut steps = 3;
    let error = loop {
        steps += 1;
        if let Err(error) = playground.step() {
            break error;
        }
    };
    let Error::NonFinite { epoch, step, .. } = error else { panic!("{error:?}") };
    assert_eq!((epoch, step), (Some(3 + (steps - 1) / 10), Some((steps - 1) % 10 + 1)), "{error}");
    Ok(())
}

#[test]
fn wrong_settings_are_errors_with_fields() {
    let refused = |address: &str| address.parse::<Settings>().unwrap_err().to_string();
    assert_eq!(refused("rate=-1"), "`rate` must be a number from 0 to 1000000, got `-1`");
    assert_eq!(refused("rate=NaN"), "`rate` must be a number from 0 to 1000000, got `NaN`");
    assert_eq!(refused("batch=0.5"), "`batch` must be an integer from 1 to 1000000, got `0.5`");
    assert_eq!(refused("layers=13tanh"), "`layers` must be an integer from 1 to 12, got `13`");
    assert!(refused("layers=4tahn").starts_with("no activation `tahn`; did you mean `tanh`? Activations: "));
    assert!(refused("loss=sqared").starts_with("no loss `sqared`; did you mean `squared`? Losses: "));
    assert!(refused("inputs=x1,cos1").starts_with("no input `cos1`"), "{}", refused("inputs=x1,cos1"));
    assert_eq!(refused("inputs="), "expected at least one input, got none, in the network");
    let data = |name: &str| Data::named(&Settings { data: name.into(), ..Settings::default() });
    let error = data("sprial").unwrap_err();
    assert!(matches!(error, Error::Unknown { suggestion: Some(ref name), .. } if name == "spiral"), "{error}");
}

/// A class that is added to those of a table has a new name, and predictions are in the order of the names.
#[test]
fn predictions_are_in_the_order_of_the_classes() -> Result<(), Error> {
    let settings: Settings = "loss=softmax&optimizer=adam&rate=0.05&layers=6tanh".parse()?;
    let description = "a\tb\nside\n0\t0\n1\t1\n6\nleft\tright";
    let point = |x: f64, target: f64| Point { at: [x, x * x / 4.0], target, is_test: false };
    let points: Vec<Point> =
        (0..60).map(|i| point((i % 3) as f64 * 2.0 - 2.0 + 0.01 * i as f64, (i % 3) as f64)).collect();
    let data = Data::of_description(description, points)?;
    let points = data.points.clone();
    assert_eq!(data.classes, ["A", "left", "right"]);
    assert_eq!(
        points.iter().map(|point| &data.classes[point.target as usize]).take(3).collect::<Vec<_>>(),
        ["left", "right", "A"]
    );
    let mut playground = Playground::new(settings, data)?;
    playground.learn(200)?;
    assert_eq!(playground.scores()?.train.quality, Some(1.0));
    for point in points {
        let predictions = playground.predict(point.at)?;
        let best = (0..3).max_by(|&i, &j| predictions[i].total_cmp(&predictions[j])).unwrap();
        assert_eq!(best, point.target as usize, "{predictions:?}");
    }
    Ok(())
}

#[test]
fn class_names_are_distinct() -> Result<(), Error> {
    for classes in ["B\tC", "C\tA", "no\tC"] {
        let description = format!("a\tb\nside\n0\t0\n1\t1\n6\n{classes}");
        let points: Vec<Point> =
            (0..3).map(|i| Point { at: [i as f64; 2], target: i as f64, is_test: false }).collect();
        let mut names = Data::of_description(&description, points)?.classes;
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 3, "{classes}: {names:?}");
    }
    Ok(())
}

#[test]
fn invalid_settings_are_refused() {
    for address in [
        "layers=13tanh",
        "layers=1tanh,1tanh,1tanh,1tanh,1tanh,1tanh,1tanh,1tanh,1tanh",
        "layers=4wow",
        "rate=NaN",
        "rate=-1",
        "batch=0",
        "noise=2",
        "test=1",
        "inputs=",
        "inputs=x9",
        "loss=wild",
        "seed=-1",
        "init=odd",
        "l1=inf",
        "dropout=0.95",
        "residual=2",
        "formula=x1+",
        "boundary=",
    ] {
        assert!(address.parse::<Settings>().is_err(), "{address}");
    }
    for address in ["data=own", "data=nowhere", "optimizer=magic"] {
        let settings: Settings = address.parse().unwrap();
        let made = Data::named(&settings).and_then(|data| Playground::new(settings, data));
        assert!(made.is_err(), "{address}");
    }
    // Each input is used once.
    let settings: Settings = "inputs=x1,x2,x1,x2,x1".parse().unwrap();
    assert_eq!(settings.inputs.len(), 2);
}

/// A hinge loss is a constant 0 for samples far on the right side, on which its derivatives are 0.
#[test]
fn hinge_loss_of_0_has_derivatives_of_0() -> Result<(), Error> {
    let mut playground = playground("data=gauss&noise=0.5&loss=hinge&rate=0.1");
    playground.learn(30)?;
    let mut constant = 0;
    for sample in 0..50 {
        let pass = playground.pass(sample)?;
        let [.., by_sum, by_output] = pass.neurons[pass.neurons.len() - 1];
        let side = 2.0 * pass.targets[0] - 1.0;
        assert_eq!([by_sum, by_output], if pass.loss == 0.0 { [0.0; 2] } else { [-side; 2] }, "sample {sample}");
        assert_gradient(&mut playground, sample, &pass.gradient)?;
        constant += usize::from(pass.loss == 0.0);
        assert_eq!(pass.loss == 0.0, pass.gradient.iter().all(|&derivative| derivative == 0.0), "sample {sample}");
    }
    assert!(0 < constant && constant < 50, "{constant} of 50 samples have a loss of 0");
    Ok(())
}

#[test]
fn formulas_have_the_precedence_of_mathematics() -> Result<(), Error> {
    let value = |text: &str| Formula::parse("formula", text, &["x1", "x2"]).map(|formula| formula.value(&[3.0, 2.0]));
    let expected = [
        ("x1^2-x2", 7.0),
        ("-x1^2", -9.0),
        ("2^x1^x2", 512.0),
        ("x2^-1", 0.5),
        ("-(-x1)^3", 27.0),
        ("8/4/2", 1.0),
        ("8-4-2", 2.0),
        ("1+2*x1", 7.0),
        ("- -x1", 3.0),
        ("2*-x1", -6.0),
        (" ( x1 + .5 ) * 2. ", 7.0),
        ("sqrt(x1+1)*abs(-x2)", 4.0),
        ("cos(pi)+exp(0)+ln(1)+tanh(0)+tan(0)+sin(0)", 0.0),
    ];
    for (text, expected) in expected {
        assert_eq!(value(text)?, expected, "{text}");
    }
    Ok(())
}

#[test]
fn errors_in_formulas_have_a_place() {
    let refused = |text: &str| Formula::parse("formula", text, &["x1", "x2"]).unwrap_err().to_string();
    let operand = "`formula` must have a number, a variable, a function or `(`";
    assert_eq!(refused(""), format!("{operand} at character 1, got the end"));
    assert_eq!(refused("x1 * )"), format!("{operand} at character 6, got `)`"));
    assert_eq!(refused("é"), format!("{operand} at character 1, got `é`"));
    assert_eq!(refused("x1 x2"), "`formula` must have an operator or the end at character 4, got `x`");
    assert_eq!(refused("(x1"), "`formula` must have an operator or `)` at character 4, got the end");
    assert_eq!(refused("sin x1"), "`formula` must have `(` at character 5, got `x`");
    assert_eq!(refused("1.2.3"), "`formula` must have a number at character 1, got `1.2.3`");
    assert!(refused("1+sinh(x1)").starts_with("no name `sinh` in `formula` at character 3; did you mean `sin`?"));
    assert!(refused(&"(".repeat(60)).contains("must be nested at most 50 deep, got more at character 51"));
    assert!(refused(&"-".repeat(60)).contains("must be nested at most 50 deep"));
    assert!(refused(&"2^".repeat(60)).contains("must be nested at most 50 deep"));
    assert_eq!(refused(&"1".repeat(201)), "`formula` must have at most 200 characters, got 201");
    let deep = format!("{}x1{}", "(".repeat(49), ")".repeat(49));
    assert_eq!(Formula::parse("formula", &deep, &["x1"]).unwrap().value(&[4.0]), 4.0);
}

/// The product of the coordinates is an input of its own and a formula.
#[test]
fn formula_is_an_input() -> Result<(), Error> {
    let mut product = playground("data=xor&inputs=x1,x1x2");
    let mut formula = playground("data=xor&inputs=x1,own&formula=x1*x2");
    product.learn(5)?;
    formula.learn(5)?;
    assert_eq!(parameters(&formula), parameters(&product));
    let json = formula.exported()?.to_json();
    assert!(json.contains("\"name\": \"x1*x2\""), "{json}");
    assert!(formula.exported()?.to_rust()?.contains("x1*x2"));
    assert!(formula.set("data=xor&inputs=x1,own&formula=x1*x2+1".parse()?)?);
    assert!(!formula.set("data=xor&inputs=x1,own&formula=x1*x2+1&boundary=x".parse()?)?);
    assert!(formula.pass(0)?.gradient.iter().all(|x| x.is_finite()));

    let settings: Settings = "inputs=own&formula=ln(x1)".parse()?;
    let data = Data::named(&settings)?;
    let negative = data.points.iter().find(|point| point.at[0] < 0.0).expect("a point has x1 < 0").at;
    let error = Playground::new(settings, data).err().expect("the logarithm of a negative number is not finite");
    let place = format!("`formula` must be finite at the sample ({}, {}), got NaN", negative[0], negative[1]);
    assert_eq!(error.to_string(), place);
    Ok(())
}

/// The corners of the plane are outside the domain, the samples inside.
#[test]
fn predictions_are_nan_where_the_formula_is_not_finite() -> Result<(), Error> {
    let playground = playground("data=circle&inputs=x1,own&formula=sqrt(26-r^2)");
    let predictions = playground.predictions(10)?;
    assert!(predictions[..2].iter().all(|p| p.is_nan()) && predictions[2 * 55..2 * 56].iter().all(|p| p.is_finite()));
    assert_eq!(predictions.len(), 200);
    assert!(playground.maps(10)?.iter().any(|x| x.is_finite()));
    Ok(())
}

#[test]
fn data_have_classes_on_both_sides_of_a_boundary() -> Result<(), Error> {
    let settings: Settings = "data=formula&boundary=x^2/4-3".parse()?;
    let data = Data::named(&settings)?;
    assert_eq!((data.points.len(), &data.classes[..]), (500, &["A".to_string(), "B".into()][..]));
    for point in &data.points {
        let [x, y] = point.at;
        assert_eq!(point.target, (y > x * x / 4.0 - 3.0) as u8 as f64);
    }
    let refused = |address: &str| Data::named(&address.parse().unwrap()).unwrap_err().to_string();
    assert_eq!(refused("data=formula&boundary=9"), "`boundary` must have points on both sides, got all below `9`");
    assert!(refused("data=formula&boundary=ln(x)").starts_with("`boundary` must be finite at x = -"));
    assert!("boundary=x1".parse::<Settings>().unwrap_err().to_string().starts_with("no name `x1` in `boundary`"));
    Ok(())
}

/// The derivatives of a residual network are compared with finite differences of its loss.
#[test]
fn residual_connections_have_the_right_gradient() -> Result<(), Error> {
    let address = "data=hills&layers=3tanh,3sigmoid,2tanh,2silu&loss=squared&batch=1";
    let (plain, mut residual) = (playground(address), playground(&format!("{address}&residual=1")));
    let (without, with) = (plain.pass(7)?, residual.pass(7)?);
    let [sum, output, ..] = with.neurons[0]; // in the first layer
    assert_eq!([sum, output], without.neurons[0][..2]);
    assert_eq!(with.neurons[3][0], without.neurons[3][0]);
    assert_eq!(with.neurons[3][1], without.neurons[3][1] + output);
    assert!(with.neurons[6][1].abs() <= 1.0); // three neurons before two: no residual connection

    let parameters = residual.net().parameters();
    assert_gradient(&mut residual, 7, &with.gradient)?;
    // Each input of a residual layer has another path, with derivative 1: dh4/dh1 = w7·σ′(sum_h4) + 1.
    let layer = &residual.net().mlp().layers()[1];
    for (i, [_, output, by_sum, by_output]) in with.neurons[..3].iter().enumerate() {
        let next = layer.neurons().zip(&with.neurons[3..]);
        let weighted = next.map(|(neuron, [.., by_sum, _])| neuron.weights()[i] * by_sum).sum::<f64>();
        let expected = weighted + with.neurons[3 + i][3];
        assert!((by_output - expected).abs() < 1e-15, "h{}: {by_output}, {expected}", i + 1);
        assert!((by_sum - by_output * (1.0 - output * output)).abs() < 1e-15, "h{}", i + 1);
    }

    // A step of gradient descent has the same derivatives, and the maps the same outputs.
    residual.set(format!("{address}&residual=1&rate=1").parse()?)?;
    residual.learn_from(7)?;
    for ((before, after), derivative) in parameters.iter().zip(residual.net().parameters()).zip(&with.gradient) {
        assert!((before - derivative - after).abs() < 1e-12);
    }
    let (map, predictions) = (residual.maps(4)?, residual.predictions(4)?);
    assert!(map[map.len() - 16..].iter().all(|x| x.is_finite()) && predictions.len() == 16);

    let error = residual.exported().unwrap_err();
    assert_eq!(error.to_string(), "a network with residual connections cannot be exported; set residual=0");
    // Without two hidden layers of one size there is nothing to add.
    assert_eq!(parameters_of("layers=4tanh,2tanh&residual=1")?, parameters_of("layers=4tanh,2tanh")?);
    Ok(())
}

/// Compares a gradient with finite differences of the loss of a sample.
fn assert_gradient(playground: &mut Playground, sample: usize, gradient: &[f64]) -> Result<(), Error> {
    let parameters = playground.net().parameters();
    assert_eq!(gradient.len(), parameters.len());
    for (index, derivative) in gradient.iter().enumerate() {
        let mut loss = |by: f64| {
            let mut moved = parameters.clone();
            moved[index] += by;
            playground.go_to(0, 0, &moved).and_then(|()| playground.pass(sample)).map(|pass| pass.loss)
        };
        let difference = (loss(1e-5)? - loss(-1e-5)?) / 2e-5;
        assert!((difference - derivative).abs() < 1e-7, "parameter {index}: {difference}, {derivative}");
    }
    playground.go_to(0, 0, &parameters)
}

/// Training draws the outputs that dropout removes; a pass has all of them.
#[test]
fn pass_has_no_dropout() -> Result<(), Error> {
    let (mut with, mut without) = (playground("dropout=0.5"), playground(""));
    with.learn(2)?;
    without.go_to(2, 0, &with.net().parameters())?;
    let (with, without) = (with.pass(3)?, without.pass(3)?);
    assert_eq!((with.loss, with.neurons, with.gradient), (without.loss, without.neurons, without.gradient));
    Ok(())
}

fn parameters_of(address: &str) -> Result<Vec<u64>, Error> {
    let mut playground = playground(address);
    playground.learn(2)?;
    Ok(parameters(&playground))
}

#[test]
fn dropout_is_deterministic_and_only_in_training() -> Result<(), Error> {
    let address = "data=spiral&layers=8tanh,8tanh&dropout=0.3&optimizer=adam";
    assert_eq!(parameters_of(address)?, parameters_of(address)?);
    assert_ne!(parameters_of(address)?, parameters_of("data=spiral&layers=8tanh,8tanh&optimizer=adam")?);
    assert_ne!(parameters_of(address)?, parameters_of(&address.replace("0.3", "0.4"))?);

    // Training can be resumed in the middle of an epoch.
    let (mut whole, mut resumed) = (playground(address), playground(address));
    for _ in 0..30 {
        whole.step()?;
    }
    let ([epoch, done], memory) = (whole.place(), whole.memory());
    resumed.go_to(epoch, done, &whole.net().parameters())?;
    resumed.set_memory(&memory)?;
    whole.learn(2)?;
    resumed.learn(2)?;
    assert_eq!(parameters(&resumed), parameters(&whole));

    let scores = whole.scores()?;
    assert_eq!(whole.scores()?, scores);
    assert!(!whole.set("data=spiral&layers=8tanh,8tanh&optimizer=adam".parse()?)?);
    assert_eq!(whole.scores()?, scores);
    Ok(())
}

#[test]
fn lbfgs_learns_in_few_epochs_and_can_be_resumed() -> Result<(), Error> {
    let address = "data=circle&layers=4tanh&loss=cross&optimizer=lbfgs&l2=0.001";
    let mut whole = playground(address);
    whole.freeze(vec![1])?;
    let before = whole.net().parameters()[1];
    whole.learn(3)?;
    let (memory, at_three) = (whole.memory(), whole.net().parameters());
    assert_eq!(memory.len(), 3 * 2 * at_three.len());
    whole.learn(10)?;
    assert_eq!((whole.place(), whole.net().parameters()[1]), ([13, 0], before));

    let mut resumed = playground(address);
    resumed.go_to(3, 0, &at_three)?;
    resumed.set_memory(&memory)?;
    resumed.freeze(vec![1])?;
    for _ in 0..10 {
        resumed.step()?; // all samples
    }
    assert_eq!(parameters(&resumed), parameters(&whole));
    whole.learn(30)?;
    assert!(whole.scores()?.train.quality > Some(0.95), "{:?}", whole.scores()?);
    assert!(resumed.set_memory(&memory[1..]).is_err());

    let refused = whole.set(format!("{address}&dropout=0.1").parse()?).unwrap_err().to_string();
    assert!(refused.starts_with("`dropout` must be 0 for L-BFGS"), "{refused}");
    Ok(())
}

/// Returns the description of a model, as the page passes it.
fn imported(model: &Model<f64>) -> Result<ImportedModel, Error> {
    let numbers = |values: &[f64]| -> String { values.iter().map(f64::to_string).collect::<Vec<String>>().join("\t") };
    let (scaler, target) = (model.scaler(), model.target_scaler());
    let target = target.map_or(String::new(), |scaler| numbers(&[scaler.shifts()[0], scaler.units()[0]]));
    let layers: Vec<String> =
        model.net().layers().iter().map(|layer| format!("{}{}", layer.outputs(), layer.activation())).collect();
    let (classes, inputs) = (model.classes().join("\t"), model.input_names().join("\t"));
    let (shifts, units) = (numbers(scaler.shifts()), numbers(scaler.units()));
    let lines = [model.loss().to_string(), classes, inputs, shifts, units, target, layers.join("\t")];
    ImportedModel::parse(&lines.join("\n"), model.net().parameters())
}

/// A model that the page has exported gives the same network again, whatever the page shows.
#[test]
fn exported_models_are_imported() -> Result<(), Error> {
    let addresses = [
        "data=spiral&layers=8tanh,5leaky_relu(0.1)&loss=cross",
        "data=spiral3&loss=softmax&inputs=x1,own,sin2&formula=x1*x2&layers=",
        "data=hills&loss=huber&layers=12gelu",
        "data=people&loss=squared&output=tanh&test=0",
    ];
    for address in addresses {
        let mut trained = playground(address);
        trained.learn(3)?;
        let data = address.split('&').next().unwrap();
        let mut page = playground(&format!("{data}&layers=3relu,3relu&residual=1"));
        let settings = page.import(&imported(&trained.exported()?)?)?;
        assert_eq!(parameters(&page), parameters(&trained), "{address}");
        assert_eq!(page.predict([0.5, -1.5])?, trained.predict([0.5, -1.5])?, "{address}");
        assert!(!page.set(format!("{data}&{settings}").parse()?)?, "{settings}");
    }
    let mut page = playground("data=circle");
    let settings = page.import(&imported(&playground("data=circle&layers=3relu&loss=hinge").exported()?)?)?;
    assert_eq!(settings, "inputs=x1,x2&formula=x1*x2&layers=3relu&residual=0&output=identity&loss=hinge");
    Ok(())
}

/// The scaling of the model becomes a part of its parameters.
#[test]
fn models_with_another_scaling_are_imported() -> Result<(), Error> {
    let inputs = Array2::from_shape_fn((40, 2), |(row, column)| ((row * 7 + column * 3) % 11) as f64 * 3.0 + 100.0);
    let targets = Array2::from_shape_fn((40, 1), |(row, _)| inputs[[row, 0]] - 0.5 * inputs[[row, 1]] + 1e3);
    let dataset = Dataset::new(&inputs, &targets)?.named(["b", "a"])?;
    let model = Model::new(&dataset, [(4, Activation::Tanh)], &mut SomeRng::seed_from_u64(1))?;
    let point = |i: usize| Point { at: [i as f64 / 9.0 - 2.0, 1.0], target: i as f64, is_test: false };
    let data = Data::of_description("a\tb\ny\n90\t110\n20\t5\n6\n", (0..30).map(point).collect())?;
    let mut page = Playground::new("data=own".parse()?, data)?;
    assert!(page.import(&imported(&model)?)?.starts_with("inputs=x2,x1&"));
    for at in [[0.0, 0.0], [1.0, -2.0]] {
        let expected = model.predict([[110.0 + 5.0 * at[1], 90.0 + 20.0 * at[0]]])?[[0, 0]];
        assert!((page.predict(at)?[0] - expected).abs() < 1e-9, "{:?} {expected}", page.predict(at)?);
    }
    Ok(())
}

#[test]
fn models_that_do_not_fit_are_refused() -> Result<(), Error> {
    let refused = |data: &str, description: &str, count: usize| {
        let mut page = playground(data);
        let before = parameters(&page);
        let result = ImportedModel::parse(description, vec![0.5; count]).and_then(|model| page.import(&model));
        assert_eq!(parameters(&page), before);
        result.unwrap_err().to_string()
    };
    let circle = "mean_squared_error\nA\tB\nx1\tx2\n0\t0\n1\t1\n\n3tanh\t1sigmoid";
    assert_eq!(refused("data=circle", circle, 12), "expected 13 parameters, got 12, in the model");
    let classes = "`the model` must predict the classes A, B, C, as the data have it, got the classes A, B";
    assert_eq!(refused("data=spiral3", circle, 13), classes);
    assert!(refused("data=plane", circle, 13).starts_with("`the model` must predict a number"));
    let changed = |from: &str, to: &str| refused("data=circle", &circle.replace(from, to), 13);
    assert!(changed("x2", "age").starts_with("no input `age`"), "{}", changed("x2", "age"));
    assert!(changed("mean_squared_error", "huber(2)").starts_with("no loss `huber(2)`"));
    assert_eq!(changed("3tanh", "13tanh"), "`layers` must be an integer from 1 to 12, got `13`");
    assert!(changed("1sigmoid", "2sigmoid").contains("must have the last layer 1sigmoid and the loss"));
    assert_eq!(changed("1\t1", "1\t1\t1"), "expected 2 units, got 3, in the description of a model");
    assert_eq!(changed("1\t1", "1\tinf"), "`the model` must have finite parameters and scaling, got inf");
    assert_eq!(refused("data=circle", "", 0), "expected seven lines, got 1, in the description of a model");
    Ok(())
}
