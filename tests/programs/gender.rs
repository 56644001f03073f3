//! The example `gender`, run as a user runs it: its output, its errors and its questions.

use crate::executables::{example, path_of_example};
use crate::people::{self, System};
use crate::{ask, manual};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn gender(args: &[&str]) -> Command {
    example("gender", args)
}

/// Returns the exit code, the standard output and the standard error.
fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let output = gender(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Returns the standard output. Asserts success.
fn stdout(args: &[&str]) -> String {
    let (code, out, err) = run(args);
    assert_eq!(code, Some(0), "{args:?}: {err}");
    out
}

/// Returns the 0.963 of `Emily: 0.963 F`.
fn prediction(line: &str, name: &str, letter: &str) -> f64 {
    let number = line.strip_prefix(name).and_then(|line| line.strip_prefix(": "));
    let number = number.and_then(|line| line.strip_suffix(letter)?.strip_suffix(' '));
    let number = number.unwrap_or_else(|| panic!("expected '{name}: 0.xxx {letter}', got '{line}'"));
    assert_eq!(number.len(), "0.xxx".len(), "{line}");
    number.parse().unwrap()
}

/// Returns true if the last two lines classify Emily and Frank correctly.
fn has_learnt(out: &str) -> bool {
    let lines: Vec<&str> = out.lines().rev().take(2).collect();
    lines[1].starts_with("Emily: 0.9")
        && lines[1].ends_with(" F")
        && lines[0].starts_with("Frank: 0.0")
        && lines[0].ends_with(" M")
}

fn worst_difference(out: &str) -> f64 {
    let line = out.lines().find(|line| line.starts_with("Worst difference")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// Returns the path of a temporary file, which it removes.
fn temporary_file(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_file(&path).ok();
    path
}

#[test]
fn prints_the_lecture() {
    let out = stdout(&[]);
    let order = [
        "σ(7) = 0.9990889488055994\n",
        "o1 = σ(h2) = 0.7216325609518421\n",
        "mean squared error = 0.5\n",
        "less 135",
        "Alice             133        -2           65       -1    F\n",
        "Bob               160        25           72        6    M\n",
        "Charlie           152        17           70        4    M\n",
        "Diana             120       -15           60       -6    F\n",
        "Epoch 0 loss: 0.",
        "Epoch 10 loss: 0.",
        "Epoch 990 loss: 0.0",
        "epoch",
        "in 4000 steps: ",
        "Emily: ",
        "Frank: ",
    ];
    let mut rest = out.as_str();
    for part in order {
        let index = rest.find(part).unwrap_or_else(|| panic!("'{part}' is missing or out of order in\n{out}"));
        rest = &rest[index + part.len()..];
    }
    assert_eq!(out.lines().filter(|line| line.starts_with("Epoch ")).count(), 100);
    assert!(out.contains('*'), "no curve in\n{out}");
    assert!(worst_difference(&out) < 1e-12);

    let mut last = out.lines().rev();
    assert!(prediction(last.next().unwrap(), "Frank", "M") < 0.1);
    assert!(prediction(last.next().unwrap(), "Emily", "F") > 0.9);
}

#[test]
fn manual_partials_equal_the_worked_example() {
    let net = manual::OurNeuralNetwork { w1: 1., w2: 1., w3: 1., w4: 1., w5: 1., w6: 1., b1: 0., b2: 0., b3: 0. };
    assert!((net.feedforward([-2.0, -1.0]) - 0.5236952).abs() < 1e-7);
    assert!((net.partials([-2.0, -1.0], 1.0).d_l_d_w1 - 0.0214695).abs() < 1e-7);
}

#[test]
fn same_seed_gives_the_same_output() {
    assert_eq!(stdout(&["--seed", "7"]), stdout(&["--seed", "7"]));
    assert_ne!(stdout(&["--seed", "7"]), stdout(&["--seed", "8"]));
}

#[test]
fn learns_from_nineteen_of_twenty_seeds() {
    let outs: Vec<String> = (1..=20).map(|seed| stdout(&["--quiet", "--seed", &seed.to_string()])).collect();
    assert!(outs.iter().filter(|out| has_learnt(out)).count() >= 19, "{outs:#?}");
    assert!(outs.iter().all(|out| worst_difference(out) < 1e-12), "{outs:#?}");
}

#[test]
fn quiet_prints_three_lines() {
    let lines = stdout(&["--quiet"]);
    let [worst, emily, frank] = lines.lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(worst.starts_with("Worst difference"));
    prediction(emily, "Emily", "F");
    prediction(frank, "Frank", "M");
}

#[test]
fn predicts_from_weight_and_height_in_any_unit() {
    let pounds_and_inches = stdout(&["--weight", "128", "--height", "63"]);
    let you = pounds_and_inches.lines().rev().nth(2).unwrap();
    assert!(prediction(you, "You", "F") > 0.9);
    for args in [
        &["--metric", "--weight", "58.06", "--height", "160.02"],
        &["--metric", "--weight", "128lb", "--height", "63 in"],
        &["--weight", "58.06kg", "--height", "160.02 cm", "--seed=1"],
    ] {
        assert_eq!(stdout(args), pounds_and_inches, "{args:?}");
    }
    // The predictions in chapter 9 of the course
    for (weight, height, expected) in [("58kg", "160cm", "You: 0.963 F"), ("90kg", "190cm", "You: 0.057 M")] {
        let out = stdout(&["--quiet", "--weight", weight, "--height", height]);
        assert_eq!(out.lines().rev().nth(2), Some(expected));
    }
}

#[test]
fn rejects_invalid_arguments_before_training() {
    for (args, sentence) in [
        (&["--weight", "128", "--height", "118.1"][..], "`height` must be a number from 20 to 108 in, got 118.1 in"),
        (&["--weight", "80", "--height", "300", "--metric"], "a number from 51 to 274 cm, got 300 cm"),
        (&["--weight", "60", "--height", "170"], "did you mean 170cm?"),
        (&["--weight", "-5", "--height", "60"], "got -5 lb"),
        (&["--weight", "abc", "--height", "60"], "`weight` must be a number from 10 to 1400 lb, got `abc`"),
        (&["--weight", "NaN", "--height", "60"], "got `NaN`"),
        (&["--weight", "128", "--height", ""], "`height` must be a number from 20 to 108 in, got nothing"),
        (&["--height", "60"], "--weight"),
        (&["--weight", "128"], "--height"),
        (&["--learning-rate", "-0.1"], "must be non-negative and finite"),
        (&["--learning-rate", "NaN"], "must be non-negative and finite"),
        (&["--learning-rate", "inf"], "must be non-negative and finite"),
        (&["--epochs", "-1"], "-1"),
        (&["--plot", "loss.gif"], "must end in .svg or .png"),
        (&["--plot", "loss"], "must end in .svg or .png"),
        (&["--plot", "no/such/folder/loss.svg"], "must be in an existing folder, got no/such/folder"),
        (&["--plot", "loss.svg", "--epochs", "1"], "`--epochs` must be at least 2"),
    ] {
        let (code, out, err) = run(args);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{args:?}");
        assert!(err.contains(sentence), "{args:?}: {err}");
    }
}

#[test]
fn prints_the_reason_if_it_has_not_learnt() {
    for (args, sentence) in [
        (&["--seed", "160"][..], "wrong and saturated: Bob"),
        (&["--seed", "417"], "Try --seed 418"),
        (&["--epochs", "0"], "Nothing was learnt"),
        (&["--learning-rate", "0"], "Nothing was learnt"),
        (&["--epochs", "50"], "try more --epochs"),
        (&["--learning-rate", "1e9"], "The steps were so long"),
    ] {
        let out = stdout(&[args, &["--quiet"]].concat());
        assert!(!has_learnt(&out), "{args:?}: {out}");
        assert!(out.contains(sentence), "{args:?}: {out}");
    }
    assert!(has_learnt(&stdout(&["--quiet", "--seed", "160", "--epochs", "10000"]))); // more epochs help after bad initial weights
}

#[test]
fn draws_the_loss_curve_as_svg() {
    let path = temporary_file("gender.svg");
    let out = stdout(&["--plot", path.to_str().unwrap()]);
    assert!(out.contains(path.to_str().unwrap()));
    let svg = fs::read_to_string(path).unwrap();
    assert!(svg.starts_with("<svg"));
    for part in ["<polyline", "\nepoch\n", "\nloss\n", "\nTraining loss (seed 1)\n", "\n1000\n"] {
        assert!(svg.contains(part), "no '{part}' in\n{svg}");
    }
}

#[test]
fn draws_the_loss_curve_as_png() {
    let path = temporary_file("gender.PNG");
    stdout(&["--quiet", "--plot", path.to_str().unwrap()]);
    let png = fs::read(path).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(&png[16..24], [0, 0, 4, 176, 0, 0, 2, 238]); // 1200 by 750
}

#[test]
fn picture_that_cannot_be_written_is_an_error() {
    let path = temporary_file(&format!("{}.png", "long".repeat(100)));
    let (code, out, err) = run(&["--plot", path.to_str().unwrap()]);
    assert_eq!(code, Some(1), "{out}");
    assert!(err.starts_with("error: cannot draw "), "{err}");
}

#[test]
fn closed_pipe_is_not_an_error() {
    // The output exceeds the buffer of any pipe, so the example still writes when the pipe is closed.
    let mut child = gender(&["--epochs", "100000"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("1. One neuron"));
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
}

#[test]
fn does_not_wait_for_input_without_a_terminal() {
    let mut child =
        gender(&["--quiet"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let _open = child.stdin.take(); // stays open without any input
    assert!(child.wait().unwrap().success());
}

/// Returns the output of `ask` for the input `typed`.
fn output_of_ask(typed: &[u8], system: System) -> String {
    let mut out = Vec::new();
    let predict = |you: people::Body| Ok(format!("{:.1} lb, {:.1} in", you.weight, you.height));
    ask::ask(&mut &typed[..], &mut out, system, predict).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn asks_again_after_invalid_input() {
    let typed = b"heavy\n\n\xff\xfe\n-1\n128\n3 metres\n118\nnan\n63\nq\n";
    let out = output_of_ask(typed, System::PoundsAndInches);
    assert_eq!(out.matches("Your weight (lb): ").count(), 6, "{out}"); // four invalid ones, a valid one, and q
    assert_eq!(out.matches("Your height (in): ").count(), 4, "{out}");
    for sentence in [
        "`weight` must be a number from 10 to 1400 lb, got `heavy`\n",
        "`weight` must be a number from 10 to 1400 lb, got nothing\n",
        "`weight` must be a number from 10 to 1400 lb, got -1 lb\n",
        "`height` must be a number from 20 to 108 in, got `3 metres`\n",
        "`height` must be a number from 20 to 108 in, got 118 in; did you mean 118cm?\n",
        "128.0 lb, 63.0 in\n",
    ] {
        assert!(out.contains(sentence), "no '{sentence}' in\n{out}");
    }
}

#[test]
fn asks_until_q_or_the_end_of_input() {
    for last in ["q\n", "Q", "58\nq\n", "", "58\n", "58"] {
        let out = output_of_ask(format!("58\n160\n50 kg\n150\n{last}").as_bytes(), System::Metric);
        assert!(out.contains("127.9 lb, 63.0 in\n") && out.contains("110.2 lb, 59.1 in\n"), "{last:?}: {out}");
    }
}

#[test]
#[cfg(target_os = "linux")] // `script` of util-linux provides a terminal; elsewhere it has other options
fn asks_on_a_terminal() {
    use std::io::Write;
    let command = format!("'{}'", path_of_example("gender").display());
    let script = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut script) = script else { return eprintln!("skipped: the program `script` is not installed") };
    let mut typed = script.stdin.take().unwrap();
    typed.write_all(b"128\ntall\n63\nq\n").unwrap();
    let output = script.wait_with_output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{out}");
    let (lecture, questions) = out.split_once("Try your personal data").unwrap();
    assert!(lecture.contains("\nFrank: 0.0"), "{out}");
    assert!(questions.contains("`height` must be") && questions.contains("You: 0.9"), "{out}");
}
