//! Models as ONNX, which onnxruntime and most inference servers read.

use super::model::{Model, Target, check_parameters};
use super::onnx_graph::{OnnxGraph, STRING, ToOnnx, type_of};
use super::onnx_proto::{AttributeProto, MetadataProto};
use super::save::KEY;
use crate::data::default_names;
use crate::data::files::write;
use crate::data::tensors::Stored;
use crate::error::Error;
use crate::nn::{Loss, Mlp};
use std::path::Path;

impl<T: Stored, N: ToOnnx<T>> Model<T, N> {
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
    /// A model with an encoder (feature `tables`) has other inputs: one for each column of the table that is an input, with
    /// its name, rows × 1. Numbers, yes and no as 1 and 0, and dates as days since 1970-01-01 with the time as a fraction are
    /// in double precision, where NaN is a missing cell; a percentage of 69 % is 0.69. Categories are strings, where the
    /// empty one is a missing cell. A numeric target is in double precision, too.
    ///
    /// If an output has the name of an input, an underscore is appended to it. An input without a name is called
    /// `input`, a target without a name `output`.
    ///
    /// Other inputs and outputs have the float type of the model; scaling is computed in double precision, as by the model.
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
    /// [`Error::Unsupported`] for a layer that ONNX or onnxruntime does not have; the errors of [`with_net`](Self::with_net) if a change by [`net_mut`](Self::net_mut) left the network unfit for
    /// the rest of the model.
    #[doc(alias("export", "onnxruntime"))]
    pub fn to_onnx(&self) -> Result<Vec<u8>, Error> {
        let (inputs, outputs) = (self.input_names.len(), self.check()?);
        check_parameters(&self.net, "Model::to_onnx")?;
        let mut graph = OnnxGraph::default();
        let is_named = self.input_names != default_names(inputs);
        let x = match self {
            #[cfg(feature = "tables")]
            Model { encoder: Some(encoder), .. } => graph.encoded::<T>(encoder)?,
            _ if is_named => graph.named_inputs::<T>(&self.input_names),
            _ => graph.inputs::<T>(inputs),
        };
        let x = graph.scaled::<T>(x, &self.scaler, [("Sub", self.scaler.shifts()), ("Div", self.scaler.units())]);
        let y = self.net.append_to(&mut graph, &x)?;
        match &self.target {
            Target::Values(scaler) => {
                let y = graph.scaled::<T>(y, scaler, [("Mul", scaler.units()), ("Add", scaler.shifts())]);
                let (y, element) = match self {
                    #[cfg(feature = "tables")]
                    Model { encoder: Some(encoder), .. } => (graph.decoded::<T>(y, encoder)?, type_of::<f64>()),
                    _ => (y, type_of::<T>()),
                };
                let name = if self.target_name.is_empty() { "output" } else { &self.target_name };
                graph.output(&y, name, element, Some(outputs));
            }
            Target::Classes(classes) => {
                let probabilities = graph.probabilities::<T>(y, self.loss, outputs);
                let name = if self.loss == Loss::Hinge { "margins" } else { "probabilities" };
                let probabilities = graph.output(&probabilities, name, type_of::<T>(), Some(classes.len()));
                // The first of the greatest, as `classify` returns it
                let attributes = [AttributeProto::int("axis", 1), AttributeProto::int("keepdims", 0)];
                let scores = match &self.class_costs {
                    Some(costs) => graph.with_costs::<T>(&probabilities, costs),
                    None => probabilities,
                };
                let index = graph.node("ArgMax", &[&scores], attributes);
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
    /// The parameters have the names of [`parameter_info`](crate::Parameters::parameter_info). A network of `f64` computes the
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
        ToOnnx::to_onnx(self, self.inputs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, Scaler};
    use crate::model::onnx_graph::{DOUBLE, FLOAT};
    use crate::model::onnx_proto::{GraphProto, ModelProto, ValueInfoProto};
    use crate::nn::{Activation, AvgPool2d, BatchNorm, Conv2d, Dropout, Init, Layer, Linear, Neuron};
    use prost::Message;
    use rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
    use std::collections::HashSet;

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

    #[cfg(feature = "tables")]
    #[test]
    fn model_of_a_table_has_an_input_for_each_column() {
        let text =
            "color,,when,price\nred,1,2024-01-05,100\nblue,NA,2024-02-01,220\nred,,2024-03-02,130\nblue,4,,225\n";
        let csv = crate::data::Csv::from_text(text).unwrap();
        let encoder =
            crate::data::EncoderOptions::new().numbers(["column 2"]).log_target().regression().fit(&csv, "price");
        let encoder = encoder.unwrap();
        let data = encoder.dataset::<f32>(&csv).unwrap();
        let model = Model::new(&data, [], &mut SomeRng::seed_from_u64(1)).unwrap().with_encoder(encoder).unwrap();
        let bytes = model.to_onnx().unwrap();
        let graph = graph_of(&bytes);
        let inputs = [("color", STRING, Some(1)), ("column 2", DOUBLE, Some(1)), ("when", DOUBLE, Some(1))];
        assert_eq!(types(&graph.input), inputs);
        assert_eq!(types(&graph.output), [("price", DOUBLE, Some(1))]);
        assert_eq!(operators(&graph).last(), Some(&"Exp"));
        let labels = graph.node.iter().find(|node| node.op_type == "LabelEncoder").unwrap();
        assert_eq!(
            (&labels.domain[..], &labels.attribute[0].strings[..]),
            ("ai.onnx.ml", &["blue", "red", ""].map(String::from)[..])
        );
        assert_eq!(ModelProto::decode(&bytes[..]).unwrap().opset_import[1].domain, "ai.onnx.ml");
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
    #[test]
    fn layers_have_the_operators_and_names_of_pytorch() {
        let rng = &mut SomeRng::seed_from_u64(1);
        let conv = Conv2d::<f32>::new([1, 2], [2, 2], [3, 3], rng);
        let pool = AvgPool2d::new([2, 2], conv.output_image());
        let net = (conv, BatchNorm::new(2), Activation::Relu, (pool, Dropout::new(0.5)), Linear::new(2, 1, rng));
        let graph = graph_of(&net.to_onnx(9).unwrap());
        let expected = ["Reshape", "Conv", "Flatten", "Reshape", "BatchNormalization", "Flatten", "Relu"];
        assert_eq!(operators(&graph), [&expected[..], &["Reshape", "AveragePool", "Flatten", "Gemm"]].concat());
        assert_eq!(graph.node[1].input[1..], ["0.weight", "0.bias"]);
        assert_eq!(graph.node[4].input[1..], ["1.weight", "1.bias", "1.running_mean", "1.running_var"]);
        let weight = graph.initializer.iter().find(|tensor| tensor.name == "0.weight").unwrap();
        assert_eq!(weight.dims, [2, 1, 2, 2]);
        assert_eq!(
            (types(&graph.input), types(&graph.output)),
            (vec![("inputs", FLOAT, Some(9))], vec![("outputs", FLOAT, Some(1))])
        );

        // onnxruntime has convolutions and average pooling in single precision only.
        let conv = Conv2d::<f64>::new([1, 2], [2, 2], [3, 3], rng);
        let graph = graph_of(&(conv, AvgPool2d::new([2, 2], [2, 2])).to_onnx(9).unwrap());
        let operators = operators(&graph);
        assert!(operators.contains(&"MatMul") && !operators.contains(&"Conv") && !operators.contains(&"AveragePool"));
        assert!(graph.initializer.iter().any(|tensor| tensor.name == "0.weight"));
    }
}
