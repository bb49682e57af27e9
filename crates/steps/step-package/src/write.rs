//! Writes an archive: names in order, no clocks, no modes, no host; the same contents give the same bytes.

use std::io::{Read, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::contents::{Bytes, CONTENTS, Contents, Item, Kind, in_memory};
use crate::error::PackageError;
use crate::hashing::Hashing;

/// Bytes copied at a time.
const PIECE_BYTES: usize = 1 << 20;
/// Files that are compressed already.
const STORED_SUFFIXES: [&str; 4] = [".gz", ".fz", ".png", ".parquet"];

/// Writes the held items and the table of contents. Every file is hashed on its way and must have its listed sum; those
/// that are only listed are read as well if `check_listed`.
pub(crate) fn write_archive<W: Write + Seek>(
    writer: W,
    contents: &Contents,
    compression_level: u32,
    check_listed: bool,
) -> Result<(), PackageError> {
    let mut zip = ZipWriter::new(writer);
    let table = in_memory(Kind::Table, "", contents.to_csv());
    let mut entries: Vec<(&str, &Item)> = contents.items.iter().map(|(name, item)| (name.as_str(), item)).collect();
    entries.push((CONTENTS, &table));
    entries.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    for (name, item) in entries {
        let Some(source) = &item.source else { continue };
        if item.held {
            zip.start_file(name, options(name, item.bytes, compression_level)).map_err(of_zip)?;
            copy(name, item, source, &mut zip)?;
        } else if check_listed {
            copy(name, item, source, &mut std::io::sink())?;
        }
    }
    zip.finish().map_err(of_zip)?.flush().map_err(PackageError::Write)
}

fn options(name: &str, bytes: u64, compression_level: u32) -> SimpleFileOptions {
    let stored = STORED_SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
    let method = if stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
    SimpleFileOptions::default()
        .compression_method(method)
        .compression_level((!stored).then(|| i64::from(compression_level)))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644)
        .large_file(bytes >= u64::from(u32::MAX))
}

/// Copies an item and checks its length and sum on the way.
fn copy(name: &str, item: &Item, source: &Bytes, to: &mut impl Write) -> Result<(), PackageError> {
    let of_read = |source| PackageError::Read { path: name.to_owned(), source };
    let mut reader: Box<dyn Read + '_> = match source {
        Bytes::Memory(bytes) => Box::new(bytes.as_slice()),
        Bytes::File(path) => Box::new(std::fs::File::open(path).map_err(of_read)?),
    };
    let mut hashing = Hashing::default();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let count = match reader.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(of_read(error)),
        };
        hashing.write_all(&piece[..count]).and_then(|()| to.write_all(&piece[..count])).map_err(PackageError::Write)?;
    }
    let (found, length) = (hashing.sha256(), hashing.bytes);
    if found == item.sha256 && length == item.bytes {
        return Ok(());
    }
    Err(PackageError::Differs {
        path: name.to_owned(),
        label: item.label.clone(),
        found: format!("{length} bytes with SHA-256 {found}"),
        expected: format!("{} bytes with {}", item.bytes, item.sha256),
    })
}

fn of_zip(error: zip::result::ZipError) -> PackageError {
    PackageError::Write(match error {
        zip::result::ZipError::Io(error) => error,
        other => std::io::Error::other(other),
    })
}
