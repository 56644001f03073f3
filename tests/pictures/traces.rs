//! Explanations of derivatives: the chain rule term by term equals the derivation by hand, and its products sum to the
//! derivatives of the graph. Drawings of graphs.

use backprop::plot::{Picture, Theme};
use backprop::rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Graph, Layer, Loss, Mlp, Neuron, Parameters, Scalar, Trace, TracedValue, Value};
use std::iter::Peekable;
use std::str::Chars;

/// Creates the 2-2-1 network of the lecture with weights of 1 and biases of 0.
fn lecture_network() -> Mlp<f64> {
    let neuron = || Neuron::new([1.0, 1.0], 0.0, Activation::Sigmoid);
    let hidden = Layer::from_neurons([neuron(), neuron()]).unwrap();
    Mlp::from_layers([hidden, Layer::from_neurons([neuron()]).unwrap()]).unwrap()
}

const NAMES: [&str; 9] = ["w1", "w2", "b1", "w3", "w4", "b2", "w5", "w6", "b3"];

/// The expected factors are the nine derivations by hand, for the inputs (−2, −1) and the target 1.
#[test]
fn explanations_of_nine_partials_equal_those_by_hand() {
    let trace = Trace::new();
    let inputs = [trace.variable("x1", -2.0), trace.variable("x2", -1.0)];
    let o1 = trace.forward(&lecture_network(), &inputs).unwrap()[0];
    let loss = (trace.variable("y", 1.0) - o1).powi(2).named("L");

    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let sigmoid_derivative = |x: f64| sigmoid(x) * (1.0 - sigmoid(x));
    let (x1, x2, sum_h, y) = (-2.0, -1.0, -3.0, 1.0);
    let h = sigmoid(sum_h);
    let sum_o1 = 2.0 * h;
    let dl_do1 = ("o1", "−2·(y − o1)", -2.0 * (y - sigmoid(sum_o1)));
    let hidden = |h, w| (h, format!("{w}·σ′(sum_o1)"), sigmoid_derivative(sum_o1));
    let cases = [
        ("w1", Some(hidden("h1", "w5")), "x1·σ′(sum_h1)", x1 * sigmoid_derivative(sum_h)),
        ("w2", Some(hidden("h1", "w5")), "x2·σ′(sum_h1)", x2 * sigmoid_derivative(sum_h)),
        ("b1", Some(hidden("h1", "w5")), "σ′(sum_h1)", sigmoid_derivative(sum_h)),
        ("w3", Some(hidden("h2", "w6")), "x1·σ′(sum_h2)", x1 * sigmoid_derivative(sum_h)),
        ("w4", Some(hidden("h2", "w6")), "x2·σ′(sum_h2)", x2 * sigmoid_derivative(sum_h)),
        ("b2", Some(hidden("h2", "w6")), "σ′(sum_h2)", sigmoid_derivative(sum_h)),
        ("w5", None, "h1·σ′(sum_o1)", h * sigmoid_derivative(sum_o1)),
        ("w6", None, "h2·σ′(sum_o1)", h * sigmoid_derivative(sum_o1)),
        ("b3", None, "σ′(sum_o1)", sigmoid_derivative(sum_o1)),
    ];
    for (name, hidden, formula, value) in cases {
        let explanation = loss.explain(trace.find(name).unwrap());
        assert_eq!(explanation.paths_in_all, 1.0);
        let mut expected = vec![("L".to_string(), dl_do1.0.to_string(), dl_do1.1.to_string(), dl_do1.2)];
        let mut numerator = "o1".to_string();
        if let Some((neuron, formula, value)) = hidden {
            expected.push((numerator, neuron.into(), formula, value));
            numerator = neuron.into();
        }
        expected.push((numerator, name.into(), formula.into(), value));
        let product: f64 = expected.iter().map(|(.., value)| value).product();
        assert!((explanation.total - product).abs() < 1e-15, "{name}: expected {product}, got {}", explanation.total);
        let factors = &explanation.paths[0].factors;
        assert_eq!(factors.len(), expected.len());
        for (factor, (of, by, formula, value)) in factors.iter().zip(expected) {
            assert_eq!((&factor.of, &factor.by, &factor.formula), (&of, &by, &formula));
            assert!((factor.value - value).abs() < 1e-15, "{factor:?}");
        }
    }
    let w1 = loss.explain(trace.find("w1").unwrap());
    assert!((w1.total - 0.0214695).abs() < 5e-8);
    assert!(w1.to_string().starts_with("dL/dw1 = dL/do1 · do1/dh1 · dh1/dw1 = −0.9526 · 0.2494 · −0.0904 = 0.0215\n"));
}

