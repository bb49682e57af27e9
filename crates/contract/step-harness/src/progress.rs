//! Progress: a bar on a terminal, plain log lines elsewhere.

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

/// The bar that log lines must not write through.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Progress of one step.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    shown: bool,
}

impl Progress {
    /// A bar where stderr is a terminal and it was not switched off.
    pub(crate) fn new(wanted: bool) -> Self {
        Self { shown: wanted && io::stderr().is_terminal() }
    }

    /// So many units are to be made.
    pub(crate) fn begin(&self, label: &str, units: usize) {
        if self.shown && units > 0 {
            let bar = ProgressBar::new(units as u64).with_prefix(label.to_owned());
            if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} units, {eta} left {msg}") {
                bar.set_style(style);
            }
            *BAR.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
        }
    }

    /// One unit ended.
    pub(crate) fn step(&self, unit: &str) {
        if let Some(bar) = BAR.lock().unwrap_or_else(PoisonError::into_inner).as_ref().filter(|_| self.shown) {
            bar.set_message(unit.to_owned());
            bar.inc(1);
        }
    }

    /// All ended.
    pub(crate) fn end(&self) {
        if let Some(bar) = BAR.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

/// Stderr for log lines: above the bar where there is one, and silent when nobody reads it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AboveBar;

impl Write for AboveBar {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bar = BAR.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let write = || io::stderr().write_all(bytes);
        let _ = match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        };
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = io::stderr().flush();
        Ok(())
    }
}
