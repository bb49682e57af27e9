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
use crate::error::{PackageError, Problem};
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
    /// Bytes that it takes in the archive.
    pub compressed_bytes: u64,
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
    pub fn open(path: &Path) -> Result<Self, PackageError> {
        let of_read = |source| PackageError::Read { path: path.display().to_string(), source };
        let mut file = File::open(path).map_err(of_read)?;
        let refuse = |problem: Problem| PackageError::Zip { archive: path.to_owned(), problem };
        let broken = |place: &str, error: &dyn std::fmt::Display| {
            refuse(Problem::new(place, format!("what a reader of zips refuses ({error})"), "a sound zip"))
        };
        let end = end_record::read(&mut file).map_err(of_read)?.map_err(&refuse)?;
        file.seek(SeekFrom::Start(0)).map_err(of_read)?;
        let mut zip = ZipArchive::new(file).map_err(|error| broken("directory", &error))?;
        if zip.len() > ENTRIES_MAX {
            let (found, expected) = (format!("{} entries", zip.len()), format!("at most {ENTRIES_MAX}"));
            return Err(refuse(Problem::new("directory", found, expected)));
        }
        if zip.len() as u64 != end.entries || zip.has_duplicate_names() || zip.offset() != 0 {
            let found = "a name twice, or bytes before the first entry";
            return Err(refuse(Problem::new("directory", found, "each name once and nothing before them")));
        }
        if zip.has_overlapping_entries().map_err(|error| broken("directory", &error))? {
            return Err(refuse(Problem::new("directory", "entries that overlap", "entries one after another")));
        }
        let (mut entries, mut folded, mut total) = (Vec::with_capacity(zip.len()), BTreeSet::new(), 0_u64);
        let mut places = Vec::with_capacity(zip.len());
        for index in 0..zip.len() {
            let (entry, place) = sound_entry(&mut zip, index).map_err(&refuse)?;
            total = total.saturating_add(entry.bytes);
            if !folded.insert(entry.name.to_lowercase()) {
                let expected = "names that differ by more than case";
                return Err(refuse(Problem::new(entry.name, "the name of another entry but for case", expected)));
            }
            entries.push(entry);
            places.push(place);
        }
        if total > BYTES_MAX {
            let (found, expected) = (format!("entries of {total} bytes"), format!("at most {BYTES_MAX}"));
            return Err(refuse(Problem::new("directory", found, expected)));
        }
        nothing_between(places, end.directory_start).map_err(&refuse)?;
        Ok(Self { path: path.to_owned(), zip, entries })
    }

    /// Its entries in the order of the directory.
    pub fn entries(&self) -> &[ArchiveEntry] {
        &self.entries
    }

    /// Copies an entry; header, length and CRC-32 must be as announced.
    pub fn copy_entry(&mut self, index: usize, to: &mut dyn Write) -> Result<(), PackageError> {
        let zip_error = |problem: Problem| PackageError::Zip { archive: self.path.clone(), problem };
        let Some(ArchiveEntry { name, bytes, .. }) = self.entries.get(index).cloned() else {
            return Err(zip_error(Problem::new("directory", format!("no entry {index}"), "one")));
        };
        let refuse = |found: String| zip_error(Problem::new(&name, found, format!("{bytes} sound bytes")));
        let options = ZipReadOptions::new().enforce_header_consistency(true);
        let mut entry = self.zip.by_index_with_options(index, options).map_err(|error| refuse(error.to_string()))?;
        let (mut piece, mut length) = (vec![0; PIECE_BYTES], 0_u64);
        loop {
            let count = match entry.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(refuse(format!("data that do not decode ({error})"))),
            };
            length += count as u64;
            if length > bytes {
                return Err(refuse("more bytes than it announces".to_owned()));
            }
            to.write_all(&piece[..count]).map_err(PackageError::Write)?;
        }
        if length != bytes {
            return Err(refuse(format!("{length} bytes")));
        }
        Ok(())
    }

    /// Unpacks everything into the new folder `to`: first into a temporary folder beside it, then renamed.
    pub fn unpack(&mut self, to: &Path) -> Result<(), PackageError> {
        let parent = match to.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        if to.exists() {
            return Err(PackageError::Write(std::io::Error::new(
                std::io::ErrorKind::AlreadyExists,
                format!("{} is there already", to.display()),
            )));
        }
        let folder = tempfile::Builder::new().prefix(".unpack-").tempdir_in(parent).map_err(PackageError::Write)?;
        for index in 0..self.entries.len() {
            let path = folder.path().join(&self.entries[index].name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(PackageError::Write)?;
            }
            let mut file = File::create_new(&path).map_err(PackageError::Write)?;
            self.copy_entry(index, &mut file)?;
            file.sync_all().map_err(PackageError::Write)?;
        }
        std::fs::rename(folder.path(), to).map_err(PackageError::Write)
    }
}

/// An entry that may be read, and where its header begins and its data end.
fn sound_entry(zip: &mut ZipArchive<File>, index: usize) -> Result<(ArchiveEntry, (u64, u64)), Problem> {
    let number = || format!("entry {}", index + 1);
    let entry = zip
        .by_index_raw(index)
        .map_err(|error| Problem::new(number(), format!("a header that cannot be read ({error})"), "a sound one"))?;
    let name = entry
        .name()
        .map_err(|error| Problem::new(number(), format!("a name that is not UTF-8 ({error})"), "UTF-8"))?
        .into_owned();
    let kind = entry.unix_mode().map_or(0, |mode| mode & 0o170_000);
    let why = refusal(&name)
        .or_else(|| entry.encrypted().then_some("it is encrypted"))
        .or_else(|| (entry.is_dir() || !matches!(kind, 0 | 0o100_000)).then_some("it is not a regular file"))
        .or_else(|| {
            let known = matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated);
            (!known).then_some("it is neither stored nor deflated")
        });
    if let Some(why) = why {
        let found = format!("{name:?}, which is refused: {why}");
        return Err(Problem::new(number(), found, "a plain file with a relative name"));
    }
    let data_start = entry.data_start().unwrap_or(entry.header_start());
    let place = (entry.header_start(), data_start.saturating_add(entry.compressed_size()));
    Ok((ArchiveEntry { name, bytes: entry.size(), compressed_bytes: entry.compressed_size() }, place))
}

/// Refuses bytes that belong to no entry: what one reader skips another may show.
fn nothing_between(mut places: Vec<(u64, u64)>, directory_start: u64) -> Result<(), Problem> {
    places.sort_unstable();
    let mut end = 0;
    for (start, next) in places.into_iter().chain([(directory_start, directory_start)]) {
        if start != end {
            let found = format!("{start} as the next header after byte {end}");
            return Err(Problem::new("entries", found, "one entry directly after another"));
        }
        end = next;
    }
    Ok(())
}
