//! easy-ml: `Record`s on a `WengertList`, cleared and recorded each time.

use crate::Peer;
use crate::workloads::{Number, Workload};
use easy_ml::differentiation::record_operations::SwappedOperations;
use easy_ml::differentiation::{Record, WengertList};
use easy_ml::numeric::extra::{Exp, Sin};

/// One node for f(x), given f and f′ at x: easy-ml's documented way to have a function that it lacks.
#[inline(always)]
fn unary<'a>(x: Record<'a, f64>, f: f64, df_dx: f64) -> Record<'a, f64> {
    let y = x.unary(|_| f, |_| df_dx);
    Record::from_existing((y.number, y.index), x.history()) // `unary` ties its result to the borrow of x
}

impl Number for Record<'_, f64> {
    #[inline(always)]
    fn subtracted_from(self, c: f64) -> Self {
        self.sub_swapped(c)
    }
    #[inline(always)]
    fn dividing(self, c: f64) -> Self {
        self.div_swapped(c)
    }
    #[inline(always)]
    fn cube(self) -> Self {
        let x = self.number;
        unary(self, x * x * x, 3.0 * x * x)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        Exp::exp(self)
    }
    #[inline(always)]
    fn sin(self) -> Self {
        Sin::sin(self)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        let tanh = self.number.tanh();
        unary(self, tanh, (1.0 - tanh) * (1.0 + tanh))
    }
    #[inline(always)]
    fn relu(self) -> Self {
        if self.number > 0.0 { self } else { Record::constant(0.0) }
    }
    #[inline(always)]
    fn sigmoid(self) -> Self {
        let sigmoid = self.number.sigmoid();
        unary(self, sigmoid, sigmoid * (1.0 - sigmoid))
    }
}

/// One list, cleared and recorded each time.
pub struct Recorded;

impl Peer for Recorded {
    const NAME: &str = "easy-ml 2.3, list reused";
    const NOTE: Option<&str> = Some(
        "has no tanh, sigmoid, relu nor integer power; x³, tanh and sigmoid are one node each with its derivative \
         written by hand, through the method that its documentation gives for that (`Record::unary`).",
    );

    fn differentiate<W: Workload<N>, const N: usize>() -> impl FnMut([f64; N]) -> (f64, [f64; N]) {
        let list = WengertList::new();
        move |x| {
            list.clear();
            let x = x.map(|x| list.variable(x));
            let y = W::value(&x);
            let derivatives = y.derivatives();
            (y.number, x.map(|x| derivatives.at(&x)))
        }
    }
}
