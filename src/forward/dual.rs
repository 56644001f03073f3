//! [`Dual`]: a number that carries its derivatives with respect to N variables.

use crate::matrix::{DualNumber, DualStorage, Matrix, Storage};
use crate::scalar::number::float::trait_method;
use crate::scalar::number::impl_differentiable;
use crate::scalar::rules::functions;
use crate::scalar::{Scalar, UnaryFunction};

/// A dual number: a number x and its derivatives with respect to N variables, the tangents ∂x/∂v₁ … ∂x/∂v_N.
///
/// It computes as a float does, and each operation propagates the derivatives by the chain rule, without a graph and
/// without a backward pass. It implements `num_traits::Float` and [`Scalar`] by the same rules as a
/// [`Value`](crate::Value). It is much faster than a graph for few variables; the time grows with their number.
///
/// Use it for custom forward passes; [`gradient`](crate::gradient) and [`derivative`](crate::derivative) create the
/// duals for functions.
///
/// # Examples
/// ```
/// use backprop::Dual;
///
/// let x = Dual::variable(3.0_f64, 0); // the first of two variables
/// let y = Dual::variable(2.0, 1);
/// let f: Dual<f64, 2> = x.powi(2) * y + 1.0;
/// assert_eq!(f.data(), 19.0);
/// assert_eq!(f.tangents(), [12.0, 9.0]); // 2xy, x²
/// ```
///
/// # Higher derivatives
/// Duals nest: the outer dual differentiates the computation of the inner one.
///
/// ```
/// use backprop::Dual;
///
/// let x: Dual<Dual<f64, 1>, 1> = Dual::variable(Dual::variable(2.0, 0), 0);
/// let f = x.powi(3);
/// assert_eq!(f.data().tangents()[0], 12.0); //               3x²
/// assert_eq!(f.tangents()[0].tangents()[0], 12.0); //        6x
/// ```
///
/// On a graph of duals, the backward pass computes gradients whose tangents are second derivatives, a column of the
/// Hessian for each tangent:
///
/// ```
/// use backprop::{Dual, Graph};
///
/// let graph = Graph::<Dual<f64, 1>>::new();
/// let x = graph.value(Dual::variable(3.0, 0));
/// let y = graph.value(Dual::constant(2.0));
/// let gradients = (x.powi(2) * y).backward();
/// assert_eq!(gradients[x].tangents()[0], 4.0); // ∂²f/∂x² = 2y
/// assert_eq!(gradients[y].tangents()[0], 6.0); // ∂²f/∂x∂y = 2x
/// ```
///
/// # Precision
/// A factor of 0 in a product of derivatives makes it 0, even if another factor is infinite: a number that the result
/// does not depend on cannot make a derivative NaN. In `x.sqrt() + y` at x = 0, the derivative with respect to y is 1.
/// `docs/derivatives.md` has the convention.
///
/// Comparisons compare the numbers alone, not the derivatives.
#[doc(alias("ForwardDiff", "JVP", "DualNumber", "Jet"))]
#[derive(Clone, Copy, Debug)]
pub struct Dual<T, const N: usize> {
    data: T,
    tangents: [T; N],
}

impl<T: Scalar, const N: usize> Dual<T, N> {
    /// Creates a dual from a number and its derivatives.
    #[inline(always)]
    pub fn new(data: T, tangents: [T; N]) -> Self {
        Dual { data, tangents }
    }

    /// Creates a constant, whose derivatives are 0.
    #[inline(always)]
    pub fn constant(data: T) -> Self {
        Dual { data, tangents: [T::zero(); N] }
    }

    /// Creates the variable of this index, from 0 to N − 1: its own derivative is 1, the others are 0.
    ///
    /// # Panics
    /// If `index` is not less than N.
    #[doc(alias = "seed")]
    #[inline(always)]
    #[track_caller]
    pub fn variable(data: T, index: usize) -> Self {
        assert!(index < N, "no variable {index} among {N}");
        let mut tangents = [T::zero(); N];
        tangents[index] = T::one();
        Dual { data, tangents }
    }

    /// Returns the number without its derivatives.
    #[doc(alias("primal", "re"))]
    #[inline(always)]
    pub fn data(self) -> T {
        self.data
    }

