//! Runs a loop with the vector instructions of the processor.

use pulp::{Simd, WithSimd};

/// Runs a loop with the vector instructions of the processor.
#[inline(always)]
pub(super) fn dispatch<L: WithSimd>(vectorized: L) -> L::Output {
    // An engine without vector instructions does not load a WebAssembly module that has them: a second version would
    // only make the module larger.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return Simd::vectorize(pulp::wasm::Simd128::try_new().expect("the module was loaded"), vectorized);
    #[cfg(all(test, target_arch = "x86_64"))]
    match (tests::VECTORS.get(), pulp::x86::V3::try_new()) {
        (tests::Vectors::Avx2, Some(simd)) => return Simd::vectorize(simd, vectorized),
        (tests::Vectors::None, _) => return Simd::vectorize(pulp::Scalar::new(), vectorized),
        _ => {}
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pulp::Arch::new().dispatch(vectorized)
}

/// Calls `f`, whose loops the compiler vectorizes for the processor. Functions that are not inlined into `f` are not
/// vectorized.
#[inline(always)]
pub(crate) fn vectorize<R>(f: impl FnOnce() -> R) -> R {
    struct Call<F>(F);
    impl<R, F: FnOnce() -> R> WithSimd for Call<F> {
        type Output = R;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> R {
            (self.0)()
        }
    }
    dispatch(Call(f))
}

/// Returns true if the vector instructions have fused multiplication: those of x86 and ARM have, those of WebAssembly
/// have not.
#[inline(always)]
pub(super) const fn is_fused<S: Simd>() -> bool {
    !S::IS_SCALAR && !cfg!(target_family = "wasm")
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    /// The vector instructions that a test uses.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) enum Vectors {
        Widest,
        /// Those of 256 bits, if the processor has them.
        Avx2,
        None,
    }

    thread_local! {
        pub(crate) static VECTORS: Cell<Vectors> = const { Cell::new(Vectors::Widest) };
    }
}
