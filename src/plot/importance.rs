//! [`ImportancePicture`]: the importance of columns.

use super::picture::{Area, Drawn, Picture, Theme};
use super::range::range_of;
use crate::model::Importance;
use crate::text::written;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::fmt;

/// A picture of permutation importances: a bar for each column, with an error bar of one standard deviation to both sides.
///
/// It shows the first 40 columns. `Display` writes the picture as text for terminals.
///
/// # Examples
/// ```
/// use backprop::Importance;
/// use backprop::plot::ImportancePicture;
///
/// let area = Importance { column: "area".into(), mean: 0.8, standard_deviation: 0.1 };
/// let picture = ImportancePicture::new(&[area]);
/// assert!(picture.to_string().starts_with("area  0.8 ± 0.1 "));
/// ```
#[doc(alias = "barh")]
#[derive(Clone, Debug, PartialEq)]
pub struct ImportancePicture {
    title: String,
    /// The name, the mean and the standard deviation of each column.
    bars: Vec<(String, f64, f64)>,
}

/// The maximum number of columns in a readable picture.
const MAX_COLUMNS: usize = 40;
/// The maximum number of letters of a name.
const MAX_LETTERS: usize = 24;

const WIDTH: i32 = 720;
const ROW: i32 = 40;
const TOP: i32 = 70;
/// The approximate width of a letter of a name.
const LETTER: i32 = 12;
/// The width of the numbers at the right.
const NUMBERS: i32 = 90;
/// The number of characters of the longest bar in text.
const CHARACTERS: usize = 30;

impl ImportancePicture {
    /// Creates a picture of importances, in their order.
    pub fn new(importances: &[Importance]) -> ImportancePicture {
        let bar = |importance: &Importance| {
            let mut letters = importance.column.chars();
            let mut name: String = letters.by_ref().take(MAX_LETTERS).collect();
            if letters.next().is_some() {
                name.pop();
                name.push('…');
            }
            (name, importance.mean, importance.standard_deviation)
        };
        let bars = importances.iter().take(MAX_COLUMNS).map(bar).collect();
        ImportancePicture { title: "Permutation importance".into(), bars }
    }

    /// Sets the title.
    pub fn title(self, title: impl ToString) -> ImportancePicture {
        ImportancePicture { title: title.to_string(), ..self }
    }

    /// Returns the number of letters of the longest name.
    fn longest(&self) -> usize {
        self.bars.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0)
    }
}

/// Writes a line for each column.
impl fmt::Display for ImportancePicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.longest();
        let number = |mean: f64, deviation: f64| format!("{} ± {}", written(mean), written(deviation));
        let numbers = self.bars.iter().map(|(_, mean, deviation)| number(*mean, *deviation).chars().count()).max();
        let largest = self.bars.iter().map(|(_, mean, _)| *mean).fold(0.0, f64::max);
        for (i, (name, mean, deviation)) in self.bars.iter().enumerate() {
            let bar = "█".repeat((mean.max(0.0) / largest * CHARACTERS as f64).round() as usize);
            let (number, width) = (number(*mean, *deviation), numbers.unwrap_or(0));
            let line = format!("{name:names$}  {number:width$}  {bar}");
            write!(f, "{}{}", if i > 0 { "\n" } else { "" }, line.trim_end())?;
        }
        Ok(())
    }
}

impl Picture for ImportancePicture {
    fn size(&self) -> (u32, u32) {
        (WIDTH as u32, (TOP + ROW * self.bars.len() as i32 + 20) as u32)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let text = |size, h| theme.text(size).pos(Pos::new(h, VPos::Center));
        area.draw(&Text::new(self.title.clone(), (WIDTH / 2, TOP / 2), text(24, HPos::Center)))?;
        let ends = self.bars.iter().flat_map(|(_, mean, deviation)| [mean - deviation, mean + deviation]);
        let (low, high) = range_of(ends.chain([0.0]));
        let (left, right) = (30 + LETTER * self.longest() as i32, WIDTH - NUMBERS - 20);
        let x = |value: f64| left + ((value - low) / (high - low) * f64::from(right - left)) as i32;
        for (i, (name, mean, deviation)) in self.bars.iter().enumerate() {
            let y = TOP + ROW * i as i32 + ROW / 2;
            area.draw(&Text::new(name.clone(), (left - 14, y), text(20, HPos::Right)))?;
            area.draw(&Text::new(written(*mean), (WIDTH - 20, y), text(20, HPos::Right)))?;
            let (from, to) = (x(mean.min(0.0)), x(mean.max(0.0)));
            area.draw(&Rectangle::new([(from, y - 12), (to, y + 12)], theme.line(0).filled()))?;
            let [from, to] = [x(mean - deviation), x(mean + deviation)];
            let ink = theme.foreground().stroke_width(2);
            for line in [[(from, y), (to, y)], [(from, y - 5), (from, y + 5)], [(to, y - 5), (to, y + 5)]] {
                area.draw(&PathElement::new(line, ink))?;
            }
        }
        let (zero, bottom) = (x(0.0), TOP + ROW * self.bars.len() as i32);
        area.draw(&PathElement::new([(zero, TOP), (zero, bottom)], theme.foreground().stroke_width(1)))?;
        Ok(())
    }
}