    /// Returns the derivatives with respect to the variables.
    #[doc(alias("partials", "eps"))]
    #[inline(always)]
    pub fn tangents(self) -> [T; N] {
        self.tangents
    }

    /// Returns the result of a function of one variable, from its value and derivative.
    #[inline(always)]
    fn unary(self, (data, derivative): (T, T)) -> Self {
        if derivative.is_plain() {
            Dual { data, tangents: each(|i| self.tangents[i] * derivative) }
        } else {
            Dual { data, tangents: each(|i| self.tangents[i].strong_mul(derivative)) }
        }
    }

    /// Returns the result of a function of two variables, from its value and derivatives.
    #[inline(always)]
    fn binary(self, other: Self, (data, d_self, d_other): (T, T, T)) -> Self {
        let (a, b) = (self.tangents, other.tangents);
        if d_self.is_plain() && d_other.is_plain() {
            Dual { data, tangents: each(|i| a[i] * d_self + b[i] * d_other) }
        } else {
            Dual { data, tangents: each(|i| a[i].strong_mul(d_self) + b[i].strong_mul(d_other)) }
        }
    }

    /// Returns the result of a function of the ratio of two numbers, from its value and its derivatives divided by
    /// `factor`.
    #[cold]
    fn enlarged(self, other: Self, factor: T, result: (T, T, T)) -> Self {
        let Dual { data, tangents } = self.binary(other, result);
        Dual { data, tangents: each(|i| tangents[i].strong_mul(factor)) }
    }

    /// Returns the result of a function of one variable whose derivative is finite.
    ///
    /// For floats, an infinite tangent times a derivative of 0 is NaN here: the strong zero would cost more than
    /// everything else.
    #[inline(always)]
    fn bounded(self, (data, derivative): (T, T)) -> Self {
        if T::one().is_plain() {
            return Dual { data, tangents: each(|i| self.tangents[i] * derivative) };
        }
        self.unary((data, derivative))
    }

    /// Returns c·x; the derivative is c.
    #[inline(always)]
    fn scaled(self, data: T, c: T) -> Self {
        Dual { data, tangents: each(|i| self.tangents[i].strong_mul(c)) }
    }

    /// Returns x·y; the derivatives are y and x. The factors of a plain product are plain, so only the product is
    /// checked.
    #[inline(always)]
    fn product(self, other: Self, data: T) -> Self {
        let (a, b) = (self.tangents, other.tangents);
        if N <= 2 {
            // To check each of one or two tangents takes less time than a branch.
            Dual { data, tangents: each(|i| a[i].strong_mul(other.data) + b[i].strong_mul(self.data)) }
        } else if data.is_plain() {
            Dual { data, tangents: each(|i| a[i] * other.data + b[i] * self.data) }
        } else {
            self.binary(other, (data, other.data, self.data))
        }
    }

    /// Returns x + y; both derivatives are 1.
    #[inline(always)]
    fn sum(self, other: Self, data: T) -> Self {
        Dual { data, tangents: each(|i| self.tangents[i] + other.tangents[i]) }
    }

    /// Returns x − y; the derivatives are 1 and −1.
    #[inline(always)]
    fn difference(self, other: Self, data: T) -> Self {
        Dual { data, tangents: each(|i| self.tangents[i] - other.tangents[i]) }
    }

    /// Returns x + c; the derivative is 1.
    #[inline(always)]
    fn shifted(self, data: T) -> Self {
        self.with_data(data)
    }

    /// Returns c − x; the derivative is −1.
    #[inline(always)]
    fn negated(self, data: T) -> Self {
        Dual { data, tangents: each(|i| -self.tangents[i]) }
    }

    /// Returns the same derivatives with a value that was computed with fewer roundings.
    #[inline(always)]
    fn with_data(self, data: T) -> Self {
        Dual { data, ..self }
    }
}

/// Returns the tangents that `f` computes, by their index. `std::array::from_fn` and `map` do the same; their many layers
/// took a sixth of the time that the tests compile.
#[inline(always)]
fn each<T: Scalar, const N: usize>(f: impl Fn(usize) -> T) -> [T; N] {
    let mut tangents = [T::zero(); N];
    for (i, tangent) in tangents.iter_mut().enumerate() {
        *tangent = f(i);
    }
    tangents
}

