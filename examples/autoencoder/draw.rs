//! Prints images of digits on a terminal.

use backprop::ndarray::{ArrayBase, Data, Ix1};

/// Height and width of an image in pixels.
pub const SIDE: usize = 8;

/// Prints images side by side. A pixel is two characters wide; its darkness is from 0 to 1.
pub fn side_by_side<D: Data<Elem = f32>>(images: &[ArrayBase<D, Ix1>]) {
    for line in 0..SIDE {
        let lines = images.iter().map(|image| {
            let pixels = (line * SIDE..(line + 1) * SIDE).map(|i| (image[i] * SHADES.len() as f32) as usize);
            pixels.map(|shade| SHADES[shade.min(SHADES.len() - 1)].repeat(2)).collect::<String>()
        });
        println!("{}", lines.collect::<Vec<_>>().join("  ").trim_end());
    }
}

const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];
