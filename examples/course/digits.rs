//! Chapter 10: what a neuron with a weight for each pixel looks for.

use crate::svg::{Align, BLACK, BLUE, ORANGE, Svg, WHITE, pen};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Adam, Csv, Error, Model, Scaler, Trainer};

/// The pixels of a row and of a column.
const SIDE: usize = 8;

/// The weights of the ten output neurons of a network without a hidden layer, one for each pixel.
pub fn patterns() -> Result<Svg, Error> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let (train, test) = Csv::read(file)?.classes::<f64>("digit")?.split(0.2, &mut rng)?;
    let mut model = Model::new(&train, [], &mut rng)?.with_scaler(Scaler::new([0.0; 64], [16.0; 64])?)?;
    model.fit(&mut Trainer::new(model.loss(), Adam::new(0.01)).epochs(30).l2(0.01), &train)?;
    let accuracy = model.evaluate(&test)?.accuracy().expect("digits have classes");
    assert!(accuracy > 0.93, "{accuracy}"); // chapter 10 says "more than 9 of 10"

    let parameters = model.net().parameters();
    let weights: Vec<&[f64]> = parameters.chunks(SIDE * SIDE + 1).map(|neuron| &neuron[..SIDE * SIDE]).collect();
    let largest = weights.iter().flat_map(|weights| weights.iter()).fold(0.0, |largest: f64, w| largest.max(w.abs()));

    let mut svg = Svg::new(
        640.0,
        390.0,
        "What the ten neurons look for",
        "The weights of ten neurons, for the digits 0 to 9, each as a square of 8 times 8 pixels. Filled blue marks are \
         positive weights, hollow orange ones negative; larger marks are larger weights. The mark of 0 is a ring with \
         a negative centre.",
    );
    let (cell, gap) = (13.5, 16.0);
    let width = SIDE as f64 * cell;
    for (digit, weights) in weights.iter().enumerate() {
        let left = gap + (digit % 5) as f64 * (width + gap);
        let top = 86.0 + (digit / 5) as f64 * (width + 44.0);
        svg.text((left + width / 2.0, top - 9.0), Align::Middle, 20.0, BLACK, &digit.to_string());
        svg.rect((left, top), (width, width), WHITE, pen(BLACK, 1.0));
        for (pixel, weight) in weights.iter().enumerate() {
            let centre = |i: usize| (i as f64 + 0.5) * cell;
            let at = (left + centre(pixel % SIDE), top + centre(pixel / SIDE));
            let half = (weight.abs() / largest).sqrt() * cell / 2.0; // its area is in proportion to the weight
            if half < 1.0 {
                continue;
            }
            if *weight > 0.0 {
                svg.square(at, half, BLUE, pen(BLUE, 0.0));
            } else {
                svg.square(at, half - 0.75, WHITE, pen(ORANGE, 1.5));
            }
        }
    }
    let legend = "filled: ink here speaks for the digit; hollow: against it";
    svg.text((320.0, 378.0), Align::Middle, 19.0, BLACK, legend);
    Ok(svg)
}
