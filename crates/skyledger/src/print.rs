//! Printing without panicking into a closed pipe.

use std::io::Write as _;

/// A line on stdout. Nobody reads after `| head`: that is no error.
pub(crate) fn line(text: impl std::fmt::Display) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// A line on stderr.
pub(crate) fn error(text: impl std::fmt::Display) {
    let _ = writeln!(anstream::stderr(), "skyledger: {text}");
}

/// A remark on stderr.
pub(crate) fn remark(text: impl std::fmt::Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A value as JSON on stdout.
pub(crate) fn json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => line(text),
        Err(problem) => error(format!("print JSON: {problem}")),
    }
}
