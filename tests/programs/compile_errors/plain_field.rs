//! `f64` has no parameters
//! list fields without parameters after a semicolon
use backprop::{Layer, Scalar};

#[derive(Clone)]
struct Residual<S: Scalar> {
    inner: Layer<S>,
    scale: f64,
}
backprop::module! {
    Residual { inner, scale }
    fn forward_batch(&self, x) { Ok(x + self.inner.forward_batch(x)? * self.scale) }
}

fn main() {}
