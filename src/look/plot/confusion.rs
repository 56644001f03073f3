//! [`ConfusionPicture`]: a confusion matrix.

use super::picture::{Area, Drawn, Picture, Theme};
use crate::Confusion;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A confusion matrix: a row for each true class, a column for each answer, the darker the more of the row.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfusionPicture(Confusion);

impl ConfusionPicture {
    /// Of a confusion matrix.
    pub fn new(confusion: &Confusion) -> ConfusionPicture {
        ConfusionPicture(confusion.clone())
    }
}

const CELL: i32 = 72;
const MARGIN: i32 = 190;

impl Picture for ConfusionPicture {
    fn size(&self) -> (u32, u32) {
        let side = (MARGIN + CELL * self.0.classes().len() as i32) as u32;
        (side + 40, side + 20)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let classes = self.0.classes();
        let text = |size, h| theme.text(size).pos(Pos::new(h, VPos::Center));
        let middle = MARGIN + CELL * classes.len() as i32 / 2;
        let width = |name: &String| area.estimate_text_size(name, &theme.text(22)).map(|(width, _)| width as i32);
        let widths = classes.iter().map(width).collect::<Result<Vec<i32>, _>>()?;
        let is_crowded = widths.iter().any(|&width| width > CELL - 4);
        let above = MARGIN - if is_crowded { 90 } else { 60 };
        area.draw(&Text::new("answered", (middle, above), text(26, HPos::Center)))?;
        let left = MARGIN - 44 - widths.iter().max().copied().unwrap_or(0);
        area.draw(&Text::new(
            "true",
            (left.max(16), middle),
            text(26, HPos::Center).transform(FontTransform::Rotate270),
        ))?;
        for (i, name) in classes.iter().enumerate() {
            let at = MARGIN + CELL * i as i32 + CELL / 2;
            area.draw(&Text::new(name.clone(), (MARGIN - 14, at), text(22, HPos::Right)))?;
            // Of names that are broader than a cell every other one a line higher
            let height = if is_crowded && i % 2 == 1 { MARGIN - 54 } else { MARGIN - 24 };
            area.draw(&Text::new(name.clone(), (at, height), text(22, HPos::Center)))?;
            let row: usize = (0..classes.len()).map(|j| self.0.count(i, j)).sum();
            for j in 0..classes.len() {
                let (count, x) = (self.0.count(i, j), MARGIN + CELL * j as i32);
                let part = count as f64 / row.max(1) as f64;
                let colour = theme.blend(theme.line((i != j) as usize), 0.9 * part.sqrt());
                let corners = [(x + 1, at - CELL / 2 + 1), (x + CELL - 1, at + CELL / 2 - 1)];
                area.draw(&Rectangle::new(corners, colour.filled()))?;
                area.draw(&Rectangle::new(corners, theme.grid().stroke_width(1)))?;
                let is_strong = part.sqrt() > 0.6;
                let ink = if is_strong { theme.background() } else { theme.foreground() };
                let style = text(24, HPos::Center).color(&ink);
                area.draw(&Text::new(count.to_string(), (x + CELL / 2, at), style))?;
            }
        }
        Ok(())
    }
}
