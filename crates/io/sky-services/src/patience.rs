//! Waiting that ends at once when the program is asked to stop.

use std::fmt;
use std::time::{Duration, Instant};

use crate::error::FailureKind;

/// How often a wait looks whether it is to end.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Says whether the program was asked to stop.
pub(crate) struct Patience(Box<dyn Fn() -> bool + Send + Sync>);

impl Patience {
    pub(crate) fn until(is_stopping: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Box::new(is_stopping))
    }

    /// An error where the program was asked to stop.
    pub(crate) fn check(&self) -> Result<(), FailureKind> {
        if (self.0)() { Err(FailureKind::Stopped) } else { Ok(()) }
    }

    /// Waits so long, or until the program is asked to stop.
    pub(crate) fn wait(&self, time: Duration) -> Result<(), FailureKind> {
        let begin = Instant::now();
        loop {
            self.check()?;
            match time.saturating_sub(begin.elapsed()) {
                Duration::ZERO => return Ok(()),
                left => std::thread::sleep(left.min(LOOK_EVERY)),
            }
        }
    }
}

impl Default for Patience {
    /// Without end.
    fn default() -> Self {
        Self::until(|| false)
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Patience")
    }
}
