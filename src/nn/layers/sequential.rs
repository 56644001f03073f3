//! Tuples of modules, in which the outputs of each are the inputs of the next, as in `torch.nn.Sequential`; and
//! activations as modules.

use crate::error::Error;
use crate::graph::Graph;
use crate::matrix::Matrix;
use crate::nn::{Activation, Buffer, Module, ParameterInfo, Parameters};
use crate::scalar::Scalar;

/// Implements [`Parameters`] and [`Module`] for a type that has no parameters.
///
/// `module_without_parameters! { Dropout, mode; fn forward_batch(&self, x) { … } }`: after the name, the field with the
/// [`Mode`](crate::Mode), if there is one.
macro_rules! module_without_parameters {
    ($Module:ident $(, $mode:ident)?; fn forward_batch(&$self:ident, $inputs:ident) $forward:block) => {
        impl_without_parameters! {
            $Module {
                $(fn set_training(&mut self, seeds: &mut dyn FnMut() -> u64) {
                    $crate::Parameters::<S>::set_training(&mut self.$mode, seeds);
                })?
            }
        }

        impl<S: $crate::Scalar> $crate::Module<S> for $Module {
            type OnGraph<'g> = $Module where S: 'g;

            fn attach(&self, _: &$crate::Graph<S>) -> $Module {
                self.clone()
            }

            fn forward_batch(&$self, $inputs: &$crate::Matrix<S>) -> Result<$crate::Matrix<S>, $crate::Error> $forward
        }
    };
}

module_without_parameters! {
    Activation;
    fn forward_batch(&self, x) {
        Ok(x.map(*self))
    }
}

/// Calls a macro with the types and the indices of the parts of each tuple: `macro! { A 0; A 0, B 1; … }`.
macro_rules! for_each_tuple {
    ($macro:ident) => {
        $macro! {
            A 0;
            A 0, B 1;
            A 0, B 1, C 2;
            A 0, B 1, C 2, D 3;
            A 0, B 1, C 2, D 3, E 4;
            A 0, B 1, C 2, D 3, E 4, F 5;
            A 0, B 1, C 2, D 3, E 4, F 5, G 6;
            A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7;
            A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8;
            A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9;
            A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10;
            A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11;
        }
    };
}
#[cfg(feature = "onnx")]
pub(crate) use for_each_tuple;

/// Implements the traits for tuples: `impl_for_tuples! { A 0, B 1; … }`.
macro_rules! impl_for_tuples {
    ($($($M:ident $index:tt),+;)*) => {$(
        /// The parts are named by their index.
        impl<S: Scalar, $($M: Parameters<S>),+> Parameters<S> for ($($M,)+) {
            type Over<R: Scalar> = ($($M::Over<R>,)+);

            fn map<R: Scalar>(&self, f: &mut impl FnMut(&Matrix<S>) -> Matrix<R>) -> Self::Over<R> {
                ($(self.$index.map::<R>(f),)+)
            }

            fn visit(&self, f: &mut impl FnMut(&Matrix<S>)) {
                $(self.$index.visit(f);)+
            }

            fn visit_mut(&mut self, f: &mut impl FnMut(&mut Matrix<S>)) {
                $(self.$index.visit_mut(f);)+
            }

            fn zip(&mut self, other: &Self, f: &mut impl FnMut(&mut Matrix<S>, &Matrix<S>)) {
                $(self.$index.zip(&other.$index, f);)+
            }

            fn parameter_info(&self) -> Vec<ParameterInfo> {
                ParameterInfo::of_parts([$(($index, self.$index.parameter_info())),+])
            }

            fn set_training(&mut self, seeds: &mut dyn FnMut() -> u64) {
                $(self.$index.set_training(seeds);)+
            }

            fn visit_buffers(&self, f: &mut dyn FnMut(&Buffer)) {
                $(self.$index.visit_buffers(f);)+
            }

            fn visit_buffers_mut(&mut self, f: &mut dyn FnMut(&mut Buffer)) {
                $(self.$index.visit_buffers_mut(f);)+
            }

            fn buffer_names(&self) -> Vec<String> {
                Buffer::names_of_parts([$(($index, self.$index.buffer_names())),+])
            }
        }

        /// The outputs of each module are the inputs of the next.
        impl<S: Scalar, $($M: Module<S>),+> Module<S> for ($($M,)+) {
            type OnGraph<'g> = ($($M::OnGraph<'g>,)+) where S: 'g;

            fn attach<'g>(&self, graph: &'g Graph<S>) -> Self::OnGraph<'g> {
                ($(self.$index.attach(graph),)+)
            }

            fn forward_batch(&self, inputs: &Matrix<S>) -> Result<Matrix<S>, Error> {
                let outputs = inputs.clone();
                $(let outputs = self.$index.forward_batch(&outputs)?;)+
                Ok(outputs)
            }
        }
    )*};
}
for_each_tuple!(impl_for_tuples);
