//! Hostile manifests and configurations: through the reader of the contract, through steps, through `skyledger plan`.

mod documents;
mod settings;

use std::path::Path;

use serde_json::Value;
use step_contract::RawManifest;

use crate::attempt::{Bounds, within};
use crate::fits::good_tile;
use crate::{Bench, Case, Class, confined, message};

/// One manifest, read and checked.
const BOUNDS: Bounds = Bounds { seconds: 20, memory_mib: 700 };
/// Every so manieth wrong value of a parameter is tried; each goes through the program.
const STRIDE: usize = 4;
const QUICK_STRIDE: usize = 40;
/// Steps whose parameters are tried, with their first table and a number in it.
const STEPS: &[(&str, &str, &str)] = &[("detect", "detect", "threshold_sigma"), ("mask", "mask", "radius_max_px")];
/// A workflow whose label `detect-p1` is configured.
const LABEL: (&str, &str) = ("detect-p1.detect", "threshold_sigma");

/// Runs the class.
///
/// # Errors
/// Where the samples cannot be read.
pub fn run(bench: &Bench) -> Result<Class, String> {
    let place = bench.folder("manifests").map_err(|error| error.to_string())?;
    let mut cases = read_cases(bench, &place)?;
    cases.extend(step_cases(bench, &place)?);
    cases.extend(parameter_cases(bench, &place)?);
    cases.extend(plan_cases(bench, &place)?);
    Ok(Class { name: "files: manifests and configurations", cases, list_all: false })
}

/// The samples of all products, made hostile, through the reader of the contract.
fn read_cases(bench: &Bench, place: &Path) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    let samples = bench.checkout().join("crates/contract/products/samples");
    for product in products::ALL {
        let good = read(&samples.join(format!("{}.json", product.name)))?;
        let file = place.join("manifest.json");
        fs_err::write(&file, &good).map_err(|error| error.to_string())?;
        let seen =
            RawManifest::read(&file, products::ALL).map(|_| "read".to_owned()).map_err(|error| error.to_string());
        cases.push(Case::of(format!("{}: the good one", product.name), seen));
        for (name, bytes) in documents::hostile(&good)? {
            fs_err::write(&file, &bytes).map_err(|error| error.to_string())?;
            let path = file.clone();
            let seen = within(BOUNDS, move || {
                RawManifest::read(&path, products::ALL).map(drop).map_err(|error| error.to_string())
            });
            let seen = match seen {
                Err(wrong) => Err(wrong),
                Ok(Ok(())) => Err("it is taken".to_owned()),
                Ok(Err(refusal)) => message::complete(&refusal, "manifest.json").map(|()| refusal),
            };
            cases.push(Case::of(format!("{}: {name}", product.name), seen));
        }
        fs_err::remove_file(&file).map_err(|error| error.to_string())?;
    }
    Ok(cases)
}

