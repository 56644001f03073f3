//! The command-line program: trains a model on a CSV file, evaluates and saves it, predicts with it, and explains it.

mod data;
mod explain;
mod fit;
mod options;
mod predict;
mod print;
mod report;
mod train;

use backprop::{Error, Model};
use clap::Parser;
use options::{Command, Export, Program};
use print::{Failure, check_new, printed, sentence};
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let result = match Program::try_parse().map(|program| program.command) {
        Ok(Command::Train(train)) => train.run(),
        Ok(Command::Predict(predict)) => predict.run(),
        Ok(Command::Explain(explain)) => explain.run(),
        Ok(Command::Export(export)) => export.run(),
        Err(wrong) if wrong.use_stderr() => wrong.exit(),
        Err(help) => printed(help.print()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {}", sentence(&*error));
            ExitCode::FAILURE
        }
    }
}

impl Export {
    fn run(&self) -> Result<(), Failure> {
        let ending = self.output.extension().unwrap_or_default();
        if !["onnx", "rs", "json"].iter().any(|known| ending == *known) {
            return Err(Error::invalid_argument("OUTPUT", "end in .onnx, .rs or .json", self.output.display()).into());
        }
        check_new(&self.output, self.force)?;
        let model = Model::<f32>::load(&self.model)?;
        Ok(match ending.to_str() {
            Some("onnx") => model.save_onnx(&self.output),
            Some("rs") => model.save_rust(&self.output),
            _ => model.save(&self.output),
        }?)
    }
}
