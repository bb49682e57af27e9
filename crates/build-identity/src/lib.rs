//! The build string that every program links.
