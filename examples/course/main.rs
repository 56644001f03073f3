//! Draws pictures of the course in `docs/tutorial`, each for one idea of a chapter, with numbers computed by the crate.
//!
//! Two of them move. They are still for readers who prefer reduced motion, and complete in print.
//!
//! ```text
//! cargo run --release --example course
//! ```
//!
//! `svg.rs` writes the files; each of the others draws the pictures of some chapters.

mod descent;
mod digits;
mod neurons;
mod partials;
mod svg;
mod training;

use clap::Parser;
use std::path::PathBuf;

/// Draws the pictures of the course
#[derive(Parser)]
#[command(name = "course")]
struct Options {
    /// Folder for the pictures
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/pictures"))]
    folder: PathBuf,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Options::parse().folder;
    std::fs::create_dir_all(&folder)?;
    let pictures = [
        ("course-cell.svg", neurons::cell()),              // chapter 1
        ("course-inside.svg", neurons::inside()?),         // chapter 1
        ("course-step.svg", neurons::step_and_sigmoid()?), // chapter 1
        ("course-sigmoid.svg", neurons::sigmoid()),        // chapter 1
        ("course-corners.svg", neurons::corners()?),       // chapter 2
        ("course-slope.svg", descent::slope()),            // chapter 4
        ("course-fog.svg", descent::fog()),                // chapter 4
        ("course-downhill.svg", descent::downhill()),      // chapter 4
        ("course-bowl.svg", descent::bowl()),              // chapter 4
        ("course-valleys.svg", descent::valleys()),        // chapter 5
        ("course-fixed.svg", training::surface()?),        // chapter 5
        ("course-path.svg", partials::path()),             // chapter 6
        ("course-factors.svg", partials::factors()),       // chapter 6
        ("course-backward.svg", partials::backward()),     // chapter 7
        ("course-walkers.svg", training::walkers()?),      // chapter 8
        ("course-epochs.svg", training::boundaries()?),    // chapter 8
        ("course-digits.svg", digits::patterns()?),        // chapter 10
        ("course-delta.svg", partials::delta()),           // chapter 11
    ];
    for (name, picture) in pictures {
        let path = folder.join(name);
        picture.save(&path)?;
        println!("{}", path.display());
    }
    Ok(())
}
