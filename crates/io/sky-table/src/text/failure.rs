//! Messages of failure that services send instead of a table, often with HTTP status 200.

use crate::TableFileError;

/// What such messages say; compared ignoring case, in the text outside of rows.
const PHRASES: &[&str] = &[
    "too many jobs",
    "mauvaise requ",
    "bad request",
    "internal server error",
    "service unavailable",
    "gateway time",
    "try later",
    "try again later",
    "access denied",
    "forbidden",
];
/// How much of a text is looked at.
const HEAD_CHARACTERS: usize = 4096;

/// Refuses a text that is a message of failure: `#ERROR` or `****` comments of VizieR, `Usage:`, and the phrases of
/// overloaded servers where nothing looks like a table.
pub(crate) fn refuse_failure(name: &str, text: &str) -> Result<(), TableFileError> {
    for line in text.lines() {
        let comment = line.strip_prefix('#').map(str::trim_start);
        let is_error = comment.is_some_and(|comment| comment.starts_with("ERROR") || comment.starts_with("****"));
        if is_error || line.starts_with("Usage:") || comment.is_some_and(|comment| comment.starts_with("Usage:")) {
            return Err(TableFileError::Service { file: name.to_owned(), message: short(line) });
        }
    }
    let head: String = text.chars().take(HEAD_CHARACTERS).collect();
    let lower = head.to_ascii_lowercase();
    let data_lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).take(3).count();
    if data_lines < 3
        && let Some(phrase) = PHRASES.iter().find(|phrase| lower.contains(**phrase))
    {
        let line = head.lines().find(|line| line.to_ascii_lowercase().contains(phrase)).unwrap_or(&head);
        return Err(TableFileError::Service { file: name.to_owned(), message: short(line) });
    }
    Ok(())
}

/// A line for a message: its first 200 characters.
pub(crate) fn short(line: &str) -> String {
    line.trim().chars().filter(|symbol| !symbol.is_control()).take(200).collect()
}
