//! The functions that WebAssembly exports.
//!
//! The page writes text to [`text_to`] or numbers to [`numbers_to`] and calls a function. The function returns the
//! length of its result, which is at [`text_from`], [`numbers_from`] or [`map_from`]. A negative length means that the
//! result is an error message.

use crate::settings::LOSSES;
use crate::{Data, ImportedModel, Input, Playground, Point, Settings};
use backprop::{Csv, Error, Parameters, Trace};
use std::cell::RefCell;

#[derive(Default)]
struct Page {
    text_in: Vec<u8>,
    text_out: Vec<u8>,
    numbers_in: Vec<f64>,
    numbers_out: Vec<f64>,
    map: Vec<f32>,
    table: Option<Csv>,
    playground: Option<Playground>,
}

thread_local! {
    static PAGE: RefCell<Page> = RefCell::new(Page::default());
}

/// The result of a call.
enum Output {
    Nothing,
    Flag(bool),
    Number(usize),
    Text(String),
    Numbers(Vec<f64>),
    Map(Vec<f32>),
}

impl Page {
    fn text(&self) -> Result<&str, Error> {
        std::str::from_utf8(&self.text_in).map_err(|_| Error::custom("expected text in UTF-8, got other bytes"))
    }

    fn points(&self) -> Vec<Point> {
        let chunks = self.numbers_in.chunks_exact(4);
        chunks.map(|p| Point { at: [p[0], p[1]], target: p[2], is_test: p[3] != 0.0 }).collect()
    }

    fn playground(&mut self) -> Result<&mut Playground, Error> {
        self.playground.as_mut().ok_or(Error::Empty { what: "network", place: "the page" })
    }
}

/// Returns the message of an error and its causes.
fn message(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |all, cause| format!("{all}: {cause}"))
}

fn call(f: impl FnOnce(&mut Page) -> Result<Output, Error>) -> i32 {
    PAGE.with_borrow_mut(|page| match f(page) {
        Ok(Output::Nothing) => 0,
        Ok(Output::Flag(flag)) => flag as i32,
        Ok(Output::Number(number)) => number as i32,
        Ok(Output::Text(text)) => {
            page.text_out = text.into_bytes();
            page.text_out.len() as i32
        }
        Ok(Output::Numbers(numbers)) => {
            page.numbers_out = numbers;
            page.numbers_out.len() as i32
        }
        Ok(Output::Map(map)) => {
            page.map = map;
            page.map.len() as i32
        }
        Err(error) => {
            page.text_out = message(&error).into_bytes();
            -(page.text_out.len() as i32)
        }
    })
}

