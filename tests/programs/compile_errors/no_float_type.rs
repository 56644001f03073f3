//! type annotations needed
//! cannot infer type of the type parameter `S` declared on the struct `Mlp`
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use backprop::{Activation, Mlp};

fn main() {
    let net = Mlp::new(2, [(1, Activation::Tanh)], &mut Xoshiro256PlusPlus::seed_from_u64(1));
    drop(net);
}
