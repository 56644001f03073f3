//! the trait bound `Residual<R>: Clone` is not satisfied
//! consider annotating `Residual<R>` with `#[derive(Clone)]`
use backprop::{Layer, Scalar};

struct Residual<S: Scalar> {
    inner: Layer<S>,
}
backprop::module! {
    Residual { inner }
    fn forward_batch(&self, x) { self.inner.forward_batch(x) }
}

fn main() {}
