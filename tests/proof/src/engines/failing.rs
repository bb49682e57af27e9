//! Tools that fail, hang or write garbage: a typed outcome with what they said, and nothing left behind.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::field::{Field, manifest};
use crate::Case;

/// What a false tool does, and the kind of the outcome that it must have. `$REAL` is the tool itself.
const FAULTS: [(&str, &str, &str); 6] = [
    ("fails", "echo '> *Error*: broken on purpose' >&2; exit 7", "engine_failed"),
    ("is killed", "kill -9 $$", "engine_failed"),
    ("hangs", "echo still thinking >&2; sleep 600", "engine_time_limit"),
    ("writes nothing", "exit 0", "engine_output"),
    ("writes garbage", "echo garbage > $OUT; exit 0", "engine_output"),
    ("is cut short", "\"$REAL\" \"$@\"; head -c 700 $OUT > cut; mv cut $OUT; exit 0", "engine_output"),
];

/// Step, engine, program, argument for the version, its answer, file that it writes.
const ENGINES: [(&str, &str, &str, &str, &str, &str); 3] = [
    ("detect", "sextractor", "source-extractor", "--version", "Source Extractor version 9.9.9", "found.cat"),
    ("psf", "psfex", "psfex", "--version", "PSFEx version 9.9.9", "catalog.psf"),
    ("xmatch", "stilts", "stilts", "-version", "STILTS version 9.9.9", "pairs.vot"),
];

/// Every fault in every engine, and a wrong pair of STILTS.
pub(super) fn cases(field: &Field) -> Vec<Case> {
    let mut cases = Vec::new();
    for engine in &ENGINES {
        for (what, script, kind) in &FAULTS {
            let name = format!("{} {what}", engine.2);
            cases.push(Case::of(&name, fault(field, engine, what, script, kind)));
        }
        cases.push(Case::of(format!("another version of {} makes another key", engine.2), version(field, engine)));
    }
    // A lawful table of one pair that is none.
    let wrong = "printf 'det_index,ref_index,Separation\\n0,0,1.5\\n' > lie.csv; \"$REAL\" tpipe ifmt=csv ofmt=votable in=lie.csv out=$OUT; exit $?";
    cases.push(Case::of("stilts pairs rows that are none", fault(field, &ENGINES[2], "lies", wrong, "engine_output")));
    let zeros = "\"$REAL\" \"$@\" -SAMPLE_MINSN 1e9; exit 0";
    cases.push(Case::of(
        "psfex finds no star and says 0",
        fault(field, &ENGINES[1], "zeros", zeros, "psf_insufficient_stars"),
    ));
    cases
}

fn words(field: &Field, step: &str, engine: &str, out: &str) -> Vec<String> {
    let (masks, p1) = (field.manifest_of("data/masks"), field.manifest_of("data/catalogs/p1"));
    let usnob = field.manifest_of("data/ext/usnob");
    let reads: &[(&str, &Path)] = match step {
        "detect" => &[("frames", &masks)],
        "psf" => &[("frames", &masks), ("catalog", &p1)],
        _ => &[("detections", &p1), ("references", &usnob)],
    };
    // Long enough for a real run in between, short enough for the one that hangs.
    field.step(step, out, reads, &[&format!("engine={engine:?}"), "engine_limits.time_s=20.0"])
}

