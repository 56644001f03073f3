//! Runs a loop with the vector instructions of the processor.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use pulp::Simd;
use pulp::WithSimd;

/// Runs a loop with the vector instructions of the processor.
#[inline(always)]
pub(super) fn dispatch<L: WithSimd>(vectorized: L) -> L::Output {
    // An engine without vector instructions does not load a WebAssembly module that has them: a second version would
    // only make the module larger.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return Simd::vectorize(pulp::wasm::Simd128::try_new().expect("the module was loaded"), vectorized);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pulp::Arch::new().dispatch(vectorized)
}
