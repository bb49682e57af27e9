//! Verifying a run: every hash, schema and count, and nothing that was added; of shards that are not merged yet the same.

use std::path::Path;

use step_contract::{ProductEntry, RawManifest};

use crate::layout::Layout;
use crate::run_json::RunJson;
use crate::shard::ShardRecord;
use record::Record;
pub(crate) use seen::clean;
use seen::{Seen, differs, read, verify_manifest};
pub use seen::{Verdict, verify_file};

mod added;
mod record;
mod seen;
mod shards;

/// Verifies a run below its root, reading every file.
pub fn verify_run(layout: &Layout, products: &[ProductEntry]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut seen = Seen::default();
    let shards = shards::read(layout, &mut seen, &mut verdict);
    let run = match RunJson::read(&layout.run_json()) {
        Ok(run) => Some(run),
        Err(error) => {
            verdict.problems.push(error.to_string());
            None
        }
    };
    if run.is_none() && shards.is_empty() {
        return verdict;
    }
    seen.folders.insert(layout.run_folder());
    seen.known.insert(layout.run_json());
    if let Some(run) = &run {
        let record = Record { path: layout.run_json(), place: "", run, shard: None };
        record::verify(layout, &record, &mut verdict.problems);
        verify_record(layout, &record, &shards, products, &mut seen, &mut verdict);
    }
    for shard in &shards {
        let record = shards::record_of(layout, shard);
        record::verify(layout, &record, &mut verdict.problems);
        verify_record(layout, &record, &shards, products, &mut seen, &mut verdict);
    }
    shards::verify_all(layout, run.as_ref(), &shards, &seen, &mut verdict);
    seen.known.extend(seen.identities.keys().cloned());
    for folder in seen.folders.iter().filter(|folder| !shards::is_at_work(folder)) {
        for file in added::added(folder, &seen.known) {
            verdict.problems.push(differs(&file, "", "a file that was added", "only what the manifests list"));
        }
    }
    verdict.problems.sort();
    verdict.problems.dedup();
    verdict
}

/// The inputs and steps of a record, each with its manifest.
fn verify_record(
    layout: &Layout,
    record: &Record<'_>,
    shards: &[ShardRecord],
    products: &[ProductEntry],
    seen: &mut Seen,
    verdict: &mut Verdict,
) {
    for (index, input) in record.run.inputs.iter().enumerate() {
        let path = clean(&layout.run_folder().join(&input.manifest));
        let Some(identity) = seen.adopted(&path, products, verdict) else { continue };
        if identity != input.identity {
            let place = format!("{}/inputs/{index}/identity", record.place);
            let said = format!("{} ({})", input.identity, record.name());
            verdict.problems.push(differs(&path, "", &format!("identity {identity}"), &said));
            verdict.problems.push(differs(&record.path, &place, &input.identity, &identity));
        }
    }
    for (index, step) in record.run.steps.iter().enumerate() {
        let path = clean(&layout.run_folder().join(&step.manifest));
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        seen.folders.insert(folder.clone());
        let is_seen = seen.identities.contains_key(&path);
        if record.shard.is_none() && shards::puts_aside(shards, &step.label, &path) {
            continue;
        }
        let Some((manifest, value)) = read(&path, products, verdict) else { continue };
        record::verify_step(layout, record, (index, step), (&path, &manifest), &mut verdict.problems);
        if is_seen {
            // A step that all shards share.
            verdict.manifests -= 1;
            verdict.units -= manifest.units.len();
            continue;
        }
        verify_manifest(&path, &manifest, &value, products, verdict);
        seen.known.extend(manifest.all_files().map(|(_, _, entry)| clean(&manifest.path_of(&folder, entry))));
        seen.identities.insert(path.clone(), manifest.identity.clone());
        verify_reads(&path, &manifest, products, seen, verdict);
        if let Some(also) = &step.also {
            let twin = folder.join(also);
            verify_twin(&path, &twin, verdict);
            seen.known.insert(twin);
        }
    }
}

/// Every manifest that it read still has the identity that it had.
fn verify_reads(
    path: &Path,
    manifest: &RawManifest,
    products: &[ProductEntry],
    seen: &mut Seen,
    verdict: &mut Verdict,
) {
    let folder = path.parent().unwrap_or(Path::new("."));
    for (index, read) in manifest.reads.iter().enumerate() {
        let read_path = match read.path.strip_prefix("input:").and_then(|rest| rest.split_once('/')) {
            // From outside the root: where it lies is execution.
            Some((name, relative)) => match manifest.execution["inputs"][name].as_str() {
                Some(base) => clean(&Path::new(base).join(relative)),
                None => continue,
            },
            None => clean(&folder.join(&read.path)),
        };
        let Some(identity) = seen.adopted(&read_path, products, verdict) else { continue };
        if identity != read.identity {
            let found = format!("the identity {} of {}", read.identity, read_path.display());
            verdict.problems.push(differs(path, &format!("/reads/{index}/identity"), &found, &identity));
        }
    }
}

fn verify_twin(path: &Path, also: &Path, verdict: &mut Verdict) {
    let expected = || format!("the bytes of {}", path.display());
    match (std::fs::read(path), std::fs::read(also)) {
        (Ok(manifest), Ok(twin)) if manifest == twin => {}
        (_, Err(error)) => verdict.problems.push(differs(also, "", &format!("nothing to read ({error})"), &expected())),
        _ => verdict.problems.push(differs(also, "", "other bytes", &expected())),
    }
}
