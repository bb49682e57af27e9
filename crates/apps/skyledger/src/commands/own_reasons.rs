//! The units of a run that are not done for a reason of their own: the last lines of the command name them.

use runner::{Layout, RunJson};
use step_contract::{ProductEntry, RawManifest, Status};

/// Most units that are named.
const SHOWN: usize = 20;
/// Kind of reason of a unit that waits for another one: that one is named.
const WAITS: &str = "blocked";

/// One line for each unit that is failed, unprocessable or blocked by what it found, with its reason.
pub(super) fn lines(layout: &Layout, products: &[ProductEntry]) -> Vec<String> {
    let Ok(run) = RunJson::read(&layout.run_json()) else { return Vec::new() };
    let manifests = run.steps.iter().filter_map(|step| {
        let manifest = RawManifest::read(&layout.run_folder().join(&step.manifest), products).ok()?;
        Some((step.label.clone(), manifest))
    });
    let mut lines: Vec<String> = manifests
        .flat_map(|(label, manifest)| {
            let ended = manifest.units.into_iter().filter_map(|unit| Some((unit.unit, unit.status, unit.reason?)));
            let own = ended.filter(|(_, status, reason)| {
                matches!(status, Status::Failed | Status::Unprocessable | Status::Blocked) && reason.kind != WAITS
            });
            own.map(|(unit, status, reason)| {
                format!("{} {label}/{unit} ({}): {}", status.name(), reason.kind, reason.message)
            })
            .collect::<Vec<_>>()
        })
        .collect();
    if lines.len() > SHOWN {
        let more = lines.len() - SHOWN;
        lines.truncate(SHOWN);
        lines.push(format!("and {more} more: skyledger status {}", layout.run_id));
    }
    lines
}
