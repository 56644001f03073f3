//! All activations, for the tests that iterate over them.

use backprop::Activation;

pub const ACTIVATIONS: [Activation; 10] = [
    Activation::Step,
    Activation::Identity,
    Activation::Sigmoid,
    Activation::Tanh,
    Activation::Relu,
    Activation::LeakyRelu(0.01),
    Activation::Elu,
    Activation::Gelu,
    Activation::Silu,
    Activation::Softplus,
];
