//! [`Conv2d`] and [`Conv1d`], with their mathematics: both passes.

use super::window::{Window, positive};
use super::{check_inputs, uniform};
use crate::error::Error;
use crate::kernels::slices::{MatrixView, MatrixViewMut};
use crate::kernels::sums::{FEW, add_in_pairs, space_for_pairs, sum};
use crate::matrix::Matrix;
use crate::matrix::ops::{BackwardContext, Operation, Products, are_plain, elements};
use crate::nn::Parameter;
use crate::scalar::Scalar;
use ndarray::ArrayView2;
use rand::Rng;
use std::ops::Range;

/// A convolution of images, `torch.nn.Conv2d`. As there, it is a cross-correlation: the kernel is not mirrored.
///
/// Equation, for the output channel o, with stride s, padding p and dilation d, and zeros beyond the image:
///
/// ```text
/// y[o, u, v] = bias[o] + Σ weight[o, c, i, j]·x[c, s·u + d·i − p, s·v + d·j − p]        over c, i and j
/// ```
///
/// Shapes: each row of the inputs is an image, channel after channel and each channel row by row, as PyTorch stores
/// images; so is each row of the outputs, of the size [`output_image`](Self::output_image). As the rows do not have the
/// size of the image, [`new`](Self::new) takes it. In files, the weight has the dimensions outputs × inputs/groups ×
/// height × width. The initial parameters are drawn as in PyTorch, uniformly within ±1/√(inputs/groups·height·width).
///
/// # Examples
/// Two convolutions, with a pooling between them, for images of 8 × 8:
///
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Conv2d, Linear, Matrix, MaxPool2d, Module};
///
/// let mut rng = SomeRng::seed_from_u64(1);
/// let first = Conv2d::<f32>::new([1, 8], [3, 3], [8, 8], &mut rng).padding([1, 1]);
/// let pool = MaxPool2d::new([2, 2], first.output_image());
/// let second = Conv2d::new([8, 16], [3, 3], pool.output_image(), &mut rng);
/// assert_eq!((pool.output_image(), second.output_image()), ([4, 4], [2, 2]));
/// let last = Linear::new(16 * 2 * 2, 10, &mut rng);
/// let net = (first, Activation::Relu, pool, second, Activation::Relu, last);
/// assert_eq!(net.forward_batch(&Matrix::zeros([5, 64]))?.shape(), [5, 10]);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// A kernel with known elements:
///
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Conv2d, Matrix, Module, Parameters};
///
/// let mut conv = Conv2d::<f64>::new([1, 1], [1, 2], [2, 3], &mut SomeRng::seed_from_u64(1));
/// conv.set_parameters(&[-1.0, 1.0, 0.5])?; // differences of neighbours, plus 0.5
/// let image = Matrix::from([[1.0, 2.0, 4.0, 0.0, 3.0, 9.0]]);
/// assert_eq!(conv.forward_batch(&image)?, Matrix::from([[1.5, 2.5, 3.5, 6.5]]));
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if the inputs have another number of columns; [`Error::InvalidArgument`] if the kernel is larger than
/// the image with its padding.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2d<S: Scalar> {
    weight: Parameter<S>,
    bias: Option<Parameter<S>>,
    pub(crate) convolution: Convolution,
}

impl<S: Scalar> Conv2d<S> {
    /// Creates a convolution from `channels[0]` to `channels[1]` channels with random parameters, stride 1, dilation 1 and
    /// no padding. `kernel` and `image` are heights and widths.
    ///
    /// # Panics
    /// If a number of channels is 0, or `kernel` or `image` has no elements.
    #[track_caller]
    pub fn new(channels: [usize; 2], kernel: [usize; 2], image: [usize; 2], rng: &mut impl Rng) -> Conv2d<S> {
        let conv = Conv2d::without_bias(channels, kernel, image, rng);
        Conv2d { bias: Some(conv.convolution.draw_bias(rng)), ..conv }
    }

    /// Creates a convolution that has no bias, with random weights.
    ///
    /// # Panics
    /// If a number of channels is 0, or `kernel` or `image` has no elements.
    #[doc(alias = "bias=False")]
    #[track_caller]
    pub fn without_bias(channels: [usize; 2], kernel: [usize; 2], image: [usize; 2], rng: &mut impl Rng) -> Conv2d<S> {
        let convolution = Convolution::new(channels, Window::new(image, kernel));
        Conv2d { weight: convolution.draw_weight(&kernel, rng), bias: None, convolution }
    }

