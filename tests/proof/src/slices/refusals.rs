//! What must not be merged is refused, says why and what to do, and nothing is changed by it.

use std::path::Path;
use std::time::{Duration, Instant};

use super::field::{Ended, Field, RUN_ID};
use super::shards::run_shards;
use super::tree::{Tree, copy};
use crate::{Bench, Case};

/// A slow archive, so that a shard is at work for a while.
const SLOW: Duration = Duration::from_millis(1500);

/// Refused with that exit code, in words that hold all of these, and without any change.
fn refused(ended: &Ended, code: i32, words: &[&str], tree: Option<(&Tree, &Path)>) -> Result<String, String> {
    ended.expect(&[code])?;
    let line = ended.error_line();
    if let Some(missing) = words.iter().find(|word| !ended.said.contains(**word)) {
        return Err(format!("{missing:?} is not said: {}", ended.said));
    }
    if let Some((before, root)) = tree {
        Tree::read(root)?.same_as(before).map_err(|problem| format!("it changed something: {problem}"))?;
    }
    Ok(format!("exit {code}: {line}"))
}

pub(super) fn run(bench: &Bench, field: &Field, reference: &Tree, cases: &mut Vec<Case>) -> Result<(), String> {
    let folder = |name: &str| bench.folder(&format!("refusals-{name}")).map_err(|error| error.to_string());
    let good = folder("good")?;
    run_shards(field, &good, 2, true)?;
    let untouched = Tree::read(&good)?;
    let mut on_copy = |name: &str, change: &dyn Fn(&Path) -> Result<(), String>, code: i32, words: &[&str]| {
        let root = folder(&name.replace(' ', "-"))?;
        copy(&good, &root)?;
        change(&root)?;
        let before = Tree::read(&root)?;
        let seen = refused(&field.merge(&root), code, words, Some((&before, &root)));
        cases.push(Case::of(name, seen));
        Ok::<_, String>(root)
    };
    let run_folder = |root: &Path| root.join("data/runs").join(RUN_ID);
    let shard_1 = |root: &Path, folder: &str| root.join(folder).join(RUN_ID).join("manifest.shard-1-of-2.json");

    on_copy(
        "a shard that was never run",
        &|root| remove(&run_folder(root).join("shards/2-of-2.json")),
        21,
        &["2 were never run", "--shard 2/2"],
    )?;
    on_copy(
        "a shard without the manifest of a step",
        &|root| remove(&shard_1(root, "data/masks")),
        21,
        &["shard 1/2", "no manifest of step mask"],
    )?;
    on_copy(
        "a file of a shard changed",
        &|root| {
            let catalogue = first_with(&root.join("data/catalogs/p1").join(RUN_ID), ".cat")?;
            let mut bytes = fs_err::read(&catalogue).map_err(|error| error.to_string())?;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs_err::write(&catalogue, bytes).map_err(|error| error.to_string())
        },
        21,
        &["detect-p1", "other than its manifest says"],
    )?;
    on_copy(
        "a file of a shard removed",
        &|root| remove(&first_with(&root.join("data/psf").join(RUN_ID), ".psf")?),
        21,
        &["step psf", "missing"],
    )?;
    on_copy(
        "a unit taken out of a shard's manifest",
        &|root| {
            edit(&shard_1(root, "data/filter"), |value| {
                value["units"].as_array_mut().and_then(Vec::pop).map(|_| ()).ok_or("no unit".to_owned())
            })
        },
        21,
        &["step filter", "in no shard"],
    )?;
    on_copy(
        "a shard of another build",
        &|root| {
            edit(&shard_1(root, "data/filter"), |value| {
                value["build"] = "0.0.1+000000000000".into();
                Ok(())
            })
        },
        21,
        &["step filter", "build"],
    )?;
    on_copy(
        "a manifest that was made again after it was read",
        &|root| {
            edit(&shard_1(root, "data/masks"), |value| {
                value["units"][0]["warnings"] = serde_json::json!([{"kind": "odd", "message": "made again"}]);
                Ok(())
            })
        },
        21,
        &["shard 1/2", "another one than it is now"],
    )?;
    on_copy(
        "a manifest that breaks its schema",
        &|root| {
            edit(&shard_1(root, "data/xmatch"), |value| {
                value["units"][0]["status"] = "perhaps".into();
                Ok(())
            })
        },
        21,
        &["/units/0/status"],
    )?;

    let root = on_copy(
        "a shard of another configuration",
        &|root| {
            let other = ["--shard", "2/2", "--set", "detect-p1.detect.threshold_sigma=7"];
            field.run(root, &other).expect(&[0, 3, 20]).map(|_| ())
        },
        21,
        &["shard 2", "threshold_sigma", "--shard 2/2"],
    )?;
    field.run(&root, &["--shard", "2/2"]).expect(&[0, 3, 20])?;
    field.merge(&root).expect(&[0, 3])?;
    let rest = field.run(&root, &[]);
    let seen = rest.expect(&[0, 3]).and_then(|_| Tree::read(&root)?.same_as(reference));
    cases.push(Case::of("that shard run again as it must be, merged, ended", seen));

    let others: [(&str, &[&str], i32, &[&str]); 6] = [
        ("a shard with another tiling", &["--shard", "1/2", "--set", "tiling.tile_size=\"9x9\""], 21, &["tiling"]),
        ("a shard of another number of shards", &["--shard", "1/3"], 21, &["shards of 2"]),
        ("--shard 3/2", &["--shard", "3/2"], 2, &["i/n"]),
        ("--shard with --only", &["--shard", "1/2", "--only", "x"], 2, &["--only"]),
        ("--shard from summarize on", &["--shard", "1/2", "--from-step", "summarize"], 2, &["summarize"]),
        ("--shard of tiling alone", &["--shard", "1/2", "--to-step", "tiling"], 2, &["tiling"]),
    ];
    for (name, words, code, said) in others {
        let seen = refused(&field.run(&good, words), code, said, Some((&untouched, &good)));
        cases.push(Case::of(name, seen));
    }
    let no_id = folder("no-id")?;
    let ended = field.skyledger(&no_id, &["run", "vanished", "--ra", "1", "--dec", "1", "--shard", "1/2"]);
    cases.push(Case::of("--shard without --run-id", refused(&ended, 2, &["--run-id"], None)));
    let ended = field.skyledger(&no_id, &["merge", "run-none"]);
    cases.push(Case::of("merge of a run that there is not", refused(&ended, 2, &["no such run"], None)));

    failing(bench, field, reference, cases)
}

