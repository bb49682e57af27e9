//! Files of a run by what a step says of them in its `describe`.

use std::path::{Path, PathBuf};

use step_contract::{ContractError, ProductEntry, RawManifest};

use crate::description::Description;
use crate::layout::Layout;
use crate::run_json::RunJson;

/// The run's files whose role a step's description names, in the order of the steps; `describe` gives the description of a step id, where it
/// can be asked.
///
/// # Errors
/// When a manifest cannot be read.
pub fn run_files(
    layout: &Layout,
    run: &RunJson,
    products: &[ProductEntry],
    mut describe: impl FnMut(&str) -> Option<Description>,
    role: impl Fn(&Description) -> Option<&String>,
) -> Result<Vec<PathBuf>, ContractError> {
    let mut files = Vec::new();
    for step in &run.steps {
        let Some(description) = describe(&step.step) else { continue };
        let Some(role) = role(&description) else { continue };
        let path = layout.run_folder().join(&step.manifest);
        let manifest = RawManifest::read(&path, products)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        files.extend(manifest.files.get(role).map(|entry| manifest.path_of(folder, entry)));
    }
    Ok(files)
}
