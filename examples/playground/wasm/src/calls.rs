//! The functions that WebAssembly exports.
//!
//! The page writes a text to where [`text_to`] says, or numbers to [`numbers_to`], and calls; a call returns how long its answer
//! is, which is at [`text_from`] or [`numbers_from`], and a negative number when the answer is the text of an error.

use crate::settings::LOSSES;
use crate::{Data, Input, Playground, Point, Settings};
use backprop::{Csv, Error, Trace};
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

/// What a call answers.
enum Answer {
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
        self.playground.as_mut().ok_or(Error::Empty { what: "net", place: "the page" })
    }
}

/// The sentence of an error and those of its causes.
fn sentence(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |all, cause| format!("{all}: {cause}"))
}

fn call(f: impl FnOnce(&mut Page) -> Result<Answer, Error>) -> i32 {
    PAGE.with_borrow_mut(|page| match f(page) {
        Ok(Answer::Nothing) => 0,
        Ok(Answer::Flag(flag)) => flag as i32,
        Ok(Answer::Number(number)) => number as i32,
        Ok(Answer::Text(text)) => {
            page.text_out = text.into_bytes();
            page.text_out.len() as i32
        }
        Ok(Answer::Numbers(numbers)) => {
            page.numbers_out = numbers;
            page.numbers_out.len() as i32
        }
        Ok(Answer::Map(map)) => {
            page.map = map;
            page.map.len() as i32
        }
        Err(error) => {
            page.text_out = sentence(&error).into_bytes();
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

/// Room for a text of so many bytes.
#[unsafe(no_mangle)]
pub extern "C" fn text_to(length: usize) -> *mut u8 {
    PAGE.with_borrow_mut(|page| {
        page.text_in = vec![0; length];
        page.text_in.as_mut_ptr()
    })
}

/// Where the text of the last answer is.
#[unsafe(no_mangle)]
pub extern "C" fn text_from() -> *const u8 {
    PAGE.with_borrow(|page| page.text_out.as_ptr())
}

/// Room for so many numbers.
#[unsafe(no_mangle)]
pub extern "C" fn numbers_to(length: usize) -> *mut f64 {
    PAGE.with_borrow_mut(|page| {
        page.numbers_in = vec![0.0; length];
        page.numbers_in.as_mut_ptr()
    })
}

/// Where the numbers of the last answer are.
#[unsafe(no_mangle)]
pub extern "C" fn numbers_from() -> *const f64 {
    PAGE.with_borrow(|page| page.numbers_out.as_ptr())
}

/// Where the last map is.
#[unsafe(no_mangle)]
pub extern "C" fn map_from() -> *const f32 {
    PAGE.with_borrow(|page| page.map.as_ptr())
}

exports! {
    /// Begins with the data that the settings name. Those of one's own come by `set_points` or `use_table` afterwards.
    begin(page) {
        let settings: Settings = page.text()?.parse()?;
        let data = Data::named(&settings)?;
        page.playground = Some(Playground::new(settings, data)?);
        Ok(Answer::Nothing)
    }

    /// Takes settings, and says whether the net was begun anew.
    set(page) {
        let settings: Settings = page.text()?.parse()?;
        Ok(Answer::Flag(page.playground()?.set(settings)?))
    }

    /// Takes points, four numbers each: two coordinates, the target, and whether it is held out.
    set_points(page) {
        let points = page.points();
        let playground = page.playground()?;
        let data = playground.data.with_points(points)?;
        playground.set_data(data)?;
        Ok(Answer::Nothing)
    }

    /// The points, in the same way.
    points(page) {
        let points = page.playground()?.data.points.iter();
        let numbers = points.flat_map(|p| [p.at[0], p.at[1], p.target, p.is_test as u8 as f64]);
        Ok(Answer::Numbers(numbers.collect()))
    }

    /// What the data are called: see [`Data::described`].
    names(page) {
        Ok(Answer::Text(page.playground()?.data.described()))
    }

    /// Begins with data of one's own: a description and points.
    set_own(page) {
        let data = Data::of_description(page.text()?, page.points())?;
        let playground = page.playground()?;
        *playground = Playground::new(playground.settings.clone(), data)?;
        Ok(Answer::Nothing)
    }

    /// Holds out another share of the points, as settings say.
    hold_out(page) {
        let settings: Settings = page.text()?.parse()?;
        let playground = page.playground()?;
        let mut data = playground.data.clone();
        data.hold_out(&settings);
        playground.set(settings)?;
        playground.set_data(data)?;
        Ok(Answer::Nothing)
    }

    /// Reads a table, and answers with its columns, a line each, and the number of rows in a last line. Beside the name of a
    /// column is how many different numbers it has, 0 where a cell is none.
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
        Ok(Answer::Text(text))
    }

    /// Takes three columns of the table, a line each: two coordinates and the target; rows that lack one are left out.
    use_table(page, as_classes: i32) {
        let names: Vec<String> = page.text()?.split('\n').map(String::from).collect();
        let table = page.table.clone().ok_or(Error::Empty { what: "table", place: "the page" })?.drop_missing();
        Error::check_count("columns", 3, names.len(), || "the table".into())?;
        let playground = page.playground()?;
        let data = Data::of_table(&table, [&names[0], &names[1], &names[2]], as_classes != 0, &playground.settings)?;
        *playground = Playground::new(playground.settings.clone(), data)?;
        Ok(Answer::Nothing)
    }

    /// Back to the first weights.
    reset(page) {
        page.playground()?.reset()?;
        Ok(Answer::Nothing)
    }

    /// Learns for so many epochs.
    learn(page, epochs: u32) {
        page.playground()?.learn(epochs as usize)?;
        Ok(Answer::Nothing)
    }

    /// Learns from a batch.
    step(page) {
        page.playground()?.step()?;
        Ok(Answer::Nothing)
    }

    /// Learns from one sample.
    learn_from(page, sample: u32) {
        page.playground()?.learn_from(sample as usize)?;
        Ok(Answer::Nothing)
    }

    /// Which sample comes next.
    next_sample(page) {
        Ok(Answer::Number(page.playground()?.next_sample()))
    }

    /// Back to where the loss was least; answers after which epoch that was.
    go_back(page) {
        Ok(Answer::Number(page.playground()?.go_back()?))
    }

    /// How many epochs were learnt.
    epoch(page) {
        Ok(Answer::Number(page.playground()?.place()[0]))
    }

    /// From how many samples of the next.
    done(page) {
        Ok(Answer::Number(page.playground()?.place()[1]))
    }

    /// Losses and qualities: of training, and of the test, NaN where there is none.
    scores(page) {
        let scores = page.playground()?.scores()?;
        let of = |score: Option<&crate::Score>| {
            score.map_or([f64::NAN; 2], |score| [score.loss, score.quality.unwrap_or(f64::NAN)])
        };
        Ok(Answer::Numbers([of(Some(&scores.train)), of(scores.test.as_ref())].concat()))
    }

    /// How many of each class were taken for each, row by row: of those held out, or else of all.
    confusion(page) {
        let scores = page.playground()?.scores()?;
        let confusion = scores.test.unwrap_or(scores.train).confusion.concat();
        Ok(Answer::Numbers(confusion.into_iter().map(|count| count as f64).collect()))
    }

    /// All parameters.
    parameters(page) {
        Ok(Answer::Numbers(page.playground()?.model.net().parameters()))
    }

    /// What they are called, a line each.
    parameter_names(page) {
        Ok(Answer::Text(Trace::parameter_names(page.playground()?.model.net()).join("\n")))
    }

    /// What the neurons are called, layer by layer, a line each.
    neuron_names(page) {
        Ok(Answer::Text(Trace::neuron_names(page.playground()?.model.net()).concat().join("\n")))
    }

    /// Takes all parameters, as they were after so many epochs, and so many samples of the next.
    go_to(page, epoch: u32, done: u32) {
        let parameters = page.numbers_in.clone();
        page.playground()?.go_to(epoch as usize, done as usize, &parameters)?;
        Ok(Answer::Nothing)
    }

    /// Changes one parameter.
    set_parameter(page, index: u32, value: f64) {
        let net = page.playground()?.model.net_mut();
        let mut parameters = net.parameters();
        let count = parameters.len();
        let unknown = || Error::invalid_argument("index", format!("be less than the number of parameters, {count}"), index);
        *parameters.get_mut(index as usize).ok_or_else(unknown)? = value;
        net.set_parameters(&parameters)?;
        Ok(Answer::Nothing)
    }

    /// Which loss is made small: what was asked for, or what goes with the data in its place.
    loss(page) {
        let loss = page.playground()?.settings.loss;
        let known = LOSSES.iter().find(|(_, known)| *known == loss);
        Ok(Answer::Text(known.expect("it was taken from them").0.into()))
    }

    /// What the net is made of: inputs, and of each layer the neurons and the activation, a line each.
    layers(page) {
        let net = page.playground()?.model.net();
        let lines = net.layers().iter().map(|layer| format!("{}\t{}", layer.outputs(), layer.activation())).collect::<Vec<_>>();
        Ok(Answer::Text(format!("{}\n{}", net.inputs(), lines.join("\n"))))
    }

    /// Maps of all inputs and neurons, and what the model answers, of so many cells each way.
    maps(page, cells: u32) {
        Ok(Answer::Map(page.playground()?.maps(cells as usize)?))
    }

    answers(page, cells: u32) {
        Ok(Answer::Map(page.playground()?.answers(cells as usize)?))
    }

    /// What the model answers at a place of the plane.
    answer(page, x1: f64, x2: f64) {
        Ok(Answer::Numbers(page.playground()?.answer([x1, x2])?))
    }

    /// The loss over two parameters.
    surface(page, i: u32, j: u32, size: f64, cells: u32) {
        Ok(Answer::Map(page.playground()?.surface([i as usize, j as usize], size, cells as usize)?))
    }

    /// A sample's way forward and back: the loss, then inputs, targets, four numbers of each neuron, the gradient.
    pass(page, sample: u32) {
        let pass = page.playground()?.pass(sample as usize)?;
        let neurons = pass.neurons.concat();
        Ok(Answer::Numbers([&[pass.loss][..], &pass.inputs, &pass.targets, &neurons, &pass.gradient].concat()))
    }

    /// The chain rule from a sample's loss to the parameter of this name.
    explain(page, sample: u32) {
        let name = page.text()?.to_string();
        Ok(Answer::Text(page.playground()?.explain(sample as usize, &name)?))
    }

    /// How many samples there are to learn from.
    samples(page) {
        Ok(Answer::Number(page.playground()?.train.prepared.len()))
    }

    /// The net as JSON, which the crate reads.
    json(page) {
        Ok(Answer::Text(page.playground()?.exported()?.to_json()))
    }

    /// The net as Rust.
    rust(page) {
        Ok(Answer::Text(page.playground()?.exported()?.to_rust()?))
    }

    /// The inputs that there are, a line each: what they are called in the address, and to be read.
    inputs(_page) {
        Ok(Answer::Text(Input::ALL.map(|(key, name, _)| format!("{key}\t{name}")).join("\n")))
    }
}
