//! The examples that learn a task, run as a user runs them: they solve it.

use crate::executables::example;

fn output(name: &str, args: &[&str]) -> String {
    let output = example(name, args).output().unwrap();
    let out = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{out}");
    out
}

#[test]
fn cartpole_is_solved() {
    for seed in ["1", "2"] {
        let out = output("cartpole", &["--seed", seed]);
        assert!(out.trim_end().ends_with(", solved"), "{out}");
    }
}

/// The loss of the mean image, −ln p of its pixels, is about 31; ten epochs halve the distance to what sixty reach.
#[cfg(feature = "csv")]
#[test]
fn variational_autoencoder_learns_the_digits() {
    let out = output("vae", &["--epochs", "10"]);
    let loss: f64 = out.lines().find_map(|line| line.strip_prefix("epoch 10: test loss ")).unwrap().parse().unwrap();
    assert!(loss < 26.0, "{out}");
}

#[cfg(feature = "csv")]
#[test]
fn convolutions_classify_digits() {
    let out = output("digits_conv", &["--epochs", "4"]);
    let accuracy: f64 = out.lines().find_map(|line| line.strip_prefix("test accuracy: ")).unwrap().parse().unwrap();
    assert!(accuracy > 0.96, "{out}");
}

/// To predict the mean of the targets has the error 0.1667.
#[test]
fn recurrent_network_remembers_marked_numbers() {
    let out = output("sequence", &["--steps", "10", "--epochs", "25"]);
    let error = out.lines().find_map(|line| line.strip_prefix("test error: ")).unwrap();
    let error: f64 = error.split(';').next().unwrap().parse().unwrap();
    assert!(error < 0.005, "{out}");
}

#[cfg(all(feature = "csv", feature = "save"))]
#[test]
fn pretrained_features_are_better_than_none() {
    let out = output("transfer", &["--epochs", "2"]);
    let accuracy = |name: &str| {
        let text = out.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        text.strip_prefix(": test accuracy ").unwrap().parse::<f64>().unwrap()
    };
    let [scratch, frozen, tuned] = ["from scratch", "frozen features", "fine-tuned"].map(accuracy);
    assert!(frozen > scratch + 0.05 && tuned > scratch + 0.05, "{out}");
}

#[cfg(feature = "plot")]
#[test]
fn heat_equation_is_solved() {
    let out = output("heat", &["--steps", "1000"]);
    let error: f64 = out.lines().find_map(|line| line.strip_prefix("largest error: ")).unwrap().parse().unwrap();
    assert!(error < 0.01, "{out}");
}
