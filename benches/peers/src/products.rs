//! Products of matrices by shape, in single precision on one thread: this crate's kernel compared with `gemm` and
//! `matrixmultiply`. Every product is added to the result, as in a backward pass.
//!
//! faer 0.24 is left out: on an AVX-512 machine its product for the gradient of T6's first weights ends in a
//! segmentation fault.

use crate::batches::Batch;
use crate::harness::{self, Run};
use ::backprop::{MatrixView, MatrixViewMut, Scalar};
use gemm::Parallelism;
use std::hint::black_box;
use std::rc::Rc;

/// A matrix: its elements in memory, and how they are read.
type View<'a> = (&'a [f32], Layout);
type ViewMut<'a> = (&'a mut [f32], Layout);

/// A crate, and its function that adds the product of two matrices to a third.
pub struct Library {
    pub name: &'static str,
    add_product: fn(View, View, ViewMut),
}

pub const LIBRARIES: [Library; 3] = [
    Library { name: "**backprop**", add_product: by_backprop },
    Library { name: "gemm 0.19", add_product: by_gemm },
    Library { name: "matrixmultiply 0.3", add_product: by_matrixmultiply },
];

/// A matrix in memory, with rows at a distance of `stride` elements; read as its transpose if it is transposed.
#[derive(Clone, Copy)]
struct Layout {
    rows: usize,
    columns: usize,
    stride: usize,
    transposed: bool,
}

impl Layout {
    fn new(rows: usize, columns: usize, stride: usize) -> Layout {
        Layout { rows, columns, stride, transposed: false }
    }

    fn t(self) -> Layout {
        Layout { transposed: !self.transposed, ..self }
    }

    /// Returns the numbers of rows and columns of the operand.
    fn shape(self) -> [usize; 2] {
        if self.transposed { [self.columns, self.rows] } else { [self.rows, self.columns] }
    }

    /// Returns the distances of rows and of columns of the operand in memory.
    fn strides(self) -> [isize; 2] {
        if self.transposed { [1, self.stride as isize] } else { [self.stride as isize, 1] }
    }

    fn index(self, row: usize, column: usize) -> usize {
        if self.transposed { column * self.stride + row } else { row * self.stride + column }
    }

    /// Returns numbers between −1 and 1.
    fn elements(self) -> Vec<f32> {
        (0..self.rows * self.stride).map(|i| ((i * 7 % 23) as f32 - 11.0) / 11.0).collect()
    }
}

