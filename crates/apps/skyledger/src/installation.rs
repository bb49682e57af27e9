//! What this program brings along: its steps, products and workflows.

use runner::{BuiltInWorkflow, Installation};

use crate::steps;

macro_rules! built_in {
    ($($name:literal),*) => {
        &[$(BuiltInWorkflow {
            name: $name,
            workflow: include_str!(concat!("../../../../workflows/", $name, ".toml")),
            config: include_str!(concat!("../../../../config/", $name, ".toml")),
        }),*]
    };
}

/// The built-in workflows with their configurations.
const WORKFLOWS: &[BuiltInWorkflow] = built_in!["vanished", "vasco", "random", "night", "stack"];

/// All of it.
pub(crate) fn installation() -> std::io::Result<Installation> {
    Ok(Installation {
        steps: steps::all()?,
        products: products::ALL,
        workflows: WORKFLOWS,
        build: build_identity::BUILD,
        adoption_build: build_identity::ADOPTION,
    })
}