#[test]
fn products_of_paths_sum_to_the_derivatives_of_the_graph() {
    for activation in [Activation::Tanh, Activation::Silu, Activation::LeakyRelu(0.1), Activation::Identity] {
        let layers = [(3, activation), (2, activation), (1, Activation::Sigmoid)];
        let net = Mlp::<f64>::new(2, layers, &mut SomeRng::seed_from_u64(4)).unwrap();
        let graph = Graph::new();
        let on_graph = net.attach(&graph);
        let output = on_graph.forward(&[0.3, -0.8].map(Value::constant)).unwrap()[0];
        let gradient = on_graph.gradient(&(output - 0.5).powi(2).backward()).parameters();

        let trace = Trace::new();
        let inputs = [trace.variable("x1", 0.3), trace.variable("x2", -0.8)];
        let o1 = trace.forward(&net, &inputs).unwrap()[0];
        assert_eq!(o1.data(), output.data());
        let loss = (o1 - 0.5).powi(2).named("L");
        let (mut weights, mut biases) = (0, 0);
        let is_bias =
            |index| net.parameter_info().iter().any(|info| info.is_bias() && info.indices().any(|i| i == index));
        for (index, expected) in gradient.iter().enumerate() {
            let name = if is_bias(index) {
                biases += 1;
                format!("b{biases}")
            } else {
                weights += 1;
                format!("w{weights}")
            };
            let parameter = trace.find(&name).unwrap();
            let explanation = loss.explain(parameter);
            let sum: f64 = explanation.paths.iter().map(|path| path.product).sum();
            assert!(
                (explanation.total - expected).abs() < 1e-14 && (sum - expected).abs() < 1e-14,
                "{name}: {explanation}"
            );
            assert_eq!(loss.derivative(parameter), explanation.total);
        }
    }
}

/// Computes the graph of micrograd's README.
fn t2<S: Scalar>(a: S, b: S) -> S {
    let c = |x| S::of(x);
    let (e, d) = (a + b, a * b + b.powi(3));
    let e = e + (e + c(1.0));
    let e = e + (c(1.0) + e + -a);
    let d = d + (d * c(2.0) + (b + a).relu());
    let d = d + (c(3.0) * d + (b - a).relu());
    let f = (e - d).powi(2);
    f / c(2.0) + c(10.0) / f
}

#[test]
fn custom_function_is_traced() {
    let trace = Trace::new();
    let (a, b) = (trace.variable("a", -4.0), trace.variable("b", 2.0));
    let g = t2(a, b).named("g");
    assert_eq!(g.data(), t2(-4.0, 2.0));
    assert!((g.derivative(a) - 138.83381924198252_f64).abs() < 1e-12);
    assert!((g.derivative(b) - 645.5772594752186_f64).abs() < 1e-12);
    // No intermediate value has a name, so all paths are one. It is too long for a formula.
    let explanation = g.explain(a);
    assert_eq!((explanation.paths.len(), &explanation.paths[0].factors[0].formula[..]), (1, "…"));
}

