//! "Try your personal data": asks for weight and height and prints predictions.

use crate::people::{Body, HEIGHT, Measure, System, WEIGHT};
use std::error::Error;
use std::io::{self, BufRead, Write};

/// Asks for a weight and a height and writes the result of `predict` for them; repeats until `q` or the end of the
/// input.
pub fn ask(
    input: &mut impl BufRead,
    out: &mut impl Write,
    system: System,
    predict: impl Fn(Body) -> Result<String, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    while let Some(weight) = ask_for(&WEIGHT, input, out, system)? {
        let Some(height) = ask_for(&HEIGHT, input, out, system)? else { break };
        writeln!(out, "{}\n", predict(Body { weight, height })?)?;
    }
    Ok(())
}

/// Asks until the input is valid; returns `None` for `q` or the end of the input.
fn ask_for(
    measure: &Measure,
    input: &mut impl BufRead,
    out: &mut impl Write,
    system: System,
) -> io::Result<Option<f64>> {
    loop {
        write!(out, "Your {} ({}): ", measure.name, measure.unit(system))?;
        out.flush()?;

        let mut line = Vec::new(); // bytes, because the input need not be UTF-8
        if input.read_until(b'\n', &mut line)? == 0 {
            writeln!(out)?; // so that the shell's prompt starts on a new line
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        if matches!(line.trim(), "q" | "Q" | "quit" | "exit") {
            return Ok(None);
        }
        match measure.read(&line, system) {
            Ok(value) => return Ok(Some(value)),
            Err(message) => writeln!(out, "{message}")?,
        }
    }
}
