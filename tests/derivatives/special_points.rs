//! Every function, and every composition of two functions, has the right value and derivatives at special points (0,
//! −0, ±½, ±1, ±800, kinks, poles, ends of domains), in every mode and nesting of modes that computes it.
//!
//! The expected values are in `special_points/*.csv`. `special_points/reference.py` computes them in 600-digit
//! arithmetic without the crate. `SPECIAL_FAILURES=file cargo test --test derivatives special_points` appends every
//! failure to a file.
//!
//! A new function in the crate's table fails `tables_have_every_function` until it is in `special_points/reference.py`.
//! A new mode belongs in `one_variable::MODES` or `several_variables::MODES`.

mod by_hand;
mod one_variable;
mod report;
mod several_variables;
mod tables;

use crate::by_name::{names, two};
use backprop::{Activation, Loss, Scalar, UnaryFunction, reverse, taylor};
use one_variable::{
    COMPUTATIONS, Expression, MODES, Step, factorial, of_dual_of_dual, of_series, of_series_of_duals, variable,
};
use report::Report;
use several_variables::{Function, variables};
use std::collections::BTreeSet;
use tables::{Cell, Exception, LOSS_TABLE, ONE_TABLE, Row, TWO_TABLE, table};

fn expression(row: &Row) -> Expression {
    let inner = (!row.text(1).is_empty()).then(|| Step::One(row.text(1)));
    Expression { inner, outer: Step::One(row.text(0)) }
}

fn name(row: &Row) -> String {
    let [outer, inner, x] = [0, 1, 2].map(|column| row.text(column));
    if inner.is_empty() { format!("{outer} at {x}") } else { format!("{outer} ∘ {inner} at {x}") }
}

#[test]
fn functions_and_compositions_are_right_in_every_mode() {
    let mut report = Report::default();
    for row in &table(ONE_TABLE) {
        let expected = [3, 4, 5, 6].map(|column| row.cell(column));
        one_variable::compare(&mut report, &|| name(row), expression(row), row.number(2), &expected);
    }
    report.assert_no_failures();
}

fn activation(name: &str) -> Option<Activation> {
    name.replace("leaky_relu 0.01", "leaky_relu(0.01)").parse().ok()
}

/// Activations as rules, in a layer as a function of its input, its weight or its bias, and in a network.
#[test]
fn activations_are_right_in_every_mode() {
    let mut report = Report::default();
    for row in &table(ONE_TABLE) {
        let Some(outer) = activation(row.text(0)) else { continue };
        let steps: Vec<(&str, Step)> = if row.text(1).is_empty() {
            vec![
                ("activation", Step::Activation(outer)),
                ("layer with respect to its input", Step::Input(outer)),
                ("layer with respect to its weight", Step::Weight(outer)),
                ("layer with respect to its bias", Step::Bias(outer)),
            ]
        } else if let Some(inner) = activation(row.text(1)) {
            vec![("network", Step::Network(inner, outer))]
        } else {
            continue;
        };
        let expected = [3, 4, 5, 6].map(|column| row.cell(column));
        for (place, outer) in steps {
            let e = Expression { inner: None, outer };
            one_variable::compare(&mut report, &|| format!("{place}: {}", name(row)), e, row.number(2), &expected);
        }
    }
    report.assert_no_failures();
}

#[test]
fn computations_are_right_in_every_mode() {
    let mut report = Report::default();
    for (index, (name, x, expected)) in COMPUTATIONS.iter().enumerate() {
        // For derivatives above the first, NaN and infinities are permitted where an intermediate derivative is
        // infinite.
        let is_singular = name.contains('√') && *x == 0.0;
        let cell = |(order, &expected): (usize, &f64)| Cell {
            exception: Exception::StrongZero,
            permitted: if is_singular && order > 1 { vec![expected, f64::NAN] } else { vec![expected] },
            spread: 0.0,
        };
        let expected: Vec<_> = expected.iter().enumerate().map(|x| Some(cell(x))).collect();
        let e = Expression { inner: None, outer: Step::Computation(index) };
        one_variable::compare(&mut report, &|| format!("{name} at {x:?}"), e, *x, &expected);
    }
    report.assert_no_failures();
}

