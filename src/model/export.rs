//! A model as Rust source, on its own.

use super::{Answer, Model, finite};
use crate::error::Error;
use crate::nn::Activation;
use crate::nn::Decision;
use crate::scalar::Scalar;
use std::fmt::Write;

impl<T: Scalar> Model<T> {
    /// The model as Rust source that needs nothing but the standard library: a module with `outputs`, which gives the same bits
    /// as [`outputs`](Self::outputs), and `class` where it answers by classes.
    ///
    /// ```
    /// # use backprop::{Dataset, Error, Model, rand::{SeedableRng, rngs::Xoshiro256PlusPlus}};
    /// let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    /// let model = Model::<f64>::new(&Dataset::new([[1.0], [2.0]], [[3.0], [5.0]])?, [], &mut rng)?;
    /// assert!(model.to_rust()?.contains("pub fn outputs(inputs: [f64; 1]) -> [f64; 1]"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a gelu, as the standard library has no error function, and for floats other than f32 and f64;
    /// [`Error::NonFinite`] if a parameter is infinite or NaN; those of [`with_net`](Self::with_net) if the network no longer
    /// fits the rest of the model.
    #[doc(alias("export", "codegen"))]
    pub fn to_rust(&self) -> Result<String, Error> {
        let float = std::any::type_name::<T>();
        let unsupported =
            |what: &str, reason| Err(Error::Unsupported { what: what.into(), operation: "Model::to_rust", reason });
        if float != "f32" && float != "f64" {
            return unsupported(float, "the float type must be f32 or f64");
        }
        self.check()?;
        finite(&self.net, "Model::to_rust")?;
        let layers = self.net.layers();
        let mut activations: Vec<Activation> = Vec::new();
        for layer in &layers {
            if !activations.contains(&layer.activation()) {
                activations.push(layer.activation());
            }
        }
        if activations.contains(&Activation::Gelu) {
            return unsupported("gelu", "the standard library has no error function; use silu");
        }

        let mut text = String::new();
        let out = &mut text;
        let (inputs, outputs) = (self.net.inputs(), self.net.outputs());
        line(out, format!("//! A net with the inputs {:?}, for {:?}.", self.input_names, self.target_name));
        line(out, "//! Written by backprop; to be used as a module, and not to be edited.\n\n#![allow(dead_code)]\n");
        line(
            out,
            format!(
                "/// What the inputs are called, in order.\npub const INPUTS: [&str; {inputs}] = {:?};",
                self.input_names
            ),
        );
        line(out, format!("const SHIFTS: [f64; {inputs}] = {:?};", self.scaler.shifts()));
        line(out, format!("const UNITS: [f64; {inputs}] = {:?};", self.scaler.units()));
        for (i, layer) in layers.iter().enumerate() {
            let (row, rows) = (layer.inputs() + 1, layer.outputs());
            line(
                out,
                format!(
                    "/// Each neuron's weights, and then its bias.\nconst LAYER_{}: [[{float}; {row}]; {rows}] = [",
                    i + 1
                ),
            );
            for neuron in layer.parameters().chunks(row) {
                line(out, format!("    {neuron:?},"));
            }
            line(out, "];");
        }

        line(
            out,
            format!(
                "\n/// The outputs for one sample, as it is in the data.\npub fn outputs(inputs: [{float}; {inputs}]) -> [{float}; {outputs}] {{"
            ),
        );
        line(
            out,
            format!(
                "    let x: [{float}; {inputs}] = std::array::from_fn(|i| ((inputs[i] as f64 - SHIFTS[i]) / UNITS[i]) as {float});"
            ),
        );
        for (i, layer) in layers.iter().enumerate() {
            line(
                out,
                format!("    let x = LAYER_{}.map(|row| {}(affine(&row, &x)));", i + 1, name(layer.activation())),
            );
        }
        match &self.answer {
            Answer::Classes(_) => line(out, "    x\n}"),
            Answer::Numbers(scaler) => {
                line(out, format!("    const OUTPUT_SHIFTS: [f64; {outputs}] = {:?};", scaler.shifts()));
                line(out, format!("    const OUTPUT_UNITS: [f64; {outputs}] = {:?};", scaler.units()));
                line(
                    out,
                    format!(
                        "    std::array::from_fn(|i| (x[i] as f64 * OUTPUT_UNITS[i] + OUTPUT_SHIFTS[i]) as {float})\n}}"
                    ),
                );
            }
        }
        if let (Answer::Classes(classes), Some(decision)) = (&self.answer, self.decision()) {
            line(out, format!("\n/// The classes.\npub const CLASSES: [&str; {}] = {classes:?};", classes.len()));
            line(
                out,
                format!(
                    "\n/// The class of one sample, as it is in the data.\npub fn class(inputs: [{float}; {inputs}]) -> &'static str {{"
                ),
            );
            line(out, "    let y = outputs(inputs);");
            match decision {
                Decision::Above { output, .. } if outputs == 1 => {
                    line(out, format!("    CLASSES[(y[0] > {output:?}) as usize]\n}}"));
                }
                _ => line(
                    out,
                    format!(
                        "    CLASSES[(1..{outputs}).fold(0, |best, i| if y[i] > y[best] {{ i }} else {{ best }})]\n}}"
                    ),
                ),
            }
        }

        line(out, AFFINE.replace("FLOAT", float));
        for activation in activations {
            line(out, format!("\nfn {}(x: {float}) -> {float} {{\n{}\n}}", name(activation), body::<T>(activation)));
        }
        Ok(text)
    }
}

