//! [`Sgd`]: stochastic gradient descent.

use crate::{Error, Net, Rows, Scalar};

/// Stochastic gradient descent: a step against the gradient, `p ← p − learning rate·∂loss/∂p` for every parameter p.
///
/// "Stochastic", as the gradient is that of one sample, or of a few, and not of all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    learning_rate: f64,
}

impl Sgd {
    /// With this learning rate: how far a step goes for a gradient of 1.
    ///
    /// # Panics
    /// When the learning rate is negative, infinite or NaN.
    #[track_caller]
    pub fn new(learning_rate: f64) -> Sgd {
        assert!(
            learning_rate >= 0.0 && learning_rate.is_finite(),
            "a learning rate is finite and not negative, and not {learning_rate}"
        );
        Sgd { learning_rate }
    }

    /// One step: all parameters move at once, by the gradient at where they were.
    ///
    /// ```
    /// use backprop::{Activation, Layer, Mlp, Neuron, Sgd};
    ///
    /// let one = |weight, bias| {
    ///     Mlp::from_layers([Layer::from_neurons([Neuron::new([weight], bias, Activation::Identity)])?])
    /// };
    /// let mut net = one(1.0, 2.0)?;
    /// Sgd::new(0.5).step(&mut net, &one(4.0, -1.0)?)?;
    /// assert_eq!(net.parameters(), [-1.0, 2.5]); // 1 − 0.5·4, 2 + 0.5·1
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Count`] when the gradient has another shape than the net, [`Error::NonFinite`] when a part of it is
    /// infinite or NaN, with its place. Nothing is changed then.
    pub fn step<S: Scalar, N: Net<S>>(&self, net: &mut N, gradient: &N) -> Result<(), Error> {
        let (mut seen, mut non_finite) = (0, None);
        gradient.visit(&mut |block| {
            block.with_slice(|slopes| {
                let found = slopes.iter().position(|slope| !slope.is_finite());
                non_finite = non_finite.or(found.map(|index| (seen + index, slopes[index])));
                seen += slopes.len();
            });
        });
        if let Some((index, slope)) = non_finite {
            let got = slope.to_f64().unwrap_or(f64::NAN);
            return Err(Error::NonFinite { of: "gradient", got, place: gradient.name_of(index) });
        }
        net.check_shape(gradient, "Sgd::step")?;
        let rate = S::of(self.learning_rate);
        net.update(gradient, &mut |parameters, slopes| {
            slopes.with_slice(|slopes| parameters.update(slopes, |parameter, slope| parameter - rate * slope));
        });
        Ok(())
    }
}
