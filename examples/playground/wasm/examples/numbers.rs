//! Trains nets as the page does, without a browser, and prints their parameters, bit by bit: the tests compare them with
//! the page's. Takes one address of a page an argument, and prints JSON.

use playground::{Data, Playground, Settings};

fn bits(playground: &Playground) -> String {
    let parameters = playground.exported().expect("the net is whole").net().parameters();
    let words: Vec<String> = parameters.iter().map(|x| format!("\"{:016x}\"", x.to_bits())).collect();
    words.join(",")
}

fn main() -> Result<(), backprop::Error> {
    let mut nets = Vec::new();
    for address in std::env::args().skip(1) {
        let settings: Settings = address.parse()?;
        let data = Data::named(&settings)?;
        let mut playground = Playground::new(settings, data)?;
        let initial = bits(&playground);
        playground.learn(20)?;
        nets.push(format!("{{\"initial\":[{initial}],\"trained\":[{}]}}", bits(&playground)));
    }
    println!("[{}]", nets.join(","));
    Ok(())
}
