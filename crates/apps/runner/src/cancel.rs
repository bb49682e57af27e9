//! Stopping a run.

use step_harness::Stop;

/// Stops a run cleanly, as SIGINT does: the step at work ends the units that it is making, and the run can be resumed.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Stop);

impl Cancel {
    /// Asks the run to stop.
    pub fn cancel(&self) {
        self.0.interrupt();
    }

    /// SIGINT and SIGTERM ask the run to stop.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub fn on_signals(&self) -> std::io::Result<()> {
        self.0.on_signals()
    }

    pub(crate) const fn stop(&self) -> &Stop {
        &self.0
    }
}
