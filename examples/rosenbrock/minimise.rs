//! Three ways downhill, each with what it asks of the function: its gradient, its Hessian, or the Hessian times a vector.
//!
//! All three take the derivatives from the function itself, written once, and choose the length of a step by
//! backtracking: half of it, and half again, until the value falls by a ten-thousandth of what the slope promises (the
//! Armijo rule; Nocedal and Wright, *Numerical Optimization*, chapter 3).

use backprop::{Scalar, hessian_vector_product, reverse};

/// A function of any number of variables, for every kind of number.
pub trait Objective {
    fn value<S: Scalar>(&self, x: &[S]) -> S;
}

/// Where a method came to, and what it took.
#[derive(Default)]
pub struct Descent {
    /// The points on the way, the first and the last among them.
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

/// Steps against the gradient. Each starts with twice the length of the one before.
pub fn gradient_descent(f: &impl Objective, start: &[f64], tolerance: f64, most_steps: usize) -> Descent {
    let downhill = |_: &[f64], gradient: &[f64], _: &mut Descent| gradient.iter().map(|slope| -slope).collect();
    descend(f, start, tolerance, most_steps, |last| 2.0 * last, downhill)
}

/// Newton's method: steps to the least point of the parabola that has the function's slopes and curvatures.
pub fn newton(f: &impl Objective, start: &[f64], tolerance: f64, most_steps: usize) -> Descent {
    let to_least = |x: &[f64], gradient: &[f64], spent: &mut Descent| {
        spent.hessians += 1;
        let (_, _, hessian) = reverse::hessian(|x| f.value(x), x);
        newton_direction(&hessian, gradient)
    };
    descend(f, start, tolerance, most_steps, |_| 1.0, to_least)
}

/// Newton's method without the Hessian: its equation is solved by conjugate gradients, which only multiply by it, and
/// only as exactly as the distance from the goal is worth (Nocedal and Wright, algorithm 7.1).
pub fn truncated_newton(f: &impl Objective, start: &[f64], tolerance: f64, most_steps: usize) -> Descent {
    let near_least = |x: &[f64], gradient: &[f64], spent: &mut Descent| {
        conjugate_gradients(gradient, |direction| {
            spent.products += 1;
            hessian_vector_product(|x| f.value(x), x, direction).2
        })
    };
    descend(f, start, tolerance, most_steps, |_| 1.0, near_least)
}

/// What the three have in common: a direction, a length, a step, until the slopes are gone.
fn descend(
    f: &impl Objective,
    start: &[f64],
    tolerance: f64,
    most_steps: usize,
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
        if descent.gradient_norm <= tolerance || descent.steps() == most_steps {
            return descent;
        }

        let direction = direction(&x, &gradient, &mut descent);
        let slope = dot(&gradient, &direction);
        length = first_length(length);
        let mut next = moved(&x, length, &direction);
        descent.values += 1;
        while f.value(&next) > value + 1e-4 * length * slope {
            length /= 2.0;
            if length < 1e-20 {
                return descent; // double precision sees no way down
            }
            next = moved(&x, length, &direction);
            descent.values += 1;
        }
        descent.path.push(next);
    }
}

/// The d of `H·d = −g`, with so much added to the diagonal of H that it has a least point.
fn newton_direction(hessian: &[Vec<f64>], gradient: &[f64]) -> Vec<f64> {
    let downhill: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut shift = 0.0;
    loop {
        if let Some(direction) = solve(hessian, shift, &downhill) {
            return direction;
        }
        shift = (10.0 * shift).max(1e-3);
    }
}

/// The x of `(A + shift)·x = b` by Cholesky's factors, `A + shift = L·Lᵀ`; none where A + shift is not positive definite.
pub fn solve(a: &[Vec<f64>], shift: f64, b: &[f64]) -> Option<Vec<f64>> {
    let mut l: Vec<Vec<f64>> = Vec::with_capacity(a.len());
    let mut x = b.to_vec();
    for (i, row) in a.iter().enumerate() {
        let mut own: Vec<f64> = Vec::with_capacity(i + 1);
        for (j, factors) in l.iter().enumerate() {
            own.push((row[j] - dot(&own, &factors[..j])) / factors[j]);
        }
        let pivot = row[i] + shift - dot(&own, &own);
        if pivot.is_nan() || pivot <= 0.0 {
            return None;
        }
        x[i] = (x[i] - dot(&own, &x[..i])) / pivot.sqrt();
        own.push(pivot.sqrt());
        l.push(own);
    }
    for i in (0..x.len()).rev() {
        let known: f64 = (i + 1..x.len()).map(|j| l[j][i] * x[j]).sum();
        x[i] = (x[i] - known) / l[i][i];
    }
    Some(x)
}

/// A d with about `H·d = −g`, from products with H. It stops where the curvature is negative: a parabola that opens
/// downwards has no least point.
fn conjugate_gradients(gradient: &[f64], mut times_hessian: impl FnMut(&[f64]) -> Vec<f64>) -> Vec<f64> {
    let norm = dot(gradient, gradient).sqrt();
    let good_enough = norm * norm.sqrt().min(0.5);
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
        d = moved(&d, length, &direction);
        residual = moved(&residual, length, &product);
        let next_square = dot(&residual, &residual);
        if next_square.sqrt() <= good_enough {
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

/// `x + length·direction`
fn moved(x: &[f64], length: f64, direction: &[f64]) -> Vec<f64> {
    x.iter().zip(direction).map(|(x, d)| x + length * d).collect()
}
