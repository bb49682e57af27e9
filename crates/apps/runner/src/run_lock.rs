//! The lock of a run: one command at a time, or shards beside each other. It dies with its holder.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use step_contract::Shard;

use crate::layout::Layout;
use crate::shard::lock_name;

/// The lock of a whole run, in its folder.
pub(crate) const WHOLE: &str = "run.lock";
/// How often, and how long, a lock that somebody holds is tried: who only looks whether a run is at work holds it for a moment.
const TRIES: usize = 10;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// Locks held while a command works on a run.
#[derive(Debug)]
pub struct RunLock {
    _held: Vec<File>,
}

/// A run cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum RunLockError {
    /// Another command holds it.
    #[error("{run_id}: another command works on this run; try again later")]
    Held {
        /// The run.
        run_id: String,
    },
    /// Another command runs the same shard.
    #[error("{run_id}: another command works on shard {shard} of this run; try again later")]
    ShardHeld {
        /// The run.
        run_id: String,
        /// The shard.
        shard: Shard,
    },
    /// The lock file cannot be made.
    #[error("lock {}: {source}", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl RunLock {
    /// Takes a run: alone, or as one of its shards.
    pub fn take(layout: &Layout, shard: Option<Shard>) -> Result<Self, RunLockError> {
        let run_id = layout.run_id.clone();
        let whole = lock(&layout.run_folder().join(WHOLE), shard.is_some())?;
        let mut held = vec![whole.ok_or(RunLockError::Held { run_id: run_id.clone() })?];
        if let Some(shard) = shard {
            let own = lock(&layout.shards_folder().join(lock_name(shard)), false)?;
            held.push(own.ok_or(RunLockError::ShardHeld { run_id, shard })?);
        }
        Ok(Self { _held: held })
    }
}

/// Whether a command works on the run of that folder (`data/runs/<run_id>`) now.
pub fn is_held(run_folder: &Path) -> bool {
    is_locked(&run_folder.join(WHOLE))
}

/// Whether somebody holds that lock now.
pub(crate) fn is_locked(lock: &Path) -> bool {
    let Ok(file) = File::options().read(true).write(true).open(lock) else { return false };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

/// The locked file; none where somebody else goes on holding it.
fn lock(path: &Path, shared: bool) -> Result<Option<File>, RunLockError> {
    let disk = |source| RunLockError::Disk { path: path.to_owned(), source };
    path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(disk)?;
    let file = File::options().create(true).truncate(false).read(true).write(true).open(path).map_err(disk)?;
    for _ in 0..TRIES {
        match if shared { file.try_lock_shared() } else { file.try_lock() } {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
            Err(TryLockError::Error(source)) => return Err(disk(source)),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_work_beside_each_other_and_not_beside_a_whole_run() {
        let root = tempfile::tempdir().expect("a folder");
        let layout = Layout { root: root.path().to_owned(), run_id: "run-1".to_owned() };
        let shard = |index| Some(Shard { index, count: 2 });
        let one = RunLock::take(&layout, shard(1)).expect("free");
        let _two = RunLock::take(&layout, shard(2)).expect("another part");
        assert!(matches!(RunLock::take(&layout, shard(1)), Err(RunLockError::ShardHeld { .. })));
        assert!(matches!(RunLock::take(&layout, None), Err(RunLockError::Held { .. })));
        drop(one);
        RunLock::take(&layout, shard(1)).expect("free again");
    }
}
