//! Residual connections and dropout.

use backprop::{Error, Parameters};

use super::{assert_gradient, parameters, playground};

/// The derivatives of a residual network are compared with finite differences of its loss.
#[test]
fn residual_connections_have_the_right_gradient() -> Result<(), Error> {
    let address = "data=hills&layers=3tanh,3sigmoid,2tanh,2silu&loss=squared&batch=1";
    let (plain, mut residual) = (playground(address), playground(&format!("{address}&residual=1")));
    let (without, with) = (plain.pass(7)?, residual.pass(7)?);
    let [sum, output, ..] = with.neurons[0]; // in the first layer
    assert_eq!([sum, output], without.neurons[0][..2]);
    assert_eq!(with.neurons[3][0], without.neurons[3][0]);
    assert_eq!(with.neurons[3][1], without.neurons[3][1] + output);
    assert!(with.neurons[6][1].abs() <= 1.0); // three neurons before two: no residual connection

    let parameters = residual.net().parameters();
    assert_gradient(&mut residual, 7, &with.gradient)?;
    // Each input of a residual layer has another path, with derivative 1: dh4/dh1 = w7·σ′(sum_h4) + 1.
    let layer = &residual.net().mlp().layers()[1];
    for (i, [_, output, by_sum, by_output]) in with.neurons[..3].iter().enumerate() {
        let next = layer.neurons().zip(&with.neurons[3..]);
        let weighted = next.map(|(neuron, [.., by_sum, _])| neuron.weights()[i] * by_sum).sum::<f64>();
        let expected = weighted + with.neurons[3 + i][3];
        assert!((by_output - expected).abs() < 1e-15, "h{}: {by_output}, {expected}", i + 1);
        assert!((by_sum - by_output * (1.0 - output * output)).abs() < 1e-15, "h{}", i + 1);
    }

    // A step of gradient descent has the same derivatives, and the maps the same outputs.
    residual.set(format!("{address}&residual=1&rate=1").parse()?)?;
    residual.learn_from(7)?;
    for ((before, after), derivative) in parameters.iter().zip(residual.net().parameters()).zip(&with.gradient) {
        assert!((before - derivative - after).abs() < 1e-12);
    }
    let (map, predictions) = (residual.maps(4)?, residual.predictions(4)?);
    assert!(map[map.len() - 16..].iter().all(|x| x.is_finite()) && predictions.len() == 16);

    let error = residual.exported().unwrap_err();
    assert_eq!(error.to_string(), "a network with residual connections cannot be exported; set residual=0");
    // Without two hidden layers of one size there is nothing to add.
    assert_eq!(parameters_of("layers=4tanh,2tanh&residual=1")?, parameters_of("layers=4tanh,2tanh")?);
    Ok(())
}

/// Training draws the outputs that dropout removes; a pass has all of them.
#[test]
fn pass_has_no_dropout() -> Result<(), Error> {
    let (mut with, mut without) = (playground("dropout=0.5"), playground(""));
    with.learn(2)?;
    without.go_to(2, 0, &with.net().parameters())?;
    let (with, without) = (with.pass(3)?, without.pass(3)?);
    assert_eq!((with.loss, with.neurons, with.gradient), (without.loss, without.neurons, without.gradient));
    Ok(())
}

fn parameters_of(address: &str) -> Result<Vec<u64>, Error> {
    let mut playground = playground(address);
    playground.learn(2)?;
    Ok(parameters(&playground))
}

#[test]
fn dropout_is_deterministic_and_only_in_training() -> Result<(), Error> {
    let address = "data=spiral&layers=8tanh,8tanh&dropout=0.3&optimizer=adam";
    assert_eq!(parameters_of(address)?, parameters_of(address)?);
    assert_ne!(parameters_of(address)?, parameters_of("data=spiral&layers=8tanh,8tanh&optimizer=adam")?);
    assert_ne!(parameters_of(address)?, parameters_of(&address.replace("0.3", "0.4"))?);

    // Training can be resumed in the middle of an epoch.
    let (mut whole, mut resumed) = (playground(address), playground(address));
    for _ in 0..30 {
        whole.step()?;
    }
    let ([epoch, done], memory) = (whole.place(), whole.memory());
    resumed.go_to(epoch, done, &whole.net().parameters())?;
    resumed.set_memory(&memory)?;
    whole.learn(2)?;
    resumed.learn(2)?;
    assert_eq!(parameters(&resumed), parameters(&whole));

    let scores = whole.scores()?;
    assert_eq!(whole.scores()?, scores);
    assert!(!whole.set("data=spiral&layers=8tanh,8tanh&optimizer=adam".parse()?)?);
    assert_eq!(whole.scores()?, scores);
    Ok(())
}
