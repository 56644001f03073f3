//! What `docs/files.md` promises, in one program, as each program costs its linking.

mod command_line;
mod contradictions;
mod files;
mod limits;
