//! The conventions of the example `edges`: its table holds on a graph and with duals, and the docs have it.

use crate::executables::example;
use crate::table::{Edge, edges};

/// Returns true if `a` equals `b` to a relative 1e-14. NaN equals NaN.
fn same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-14 * b.abs()
}

#[test]
fn every_convention_holds_in_both_modes() {
    let edges = edges();
    assert!(edges.len() > 55);
    for Edge { expression, point, value, derivatives, convention, by_graph, by_dual } in edges {
        let coordinates: Vec<f64> = point.iter().map(|&(_, x)| x).collect();
        for (mode, (found, gradient)) in [("graph", by_graph(&coordinates)), ("dual", by_dual(&coordinates))] {
            let is_right = same(found, value) && gradient.iter().zip(&derivatives).all(|(&a, &b)| same(a, b));
            assert!(
                is_right,
                "{expression} at {point:?}, {mode}: expected {value} and {derivatives:?} ({convention}), \
                 got {found} and {gradient:?}"
            );
        }
    }
}

#[test]
fn docs_have_the_table_of_the_example() {
    let output = example("edges", &[]).output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.lines().count() > 55, "{table}");
    let docs = include_str!("../../docs/derivatives.md");
    assert!(docs.contains(&table), "docs/derivatives.md must have this table:\n{table}");
}
