//! How much of a file the readers believe.

/// Limits of the readers: what a header says beyond them is refused before anything is allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pixels of one image. Default 2^30: a 23040 x 23040 plate twice over.
    pub max_pixels: u64,
    /// Bytes that a `.gz` file or a table may have once inflated. Default 4 GiB.
    pub max_bytes: u64,
    /// Bytes of one header. Default 16 MiB (200,000 cards).
    pub max_header_bytes: u64,
    /// HDUs of one file. Default 10,000.
    pub max_hdus: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_pixels: 1 << 30, max_bytes: 1 << 32, max_header_bytes: 1 << 24, max_hdus: 10_000 }
    }
}
