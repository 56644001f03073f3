//! Networks and models as ONNX, which onnxruntime and most inference servers read.
//!
//! ONNX is a format of Protocol Buffers. The messages that are needed here are in `onnx_proto.rs`.

use super::model::{Model, Target, check_parameters};
use super::onnx_proto::{
    AttributeProto, GraphProto, MetadataProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, ValueInfoProto,
};
use super::save::KEY;
use crate::data::Scaler;
use crate::data::default_names;
use crate::data::files::write;
use crate::data::tensors::Stored;
use crate::error::Error;
use crate::nn::{Activation, Loss, Mlp, Parameters};
use prost::Message;
use safetensors::tensor::Dtype;
use std::collections::HashSet;
use std::f64::consts::SQRT_2;
use std::path::Path;

/// The version of the format: that of ONNX 1.12 (2022), which old programs read too.
const IR_VERSION: i64 = 8;
/// The version of the operators, of ONNX 1.12 too.
const OPSET_VERSION: i64 = 17;
/// Protocol Buffers have at most 2 GiB.
const MAX_BYTES: usize = i32::MAX as usize;

/// The numbers of element types in ONNX.
const FLOAT: i32 = 1;
const STRING: i32 = 8;
const DOUBLE: i32 = 11;

impl<T: Stored> Model<T> {
    /// Returns the model as ONNX, with everything from unscaled inputs to predictions: the bytes of an `.onnx` file.
    ///
    /// All tensors have a sample in each row, and any number of rows:
    ///
    /// | tensor | shape | |
    /// | --- | --- | --- |
    /// | an input for each column, with its name | rows × 1 | if the inputs have names |
    /// | input `inputs` | rows × inputs | if they have the default names x1, x2, … |
    /// | output `probabilities` | rows × classes | as returned by [`predict`](Self::predict); for [`Hinge`](Loss::Hinge) it is called `margins` |
    /// | output `label` | rows | the name of the predicted class, as returned by [`classify`](Self::classify) |
    /// | output with the name of the target | rows × targets | for numeric targets |
    ///
    /// If an output has the name of an input, an underscore is appended to it. An input without a name is called
    /// `input`, a target without a name `output`.
    ///
    /// Inputs and outputs have the float type of the model; scaling is computed in double precision, as by the model.
    /// onnxruntime lacks some operators in double precision. A model of `f64` expresses them by others, and only the
    /// error function of gelu is computed in single precision. Unlike [`predict`](Self::predict), the graph does not
    /// check that values are finite.
    ///
    /// # Examples
    /// ```
    /// # use backprop::{Dataset, Error, Model, rand::{SeedableRng, rngs::Xoshiro256PlusPlus}};
    /// let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    /// let data = Dataset::new([[1.0], [2.0]], [[3.0], [5.0]])?.named(["weight"])?.target_named("price");
    /// let bytes = Model::<f32>::new(&data, [], &mut rng)?.to_onnx()?;
    /// let contains = |name: &str| bytes.windows(name.len()).any(|part| part == name.as_bytes());
    /// assert!(contains("weight") && contains("Gemm") && contains("price"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NonFinite`] if a parameter is infinite or NaN; [`Error::Limit`] if the file would have more than 2 GiB;
    /// the errors of [`with_net`](Self::with_net) if a change by [`net_mut`](Self::net_mut) left the network unfit for
    /// the rest of the model.
    #[doc(alias("export", "onnxruntime"))]
    pub fn to_onnx(&self) -> Result<Vec<u8>, Error> {
        self.check()?;
        check_parameters(&self.net, "Model::to_onnx")?;
        let mut graph = GraphBuilder::default();
        let is_named = self.input_names != default_names(self.net.inputs());
        let x =
            if is_named { graph.named_inputs::<T>(&self.input_names) } else { graph.inputs::<T>(self.net.inputs()) };
        let x = graph.scaled::<T>(x, &self.scaler, [("Sub", self.scaler.shifts()), ("Div", self.scaler.units())]);
        let outputs = graph.network(&self.net, x);
        match &self.target {
            Target::Values(scaler) => {
                let y = graph.scaled::<T>(outputs, scaler, [("Mul", scaler.units()), ("Add", scaler.shifts())]);
                let name = if self.target_name.is_empty() { "output" } else { &self.target_name };
                graph.output(&y, name, type_of::<T>(), Some(self.net.outputs()));
            }
            Target::Classes(classes) => {
                let probabilities = graph.probabilities::<T>(outputs, self.loss, self.net.outputs());
                let name = if self.loss == Loss::Hinge { "margins" } else { "probabilities" };
                let probabilities = graph.output(&probabilities, name, type_of::<T>(), Some(classes.len()));
                // The first of the greatest, as `classify` returns it
                let attributes = [AttributeProto::int("axis", 1), AttributeProto::int("keepdims", 0)];
                let index = graph.node("ArgMax", &[&probabilities], attributes);
                let names = graph.strings("classes", classes);
                let label = graph.node("Gather", &[&names, &index], []);
                graph.output(&label, "label", STRING, None);
            }
        }
        graph.finish("Model::to_onnx", vec![MetadataProto::new(KEY, &self.metadata().to_string())])
    }

