//! The bytes of a FITS file: a plain file that is read by position, or bytes in memory (given, or inflated from gzip).

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use crate::{FitsError, FitsErrorKind, Limits, Packing};

/// First bytes of a FITS file.
const FITS_MAGIC: &[u8] = b"SIMPLE  =";
/// First bytes of a monolithic XISF file.
const XISF_MAGIC: &[u8] = b"XISF0100";

/// First bytes of the files that are read.
type Magics = &'static [&'static [u8]];
const FITS_ALONE: Magics = &[FITS_MAGIC];
const IMAGES: Magics = &[FITS_MAGIC, XISF_MAGIC];

/// An opened FITS file. Clones read the same bytes; no reader moves another's position, so threads may share one.
#[derive(Clone, Debug)]
pub(crate) struct Source<'a> {
    name: String,
    bytes: Bytes<'a>,
    length: u64,
}

#[derive(Clone, Debug)]
enum Bytes<'a> {
    File(Arc<File>),
    Owned(Arc<Vec<u8>>),
    Borrowed(&'a [u8]),
}

impl Source<'static> {
    /// Opens a FITS file; its content says whether it is plain or gzip.
    pub(crate) fn open(path: &Path, limits: &Limits) -> Result<Self, FitsError> {
        Self::open_as(path, limits, FITS_ALONE)
    }

    /// Opens an image: a FITS file or an XISF file.
    pub(crate) fn open_image(path: &Path, limits: &Limits) -> Result<Self, FitsError> {
        Self::open_as(path, limits, IMAGES)
    }

    fn open_as(path: &Path, limits: &Limits, accepted: Magics) -> Result<Self, FitsError> {
        let name = path.display().to_string();
        let fail = |error: std::io::Error| FitsErrorKind::Io(error).of(&name, None);
        let file = File::open(path).map_err(fail)?;
        let length = file.metadata().map_err(fail)?.len();
        let magic = read_prefix(&file).map_err(fail)?;
        if Packing::is_gzip(&magic) {
            return inflate(std::io::BufReader::new(file), name, limits, accepted);
        }
        check_magic_of(&magic, &name, accepted)?;
        Ok(Self { name, bytes: Bytes::File(Arc::new(file)), length })
    }
}

impl<'a> Source<'a> {
    /// Takes the bytes of a FITS file in memory, plain or gzip.
    pub(crate) fn from_bytes(bytes: &'a [u8], limits: &Limits) -> Result<Self, FitsError> {
        Self::from_bytes_as(bytes, limits, FITS_ALONE)
    }

    /// Takes the bytes of an image: a FITS file or an XISF file.
    pub(crate) fn image_from_bytes(bytes: &'a [u8], limits: &Limits) -> Result<Self, FitsError> {
        Self::from_bytes_as(bytes, limits, IMAGES)
    }

    fn from_bytes_as(bytes: &'a [u8], limits: &Limits, accepted: Magics) -> Result<Self, FitsError> {
        let name = "memory".to_owned();
        if Packing::is_gzip(bytes) {
            return inflate(bytes, name, limits, accepted);
        }
        check_magic_of(bytes, &name, accepted)?;
        Ok(Self { name, bytes: Bytes::Borrowed(bytes), length: bytes.len() as u64 })
    }

    /// The name for messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is an XISF file.
    pub(crate) fn is_xisf(&self) -> bool {
        let mut magic = [0; XISF_MAGIC.len()];
        self.read_at(0, &mut magic).is_ok() && magic == XISF_MAGIC
    }

    /// Bytes, inflated.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// Fills the buffer from a byte position.
    pub(crate) fn read_at(&self, position: u64, buffer: &mut [u8]) -> Result<(), FitsErrorKind> {
        match &self.bytes {
            Bytes::File(file) => file.read_exact_at(buffer, position).map_err(FitsErrorKind::Io),
            Bytes::Owned(bytes) => slice(bytes, position, buffer.len()).map(|found| buffer.copy_from_slice(found)),
            Bytes::Borrowed(bytes) => slice(bytes, position, buffer.len()).map(|found| buffer.copy_from_slice(found)),
        }
    }