#[test]
fn traced_functions_equal_those_of_the_graph() {
    fn functions<S: Scalar>(x: S, y: S) -> Vec<S> {
        vec![
            x.sin(),
            x.cos(),
            x.tan(),
            x.exp(),
            x.ln(),
            x.sqrt(),
            x.cbrt(),
            x.recip(),
            x.tanh(),
            x.sinh(),
            x.cosh(),
            x.asin(),
            x.acos(),
            x.atan(),
            x.exp_m1(),
            x.ln_1p(),
            x.log2(),
            x.log10(),
            x.exp2(),
            x.abs(),
            x.sigmoid(),
            x.relu(),
            x.softplus(),
            x.silu(),
            x.gelu(),
            x.elu(),
            x.erf(),
            x.erfc(),
            x.powi(-3),
            x.powi(0),
            x.powf(y),
            x.hypot(y),
            x.atan2(y),
            x.max(y),
            x.min(y),
            x % y,
            x / y,
            x - y,
            -x,
            x.mul_add(y, x),
            x.leaky_relu(y),
            x.log(y),
            x.map(Activation::Gelu),
        ]
    }
    for (index, expected) in functions(0.6, 1.7).into_iter().enumerate() {
        let trace = Trace::new();
        let (x, y) = (trace.variable("x", 0.6_f64), trace.variable("y", 1.7));
        let traced: TracedValue<f64> = functions(x, y)[index];
        let graph = Graph::new();
        let [u, v] = graph.variables([0.6, 1.7]);
        let value: Value<f64> = functions(u, v)[index];
        assert!((traced.data() - expected).abs() < 1e-15, "function {index}");
        let gradients = value.backward();
        for (found, expected) in [(traced.derivative(x), gradients[u]), (traced.derivative(y), gradients[v])] {
            assert!(
                (found - expected).abs() <= 1e-15 * expected.abs().max(1.0),
                "function {index}: expected {expected}, got {found}"
            );
        }
        let _ = traced.named("f").explain(x).to_string(); // must not panic
    }
}

#[test]
fn formulas_are_written_in_mathematical_notation() {
    let trace = Trace::new();
    let (x, y) = (trace.variable("x", 0.5_f64), trace.variable("y", 2.0));
    let formula = |f: TracedValue<f64>, by| f.named("f").explain(by).paths[0].factors[0].formula.clone();
    for (f, expected) in [
        (x.sin(), "cos x"),
        (x.powi(3), "3·x²"),
        (x.powi(-1), "−x⁻²"),
        ((x + y).powi(2), "2·(x + y)"),
        (x * y, "y"),
        (x / y, "1/y"),
        (y / x, "−y/x²"),
        (x / 4.0, "0.25"),
        (x.sigmoid(), "σ′(x)"),
        (x.tanh(), "(1 − tanh² x)"),
        (x.exp(), "exp(x)"),
        (x.ln(), "1/x"),
        (3.0 * x + y * x, "3 + y"),
        ((x * y).sin(), "y·cos (x·y)"),
        (x.relu(), "relu′(x)"),
        (-(x - y), "−1"),
        (2.0 * x.sin().powi(2), "4·cos x·(sin x)"),
        ((x * y).powi(3), "3·y·(x·y)²"),
        (x.powi(2).powi(3), "6·x·(x²)²"),
        (y / (x * y), "−y·(y/(x·y)²)"),
        (x / (x * y).named("z"), "1/z"),
        (x / (y * y), "1/(y·y)"),
        (x.recip(), "−1/x²"),
        (((x + y) * (y + 1.0)).ln(), "(y + 1)·(1/((x + y)·(y + 1)))"),
        ((((x + y) * y + 1.0) * y).sqrt(), "y·y·(1/(2√(((x + y)·y + 1)·y)))"),
        ((x - y).abs(), "sign (x − y)"),
        (x + (y - x).exp(), "1 − exp(y − x)"),
        (y * (x - 1.0 - (y - x)), "2·y"),
        (x * y - x * y, "0"),
        // Numbers are rounded.
        (0.1 * x + 0.2 * x, "0.3"),
        (1e-20 * x, "1e−20"),
        (x * (y * 0.1 + 0.123456), "(y·0.1 + 0.1235)"),
        // Functions of two variables
        (x.powf(y), "y·x^(y − 1)"),
        (y.powf(x), "ln y·y^x"),
        (x.max(y), "0"),
        (x.min(y), "1"),
        (x.hypot(y), "x/√(x² + y²)"),
        (x.atan2(y), "y/(x² + y²)"),
        (y.atan2(x), "−y/(y² + x²)"),
        (x.log(y), "1/(x·ln y)"),
        (y.log(x), "−ln y/(x·(ln x)²)"),
        (x % y, "1"),
        (x.leaky_relu(y), "leaky_relu′(x)"),
        (y.xlogy(x), "y/x"),
        (x.log_add_exp(y), "1/(1 + exp(y − x))"),
        (x.abs_sub(y), "0"),
        // Functions with and without a formula
        (x.erf(), "2/√π·exp(−x²)"),
        ((x * y).sinc(), "y·((cos(π·(x·y)) − sinc (x·y))/(x·y))"),
        (y * x.floor(), "0"),
        (x * y.erf(), "erf(y)"),
        (x * y.round(), "round(y)"),
        (x * y.sinc(), "sin(π·y)/(π·y)"),
        (x * y.abs_sub(x.floor()), "max(y − ⌊x⌋, 0)"),
        (x * (y % 3.0), "y % 3"),
    ] {
        assert_eq!(formula(f, x), expected);
    }
}