    /// Writes the model to a file as ONNX, that of [`to_onnx`](Self::to_onnx). The file is replaced atomically.
    ///
    /// # Errors
    /// Those of [`to_onnx`](Self::to_onnx), and [`Error::Io`] if the file cannot be written.
    pub fn save_onnx(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        write(path.as_ref(), &self.to_onnx()?)
    }
}

impl<T: Stored> Mlp<T> {
    /// Returns the network as ONNX: the bytes of an `.onnx` file.
    ///
    /// The graph has the input `inputs` and the output `outputs`, with a sample in each row, and any number of rows.
    /// The parameters have the names of [`parameter_info`](Parameters::parameter_info). A network of `f64` computes the
    /// error function of gelu in single precision, since onnxruntime has no other.
    ///
    /// # Examples
    /// ```
    /// use backprop::{Activation, Layer, Mlp, Neuron};
    ///
    /// let net = Mlp::from_layers([Layer::from_neurons([Neuron::new([2.0, 3.0], 1.0, Activation::Tanh)])?])?;
    /// std::fs::write(std::env::temp_dir().join("neuron.onnx"), net.to_onnx()?)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NonFinite`] if a parameter is infinite or NaN; [`Error::Limit`] if the file would have more than 2 GiB.
    #[doc(alias("export", "onnxruntime"))]
    pub fn to_onnx(&self) -> Result<Vec<u8>, Error> {
        check_parameters(self, "Mlp::to_onnx")?;
        let mut graph = GraphBuilder::default();
        let x = graph.inputs::<T>(self.inputs());
        let y = graph.network(self, x);
        graph.output(&y, "outputs", type_of::<T>(), Some(self.outputs()));
        graph.finish("Mlp::to_onnx", Vec::new())
    }
}

/// Returns the number of the element type in ONNX.
fn type_of<T: Stored>() -> i32 {
    if T::DTYPE == Dtype::F64 { DOUBLE } else { FLOAT }
}

/// A graph of ONNX, to which nodes are appended.
#[derive(Default)]
struct GraphBuilder {
    graph: GraphProto,
    /// The names of the tensors of the graph, which must differ.
    names: HashSet<String>,
}

impl GraphBuilder {
    /// Returns `name` if it is new, and otherwise a new name that starts with it.
    fn unique(&mut self, name: impl Into<String>) -> String {
        let mut name = name.into();
        while !self.names.insert(name.clone()) {
            name.push('_');
        }
        name
    }

    /// Appends an input of the graph with this number of columns.
    fn input<T: Stored>(&mut self, name: &str, columns: usize) -> String {
        let name = self.unique(name);
        self.graph.input.push(ValueInfoProto::new(&name, type_of::<T>(), Some(columns)));
        name
    }

    /// Appends one input for all columns.
    fn inputs<T: Stored>(&mut self, columns: usize) -> String {
        self.input::<T>("inputs", columns)
    }

    /// Appends an input for each column, and joins them.
    fn named_inputs<T: Stored>(&mut self, names: &[String]) -> String {
        // In ONNX, an empty name means that there is no tensor.
        let name_or = |name: &String| if name.is_empty() { "input".to_string() } else { name.clone() };
        let columns: Vec<String> = names.iter().map(|name| self.input::<T>(&name_or(name), 1)).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        self.node("Concat", &columns, [AttributeProto::int("axis", 1)])
    }

