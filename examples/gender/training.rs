//! Training by automatic backpropagation, with the partial derivatives by hand beside it at every step.

use crate::manual::OurNeuralNetwork;
use crate::people::PEOPLE;
use backprop::{Graph, Loss, Mlp, Optimizer, Sgd, Value};
use std::error::Error;
use std::io::Write;

/// What a training leaves behind, beside the trained net.
pub struct Training {
    /// The mean loss over the four people at the end of each epoch.
    pub losses: Vec<f64>,
    /// The largest |automatic − manual| of all nine partials at all steps.
    pub worst_difference: f64,
}

/// Goes through the people again and again, with a step after each; tells the loss every 10 epochs.
pub fn train(
    net: &mut Mlp<f64>,
    epochs: u32,
    learning_rate: f64,
    story: &mut impl Write,
) -> Result<Training, Box<dyn Error>> {
    let mut training = Training { losses: Vec::new(), worst_difference: 0.0 };
    let mut graph = Graph::new();
    for epoch in 0..epochs {
        let loss = one_epoch(net, &mut graph, Sgd::new(learning_rate), &mut training.worst_difference)
            .and_then(|()| mean_loss(net))
            .map_err(|error| format!("Training broke down in epoch {epoch}: {error}. Try a smaller learning rate."))?;
        training.losses.push(loss);
        if epoch % 10 == 0 {
            writeln!(story, "Epoch {epoch} loss: {loss:.3}")?;
        }
    }
    Ok(training)
}

fn one_epoch(
    net: &mut Mlp<f64>,
    graph: &mut Graph<f64>,
    mut sgd: Sgd,
    worst_difference: &mut f64,
) -> Result<(), Box<dyn Error>> {
    for person in &PEOPLE {
        graph.clear();
        let on_graph = net.attach(graph);
        let prediction = on_graph.forward(&person.body.inputs().map(Value::constant))?;
        let loss = Loss::MeanSquaredError.evaluate(&prediction, &[Value::constant(person.female)])?;
        let gradient = on_graph.gradient(&loss.backward());

        let by_hand = OurNeuralNetwork::of(net).partials(person.body.inputs(), person.female);
        for (automatic, manual) in gradient.parameters().into_iter().zip(by_hand.in_order()) {
            *worst_difference = worse(*worst_difference, (automatic - manual).abs());
        }

        sgd.step(net, &gradient)?;
    }
    Ok(())
}

/// The larger of two distances. NaN counts as larger than any, where `f64::max` would drop it: it must not pass.
fn worse(a: f64, b: f64) -> f64 {
    if b > a || b.is_nan() { b } else { a }
}

/// The mean squared error over the four people.
fn mean_loss(net: &Mlp<f64>) -> Result<f64, Box<dyn Error>> {
    let predictions = PEOPLE.iter().map(|person| Ok(net.forward(&person.body.inputs())?[0]));
    let predictions = predictions.collect::<Result<Vec<f64>, backprop::Error>>()?;
    let loss = Loss::MeanSquaredError.evaluate(&predictions, &PEOPLE.map(|person| person.female))?;
    if loss.is_finite() { Ok(loss) } else { Err(format!("the loss is {loss}").into()) }
}
