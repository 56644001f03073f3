//! Runs a loop with the vector instructions of the processor.

use pulp::{Simd, WithSimd};

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

/// Returns true if the vector instructions have fused multiplication: those of x86 and ARM have, those of WebAssembly have
/// not.
#[inline(always)]
pub(super) const fn is_fused<S: Simd>() -> bool {
    !S::IS_SCALAR && !cfg!(target_family = "wasm")
}
