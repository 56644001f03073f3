//! [`MaxPool2d`], [`AvgPool2d`], [`MaxPool1d`] and [`AvgPool1d`], with their mathematics: both passes; [`Flatten`].

use super::check_inputs;
use super::window::{Window, positive};
use crate::error::Error;
use crate::matrix::Matrix;
use crate::matrix::ops::{Along, BackwardContext, Operation, elements};
use crate::scalar::Scalar;
use ndarray::ArrayView2;
use std::ops::Range;

/// Max pooling of images, `torch.nn.MaxPool2d`: the largest element under each place of a window.
///
/// The padding has no elements. If several elements are the largest, the first gets the derivative, row by row, as in
/// PyTorch. The result is NaN if an element is NaN.
///
/// Shapes: each row of the inputs has images of one size, channel after channel, as the outputs of
/// [`Conv2d`](crate::Conv2d); so has each row of the outputs, of the size [`output_image`](Self::output_image).
///
/// # Examples
/// ```
/// use backprop::{Graph, Matrix, MaxPool2d, Module};
///
/// let graph = Graph::new();
/// let x = graph.matrix(&[[1.0, 2.0, 3.0, 3.0, 4.0, 0.0, 3.0, 3.0]]); // two rows of four
/// let y = MaxPool2d::new([2, 2], [2, 4]).forward_batch(&x)?;
/// assert_eq!(y.data(), Matrix::from([[4.0, 3.0]]));
/// assert_eq!(y.sum().backward().of(&x), [0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if the inputs do not have whole images; [`Error::InvalidArgument`] if the window is larger than the
/// image with its padding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPool2d {
    pub(crate) window: Window,
}

/// Average pooling of images, `torch.nn.AvgPool2d`: the mean of the elements under each place of a window.
///
/// The padding has zeros, which count in the mean, as by default in PyTorch.
///
/// Shapes: each row of the inputs has images of one size, channel after channel, as the outputs of
/// [`Conv2d`](crate::Conv2d); so has each row of the outputs, of the size [`output_image`](Self::output_image).
///
/// # Examples
/// ```
/// use backprop::{AvgPool2d, Matrix, Module};
///
/// let x = Matrix::from([[1.0, 2.0, 3.0, 5.0, 4.0, 1.0, 3.0, 5.0]]); // two rows of four
/// assert_eq!(AvgPool2d::new([2, 2], [2, 4]).forward_batch(&x)?, Matrix::from([[2.0, 4.0]]));
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if the inputs do not have whole images; [`Error::InvalidArgument`] if the window is larger than the
/// image with its padding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AvgPool2d {
    pub(crate) window: Window,
}

/// Max pooling of sequences, `torch.nn.MaxPool1d`: the largest element under each place of a window.
///
/// The padding has no elements. If several elements are the largest, the first gets the derivative. The result is NaN if
/// an element is NaN.
///
/// Shapes: each row of the inputs has sequences of one length, channel after channel; so has each row of the outputs, of
/// the length [`output_length`](Self::output_length).
///
/// # Examples
/// ```
/// use backprop::{Matrix, MaxPool1d, Module};
///
/// let x = Matrix::from([[1.0, 2.0, 4.0, 3.0]]);
/// assert_eq!(MaxPool1d::new(2, 4).forward_batch(&x)?, Matrix::from([[2.0, 4.0]]));
/// assert_eq!(MaxPool1d::new(2, 4).stride(1).forward_batch(&x)?, Matrix::from([[2.0, 4.0, 4.0]]));
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if the inputs do not have whole sequences; [`Error::InvalidArgument`] if the window is longer than
/// the sequence with its padding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPool1d {
    pub(crate) window: Window,
}

/// Average pooling of sequences, `torch.nn.AvgPool1d`: the mean of the elements under each place of a window.
///
/// The padding has zeros, which count in the mean, as by default in PyTorch.
///
/// Shapes: each row of the inputs has sequences of one length, channel after channel; so has each row of the outputs, of
/// the length [`output_length`](Self::output_length).
///
/// # Examples
/// ```
/// use backprop::{AvgPool1d, Matrix, Module};
///
/// let x = Matrix::from([[1.0, 3.0, 4.0, 6.0]]);
/// assert_eq!(AvgPool1d::new(2, 4).forward_batch(&x)?, Matrix::from([[2.0, 5.0]]));
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if the inputs do not have whole sequences; [`Error::InvalidArgument`] if the window is longer than
/// the sequence with its padding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AvgPool1d {
    pub(crate) window: Window,
}

