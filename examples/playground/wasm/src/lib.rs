//! The crate behind the page of the playground.
//!
//! - `settings.rs`: [`Settings`], the settings of the page
//! - `data.rs`: [`Data`], points on a plane
//! - `playground.rs`: [`Playground`], a network, its data and its training
//! - `views.rs`: the values that the page draws
//! - `calls.rs`: the functions that WebAssembly exports, and how text and numbers are passed
//!
//! It is a library so that it also runs without a browser, as in `tests/`.

mod calls;
mod data;
mod playground;
mod settings;
mod views;

pub use data::{Data, Point};
pub use playground::{Playground, Score, Scores};
pub use settings::{Input, Settings};
pub use views::Pass;
