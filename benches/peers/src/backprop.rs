//! backprop, this repository's crate.

use crate::Peer;
use crate::on_graph;
use crate::workloads::Workload;

/// One graph, cleared and recorded each time.
pub struct Recorded;

impl Peer for Recorded {
    const NAME: &str = "**backprop, graph reused**";

    fn differentiate<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]) {
        on_graph::scalars::<W, N>()
    }
}
