//! Random functions: programs, graph and duals agree.

use super::{Float, Function, bits, compare, compare_with, function, points, record, results};
use crate::random_programs::{self, Instruction};
use backprop::ndarray::Array2;
use backprop::rand::{RngExt, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Program, RecordedValue, Scalar};
use num_traits::{Float as _, ToPrimitive};
use std::cmp::Ordering;
use std::num::FpCategory;

/// A random function with branches: blocks of instructions, each with a question that decides between two blocks of
/// instructions.
#[derive(Clone, Debug)]
struct Branching {
    blocks: Vec<(usize, [Vec<Instruction>; 2])>,
    outputs: usize,
}

/// The number of kinds of questions.
const QUESTIONS: usize = 20;

/// Asks a question about two values.
fn ask<S: Scalar>(question: usize, x: S, y: S) -> bool {
    let zero = S::zero();
    match question {
        0 => x < y,
        1 => x <= y,
        2 => x > y,
        3 => x >= y,
        4 => x.max(y) == x,
        5 => x.abs() != x,
        6 => x.partial_cmp(&y) == Some(Ordering::Less),
        7 => (x.relu() / y.relu()).is_nan(),
        8 => (x / y.relu()).is_infinite(),
        9 => (x / y.relu()).is_finite(),
        10 => x.relu().classify() == FpCategory::Zero,
        11 => x.relu().is_normal(),
        12 => (x * S::min_positive_value()).is_subnormal(),
        13 => x.is_sign_negative(),
        14 => (x - y).is_nan() || (x - y).is_sign_positive(), // Rust does not define the sign of NaN
        15 => (x + y).relu().is_zero(),
        16 => (x * S::of(3.0)).to_i64().is_some_and(|n| n % 2 == 0),
        17 => y.to_u8().is_some(),
        18 => (x + x).floor() == x.floor() + x.floor(),
        // A loop whose number of steps depends on the values
        19 => {
            let (mut sum, mut steps) = (zero, 0);
            while sum < x.abs() + S::one() && steps < 10 {
                sum += S::of(0.3) + y.abs();
                steps += 1;
            }
            steps % 2 == 0
        }
        _ => unreachable!(),
    }
}

impl Branching {
    fn random(rng: &mut SomeRng, length: usize) -> Branching {
        let mut instructions = || {
            (0..length).map(|_| (rng.random_range(0..100), rng.random_range(0..20), rng.random_range(0..20))).collect()
        };
        let blocks: Vec<[Vec<Instruction>; 2]> = (0..3).map(|_| [instructions(), instructions()]).collect();
        let blocks = blocks.into_iter().map(|block| (rng.random_range(0..QUESTIONS), block)).collect();
        Branching { blocks, outputs: rng.random_range(1..4) }
    }
}

impl Function for Branching {
    fn at<S: Scalar>(&self, p: &[S], x: &[S]) -> Vec<S> {
        let mut values = [p, x].concat();
        for (question, blocks) in &self.blocks {
            let [x, y] = [values[values.len() - 1], values[values.len() / 2]];
            let block = &blocks[usize::from(ask(*question, x, y))];
            values = random_programs::run(block, &values, |values| values, |x, y| x * y);
            // The values of the last blocks are those that the next one uses.
            let third = values.len() / 3;
            values.rotate_left(third);
        }
        values.split_off(values.len() - self.outputs)
    }
}

fn random_functions_agree<T: Float>(length: usize, count: u64, rows: usize) -> usize {
    let mut paths = 0;
    for seed in 0..count {
        let f = Branching::random(&mut super::rng(seed), length);
        let p = [T::of(0.3), T::of(-0.6)];
        paths += compare(&f, &p, points(rows, 3, 1.5, seed).view()).path_counts().len();
    }
    paths
}

#[test]
fn random_functions_with_branches_agree_with_graph_and_duals() {
    assert!(random_functions_agree::<f64>(12, 40, 300) > 100);
    assert!(random_functions_agree::<f32>(12, 20, 300) > 50);
    random_functions_agree::<f64>(150, 3, 200);
}

#[test]
fn random_functions_agree_at_thousands_of_points() {
    for seed in 100..103 {
        let f = Branching::random(&mut super::rng(seed), 8);
        compare(&f, &[0.4, -0.8], points(5000, 3, 1.5, seed).view());
    }
}

