//! not a function of one variable with its derivative
//! a closure has no derivative
use backprop::Matrix;

fn main() {
    let _ = Matrix::from([[1.0]]).map(|x: f64| x * x);
}
