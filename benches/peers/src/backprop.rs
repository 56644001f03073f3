//! backprop, this repository's crate.

use crate::Peer;
use crate::ours;
use crate::workloads::Workload;

/// One graph, cleared and recorded each time.
pub struct Recorded;

impl Peer for Recorded {
    const NAME: &str = "**backprop, graph reused**";

    fn differentiate<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]) {
        ours::scalars::<W, N>()
    }
}

/// All tangents carried forward.
pub struct Forward;

impl Peer for Forward {
    const NAME: &str = "**backprop, forward (`gradient` on arrays)**";

    fn differentiate<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]) {
        ours::forward::<W, N>
    }
}
