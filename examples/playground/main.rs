//! The playground in the browser, served from this machine: a net that learns, with every derivative to be read.
//!
//! ```text
//! cargo run --release --example playground
//! ```
//!
//! It serves `docs/playground`, which any file server may serve as well: the page, and a module in which the crate learns.
//! `build` compiles the module from `wasm/`; `test/` tests the page in a browser.

use clap::Parser;
use std::path::{Path, PathBuf};
use tiny_http::{Header, Request, Response, Server};

/// Serves the playground on this machine
#[derive(Parser)]
#[command(name = "playground")]
struct Options {
    /// On which port; 0 for one that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// What is served
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/playground"))]
    folder: PathBuf,
}

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let options = Options::parse();
    let server = Server::http(("127.0.0.1", options.port)).or_else(|_| Server::http(("127.0.0.1", 0)))?; // another program has that port
    println!("http://{}/ (Ctrl-C ends it)", server.server_addr());
    for request in server.incoming_requests() {
        // Whoever asked and left has nothing to be told.
        let _ = answer(request, &options.folder);
    }
    Ok(())
}

fn answer(request: Request, folder: &Path) -> std::io::Result<()> {
    let path = request.url().split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
    let name = if path.is_empty() { "index.html" } else { path };
    // All files lie side by side: whatever has a slash is none of them.
    let file =
        if name.contains(['/', '\\']) || name.starts_with('.') { None } else { std::fs::read(folder.join(name)).ok() };
    let Some(bytes) = file else {
        return request.respond(Response::from_string("there is no such file").with_status_code(404));
    };
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    let header = |name: &str, value: &str| Header::from_bytes(name, value).expect("both are plain letters");
    let response = Response::from_data(bytes).with_header(header("Content-Type", kind));
    request.respond(response.with_header(header("Cache-Control", "no-cache")))
}
