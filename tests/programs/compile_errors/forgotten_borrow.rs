//! `forward_batch` borrows the module: write `fn forward_batch(&self, x)`
use backprop::{Layer, Scalar};

#[derive(Clone)]
struct Residual<S: Scalar> {
    inner: Layer<S>,
}
backprop::module! {
    Residual { inner }
    fn forward_batch(self, x) { self.inner.forward_batch(x) }
}

fn main() {}
