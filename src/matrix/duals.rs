//! [`Duals`]: the storage of a matrix of dual numbers over values on a graph.
//!
//! A matrix of dual numbers x + ẋ·ε over floats has them one after another. Over values on a graph it has a matrix of
//! the values x and one for each tangent ẋ, so that an operation on it is a few operations on matrices, each one block
//! of the tape. Each [`Operation`] has its rule for tangents; that of a linear, a bilinear and any other function of
//! elements is here.

use super::ops::affine::neuron;
use super::ops::{BinaryFunction, Degree, Operation, StrongMultiply, Zip};
use super::{Matrix, Storage};
use crate::scalar::{Elements, Scalar, UnaryFunction};
use std::cell::OnceCell;
use std::marker::PhantomData;
use std::ops::Range;

/// A number of type S and its tangents: a [`Dual`](crate::Dual).
pub trait DualNumber<S: Scalar>: Scalar {
    /// The number of tangents.
    const TANGENTS: usize;
    /// A dual number with M tangents over another type.
    type Of<R: Scalar, const M: usize>: DualNumber<R>;

    /// Creates a number from its value and its tangents, by their index.
    fn from_parts(value: S, tangent: impl Fn(usize) -> S) -> Self;

    /// Returns the value.
    fn value(&self) -> S;

    /// Returns a tangent.
    fn tangent(&self, index: usize) -> S;
}

/// The storage of a matrix of dual numbers, as matrices of values and tangents.
pub trait DualStorage<S: Scalar, D: DualNumber<S>>: Storage<D> {
    /// Creates the storage from the values and the tangents, by their index; `None` for tangents that are 0. All have
    /// the same shape.
    fn from_parts(values: Matrix<S>, tangent: impl FnMut(usize) -> Option<Matrix<S>>) -> Self;

    /// Returns the values.
    fn values(&self) -> Matrix<S>;

    /// Returns a tangent of each number.
    fn tangents(&self, index: usize) -> Matrix<S>;
}

impl<S: Scalar, D: DualNumber<S>> DualStorage<S, D> for Elements<D> {
    fn from_parts(values: Matrix<S>, tangent: impl FnMut(usize) -> Option<Matrix<S>>) -> Elements<D> {
        let tangents: Vec<Option<Matrix<S>>> = (0..D::TANGENTS).map(tangent).collect();
        Storage::from_vec(numbers(&values, &tangents), values.shape())
    }

    fn values(&self) -> Matrix<S> {
        Matrix::from_vec(Storage::shape(self), Storage::as_slice(self).iter().map(D::value).collect())
    }

    fn tangents(&self, index: usize) -> Matrix<S> {
        Matrix::from_vec(Storage::shape(self), Storage::as_slice(self).iter().map(|x| x.tangent(index)).collect())
    }
}

/// Returns the numbers with these values and tangents; `None` for tangents that are 0.
fn numbers<S: Scalar, D: DualNumber<S>>(values: &Matrix<S>, tangents: &[Option<Matrix<S>>]) -> Vec<D> {
    let tangents: Vec<Option<&[S]>> = tangents.iter().map(|x| x.as_ref().map(Matrix::as_slice)).collect();
    let number = |(i, &value): (usize, &S)| D::from_parts(value, |k| tangents[k].map_or(S::zero(), |x| x[i]));
    values.iter().enumerate().map(number).collect()
}

/// A matrix of values and one of each tangent.
pub struct Duals<S: Scalar, D> {
    values: Matrix<S>,
    /// `None` for tangents that are 0, those of constants.
    tangents: Vec<Option<Matrix<S>>>,
    /// The elements as single numbers, collected at the first use.
    elements: OnceCell<Box<[D]>>,
}

impl<S: Scalar, D> Clone for Duals<S, D> {
    fn clone(&self) -> Self {
        Duals { values: self.values.clone(), tangents: self.tangents.clone(), elements: OnceCell::new() }
    }
}

