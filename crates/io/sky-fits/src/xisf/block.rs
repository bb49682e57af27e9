//! A block of data: where it lies, how it is packed, and its checksum.

use std::collections::BTreeMap;

use base64::Engine as _;
use sha1::Digest as _;

use super::codec::{Codec, unpack, unshuffle};
use super::failure::refuse;
use crate::FitsErrorKind;
use crate::source::{Source, room};

/// A packed block may hold so many bytes for each of its own (constant pixels: zlib 1000, lz4 255, zstd more), unless it
/// is small.
const MAX_RATIO: u64 = 4096;
/// So many bytes may come from fewer.
const FREE_BYTES: u64 = 64 << 20;

/// Where the bytes of a block are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// In the file.
    Attachment { position: u64, bytes: u64 },
    /// In the header, as text in this encoding.
    Inline(Encoding),
    /// In a child element `Data` of the header.
    Embedded,
}

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Base64,
    Hex,
}

impl Encoding {
    pub(super) fn parse(name: &str) -> Result<Self, FitsErrorKind> {
        match name {
            "base64" => Ok(Self::Base64),
            "hex" => Ok(Self::Hex),
            other => Err(refuse("encoding of the data", other, "base64 or hex")),
        }
    }

    fn decode(self, text: &str) -> Result<Vec<u8>, FitsErrorKind> {
        let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let wrong = |what: String| refuse("data in the header", what, "text in the encoding that it names");
        match self {
            Self::Base64 => {
                base64::engine::general_purpose::STANDARD.decode(&digits).map_err(|error| wrong(error.to_string()))
            }
            Self::Hex => hex(&digits).ok_or_else(|| wrong("no pairs of hexadecimal digits".to_owned())),
        }
    }
}

/// How a block is packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Compression {
    codec: Codec,
    /// Bytes of an item whose bytes were sorted by place before compression.
    shuffled_item: Option<usize>,
    /// Parts of the block that were packed one by one: their bytes packed and unpacked.
    parts: Vec<(u64, u64)>,
}

/// The digest that a block must have as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Checksum {
    algorithm: Algorithm,
    digest: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

/// A block as its element describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) location: Location,
    pub(super) compression: Option<Compression>,
    checksum: Option<Checksum>,
    /// Bytes once unpacked.
    pub(super) bytes: u64,
    pub(super) is_big_endian: bool,
    /// Text of the block where it lies in the header.
    text: Option<(Encoding, String)>,
}

impl Block {
    /// Reads the attributes of a block that must hold so many bytes.
    pub(super) fn of(attributes: &BTreeMap<String, String>, bytes: u64) -> Result<Self, FitsErrorKind> {
        let text = |name: &str| attributes.get(name).map(String::as_str);
        let location = location(text("location").ok_or_else(|| refuse("Image", "no attribute location", "one"))?)?;
        let mut block = Self {
            location,
            compression: None,
            checksum: None,
            bytes,
            is_big_endian: match text("byteOrder") {
                None | Some("little") => false,
                Some("big") => true,
                Some(other) => return Err(refuse("byteOrder", other, "little or big")),
            },
            text: None,
        };
        block.packed_as(attributes)?;
        if let (Location::Attachment { bytes: found, .. }, None) = (&block.location, &block.compression)
            && *found != bytes
        {
            return Err(refuse("location of Image", format!("{found} bytes"), format!("{bytes} as its geometry says")));
        }
        Ok(block)
    }

    /// Takes what an element (the image's, or its child `Data`) says of compression and checksum.
    pub(super) fn packed_as(&mut self, attributes: &BTreeMap<String, String>) -> Result<(), FitsErrorKind> {
        let text = |name: &str| attributes.get(name).map(String::as_str);
        if let Some(compression) = text("compression") {
            self.compression = Some(self.compression_of(compression, text("subblocks"))?);
        }
        if let Some(checksum) = text("checksum") {
            self.checksum = Some(checksum_of(checksum)?);
        }
        Ok(())
    }

    /// Takes the text of a block in the header.
    pub(super) fn written_as(&mut self, encoding: Encoding, text: String) {
        self.text = Some((encoding, text));
    }

    fn compression_of(&self, text: &str, parts: Option<&str>) -> Result<Compression, FitsErrorKind> {
        let wrong = |found: &str| refuse("compression", found, "codec:bytes, codec+sh:bytes:item");
        let mut fields = text.split(':');
        let name = fields.next().unwrap_or_default();
        let bytes: u64 = fields.next().and_then(|field| field.parse().ok()).ok_or_else(|| wrong(text))?;
        let item: Option<usize> = fields.next().map(|field| field.parse().map_err(|_| wrong(text))).transpose()?;
        let (codec, is_shuffled) = name.strip_suffix("+sh").map_or((name, false), |codec| (codec, true));
        let codec = Codec::parse(codec)?;
        if bytes != self.bytes {
            return Err(refuse(
                "compression",
                format!("{bytes} bytes"),
                format!("{} as the geometry says", self.bytes),
            ));
        }
        let shuffled_item = match (is_shuffled, item) {
            (true, Some(item)) if (1..=128).contains(&item) => Some(item),
            (true, None) => Some(1),
            (true, Some(_)) => return Err(wrong(text)),
            (false, _) => None,
        };
        let parts = parts.map_or_else(|| Ok(Vec::new()), subblocks)?;
        if !parts.is_empty() && sum(parts.iter().map(|(_, unpacked)| *unpacked)) != Some(self.bytes) {
            return Err(refuse("subblocks", "parts of another size", format!("{} bytes together", self.bytes)));
        }
        Ok(Compression { codec, shuffled_item, parts })
    }

