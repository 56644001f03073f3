//! The growth of the time of a training step with width, depth and batch size: prints a table and draws it.
//!
//! ```text
//! cargo bench --bench growth -- [--plot docs/growth.svg]
//! ```

#[allow(dead_code, reason = "the other benches use the rest")]
#[path = "peers/src/batches.rs"]
mod batches;
#[path = "peers/src/harness.rs"]
mod harness;
#[allow(dead_code, reason = "the other benches use the rest")]
mod ours;
#[allow(dead_code, reason = "the other benches use the rest")]
#[path = "peers/src/workloads.rs"]
mod workloads;

use backprop::Scalar;
use backprop::plot::{Area, Drawn, Picture, Theme};
use batches::{Batch, Function};
use plotters::prelude::*;
use std::error::Error;

/// The name of an axis, the widths and the number of samples at each size, and the sizes.
type Axis = (&'static str, fn(usize) -> (Vec<usize>, usize), &'static [usize]);

/// The axes. Each varies one size of a 64-64-64-10 network with 32 samples.
const AXES: [Axis; 3] = [
    ("width of two hidden layers", |width| (vec![64, width, width, 10], 32), &[4, 8, 16, 32, 64, 128, 256, 512]),
    ("hidden layers of 64", |depth| ([&vec![64; depth + 1][..], &[10]].concat(), 32), &[1, 2, 4, 8, 16, 32]),
    ("samples in a batch", |samples| (vec![64, 64, 64, 10], samples), &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512]),
];

/// The time of a step in microseconds by size, in f32 and in f64, for each axis.
struct Growth(Vec<[Vec<(f64, f64)>; 2]>);

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let plot = args.iter().position(|arg| arg == "--plot").map(|at| &args[at + 1]);
    let mut growth = Growth(Vec::new());
    for (name, shape, sizes) in AXES {
        let [f32, f64] = [measure::<f32>, measure::<f64>].map(|measure| measure(shape, sizes));
        println!("{name:>28}     µs, f32     µs, f64");
        for (single, double) in f32.iter().zip(&f64) {
            println!("{:28} {:11.1} {:11.1}", single.0, single.1, double.1);
        }
        growth.0.push([f32, f64]);
    }
    if let Some(file) = plot {
        growth.save(file)?;
    }
    Ok(())
}

fn measure<T: Scalar + 'static>(shape: fn(usize) -> (Vec<usize>, usize), sizes: &[usize]) -> Vec<(f64, f64)> {
    let runs = sizes.iter().map(|&size| {
        let (widths, samples) = shape(size);
        let mut step = ours::batch::<T>(&Batch::classes("", &widths, Function::Tanh, samples));
        let run: harness::Run = Box::new(move |repeats| {
            for _ in 0..repeats {
                std::hint::black_box(step());
            }
        });
        Some(run)
    });
    let seconds = harness::time(&mut runs.collect::<Vec<_>>(), 100);
    sizes.iter().zip(seconds).map(|(&size, seconds)| (size as f64, 1e6 * seconds.expect("it was measured"))).collect()
}

impl Picture for Growth {
    fn size(&self) -> (u32, u32) {
        (1500, 560)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        for ((area, of_axis), (name, _, sizes)) in area.split_evenly((1, 3)).iter().zip(&self.0).zip(AXES) {
            let ends = (sizes[0] as f64 / 1.1)..(sizes[sizes.len() - 1] as f64 * 1.1);
            let mut chart = ChartBuilder::on(area)
                .margin(15)
                .margin_right(30)
                .caption("µs a step", theme.text(24))
                .x_label_area_size(65)
                .y_label_area_size(75)
                .build_cartesian_2d(ends.log_scale(), (5.0..5000.0).log_scale())?;
            chart
                .configure_mesh()
                .x_labels(4)
                .light_line_style(TRANSPARENT)
                .x_desc(name)
                .axis_desc_style(theme.text(24))
                .label_style(theme.text(22))
                .x_label_formatter(&|x| format!("{x:.0}"))
                .y_label_formatter(&|y| format!("{y:.0}"))
                .draw()?;
            for ((points, name), colour) in of_axis.iter().zip(["f32", "f64"]).zip([theme.line(0), theme.line(1)]) {
                chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(3)))?;
                chart.draw_series(points.iter().map(|&point| Circle::new(point, 5, colour.filled())))?;
                let place = if name == "f32" { (-12, 22) } else { (-42, -26) };
                let label = Text::new(name, place, theme.text(24).color(&colour));
                chart.draw_series([EmptyElement::at(points[points.len() - 1]) + label])?;
            }
        }
        Ok(())
    }
}
