//! Training, settings and predictions.

use backprop::{Error, Parameters};
use playground::{Data, Playground, Point, Settings};

use super::{assert_gradient, parameters, playground};

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
