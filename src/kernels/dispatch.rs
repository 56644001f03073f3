//! Runs a loop with the vector instructions that the processor has.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use pulp::Simd;
use pulp::WithSimd;

/// Runs a loop with the vector instructions that there are.
#[inline(always)]
pub(super) fn dispatch<L: WithSimd>(vectorized: L) -> L::Output {
    // A module of WebAssembly that is compiled for them is not loaded without them: a second version for that case would only
    // make it larger.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return Simd::vectorize(pulp::wasm::Simd128::try_new().expect("the module was loaded"), vectorized);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pulp::Arch::new().dispatch(vectorized)
}