    /// Sets the distance from one place of the kernel to the next, down and to the right.
    ///
    /// # Panics
    /// If a distance is 0.
    #[track_caller]
    pub fn stride(mut self, stride: [usize; 2]) -> Conv2d<S> {
        self.convolution.window.stride = positive("stride", stride);
        self
    }

    /// Sets the number of rows of zeros above and below the image, and that of columns of zeros at its left and right.
    pub fn padding(mut self, padding: [usize; 2]) -> Conv2d<S> {
        self.convolution.window.padding = padding;
        self
    }

    /// Sets the distance from one element of the kernel to the next, down and to the right.
    ///
    /// # Panics
    /// If a distance is 0.
    #[track_caller]
    pub fn dilation(mut self, dilation: [usize; 2]) -> Conv2d<S> {
        self.convolution.window.dilation = positive("dilation", dilation);
        self
    }

    /// Divides the channels into groups, each of which is convolved for itself, and draws the parameters again.
    ///
    /// # Panics
    /// If `groups` does not divide both numbers of channels.
    #[track_caller]
    pub fn groups(self, groups: usize, rng: &mut impl Rng) -> Conv2d<S> {
        let convolution = self.convolution.with_groups(groups);
        let weight = convolution.draw_weight(&convolution.window.kernel, rng);
        Conv2d { weight, bias: self.bias.map(|_| convolution.draw_bias(rng)), convolution }
    }

    /// Returns the height and the width of the outputs; 0 if the kernel is larger than the image with its padding.
    pub fn output_image(&self) -> [usize; 2] {
        self.convolution.window.output()
    }

    /// Returns the weight, with a row of inputs/groups·height·width elements for each output channel.
    pub fn weight(&self) -> &Parameter<S> {
        &self.weight
    }

    /// Returns the bias.
    pub fn bias(&self) -> Option<&Parameter<S>> {
        self.bias.as_ref()
    }
}

module! {
    Conv2d { weight, bias; convolution }
    fn forward_batch(&self, x) {
        self.convolution.apply(x, &self.weight, self.bias.as_ref(), || {
            let Convolution { channels: [inputs, outputs], window: Window { image: [height, width], .. }, .. } =
                self.convolution;
            format!("Conv2d({inputs}, {outputs}) of {height} × {width}")
        })
    }
}

/// A convolution of sequences, `torch.nn.Conv1d`. As there, it is a cross-correlation: the kernel is not mirrored.
///
/// Equation, for the output channel o, with stride s, padding p and dilation d, and zeros beyond the sequence:
///
/// ```text
/// y[o, u] = bias[o] + Σ weight[o, c, i]·x[c, s·u + d·i − p]        over c and i
/// ```
///
/// Shapes: each row of the inputs is a sequence, channel after channel; so is each row of the outputs, of the length
/// [`output_length`](Self::output_length). In files, the weight has the dimensions outputs × inputs/groups × kernel. The
/// initial parameters are drawn as in PyTorch, uniformly within ±1/√(inputs/groups·kernel).
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Conv1d, Matrix, Module, Parameters};
///
/// let mut conv = Conv1d::<f64>::new([1, 1], 3, 4, &mut SomeRng::seed_from_u64(1)).padding(1);
/// conv.set_parameters(&[1.0, 1.0, 1.0, 0.0])?; // sums of three neighbours
/// assert_eq!(conv.forward_batch(&Matrix::from([[1.0, 2.0, 3.0, 4.0]]))?, Matrix::from([[3.0, 6.0, 9.0, 7.0]]));
/// assert_eq!(conv.output_length(), 4);
/// # Ok::<(), backprop::Error>(())
/// ```
///
/// # Errors
/// [`Error::Shape`] if the inputs have another number of columns; [`Error::InvalidArgument`] if the kernel is larger than
/// the sequence with its padding.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv1d<S: Scalar> {
    weight: Parameter<S>,
    bias: Option<Parameter<S>>,
    pub(crate) convolution: Convolution,
}

impl<S: Scalar> Conv1d<S> {
    /// Creates a convolution of sequences of this length, from `channels[0]` to `channels[1]` channels, with random
    /// parameters, stride 1, dilation 1 and no padding.
    ///
    /// # Panics
    /// If a number of channels, `kernel` or `length` is 0.
    #[track_caller]
    pub fn new(channels: [usize; 2], kernel: usize, length: usize, rng: &mut impl Rng) -> Conv1d<S> {
        let conv = Conv1d::without_bias(channels, kernel, length, rng);
        Conv1d { bias: Some(conv.convolution.draw_bias(rng)), ..conv }
    }

