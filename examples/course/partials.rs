//! Chapters 6, 7 and 11: one chain through the network, all derivatives of a graph in one backward pass, and the blame of
//! each neuron.

use crate::svg::{Align, BLACK, BLUE, GREY, LIGHT, ORANGE, Point, START, Svg, WHITE, number, pen, tint};
use backprop::{Graph, Value};

/// The network of chapter 2 with the path from w1 to the loss, its three links in words.
pub fn path() -> Svg {
    let links = ["how L changes with o1: ∂L/∂o1", "how o1 changes with h1: ∂o1/∂h1", "how h1 changes with w1: ∂h1/∂w1"];
    let mut svg = Svg::new(
        640.0,
        530.0,
        "How w1 reaches the loss",
        "The network with two inputs, the hidden neurons h1 and h2, the output o1 and the loss L. The path from w1 over h1 \
         and o1 to L is drawn with thick arrows. Its links have numbers, from the loss back: 1 from o1 to L, 2 from h1 to \
         o1, 3 from w1 to h1.",
    );
    network_with_path(&mut svg, &links.map(String::from));
    svg
}

/// The network of chapter 6 for Alice, with all weights 1 and all biases 0, on a graph.
struct Alice<'g> {
    w1: Value<'g, f64>,
    b1: Value<'g, f64>,
    sum_h1: Value<'g, f64>,
    sum_h2: Value<'g, f64>,
    h1: Value<'g, f64>,
    sum_o1: Value<'g, f64>,
    o1: Value<'g, f64>,
    loss: Value<'g, f64>,
}

impl Alice<'_> {
    fn on(graph: &Graph<f64>) -> Alice<'_> {
        let [w1, w2, w3, w4, w5, w6] = graph.variables([1.0; 6]);
        let [b1, b2, b3] = graph.variables([0.0; 3]);
        let (sum_h1, sum_h2) = (w1 * -2.0 + w2 * -1.0 + b1, w3 * -2.0 + w4 * -1.0 + b2);
        let h1 = sum_h1.sigmoid();
        let sum_o1 = w5 * h1 + w6 * sum_h2.sigmoid() + b3;
        let o1 = sum_o1.sigmoid();
        Alice { w1, b1, sum_h1, sum_h2, h1, sum_o1, o1, loss: (1.0 - o1).powi(2) }
    }
}

/// The path of w1 with its three links as formulas and numbers, and their product.
pub fn factors() -> Svg {
    let graph = Graph::new();
    let Alice { w1, h1, o1, loss: l, .. } = Alice::on(&graph);
    let factors = [l.backward()[o1], o1.backward()[h1], h1.backward()[w1]];
    let [first, second, third] = factors.map(|factor| number(factor, 4));
    let product = number(l.backward()[w1], 4);
    assert_eq!([&*first, &*second, &*third, &*product], ["−0.9526", "0.2494", "−0.0904", "0.0215"]);

    let mut svg = Svg::new(
        640.0,
        600.0,
        "The three factors of ∂L/∂w1",
        format!(
            "The network with two inputs, the hidden neurons h1 and h2, the output o1 and the loss L, for Alice, with all \
             weights 1 and all biases 0. The factors of the path from the loss back to w1 are {first}, {second} and \
             {third}; their product is {product}."
        ),
    );
    let links = [
        format!("∂L/∂o1 = −2·(y − o1) = {first}"),
        format!("∂o1/∂h1 = w5·σ′(sum_o1) = {second}"),
        format!("∂h1/∂w1 = x1·σ′(sum_h1) = {third}"),
    ];
    network_with_path(&mut svg, &links);
    svg.text((60.0, 535.0), Align::Left, 21.0, BLACK, &format!("∂L/∂w1 = {first} · {second} · ({third}) = {product}"));
    svg.text((60.0, 573.0), Align::Left, 19.0, GREY, "Alice, all weights 1, all biases 0");
    svg
}

