//! reverse: `Var`s on a `Tape`, cleared and recorded each time.

use crate::Peer;
use crate::workloads::{Number, Workload};
use reverse::{Gradient, Tape, Var};

impl Number for Var<'_> {
    #[inline(always)]
    fn subtracted_from(self, c: f64) -> Self {
        c - self
    }
    #[inline(always)]
    fn dividing(self, c: f64) -> Self {
        self.recip() * c // its own c / x has a wrong derivative
    }
    #[inline(always)]
    fn cube(self) -> Self {
        self.powi(3)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        Var::exp(&self)
    }
    #[inline(always)]
    fn sin(self) -> Self {
        Var::sin(&self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        Var::tanh(&self)
    }
    #[inline(always)]
    fn relu(self) -> Self {
        if self.val > 0.0 { self } else { self * 0.0 } // it has no constants
    }
}

/// One tape, cleared and recorded each time.
pub struct Recorded;

impl Peer for Recorded {
    const NAME: &str = "reverse 0.2, tape reused";
    const NOTE: Option<&str> = Some(
        "its c / x has the derivative −1/x, instead of −c/x² (10 / x at 2: −0.5 instead of −2.5); T2 and T3 go round it, \
         by c·(1/x), a node more.",
    );

    fn differentiate<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]) {
        let tape = Tape::new();
        move |x| {
            tape.clear();
            let x = x.map(|x| tape.add_var(x));
            let y = W::value(&x);
            let gradients = y.grad();
            (y.val, x.map(|x| gradients.wrt(&x)))
        }
    }
}

#[test]
fn its_quotient_is_still_wrong() {
    let tape = Tape::new();
    let x = tape.add_var(2.0);
    assert_eq!((10.0 / x).grad().wrt(&x), -0.5);
    assert_eq!((x.recip() * 10.0).grad().wrt(&x), -2.5);
}
