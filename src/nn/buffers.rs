//! [`Buffer`]s as parts of modules.

use super::{Buffer, Parameters};
use crate::scalar::Scalar;

/// Copies the values of the buffers of a module to another of the same shape.
pub(crate) fn copy_buffers<S: Scalar, R: Scalar>(from: &impl Parameters<S>, to: &mut impl Parameters<R>) {
    let mut values = Vec::new();
    from.visit_buffers(&mut |buffer| values.push(buffer.doubles()));
    let mut values = values.into_iter();
    to.visit_buffers_mut(&mut |buffer| buffer.set(values.next().expect("modules of the same shape").into_iter()));
}

impl_without_parameters! {
    Buffer {
        fn visit_buffers(&self, f: &mut dyn FnMut(&Buffer)) {
            f(self);
        }

        fn visit_buffers_mut(&mut self, f: &mut dyn FnMut(&mut Buffer)) {
            f(self);
        }

        fn buffer_names(&self) -> Vec<String> {
            vec![String::new()]
        }
    }
}