/// Draws the network, the path from w1 to the loss, and a line of text for each link, from the loss back to w1.
fn network_with_path(svg: &mut Svg, links: &[String; 3]) {
    let (x1, x2, n1, n2, o, loss) =
        ((60.0, 140.0), (60.0, 320.0), (260.0, 140.0), (260.0, 320.0), (430.0, 230.0), (580.0, 230.0));
    for (from, to) in [(x1, n2), (x2, n1), (x2, n2), (n2, o)] {
        svg.line(from, to, pen(GREY, 2.0));
    }
    for (from, to) in [(x1, n1), (n1, o), (o, loss)] {
        svg.line(from, to, pen(WHITE, 14.0));
        svg.arrow(from, toward(to, from, 34.0), pen(ORANGE, 6.0));
    }
    for (at, name) in [((120.0, 201.0), "w3"), ((120.0, 273.0), "w2"), ((160.0, 327.0), "w4"), ((345.0, 282.0), "w6")] {
        svg.text(at, Align::Middle, 20.0, GREY, name);
    }
    svg.text((154.0, 120.0), Align::Middle, 22.0, ORANGE, "w1");
    svg.text((358.0, 167.0), Align::Middle, 22.0, ORANGE, "w5");
    let on_path = [(x1, "x1", ""), (n1, "h1", "b1"), (o, "o1", "b3"), (loss, "L", "")];
    let off_path = [(x2, "x2", ""), (n2, "h2", "b2")];
    for (at, name, bias) in on_path.into_iter().chain(off_path) {
        let colour = if name.ends_with('2') { GREY } else { ORANGE };
        if name == "L" {
            svg.square(at, 28.0, WHITE, pen(colour, 4.0));
        } else {
            svg.circle(at, 31.0, WHITE, pen(colour, if colour == GREY { 2.0 } else { 4.0 }));
        }
        let lower = if bias.is_empty() { 7.0 } else { -1.0 };
        svg.text((at.0, at.1 + lower), Align::Middle, 21.0, BLACK, name);
        svg.text((at.0, at.1 + 19.0), Align::Middle, 18.0, GREY, bias);
    }
    for (index, (at, link)) in [(502.0, 204.0), (394.0, 160.0), (192.0, 113.0)].into_iter().zip(links).enumerate() {
        let y = 415.0 + 38.0 * index as f64;
        for at in [at, (60.0, y - 7.0)] {
            svg.circle(at, 15.0, ORANGE, pen(WHITE, 2.0));
            svg.plain_text((at.0, at.1 + 7.0), 20.0, WHITE, &(index + 1).to_string());
        }
        svg.text((90.0, y), Align::Left, 21.0, BLACK, link);
    }
}

