//! `--shard 1/n` to `n/n`, then `merge`, is what a run without shards is.

use super::field::{Field, RUN_ID};
use super::labels::LABELS;
use super::tree::{Tree, copy};
use crate::{Bench, Case};

/// What shards do: everything from `download` to `filter`.
const LAST_OF_SHARDS: &str = "filter";

pub(super) fn run(
    bench: &Bench,
    field: &Field,
    reference: &Tree,
    code: i32,
    cases: &mut Vec<Case>,
) -> Result<(), String> {
    // What a run without shards leaves where the shards end.
    let part = bench.folder("shards-part").map_err(|error| error.to_string())?;
    field.run(&part, &["--to-step", LAST_OF_SHARDS]).expect(&[code])?;
    let part = Tree::read(&part)?;
    let counts: &[u32] = if bench.quick { &[4] } else { &[1, 2, 3, 4, 9] };
    for count in counts {
        let root = bench.folder(&format!("shards-{count}")).map_err(|error| error.to_string())?;
        let together = *count == 4;
        let seen = run_shards(field, &root, *count, together).and_then(|()| before_merging(&root, *count));
        let how = if together { "at the same time" } else { "one after the other" };
        cases.push(Case::of(format!("{count} shards of 7 tiles, {how}"), seen));
        let merged = field.merge(&root);
        cases.push(Case::of(
            format!("merge of {count} = run without shards to {LAST_OF_SHARDS}"),
            merged.expect(&[code]).and_then(|_| Tree::read(&root)?.same_as(&part)),
        ));
        let left: Vec<String> = Tree::read(&root)?.with("shard").into_iter().map(str::to_owned).collect();
        let seen = if left.is_empty() { Ok("no file of a shard is left".to_owned()) } else { Err(left.join(", ")) };
        cases.push(Case::of(format!("merge of {count} cleans up"), seen));
        let rest = field.run(&root, &["--from-step", "summarize"]);
        cases.push(Case::of(
            format!("summarize and package after the merge of {count} = whole run"),
            rest.expect(&[code]).and_then(|_| Tree::read(&root)?.same_as(reference)),
        ));
    }
    again(bench, field, reference, code, cases)
}

/// Runs all shards; at the same time or one after the other.
pub(super) fn run_shards(field: &Field, root: &std::path::Path, count: u32, together: bool) -> Result<(), String> {
    let mut children = Vec::new();
    for index in 1..=count {
        let mut child = field.start(root, &["--shard", &format!("{index}/{count}")])?;
        if together {
            children.push((index, child));
        } else {
            expect_end(index, count, &child.wait())?;
        }
    }
    for (index, mut child) in children {
        expect_end(index, count, &child.wait())?;
    }
    Ok(())
}

/// A shard ends with 0, with 3, or with 20 where its only tile is the one without a plate.
fn expect_end(index: u32, count: u32, ended: &std::io::Result<std::process::ExitStatus>) -> Result<(), String> {
    match ended.as_ref().map(|status| status.code()) {
        Ok(Some(0 | 3 | 20)) => Ok(()),
        other => Err(format!("shard {index}/{count} ended with {other:?}")),
    }
}

/// Every shard has its manifests, nobody has a whole one behind tiling, nothing after filter ran.
fn before_merging(root: &std::path::Path, count: u32) -> Result<String, String> {
    let mut units = 0;
    for (place, (label, folder)) in LABELS.iter().enumerate() {
        let folder = root.join(folder).join(RUN_ID);
        let whole = folder.join("manifest.json").is_file();
        let parts =
            (1..=count).filter(|index| folder.join(format!("manifest.shard-{index}-of-{count}.json")).is_file());
        match (place, whole, parts.clone().count()) {
            (0, true, 0) => {}
            (1..=11, false, found) if found == count as usize => {}
            (12.., false, 0) => {}
            found => return Err(format!("{label}: {found:?}")),
        }
        if *label == LAST_OF_SHARDS {
            for index in parts {
                let path = folder.join(format!("manifest.shard-{index}-of-{count}.json"));
                let manifest = step_contract::read_strict(&path).map_err(|error| error.to_string())?;
                units += manifest["units"].as_array().map_or(0, Vec::len);
            }
        }
    }
    if units == 7 { Ok(format!("{count} x 11 manifests, 7 units in all")) } else { Err(format!("{units} units")) }
}

