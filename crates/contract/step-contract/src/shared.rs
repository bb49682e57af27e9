//! An input that is reached by a shared edge.

use std::ops::Deref;

use crate::input::Input;
use crate::product::Product;

/// An input whose units a job names by any id: masters of a frame, the catalogue of a field, what was worked out once for a group.
/// A unit that a job names and that is not done blocks it.
#[derive(Clone, Debug)]
pub struct Shared<P: Product>(Input<P>);

impl<P: Product> Shared<P> {
    /// The input as one of shared units.
    pub const fn new(input: Input<P>) -> Self {
        Self(input)
    }
}

impl<P: Product> Deref for Shared<P> {
    type Target = Input<P>;

    fn deref(&self) -> &Input<P> {
        &self.0
    }
}
