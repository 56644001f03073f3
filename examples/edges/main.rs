//! Prints the table of `docs/derivatives.md`: derivatives at kinks, jumps and the ends of domains.
//!
//! ```text
//! cargo run --example edges
//! ```
//!
//! `table.rs` has the expressions and the expected results; the tests compare them.

#[allow(dead_code, reason = "the tests use the other fields")]
mod table;

use table::{Edge, edges};

fn main() {
    println!("| expression | at | value | derivatives | convention |");
    println!("| --- | --- | ---: | ---: | --- |");
    for Edge { expression, point, convention, by_graph, .. } in edges() {
        let values: Vec<f64> = point.iter().map(|&(_, x)| x).collect();
        let (value, derivatives) = by_graph(&values);
        let at: Vec<String> = point.iter().map(|&(name, x)| format!("{name} = {}", formatted(x))).collect();
        let derivatives: Vec<String> = derivatives.iter().map(|&d| formatted(d)).collect();
        println!(
            "| {} | {} | {} | {} | {convention} |",
            escaped(expression),
            at.join(", "),
            formatted(value),
            derivatives.join(", ")
        );
    }
}

/// Escapes vertical bars, which would end a cell of the table.
fn escaped(expression: &str) -> String {
    expression.replace('|', "\\|")
}

fn formatted(x: f64) -> String {
    let text = if x.is_nan() {
        "NaN".into()
    } else if x.is_infinite() {
        format!("{}∞", if x < 0.0 { "-" } else { "" })
    } else if x != 0.0 && !(1e-3..1e6).contains(&x.abs()) {
        let rounded: f64 = format!("{x:.6e}").parse().unwrap_or(x);
        format!("{rounded:e}")
    } else {
        format!("{}", (x * 1e6).round() / 1e6)
    };
    text.replace('-', "−")
}