impl_differentiable!(Dual<T: Scalar, const N: usize>);

impl<T: Scalar, const N: usize> Scalar for Dual<T, N> {
    type Storage = <T::Storage as Storage<T>>::OfDuals<Self>;

    #[inline(always)]
    fn of(x: f64) -> Self {
        Dual::constant(T::of(x))
    }

    #[inline(always)]
    fn map<R: UnaryFunction>(self, rule: R) -> Self {
        self.unary(rule.value_and_derivative(self.data))
    }

    #[inline(always)]
    fn detached(self) -> Self {
        Dual::constant(self.data.detached())
    }

    #[inline(always)]
    fn vanishes(&self) -> bool {
        self.data.vanishes() && self.tangents.iter().all(T::vanishes)
    }

    #[inline(always)]
    fn strong_mul(self, factor: Self) -> Self {
        self.product(factor, self.data.strong_mul(factor.data))
    }

    #[inline(always)]
    fn is_plain(&self) -> bool {
        false
    }

    functions!(Scalar, trait_method);
}

impl<T: Scalar, const N: usize> DualNumber<T> for Dual<T, N> {
    const TANGENTS: usize = N;
    type Of<R: Scalar, const M: usize> = Dual<R, M>;

    #[inline(always)]
    fn from_parts(value: T, tangent: impl Fn(usize) -> T) -> Self {
        Dual { data: value, tangents: each(tangent) }
    }

    #[inline(always)]
    fn value(&self) -> T {
        self.data
    }

    #[inline(always)]
    fn tangent(&self, index: usize) -> T {
        self.tangents[index]
    }
}

impl<T: Scalar, const N: usize> Matrix<Dual<T, N>> {
    /// Creates a matrix of dual numbers from matrices of their values and of each tangent, all of the same shape.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn from_tangents(values: Matrix<T>, tangents: [Matrix<T>; N]) -> Self {
        for tangents in &tangents {
            let ([rows, columns], [n, m]) = (values.shape(), tangents.shape());
            assert!(
                [n, m] == [rows, columns],
                "expected tangents of {rows} × {columns}, got {n} × {m}, in from_tangents"
            );
        }
        Matrix::from_storage(DualStorage::from_parts(values, |k| Some(tangents[k].clone())))
    }

    /// Creates a matrix whose elements are each the variable of this index, as [`Dual::variable`] does: an operation on
    /// all of them computes the derivative of each result with respect to the element that it depends on.
    ///
    /// Numbers whose tangents are 0 are created by `from`.
    ///
    /// # Examples
    /// The second derivative of x³ at several points:
    /// ```
    /// use backprop::{Dual, Matrix};
    ///
    /// let x = Matrix::from([1.0, 2.0]);
    /// let y: Matrix<Dual<Dual<f64, 1>, 1>> = Matrix::variable(Matrix::variable(x, 0), 0).powi(3);
    /// let [first] = y.tangents();
    /// let [second] = first.tangents();
    /// assert_eq!((first.values(), second), (Matrix::from([3.0, 12.0]), Matrix::from([6.0, 12.0]))); // 3x², 6x
    /// ```
    ///
    /// # Panics
    /// If `index` is not less than N.
    #[track_caller]
    pub fn variable(values: Matrix<T>, index: usize) -> Self {
        assert!(index < N, "no variable {index} among {N}");
        let ones = Matrix::from_elem(values.shape(), T::one());
        Matrix::from_storage(DualStorage::from_parts(values, |k| (k == index).then(|| ones.clone())))
    }

    /// Returns the numbers without their tangents.
    pub fn values(&self) -> Matrix<T> {
        self.storage().values()
    }

    /// Returns a matrix of each tangent.
    pub fn tangents(&self) -> [Matrix<T>; N] {
        std::array::from_fn(|k| self.storage().tangents(k))
    }
}

/// Creates constants, whose tangents are 0.
impl<T: Scalar, const N: usize> From<Matrix<T>> for Matrix<Dual<T, N>> {
    fn from(values: Matrix<T>) -> Self {
        Matrix::from_storage(DualStorage::from_parts(values, |_| None))
    }
}
