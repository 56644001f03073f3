//! Chapters 5 and 8: the loss over two weights, and the boundary of the lecture's network while it learns.

use crate::svg::{Align, BLACK, BLUE, ORANGE, Plot, Point, Svg, WHITE, pen, tint};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation::Sigmoid, Dataset, Error, Init, Loss, Matrix, Mlp, Sgd, Trainer};

const PEOPLE: [(&str, [f64; 2], f64); 4] = [
    ("A", [-2.0, -1.0], 1.0),  // Alice
    ("B", [25.0, 6.0], 0.0),   // Bob
    ("C", [17.0, 4.0], 0.0),   // Charlie
    ("D", [-15.0, -6.0], 1.0), // Diana
];

/// Returns the network of chapter 8 with its initial parameters.
fn initial() -> Result<Mlp<f64>, Error> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    Mlp::with_init(2, [(2, Sigmoid), (1, Sigmoid)], Init::StandardNormal, &mut rng)
}

fn dataset() -> Result<Dataset<f64>, Error> {
    Dataset::new(PEOPLE.map(|(_, inputs, _)| inputs), PEOPLE.map(|(.., target)| [target]))
}

/// The prediction for each weight and height after 0, 50, 100 and 1000 epochs.
pub fn boundaries() -> Result<Svg, Error> {
    let mut svg = Svg::new(
        640.0,
        832.0,
        "The boundary while the network learns",
        "Four maps of weight and height with Alice and Diana as circles, Bob and Charlie as squares. The background is the \
         prediction. Before training the boundary has the women on the side M and the men on the side F; after 1000 \
         epochs it separates them rightly and the predictions are clear.",
    );
    for (index, epochs) in [0, 50, 100, 1000].into_iter().enumerate() {
        let mut net = initial()?;
        let mut trainer =
            Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(epochs).batch_size(1).shuffle(false);
        if epochs > 0 {
            trainer.fit(&mut net, &dataset()?)?;
        }
        let output = |x, y| net.forward(&[x, y]).expect("a network of two inputs")[0];
        let (left, top) = (62.0 + 306.0 * (index % 2) as f64, 92.0 + 330.0 * (index / 2) as f64);
        let plot = Plot { corners: [(left, top), (left + 256.0, top + 232.0)], ranges: [(-24.0, 34.0), (-10.0, 10.0)] };
        let loss = PEOPLE.iter().map(|(_, [x, y], target)| (target - output(*x, *y)).powi(2)).sum::<f64>() / 4.0;
        let name = format!("{epochs} epochs, loss {loss:.3}");
        svg.text((left + 128.0, top - 13.0), Align::Middle, 20.0, BLACK, &name);
        let bounds = [0.1, 0.25, 0.5, 0.75, 0.9];
        let mut colours = [0.55, 0.32, 0.14].map(|part| tint(ORANGE, part)).to_vec();
        colours.extend([0.14, 0.32, 0.55].map(|part| tint(BLUE, part)));
        plot.levels(&mut svg, &colours, |x, y| bounds.iter().filter(|&&bound| output(x, y) >= bound).count());
        plot.contour(&mut svg, 0.5, pen(BLACK, 3.5), output);
        plot.axes(
            &mut svg,
            &[(-15.0, "−15"), (0.0, "0"), (15.0, "15"), (30.0, "30")],
            &[(-6.0, "−6"), (0.0, "0"), (6.0, "6")],
        );
        // A letter on each side of the boundary, so that the sides can be told apart without colour
        let corners = if epochs == 50 { [(-18.0, 7.0), (31.0, 8.0)] } else { [(-21.0, -8.8), (31.0, 8.0)] };
        for (x, y) in corners {
            let class = if output(x, y) >= 0.5 { "F" } else { "M" };
            svg.text(plot.at(x, y), Align::Middle, 22.0, BLACK, class);
        }
        for (name, [x, y], target) in PEOPLE {
            let at = plot.at(x, y);
            if target == 1.0 {
                svg.circle(at, 14.0, BLUE, pen(WHITE, 2.5));
            } else {
                svg.square(at, 13.0, ORANGE, pen(WHITE, 2.5));
            }
            svg.plain_text((at.0, at.1 + 6.5), 18.0, WHITE, name);
        }
    }
    svg.text((320.0, 720.0), Align::Middle, 19.0, BLACK, "across: weight − 135 · up: height − 66");
    // The mark is the person, the background the prediction; they differ where the network is wrong
    svg.circle((142.0, 745.0), 10.0, BLUE, pen(WHITE, 0.0));
    svg.text((160.0, 752.0), Align::Left, 19.0, BLACK, "circle: a woman");
    svg.square((352.0, 745.0), 9.0, ORANGE, pen(WHITE, 0.0));
    svg.text((370.0, 752.0), Align::Left, 19.0, BLACK, "square: a man");
    svg.text((320.0, 782.0), Align::Middle, 19.0, BLACK, "background and letter: the prediction, F or M");
    svg.text((320.0, 812.0), Align::Middle, 19.0, BLACK, "black line: ½ · darker: surer prediction");
    Ok(svg)
}

