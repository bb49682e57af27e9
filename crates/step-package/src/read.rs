//! Reads a zip without trusting it.
//!
//! A zip says everything twice, in a directory at its end and before each entry, and readers differ in what they believe.
//! This one takes only zips in which both agree and nothing is hidden, overlapping, encrypted, absolute, doubled or larger
//! than it says.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use zip::read::ZipReadOptions;
use zip::{CompressionMethod, ZipArchive};

use crate::end_record;
use crate::error::ArchiveError;
use crate::name::refusal;

/// Most entries.
const ENTRIES_MAX: usize = 10_000_000;
/// Most bytes of all entries together: 1 TiB.
const BYTES_MAX: u64 = 1 << 40;
/// Bytes copied at a time.
const PIECE_BYTES: usize = 1 << 18;

/// An entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveEntry {
    /// Name: relative, with `/`.
    pub name: String,
    /// Announced length; reading checks it.
    pub bytes: u64,
}

/// An archive whose directory was found sound.
#[derive(Debug)]
pub struct ArchiveReader {
    path: PathBuf,
    zip: ZipArchive<File>,
    entries: Vec<ArchiveEntry>,
}

impl ArchiveReader {
    /// Opens an archive and checks its directory; no entry is read yet.
    ///
    /// Fails where anything of it is not as a plain archive has it.
    pub fn open(path: &Path) -> Result<Self, ArchiveError> {
        let of_read = |source| ArchiveError::Read { path: path.display().to_string(), source };
        let mut file = File::open(path).map_err(of_read)?;
        let refuse = |message: String| ArchiveError::Zip { archive: path.to_owned(), message };
        let announced = end_record::entries(&mut file).map_err(of_read)?.map_err(&refuse)?;
        file.seek(SeekFrom::Start(0)).map_err(of_read)?;
        let mut zip = ZipArchive::new(file).map_err(|error| refuse(error.to_string()))?;
        if zip.len() > ENTRIES_MAX {
            return Err(refuse(format!("it has {} entries; at most {ENTRIES_MAX} are read", zip.len())));
        }
        if zip.len() as u64 != announced || zip.has_duplicate_names() || zip.offset() != 0 {
            return Err(refuse("its directory has double names, or data before its beginning".to_owned()));
        }
        if zip.has_overlapping_entries().map_err(|error| refuse(error.to_string()))? {
            return Err(refuse("entries overlap".to_owned()));
        }
        let (mut entries, mut folded, mut total) = (Vec::with_capacity(zip.len()), BTreeSet::new(), 0_u64);
        for index in 0..zip.len() {
            let entry = sound_entry(&mut zip, index).map_err(&refuse)?;
            total = total.saturating_add(entry.bytes);
            if !folded.insert(entry.name.to_lowercase()) {
                return Err(refuse(format!("two entries are named {} but for case", entry.name)));
            }
            entries.push(entry);
        }
        if total > BYTES_MAX {
            return Err(refuse(format!("its entries have {total} bytes; at most {BYTES_MAX} are read")));
        }
        Ok(Self { path: path.to_owned(), zip, entries })
    }

    /// Its entries in the order of the directory.
    pub fn entries(&self) -> &[ArchiveEntry] {
        &self.entries
    }

    /// Copies an entry; header, length and CRC-32 must be as announced.
    pub fn copy_entry(&mut self, index: usize, to: &mut dyn Write) -> Result<(), ArchiveError> {
        let Some(ArchiveEntry { name, bytes }) = self.entries.get(index).cloned() else {
            return Err(ArchiveError::Zip { archive: self.path.clone(), message: format!("it has no entry {index}") });
        };
        let refuse =
            |message: String| ArchiveError::Zip { archive: self.path.clone(), message: format!("{name}: {message}") };
        let options = ZipReadOptions::new().enforce_header_consistency(true);
        let mut entry = self.zip.by_index_with_options(index, options).map_err(|error| refuse(error.to_string()))?;
        let (mut piece, mut length) = (vec![0; PIECE_BYTES], 0_u64);
        loop {
            let count = match entry.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(refuse(error.to_string())),
            };
            length += count as u64;
            if length > bytes {
                return Err(refuse(format!("it is longer than the {bytes} bytes announced")));
            }
            to.write_all(&piece[..count]).map_err(ArchiveError::Write)?;
        }
        if length != bytes {
            return Err(refuse(format!("it has {length} bytes, {bytes} are announced")));
        }
        Ok(())
    }

    /// Unpacks everything into the new folder `to`: first into a temporary folder beside it, then renamed.
    pub fn unpack(&mut self, to: &Path) -> Result<(), ArchiveError> {
        let parent = match to.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        if to.exists() {
            return Err(ArchiveError::Write(std::io::Error::new(
                std::io::ErrorKind::AlreadyExists,
                format!("{} is there already", to.display()),
            )));
        }
        let folder = tempfile::Builder::new().prefix(".unpack-").tempdir_in(parent).map_err(ArchiveError::Write)?;
        for index in 0..self.entries.len() {
            let path = folder.path().join(&self.entries[index].name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(ArchiveError::Write)?;
            }
            let mut file = File::create_new(&path).map_err(ArchiveError::Write)?;
            self.copy_entry(index, &mut file)?;
            file.sync_all().map_err(ArchiveError::Write)?;
        }
        std::fs::rename(folder.path(), to).map_err(ArchiveError::Write)
    }
}

fn sound_entry(zip: &mut ZipArchive<File>, index: usize) -> Result<ArchiveEntry, String> {
    let entry = zip.by_index_raw(index).map_err(|error| format!("entry {index}: {error}"))?;
    let name = entry.name().map_err(|error| format!("entry {index}: its name is not UTF-8 ({error})"))?.into_owned();
    let kind = entry.unix_mode().map_or(0, |mode| mode & 0o170_000);
    let why = refusal(&name)
        .or_else(|| entry.encrypted().then_some("it is encrypted"))
        .or_else(|| (entry.is_dir() || !matches!(kind, 0 | 0o100_000)).then_some("it is not a regular file"))
        .or_else(|| {
            let known = matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated);
            (!known).then_some("it is neither stored nor deflated")
        });
    match why {
        Some(why) => Err(format!("{name:?}: {why}")),
        None => Ok(ArchiveEntry { name, bytes: entry.size() }),
    }
}
