//! Pictures of networks and of training, as SVG and PNG files and as text.

use backprop::plot::{
    Boundary, CalibrationCurve, ConfusionPicture, Distributions, Histograms, ImportancePicture, LossCurves, NetPicture,
    Picture, PredictionErrors, RocCurve, RulePicture, Surface, Theme, checked_path,
};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{
    Activation, ConfusionMatrix, Dataset, Error, Importance, Init, Loss, Matrix, Mlp, Model, Optimizer, Scalar, Sgd,
    Trainer, Trajectory, UnaryFunction,
};
use std::path::PathBuf;

/// Draws every picture, light and dark, as SVG and as PNG.
#[test]
fn pictures_are_saved_as_svg_and_png() {
    fn check(name: &str, picture: &impl Picture, parts: &[&str]) {
        let svg = picture.to_svg(Theme::Light);
        for part in parts {
            assert!(svg.contains(&format!("\n{part}\n")), "no '{part}' in {name}");
        }
        assert!(
            svg.contains("#FFFFFF")
                && !picture.to_svg(Theme::Dark).contains("fill=\"#FFFFFF\" stroke=\"none\"/>\n<rect")
        );
        for ending in ["svg", "png"] {
            let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.{ending}"));
            picture.save(&path).unwrap();
            let bytes = std::fs::read(path).unwrap();
            assert!(bytes.starts_with(if ending == "svg" { b"<svg" } else { b"\x89PNG" }));
        }
    }
    let x: [[f64; 2]; 30] = std::array::from_fn(|i| [(i % 6) as f64, (i / 6) as f64]);
    let dataset = Dataset::with_classes(x, &x.map(|[a, b]| if a > b { "right" } else { "left" })).unwrap();
    let dataset = dataset.named(["east", "north"]).unwrap();
    let mut model = Model::new(&dataset, [(4, Activation::Tanh)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let mut trajectory = Trajectory::new();
    let trainer = Trainer::new(model.loss(), Sgd::new(0.5)).epochs(20).validation_split(0.2);
    let history = model.fit(&mut trainer.record(&mut trajectory), &dataset).unwrap();
    check("losses", &LossCurves::new(&history), &["Loss by epoch", "training", "validation", "epoch"]);
    check("boundary", &Boundary::new(&model, &dataset).unwrap(), &["east", "north", "left", "right"]);
    check("net", &NetPicture::new(model.net()).named(["east", "north"]), &["east", "4 tanh", "2 identity"]);
    check(
        "net-in-symbols",
        &NetPicture::new(model.net()).in_symbols(),
        &["x1", "x2", "w1", "w16", "h1", "+ b1", "h4", "+ b4", "o1", "+ b5", "o2", "+ b6", "4 tanh"],
    );
    check("histograms", &Histograms::new(model.net()), &["0.weight (8)", "2.bias (2)"]);
    check(
        "weights-by-epoch",
        &Distributions::of_parameters(model.net(), &trajectory),
        &["Parameters", "0.weight (8)", "epoch"],
    );
    check("gradients-by-epoch", &Distributions::of_gradients(model.net(), &trajectory), &["Gradients", "2.bias (2)"]);
    check("rule", &RulePicture::new(Activation::Tanh, (-3.0, 3.0)), &["tanh", "tanh′"]);
    check(
        "confusion",
        &ConfusionPicture::new(&ConfusionMatrix::new(&[0, 1, 1], &[0, 0, 1], ["a", "b"])),
        &["predicted", "a"],
    );
    check("roc", &RocCurve::new(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]), &["ROC curve, AUC 0.750"]);
    let calibration = CalibrationCurve::new(&[0.25; 8], &[true, false, false, false, true, false, false, false]);
    check("calibration", &calibration, &["Calibration", "predicted probability", "fraction true", "perfect"]);
    let errors = PredictionErrors::new(&[1.0, 2.0, f64::NAN], &[1.5, 1.0, 0.0]);
    check("prediction-errors", &errors, &["Predicted and true values", "predicted", "true"]);
    check("residuals", &errors.residuals(), &["Residuals", "predicted", "true − predicted"]);
    let importance = |column: &str, mean| Importance { column: column.into(), mean, standard_deviation: 0.0625 };
    let importances = [importance("area", 0.75), importance("a column with an extremely long name", -0.125)];
    let picture = ImportancePicture::new(&importances).title("Decrease of R²");
    check("importance", &picture, &["Decrease of R²", "area", "a column with an extrem…", "0.75", "−0.125"]);
    let bowl = |x: f64, y: f64| x * x + y * y;
    let surface = Surface::new(["u", "v"], [(-1.0, 1.0), (-1.0, 1.0)], bowl).path([[1.0, 1.0], [0.2, 0.1]], bowl);
    check("surface", &surface, &["u", "v", "start", "end"]);
    check("surface-3d", &surface.in_3d(), &["u", "v", "loss", "start", "end"]);

    let numeric = Dataset::new(x, x.map(|[a, b]| [a - b])).unwrap();
    let regression = Model::<f64>::new(&numeric, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    check("regression", &Boundary::new(&regression, &numeric).unwrap(), &["x1", "x2"]);
    let one = Dataset::new([[1.0], [2.0]], [[1.0], [2.0]]).unwrap();
    let one_input = Model::<f64>::new(&one, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    assert_eq!(Boundary::new(&one_input, &one).unwrap_err().to_string(), "expected 2 inputs, got 1, in Boundary");
    assert_eq!(
        LossCurves::of([1.0]).save("losses.gif").unwrap_err().to_string(),
        "`path` must end in .svg or .png, got losses.gif"
    );
    let error = checked_path("no/such/folder/a.svg").unwrap_err();
    let expected = "`path` must be in an existing folder, got no/such/folder/a.svg";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn loss_curves_have_the_name_and_the_scale_of_their_x_axis() {
    let curves = LossCurves::of([3.0, 2.0, 1.0]).validation([3.0, 2.5, 2.0]).x_axis("step", 500.0);
    let text = curves.to_string();
    assert!(text.starts_with("Loss by step (* training, o validation)\n"), "{text}");
    let last: Vec<&str> = text.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(last, ["0", "step", "1500"]);
    assert!(curves.title("Names").to_string().starts_with("Names ("));
}

#[test]
fn points_and_bars_are_text() {
    let probabilities: Vec<f64> = (0..100).map(|i| i as f64 / 100.0).collect();
    let truth: Vec<bool> = (0..100).map(|i| i % 10 < i / 10).collect();
    let text = CalibrationCurve::new(&probabilities, &truth).to_string();
    assert!(text.starts_with("Calibration (* model, o perfect)\n"), "{text}");
    let text = PredictionErrors::new(&[1.0, 2.0, f64::NAN], &[1.5, 1.0, 0.0]).to_string();
    assert_eq!(text.matches('·').count(), 2, "{text}");

    let importance = |column: &str, mean| Importance { column: column.into(), mean, standard_deviation: 0.0625 };
    let text = ImportancePicture::new(&[importance("area", 0.75), importance("rooms", -0.125)]).to_string();
    assert_eq!(text, format!("area   0.75 ± 0.0625    {}\nrooms  −0.125 ± 0.0625", "█".repeat(30)));
    assert_eq!(ImportancePicture::new(&[]).to_string(), "");
}

#[test]
fn infinite_losses_are_drawn() {
    let svg = LossCurves::of([1.0, f64::INFINITY, f64::NAN, 0.5]).to_svg(Theme::Light);
    assert!(svg.contains("\nepoch\n"));
    let surface = Surface::new(["a", "b"], [(-1.0, 1.0), (-1.0, 1.0)], |x, y| 1.0 / (x + y));
    assert!(surface.to_svg(Theme::Light).starts_with("<svg"));
    assert!(surface.in_3d().to_svg(Theme::Light).starts_with("<svg"));
}

/// The trajectory has a snapshot every three epochs, with the parameters and the gradient of the last step.
#[test]
fn trajectory_has_the_parameters_and_gradients_of_its_training() {
    let line = Dataset::new([[1.0], [2.0]], [[1.0], [3.0]]).unwrap();
    let net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let mut trajectory = Trajectory::every(3);
    let trainer = || Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).batch_size(2).shuffle(false).progress(false);
    trainer().epochs(7).record(&mut trajectory).fit(&mut net.clone(), &line).unwrap();
    assert_eq!(epochs_of(&trajectory), [0, 3, 6, 7], "the last epoch is always recorded");
    assert_eq!(
        (&trajectory.snapshots()[0].parameters, &trajectory.snapshots()[0].gradient),
        (&net.parameters(), &None)
    );
    let mut after_two = net.clone();
    trainer().epochs(2).fit(&mut after_two, &line).unwrap();
    let (_, gradient) = after_two.loss_and_gradient(line.inputs(), line.targets(), Loss::MeanSquaredError).unwrap();
    assert_eq!(trajectory.snapshots()[1].gradient, Some(gradient.parameters()));
    Sgd::new(0.1).step(&mut after_two, &gradient).unwrap();
    assert_eq!(trajectory.snapshots()[1].parameters, after_two.parameters());
}

fn epochs_of(trajectory: &Trajectory<f64>) -> Vec<usize> {
    trajectory.snapshots().iter().map(|snapshot| snapshot.epoch).collect()
}

/// A second training continues the trajectory of the first.
#[test]
fn trajectory_ends_with_the_parameters_of_the_network() {
    let line = Dataset::new([[1.0], [2.0]], [[1.0], [3.0]]).unwrap();
    let mut net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let trainer = |rate| Trainer::new(Loss::MeanSquaredError, Sgd::new(rate)).progress(false);
    let ends_with_parameters = |trajectory: &Trajectory<f64>, net: &Mlp<f64>| {
        trajectory.snapshots().last().unwrap().parameters == net.parameters()
    };

    let mut trajectory = Trajectory::every(60);
    trainer(0.1).epochs(100).record(&mut trajectory).fit(&mut net, &line).unwrap();
    assert!(ends_with_parameters(&trajectory, &net) && trajectory.snapshots()[2].gradient.is_some());
    trainer(0.1).epochs(100).record(&mut trajectory).fit(&mut net, &line).unwrap();
    assert_eq!(epochs_of(&trajectory), [0, 60, 100, 120, 180, 200]);
    assert!(ends_with_parameters(&trajectory, &net));
    net.set_parameters(&[1.0, 1.0]).unwrap();
    trainer(0.1).epochs(0).record(&mut trajectory).fit(&mut net, &line).unwrap();
    assert_eq!(epochs_of(&trajectory)[5..], [200, 200], "a network that was changed has a new snapshot");

    // Each step is too long: the first epoch is the best, and its parameters are restored.
    let mut trajectory = Trajectory::new();
    let history = trainer(0.9).early_stopping(3).record(&mut trajectory).fit(&mut net, &line).unwrap();
    assert_eq!((history.kept, epochs_of(&trajectory)), (1, vec![0, 1, 2, 3, 4, 4]));
    assert!(ends_with_parameters(&trajectory, &net) && trajectory.snapshots()[5].gradient.is_none());
    assert_eq!(trajectory.snapshots()[5].parameters, trajectory.snapshots()[1].parameters);

    let mut trajectory = Trajectory::every(1000);
    assert!(trainer(1e6).record(&mut trajectory).fit(&mut net, &line).is_err());
    assert!(ends_with_parameters(&trajectory, &net) && epochs_of(&trajectory).len() == 2);
}

/// The surface of w² + b² over (w, b) and over random directions, with the path of training.
#[test]
fn surfaces_have_the_losses_of_the_trajectory() {
    let mut net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let mut trajectory = Trajectory::new();
    for (step, parameters) in [[2.0, -3.0], [1.0, -1.0], [0.5, -0.25]].into_iter().enumerate() {
        net.set_parameters(&parameters).unwrap();
        trajectory.push(step, &net, None);
    }
    let bowl = |net: &Mlp<f64>| Ok(net.parameters().iter().map(|x| x * x).sum());
    let text = |surface: &Surface| format!("{surface}");
    let over_both = Surface::over_parameters(&net, &trajectory, [0, 1], bowl).unwrap().named(["w", "b"]);
    let expected = Surface::new(["w", "b"], [(-0.25, 2.75), (-4.375, 1.125)], |w, b| w * w + b * b);
    let expected = expected.path([[2.0, -3.0], [1.0, -1.0], [0.5, -0.25]], |w, b| w * w + b * b);
    assert_eq!(text(&over_both), text(&expected));

    // Two directions span the space of two parameters, so every point of the trajectory keeps its loss.
    let random = Surface::over_random_directions(&net, &trajectory, &mut SomeRng::seed_from_u64(2), bowl).unwrap();
    let losses: Vec<f64> = random.places().iter().map(|(_, loss)| *loss).collect();
    for (loss, expected) in losses.iter().zip([13.0, 2.0, 0.3125]) {
        assert!((loss - expected).abs() < 1e-9, "{losses:?}");
    }

    let failing = |_: &Mlp<f64>| Err(Error::check_count("inputs", 1, 2, || "test".into()).unwrap_err());
    let error = Surface::over_parameters(&net, &trajectory, [0, 1], failing).unwrap_err();
    assert_eq!(error.to_string(), "expected 1 inputs, got 2, in test");
    net.set_parameters(&[0.0, 5.0]).unwrap();
    let error =
        Surface::over_random_directions(&net, &Trajectory::new(), &mut SomeRng::seed_from_u64(2), bowl).unwrap_err();
    let expected =
        "`network` must have at least two parameters that are not 0, for two directions that are not parallel, got 1";
    assert_eq!(error.to_string(), expected);
    net.set_parameters(&[f64::NAN, 5.0]).unwrap();
    let error = Surface::over_parameters(&net, &trajectory, [0, 1], bowl).unwrap_err();
    assert_eq!(error.to_string(), "expected a finite parameter, got NaN, in Surface");
    net.set_parameters(&[1.0, 5.0]).unwrap();
    let text = Surface::over_parameters(&net, &Trajectory::new(), [0, 1], bowl).unwrap().to_string();
    assert!(text.contains("\n          10 │") && text.trim_end().ends_with("layer 1                2"), "{text}");
    let other = Mlp::<f64>::new(2, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let error = Surface::over_parameters(&other, &trajectory, [0, 1], bowl).unwrap_err();
    assert_eq!(error.to_string(), "expected 3 parameters, got 2, in Surface");
}

/// Pictures as text fit into a terminal and have their marks at the right places.
#[test]
fn pictures_as_text_have_marks_at_the_right_places() {
    let text = LossCurves::of([4.0, 2.0, 1.0, 0.5, 0.25]).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{text}");
    assert_eq!(lines[0], "Loss by epoch");
    assert!(lines[2].starts_with("         4.2 │") && lines[lines.len() - 1].trim_start().starts_with("0 "), "{text}");
    let columns: Vec<usize> = lines[2..22].iter().filter_map(|line| line.chars().position(|c| c == '*')).collect();
    assert!(columns.len() >= 18 && columns.is_sorted(), "the losses decrease: {text}");

    let text = RocCurve::new(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]).to_string();
    assert!(text.starts_with("ROC curve, AUC 0.750 (* model, o chance)"), "{text}");

    let bowl = |x: f64, y: f64| x * x + y * y;
    let surface = Surface::new(["u", "v"], [(-1.0, 1.0), (-1.0, 1.0)], bowl).path([[0.9, 0.9], [0.0, 0.0]], bowl);
    let text = surface.to_string();
    let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    assert_eq!((lines[2][14 + 60], lines[11][14 + 32]), ('S', 'E'), "{text}");
    assert_eq!((lines[2][14], lines[12][14 + 31]), ('@', ' '), "high in the corner and low in the middle: {text}");

    let net = Mlp::<f64>::new(1, [(2, Activation::Tanh)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let text = Histograms::new(&net).to_string();
    assert!(text.contains("0.weight") && text.matches('█').count() >= 2, "{text}");
}

#[test]
fn extreme_values_are_drawn() {
    fn draw(picture: &impl Picture) -> String {
        picture.save(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("no-axis.png")).unwrap();
        picture.to_svg(Theme::Light)
    }
    for loss in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 0.0, 1e17] {
        for other in [loss, -loss, 1.0] {
            draw(&LossCurves::of([loss, other]));
            let surface = || {
                let losses = |x, _| if x < 0.0 { loss } else { other };
                let path = [[0.5, 0.5], [f64::NAN, 0.0], [1e300, -1e300], [0.0, 0.0]];
                Surface::new(["a", "b"], [(-1.0, 1.0), (-1.0, 1.0)], losses).path(path, losses)
            };
            let _ = surface().to_string();
            draw(&surface());
            draw(&surface().in_3d());
        }
    }
    draw(&LossCurves::of([]));
    struct Huge;
    impl UnaryFunction for Huge {
        fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
            (x * T::of(f64::MAX), T::of(f64::MAX))
        }
    }
    draw(&RulePicture::new(Huge, (-2.0, 2.0)));
    let mut net = Mlp::<f64>::new(2, [(2, Activation::Tanh)], &mut SomeRng::seed_from_u64(1)).unwrap();
    net.set_parameters(&[f64::NAN, f64::INFINITY, f64::MAX, f64::MIN, 0.0, -0.0]).unwrap();
    let mut trajectory = Trajectory::new();
    trajectory.push(0, &net, Some(&net));
    draw(&NetPicture::new(&net));
    draw(&Histograms::new(&net));
    draw(&Distributions::of_gradients(&net, &trajectory));
}

#[test]
#[should_panic = "`range` must be from a finite number to a larger one, got (-inf, 1.0)"]
fn surface_with_an_infinite_range_panics() {
    Surface::new(["a", "b"], [(-1.0, 1.0), (f64::NEG_INFINITY, 1.0)], |x, y| x + y);
}

#[test]
#[should_panic = "`parameters` must be two different indices, got 1 twice"]
fn surface_over_one_parameter_twice_panics() {
    let net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let _ = Surface::over_parameters(&net, &Trajectory::new(), [1, 1], |_| Ok(0.0));
}

#[test]
#[should_panic = "expected 2 names, one for each input of the network, got 1"]
fn wrong_number_of_input_names_panics() {
    let net = Mlp::<f64>::new(2, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let _ = NetPicture::new(&net).named(["alone"]);
}

#[test]
#[should_panic = "expected 2 parameters, got 3: the trajectory is that of another network"]
fn distributions_of_the_trajectory_of_another_network_panic() {
    let [net, other] = [1, 2]
        .map(|inputs| Mlp::<f64>::new(inputs, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap());
    let mut trajectory = Trajectory::new();
    trajectory.push(0, &other, None);
    let _ = Distributions::of_parameters(&net, &trajectory);
}

/// Snapshots at uneven intervals are drawn at their epochs.
#[test]
fn distributions_are_drawn_at_their_epochs() {
    let mut net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let mut trajectory = Trajectory::new();
    for (epoch, weight) in [(0, 1.0), (90, -1.0), (95, -1.0), (100, -1.0)] {
        net.set_parameters(&[weight, weight]).unwrap();
        trajectory.push(epoch, &net, None);
    }
    let text = Distributions::of_parameters(&net, &trajectory).to_string();
    let top = text.lines().find(|line| line.contains('│')).unwrap();
    assert_eq!(top.matches('@').count(), 32, "up to epoch 45, half way to the next snapshot: {text}");
}

/// A loss of NaN is a gap in the curve. A single finite loss between gaps is a dot.
#[test]
fn curves_have_gaps_at_nan_and_dots_at_single_values() {
    let losses = LossCurves::of([1.0, 1.0, f64::NAN, 1.0, 1.0]);
    assert_eq!(
        losses.to_svg(Theme::Light).matches("<polyline fill=\"none\" opacity=\"1\" stroke=\"#0072B2\"").count(),
        2
    );
    let text = losses.to_string();
    let line = text.lines().find(|line| line.contains('*')).unwrap();
    assert!(line.contains("* ") && line.trim_end().ends_with('*'), "{text}");

    for losses in [vec![0.5], vec![0.5, f64::NAN, 0.25]] {
        let dots = losses.iter().filter(|loss| loss.is_finite()).count();
        let losses = LossCurves::of(losses);
        assert_eq!(losses.to_svg(Theme::Light).matches("<circle").count(), dots);
        assert_eq!(losses.to_string().matches('*').count(), dots, "{losses}");
    }
}

#[test]
fn axes_have_labels_for_values_of_any_size_and_sign() {
    let svg_of = |losses: [f64; 2]| LossCurves::of(losses).to_svg(Theme::Light);
    assert!(svg_of([1e-8, 5e-9]).contains("\n5e−9\n"));
    assert!(svg_of([1e12, 5e11]).contains("\n5e11\n"));
    assert!(svg_of([0.3, -0.4]).contains("\n−0.4\n"));
    let text = LossCurves::of([0.3, -0.4]).to_string();
    assert!(text.contains(" −0.435 │") && text.matches('*').count() > 20, "{text}");

    let mut net = Mlp::<f64>::new(2, [(2, Activation::Tanh)], &mut SomeRng::seed_from_u64(1)).unwrap();
    net.set_parameters(&[0.3, -0.3, 0.0, 0.1, 0.2, 0.0]).unwrap();
    let svg = Histograms::new(&net).to_svg(Theme::Light);
    assert!(svg.contains("\n0\n") && svg.contains("\n−0.2\n") && !svg.contains("-0.0"), "{svg}");
    let mut trajectory = Trajectory::new();
    (0..=20).for_each(|epoch| trajectory.push(epoch, &net, None));
    let svg = Distributions::of_parameters(&net, &trajectory).to_svg(Theme::Light);
    assert!(svg.contains("\n20\n") && !svg.contains("\n20.0\n"));
}

/// Returns the y coordinates of all texts in `svg` that equal `text`.
fn heights(svg: &str, text: &str) -> Vec<i32> {
    let (lines, height) =
        (svg.lines().collect::<Vec<_>>(), |line: &str| line.split("y=\"").nth(1)?.split('"').next()?.parse().ok());
    lines.windows(2).filter(|pair| pair[1] == text).filter_map(|pair| height(pair[0])).collect()
}

#[test]
fn short_class_names_are_on_one_line() {
    let svg =
        |names: [&str; 2]| ConfusionPicture::new(&ConfusionMatrix::new(&[0, 1], &[0, 1], names)).to_svg(Theme::Light);
    let top = |svg: &str, name: &str| heights(svg, name).into_iter().min().unwrap();
    let short = svg(["F", "M"]);
    assert_eq!(top(&short, "F"), top(&short, "M"));
    let long = svg(["versicolor", "virginica"]);
    assert_ne!(top(&long, "versicolor"), top(&long, "virginica"));
}

#[test]
fn colours_of_values_have_a_scale() {
    let surface = Surface::new(["u", "v"], [(-1.0, 1.0), (-1.0, 1.0)], |x, y| 7.25 + x + 0.5 * y);
    let svg = surface.to_svg(Theme::Light);
    assert!(svg.contains("\n5.75\n") && svg.contains("\n8.75\n"));
    assert!(surface.to_string().starts_with("Loss (blank 5.75, @ 8.75)\n"));
    let numeric = Dataset::new([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0]], [[-11.5], [40.25], [3.0]]).unwrap();
    let model = Model::<f64>::new(&numeric, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    let boundary = Boundary::new(&model, &numeric).unwrap();
    let svg = boundary.to_svg(Theme::Light);
    assert!(svg.contains("\n−11.5\n") && svg.contains("\n40.25\n"));
    assert!(boundary.to_string().contains("(blank −11.5, @ 40.25)"));
    let three = Dataset::new([[0.0, 0.0, 1.0]], [[1.0]]).unwrap();
    let error = Boundary::new(&model, &three).unwrap_err();
    assert_eq!(error.to_string(), "expected 2 inputs, got 3, in the samples for Boundary");
}

/// Seven classes differ in colour, up to 26 in colour and shape, and in text by a letter. No line is too long.
#[test]
fn many_classes_have_different_marks() {
    for theme in [Theme::Light, Theme::Dark] {
        let colours: Vec<_> = (0..7).map(|class| theme.line(class)).collect();
        assert!((0..7).all(|i| !colours[..i].contains(&colours[i])));
    }
    let x: [[f64; 2]; 24] = std::array::from_fn(|i| [(i % 8) as f64, (i / 8) as f64]);
    let names: Vec<String> = (0..24).map(|i| format!("a class with quite a long name, number {}", i % 8)).collect();
    let dataset = Dataset::with_classes(x, &names).unwrap().named(["x".repeat(100), "y".repeat(100)]).unwrap();
    let model = Model::<f64>::new(&dataset, [(4, Activation::Tanh)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let boundary = Boundary::new(&model, &dataset).unwrap();
    let text = boundary.to_string();
    assert!(text.lines().all(|line| line.chars().count() <= 80) && text.contains('…'), "{text}");
    let body: String = text.lines().filter(|line| line.contains('│')).collect();
    assert!(('A'..='H').all(|letter| body.contains(letter)), "{text}");
    let svg = boundary.to_svg(Theme::Light);
    let marks: Vec<&str> = svg.lines().filter(|line| line.starts_with("<polygon")).collect();
    assert_eq!(marks.len(), 24 + 8, "one for each sample and for each class in the legend");
}

/// In the figure of chapter 5 of the course, the surface at the end of training has a lower loss at the start of the
/// path than training had there.
#[test]
fn surface_at_the_end_of_training_has_a_lower_loss_at_the_start_of_the_path() {
    let x = Matrix::from([[-2.0, -1.0], [25.0, 6.0], [17.0, 4.0], [-15.0, -6.0]]);
    let y = Matrix::from([[1.0], [0.0], [0.0], [1.0]]);
    let layers = [(2, Activation::Sigmoid), (1, Activation::Sigmoid)];
    let mut rng = SomeRng::seed_from_u64(1);
    let mut net = Mlp::<f64>::with_init(2, layers, Init::StandardNormal, &mut rng).unwrap();
    let loss = |net: &Mlp<f64>| Loss::MeanSquaredError.evaluate_batch(&net.forward_batch(&x)?, &y);
    let initial: f64 = loss(&net).unwrap();
    let mut trajectory = Trajectory::new();
    trajectory.push(0, &net, None);
    for step in 1..=1000 {
        let (_, gradient) = net.loss_and_gradient(&x, &y, Loss::MeanSquaredError).unwrap();
        Sgd::new(0.5).step(&mut net, &gradient).unwrap();
        trajectory.push(step, &net, Some(&gradient));
    }
    let surface = Surface::over_parameters(&net, &trajectory, [6, 7], loss).unwrap();
    let (first, last) = (surface.places()[0].1, surface.places()[1000].1);
    assert!((initial - 0.638).abs() < 0.0005 && (first - 0.618).abs() < 0.0005, "{initial}, {first}");
    assert!((last - loss(&net).unwrap()).abs() < 1e-12);
}
