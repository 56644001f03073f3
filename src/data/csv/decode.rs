//! From the bytes of a file to text: compression and encoding.

use crate::error::{CsvErrorKind, Error};
use std::path::Path;

/// The text of a file.
pub(super) struct Decoded {
    pub(super) text: String,
    /// The name of the encoding.
    pub(super) encoding: &'static str,
    pub(super) is_compressed: bool,
}

/// Decodes the bytes of a file of at most `limit` bytes, also after decompression.
///
/// The encoding is that of the byte-order mark, else UTF-8 if the bytes are valid, else UTF-16 if every second byte is 0
/// in most places, else Windows-1252, unless `encoding` names it.
#[cfg(feature = "tables")]
pub(super) fn decode(mut bytes: Vec<u8>, path: &Path, limit: u64, encoding: Option<&str>) -> Result<Decoded, Error> {
    use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
    use std::io::Read;
    let is_compressed = bytes.starts_with(&[0x1f, 0x8b]);
    if is_compressed {
        let mut unpacked = Vec::new();
        let read = flate2::read::MultiGzDecoder::new(&bytes[..]).take(limit + 1).read_to_end(&mut unpacked);
        read.map_err(|source| Error::Io { operation: "read", path: path.into(), source: source.into() })?;
        if unpacked.len() as u64 > limit {
            let place = path.display().to_string();
            return Err(Error::Limit { what: "MiB unpacked", limit: limit >> 20, got: None, place, advice: "" });
        }
        bytes = unpacked;
    }
    let named = encoding.map(|name| {
        let known = ["utf-8", "utf-16le", "utf-16be", "windows-1252", "iso-8859-15", "macintosh", "gbk", "shift_jis"];
        Encoding::for_label(name.as_bytes()).ok_or_else(|| Error::unknown("encoding", name, known))
    });
    let guessed = || {
        const SAMPLE: usize = 4096;
        let sample = &bytes[..bytes.len().min(SAMPLE)];
        let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
        let are_most = |zeros: usize| 4 * zeros > sample.len(); // more than half of every second byte
        match Encoding::for_bom(&bytes) {
            Some((encoding, _)) => encoding,
            None if are_most(zeros(1)) => UTF_16LE,
            None if are_most(zeros(0)) => UTF_16BE,
            None if std::str::from_utf8(&bytes).is_ok() => UTF_8,
            None => WINDOWS_1252,
        }
    };
    let encoding = named.unwrap_or_else(|| Ok(guessed()))?;
    if encoding == UTF_8 {
        bytes.drain(..if bytes.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 });
        let not_utf8 = |_| not_utf8(path);
        return Ok(Decoded {
            text: String::from_utf8(bytes).map_err(not_utf8)?,
            encoding: encoding.name(),
            is_compressed,
        });
    }
    let (text, has_errors) = encoding.decode_with_bom_removal(&bytes);
    if has_errors {
        let kind = CsvErrorKind::WrongEncoding { encoding: encoding.name() };
        return Err(super::table::read_error(Some(path), None, kind));
    }
    Ok(Decoded { text: text.into_owned(), encoding: encoding.name(), is_compressed })
}

/// Decodes the bytes of a file in UTF-8; other encodings and compressed files need the feature `tables`.
#[cfg(not(feature = "tables"))]
pub(super) fn decode(bytes: Vec<u8>, path: &Path, _: u64, encoding: Option<&str>) -> Result<Decoded, Error> {
    if encoding.is_some_and(|name| !name.eq_ignore_ascii_case("utf-8")) {
        return Err(not_utf8(path));
    }
    let mut text = String::from_utf8(bytes).map_err(|_| not_utf8(path))?;
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(Decoded { text, encoding: "UTF-8", is_compressed: false })
}

fn not_utf8(path: &Path) -> Error {
    super::table::read_error(Some(path), None, CsvErrorKind::NotUtf8)
}