/// Exports functions of the page under their names.
macro_rules! exports {
    ($($(#[$doc:meta])* $name:ident($page:ident $(, $argument:ident: $type:ty)*) $body:block)*) => {
        $(
            $(#[$doc])*
            #[unsafe(no_mangle)]
            pub extern "C" fn $name($($argument: $type),*) -> i32 {
                call(|$page| $body)
            }
        )*
    };
}

/// Reserves `length` bytes for text.
#[unsafe(no_mangle)]
pub extern "C" fn text_to(length: usize) -> *mut u8 {
    PAGE.with_borrow_mut(|page| {
        page.text_in = vec![0; length];
        page.text_in.as_mut_ptr()
    })
}

/// Returns the address of the text of the last result.
#[unsafe(no_mangle)]
pub extern "C" fn text_from() -> *const u8 {
    PAGE.with_borrow(|page| page.text_out.as_ptr())
}

/// Reserves room for `length` numbers.
#[unsafe(no_mangle)]
pub extern "C" fn numbers_to(length: usize) -> *mut f64 {
    PAGE.with_borrow_mut(|page| {
        page.numbers_in = vec![0.0; length];
        page.numbers_in.as_mut_ptr()
    })
}

/// Returns the address of the numbers of the last result.
#[unsafe(no_mangle)]
pub extern "C" fn numbers_from() -> *const f64 {
    PAGE.with_borrow(|page| page.numbers_out.as_ptr())
}

/// Returns the address of the last map.
#[unsafe(no_mangle)]
pub extern "C" fn map_from() -> *const f32 {
    PAGE.with_borrow(|page| page.map.as_ptr())
}

exports! {
    /// Starts with the data set in the settings. Custom data are set afterwards by `set_points` or `use_table`.
    begin(page) {
        let settings: Settings = page.text()?.parse()?;
        let data = Data::named(&settings)?;
        page.playground = Some(Playground::new(settings, data)?);
        Ok(Output::Nothing)
    }

    /// Applies settings; returns true if the network was recreated.
    set(page) {
        let settings: Settings = page.text()?.parse()?;
        Ok(Output::Flag(page.playground()?.set(settings)?))
    }

    /// Sets the points, four numbers each: two coordinates, the target, and 1 for a test point.
    set_points(page) {
        let points = page.points();
        let playground = page.playground()?;
        let data = playground.data.with_points(points)?;
        playground.set_data(data)?;
        Ok(Output::Nothing)
    }

    /// Returns the points, four numbers each, as for `set_points`.
    points(page) {
        let points = page.playground()?.data.points.iter();
        let numbers = points.flat_map(|p| [p.at[0], p.at[1], p.target, p.is_test as u8 as f64]);
        Ok(Output::Numbers(numbers.collect()))
    }

    /// Returns the description of the data; see [`Data::described`].
    names(page) {
        Ok(Output::Text(page.playground()?.data.described()))
    }

    /// Starts with custom data: a description and points.
    set_own(page) {
        let data = Data::of_description(page.text()?, page.points())?;
        let playground = page.playground()?;
        *playground = Playground::new(playground.settings.clone(), data)?;
        Ok(Output::Nothing)
    }

    /// Splits the points again into training and test points.
    hold_out(page) {
        let settings: Settings = page.text()?.parse()?;
        let playground = page.playground()?;
        let mut data = playground.data.clone();
        data.hold_out(&settings);
        playground.set(settings)?;
        playground.set_data(data)?;
        Ok(Output::Nothing)
    }

    /// Reads a table. Returns a line for each column, with its name and its number of distinct numbers (0 if a cell is
    /// not a number), and the number of rows in the last line.
    read_table(page) {
        let csv = Csv::from_text(page.text()?)?;
        let count = |name: &String| -> Result<usize, Error> {
            let cells = csv.column(name)?;
            let mut known: Vec<&str> = cells.into_iter().filter(|cell| !Csv::is_missing(cell)).collect();
            known.sort_unstable();
            known.dedup();
            Ok(if known.iter().all(|cell| cell.parse::<f64>().is_ok()) { known.len() } else { 0 })
        };
        let line = |name: &String| Ok(format!("{}\t{}", name.replace(['\t', '\n'], " "), count(name)?));
        let lines = csv.columns().iter().map(line).collect::<Result<Vec<String>, Error>>()?;
        let text = format!("{}\n{}", lines.join("\n"), csv.len());
        page.table = Some(csv);
        Ok(Output::Text(text))
    }

    /// Uses three columns of the table, one name per line: two coordinates and the target. Rows with missing values are
    /// left out.
    use_table(page, as_classes: i32) {
        let names: Vec<String> = page.text()?.split('\n').map(String::from).collect();
        let table = page.table.clone().ok_or(Error::Empty { what: "table", place: "the page" })?.drop_missing();
        Error::check_count("columns", 3, names.len(), || "the table".into())?;
        let playground = page.playground()?;
        let data = Data::of_table(&table, [&names[0], &names[1], &names[2]], as_classes != 0, &playground.settings)?;
        *playground = Playground::new(playground.settings.clone(), data)?;
        Ok(Output::Nothing)
    }

    /// Restores the initial parameters.
    reset(page) {
        page.playground()?.reset()?;
        Ok(Output::Nothing)
    }

    /// Trains for `epochs` epochs.
    learn(page, epochs: u32) {
        page.playground()?.learn(epochs as usize)?;
        Ok(Output::Nothing)
    }

    /// Trains on the next batch.
    step(page) {
        page.playground()?.step()?;
        Ok(Output::Nothing)
    }

    /// Trains on one sample.
    learn_from(page, sample: u32) {
        page.playground()?.learn_from(sample as usize)?;
        Ok(Output::Nothing)
    }

    /// Returns the index of the next sample.
    next_sample(page) {
        Ok(Output::Number(page.playground()?.next_sample()))
    }

    /// Restores the parameters with the smallest loss and returns their epoch.
    go_back(page) {
        Ok(Output::Number(page.playground()?.go_back()?))
    }

    /// Returns the number of complete epochs.
    epoch(page) {
        Ok(Output::Number(page.playground()?.place()[0]))
    }

    /// Returns the number of samples that the current epoch has used.
    done(page) {
        Ok(Output::Number(page.playground()?.place()[1]))
    }

    /// Returns the loss and the accuracy or R² for training and test samples; NaN where there are none.
    scores(page) {
        let scores = page.playground()?.scores()?;
        let values = |score: Option<&crate::Score>| {
            score.map_or([f64::NAN; 2], |score| [score.loss, score.quality.unwrap_or(f64::NAN)])
        };
        Ok(Output::Numbers([values(Some(&scores.train)), values(scores.test.as_ref())].concat()))
    }

    /// Returns the confusion matrix, row by row, of the test samples or, without them, of the training samples.
    confusion(page) {
        let scores = page.playground()?.scores()?;
        let confusion = scores.test.unwrap_or(scores.train).confusion.concat();
        Ok(Output::Numbers(confusion.into_iter().map(|count| count as f64).collect()))
    }

    /// Returns all parameters.
    parameters(page) {
        Ok(Output::Numbers(page.playground()?.net().parameters()))
    }

    /// Returns the names of the parameters, one per line.
    parameter_names(page) {
        Ok(Output::Text(Trace::parameter_names(page.playground()?.net().mlp()).join("\n")))
    }

    /// Returns the names of the neurons, layer by layer, one per line.
    neuron_names(page) {
        Ok(Output::Text(Trace::neuron_names(page.playground()?.net().mlp()).concat().join("\n")))
    }

    /// Sets all parameters to those after `epoch` epochs and `done` samples of the next epoch.
    go_to(page, epoch: u32, done: u32) {
        let parameters = page.numbers_in.clone();
        page.playground()?.go_to(epoch as usize, done as usize, &parameters)?;
        Ok(Output::Nothing)
    }

    /// Sets one parameter.
    set_parameter(page, index: u32, value: f64) {
        let net = page.playground()?.model.net_mut();
        let mut parameters = net.parameters();
        let count = parameters.len();
        let unknown = || Error::invalid_argument("index", format!("be less than the number of parameters, {count}"), index);
        *parameters.get_mut(index as usize).ok_or_else(unknown)? = value;
        net.set_parameters(&parameters)?;
        Ok(Output::Nothing)
    }

    /// Returns the name of the loss: the requested one, or its replacement if that does not fit the data.
    loss(page) {
        let loss = page.playground()?.settings.loss;
        let known = LOSSES.iter().find(|(_, known)| *known == loss);
        Ok(Output::Text(known.expect("settings only have known losses").0.into()))
    }

    /// Returns the number of inputs, then a line for each layer with its neurons and activation.
    layers(page) {
        let net = page.playground()?.net().mlp();
        let lines = net.layers().iter().map(|layer| format!("{}\t{}", layer.outputs(), layer.activation())).collect::<Vec<_>>();
        Ok(Output::Text(format!("{}\n{}", net.inputs(), lines.join("\n"))))
    }

    /// Returns maps of all inputs and neurons with `cells` × `cells` cells.
    maps(page, cells: u32) {
        Ok(Output::Map(page.playground()?.maps(cells as usize)?))
    }

    /// Returns the predictions of the model on `cells` × `cells` cells.
    answers(page, cells: u32) {
        Ok(Output::Map(page.playground()?.predictions(cells as usize)?))
    }

    /// Returns the prediction for a point of the plane.
    answer(page, x1: f64, x2: f64) {
        Ok(Output::Numbers(page.playground()?.predict([x1, x2])?))
    }

    /// Returns the loss over two parameters.
    surface(page, i: u32, j: u32, size: f64, cells: u32) {
        Ok(Output::Map(page.playground()?.surface([i as usize, j as usize], size, cells as usize)?))
    }

    /// Returns the forward and backward pass of a sample: loss, inputs, targets, four numbers for each neuron,
    /// gradient.
    pass(page, sample: u32) {
        let pass = page.playground()?.pass(sample as usize)?;
        let neurons = pass.neurons.concat();
        Ok(Output::Numbers([&[pass.loss][..], &pass.inputs, &pass.targets, &neurons, &pass.gradient].concat()))
    }

    /// Returns the state of the optimizer; see [`Playground::memory`].
    optimizer_memory(page) {
        Ok(Output::Numbers(page.playground()?.memory()))
    }

    /// Sets the state of the optimizer, as `optimizer_memory` returns it.
    set_optimizer_memory(page) {
        let numbers = page.numbers_in.clone();
        page.playground()?.set_memory(&numbers)?;
        Ok(Output::Nothing)
    }

    /// Keeps the parameters with these indices at their values.
    freeze(page) {
        let indices = page.numbers_in.iter().map(|&index| index as usize).collect();
        page.playground()?.freeze(indices)?;
        Ok(Output::Nothing)
    }

    /// Returns the indices of the samples of the next batch.
    batch(page) {
        let batch = page.playground()?.batch().iter().map(|&sample| sample as f64).collect();
        Ok(Output::Numbers(batch))
    }

    /// Returns the number of training samples.
    samples(page) {
        Ok(Output::Number(page.playground()?.train.prepared.len()))
    }

    /// Returns the model as JSON, which the crate can load.
    json(page) {
        Ok(Output::Text(page.playground()?.exported()?.to_json()))
    }

    /// Returns the model as Rust source code.
    rust(page) {
        Ok(Output::Text(page.playground()?.exported()?.to_rust()?))
    }

    /// Sets the network to that of a model, given by a description and its parameters (see [`ImportedModel::parse`]).
    /// Returns the settings that it changes.
    import(page) {
        let model = ImportedModel::parse(page.text()?, page.numbers_in.clone())?;
        Ok(Output::Text(page.playground()?.import(&model)?))
    }

    /// Returns the available inputs, one per line: the name in addresses and the displayed name.
    inputs(_page) {
        Ok(Output::Text(Input::ALL.map(|(key, name, _)| format!("{key}\t{name}")).join("\n")))
    }
}
