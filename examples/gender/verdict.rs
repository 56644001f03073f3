//! Did it learn? If not: why, and what to try.
//!
//! A bad start looks like this: with the weights that were drawn, the output neuron is wrong and sure of it for two of
//! the people, so the sigmoid is flat there, σ′ = y(1 − y) is close to 0, and with it every partial derivative of their
//! losses, by the chain rule. The other two people go on moving the bias, which can make it worse. Of the seeds 1 to
//! 2000 this befalls 160 and 417; both come right within 10,000 epochs, as the derivative is small and not 0.

use crate::options::Options;
use crate::people::{EMILY, FRANK, PEOPLE};
use backprop::{Error, Mlp};

/// `None` if it learnt: Emily is above 0.9 and Frank below 0.1. Otherwise what happened, in plain words.
pub fn what_went_wrong(net: &Mlp<f64>, options: &Options) -> Result<Option<String>, Error> {
    let answer = |inputs: [f64; 2]| Ok(net.forward(&inputs)?[0]);
    if answer(EMILY.inputs())? > 0.9 && answer(FRANK.inputs())? < 0.1 {
        return Ok(None);
    }
    if options.epochs == 0 || options.learning_rate == 0.0 {
        return Ok(Some("Nothing was learnt: these answers come from the random weights as they were drawn.".into()));
    }

    let mut stuck = Vec::new();
    for person in &PEOPLE {
        let y = answer(person.body.inputs())?;
        let slope = y * (1.0 - y);
        if (y - person.female).abs() > 0.5 && slope < 0.01 {
            stuck.push(format!("{} gets {y:.4} instead of {}, and σ′ is {slope:.4} there", person.name, person.female));
        }
    }

    let advice = if options.learning_rate > 10.0 {
        "The steps were so long that they threw the weights to where the sigmoids are flat: try --learning-rate 0.1."
            .into()
    } else if stuck.is_empty() {
        "It has not learnt enough yet: try more --epochs, or a --learning-rate near 0.1.".into()
    } else {
        let another = options.seed.wrapping_add(1);
        format!("It had a bad start: where σ′ is close to 0, each step is too. Try --seed {another}, or more --epochs.")
    };
    let stuck: String = stuck.iter().map(|who| format!("The output neuron is wrong and saturated: {who}.\n")).collect();
    Ok(Some(stuck + &advice))
}
