//! Draws a classifier of two inputs, trained on the weight and height of 200 people: its decision boundary, its loss by
//! epoch, its parameters and gradients by epoch, its confusion matrix and its ROC curve.
//!
//! ```text
//! cargo run --release --example boundary
//! ```

use backprop::plot::plotters::prelude::*;
use backprop::plot::{
    Area, Boundary, ConfusionPicture, Distributions, Drawn, Histograms, LossCurves, NetPicture, Picture, RocCurve,
    Theme,
};
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Adam, Csv, Metrics, Model, Trainer, Trajectory};
use clap::Parser;
use std::path::PathBuf;

/// Trains a classifier on people's weight and height and draws it
#[derive(Parser)]
#[command(name = "boundary")]
struct Options {
    /// Folder for the pictures
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/pictures"))]
    folder: PathBuf,
    /// File format: svg or png
    #[arg(long, default_value = "svg")]
    format: String,
    /// Use the dark theme
    #[arg(long)]
    dark: bool,
    /// Number of epochs
    #[arg(long, default_value_t = 150)]
    epochs: usize,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    std::fs::create_dir_all(&options.folder)?;
    let theme = if options.dark { Theme::Dark } else { Theme::Light };
    let path = |name: &str| {
        let path = options.folder.join(format!("{name}.{}", options.format));
        println!("{}", path.display());
        path
    };

    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/davis.csv");
    let people = Csv::read(file)?.inputs(["weight", "height"]).classes::<f64>("sex")?;
    let people = people.named(["weight (kg)", "height (cm)"])?;
    // Weight and height are swapped in row 12; with it, all other points would be drawn in one corner.
    let rows: Vec<usize> = (0..people.len()).filter(|&i| people.rows()[i] != 12).collect();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let (train, test) = people.select(&rows).split(0.3, &mut rng)?;
    let mut model = Model::new(&train, [(8, Activation::Tanh)], &mut rng)?;
    let mut trajectory = Trajectory::new();
    let trainer = Trainer::new(model.loss(), Adam::new(0.02)).epochs(options.epochs).validation(&test).l2(0.01);
    let history = model.fit(&mut trainer.record(&mut trajectory), &train)?;

    let boundary = Boundary::new(&model, &people.select(&rows))?.title("sex by weight and height");
    println!("{boundary}");
    // The classes at the lower left and the upper right
    let corners = model.predict([[45.0, 150.0], [115.0, 195.0]])?;
    let classes = model.classes_from(&corners).into_iter().map(String::from).collect();
    Lettered { boundary, classes }.save_with(path("boundary"), theme)?;
    LossCurves::new(&history).save_with(path("losses"), theme)?;
    NetPicture::new(model.net()).named(["weight", "height"]).save_with(path("net"), theme)?;
    Histograms::new(model.net()).save_with(path("histograms"), theme)?;
    Distributions::of_parameters(model.net(), &trajectory).save_with(path("weights-by-epoch"), theme)?;
    Distributions::of_gradients(model.net(), &trajectory).save_with(path("gradients-by-epoch"), theme)?;
    if let Metrics::Classes { confusion, .. } = model.evaluate(&test)?.quality {
        ConfusionPicture::new(&confusion).save_with(path("confusion"), theme)?;
    }
    let scores: Vec<f64> = model.predict(test.inputs())?.column(1).to_vec();
    let is_positive: Vec<bool> = test.labels().iter().map(|&class| class == 1).collect();
    RocCurve::new(&scores, &is_positive).save_with(path("roc"), theme)?;
    Ok(())
}

/// A boundary with the classes at the lower left and the upper right, for prints without colour.
struct Lettered {
    boundary: Boundary,
    classes: Vec<String>,
}

impl Picture for Lettered {
    fn size(&self) -> (u32, u32) {
        self.boundary.size()
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        self.boundary.draw(area, theme)?;
        let (width, height) = self.size();
        for (class, (x, y)) in self.classes.iter().zip([(0.15, 0.78), (0.9, 0.1)]) {
            let at = ((x * width as f64) as i32, (y * height as f64) as i32);
            area.draw(&Text::new(class.as_str(), at, theme.text(60)))?;
        }
        Ok(())
    }
}
