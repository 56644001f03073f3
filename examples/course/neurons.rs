//! Chapters 1 and 2: a threshold made smooth, and what one neuron cannot separate.

use crate::svg::{Align, BLACK, BLUE, GREY, ORANGE, Plot, Point, Svg, WHITE, pen, tint};
use backprop::{Activation, Activation::Sigmoid, Error, Layer, Mlp, Neuron};

/// A pass mark of 50 as a step and as a sigmoid: two neurons with the same weight and bias.
pub fn step_and_sigmoid() -> Result<Svg, Error> {
    // The smooth test of exercise 3: ½ at 50 marks, 0.9 at 60
    let weight = 9.0_f64.ln() / 10.0;
    let neuron = |activation: Activation| Neuron::new([weight], -50.0 * weight, activation);
    let (step, sigmoid) = (neuron(Activation::Step), neuron(Sigmoid));
    let output = |neuron: &Neuron<f64>, mark: f64| neuron.forward(&[mark]).expect("a neuron of one input");

    let mut svg = Svg::new(
        640.0,
        440.0,
        "Passed at 50? A step and a sigmoid",
        "Output over mark. The step jumps from 0 to 1 at 50. The sigmoid rises smoothly: 0.445 at 49, ½ at \
         50, 0.9 at 60.",
    );
    let plot = Plot { corners: [(80.0, 70.0), (610.0, 350.0)], ranges: [(0.0, 100.0), (0.0, 1.0)] };
    svg.line(plot.at(0.0, 0.5), plot.at(100.0, 0.5), pen(GREY, 1.0).dashed("2 5"));
    plot.axes(
        &mut svg,
        &[(0.0, "0"), (25.0, "25"), (50.0, "50"), (75.0, "75"), (100.0, "100")],
        &[(0.0, "0"), (0.5, "½"), (1.0, "1")],
    );
    svg.text((345.0, 408.0), Align::Middle, 20.0, BLACK, "marks in the test");
    svg.text((92.0, 66.0), Align::Left, 20.0, BLACK, "output");
    let corners = [(0.0, output(&step, 49.0)), (50.0, 0.0), (50.0, output(&step, 50.0)), (100.0, 1.0)];
    svg.curve(&corners.map(|(x, y)| plot.at(x, y)), pen(ORANGE, 4.0).dashed("11 8"));
    plot.function(&mut svg, (0.0, 100.0), pen(BLUE, 4.0), |mark| output(&sigmoid, mark));
    svg.text(plot.at(48.0, 0.82), Align::Right, 20.0, ORANGE, "step: flat, jumps at 50,");
    svg.text(plot.at(48.0, 0.73), Align::Right, 20.0, ORANGE, "flat again");
    for (mark, expected, dx, dy, align) in
        [(49.0, 0.445, -16.0, 2.0, Align::Right), (60.0, 0.9, 16.0, 10.0, Align::Left)]
    {
        let output = output(&sigmoid, mark);
        assert!((output - expected).abs() < 0.0005);
        let at = plot.at(mark, output);
        svg.circle(at, 6.0, WHITE, pen(BLUE, 3.0));
        svg.text((at.0 + dx, at.1 + dy), align, 20.0, BLUE, &format!("{mark}: {expected}"));
    }
    svg.text(plot.at(56.0, 0.30), Align::Left, 20.0, BLUE, "sigmoid: each mark");
    svg.text(plot.at(56.0, 0.21), Align::Left, 20.0, BLUE, "counts a little");
    Ok(svg)
}

/// The four corners under "or", "and" and "exclusive or", with lines on which a neuron's output is ½.
pub fn corners() -> Result<Svg, Error> {
    let neuron = |w1, w2, b| Neuron::new([w1, w2], b, Sigmoid);
    let (or, and) = (neuron(10.0, 10.0, -5.0), neuron(10.0, 10.0, -15.0));
    let one = |neuron: Neuron<f64>| Mlp::from_layers([Layer::from_neurons([neuron])?]);
    let hidden = Layer::from_neurons([or.clone(), and.clone()])?;
    let two = Mlp::from_layers([hidden, Layer::from_neurons([neuron(10.0, -10.0, -5.0)])?])?;
    let (or, and) = (one(or)?, one(and)?);
    type Rule = fn(bool, bool) -> bool;
    let panels: [(&str, &str, &Mlp<f64>, Rule); 4] = [
        ("or: one line", "✓ all four right", &or, |a, b| a || b),
        ("and: one line", "✓ all four right", &and, |a, b| a && b),
        ("exclusive or: one line", "✗ (1, 1) is wrong", &or, |a, b| a != b),
        ("exclusive or: two lines", "✓ h1 and h2 together", &two, |a, b| a != b),
    ];

    let mut svg = Svg::new(
        640.0,
        830.0,
        "Which corners can a straight line separate?",
        "Four squares with the corners (0, 0), (0, 1), (1, 0), (1, 1). A line separates or, another and. For exclusive or \
         one line leaves a corner on the wrong side; the network with two hidden neurons has two lines.",
    );
    for (index, (name, verdict, net, rule)) in panels.into_iter().enumerate() {
        let output = |x, y| net.forward(&[x, y]).expect("a network of two inputs")[0];
        let (left, top) = (60.0 + 310.0 * (index % 2) as f64, 95.0 + 355.0 * (index / 2) as f64);
        let plot = Plot { corners: [(left, top), (left + 240.0, top + 240.0)], ranges: [(-0.4, 1.4), (-0.4, 1.4)] };
        svg.text((left + 120.0, top - 14.0), Align::Middle, 20.0, BLACK, name);
        let colours = [WHITE.into(), tint(BLUE, 0.22)];
        plot.levels(&mut svg, &colours, |x, y| usize::from(output(x, y) > 0.5));
        plot.contour(&mut svg, 0.5, pen(BLACK, 3.5), output);
        plot.axes(&mut svg, &[(0.0, "0"), (1.0, "1")], &[(0.0, "0"), (1.0, "1")]);
        for (a, b) in [(false, false), (false, true), (true, false), (true, true)] {
            let (x, y) = (f64::from(a), f64::from(b));
            let at = plot.at(x, y);
            if rule(a, b) != (output(x, y) > 0.5) {
                let cross = [(-30.0, -30.0, 30.0, 30.0), (-30.0, 30.0, 30.0, -30.0)];
                for (x0, y0, x1, y1) in cross {
                    svg.line((at.0 + x0, at.1 + y0), (at.0 + x1, at.1 + y1), pen(BLACK, 4.0));
                }
            }
            corner(&mut svg, at, rule(a, b));
        }
        svg.text((left + 120.0, top + 296.0), Align::Middle, 20.0, BLACK, verdict);
    }
    svg.text((320.0, 785.0), Align::Middle, 19.0, BLACK, "across: first input · up: second input");
    svg.text((320.0, 812.0), Align::Middle, 19.0, BLACK, "shaded: the output is above ½");
    Ok(svg)
}

/// A blue circle with a 1, or an orange square with a 0.
fn corner(svg: &mut Svg, at: Point, is_one: bool) {
    if is_one {
        svg.circle(at, 15.0, BLUE, pen(WHITE, 2.0));
    } else {
        svg.square(at, 14.0, WHITE, pen(ORANGE, 4.0));
    }
    let mark = if is_one { "1" } else { "0" };
    let colour = if is_one { WHITE } else { ORANGE };
    svg.plain_text((at.0, at.1 + 7.0), 20.0, colour, mark);
}
