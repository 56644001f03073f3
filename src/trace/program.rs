//! [`Program::trace`]: a recorded function at a point, to be explained and drawn.

use super::node::Operation;
use super::record::Trace;
use crate::error::Error;
use crate::program::{LaneFloat, Program};

impl<T: LaneFloat> Program<T> {
    /// Returns the computation of the program at a point as a [`Trace`], to be explained and drawn.
    ///
    /// The parameters are named `p0`, `p1`, …, the columns `x0`, `x1`, …, and the outputs `f0`, `f1`, …, or `f` if
    /// there is one.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Program, Scalar};
    ///
    /// let program = Program::record(2, 1, |p, x| p[0] * x[0] + p[1])?;
    /// let trace = program.trace(&[2.0, 1.0], &[3.0])?;
    /// let f = trace.find("f").expect("the output has this name");
    /// assert_eq!((f.data(), f.derivative(trace.find("p0").unwrap())), (7.0, 3.0)); // x0
    /// assert!(f.drawing().to_dot()?.contains("·"));
    /// # Ok::<(), backprop::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] if the number of parameters or columns is wrong; errors of a recording that is made if the
    /// point is on a new path.
    pub fn trace(&self, parameters: &[T], row: &[T]) -> Result<Trace<T>, Error> {
        let trace = Trace::new();
        let variables = |prefix: &str, values: &[T]| -> Vec<_> {
            values.iter().enumerate().map(|(i, &x)| trace.variable(format!("{prefix}{i}"), x)).collect()
        };
        let numbers = [variables("p", parameters), variables("x", row)];
        let outputs =
            self.evaluate(parameters, row, [&numbers[0], &numbers[1]], |[x, f, derivative]| match x.trace {
                Some(trace) => {
                    let operation = Operation::Rule { name: "custom".into(), is_identity: false };
                    trace.push(operation, vec![(x.node, derivative.data)], f.data)
                }
                None => f,
            })?;
        for (i, output) in outputs.iter().enumerate() {
            // A parameter, a column or a constant that is returned gets a node of its own.
            let node =
                trace.push(Operation::Rule { name: "output".into(), is_identity: true }, Vec::new(), output.data);
            let parents = output.trace.map(|_| (output.node, T::one()));
            trace.nodes.borrow_mut()[node.node].parents.extend(parents);
            node.named(if outputs.len() == 1 { "f".into() } else { format!("f{i}") });
        }
        drop((numbers, outputs));
        Ok(trace)
    }
}
