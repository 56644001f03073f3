//! the scalar type is not listed: write `Name { … }`
use backprop::{Layer, Scalar};

#[derive(Clone)]
struct Residual<S: Scalar> {
    inner: Layer<S>,
}
backprop::module! {
    Residual<S> { inner }
    fn forward_batch(&self, x) { self.inner.forward_batch(x) }
}

fn main() {}
