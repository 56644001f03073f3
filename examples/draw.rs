//! Explains and draws the lecture's network: the chain rule for every partial derivative, the graph of a training step,
//! the network and its activation. Also draws two custom pictures for the course in `docs/tutorial`: a line through ten
//! points, and a network trained on the sine.
//!
//! ```text
//! cargo run --release --example draw
//! ```

use backprop::ndarray::Array2;
use backprop::plot::plotters::{element::DashedPathElement, prelude::*};
use backprop::plot::{Area, Drawn, GraphPicture, NetPicture, Picture, RulePicture, Theme};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Dataset, Error, Layer, Lbfgs, Loss, Mlp, Neuron, Trace};
use clap::Parser;
use std::path::{Path, PathBuf};

/// Explains and draws the lecture's network
#[derive(Parser)]
#[command(name = "draw")]
struct Options {
    /// Folder for the pictures
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/pictures"))]
    folder: PathBuf,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let folder = &options.folder;
    std::fs::create_dir_all(folder)?;

    // The worked example: Alice, all weights 1, all biases 0
    let net = lecture()?;
    let trace = Trace::new();
    let inputs = [trace.variable("x1", -2.0), trace.variable("x2", -1.0)];
    let o1 = trace.forward(&net, &inputs)?[0];
    let loss = (trace.variable("y", 1.0) - o1).powi(2).named("L");
    for name in ["w1", "w2", "b1", "w3", "w4", "b2", "w5", "w6", "b3"] {
        println!("{}", loss.explain(trace.find(name).expect("the network has this parameter")));
    }
    println!("There are two paths to an input:\n{}", loss.explain(inputs[0]));

    save(folder, "step.svg", &loss.drawing().folded().picture()?)?;
    save(folder, "step-open.svg", &loss.drawing().picture()?)?;
    std::fs::write(folder.join("step.dot"), loss.drawing().to_dot()?)?;
    save(folder, "micrograd.svg", &micrograd()?)?;

    save(folder, "net-names.svg", &NetPicture::new(&net).in_symbols())?;
    let neuron = Neuron::new([0.0, 1.0], 4.0, Activation::Sigmoid);
    let neuron = Mlp::from_layers([Layer::from_neurons([neuron])?])?;
    save(folder, "neuron.svg", &NetPicture::new(&neuron).in_symbols())?;
    save(folder, "sigmoid.svg", &RulePicture::new(Activation::Sigmoid, (-8.0, 8.0)))?;
    save(folder, "line.png", &line_chart())?;
    save(folder, "sine.png", &sine_chart()?)?;
    Ok(())
}

/// Saves a picture and prints its path.
fn save(folder: &Path, name: &str, picture: &impl Picture) -> Result<(), Error> {
    let path = folder.join(name);
    picture.save(&path)?;
    println!("{}", path.display());
    Ok(())
}

/// Returns the 2-2-1 network with all weights 1 and all biases 0.
fn lecture() -> Result<Mlp<f64>, Error> {
    let neuron = || Neuron::new([1.0, 1.0], 0.0, Activation::Sigmoid);
    Mlp::from_layers([Layer::from_neurons([neuron(), neuron()])?, Layer::from_neurons([neuron()])?])
}

/// Draws the graph of the example in micrograd's README.
fn micrograd() -> Result<GraphPicture, Error> {
    let trace = Trace::new();
    let (a, b) = (trace.variable("a", -4.0_f64), trace.variable("b", 2.0));
    let (c, d) = (a + b, a * b + b.powi(3));
    let c = c + (c + 1.0);
    let c = c + (1.0 + c - a);
    let d = d + (d * 2.0 + (b + a).relu());
    let d = d + (3.0 * d + (b - a).relu());
    let e = (c.named("c") - d.named("d")).named("e");
    let f = e.powi(2).named("f");
    let g = (f / 2.0 + 10.0 / f).named("g");
    g.drawing().picture()
}

