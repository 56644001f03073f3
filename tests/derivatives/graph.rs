//! The promises of the graph: long chains need no stack, constants are not recorded, matrices and scalars share a tape,
//! misuse panics with a clear message.

use backprop::ndarray::ArrayView2;
use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, BackwardContext, Gradients, Graph, Layer, Matrix, Operation, Parameters, Scalar, Value};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn chain_of_a_million_nodes_needs_no_stack() {
    let chain = || {
        let graph = Graph::new();
        let start = graph.value(0.5_f64);
        let mut x = start;
        for _ in 0..1_000_000 {
            x = x.sin() * 1.1;
        }
        let derivative = x.backward()[start];
        assert!(derivative.is_finite());
        drop(graph);
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(chain).unwrap().join().unwrap();
}

#[test]
fn constants_record_nothing() {
    let graph = Graph::new();
    let x = graph.value(2.0);
    let constant = Value::constant(3.0).sin() * 2.0 + Value::from(1.0);
    assert_eq!(graph.len(), 1);
    let y = x * constant;
    assert_eq!(graph.len(), 2);
    assert_eq!(y.backward()[x], constant.data());
    assert_eq!(constant.backward()[x], 0.0); // a constant does not depend on x
}

#[test]
fn values_created_after_the_result_have_derivative_0() {
    let graph = Graph::new();
    let x = graph.value(2.0);
    let y = x * x;
    let (later, many) = (y * 5.0, graph.matrix([1.0, 2.0]));
    let gradients = y.backward();
    assert_eq!((gradients[x], gradients[later], gradients[many[(0, 0)]]), (4.0, 0.0, 0.0));
    assert_eq!(gradients.of(&many), [0.0, 0.0]);
}

#[test]
fn matrices_and_scalars_share_a_tape() {
    let graph = Graph::new();
    let (a, b) = (graph.value(2.0), graph.value(3.0));
    let product = a * b; //                                                  6
    let leaves = graph.matrix([5.0, 7.0]);
    let sum = product + leaves[(0, 1)]; //                                    13
    let gathered = Matrix::from(vec![sum, Value::constant(10.0), a, a]); // sum, 10, a, a
    let squares: Value<f64> = gathered.iter().map(|x| x * x).sum();
    assert_eq!(squares.data(), 169.0 + 100.0 + 4.0 + 4.0);
    let gradients = squares.backward();
    assert_eq!(gradients.of(&gathered), [26.0, 20.0, 4.0, 4.0]);
    assert_eq!(gradients.of(&leaves), [0.0, 26.0]);
    assert_eq!((gradients[a], gradients[b]), (26.0 * 3.0 + 8.0, 26.0 * 2.0));

    let inside = gathered[(0, 0)].backward(); // from the middle of a block
    assert_eq!((inside[a], inside[b], inside[squares]), (3.0, 2.0, 0.0));
    let before = product.backward(); // from before any block
    assert_eq!((before[a], before[b], before[leaves[(0, 0)]]), (3.0, 2.0, 0.0));
}

#[test]
fn matrix_without_a_variable_is_constant() {
    let constants = Matrix::from(vec![Value::constant(1.0), Value::constant(2.0)]);
    assert_eq!(constants.iter().map(|x| x.data()).collect::<Vec<f64>>(), [1.0, 2.0]);
    let graph = Graph::new();
    assert_eq!(graph.value(1.0).backward().of(&constants), [0.0, 0.0]);
    assert!(Matrix::from(Vec::<Value<f64>>::new()).is_empty());
    assert!(graph.matrix([0.0; 0]).is_empty());
    let x = graph.value(3.0);
    assert_eq!((x * x).backward()[x], 6.0); // the empty block before x does not matter
}

#[test]
fn custom_operation_propagates_its_derivatives() {
    let graph = Graph::new();
    let (x, k) = (graph.value(3.0), Value::constant(5.0));
    let y = graph.op([x, k, x], 45.0, |upstream| [upstream * 15.0, upstream * f64::NAN, upstream * 15.0]); // x·k·x
    let unused = graph.op([x], 1.0, |_| [f64::NAN]);
    assert_eq!((y * 2.0 + unused * 0.0).backward()[x], 60.0);
    let constant = graph.op([k], 25.0, |_| unreachable!());
    let before = graph.len();
    assert_eq!((constant + 1.0).data(), 26.0);
    assert_eq!(graph.len(), before);
}

#[test]
fn cleared_graph_gives_identical_bits() {
    let (mut graph, mut gradients) = (Graph::new(), Gradients::new());
    let mut bits = None;
    for _ in 0..1000 {
        graph.clear();
        assert!(graph.is_empty());
        let x = graph.matrix([0.1, 0.2, 0.3]);
        let y = x.iter().map(|x| x.sin() * x.exp()).sum::<Value<f64>>();
        y.backward_into(&mut gradients);
        let found = gradients.of(&x).iter().map(|g| g.to_bits()).collect::<Vec<u64>>();
        assert_eq!(bits.get_or_insert(found.clone()), &found);
    }
}

#[test]
fn nested_graphs_give_second_derivatives() {
    let outer = Graph::new();
    let x = outer.value(2.0);
    let inner = Graph::new();
    let on_inner = inner.value(x);
    let first = on_inner.powi(3).backward()[on_inner]; // 3x², a value of the outer graph
    assert_eq!((first.data(), first.backward()[x]), (12.0, 12.0)); // 6x

    let s = on_inner.sigmoid();
    let first = s.backward()[on_inner];
    let sigma = 2.0.sigmoid();
    approx::assert_relative_eq!(first.data(), sigma * (1.0 - sigma), max_relative = 1e-14);
    let second = sigma * (1.0 - sigma) * (1.0 - 2.0 * sigma);
    approx::assert_relative_eq!(first.backward()[x], second, max_relative = 1e-14);
}

#[test]
fn values_are_small_and_graphs_are_send() {
    fn send<T: Send>() {}
    send::<Graph<f64>>();
    send::<Gradients<f64>>();
    assert_eq!((size_of::<Value<f64>>(), size_of::<Value<f32>>()), (24, 16));
}

#[test]
fn values_format_and_compare_as_their_data() {
    let graph = Graph::new();
    let x = graph.value(1.5);
    assert_eq!((format!("{x:.2}"), format!("{:?}", Value::constant(2.0))), ("1.50".into(), "Constant(2.0)".into()));
    assert!(x < 2.0 && x == Value::constant(1.5) && x > Value::constant(1.0));
}

#[test]
#[should_panic(expected = "must be on one graph")]
fn operator_on_values_of_two_graphs_panics() {
    let (one, other) = (Graph::new(), Graph::new());
    let _ = one.value(1.0) * other.value(2.0);
}

#[test]
#[should_panic(expected = "must be on one graph")]
fn custom_operation_on_a_value_of_another_graph_panics() {
    let (one, other) = (Graph::new(), Graph::new());
    one.op([other.value(2.0)], 1.0, |upstream| [upstream]);
}

#[test]
#[should_panic(expected = "a constant has no derivative")]
fn gradient_of_a_constant_panics() {
    let graph = Graph::new();
    let x = graph.value(1.0);
    let _ = x.backward()[Value::constant(1.0)];
}

#[test]
#[should_panic(expected = "no derivative for a value of another graph")]
fn gradient_of_a_value_of_another_graph_panics() {
    let (one, other) = (Graph::new(), Graph::new());
    let _ = one.value(1.0).backward()[other.value(1.0)];
}

#[test]
#[should_panic(expected = "created after the graph was cleared")]
fn gradient_of_a_value_of_a_cleared_graph_panics() {
    let mut graph = Graph::new();
    let gradients = graph.value(1.0).backward();
    graph.clear();
    let _ = gradients[graph.value(1.0)];
}

#[test]
#[should_panic(expected = "no element (0, 2) in a matrix of 1 × 2")]
fn index_outside_a_matrix_panics() {
    let _ = Graph::new().matrix([1.0, 2.0])[(0, 2)];
}

/// A use of the graph in the forward pass of an operation.
#[derive(Clone, Copy)]
enum GraphUse {
    Operator,
    Variables,
    Backward,
}

/// x² of each element. Its forward pass uses the graph that it is recorded on.
struct SquareUsingGraph<'g>(&'g Graph<f64>, Value<'g, f64>, GraphUse);

impl Operation<1> for SquareUsingGraph<'_> {
    type Kept = ();

    fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
        x
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], _: &mut [T]) {
        match self.2 {
            GraphUse::Operator => {
                let _ = self.1 * 2.0;
            }
            GraphUse::Variables => drop(self.0.matrix([1.0, 2.0])),
            GraphUse::Backward => drop(self.1.backward()),
        }
        for (result, &x) in result.iter_mut().zip(x) {
            *result = x * x;
        }
    }

    fn backward<T: Scalar>(_: &(), _: &mut BackwardContext<'_, T, 1>) {}
}

