//! Locks of the operating system on a step's folder: they die with their holder.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use step_contract::Shard;

use crate::stop::Stop;

/// The lock file of a folder; never deleted (those of shards are, under this one).
pub(crate) const LOCK_FILE: &str = ".lock";
/// How often a lock is asked for that somebody else holds.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// Locks held while a step runs.
#[derive(Debug)]
pub struct Locks {
    _held: Vec<File>,
}

/// Why a lock could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else holds it.
    #[error("{0} is locked by another run of this step; wait for it or stop it")]
    Held(String),
    /// The lock file cannot be made.
    #[error("lock {0}: {1}")]
    Io(String, io::Error),
}

impl Locks {
    /// The same, and asks again for so long while somebody else holds it, unless asked to stop.
    pub(crate) fn wait(
        folder: &Path,
        shard: Option<Shard>,
        patience: Duration,
        stop: &Stop,
    ) -> Result<Self, LockError> {
        let begin = Instant::now();
        loop {
            match Self::take(folder, shard) {
                Err(LockError::Held(_)) if begin.elapsed() < patience && stop.code().is_none() => {
                    std::thread::sleep(ASK_AGAIN);
                }
                answer => return answer,
            }
        }
    }

    /// Takes the folder's lock: exclusive for a whole run; for a shard shared, and the shard's own exclusive.
    pub fn take(folder: &Path, shard: Option<Shard>) -> Result<Self, LockError> {
        let mut held = vec![lock(&folder.join(LOCK_FILE), shard.is_some())?];
        if let Some(shard) = shard {
            held.push(lock(&folder.join(format!("{LOCK_FILE}.shard-{}-of-{}", shard.index, shard.count)), false)?);
        }
        Ok(Self { _held: held })
    }
}

fn lock(path: &Path, shared: bool) -> Result<File, LockError> {
    let name = || path.display().to_string();
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .map_err(|error| LockError::Io(name(), error))?;
    // mark: folder-locked
    match if shared { file.try_lock_shared() } else { file.try_lock() } {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LockError::Held(name())),
        Err(TryLockError::Error(error)) => Err(LockError::Io(name(), error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_locked_once_and_freed_at_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = Locks::take(folder.path(), None).expect("free");
        assert!(matches!(Locks::take(folder.path(), None), Err(LockError::Held(_))));
        assert!(matches!(Locks::take(folder.path(), Some(Shard { index: 1, count: 2 })), Err(LockError::Held(_))));
        drop(first);
        Locks::take(folder.path(), None).expect("free again");
    }

    #[test]
    fn shards_share_the_folder_but_not_their_part() {
        let folder = tempfile::tempdir().expect("a folder");
        let _one = Locks::take(folder.path(), Some(Shard { index: 1, count: 2 })).expect("free");
        let _two = Locks::take(folder.path(), Some(Shard { index: 2, count: 2 })).expect("another part");
        assert!(matches!(Locks::take(folder.path(), Some(Shard { index: 1, count: 2 })), Err(LockError::Held(_))));
        assert!(matches!(Locks::take(folder.path(), None), Err(LockError::Held(_))));
    }
}
