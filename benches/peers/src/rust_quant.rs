//! RustQuant_autodiff: `Variable`s on a `Graph`, cleared and recorded each time.

use crate::Peer;
use crate::workloads::{Number, Workload};
use RustQuant_autodiff::{Accumulate, Gradient, Graph, Powi, Variable};

impl Number for Variable<'_> {
    #[inline(always)]
    fn subtracted_from(self, c: f64) -> Self {
        c - self
    }
    #[inline(always)]
    fn dividing(self, c: f64) -> Self {
        c / self
    }
    #[inline(always)]
    fn cube(self) -> Self {
        self.powi(3)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        self.exp()
    }
    #[inline(always)]
    fn sin(self) -> Self {
        self.sin()
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        self.tanh()
    }
    #[inline(always)]
    fn relu(self) -> Self {
        if self.value > 0.0 { self } else { self * 0.0 } // it has no constants
    }
}

/// One graph, cleared and recorded each time.
pub struct Recorded;

impl Peer for Recorded {
    const NAME: &str = "RustQuant_autodiff 0.4, graph reused";

    fn differentiate<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]) {
        let graph = Graph::new();
        move |x| {
            graph.clear();
            let x = x.map(|x| graph.var(x));
            let y = W::value(&x);
            let adjoints = y.accumulate();
            (y.value, x.map(|x| adjoints.wrt(&x)))
        }
    }
}