/// Implements a pooling of images and one of sequences: `pooling! { MaxPool2d MaxPool1d Largest }`.
macro_rules! pooling {
    ($Pool2d:ident $Pool1d:ident $Reduction:ident) => {
        impl $Pool2d {
            /// Creates the pooling of images of this height and width, with the window `kernel`, which moves by its own
            /// size, and no padding.
            ///
            /// # Panics
            /// If `kernel` or `image` has no elements.
            #[track_caller]
            pub fn new(kernel: [usize; 2], image: [usize; 2]) -> $Pool2d {
                $Pool2d { window: Window { stride: kernel, ..Window::new(image, kernel) } }
            }

            /// Sets the distance from one place of the window to the next, down and to the right.
            ///
            /// # Panics
            /// If a distance is 0.
            #[track_caller]
            pub fn stride(self, stride: [usize; 2]) -> $Pool2d {
                $Pool2d { window: Window { stride: positive("stride", stride), ..self.window } }
            }

            /// Sets the number of rows above and below the image, and that of columns at its left and right.
            ///
            /// # Panics
            /// If the padding is more than half of the window.
            #[track_caller]
            pub fn padding(self, padding: [usize; 2]) -> $Pool2d {
                $Pool2d { window: padded(self.window, padding) }
            }

            /// Returns the height and the width of the outputs; 0 if the window is larger than the image with its padding.
            pub fn output_image(&self) -> [usize; 2] {
                self.window.output()
            }
        }

        module_without_parameters! {
            $Pool2d;
            fn forward_batch(&self, x) {
                let (image, kernel) = (self.window.image, self.window.kernel);
                pool(x, self.window, $Reduction, || {
                    format!("{}({} × {}) of {} × {}", stringify!($Pool2d), kernel[0], kernel[1], image[0], image[1])
                })
            }
        }

        impl $Pool1d {
            /// Creates the pooling of sequences of this length, with a window of `kernel` elements, which moves by its own
            /// length, and no padding.
            ///
            /// # Panics
            /// If `kernel` or `length` is 0.
            #[track_caller]
            pub fn new(kernel: usize, length: usize) -> $Pool1d {
                $Pool1d { window: Window { stride: [1, kernel], ..Window::new([1, length], [1, kernel]) } }
            }

            /// Sets the distance from one place of the window to the next.
            ///
            /// # Panics
            /// If `stride` is 0.
            #[track_caller]
            pub fn stride(self, stride: usize) -> $Pool1d {
                $Pool1d { window: Window { stride: positive("stride", [1, stride]), ..self.window } }
            }

            /// Sets the number of places before and after the sequence.
            ///
            /// # Panics
            /// If the padding is more than half of the window.
            #[track_caller]
            pub fn padding(self, padding: usize) -> $Pool1d {
                $Pool1d { window: padded(self.window, [0, padding]) }
            }

            /// Returns the length of the outputs; 0 if the window is longer than the sequence with its padding.
            pub fn output_length(&self) -> usize {
                self.window.output()[1]
            }
        }

        module_without_parameters! {
            $Pool1d;
            fn forward_batch(&self, x) {
                let (length, kernel) = (self.window.image[1], self.window.kernel[1]);
                pool(x, self.window, $Reduction, || format!("{}({kernel}) of length {length}", stringify!($Pool1d)))
            }
        }
    };
}
pooling! { MaxPool2d MaxPool1d Largest }
pooling! { AvgPool2d AvgPool1d Mean }

/// Returns a window with this padding, which each of its places exceeds.
#[track_caller]
fn padded(window: Window, padding: [usize; 2]) -> Window {
    let kernel = window.kernel;
    let is_small = padding[0] <= kernel[0] / 2 && padding[1] <= kernel[1] / 2;
    assert!(is_small, "`padding` must be at most half of the window {kernel:?}, got {padding:?}");
    Window { padding, ..window }
}

fn pool<S: Scalar>(
    x: &Matrix<S>,
    window: Window,
    reduction: impl Reduction,
    layer: impl Fn() -> String,
) -> Result<Matrix<S>, Error> {
    let channels = (x.ncols() / window.size()).max(1);
    check_inputs(channels * window.size(), x, &layer)?;
    window.check(layer)?;
    Ok(Matrix::compute([x], Pooling { window, reduction }))
}

/// The elements of an image under a window, in ranges of rows and columns, as one number.
trait Reduction: Copy + Send + 'static {
    /// Returns the number; the window has `area` elements, with those on the padding.
    fn reduce<T: Scalar>(self, image: &[T], under: impl Iterator<Item = usize>, area: usize) -> T;

    /// Adds the derivatives times `upstream`, by `along`, to those with respect to the image.
    fn propagate<T: Scalar>(
        self,
        image: &[T],
        under: impl Iterator<Item = usize>,
        area: usize,
        adjoint: &mut [T],
        upstream: T,
        along: Along,
    );
}