impl<S: Scalar, D: DualNumber<S>> DualStorage<S, D> for Duals<S, D> {
    fn from_parts(values: Matrix<S>, tangent: impl FnMut(usize) -> Option<Matrix<S>>) -> Self {
        Duals { values, tangents: (0..D::TANGENTS).map(tangent).collect(), elements: OnceCell::new() }
    }

    fn values(&self) -> Matrix<S> {
        self.values.clone()
    }

    fn tangents(&self, index: usize) -> Matrix<S> {
        self.tangents[index].clone().unwrap_or_else(|| Matrix::zeros(self.values.shape()))
    }
}

impl<S: Scalar, D: DualNumber<S>> Duals<S, D> {
    /// Computes a function that is linear in all operands together.
    pub(crate) fn linear<const N: usize>(
        operands: [&Self; N],
        f: impl for<'m> Fn([&'m Matrix<S>; N]) -> Matrix<S>,
    ) -> Self {
        DualStorage::from_parts(f(operands.map(|x| &x.values)), |k| {
            if operands.iter().all(|x| x.tangents[k].is_none()) {
                return None;
            }
            let tangents = operands.map(|x| DualStorage::tangents(x, k));
            Some(f(tangents.each_ref()))
        })
    }

    /// Computes a product of two operands. In those of tangents and values, 0 is a strong zero: `product` is called with
    /// true for them, and with `is_strong` for the values.
    pub(crate) fn bilinear(
        [a, b]: [&Self; 2],
        is_strong: bool,
        product: impl Fn([&Matrix<S>; 2], bool) -> Matrix<S>,
    ) -> Self {
        let (x, y) = (&a.values, &b.values);
        Duals::by_chain_rule([a, b], product([x, y], is_strong), |index, tangents| {
            product(if index == 0 { [tangents, y] } else { [x, tangents] }, true)
        })
    }

    /// Computes a function from its results for the values, by the chain rule: `term(i, ẋ)` is the derivative with
    /// respect to operand i times a tangent ẋ of it.
    pub(crate) fn by_chain_rule<const N: usize>(
        operands: [&Self; N],
        results: Matrix<S>,
        term: impl Fn(usize, &Matrix<S>) -> Matrix<S>,
    ) -> Self {
        DualStorage::from_parts(results, |k| {
            let terms =
                operands.iter().enumerate().map(|(i, x)| x.tangents[k].as_ref().map(|tangents| term(i, tangents)));
            terms.fold(None, |sum, term| match (sum, term) {
                (Some(sum), Some(term)) => Some(sum + term),
                (sum, term) => sum.or(term),
            })
        })
    }

    /// Returns the values.
    pub(crate) fn as_values(&self) -> &Matrix<S> {
        &self.values
    }
}

/// Returns the product of tangents and derivatives, element by element, in which 0 is a strong zero.
fn strong_product<S: Scalar>(tangents: &Matrix<S>, derivatives: &Matrix<S>) -> Matrix<S> {
    Matrix::compute([tangents, derivatives], Zip::<StrongMultiply>::new())
}

/// The derivative f′ of a function f, with its derivative f″: the rule of f over dual numbers.
struct Derivative<F, S, D>(F, PhantomData<(S, D)>);

impl<F: UnaryFunction, S: Scalar, D: DualNumber<S>> UnaryFunction for Derivative<F, S, D> {
    #[inline(always)]
    fn value_and_derivative<T: Scalar>(&self, x: T) -> (T, T) {
        let (_, derivative) = self.0.value_and_derivative(D::Of::<T, 1>::from_parts(x, |_| T::one()));
        (derivative.value(), derivative.tangent(0))
    }
}

/// The derivative of a function of two variables with respect to one of them, by its index, with its derivatives.
struct Partial<B, S, D, const INDEX: usize>(PhantomData<(B, S, D)>);