#[test]
fn functions_of_two_variables_are_right_in_every_mode() {
    let mut report = Report::default();
    for row in &table(TWO_TABLE) {
        let (name, a, b) = (row.text(0), row.number(1), row.number(2));
        let [value, f_a, f_b, f_aa, f_ab, f_bb, f_aaa, f_bbb, d1, d2, d3] =
            std::array::from_fn(|column| row.cell(column + 3));
        let at = format!("{name}({a:?}, {b:?})");
        let (value, gradient, hessian) = ([value], [f_a, f_b], [f_aa, f_ab, f_bb]);
        several_variables::compare(
            &mut report,
            &|| at.clone(),
            Function::Two(name),
            &[a, b],
            [&value, &gradient, &hessian],
        );
        // With respect to one of the two, and to both along a line
        let ([value], [f_a, f_b], [f_aa, _, f_bb]) = (value, gradient, hessian);
        let with_respect_to_a = [value, f_a, f_aa, f_aaa];
        let e = |outer| Expression { inner: None, outer };
        one_variable::compare(
            &mut report,
            &|| format!("{at}, first varies"),
            e(Step::First(name, b)),
            a,
            &with_respect_to_a,
        );
        let [value, ..] = with_respect_to_a;
        let with_respect_to_b = [value, f_b, f_bb, f_bbb];
        one_variable::compare(
            &mut report,
            &|| format!("{at}, second varies"),
            e(Step::Second(name, a)),
            b,
            &with_respect_to_b,
        );
        if (a + (b - a)).to_bits() == b.to_bits() {
            let [value, ..] = with_respect_to_b;
            let on_line = [value, d1, d2, d3];
            one_variable::compare(&mut report, &|| format!("{at}, both vary"), e(Step::Both(name, b - a)), a, &on_line);
        }
    }
    report.assert_no_failures();
}

#[test]
fn losses_are_right_in_every_mode() {
    let mut report = Report::default();
    for row in &table(LOSS_TABLE) {
        let loss: Loss = row.text(0).parse().unwrap();
        let (predictions, targets) = (row.values(1), row.values(2));
        let x = [predictions.clone(), targets.clone()].concat();
        let text = || format!("{loss} of {predictions:?}, {targets:?}");
        let (value, line) = ([row.cell(3)], row.cells(6));
        several_variables::compare(
            &mut report,
            &text,
            Function::Loss(loss),
            &x,
            [&value, &row.cells(4), &row.cells(5)],
        );
        // Derivatives along a line, with series
        fn on_line<S: Scalar>(loss: Loss, predictions: &[f64], targets: &[f64], t: S) -> S {
            let c = S::of;
            let y: Vec<S> = (0..).zip(predictions).map(|(i, &y)| c(y) + t * c(1.0 - f64::from(i) / 2.0)).collect();
            let t: Vec<S> = (1..).zip(targets).map(|(i, &target)| c(target) + t * c(f64::from(i) / 4.0)).collect();
            loss.evaluate(&y, &t).unwrap()
        }
        let with_series = taylor(|t| on_line(loss, &predictions, &targets, t), 0.0, 3);
        let with_duals = taylor(|t| on_line(loss, &predictions, &targets, t), variable(0.0), 2);
        for (mode, found) in
            [("series", of_series(0, with_series)), ("series of duals", of_series_of_duals(with_duals))]
        {
            for (order, found) in found {
                let cell = if order == 0 { &value[0] } else { &line[order - 1] };
                report.compare(&|| format!("{} on a line", text()), mode, order, found, cell.as_ref());
            }
        }
    }
    report.assert_no_failures();
}

/// First derivatives agree in all modes, also where the table has no expected value: at infinities, and where rounding
/// decides.
#[test]
fn all_modes_agree_on_the_first_derivative() {
    let rows = table(ONE_TABLE);
    let names: BTreeSet<&str> = rows.iter().map(|row| row.text(0)).collect();
    let mut report = Report::default();
    for inner in [None].into_iter().chain(names.iter().map(Some)) {
        for outer in &names {
            let e = Expression { inner: inner.map(|name| Step::One(name)), outer: Step::One(outer) };
            for x in [f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1.0, -1.0, 2.0, 800.0, -800.0] {
                let expected = reverse::gradient(|x| e.at(x[0]), &[x]).1[0];
                let expected = Cell { exception: Exception::None, permitted: vec![expected], spread: 0.0 };
                let text = || format!("{outer} ∘ {} at {x:?}", inner.unwrap_or(&""));
                // Matrix operations use another exponential, which may round differently.
                for (mode, compute) in MODES.iter().filter(|(mode, _)| !mode.contains("matrix on")) {
                    for (_, found) in compute(e, x).into_iter().filter(|&(order, _)| order == 1) {
                        report.compare(&text, mode, 1, found, Some(&expected));
                    }
                }
            }
        }
    }
    report.assert_no_failures();
}