/// Shards that fail, are killed, or are at work.
fn failing(bench: &Bench, field: &Field, reference: &Tree, cases: &mut Vec<Case>) -> Result<(), String> {
    let folder = |name: &str| bench.folder(&format!("refusals-{name}")).map_err(|error| error.to_string());
    let root = folder("failed")?;
    field.run(&root, &["--shard", "1/2"]).expect(&[0, 3, 20])?;
    let dead = ["--shard", "2/2", "--fail-fast", "--service", "stsci-dss=http://127.0.0.1:9"];
    let quick = ["--set", "download.transfer.retry=0"];
    let ended = field.run(&root, &[&dead[..], &quick].concat());
    ended.expect(&[75])?;
    let seen = refused(&field.merge(&root), 21, &["shard 2/2", "failed with exit code 75", "download"], None);
    cases.push(Case::of("a shard that failed (--fail-fast, no network: 75)", seen));

    field.server.delay(SLOW);
    let mut child = field.start(&root, &["--shard", "2/2"])?;
    let at_work = wait_for(|| root.join("data/downloads").join(RUN_ID).join(".lock.shard-2-of-2").exists())
        .and_then(|()| wait_for(|| record_is_open(&root)));
    if let Err(problem) = at_work {
        kill_group(&mut child);
        return Err(problem);
    }
    for (name, ended) in [
        ("merge while a shard is at work", field.merge(&root)),
        ("a whole run while a shard is at work", field.run(&root, &[])),
        ("the same shard twice at once", field.run(&root, &["--shard", "2/2"])),
    ] {
        cases.push(Case::of(name, refused(&ended, 75, &["another command works on"], None)));
    }
    kill_group(&mut child);
    field.server.delay(Duration::ZERO);
    // The step that the runner started ends by itself when the pipe closes, or was killed with it.
    let freed = wait_for(|| field.merge(&root).code != 75);
    let seen = freed.and_then(|()| refused(&field.merge(&root), 21, &["shard 2/2", "has not ended"], None));
    cases.push(Case::of("a shard that was killed", seen));
    field.run(&root, &["--shard", "2/2"]).expect(&[0, 3, 20])?;
    field.merge(&root).expect(&[0, 3])?;
    let rest = field.run(&root, &[]);
    let seen = rest.expect(&[0, 3]).and_then(|_| Tree::read(&root)?.same_as(reference));
    cases.push(Case::of("the killed shard run again, merged, ended = whole run", seen));
    Ok(())
}

/// Whether the record of shard 2 says that it is at work.
fn record_is_open(root: &Path) -> bool {
    let path = root.join("data/runs").join(RUN_ID).join("shards/2-of-2.json");
    step_contract::read_strict(&path).is_ok_and(|record| record.get("exit").is_none())
}

fn wait_for(condition: impl Fn() -> bool) -> Result<(), String> {
    let clock = Instant::now();
    while !condition() {
        if clock.elapsed() > Duration::from_secs(60) {
            return Err("it did not come about within 60 s".to_owned());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// SIGKILL for the command and every step that it started.
fn kill_group(child: &mut std::process::Child) {
    let group = format!("-{}", child.id());
    let killed = std::process::Command::new("kill").args(["-9", "--", &group]).status();
    if !killed.is_ok_and(|status| status.success()) {
        let _ = child.kill();
    }
    let _ = child.wait();
}

fn remove(path: &Path) -> Result<(), String> {
    fs_err::remove_file(path).map_err(|error| error.to_string())
}

fn first_with(folder: &Path, ending: &str) -> Result<std::path::PathBuf, String> {
    let mut found: Vec<_> = fs_err::read_dir(folder)
        .map_err(|error| error.to_string())?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    found.sort();
    found.into_iter().next().ok_or_else(|| format!("{} holds no {ending}", folder.display()))
}

fn edit(path: &Path, change: impl Fn(&mut serde_json::Value) -> Result<(), String>) -> Result<(), String> {
    let mut value = step_contract::read_strict(path).map_err(|error| error.to_string())?;
    change(&mut value)?;
    fs_err::write(path, value.to_string()).map_err(|error| error.to_string())
}
