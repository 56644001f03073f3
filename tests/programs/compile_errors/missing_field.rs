//! missing field `scale` in initializer of `Residual
use backprop::{Layer, Module, Scalar};

#[derive(Clone)]
struct Residual<S: Scalar> {
    inner: Layer<S>,
    scale: f64,
}
backprop::module! {
    Residual { inner }
    fn forward_batch(&self, x) { self.inner.forward_batch(x) }
}

fn main() {}
