//! [`Picture`]: something that can be drawn into a file; [`Theme`], its colours.

use crate::error::Error;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Letters come along with the crate, as not every system has fonts, and a PNG needs them.
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

/// The colours of Okabe and Ito's palette, which can be told apart without seeing red or green.
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
    /// What is drawn on.
    pub fn background(self) -> RGBColor {
        if self == Theme::Light { WHITE } else { RGBColor(24, 26, 30) }
    }

    /// Of text and axes.
    pub fn foreground(self) -> RGBColor {
        if self == Theme::Light { BLACK } else { RGBColor(230, 230, 230) }
    }

    /// Of lines that should not be in the way.
    pub fn grid(self) -> RGBColor {
        if self == Theme::Light { RGBColor(205, 205, 205) } else { RGBColor(70, 74, 80) }
    }

    /// A colour for each thing that is counted from 0.
    pub fn line(self, index: usize) -> RGBColor {
        let lines = &LINES[self as usize];
        lines[index % lines.len()]
    }

    /// A colour of this part, from 0 to 1, on the background.
    pub fn blend(self, colour: RGBColor, part: f64) -> RGBColor {
        let background = self.background();
        let mix = |from: u8, to: u8| (from as f64 + (to as f64 - from as f64) * part.clamp(0.0, 1.0)) as u8;
        RGBColor(mix(background.0, colour.0), mix(background.1, colour.1), mix(background.2, colour.2))
    }

    /// Text of a size, in pixels, in the letters that come along with the crate.
    pub fn text(self, size: i32) -> TextStyle<'static> {
        (FONT, size).into_font().color(&self.foreground())
    }
}

/// What plotters draws on.
pub type Area<B> = DrawingArea<B, Shift>;

/// What comes of drawing.
pub type Drawn = Result<(), Box<dyn std::error::Error>>;

/// Something that can be drawn into a file, SVG or PNG.
///
/// ```no_run
/// use backprop::plot::{LossCurves, Picture, Theme};
/// use backprop::{Dataset, Error, Loss, Sgd, Trainer};
/// # use backprop::{Activation, Mlp, rand::{SeedableRng, rngs::Xoshiro256PlusPlus}};
///
/// # let mut net = Mlp::<f64>::new(1, [(1, Activation::Identity)], &mut Xoshiro256PlusPlus::seed_from_u64(1))?;
/// let dataset = Dataset::new([[1.0], [2.0]], [[1.0], [3.0]])?;
/// let history = Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).fit(&mut net, &dataset)?;
/// LossCurves::new(&history).save("loss.svg")?;
/// LossCurves::new(&history).save_with("loss-dark.png", Theme::Dark)?;
/// # Ok::<(), Error>(())
/// ```
pub trait Picture {
    /// Width and height.
    fn size(&self) -> (u32, u32);

    /// Draws it on an area of plotters, whose background is filled.
    ///
    /// # Errors
    /// Those of plotters.
    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn;

    /// Draws it into a file whose name ends in .svg or .png, on white.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the name of the file has another ending, [`Error::Limit`] if a PNG would have more than 100
    /// million pixels, [`Error::Io`] if the file cannot be written.
    fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        self.save_with(path, Theme::Light)
    }

    /// The same in the colours of a theme.
    ///
    /// # Errors
    /// As of [`save`](Self::save).
    fn save_with(&self, path: impl AsRef<Path>, theme: Theme) -> Result<(), Error> {
        let path = path.as_ref();
        let drawn = match kind(path)? {
            // Of its own, plotters loses what a full disk does not take at the end of a file.
            Kind::Svg => fs::write(path, self.to_svg(theme)).map_err(Into::into),
            Kind::Png => match self.size() {
                (width, height) if width as u64 * height as u64 > MOST_PIXELS => {
                    return Err(Error::Limit {
                        what: "pixels",
                        limit: MOST_PIXELS,
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
            Err(error) => Error::io("draw", path, io::Error::other(error.to_string())), // it may not be sent to threads
        })
    }

    /// The text of an SVG.
    ///
    /// # Panics
    /// When [`draw`](Self::draw) fails; that of this crate's pictures does not, as a string takes all.
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

/// The number of pixels of a PNG, each of three bytes.
const MOST_PIXELS: u64 = 100_000_000;

/// An error when a PNG is cut off.
fn has_end(path: &Path) -> Drawn {
    let mut file = fs::File::open(path)?;
    if file.metadata()?.is_file() {
        let mut end = [0; 8];
        file.seek(SeekFrom::End(-8))?;
        file.read_exact(&mut end)?;
        if !end.starts_with(b"IEND") {
            return Err("it is cut off; is the disk full?".into());
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

/// Checks a picture's file before there is anything to draw, as nobody should wait for a training in vain: its ending, and that
/// its folder is there.
///
/// # Errors
/// [`Error::InvalidArgument`] if the name has another ending, if there is no such folder, or if the path is a folder.
pub fn checked_path(path: &str) -> Result<PathBuf, Error> {
    let path = PathBuf::from(path);
    kind(&path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let requirement = format!("be in a folder that exists, and not in {}", folder.display());
        return Err(Error::invalid_argument("path", requirement, path.display()));
    }
    if path.is_dir() {
        return Err(Error::invalid_argument("path", "name a file", format!("the folder {}", path.display())));
    }
    Ok(path)
}
