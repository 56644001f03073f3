//! Serves the playground on this machine: a network that trains in the browser and shows every derivative.
//!
//! ```text
//! cargo run --release --example playground
//! ```
//!
//! It serves the folder `docs/playground`, which any file server can serve: the page, and the crate as a WebAssembly
//! module. `build` compiles the module from `wasm/`; `test/` tests the page in a browser.

use clap::Parser;
use std::path::{Path, PathBuf};
use tiny_http::{Header, Request, Response, Server};

/// Serves the playground on this machine
#[derive(Parser)]
#[command(name = "playground")]
struct Options {
    /// Port; 0 for a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder to serve
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/playground"))]
    folder: PathBuf,
}

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let options = Options::parse();
    let server = Server::http(("127.0.0.1", options.port)).or_else(|_| Server::http(("127.0.0.1", 0)))?; // another program uses the port
    println!("http://{}/ (Ctrl-C stops the server)", server.server_addr());
    for request in server.incoming_requests() {
        // An error means that the client has closed the connection.
        let _ = respond(request, &options.folder);
    }
    Ok(())
}

fn respond(request: Request, folder: &Path) -> std::io::Result<()> {
    let path = request.url().split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
    let name = if path.is_empty() { "index.html" } else { path };
    // All files are in one folder, so a name with a slash is invalid.
    let file =
        if name.contains(['/', '\\']) || name.starts_with('.') { None } else { std::fs::read(folder.join(name)).ok() };
    let Some(bytes) = file else {
        return request.respond(Response::from_string("file not found").with_status_code(404));
    };
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    let header = |name: &str, value: &str| Header::from_bytes(name, value).expect("name and value are ASCII");
    let response = Response::from_data(bytes).with_header(header("Content-Type", kind));
    request.respond(response.with_header(header("Cache-Control", "no-cache")))
}
