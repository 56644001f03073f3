//! [`NetPicture`]: a network as layers of circles, weights as lines.

use super::picture::{Area, Drawn, Picture, Theme};
use crate::nn::Mlp;
use crate::scalar::{Scalar, double};
use crate::text::written;
use crate::trace::Trace;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A picture of a network: neurons as layers of circles, weights as lines.
///
/// Lines are blue for positive weights, orange and dashed for negative ones, and wider for larger ones. Names can
/// replace the values.
#[doc(alias = "plot_model")]
#[derive(Clone, Debug, PartialEq)]
pub struct NetPicture {
    inputs: Vec<String>,
    /// The weights and then the bias of each neuron of each layer.
    layers: Vec<Vec<Vec<f64>>>,
    activations: Vec<String>,
    symbols: Symbols,
    is_in_symbols: bool,
}

/// The names of neurons and parameters, layer by layer.
#[derive(Clone, Debug, PartialEq)]
struct Symbols {
    neurons: Vec<Vec<String>>,
    /// The names of the weights and then of the bias of each neuron.
    parameters: Vec<Vec<Vec<String>>>,
}

/// The maximum number of neurons that are drawn of a layer.
const MAX_NEURONS: usize = 16;
/// The maximum number of lines with their value or name next to them.
const MAX_LABELS: usize = 24;

impl NetPicture {
    /// Creates a picture of a network, with the inputs named x1, x2, ….
    pub fn new<T: Scalar>(net: &Mlp<T>) -> NetPicture {
        let layers = net.layers();
        NetPicture {
            inputs: (1..=net.inputs()).map(|input| format!("x{input}")).collect(),
            activations: layers.iter().map(|layer| layer.activation().to_string()).collect(),
            layers: (layers.iter())
                .map(|layer| {
                    let rows = layer.parameters().iter().map(double).collect::<Vec<f64>>();
                    rows.chunks(layer.inputs() + 1).map(<[f64]>::to_vec).collect()
                })
                .collect(),
            symbols: Symbols::new(net),
            is_in_symbols: false,
        }
    }

    /// Names the inputs.
    ///
    /// # Panics
    /// If the number of names is not the number of inputs.
    #[track_caller]
    pub fn named<N: ToString>(self, names: impl IntoIterator<Item = N>) -> NetPicture {
        let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
        let (count, got) = (self.inputs.len(), names.len());
        assert!(count == got, "expected {count} names, one for each input of the network, got {got}");
        NetPicture { inputs: names, ..self }
    }

    /// Replaces the values by the names of [`Trace::forward`]: weights w1, w2, … on lines of one kind; in the circles
    /// the neurons h1, h2, … and o1, o2, …, each with its bias b1, b2, ….
    ///
    /// ```
    /// use backprop::plot::{NetPicture, Picture, Theme};
    /// use backprop::{Activation, Layer, Mlp, Neuron};
    ///
    /// let neuron = Neuron::new([0.5, -1.0], 0.0, Activation::Sigmoid);
    /// let picture = NetPicture::new(&Mlp::from_layers([Layer::from_neurons([neuron])?])?).in_symbols();
    /// let svg = picture.to_svg(Theme::Light);
    /// assert!(["w1", "w2", "o1", "+ b1"].iter().all(|name| svg.contains(name)));
    /// # Ok::<(), backprop::Error>(())
    /// ```
    pub fn in_symbols(self) -> NetPicture {
        NetPicture { is_in_symbols: true, ..self }
    }
}

impl Symbols {
    fn new<T: Scalar>(net: &Mlp<T>) -> Symbols {
        let mut names = Trace::parameter_names(net).into_iter();
        let layers = net.layers();
        let parameters = layers.iter().map(|layer| {
            let mut of_neuron = || names.by_ref().take(layer.inputs() + 1).collect();
            (0..layer.outputs()).map(|_| of_neuron()).collect()
        });
        Symbols { neurons: Trace::neuron_names(net), parameters: parameters.collect() }
    }
}

