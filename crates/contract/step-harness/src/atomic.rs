//! Files that are there whole or not at all: written beside their place, hashed, synced, renamed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use step_contract::hex;

/// Temporary files begin so; what a killed step leaves of them is removed by the next.
pub const TEMPORARY_PREFIX: &str = ".writing-";
const BUFFER_BYTES: usize = 1 << 18;

/// Length and sum of a file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Length.
    pub bytes: u64,
    /// SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Writes a file atomically: a temporary in the same folder, hashed while writing, mode 0644, synced, renamed over `path`, and the folder
/// synced. After an error the old file, if there was one, is untouched. An error of the disk names the file, and counts before what `write`
/// made of it: a full disk is never an error of the data.
pub fn write_atomic<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<Written, E> {
    let folder = folder_of(path);
    let at = |error| at(path, &error);
    make_folder(folder).map_err(at)?;
    let temporary = temporary_in(folder).map_err(at)?;
    let mut writer = BufWriter::with_capacity(BUFFER_BYTES, Hashing::new(temporary));
    let ended = write(&mut writer).map(|()| writer.flush());
    // What is still buffered after an error is not tried again.
    let (hashing, _) = writer.into_parts();
    if let Some(failure) = hashing.failure {
        return Err(E::from(at(failure)));
    }
    ended?.map_err(at)?;
    let written = Written { bytes: hashing.bytes, sha256: hex(&hashing.sha256.finalize()) };
    place(hashing.inner, path).map_err(at)?;
    Ok(written)
}

/// The same for bytes in memory.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> io::Result<Written> {
    write_atomic(path, |writer| writer.write_all(bytes))
}

/// Moves a file that lies in the same file system to `path`, synced and hashed.
pub(crate) fn take_file(from: &Path, path: &Path) -> io::Result<Written> {
    let written = sum_of_file(from)?;
    let file = fs_err::File::open(from)?;
    set_readable(file.file())?;
    file.sync_all()?;
    rename(from, path)?;
    Ok(written)
}

/// Length and SHA-256 of a file, read whole.
pub fn sum_of_file(path: &Path) -> io::Result<Written> {
    let mut hashing = Hashing::new(io::sink());
    let mut file = fs_err::File::open(path)?;
    let mut block = vec![0; BUFFER_BYTES];
    loop {
        match io::Read::read(&mut file, &mut block)? {
            0 => break,
            count => hashing.write_all(&block[..count])?,
        }
    }
    Ok(Written { bytes: hashing.bytes, sha256: hex(&hashing.sha256.finalize()) })
}

/// Makes a folder and those above it that are missing, each synced into the one that it lies in.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder_of(folder);
    if above != folder {
        make_folder(above)?;
    }
    match fs_err::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists || !folder.is_dir() => Err(error),
        _ => sync_folder(above),
    }
}

/// Removes what a killed program left of its temporary files in a folder. The caller holds the lock under which they are written.
///
/// # Errors
/// When the folder is there but cannot be read, or a temporary file cannot be removed.
pub fn remove_temporaries(folder: &Path) -> io::Result<()> {
    let entries = match fs_err::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        // mark: left-overs-removed
        if !entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX) {
            continue;
        }
        tracing::debug!(file = %entry.path().display(), "removed: a killed program left it");
        if entry.file_type()?.is_dir() {
            fs_err::remove_dir_all(entry.path())?;
        } else {
            fs_err::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Syncs the entries of a folder.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    // mark: folder-synced
    fs_err::File::open(folder)?.sync_all()
}

/// The folder that a file lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The error with the name of the file.
fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("write {}: {error}", path.display()))
}

fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(folder)
}

fn place(temporary: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    set_readable(temporary.as_file())?;
    // mark: file-synced
    temporary.as_file().sync_all()?;
    // The file stays open until it has its name; where that fails the temporary is removed.
    let (_file, temporary) = temporary.into_parts();
    rename(&temporary, path)?;
    temporary.keep().map(|_| ()).map_err(|error| error.error)
}

/// Gives a synced file its name, and syncs the name.
fn rename(from: &Path, path: &Path) -> io::Result<()> {
    fs_err::rename(from, path)?;
    tracing::debug!(file = %path.display(), "renamed into place");
    sync_folder(folder_of(path))
}

#[cfg(unix)]
fn set_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_readable(_: &File) -> io::Result<()> {
    Ok(())
}

/// A writer that sums what passes, and remembers that it failed.
struct Hashing<W> {
    inner: W,
    sha256: Sha256,
    bytes: u64,
    failure: Option<io::Error>,
}

impl<W> Hashing<W> {
    fn new(inner: W) -> Self {
        Self { inner, sha256: Sha256::new(), bytes: 0, failure: None }
    }

    fn note(&mut self, error: io::Error) -> io::Error {
        if error.kind() != io::ErrorKind::Interrupted {
            self.failure.get_or_insert_with(|| io::Error::new(error.kind(), error.to_string()));
        }
        error
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes).map_err(|error| self.note(error))?;
        self.sha256.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush().map_err(|error| self.note(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_sum_that_was_counted_while_writing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/er/file");
        let written = write_bytes(&path, b"abc").expect("written");
        // FIPS 180-2 appendix B.1.
        assert_eq!(written.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sum_of_file(&path).expect("read"), written);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_temporary() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        write_bytes(&path, b"old").expect("written");
        let failed = write_atomic(&path, |writer| {
            writer.write_all(b"new")?;
            Err(io::Error::other("no more"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).expect("there"), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn an_error_of_the_disk_names_the_file_and_counts_before_what_the_writer_made_of_it() {
        struct Failing;
        impl Write for Failing {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::from(io::ErrorKind::StorageFull))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut hashing = Hashing::new(Failing);
        let swallowed = hashing.write_all(b"bytes");
        assert!(swallowed.is_err());
        assert_eq!(hashing.failure.map(|failure| failure.kind()), Some(io::ErrorKind::StorageFull));

        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("file"), b"x").expect("written");
        let error = write_bytes(&folder.path().join("file/deeper"), b"y").expect_err("no folder");
        assert!(error.to_string().contains("file/deeper"), "{error}");
    }

    #[test]
    fn what_a_killed_program_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["keep", ".writing-a", ".lock"] {
            std::fs::write(folder.path().join(name), b"x").expect("written");
        }
        std::fs::create_dir(folder.path().join(".writing-folder")).expect("made");
        std::fs::write(folder.path().join(".writing-folder/archive.zip"), b"x").expect("written");
        remove_temporaries(folder.path()).expect("removed");
        let mut left: Vec<_> =
            std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|e| e.file_name()).collect();
        left.sort();
        assert_eq!(left, [".lock", "keep"]);
        remove_temporaries(&folder.path().join("none")).expect("nothing to do");
    }
}
