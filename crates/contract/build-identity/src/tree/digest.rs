//! Sums over named pieces.

use sha2::{Digest as _, Sha256};

/// A named piece: name, a zero byte, length in 8 bytes little-endian, content.
pub(super) fn feed(sum: &mut Sha256, name: &str, content: &[u8]) {
    sum.update(name.as_bytes());
    sum.update([0]);
    sum.update((content.len() as u64).to_le_bytes());
    sum.update(content);
}

/// Small hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
