//! Networks, their training and programs in the common float types, and pictures, compiled with the library (feature
//! `precompiled`).
//!
//! Generic functions are compiled in the program that uses them. In a development build, it takes those that a library
//! has compiled already: with these, the examples of this crate compile in a third of the time.

use crate::data::Dataset;
use crate::error::Error;
use crate::graph::Graph;
use crate::matrix::Matrix;
use crate::model::Model;
use crate::nn::{Activation, Linear, Loss, Mlp, Module, Workspace};
#[cfg(feature = "plot")]
use crate::plot::{
    Boundary, ConfusionPicture, Distributions, Histograms, LossCurves, NetPicture, Picture, RocCurve, RulePicture,
    Surface, Theme,
};
use crate::program::{LaneFloat, Program};
use crate::scalar::Scalar;
use crate::train::{Adam, Momentum, Optimizer, Sgd, Trainer};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

/// Has the functions that are compiled. It is never called.
pub fn functions() -> Result<(), Error> {
    for_type::<f64>()?;
    for_type::<f32>()
}

fn for_type<T: LaneFloat>() -> Result<(), Error> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let x = Matrix::from([[T::one()]]);
    let data = Dataset::new(&x, &x)?;
    let mut net = Mlp::new(1, [(1, Activation::Tanh)], &mut rng)?;
    Trainer::new(Loss::MeanSquaredError, Sgd::new(0.1)).fit(&mut net, &data)?;
    Trainer::new(Loss::MeanSquaredError, Momentum::new(0.1, 0.9)).fit(&mut net, &data)?;
    Trainer::new(Loss::MeanSquaredError, Adam::new(0.1)).fit(&mut net, &data)?;
    let mut model = Model::new(&data, [], &mut rng)?;
    model.fit(&mut Trainer::new(model.loss(), Adam::new(0.1)), &data)?;
    model.evaluate(&data)?;
    model.predict(&x)?;
    model.classify(&x)?;
    let (mut workspace, mut gradient) = (Workspace::new(), net.clone());
    workspace.loss_and_gradient(&net, &x, &x, Loss::MeanSquaredError, &mut gradient)?;
    Adam::new(0.1).step(&mut net, &gradient)?;
    net.forward(&[T::one()])?;

    let layers = (Linear::new(1, 1, &mut rng), Activation::Tanh);
    let graph = Graph::new();
    let on_graph = graph.matrix(&x);
    operations(&x, &net, &layers)?;
    let y = operations(&on_graph, &net.attach(&graph), &layers.attach(&graph))?;
    net.attach(&graph).forward(&[graph.value(T::one())])?;
    y.backward().of(&on_graph);

    let program = Program::<T>::record(1, 1, |p, x| p[0] * x[0])?;
    program.values(&[T::one()], &x)?;
    program.sum_and_gradient(&[T::one()], &x)?;
    program.values_and_jacobian(&[T::one()], &x)?;
    program.values_and_column_jacobian(&[T::one()], &x)?;
    Ok(())
}

/// Has the functions that draw. It is never called.
#[cfg(feature = "plot")]
pub fn pictures(
    (boundary, confusion, roc): (&Boundary, &ConfusionPicture, &RocCurve),
    (curves, distributions, histograms): (&LossCurves, &Distributions, &Histograms),
    (net, rule, surface): (&NetPicture, &RulePicture, &Surface),
) -> Result<(), Error> {
    fn save(picture: &impl Picture) -> Result<(), Error> {
        picture.save_to(std::path::Path::new(""), Theme::Light)
    }
    save(boundary)?;
    save(confusion)?;
    save(roc)?;
    save(curves)?;
    save(distributions)?;
    save(histograms)?;
    save(net)?;
    save(rule)?;
    save(surface)
}

fn operations<S: Scalar>(x: &Matrix<S>, net: &Mlp<S>, layers: &(Linear<S>, Activation)) -> Result<S, Error> {
    let y = (x.matmul(x).matmul_t(x).t() * x + x - x / 2.0).columns(0..1).hstack(x).vstack(x);
    let y = y.tanh() + y.exp() * y.ln() - y.sqrt() / y.sigmoid() + y.powi(2).softmax() * y.sin();
    Ok(y.row_sums().column_sums().mean()
        + y.row_means().sum()
        + (net.forward_batch(x)? + layers.forward_batch(x)?).sum())
}
