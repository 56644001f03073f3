//! The functions of the crate's table by their names, for the tests that read their right values from a file.

use backprop::Scalar;
use std::collections::BTreeSet;

/// Dispatches to the methods of any number. A function that is new in the crate's table goes into the lists below, and
/// into `every_function/reference.py` and `special_points/reference.py`.
macro_rules! functions {
    (one: $($one:ident)*; two: $($two:ident)*;) => {
        /// The function of one variable of this name; `powi 3`, `powf 1.5` and `leaky_relu 0.01` have a constant behind.
        #[inline(never)]
        pub fn one<S: Scalar>(name: &str, x: S) -> S {
            match name {
                $(stringify!($one) => x.$one(),)*
                "identity" => x,
                _ => match name.split_once(' ').unwrap_or_else(|| panic!("no function {name}")) {
                    ("powi", n) => x.powi(n.parse().unwrap()),
                    ("powf", p) => x.powf(S::of(p.parse().unwrap())),
                    ("leaky_relu", slope) => x.leaky_relu(S::of(slope.parse().unwrap())),
                    _ => panic!("no function {name}"),
                },
            }
        }

        /// The function of two variables of this name.
        #[inline(never)]
        pub fn two<S: Scalar>(name: &str, a: S, b: S) -> S {
            match name {
                $(stringify!($two) => a.$two(b),)*
                "add" => a + b,
                "sub" => a - b,
                "mul" => a * b,
                "div" => a / b,
                "rem" => a % b,
                _ => panic!("no function {name}"),
            }
        }
    };
}

functions! {
    one: recip sqrt cbrt exp exp2 exp_m1 ln log2 log10 ln_1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh
         to_degrees to_radians abs signum floor ceil round trunc fract
         step sigmoid relu elu softplus silu gelu erf erfc sinc;
    two: powf log hypot atan2 max min abs_sub copysign leaky_relu xlogy log_add_exp;
}

/// What the names without their constants must be: whatever `rules.rs` lists, and the operators.
pub fn names() -> BTreeSet<String> {
    let rules = include_str!("../../src/scalar/rules/mod.rs");
    let lists = rules.split("macro_rules! functions_of_").skip(1);
    let listed = lists.flat_map(str::lines).filter_map(|line| {
        let (name, rest) = line.trim().split_once([':', '('])?;
        let is_row = line.trim_end().ends_with("\";") && rest.contains('"');
        is_row.then(|| name.to_string())
    });
    let listed: BTreeSet<String> = listed.collect();
    assert!(listed.len() > 45, "{listed:?}");
    listed.into_iter().chain(["add", "sub", "mul", "div", "rem"].map(String::from)).collect()
}