/// Every kind of question decides between two paths.
#[test]
fn questions_are_answered_for_each_point() {
    #[derive(Clone, Debug)]
    struct Question(usize);
    impl Function for Question {
        fn at<S: Scalar>(&self, p: &[S], x: &[S]) -> Vec<S> {
            vec![if ask(self.0, x[0], x[1]) { x[0] * p[0] } else { x[1].sin() * p[1] }]
        }
    }
    for question in 0..QUESTIONS {
        let mut x = points::<f64>(200, 2, 2.5, 1);
        let special = [0.0, -0.0, 1.0, -1.0, f64::INFINITY, f64::NEG_INFINITY, 1e-310];
        for (i, &a) in special.iter().enumerate() {
            for (j, &b) in special.iter().enumerate() {
                x[(i * special.len() + j, 0)] = a;
                x[(i * special.len() + j, 1)] = b;
            }
        }
        let f = Question(question);
        let program = record::<f64, _>(&f, 2, 2);
        let p = [1.5, -0.5];
        let found = results(&program, &p, x.view());
        for (i, row) in x.rows().into_iter().enumerate() {
            let expected = f.at(&p, &row.to_vec())[0];
            let is_right = super::close(found.values[i], expected, 1e-300);
            assert!(is_right, "question {question} at {row}: expected {expected}, got {}", found.values[i]);
        }
        assert!(program.path_counts().len() >= 2, "question {question}: {:?}", program.path_counts());
        assert_eq!(program.path_counts().iter().sum::<u64>(), 3 * 200, "question {question}");
    }
}

/// Questions about a NaN of either sign, which Rust does not define, have one answer in the recording and in the program.
#[test]
fn questions_about_nan_are_answered() {
    type R = RecordedValue<f64>;
    let questions: [fn(R) -> bool; 4] = [
        |x| x.is_sign_negative(),
        |x| x.to_i64().is_none(),
        |x| x.integer_decode().0 % 2 == 0,
        |x| x.partial_cmp(&R::constant(0.0)).is_none(),
    ];
    let operands: [fn(R) -> R; 5] = [|x| x, |x| -x, |x| (x - x) * -1.0, |x| -(x / x).sin(), |x| (-x).max(-x)];
    for (i, question) in questions.into_iter().enumerate() {
        for (j, operand) in operands.into_iter().enumerate() {
            for first in [f64::NAN, -f64::NAN, 1.0, 0.0] {
                let f = move |_: &[R], x: &[R]| R::constant(if question(operand(x[0])) { 1.0 } else { 2.0 });
                let program = Program::record_at(&[], &[first], f).unwrap();
                let x = [[f64::NAN], [-f64::NAN], [f64::INFINITY], [0.0], [-1.0]];
                let found = program.values(&[], x);
                assert!(found.is_ok(), "question {i} about operand {j}, recorded at {first}: {found:?}");
                assert_eq!(program.values(&[], x), found);
            }
        }
    }
}

/// A random function of sums, products, quotients and roots.
#[derive(Clone, Debug)]
struct Arithmetic(Vec<Instruction>);

impl Function for Arithmetic {
    fn at<S: Scalar>(&self, p: &[S], x: &[S]) -> Vec<S> {
        let mut values = [p, x].concat();
        for &(operation, i, j) in &self.0 {
            let [x, y] = [i, j].map(|back| values[values.len() - 1 - back % values.len()]);
            values.push(match operation % 10 {
                0 | 1 => x + y,
                2 | 3 => x - y,
                4 | 5 => x * y,
                6 => x / y,
                7 => -x,
                8 => x.abs().sqrt(),
                _ => S::of(1.5) - x * S::of(0.75),
            });
        }
        values.split_off(values.len() / 2)
    }
}

