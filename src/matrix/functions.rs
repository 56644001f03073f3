//! Elementary functions of each element, from the rule table.

use super::Matrix;
use super::ops::{BinaryFunction, Map, Zip};
use crate::scalar::Scalar;
use crate::scalar::rules::{self, UnaryFunction};

/// The methods `x.exp()`, `x.relu()`, … from their rules.
macro_rules! unary_methods {
    ({} Float { $($float:ident: $float_f:literal, $float_d:literal;)* } Scalar { $($scalar:ident: $f:literal, $d:literal;)* }) => {
        unary_methods!(@ $($float: $float_f, $float_d;)* $($scalar: $f, $d;)*);
    };
    (@ $($name:ident: $f:literal, $d:literal;)*) => {
        /// Functions of each element.
        impl<S: Scalar> Matrix<S> {$(
            #[doc = concat!("Computes `", $f, "` of each element, with the derivative `", $d, "`.")]
            pub fn $name(&self) -> Matrix<S> {
                struct Function;

                impl UnaryFunction for Function {
                    #[inline(always)]
                    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
                        rules::$name(x)
                    }
                }
                self.map(Function)
            }
        )*}
    };
}
rules::functions_of_one_variable!(unary_methods, {});

/// The methods `x.powf(y)`, `x.hypot(y)`, … from their rules.
macro_rules! binary_methods {
    ({} Float { $($float:tt)* } Scalar { $($scalar:tt)* }) => {
        binary_methods!(@ $($float)* $($scalar)*);
    };
    (@ $($name:ident($a:ident, $b:ident): $f:literal, $d:literal;)*) => {
        /// Functions of the elements in the same place of two matrices, one of which may be a constant, a single row or a
        /// single column.
        impl<S: Scalar> Matrix<S> {$(
            #[doc = concat!("Computes `", $f, "`, where `", stringify!($a), "` is this, with the derivatives `", $d, "`.")]
            ///
            /// # Panics
            /// If the shapes do not fit, or if the two are on two graphs.
            #[track_caller]
            pub fn $name(&self, $b: impl Into<Matrix<S>>) -> Matrix<S> {
                struct Function;

                impl BinaryFunction for Function {
                    #[inline(always)]
                    fn value_and_derivatives<T: Scalar>(a: T, b: T) -> (T, T, T) {
                        rules::$name(a, b)
                    }
                }
                Matrix::compute([self, &$b.into()], Zip(Function))
            }
        )*}
    };
}
rules::functions_of_two_variables!(binary_methods, {});

impl<S: Scalar> Matrix<S> {
    /// Computes a function of each element, an [`Activation`](crate::Activation) or a custom [`UnaryFunction`].
    ///
    /// ```
    /// use backprop::{Activation, Matrix};
    ///
    /// assert_eq!(Matrix::from([-1.0, 2.0]).map(Activation::Relu), Matrix::from([0.0, 2.0]));
    /// ```
    pub fn map<F: UnaryFunction>(&self, function: F) -> Matrix<S> {
        Matrix::compute([self], Map(function))
    }

    /// Computes `xⁿ` of each element, with the derivative `n·xⁿ⁻¹`.
    ///
    /// ```
    /// use backprop::Graph;
    ///
    /// let graph = Graph::new();
    /// let x = graph.matrix(&[2.0_f64, 3.0]);
    /// assert_eq!(x.powi(2).mean().backward().of(&x), [2.0, 3.0]); // 2x/2
    /// ```
    pub fn powi(&self, n: i32) -> Matrix<S> {
        struct Power(i32);

        impl UnaryFunction for Power {
            #[inline(always)]
            fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
                rules::powi(x, self.0)
            }
        }
        self.map(Power(n))
    }
}
