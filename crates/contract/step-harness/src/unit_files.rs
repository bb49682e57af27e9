//! The files of one unit while it is worked on.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use step_contract::{DoneUnit, FileEntry, Product, Warning};

use crate::atomic::{TEMPORARY_PREFIX, Written, take_file, write_atomic};
use crate::ending::OutputError;
use crate::session::Session;

/// The files of one unit while it is worked on.
#[derive(Debug)]
pub struct UnitFiles {
    pub(crate) session: Arc<Session>,
    pub(crate) folder: PathBuf,
    pub(crate) unit: String,
    pub(crate) entries: BTreeMap<String, FileEntry>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) notes: BTreeMap<String, String>,
    pub(crate) attempts: Option<u32>,
    pub(crate) asked_again: bool,
    scratch: Option<tempfile::TempDir>,
}

impl UnitFiles {
    pub(crate) fn new(session: Arc<Session>, folder: PathBuf, unit: &str) -> Self {
        Self {
            session,
            folder,
            unit: unit.to_owned(),
            entries: BTreeMap::new(),
            warnings: Vec::new(),
            notes: BTreeMap::new(),
            attempts: None,
            asked_again: false,
            scratch: None,
        }
    }

    /// Says that a unit which is not done rests on an answer from outside that may be another next time: it has no key and is never reused.
    pub fn ask_again(&mut self) {
        self.asked_again = true;
    }

    /// Id of the unit.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Writes `<unit><suffix>` (`.cat`, `_xmatch.csv`) for the role: temporary beside it, hashed while writing, synced, renamed.
    pub fn write<E: From<OutputError>>(
        &mut self,
        role: &str,
        suffix: &str,
        rows: Option<u64>,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<(), E> {
        let path = self.place(suffix)?;
        let written = write_file(&path, write)?;
        self.list(role, suffix, rows, written);
        Ok(())
    }

    /// Takes over a file that an external tool or a download wrote in [`UnitFiles::scratch`].
    pub fn take(&mut self, role: &str, suffix: &str, rows: Option<u64>, from: &Path) -> Result<(), OutputError> {
        let path = self.place(suffix)?;
        let written = take_file(from, &path).map_err(|source| OutputError { path, source })?;
        self.list(role, suffix, rows, written);
        Ok(())
    }

    /// Lists the file that an input unit has in `from_role` as this unit's file of `role`, without a copy: the frame whose mask alone is new.
    ///
    /// Fails where the input has no such file.
    pub fn refer<P: Product>(
        &mut self,
        role: &str,
        unit: &DoneUnit<'_, P>,
        from_role: &str,
    ) -> Result<(), OutputError> {
        let (Some(entry), Some(path)) = (unit.entry(from_role), unit.file_if(from_role)) else {
            let source = io::Error::new(io::ErrorKind::NotFound, format!("{} has no file {from_role}", unit.id()));
            return Err(OutputError { path: self.folder.clone(), source });
        };
        let mut entry = entry.clone();
        if !entry.path.starts_with("input:") {
            entry.path = self.session.entry_path(&self.folder, &path);
        }
        self.entries.insert(role.to_owned(), entry);
        Ok(())
    }

    /// A folder for temporary files of this unit, removed when the unit ends.
    pub fn scratch(&mut self) -> Result<PathBuf, OutputError> {
        if self.scratch.is_none() {
            let made = tempfile::Builder::new().prefix(TEMPORARY_PREFIX).tempdir_in(&self.folder);
            self.scratch = Some(made.map_err(|source| OutputError { path: self.folder.clone(), source })?);
        }
        Ok(self.scratch.as_ref().map(|folder| folder.path().to_owned()).unwrap_or_default())
    }

    /// Something odd about a unit that is nevertheless done.
    pub fn warn(&mut self, kind: &str, message: impl Into<String>) {
        let message = message.into();
        tracing::warn!(unit = %self.unit, kind, "{message}");
        self.warnings.push(Warning { kind: kind.to_owned(), message });
    }

    /// A note for `execution.notes` (waits, cache hits): never part of the identity.
    pub fn note(&mut self, name: &str, value: impl ToString) {
        self.notes.insert(name.to_owned(), value.to_string());
    }

    /// How many attempts it took, for `execution.attempts`.
    pub fn attempts(&mut self, attempts: u32) {
        self.attempts = Some(attempts);
    }

    /// Whether the step was asked to stop: long work may look here between rows and return early with any error.
    pub fn stopping(&self) -> bool {
        self.session.stop.code().is_some()
    }

    fn place(&self, suffix: &str) -> Result<PathBuf, OutputError> {
        let name = format!("{}{suffix}", self.unit);
        if step_contract::is_unit_id(&name) {
            return Ok(self.folder.join(name));
        }
        let source = io::Error::new(io::ErrorKind::InvalidInput, "a file name has only letters, digits and . _ + -");
        Err(OutputError { path: self.folder.join(name), source })
    }

    fn list(&mut self, role: &str, suffix: &str, rows: Option<u64>, written: Written) {
        let path = format!("{}{suffix}", self.unit);
        let entry = FileEntry { path, bytes: written.bytes, sha256: written.sha256, rows, discarded: None };
        self.entries.insert(role.to_owned(), entry);
    }
}

/// Why a file was not written: the disk, or the step's own reason.
enum Failure<E> {
    Disk(io::Error),
    Own(E),
}

impl<E> From<io::Error> for Failure<E> {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

/// Writes a file atomically with the step's own error inside.
pub(crate) fn write_file<E: From<OutputError>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<Written, E> {
    write_atomic(path, |writer| write(writer).map_err(Failure::Own)).map_err(|failure| match failure {
        Failure::Disk(source) => E::from(OutputError { path: path.to_owned(), source }),
        Failure::Own(error) => error,
    })
}
