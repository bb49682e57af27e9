//! The end of a program.

/// How a program ended.
pub(super) struct Ended {
    /// `None`: by a signal.
    pub(super) exit: Option<i32>,
    pub(super) stderr: String,
}
