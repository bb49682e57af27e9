//! A writer that keeps the SHA-256 and the length of what passes, and the bytes where asked to.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

/// Hashes what is written to it.
#[derive(Default)]
pub(crate) struct Hashing {
    sum: Sha256,
    pub(crate) bytes: u64,
    /// What was written, where it is kept.
    pub(crate) kept: Option<Vec<u8>>,
}

impl Hashing {
    /// The SHA-256, lower-case hexadecimal.
    pub(crate) fn sha256(&self) -> String {
        step_contract::hex(&self.sum.clone().finalize())
    }
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sum.update(bytes);
        self.bytes += bytes.len() as u64;
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
