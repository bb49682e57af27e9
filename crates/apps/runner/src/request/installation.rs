//! What a program brings along for its runs.

use step_contract::ProductEntry;

use crate::steps::Steps;
use crate::workflow_source::BuiltInWorkflow;

/// Steps, products and workflows that a program has.
#[derive(Clone)]
pub struct Installation {
    /// Steps.
    pub steps: Steps,
    /// Products.
    pub products: &'static [ProductEntry],
    /// Workflows with their configurations.
    pub workflows: &'static [BuiltInWorkflow],
    /// Build of the program.
    pub build: &'static str,
    /// Build of what adopts files.
    pub adoption_build: &'static str,
}
