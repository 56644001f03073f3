//! Permutation importance names the columns that a model uses, and integrated gradients sum to the difference of the
//! prediction and the baseline.

use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Adam, Contributions, Csv, Dataset, EncoderOptions, Loss, Mlp, Model, Trainer};

/// Returns a table in which the group alone decides the price and the sort; `noise` decides nothing.
fn shop() -> Csv {
    let mut rng = SomeRng::seed_from_u64(1);
    let mut text = String::from("noise,group,price,sort\n");
    for i in 0..120 {
        let (group, noise) = (["a", "b", "c"][i % 3], rng.random_range(0.0..1.0));
        let (price, sort) = ([100, 200, 400][i % 3], ["low", "low", "high"][i % 3]);
        text += &format!("{noise},{group},{price},{sort}\n");
    }
    Csv::from_text(&text).unwrap()
}

fn model_of_shop(target: &str, options: &EncoderOptions) -> (Model<f64>, Dataset<f64>) {
    let csv = shop();
    let options = options.clone();
    let options = if target == "price" { options.without(["sort"]).regression() } else { options.without(["price"]) };
    let encoder = options.fit(&csv, target).unwrap();
    let dataset = encoder.dataset(&csv).unwrap();
    let mut rng = SomeRng::seed_from_u64(1);
    let model = Model::new(&dataset, [(8, Activation::Tanh)], &mut rng).unwrap();
    let mut model = model.with_encoder(encoder).unwrap();
    model.fit(&mut Trainer::new(model.loss(), Adam::new(0.02)).epochs(200).progress(false), &dataset).unwrap();
    (model, dataset)
}

#[test]
fn column_that_decides_has_all_the_importance() {
    for target in ["price", "sort"] {
        let (model, dataset) = model_of_shop(target, &EncoderOptions::new());
        let importances = model.permutation_importance(&dataset, 10, &mut SomeRng::seed_from_u64(2)).unwrap();
        let [group, noise] = &importances[..] else { panic!("{importances:?}") };
        assert_eq!([&group.column[..], &noise.column], ["group", "noise"], "the features of a column are one");
        assert!(group.mean > 0.3 && group.standard_deviation < group.mean / 2.0, "{target}: {group:?}");
        assert!(noise.mean.abs() < 0.01, "{target}: {noise:?}");
        let again = model.permutation_importance(&dataset, 10, &mut SomeRng::seed_from_u64(2)).unwrap();
        assert_eq!(again, importances, "the generator decides all");
    }
}

/// The importance for a table is in the unit of the target, also for a target that is encoded as its logarithm, which test
/// rows need not have.
#[test]
fn importance_for_a_table_is_that_of_its_evaluation() {
    let (model, dataset) = model_of_shop("sort", &EncoderOptions::new());
    let rng = || SomeRng::seed_from_u64(2);
    let importances = model.permutation_importance_table(&shop(), 4, &mut rng()).unwrap();
    assert_eq!(importances, model.permutation_importance(&dataset, 4, &mut rng()).unwrap());

    let (model, _) = model_of_shop("price", &EncoderOptions::new().log_target());
    let test = Csv::from_text("group,noise,price\na,0.5,100\nb,0.5,200\nc,0.5,400\na,0.5,0\na,0.5,-50\n").unwrap();
    let r2 = model.evaluate_table(&test).unwrap().r2_score().unwrap();
    let truth = [100.0, 200.0, 400.0, 0.0, -50.0];
    let mean = truth.iter().sum::<f64>() / 5.0;
    let errors = [0.0, 0.0, 0.0, 100.0_f64, 150.0].map(|error| error.powi(2)).iter().sum::<f64>();
    let expected = 1.0 - errors / truth.iter().map(|y| (y - mean).powi(2)).sum::<f64>();
    assert!((r2 - expected).abs() < 0.05, "{r2} for {expected}");
    let importances = model.permutation_importance_table(&test, 4, &mut rng()).unwrap();
    assert_eq!(importances[0].column, "group");
    let encoder = model.encoder().unwrap();
    assert!(encoder.dataset::<f64>(&test).unwrap_err().to_string().contains("positive numbers, got `0` in row 4"));
}

#[test]
fn importance_of_inputs_without_encoder_has_their_names() {
    let x: [[f64; 2]; 20] = std::array::from_fn(|i| [i as f64, (i * i % 7) as f64]);
    let dataset = Dataset::new(x, x.map(|[a, _]| [a])).unwrap().named(["first", "second"]).unwrap();
    let mut rng = SomeRng::seed_from_u64(1);
    let mut model = Model::new(&dataset, [], &mut rng).unwrap();
    *model.net_mut() = line([3.0, 0.0], 0.0);
    let importances = model.permutation_importance(&dataset, 3, &mut rng).unwrap();
    assert_eq!((&importances[0].column[..], &importances[1].column[..]), ("first", "second"));
    assert_eq!((importances[1].mean, importances[1].standard_deviation), (0.0, 0.0));

    let error = model.permutation_importance(&dataset, 0, &mut rng).unwrap_err();
    assert_eq!(error.to_string(), "`repeats` must be at least 1, got 0");
    let constant = Dataset::new(x, x.map(|_| [1.0])).unwrap();
    let error = model.permutation_importance(&constant, 1, &mut rng).unwrap_err();
    assert_eq!(error.to_string(), "`targets` must have at least two different values, got equal ones");
}