    /// Gives the tensor `value` the name of an output, and returns the name. `columns` is `None` for a tensor of one
    /// dimension.
    fn output(&mut self, value: &str, name: &str, element: i32, columns: Option<usize>) -> String {
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
    fn node(
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
        });
        name
    }

    /// Appends a conversion to another element type.
    fn cast(&mut self, x: &str, element: i32) -> String {
        self.node("Cast", &[x], [AttributeProto::int("to", element.into())])
    }

    /// Appends a constant tensor, and returns its name.
    fn tensor<T: Stored>(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = T>) -> String {
        let name = self.unique(name);
        let mut raw_data = Vec::new();
        values.into_iter().for_each(|x| x.write(&mut raw_data));
        let dims = shape.iter().map(|&size| size as i64).collect();
        let data_type = type_of::<T>();
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
    fn strings(&mut self, name: &str, values: &[String]) -> String {
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
    fn with_number<T: Stored>(&mut self, operator: &str, x: &str, number: f64) -> String {
        let number = self.tensor("number", &[], [T::of(number)]);
        self.node(operator, &[x, &number], [])
    }

    /// Appends the operators of a scaling, each with a number for each column, in double precision for all float types:
    /// a large shift would cost digits in single precision. A scaling that changes nothing is omitted.
    fn scaled<T: Stored>(&mut self, x: String, scaler: &Scaler, operators: [(&str, &[f64]); 2]) -> String {
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

    /// Appends the layers of a network, and returns the name of the outputs.
    fn network<T: Stored>(&mut self, net: &Mlp<T>, inputs: String) -> String {
        let (parameters, tensors) = (net.parameters(), net.parameter_info());
        net.layers().iter().zip(tensors.chunks_exact(2)).fold(inputs, |x, (layer, tensors)| {
            let names: Vec<String> = (tensors.iter())
                .map(|info| self.tensor(info.name(), info.shape(), info.indices().map(|index| parameters[index])))
                .collect();
            // A row of W has the weights of a neuron, so the sums are x·Wᵀ + b.
            let sums = self.node("Gemm", &[&x, &names[0], &names[1]], [AttributeProto::int("transB", 1)]);
            self.activation::<T>(layer.activation(), sums)
        })
    }

    /// Appends an activation. Of the operators of its own, onnxruntime has leaky relu, elu and softplus in single
    /// precision only.
    fn activation<T: Stored>(&mut self, activation: Activation, x: String) -> String {
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
    fn probabilities<T: Stored>(&mut self, outputs: String, loss: Loss, columns: usize) -> String {
        let y = &outputs[..];
        let both = |graph: &mut GraphBuilder, first: String, second: &str| {
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

    /// Returns the bytes of the file.
    fn finish(self, operation: &str, metadata_props: Vec<MetadataProto>) -> Result<Vec<u8>, Error> {
        let model = ModelProto {
            ir_version: IR_VERSION,
            producer_name: KEY.into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            graph: Some(GraphProto { name: KEY.into(), ..self.graph }),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET_VERSION }],
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;
    use crate::nn::{Init, Layer, Neuron};
    use rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};

    /// Returns the graph of a file, and checks what holds for all: names are unique, and nodes use earlier results.
    fn graph_of(bytes: &[u8]) -> GraphProto {
        let model = ModelProto::decode(bytes).unwrap();
        assert_eq!((model.ir_version, model.opset_import[0].version), (8, 17));
        let graph = model.graph.unwrap();
        let mut known = HashSet::new();
        let inputs = graph.input.iter().map(|input| &input.name);
        for name in inputs.chain(graph.initializer.iter().map(|tensor| &tensor.name)) {
            assert!(!name.is_empty() && known.insert(name), "{name}");
        }
        for node in &graph.node {
            assert!(node.input.iter().all(|input| known.contains(input)), "{node:?}");
            assert!(node.output.iter().all(|output| known.insert(output)), "{node:?}");
        }
        assert!(graph.output.iter().all(|output| known.contains(&output.name)));
        graph
    }

    fn operators(graph: &GraphProto) -> Vec<&str> {
        graph.node.iter().map(|node| &node.op_type[..]).collect()
    }

    /// Returns the name, the element type and the number of columns of each tensor.
    fn types(tensors: &[ValueInfoProto]) -> Vec<(&str, i32, Option<i64>)> {
        let type_of = |tensor: &ValueInfoProto| tensor.r#type.clone().unwrap().tensor_type.unwrap();
        let columns = |tensor| type_of(tensor).shape.unwrap().dim.get(1).map(|dim| dim.dim_value.unwrap());
        tensors.iter().map(|tensor| (&tensor.name[..], type_of(tensor).elem_type, columns(tensor))).collect()
    }

    fn doubles(bytes: &[u8]) -> Vec<f64> {
        bytes.chunks(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect()
    }

    fn layers(layers: &[(usize, Activation)]) -> Vec<(usize, Activation)> {
        [layers, &[(1, Activation::Identity)]].concat()
    }

    #[test]
    fn weights_and_biases_are_separate_tensors() {
        let neuron = |weights: [f64; 2], bias| Neuron::new(weights, bias, Activation::Tanh);
        let layer = Layer::from_neurons([neuron([1.0, 2.0], 3.0), neuron([4.0, 5.0], 6.0)]).unwrap();
        let graph = graph_of(&Mlp::from_layers([layer]).unwrap().to_onnx().unwrap());
        assert_eq!(operators(&graph), ["Gemm", "Tanh"]);
        assert_eq!(graph.node[0].input, ["inputs", "0.weight", "0.bias"]);
        assert_eq!(graph.node[0].attribute, [AttributeProto::int("transB", 1)]);
        let [weight, bias] = &graph.initializer[..] else { panic!("{:?}", graph.initializer) };
        assert_eq!((&weight.dims[..], doubles(&weight.raw_data)), (&[2, 2][..], vec![1.0, 2.0, 4.0, 5.0]));
        assert_eq!((&bias.dims[..], doubles(&bias.raw_data)), (&[2][..], vec![3.0, 6.0]));
        assert_eq!(types(&graph.input), [("inputs", DOUBLE, Some(2))]);
        assert_eq!(types(&graph.output), [("outputs", DOUBLE, Some(2))]);
    }

    #[test]
    fn model_of_classes_has_probabilities_and_labels() {
        let data = Dataset::with_classes([[1.0_f32, 5.0], [2.0, 6.0], [3.0, 8.0]], &["b", "größe", "b"]).unwrap();
        let data = data.named(["weight", "label"]).unwrap();
        let rng = &mut SomeRng::seed_from_u64(1);
        let graph = graph_of(&Model::new(&data, [(3, Activation::Relu)], rng).unwrap().to_onnx().unwrap());
        let scaling = ["Cast", "Sub", "Div", "Cast"];
        let expected = [&["Concat"][..], &scaling, &["Gemm", "Relu", "Gemm", "Softmax", "ArgMax", "Gather"]].concat();
        assert_eq!(operators(&graph), expected);
        assert_eq!(types(&graph.input), [("weight", FLOAT, Some(1)), ("label", FLOAT, Some(1))]);
        assert_eq!(types(&graph.output), [("probabilities", FLOAT, Some(2)), ("label_", STRING, None)]);
        let classes = graph.initializer.iter().find(|tensor| tensor.name == "classes").unwrap();
        assert_eq!(classes.string_data, ["b".as_bytes(), "größe".as_bytes()]);

        let model = Model::new(&data.one_output().unwrap(), [], rng).unwrap();
        let model = model.with_scaler(Scaler::identity(2)).unwrap();
        let graph = graph_of(&model.to_onnx().unwrap());
        assert_eq!(operators(&graph), ["Concat", "Gemm", "Neg", "Concat", "Sigmoid", "ArgMax", "Gather"]);
        assert_eq!(types(&graph.output)[0], ("probabilities", FLOAT, Some(2)));
    }

    #[test]
    fn regression_model_returns_the_unscaled_target() {
        let data = Dataset::new([[1.0_f64], [3.0]], [[10.0, 0.0], [14.0, 1.0]]).unwrap().target_named("price");
        let model = Model::new(&data, [], &mut SomeRng::seed_from_u64(1)).unwrap();
        let bytes = model.to_onnx().unwrap();
        let graph = graph_of(&bytes);
        assert_eq!(operators(&graph), ["Sub", "Div", "Gemm", "Mul", "Add"]);
        assert_eq!(types(&graph.input), [("inputs", DOUBLE, Some(1))]); // the column has the default name
        assert_eq!(types(&graph.output), [("price", DOUBLE, Some(2))]);
        let values =
            |name: &str| doubles(&graph.initializer.iter().find(|tensor| tensor.name == name).unwrap().raw_data);
        assert_eq!((values("shifts"), values("units")), (vec![2.0], vec![1.0]));
        assert_eq!((values("shifts_"), values("units_")), (vec![12.0, 0.5], vec![2.0, 0.5]));
        let metadata = &ModelProto::decode(&bytes[..]).unwrap().metadata_props;
        assert!(metadata[0].key == "backprop" && metadata[0].value.contains("mean_squared_error"));

        let graph =
            graph_of(&Model { target_name: "".into(), input_names: vec!["".into()], ..model }.to_onnx().unwrap());
        assert_eq!((&graph.input[0].name[..], &graph.output[0].name[..]), ("input", "output"));
    }

    /// onnxruntime 1.32 has these operators in single precision only.
    #[test]
    fn double_precision_avoids_operators_of_single_precision() {
        let all = [
            Activation::Step,
            Activation::Sigmoid,
            Activation::Tanh,
            Activation::Relu,
            Activation::LeakyRelu(0.2),
            Activation::Elu,
            Activation::Silu,
            Activation::Softplus,
        ];
        let rng = &mut SomeRng::seed_from_u64(1);
        let net = Mlp::<f64>::with_init(2, layers(&all.map(|activation| (2, activation))), Init::Zeros, rng).unwrap();
        let graph = graph_of(&net.to_onnx().unwrap());
        for operator in ["LeakyRelu", "Elu", "Erf", "Softplus"] {
            assert!(!operators(&graph).contains(&operator), "{operator}");
        }
        let net = Mlp::<f64>::with_init(2, layers(&[(2, Activation::Gelu)]), Init::Zeros, rng).unwrap();
        let graph = graph_of(&net.to_onnx().unwrap());
        assert_eq!(operators(&graph), ["Gemm", "Div", "Cast", "Erf", "Cast", "Add", "Mul", "Mul", "Gemm"]);
    }
}
