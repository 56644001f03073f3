//! Three methods of minimization, which use the gradient, the Hessian, or Hessian-vector products.
//!
//! All three differentiate the function automatically and choose the length of a step by backtracking: it is halved
//! until the value decreases by at least a ten-thousandth of the decrease that the directional derivative predicts (the
//! Armijo rule; Nocedal and Wright, *Numerical Optimization*, chapter 3).

use backprop::{Scalar, hessian_vector_product, reverse};

/// A function of any number of variables, generic over the scalar type.
pub trait Objective {
    fn value<S: Scalar>(&self, x: &[S]) -> S;
}

/// The result of a method, and the numbers of its evaluations.
#[derive(Default)]
pub struct Descent {
    /// The visited points, including the first and the last.
    pub path: Vec<Vec<f64>>,
    pub value: f64,
    pub gradient_norm: f64,
    pub values: usize,
    pub gradients: usize,
    pub hessians: usize,
    pub products: usize,
}

impl Descent {
    pub fn steps(&self) -> usize {
        self.path.len() - 1
    }

    pub fn end(&self) -> &[f64] {
        &self.path[self.path.len() - 1]
    }
}

/// Runs gradient descent. The first trial of each step is twice as long as the previous step.
pub fn gradient_descent(f: &impl Objective, start: &[f64], tolerance: f64, max_steps: usize) -> Descent {
    let downhill =
        |_: &[f64], gradient: &[f64], _: &mut Descent| gradient.iter().map(|derivative| -derivative).collect();
    descend(f, start, tolerance, max_steps, |last| 2.0 * last, downhill)
}

/// Runs Newton's method: each step goes to the minimum of the quadratic approximation.
pub fn newton(f: &impl Objective, start: &[f64], tolerance: f64, max_steps: usize) -> Descent {
    let newton_step = |x: &[f64], gradient: &[f64], descent: &mut Descent| {
        descent.hessians += 1;
        let (_, _, hessian) = reverse::hessian(|x| f.value(x), x);
        newton_direction(&hessian, gradient)
    };
    descend(f, start, tolerance, max_steps, |_| 1.0, newton_step)
}

/// Runs the truncated Newton method: the Newton equation is solved by conjugate gradients, which need only
/// Hessian-vector products, and only as precisely as the distance from the minimum requires (Nocedal and Wright,
/// algorithm 7.1).
pub fn truncated_newton(f: &impl Objective, start: &[f64], tolerance: f64, max_steps: usize) -> Descent {
    let approximate_step = |x: &[f64], gradient: &[f64], descent: &mut Descent| {
        conjugate_gradients(gradient, |direction| {
            descent.products += 1;
            hessian_vector_product(|x| f.value(x), x, direction).2
        })
    };
    descend(f, start, tolerance, max_steps, |_| 1.0, approximate_step)
}

/// The loop of all three methods: computes a direction and a step length and takes the step, until the gradient
/// vanishes.
fn descend(
    f: &impl Objective,
    start: &[f64],
    tolerance: f64,
    max_steps: usize,
    first_length: impl Fn(f64) -> f64,
    mut direction: impl FnMut(&[f64], &[f64], &mut Descent) -> Vec<f64>,
) -> Descent {
    let mut descent = Descent { path: vec![start.to_vec()], ..Descent::default() };
    let mut length = 1.0;
    loop {
        let x = descent.end().to_vec();
        let (value, gradient) = reverse::gradient(|x| f.value(x), &x);
        descent.gradients += 1;
        (descent.value, descent.gradient_norm) = (value, dot(&gradient, &gradient).sqrt());
        if descent.gradient_norm <= tolerance || descent.steps() == max_steps {
            return descent;
        }

        let direction = direction(&x, &gradient, &mut descent);
        let directional_derivative = dot(&gradient, &direction);
        length = first_length(length);
        let mut next = step_from(&x, length, &direction);
        descent.values += 1;
        while f.value(&next) > value + 1e-4 * length * directional_derivative {
            length /= 2.0;
            if length < 1e-20 {
                return descent; // no decrease is possible in double precision
            }
            next = step_from(&x, length, &direction);
            descent.values += 1;
        }
        descent.path.push(next);
    }
}

/// Solves `H·d = −g` for d; adds a multiple of the identity to H as needed to make it positive definite.
fn newton_direction(hessian: &[Vec<f64>], gradient: &[f64]) -> Vec<f64> {
    let downhill: Vec<f64> = gradient.iter().map(|derivative| -derivative).collect();
    let mut shift = 0.0;
    loop {
        if let Some(direction) = solve(hessian, shift, &downhill) {
            return direction;
        }
        shift = (10.0 * shift).max(1e-3);
    }
}

/// Solves `(A + shift)·x = b` by the Cholesky factorization `A + shift = L·Lᵀ`; `None` if A + shift is not positive
/// definite.
pub fn solve(a: &[Vec<f64>], shift: f64, b: &[f64]) -> Option<Vec<f64>> {
    let mut l: Vec<Vec<f64>> = Vec::with_capacity(a.len());
    let mut x = b.to_vec();
    for (i, row) in a.iter().enumerate() {
        let mut current: Vec<f64> = Vec::with_capacity(i + 1);
        for (j, factors) in l.iter().enumerate() {
            current.push((row[j] - dot(&current, &factors[..j])) / factors[j]);
        }
        let pivot = row[i] + shift - dot(&current, &current);
        if pivot.is_nan() || pivot <= 0.0 {
            return None;
        }
        x[i] = (x[i] - dot(&current, &x[..i])) / pivot.sqrt();
        current.push(pivot.sqrt());
        l.push(current);
    }
    for i in (0..x.len()).rev() {
        let known: f64 = (i + 1..x.len()).map(|j| l[j][i] * x[j]).sum();
        x[i] = (x[i] - known) / l[i][i];
    }
    Some(x)
}

/// Solves `H·d = −g` approximately from products with H. Stops at a direction of negative curvature, in which the
/// quadratic approximation has no minimum.
fn conjugate_gradients(gradient: &[f64], mut times_hessian: impl FnMut(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let norm = dot(gradient, gradient).sqrt();
    let tolerance = norm * norm.sqrt().min(0.5);
    let mut d = vec![0.0; gradient.len()];
    let mut residual = gradient.to_vec();
    let mut direction: Vec<f64> = residual.iter().map(|r| -r).collect();
    let mut square = dot(&residual, &residual);
    for step in 0..2 * gradient.len() {
        let product = times_hessian(&direction);
        let curvature = dot(&direction, &product);
        if curvature <= 0.0 {
            return if step == 0 { direction } else { d };
        }
        let length = square / curvature;
        d = step_from(&d, length, &direction);
        residual = step_from(&residual, length, &product);
        let next_square = dot(&residual, &residual);
        if next_square.sqrt() <= tolerance {
            break;
        }
        direction = residual.iter().zip(&direction).map(|(r, p)| next_square / square * p - r).collect();
        square = next_square;
    }
    d
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Computes `x + length·direction`.
fn step_from(x: &[f64], length: f64, direction: &[f64]) -> Vec<f64> {
    x.iter().zip(direction).map(|(x, d)| x + length * d).collect()
}