/// A parser that evaluates the text of a formula. Products and quotients are evaluated from left to right.
struct Parser<'t> {
    text: Peekable<Chars<'t>>,
    value_of: &'t dyn Fn(&str) -> f64,
}

impl Parser<'_> {
    fn next_if(&mut self, expected: char) -> bool {
        while self.text.next_if_eq(&' ').is_some() {}
        self.text.next_if_eq(&expected).is_some()
    }

    fn take_while(&mut self, is_part: impl Fn(&char) -> bool) -> String {
        std::iter::from_fn(|| self.text.next_if(&is_part)).collect()
    }

    fn sum(&mut self) -> f64 {
        let mut sum = if self.next_if('−') { -self.product() } else { self.product() };
        loop {
            if self.next_if('+') {
                sum += self.product();
            } else if self.next_if('−') {
                sum -= self.product();
            } else {
                return sum;
            }
        }
    }

    fn product(&mut self) -> f64 {
        let mut product = self.power();
        loop {
            if self.next_if('·') {
                product *= self.power();
            } else if self.next_if('/') {
                product /= self.power();
            } else if self.text.peek() == Some(&'√') {
                product *= self.power(); // 2√x
            } else {
                return product;
            }
        }
    }

    fn power(&mut self) -> f64 {
        let base = self.atom();
        if self.next_if('^') { base.powf(self.atom()) } else { base.powf(self.superscript()) }
    }

    fn superscript(&mut self) -> f64 {
        const DIGITS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";
        let power = self.take_while(|&c| DIGITS.contains(c));
        let digit = |c| DIGITS.chars().position(|digit| digit == c).and_then(|i| "0123456789-".chars().nth(i)).unwrap();
        if power.is_empty() { 1.0 } else { power.chars().map(digit).collect::<String>().parse().unwrap() }
    }

    fn atom(&mut self) -> f64 {
        if self.next_if('(') {
            let value = self.sum();
            assert!(self.next_if(')'));
            return value;
        }
        if self.next_if('√') {
            return self.atom().sqrt();
        }
        if self.text.peek().is_some_and(char::is_ascii_digit) {
            return self.take_while(|c| c.is_ascii_digit() || *c == '.').parse().unwrap();
        }
        let name = self.take_while(|&c| c.is_alphabetic() || c.is_ascii_digit() || c == '′');
        if ["max", "min", "atan2"].contains(&&name[..]) {
            assert!(self.next_if('('));
            let (x, y) = (self.sum(), self.next_if(',').then(|| self.sum()).unwrap());
            assert!(self.next_if(')'));
            return if name == "max" {
                x.max(y)
            } else if name == "min" {
                x.min(y)
            } else {
                x.atan2(y)
            };
        }
        let f = match &name[..] {
            "sin" => f64::sin,
            "cos" => f64::cos,
            "tanh" => f64::tanh,
            "exp" => f64::exp,
            "ln" => f64::ln,
            "σ′" => |x: f64| x.sigmoid() * (1.0 - x.sigmoid()),
            _ => return (self.value_of)(&name),
        };
        let power = self.superscript(); // tanh² x
        let _ = self.next_if(' ');
        f(self.atom()).powf(power)
    }
}