fn line(text: &mut String, line: impl AsRef<str>) {
    writeln!(text, "{}", line.as_ref()).expect("a string takes all");
}

/// As a layer has it for one sample, the order of the sums included.
const AFFINE: &str = "
/// The weights by the inputs, and the bias.
fn affine(row: &[FLOAT], inputs: &[FLOAT]) -> FLOAT {
    let (weights, bias) = row.split_at(inputs.len());
    let mut sum = bias[0];
    let chunks = inputs.len() / 8 * 8;
    if chunks > 0 {
        let mut sums = [0.0; 8];
        for (w, x) in weights[..chunks].chunks_exact(8).zip(inputs.chunks_exact(8)) {
            for lane in 0..8 {
                sums[lane] += w[lane] * x[lane];
            }
        }
        for lane in sums {
            sum += lane;
        }
    }
    for (&w, &x) in weights[chunks..].iter().zip(&inputs[chunks..]) {
        sum += w * x;
    }
    sum
}";

/// The function's name; a parameter's digits are a part of it, so that two slopes are two functions.
fn name(activation: Activation) -> String {
    match activation {
        Activation::LeakyRelu(slope) => format!("leaky_relu_{:016x}", slope.to_bits()),
        activation => activation.to_string(),
    }
}

/// The function, in the very operations of `rules/activations.rs`.
fn body<T: Scalar>(activation: Activation) -> String {
    const LOGISTIC: &str = "    let e = if x >= 0.0 { -x } else { x }.exp();\n    let larger = 1.0 / (1.0 + e);";
    const HERE: &str = "if x >= 0.0 { larger } else { e * larger }";
    match activation {
        Activation::Step => "    if x >= 0.0 { 1.0 } else if x < 0.0 { 0.0 } else { x }".into(),
        Activation::Identity => "    x".into(),
        Activation::Sigmoid => format!("{LOGISTIC}\n    {HERE}"),
        Activation::Tanh => "    x.tanh()".into(),
        Activation::Relu => "    if x <= 0.0 { 0.0 } else { x }".into(),
        Activation::LeakyRelu(slope) => format!("    if x <= 0.0 {{ {:?} * x }} else {{ x }}", T::of(slope)),
        Activation::Elu => "    if x > 0.0 { x } else { x.exp_m1() }".into(),
        Activation::Silu => format!(
            "    if x.is_infinite() {{\n        return if x > 0.0 {{ x }} else {{ 0.0 }};\n    }}\n{LOGISTIC}\n    x * ({HERE})"
        ),
        Activation::Softplus => "    let e = if x >= 0.0 { -x } else { x }.exp();\n    let rest = e.ln_1p();\n    \
             if x > 0.0 { x + rest } else { rest }"
            .into(),
        Activation::Gelu => unreachable!("it was refused"),
    }
}
