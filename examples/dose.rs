//! Fits a dose–response curve, the four-parameter logistic `d + (a − d)/(1 + (x/c)ᵇ)`, to a thousand noisy responses.
//!
//! a is the response without a dose, d that to a very large one, c is the dose of half the effect, and b the steepness.
//! A program computes the residuals and their derivatives, sixteen doses or so at a time; the Levenberg–Marquardt method
//! needs eight evaluations. The estimates are those of SciPy's `curve_fit`, to all eight digits:
//!
//! ```text
//! parameter     true    estimate  standard error
//! a           2.0000  1.99567056     0.005250120
//! b           1.5000  1.57453746     0.031166638
//! c           3.0000  2.90796087     0.041258157
//! d           0.2000  0.22051588     0.008424631
//! ```
//!
//! With `--robust`, every twentieth response is an outlier, which moves the curve of least squares and hardly that of the
//! Cauchy loss.
//!
//! ```text
//! cargo run --release --example dose
//! cargo run --release --example dose -- --robust --plot dose.svg
//! ```

use backprop::ndarray::Array2;
use backprop::plot::plotters::prelude::*;
use backprop::plot::{Area, Drawn, Picture, Theme, checked_path};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{LevenbergMarquardt, Program, RobustLoss, Scalar};
use clap::Parser;
use rand_distr::{Distribution, StandardNormal};
use std::path::PathBuf;
use std::time::Instant;

/// Fits a dose–response curve to noisy responses
#[derive(Parser)]
#[command(name = "dose")]
struct Options {
    /// Number of doses
    #[arg(long, default_value_t = 1000)]
    doses: usize,
    /// Make every twentieth response an outlier, and fit with a robust loss too
    #[arg(long)]
    robust: bool,
    /// Write doses and responses to this CSV file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Draw responses and curves to this .svg or .png file
    #[arg(long, value_name = "FILE", value_parser = checked_path)]
    plot: Option<PathBuf>,
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const TRUE: [f64; 4] = [2.0, 1.5, 3.0, 0.2];
/// The standard deviation of a response.
const NOISE: f64 = 0.1;
/// The decimal logarithms of the smallest and the largest dose.
const EXPONENTS: [f64; 2] = [-2.0, 2.0];

/// The response to a dose `x`.
fn response<S: Scalar>(p: &[S], x: S) -> S {
    let [a, b, c, d] = [p[0], p[1], p[2], p[3]];
    d + (a - d) / (S::of(1.0) + (x / c).powf(b))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let rows = responses(options.doses, options.robust);
    if let Some(file) = &options.csv {
        let lines = rows.rows().into_iter().map(|row| format!("{},{}\n", row[0], row[1]));
        std::fs::write(file, format!("dose,response\n{}", lines.collect::<String>()))?;
    }

    let program = Program::record(4, 2, |p, row| response(p, row[0]) - row[1])?; // the residual
    let mut curves = vec![("true".to_string(), TRUE)];
    let losses = [("least squares", RobustLoss::Squared), ("Cauchy loss", RobustLoss::Cauchy(NOISE))];
    for (name, loss) in losses.into_iter().take(1 + usize::from(options.robust)) {
        let mut p = [1.0, 1.0, 1.0, 0.0];
        let start = Instant::now();
        let fit = LevenbergMarquardt::new().loss(loss).fit(&program, &mut p, &rows)?;
        let time = start.elapsed();
        println!(
            "{name}: {} steps, {} evaluations of {} residuals, {time:.1?}",
            fit.steps,
            fit.evaluations,
            rows.nrows()
        );
        println!("parameter     true    estimate  standard error");
        for (((name, truth), estimate), error) in NAMES.iter().zip(TRUE).zip(p).zip(fit.standard_errors()) {
            println!("{name:9} {truth:8.4} {estimate:11.8} {error:15.9}");
        }
        println!("residual    {NOISE:6.4} {:11.8}\n", fit.residual_variance().sqrt());
        curves.push((name.into(), p));
    }
    if let Some(file) = &options.plot {
        Responses { rows, curves }.save(file)?;
        println!("Responses and curves are drawn in {}", file.display());
    }
    Ok(())
}

/// Returns doses and responses, with outliers on request.
fn responses(doses: usize, with_outliers: bool) -> Array2<f64> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut rows = Array2::zeros([doses, 2]);
    for (i, mut row) in rows.rows_mut().into_iter().enumerate() {
        let noise: f64 = StandardNormal.sample(&mut rng);
        let outlier = if with_outliers && i % 20 == 0 { 15.0 } else { 0.0 };
        row[0] = dose((i as f64 + 0.5) / doses as f64);
        row[1] = response(&TRUE, row[0]) + NOISE * (noise + outlier);
    }
    rows
}

/// Returns the dose at a fraction of the logarithmic axis.
fn dose(fraction: f64) -> f64 {
    10.0_f64.powf(EXPONENTS[0] + (EXPONENTS[1] - EXPONENTS[0]) * fraction)
}

/// The picture of the responses, the true curve and the fitted ones.
struct Responses {
    rows: Array2<f64>,
    curves: Vec<(String, [f64; 4])>,
}

impl Picture for Responses {
    fn size(&self) -> (u32, u32) {
        (1000, 600)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let highest = self.rows.column(1).iter().copied().fold(2.3, f64::max);
        let mut chart = ChartBuilder::on(area)
            .caption("Responses to a thousand doses, and the four-parameter logistic", theme.text(30))
            .margin(20)
            .margin_right(50)
            .x_label_area_size(75)
            .y_label_area_size(90)
            .build_cartesian_2d((dose(0.0)..dose(1.0)).log_scale(), -0.2..highest + 0.1)?;
        chart
            .configure_mesh()
            .x_desc("dose")
            .y_desc("response")
            .x_label_formatter(&f64::to_string)
            .axis_desc_style(theme.text(28))
            .label_style(theme.text(24))
            .axis_style(theme.foreground())
            .bold_line_style(theme.grid())
            .light_line_style(TRANSPARENT)
            .draw()?;
        let grey = theme.foreground().mix(0.3).filled();
        chart.draw_series(self.rows.rows().into_iter().map(|row| Circle::new((row[0], row[1]), 2, grey)))?;
        for (index, (name, p)) in self.curves.iter().enumerate() {
            let colour = theme.line(index);
            let points = (0..=200).map(|i| dose(i as f64 / 200.0)).map(|x| (x, response(p, x)));
            chart
                .draw_series(LineSeries::new(points, colour.stroke_width(if index == 0 { 7 } else { 3 })))?
                .label(name)
                .legend(move |(x, y)| Rectangle::new([(x, y - 3), (x + 40, y + 3)], colour.filled()));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerLeft)
            .legend_area_size(60)
            .label_font(theme.text(24))
            .background_style(theme.background())
            .border_style(theme.grid())
            .draw()?;
        Ok(())
    }
}
