//! One request to a service at a time, on the whole machine, with a pause between two.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::error::FailureKind;
use crate::patience::{LOOK_EVERY, Patience};

/// Whose turn it is at one service: threads of this process by a mutex, processes by a locked file in the cache, whose time is that of the last request.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    mutex: Mutex<()>,
}

impl Turn {
    /// Waits for its turn and for the pause after the last request, then does the work; [`FailureKind::Stopped`] where the program is asked to
    /// stop before.
    pub(crate) fn take<T>(
        &self,
        folder: &Path,
        gap: Duration,
        patience: &Patience,
        work: impl FnOnce() -> Result<T, FailureKind>,
    ) -> Result<T, FailureKind> {
        let disk =
            |error: io::Error| FailureKind::Disk { what: format!("{}: {error}", folder.join("turn.lock").display()) };
        let _thread = self.mutex.lock().unwrap_or_else(PoisonError::into_inner);
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("turn.lock")).map_err(disk)?;
        while let Err(error) = file.try_lock() {
            match error {
                TryLockError::Error(error) => return Err(disk(error)),
                TryLockError::WouldBlock => patience.wait(LOOK_EVERY)?,
            }
        }
        patience.wait(pause(&file, gap).map_err(disk)?)?;
        let result = work();
        file.set_len(1).and_then(|()| file.set_modified(SystemTime::now())).map_err(disk)?;
        result
    }
}

/// What is left of the pause; never more than the pause, whatever the clock did. An empty file was never used.
fn pause(file: &File, gap: Duration) -> io::Result<Duration> {
    let metadata = file.metadata()?;
    if metadata.len() == 0 {
        return Ok(Duration::ZERO);
    }
    Ok(match SystemTime::now().duration_since(metadata.modified()?) {
        Ok(since) => gap.saturating_sub(since),
        Err(_) => gap,
    })
}
