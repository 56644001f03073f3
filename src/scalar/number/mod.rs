//! Macros that implement operators, functions and the traits of floats for a type.
//!
//! [`Value`](crate::Value), [`Dual`](crate::Dual) and [`TaylorSeries`](crate::TaylorSeries) differ only in the
//! derivatives that they carry along with a float. The many forms of their operators and functions are written here
//! once:
//!
//! | macro | file | what it implements | for |
//! | --- | --- | --- | --- |
//! | `impl_operators!` | `operators.rs` | `+ − × ÷ %` by value, by reference, with floats, assigning; sums and products | all |
//! | `impl_float!` | `float.rs` | `num_traits::Float` and its supertraits, comparisons, conversions | all |
//! | `impl_functions!` | `functions.rs` | the elementary functions as methods, each by its rule | `Value`, `Dual` |
//! | `impl_differentiable!` | here | these three | `Value`, `Dual` |
//! | `impl_plain!` | here | operators and floats' traits | types without derivatives: `FloatWrapper`, `Lane` |
//!
//! A macro takes the type as it is declared: `Value<'g, T: Scalar>`, `Dual<T: Scalar, const N: usize>`. `T` is the
//! float.
//!
//! Each type provides two methods: `constant(T) -> Self` and `data(self) -> T`. A differentiable type also provides the
//! following, which combine a computed result with the derivatives that the type carries:
//!
//! | method | result | derivatives |
//! | --- | --- | --- |
//! | `unary(self, (data, d))` | f(x) | d |
//! | `bounded(self, (data, d))` | f(x) | d, which is finite for every x |
//! | `binary(self, other, (data, dx, dy))` | f(x, y) | dx, dy |
//! | `enlarged(self, other, factor, (data, dx, dy))` | f(x, y) | dx·factor, dy·factor |
//! | `sum(self, other, data)` | x + y | 1, 1 |
//! | `difference(self, other, data)` | x − y | 1, −1 |
//! | `product(self, other, data)` | x·y | y, x |
//! | `shifted(self, data)` | x + c | 1 |
//! | `negated(self, data)` | c − x | −1 |
//! | `scaled(self, data, c)` | c·x | c |
//! | `with_data(self, data)` | x, computed with fewer roundings | 1 |

pub(crate) mod float;
pub(crate) mod functions;
pub(crate) mod operators;

/// Implements operators, functions and floats' traits of a type that carries derivatives.
///
/// `impl_differentiable!(Dual<T: Scalar, const N: usize>);` expands to
/// ```text
/// impl_operators! { Dual<T: Scalar, const N: usize>; x + y => …; … }
/// impl_functions! { Dual<T: Scalar, const N: usize> }
/// impl_float! { Dual<T: Scalar, const N: usize> }
/// ```
macro_rules! impl_differentiable {
    ($($Type:tt)*) => {
        $crate::scalar::number::operators::impl_operators! {
            $($Type)*;
            x + y => x.sum(y, x.data() + y.data()), x.shifted(x.data() + y), y.shifted(x + y.data());
            x - y => x.difference(y, x.data() - y.data()), x.shifted(x.data() - y), y.negated(x - y.data());
            x * y => x.product(y, x.data() * y.data()), x.scaled(x.data() * y, y), y.scaled(x * y.data(), x);
            // A float on one side is a constant: only the derivative with respect to the other side is needed.
            x / y => x.by_ratio_rule(y, $crate::scalar::rules::div),
                { let (f, dx, _) = $crate::scalar::rules::div(x.data(), y); x.unary((f, dx)) },
                { let (f, _, dy) = $crate::scalar::rules::div(x, y.data()); y.unary((f, dy)) };
            x % y => x.by_rule(y, $crate::scalar::rules::rem),
                { let (f, dx, _) = $crate::scalar::rules::rem(x.data(), y); x.unary((f, dx)) },
                { let (f, _, dy) = $crate::scalar::rules::rem(x, y.data()); y.unary((f, dy)) };
            -x => x.negated(-x.data());
        }
        $crate::scalar::number::functions::impl_functions! { $($Type)* }
        $crate::scalar::number::float::impl_float! { $($Type)* }
    };
}
pub(crate) use impl_differentiable;

/// Implements operators and floats' traits of a type that wraps a float and carries no derivatives. The type provides
/// the functions of the table as methods.
///
/// `impl_plain!(FloatWrapper<T: Float>);` expands to
/// ```text
/// impl<T: Float> FloatWrapper<T> { fn constant…; fn data…; pub fn powi…; pub fn sin_cos…; pub fn mul_add… }
/// impl_operators! { FloatWrapper<T: Float>; x + y => FloatWrapper(x.0 + y.0), …; … }
/// impl_float! { FloatWrapper<T: Float> }
/// ```
macro_rules! impl_plain {
    ($Type:ident<T: $Bound:ident $(, const $N:ident: $n:ident)?>) => {
        impl<T: $Bound $(, const $N: $n)?> $Type<T $(, $N)?> {
            #[inline(always)]
            fn constant(data: T) -> Self {
                $Type(data)
            }

            #[inline(always)]
            fn data(self) -> T {
                self.0
            }

            /// Returns `xⁿ`.
            #[inline(always)]
            pub fn powi(self, n: i32) -> Self {
                $Type(self.0.powi(n))
            }

            /// Returns the sine and the cosine.
            #[inline(always)]
            pub fn sin_cos(self) -> (Self, Self) {
                let (sin, cos) = self.0.sin_cos();
                ($Type(sin), $Type(cos))
            }

            /// Returns `self·factor + summand`, as the float computes it.
            #[inline(always)]
            pub fn mul_add(self, factor: Self, summand: Self) -> Self {
                $Type(self.0.mul_add(factor.0, summand.0))
            }
        }
        $crate::scalar::number::operators::impl_operators! {
            $Type<T: $Bound $(, const $N: $n)?>;
            x + y => $Type(x.0 + y.0), $Type(x.0 + y), $Type(x + y.0);
            x - y => $Type(x.0 - y.0), $Type(x.0 - y), $Type(x - y.0);
            x * y => $Type(x.0 * y.0), $Type(x.0 * y), $Type(x * y.0);
            x / y => $Type(x.0 / y.0), $Type(x.0 / y), $Type(x / y.0);
            x % y => $Type(x.0 % y.0), $Type(x.0 % y), $Type(x % y.0);
            -x => $Type(-x.0);
        }
        $crate::scalar::number::float::impl_float! { $Type<T: $Bound $(, const $N: $n)?> }
    };
}
pub(crate) use impl_plain;
