//! What one cell of the table gave.

use crate::Case;

/// Its case, and the outcomes that were seen in it.
pub(super) type Cell = (Case, Vec<String>);
