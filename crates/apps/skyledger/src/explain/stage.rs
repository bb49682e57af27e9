//! One step of a run, as far as explaining needs it.

use std::path::{Path, PathBuf};

use runner::{Description, InputDescription, Layout, RunJson, Steps};
use step_contract::{FileEntry, RawManifest, RawUnit, RowMeaning};

use super::error::ExplainError;

/// One step of a run with its manifest.
pub(super) struct Stage {
    pub(super) label: String,
    pub(super) manifest: RawManifest,
    pub(super) inputs: Vec<InputDescription>,
    explained_roles: Vec<(String, RowMeaning)>,
    value: serde_json::Value,
    folder: PathBuf,
}

impl Stage {
    pub(super) fn unit(&self, id: &str) -> Option<&RawUnit> {
        self.manifest.unit(id)
    }

    pub(super) fn facts(&self, id: &str) -> serde_json::Value {
        let units = self.value["units"].as_array().into_iter().flatten();
        units.filter(|unit| unit["unit"] == id).map(|unit| unit["facts"].clone()).next().unwrap_or_default()
    }

    /// Whether its rows say what was kept and what was dropped.
    pub(super) fn judges(&self) -> bool {
        self.has_rows(|meaning| matches!(meaning, RowMeaning::Kept | RowMeaning::Dropped))
    }

    /// Whether its rows say what was paired.
    pub(super) fn pairs(&self) -> bool {
        self.has_rows(|meaning| matches!(meaning, RowMeaning::Pair | RowMeaning::Unpaired))
    }

    fn has_rows(&self, of: impl Fn(RowMeaning) -> bool) -> bool {
        self.explained_roles.iter().any(|(_, meaning)| of(*meaning))
    }

    /// The tables of a unit whose rows say that.
    pub(super) fn tables<'a>(
        &'a self,
        unit: &'a RawUnit,
        meaning: RowMeaning,
    ) -> impl Iterator<Item = &'a FileEntry> + 'a {
        let roles = self.explained_roles.iter().filter(move |(_, found)| *found == meaning);
        roles.filter_map(|(role, _)| unit.files.get(role))
    }

    pub(super) fn path_of(&self, entry: &FileEntry) -> PathBuf {
        self.manifest.path_of(&self.folder, entry)
    }
}

/// The steps of a run that have a manifest, in order. A step that can no longer be asked what its rows say has none to explain.
pub(super) fn stages(root: &Path, run_id: &str, steps: &Steps) -> Result<Vec<Stage>, ExplainError> {
    let root = std::path::absolute(root).map_err(|error| ExplainError::Run(error.to_string()))?;
    let layout = Layout { root, run_id: run_id.to_owned() };
    let run = RunJson::read(&layout.run_json()).map_err(|error| ExplainError::Run(error.to_string()))?;
    run.steps
        .into_iter()
        .map(|step| {
            let path = layout.run_folder().join(&step.manifest);
            let (manifest, value) =
                RawManifest::read_json(&path, products::ALL).map_err(|error| ExplainError::File(error.to_string()))?;
            let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
            let described = steps.describe(&step.step);
            let (inputs, roles) = described
                .map(|Description { inputs, explained_roles, .. }| (inputs, explained_roles))
                .unwrap_or_default();
            let explained_roles = roles.into_iter().collect();
            Ok(Stage { label: step.label, manifest, inputs, explained_roles, value, folder })
        })
        .collect()
}
