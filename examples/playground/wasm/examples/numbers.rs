//! Trains networks as the page does, but without a browser, and prints the bits of their parameters as JSON; the tests
//! compare them with those of the page. Each argument is the settings of an address.

use playground::{Data, Playground, Settings};

fn bits(playground: &Playground) -> String {
    let parameters = playground.exported().expect("the network can be exported").net().parameters();
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
