//! The peak of one core: the rate of independent fused multiply-adds on registers, by the widest vector instructions.

use pulp::{Arch, Simd, WithSimd};
use std::array::from_fn;
use std::fmt;
use std::hint::black_box;
use std::time::Instant;

/// The vector instructions of the processor, and the floating-point operations per second of one core.
pub struct Peak {
    pub instructions: &'static str,
    pub f32: f64,
    pub f64: f64,
}

impl Peak {
    /// Measures the peak, the fastest of many short runs.
    pub fn measure() -> Peak {
        let arch = Arch::new();
        let fastest = |run: &dyn Fn() -> f64| (0..2000).map(|_| run()).fold(0.0, f64::max);
        Peak {
            instructions: arch.dispatch(Instructions),
            f32: fastest(&|| arch.dispatch(Single)),
            f64: fastest(&|| arch.dispatch(Double)),
        }
    }
}

impl fmt::Display for Peak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Peak { instructions, f32, f64 } = self;
        write!(f, "{instructions}, peak of one core {:.0} GFLOP/s in f32 and {:.0} in f64", f32 / 1e9, f64 / 1e9)
    }
}

struct Instructions;

impl WithSimd for Instructions {
    type Output = &'static str;

    fn with_simd<S: Simd>(self, _: S) -> &'static str {
        match size_of::<S::f32s>() {
            64 => "AVX-512",
            32 => "AVX2",
            16 => "NEON",
            _ => "no vector instructions",
        }
    }
}

macro_rules! chains {
    ($Chains:ident $Float:ident $Vector:ident $splat:ident $mul_add:ident) => {
        struct $Chains;

        impl WithSimd for $Chains {
            type Output = f64;

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) -> f64 {
                // AVX2 has 16 registers, the others 32. Two units with a latency of four cycles need eight chains.
                if size_of::<S::$Vector>() == 32 { self.run::<S, 12>(simd) } else { self.run::<S, 24>(simd) }
            }
        }

        impl $Chains {
            /// Runs N chains of x ← x/2 + 1/2 and returns the number of floating-point operations per second.
            #[inline(always)]
            fn run<S: Simd, const N: usize>(self, simd: S) -> f64 {
                const REPEATS: usize = 4000;
                // The compiler does not know the values: it cannot compute equal chains once.
                let half = simd.$splat(black_box(0.5));
                let mut chains: [S::$Vector; N] = from_fn(|i| simd.$splat(black_box(i as $Float)));
                let start = Instant::now();
                for _ in 0..REPEATS {
                    for i in 0..N {
                        chains[i] = simd.$mul_add(chains[i], half, half);
                    }
                }
                let seconds = start.elapsed().as_secs_f64();
                black_box(chains);
                let lanes = size_of::<S::$Vector>() / size_of::<$Float>();
                (2 * REPEATS * N * lanes) as f64 / seconds
            }
        }
    };
}
chains!(Single f32 f32s splat_f32s mul_add_e_f32s);
chains!(Double f64 f64s splat_f64s mul_add_e_f64s);
