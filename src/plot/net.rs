//! [`NetPicture`]: a net as layers, weights as lines.

use super::picture::{Area, Drawn, Picture, Theme};
use crate::nn::Mlp;
use crate::scalar::Scalar;
use crate::scalar::double;
use crate::text::written;
use crate::trace::traced::{neuron_names, parameter_names};
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A net as layers of circles, weights as lines: blue above 0, orange and dashed below, the broader the larger; or with names in
/// place of numbers.
#[doc(alias = "plot_model")]
#[derive(Clone, Debug, PartialEq)]
pub struct NetPicture {
    inputs: Vec<String>,
    /// Layer by layer, neuron by neuron, the weights and then the bias.
    layers: Vec<Vec<Vec<f64>>>,
    activations: Vec<String>,
    symbols: Option<Symbols>,
}

/// Names, layer by layer.
#[derive(Clone, Debug, PartialEq)]
struct Symbols {
    neurons: Vec<Vec<String>>,
    /// Neuron by neuron, of the weights and then of the bias.
    parameters: Vec<Vec<Vec<String>>>,
}

/// Of a layer that has more, only so many neurons are drawn.
const MOST_NEURONS: usize = 16;
/// Up to so many lines have their number beside them.
const MOST_NUMBERS: usize = 24;

impl NetPicture {
    /// Of a net; its inputs are x1, x2 and so on.
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
            symbols: None,
        }
    }

    /// The same, its inputs named.
    ///
    /// # Panics
    /// When there are not as many names as inputs.
    #[track_caller]
    pub fn named<N: ToString>(self, names: impl IntoIterator<Item = N>) -> NetPicture {
        let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
        let (count, got) = (self.inputs.len(), names.len());
        assert!(count == got, "expected {count} names, as the net has inputs, got {got}");
        NetPicture { inputs: names, ..self }
    }

    /// The same with names in place of numbers, those of [`Trace::forward`](crate::Trace::forward): weights w1, w2, … on lines that
    /// are all alike; in the circles neurons h1, h2, … and o1, o2, …, each with its bias b1, b2, …
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
        let layers = || self.layers.iter();
        let is_bias = layers().flatten().flat_map(|neuron| (1..=neuron.len()).map(|i| i == neuron.len()));
        let names: Vec<String> = parameter_names(is_bias).collect();
        let mut rest = &names[..];
        let mut of_neuron = |neuron: &Vec<f64>| {
            let (own, others) = rest.split_at(neuron.len());
            rest = others;
            own.to_vec()
        };
        let parameters = layers().map(|layer| layer.iter().map(&mut of_neuron).collect()).collect();
        let neurons = neuron_names(layers().map(Vec::len));
        NetPicture { symbols: Some(Symbols { neurons, parameters }), ..self }
    }
}

impl Picture for NetPicture {
    fn size(&self) -> (u32, u32) {
        let most = self.layers.iter().map(Vec::len).chain([self.inputs.len()]).max().unwrap_or(1).min(MOST_NEURONS);
        (260 * (self.layers.len() as u32 + 1), 160 + 90 * most.max(2) as u32)
    }

    fn draw<B: DrawingBackend<ErrorType: 'static>>(&self, area: &Area<B>, theme: Theme) -> Drawn {
        let (width, height) = self.size();
        let counts: Vec<usize> = [self.inputs.len()].into_iter().chain(self.layers.iter().map(Vec::len)).collect();
        let shown = |layer: usize| counts[layer].min(MOST_NEURONS);
        let place = |layer: usize, neuron: usize| {
            let x = (width as f64 * (layer as f64 + 0.5) / counts.len() as f64) as i32;
            let free = height as f64 - 120.0;
            (x, (50.0 + free * (neuron as f64 + 0.5) / shown(layer) as f64) as i32)
        };
        let all = self.layers.iter().flatten().flat_map(|neuron| &neuron[..neuron.len() - 1]);
        let largest = all.map(|w| w.abs()).fold(1e-9, f64::max);
        let lines: usize = (1..counts.len()).map(|layer| shown(layer) * shown(layer - 1)).sum();
        let centred = |size| theme.text(size).pos(Pos::new(HPos::Center, VPos::Center));
        for (layer, neurons) in self.layers.iter().enumerate() {
            for (j, neuron) in neurons.iter().enumerate().take(MOST_NEURONS) {
                for (i, &w) in neuron[..neuron.len() - 1].iter().enumerate().take(MOST_NEURONS) {
                    let (from, to) = (place(layer, i), place(layer + 1, j));
                    // Nearer to where lines that cross are still apart
                    let label = [(from.0, to.0), (from.1, to.1)].map(|(a, b)| a + (b - a) * 3 / 10);
                    if let Some(symbols) = &self.symbols {
                        area.draw(&PathElement::new([from, to], theme.line(0).stroke_width(2)))?;
                        if lines <= MOST_NUMBERS {
                            let corners = [(label[0] - 19, label[1] - 13), (label[0] + 19, label[1] + 13)];
                            area.draw(&Rectangle::new(corners, theme.background().filled()))?;
                            let name = symbols.parameters[layer][j][i].clone();
                            area.draw(&Text::new(name, (label[0], label[1]), centred(20)))?;
                        }
                        continue;
                    }
                    let part = w.abs() / largest;
                    let colour = theme.blend(theme.line((w < 0.0) as usize), 0.25 + 0.75 * part);
                    let style = colour.stroke_width(1 + (7.0 * part).round() as u32);
                    if w < 0.0 {
                        area.draw(&DashedPathElement::new([from, to], 12, 8, style))?;
                    } else {
                        area.draw(&PathElement::new([from, to], style))?;
                    }
                    if lines <= MOST_NUMBERS {
                        let centre = theme.text(20).pos(Pos::new(HPos::Center, VPos::Bottom));
                        area.draw(&Text::new(written(w), (label[0], label[1] - 3), centre))?;
                    }
                }
            }
        }
        for (layer, &count) in counts.iter().enumerate() {
            for neuron in 0..shown(layer) {
                let at = place(layer, neuron);
                area.draw(&Circle::new(at, 36, theme.background().filled()))?;
                area.draw(&Circle::new(at, 36, theme.foreground().stroke_width(2)))?;
                let (name, bias) = match (layer.checked_sub(1), &self.symbols) {
                    (None, _) => (self.inputs[neuron].clone(), None),
                    (Some(layer), None) => (written(*last(&self.layers[layer][neuron])), None),
                    (Some(layer), Some(symbols)) => {
                        let bias = format!("+ {}", last(&symbols.parameters[layer][neuron]));
                        (symbols.neurons[layer][neuron].clone(), Some(bias))
                    }
                };
                let size = if self.symbols.is_some() { 20 } else { 17 };
                area.draw(&Text::new(name, (at.0, at.1 - if bias.is_some() { 10 } else { 0 }), centred(size)))?;
                if let Some(bias) = bias {
                    area.draw(&Text::new(bias, (at.0, at.1 + 14), centred(17)))?;
                }
            }
            let below = (place(layer, 0).0, height as i32 - 35);
            let more = if count > MOST_NEURONS { format!(", {MOST_NEURONS} drawn") } else { String::new() };
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