/// Values of sums, products, quotients and roots have the bits of the function over floats, at 0 and infinity too.
#[test]
fn arithmetic_has_the_bits_of_floats() {
    fn check<T: Float>() {
        for seed in 0..60 {
            let mut rng = super::rng(seed);
            let length = [5, 30, 200][seed as usize % 3];
            let mut instruction = || (rng.random_range(0..100), rng.random_range(0..12), rng.random_range(0..12));
            let f = Arithmetic((0..length).map(|_| instruction()).collect());
            let p = [T::of(0.7), T::of(-1.3)];
            let mut x = points::<T>(150, 3, 2.0, seed);
            let mut rng = super::rng(seed);
            for x in x.iter_mut().step_by(7) {
                let special = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1.0, -1.0, 1e-30];
                *x = T::of(special[rng.random_range(0..special.len())]);
            }
            let found = record::<T, _>(&f, 2, 3).values(&p, &x).unwrap();
            let expected: Vec<T> = x.rows().into_iter().flat_map(|row| f.at(&p, &row.to_vec())).collect();
            let same = bits(&found) == bits(&expected);
            let first = found.iter().zip(&expected).position(|(&a, &b)| bits(&[a]) != bits(&[b]));
            assert!(same, "{f:?}: value {first:?} is {:?}, not {:?}", found[first.unwrap()], expected[first.unwrap()]);
        }
    }
    check::<f32>();
    check::<f64>();
}

function! {
    // Sums of many products, in which a value has many uses
    Polynomial(p, x) => {
        let powers: Vec<S> = std::iter::successors(Some(S::one()), |&power| Some(power * x[0])).take(40).collect();
        vec![powers.iter().enumerate().map(|(i, &power)| power * p[i % 3] / S::of(1.0 + i as f64)).sum()]
    };
    // A long chain
    Chain(p, x) => {
        let mut y = x[0];
        for i in 0..600 {
            y = y * p[i % 3] - (x[i % 2] + y).sin() * S::of(0.5);
        }
        vec![y, y * x[1]]
    };
    // One value with hundreds of uses, so that its adjoint is added in several sums
    ManyUses(p, x) => {
        let shared = (x[0] * p[0] + p[1]).tanh();
        vec![(0..300).map(|i| shared * (x[1] + S::of(f64::from(i)) * p[2]).sin()).sum()]
    };
    // A product of all values
    Product(p, x) => vec![p.iter().chain(x).fold(S::one(), |product, &x| product * (x + S::one()))];
    // Outputs that are a parameter, a column, a constant, equal to another, and that use some of them
    Plain(p, x) => vec![p[0], x[0], S::of(2.5), p[0], x[1] * S::of(2.0), p[1] * p[2], S::zero() * x[0] + p[0]];
    // Parameters alone, so that all is computed once a call
    Uniform(p, x) => {
        let _ = x;
        vec![(p[0] * p[1]).exp() + p[2].sin() / p[0], if p[1] > p[2] { p[1].powi(3) } else { p[2] }]
    };
    // Columns alone
    ColumnsAlone(p, x) => {
        let _ = p;
        vec![(x[0] * x[1]).cos(), x[0] - x[1]]
    };
    // Negations and subtractions in every position
    Signs(p, x) => {
        let same = x[0];
        vec![
        -(x[0] * p[0]) - x[1] * p[1],
        -(-(x[0] - x[1] * p[0])) - (p[1] - x[0]) - (x[1] - p[2]),
        (x[0] - x[1]) + (p[0] - x[0] * x[1]) - -(x[0] + p[2]),
        x[0] + x[0],
        x[0] * p[0] + x[0] * p[0],
        x[0] - same,
    ]
    };
    // x·y + z, rounded once, in every combination of columns, parameters and constants
    Fused(p, x) => {
        let c = S::of(1.25);
        let operands = [p[0], x[0], c];
        let mut values = Vec::new();
        for a in operands {
            for b in operands {
                values.extend(operands.map(|c| a.mul_add(b, c)));
            }
        }
        values
    };
    // The largest of several, and the order of a sort
    Sorted(p, x) => {
        let mut values = [p, x].concat();
        values.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let weights = (1..).map(|i| S::of(f64::from(i)));
        vec![values.iter().zip(weights).map(|(&x, weight)| x * weight).sum(), values[0].max(values[1]).min(values[4])]
    };
    // Newton's iteration until it converges: another number of steps at each point
    Newton(p, x) => {
        let target = x[0].abs() + p[0].abs() + S::of(0.1);
        let mut root = target;
        let mut steps = 0;
        while (root * root - target).abs() > S::of(1e-3) * target && steps < 50 {
            root = (root + target / root) * S::of(0.5);
            steps += 1;
        }
        vec![root * p[1] + x[1] * p[2], S::of(f64::from(steps))]
    };
    // Casts that choose an entry of a table
    Table(p, x) => {
        let table = [p[0], p[1], p[2], p[0] * p[1]];
        let index = (x[0].abs() * S::of(2.0)).to_usize().unwrap_or(0) % 4;
        vec![table[index] * x[1], table[(index + 1) % 4]]
    };
    // Derivatives within the function
    Nested(p, x) => {
        let (y, slope) = backprop::derivative(|t| (t * t.sin() + t.exp()).powi(3) / (t * t + S::one()).sqrt(), x[0] * p[0]);
        let (_, [a, b]) = backprop::gradient(|[a, b]| a.hypot(b) * a.atan2(b) - a.max(b).powf(b), [x[1].exp(), p[1].exp()]);
        vec![y.tanh(), slope.sin(), a * p[2], b]
    };
}

