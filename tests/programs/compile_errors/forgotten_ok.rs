//! expected `Result<Matrix<S>, Error>`, found `Matrix<S>`
//! try wrapping the expression in `Ok`
use backprop::{Layer, Module, Scalar};

#[derive(Clone)]
struct Residual<S: Scalar> {
    inner: Layer<S>,
}
backprop::module! {
    Residual { inner }
    fn forward_batch(&self, x) { x + self.inner.forward_batch(x)? }
}

fn main() {}
