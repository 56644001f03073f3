//! [`ToOnnx`] and [`OnnxGraph`]: networks as graphs of ONNX.
//!
//! ONNX is a format of Protocol Buffers. The messages that are needed here are in `onnx_proto.rs`.

use super::model::check_parameters;
use super::onnx_proto::{
    AttributeProto, GraphProto, MetadataProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, ValueInfoProto,
};
use super::save::KEY;
use crate::data::Scaler;
use crate::data::tensors::Stored;
use crate::error::Error;
use crate::matrix::Matrix;
use crate::nn::{Activation, Loss, Module, Parameters};
use prost::Message;
use safetensors::tensor::Dtype;
use std::collections::HashSet;
use std::f64::consts::SQRT_2;
use std::fmt;

/// The version of the format: that of ONNX 1.12 (2022), which old programs read too.
const IR_VERSION: i64 = 8;
/// The version of the operators, of ONNX 1.12 too.
const OPSET_VERSION: i64 = 17;
/// The name and the version of the operators for tables, of ONNX 1.12 too.
const ML_DOMAIN: &str = "ai.onnx.ml";
const ML_VERSION: i64 = 2;
/// Protocol Buffers have at most 2 GiB.
const MAX_BYTES: usize = i32::MAX as usize;

/// The numbers of element types in ONNX.
pub(super) const FLOAT: i32 = 1;
pub(super) const INT64: i32 = 7;
pub(super) const STRING: i32 = 8;
pub(super) const DOUBLE: i32 = 11;

/// Returns the number of the element type in ONNX.
pub(super) fn type_of<T: Stored>() -> i32 {
    if T::DTYPE == Dtype::F64 { DOUBLE } else { FLOAT }
}

/// A network that can be written as ONNX: an `Mlp`, a layer, a tuple, array or `Vec` of them, or a custom module.
///
/// A custom module appends its parts and operators, in the order of its forward pass.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Error, Linear, Module, OnnxGraph, Scalar, Stored, ToOnnx};
///
/// /// x + f(x) with a layer f.
/// #[derive(Clone)]
/// struct Residual<S: Scalar> {
///     inner: (Linear<S>, Activation),
/// }
///
/// backprop::module! {
///     Residual { inner }
///     fn forward_batch(&self, x) { Ok(x + self.inner.forward_batch(x)?) }
/// }
///
/// impl<T: Stored> ToOnnx<T> for Residual<T> {
///     fn append_to(&self, graph: &mut OnnxGraph, inputs: &str) -> Result<String, Error> {
///         let y = graph.part("inner", &self.inner, inputs)?;
///         Ok(graph.operator("Add", &[inputs, &y]))
///     }
/// }
///
/// let mut rng = SomeRng::seed_from_u64(1);
/// let block = Residual { inner: (Linear::<f32>::new(4, 4, &mut rng), Activation::Tanh) };
/// let net = (block, Linear::new(4, 2, &mut rng));
/// std::fs::write(std::env::temp_dir().join("residual.onnx"), net.to_onnx(4)?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written as ONNX",
    note = "implement `ToOnnx` for it: `append_to` appends its parts and operators to a graph"
)]
pub trait ToOnnx<T: Stored>: Module<T> {
    /// Appends the module in evaluation mode to a graph, and returns the name of its outputs.
    ///
    /// `inputs` is the name of its inputs. Both have a sample in each row.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a layer that ONNX or onnxruntime does not have.
    fn append_to(&self, graph: &mut OnnxGraph, inputs: &str) -> Result<String, Error>;