/// The blame of each neuron, from the loss back, and what a weight and a bias make of it.
pub fn delta() -> Svg {
    let graph = Graph::new();
    let Alice { w1, b1, sum_h1, sum_h2, h1, sum_o1, o1, loss } = Alice::on(&graph);
    let gradients = loss.backward();
    let four = |x: f64| number(x, 4);
    let [of_o1, of_h1, of_h2] = [sum_o1, sum_h1, sum_h2].map(|sum| four(gradients[sum]));
    let (of_w1, of_b1) = (four(gradients[w1]), four(gradients[b1]));
    let [error, at_o1] = [gradients[o1], o1.backward()[sum_o1]].map(four);
    let at_hidden = four(h1.backward()[sum_h1]);
    assert_eq!([&*error, &*at_o1, &*of_o1, &*at_hidden], ["−0.9526", "0.2494", "−0.2376", "0.0452"]);
    assert_eq!([&*of_h1, &*of_h2, &*of_w1, &*of_b1], ["−0.0107", "−0.0107", "0.0215", "−0.0107"]);

    let mut svg = Svg::new(
        640.0,
        690.0,
        "The blame goes back",
        format!(
            "Above: the network from right to left. The loss L gives o1 the blame {of_o1}. Over w5 and w6, times the weight \
             and times σ′ of the sum, {of_h1} of it comes to h1 and {of_h2} to h2. Below: the line w1 from x1 to h1. The \
             derivative for w1 is the blame of h1 times x1, {of_w1}; the derivative for b1 is the blame itself."
        ),
    );
    let (x1, x2, n1, n2, o, loss) =
        ((45.0, 125.0), (45.0, 305.0), (175.0, 125.0), (175.0, 305.0), (430.0, 215.0), (590.0, 215.0));
    for (from, to) in [(x1, n1), (x1, n2), (x2, n1), (x2, n2)] {
        svg.line(from, to, pen(LIGHT, 2.5));
    }
    for (from, to) in [(loss, o), (o, n1), (o, n2)] {
        svg.arrow(from, toward(to, from, 34.0), pen(ORANGE, 6.0));
    }
    svg.square(loss, 28.0, WHITE, pen(BLACK, 2.0));
    for (at, radius) in [(x1, 24.0), (x2, 24.0), (n1, 31.0), (n2, 31.0), (o, 31.0)] {
        svg.circle(at, radius, WHITE, pen(if radius < 30.0 { GREY } else { BLACK }, 2.0));
    }
    for (at, name) in [(x1, "x1"), (x2, "x2"), (n1, "h1"), (n2, "h2"), (o, "o1"), (loss, "L")] {
        svg.plain_text((at.0, at.1 + 7.0), 20.0, BLACK, name);
    }
    let blames = [((430.0, 274.0), "o1", &of_o1), ((175.0, 79.0), "h1", &of_h1), ((175.0, 364.0), "h2", &of_h2)];
    for (at, name, blame) in blames {
        svg.text(at, Align::Middle, 20.0, ORANGE, &format!("δ_{name} = {blame}"));
    }
    let factors = [
        ((525.0, 149.0), "∂L/∂o1·σ′(sum_o1)".to_string(), format!("{error}·{at_o1}")),
        ((330.0, 102.0), "·w5·σ′(sum_h1)".to_string(), format!("·1·{at_hidden}")),
        ((340.0, 320.0), "·w6·σ′(sum_h2)".to_string(), format!("·1·{at_hidden}")),
    ];
    for (at, symbols, numbers) in factors {
        svg.text(at, Align::Middle, 18.0, BLACK, &symbols);
        svg.text((at.0, at.1 + 24.0), Align::Middle, 18.0, BLACK, &numbers);
    }

    // One line of it, enlarged
    svg.line((20.0, 395.0), (620.0, 395.0), pen(GREY, 1.5).dashed("2 6"));
    svg.text((30.0, 427.0), Align::Left, 20.0, BLACK, "The line w1, enlarged:");
    let (input, neuron, bias) = ((110.0, 490.0), (480.0, 490.0), (590.0, 490.0));
    svg.arrow(input, toward(neuron, input, 44.0), pen(BLACK, 3.0));
    svg.arrow(bias, toward(neuron, bias, 44.0), pen(BLACK, 3.0));
    svg.circle(input, 41.0, WHITE, pen(BLACK, 2.0));
    svg.circle(neuron, 41.0, WHITE, pen(BLACK, 2.0));
    svg.plain_text((110.0, 487.0), 20.0, BLACK, "x1");
    svg.plain_text((110.0, 511.0), 20.0, BLACK, "−2");
    svg.plain_text((480.0, 497.0), 20.0, BLACK, "h1");
    svg.text((278.0, 480.0), Align::Middle, 20.0, BLACK, "w1");
    svg.text((598.0, 497.0), Align::Left, 20.0, BLACK, "b1");
    svg.text((480.0, 441.0), Align::Middle, 20.0, ORANGE, &format!("δ_h1 = {of_h1}"));
    svg.text((110.0, 570.0), Align::Left, 21.0, BLACK, &format!("∂L/∂w1 = δ_h1·x1 = {of_w1}"));
    svg.text((110.0, 602.0), Align::Left, 21.0, BLACK, &format!("∂L/∂b1 = δ_h1 = {of_b1}"));
    svg.text((110.0, 642.0), Align::Left, 19.0, GREY, "Alice, all weights 1, all biases 0;");
    svg.text((110.0, 668.0), Align::Left, 19.0, GREY, "each number is rounded after the computation");
    svg
}

