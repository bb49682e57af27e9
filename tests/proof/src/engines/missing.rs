//! A tool that is not there: exit code 21, naming the Debian package.

use std::ffi::OsStr;

use super::field::{Field, RUN};
use crate::Case;

/// Each step that has an engine, that engine and its package, in this process's step and in a run of the chain.
pub(super) fn cases(field: &Field) -> Vec<Case> {
    let nowhere = field.trials.join("empty-path");
    let made = fs_err::create_dir_all(&nowhere);
    [("detect", "sextractor", "source-extractor"), ("psf", "psfex", "psfex"), ("xmatch", "stilts", "stilts")]
        .into_iter()
        .flat_map(|(step, engine, package)| {
            let alone = made
                .as_ref()
                .map_err(ToString::to_string)
                .and_then(|()| step_alone(field, step, engine, package, nowhere.as_os_str()));
            let chained = chain(field, step, engine, package, nowhere.as_os_str());
            [
                Case::of(format!("no {engine} on PATH, step {step}"), alone),
                Case::of(format!("no {engine} on PATH, run"), chained),
            ]
        })
        .chain([Case::of("describe lists the engines", described(field))])
        .collect()
}

fn step_alone(field: &Field, step: &str, engine: &str, package: &str, path: &OsStr) -> Result<String, String> {
    let (masks, p1) = (field.manifest_of("data/masks"), field.manifest_of("data/catalogs/p1"));
    let usnob = field.manifest_of("data/ext/usnob");
    let reads: &[(&str, &std::path::Path)] = match step {
        "detect" => &[("frames", &masks)],
        "psf" => &[("frames", &masks), ("catalog", &p1)],
        _ => &[("detections", &p1), ("references", &usnob)],
    };
    let out = format!("missing-{step}");
    let words = field.step(step, &out, reads, &[&format!("engine={engine:?}")]);
    let ended = field.skyledger_with_path(&words, path)?.expect(21)?;
    if field.out_manifest(&out).exists() {
        return Err("a manifest was written all the same".to_owned());
    }
    named(&ended.stderr, package)
}

fn chain(field: &Field, step: &str, engine: &str, package: &str, path: &OsStr) -> Result<String, String> {
    let (label, from, to) = match step {
        "detect" => ("detect-p2", "detect-p2", "detect-p2"),
        "psf" => ("psf", "psf", "psf"),
        _ => ("xmatch", "detect-p1", "filter"),
    };
    let reads: &[(&str, &str)] = match step {
        "detect" => &[("detect-p2.frames", "data/masks"), ("detect-p2.psf", "data/psf")],
        "psf" => &[("psf.frames", "data/masks"), ("psf.catalog", "data/catalogs/p1")],
        _ => &[
            ("detect-p1.frames", "data/masks"),
            ("xmatch.references", "data/ext/usnob"),
            ("filter.references", "data/ext/usnob"),
        ],
    };
    let root = field.trials.join(format!("missing-{engine}"));
    fs_err::create_dir_all(&root).map_err(|error| error.to_string())?;
    let mut words: Vec<String> =
        ["run", "vasco", "--run-id", RUN, "--from-step", from, "--to-step", to].map(str::to_owned).to_vec();
    words.extend(["--root".to_owned(), root.display().to_string()]);
    for setting in [format!("{label}.engine={engine:?}"), "detect-p1.detect.vignet=true".to_owned()] {
        words.extend(["--set".to_owned(), setting]);
    }
    for (name, folder) in reads {
        words.extend(["--read".to_owned(), format!("{name}={}", field.manifest_of(folder).display())]);
    }
    let ended = field.skyledger_with_path(&words, path)?.expect(21)?;
    named(&ended.stderr, package)
}

fn named(stderr: &str, package: &str) -> Result<String, String> {
    let cure = format!("apt-get install {package}");
    if stderr.contains(&cure) { Ok(format!("exit 21: {cure}")) } else { Err(format!("{cure} is not named: {stderr}")) }
}

fn described(field: &Field) -> Result<String, String> {
    let mut seen = Vec::new();
    for (step, expected) in
        [("detect", ["native", "sextractor"]), ("psf", ["native", "psfex"]), ("xmatch", ["native", "stilts"])]
    {
        let ended = field.skyledger(["step", step, "describe"])?.expect(0)?;
        let described: serde_json::Value = serde_json::from_str(&ended.stdout).map_err(|error| error.to_string())?;
        if described["engines"] != serde_json::json!(expected) {
            return Err(format!("{step} offers {}, expected {expected:?}", described["engines"]));
        }
        seen.push(format!("{step}: {}", expected.join(", ")));
    }
    Ok(seen.join("; "))
}
