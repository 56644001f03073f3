//! Import of models.

use backprop::ndarray::Array2;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Dataset, Error, Model};
use playground::{Data, ImportedModel, Playground, Point};

use super::{parameters, playground};

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