fn fault(
    field: &Field,
    (step, engine, program, version_argument, version, file): &(&str, &str, &str, &str, &str, &str),
    what: &str,
    script: &str,
    kind: &str,
) -> Result<String, String> {
    let what = what.replace(' ', "-");
    let path = false_tool(field, &format!("{program}-{what}"), program, (version_argument, version), file, script)?;
    let out = format!("failing-{step}-{what}");
    let mut words = words(field, step, engine, &out);
    if kind == "engine_time_limit" {
        words.extend(["--set".to_owned(), "engine_limits.time_s=2.0".to_owned()]);
    }
    field.skyledger_with_path(&words, &path)?.expect(20)?;
    let manifest = manifest(&field.out_manifest(&out))?;
    let unit = &manifest["units"][0];
    let reason = &unit["reason"];
    if reason["kind"] != kind || unit.get("files").is_some() {
        return Err(format!("status {}, reason {reason}, expected {kind}", unit["status"]));
    }
    let message = reason["message"].as_str().unwrap_or_default();
    if message.contains(&field.trials.display().to_string()) || message.contains(".tmp") {
        return Err(format!("the reason names a folder: {message}"));
    }
    let said =
        script.split("echo ").nth(1).and_then(|rest| rest.split(" >&2").next()).filter(|_| script.contains(">&2"));
    if let Some(said) = said.map(|said| said.trim_matches('\'')).filter(|said| !message.contains(said)) {
        return Err(format!("what it said ({said}) is not in the reason: {message}"));
    }
    let left = left_in(&field.out(&out))?;
    if left.is_empty() {
        Ok(format!("{}: {message}", unit["status"].as_str().unwrap_or_default()))
    } else {
        Err(format!("left behind: {}", left.join(", ")))
    }
}

/// The version is part of the key: a unit made with another one is made again.
fn version(
    field: &Field,
    (step, engine, program, version_argument, _, file): &(&str, &str, &str, &str, &str, &str),
) -> Result<String, String> {
    let out = format!("version-{step}");
    let words = words(field, step, engine, &out);
    let mut seen = Vec::new();
    for (round, version) in [("a", "7.0.1"), ("b", "7.0.1"), ("c", "7.0.2")] {
        let name = format!("{program}-version-{round}");
        let path = false_tool(field, &name, program, (version_argument, version), file, "exec \"$REAL\" \"$@\"")?;
        field.skyledger_with_path(&words, &path)?.expect(0)?;
        let manifest = manifest(&field.out_manifest(&out))?;
        let reused = manifest["execution"]["reused"].as_array().map_or(0, Vec::len);
        let named = manifest["engine"].clone();
        if named != serde_json::json!({"name": engine, "version": version}) {
            return Err(format!("the manifest says engine {named}, expected {engine} {version}"));
        }
        seen.push((manifest["units"][0]["key"].clone(), reused));
    }
    match seen.as_slice() {
        [(first, 0), (second, 1), (third, 0)] if first == second && first != third => {
            Ok("7.0.1 twice: reused; 7.0.2: another key, made again".to_owned())
        }
        other => Err(format!("keys and reuse: {other:?}")),
    }
}

/// A folder with a program of that name before the rest of PATH.
fn false_tool(
    field: &Field,
    name: &str,
    program: &str,
    (version_argument, version): (&str, &str),
    file: &str,
    script: &str,
) -> Result<OsString, String> {
    let text = |error: std::io::Error| error.to_string();
    let real = test_sky::tool(program).ok_or_else(|| format!("{program} is not installed"))?;
    let folder = field.trials.join("false").join(name);
    fs_err::create_dir_all(&folder).map_err(text)?;
    let place = folder.join(program);
    let script = format!(
        "#!/bin/sh\nREAL={}\nOUT={file}\ncase \"$1\" in\n  {version_argument}) echo '{version}'; exit 0;;\n  \
         -dp) exec \"$REAL\" -dp;;\nesac\n{script}\n",
        real.display()
    );
    fs_err::write(&place, script).map_err(text)?;
    fs_err::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).map_err(text)?;
    let before = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&before)))
        .map_err(|error| error.to_string())
}

/// What lies in a step's folder beside its manifest and what is execution.
fn left_in(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs_err::read_dir(folder).map_err(|error| error.to_string())?;
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.retain(|name| {
        name != "manifest.json" && !name.ends_with(".lock") && !name.ends_with(".execution.json") && name != "inputs"
    });
    names.sort();
    Ok(names)
}
