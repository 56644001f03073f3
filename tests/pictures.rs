//! Pictures of nets and of trainings: files that are what they say, and the same in characters.

use backprop::plot::{
    Boundary, ConfusionPicture, Distributions, Histograms, LossCurves, NetPicture, Picture, RocCurve, RulePicture,
    Surface, Theme, checked_path,
};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Confusion, Dataset, Error, Loss, Mlp, Model, Optimizer, Sgd, Trail, Trainer};
use std::path::PathBuf;

/// Every picture, light and dark, as SVG and as PNG.
#[test]
fn pictures_are_drawn_into_files() {
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
    let mut trail = Trail::new();
    let trainer = Trainer::new(model.loss(), Sgd::new(0.5)).epochs(20).validation_share(0.2);
    let history = model.fit(&mut trainer.record(&mut trail), &dataset).unwrap();
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
        &Distributions::of_parameters(model.net(), &trail),
        &["Parameters", "0.weight (8)", "epoch"],
    );
    check("gradients-by-epoch", &Distributions::of_gradients(model.net(), &trail), &["Gradients", "2.bias (2)"]);
    check("rule", &RulePicture::new(Activation::Tanh, (-3.0, 3.0)), &["tanh", "tanh′"]);
    check("confusion", &ConfusionPicture::new(&Confusion::new(&[0, 1, 1], &[0, 0, 1], ["a", "b"])), &["answered", "a"]);
    check("roc", &RocCurve::new(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]), &["ROC, area 0.750"]);
    let bowl = |x: f64, y: f64| x * x + y * y;
    let surface = Surface::new(["u", "v"], [(-1.0, 1.0), (-1.0, 1.0)], bowl).path([[1.0, 1.0], [0.2, 0.1]], bowl);
    check("surface", &surface, &["u", "v", "start", "end"]);
    check("surface-3d", &surface.in_3d(), &["u", "v", "loss", "start", "end"]);

    let numbers = Dataset::new(x, x.map(|[a, b]| [a - b])).unwrap();
    let regression = Model::<f64>::new(&numbers, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    check("numbers", &Boundary::new(&regression, &numbers).unwrap(), &["x1", "x2"]);
    let one = Dataset::new([[1.0], [2.0]], [[1.0], [2.0]]).unwrap();
    let one_input = Model::<f64>::new(&one, [], &mut SomeRng::seed_from_u64(1)).unwrap();
    assert_eq!(Boundary::new(&one_input, &one).unwrap_err().to_string(), "expected 2 inputs, got 1, in Boundary");
    assert_eq!(
        LossCurves::of([1.0]).save("losses.gif").unwrap_err().to_string(),
        "in losses.gif: the name of a picture must end in .svg or .png"
    );
    assert!(
        checked_path("no/such/folder/a.svg").unwrap_err().to_string().contains("there is no folder no/such/folder")
    );
}

/// A loss that overflowed is no reason not to draw it.
#[test]
fn infinite_losses_are_drawn_too() {
    let svg = LossCurves::of([1.0, f64::INFINITY, f64::NAN, 0.5]).to_svg(Theme::Light);
    assert!(svg.contains("\nepoch\n"));
    let surface = Surface::new(["a", "b"], [(-1.0, 1.0), (-1.0, 1.0)], |x, y| 1.0 / (x + y));
    assert!(surface.to_svg(Theme::Light).starts_with("<svg"));
    assert!(surface.in_3d().to_svg(Theme::Light).starts_with("<svg"));
}

/// What a training leaves on its trail: every third place from the first on, with the gradient that the last step followed.
#[test]
fn a_trail_has_the_parameters_and_gradients_of_its_training() {
    let line = Dataset::new([[1.0], [2.0]], [[1.0], [3.0]]).unwrap();
    let net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let mut trail = Trail::every(3);
    let trainer = || Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).batch_size(2).shuffle(false).progress(false);
    trainer().epochs(7).record(&mut trail).fit(&mut net.clone(), &line).unwrap();
    assert_eq!(epochs_of(&trail), [0, 3, 6, 7], "the last one, whatever its number");
    assert_eq!((&trail.moments()[0].parameters, &trail.moments()[0].gradient), (&net.parameters(), &None));
    let mut after_two = net.clone();
    trainer().epochs(2).fit(&mut after_two, &line).unwrap();
    let (_, gradient) = after_two.loss_and_gradient(line.inputs(), line.targets(), Loss::MeanSquaredError).unwrap();
    assert_eq!(trail.moments()[1].gradient, Some(gradient.parameters()));
    Sgd::new(0.1).step(&mut after_two, &gradient).unwrap();
    assert_eq!(trail.moments()[1].parameters, after_two.parameters());
}

fn epochs_of(trail: &Trail<f64>) -> Vec<usize> {
    trail.moments().iter().map(|moment| moment.epoch).collect()
}

