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

/// The loss over w5 and w6 with the other parameters fixed, and a descent that changes only these two.
pub fn surface() -> Result<Svg, Error> {
    let net = initial()?;
    let inputs = Matrix::from(PEOPLE.map(|(_, inputs, _)| inputs));
    let targets = Matrix::from(PEOPLE.map(|(.., target)| [target]));
    let start = net.parameters();
    let at = |w5: f64, w6: f64| {
        let mut parameters = start.clone();
        (parameters[6], parameters[7]) = (w5, w6);
        let mut net = net.clone();
        net.set_parameters(&parameters).expect("nine parameters");
        net
    };
    let loss = |w5, w6| {
        let predictions = at(w5, w6).forward_batch(&inputs).expect("two inputs");
        Loss::MeanSquaredError.evaluate_batch(&predictions, &targets).expect("four targets")
    };
    let mut path = vec![(start[6], start[7])];
    for step in 0..400 {
        let (w5, w6) = path[step];
        let (_, gradient) = at(w5, w6).loss_and_gradient(&inputs, &targets, Loss::MeanSquaredError)?;
        let gradient = gradient.parameters();
        path.push((w5 - 0.5 * gradient[6], w6 - 0.5 * gradient[7]));
    }
    let mut svg = Svg::new(
        640.0,
        672.0,
        "The loss over w5 and w6, the other seven fixed",
        "Contours of the loss. The path of a descent that changes only w5 and w6 lies on this surface and crosses the \
         contours at right angles, from the start to lower losses.",
    );
    let plot = Plot { corners: [(80.0, 60.0), (592.0, 572.0)], ranges: [(-4.0, 4.0), (-4.0, 4.0)] };
    let bounds: Vec<f64> = (1..10).map(|i| 0.05 + 0.05 * f64::from(i)).collect();
    let colours: Vec<String> = (0..=bounds.len()).map(|i| tint(BLUE, 0.08 * i as f64)).collect();
    plot.levels(&mut svg, &colours, |x, y| {
        let loss = loss(x, y);
        bounds.iter().filter(|&&bound| loss >= bound).count()
    });
    plot.axes(
        &mut svg,
        &[(-4.0, "−4"), (-2.0, "−2"), (0.0, "0"), (2.0, "2"), (4.0, "4")],
        &[(-4.0, "−4"), (-2.0, "−2"), (0.0, "0"), (2.0, "2"), (4.0, "4")],
    );
    for &bound in &bounds {
        plot.contour(&mut svg, bound, pen(WHITE, 1.0), loss);
    }
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
        svg.text((at.0 + dx, at.1 + dy), align, 18.0, BLACK, &format!("{name}: {:.3}", loss(w5, w6)));
    }
    svg.text((336.0, 656.0), Align::Middle, 19.0, BLACK, "darker: larger loss; numbers: the loss on the path");
    Ok(svg)
}
