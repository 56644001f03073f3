//! [`RocCurve`]: the receiver operating characteristic.

use super::picture::{Area, Drawn, Picture, Theme};
use crate::roc_auc;
use plotters::prelude::*;

/// The receiver operating characteristic: for every threshold of a score, the share of the class that is found, over the share of
/// the others that is taken for it; with the area below.
#[derive(Clone, Debug, PartialEq)]
pub struct RocCurve {
    points: Vec<(f64, f64)>,
    area: Option<f64>,
}

impl RocCurve {
    /// Of scores, and whether each is of the class.
    ///
    /// # Panics
    /// Those of [`roc_auc`].
    #[track_caller]
    pub fn new(scores: &[f64], truth: &[bool]) -> RocCurve {
        let area = roc_auc(scores, truth);
        let mut sorted: Vec<(f64, bool)> = scores.iter().copied().zip(truth.iter().copied()).collect();
        sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
        let positives = truth.iter().filter(|truth| **truth).count();
        let others = truth.len() - positives;
        let (mut found, mut wrong, mut points) = (0, 0, vec![(0.0, 0.0)]);
        for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
            found += tied.iter().filter(|(_, truth)| *truth).count();
            wrong += tied.iter().filter(|(_, truth)| !truth).count();
            points.push((wrong as f64 / others.max(1) as f64, found as f64 / positives.max(1) as f64));
        }
        RocCurve { points, area }
    }
}

impl Picture for RocCurve {
    fn size(&self) -> (u32, u32) {
        (850, 850)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let caption = self.area.map_or("ROC".into(), |area| format!("ROC, area {area:.3}"));
        let mut chart = ChartBuilder::on(area)
            .caption(caption, theme.text(34))
            .margin(20)
            .margin_right(40)
            .x_label_area_size(75)
            .y_label_area_size(95)
            .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
        chart
            .configure_mesh()
            .x_desc("share of the others taken for it")
            .y_desc("share of the class found")
            .axis_desc_style(theme.text(28))
            .label_style(theme.text(24))
            .axis_style(theme.foreground())
            .bold_line_style(theme.grid())
            .light_line_style(TRANSPARENT)
            .draw()?;
        chart.draw_series(DashedLineSeries::new(
            [(0.0, 0.0), (1.0, 1.0)],
            10,
            8,
            theme.foreground().stroke_width(1),
        ))?;
        chart.draw_series(LineSeries::new(self.points.iter().copied(), theme.line(0).stroke_width(4)))?;
        Ok(())
    }
}