/// A trail ends where the net is, and a second training goes on from there.
#[test]
fn a_trail_ends_where_the_net_is() {
    let line = Dataset::new([[1.0], [2.0]], [[1.0], [3.0]]).unwrap();
    let mut net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let trainer = |rate| Trainer::new(Loss::MeanSquaredError, Sgd::new(rate)).progress(false);
    let ends_there =
        |trail: &Trail<f64>, net: &Mlp<f64>| trail.moments().last().unwrap().parameters == net.parameters();

    let mut trail = Trail::every(60);
    trainer(0.1).epochs(100).record(&mut trail).fit(&mut net, &line).unwrap();
    assert!(ends_there(&trail, &net) && trail.moments()[2].gradient.is_some());
    trainer(0.1).epochs(100).record(&mut trail).fit(&mut net, &line).unwrap();
    assert_eq!(epochs_of(&trail), [0, 60, 100, 120, 180, 200]);
    assert!(ends_there(&trail, &net));
    net.set_parameters(&[1.0, 1.0]).unwrap();
    trainer(0.1).epochs(0).record(&mut trail).fit(&mut net, &line).unwrap();
    assert_eq!(epochs_of(&trail)[5..], [200, 200], "a net that was moved is somewhere else");

    // Too far a step at each epoch: the best is the first, which the net is put back to.
    let mut trail = Trail::new();
    let history = trainer(0.9).early_stopping(3).record(&mut trail).fit(&mut net, &line).unwrap();
    assert_eq!((history.kept, epochs_of(&trail)), (1, vec![0, 1, 2, 3, 4, 4]));
    assert!(ends_there(&trail, &net) && trail.moments()[5].gradient.is_none());
    assert_eq!(trail.moments()[5].parameters, trail.moments()[1].parameters);

    let mut trail = Trail::every(1000);
    assert!(trainer(1e6).record(&mut trail).fit(&mut net, &line).is_err());
    assert!(ends_there(&trail, &net) && epochs_of(&trail).len() == 2);
}

/// The surface of w² + b² over (w, b), and over random directions: the path is where training went, seen from above.
#[test]
fn surfaces_of_a_net_have_the_losses_of_its_trail() {
    let mut net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let mut trail = Trail::new();
    for (step, place) in [[2.0, -3.0], [1.0, -1.0], [0.5, -0.25]].into_iter().enumerate() {
        net.set_parameters(&place).unwrap();
        trail.push(step, &net, None);
    }
    let bowl = |net: &Mlp<f64>| Ok(net.parameters().iter().map(|x| x * x).sum());
    let drawn = |surface: &Surface| format!("{surface}");
    let over_both = Surface::over_parameters(&net, &trail, [0, 1], bowl).unwrap().named(["w", "b"]);
    let by_hand = Surface::new(["w", "b"], [(-3.5, 6.0), (-7.0, 3.75)], |w, b| w * w + b * b);
    let by_hand = by_hand.path([[2.0, -3.0], [1.0, -1.0], [0.5, -0.25]], |w, b| w * w + b * b);
    assert_eq!(drawn(&over_both), drawn(&by_hand));

    // Two directions of two parameters span all: every place of the trail is on the plane, at its own loss.
    let random = Surface::over_random_directions(&net, &trail, &mut SomeRng::seed_from_u64(2), bowl).unwrap();
    let losses: Vec<f64> = random.places().iter().map(|(_, loss)| *loss).collect();
    for (loss, expected) in losses.iter().zip([13.0, 2.0, 0.3125]) {
        assert!((loss - expected).abs() < 1e-9, "{losses:?}");
    }

    let failing = |_: &Mlp<f64>| Err(Error::count("inputs", 1, 2, || "test".into()).unwrap_err());
    let error = Surface::over_parameters(&net, &trail, [0, 1], failing).unwrap_err();
    assert_eq!(error.to_string(), "expected 1 inputs, got 2, in test");
    let other = Mlp::<f64>::new(2, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let error = Surface::over_parameters(&other, &trail, [0, 1], bowl).unwrap_err();
    assert_eq!(error.to_string(), "expected 3 parameters, got 2, in Surface");
}

/// Characters in place of pictures fit into a terminal, and have their marks where they belong.
#[test]
fn terminals_show_the_same() {
    let text = LossCurves::of([4.0, 2.0, 1.0, 0.5, 0.25]).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{text}");
    assert_eq!(lines[0], "Loss by epoch");
    assert!(lines[2].starts_with("         4.2 │") && lines[lines.len() - 1].trim_start().starts_with("0 "), "{text}");
    let columns: Vec<usize> = lines[2..22].iter().filter_map(|line| line.chars().position(|c| c == '*')).collect();
    assert!(columns.len() >= 18 && columns.is_sorted(), "the losses fall: {text}");

    let text = RocCurve::new(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]).to_string();
    assert!(text.starts_with("ROC, area 0.750 (* found, o by chance)"), "{text}");

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
