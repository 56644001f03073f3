//! The functions of the crate's rule table by name, for the tests that read their expected values from a file.
//!
//! A new row of the table appears here automatically. The tests fail until `every_function/reference.py` and
//! `special_points/reference.py` have the function too.

#[path = "../../src/scalar/rules/table.rs"]
mod table;

use backprop::Scalar;
use std::collections::BTreeSet;

/// Computes the function of one variable called `name`. `powi 3`, `powf 1.5` and `leaky_relu 0.01` have a constant
/// argument.
#[inline(never)]
pub fn one<S: Scalar>(name: &str, x: S) -> S {
    macro_rules! compute {
        ($function:ident($x:ident): $($columns:tt)*) => {
            if name == stringify!($function) {
                return x.$function();
            }
        };
        ($function:ident($x:ident, $y:ident): $($columns:tt)*) => {};
    }
    table::functions!(Float, compute);
    table::functions!(Scalar, compute);
    match name.split_once(' ') {
        Some(("powi", n)) => x.powi(n.parse().unwrap()),
        Some(("powf", p)) => x.powf(S::of(p.parse().unwrap())),
        Some(("leaky_relu", slope)) => x.leaky_relu(S::of(slope.parse().unwrap())),
        None if name == "identity" => x,
        _ => panic!("no function {name}"),
    }
}

/// Computes the function or operator of two variables called `name`.
#[inline(never)]
pub fn two<S: Scalar>(name: &str, a: S, b: S) -> S {
    macro_rules! compute {
        ($function:ident($x:ident): $($columns:tt)*) => {};
        ($function:ident($x:ident, $y:ident): $($columns:tt)*) => {
            if name == stringify!($function) {
                return a.$function(b);
            }
        };
    }
    table::functions!(Float, compute);
    table::functions!(Scalar, compute);
    match name {
        "add" => a + b,
        "sub" => a - b,
        "mul" => a * b,
        "div" => a / b,
        "rem" => a % b,
        _ => panic!("no function {name}"),
    }
}

/// Returns the names of all functions of the table and of the operators, without constant arguments.
pub fn names() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = ["add", "sub", "mul", "div", "rem"].map(String::from).into();
    macro_rules! insert {
        ($function:ident($($argument:ident),*): $($columns:tt)*) => {
            assert!(names.insert(stringify!($function).into()));
        };
    }
    table::functions!(Float, insert);
    table::functions!(Scalar, insert);
    names
}
