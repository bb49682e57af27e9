//! The step xmatch.
