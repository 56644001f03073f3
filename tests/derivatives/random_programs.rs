//! Random programs on a reused tape: scalar nodes, gathered values, custom operations and neurons in any order,
//! differentiated at any of their results. The expected values come from duals, which have no tape.

use backprop::{Activation, Dual, Gradients, Graph, Layer, Matrix, Neuron, Scalar, Value};
use proptest::prelude::*;

const INPUTS: usize = 3;

/// An instruction: the operation, and its two operands, counted back from the last value.
pub type Instruction = (u8, usize, usize);

/// Returns the inputs and all values that the program computes. `gather` returns the values that it gets; `product` is
/// a custom operation.
pub fn run<S: Scalar>(
    program: &[Instruction],
    inputs: &[S],
    gather: impl Fn(Vec<S>) -> Vec<S>,
    product: impl Fn(S, S) -> S,
) -> Vec<S> {
    let mut values = inputs.to_vec();
    for &(operation, i, j) in program {
        let [x, y] = [i, j].map(|back| values[values.len() - 1 - back % values.len()]);
        match operation {
            0..=19 => values.push(x + y),
            20..=29 => values.push(x - y),
            30..=49 => values.push((x * y).tanh()),
            50..=54 => values.push(S::of(0.5) - x),
            55..=64 => values.push(x.sin()),
            65..=69 => values.push(x / (y * y + S::of(1.0))),
            70..=74 => values.push(x.max(y)),
            75..=79 => values.push(S::of(0.25) * x), // with a constant
            80..=84 => values.push(S::of(2.0)),      // a constant
            85..=89 => values.push(product(x, y)),
            90..=94 => values.extend(gather(vec![x, y, x])),
            _ => {
                let neuron = |bias| Neuron::new([x, y, S::of(0.5)], bias, Activation::Tanh);
                let layer = Layer::from_neurons([neuron(x), neuron(S::of(1.0))]).unwrap();
                values.extend(layer.forward(&[y, x, y]).unwrap());
            }
        }
    }
    values
}

proptest! {
    #[test]
    fn tape_and_duals_give_the_same_derivatives(
        programs in prop::collection::vec(
            (prop::collection::vec((0_u8..100, 0_usize..20, 0_usize..20), 0..300), any::<[prop::sample::Index; 4]>()),
            1..4,
        ),
        point in prop::array::uniform3(-1.5..1.5),
    ) {
        let (mut graph, mut gradients) = (Graph::new(), Gradients::new());
        for (program, outputs) in programs {
            graph.clear();
            let inputs = graph.variables(point);
            let on_graph = run(
                &program,
                &inputs,
                |values| Matrix::from(values).into_iter().collect(),
                |x, y| graph.op([x, y], (x * y).data(), {
                    let (x, y) = (x.data(), y.data());
                    move |upstream| [upstream * y, upstream * x]
                }),
            );
            let duals: [Dual<f64, INPUTS>; INPUTS] = std::array::from_fn(|i| Dual::variable(point[i], i));
            let expected = run(&program, &duals, |values| values, |x, y| x * y);
            for output in outputs {
                let (value, expected): (Value<f64>, _) = (*output.get(&on_graph), *output.get(&expected));
                prop_assert_eq!(value.data().to_bits(), expected.data().to_bits());
                value.backward_into(&mut gradients);
                for (input, tangent) in inputs.iter().zip(expected.tangents()) {
                    let (adjoint, scale) = (gradients[*input], tangent.abs().max(1.0));
                    prop_assert!((adjoint - tangent).abs() <= 1e-10 * scale, "expected {tangent}, got {adjoint}");
                }
            }
        }
    }
}
