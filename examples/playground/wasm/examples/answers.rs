//! Loads a model that the page has exported as JSON and prints its predictions for unscaled inputs, one line each.
//!
//! ```text
//! cargo run --example answers -- net.json 133,65 160,72
//! ```

use backprop::ndarray::Array2;
use backprop::{Error, Model};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let json = std::fs::read_to_string(arguments.next().ok_or("expected a file, got none")?)?;
    let model: Model<f64> = Model::from_json(&json)?;
    for text in arguments {
        let inputs = text.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let inputs = Array2::from_shape_vec((1, inputs.len()), inputs)?;
        let predictions: Result<_, Error> = model.predict(&inputs);
        println!("{}", predictions?.iter().map(f64::to_string).collect::<Vec<String>>().join(","));
    }
    Ok(())
}
