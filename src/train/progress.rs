//! The progress bar of a training.

use super::Epoch;
use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar, if there is a terminal. It is removed when the training ends.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(is_shown: bool, epochs: usize) -> Bar {
        if !is_shown {
            return Bar(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg} {eta}").expect("the template is valid");
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
