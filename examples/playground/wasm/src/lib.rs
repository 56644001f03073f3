//! The crate behind the page of the playground.
//!
//! - `settings.rs`: [`Settings`], the settings of the page
//! - `data.rs`: [`Data`], points on a plane
//! - `formula.rs`: [`Formula`], a function that the user writes
//! - `net.rs`: [`Net`], a network with residual connections and dropout
//! - `method.rs`: how training changes the parameters
//! - `playground.rs`: [`Playground`], a network, its data and its training
//! - `views.rs`: the values that the page draws
//! - `import.rs`: models from files
//! - `calls.rs`: the functions that WebAssembly exports, and how text and numbers are passed
//!
//! It is a library so that it also runs without a browser, as in `tests/`.

mod calls;
mod data;
mod formula;
mod import;
mod method;
mod net;
mod playground;
mod settings;
mod views;

pub use data::{Data, Point};
pub use formula::Formula;
pub use import::ImportedModel;
pub use net::Net;
pub use playground::{Playground, Score, Scores};
pub use settings::{Input, Settings};
pub use views::Pass;
