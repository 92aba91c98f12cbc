//! `make-certificates.sh`, which makes the certificates of the nodes where nobody else does.

use std::net::IpAddr;

use serde::Serialize;

use super::operations::quoted;
use crate::render::{self, joined, template};
use crate::topology::tls::Tls;
use crate::tree::RenderedFile;

/// The script's name.
pub const FILE: &str = "make-certificates.sh";

#[derive(Serialize)]
struct View<'a> {
    command: &'a str,
    folder: String,
    /// The names that the certificate is for, as OpenSSL has them, with a space between.
    names: String,
}

/// The script. `names` are those of the addresses that nodes advertise.
pub fn script(tls: &Tls, command: &str, names: impl IntoIterator<Item = String>) -> RenderedFile {
    let names = names.into_iter().map(|name| match name.parse::<IpAddr>() {
        Ok(address) => format!("IP:{address}"),
        Err(_) => format!("DNS:{name}"),
    });
    // People and tools next to a node reach it by these.
    let own = ["DNS:localhost".to_owned(), "IP:127.0.0.1".to_owned()];
    let view = View {
        command,
        folder: quoted(&tls.folder),
        names: joined(names.chain(own), " "),
    };
    let text = render::render(template!("certificates/make-certificates.sh"), &view);
    RenderedFile::replaced(FILE, text)
}