/// Compares single precision where all values are of ordinary size.
#[test]
fn single_precision_is_right() {
    let mut report = Report::default();
    let mut compare = |text: &dyn Fn() -> String, mode: &str, order: usize, found: f32, cell: Option<&Cell>| {
        let Some(cell) = cell else { return };
        report.compared += 1;
        if !cell.permits_single(found.into()) {
            report.add(text, mode, order, found.into(), cell);
        }
    };
    let ordinary = |x: f64| x == 0.0 || (1e-6..1e6).contains(&x.abs());
    let is_ordinary = |cell: &Option<Cell>| {
        cell.as_ref().is_some_and(|cell| cell.exception == Exception::None && ordinary(cell.permitted[0]))
    };
    for row in &table(ONE_TABLE) {
        let (e, x) = (expression(row), row.number(2) as f32);
        let cells = [3, 4, 5, 6].map(|column| row.cell(column));
        let inner = e.inner.map_or(0.0, |inner| inner.at(row.number(2)));
        // 1 − tanh² has a small absolute error, but a large relative one where it is small.
        let is_small = row.text(0) == "tanh" && e.inner.is_some();
        if is_small || x.abs() > 2.0 || f64::from(x) != row.number(2) {
            continue;
        }
        if !ordinary(inner) || !cells.iter().all(is_ordinary) {
            continue;
        }
        let dual = e.at(variable(variable(x)));
        let (y, dy) = (dual.data(), dual.tangents()[0]);
        let (graph, gradient) = reverse::gradient(|x| e.at(x[0]), &[x]);
        let series = taylor(|x| e.at(x), x, 3).into_iter().enumerate().map(|(k, c)| (k, c * factorial(k) as f32));
        let mut found = vec![("dual", 0, y.data()), ("dual", 1, y.tangents()[0]), ("dual", 1, dy.data())];
        found.extend([("dual", 2, dy.tangents()[0]), ("graph", 0, graph), ("graph", 1, gradient[0])]);
        found.extend(series.map(|(k, d)| ("series", k, d)));
        for (mode, order, found) in found {
            compare(&|| name(row), mode, order, found, cells[order].as_ref());
        }
    }
    for row in &table(TWO_TABLE) {
        let [a, b] = [1, 2].map(|column| row.number(column));
        let gradient = [row.cell(4), row.cell(5)];
        if [a, b].iter().all(|&x| ordinary(x)) && gradient.iter().all(is_ordinary) {
            let text = || format!("{}({a:?}, {b:?})", row.text(0));
            let (_, by_graph) = reverse::gradient(|x| two(row.text(0), x[0], x[1]), &[a as f32, b as f32]);
            let (_, by_dual) = backprop::gradient(|[a, b]| two(row.text(0), a, b), [a as f32, b as f32]);
            for (i, cell) in gradient.iter().enumerate() {
                compare(&text, "graph", 1, by_graph[i], cell.as_ref());
                compare(&text, "dual", 1, by_dual[i], cell.as_ref());
            }
        }
    }
    for row in &table(LOSS_TABLE) {
        let (loss, x) = (row.text(0).parse().unwrap(), [row.values(1), row.values(2)].concat());
        let single: Vec<f32> = x.iter().map(|&x| x as f32).collect();
        if single.iter().zip(&x).any(|(&single, &x)| f64::from(single) != x) {
            continue;
        }
        let text = || format!("{loss} of {x:?}");
        let (y, by_graph) = reverse::gradient(|x| Function::Loss(loss).at(x), &single);
        let by_dual = Function::Loss(loss).at(&variables(&single)).tangents();
        compare(&text, "graph", 0, y, row.cell(3).as_ref());
        for (i, cell) in row.cells(4).iter().enumerate() {
            compare(&text, "graph", 1, by_graph[i], cell.as_ref());
            compare(&text, "dual", 1, by_dual[i], cell.as_ref());
        }
    }
    report.assert_no_failures();
}

/// The tables of expected values have every function of the crate's rule table.
#[test]
fn tables_have_every_function() {
    let (ones, twos) = (table(ONE_TABLE), table(TWO_TABLE));
    let tabled = ones.iter().chain(&twos).map(|row| row.text(0).split(' ').next().unwrap().to_string());
    let mut expected = names();
    expected.extend(["identity", "powi"].map(String::from));
    assert_eq!(tabled.collect::<BTreeSet<String>>(), expected);
    let activations: BTreeSet<&str> =
        ones.iter().map(|row| row.text(0)).filter(|name| activation(name).is_some()).collect();
    assert_eq!(activations.len(), 10, "{activations:?}");
}

/// The comparison can fail: it detects a relative error of 1e-11, and a derivative that is detached.
#[test]
fn comparison_detects_a_wrong_rule() {
    struct Sine {
        factor: f64,
        is_detached: bool,
    }
    impl UnaryFunction for Sine {
        fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
            let cosine = if self.is_detached { T::of(x.cos().to_f64().unwrap()) } else { x.cos() };
            (x.sin(), cosine * T::of(self.factor))
        }
    }
    let rows = table(ONE_TABLE);
    let sines: Vec<&Row> = rows.iter().filter(|row| row.text(0) == "sin" && row.text(1).is_empty()).collect();
    let errors = |factor: f64, is_detached: bool| {
        let wrong = sines.iter().filter(|row| {
            let y = variable(variable(row.number(2))).map(Sine { factor, is_detached });
            of_dual_of_dual(y).into_iter().any(|(k, found)| row.cell(3 + k).is_some_and(|cell| !cell.permits(k, found)))
        });
        wrong.count()
    };
    assert_eq!(errors(1.0, false), 0);
    assert!(errors(1.0 + 1e-11, false) > 5);
    assert!(errors(1.0, true) > 5);
}
