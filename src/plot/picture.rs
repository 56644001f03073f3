//! [`Picture`]: a picture that can be saved to a file; [`Theme`]: its colours.

use crate::error::Error;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The name of the font. The crate has its own font, since a PNG needs one and not every system has fonts.
pub(super) const FONT: &str = "sans-serif";

/// The colours of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Light on nearly black.
    Dark,
}

/// The palette of Okabe and Ito, whose colours colour-blind readers can distinguish.
const LINES: [[RGBColor; 7]; 2] = [
    [
        RGBColor(0, 114, 178),
        RGBColor(213, 94, 0),
        RGBColor(0, 158, 115),
        RGBColor(170, 68, 153),
        RGBColor(230, 159, 0),
        RGBColor(86, 180, 233),
        RGBColor(240, 228, 66),
    ],
    [
        RGBColor(86, 180, 233),
        RGBColor(230, 159, 0),
        RGBColor(0, 200, 150),
        RGBColor(230, 150, 200),
        RGBColor(213, 94, 0),
        RGBColor(0, 114, 178),
        RGBColor(240, 228, 66),
    ],
];

impl Theme {
    /// Returns the colour of the background.
    pub fn background(self) -> RGBColor {
        if self == Theme::Light { WHITE } else { RGBColor(24, 26, 30) }
    }

    /// Returns the colour of text and axes.
    pub fn foreground(self) -> RGBColor {
        if self == Theme::Light { BLACK } else { RGBColor(230, 230, 230) }
    }

    /// Returns the colour of grid lines.
    pub fn grid(self) -> RGBColor {
        if self == Theme::Light { RGBColor(205, 205, 205) } else { RGBColor(70, 74, 80) }
    }

    /// Returns the colour of the curve or class with this index, counted from 0. The colours repeat after seven.
    pub fn line(self, index: usize) -> RGBColor {
        let lines = &LINES[self as usize];
        lines[index % lines.len()]
    }

    /// Returns the background blended with a fraction of a colour, from 0 to 1.
    pub fn blend(self, colour: RGBColor, fraction: f64) -> RGBColor {
        let background = self.background();
        let mix = |from: u8, to: u8| (from as f64 + (to as f64 - from as f64) * fraction.clamp(0.0, 1.0)) as u8;
        RGBColor(mix(background.0, colour.0), mix(background.1, colour.1), mix(background.2, colour.2))
    }

    /// Returns the style of text of a size in pixels, in the crate's own font.
    pub fn text(self, size: i32) -> TextStyle<'static> {
        (FONT, size).into_font().color(&self.foreground())
    }
}

/// A drawing area of plotters.
pub type Area<B> = DrawingArea<B, Shift>;

/// The result of drawing.
pub type Drawn = Result<(), Box<dyn std::error::Error>>;

/// A picture that can be saved as SVG or PNG.
///
/// ```no_run
/// use backprop::plot::{LossCurves, Picture, Theme};
/// use backprop::{Dataset, Error, Loss, Sgd, Trainer};
/// # use backprop::{Activation, Mlp, rand::{SeedableRng, rngs::Xoshiro256PlusPlus}};
///
/// # let mut network = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut Xoshiro256PlusPlus::seed_from_u64(1))?;
/// let dataset = Dataset::new([[1.0], [2.0]], [[1.0], [3.0]])?;
/// let history = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).fit(&mut network, &dataset)?;
/// LossCurves::new(&history).save("loss.svg")?;
/// LossCurves::new(&history).save_with("loss-dark.png", Theme::Dark)?;
/// # Ok::<(), Error>(())
/// ```
pub trait Picture {
    /// Returns the width and the height in pixels.
    fn size(&self) -> (u32, u32);

    /// Draws the picture on a drawing area of plotters, which already has the background of the theme.
    ///
    /// # Errors
    /// The errors of plotters.
    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn;

