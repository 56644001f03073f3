//! Elementary functions of each element, from the rule table.

use super::Matrix;
use super::ops::{BinaryFunction, Map, Zip};
use crate::scalar::Scalar;
use crate::scalar::rules::columns::documentation;
use crate::scalar::rules::{self, UnaryFunction, functions};

/// Defines a function as a method, from a row of the table. `method! { sqrt(x): … }` expands to
/// `pub fn sqrt(&self) -> Matrix<S>`, which computes `rules::sqrt` of each element, and `method! { hypot(a, b): … }` to
/// `pub fn hypot(&self, b: impl Into<Matrix<S>>) -> Matrix<S>`.
macro_rules! method {
    ($name:ident($x:ident): $($columns:tt)*) => {
        #[doc = documentation!($name($x): $($columns)*)]
        ///
        /// Computed for each element.
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
    };
    ($name:ident($a:ident, $b:ident): $($columns:tt)*) => {
        #[doc = documentation!($name($a, $b): $($columns)*)]
        ///
        #[doc = concat!("Computed element by element; `", stringify!($a), "` is `self`. An operand that is")]
        /// a constant, a single row or a single column is broadcast.
        ///
        /// # Panics
        /// If the shapes neither match nor broadcast, or if the matrices are on two graphs.
        #[track_caller]
        pub fn $name(&self, $b: impl Into<Matrix<S>>) -> Matrix<S> {
            struct Function;

            impl BinaryFunction for Function {
                #[inline(always)]
                fn value_and_derivatives<T: Scalar>(a: T, b: T) -> (T, T, T) {
                    rules::$name(a, b)
                }
            }
            Matrix::compute([self, &$b.into()], Zip::<Function>::new())
        }
    };
}

/// Elementary functions, element by element.
impl<S: Scalar> Matrix<S> {
    functions!(Float, method);
    functions!(Scalar, method);
}

impl<S: Scalar> Matrix<S> {
    /// Computes `function` of each element: an [`Activation`](crate::Activation) or a custom [`UnaryFunction`].
    ///
    /// # Examples
    /// ```
    /// use backprop::{Activation, Matrix};
    ///
    /// assert_eq!(Matrix::from([-1.0, 2.0]).map(Activation::Relu), Matrix::from([0.0, 2.0]));
    /// ```
    pub fn map<F: UnaryFunction>(&self, function: F) -> Matrix<S> {
        Matrix::compute([self], Map(function))
    }

    /// Returns `xⁿ` of each element.
    ///
    /// Derivative: `n·xⁿ⁻¹`. It is 0 for `n` = 0.
    ///
    /// # Examples
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
