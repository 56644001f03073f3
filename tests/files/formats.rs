//! Tables in the formats that people have: the smallest table that shows each.

use backprop::ndarray::array;
use backprop::{Csv, CsvErrorKind, CsvOptions, DecimalMark, Encoder, EncoderOptions, Error};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Returns the names of the columns and the cells, row by row, separated by `|`.
fn table(csv: &Csv) -> String {
    let columns: Vec<Vec<&str>> = csv.columns().iter().map(|name| csv.column(name).unwrap()).collect();
    let row = |row: usize| columns.iter().map(|cells| cells[row]).collect::<Vec<&str>>().join("|");
    let rows: Vec<String> = (0..csv.len()).map(row).collect();
    format!("{}\n{}", csv.columns().join("|"), rows.join("\n"))
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn separators_quotes_titles_and_blank_rows_are_recognised() {
    let cases = [
        ("a,b\n1,2\n", "a|b\n1|2"),
        ("a;b\n1,5;2,5\n", "a|b\n1,5|2,5"),
        ("a\tb\n1\t2\n", "a|b\n1|2"),
        ("a|b\n1|2\n", "a|b\n1|2"),
        ("sep=;\na;b\n1;2\n", "a|b\n1|2"),
        ("sep=,\r\na,b\r\n1,2\r\n", "a|b\n1|2"),
        ("a,b,\n1,2,\n3,4,\n", "a|b\n1|2\n3|4"),
        ("a,b\n1,2,\n3,4,\n", "a|b\n1|2\n3|4"),
        ("a,b,\n1,2\n3,4\n", "a|b\n1|2\n3|4"),
        ("a,b\n1,2\n,\n\n3,4\n", "a|b\n1|2\n3|4"),
        ("Sales of 2023\n\na,b,c\n1,2,3\n4,5,6\n", "a|b|c\n1|2|3\n4|5|6"),
        ("Sales,,\na,b,c\n1,2,3\n", "a|b|c\n1|2|3"),
        ("a,a,,a\n1,2,3,4\n", "a|a (2)|column 3|a (3)\n1|2|3|4"),
        ("'a','b'\n'1,5','2'\n'3,5','4'\n", "a|b\n1,5|2\n3,5|4"),
        ("\"weight, kg\",\"a \"\"b\"\"\"\n1,2\n", "weight, kg|a \"b\"\n1|2"),
        ("name,text\nx,don't\ny,'tis\n", "name|text\nx|don't\ny|'tis"),
    ];
    for (text, expected) in cases {
        let csv = Csv::from_text(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(table(&csv), expected, "{text:?}");
    }
    let csv = Csv::from_text("Report\n\na;b;c;\n1;2;3;\n;;;\n4;5;6;\n").unwrap();
    assert_eq!(
        csv.format().to_string(),
        "UTF-8, separated by semicolons, 1 line above the header skipped, 1 blank row skipped, with a separator after the \
         last column"
    );
    assert_eq!(csv.rows(), [1, 3]);
}

#[test]
fn encodings_and_compression_are_recognised() {
    let text = "größe,preis €\n1,2\n";
    let utf16 = |bytes: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
        let mark = mark.then_some(0xfeff).into_iter();
        mark.chain(text.encode_utf16()).flat_map(bytes).collect()
    };
    let mut packed = Vec::new();
    let mut encoder = flate2::write::GzEncoder::new(&mut packed, flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap();
    let windows: Vec<u8> = text.chars().map(|c| if c == '€' { 0x80 } else { u8::try_from(c).unwrap() }).collect();
    let cases = [
        ("utf8.csv", text.as_bytes().to_vec(), "UTF-8"),
        ("mark.csv", format!("\u{feff}{text}").into_bytes(), "UTF-8"),
        ("utf16le.csv", utf16(u16::to_le_bytes, false), "UTF-16LE"),
        ("utf16be.csv", utf16(u16::to_be_bytes, false), "UTF-16BE"),
        ("utf16le-mark.csv", utf16(u16::to_le_bytes, true), "UTF-16LE"),
        ("utf16be-mark.csv", utf16(u16::to_be_bytes, true), "UTF-16BE"),
        ("windows.csv", windows.clone(), "windows-1252"),
        ("packed.csv.gz", packed, "UTF-8"),
    ];
    for (name, bytes, encoding) in cases {
        let csv = Csv::read(file(name, &bytes)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(table(&csv), "größe|preis €\n1|2", "{name}");
        assert_eq!((csv.format().encoding, csv.format().is_compressed), (encoding, name.ends_with("gz")), "{name}");
    }
    let path = file("named.csv", &windows);
    assert!(CsvOptions::new().encoding("utf-8").read(&path).is_err());
    assert!(matches!(CsvOptions::new().encoding("utf-9").read(&path), Err(Error::Unknown { what: "encoding", .. })));
    let cut = file("cut.csv.gz", &[0x1f, 0x8b, 8, 0, 0]);
    assert!(matches!(Csv::read(cut), Err(Error::Io { .. })));
}

#[test]
fn numbers_have_the_value_that_people_mean() {
    let numbers = |text: &str| {
        let (values, _) = Csv::from_text(text).unwrap().without_target::<f64>().unwrap();
        values.column(0).to_vec()
    };
    assert_eq!(numbers("x,y\n\"1,000\",1\n\"2,500\",2\n"), [1000.0, 2500.0]);
    assert_eq!(numbers("x;y\n1,5;1\n1,250;2\n"), [1.5, 1.25]);
    assert_eq!(numbers("x;y\n1.033,70 €;1\n69,5 €;2\n"), [1033.7, 69.5]);
    assert_eq!(numbers("x,y\n$1,\"$1,000\"\n-$2.50,2\n"), [1.0, -2.5]);
    assert_eq!(numbers("x,y\n69%,1\n7 %,2\n"), [0.69, 0.07]);
    assert_eq!(numbers("x;y\n1.000;1,5\n2.000;2,5\n"), [1000.0, 2000.0], "the other column has decimal commas");
    assert_eq!(numbers("x,y\n1.500,1\n2.250,2\n"), [1.5, 2.25]);

    let open = Csv::from_text("x;y\n1,000;1\n2,500;2\n").unwrap().without_target::<f64>().unwrap_err();
    assert!(
        matches!(&open, Error::Csv { kind: CsvErrorKind::AmbiguousNumber { cell }, row: Some(1), .. } if cell == "1,000")
    );
    for (mark, expected) in [(DecimalMark::Comma, [1.0, 2.5]), (DecimalMark::Point, [1000.0, 2500.0])] {
        let csv = CsvOptions::new().decimal_mark(mark).from_text("x;y\n1,000;1\n2,500;2\n").unwrap();
        assert_eq!(csv.without_target::<f64>().unwrap().0.column(0).to_vec(), expected);
    }

    // A target with decimal commas is a number, not a class for each cell.
    let rows: String = (0..30).map(|i| format!("{i};{},5\n", i % 7)).collect();
    let csv = Csv::from_text(&format!("x;y\n{rows}")).unwrap();
    assert!(Encoder::fit(&csv, "y").unwrap().classes().is_empty());
}

#[test]
fn spellings_of_missing_cells_are_known_and_can_be_chosen() {
    let spellings = "NA n/a NaN NULL null None #N/A <NA> . - ? \\N";
    for spelling in spellings.split(' ').chain([""]) {
        assert!(Csv::is_missing(spelling), "{spelling}");
    }
    let csv = CsvOptions::new().missing_values(["-999", "unknown"]).from_text("x,y\n-999,1\nNA,2\n3,\n4,4\n").unwrap();
    assert_eq!(
        ["-999", "unknown", "", "NA", "4"].map(|cell| csv.is_missing_cell(cell)),
        [true, true, true, false, false]
    );
    assert_eq!(
        csv.clone().inputs(["y"]).drop_missing().without_target::<f64>().unwrap().0,
        array![[1.0], [2.0], [4.0]]
    );
}

#[test]
fn choices_replace_recognition() {
    let options = CsvOptions::new().separator(':').quote('*').skipped_lines(1).without_header();
    let csv = options.from_text("# a comment\n1:*2:3*\n4:5\n").unwrap();
    assert_eq!(table(&csv), "1|2\n1|2:3\n4|5");
    assert!(matches!(CsvOptions::new().separator('→').from_text("a→b"), Err(Error::InvalidArgument { .. })));
}

#[test]
fn equally_good_separators_are_decided_by_the_numbers() {
    for (text, expected) in [
        ("price, €;weight, kg\n1,5;2,5\n3,5;4,5\n", "price, €|weight, kg\n1,5|2,5\n3,5|4,5"),
        ("a,b;c\n1,x;y\n2,z;w\n", "a|b;c\n1|x;y\n2|z;w"),
    ] {
        assert_eq!(table(&Csv::from_text(text).unwrap()), expected, "{text:?}");
    }
}

#[test]
fn rows_of_another_length_are_an_error_although_the_last_column_has_no_name() {
    assert_eq!(table(&Csv::from_text("a,b,\n1,2,3\n4,5,\n").unwrap()), "a|b|column 3\n1|2|3\n4|5|");
    for (text, line, got) in [("a,b,\n1,2,3\n4,5\n", 3, 2), ("a,b,\n1,2\n4,5,6\n", 2, 2), ("a,b,\n1,2,3,4\n", 2, 4)] {
        let error = Csv::from_text(text).unwrap_err();
        let kind = CsvErrorKind::Ragged { line, expected: 3, got };
        assert_eq!(error, Error::Csv { path: None, row: None, column: None, kind }, "{text:?}");
    }
}

#[test]
fn text_in_another_encoding_than_the_chosen_one_is_an_error() {
    let path = file("not-japanese.csv", b"a,b\n1,\xff\n");
    let error = CsvOptions::new().encoding("shift_jis").read(&path).unwrap_err();
    let expected =
        format!("expected text in Shift_JIS, got other bytes, in {}; choose another encoding", path.display());
    assert_eq!(error.to_string(), expected);
}

#[test]
fn selected_rows_keep_their_numbers_in_the_file() {
    let csv = Csv::from_text("a,b\n1,2\n\n3,4\n5,6\n").unwrap().select(&[2, 1]);
    assert_eq!((table(&csv), csv.rows()), ("a|b\n5|6\n3|4".into(), &[4, 3][..]));
}

/// The same flats in a German and in an English format.
#[test]
fn both_files_of_rents_have_equal_values() {
    let encoded = |file: &str, inputs: [&str; 6], target: &str| {
        let csv = Csv::read(Path::new("examples/data").join(file)).unwrap();
        let encoder = EncoderOptions::new().inputs(inputs).fit(&csv, target).unwrap();
        let targets: Vec<f64> = encoder.target_numbers(&csv).unwrap();
        (csv.rows().to_vec(), csv.format().clone(), encoder.encode::<f64>(&csv).unwrap(), targets)
    };
    let inputs = ["Wohnfläche, m²", "Zimmer", "Balkon", "Baujahr", "frei ab", "Auslastung"];
    let (rows, format, german, german_rents) = encoded("rents-de.csv", inputs, "Kaltmiete");
    assert_eq!(
        format.to_string(),
        "windows-1252, separated by semicolons, 4 blank rows skipped, with a separator after the last column, named here: \
         column 1"
    );
    let inputs = ["floor area, m2", "rooms", "balcony", "built", "available", "occupancy"];
    let (english_rows, format, english, english_rents) = encoded("rents-en.csv", inputs, "monthly rent");
    assert_eq!((format.encoding, format.separator, format.blank_rows), ("UTF-8", ',', 4));
    assert_eq!((rows.len(), &rows), (600, &english_rows));
    assert_eq!(german_rents[..3], [485.5, 1033.7, 1017.43]);
    assert_eq!((german, german_rents), (english, english_rents));
}

/// The names are quoted, and the numbers below are not. An apostrophe in a name is no quote.
#[test]
fn header_in_single_quotes_is_recognised() {
    assert_eq!(table(&Csv::from_text("'age'\t'vote'\n36\t1\n20\t0\n").unwrap()), "age|vote\n36|1\n20|0");
    assert_eq!(table(&Csv::from_text("'age',vote\n36,1\n20,0\n").unwrap()), "'age'|vote\n36|1\n20|0");
}
