//! The example `names`, run as a user runs it: it learns names and other text, it draws its losses, and it refuses
//! invalid options.

use crate::executables::example;
use std::fs;
use std::path::PathBuf;

/// Returns the standard output. Asserts success.
fn stdout(args: &[&str]) -> String {
    let output = example("names", args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the standard error. Asserts the exit code of invalid options.
fn error(args: &[&str]) -> String {
    let output = example("names", args).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Returns the path of a temporary file with this content.
fn file(name: &str, content: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().into()
}

fn last_validation_loss(out: &str) -> f64 {
    let line = out.lines().rfind(|line| line.starts_with("step ")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// A C program that is written for this model reaches 2.26.
#[test]
fn names_are_learned_and_drawn() {
    let plot = file("names.svg", "");
    let out = stdout(&["--steps", "1000", "--batch", "16", "--plot", &plot]);
    assert!(last_validation_loss(&out) < 2.25, "{out}");
    let names: Vec<&str> = out.lines().rev().take(20).collect();
    assert!(names.iter().all(|name| name.len() <= 16 && name.bytes().all(|c| c.is_ascii_lowercase())), "{out}");
    assert!(names.iter().filter(|name| name.len() > 2).count() > 10, "{out}");
    let svg = fs::read_to_string(plot).unwrap();
    for part in ["Loss by step", "training", "validation", "step"] {
        assert!(svg.contains(part), "no '{part}'");
    }
}

#[test]
fn same_seed_gives_same_names_and_another_seed_others() {
    let names = |seed| {
        let out = stdout(&["--steps", "20", "--seed", seed]);
        out.lines().rev().take(20).map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(names("1"), names("1"));
    assert_ne!(names("1"), names("2"));
}

/// Each line is one of two, of any characters, so ln 2 of the loss of a line remains.
#[test]
fn lines_of_a_text_are_learned() {
    let lines = ["π ≈ 3.14", "Grün, Ü!"];
    let text = file("lines.txt", &format!("{}\r\n\n", lines.join("\n")).repeat(50));
    let args = ["--text", &text, "--steps", "300", "--layers", "2", "--width", "32", "--heads", "2"];
    let out = stdout(&args);
    assert!(out.contains(" 90 lines, 10 held out\n"), "{out}");
    assert!(last_validation_loss(&out) < 0.12, "{out}"); // ln 2 / 9 is 0.077
    let (_, generated) = out.rsplit_once("per line\n\n").unwrap();
    assert!(generated.lines().count() == 20 && generated.lines().all(|line| lines.contains(&line)), "{out}");
}

#[test]
fn longer_lines_are_cut_at_the_context() {
    let text = file("long.txt", "abc\nabcd\nabcdefgh\n");
    let run = |context| stdout(&["--text", &text, "--steps", "3", "--context", context]);
    let out = run("4");
    assert!(
        out.starts_with("2 lines are longer than 3 characters and are cut; --context 9 has room for all\n"),
        "{out}"
    );
    let (_, generated) = out.rsplit_once("per line\n\n").unwrap();
    assert!(generated.lines().all(|line| line.len() <= 4), "{out}");
    assert!(!run("9").contains("cut"));
}

#[test]
fn invalid_options_are_refused() {
    for option in ["--steps", "--batch", "--layers", "--width", "--heads", "--context"] {
        for value in ["0", "-1", "x"] {
            let message = format!("invalid value '{value}' for '{option} <");
            let error = error(&[option, value]);
            assert!(error.contains(&message) && error.contains("must be a positive integer, for example 1"), "{error}");
        }
    }
    assert!(error(&["--width", "18"]).contains("`--heads` must divide the width 18, got 4"));
    for value in ["0", "-1", "NaN", "inf"] {
        assert!(error(&["--temperature", value]).contains("must be at least 0.001 and finite, for example 0.7"));
    }
    assert!(error(&["--plot", "loss.gif"]).contains("must end in .svg or .png, got loss.gif"));
}

#[test]
fn unusable_texts_are_refused() {
    for (name, content, lines) in [("empty.txt", "", 0), ("blank.txt", "\n\n", 0), ("one.txt", "one\n", 1)] {
        let message = format!("expected at least 2 lines that are not empty, got {lines}");
        assert!(error(&["--text", &file(name, content)]).contains(&message));
    }
    assert!(error(&["--text", "missing.txt"]).contains("invalid value 'missing.txt' for '--text <FILE>'"));
}