/// Evaluates the formulas of random expressions.
#[test]
fn formulas_evaluate_to_the_derivatives() {
    let mut rng = SomeRng::seed_from_u64(1);
    let mut compared = 0;
    for _ in 0..20_000 {
        let trace = Trace::new();
        let variables = ["a", "b", "c"].map(|name| trace.variable(name, rng.random_range(0.5..1.5)));
        let mut values = variables.to_vec();
        for _ in 0..rng.random_range(1..6) {
            let [x, y]: [TracedValue<f64>; 2] = std::array::from_fn(|_| values[rng.random_range(0..values.len())]);
            values.push(match rng.random_range(0..20) {
                0..=2 => x + y,
                3 => x - y,
                4..=6 => x * y,
                7..=8 => x / y,
                9 => x.powi(rng.random_range(-3..4)),
                10 => x * 2.0 - 3.0,
                11 => 3.0 / x,
                12 => -x,
                13 => x.sin(),
                14 => x.tanh() + x.sigmoid(),
                15 => (x * x).sqrt().exp(),
                16 => (x * x + y).ln(),
                17 => x.hypot(y) - x.atan2(y),
                18 => (x * x).powf(y),
                _ => x.max(y) * (y - 1.0).min(x),
            });
        }
        let result = values[values.len() - 1].named("f");
        for variable in variables {
            let explanation = result.explain(variable);
            let [path] = &explanation.paths[..] else { continue };
            let Some(factor) = path.factors.first().filter(|factor| !factor.formula.contains('…')) else { continue };
            let value_of = |name: &str| variables[["a", "b", "c"].iter().position(|n| *n == name).unwrap()].data();
            let mut parser = Parser { text: factor.formula.chars().peekable(), value_of: &value_of };
            let value = parser.sum();
            assert_eq!(parser.text.next(), None, "{}", factor.formula);
            // At the edge of a function's domain the formula may not be finite, while the derivative is.
            if value.is_finite() && factor.value.abs() < 1e6 {
                let scale = 1e-9 * factor.value.abs().max(1.0);
                assert!(
                    (value - factor.value).abs() < scale,
                    "{}: expected {}, got {value}",
                    factor.formula,
                    factor.value
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 10_000, "{compared}");
}

/// The loss is the sum over three samples, which share the parameters of one network.
#[test]
fn samples_share_the_parameters_of_a_network() {
    let layers = [(2, Activation::Tanh), (1, Activation::Sigmoid)];
    let net = Mlp::<f64>::new(2, layers, &mut SomeRng::seed_from_u64(3)).unwrap();
    let other = Mlp::<f64>::new(2, layers, &mut SomeRng::seed_from_u64(4)).unwrap();
    let samples = [([0.3, -0.8], 0.5), ([-1.2, 0.4], 0.25), ([0.7, 0.1], -1.0)];

    let graph = Graph::new();
    let on_graph = net.attach(&graph);
    let losses = samples.map(|(x, y)| (on_graph.forward(&x.map(Value::constant)).unwrap()[0] - y).powi(2));
    let gradient = on_graph.gradient(&losses.into_iter().sum::<Value<f64>>().backward()).parameters();

    let trace = Trace::new();
    let losses =
        samples.map(|(x, y)| (trace.forward(&net, &x.map(|x| trace.variable("x", x))).unwrap()[0] - y).powi(2));
    let loss = losses.into_iter().sum::<TracedValue<f64>>().named("L");
    let names = ["w1", "w2", "b1", "w3", "w4", "b2", "w5", "w6", "b3"];
    for (name, expected) in names.into_iter().zip(&gradient) {
        let explanation = loss.explain(trace.find(name).unwrap());
        let sum: f64 = explanation.paths.iter().map(|path| path.product).sum();
        assert_eq!(explanation.paths_in_all, 3.0);
        assert!(
            (explanation.total - expected).abs() < 1e-14 && (sum - expected).abs() < 1e-14,
            "{name}: {explanation}"
        );
    }
    for name in ["h1", "sum_h1", "o1", "h2_2", "sum_o1_2", "o1_3"] {
        assert!(trace.find(name).is_some(), "{name}");
    }
    let before = trace.len();
    trace.forward(&other, &[trace.variable("x", 1.0), trace.variable("x", 1.0)]).unwrap();
    assert!(trace.len() > before + 2 + other.count(), "another network has its own parameters");
    assert_eq!(loss.derivative(trace.find("w1").unwrap()), 0.0);
}

#[test]
fn explanation_of_an_independent_value_is_0() {
    let trace = Trace::new();
    let (a, b) = (trace.variable("a", 1.0_f64), trace.variable("b", 2.0));
    let c = (a * 2.0).named("c");
    assert_eq!(c.explain(b).to_string(), "dc/db = 0: c does not depend on b\n");
    assert_eq!(c.explain(c).to_string(), "dc/dc = 1: they are the same\n");
    assert_eq!(c.explain(a).to_string(), "dc/da = 2\n");
}

/// Thirty sums of two terms have 2³⁰ paths, of which the explanation has twelve.
#[test]
fn explanation_has_at_most_12_paths_and_their_number() {
    let trace = Trace::new();
    let mut x = trace.variable("x0", 0.5_f64);
    let first = x;
    for i in 1..=30 {
        let (left, right) = ((x * 0.25).named(format!("l{i}")), (x * 0.75).named(format!("r{i}")));
        x = (left + right).named(format!("x{i}"));
    }
    let explanation = x.explain(first);
    assert_eq!((explanation.paths.len(), explanation.paths_in_all), (12, 2_f64.powi(30)));
    assert!((explanation.total - 1.0).abs() < 1e-12);
    assert!(explanation.to_string().contains("and 1073741812 more"), "{explanation}");
    let error = x.drawing().to_dot().unwrap_err().to_string();
    assert!(error.contains("expected at most 150 boxes in a drawing, got 151"), "{error}");
    assert!(x.drawing().folded().to_dot().is_ok());
    let around = x.drawing().around(first, 2).to_dot().unwrap();
    assert!(around.contains("x0") && !around.contains("x5"), "{around}");
}

/// Long chains must not overflow the stack or take quadratic time.
#[test]
fn long_chain_is_explained() {
    let trace = Trace::new();
    let first = trace.variable("x0", 0.5_f64);
    let last = (1..=2000).fold(first, |x, i| (x * 1.0001).named(format!("x{i}")));
    let explanation = last.explain(first);
    assert!((explanation.total - 1.0001_f64.powi(2000)).abs() < 1e-9 && explanation.paths[0].factors.len() == 2000);
}

/// Very long paths, with and without names, and very many paths are explained in short time.
#[test]
fn long_explanations_and_formulas_are_shortened() {
    let trace = Trace::new();
    let first = trace.variable("x0", 0.5_f64);
    let last = (1..=100_000).fold(first, |x, i| (x * 1.00001).named(format!("x{i}")));
    let explanation = last.explain(first);
    assert!((explanation.total - 1.00001_f64.powi(100_000)).abs() < 1e-9 && explanation.paths.len() == 1);
    assert!(explanation.to_string().len() < 2000, "{explanation}");

    let trace = Trace::new();
    let x = trace.variable("x", 0.5_f64);
    let formula = |f: TracedValue<f64>, by| f.named("f").explain(by).paths[0].factors[0].formula.clone();
    assert_eq!(formula((0..100_000).fold(x, |x, _| x + 1.0), x), "1");
    assert_eq!(formula((0..100_000).fold(x, |x, _| x.sin()), x), "…");
    assert_eq!(formula((0..100_000).fold(x, |x, _| x.sin()) * x, x), "…");
    assert_eq!(formula((0..100).fold(x, |x, _| x + x), x), "…");
    let y = (0..100).fold(trace.variable("y", 1.0), |y, _| y + y);
    assert_eq!(formula(x + y, x), "1");
    assert_eq!(formula(x * y, x), "…");
}

#[test]
fn drawings_have_every_value_once() {
    let trace = Trace::new();
    let inputs = [trace.variable("x1", -2.0), trace.variable("x2", -1.0)];
    let o1 = trace.forward(&lecture_network(), &inputs).unwrap()[0];
    let loss = (trace.variable("y \"true\"", 1.0) - o1).powi(2).named("L");
    let folded = loss.drawing().folded().to_dot().unwrap();
    for name in NAMES.iter().chain(&["x1", "x2", "h1", "h2", "o1", "L", "y 'true'"]) {
        assert_eq!(folded.matches(&format!("label=\"{name}\\n")).count(), 1, "{name} in {folded}");
    }
    assert_eq!(folded.matches("->").count(), 4 * 2 + 2 + 5 + 2, "{folded}"); // into h1 and h2, o1, L
    let open = loss.drawing().to_dot().unwrap();
    assert!(open.contains("label=\"sum_h1 = +") && open.contains("o1 = sigmoid"), "{open}");
    let svg = loss.drawing().folded().picture().unwrap().to_svg(Theme::Light);
    assert!(svg.starts_with("<svg") && svg.contains("\n0.2494\n") && svg.contains("\nh2\n"), "{svg}");
    let single = trace.variable("alone", 3.0).drawing().picture().unwrap().to_svg(Theme::Dark);
    assert!(single.contains("\nalone\n"));
}

/// A hinge loss of 0 is a constant. Its explanation once crashed the playground.
#[test]
fn explanation_of_a_constant_is_0_and_has_the_reason() {
    let neuron = Neuron::new([2.0, 1.0], 0.5, Activation::Identity);
    let net = Mlp::from_layers([Layer::from_neurons([neuron]).unwrap()]).unwrap();
    let trace = Trace::new();
    let outputs = trace.forward(&net, &[trace.variable("x1", 3.0), trace.variable("x2", 1.0)]).unwrap();
    let loss = Loss::Hinge.evaluate(&outputs, &[trace.variable("y", 1.0)]).unwrap().named("L");
    let w1 = trace.find("w1").unwrap();
    let explanation = loss.explain(w1);
    assert_eq!((explanation.total, explanation.paths.len()), (0.0, 0));
    assert_eq!(explanation.to_string(), "d(0)/dw1 = 0: the result is the constant 0 and depends on no variable\n");
    assert_eq!(loss.derivative(w1), 0.0);

    let explanation = outputs[0].explain(TracedValue::constant(4.0));
    assert_eq!(explanation.to_string(), "do1/d(4) = 0: the input is the constant 4 and depends on no variable\n");
    let relu = (w1 * -1.0).relu() * trace.variable("a", 1.0); // derivative 0, but on the trace
    assert_eq!(relu.named("r").explain(w1).total, 0.0);
}

#[test]
fn trace_keeps_the_sign_of_a_sum_that_is_0() {
    let trace = Trace::new();
    let x = trace.variable("x", -0.0_f64);
    assert_eq!((x + 0.0).data().recip(), f64::INFINITY);
    assert_eq!((x + 0.0).recip().derivative(x), f64::NEG_INFINITY);
    assert_eq!((x + -0.0).data().recip(), f64::NEG_INFINITY);
    let positive = trace.variable("y", 0.0);
    let len = trace.len();
    let _ = [positive, positive].into_iter().sum::<TracedValue<f64>>() + 0.0;
    assert_eq!(trace.len(), len + 1); // the initial 0 of the sum is not recorded
}
