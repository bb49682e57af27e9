//! An answer on disk, and what it took to get it.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::effort::Effort;
use crate::error::FailureKind;

/// Bytes at the start of a body that are kept in memory to recognise it.
pub(crate) const PREFIX_BYTES: usize = 4096;
/// Characters of a body that a reason keeps.
const PREFIX_CHARACTERS: usize = 160;

/// The body of an answer, unpacked, as a file.
#[derive(Clone, Debug)]
pub struct Body<'a> {
    /// Where it lies for now.
    pub path: &'a Path,
    /// Its length.
    pub bytes: u64,
    /// Its media type as the service named it.
    pub content_type: &'a str,
    /// Its first 4096 bytes.
    pub prefix: &'a [u8],
    /// Whether HTTP said where it ends (a length, chunks, frames), so that most cuts are seen. One of the cache was judged when it came.
    pub is_delimited: bool,
}

impl Body<'_> {
    /// All bytes.
    pub fn read(&self) -> Result<Vec<u8>, FailureKind> {
        Ok(std::fs::read(self.path)?)
    }

    /// All bytes as text; fails where they are not UTF-8.
    pub fn read_text(&self) -> Result<String, FailureKind> {
        String::from_utf8(self.read()?).map_err(|_| FailureKind::Garbled { what: "it is not text in UTF-8".to_owned() })
    }

    /// Whether it begins like a page of HTML.
    pub fn looks_like_html(&self) -> bool {
        let start = self.prefix.trim_ascii_start();
        let begins = |tag: &str| start.get(..tag.len()).is_some_and(|found| found.eq_ignore_ascii_case(tag.as_bytes()));
        begins("<!doctype html") || begins("<html") || begins("<head") || begins("<body")
    }
}

/// An answer that was accepted: a file of the cache that must not be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// What it took.
    pub effort: Effort,
}

impl Fetched {
    /// The first characters of the answer on one line; anything but printable ASCII becomes a point. For reasons in manifests.
    pub fn prefix(&self) -> String {
        let mut prefix = Vec::with_capacity(PREFIX_CHARACTERS);
        let read = std::fs::File::open(&self.path)
            .and_then(|file| file.take(PREFIX_CHARACTERS as u64).read_to_end(&mut prefix));
        if read.is_err() {
            prefix.clear();
        }
        printable(&prefix)
    }
}

/// The start of a body on one line; anything but printable ASCII becomes a point.
pub(crate) fn printable(prefix: &[u8]) -> String {
    let character = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' };
    prefix.iter().take(PREFIX_CHARACTERS).map(character).collect()
}