fn by_backprop(a: View, b: View, (sums, layout): ViewMut) {
    fn view((elements, Layout { rows, columns, stride, transposed }): View<'_>) -> MatrixView<'_, f32> {
        let view = MatrixView::with_stride(elements, [rows, columns], stride);
        if transposed { view.t() } else { view }
    }
    f32::add_product(view(a), view(b), MatrixViewMut::with_stride(sums, layout.shape(), layout.stride));
}

fn by_gemm((a, a_layout): View, (b, b_layout): View, (sums, layout): ViewMut) {
    let ([m, k], [_, n]) = (a_layout.shape(), b_layout.shape());
    let ([a_row, a_column], [b_row, b_column]) = (a_layout.strides(), b_layout.strides());
    let ([row, column], sums) = (layout.strides(), sums.as_mut_ptr());
    let (alpha, beta, no) = (1.0, 1.0, false); // sums ← alpha·sums + beta·a·b, no conjugates
    let (a, b, threads) = (a.as_ptr(), b.as_ptr(), Parallelism::None);
    // SAFETY: rows and columns at these distances are within the slices.
    unsafe {
        gemm::gemm(
            m, n, k, sums, column, row, true, a, a_column, a_row, b, b_column, b_row, alpha, beta, no, no, no, threads,
        );
    }
}

fn by_matrixmultiply((a, a_layout): View, (b, b_layout): View, (sums, layout): ViewMut) {
    let ([m, k], [_, n]) = (a_layout.shape(), b_layout.shape());
    let ([a_row, a_column], [b_row, b_column]) = (a_layout.strides(), b_layout.strides());
    let ([row, column], sums) = (layout.strides(), sums.as_mut_ptr());
    let (a, b) = (a.as_ptr(), b.as_ptr());
    // SAFETY: rows and columns at these distances are within the slices.
    unsafe { matrixmultiply::sgemm(m, k, n, 1.0, a, a_row, a_column, b, b_row, b_column, 1.0, sums, row, column) }
}

/// A product and its result.
struct Product {
    a: (Rc<[f32]>, Layout),
    b: (Rc<[f32]>, Layout),
    sums: (Vec<f32>, Layout),
}

impl Product {
    fn add(&mut self, library: &Library) {
        let Product { a, b, sums } = black_box(self);
        (library.add_product)((&a.0, a.1), (&b.0, b.1), (&mut sums.0, sums.1));
    }

    /// Returns the number of floating-point operations.
    fn operations(&self) -> f64 {
        let ([rows, inner], [_, columns]) = (self.a.1.shape(), self.b.1.shape());
        (2 * rows * inner * columns) as f64
    }

    /// Compares the product of a library with the sums of the definition.
    fn check(&mut self, library: &Library) {
        self.sums.0.fill(0.5);
        self.add(library);
        let ([rows, inner], [_, columns]) = (self.a.1.shape(), self.b.1.shape());
        let element = |(elements, layout): &(Rc<[f32]>, Layout), i, j| f64::from(elements[layout.index(i, j)]);
        for i in 0..rows {
            for j in 0..columns {
                let terms = (0..inner).map(|k| element(&self.a, i, k) * element(&self.b, k, j));
                let (is, expected) = (f64::from(self.sums.0[self.sums.1.index(i, j)]), 0.5 + terms.sum::<f64>());
                assert!((is - expected).abs() < 1e-6 * inner as f64, "{}: {is}, not {expected}", library.name);
            }
        }
    }
}

/// A layer over a batch. The first layer of a network has no gradient with respect to its inputs.
#[derive(Clone, Copy)]
struct Layer {
    samples: usize,
    inputs: usize,
    outputs: usize,
    is_first: bool,
    /// True if each neuron has a row of weights and a bias, and the outputs are X·Wᵀ, as in an `Mlp`; otherwise the
    /// outputs are X·W.
    by_neuron: bool,
}

impl Layer {
    /// Returns the products of a training step: outputs, gradient of the weights, gradient of the inputs.
    fn products(self) -> Vec<Product> {
        let Layer { samples, inputs, outputs, is_first, by_neuron } = self;
        let (x, y) = (Layout::new(samples, inputs, inputs), Layout::new(samples, outputs, outputs));
        let w =
            if by_neuron { Layout::new(outputs, inputs, inputs + 1) } else { Layout::new(inputs, outputs, outputs) };
        let [x_elements, y_elements, w_elements] = [x, y, w].map(|layout| Rc::<[f32]>::from(layout.elements()));
        let x_of = |layout| (x_elements.clone(), layout);
        let y_of = |layout| (y_elements.clone(), layout);
        let w_of = |layout| (w_elements.clone(), layout);
        let sums = |layout: Layout| (layout.elements(), layout);
        let mut products = if by_neuron {
            vec![
                Product { a: x_of(x), b: w_of(w.t()), sums: sums(y) },
                Product { a: y_of(y.t()), b: x_of(x), sums: sums(w) },
            ]
        } else {
            vec![
                Product { a: x_of(x), b: w_of(w), sums: sums(y) },
                Product { a: x_of(x.t()), b: y_of(y), sums: sums(w) },
            ]
        };
        if !is_first {
            products.push(Product { a: y_of(y), b: w_of(if by_neuron { w } else { w.t() }), sums: sums(x) });
        }
        products
    }
}

/// Returns the layers of a network.
fn layers(batch: &Batch) -> impl Iterator<Item = Layer> {
    let layer = |(i, pair): (usize, &[usize])| Layer {
        samples: batch.samples,
        inputs: pair[0],
        outputs: pair[1],
        is_first: i == 0,
        by_neuron: true,
    };
    batch.widths.windows(2).enumerate().map(layer)
}

/// Returns all products of a training step, which it cannot do without.
pub fn step(batch: &Batch, library: &'static Library) -> Run {
    let mut products: Vec<Product> = layers(batch).flat_map(Layer::products).collect();
    Box::new(move |repeats| {
        for _ in 0..repeats {
            products.iter_mut().for_each(|product| product.add(library));
        }
    })
}

/// Prints the rate of each library for each product of each layer.
pub fn table(rounds: usize) {
    let network = |batch: Batch| layers(&batch).map(move |layer| (batch.name, layer)).collect::<Vec<_>>();
    let transformer = |name, samples, [inputs, outputs]: [usize; 2]| {
        (name, Layer { samples, inputs, outputs, is_first: inputs == 43, by_neuron: false })
    };
    // Tokens and positions to embeddings; queries, keys, values and projection; expansion; contraction; logits.
    let shapes = [[43, 16], [16, 16], [16, 64], [64, 16], [16, 27]];
    let wide =
        |(name, width)| (name, Layer { samples: 64, inputs: width, outputs: width, is_first: false, by_neuron: true });
    let mut all = [Batch::t4(), Batch::t5(), Batch::t6()].map(network).concat();
    all.extend(shapes.map(|shape| transformer("T8", 8, shape)));
    all.extend(shapes.map(|shape| transformer("T8b", 112, shape)));
    all.extend([("32 wide", 32), ("128 wide", 128), ("512 wide", 512)].map(wide));

    let names = LIBRARIES.map(|library| library.name).join(" | ");
    println!("\nGFLOP/s in f32: outputs · gradient of the weights · gradient of the inputs\n");
    println!("| layer | samples × inputs → outputs | {names} | backprop to the fastest |");
    println!("| --- | --- |{} ---: |", " ---: |".repeat(LIBRARIES.len()));
    for (name, layer) in all {
        let rates: Vec<Vec<f64>> = (layer.products().into_iter().enumerate())
            .map(|(i, product)| {
                let mut runs = LIBRARIES.each_ref().map(|library| Some(run(i, layer, library)));
                let seconds = harness::time(&mut runs, rounds);
                seconds.into_iter().flatten().map(|seconds| product.operations() / seconds / 1e9).collect()
            })
            .collect();
        let join = |cell: &dyn Fn(&[f64]) -> String| {
            rates
                .iter()
                .map(|rates| cell(rates))
                .chain((rates.len()..3).map(|_| "–".into()))
                .collect::<Vec<_>>()
                .join(" · ")
        };
        let cells: Vec<String> = (0..LIBRARIES.len()).map(|i| join(&|rates| format!("{:.0}", rates[i]))).collect();
        let ratio = join(&|rates| format!("{:.2}", rates[0] / rates.iter().fold(0.0, |a, &b| f64::max(a, b))));
        let Layer { samples, inputs, outputs, .. } = layer;
        println!("| {name} | {samples} × {inputs} → {outputs} | {} | {ratio} |", cells.join(" | "));
    }
}

/// Computes one product of a layer by a library, after the result was checked.
fn run(index: usize, layer: Layer, library: &'static Library) -> Run {
    let mut product = layer.products().swap_remove(index);
    product.check(library);
    Box::new(move |repeats| {
        for _ in 0..repeats {
            product.add(library);
        }
    })
}
