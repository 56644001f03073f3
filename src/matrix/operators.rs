//! `+ − * /` of matrices, and of matrices and constants.

use super::Matrix;
use super::ops::{Add, BinaryFunction, Divide, Multiply, Subtract, Zip};
use crate::scalar::Scalar;
use crate::scalar::rules::{self, UnaryFunction};
use std::ops;

impl<S: Scalar> Matrix<S> {
    /// Returns the elements multiplied by `factor`, which can carry derivatives. The operator `*` multiplies by a
    /// constant.
    ///
    /// # Examples
    /// ```
    /// use backprop::Graph;
    ///
    /// let graph = Graph::new();
    /// let (x, a) = (graph.matrix(&[[1.0, 2.0]]), graph.value(3.0));
    /// assert_eq!(x.scale(a).sum().backward()[a], 3.0); // 1 + 2
    /// ```
    #[track_caller]
    pub fn scale(&self, factor: S) -> Matrix<S> {
        self * Matrix::from([factor])
    }

    #[track_caller]
    fn zip<F: BinaryFunction>(&self, other: &Matrix<S>) -> Matrix<S> {
        Matrix::compute([self, other], Zip::<F>::new())
    }
}

/// Implements an operator for each combination of values and references: for two matrices by a function of two
/// variables, for a matrix and a constant c on either side by a function of the element x.
macro_rules! operator {
    ($Operator:ident $operator:ident $Assign:ident $assign:ident $Function:ident,
     |$x:ident, $c:ident| x op c: $right:expr, c op x: $left:expr) => {
        const _: () = {
            struct Right(f64);

            impl UnaryFunction for Right {
                #[inline(always)]
                fn value_and_derivative<T: Scalar>(&self, $x: T) -> (T, T) {
                    let $c = T::of(self.0);
                    $right
                }
            }

            struct Left(f64);

            impl UnaryFunction for Left {
                #[inline(always)]
                fn value_and_derivative<T: Scalar>(&self, $x: T) -> (T, T) {
                    let $c = T::of(self.0);
                    $left
                }
            }

    operator!(@ $Operator $operator &Matrix<S>, &Matrix<S> => |a, b| a.zip::<$Function>(b));
    operator!(@ $Operator $operator &Matrix<S>, Matrix<S> => |a, b| a.zip::<$Function>(&b));
    operator!(@ $Operator $operator Matrix<S>, &Matrix<S> => |a, b| a.zip::<$Function>(b));
    operator!(@ $Operator $operator Matrix<S>, Matrix<S> => |a, b| a.zip::<$Function>(&b));
    operator!(@ $Operator $operator &Matrix<S>, f64 => |a, b| a.map(Right(b)));
    operator!(@ $Operator $operator Matrix<S>, f64 => |a, b| a.map(Right(b)));
    operator!(@ $Operator $operator f64, &Matrix<S> => |a, b| b.map(Left(a)));
    operator!(@ $Operator $operator f64, Matrix<S> => |a, b| b.map(Left(a)));
    operator!(# $Assign $assign &Matrix<S> => |a, b| a.zip::<$Function>(b));
    operator!(# $Assign $assign Matrix<S> => |a, b| a.zip::<$Function>(&b));
    operator!(# $Assign $assign f64 => |a, b| a.map(Right(b)));
        };
    };
    (@ $Operator:ident $operator:ident $Left:ty, $Right:ty => |$a:ident, $b:ident| $result:expr) => {
        impl<S: Scalar> ops::$Operator<$Right> for $Left {
            type Output = Matrix<S>;

            #[track_caller]
            fn $operator(self, other: $Right) -> Matrix<S> {
                let ($a, $b) = (self, other);
                $result
            }
        }
    };
    (# $Assign:ident $assign:ident $Right:ty => |$a:ident, $b:ident| $result:expr) => {
        impl<S: Scalar> ops::$Assign<$Right> for Matrix<S> {
            #[track_caller]
            fn $assign(&mut self, other: $Right) {
                let ($a, $b) = (&*self, other);
                *self = $result;
            }
        }
    };
}
operator!(Add add AddAssign add_assign Add, |x, c| x op c: (x + c, T::one()), c op x: (c + x, T::one()));
operator!(Sub sub SubAssign sub_assign Subtract, |x, c| x op c: (x - c, T::one()), c op x: (c - x, -T::one()));
operator!(Mul mul MulAssign mul_assign Multiply, |x, c| x op c: (x * c, c), c op x: (c * x, c));
operator!(Div div DivAssign div_assign Divide,
    |x, c| x op c: { let (f, dx, _) = rules::div(x, c); (f, dx) }, c op x: { let (f, _, dx) = rules::div(c, x); (f, dx) });

/// Returns −x of each element.
struct Negate;

impl UnaryFunction for Negate {
    #[inline(always)]
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        (-x, -T::one())
    }
}

impl<S: Scalar> ops::Neg for &Matrix<S> {
    type Output = Matrix<S>;

    fn neg(self) -> Matrix<S> {
        self.map(Negate)
    }
}

impl<S: Scalar> ops::Neg for Matrix<S> {
    type Output = Matrix<S>;

    fn neg(self) -> Matrix<S> {
        self.map(Negate)
    }
}
