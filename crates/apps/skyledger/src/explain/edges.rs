//! Where a unit comes from beside the units of its own id: shared units, the members of its group, products of the library.

use std::path::Path;

use step_contract::{Edge, FileEntry, RawManifest, RawUnit, Ties};

use super::page::Page;
use super::stage::Stage;

/// Members of a group named in full; of more the number is told.
const MAX_NAMED_MEMBERS: usize = 10;

/// Adds what the unit reached by edges, each line with the label that made it.
pub(super) fn push_edges(page: &mut Page, stages: &[Stage], stage: &Stage, unit: &RawUnit) {
    if let Some(Ties { group, root, shares, .. }) = unit.ties.as_deref() {
        for (name, text) in [("group", group), ("root", root)] {
            if let Some(text) = text {
                page.push("", format!("{name} {text}"));
            }
        }
        for (input, ids) in shares {
            for (label, found) in
                read_by(stages, stage, input).flat_map(|from| ids.iter().filter_map(|id| of(from, id)))
            {
                page.push("", format!("{input}: shares {} of {label}, {}", found.unit, found.status.name()));
                for (role, entry) in &found.files {
                    page.push("", format!("  {role}: {} sha256 {}", entry.path, entry.sha256));
                }
            }
        }
    }
    for input in stage.inputs.iter().filter(|input| input.edge == Edge::Members) {
        for from in read_by(stages, stage, &input.name) {
            push_members(page, from, &input.name, &unit.unit);
        }
    }
    for (role, entry) in &unit.files {
        push_made_of(page, stage, role, entry);
    }
}

/// The manifests that a step read for an input.
fn read_by<'a>(stages: &'a [Stage], stage: &'a Stage, input: &'a str) -> impl Iterator<Item = &'a Stage> + 'a {
    let reads = stage.manifest.reads.iter().filter(move |read| read.input == input);
    reads.filter_map(|read| stages.iter().find(|from| from.manifest.identity == read.identity))
}

fn of<'a>(from: &'a Stage, id: &str) -> Option<(&'a str, &'a RawUnit)> {
    from.unit(id).map(|unit| (from.label.as_str(), unit))
}

/// The members of a group by how they ended, those that are not done with their reasons.
fn push_members(page: &mut Page, from: &Stage, input: &str, group: &str) {
    let is_member = |unit: &&RawUnit| unit.ties.as_ref().is_some_and(|ties| ties.group.as_deref() == Some(group));
    let members: Vec<&RawUnit> = from.manifest.units.iter().filter(is_member).collect();
    if members.is_empty() {
        return;
    }
    let ids: Vec<&str> = members.iter().take(MAX_NAMED_MEMBERS).map(|unit| unit.unit.as_str()).collect();
    let more = members.len().saturating_sub(ids.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    page.push("", format!("{input}: {} members of {}: {}{more}", members.len(), from.label, ids.join(", ")));
    for unit in members {
        if let Some(reason) = &unit.reason {
            page.push("", format!("  {} {}: {}", unit.unit, unit.status.name(), reason.message));
        } else if from.facts(&unit.unit)["selection"]["kept"] == false {
            page.push("", format!("  {} rejected", unit.unit));
        }
    }
}

/// What a file of the library was made of, from the manifest beside it.
fn push_made_of(page: &mut Page, stage: &Stage, role: &str, entry: &FileEntry) {
    let path = stage.path_of(entry);
    let Some(manifest) = path.parent().map(|folder| folder.join("manifest.json")).filter(|path| in_library(path))
    else {
        return;
    };
    let shelved = match RawManifest::read(&manifest, products::ALL) {
        Ok(shelved) => shelved,
        Err(error) => return page.push("", format!("{role}: its manifest in the library cannot be read: {error}")),
    };
    for ties in shelved.units.iter().filter_map(|unit| unit.ties.as_deref()) {
        for (input, ids) in &ties.shares {
            let ids = ids.join(", ");
            page.push("", format!("{role}: made in the library by {} of {input} {ids}", shelved.step));
        }
    }
    for read in &shelved.reads {
        page.push("", format!("  {}: {} of {} (identity {})", read.input, read.path, read.label, read.identity));
    }
}

fn in_library(manifest: &Path) -> bool {
    manifest.components().any(|part| part.as_os_str() == "library") && manifest.is_file()
}
