//! Random programs on one tape, reused: scalar nodes, gathered values, operations of one's own and neurons in any order,
//! differentiated at any of their results. Duals, which keep no tape, say what must come out.

use backprop::{Activation, Dual, Gradients, Graph, Layer, Matrix, Neuron, Scalar, Value};
use proptest::prelude::*;

const INPUTS: usize = 3;

/// An instruction: what, and on which of the numbers so far, counted back from the last.
type Instruction = (u8, usize, usize);

/// All numbers that the program computes. `gather` and `own` give back numbers like those given.
fn run<S: Scalar>(
    program: &[Instruction],
    inputs: &[S],
    gather: impl Fn(Vec<S>) -> Vec<S>,
    own: impl Fn(S, S) -> S,
) -> Vec<S> {
    let mut numbers = inputs.to_vec();
    for &(what, i, j) in program {
        let [x, y] = [i, j].map(|back| numbers[numbers.len() - 1 - back % numbers.len()]);
        match what {
            0..=19 => numbers.push(x + y),
            20..=29 => numbers.push(x - y),
            30..=49 => numbers.push((x * y).tanh()),
            50..=54 => numbers.push(S::of(0.5) - x),
            55..=64 => numbers.push(x.sin()),
            65..=69 => numbers.push(x / (y * y + S::of(1.0))),
            70..=74 => numbers.push(x.max(y)),
            75..=79 => numbers.push(S::of(0.25) * x), // with a constant
            80..=84 => numbers.push(S::of(2.0)),      // is one
            85..=89 => numbers.push(own(x, y)),
            90..=94 => numbers.extend(gather(vec![x, y, x])),
            _ => {
                let neuron = |bias| Neuron::new([x, y, S::of(0.5)], bias, Activation::Tanh);
                let layer = Layer::from_neurons([neuron(x), neuron(S::of(1.0))]).unwrap();
                numbers.extend(layer.forward(&[y, x, y]).unwrap());
            }
        }
    }
    numbers
}

proptest! {
    #[test]
    fn the_tape_differentiates_them_as_duals_do(
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
                |numbers| Matrix::from(numbers).into_iter().collect(),
                |x, y| graph.op([x, y], (x * y).data(), {
                    let (x, y) = (x.data(), y.data());
                    move |upstream| [upstream * y, upstream * x]
                }),
            );
            let duals: [Dual<f64, INPUTS>; INPUTS] = std::array::from_fn(|i| Dual::variable(point[i], i));
            let expected = run(&program, &duals, |numbers| numbers, |x, y| x * y);
            for output in outputs {
                let (value, expected): (Value<f64>, _) = (*output.get(&on_graph), *output.get(&expected));
                prop_assert_eq!(value.data().to_bits(), expected.data().to_bits());
                value.backward_into(&mut gradients);
                for (input, tangent) in inputs.iter().zip(expected.tangents()) {
                    let (adjoint, scale) = (gradients[*input], tangent.abs().max(1.0));
                    prop_assert!((adjoint - tangent).abs() <= 1e-10 * scale, "{adjoint}, not {tangent}");
                }
            }
        }
    }
}