    /// Creates a convolution that has no bias, with random weights.
    ///
    /// # Panics
    /// If a number of channels, `kernel` or `length` is 0.
    #[doc(alias = "bias=False")]
    #[track_caller]
    pub fn without_bias(channels: [usize; 2], kernel: usize, length: usize, rng: &mut impl Rng) -> Conv1d<S> {
        let convolution = Convolution::new(channels, Window::new([1, length], [1, kernel]));
        Conv1d { weight: convolution.draw_weight(&[kernel], rng), bias: None, convolution }
    }

    /// Sets the distance from one place of the kernel to the next.
    ///
    /// # Panics
    /// If `stride` is 0.
    #[track_caller]
    pub fn stride(mut self, stride: usize) -> Conv1d<S> {
        self.convolution.window.stride = positive("stride", [1, stride]);
        self
    }

    /// Sets the number of zeros before and after the sequence.
    pub fn padding(mut self, padding: usize) -> Conv1d<S> {
        self.convolution.window.padding = [0, padding];
        self
    }

    /// Sets the distance from one element of the kernel to the next.
    ///
    /// # Panics
    /// If `dilation` is 0.
    #[track_caller]
    pub fn dilation(mut self, dilation: usize) -> Conv1d<S> {
        self.convolution.window.dilation = positive("dilation", [1, dilation]);
        self
    }

    /// Divides the channels into groups, each of which is convolved for itself, and draws the parameters again.
    ///
    /// # Panics
    /// If `groups` does not divide both numbers of channels.
    #[track_caller]
    pub fn groups(self, groups: usize, rng: &mut impl Rng) -> Conv1d<S> {
        let convolution = self.convolution.with_groups(groups);
        let weight = convolution.draw_weight(&convolution.window.kernel[1..], rng);
        Conv1d { weight, bias: self.bias.map(|_| convolution.draw_bias(rng)), convolution }
    }

    /// Returns the length of the outputs; 0 if the kernel is larger than the sequence with its padding.
    pub fn output_length(&self) -> usize {
        self.convolution.window.output()[1]
    }

    /// Returns the weight, with a row of inputs/groups·kernel elements for each output channel.
    pub fn weight(&self) -> &Parameter<S> {
        &self.weight
    }

    /// Returns the bias.
    pub fn bias(&self) -> Option<&Parameter<S>> {
        self.bias.as_ref()
    }
}

module! {
    Conv1d { weight, bias; convolution }
    fn forward_batch(&self, x) {
        self.convolution.apply(x, &self.weight, self.bias.as_ref(), || {
            let Convolution { channels: [inputs, outputs], window: Window { image: [_, length], .. }, .. } =
                self.convolution;
            format!("Conv1d({inputs}, {outputs}) of length {length}")
        })
    }
}

/// A convolution of the images in the first operand with the weight in the second, plus the bias in the third, if there
/// is one.
///
/// The elements of the images under each element of the kernel are written to a row of a matrix C, with zeros for the
/// padding (im2col). With the weight W, a row for each output channel, the result is W·C. With the upstream adjoints U,
/// ∂/∂W is U·Cᵀ and ∂/∂C is Wᵀ·U, whose rows are added to the adjoints of the images (col2im). In groups, these are
/// products of a part of the rows each.
///
/// C has a few small images side by side, or one large one, so that it stays in a near cache. The backward pass writes it
/// again: this takes less time than to read it from memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Convolution {
    pub(crate) channels: [usize; 2],
    pub(crate) groups: usize,
    pub(crate) window: Window,
    /// The number of images side by side in C, which [`apply`](Self::apply) sets.
    block: usize,
}

/// The number of columns of C, unless an image has more.
const COLUMNS: usize = 256;

impl Convolution {
    #[track_caller]
    fn new(channels: [usize; 2], window: Window) -> Convolution {
        Convolution { channels: positive("channels", channels), groups: 1, window, block: 1 }
    }

    #[track_caller]
    fn with_groups(self, groups: usize) -> Convolution {
        let [inputs, outputs] = self.channels;
        assert!(
            groups > 0 && inputs % groups == 0 && outputs % groups == 0,
            "`groups` must divide {inputs} and {outputs} channels, got {groups}"
        );
        Convolution { groups, ..self }
    }

