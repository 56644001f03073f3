//! What the page of the playground calls: the crate learns, the page draws.
//!
//! - `settings.rs`: [`Settings`], what is chosen on the page
//! - `data.rs`: [`Data`], points on a plane
//! - `playground.rs`: [`Playground`], a net, its data, and how it learns
//! - `views.rs`: what the page draws of it
//! - `calls.rs`: the functions that WebAssembly exports, and how texts and numbers pass between the two
//!
//! It is a library of its own, so that the same is run without a browser: `tests/` does.

mod calls;
mod data;
mod playground;
mod settings;
mod views;

pub use data::{Data, Point};
pub use playground::{Playground, Score, Scores};
pub use settings::{Input, Settings};
pub use views::Pass;
