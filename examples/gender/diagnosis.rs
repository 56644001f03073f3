//! Finds out why a training failed, and suggests what to try.
//!
//! A bad start looks like this: with the initial weights, the output neuron is wrong and saturated for two of the
//! people. There the sigmoid is flat: σ′ = y(1 − y) is close to 0, and by the chain rule so is every partial derivative
//! of their losses. The other two people continue to change the bias, which can make it worse. Of the seeds 1 to 2000,
//! this happens for 160 and 417; both converge within 10,000 epochs, because the derivative is small but not 0.

use crate::options::Options;
use crate::people::{EMILY, FRANK, PEOPLE};
use backprop::{Error, Mlp};

/// Returns `None` if the training succeeded (Emily is above 0.9 and Frank below 0.1), and otherwise a diagnosis.
pub fn diagnose_failure(net: &Mlp<f64>, options: &Options) -> Result<Option<String>, Error> {
    let predict = |inputs: [f64; 2]| Ok(net.forward(&inputs)?[0]);
    if predict(EMILY.inputs())? > 0.9 && predict(FRANK.inputs())? < 0.1 {
        return Ok(None);
    }
    if options.epochs == 0 || options.learning_rate == 0.0 {
        return Ok(Some("Nothing was learnt: these predictions come from the initial weights.".into()));
    }

    let mut stuck = Vec::new();
    for person in &PEOPLE {
        let y = predict(person.body.inputs())?;
        let derivative = y * (1.0 - y);
        if (y - person.female).abs() > 0.5 && derivative < 0.01 {
            stuck.push(format!(
                "{} gets {y:.4} instead of {}, and σ′ is {derivative:.4} there",
                person.name, person.female
            ));
        }
    }

    let advice = if options.learning_rate > 10.0 {
        "The steps were so long that the sigmoids are saturated: try --learning-rate 0.1.".into()
    } else if stuck.is_empty() {
        "The network has not learnt enough yet: try more --epochs or a --learning-rate near 0.1.".into()
    } else {
        let another = options.seed.wrapping_add(1);
        format!(
            "The initial weights were bad: where σ′ is close to 0, so is each step. Try --seed {another} or more --epochs."
        )
    };
    let stuck: String =
        stuck.iter().map(|case| format!("The output neuron is wrong and saturated: {case}.\n")).collect();
    Ok(Some(stuck + &advice))
}
