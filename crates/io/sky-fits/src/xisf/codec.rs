//! Unpacking a block: zlib, lz4, zstd, and bytes that were sorted by their place in the item.

use std::io::Read;

use super::failure::refuse;
use crate::FitsErrorKind;
use crate::source::room;

/// A compression of XISF 1.0, section 10.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Zlib,
    /// lz4 and lz4hc: one format.
    Lz4,
    Zstd,
}

impl Codec {
    pub(super) fn parse(name: &str) -> Result<Self, FitsErrorKind> {
        match name {
            "zlib" => Ok(Self::Zlib),
            "lz4" | "lz4hc" => Ok(Self::Lz4),
            "zstd" => Ok(Self::Zstd),
            other => Err(refuse("compression", other, "zlib, lz4, lz4hc or zstd")),
        }
    }
}

/// Unpacks a block that must fill `target`, no more and no less.
pub(super) fn unpack(codec: Codec, packed: &[u8], target: &mut [u8]) -> Result<(), FitsErrorKind> {
    match codec {
        Codec::Zlib => fill(flate2::read::ZlibDecoder::new(packed), target),
        Codec::Lz4 => match lz4_flex::block::decompress_into(packed, target) {
            Ok(bytes) if bytes == target.len() => Ok(()),
            Ok(bytes) => Err(broken(format!("{bytes} bytes where {} belong", target.len()))),
            Err(error) => Err(broken(error.to_string())),
        },
        Codec::Zstd => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(packed).map_err(|error| broken(error.to_string()))?;
            fill(decoder, target)
        }
    }
}

/// Bytes in the order of the items: the first bytes of all items stood together, then the second ones. Bytes that fill no
/// item stand at the end.
pub(super) fn unshuffle(bytes: &[u8], item: usize) -> Result<Vec<u8>, FitsErrorKind> {
    let items = bytes.len() / item;
    let mut sorted: Vec<u8> = room("an unpacked block", bytes.len() as u64)?;
    sorted.resize(bytes.len(), 0);
    for (place, plane) in bytes.chunks_exact(items.max(1)).take(item).enumerate() {
        for (target, byte) in sorted[place..].iter_mut().step_by(item).zip(plane) {
            *target = *byte;
        }
    }
    sorted[items * item..].copy_from_slice(&bytes[items * item..]);
    Ok(sorted)
}

fn fill(mut stream: impl Read, target: &mut [u8]) -> Result<(), FitsErrorKind> {
    stream.read_exact(target).map_err(|error| broken(error.to_string()))?;
    match stream.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(broken(format!("more than the {} bytes that belong there", target.len()))),
        Err(error) => Err(broken(error.to_string())),
    }
}

fn broken(reason: String) -> FitsErrorKind {
    FitsErrorKind::Compressed { reason: format!("a block that fails with: {reason}") }
}