    /// That many bytes from a position: those of the memory where the file lies there, else read into the buffer.
    pub(crate) fn bytes_at<'s>(
        &'s self,
        position: u64,
        bytes: usize,
        buffer: &'s mut Vec<u8>,
    ) -> Result<&'s [u8], FitsErrorKind> {
        match &self.bytes {
            Bytes::Owned(memory) => slice(memory, position, bytes),
            Bytes::Borrowed(memory) => slice(memory, position, bytes),
            Bytes::File(file) => {
                buffer.resize(bytes, 0);
                file.read_exact_at(buffer, position)?;
                Ok(buffer)
            }
        }
    }

    /// That many bytes from a position. The caller has checked them against the length.
    pub(crate) fn read_vec(&self, position: u64, bytes: u64) -> Result<Vec<u8>, FitsErrorKind> {
        let mut buffer = room("data", bytes)?;
        buffer.resize(bytes as usize, 0);
        self.read_at(position, &mut buffer)?;
        Ok(buffer)
    }
}

/// An empty vector with room for that many values, or an error where the machine has no memory for them.
pub(crate) fn room<T>(what: &'static str, count: u64) -> Result<Vec<T>, FitsErrorKind> {
    let bytes = count.saturating_mul(size_of::<T>() as u64);
    let mut values = Vec::new();
    let reserved = usize::try_from(count).is_ok_and(|count| values.try_reserve_exact(count).is_ok());
    if reserved { Ok(values) } else { Err(FitsErrorKind::NoMemory { what, bytes }) }
}

/// The first bytes as text for a message: at most 60, unprintable ones escaped.
pub(crate) fn printable(bytes: &[u8]) -> String {
    bytes.iter().take(60).flat_map(|byte| std::ascii::escape_default(*byte)).map(char::from).collect()
}

fn slice(bytes: &[u8], position: u64, length: usize) -> Result<&[u8], FitsErrorKind> {
    let start = usize::try_from(position).unwrap_or(usize::MAX);
    let found = start.checked_add(length).and_then(|end| bytes.get(start..end));
    found.ok_or_else(|| FitsErrorKind::Io(std::io::ErrorKind::UnexpectedEof.into()))
}

fn read_prefix(file: &File) -> std::io::Result<Vec<u8>> {
    let mut prefix = vec![0; 60];
    let mut found = 0;
    while found < prefix.len() {
        match file.read_at(&mut prefix[found..], found as u64)? {
            0 => break,
            bytes => found += bytes,
        }
    }
    prefix.truncate(found);
    Ok(prefix)
}

/// Refuses a file whose first bytes are those of no image.
pub(crate) fn check_magic(prefix: &[u8], name: &str) -> Result<(), FitsError> {
    check_magic_of(prefix, name, IMAGES)
}

/// Whether these first bytes are those of an XISF file.
pub(crate) fn is_xisf_magic(prefix: &[u8]) -> bool {
    prefix.starts_with(XISF_MAGIC)
}

fn check_magic_of(prefix: &[u8], name: &str, accepted: Magics) -> Result<(), FitsError> {
    if accepted.iter().any(|magic| prefix.starts_with(magic)) {
        return Ok(());
    }
    let found = match Packing::of(prefix) {
        Some(packing) => format!("{} ({}: unpack it first)", printable(prefix), packing.name()),
        None => printable(prefix),
    };
    Err(FitsErrorKind::NotFits { found }.of(name, None))
}

fn inflate<'a>(
    compressed: impl Read,
    name: String,
    limits: &Limits,
    accepted: Magics,
) -> Result<Source<'a>, FitsError> {
    let mut bytes = Vec::new();
    let mut decoder = MultiGzDecoder::new(std::io::BufReader::new(compressed)).take(limits.max_bytes + 1);
    if let Err(error) = decoder.read_to_end(&mut bytes) {
        // An inflated prefix that is no FITS file says more than the broken end of the stream.
        if !bytes.is_empty() {
            check_magic_of(&bytes, &name, accepted)?;
        }
        if error.kind() == std::io::ErrorKind::OutOfMemory {
            let bytes = bytes.len() as u64;
            return Err(FitsErrorKind::NoMemory { what: "an inflated file", bytes }.of(&name, None));
        }
        let reason = format!("a gzip stream that is broken after {} bytes ({error})", bytes.len());
        return Err(FitsErrorKind::Compressed { reason }.of(&name, None));
    }
    let length = bytes.len() as u64;
    if length > limits.max_bytes {
        let kind = FitsErrorKind::TooLarge { what: "inflated bytes", found: length, limit: limits.max_bytes };
        return Err(kind.of(&name, None));
    }
    check_magic_of(&bytes, &name, accepted)?;
    Ok(Source { name, bytes: Bytes::Owned(Arc::new(bytes)), length })
}