    /// Draws the weight, whose dimensions in files end with those of the kernel.
    fn draw_weight<S: Scalar>(&self, kernel: &[usize], rng: &mut impl Rng) -> Parameter<S> {
        let [_, outputs] = self.channels;
        let values = uniform([outputs, self.terms()], self.terms(), rng);
        Parameter::with_shape(values, &[&[outputs, self.channels[0] / self.groups], kernel].concat())
    }

    fn draw_bias<S: Scalar>(&self, rng: &mut impl Rng) -> Parameter<S> {
        Parameter::bias(uniform([1, self.channels[1]], self.terms(), rng))
    }

    /// Returns the number of terms of an output: the elements of the kernel in each channel of a group.
    pub(crate) fn terms(&self) -> usize {
        self.channels[0] / self.groups * self.window.area()
    }

    fn apply<S: Scalar>(
        &self,
        x: &Matrix<S>,
        weight: &Parameter<S>,
        bias: Option<&Parameter<S>>,
        layer: impl Fn() -> String,
    ) -> Result<Matrix<S>, Error> {
        check_inputs(self.channels[0] * self.window.size(), x, &layer)?;
        self.window.check(layer)?;
        let block = (COLUMNS / self.window.places()).min(x.nrows()).max(1);
        let convolution = Convolution { block, ..*self };
        Ok(match bias {
            Some(bias) => Matrix::compute([x, weight.values(), bias.values()], convolution),
            None => Matrix::compute([x, weight.values()], convolution),
        })
    }

    /// Returns the number of elements of C; 0 if C is the image itself.
    fn space(&self) -> usize {
        if self.is_image() { 0 } else { self.groups * self.terms() * self.block * self.window.places() }
    }

    /// Returns true if C is the image itself.
    fn is_image(&self) -> bool {
        self.window.is_identity() && self.block == 1
    }

    /// Writes C to `columns`, whose elements on the padding stay 0, and returns it.
    fn write_columns<'a, T: Scalar>(&self, images: &'a [T], columns: &'a mut [T]) -> &'a [T] {
        if self.is_image() {
            return images;
        }
        let ([inputs, _], places, size) = (self.channels, self.window.places(), self.window.size());
        self.window.for_each_element(|at| {
            for (i, image) in images.chunks_exact(size).enumerate() {
                let columns = &mut columns[self.start_in_columns(i % inputs, at.element, i / inputs)..][..places];
                if let Some((range, start)) = at.as_shift() {
                    let len = range.len();
                    columns[range].copy_from_slice(&image[start..][..len]);
                    at.clear_padding(columns);
                } else {
                    at.for_each_row(|range, start| {
                        let image = image[start..].iter().step_by(at.step());
                        columns[range].iter_mut().zip(image).for_each(|(c, &x)| *c = x);
                    });
                }
            }
        });
        columns
    }

    /// Adds the derivatives with respect to C to those with respect to the images.
    fn add_columns<T: Scalar>(&self, columns: &mut [T], adjoints: &mut [T]) {
        let ([inputs, _], places, size) = (self.channels, self.window.places(), self.window.size());
        self.window.for_each_element(|at| {
            for (i, adjoint) in adjoints.chunks_exact_mut(size).enumerate() {
                let columns = &mut columns[self.start_in_columns(i % inputs, at.element, i / inputs)..][..places];
                T::vectorize(|| {
                    if let Some((range, start)) = at.as_shift() {
                        at.clear_padding(columns);
                        let adjoint = adjoint[start..].iter_mut();
                        adjoint.zip(&columns[range]).for_each(|(adjoint, &x)| *adjoint += x);
                    } else {
                        at.for_each_row(|range, start| {
                            let adjoint = adjoint[start..].iter_mut().step_by(at.step());
                            adjoint.zip(&columns[range]).for_each(|(adjoint, &x)| *adjoint += x);
                        });
                    }
                });
            }
        });
    }

    /// Returns the place in C of an image: the row of an element of the kernel in a channel, the columns of a sample.
    fn start_in_columns(&self, channel: usize, element: usize, sample: usize) -> usize {
        ((channel * self.window.area() + element) * self.block + sample) * self.window.places()
    }

    /// Calls `f` with each group: its index, and the numbers of its output channels and of its rows of C.
    fn for_each_group(&self, mut f: impl FnMut(usize, usize, usize)) {
        (0..self.groups).for_each(|group| f(group, self.channels[1] / self.groups, self.terms()));
    }

