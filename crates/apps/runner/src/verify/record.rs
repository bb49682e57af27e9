//! `run.json`, or the record of a shard, against itself, its workflow and its manifests.

use std::path::{Path, PathBuf};

use step_contract::{RawManifest, Shard};
use step_harness::manifest_name;

use super::seen::{clean, differs};
use crate::layout::Layout;
use crate::run_json::{RunJson, RunStep};

/// A run as a file tells it.
pub(super) struct Record<'a> {
    /// The file.
    pub(super) path: PathBuf,
    /// Where in it the run stands, as a JSON pointer.
    pub(super) place: &'static str,
    /// The run.
    pub(super) run: &'a RunJson,
    /// Of which shard it is; `None` for the whole run.
    pub(super) shard: Option<Shard>,
}

impl Record<'_> {
    /// Its file's name, for messages about other files.
    pub(super) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn differs(&self, member: &str, found: &str, expected: &str) -> String {
        differs(&self.path, &format!("{}{member}", self.place), found, expected)
    }
}

/// The record itself: its seal, its run id, its labels.
pub(super) fn verify(layout: &Layout, record: &Record<'_>, problems: &mut Vec<String>) {
    let run = record.run;
    if let Some(problem) = RunJson::broken_seal(&record.path) {
        problems.push(problem);
    }
    if run.run_id != layout.run_id {
        problems.push(record.differs("/run_id", &run.run_id, &layout.run_id));
    }
    let labels: Vec<&str> = run.steps.iter().map(|step| step.label.as_str()).collect();
    let known: Vec<&str> = run.workflow.labels().into_iter().filter(|label| labels.contains(label)).collect();
    if labels != known {
        let expected = format!("labels of its workflow: {}", known.join(", "));
        problems.push(record.differs("/steps", &labels.join(", "), &expected));
    }
}

/// One of its steps against the workflow and against the manifest that it names.
pub(super) fn verify_step(
    layout: &Layout,
    record: &Record<'_>,
    (index, step): (usize, &RunStep),
    (path, manifest): (&Path, &RawManifest),
    problems: &mut Vec<String>,
) {
    if manifest.identity != step.identity {
        let said = format!("{} ({})", step.identity, record.name());
        problems.push(differs(path, "", &format!("identity {}", manifest.identity), &said));
    }
    let mut hold = |member: &str, said: &str, found: &str| {
        if said != found {
            let expected = format!("{found} ({})", path.display());
            problems.push(record.differs(&format!("/steps/{index}/{member}"), said, &expected));
        }
    };
    hold("label", &step.label, &manifest.label);
    hold("step", &step.step, &manifest.step);
    hold("product/name", &step.product.name, &manifest.product.name);
    hold("product/version", &step.product.version.to_string(), &manifest.product.version.to_string());
    if manifest.run_id != layout.run_id {
        problems.push(differs(path, "/run_id", &manifest.run_id, &layout.run_id));
    }
    verify_shard(record, (path, manifest), problems);
    if let Some((_, wanted)) = record.run.workflow.step(&step.label) {
        let place = clean(&layout.manifest(wanted).with_file_name(manifest_name(manifest.shard)));
        if place != path {
            let (found, expected) = (path.display().to_string(), place.display().to_string());
            problems.push(record.differs(&format!("/steps/{index}/manifest"), &found, &expected));
        }
        let also = wanted.also.as_ref().filter(|_| manifest.shard.is_none());
        if also != step.also.as_ref() {
            let text = |name: Option<&String>| name.map_or("no second name", String::as_str).to_owned();
            let (found, expected) = (text(step.also.as_ref()), text(also));
            problems.push(record.differs(&format!("/steps/{index}/also"), &found, &expected));
        }
    }
}

/// A manifest of a shard holds only units that are this shard's; in a whole run there is none.
fn verify_shard(record: &Record<'_>, (path, manifest): (&Path, &RawManifest), problems: &mut Vec<String>) {
    let Some(shard) = manifest.shard else { return };
    if record.shard != Some(shard) {
        let expected = record.shard.map_or_else(|| "a whole run".to_owned(), |shard| format!("shard {shard}"));
        problems.push(differs(path, "/shard", &format!("shard {shard}"), &format!("{expected} ({})", record.name())));
    }
    for (index, unit) in manifest.units.iter().enumerate().filter(|(_, unit)| !shard.takes(unit.root())) {
        problems.push(differs(path, &format!("/units/{index}/unit"), &unit.unit, &format!("units of shard {shard}")));
    }
}