/// Returns the point at a distance from `from` on the way to `to`.
fn toward(from: Point, to: Point, distance: f64) -> Point {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let part = distance / dx.hypot(dy);
    (from.0 + part * dx, from.1 + part * dy)
}

/// Returns a number with one digit after the point if it needs one.
fn plain(x: f64) -> String {
    number(x, if x.fract() == 0.0 { 0 } else { 1 })
}

/// A node of the graph of chapter 7.
struct Node<'g> {
    name: &'static str,
    value: Value<'g, f64>,
    at: Point,
    /// The parents, by index, with the local derivatives: where they are written, in symbols and as numbers.
    parents: Vec<(usize, &'static str, f64, Point)>,
}

/// The graph of chapter 7, filled backwards from the result.
pub fn backward() -> Svg {
    let graph = Graph::new();
    let (a, b) = (graph.value(-41.0_f64), graph.value(2.0));
    let c = a + b;
    let product = a * b;
    let cube = b.powi(3);
    let d = product + cube;
    let e = c - d;
    let f = e.powi(2);
    let g = f / 2.0;
    let gradients = g.backward();

    let (x, y) =
        (|column: f64| 112.0 + 208.0 * column, |row: f64| if row == 0.0 { 125.0 } else { 165.0 + 150.0 * row });
    let node = |name, value, at, parents| Node { name, value, at, parents };
    // In the order of the computation, from a and b down to g
    let nodes = [
        node("a", a, (x(0.5), y(0.0)), vec![]),
        node("b", b, (x(1.5), y(0.0)), vec![]),
        node("c = a + b", c, (x(0.0), y(1.0)), vec![(0, "1", 1.0, (0.0, 52.0)), (1, "1", 1.0, (46.0, 52.0))]),
        node(
            "a·b",
            product,
            (x(1.0), y(1.0)),
            vec![(0, "b", b.data(), (-68.0, 50.0)), (1, "a", a.data(), (84.0, 50.0))],
        ),
        node("b³", cube, (x(2.0), y(1.0)), vec![(1, "3b²", 3.0 * b.data().powi(2), (42.0, 56.0))]),
        node("d = a·b + b³", d, (x(1.5), y(2.0)), vec![(3, "1", 1.0, (-64.0, 58.0)), (4, "1", 1.0, (66.0, 58.0))]),
        node("e = c − d", e, (x(0.7), y(3.0)), vec![(2, "1", 1.0, (-64.0, 66.0)), (5, "−1", -1.0, (106.0, 52.0))]),
        node("f = e²", f, (x(0.7), y(4.0)), vec![(6, "2e", 2.0 * e.data(), (56.0, 68.0))]),
        node("g = f/2", g, (x(0.7), y(5.0)), vec![(7, "½", 0.5, (26.0, 68.0))]),
    ];
    let mut svg = Svg::new(
        640.0,
        990.0,
        "One backward pass fills all derivatives",
        format!(
            "The graph of g, from a and b at the top to g at the bottom. The backward pass goes up from g = {}: each node \
             multiplies its derivative by the factors on its lines and adds the products to the nodes above. At the end \
             the derivative with respect to a is {}, with respect to b {}.",
            g.data(),
            gradients[a],
            gradients[b]
        ),
    );
    let steps = nodes.len() - 2; // a and b propagate nothing
    svg.cycle(18.0);
    let time = |step: usize| START + 0.02 + 0.72 * step as f64 / steps as f64;

    let edge = |child: &Node, parent: &Node| {
        let from = (child.at.0 + (parent.at.0 - child.at.0) * 0.2, child.at.1 - 38.0);
        let to = (parent.at.0 + (child.at.0 - parent.at.0) * 0.2, parent.at.1 + 46.0);
        (from, to)
    };
    for node in &nodes {
        for &(parent, ..) in &node.parents {
            let (from, to) = edge(node, &nodes[parent]);
            svg.line(from, to, pen(LIGHT, 5.0));
        }
    }
    // The derivative of each node so far
    let mut arrived: Vec<Vec<(usize, f64)>> = vec![Vec::new(); nodes.len()];
    arrived[nodes.len() - 1].push((0, 1.0));
    for step in 0..steps {
        let index = nodes.len() - 1 - step;
        let node = &nodes[index];
        let adjoint = gradients[node.value];
        svg.shown(time(step), 1.0, true, |svg| {
            for &(parent, ..) in &node.parents {
                let (from, to) = edge(node, &nodes[parent]);
                svg.arrow(from, to, pen(BLACK, 3.0));
            }
        });
        svg.shown(time(step), time(step + 1), false, |svg| {
            for &(parent, ..) in &node.parents {
                let (from, to) = edge(node, &nodes[parent]);
                svg.arrow(from, to, pen(BLACK, 8.0));
            }
            svg.rect((node.at.0 - 102.0, node.at.1 - 45.0), (204.0, 92.0), BLACK, pen(BLACK, 4.0));
        });
        for &(parent, _, factor, _) in &node.parents {
            arrived[parent].push((step, factor * adjoint));
        }
    }
    for (node, arrived) in nodes.iter().zip(&arrived) {
        let ((x, y), last) = (node.at, arrived.len() - 1);
        svg.rect((x - 96.0, y - 39.0), (192.0, 80.0), WHITE, pen(BLACK, 1.5));
        let data = plain(node.value.data());
        svg.plain_text((x, y - 12.0), 19.0, BLACK, &format!("{}: {data}", node.name));
        // Grey until it is known, so that a print of any moment is complete
        svg.plain_text((x, y + 26.0), 21.0, GREY, &format!("∂: {}", plain(gradients[node.value])));
        let mut sum = 0.0;
        let terms: Vec<String> = arrived.iter().map(|(_, term)| plain(*term)).collect();
        let terms = terms.join(" + ").replace("+ −", "− ");
        for (index, &(step, term)) in arrived.iter().enumerate() {
            sum += term;
            let end = arrived.get(index + 1).map_or(1.0, |&(next, _)| time(next));
            let colour = if sum < 0.0 { ORANGE } else { BLUE };
            svg.shown(time(step), end, index == last, |svg| {
                svg.rect((x - 94.0, y - 2.0), (188.0, 41.0), &tint(colour, 0.16), pen(WHITE, 0.0));
                svg.plain_text((x, y + 26.0), 21.0, colour, &format!("∂: {}", plain(sum)));
            });
        }
        assert_eq!(sum, gradients[node.value]);
        if last > 0 {
            svg.text((x, y - 46.0), Align::Middle, 18.0, GREY, &terms);
        }
    }
    for node in &nodes {
        for &(_, symbol, factor, (dx, dy)) in &node.parents {
            let factor = plain(factor);
            let label = if factor.starts_with('−') && symbol == factor {
                format!("·({factor})")
            } else if symbol == factor || symbol == "½" {
                format!("·{factor}")
            } else {
                format!("·{symbol} = {factor}")
            };
            svg.text((node.at.0 + dx, node.at.1 - dy), Align::Middle, 18.0, BLACK, &label);
        }
    }
    let legend = [
        (690.0, "in each box: the value"),
        (720.0, "and ∂, the derivative"),
        (750.0, "of g: blue is positive,"),
        (780.0, "orange negative"),
        (825.0, "on each line: a factor,"),
        (855.0, "the local derivative"),
        (900.0, "start at g with 1,"),
        (930.0, "then go up ↑"),
    ];
    for (y, words) in legend {
        svg.text((395.0, y), Align::Left, 19.0, BLACK, words);
    }
    svg
}