/// The loss over w5 and w6, with the other seven parameters as they were initially.
struct Surface {
    net: Mlp<f64>,
    inputs: Matrix<f64>,
    targets: Matrix<f64>,
}

impl Surface {
    fn new() -> Result<Surface, Error> {
        let inputs = Matrix::from(PEOPLE.map(|(_, inputs, _)| inputs));
        let targets = Matrix::from(PEOPLE.map(|(.., target)| [target]));
        Ok(Surface { net: initial()?, inputs, targets })
    }

    /// Returns the initial w5 and w6.
    fn start(&self) -> Point {
        let parameters = self.net.parameters();
        (parameters[6], parameters[7])
    }

    fn net(&self, w5: f64, w6: f64) -> Mlp<f64> {
        let mut parameters = self.net.parameters();
        (parameters[6], parameters[7]) = (w5, w6);
        self.net.with_parameters(&parameters).expect("nine parameters")
    }

    /// Returns the loss of all four people.
    fn loss(&self, w5: f64, w6: f64) -> f64 {
        let predictions = self.net(w5, w6).forward_batch(&self.inputs).expect("two inputs");
        Loss::MeanSquaredError.evaluate_batch(&predictions, &self.targets).expect("four targets")
    }

    /// Returns the point after a step for the mean loss of some people.
    fn step(
        &self,
        (w5, w6): Point,
        inputs: &Matrix<f64>,
        targets: &Matrix<f64>,
        learning_rate: f64,
    ) -> Result<Point, Error> {
        let (_, gradient) = self.net(w5, w6).loss_and_gradient(inputs, targets, Loss::MeanSquaredError)?;
        let gradient = gradient.parameters();
        Ok((w5 - learning_rate * gradient[6], w6 - learning_rate * gradient[7]))
    }

    /// Draws the loss, darker where it is larger, and the axes.
    fn draw(&self, svg: &mut Svg, plot: &Plot, xs: &[(f64, &str)], ys: &[(f64, &str)]) {
        let bounds: Vec<f64> = (1..10).map(|i| 0.05 + 0.05 * f64::from(i)).collect();
        let colours: Vec<String> = (0..=bounds.len()).map(|i| tint(BLUE, 0.08 * i as f64)).collect();
        plot.levels(svg, &colours, |x, y| {
            let loss = self.loss(x, y);
            bounds.iter().filter(|&&bound| loss >= bound).count()
        });
        plot.axes(svg, xs, ys);
        for &bound in &bounds {
            plot.contour(svg, bound, pen(WHITE, 1.0), |x, y| self.loss(x, y));
        }
    }
}

/// The loss over two weights, and a descent that changes only these two.
pub fn surface() -> Result<Svg, Error> {
    let surface = Surface::new()?;
    let mut path = vec![surface.start()];
    for step in 0..400 {
        path.push(surface.step(path[step], &surface.inputs, &surface.targets, 0.5)?);
    }
    let mut svg = Svg::new(
        640.0,
        672.0,
        "The loss over w5 and w6, the other seven fixed",
        "Contours of the loss. The path of a descent that changes only w5 and w6 lies on this surface and crosses the \
         contours at right angles, from the start to lower losses.",
    );
    let plot = Plot { corners: [(80.0, 60.0), (592.0, 572.0)], ranges: [(-4.0, 4.0), (-4.0, 4.0)] };
    let ticks = [(-4.0, "−4"), (-2.0, "−2"), (0.0, "0"), (2.0, "2"), (4.0, "4")];
    surface.draw(&mut svg, &plot, &ticks, &ticks);
    svg.text((336.0, 628.0), Align::Middle, 21.0, BLACK, "w5");
    svg.text((28.0, 322.0), Align::Middle, 21.0, BLACK, "w6");
    let points: Vec<Point> = path.iter().map(|&(w5, w6)| plot.at(w5, w6)).collect();
    svg.curve(&points, pen(WHITE, 8.0));
    svg.curve(&points, pen(ORANGE, 4.0));
    for step in [0, 100, 200, 400] {
        let (at, (w5, w6)) = (points[step], path[step]);
        svg.circle(at, 7.0, WHITE, pen(ORANGE, 3.5));
        let name = if step == 0 { "start" } else { &format!("step {step}") };
        let (dx, dy, align) = match step {
            0 => (0.0, -18.0, Align::Middle),
            400 => (14.0, -8.0, Align::Left),
            _ => (-14.0, 14.0, Align::Right),
        };
        svg.text((at.0 + dx, at.1 + dy), align, 18.0, BLACK, &format!("{name}: {:.3}", surface.loss(w5, w6)));
    }
    svg.text((336.0, 656.0), Align::Middle, 19.0, BLACK, "darker: larger loss; numbers: the loss on the path");
    Ok(svg)
}

