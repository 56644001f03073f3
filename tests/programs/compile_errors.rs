//! The errors of the compiler that new users meet say what to do. Each file in the folder does not compile, and its first
//! lines are texts that the error has.

use crate::executables::library;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn errors_of_the_compiler_say_what_to_do() {
    let library = library();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/compile_errors");
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() > 10);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()));
        rustc.args(["--edition", "2024", "--emit", "metadata", "--out-dir", env!("CARGO_TARGET_TMPDIR")]).arg(&path);
        rustc.arg("--extern").arg(format!("backprop={}", library.display()));
        rustc.arg("-L").arg(format!("dependency={}", library.parent().unwrap().display()));
        let output = rustc.output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{} compiles", path.display());
        for expected in text.lines().map_while(|line| line.strip_prefix("//! ")) {
            assert!(error.contains(expected), "{}: no {expected:?} in:\n{error}", path.display());
        }
    }
}
