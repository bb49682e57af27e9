//! The bytes of a FITS file: a plain file that is read by seeking, or bytes in memory (given, or inflated from gzip).

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::{FitsError, FitsErrorKind, Limits};

/// First bytes of a gzip member.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// First bytes of a FITS file.
const FITS_MAGIC: &[u8; 9] = b"SIMPLE  =";

/// An opened FITS file.
pub(crate) struct Source<'a> {
    name: String,
    bytes: Bytes<'a>,
    length: u64,
}

enum Bytes<'a> {
    File(File),
    Owned(Cursor<Vec<u8>>),
    Borrowed(Cursor<&'a [u8]>),
}

impl Source<'static> {
    /// Opens a file; its content says whether it is plain or gzip.
    pub(crate) fn open(path: &Path, limits: &Limits) -> Result<Self, FitsError> {
        let name = path.display().to_string();
        let fail = |error: std::io::Error| FitsErrorKind::Io(error).of(&name, None);
        let mut file = File::open(path).map_err(fail)?;
        let length = file.metadata().map_err(fail)?.len();
        let magic = read_prefix(&mut file).map_err(fail)?;
        file.seek(SeekFrom::Start(0)).map_err(fail)?;
        if magic.starts_with(&GZIP_MAGIC) {
            return inflate(std::io::BufReader::new(file), name, limits);
        }
        check_magic(&magic, &name)?;
        Ok(Self { name, bytes: Bytes::File(file), length })
    }
}

impl<'a> Source<'a> {
    /// Takes bytes in memory, plain or gzip.
    pub(crate) fn from_bytes(bytes: &'a [u8], limits: &Limits) -> Result<Self, FitsError> {
        let name = "memory".to_owned();
        if bytes.starts_with(&GZIP_MAGIC) {
            return inflate(bytes, name, limits);
        }
        check_magic(bytes, &name)?;
        Ok(Self { name, bytes: Bytes::Borrowed(Cursor::new(bytes)), length: bytes.len() as u64 })
    }

    /// The name for messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Bytes, inflated.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    /// Fills the buffer from a byte position.
    pub(crate) fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> Result<(), FitsErrorKind> {
        match &mut self.bytes {
            Bytes::File(file) => file.seek(SeekFrom::Start(position)).and_then(|_| file.read_exact(buffer)),
            Bytes::Owned(bytes) => read_slice(bytes.get_ref(), position, buffer),
            Bytes::Borrowed(bytes) => read_slice(bytes.get_ref(), position, buffer),
        }
        .map_err(FitsErrorKind::Io)
    }

    /// That many bytes from a position. The caller has checked them against the length.
    pub(crate) fn read_vec(&mut self, position: u64, bytes: u64) -> Result<Vec<u8>, FitsErrorKind> {
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

fn read_slice(bytes: &[u8], position: u64, buffer: &mut [u8]) -> std::io::Result<()> {
    let start = usize::try_from(position).unwrap_or(usize::MAX);
    let found = start.checked_add(buffer.len()).and_then(|end| bytes.get(start..end));
    buffer.copy_from_slice(found.ok_or(std::io::ErrorKind::UnexpectedEof)?);
    Ok(())
}

fn read_prefix(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut prefix = Vec::with_capacity(60);
    file.take(60).read_to_end(&mut prefix)?;
    Ok(prefix)
}

fn check_magic(prefix: &[u8], name: &str) -> Result<(), FitsError> {
    if prefix.starts_with(FITS_MAGIC) {
        return Ok(());
    }
    Err(FitsErrorKind::NotFits { found: printable(prefix) }.of(name, None))
}

fn inflate<'a>(compressed: impl Read, name: String, limits: &Limits) -> Result<Source<'a>, FitsError> {
    let mut bytes = Vec::new();
    let mut decoder = MultiGzDecoder::new(std::io::BufReader::new(compressed)).take(limits.max_bytes + 1);
    if let Err(error) = decoder.read_to_end(&mut bytes) {
        // An inflated prefix that is no FITS file says more than the broken end of the stream.
        if !bytes.is_empty() {
            check_magic(&bytes, &name)?;
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
    check_magic(&bytes, &name)?;
    Ok(Source { name, bytes: Bytes::Owned(Cursor::new(bytes)), length })
}
