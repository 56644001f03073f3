//! The lecture's network with hand-derived partial derivatives, which backpropagation must reproduce.
//!
//! It is written name by name, without arrays or loops, so that it can be compared with the lecture (after Victor
//! Zhou's *Machine Learning for Beginners: An Introduction to Neural Networks*). `d_l_d_w1` stands for ∂L/∂w1.
//!
//! ```text
//!   x1 ──w1──▶ h1 ──w5─┐
//!      ╲w3 w2╱         ├─▶ o1 = the prediction,   L = (y_true − o1)²
//!       ╳              │
//!      ╱   ╲           │
//!   x2 ──w4──▶ h2 ──w6─┘
//! ```

use backprop::Mlp;

/// σ(x) = 1 / (1 + e⁻ˣ)
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// σ′(x) = σ(x)·(1 − σ(x))
pub fn deriv_sigmoid(x: f64) -> f64 {
    let fx = sigmoid(x);
    fx * (1.0 - fx)
}

/// Two inputs, two hidden neurons h1 and h2, one output neuron o1, all with the sigmoid.
pub struct OurNeuralNetwork {
    pub w1: f64,
    pub w2: f64,
    pub w3: f64,
    pub w4: f64,
    pub w5: f64,
    pub w6: f64,
    pub b1: f64,
    pub b2: f64,
    pub b3: f64,
}

/// The partial derivatives of the loss of one sample with respect to each weight and each bias.
pub struct Partials {
    pub d_l_d_w1: f64,
    pub d_l_d_w2: f64,
    pub d_l_d_w3: f64,
    pub d_l_d_w4: f64,
    pub d_l_d_w5: f64,
    pub d_l_d_w6: f64,
    pub d_l_d_b1: f64,
    pub d_l_d_b2: f64,
    pub d_l_d_b3: f64,
}

impl OurNeuralNetwork {
    /// Creates the network with the parameters of `net`.
    ///
    /// # Panics
    /// If `net` does not have the nine parameters of a 2-2-1 network.
    pub fn of(net: &Mlp<f64>) -> Self {
        let parameters = net.parameters().try_into().expect("nine parameters");
        let [w1, w2, b1, w3, w4, b2, w5, w6, b3]: [f64; 9] = parameters;
        Self { w1, w2, w3, w4, w5, w6, b1, b2, b3 }
    }

    /// Returns the prediction for one sample.
    pub fn feedforward(&self, x: [f64; 2]) -> f64 {
        let h1 = sigmoid(self.w1 * x[0] + self.w2 * x[1] + self.b1);
        let h2 = sigmoid(self.w3 * x[0] + self.w4 * x[1] + self.b2);
        sigmoid(self.w5 * h1 + self.w6 * h2 + self.b3)
    }

    /// Returns all nine partial derivatives of L = (y_true − y_pred)² at one sample, by the chain rule.
    pub fn partials(&self, x: [f64; 2], y_true: f64) -> Partials {
        // Forward pass; keep the values that the derivatives need
        let sum_h1 = self.w1 * x[0] + self.w2 * x[1] + self.b1;
        let h1 = sigmoid(sum_h1);

        let sum_h2 = self.w3 * x[0] + self.w4 * x[1] + self.b2;
        let h2 = sigmoid(sum_h2);

        let sum_o1 = self.w5 * h1 + self.w6 * h2 + self.b3;
        let y_pred = sigmoid(sum_o1);

        // The loss
        let d_l_d_ypred = -2.0 * (y_true - y_pred);

        // Neuron o1
        let d_ypred_d_w5 = h1 * deriv_sigmoid(sum_o1);
        let d_ypred_d_w6 = h2 * deriv_sigmoid(sum_o1);
        let d_ypred_d_b3 = deriv_sigmoid(sum_o1);

        let d_ypred_d_h1 = self.w5 * deriv_sigmoid(sum_o1);
        let d_ypred_d_h2 = self.w6 * deriv_sigmoid(sum_o1);

        // Neuron h1
        let d_h1_d_w1 = x[0] * deriv_sigmoid(sum_h1);
        let d_h1_d_w2 = x[1] * deriv_sigmoid(sum_h1);
        let d_h1_d_b1 = deriv_sigmoid(sum_h1);

        // Neuron h2
        let d_h2_d_w3 = x[0] * deriv_sigmoid(sum_h2);
        let d_h2_d_w4 = x[1] * deriv_sigmoid(sum_h2);
        let d_h2_d_b2 = deriv_sigmoid(sum_h2);

        // The chain rule: multiply along the path from the loss to the parameter
        Partials {
            d_l_d_w1: d_l_d_ypred * d_ypred_d_h1 * d_h1_d_w1,
            d_l_d_w2: d_l_d_ypred * d_ypred_d_h1 * d_h1_d_w2,
            d_l_d_b1: d_l_d_ypred * d_ypred_d_h1 * d_h1_d_b1,

            d_l_d_w3: d_l_d_ypred * d_ypred_d_h2 * d_h2_d_w3,
            d_l_d_w4: d_l_d_ypred * d_ypred_d_h2 * d_h2_d_w4,
            d_l_d_b2: d_l_d_ypred * d_ypred_d_h2 * d_h2_d_b2,

            d_l_d_w5: d_l_d_ypred * d_ypred_d_w5,
            d_l_d_w6: d_l_d_ypred * d_ypred_d_w6,
            d_l_d_b3: d_l_d_ypred * d_ypred_d_b3,
        }
    }
}

impl Partials {
    /// Returns the derivatives in the order of `backprop::Mlp::parameters`.
    pub fn in_order(&self) -> [f64; 9] {
        [
            self.d_l_d_w1,
            self.d_l_d_w2,
            self.d_l_d_b1,
            self.d_l_d_w3,
            self.d_l_d_w4,
            self.d_l_d_b2,
            self.d_l_d_w5,
            self.d_l_d_w6,
            self.d_l_d_b3,
        ]
    }
}
