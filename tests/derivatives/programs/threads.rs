//! Programs are shared by threads, and give the same bits on any number of them.

use super::{Float, Function, bits, function, points, record, results};
use backprop::Program;
use backprop::ndarray::{Array2, s};
use num_traits::ToPrimitive;
use std::sync::Barrier;

#[test]
fn programs_can_be_shared_and_sent() {
    fn check<P: Send + Sync + 'static>() {}
    check::<Program<f32>>();
    check::<Program<f64>>();
}

function! {
    // A path for each integer part, each with other derivatives and other numbers of uniform values
    Steps(p, x) => {
        let steps = x[0].to_i32().unwrap_or(0).abs() % 9;
        let y = (0..steps).fold(x[1], |y, i| (y * p[0]).sin() * p[(i % 3) as usize] + (p[1] * S::of(f64::from(i))).exp());
        vec![if steps % 2 == 0 { y * p[2] } else { y - x[2] * p[1] }]
    };
}

fn rows<T: Float>() -> Array2<T> {
    let mut x = points::<T>(900, 3, 1.0, 3);
    (0..900).for_each(|i| x[(i, 0)] = T::of((i % 9) as f64 + 0.5));
    x
}

const P: [f64; 3] = [0.7, 0.2, -0.4];

/// Threads that find new paths at the same time, each in another order, get the results of one thread.
#[test]
fn calls_from_several_threads_at_once_are_right() {
    const THREADS: usize = 4;
    let x = rows::<f64>();
    // The points of each thread take other paths first.
    let parts: Vec<Array2<f64>> = (0..THREADS).map(|thread| x.slice(s![thread..;THREADS, ..]).to_owned()).collect();
    let all = |program: &Program<f64>, x: &Array2<f64>| {
        let (sum, gradient) = program.sum_and_gradient(&P, x).unwrap();
        (results(program, &P, x.view()).bits(), bits(&[sum]), bits(&gradient))
    };
    let expected: Vec<_> = parts.iter().map(|x| all(&record(&Steps, 3, 3), x)).collect();
    for round in 0..60 {
        let (program, barrier) = (record::<f64, _>(&Steps, 3, 3), Barrier::new(THREADS));
        std::thread::scope(|scope| {
            for (x, expected) in parts.iter().zip(&expected) {
                let (all, program, barrier) = (&all, &program, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    assert!(all(program, x) == *expected, "round {round}");
                });
            }
        });
        let counts = program.path_counts();
        assert_eq!(counts.len(), 9, "round {round}: {counts:?}");
        assert_eq!(counts.iter().sum::<u64>(), 4 * 900, "round {round}: {counts:?}");
    }
}

/// Each thread asks for the gradient of points on a path of its own, all at the same moment.
#[test]
fn gradients_of_new_paths_found_at_once_are_right() {
    let x: Vec<Array2<f64>> = (1..9).map(|path| Array2::from_elem((64, 3), f64::from(path) + 0.5)).collect();
    let expected: Vec<_> = x.iter().map(|x| record(&Steps, 3, 3).sum_and_gradient(&P, x).unwrap()).collect();
    for round in 0..300 {
        let (program, barrier) = (record::<f64, _>(&Steps, 3, 3), Barrier::new(2));
        std::thread::scope(|scope| {
            for i in [round % 8, (round + 1 + round / 8 % 7) % 8] {
                let (program, barrier, x, expected) = (&program, &barrier, &x, &expected);
                scope.spawn(move || {
                    barrier.wait();
                    assert_eq!(
                        program.sum_and_gradient(&P, &x[i]).unwrap(),
                        expected[i],
                        "round {round}, path {}",
                        i + 1
                    );
                });
            }
        });
    }
}

#[cfg(feature = "rayon")]
#[test]
fn any_number_of_threads_gives_the_same_bits() {
    function! {
        // More than 64 paths, so that some points are recorded by the threads
        ManySteps(p, x) => {
            let steps = x[0].to_i32().unwrap_or(0);
            vec![(x[1] * p[0] + S::of(f64::from(steps))).sin() * p[1], x[2] * p[2]]
        };
        Smooth(p, x) => vec![((x[0] * p[0] + x[1]).sin() * p[1]).exp() / (x[2] * p[2]).cosh()];
    }
    fn check<T: Float, F: Function>(f: &F, count: usize) {
        let mut x = points::<T>(count, 3, 1.0, 3);
        (0..count).for_each(|i| x[(i, 0)] = T::of((i * 7 % 100) as f64 + 0.5));
        let p = P.map(T::of);
        let all = |program: &Program<T>| {
            let (sum, gradient) = program.sum_and_gradient(&p, &x).unwrap();
            (results(program, &p, x.view()).bits(), bits(&[sum]), bits(&gradient))
        };
        let expected = all(&record(f, 3, 3));
        for threads in [1, 2, 3, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let program = record::<T, F>(f, 3, 3).parallel();
            for call in 0..2 {
                assert!(pool.install(|| all(&program)) == expected, "{f:?}: {threads} threads, call {call}");
            }
        }
    }
    check::<f64, _>(&Smooth, 20_000);
    check::<f32, _>(&Smooth, 20_000);
    check::<f64, _>(&Steps, 9_000);
    check::<f32, _>(&Steps, 5_000);
    check::<f64, _>(&ManySteps, 2_500);
}

/// A panic of the function on a thread of the pool arrives at the caller, and the program stays usable.
#[cfg(feature = "rayon")]
#[test]
fn panic_on_another_thread_arrives_at_the_caller() {
    let program = Program::record(1, 1, |p, x| {
        assert!(x[0] < 90.0, "too large");
        p[0] * f64::from(x[0].to_i32().unwrap())
    });
    let program = program.unwrap().parallel();
    let x = Array2::from_shape_fn((20_000, 1), |(i, _)| (i * 7 % 100) as f64 + 0.5);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| program.values(&[2.0], &x)));
    let panic = result.unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"too large"));
    assert_eq!(program.values(&[2.0], [[3.5], [70.5]]).unwrap(), [6.0, 140.0]);
}
