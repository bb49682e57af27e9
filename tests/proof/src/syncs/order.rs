//! The order in which files, folders and manifests reach the disk.

use std::path::Path;

use super::witness::{Call, Deed};

/// Fewer final files than a chain of fourteen labels writes prove nothing.
const FILES_AT_LEAST: usize = 50;

/// Says what was synced in which order, or what was not.
pub(super) fn prove(calls: &[Call]) -> Result<String, String> {
    let renames: Vec<(usize, &Call)> = calls.iter().enumerate().filter(|(_, call)| call.deed == Deed::Rename).collect();
    let mut wrong = Vec::new();
    for (at, rename) in &renames {
        if !synced_before(calls, *at, rename) {
            wrong.push(format!("{} got its name before it was synced", rename.to));
        }
        if !rename.to.starts_with("data/cache/") && !folder_synced_after(calls, *at, rename) {
            wrong.push(format!("the folder of {} was not synced after it got its name", rename.to));
        }
    }
    let manifests: Vec<&(usize, &Call)> = renames.iter().filter(|(_, call)| is_manifest(&call.to)).collect();
    for (at, manifest) in &manifests {
        wrong.extend(after_manifest(calls, *at, manifest));
    }
    let lines = journal_lines(calls, &mut wrong);
    let last = |is_it: fn(&str) -> bool| renames.iter().filter(|(_, call)| is_it(&call.to)).map(|(at, _)| *at).max();
    if last(|name| name.ends_with("/run.json")) < last(is_manifest) {
        wrong.push("run.json stands before the last manifest".to_owned());
    }
    match wrong.as_slice() {
        [] if renames.len() < FILES_AT_LEAST => {
            Err(format!("only {} files were renamed, expected at least {FILES_AT_LEAST}", renames.len()))
        }
        [] => Ok(format!(
            "{} files synced before their rename and their folders after, {lines} lines of journals synced, {} manifests last",
            renames.len(),
            manifests.len()
        )),
        wrong => Err(format!("{} faults: {}", wrong.len(), wrong[..wrong.len().min(4)].join("; "))),
    }
}

fn is_manifest(name: &str) -> bool {
    name.ends_with("/manifest.json") && !name.contains("/inputs/")
}

fn folder_of(name: &str) -> String {
    Path::new(name).parent().map(|folder| folder.display().to_string()).unwrap_or_default()
}

/// No write between the last sync of the file and its rename.
fn synced_before(calls: &[Call], at: usize, rename: &Call) -> bool {
    calls[..at]
        .iter()
        .rev()
        .find(|call| call.path == rename.path && matches!(call.deed, Deed::Write | Deed::Sync | Deed::Create))
        .is_some_and(|call| call.deed == Deed::Sync)
}

/// The same thread syncs the folder before it renames anything else.
fn folder_synced_after(calls: &[Call], at: usize, rename: &Call) -> bool {
    let folder = folder_of(&rename.to);
    calls[at + 1..]
        .iter()
        .filter(|call| call.thread == rename.thread)
        .take_while(|call| call.deed != Deed::Rename)
        .any(|call| call.deed == Deed::Sync && call.path == folder)
}

/// What was written into the folder of a manifest after it stood.
fn after_manifest(calls: &[Call], at: usize, manifest: &Call) -> Option<String> {
    let folder = format!("{}/", folder_of(&manifest.to));
    calls[at + 1..].iter().find_map(|call| {
        let place = if call.deed == Deed::Rename { &call.to } else { &call.path };
        let writes = matches!(call.deed, Deed::Create | Deed::Write | Deed::Rename);
        (writes && place.starts_with(&folder) && !place.ends_with("/.lock"))
            .then(|| format!("{place} was written after {}", manifest.to))
    })
}

/// Every line of a journal is synced before anything else happens to the journal; how many there are.
fn journal_lines(calls: &[Call], wrong: &mut Vec<String>) -> usize {
    let mut lines = 0;
    for (at, call) in calls.iter().enumerate() {
        if call.deed == Deed::Write && call.path.ends_with("/units.jsonl") {
            lines += 1;
            let next = calls[at + 1..].iter().find(|later| later.path == call.path);
            if next.is_none_or(|next| next.deed != Deed::Sync) {
                wrong.push(format!("a line of {} was not synced", call.path));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(deed: Deed, path: &str, to: &str) -> Call {
        Call { deed, thread: 1, path: path.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn a_file_that_is_not_synced_before_its_rename_is_seen() {
        let good = [
            call(Deed::Create, "data/x/.writing-a", ""),
            call(Deed::Write, "data/x/.writing-a", ""),
            call(Deed::Sync, "data/x/.writing-a", ""),
            call(Deed::Rename, "data/x/.writing-a", "data/x/a"),
            call(Deed::Sync, "data/x", ""),
        ];
        assert!(synced_before(&good, 3, &good[3]) && folder_synced_after(&good, 3, &good[3]));
        let mut late = good.clone();
        late.swap(1, 2);
        assert!(!synced_before(&late, 3, &late[3]), "a write after the sync");
        assert!(!folder_synced_after(&good[..4], 3, &good[3]), "the folder is never synced");
        assert!(prove(&good).is_err_and(|why| why.contains("only 1 files")));
    }

    #[test]
    fn what_is_written_after_the_manifest_is_seen() {
        let calls = [
            call(Deed::Rename, "data/x/.writing-a", "data/x/manifest.json"),
            call(Deed::Rename, "data/x/.writing-b", "data/x/b"),
        ];
        assert!(after_manifest(&calls, 0, &calls[0]).is_some_and(|why| why.contains("data/x/b")));
    }
}
