//! Signals and the parent's pipe: a step stops cleanly, leaving its journal; the runner after its step.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Exit code after SIGINT.
const INTERRUPTED: usize = 130;
/// Exit code after SIGTERM, and when the runner died.
const TERMINATED: usize = 143;
/// A unit that does not end within this time after a signal is left as it is: the journal has what was done.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// Whether, and with which exit code, the program was asked to stop.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// The exit code, when asked to stop: 130 after SIGINT, 143 after SIGTERM.
    pub fn code(&self) -> Option<u8> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            code => u8::try_from(code).ok(),
        }
    }

    /// Asks to stop as SIGINT does.
    pub fn interrupt(&self) {
        self.0.store(INTERRUPTED, Ordering::Relaxed);
    }

    /// Asks to stop as SIGTERM does.
    pub(crate) fn terminate(&self) {
        self.0.store(TERMINATED, Ordering::Relaxed);
    }

    /// SIGINT and SIGTERM ask to stop; the second one ends the program at once. SIGHUP keeps its meaning, so that `nohup` works.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub fn on_signals(&self) -> std::io::Result<()> {
        let second = Arc::new(AtomicBool::new(false));
        for (signal, code) in [(signal_hook::consts::SIGINT, INTERRUPTED), (signal_hook::consts::SIGTERM, TERMINATED)] {
            let status = i32::try_from(code).unwrap_or(1);
            signal_hook::flag::register_conditional_shutdown(signal, status, Arc::clone(&second))?;
            signal_hook::flag::register(signal, Arc::clone(&second))?;
            signal_hook::flag::register_usize(signal, Arc::clone(&self.0), code)?;
        }
        // Where a limit on the size of files ends a write, the write fails (EFBIG) and names its file; the signal's own
        // meaning would end the program without a word.
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
        Ok(())
    }

    /// The end of the pipe that the runner holds open asks to stop.
    pub(crate) fn on_end_of_pipe(&self, descriptor: u32) -> std::io::Result<()> {
        let mut pipe: Box<dyn std::io::Read + Send> = match descriptor {
            0 => Box::new(std::io::stdin()),
            other => Box::new(fs_err::File::open(format!("/dev/fd/{other}"))?),
        };
        let stop = self.clone();
        std::thread::spawn(move || {
            let mut byte = [0];
            while matches!(pipe.read(&mut byte), Ok(1)) {}
            tracing::warn!("the program that started this step is gone");
            stop.terminate();
        });
        Ok(())
    }

    /// Once asked to stop, ends the program after a time of grace, should the units in work not end by themselves.
    pub(crate) fn end_after_grace(&self, resume: Option<String>) {
        const LOOK_EVERY: Duration = Duration::from_millis(100);
        let stop = self.clone();
        std::thread::spawn(move || {
            let code = loop {
                match stop.code() {
                    Some(code) => break code,
                    None => std::thread::sleep(LOOK_EVERY),
                }
            };
            tracing::warn!("asked to stop: units in work have {} s to end; once more to end now", GRACE.as_secs());
            let asked = Instant::now();
            while asked.elapsed() < GRACE {
                std::thread::sleep(LOOK_EVERY);
            }
            match resume {
                Some(resume) => tracing::warn!("stopped; resume with: {resume}"),
                None => tracing::warn!("stopped"),
            }
            std::process::exit(i32::from(code));
        });
    }
}