impl Picture for NetPicture {
    fn size(&self) -> (u32, u32) {
        let most = self.layers.iter().map(Vec::len).chain([self.inputs.len()]).max().unwrap_or(1).min(MAX_NEURONS);
        (260 * (self.layers.len() as u32 + 1), 160 + 90 * most.max(2) as u32)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let (width, height) = self.size();
        let counts: Vec<usize> = [self.inputs.len()].into_iter().chain(self.layers.iter().map(Vec::len)).collect();
        let drawn = |layer: usize| counts[layer].min(MAX_NEURONS);
        let place = |layer: usize, neuron: usize| {
            let x = (width as f64 * (layer as f64 + 0.5) / counts.len() as f64) as i32;
            let free = height as f64 - 120.0;
            (x, (50.0 + free * (neuron as f64 + 0.5) / drawn(layer) as f64) as i32)
        };
        let all = self.layers.iter().flatten().flat_map(|neuron| &neuron[..neuron.len() - 1]);
        let largest = all.map(|w| w.abs()).fold(1e-9, f64::max);
        let lines: usize = (1..counts.len()).map(|layer| drawn(layer) * drawn(layer - 1)).sum();
        let centred = |size| theme.text(size).pos(Pos::new(HPos::Center, VPos::Center));
        for (layer, neurons) in self.layers.iter().enumerate() {
            for (j, neuron) in neurons.iter().enumerate().take(MAX_NEURONS) {
                for (i, &w) in neuron[..neuron.len() - 1].iter().enumerate().take(MAX_NEURONS) {
                    let (from, to) = (place(layer, i), place(layer + 1, j));
                    // Nearer to `from`, where crossing lines are still apart
                    let label = [(from.0, to.0), (from.1, to.1)].map(|(a, b)| a + (b - a) * 3 / 10);
                    if self.is_in_symbols {
                        area.draw(&PathElement::new([from, to], theme.line(0).stroke_width(2)))?;
                        if lines <= MAX_LABELS {
                            let corners = [(label[0] - 19, label[1] - 13), (label[0] + 19, label[1] + 13)];
                            area.draw(&Rectangle::new(corners, theme.background().filled()))?;
                            let name = self.symbols.parameters[layer][j][i].clone();
                            area.draw(&Text::new(name, (label[0], label[1]), centred(20)))?;
                        }
                        continue;
                    }
                    let fraction = w.abs() / largest;
                    let colour = theme.blend(theme.line((w < 0.0) as usize), 0.25 + 0.75 * fraction);
                    let style = colour.stroke_width(1 + (7.0 * fraction).round() as u32);
                    if w < 0.0 {
                        area.draw(&DashedPathElement::new([from, to], 12, 8, style))?;
                    } else {
                        area.draw(&PathElement::new([from, to], style))?;
                    }
                    if lines <= MAX_LABELS {
                        let centre = theme.text(20).pos(Pos::new(HPos::Center, VPos::Bottom));
                        area.draw(&Text::new(written(w), (label[0], label[1] - 3), centre))?;
                    }
                }
            }
        }
        for (layer, &count) in counts.iter().enumerate() {
            for neuron in 0..drawn(layer) {
                let at = place(layer, neuron);
                area.draw(&Circle::new(at, 36, theme.background().filled()))?;
                area.draw(&Circle::new(at, 36, theme.foreground().stroke_width(2)))?;
                let (name, bias) = match (layer.checked_sub(1), self.is_in_symbols) {
                    (None, _) => (self.inputs[neuron].clone(), None),
                    (Some(layer), false) => (written(*last(&self.layers[layer][neuron])), None),
                    (Some(layer), true) => {
                        let bias = format!("+ {}", last(&self.symbols.parameters[layer][neuron]));
                        (self.symbols.neurons[layer][neuron].clone(), Some(bias))
                    }
                };
                let size = if self.is_in_symbols { 20 } else { 17 };
                area.draw(&Text::new(name, (at.0, at.1 - if bias.is_some() { 10 } else { 0 }), centred(size)))?;
                if let Some(bias) = bias {
                    area.draw(&Text::new(bias, (at.0, at.1 + 14), centred(17)))?;
                }
            }
            let below = (place(layer, 0).0, height as i32 - 35);
            let more = if count > MAX_NEURONS { format!(", {MAX_NEURONS} drawn") } else { String::new() };
            let text = match layer.checked_sub(1) {
                None => format!("{count} inputs{more}"),
                Some(layer) => format!("{count} {}{more}", self.activations[layer]),
            };
            area.draw(&Text::new(text, below, centred(22)))?;
        }
        Ok(())
    }
}

fn last<T>(of_neuron: &[T]) -> &T {
    of_neuron.last().expect("a neuron has a bias")
}
