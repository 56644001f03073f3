//! Training by backpropagation, compared at every step with the hand-derived partial derivatives.

use crate::manual::OurNeuralNetwork;
use crate::people::PEOPLE;
use backprop::{Graph, Loss, Mlp, Optimizer, Sgd, Value};
use std::error::Error;
use std::io::Write;

/// The record of a training.
pub struct Training {
    /// The mean loss over the four people at the end of each epoch.
    pub losses: Vec<f64>,
    /// The largest |automatic − manual| over all nine partial derivatives and all steps.
    pub worst_difference: f64,
}

/// Trains with a step after each person; prints the loss every 10 epochs.
pub fn train(
    net: &mut Mlp<f64>,
    epochs: u32,
    learning_rate: f64,
    report: &mut impl Write,
) -> Result<Training, Box<dyn Error>> {
    let mut training = Training { losses: Vec::new(), worst_difference: 0.0 };
    let mut graph = Graph::new();
    for epoch in 0..epochs {
        let loss = one_epoch(net, &mut graph, Sgd::new(learning_rate), &mut training.worst_difference)
            .and_then(|()| mean_loss(net))
            .map_err(|error| format!("training stopped in epoch {epoch}: {error}; a smaller learning rate may help"))?;
        training.losses.push(loss);
        if epoch % 10 == 0 {
            writeln!(report, "Epoch {epoch} loss: {loss:.3}")?;
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
            *worst_difference = larger(*worst_difference, (automatic - manual).abs());
        }

        sgd.step(net, &gradient)?;
    }
    Ok(())
}

/// Returns the larger distance. NaN counts as larger than any number so that it is not lost, as it would be with
/// `f64::max`.
fn larger(a: f64, b: f64) -> f64 {
    if b > a || b.is_nan() { b } else { a }
}

/// Returns the mean squared error over the four people.
fn mean_loss(net: &Mlp<f64>) -> Result<f64, Box<dyn Error>> {
    let predictions = PEOPLE.iter().map(|person| Ok(net.forward(&person.body.inputs())?[0]));
    let predictions = predictions.collect::<Result<Vec<f64>, backprop::Error>>()?;
    let loss = Loss::MeanSquaredError.evaluate(&predictions, &PEOPLE.map(|person| person.female))?;
    if loss.is_finite() { Ok(loss) } else { Err(format!("the loss is {loss}").into()) }
}