/// A scalar recorded during the forward pass would share its slot with the operation's result.
#[test]
fn operation_that_uses_its_own_graph_panics_and_leaves_the_graph_usable() {
    for graph_use in [GraphUse::Operator, GraphUse::Variables, GraphUse::Backward] {
        let graph = Graph::new();
        let (x, matrix) = (graph.value(3.0), graph.matrix([1.0, 2.0]));
        let compute = || drop(Matrix::compute([&matrix], SquareUsingGraph(&graph, x, graph_use)));
        let panic = catch_unwind(AssertUnwindSafe(compute)).unwrap_err();
        let message = panic.downcast_ref::<String>().cloned().or(panic.downcast_ref::<&str>().map(|s| s.to_string()));
        let message = message.unwrap();
        assert!(message.starts_with("the graph is in use"), "{message}");

        let before = graph.len();
        let y = x * matrix[(0, 1)] + x; // 2x + x
        assert_eq!(graph.len(), before + 2);
        let gradients = y.backward();
        assert_eq!((gradients[x], gradients.of(&matrix)), (3.0, vec![0.0, 3.0]));
    }
}

#[test]
fn graph_len_is_readable_within_an_operation() {
    struct Counting<'g>(&'g Graph<f64>, &'g std::cell::Cell<usize>);
    impl Operation<1> for Counting<'_> {
        type Kept = ();
        fn shape(&self, [x]: [[usize; 2]; 1]) -> [usize; 2] {
            x
        }
        fn forward<T: Scalar>(&self, _: [ArrayView2<'_, T>; 1], _: &mut [T], _: &mut [T]) {
            self.1.set(self.0.len());
        }
        fn backward<T: Scalar>(_: &(), _: &mut BackwardContext<'_, T, 1>) {}
    }
    let (graph, count) = (Graph::new(), std::cell::Cell::new(0));
    let matrix = graph.matrix([1.0, 2.0]);
    drop(Matrix::compute([&matrix], Counting(&graph, &count)));
    assert_eq!(count.get(), 2);
}

#[test]
fn gradients_of_a_sweep_that_panicked_panic() {
    let graph = Graph::new();
    let x = graph.value(2.0);
    let y = graph.op([x], 4.0, {
        let fails = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
        move |upstream| {
            assert!(!fails.swap(false, std::sync::atomic::Ordering::Relaxed), "a bug in the closure");
            [upstream * 4.0]
        }
    });
    let mut gradients = (x * 3.0).backward();
    assert!(catch_unwind(AssertUnwindSafe(|| (y * y).backward_into(&mut gradients))).is_err());
    let panic = catch_unwind(AssertUnwindSafe(|| gradients[x])).unwrap_err();
    assert!(panic.downcast_ref::<&str>().unwrap().contains("a panic ended the backward pass"));
    (y * y).backward_into(&mut gradients); // the closure panics only once
    assert_eq!(gradients[x], 32.0);
}

#[test]
fn unused_inputs_panics_for_values_of_another_graph() {
    let (graph, other) = (Graph::new(), Graph::new());
    let (x, foreign) = (graph.value(2.0), other.variables([1.0, 2.0, 3.0]));
    let gradients = (x * x).backward();
    for values in [vec![foreign[2]], vec![x, foreign[2]], vec![foreign[2], x]] {
        let panic = catch_unwind(AssertUnwindSafe(|| gradients.unused_inputs(&values))).unwrap_err();
        assert!(panic.downcast_ref::<&str>().unwrap().contains("a value of another graph"));
    }
    assert_eq!(gradients.unused_inputs(&[Value::constant(1.0), x]), [0]);
}

/// A path with a derivative of 0 is still a path: through an operator, a matrix operation or a layer.
#[test]
fn unused_inputs_ignores_values_with_a_path_of_derivative_0() {
    let graph = Graph::new();
    let (matrix, x) = (graph.matrix([[0.0, 1.0], [2.0, 3.0]]), graph.value(1.0));
    let values: Vec<_> = matrix.iter().copied().chain([x]).collect();
    let zeros = Matrix::zeros([2, 2]);
    let sum = (&matrix * &zeros).sum() + x.floor();
    assert!(sum.backward().unused_inputs(&values).is_empty());
    let first = matrix.map(Activation::Step).columns(0..1).sum();
    assert_eq!(first.backward().unused_inputs(&values), [1, 3, 4]);
    let product = matrix.matmul(&zeros).columns(0..1).sum();
    assert_eq!(product.backward().unused_inputs(&values), [4]);
    let layer = Layer::<f64>::new(1, 2, Activation::Relu, &mut SomeRng::seed_from_u64(1)).map(&mut |_| matrix.clone());
    let outputs = layer.forward_batch(&Matrix::zeros([1, 1])).unwrap();
    assert!(outputs.sum().backward().unused_inputs(&values[..4]).is_empty());
}
