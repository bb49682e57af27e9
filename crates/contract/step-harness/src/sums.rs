//! Sums of files, remembered between runs in `data/cache/sums.jsonl` by path, length, time of change and inode.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::atomic::{Written, sum_of_file};

/// A file younger than this is not remembered: it could change again within the resolution of the clock.
const MIN_AGE: Duration = Duration::from_secs(2);

/// The cache of sums.
#[derive(Debug)]
pub struct Sums {
    file: Option<PathBuf>,
    known: Mutex<HashMap<String, Line>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    path: String,
    bytes: u64,
    mtime_ns: String,
    inode: u64,
    sha256: String,
}

impl Sums {
    /// The cache in that folder; without a folder sums are remembered in memory only. A line that cannot be read is passed over.
    pub fn open(cache: Option<&Path>) -> Self {
        let file = cache.map(|folder| folder.join("sums.jsonl"));
        let mut known = HashMap::new();
        if let Some(text) = file.as_deref().and_then(|file| std::fs::read_to_string(file).ok()) {
            for line in text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
                known.insert(line.path.clone(), line);
            }
        }
        Self { file, known: Mutex::new(known) }
    }

    /// Length and SHA-256 of a file: remembered where nothing of it changed, else read.
    pub fn sum(&self, path: &Path) -> io::Result<Written> {
        let metadata = fs_err::metadata(path)?;
        let Some(state) = state_of(path, &metadata) else { return sum_of_file(path) };
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&state.path)
            && (known.bytes, &known.mtime_ns, known.inode) == (state.bytes, &state.mtime_ns, state.inode)
        {
            return Ok(Written { bytes: known.bytes, sha256: known.sha256.clone() });
        }
        let written = sum_of_file(path)?;
        let old = metadata.modified().ok().and_then(|changed| SystemTime::now().duration_since(changed).ok());
        if old.is_some_and(|age| age >= MIN_AGE) && written.bytes == state.bytes {
            self.remember(Line { sha256: written.sha256.clone(), ..state });
        }
        Ok(written)
    }

    /// Whether the file is there with that length and sum.
    pub fn holds(&self, path: &Path, bytes: u64, sha256: &str) -> bool {
        std::fs::metadata(path).is_ok_and(|metadata| metadata.len() == bytes)
            && self.sum(path).is_ok_and(|written| written.sha256 == sha256)
    }

    fn remember(&self, line: Line) {
        if let (Some(file), Ok(mut text)) = (&self.file, serde_json::to_string(&line)) {
            text.push('\n');
            let added = file.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| {
                std::fs::OpenOptions::new().create(true).append(true).open(file)?.write_all(text.as_bytes())
            });
            if let Err(error) = added {
                tracing::debug!(file = %file.display(), %error, "a sum is not remembered");
            }
        }
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(line.path.clone(), line);
    }
}

fn state_of(path: &Path, metadata: &std::fs::Metadata) -> Option<Line> {
    let path = std::path::absolute(path).ok()?.to_str()?.to_owned();
    let changed = metadata.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Line {
        path,
        bytes: metadata.len(),
        mtime_ns: changed.as_nanos().to_string(),
        inode: inode_of(metadata),
        sha256: String::new(),
    })
}

#[cfg(unix)]
fn inode_of(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode_of(_: &std::fs::Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aged(path: &Path, content: &[u8]) {
        std::fs::write(path, content).expect("written");
        let file = std::fs::File::options().write(true).open(path).expect("there");
        file.set_modified(SystemTime::now() - Duration::from_secs(60)).expect("aged");
    }

    #[test]
    fn a_sum_is_remembered_between_runs_and_forgotten_when_the_file_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        aged(&file, b"abc");
        let first = Sums::open(Some(folder.path())).sum(&file).expect("read");
        let lines = std::fs::read_to_string(folder.path().join("sums.jsonl")).expect("remembered");
        assert_eq!(lines.lines().count(), 1);
        assert_eq!(Sums::open(Some(folder.path())).sum(&file).expect("remembered"), first);
        aged(&file, b"abcd");
        let changed = Sums::open(Some(folder.path())).sum(&file).expect("read again");
        assert_eq!(changed, sum_of_file(&file).expect("read"));
        assert_ne!(changed, first);
    }

    #[test]
    fn a_young_file_is_read_each_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, b"abc").expect("written");
        Sums::open(Some(folder.path())).sum(&file).expect("read");
        assert!(!folder.path().join("sums.jsonl").exists(), "it may still change within the resolution of the clock");
    }
}
