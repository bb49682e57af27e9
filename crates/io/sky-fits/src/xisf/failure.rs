//! What is wrong with an XISF file, in the words of its attributes.

use crate::FitsErrorKind;

/// An attribute or a place of the file that is not what the specification asks for.
pub(super) fn refuse(place: &str, found: impl Into<String>, expected: impl Into<String>) -> FitsErrorKind {
    FitsErrorKind::Xisf { place: place.to_owned(), found: found.into(), expected: expected.into() }
}
