//! Events for people, on stderr: a bar of progress on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use step_contract::{Event, Status};

/// The bar that no line may be written through.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// A consumer of events: one for a run, or for a step that is run by hand.
#[derive(Clone, Debug)]
pub struct Display {
    own_label: String,
    is_terminal: bool,
    /// Whether every unit and message has a line.
    lines: bool,
}

impl Display {
    /// Of a run: every event that people want to see.
    pub fn of_run() -> Self {
        Self { own_label: String::new(), is_terminal: io::stderr().is_terminal(), lines: true }
    }

    /// Of a step whose log lines go to stderr as well: the bar only.
    pub(crate) fn bar_only(label: &str) -> Self {
        Self { own_label: label.to_owned(), is_terminal: io::stderr().is_terminal(), lines: false }
    }

    /// Shows an event of the step with that label.
    pub fn show(&mut self, label: Option<&str>, event: &Event) {
        let label = label.unwrap_or(&self.own_label).to_owned();
        match event {
            Event::StepStarted { to_make, .. } if self.is_terminal && *to_make > 0 => begin_bar(&label, *to_make),
            Event::UnitStarted { unit } => with_bar(|bar| bar.set_message(unit.clone())),
            Event::Progress { done, .. } => with_bar(|bar| bar.set_position(*done)),
            Event::StepEnded { .. } | Event::RunEnded { .. } => self.clear(),
            _ => {}
        }
        if let Some(line) = self.line(&label, event).filter(|_| self.lines) {
            let _ = AboveBar.write_all(format!("{line}\n").as_bytes());
        }
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        if let Some(bar) = BAR.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }

    fn line(&self, label: &str, event: &Event) -> Option<String> {
        let place =
            |unit: &Option<String>| unit.as_ref().map_or_else(|| label.to_owned(), |unit| format!("{label} {unit}"));
        match event {
            Event::StepStarted { units, to_make } => Some(format!("{label}: {units} units, {to_make} to make")),
            // On a terminal the bar counts the units that end well.
            Event::UnitEnded { status: Status::Done, .. } if self.is_terminal => None,
            Event::UnitEnded { unit, status, reason, seconds } => {
                let why = reason.as_ref().map(|reason| format!(": {}", reason.message)).unwrap_or_default();
                Some(format!("{label} {unit}: {} in {seconds:.2} s{why}", status.name()))
            }
            Event::Warning { unit, message, .. } => Some(format!("warning: {}: {message}", place(unit))),
            Event::Message { is_error: true, message, .. } => Some(format!("error: {message}")),
            Event::Message { unit, message, .. } => Some(format!("{}: {message}", place(unit))),
            Event::RunStarted { .. }
            | Event::StepCalled { .. }
            | Event::UnitStarted { .. }
            | Event::Progress { .. }
            | Event::StepEnded { .. }
            | Event::RunEnded { .. } => None,
        }
    }
}

fn begin_bar(label: &str, units: u64) {
    let bar = ProgressBar::new(units).with_prefix(label.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} units, {eta} left {msg}") {
        bar.set_style(style);
    }
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
}

fn with_bar(change: impl FnOnce(&ProgressBar)) {
    if let Some(bar) = BAR.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
        change(bar);
    }
}

/// Stderr for lines: above the bar where there is one, and silent when nobody reads it.
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