/// A manifest of one real tile, made hostile, through a step.
fn step_cases(bench: &Bench, place: &Path) -> Result<Vec<Case>, String> {
    let folder = place.join("adopted");
    fs_err::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let tile = good_tile(bench.seed)?;
    fs_err::write(folder.join("tile.fits"), &tile).map_err(|error| error.to_string())?;
    let words =
        ["step", "mask", "run", "--read", "frames=tile.fits", "--out", "mask", "--run-id", "trial"].map(str::to_owned);
    let made = confined::run(&bench.skyledger(), &words, &folder)?;
    let text = read(&folder.join("mask/manifest.json")).map_err(|error| format!("{error}: {}", made.said))?;
    let manifest: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let image = manifest["units"][0]["files"]["image"].clone();
    let name = image["path"].as_str().unwrap_or_default().to_owned();
    let mut cases = vec![Case::of("step detect: the good manifest", through_step(bench, &folder, false))];
    let mut all = documents::hostile(&text)?;
    for (what, path) in [
        ("a path to nowhere", "nowhere.fits"),
        ("a path that climbs to a file of the system", "../../../../../../../../etc/passwd"),
    ] {
        let mut edited = manifest.clone();
        edited["units"][0]["files"]["image"]["path"] = Value::from(path);
        all.push((what.to_owned(), edited.to_string().into_bytes()));
    }
    for (what, member, value) in [
        ("a wrong sum of the image", "sha256", Value::from("0".repeat(64))),
        ("a wrong length of the image", "bytes", Value::from(7)),
    ] {
        let mut edited = manifest.clone();
        edited["units"][0]["files"]["image"][member] = value;
        all.push((what.to_owned(), edited.to_string().into_bytes()));
    }
    let stride = if bench.quick { 12 } else { 2 };
    let kept = all.len() - 4;
    for (number, (what, bytes)) in all.into_iter().enumerate() {
        if number % stride != 0 && number < kept {
            continue;
        }
        fs_err::write(folder.join("mask/manifest.json"), &bytes).map_err(|error| error.to_string())?;
        cases.push(Case::of(format!("step detect: {what}"), through_step(bench, &folder, true)));
    }
    fs_err::write(folder.join("mask/manifest.json"), &text).map_err(|error| error.to_string())?;
    let file = folder.join("mask").join(&name);
    let mut other = read_bytes(&file)?;
    let last = other.len() - 3000;
    other[last] ^= 1;
    fs_err::write(&file, &other).map_err(|error| error.to_string())?;
    cases.push(Case::of("step detect: an image that changed since", through_step(bench, &folder, true)));
    fs_err::remove_file(&file).map_err(|error| error.to_string())?;
    cases.push(Case::of("step detect: an image that is gone", through_step(bench, &folder, true)));
    Ok(cases)
}

/// `step detect` on the manifest in `mask`: refused with the manifest or the unit named, nothing outside `out`.
fn through_step(bench: &Bench, folder: &Path, is_hostile: bool) -> Result<String, String> {
    let words = ["step", "detect", "run", "--read", "frames=mask/manifest.json", "--out", "out", "--run-id", "trial"]
        .map(str::to_owned);
    let ended = confined::run(&bench.skyledger(), &words, folder)?;
    let _ = fs_err::remove_dir_all(folder.join("out"));
    if let Some(wrong) = ended.wrong {
        return Err(wrong);
    }
    let known = ["tile.fits", "mask", "logs", "data", "out"];
    for entry in fs_err::read_dir(folder).map_err(|error| error.to_string())? {
        let name = entry.map_err(|error| error.to_string())?.file_name().to_string_lossy().into_owned();
        if !known.contains(&name.as_str()) {
            return Err(format!("{name} appears outside its folder"));
        }
    }
    match (ended.code, is_hostile) {
        (Some(0), true) => Err("it is taken".to_owned()),
        (Some(0), false) => Ok("done".to_owned()),
        (_, false) => Err(ended.said),
        (code, true)
            if ended.said.contains("manifest.json") || ended.said.contains(".fits") || ended.said.contains("tile") =>
        {
            Ok(format!("exit {}: {}", code.unwrap_or_default(), first_error(&ended.said)))
        }
        (_, true) => Err(format!("neither manifest nor file is named: {}", ended.said)),
    }
}

