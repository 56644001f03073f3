//! Models of tables, for the tests of exports: their predictions from the cells of the columns.

use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Adam, Csv, Encoder, EncoderOptions, Model, Scalar, Trainer};

/// A model of a table, rows to predict, and the columns of these rows with their names, as an export takes them.
pub struct Table<T: Scalar> {
    pub name: &'static str,
    pub model: Model<T>,
    pub csv: Csv,
    pub columns: Vec<(String, Column)>,
}

/// The cells of a column, of which some are missing.
pub enum Column {
    /// Values, or NaN.
    Values(Vec<f64>),
    /// Texts, or an empty one.
    Texts(Vec<String>),
}

/// Returns models of penguins (classes), rents (numbers), and a table with every kind of column and of encoding.
pub fn tables<T: Scalar>() -> Vec<Table<T>> {
    let read = |file: &str| Csv::read(format!("examples/data/{file}")).unwrap();
    let [penguins, rents] = [read("penguins.csv"), read("rents-en.csv")];
    let of_penguins = Encoder::fit(&penguins, "species").unwrap();
    let of_rents = Encoder::fit(&rents, "monthly rent").unwrap();
    let options = EncoderOptions::new().ordered("2nd size!", ["S", "M", "L"]).log_target();
    let made_up = Csv::from_text(&made_up(120)).unwrap();
    let of_made_up = options.fit(&made_up, "price").unwrap();
    // Unknown categories, and a row without any cell
    let more = "green,0.25,XL,no,11,2000-02-29 23:59,1\n,,,,,,1\nrare1,-7e20,L,yes,0,1969-12-31 00:00,1\n";
    let rows = Csv::from_text(&(self::made_up(120) + more)).unwrap();
    vec![
        table("penguins", &penguins, of_penguins, penguins.select(&(0..60).collect::<Vec<_>>())),
        table("rents", &rents, of_rents, rents.select(&(0..60).collect::<Vec<_>>())),
        table("made-up", &made_up, of_made_up, rows),
    ]
}

fn table<T: Scalar>(name: &'static str, train: &Csv, encoder: Encoder, csv: Csv) -> Table<T> {
    let columns = encoder.input_names().iter().map(|name| (name.to_string(), Column::of(&csv, name))).collect();
    let dataset = encoder.dataset(train).unwrap();
    let hidden = [(6, Activation::Tanh)];
    let mut model =
        Model::new(&dataset, hidden, &mut SomeRng::seed_from_u64(1)).unwrap().with_encoder(encoder).unwrap();
    model.fit(&mut Trainer::new(model.loss(), Adam::new(0.01)).epochs(20).seed(1), &dataset).unwrap();
    Table { name, model, csv, columns }
}

/// Returns a table of which some columns have the same identifier, with rare categories, missing cells, long tails, and
/// dates of all centuries from 1890 to 2128.
fn made_up(rows: usize) -> String {
    let mut text = String::from("type,größe,2nd size!,a b,a-b,when,price\n");
    for i in 0..rows {
        let category = match i {
            7 => "rare1",
            8 => "rare2",
            9 => "",
            _ => ["red", "\"it's \"\"x\"\" \\\"", "None"][i % 3],
        };
        let tail = [1e9, -3e12, 0.0].get(i).copied().unwrap_or((i * 37 % 101) as f64 / 10.0 - 5.0);
        let size = if i % 10 == 0 { "NA" } else { ["S", "M", "L"][i * 7 % 3] };
        let answer = if i % 8 == 1 { "?" } else { ["yes", "no"][i / 2 % 2] };
        let number = if i == 3 { "-".into() } else { (i * i % 97).to_string() };
        let [month, day, hour] = [i * 5 % 12 + 1, i * 11 % 28 + 1, i * 7 % 24];
        let date = match i {
            4 => "1900-02-28 01:00".into(),
            5 => "2000-12-31 23:30".into(),
            6 => "2001-01-01 00:00".into(),
            _ if i % 9 == 4 => String::new(),
            _ => format!("{}-{month:02}-{day:02} {hour:02}:30", 1890 + 2 * i),
        };
        let price = 50 + i * 13 % 17 * 40;
        text += &format!("{category},{tail},{size},{answer},{number},{date},{price}\n");
    }
    text
}

impl Column {
    fn of(csv: &Csv, name: &str) -> Column {
        let cells = csv.column(name).unwrap();
        let values = cells.iter().map(|cell| if csv.is_missing_cell(cell) { Some(f64::NAN) } else { value(cell) });
        match values.collect() {
            Some(values) => Column::Values(values),
            None => {
                let is_missing = |cell: &str| csv.is_missing_cell(cell) && cell != "None";
                Column::Texts(cells.iter().map(|cell| if is_missing(cell) { "" } else { cell }.to_string()).collect())
            }
        }
    }
}

/// Returns the value of a cell: a number, 1 for yes, 0 for no, or the days of a date since 1970-01-01.
fn value(cell: &str) -> Option<f64> {
    let number = |text: &str| text.parse::<f64>().ok();
    match cell {
        "yes" => Some(1.0),
        "no" => Some(0.0),
        _ => number(cell).or_else(|| number(cell.strip_suffix('%')?).map(|x| x / 100.0)).or_else(|| days(cell)),
    }
}

/// Returns the days since 1970-01-01 of a date in the form 2001-02-03 or 2001-02-03 04:05.
fn days(cell: &str) -> Option<f64> {
    let (date, time) = cell.split_once(' ').unwrap_or((cell, "00:00"));
    let numbers = |text: &str, mark| text.split(mark).map(|part| part.parse().ok()).collect::<Option<Vec<i64>>>();
    let (date, time) = (numbers(date, '-')?, numbers(time, ':')?);
    let ([year, month, day], [hour, minute]) = (&date[..], &time[..]) else { return None };
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let of_year = |year| 365 + i64::from(is_leap(year));
    let years = (1970..*year).map(of_year).sum::<i64>() - (*year..1970).map(of_year).sum::<i64>();
    let of_months = [31, 28 + i64::from(is_leap(*year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days = years + of_months[..*month as usize - 1].iter().sum::<i64>() + day - 1;
    Some(days as f64 + (60 * hour + minute) as f64 / 1440.0)
}
