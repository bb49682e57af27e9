//! What a trial answers.

/// The answer of one trial: what was seen, or what is wrong.
pub(super) type Answer = Result<String, String>;