/// Two walkers on the loss over w5 and w6: one asks all four people before each step, the other one person.
pub fn walkers() -> Result<Svg, Error> {
    const EPOCHS: usize = 10;
    const LEARNING_RATE: f64 = 1.0;
    let surface = Surface::new()?;
    let (mut smooth, mut zigzag) = (vec![surface.start()], vec![surface.start()]);
    for epoch in 0..EPOCHS {
        // The step for the mean of four is as long as four steps for one person
        smooth.push(surface.step(smooth[epoch], &surface.inputs, &surface.targets, 4.0 * LEARNING_RATE)?);
        for (_, inputs, target) in PEOPLE {
            let from = zigzag[zigzag.len() - 1];
            zigzag.push(surface.step(from, &Matrix::from([inputs]), &Matrix::from([[target]]), LEARNING_RATE)?);
        }
    }
    let [from, all, one] = [smooth[0], smooth[EPOCHS], zigzag[4 * EPOCHS]].map(|(w5, w6)| surface.loss(w5, w6));
    assert!((from - 0.638).abs() < 0.0005 && (all - 0.292).abs() < 0.0005 && (one - 0.292).abs() < 0.0005);

    let mut svg = Svg::new(
        640.0,
        545.0,
        "Two walkers: all four people, or one at a time",
        "Contours of the loss over w5 and w6 with two paths from the same start. The path for all four people at once is \
         smooth and has ten steps. The path for one person at a time has forty short steps; it sways from side to side \
         but goes the same way. Both end near the same place.",
    );
    let plot = Plot { corners: [(80.0, 60.0), (600.0, 374.0)], ranges: [(-0.5, 3.3), (-1.35, 0.95)] };
    let ticks = [(-1.0, "−1"), (0.0, "0"), (1.0, "1"), (2.0, "2"), (3.0, "3")];
    surface.draw(&mut svg, &plot, &ticks[1..], &ticks[..2]);
    svg.text((340.0, 430.0), Align::Middle, 21.0, BLACK, "w5");
    svg.text((28.0, 190.0), Align::Middle, 21.0, BLACK, "w6");
    let [smooth, zigzag] = [smooth, zigzag].map(|path| path.iter().map(|&(x, y)| plot.at(x, y)).collect::<Vec<_>>());
    svg.curve(&zigzag, pen(WHITE, 5.0));
    svg.curve(&zigzag, pen(ORANGE, 2.5));
    for &at in &zigzag[1..] {
        svg.circle(at, 3.5, WHITE, pen(ORANGE, 2.0));
    }
    svg.curve(&smooth, pen(WHITE, 8.0));
    svg.curve(&smooth, pen(BLACK, 4.0));
    for &at in &smooth[1..] {
        svg.square(at, 6.0, BLACK, pen(WHITE, 1.5));
    }
    svg.circle(smooth[0], 9.0, WHITE, pen(BLACK, 3.5));
    svg.text((smooth[0].0 + 40.0, smooth[0].1 - 44.0), Align::Right, 18.0, BLACK, &format!("start: {from:.3}"));
    svg.text(
        (zigzag[4 * EPOCHS].0, zigzag[4 * EPOCHS].1 - 30.0),
        Align::Middle,
        18.0,
        BLACK,
        &format!("both: {all:.3}"),
    );
    svg.line((60.0, 458.0), (110.0, 458.0), pen(BLACK, 4.0));
    svg.square((85.0, 458.0), 6.0, BLACK, pen(WHITE, 1.5));
    svg.text((122.0, 465.0), Align::Left, 19.0, BLACK, "asks all four people before each of 10 steps");
    svg.curve(&[(60.0, 483.0), (76.0, 493.0), (94.0, 483.0), (110.0, 493.0)], pen(ORANGE, 2.5));
    svg.circle((76.0, 493.0), 3.5, WHITE, pen(ORANGE, 2.0));
    svg.circle((94.0, 483.0), 3.5, WHITE, pen(ORANGE, 2.0));
    svg.text((122.0, 495.0), Align::Left, 19.0, BLACK, "asks one person before each of 40 shorter steps");
    svg.text((340.0, 527.0), Align::Middle, 19.0, BLACK, "darker: larger loss; numbers: the loss");
    Ok(svg)
}
