//! Printing to standard output, where a closed pipe is not an error.

use backprop::Error;
use std::io::{self, ErrorKind};
use std::path::Path;

/// An error of the library, or a sentence of this program.
pub type Failure = Box<dyn std::error::Error>;

/// Prints a line to standard output.
macro_rules! print_line {
    ($($arguments:tt)*) => {{
        use std::io::Write;
        let mut out = std::io::stdout();
        $crate::print::printed(writeln!(out, $($arguments)*).and_then(|()| out.flush()))
    }};
}
pub(crate) use print_line;

/// Returns the result of printing. A closed pipe, for example to `head`, is not an error; a full disk is one.
pub fn printed(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::Io { operation: "write", path: "standard output".into(), source: error.into() }.into())
        }
        _ => Ok(()),
    }
}

/// Returns a number with at least four significant digits, and with at most six decimals.
pub fn rounded(x: f64) -> String {
    let digits = x.abs().log10().floor().clamp(-3.0, 3.0) as i32; // −∞ for 0
    let text = format!("{x:.*}", (3 - digits) as usize);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.replace('-', "−")
}

/// Returns the sentences of an error and of its causes.
pub fn sentence(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |all, cause| format!("{all}: {cause}"))
}

/// Prints a warning to the standard error.
pub fn print_warning(warning: &str) {
    use std::io::Write;
    let _ = writeln!(io::stderr(), "warning: {warning}");
}

/// Returns an error if a file exists, unless it may be replaced.
pub fn check_new(path: &Path, may_replace: bool) -> Result<(), Failure> {
    if may_replace || !path.is_file() {
        return Ok(());
    }
    Err(format!("{} exists; choose another name, or replace it with --force", path.display()).into())
}