    /// Returns the network with this number of inputs as ONNX: the bytes of an `.onnx` file.
    ///
    /// The graph has the input `inputs` and the output `outputs`, with a sample in each row, and any number of rows; at
    /// least one if the network has images, sequences or [`BatchNorm`](crate::BatchNorm). The parameters have the names
    /// of [`parameter_info`](Parameters::parameter_info).
    ///
    /// # Errors
    /// [`Error::NonFinite`] if a parameter is infinite or NaN; [`Error::Limit`] if the file would have more than 2 GiB;
    /// [`Error::Unsupported`] for a layer that ONNX or onnxruntime does not have; the errors of the forward pass for a
    /// sample with this number of inputs.
    #[doc(alias("export", "onnxruntime"))]
    fn to_onnx(&self, inputs: usize) -> Result<Vec<u8>, Error> {
        let outputs = self.forward_batch(&Matrix::zeros([1, inputs]))?.ncols();
        check_parameters(self, "to_onnx")?;
        let mut graph = OnnxGraph::default();
        let x = graph.inputs::<T>(inputs);
        let y = self.append_to(&mut graph, &x)?;
        graph.output(&y, "outputs", type_of::<T>(), Some(outputs));
        graph.finish("to_onnx", Vec::new())
    }
}

/// A graph of ONNX, to which a network appends its operators; see [`ToOnnx`].
#[derive(Default)]
pub struct OnnxGraph {
    graph: GraphProto,
    /// The names of the parts that contain the current one, each with a dot.
    prefix: String,
    /// The names of the tensors of the graph, which must differ.
    names: HashSet<String>,
}

impl OnnxGraph {
    /// Appends a part of a module, and returns the name of its outputs. The names of its parameters start with `name` and
    /// a dot.
    ///
    /// # Errors
    /// Those of [`ToOnnx::append_to`].
    pub fn part<T: Stored, N: ToOnnx<T>>(
        &mut self,
        name: impl fmt::Display,
        part: &N,
        inputs: &str,
    ) -> Result<String, Error> {
        let len = self.prefix.len();
        self.prefix += &format!("{name}.");
        let outputs = part.append_to(self, inputs);
        self.prefix.truncate(len);
        outputs
    }

    /// Appends the parameters of a module as constants, and returns their names, in the order of
    /// [`parameter_info`](Parameters::parameter_info).
    pub fn parameters<T: Stored, P: Parameters<T>>(&mut self, module: &P) -> Vec<String> {
        let parameters = module.parameters();
        let infos = module.parameter_info().into_iter();
        infos.map(|info| self.tensor(info.name(), info.shape(), info.indices().map(|i| parameters[i]))).collect()
    }

    /// Appends an operator of ONNX that needs no attributes, such as `Add`, and returns the name of its result.
    pub fn operator(&mut self, operator: &str, inputs: &[&str]) -> String {
        self.node(operator, inputs, [])
    }

    /// Returns `name` if it is new, and otherwise a new name that starts with it.
    fn unique(&mut self, name: impl Into<String>) -> String {
        let mut name = name.into();
        while !self.names.insert(name.clone()) {
            name.push('_');
        }
        name
    }

    /// Appends an input of the graph with this element type and number of columns.
    pub(super) fn input(&mut self, name: &str, element: i32, columns: usize) -> String {
        // In ONNX, an empty name means that there is no tensor.
        let name = self.unique(if name.is_empty() { "input" } else { name });
        self.graph.input.push(ValueInfoProto::new(&name, element, Some(columns)));
        name
    }

    /// Appends one input for all columns.
    pub(super) fn inputs<T: Stored>(&mut self, columns: usize) -> String {
        self.input("inputs", type_of::<T>(), columns)
    }

    /// Appends an input for each column, and joins them.
    pub(super) fn named_inputs<T: Stored>(&mut self, names: &[String]) -> String {
        let columns: Vec<String> = names.iter().map(|name| self.input(name, type_of::<T>(), 1)).collect();
        self.joined(&columns)
    }

    /// Appends a matrix with the columns of all parts.
    pub(super) fn joined(&mut self, parts: &[String]) -> String {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        self.node("Concat", &parts, [AttributeProto::int("axis", 1)])
    }