/// Functions that are compiled in a way of their own.
#[test]
fn particular_functions_agree_with_graph_and_duals() {
    fn check<T: Float>() {
        let p = [0.6, -0.7, 0.25].map(T::of);
        let x = points::<T>(150, 2, 0.9, 5);
        let x = x.view();
        compare(&Polynomial, &p, x);
        if T::epsilon() < T::of(1e-10) {
            compare(&Chain, &p, x); // which multiplies rounding errors
        }
        compare(&ManyUses, &p, x);
        compare(&Product, &p, x);
        compare(&Plain, &p, x);
        compare(&Uniform, &p, x);
        compare(&ColumnsAlone, &p, x);
        compare(&Signs, &p, x);
        compare(&Fused, &p, x);
        assert!(compare(&Sorted, &p, x).path_counts().len() > 10);
        assert!(compare(&Newton, &p, x).path_counts().len() > 2);
        assert!(compare(&Table, &p, x).path_counts().len() == 3); // that of the recording, where the index is 2, too
        compare(&Nested, &p, x);
    }
    check::<f32>();
    check::<f64>();
}

/// `mul_add` is rounded once.
#[test]
fn mul_add_has_the_bits_of_floats() {
    fn check<T: Float>() {
        let (p, x) = ([T::of(0.6)], points::<T>(100, 2, 3.0, 8));
        let found = record::<T, _>(&Fused, 1, 2).values(&p, &x).unwrap();
        let expected: Vec<T> = x.rows().into_iter().flat_map(|row| Fused.at(&p, &row.to_vec())).collect();
        assert_eq!(bits(&found), bits(&expected));
    }
    check::<f32>();
    check::<f64>();
}

/// A program that was recorded at another point has the same results.
#[test]
fn results_do_not_depend_on_the_point_of_the_recording() {
    let (p, x) = ([0.6, -0.7, 0.25], points::<f64>(150, 2, 0.9, 5));
    for at in [-3.0, 0.0, 0.5, f64::NAN, f64::INFINITY] {
        let program = Program::record_at(&[at; 3], &[at; 2], |p, x| Newton.at(p, x)).unwrap();
        compare_with(program, &Newton, &p, x.view());
    }
}

/// The comparison can fail: it detects an error of 1e-9 of one derivative at one point.
#[test]
#[should_panic(expected = "derivatives, by the graph")]
fn comparison_detects_a_wrong_derivative() {
    #[derive(Clone, Debug)]
    struct Wrong;
    impl Function for Wrong {
        fn at<S: Scalar>(&self, p: &[S], x: &[S]) -> Vec<S> {
            let is_recorded = std::any::type_name::<S>().contains("RecordedValue");
            let error = S::of(if is_recorded { 1e-9 } else { 0.0 });
            vec![p[0] * x[0] + (x[0] - S::of(2.0)).relu() * error * (p[0] - S::one())]
        }
    }
    let mut x = points::<f64>(20, 1, 1.0, 1);
    x[(13, 0)] = 5.0;
    compare(&Wrong, &[1.0], x.view());
}

function! {
    SameOperands(p, x) => {
        let [a, b] = [x[0], x[0]];
        vec![a / b * p[0], a.atan2(b) + p[1], a % b]
    };
}

/// The two derivatives of x/x cancel each other, also where each overflows.
#[test]
fn ratios_of_a_value_to_itself_have_the_derivative_0() {
    let x = Array2::from_shape_vec([6, 1], vec![1e-310, -1e-310, 1e-300, 1.0, -2.5, 1e300]).unwrap();
    let program = compare(&SameOperands, &[1.5, 0.5], x.view());
    let (_, jacobian) = program.values_and_column_jacobian(&[1.5, 0.5], &x).unwrap();
    assert!(jacobian.iter().all(|&derivative| derivative == 0.0), "{jacobian}");
}
