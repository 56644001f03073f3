//! Metrics have the averages over classes of scikit-learn, and are right for values of any size.
//! The expected values are from `metrics/reference.py`.

use backprop::ndarray::Array2;
use backprop::{
    Average, ConfusionMatrix, log_loss, mean_absolute_error, r2_score, roc_auc, roc_auc_ovo, roc_auc_ovr,
    root_mean_squared_error,
};

/// Returns the expected values of the case called `name`.
fn reference(name: &str) -> Vec<f64> {
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_path("tests/networks/metrics/reference.csv")
        .unwrap();
    let row = rows.records().map(Result::unwrap).find(|row| &row[0] == name).unwrap_or_else(|| panic!("no {name}"));
    row.iter().skip(1).map(|number| number.parse().unwrap()).collect()
}

fn labels(name: &str) -> Vec<usize> {
    reference(name).into_iter().map(|label| label as usize).collect()
}

#[track_caller]
fn close(found: f64, name: &str) {
    let expected = reference(name)[0];
    assert!((found - expected).abs() <= 1e-14, "{name}: expected {expected}, got {found}");
}

const AVERAGES: [(Average, &str); 3] =
    [(Average::Macro, "macro"), (Average::Micro, "micro"), (Average::Weighted, "weighted")];

#[test]
fn averages_over_classes_equal_scikit_learn() {
    let (mut truth, predicted) = (labels("truth"), labels("predicted"));
    let confusion = ConfusionMatrix::new(&predicted, &truth, 0..4);
    *truth.last_mut().unwrap() = 4;
    let rare = ConfusionMatrix::new(&predicted, &truth, 0..6); // class 4 is never predicted, class 5 does not occur
    for (average, name) in AVERAGES {
        for (confusion, prefix) in [(&confusion, ""), (&rare, "rare ")] {
            close(confusion.mean_precision(average), &format!("{prefix}precision {name}"));
            close(confusion.mean_recall(average), &format!("{prefix}recall {name}"));
            close(confusion.mean_f1(average), &format!("{prefix}f1 {name}"));
        }
    }
}

#[test]
fn roc_auc_of_several_classes_equals_scikit_learn() {
    let (truth, scores) = (labels("truth"), Array2::from_shape_vec((60, 4), reference("scores")).unwrap());
    for (average, name) in AVERAGES {
        close(roc_auc_ovr(&scores, &truth, average).unwrap(), &format!("ovr {name}"));
        if average != Average::Micro {
            close(roc_auc_ovo(&scores, &truth, average).unwrap(), &format!("ovo {name}"));
        }
    }
}

#[test]
fn roc_auc_of_two_classes_is_that_of_the_second() {
    let (second, truth) = ([0.2, 0.7, 0.7, 0.9, 0.4, 0.1], [0, 1, 0, 1, 1, 0]);
    let scores = Array2::from_shape_fn((6, 2), |(i, j)| if j == 1 { second[i] } else { 1.0 - second[i] });
    let area = roc_auc(&second, &truth.map(|class| class == 1)).unwrap();
    for found in [roc_auc_ovr(&scores, &truth, Average::Macro), roc_auc_ovo(&scores, &truth, Average::Weighted)] {
        assert!((found.unwrap() - area).abs() < 1e-15);
    }
}

#[test]
fn roc_auc_without_samples_of_a_class_is_none() {
    let scores = [[0.5, 0.2, 0.3], [0.1, 0.8, 0.1]];
    assert_eq!(roc_auc_ovr(scores, &[0, 1], Average::Macro), None);
    assert_eq!(roc_auc_ovo(scores, &[0, 1], Average::Macro), None);
    assert_eq!(roc_auc_ovr([[0.5], [0.1]], &[0, 0], Average::Micro), None);
    assert_eq!(roc_auc_ovo([[0.5], [0.1]], &[0, 0], Average::Weighted), None);
}

#[test]
#[should_panic(expected = "`average` must be Macro or Weighted for pairs of classes, got Micro")]
fn micro_average_over_pairs_of_classes_panics() {
    roc_auc_ovo([[0.5, 0.5]], &[0], Average::Micro);
}

#[test]
#[should_panic(expected = "`truth` must be a class from 0 to 1, got 2")]
fn truth_without_a_column_panics() {
    roc_auc_ovr([[0.5, 0.5]], &[2], Average::Macro);
}

/// The values are multiplied by a power of ten, so that their squares overflow or underflow.
#[test]
fn error_metrics_scale_with_the_values() {
    let (predicted, truth) = ([1.0, 2.0, 4.0, 1.5], [1.0, 2.5, 3.0, -1.0]);
    let error = root_mean_squared_error(&predicted, &truth);
    let r2 = r2_score(&predicted, &truth).unwrap();
    for scale in [1e-300, 1e-200, 1e150, 1e200, 4e307] {
        let [predicted, truth] = [predicted, truth].map(|values| values.map(|x| scale * x));
        let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-12, "{scale:e}: {found:e}");
        close(root_mean_squared_error(&predicted, &truth), scale * error);
        close(r2_score(&predicted, &truth).unwrap(), r2);
        close(mean_absolute_error(&predicted, &truth), scale);
    }
    assert_eq!(root_mean_squared_error(&[1e200], &[0.0]), 1e200);
    // The difference overflows, but the result does not.
    assert_eq!(root_mean_squared_error(&[1.5e308, 0.0, 0.0, 0.0], &[-1.5e308, 0.0, 0.0, 0.0]), 1.5e308);
    assert_eq!(mean_absolute_error(&[1.5e308, 0.0], &[-1.5e308, 0.0]), 1.5e308);
    assert_eq!(mean_absolute_error(&[1.5e308, 1.5e308], &[0.0, 0.0]), 1.5e308);
    assert_eq!(r2_score(&[1.5e308, -1.5e308], &[1.5e308, -1.5e308]), Some(1.0));
    assert_eq!(r2_score(&[1.0, -1.0], &[1e-200, -1e-200]), Some(f64::NEG_INFINITY));
}

#[test]
fn means_over_many_samples_lose_no_digits() {
    let tenths = vec![0.1; 1_000_000];
    let zeros = vec![0.0; tenths.len()];
    assert!((mean_absolute_error(&tenths, &zeros) - 0.1).abs() < 1e-16);
    assert!((root_mean_squared_error(&tenths, &zeros) - 0.1).abs() < 1e-16);
    assert!((log_loss(&tenths) - 10.0_f64.ln()).abs() < 2e-15);
}

/// A table of all pairs would need 800 MB.
#[test]
fn confusion_of_many_classes_is_small_and_prints_the_most_frequent_pairs() {
    let truth: Vec<usize> = (0..10_000).collect();
    let mut predicted = truth.clone();
    predicted[7] = 3;
    let confusion = ConfusionMatrix::new(&predicted, &truth, 0..10_000);
    assert_eq!((confusion.count(7, 3), confusion.count(7, 7), confusion.precision(3)), (1, 0, Some(0.5)));
    let text = "10000 classes; most frequent confusions:\n     1 × 7 predicted as 3";
    assert_eq!(confusion.to_string(), text);
    assert_eq!(
        ConfusionMatrix::new(&truth, &truth, 0..10_000).to_string(),
        "10000 classes; most frequent confusions: none"
    );
}
