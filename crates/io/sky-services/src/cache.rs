//! The cache of answers: each body with a sidecar that says what was asked and what its sum is.

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fs_err as fs;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::body::PREFIX_BYTES;
use crate::request::{Request, Upload, hex};
use crate::service::Service;

/// First characters of the names of temporary files.
const TEMPORARY_STEM: &str = ".tmp-";
/// A temporary file as old as this has no owner any more.
const ABANDONED: Duration = Duration::from_secs(86_400);

/// A folder of answers, shared by all runs.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    /// Keys whose bodies were summed in this process.
    verified: Mutex<BTreeSet<String>>,
}

/// What stands beside a body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sidecar {
    pub(crate) service: String,
    pub(crate) path: String,
    pub(crate) parameters: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) upload_sha256: Option<String>,
    pub(crate) parser_version: u32,
    pub(crate) url: String,
    pub(crate) utc: String,
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// A sound entry.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) path: PathBuf,
    pub(crate) prefix: Vec<u8>,
    pub(crate) sidecar: Sidecar,
}

/// A body with its length, sum and first bytes.
#[derive(Debug)]
pub(crate) struct SummedFile {
    pub(crate) file: NamedTempFile,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    pub(crate) prefix: Vec<u8>,
}

impl Cache {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), verified: Mutex::default() }
    }

    /// The folder of a service, made if it is not there. What a killed program left in it is removed.
    pub(crate) fn service_folder(&self, service: Service) -> io::Result<PathBuf> {
        let folder = self.folder.join(service.name());
        fs::create_dir_all(&folder)?;
        remove_abandoned(&folder)?;
        Ok(folder)
    }

    /// The entry of a key, where there is a sound one. A damaged entry counts as none.
    pub(crate) fn get(&self, service: Service, key: &str) -> io::Result<Option<Entry>> {
        let (body, sidecar) = self.paths(service, key);
        let text = match std::fs::read(&sidecar) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let Ok(sidecar) = serde_json::from_slice::<Sidecar>(&text) else {
            tracing::warn!(
                service = service.name(),
                key,
                "the sidecar of a cache entry is damaged; the answer is fetched again"
            );
            return Ok(None);
        };
        let verified = self.lock().contains(key);
        match examine(&body, &sidecar, verified) {
            Ok(Some(prefix)) => {
                self.lock().insert(key.to_owned());
                Ok(Some(Entry { path: body, prefix, sidecar }))
            }
            Ok(None) => {
                tracing::warn!(
                    service = service.name(),
                    key,
                    "the body of a cache entry is damaged; it is fetched again"
                );
                Ok(None)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps an answer: the body first, its sidecar last, each synced before it gets its name.
    pub(crate) fn put(&self, request: &Request, key: &str, body: SummedFile, answer: &Answer<'_>) -> io::Result<Entry> {
        let (body_path, sidecar_path) = self.paths(request.service, key);
        let folder = body_path.parent().expect("an entry lies in a folder");
        fs::create_dir_all(folder)?;
        remove_abandoned(folder)?;
        let mut parameters = request.parameters.clone();
        parameters.sort();
        let sidecar = Sidecar {
            service: request.service.name().to_owned(),
            path: request.path.clone(),
            parameters,
            upload_sha256: request.upload.as_ref().map(Upload::sha256),
            parser_version: request.parser_version,
            url: answer.url.to_owned(),
            utc: jiff::Timestamp::now().to_string(),
            status: answer.status,
            content_type: answer.content_type.to_owned(),
            bytes: body.bytes,
            sha256: body.sha256,
        };
        keep(body.file, &body_path)?;
        let mut file = temporary(folder)?;
        let mut text = serde_json::to_vec_pretty(&sidecar).map_err(io::Error::from)?;
        text.push(b'\n');
        file.write_all(&text)?;
        keep(file, &sidecar_path)?;
        fs::File::open(folder)?.sync_all()?;
        self.lock().insert(key.to_owned());
        Ok(Entry { path: body_path, prefix: body.prefix, sidecar })
    }

    /// Removes an entry: its sidecar first, without which a body counts for nothing.
    pub(crate) fn forget(&self, service: Service, key: &str) -> io::Result<()> {
        let (body, sidecar) = self.paths(service, key);
        self.lock().remove(key);
        for file in [sidecar, body] {
            match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn paths(&self, service: Service, key: &str) -> (PathBuf, PathBuf) {
        let folder = self.folder.join(service.name()).join(&key[..2]);
        (folder.join(format!("{key}.body")), folder.join(format!("{key}.json")))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a sidecar records of the answer beside its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) url: &'a str,
    pub(crate) status: u16,
    pub(crate) content_type: &'a str,
}

/// An empty temporary file in a folder, readable by all once it is kept. Its lock says that its owner lives.
pub(crate) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = tempfile::Builder::new().prefix(TEMPORARY_STEM).tempfile_in(folder)?;
        match file.as_file().try_lock() {
            // A file system without locks: its temporary files are removed by their age alone.
            Err(std::fs::TryLockError::Error(_)) => return Ok(file),
            Ok(()) if file.path().exists() => return Ok(file),
            // A program that clears the folder was faster than the lock.
            _ => {}
        }
    }
}

/// Removes temporary files that have no owner any more: nobody holds their lock, or they are too old.
fn remove_abandoned(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(TEMPORARY_STEM) {
            continue;
        }
        let Ok(file) = std::fs::File::open(entry.path()) else { continue };
        let changed = file.metadata().and_then(|metadata| metadata.modified());
        let is_old = changed.is_ok_and(|time| time.elapsed().unwrap_or_default() > ABANDONED);
        if is_old || file.try_lock().is_ok() {
            // Another program may have been faster.
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// Syncs a temporary file and gives it its name.
fn keep(file: NamedTempFile, path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.as_file()
        .sync_all()
        .map_err(|error| io::Error::new(error.kind(), format!("sync {}: {error}", file.path().display())))?;
    let (_file, temporary) = file.into_parts();
    fs::rename(&temporary, path)?;
    temporary.keep().map(|_| ()).map_err(|error| error.error)
}

/// The first bytes of a body, if it is what its sidecar says.
fn examine(path: &Path, sidecar: &Sidecar, verified: bool) -> io::Result<Option<Vec<u8>>> {
    let mut file = std::fs::File::open(path)?;
    if file.metadata()?.len() != sidecar.bytes {
        return Ok(None);
    }
    let mut sum = Sha256::new();
    let mut prefix = Vec::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        if prefix.is_empty() {
            prefix = buffer[..read.min(PREFIX_BYTES)].to_vec();
            if verified {
                return Ok(Some(prefix));
            }
        }
        sum.update(&buffer[..read]);
    }
    Ok((hex(&sum.finalize()) == sidecar.sha256).then_some(prefix))
}