    /// Saves the picture to a file whose name ends in .svg or .png, with a white background.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the file name has another ending, [`Error::Limit`] if a PNG would have more than
    /// 100 million pixels, [`Error::Io`] if the file cannot be written.
    fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        self.save_with(path, Theme::Light)
    }

    /// Saves the picture to a file, in the colours of a theme.
    ///
    /// # Errors
    /// Those of [`save`](Self::save).
    fn save_with(&self, path: impl AsRef<Path>, theme: Theme) -> Result<(), Error> {
        self.save_to(path.as_ref(), theme)
    }

    /// Is compiled once for each picture, not for each type of paths.
    #[doc(hidden)]
    fn save_to(&self, path: &Path, theme: Theme) -> Result<(), Error> {
        let drawn = match kind(path)? {
            // Not by plotters' own writer, which ignores an error at the end of a file, for example of a full disk.
            Kind::Svg => fs::write(path, self.to_svg(theme)).map_err(Into::into),
            Kind::Png => match self.size() {
                (width, height) if width as u64 * height as u64 > MAX_PIXELS => {
                    return Err(Error::Limit {
                        what: "pixels",
                        limit: MAX_PIXELS,
                        got: Some(width as u64 * height as u64),
                        place: format!("{} ({width} × {height})", path.display()),
                        advice: "save it as .svg",
                    });
                }
                size => self.on(BitMapBackend::new(path, size).into_drawing_area(), theme).and_then(|()| has_end(path)),
            },
        };
        drawn.map_err(|error| match error.downcast::<io::Error>() {
            Ok(error) => Error::io("draw", path, *error),
            Err(error) => Error::io("draw", path, io::Error::other(error.to_string())), // which makes it `Send`
        })
    }

    /// Returns the picture as SVG.
    ///
    /// # Panics
    /// If [`draw`](Self::draw) fails. The pictures of this crate do not fail to draw into a string.
    fn to_svg(&self, theme: Theme) -> String {
        let mut text = String::new();
        let area = SVGBackend::with_string(&mut text, self.size()).into_drawing_area();
        self.on(area, theme).expect("a picture can be drawn into a string");
        text
    }

    #[doc(hidden)]
    fn on<B: DrawingBackend<ErrorType: 'static>>(&self, area: Area<B>, theme: Theme) -> Drawn {
        register_font(FONT, FontStyle::Normal, notosans::REGULAR_TTF).map_err(|_| "the font is broken")?;
        area.fill(&theme.background())?;
        self.draw(&area, theme)?;
        area.present()?;
        Ok(())
    }
}

/// The maximum number of pixels of a PNG, each of three bytes.
const MAX_PIXELS: u64 = 100_000_000;

/// Returns an error if a PNG is truncated.
fn has_end(path: &Path) -> Drawn {
    let mut file = fs::File::open(path)?;
    if file.metadata()?.is_file() {
        let mut end = [0; 8];
        file.seek(SeekFrom::End(-8))?;
        file.read_exact(&mut end)?;
        if !end.starts_with(b"IEND") {
            return Err("the file is truncated; is the disk full?".into());
        }
    }
    Ok(())
}

enum Kind {
    Svg,
    Png,
}

fn kind(path: &Path) -> Result<Kind, Error> {
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    match ending.to_str() {
        Some("svg") => Ok(Kind::Svg),
        Some("png") => Ok(Kind::Png),
        _ => Err(Error::invalid_argument("path", "end in .svg or .png", path.display())),
    }
}

/// Checks the ending and the folder of a picture's file. Call it before a long training, to find a wrong path early.
///
/// # Errors
/// [`Error::InvalidArgument`] if the name ends in neither .svg nor .png, if the folder does not exist, or if the path
/// is a folder.
pub fn checked_path(path: &str) -> Result<PathBuf, Error> {
    let path = PathBuf::from(path);
    kind(&path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(Error::invalid_argument("path", "be in an existing folder", path.display()));
    }
    if path.is_dir() {
        return Err(Error::invalid_argument("path", "name a file", format!("the folder {}", path.display())));
    }
    Ok(path)
}
