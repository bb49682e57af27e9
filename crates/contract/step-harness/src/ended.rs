//! The end of a run as a whole, with its exit code.

/// An error of the run as a whole, with its exit code.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) exit: u8,
    pub(crate) message: String,
}

impl Ended {
    pub(crate) fn new(exit: u8, message: impl ToString) -> Self {
        Self { exit, message: message.to_string() }
    }
}
