//! Files that are there whole or not at all: written beside their place, hashed, synced, renamed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use step_contract::hex;

/// Temporary files begin so; what a killed step leaves of them is removed by the next.
pub(crate) const TEMPORARY_PREFIX: &str = ".writing-";
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
/// synced. After an error the old file, if there was one, is untouched.
pub fn write_atomic<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<Written, E> {
    let folder = folder_of(path);
    fs_err::create_dir_all(folder)?;
    let temporary = temporary_in(folder)?;
    let mut writer = BufWriter::with_capacity(BUFFER_BYTES, Hashing::new(temporary));
    write(&mut writer)?;
    let hashing = writer.into_inner().map_err(|error| error.into_error())?;
    let written = Written { bytes: hashing.bytes, sha256: hex(&hashing.sha256.finalize()) };
    place(hashing.file, path)?;
    Ok(written)
}

/// The same for bytes in memory.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> io::Result<Written> {
    write_atomic(path, |writer| writer.write_all(bytes))
}

/// Moves a file that lies in the same file system to `path`, synced and hashed.
pub(crate) fn take_file(from: &Path, path: &Path) -> io::Result<Written> {
    let written = sum_of_file(from)?;
    set_readable(&fs_err::File::open(from)?.into_parts().0)?;
    File::open(from)?.sync_all()?;
    fs_err::rename(from, path)?;
    sync_folder(folder_of(path))?;
    tracing::debug!(file = %path.display(), bytes = written.bytes, "taken over");
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

/// Syncs the entries of a folder.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    fs_err::File::open(folder)?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(folder).map_err(|error| {
        io::Error::new(error.kind(), format!("make a temporary file in {}: {error}", folder.display()))
    })
}

fn place(temporary: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    set_readable(temporary.as_file())?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    sync_folder(folder_of(path))?;
    tracing::debug!(file = %path.display(), "renamed into place");
    Ok(())
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

struct Hashing<W> {
    file: W,
    sha256: Sha256,
    bytes: u64,
}

impl<W> Hashing<W> {
    fn new(file: W) -> Self {
        Self { file, sha256: Sha256::new(), bytes: 0 }
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.sha256.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
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
}