    /// Gives the tensor `value` the name of an output, and returns the name. `columns` is `None` for a tensor of one
    /// dimension.
    pub(super) fn output(&mut self, value: &str, name: &str, element: i32, columns: Option<usize>) -> String {
        // The input of the graph, if there are no operators
        let is_input = self.graph.input.iter().any(|input| input.name == value);
        let value = &if is_input { self.operator("Identity", &[value]) } else { value.to_string() };
        let name = self.unique(name);
        for node in &mut self.graph.node {
            for tensor in node.input.iter_mut().chain(&mut node.output).filter(|tensor| *tensor == value) {
                tensor.clone_from(&name);
            }
        }
        self.graph.output.push(ValueInfoProto::new(&name, element, columns));
        name
    }

    /// Appends a node, and returns the name of its result.
    pub(super) fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: impl IntoIterator<Item = AttributeProto>,
    ) -> String {
        let name = self.unique(format!("{operator}_{}", self.graph.node.len() + 1));
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|input| input.to_string()).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: operator.into(),
            attribute: attributes.into_iter().collect(),
            domain: String::new(),
        });
        name
    }

    /// Appends the map from strings to integers; other strings become `other`.
    #[cfg(feature = "tables")]
    pub(super) fn mapped(&mut self, x: &str, keys: &[&str], values: &[usize], other: i64) -> String {
        let attributes = [
            AttributeProto::strings("keys_strings", keys),
            AttributeProto::ints("values_int64s", values),
            AttributeProto::int("default_int64", other),
        ];
        let name = self.node("LabelEncoder", &[x], attributes);
        self.graph.node.last_mut().expect("the new node").domain = ML_DOMAIN.into();
        name
    }

    /// Appends a conversion to another element type.
    pub(super) fn cast(&mut self, x: &str, element: i32) -> String {
        self.node("Cast", &[x], [AttributeProto::int("to", element.into())])
    }

    /// Appends a constant tensor, and returns its name.
    pub(super) fn tensor<T: Stored>(
        &mut self,
        name: &str,
        shape: &[usize],
        values: impl IntoIterator<Item = T>,
    ) -> String {
        let mut raw_data = Vec::new();
        values.into_iter().for_each(|x| x.write(&mut raw_data));
        self.constant(name, type_of::<T>(), shape, raw_data)
    }

    /// Appends a constant tensor of integers, such as a shape or indices, and returns its name.
    pub(super) fn integers(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = i64>) -> String {
        self.constant(name, INT64, shape, values.into_iter().flat_map(i64::to_le_bytes).collect())
    }

    fn constant(&mut self, name: &str, data_type: i32, shape: &[usize], raw_data: Vec<u8>) -> String {
        let name = self.unique(format!("{}{name}", self.prefix));
        let dims = shape.iter().map(|&size| size as i64).collect();
        self.graph.initializer.push(TensorProto {
            dims,
            data_type,
            name: name.clone(),
            raw_data,
            ..Default::default()
        });
        name
    }

    /// Appends a constant row of strings, and returns its name.
    pub(super) fn strings(&mut self, name: &str, values: &[String]) -> String {
        let name = self.unique(name);
        self.graph.initializer.push(TensorProto {
            dims: vec![values.len() as i64],
            data_type: STRING,
            string_data: values.iter().map(|value| value.clone().into_bytes()).collect(),
            name: name.clone(),
            ..Default::default()
        });
        name
    }

    /// Appends a node of the tensor `x` and a number.
    pub(super) fn with_number<T: Stored>(&mut self, operator: &str, x: &str, number: f64) -> String {
        let number = self.tensor("number", &[], [T::of(number)]);
        self.node(operator, &[x, &number], [])
    }

    /// Appends the operators of a scaling, each with a number for each column, in double precision for all float types:
    /// a large shift would cost digits in single precision. A scaling that changes nothing is omitted.
    pub(super) fn scaled<T: Stored>(&mut self, x: String, scaler: &Scaler, operators: [(&str, &[f64]); 2]) -> String {
        if *scaler == Scaler::identity(scaler.shifts().len()) {
            return x;
        }
        let is_double = type_of::<T>() == DOUBLE;
        let x = if is_double { x } else { self.cast(&x, DOUBLE) };
        let scaled = operators.into_iter().fold(x, |x, (operator, values)| {
            let name = if matches!(operator, "Sub" | "Add") { "shifts" } else { "units" };
            let values = self.tensor(name, &[values.len()], values.iter().copied());
            self.node(operator, &[&x, &values], [])
        });
        if is_double { scaled } else { self.cast(&scaled, FLOAT) }
    }

    /// Appends a change of shape. A size of 0 is that of `x`, and a size of −1 follows from the others.
    pub(super) fn reshaped(&mut self, x: &str, shape: &[i64]) -> String {
        let shape = self.integers("shape", &[shape.len()], shape.iter().copied());
        self.operator("Reshape", &[x, &shape])
    }

    /// Appends a change of the order of dimensions.
    pub(super) fn transposed(&mut self, x: &str, order: &[usize]) -> String {
        self.node("Transpose", &[x], [AttributeProto::ints("perm", order)])
    }

    /// Appends the change of shape to a row for each sample.
    pub(super) fn flattened(&mut self, x: &str) -> String {
        self.node("Flatten", &[x], [AttributeProto::int("axis", 1)])
    }

    /// Appends the mean over an axis, which remains with one element if `keeps_axis`.
    pub(super) fn mean(&mut self, x: &str, axis: usize, keeps_axis: bool) -> String {
        let attributes = [AttributeProto::ints("axes", &[axis]), AttributeProto::int("keepdims", keeps_axis.into())];
        self.node("ReduceMean", &[x], attributes)
    }

    /// Appends an activation. Of the operators of its own, onnxruntime has leaky relu, elu and softplus in single
    /// precision only.
    pub(super) fn activation<T: Stored>(&mut self, activation: Activation, x: String) -> String {
        let is_double = type_of::<T>() == DOUBLE;
        match activation {
            Activation::Identity => x,
            Activation::Step => {
                let is_on = self.with_number::<T>("GreaterOrEqual", &x, 0.0);
                self.cast(&is_on, type_of::<T>())
            }
            Activation::Sigmoid => self.node("Sigmoid", &[&x], []),
            Activation::Tanh => self.node("Tanh", &[&x], []),
            Activation::Relu => self.node("Relu", &[&x], []),
            Activation::LeakyRelu(slope) if is_double => {
                let scaled = self.with_number::<T>("Mul", &x, slope);
                self.if_positive::<T>(&x, &scaled)
            }
            Activation::LeakyRelu(slope) => {
                self.node("LeakyRelu", &[&x], [AttributeProto::float("alpha", slope as f32)])
            }
            // eˣ − 1 = tanh(x/2)·(eˣ + 1), which cancels no digits near 0
            Activation::Elu if is_double => {
                let half = self.with_number::<T>("Mul", &x, 0.5);
                let tanh = self.node("Tanh", &[&half], []);
                let exp = self.node("Exp", &[&x], []);
                let plus_one = self.with_number::<T>("Add", &exp, 1.0);
                let product = self.node("Mul", &[&tanh, &plus_one], []);
                self.if_positive::<T>(&x, &product)
            }
            Activation::Elu => self.node("Elu", &[&x], [AttributeProto::float("alpha", 1.0)]),
            // x·(1 + erf(x/√2))/2
            Activation::Gelu => {
                let argument = self.with_number::<T>("Div", &x, SQRT_2);
                let argument = if is_double { self.cast(&argument, FLOAT) } else { argument };
                let erf = self.node("Erf", &[&argument], []);
                let erf = if is_double { self.cast(&erf, DOUBLE) } else { erf };
                let plus_one = self.with_number::<T>("Add", &erf, 1.0);
                let product = self.node("Mul", &[&x, &plus_one], []);
                self.with_number::<T>("Mul", &product, 0.5)
            }
            Activation::Silu => {
                let sigmoid = self.node("Sigmoid", &[&x], []);
                self.node("Mul", &[&x, &sigmoid], [])
            }
            // max(0, x) + ln(1 + e^−|x|), which does not overflow
            Activation::Softplus if is_double => {
                let relu = self.node("Relu", &[&x], []);
                let size = self.node("Abs", &[&x], []);
                let negative = self.node("Neg", &[&size], []);
                let exp = self.node("Exp", &[&negative], []);
                let plus_one = self.with_number::<T>("Add", &exp, 1.0);
                let logarithm = self.node("Log", &[&plus_one], []);
                self.node("Add", &[&relu, &logarithm], [])
            }
            Activation::Softplus => self.node("Softplus", &[&x], []),
        }
    }

    /// Appends the choice of `x` where it is positive, and of `other` elsewhere.
    fn if_positive<T: Stored>(&mut self, x: &str, other: &str) -> String {
        let is_positive = self.with_number::<T>("Greater", x, 0.0);
        self.node("Where", &[&is_positive, x, other], [])
    }

    /// Appends the steps from the outputs of a network to the result of [`Model::predict`] for classes.
    pub(super) fn probabilities<T: Stored>(&mut self, outputs: String, loss: Loss, columns: usize) -> String {
        let y = &outputs[..];
        let both = |graph: &mut OnnxGraph, first: String, second: &str| {
            graph.node("Concat", &[&first, second], [AttributeProto::int("axis", 1)])
        };
        match (loss, columns) {
            (Loss::CrossEntropy | Loss::SmoothCrossEntropy { .. }, _) => {
                self.node("Softmax", &[y], [AttributeProto::int("axis", 1)])
            }
            (Loss::BinaryCrossEntropyWithLogits, 1) => {
                let negative = self.node("Neg", &[y], []);
                let logits = both(self, negative, y);
                self.node("Sigmoid", &[&logits], [])
            }
            (Loss::BinaryCrossEntropyWithLogits, _) => self.node("Sigmoid", &[y], []),
            (Loss::Hinge, 1) => {
                let negative = self.node("Neg", &[y], []);
                both(self, negative, y)
            }
            (_, 1) => {
                let one = self.tensor("number", &[], [T::one()]);
                let other = self.node("Sub", &[&one, y], []);
                both(self, other, y)
            }
            _ => outputs,
        }
    }

    /// Appends the product of the probabilities with the costs of the classes.
    pub(super) fn with_costs<T: Stored>(&mut self, probabilities: &str, costs: &[f64]) -> String {
        let costs = self.tensor("costs", &[costs.len()], costs.iter().map(|&cost| T::of(cost)));
        self.node("Mul", &[probabilities, &costs], [])
    }

    /// Returns the bytes of the file.
    pub(super) fn finish(self, operation: &str, metadata_props: Vec<MetadataProto>) -> Result<Vec<u8>, Error> {
        let mut opset_import = vec![OperatorSetIdProto { domain: String::new(), version: OPSET_VERSION }];
        if self.graph.node.iter().any(|node| node.domain == ML_DOMAIN) {
            opset_import.push(OperatorSetIdProto { domain: ML_DOMAIN.into(), version: ML_VERSION });
        }
        let model = ModelProto {
            ir_version: IR_VERSION,
            producer_name: KEY.into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            graph: Some(GraphProto { name: KEY.into(), ..self.graph }),
            opset_import,
            metadata_props,
        };
        let size = model.encoded_len();
        if size > MAX_BYTES {
            return Err(Error::Limit {
                what: "MiB",
                limit: (MAX_BYTES >> 20) as u64,
                got: Some((size as u64).div_ceil(1 << 20)),
                place: operation.into(),
                advice: "",
            });
        }
        Ok(model.encode_to_vec())
    }
}
