//! The file that a zip is written into.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use step_harness::OutputError;

/// A file whose first error is kept and told at the end; what is written after it goes nowhere. A writer of zips that meets an error tries to
/// end its archive all the same, with more errors that say nothing.
#[derive(Debug)]
pub(crate) struct SteadyFile {
    path: PathBuf,
    file: BufWriter<File>,
    position: u64,
    end: u64,
    failure: Option<io::Error>,
}

impl SteadyFile {
    /// A new file.
    pub(crate) fn create(path: &Path) -> Result<Self, OutputError> {
        let file = File::create_new(path).map_err(|source| OutputError { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file), position: 0, end: 0, failure: None })
    }

    /// The first error, if there was one.
    pub(crate) fn end(mut self) -> Result<(), OutputError> {
        let flushed = if self.failure.is_none() { self.file.flush() } else { Ok(()) };
        // What is buffered behind an error is not tried again.
        let (_, _) = self.file.into_parts();
        match self.failure.map_or(flushed, Err) {
            Ok(()) => Ok(()),
            Err(source) => Err(OutputError { path: self.path, source }),
        }
    }

    fn keep(&mut self, done: io::Result<()>) {
        if let Err(error) = done {
            self.failure.get_or_insert(error);
        }
    }
}

impl Write for SteadyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failure.is_none() {
            let done = self.file.write_all(bytes);
            self.keep(done);
        }
        self.position += bytes.len() as u64;
        self.end = self.end.max(self.position);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.failure.is_none() {
            let done = self.file.flush();
            self.keep(done);
        }
        Ok(())
    }
}

impl Seek for SteadyFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let before_start = || io::Error::new(io::ErrorKind::InvalidInput, "a place before the start of the file");
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.end.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(before_start)?;
        if self.failure.is_none() {
            let done = self.file.seek(SeekFrom::Start(self.position)).map(|_| ());
            self.keep(done);
        }
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_writes_and_seeks_as_a_file_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let mut file = SteadyFile::create(&path).expect("new");
        file.write_all(b"hello, zip").expect("written");
        assert_eq!(file.seek(SeekFrom::End(-3)).expect("a place"), 7);
        file.write_all(b"ZIP").expect("written");
        assert_eq!(file.seek(SeekFrom::Start(0)).expect("a place"), 0);
        file.write_all(b"H").expect("written");
        assert_eq!(file.stream_position().expect("a place"), 1);
        assert!(file.seek(SeekFrom::Current(-2)).is_err());
        file.end().expect("no error");
        assert_eq!(std::fs::read(&path).expect("there"), b"Hello, ZIP");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_first_error_is_told_at_the_end_with_the_name_of_the_file() {
        let mut file = SteadyFile {
            path: PathBuf::from("/dev/full"),
            file: BufWriter::with_capacity(0, File::options().write(true).open("/dev/full").expect("the device")),
            position: 0,
            end: 0,
            failure: None,
        };
        file.write_all(b"more than there is room for").expect("kept for the end");
        assert_eq!(file.stream_position().expect("a place"), 27);
        let error = file.end().expect_err("the device is full");
        assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
        assert!(error.to_string().contains("/dev/full"), "{error}");
    }
}
