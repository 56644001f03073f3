//! Pictures of digits on a terminal.

use backprop::ndarray::{ArrayBase, Data, Ix1};

/// A picture's height and width.
pub const SIDE: usize = 8;

/// Pictures side by side, a point as two characters; the darkness of each is from 0 to 1.
pub fn side_by_side<D: Data<Elem = f32>>(pictures: &[ArrayBase<D, Ix1>]) {
    for line in 0..SIDE {
        let lines = pictures.iter().map(|picture| {
            let points = (line * SIDE..(line + 1) * SIDE).map(|i| (picture[i] * SHADES.len() as f32) as usize);
            points.map(|shade| SHADES[shade.min(SHADES.len() - 1)].repeat(2)).collect::<String>()
        });
        println!("{}", lines.collect::<Vec<_>>().join("  ").trim_end());
    }
}

const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];
