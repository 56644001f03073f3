//! What `docs/files.md` promises about tables and about files of models.

mod contradictions;
mod datasets;
mod limits;
mod saving;
