//! Chapters 1 and 2: a neuron and its model in nature, a threshold made smooth, and what one neuron cannot separate.

use crate::svg::{Align, BLACK, BLUE, GREEN, GREY, ORANGE, Plot, Point, Svg, WHITE, pen, tint};
use backprop::{Activation, Activation::Sigmoid, Error, Layer, Mlp, Neuron, derivative};

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

/// The sigmoid and how steep it is.
pub fn sigmoid() -> Svg {
    let curves = |x: f64| derivative(|x| x.sigmoid(), x);
    assert_eq!(curves(0.0), (0.5, 0.25));

    let mut svg = Svg::new(
        640.0,
        440.0,
        "The sigmoid σ, and how steep it is, σ′",
        "σ, a solid line, rises from near 0 to near 1 and is ½ at 0. σ′, a dashed line, is the steepness of σ: ¼ at 0, \
         where σ is steepest, and nearly 0 far from 0, where σ is nearly flat.",
    );
    let plot = Plot { corners: [(80.0, 70.0), (610.0, 370.0)], ranges: [(-8.0, 8.0), (0.0, 1.0)] };
    for y in [0.25, 0.5, 1.0] {
        svg.line(plot.at(-8.0, y), plot.at(8.0, y), pen(GREY, 1.0).dashed("2 5"));
    }
    plot.axes(
        &mut svg,
        &[(-8.0, "−8"), (-4.0, "−4"), (0.0, "0"), (4.0, "4"), (8.0, "8")],
        &[(0.0, "0"), (0.25, "¼"), (0.5, "½"), (1.0, "1")],
    );
    svg.text((345.0, 428.0), Align::Middle, 20.0, BLACK, "x");
    plot.function(&mut svg, (-8.0, 8.0), pen(BLUE, 4.0), |x| curves(x).0);
    plot.function(&mut svg, (-8.0, 8.0), pen(ORANGE, 4.0).dashed("11 8"), |x| curves(x).1);
    svg.text(plot.at(2.1, 0.78), Align::Left, 20.0, BLUE, "σ: between 0 and 1");
    svg.text(plot.at(2.1, 0.17), Align::Left, 20.0, ORANGE, "σ′: how steep σ is");
    svg
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

/// The inside of a neuron, with the numbers of chapter 1.
pub fn inside() -> Result<Svg, Error> {
    let ([w1, w2], b, [x1, x2]) = ([0.0, 1.0], 4.0, [2.0, 3.0]);
    let (sum, output) = (w1 * x1 + w2 * x2 + b, Neuron::new([w1, w2], b, Sigmoid).forward(&[x1, x2])?);
    assert!(sum == 7.0 && (output - 0.999_f64).abs() < 0.0005);

    let mut svg = Svg::new(
        640.0,
        425.0,
        "Inside a neuron: multiply, add, activate",
        "Two inputs, 2 and 3, enter a neuron from the left. Step 1 multiplies them by the weights 0 and 1, which gives 0 and \
         3. Step 2 adds the products and the bias 4, which gives 7. Step 3 applies the activation f, which gives the \
         output 0.999.",
    );
    // The neuron, a long round shape, and what runs through it
    svg.path("M220 95H436A125 125 0 0 1 436 345H220A125 125 0 0 1 220 95Z", &tint(GREY, 0.12), 1.0, pen(BLACK, 3.0));
    let (times1, times2, plus, f) = ((190.0, 165.0), (190.0, 265.0), (320.0, 215.0), (470.0, 215.0));
    let lines = [
        ((20.0, 165.0), times1),
        ((20.0, 265.0), times2),
        (times1, plus),
        (times2, plus),
        (plus, f),
        (f, (622.0 + 33.0, 215.0)),
    ];
    for (from, to) in lines {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let part = 1.0 - 34.0 / f64::hypot(dx, dy);
        svg.arrow(from, (from.0 + part * dx, from.1 + part * dy), pen(BLACK, 2.5));
    }
    let boxes = [(times1, "× w1", BLUE), (times2, "× w2", BLUE), (plus, "+ b1", GREEN), (f, "f", ORANGE)];
    for (at, name, colour) in boxes {
        svg.square(at, 30.0, colour, pen(WHITE, 2.5));
        svg.plain_text((at.0, at.1 + 7.0), 20.0, WHITE, name);
    }
    for (y, name) in [(153.0, format!("x1 = {x1}")), (253.0, format!("x2 = {x2}"))] {
        svg.text((56.0, y), Align::Middle, 20.0, BLACK, &name);
    }
    svg.text((600.0, 203.0), Align::Middle, 20.0, BLACK, &format!("{output:.3}"));
    svg.text((600.0, 243.0), Align::Middle, 19.0, BLACK, "output");
    let results = [
        ((190.0, 215.0), format!("{x1}·{w1} = {}", x1 * w1)),
        ((190.0, 315.0), format!("{x2}·{w2} = {}", x2 * w2)),
        ((320.0, 268.0), format!("{} + {} + {b} = {sum}", x1 * w1, x2 * w2)),
        ((470.0, 268.0), format!("f({sum}) = {output:.3}")),
    ];
    for (at, result) in results {
        svg.plain_text(at, 18.0, BLACK, &result);
    }
    for (x, step) in [(190.0, "1 multiply"), (320.0, "2 add"), (470.0, "3 activate")] {
        svg.text((x, 78.0), Align::Middle, 20.0, BLACK, step);
    }
    let given = format!("weights w1 = {w1} and w2 = {w2}, bias b1 = {b}, f: the sigmoid");
    svg.text((320.0, 400.0), Align::Middle, 19.0, BLACK, &given);
    Ok(svg)
}

/// A nerve cell above a neuron of the course, part above part.
pub fn cell() -> Svg {
    let mut svg = Svg::new(
        640.0,
        585.0,
        "A nerve cell and a neuron of this course",
        "Above, a nerve cell: its branches, the dendrites, on the left, the cell body, the axon hillock where the long \
         fibre begins, the fibre, called the axon, and its ends, the terminals, on the right. Below, part under part, a \
         neuron of this course: three inputs with their weights, a circle that adds and applies the activation f, and the \
         output.",
    );
    // Dotted lines join the parts that play the same role
    let names = [
        (70.0, 262.0, 362.0, "dendrites", "collect"),
        (300.0, 180.0, 395.0, "axon hillock", "add up, fire or not"),
        (441.0, 182.0, 445.0, "axon, the fibre", "carry"),
        (578.0, 238.0, 405.0, "terminals", "pass on"),
    ];
    for (x, top, bottom, name, role) in names {
        svg.segments(&[[(x, top), (x, 262.0)], [(x, 325.0), (x, bottom)]], pen(GREY, 1.5).dashed("2 6"));
        svg.text((x, 282.0), Align::Middle, 19.0, BLACK, name);
        svg.text((x, 310.0), Align::Middle, 19.0, GREEN, role);
    }
    svg.text((216.0, 94.0), Align::Middle, 19.0, BLACK, "cell body");

    // The nerve cell: twigs, branches that become thinner outward, ends, and the body over their roots
    let twigs = [
        "M128 118C104 98 84 92 52 92",
        "M112 106C98 84 86 74 72 66",
        "M84 95C70 102 58 112 42 118",
        "M120 165C90 165 66 158 30 166",
        "M78 162C66 172 56 180 40 190",
        "M116 219C104 226 88 232 50 234",
        "M104 224C92 210 76 204 58 208",
        "M88 231C78 240 70 248 66 256",
    ];
    let branches = "M200 128C165 126 140 118 111 103L109 108C136 124 160 142 180 164ZM180 154C150 158 125 160 90 161L90 167\
                    C125 168 150 170 180 176ZM180 166C165 188 135 210 93 228L96 234C140 220 172 212 204 202Z";
    let ends =
        ["M497 165C530 165 540 110 572 104", "M497 165C530 166 545 160 580 158", "M497 165C530 166 540 218 572 222"];
    for path in twigs {
        svg.path(path, "none", 1.0, pen(BLUE, 5.0));
    }
    svg.path(branches, BLUE, 1.0, pen(BLUE, 1.0));
    for path in ends {
        svg.path(path, "none", 1.0, pen(BLUE, 6.0));
    }
    for at in [(578.0, 103.0), (586.0, 158.0), (578.0, 223.0)] {
        svg.circle(at, 9.0, BLUE, pen(WHITE, 1.5));
    }
    svg.path(
        "M172 128C190 104 236 100 260 122C278 140 282 156 318 160L500 161V169L318 170C282 174 278 192 260 208C236 230 190 \
         224 172 202C158 184 158 146 172 128Z",
        BLUE,
        1.0,
        pen(BLUE, 1.0),
    );
    // A sheath in pieces around the fibre
    for x in [335.0, 390.0, 445.0] {
        svg.rect((x, 155.0), (44.0, 20.0), &tint(BLUE, 0.3), pen(BLUE, 2.0));
    }
    svg.circle((216.0, 165.0), 18.0, &tint(BLUE, 0.3), pen(WHITE, 2.0));
    svg.circle((300.0, 165.0), 7.0, ORANGE, pen(WHITE, 2.0));

    // The neuron, under it
    let (neuron, inputs) = ((300.0, 450.0), [(70.0, 390.0), (70.0, 450.0), (70.0, 510.0)]);
    for (index, input) in inputs.into_iter().enumerate() {
        let (dx, dy): Point = (neuron.0 - input.0, neuron.1 - input.1);
        let part = 1.0 - 56.0 / dx.hypot(dy);
        svg.arrow(input, (input.0 + part * dx, input.1 + part * dy), pen(BLUE, 3.0));
        svg.circle(input, 24.0, WHITE, pen(BLACK, 2.0));
        svg.plain_text((input.0, input.1 + 7.0), 20.0, BLACK, &format!("x{}", index + 1));
        let y = [402.0, 443.0, 512.0][index];
        svg.text((150.0, y), Align::Middle, 19.0, BLUE, &format!("w{}", index + 1));
    }
    svg.line(neuron, (500.0, 450.0), pen(BLUE, 3.0));
    for y in [418.0, 450.0, 482.0] {
        svg.arrow((500.0, 450.0), (592.0, y), pen(BLUE, 3.0));
    }
    svg.circle(neuron, 52.0, WHITE, pen(BLACK, 3.0));
    svg.plain_text((300.0, 446.0), 20.0, BLACK, "add,");
    svg.plain_text((300.0, 470.0), 20.0, BLACK, "then f");
    for (x, name) in [(70.0, "inputs"), (152.0, "weights"), (300.0, "sum, bias, f"), (560.0, "output")] {
        svg.text((x, 565.0), Align::Middle, 19.0, BLACK, name);
    }
    svg
}