    /// Returns the rows of a group in a matrix with the columns of C.
    fn of_group<'a, T>(&self, data: &'a [T], group: usize, rows: usize, samples: usize) -> MatrixView<'a, T> {
        let (stride, columns) = (self.block * self.window.places(), samples * self.window.places());
        MatrixView::with_stride(&data[group * rows * stride..], [rows, columns], stride)
    }

    /// Returns the rows of a group in a matrix with the columns of C, without values.
    fn of_group_mut<'a, T>(
        &self,
        data: &'a mut [T],
        group: usize,
        rows: usize,
        samples: usize,
    ) -> MatrixViewMut<'a, T> {
        let (stride, columns) = (self.block * self.window.places(), samples * self.window.places());
        MatrixViewMut::with_stride(&mut data[group * rows * stride..], [rows, columns], stride).fresh(true)
    }

    /// Writes the upstream adjoints of the samples of a block side by side, with the columns of C, and returns them.
    fn side_by_side<'a, T: Scalar>(&self, upstream: &'a [T], samples: Range<usize>, space: &'a mut [T]) -> &'a [T] {
        let (outputs, places) = (self.channels[1], self.window.places());
        let upstream = &upstream[samples.start * outputs * places..samples.end * outputs * places];
        if self.block == 1 {
            return upstream;
        }
        for (i, channel) in upstream.chunks_exact(places).enumerate() {
            let start = (i % outputs * self.block + i / outputs) * places;
            space[start..][..places].copy_from_slice(channel);
        }
        space
    }

    fn result_shape(&self, [samples, _]: [usize; 2]) -> [usize; 2] {
        [samples, self.channels[1] * self.window.places()]
    }

    fn compute<T: Scalar>(&self, x: &[T], weight: &[T], bias: Option<&[T]>, result: &mut [T], saved: &mut [T]) {
        let ([inputs, outputs], places, block) = (self.channels, self.window.places(), self.block);
        let (columns, sums) = saved.split_at_mut(self.space());
        let images = x.chunks(block * inputs * self.window.size());
        for (images, result) in images.zip(result.chunks_mut(block * outputs * places)) {
            let (columns, samples) = (self.write_columns(images, columns), result.len() / (outputs * places));
            self.for_each_group(|group, channels, terms| {
                let weight = MatrixView::new(&weight[group * channels * terms..], [channels, terms]);
                let columns = self.of_group(columns, group, terms, samples);
                T::add_product(weight, columns, self.of_group_mut(sums, group, channels, samples));
            });
            for (i, result) in result.chunks_exact_mut(places).enumerate() {
                let sums = &sums[(i % outputs * block + i / outputs) * places..][..places];
                match bias {
                    Some(bias) => result.iter_mut().zip(sums).for_each(|(y, &sum)| *y = sum + bias[i % outputs]),
                    None => result.copy_from_slice(sums),
                }
            }
        }
    }

    fn propagate<T: Scalar, const N: usize>(&self, context: &mut BackwardContext<'_, T, N>) {
        let (x, weight, upstream) = (context.operands[0], context.operands[1].data, context.upstream);
        let ([_, outputs], places, block, samples) = (self.channels, self.window.places(), self.block, x.rows);
        let is_plain = are_plain(context.result.data) && are_plain(upstream);
        let mut scratch = context.take_scratch();
        if N > 2 {
            scratch.resize(outputs * space_for_pairs(samples, FEW), T::zero());
            if let Some(adjoint) = context.adjoint_slice(2) {
                add_in_pairs(samples, FEW, adjoint, &mut scratch, &mut |samples, sums| {
                    let upstream = &upstream[samples.start * outputs * places..samples.end * outputs * places];
                    for (i, channel) in upstream.chunks_exact(places).enumerate() {
                        sums[i % outputs] += sum(channel);
                    }
                });
            }
        }
        if !is_plain {
            self.propagate_by_element(context);
            return context.return_scratch(scratch);
        }
        let products = Products { along: context.along, is_plain };
        let (blocks, blocks_at_once) = (samples.div_ceil(block), FEW.div_ceil(block));
        let samples_of = |index: usize| index * block..samples.min((index + 1) * block);
        let [of_columns, of_upstream] = [self.groups * self.terms(), outputs].map(|rows| rows * block * places);
        scratch.clear();
        scratch.resize(of_columns + of_upstream + weight.len() * space_for_pairs(blocks, blocks_at_once), T::zero());
        let (columns, rest) = scratch.split_at_mut(of_columns);
        let (upstream_space, space) = rest.split_at_mut(of_upstream);
        if let Some(adjoint) = context.adjoint_slice(1) {
            add_in_pairs(blocks, blocks_at_once, adjoint, space, &mut |blocks, sums| {
                for samples in blocks.map(samples_of) {
                    let images = &x.data[samples.start * x.columns..samples.end * x.columns];
                    let (columns, upstream) = (
                        self.write_columns(images, columns),
                        self.side_by_side(upstream, samples.clone(), upstream_space),
                    );
                    self.for_each_group(|group, channels, terms| {
                        let upstream = self.of_group(upstream, group, channels, samples.len());
                        let columns = self.of_group(columns, group, terms, samples.len());
                        let sums = &mut sums[group * channels * terms..][..channels * terms];
                        products.add_left(upstream, columns.t(), MatrixViewMut::new(sums, [channels, terms]));
                    });
                }
            });
        }
        if let Some(adjoint) = context.adjoint_slice(0) {
            for samples in (0..blocks).map(samples_of) {
                let upstream = self.side_by_side(upstream, samples.clone(), upstream_space);
                self.for_each_group(|group, channels, terms| {
                    let upstream = self.of_group(upstream, group, channels, samples.len());
                    let weight = MatrixView::new(&weight[group * channels * terms..], [channels, terms]);
                    let columns = self.of_group_mut(columns, group, terms, samples.len());
                    products.add_right(weight.t(), upstream, columns);
                });
                self.add_columns(columns, &mut adjoint[samples.start * x.columns..samples.end * x.columns]);
            }
        }
        context.return_scratch(scratch);
    }

    /// Adds the derivatives with respect to image and weight, one product after another, with 0 as a strong zero. The
    /// padding has no derivatives.
    fn propagate_by_element<T: Scalar, const N: usize>(&self, context: &mut BackwardContext<'_, T, N>) {
        let (operands, upstream, along) = (context.operands, context.upstream, context.along);
        for index in [0, 1] {
            if let Some(adjoint) = context.adjoint_slice(index) {
                let other = operands[1 - index].data;
                self.for_each_product(operands[0].rows, |y, factors| {
                    adjoint[factors[index]] += along.product(upstream[y], other[factors[1 - index]]);
                });
            }
        }
    }

    /// Calls `f` with the indices of the output, and of the elements of image and weight, of each product.
    fn for_each_product(&self, samples: usize, mut f: impl FnMut(usize, [usize; 2])) {
        let ([inputs, outputs], window) = (self.channels, self.window);
        let (size, places, area, of_group) = (window.size(), window.places(), window.area(), inputs / self.groups);
        for sample in 0..samples {
            for output in 0..outputs {
                let group = output / (outputs / self.groups);
                for channel in 0..of_group {
                    let image = (sample * inputs + group * of_group + channel) * size;
                    let weight = (output * of_group + channel) * area;
                    let result = (sample * outputs + output) * places;
                    window.for_each_element(|at| {
                        at.for_each_row(|range, start| {
                            for (i, place) in range.enumerate() {
                                f(result + place, [image + start + i * at.step(), weight + at.element]);
                            }
                        });
                    });
                }
            }
        }
    }
}

macro_rules! operation {
    ($N:literal, [$x:ident, $weight:ident $(, $bias:ident)?], $optional_bias:expr) => {
        impl Operation<$N> for Convolution {
            type Kept = Convolution;

            fn shape(&self, operands: [[usize; 2]; $N]) -> [usize; 2] {
                self.result_shape(operands[0])
            }

            /// Returns the space for C and W·C, which the backward pass does not need.
            fn saved(&self, _: [[usize; 2]; $N]) -> usize {
                self.space() + self.channels[1] * self.block * self.window.places()
            }

            fn forward<T: Scalar>(
                &self,
                [$x, $weight $(, $bias)?]: [ArrayView2<'_, T>; $N],
                result: &mut [T],
                space: &mut [T],
            ) -> Convolution {
                self.compute(elements($x), elements($weight), $optional_bias, result, space);
                *self
            }

            fn backward<T: Scalar>(convolution: &Convolution, context: &mut BackwardContext<'_, T, $N>) {
                convolution.propagate(context);
            }
        }
    };
}
operation!(2, [x, weight], None);
operation!(3, [x, weight, bias], Some(elements(bias)));