/// What comes after: merging twice, a merge that was stopped, shards again, and another number of shards.
fn again(bench: &Bench, field: &Field, reference: &Tree, code: i32, cases: &mut Vec<Case>) -> Result<(), String> {
    let root = bench.folder("shards-again").map_err(|error| error.to_string())?;
    run_shards(field, &root, 2, true)?;
    let stopped = bench.folder("shards-stopped").map_err(|error| error.to_string())?;
    copy(&root, &stopped)?;
    field.merge(&root).expect(&[code])?;
    let merged = Tree::read(&root)?;
    let twice = field.merge(&root);
    cases.push(Case::of(
        "merge a second time",
        twice.expect(&[code]).and_then(|ended| {
            Tree::read(&root)?.same_as(&merged)?;
            Ok(ended.last_line())
        }),
    ));
    // As a kill leaves it once the merged run stands: whole manifests beside those of the shards, some of these gone.
    copy(&root.join("data"), &stopped.join("data"))?;
    let runs = stopped.join("data/runs").join(RUN_ID);
    fs_err::rename(runs.join("shards"), runs.join("shards.merged")).map_err(|error| error.to_string())?;
    fs_err::remove_file(stopped.join("data/masks").join(RUN_ID).join("manifest.shard-1-of-2.json"))
        .map_err(|error| error.to_string())?;
    let refused = field.run(&stopped, &["--shard", "1/2"]);
    cases.push(Case::of(
        "a shard while a stopped merge waits for its end",
        refused.expect(&[21]).map(|ended| format!("exit 21: {}", ended.error_line())),
    ));
    let ended = field.merge(&stopped);
    cases.push(Case::of(
        "merge goes on where it was stopped",
        ended.expect(&[code]).and_then(|_| Tree::read(&stopped)?.same_as(&merged)),
    ));
    run_shards(field, &root, 2, true)?;
    let filter = root.join("data/filter").join(RUN_ID).join("manifest.shard-1-of-2.json");
    let manifest = step_contract::read_strict(&filter).map_err(|error| error.to_string())?;
    let (units, reused) = (&manifest["units"], &manifest["execution"]["reused"]);
    let count = |value: &serde_json::Value| value.as_array().map_or(0, Vec::len);
    let done = units.as_array().into_iter().flatten().filter(|unit| unit["status"] == "done").count();
    let seen = if count(reused) == done { Ok(format!("{done} units reused")) } else { Err(reused.to_string()) };
    cases.push(Case::of("shards of a merged run reuse its units", seen));
    field.merge(&root).expect(&[code])?;
    cases.push(Case::of("merged again", Tree::read(&root)?.same_as(&merged)));
    // A changed parameter: every unit of that step again, in shards, and then whole with what the shards made.
    let changed = ["--set", "filter.validator_tolerance_arcsec=0.04"];
    for shard in ["1/2", "2/2"] {
        field.run(&root, &[&changed[..], &["--shard", shard]].concat()).expect(&[0, 3, 20])?;
    }
    let whole = field.run(&root, &changed);
    let other = bench.folder("shards-changed").map_err(|error| error.to_string())?;
    field.run(&other, &changed).expect(&[code])?;
    cases.push(Case::of(
        "a whole run takes over what shards made, with another parameter",
        whole.expect(&[code]).and_then(|_| Tree::read(&root)?.same_as(&Tree::read(&other)?)),
    ));
    let back = field.run(&root, &[]);
    cases.push(Case::of(
        "and back to the first parameter",
        back.expect(&[code]).and_then(|_| Tree::read(&root)?.same_as(reference)),
    ));
    Ok(())
}
