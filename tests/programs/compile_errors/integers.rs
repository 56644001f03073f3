//! `{integer}` is not a scalar type
//! write a number with a point: `2.0`
use backprop::Graph;

fn main() {
    let _ = Graph::new().variables([2, 3]);
}