/// Draws the ten points of the exercise in the lecture, the least-squares line, and the error of each point.
fn line_chart() -> Chart {
    let xs = [1.0, 2.0, 4.0, 4.0, 5.0, 6.0, 9.0, 9.0, 9.0, 10.0];
    let ys = [4.0, 5.0, 8.0, 12.0, 15.0, 16.0, 18.0, 21.0, 22.0, 24.0];
    let line = |x: f64| 2.1367061 * x + 1.8934338; // from the example `regression`
    let points: Vec<(f64, f64)> = xs.into_iter().zip(ys).collect();
    Chart {
        title: "Ten points, and the line of least squares",
        ranges: [(0.0, 11.0), (0.0, 26.0)],
        curves: vec![("y = 2.1367·x + 1.8934", [0.0, 11.0].map(|x| (x, line(x))).to_vec())],
        errors: points.iter().map(|&(x, y)| vec![(x, y), (x, line(x))]).collect(),
        points,
    }
}

/// Draws the sine, the training points, and the predictions of the network inside and outside their range.
fn sine_chart() -> Result<Chart, Error> {
    let x = Array2::from_shape_fn((61, 1), |(i, _)| -3.0 + 0.1 * i as f64);
    let sine = Dataset::new(&x, x.mapv(f64::sin))?;
    let layers = [(10, Activation::Tanh), (1, Activation::Identity)];
    let mut net = Mlp::new(1, layers, &mut Xoshiro256PlusPlus::seed_from_u64(1))?;
    Lbfgs::new().fit(&mut net, &sine, Loss::MeanSquaredError)?;
    let grid = || (-140..=140).map(|i| 0.05 * i as f64);
    let predictions = grid().map(|x| Ok((x, net.forward(&[x])?[0]))).collect::<Result<Vec<_>, Error>>()?;
    Ok(Chart {
        title: "A network trained on the sine from −3 to 3",
        ranges: [(-7.0, 7.0), (-5.0, 5.0)],
        curves: vec![("prediction", predictions), ("sine", grid().map(|x| (x, x.sin())).collect())],
        errors: Vec::new(),
        points: x.iter().map(|&x| (x, x.sin())).collect(),
    })
}

/// A custom picture: points, curves, and lines from points to a curve.
struct Chart {
    title: &'static str,
    ranges: [(f64, f64); 2],
    curves: Vec<(&'static str, Vec<(f64, f64)>)>,
    errors: Vec<Vec<(f64, f64)>>,
    points: Vec<(f64, f64)>,
}

impl Picture for Chart {
    fn size(&self) -> (u32, u32) {
        (1000, 600)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let [(left, right), (low, high)] = self.ranges;
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, theme.text(34))
            .margin(20)
            .x_label_area_size(75)
            .y_label_area_size(90)
            .build_cartesian_2d(left..right, low..high)?;
        chart
            .configure_mesh()
            .x_desc("x")
            .y_desc("y")
            .axis_desc_style(theme.text(28))
            .label_style(theme.text(24))
            .axis_style(theme.foreground())
            .bold_line_style(theme.grid())
            .light_line_style(TRANSPARENT)
            .draw()?;
        let orange = theme.line(1);
        chart.draw_series(self.errors.iter().map(|ends| PathElement::new(ends.clone(), orange.stroke_width(3))))?;
        for (index, (name, points)) in self.curves.iter().enumerate() {
            let colour = theme.line(index);
            let (points, style) = (points.iter().copied(), colour.stroke_width(4));
            // The first curve is solid, another one dashed, so that they differ without colour
            if index == 0 {
                chart
                    .draw_series(LineSeries::new(points, style))?
                    .label(*name)
                    .legend(move |(x, y)| Rectangle::new([(x, y - 3), (x + 40, y + 3)], colour.filled()));
            } else {
                chart
                    .draw_series(DashedLineSeries::new(points, 14, 9, style))?
                    .label(*name)
                    .legend(move |(x, y)| DashedPathElement::new([(x, y), (x + 40, y)], 14, 9, style));
            }
        }
        chart.draw_series(self.points.iter().map(|&at| Circle::new(at, 5, theme.foreground().filled())))?;
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerMiddle)
            .legend_area_size(60)
            .label_font(theme.text(24))
            .background_style(theme.background())
            .border_style(theme.grid())
            .draw()?;
        Ok(())
    }
}
