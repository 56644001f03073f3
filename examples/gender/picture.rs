//! The loss curve: as text for the terminal, and as an SVG or PNG file.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use std::error::Error;
use std::path::PathBuf;
use textplots::{Chart, LabelBuilder, LabelFormat, Plot, Shape};

/// More points than this cannot be told apart, and would make an SVG large.
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

/// A file to draw into, of a kind that can be drawn.
#[derive(Clone, Debug)]
pub struct PictureFile {
    pub path: PathBuf,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Svg,
    Png,
}

impl PictureFile {
    /// Checks what can be checked before there is anything to draw: nobody should wait for a training in vain.
    pub fn new(path: &str) -> Result<PictureFile, String> {
        let path = PathBuf::from(path);
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        let kind = match ending.to_str() {
            Some("svg") => Kind::Svg,
            Some("png") => Kind::Png,
            _ => return Err("the name of a picture must end in .svg or .png".into()),
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(format!("there is no folder {}", folder.display()));
        }
        if path.is_dir() {
            return Err("this is a folder".into());
        }
        Ok(PictureFile { path, kind })
    }

    /// Draws the curve into the file.
    pub fn draw(&self, losses: &[f64], title: &str) -> Result<(), String> {
        const SIZE: (u32, u32) = (1200, 750);
        let drawn = match self.kind {
            Kind::Svg => draw(SVGBackend::new(&self.path, SIZE).into_drawing_area(), losses, title),
            Kind::Png => draw(BitMapBackend::new(&self.path, SIZE).into_drawing_area(), losses, title),
        };
        drawn.map_err(|error| format!("{} could not be drawn: {error}", self.path.display()))
    }
}

fn draw<B: DrawingBackend<ErrorType: 'static>>(
    area: DrawingArea<B, Shift>,
    losses: &[f64],
    title: &str,
) -> Result<(), Box<dyn Error>> {
    // Letters come along with the program, as not every system has fonts (and a PNG needs them).
    const FONT: &str = "sans-serif";
    register_font(FONT, FontStyle::Normal, notosans::REGULAR_TTF).map_err(|_| "the font is broken")?;
    // Dark blue from Okabe and Ito's palette, which everyone can tell from white, and print in grey
    const BLUE: RGBColor = RGBColor(0, 114, 178);

    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, (FONT, 34))
        .margin(20)
        .margin_right(40)
        .x_label_area_size(75)
        .y_label_area_size(100)
        .build_cartesian_2d(0..losses.len(), 0.0..highest(losses) * 1.05)?;
    chart
        .configure_mesh()
        .x_desc("epoch")
        .y_desc("loss")
        .axis_desc_style((FONT, 28))
        .label_style((FONT, 24))
        .y_label_formatter(&|loss| format!("{loss:.3}"))
        .light_line_style(TRANSPARENT)
        .draw()?;
    chart.draw_series(LineSeries::new(points(losses), BLUE.stroke_width(4)))?;
    area.present()?;
    Ok(())
}