/// Configurations of steps with wrong values.
fn parameter_cases(bench: &Bench, place: &Path) -> Result<Vec<Case>, String> {
    let folder = place.join("parameters");
    fs_err::create_dir_all(&folder).map_err(|error| error.to_string())?;
    fs_err::write(folder.join("tile.fits"), good_tile(bench.seed)?).map_err(|error| error.to_string())?;
    let stride = if bench.quick { QUICK_STRIDE } else { STRIDE };
    let mut cases = Vec::new();
    for (step, table, key) in STEPS {
        let schema = confined::run(&bench.skyledger(), &["step", step, "config-schema"].map(str::to_owned), &folder)?;
        let schema: Value = serde_json::from_str(&schema.said).map_err(|error| format!("schema of {step}: {error}"))?;
        let wrong = settings::of_parameters(&schema).into_iter().step_by(stride);
        for (name, text) in wrong.chain(settings::broken(table, key)) {
            fs_err::write(folder.join("trial.toml"), text).map_err(|error| error.to_string())?;
            let words = [
                "step",
                step,
                "run",
                "--read",
                "frames=tile.fits",
                "--out",
                "out",
                "--config",
                "trial.toml",
                "--run-id",
                "trial",
            ];
            cases.push(Case::of(format!("step {step}: {name}"), refused(bench, &words, &folder, "trial.toml")));
        }
    }
    Ok(cases)
}

/// Configurations and workflows through `skyledger plan`.
fn plan_cases(bench: &Bench, place: &Path) -> Result<Vec<Case>, String> {
    let folder = place.join("plan");
    fs_err::create_dir_all(folder.join("workflows")).map_err(|error| error.to_string())?;
    fs_err::create_dir_all(folder.join("config")).map_err(|error| error.to_string())?;
    let mut cases = Vec::new();
    for (name, text) in settings::broken(LABEL.0, LABEL.1) {
        fs_err::write(folder.join("trial.toml"), text).map_err(|error| error.to_string())?;
        let words = ["plan", "vasco", "--ra", "150", "--dec", "20", "--root", "root", "--config", "trial.toml"];
        cases.push(Case::of(format!("plan: {name}"), refused(bench, &words, &folder, "trial.toml")));
    }
    let good = read(&bench.checkout().join("workflows/vanished.toml"))?;
    let config = read(&bench.checkout().join("config/vanished.toml"))?;
    fs_err::write(folder.join("config/vanished.toml"), config).map_err(|error| error.to_string())?;
    let workflows = settings::workflows(&good);
    let words = ["plan", "workflows/trial.toml", "--ra", "150", "--dec", "20", "--root", "root"];
    fs_err::write(folder.join("workflows/trial.toml"), &good).map_err(|error| error.to_string())?;
    let sound = confined::run(&bench.skyledger(), &words.map(str::to_owned), &folder)?;
    let sound = if sound.wrong.is_none() && sound.code == Some(0) { Ok("planned".to_owned()) } else { Err(sound.said) };
    cases.push(Case::of("workflow: the good one", sound));
    for (name, text) in workflows {
        fs_err::write(folder.join("workflows/trial.toml"), text).map_err(|error| error.to_string())?;
        cases.push(Case::of(name, refused(bench, &words, &folder, "trial")));
    }
    Ok(cases)
}

/// The command must refuse: not exit 0, one line that names the file, what was found, what was expected and a cure.
fn refused(bench: &Bench, words: &[&str], folder: &Path, file: &str) -> Result<String, String> {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let ended = confined::run(&bench.skyledger(), &words, folder)?;
    if let Some(wrong) = ended.wrong {
        return Err(wrong);
    }
    let _ = fs_err::remove_dir_all(folder.join("out"));
    if ended.code == Some(0) {
        return Err("it is taken".to_owned());
    }
    if folder.join("root").exists() {
        return Err("a plan that was refused made files".to_owned());
    }
    let line = first_error(&ended.said);
    for part in [file, "found ", "expected ", "; "] {
        if !line.contains(part) {
            return Err(format!("the message has no {part:?}: {line}"));
        }
    }
    Ok(format!("exit {}: {line}", ended.code.unwrap_or_default()))
}

fn first_error(said: &str) -> String {
    said.lines().find(|line| line.contains("error")).or_else(|| said.lines().next()).unwrap_or_default().to_owned()
}

fn read(path: &Path) -> Result<String, String> {
    fs_err::read_to_string(path).map_err(|error| error.to_string())
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    fs_err::read(path).map_err(|error| error.to_string())
}
