//! [`ConfusionPicture`]: a confusion matrix.

use super::picture::{Area, Drawn, Picture, Theme};
use crate::data::ConfusionMatrix;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A picture of a confusion matrix: a row for each true class and a column for each predicted class, darker for a
/// larger fraction of the row.
///
/// It shows at most 40 classes, those with the most mistakes, and says in its title that it leaves out others.
#[doc(alias = "ConfusionMatrixDisplay")]
#[derive(Clone, Debug, PartialEq)]
pub struct ConfusionPicture {
    confusion: ConfusionMatrix,
    /// The classes that are shown.
    shown: Vec<usize>,
}

impl ConfusionPicture {
    /// Creates a picture of a confusion matrix.
    pub fn new(confusion: &ConfusionMatrix) -> ConfusionPicture {
        let classes = confusion.classes().len();
        let mut shown: Vec<usize> = (0..classes).collect();
        if classes > MAX_CLASSES {
            let mut mistakes = vec![0; classes];
            for (i, j) in (0..classes).flat_map(|i| (0..classes).map(move |j| (i, j))).filter(|(i, j)| i != j) {
                let count = confusion.count(i, j);
                mistakes[i] += count;
                mistakes[j] += count;
            }
            shown.sort_by_key(|&class| std::cmp::Reverse(mistakes[class]));
            shown.truncate(MAX_CLASSES);
            shown.sort_unstable();
        }
        ConfusionPicture { confusion: confusion.clone(), shown }
    }

    /// Returns the names of the classes that are shown.
    fn names(&self) -> impl Iterator<Item = &String> {
        self.shown.iter().map(|&class| &self.confusion.classes()[class])
    }
}

/// The maximum number of classes in a readable picture.
const MAX_CLASSES: usize = 40;

const CELL: i32 = 72;
/// The approximate width of a letter of a name.
const LETTER: i32 = 13;

impl ConfusionPicture {
    /// Returns the width of the longest name.
    fn longest(&self) -> i32 {
        self.names().map(|name| LETTER * name.chars().count() as i32).max().unwrap_or(0)
    }

    /// Returns true if the names do not fit side by side; every other name is then one line higher.
    fn is_crowded(&self) -> bool {
        self.longest() > CELL
    }

    /// Returns the upper left corner of the cells.
    fn corner(&self) -> (i32, i32) {
        (80 + self.longest(), if self.is_crowded() { 130 } else { 100 })
    }
}

impl Picture for ConfusionPicture {
    fn size(&self) -> (u32, u32) {
        let ((left, top), side) = (self.corner(), CELL * self.shown.len() as i32);
        let right = 40.max(20 + (self.longest() - CELL) / 2); // half of what a wide name extends beyond its cell
        ((left + side + right) as u32, (top + side + 20) as u32)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let (confusion, (left, top)) = (&self.confusion, self.corner());
        let text = |size, h| theme.text(size).pos(Pos::new(h, VPos::Center));
        let (all, shown) = (confusion.classes().len(), self.shown.len());
        let middle = CELL * shown as i32 / 2;
        let title = match all > shown {
            true => format!("predicted: the {shown} of {all} classes with the most mistakes"),
            false => "predicted".into(),
        };
        area.draw(&Text::new(title, (left + middle, 30), text(26, HPos::Center)))?;
        let upwards = text(26, HPos::Center).transform(FontTransform::Rotate270);
        area.draw(&Text::new("true", (30, top + middle), upwards))?;
        for (i, name) in self.names().enumerate() {
            let (across, down) = (left + CELL * i as i32 + CELL / 2, top + CELL * i as i32 + CELL / 2);
            area.draw(&Text::new(name.clone(), (left - 14, down), text(22, HPos::Right)))?;
            let above = if self.is_crowded() && i % 2 == 1 { 54 } else { 24 };
            area.draw(&Text::new(name.clone(), (across, top - above), text(22, HPos::Center)))?;
            let row: usize = (0..all).map(|class| confusion.count(self.shown[i], class)).sum();
            for j in 0..shown {
                let (count, x) = (confusion.count(self.shown[i], self.shown[j]), left + CELL * j as i32);
                let fraction = count as f64 / row.max(1) as f64;
                let colour = theme.blend(theme.line((i != j) as usize), 0.9 * fraction.sqrt());
                let corners = [(x + 1, down - CELL / 2 + 1), (x + CELL - 1, down + CELL / 2 - 1)];
                area.draw(&Rectangle::new(corners, colour.filled()))?;
                area.draw(&Rectangle::new(corners, theme.grid().stroke_width(1)))?;
                let is_strong = fraction.sqrt() > 0.6;
                let ink = if is_strong { theme.background() } else { theme.foreground() };
                let style = text(24, HPos::Center).color(&ink);
                area.draw(&Text::new(count.to_string(), (x + CELL / 2, down), style))?;
            }
        }
        Ok(())
    }
}
