//! A bar that shows how far a training is.

use super::Epoch;
use indicatif::{ProgressBar, ProgressStyle};

/// A bar on the terminal, if there is one; it goes when training ends.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(is_wanted: bool, epochs: usize) -> Bar {
        if !is_wanted {
            return Bar(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg} {eta}").expect("it is a template");
        Bar(ProgressBar::new(epochs as u64).with_style(style))
    }

    pub(super) fn show(&self, epoch: &Epoch) {
        self.0.set_position(epoch.number as u64);
        if !self.0.is_hidden() {
            self.0.set_message(epoch.validation.unwrap_or(epoch.train).to_string());
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
