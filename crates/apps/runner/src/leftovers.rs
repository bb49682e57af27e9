//! Files in a step's folder that its manifest does not list.

use std::collections::BTreeSet;
use std::path::PathBuf;

use step_contract::{ContractError, ProductEntry, RawManifest};
use step_harness::remove_unlisted;

use crate::layout::Layout;
use crate::workflow::WorkflowStep;

/// Leftovers cannot be removed.
#[derive(Debug, thiserror::Error)]
pub enum LeftoverError {
    /// The manifest is not as it must be.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The disk.
    #[error(transparent)]
    Disk(#[from] std::io::Error),
}

/// Removes what the whole manifest of a step does not list; nothing that came from outside.
pub(crate) fn remove(layout: &Layout, products: &[ProductEntry], step: &WorkflowStep) -> Result<(), LeftoverError> {
    let folder = layout.step_folder(step);
    let path = layout.manifest(step);
    let manifest = RawManifest::read(&path, products)?;
    let outside: Vec<PathBuf> = manifest.execution["inputs"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, folder)| folder.as_str().map(PathBuf::from))
        .collect();
    if outside.contains(&folder) {
        // Inputs lie in the step's own folder: what came from outside is never removed.
        return Ok(());
    }
    let mut listed: BTreeSet<PathBuf> =
        manifest.all_files().map(|(_, _, entry)| crate::verify::clean(&manifest.path_of(&folder, entry))).collect();
    listed.extend(step.also.iter().map(|name| folder.join(name)));
    listed.insert(path);
    let mut kept = vec![folder.join("inputs")];
    kept.extend(outside);
    Ok(remove_unlisted(&folder, &listed, &kept)?)
}
