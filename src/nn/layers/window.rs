//! [`Window`]: the places of a kernel on an image.

use crate::error::Error;
use crate::scalar::Scalar;
use std::ops::Range;

/// A kernel that moves over an image. Sizes are heights and widths, in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    pub(crate) image: [usize; 2],
    pub(crate) kernel: [usize; 2],
    /// The distance from one place of the kernel to the next.
    pub(crate) stride: [usize; 2],
    /// The number of rows and columns around the image, on each side.
    pub(crate) padding: [usize; 2],
    /// The distance from one element of the kernel to the next.
    pub(crate) dilation: [usize; 2],
}

impl Window {
    /// Creates a window with stride 1 and dilation 1, without padding.
    #[track_caller]
    pub(super) fn new(image: [usize; 2], kernel: [usize; 2]) -> Window {
        let [image, kernel] = [positive("image", image), positive("kernel", kernel)];
        Window { image, kernel, stride: [1, 1], padding: [0, 0], dilation: [1, 1] }
    }

    /// Returns the number of places in each direction; 0 if the kernel is larger than the image with its padding.
    pub(crate) fn output(&self) -> [usize; 2] {
        [0, 1].map(|axis| {
            let places = (self.image[axis] + 2 * self.padding[axis]).checked_sub(self.extent(axis));
            places.map_or(0, |places| places / self.stride[axis] + 1)
        })
    }

    /// Checks that the kernel has a place.
    pub(super) fn check(&self, layer: impl FnOnce() -> String) -> Result<(), Error> {
        if self.output().iter().all(|&places| places > 0) {
            return Ok(());
        }
        let [height, width] = [0, 1].map(|axis| self.image[axis] + 2 * self.padding[axis]);
        let requirement = format!("fit in the image of {height} × {width} with its padding in {}", layer());
        Err(Error::invalid_argument("kernel", requirement, format!("{} × {}", self.extent(0), self.extent(1))))
    }

    /// Returns the number of elements of the image.
    pub(crate) fn size(&self) -> usize {
        self.image[0] * self.image[1]
    }

    /// Returns the number of places.
    pub(crate) fn places(&self) -> usize {
        self.output().iter().product()
    }

    /// Returns the number of elements of the kernel.
    pub(crate) fn area(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Returns true if each place of the kernel is one element, and the places are the image.
    pub(super) fn is_identity(&self) -> bool {
        self.area() == 1 && self.stride == [1, 1] && self.padding == [0, 0]
    }

    /// Returns the number of elements of the image, from the first to the last of the kernel.
    fn extent(&self, axis: usize) -> usize {
        (self.kernel[axis] - 1) * self.dilation[axis] + 1
    }

    /// Returns the places, of `output`, at which element `index` of the kernel is on the image, not on the padding.
    fn places_on_image(&self, axis: usize, index: usize, output: usize) -> Range<usize> {
        let (offset, padding, stride) = (index * self.dilation[axis], self.padding[axis], self.stride[axis]);
        let start = padding.saturating_sub(offset).div_ceil(stride);
        let end = (self.image[axis] + padding).saturating_sub(offset).div_ceil(stride).min(output);
        start..end.max(start)
    }

    /// Calls `f` for each element of the kernel with the places at which it is on the image.
    #[inline(always)]
    pub(super) fn for_each_element(&self, mut f: impl FnMut(Places)) {
        let output = self.output();
        for i in 0..self.kernel[0] {
            let rows = self.places_on_image(0, i, output[0]);
            for j in 0..self.kernel[1] {
                let columns = self.places_on_image(1, j, output[1]);
                if rows.is_empty() || columns.is_empty() {
                    continue;
                }
                let y = rows.start * self.stride[0] + i * self.dilation[0] - self.padding[0];
                let x = columns.start * self.stride[1] + j * self.dilation[1] - self.padding[1];
                f(Places {
                    element: i * self.kernel[1] + j,
                    rows: rows.len(),
                    columns: columns.len(),
                    first: rows.start * output[1] + columns.start,
                    first_of_image: y * self.image[1] + x,
                    steps: [output[1], self.stride[0] * self.image[1]],
                    step: self.stride[1],
                });
            }
        }
    }

    /// Calls `f` with the index of each place and the ranges of rows and columns of the image that are under the kernel,
    /// whose dilation is 1.
    #[inline(always)]
    pub(super) fn for_each_place(&self, mut f: impl FnMut(usize, [Range<usize>; 2])) {
        let [rows, columns] = self.output();
        let under = |axis: usize, place: usize| {
            let (first, padding) = (place * self.stride[axis], self.padding[axis]);
            first.saturating_sub(padding)..(first + self.kernel[axis] - padding).min(self.image[axis])
        };
        for row in 0..rows {
            for column in 0..columns {
                f(row * columns + column, [under(0, row), under(1, column)]);
            }
        }
    }
}

/// The places of a window at which an element of its kernel is on the image: a rectangle.
#[derive(Clone, Copy)]
pub(super) struct Places {
    /// The index in the kernel.
    pub(super) element: usize,
    rows: usize,
    columns: usize,
    /// The index of the first place, and that of the element of the image there.
    first: usize,
    first_of_image: usize,
    /// The distances from one row to the next, of places and of elements of the image.
    steps: [usize; 2],
    /// The distance from one element of the image to the next.
    step: usize,
}

impl Places {
    /// Calls `f` for each row with the range of places, and the index of the element of the image at the first.
    #[inline(always)]
    pub(super) fn for_each_row(self, mut f: impl FnMut(Range<usize>, usize)) {
        for row in 0..self.rows {
            let place = self.first + row * self.steps[0];
            f(place..place + self.columns, self.first_of_image + row * self.steps[1]);
        }
    }

    /// Returns the distance from one element of the image to the next.
    pub(super) fn step(self) -> usize {
        self.step
    }

    /// Returns the range of places from the first to the last, and the index of the element of the image at the first, if
    /// the image is only shifted: from each place to the next, also from the end of a row to the next row, the element of
    /// the image is the next one.
    pub(super) fn as_shift(self) -> Option<(Range<usize>, usize)> {
        let is_shift = self.step == 1 && self.steps[0] == self.steps[1];
        is_shift.then(|| (self.first..self.first + (self.rows - 1) * self.steps[0] + self.columns, self.first_of_image))
    }

    /// Sets the elements at the places between the ends of the rows and the next rows, which are on the padding, to 0.
    pub(super) fn clear_padding<T: Scalar>(self, elements: &mut [T]) {
        // Column by column: they are few, and a row of them is too short for a call.
        for column in self.columns..self.steps[0] {
            let elements = elements[self.first + column..].iter_mut().step_by(self.steps[0]);
            elements.take(self.rows - 1).for_each(|x| *x = T::zero());
        }
    }
}

/// Panics unless both sizes are positive.
#[track_caller]
pub(super) fn positive(name: &str, sizes: [usize; 2]) -> [usize; 2] {
    assert!(sizes.iter().all(|&size| size > 0), "`{name}` must be positive, got {sizes:?}");
    sizes
}
