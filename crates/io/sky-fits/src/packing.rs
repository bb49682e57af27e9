//! How a file is packed, told by its first bytes: the one place that knows these magic numbers.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// A way of packing a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// gzip (RFC 1952): readers unpack it on their way.
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
    /// Unix `compress` (`.Z`).
    Compress,
    /// A zip archive.
    Zip,
}

impl Packing {
    /// So many first bytes are enough to tell.
    pub const PREFIX_BYTES: usize = 6;

    /// How a file that begins with these bytes is packed; `None` where it is not, or in no way that is known.
    pub fn of(prefix: &[u8]) -> Option<Self> {
        const KNOWN: &[(&[u8], Packing)] = &[
            (&[0x1f, 0x8b], Packing::Gzip),
            (b"BZh", Packing::Bzip2),
            (&[0xfd, b'7', b'z', b'X', b'Z', 0], Packing::Xz),
            (&[0x28, 0xb5, 0x2f, 0xfd], Packing::Zstd),
            (&[0x1f, 0x9d], Packing::Compress),
            (b"PK\x03\x04", Packing::Zip),
        ];
        KNOWN.iter().find(|(magic, _)| prefix.starts_with(magic)).map(|(_, packing)| *packing)
    }

    /// The same for a file on disk. Fails where it cannot be read.
    pub fn of_file(path: &Path) -> std::io::Result<Option<Self>> {
        let mut prefix = Vec::with_capacity(Self::PREFIX_BYTES);
        File::open(path)?.take(Self::PREFIX_BYTES as u64).read_to_end(&mut prefix)?;
        Ok(Self::of(&prefix))
    }

    /// Whether a file that begins with these bytes is gzip.
    pub fn is_gzip(prefix: &[u8]) -> bool {
        Self::of(prefix) == Some(Self::Gzip)
    }

    /// Its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Compress => "compress (.Z)",
            Self::Zip => "zip",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Packing;

    #[test]
    fn the_first_bytes_name_the_packing_and_a_shorter_prefix_names_none() {
        let of = |bytes: &[u8]| Packing::of(bytes).map(Packing::name);
        assert_eq!(of(&[0x1f, 0x8b, 8, 0]), Some("gzip"), "RFC 1952");
        assert_eq!(of(b"BZh91AY&SY"), Some("bzip2"));
        assert_eq!(of(b"\xfd7zXZ\0\0"), Some("xz"));
        assert_eq!(of(&[0x28, 0xb5, 0x2f, 0xfd, 0]), Some("zstd"), "RFC 8878");
        assert_eq!(of(&[0x1f, 0x9d, 0x90]), Some("compress (.Z)"));
        assert_eq!(of(b"PK\x03\x04\x14"), Some("zip"));
        assert_eq!(of(b"SIMPLE  ="), None);
        assert_eq!(of(&[0x1f]), None, "one byte is no magic number");
        assert_eq!(of(&[]), None);
    }
}