    /// The bytes of the block, unpacked; `proves` holds the stored bytes against the checksum.
    pub(super) fn read(&self, source: &Source<'_>, proves: bool) -> Result<Vec<u8>, FitsErrorKind> {
        let stored = match (&self.location, &self.text) {
            (Location::Attachment { position, bytes }, _) => {
                self.check_ratio(*bytes)?;
                source.read_vec(*position, *bytes)?
            }
            (_, Some((encoding, text))) => encoding.decode(text)?,
            (_, None) => return Err(refuse("data in the header", "no data", "the text of the block")),
        };
        self.check_ratio(stored.len() as u64)?;
        if proves {
            self.check_sum(&stored)?;
        }
        let Some(compression) = &self.compression else {
            return if stored.len() as u64 == self.bytes { Ok(stored) } else { Err(self.wrong_length(stored.len())) };
        };
        let mut unpacked: Vec<u8> = room("an unpacked block", self.bytes)?;
        unpacked.resize(self.bytes as usize, 0);
        let whole = [(stored.len() as u64, self.bytes)];
        let parts = if compression.parts.is_empty() { &whole[..] } else { &compression.parts };
        let (mut from, mut to) = (stored.as_slice(), unpacked.as_mut_slice());
        for (packed, bytes) in parts {
            let short = || refuse("subblocks", format!("{} bytes", stored.len()), "the bytes of all parts");
            let (part, rest) = from.split_at_checked(*packed as usize).ok_or_else(short)?;
            let (target, free) = to.split_at_mut_checked(*bytes as usize).ok_or_else(short)?;
            unpack(compression.codec, part, target)?;
            (from, to) = (rest, free);
        }
        match compression.shuffled_item {
            Some(item) if item > 1 => unshuffle(&unpacked, item),
            _ => Ok(unpacked),
        }
    }

    /// Whether the sum of the stored bytes is stated.
    pub(super) const fn has_checksum(&self) -> bool {
        self.checksum.is_some()
    }

    /// Holds bytes as they are stored against the checksum.
    fn check_sum(&self, stored: &[u8]) -> Result<(), FitsErrorKind> {
        let Some(Checksum { algorithm, digest }) = &self.checksum else { return Ok(()) };
        let found = match algorithm {
            Algorithm::Sha1 => sha1::Sha1::digest(stored).to_vec(),
            Algorithm::Sha256 => sha2::Sha256::digest(stored).to_vec(),
            Algorithm::Sha512 => sha2::Sha512::digest(stored).to_vec(),
        };
        if found == *digest {
            return Ok(());
        }
        let text = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Err(refuse("checksum", format!("data with the digest {}", text(&found)), text(digest)))
    }

    fn check_ratio(&self, stored: u64) -> Result<(), FitsErrorKind> {
        let limit = stored.saturating_mul(MAX_RATIO).max(FREE_BYTES);
        if self.bytes > limit {
            let what = "bytes for its compressed block";
            return Err(FitsErrorKind::TooLarge { what, found: self.bytes, limit });
        }
        Ok(())
    }

    fn wrong_length(&self, found: usize) -> FitsErrorKind {
        refuse("data of Image", format!("{found} bytes"), format!("{} as its geometry says", self.bytes))
    }
}

fn location(text: &str) -> Result<Location, FitsErrorKind> {
    let wrong = || refuse("location", text, "attachment:position:bytes, inline:encoding or embedded");
    match text.split_once(':') {
        None if text == "embedded" => Ok(Location::Embedded),
        Some(("inline", encoding)) => Ok(Location::Inline(Encoding::parse(encoding)?)),
        Some(("attachment", place)) => {
            let (position, bytes) = place.split_once(':').ok_or_else(wrong)?;
            let (position, bytes) = (position.parse().map_err(|_| wrong())?, bytes.parse().map_err(|_| wrong())?);
            Ok(Location::Attachment { position, bytes })
        }
        _ if text.starts_with("url(") || text.starts_with("path(") => {
            Err(FitsErrorKind::Unsupported { what: format!("an XISF block outside its file ({text})") })
        }
        _ => Err(wrong()),
    }
}

fn subblocks(text: &str) -> Result<Vec<(u64, u64)>, FitsErrorKind> {
    text.split(':')
        .map(|part| {
            let (packed, unpacked) = part.split_once(',')?;
            Some((packed.trim().parse().ok()?, unpacked.trim().parse().ok()?))
        })
        .collect::<Option<_>>()
        .ok_or_else(|| refuse("subblocks", text, "packed,unpacked:packed,unpacked"))
}

fn checksum_of(text: &str) -> Result<Checksum, FitsErrorKind> {
    let wrong = || refuse("checksum", text, "sha-1, sha-256 or sha-512, a colon and the digest in hexadecimal digits");
    let (name, digits) = text.split_once(':').ok_or_else(wrong)?;
    let (algorithm, bytes) = match name {
        "sha-1" | "sha1" => (Algorithm::Sha1, 20),
        "sha-256" | "sha256" => (Algorithm::Sha256, 32),
        "sha-512" | "sha512" => (Algorithm::Sha512, 64),
        "sha3-256" | "sha3-512" => {
            return Err(FitsErrorKind::Unsupported { what: format!("an XISF checksum of the algorithm {name}") });
        }
        _ => return Err(wrong()),
    };
    let digest = hex(digits.trim().as_bytes()).filter(|digest| digest.len() == bytes).ok_or_else(wrong)?;
    Ok(Checksum { algorithm, digest })
}

fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some((value(*high)? * 16 + value(*low)?) as u8));
    rest.is_empty().then(|| bytes.collect())?
}

fn sum(mut values: impl Iterator<Item = u64>) -> Option<u64> {
    values.try_fold(0_u64, u64::checked_add)
}
