//! Formulas, as features and as boundaries of data.

use backprop::Error;
use playground::{Data, Formula, Playground, Settings};

use super::{parameters, playground};

#[test]
fn formulas_have_the_precedence_of_mathematics() -> Result<(), Error> {
    let value = |text: &str| Formula::parse("formula", text, &["x1", "x2"]).map(|formula| formula.value(&[3.0, 2.0]));
    let expected = [
        ("x1^2-x2", 7.0),
        ("-x1^2", -9.0),
        ("2^x1^x2", 512.0),
        ("x2^-1", 0.5),
        ("-(-x1)^3", 27.0),
        ("8/4/2", 1.0),
        ("8-4-2", 2.0),
        ("1+2*x1", 7.0),
        ("- -x1", 3.0),
        ("2*-x1", -6.0),
        (" ( x1 + .5 ) * 2. ", 7.0),
        ("sqrt(x1+1)*abs(-x2)", 4.0),
        ("cos(pi)+exp(0)+ln(1)+tanh(0)+tan(0)+sin(0)", 0.0),
    ];
    for (text, expected) in expected {
        assert_eq!(value(text)?, expected, "{text}");
    }
    Ok(())
}

#[test]
fn errors_in_formulas_have_a_place() {
    let refused = |text: &str| Formula::parse("formula", text, &["x1", "x2"]).unwrap_err().to_string();
    let operand = "`formula` must have a number, a variable, a function or `(`";
    assert_eq!(refused(""), format!("{operand} at character 1, got the end"));
    assert_eq!(refused("x1 * )"), format!("{operand} at character 6, got `)`"));
    assert_eq!(refused("é"), format!("{operand} at character 1, got `é`"));
    assert_eq!(refused("x1 x2"), "`formula` must have an operator or the end at character 4, got `x`");
    assert_eq!(refused("(x1"), "`formula` must have an operator or `)` at character 4, got the end");
    assert_eq!(refused("sin x1"), "`formula` must have `(` at character 5, got `x`");
    assert_eq!(refused("1.2.3"), "`formula` must have a number at character 1, got `1.2.3`");
    assert!(refused("1+sinh(x1)").starts_with("no name `sinh` in `formula` at character 3; did you mean `sin`?"));
    assert!(refused(&"(".repeat(60)).contains("must be nested at most 50 deep, got more at character 51"));
    assert!(refused(&"-".repeat(60)).contains("must be nested at most 50 deep"));
    assert!(refused(&"2^".repeat(60)).contains("must be nested at most 50 deep"));
    assert_eq!(refused(&"1".repeat(201)), "`formula` must have at most 200 characters, got 201");
    let deep = format!("{}x1{}", "(".repeat(49), ")".repeat(49));
    assert_eq!(Formula::parse("formula", &deep, &["x1"]).unwrap().value(&[4.0]), 4.0);
}

/// The product of the coordinates is an input of its own and a formula.
#[test]
fn formula_is_an_input() -> Result<(), Error> {
    let mut product = playground("data=xor&inputs=x1,x1x2");
    let mut formula = playground("data=xor&inputs=x1,own&formula=x1*x2");
    product.learn(5)?;
    formula.learn(5)?;
    assert_eq!(parameters(&formula), parameters(&product));
    let json = formula.exported()?.to_json();
    assert!(json.contains("\"name\": \"x1*x2\""), "{json}");
    assert!(formula.exported()?.to_rust()?.contains("x1*x2"));
    assert!(formula.set("data=xor&inputs=x1,own&formula=x1*x2+1".parse()?)?);
    assert!(!formula.set("data=xor&inputs=x1,own&formula=x1*x2+1&boundary=x".parse()?)?);
    assert!(formula.pass(0)?.gradient.iter().all(|x| x.is_finite()));

    let settings: Settings = "inputs=own&formula=ln(x1)".parse()?;
    let data = Data::named(&settings)?;
    let negative = data.points.iter().find(|point| point.at[0] < 0.0).expect("a point has x1 < 0").at;
    let error = Playground::new(settings, data).err().expect("the logarithm of a negative number is not finite");
    let place = format!("`formula` must be finite at the sample ({}, {}), got NaN", negative[0], negative[1]);
    assert_eq!(error.to_string(), place);
    Ok(())
}

/// The corners of the plane are outside the domain, the samples inside.
#[test]
fn predictions_are_nan_where_the_formula_is_not_finite() -> Result<(), Error> {
    let playground = playground("data=circle&inputs=x1,own&formula=sqrt(26-r^2)");
    let predictions = playground.predictions(10)?;
    assert!(predictions[..2].iter().all(|p| p.is_nan()) && predictions[2 * 55..2 * 56].iter().all(|p| p.is_finite()));
    assert_eq!(predictions.len(), 200);
    assert!(playground.maps(10)?.iter().any(|x| x.is_finite()));
    Ok(())
}

#[test]
fn data_have_classes_on_both_sides_of_a_boundary() -> Result<(), Error> {
    let settings: Settings = "data=formula&boundary=x^2/4-3".parse()?;
    let data = Data::named(&settings)?;
    assert_eq!((data.points.len(), &data.classes[..]), (500, &["A".to_string(), "B".into()][..]));
    for point in &data.points {
        let [x, y] = point.at;
        assert_eq!(point.target, (y > x * x / 4.0 - 3.0) as u8 as f64);
    }
    let refused = |address: &str| Data::named(&address.parse().unwrap()).unwrap_err().to_string();
    assert_eq!(refused("data=formula&boundary=9"), "`boundary` must have points on both sides, got all below `9`");
    assert!(refused("data=formula&boundary=ln(x)").starts_with("`boundary` must be finite at x = -"));
    assert!("boundary=x1".parse::<Settings>().unwrap_err().to_string().starts_with("no name `x1` in `boundary`"));
    Ok(())
}
