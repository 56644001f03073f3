//! Tables, files of models and errors, as `docs/files.md` promises.

mod contradictions;
mod datasets;
mod errors;
mod formats;
mod limits;
mod programs;
mod saving;
mod stored_results;
mod tables;