impl<B: BinaryFunction, S: Scalar, D: DualNumber<S>, const INDEX: usize> BinaryFunction for Partial<B, S, D, INDEX> {
    #[inline(always)]
    fn value_and_derivatives<T: Scalar>(a: T, b: T) -> (T, T, T) {
        let variable =
            |x: T, index: usize| D::Of::<T, 2>::from_parts(x, |k| if k == index { T::one() } else { T::zero() });
        let (_, by_a, by_b) = B::value_and_derivatives(variable(a, 0), variable(b, 1));
        let derivative = if INDEX == 0 { by_a } else { by_b };
        (derivative.value(), derivative.tangent(0), derivative.tangent(1))
    }
}

impl<S: Scalar, D: DualNumber<S>> Duals<S, D> {
    /// Computes a function of each element.
    pub(crate) fn map<F: UnaryFunction>(&self, function: &F) -> Self {
        let derivative = OnceCell::new();
        Duals::by_chain_rule([self], self.values.map(function), |_, tangents| {
            let derivative = derivative.get_or_init(|| self.values.map(Derivative::<_, S, D>(function, PhantomData)));
            strong_product(tangents, derivative)
        })
    }

    /// Computes a function of the elements of two matrices.
    #[track_caller]
    pub(crate) fn zip<B: BinaryFunction>(operands: [&Self; 2]) -> Self {
        let compute = |operands: [&Matrix<S>; 2]| Matrix::compute(operands, Zip::<B>::new());
        let values = operands.map(|x| &x.values);
        match B::DEGREE {
            Degree::Linear => Duals::linear(operands, compute),
            Degree::Bilinear => {
                Duals::bilinear(
                    operands,
                    false,
                    |[a, b], is_strong| {
                        if is_strong { strong_product(a, b) } else { compute([a, b]) }
                    },
                )
            }
            Degree::Other => {
                let derivatives = [const { OnceCell::new() }; 2];
                Duals::by_chain_rule(operands, compute(values), |index, tangents| {
                    let derivative = derivatives[index].get_or_init(|| match index {
                        0 => Matrix::compute(values, Zip::<Partial<B, S, D, 0>>::new()),
                        _ => Matrix::compute(values, Zip::<Partial<B, S, D, 1>>::new()),
                    });
                    strong_product(tangents, derivative)
                })
            }
        }
    }
}

impl<S: Scalar, D: DualNumber<S>> Storage<D> for Duals<S, D> {
    type OfDuals<E: DualNumber<D>> = Duals<D, E>;

    fn from_vec(elements: Vec<D>, shape: [usize; 2]) -> Self {
        let values = Matrix::from_vec(shape, elements.iter().map(D::value).collect());
        DualStorage::from_parts(values, |k| {
            let tangents: Vec<S> = elements.iter().map(|x| x.tangent(k)).collect();
            (!tangents.iter().all(S::vanishes)).then(|| Matrix::from_vec(shape, tangents))
        })
    }

    fn shape(&self) -> [usize; 2] {
        self.values.shape()
    }

    fn get(&self, index: usize) -> D {
        let element = |x: &Matrix<S>| x.storage().get(index);
        D::from_parts(element(&self.values), |k| self.tangents[k].as_ref().map_or(S::zero(), element))
    }

    fn as_slice(&self) -> &[D] {
        self.elements.get_or_init(|| numbers(&self.values, &self.tangents).into())
    }

    fn part(&self, start: usize, shape: [usize; 2]) -> Self {
        Duals::linear([self], |[x]| Matrix::from_storage(x.storage().part(start, shape)))
    }

    #[track_caller]
    fn compute<const N: usize, O: Operation<N>>(operands: [&Self; N], operation: O) -> Self {
        operation.of_duals(operands)
    }

    fn neurons<F: UnaryFunction>(
        &self,
        range: Range<usize>,
        inputs: &[D],
        function: &F,
        _: &mut [D],
        mut each: impl FnMut(D),
    ) {
        for row in Storage::as_slice(self)[range].chunks_exact(inputs.len() + 1) {
            each(neuron(row, inputs).map(function));
        }
    }
}