/// Returns the network w·x + b.
fn line(w: [f64; 2], b: f64) -> Mlp<f64> {
    let mut net = Mlp::new(2, [(1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    net.set_parameters(&[w[0], w[1], b]).unwrap();
    net
}

#[test]
fn contributions_to_a_linear_model_are_weights_times_distances_from_the_means() {
    let x = [[0.0, 10.0], [4.0, 30.0]]; // means 2 and 20, standard deviations 2 and 10
    let dataset = Dataset::new(x, [[100.0], [300.0]]).unwrap().named(["a", "b"]).unwrap(); // 200 and 100
    let model = Model::with_net(line([0.5, -2.0], 0.25), Loss::MeanSquaredError, &dataset).unwrap();
    let Contributions { prediction, baseline, are_factors, columns, .. } =
        model.contributions(&[6.0, 25.0], None).unwrap();
    assert!((prediction - 225.0).abs() < 1e-10 && (baseline - 225.0).abs() < 1e-10 && !are_factors);
    // 100·0.5·(6 − 2)/2 = 100 and 100·(−2)·(25 − 20)/10 = −100
    let value = |name: &str| columns.iter().find(|column| column.column == name).unwrap().value;
    assert!((value("a") - 100.0).abs() < 1e-10 && (value("b") + 100.0).abs() < 1e-10, "{columns:?}");

    let error = model.contributions(&[6.0, 25.0], Some(1)).unwrap_err();
    assert_eq!(error.to_string(), "`output` must be less than 1, got 1");
}

#[test]
fn contributions_sum_to_the_difference_from_the_baseline() {
    let x: [[f64; 2]; 60] = std::array::from_fn(|i| [(i % 10) as f64, (i / 10) as f64]);
    let classes = x.map(|[a, b]| if a > 2.0 * b { "right" } else { "left" });
    let dataset = Dataset::with_classes(x, &classes).unwrap();
    let one_output = dataset.clone().one_output().unwrap();
    let numbers = Dataset::new(x, x.map(|[a, b]| [1000.0 + 100.0 * (a / 3.0).sin() * b, a])).unwrap();
    for (activation, limit) in [(Activation::Tanh, 1e-4), (Activation::Relu, 1e-2)] {
        for samples in [&dataset, &one_output, &numbers] {
            let mut model = Model::new(samples, [(16, activation)], &mut SomeRng::seed_from_u64(3)).unwrap();
            let mut trainer = Trainer::new(model.loss(), Adam::new(0.05)).epochs(200).progress(false);
            model.fit(&mut trainer, samples).unwrap();
            for row in [0, 17, 59] {
                let predictions = model.predict([x[row]]).unwrap();
                for output in 0..2 {
                    let contributions = model.contributions(&x[row], Some(output)).unwrap();
                    assert!((contributions.prediction / predictions[[0, output]] - 1.0).abs() < 1e-12);
                    let sum: f64 = contributions.columns.iter().map(|column| column.value).sum();
                    let unit = if samples.classes().is_empty() { 100.0 } else { 1.0 };
                    let error = (sum - (contributions.prediction - contributions.baseline)) / unit;
                    assert!(error.abs() < limit, "{activation}: {error}");
                }
            }
        }
    }
}

#[test]
fn contributions_to_a_table_are_in_the_unit_of_the_target() {
    for options in [EncoderOptions::new(), EncoderOptions::new().log_target()] {
        let (model, dataset) = model_of_shop("price", &options);
        let row = dataset.inputs().row(2).to_vec();
        let contributions = model.contributions(&row, None).unwrap();
        let Contributions { prediction, baseline, are_factors, columns, .. } = &contributions;
        assert!((prediction - 400.0).abs() < 10.0, "{contributions:?}");
        assert_eq!(columns[0].column, "group");
        let [group, noise] = [columns[0].value, columns[1].value];
        assert_eq!(*are_factors, model.encoder().unwrap().has_log_target());
        match are_factors {
            true => assert!((group * noise * baseline / prediction - 1.0).abs() < 1e-3, "{contributions:?}"),
            false => assert!((group + noise + baseline - prediction).abs() < 0.1, "{contributions:?}"),
        }
    }
}

#[test]
fn contributions_explain_the_predicted_class_by_default() {
    let (model, dataset) = model_of_shop("sort", &EncoderOptions::new());
    for row in [0, 2] {
        let inputs = dataset.inputs().row(row).to_vec();
        let class = dataset.labels()[row];
        let contributions = model.contributions(&inputs, None).unwrap();
        assert_eq!(contributions, model.contributions(&inputs, Some(class)).unwrap());
        assert!(contributions.prediction > 0.9 && contributions.columns[0].column == "group", "{contributions:?}");
    }
}
