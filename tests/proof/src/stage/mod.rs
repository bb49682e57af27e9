//! What the classes that interrupt a chain share: a short survey, the tree that it leaves, and the shim below it.

mod ended;
mod shim;
mod survey;
mod tree;

pub(crate) use ended::{Ended, Started, in_shell};
pub(crate) use shim::Shim;
pub(crate) use survey::{Label, RUN_ID, Survey};
pub(crate) use tree::{Tree, leftovers, manifests_hold};

/// The text of any error.
pub(crate) fn text(error: impl ToString) -> String {
    error.to_string()
}