/// The largest element, of which only the first has a derivative, 1.
#[derive(Clone, Copy)]
struct Largest;

impl Reduction for Largest {
    #[inline(always)]
    fn reduce<T: Scalar>(self, image: &[T], under: impl Iterator<Item = usize>, _: usize) -> T {
        image[first_largest(image, under)]
    }

    #[inline(always)]
    fn propagate<T: Scalar>(
        self,
        image: &[T],
        under: impl Iterator<Item = usize>,
        _: usize,
        adjoint: &mut [T],
        upstream: T,
        along: Along,
    ) {
        match along {
            Along::Derivatives => adjoint[first_largest(image, under)] += upstream,
            Along::Paths => under.for_each(|index| adjoint[index] += upstream),
        }
    }
}

/// Returns the index of the largest element, the first of several; that of a NaN if there is one.
#[inline(always)]
fn first_largest<T: Scalar>(image: &[T], mut under: impl Iterator<Item = usize>) -> usize {
    let first = under.next().expect("each place of the window exceeds the padding");
    under.fold(first, |best, index| {
        let (x, largest) = (image[index], image[best]);
        if x > largest || (x.is_nan() && !largest.is_nan()) { index } else { best }
    })
}

/// The mean of the elements, in which the padding counts as zeros. Each element has the derivative 1/area.
#[derive(Clone, Copy)]
struct Mean;

impl Reduction for Mean {
    #[inline(always)]
    fn reduce<T: Scalar>(self, image: &[T], under: impl Iterator<Item = usize>, area: usize) -> T {
        let sum = under.map(|index| image[index]).reduce(|sum, x| sum + x).unwrap_or_else(T::zero);
        sum / T::of(area as f64)
    }

    #[inline(always)]
    fn propagate<T: Scalar>(
        self,
        _: &[T],
        under: impl Iterator<Item = usize>,
        area: usize,
        adjoint: &mut [T],
        upstream: T,
        along: Along,
    ) {
        let share = along.product(upstream, T::of(1.0 / area as f64));
        under.for_each(|index| adjoint[index] += share);
    }
}

/// A reduction of the elements under each place of a window, in each image of each row.
#[derive(Clone, Copy)]
struct Pooling<R> {
    window: Window,
    reduction: R,
}

impl<R: Reduction> Operation<1> for Pooling<R> {
    type Kept = Pooling<R>;

    fn shape(&self, [[rows, columns]]: [[usize; 2]; 1]) -> [usize; 2] {
        [rows, columns / self.window.size() * self.window.places()]
    }

    fn forward<T: Scalar>(&self, [x]: [ArrayView2<'_, T>; 1], result: &mut [T], _: &mut [T]) -> Pooling<R> {
        let Pooling { window, reduction } = self;
        let images = elements(x).chunks_exact(window.size()).zip(result.chunks_exact_mut(window.places()));
        for (image, result) in images {
            window.for_each_place(|place, ranges| {
                result[place] = reduction.reduce(image, indices(window, ranges), window.area());
            });
        }
        *self
    }

    fn backward<T: Scalar>(pooling: &Pooling<R>, context: &mut BackwardContext<'_, T, 1>) {
        let Pooling { window, reduction } = pooling;
        let (x, upstream, along) = (context.operands[0].data, context.upstream, context.along);
        let Some(adjoint) = context.adjoint_slice(0) else { return };
        let images = x.chunks_exact(window.size()).zip(adjoint.chunks_exact_mut(window.size()));
        for ((image, adjoint), upstream) in images.zip(upstream.chunks_exact(window.places())) {
            window.for_each_place(|place, ranges| {
                reduction.propagate(image, indices(window, ranges), window.area(), adjoint, upstream[place], along);
            });
        }
    }
}

/// Returns the indices in an image of the elements in these rows and columns.
#[inline(always)]
fn indices(window: &Window, [rows, columns]: [Range<usize>; 2]) -> impl Iterator<Item = usize> {
    let width = window.image[1];
    rows.flat_map(move |row| columns.clone().map(move |column| row * width + column))
}

/// Flattens images, `torch.nn.Flatten`: the identity, since each row of a [`Matrix`] is flat already.
///
/// A network that is translated from PyTorch can contain it, so that the numbers in the names of its parameters stay the
/// same.
///
/// # Examples
/// ```
/// use backprop::{Flatten, Matrix, Module};
///
/// let x = Matrix::from([[1.0, 2.0, 3.0, 4.0]]);
/// assert_eq!(Flatten.forward_batch(&x)?, x);
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flatten;

module_without_parameters! {
    Flatten;
    fn forward_batch(&self, x) {
        Ok(x.clone())
    }
}
