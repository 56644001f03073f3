//! A file to draw a picture into, SVG or PNG.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use std::error::Error;
use std::path::PathBuf;

/// Letters come along with the program, as not every system has fonts (and a PNG needs them).
pub const FONT: &str = "sans-serif";

/// Something that can be drawn.
pub trait Picture {
    /// Width and height.
    const SIZE: (u32, u32);

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &DrawingArea<B, Shift>) -> Result<(), Box<dyn Error>>;
}

/// A file of a kind that can be drawn.
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

    /// Draws the picture into the file.
    pub fn draw<P: Picture>(&self, picture: &P) -> Result<(), String> {
        let drawn = match self.kind {
            Kind::Svg => draw(SVGBackend::new(&self.path, P::SIZE).into_drawing_area(), picture),
            Kind::Png => draw(BitMapBackend::new(&self.path, P::SIZE).into_drawing_area(), picture),
        };
        drawn.map_err(|error| format!("{} could not be drawn: {error}", self.path.display()))
    }
}

fn draw<B: DrawingBackend<ErrorType: 'static>>(
    area: DrawingArea<B, Shift>,
    picture: &impl Picture,
) -> Result<(), Box<dyn Error>> {
    register_font(FONT, FontStyle::Normal, notosans::REGULAR_TTF).map_err(|_| "the font is broken")?;
    area.fill(&WHITE)?;
    picture.draw(&area)?;
    area.present()?;
    Ok(())
}
