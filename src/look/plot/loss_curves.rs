//! [`LossCurves`]: the losses of a training, epoch by epoch.

use super::picture::{Area, Drawn, Picture, Theme};
use crate::History;
use plotters::prelude::*;

/// The losses of a training, epoch by epoch, and those of validation, if there were.
#[derive(Clone, Debug, PartialEq)]
pub struct LossCurves {
    title: String,
    curves: Vec<(&'static str, Vec<f64>)>,
}

impl LossCurves {
    /// Of what a trainer tells.
    pub fn new(history: &History) -> LossCurves {
        let validation: Vec<f64> = history.epochs.iter().filter_map(|epoch| Some(epoch.validation?.loss)).collect();
        let mut curves = vec![("training", history.losses().collect())];
        if !validation.is_empty() {
            curves.push(("validation", validation));
        }
        LossCurves { title: "Loss by epoch".into(), curves }
    }

    /// Of losses from anywhere.
    pub fn of(losses: impl Into<Vec<f64>>) -> LossCurves {
        LossCurves { title: "Loss by epoch".into(), curves: vec![("training", losses.into())] }
    }

    /// The same with another title.
    pub fn title(self, title: impl ToString) -> LossCurves {
        LossCurves { title: title.to_string(), ..self }
    }
}

/// More points than this cannot be told apart, and would make an SVG large.
const MOST_POINTS: usize = 2000;

impl Picture for LossCurves {
    fn size(&self) -> (u32, u32) {
        (1200, 750)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let all = self.curves.iter().flat_map(|(_, losses)| losses);
        let highest = all.copied().filter(|loss| loss.is_finite()).fold(1e-6, f64::max); // an axis needs a length
        let epochs = self.curves.iter().map(|(_, losses)| losses.len()).max().unwrap_or(0).max(1);
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, theme.text(34))
            .margin(20)
            .margin_right(40)
            .x_label_area_size(75)
            .y_label_area_size(100)
            .build_cartesian_2d(0..epochs, 0.0..highest * 1.05)?;
        chart
            .configure_mesh()
            .x_desc("epoch")
            .y_desc("loss")
            .axis_desc_style(theme.text(28))
            .label_style(theme.text(24))
            .axis_style(theme.foreground())
            .bold_line_style(theme.grid())
            .light_line_style(TRANSPARENT)
            .y_label_formatter(&|loss| format!("{loss:.3}"))
            .draw()?;
        for (index, (name, losses)) in self.curves.iter().enumerate() {
            let every = losses.len().div_ceil(MOST_POINTS).max(1);
            let points = losses.iter().enumerate().step_by(every).map(|(epoch, &loss)| (epoch, loss));
            let colour = theme.line(index);
            chart
                .draw_series(LineSeries::new(points, colour.stroke_width(4)))?
                .label(*name)
                .legend(move |(x, y)| Rectangle::new([(x, y - 3), (x + 40, y + 3)], colour.filled()));
        }
        if self.curves.len() > 1 {
            chart
                .configure_series_labels()
                .legend_area_size(60)
                .label_font(theme.text(24))
                .background_style(theme.background())
                .border_style(theme.grid())
                .draw()?;
        }
        Ok(())
    }
}
