//! The report of a training as a page and as JSON, with names of columns and classes that are no harmless words.

use crate::report::{Rows, TrainingReport, Truth};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Adam, Csv, Dataset, Encoder, Model, Trainer};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// The name of a column and of a class.
const STRANGE: &str = "<script>alert('x')</script> & \"y\"";

/// Trains a model on a table, and returns its report as a page and as JSON.
fn report(name: &str, csv: &Csv, target: &str) -> (String, Value) {
    let mut rng = SomeRng::seed_from_u64(1);
    let rows_with_target = Encoder::fit(csv, target).unwrap().rows_with_target(csv).unwrap();
    let (test, train): (Vec<usize>, Vec<usize>) = rows_with_target.iter().partition(|&&row| row % 4 == 0);
    let (train, test) = (csv.select(&train), csv.select(&test));
    let encoder = Encoder::fit(&train, target).unwrap();
    let samples: Dataset<f64> = encoder.dataset(&train).unwrap();
    let test_samples = encoder.dataset(&test).unwrap();
    let model = Model::new(&samples, [(8, Activation::Tanh)], &mut rng).unwrap();
    let mut trainer = Trainer::new(model.loss(), Adam::new(0.02)).epochs(60).validation_split(0.15).progress(false);
    let mut model = model.with_encoder(encoder.clone()).unwrap();
    let history = model.fit(&mut trainer, &samples).unwrap();
    let predicted = model.predict(test_samples.inputs()).unwrap();
    let residuals: Vec<f64> = predicted.iter().zip(test_samples.targets()).map(|(y, t)| t - y).collect();
    let encoder = encoder.with_residuals(&residuals);
    let metrics = model.evaluate_table(&test).unwrap();
    let (labels, numbers) = match encoder.classes() {
        [] => (Vec::new(), encoder.target_numbers(&test).unwrap()),
        _ => (test_samples.labels(), Vec::new()),
    };
    let report = TrainingReport {
        data: Path::new("table.csv"),
        model: Path::new("model of a table.safetensors"),
        encoder: &encoder,
        rows: Rows { train: train.len(), test: test.len(), without_target: csv.len() - rows_with_target.len() },
        metrics: &metrics,
        costs: model.class_costs(),
        histories: &[history],
        predictions: &model.predict_table(&test).unwrap(),
        truth: if labels.is_empty() { Truth::Numbers(&numbers) } else { Truth::Classes(&labels) },
        importances: &model.permutation_importance(&test_samples, 5, &mut rng).unwrap(),
        settings: &["hidden: 8 tanh".into(), "epochs: 60".into()],
        warnings: &[format!("column `{STRANGE}` has few rows")],
    };
    let path = |ending: &str| Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.{ending}"));
    report.write(&path("html")).unwrap();
    report.write(&path("json")).unwrap();
    let error = report.write(Path::new("report.txt")).unwrap_err();
    assert_eq!(error.to_string(), "`--report` must end in .html or .json, got report.txt");
    let json = serde_json::from_str(&fs::read_to_string(path("json")).unwrap()).unwrap();
    (fs::read_to_string(path("html")).unwrap(), json)
}

/// Returns a table whose kind depends on its first column, and whose price depends on both.
fn table() -> Csv {
    let mut text = format!("\"{}\",width,kind,price\n", STRANGE.replace('"', "\"\""));
    for i in 0..160 {
        let (a, b) = (i % 13, (7 * i) % 11);
        let kind = if a > 6 { format!("\"{}\"", STRANGE.replace('"', "\"\"")) } else { "plain".into() };
        text += &format!(
            "{a},{b},{kind},{}\n",
            if i == 3 { "NA".into() } else { (1000.5 + 70.0 * a as f64 + b as f64).to_string() }
        );
    }
    Csv::from_text(&text).unwrap()
}

/// Asserts that a page is one file without scripts, and that what is not ours is escaped.
#[track_caller]
fn assert_harmless(html: &str) {
    for part in ["<script", "http://", "https://", "javascript:", "src=", "href="] {
        let found = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        assert!(!found.contains(part), "{part} in the page");
    }
    assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)"), "the name is shown");
    for tag in ["section", "figure", "table", "tr", "td", "th", "svg", "div", "p", "ul", "li", "pre", "text"] {
        let count = |text: &str| html.matches(text).count();
        let opened = count(&format!("<{tag}>")) + count(&format!("<{tag} "));
        assert_eq!(opened, count(&format!("</{tag}>")), "<{tag}>");
    }
}

#[test]
fn report_of_a_classification_has_its_sections_and_keys() {
    let (html, json) = report("report-classes", &table(), "kind");
    assert_harmless(&html);
    for part in ["Always predicting plain would be right for", "Importance of the columns", "Confusion and calibration"]
    {
        assert!(html.contains(part), "no {part:?}");
    }
    assert!(html.contains("backprop predict &#39;model of a table.safetensors&#39; new.csv"));
    assert_eq!((&json["task"], &json["target"]), (&json!("classification"), &json!("kind")));
    assert_eq!(json["rows"], json!({ "train": 120, "test": 40, "without_target": 0 }));
    for metric in ["accuracy", "log_loss", "roc_auc", "f1"] {
        assert!(json["metrics"][metric].is_f64(), "{metric}: {}", json["metrics"]);
    }
    assert_eq!(json["baseline"]["prediction"], "plain");
    assert!(json["baseline"]["accuracy"].as_f64().unwrap() < json["metrics"]["accuracy"].as_f64().unwrap());
    assert_eq!(json["columns"][0]["name"], STRANGE);
    assert_eq!(json["settings"], json!(["hidden: 8 tanh", "epochs: 60"]));
}

#[test]
fn report_of_a_regression_has_its_sections_and_keys() {
    let (html, json) = report("report-numbers", &table(), "price");
    assert_harmless(&html);
    for part in ["of the variance", "Errors and calibration", "probability of the interval"] {
        assert!(html.contains(part), "no {part:?}");
    }
    assert!(html.contains("One row without a target was left out."));
    assert_eq!((&json["task"], &json["rows"]["without_target"]), (&json!("regression"), &json!(1)));
    for metric in ["r2", "mean_absolute_error", "root_mean_squared_error"] {
        assert!(json["metrics"][metric].is_f64(), "{metric}: {}", json["metrics"]);
    }
    assert!(json["baseline"]["root_mean_squared_error"].as_f64().unwrap() > 100.0);
    let importances = json["importance"].as_array().unwrap();
    assert!(importances.iter().all(|importance| importance["mean"].is_f64()), "{importances:?}");
    assert_eq!(importances[0]["column"], STRANGE);
    assert_eq!(json["columns"].as_array().unwrap().len(), 3);
}
