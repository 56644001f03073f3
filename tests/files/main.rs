//! What `docs/files.md` promises about tables and about files of models.

mod contradictions;
mod datasets;
mod errors;
mod limits;
mod saving;
