//! Printing without panicking into a closed pipe.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether something could not be printed.
static LOST: AtomicBool = AtomicBool::new(false);

/// A line on stdout. Nobody reads after `| head`: that is no error. A full disk is one, said once.
pub(crate) fn line(text: impl std::fmt::Display) {
    if let Err(problem) = writeln!(anstream::stdout(), "{text}")
        && problem.kind() != std::io::ErrorKind::BrokenPipe
        && !LOST.swap(true, Ordering::Relaxed)
    {
        error(format!("print the result: {problem}"));
    }
}

/// Whether a line was lost that somebody may wait for.
pub(crate) fn lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

/// A line on stderr.
pub(crate) fn error(text: impl std::fmt::Display) {
    let _ = writeln!(anstream::stderr(), "skyledger: {text}");
}

/// A remark on stderr.
pub(crate) fn remark(text: impl std::fmt::Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A value as one line of JSON on stdout.
pub(crate) fn json_line(value: &impl serde::Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => line(text),
        Err(problem) => error(format!("print JSON: {problem}")),
    }
}

/// A value as JSON on stdout.
pub(crate) fn json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => line(text),
        Err(problem) => error(format!("print JSON: {problem}")),
    }
}
