//! The loss curve as text for the terminal.

use textplots::{Chart, LabelBuilder, LabelFormat, Plot, Shape};

/// More points than this cannot be told apart.
const MOST_POINTS: usize = 2000;

/// The points (epoch, loss) to be drawn.
fn points(losses: &[f64]) -> impl Iterator<Item = (usize, f64)> {
    let every = losses.len().div_ceil(MOST_POINTS).max(1);
    losses.iter().enumerate().step_by(every).map(|(epoch, &loss)| (epoch, loss))
}

/// Where the axis of the losses ends.
fn highest(losses: &[f64]) -> f64 {
    losses.iter().copied().fold(1e-6, f64::max) // not 0: an axis needs a length
}

/// The curve as text, of lines of less than 80 characters; empty where there are not two epochs to draw it through.
pub fn as_text(losses: &[f64]) -> String {
    if losses.len() < 2 {
        return String::new();
    }
    let points: Vec<(f32, f32)> = points(losses).map(|(epoch, loss)| (epoch as f32, loss as f32)).collect();
    let line = Shape::Lines(&points);
    let mut chart = Chart::new_with_y_range(120, 48, 0.0, losses.len() as f32, 0.0, highest(losses) as f32);
    let chart = chart
        .x_label_format(LabelFormat::Custom(Box::new(|epoch| format!("{epoch:.0}"))))
        .y_label_format(LabelFormat::Custom(Box::new(|loss| format!("{loss:.3}"))))
        .lineplot(&line);
    chart.axis();
    chart.figures();
    format!("{:>65}\n{chart}{:^60}\n", "loss", "epoch")
}
