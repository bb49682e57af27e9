//! A manifest for files that came from elsewhere. Nothing is copied.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use step_contract::{AdoptedFile, FileEntry, ProductEntry, unit_id_of_file};

use crate::paths::{absolute, relative};
use crate::sums::Sums;

/// Run id of an adopted manifest.
pub const ADOPTED: &str = "adopted";

/// Makes the manifest (checked, not written) of files: `paths` are files or folders, which are walked (names that begin with a dot left out).
/// Files are `input:<name>/<path relative to their common folder>` with their sum; the folder is in `execution.inputs`.
pub fn adopt(product: &ProductEntry, name: &str, paths: &[PathBuf], build: &str, sums: &Sums) -> Result<Value, String> {
    let (folder, found) = gather(paths)?;
    if found.is_empty() {
        return Err(format!("{name}: {} holds no file", folder.display()));
    }
    let files: Vec<AdoptedFile> = found
        .into_iter()
        .map(|path| {
            let written = sums.sum(&path).map_err(|error| error.to_string())?;
            let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let entry = FileEntry {
                path: format!("input:{name}/{}", relative(&folder, &path)),
                bytes: written.bytes,
                sha256: written.sha256,
                rows: None,
                discarded: None,
            };
            Ok(AdoptedFile { unit: unit_id_of_file(&file_name), entry, path })
        })
        .collect::<Result<_, String>>()?;
    let mut units = (product.adopt)(&files)?;
    if let Some(units) = units.as_array_mut() {
        units.sort_by(|left, right| left["unit"].as_str().cmp(&right["unit"].as_str()));
    }
    let payload = (product.payload)(&units)?;
    let version = build.split('+').next().unwrap_or(build);
    let manifest = json!({
        "product": {"name": product.name, "version": product.version}, "run_id": ADOPTED, "step": "adopt", "label": name,
        "build": build, "engine": {"name": "native", "version": version}, "config": {}, "reads": [],
        "units": units, "payload": payload, "execution": {"inputs": {name: folder.display().to_string()}},
    });
    let shown = Path::new(name);
    step_contract::check_manifest(shown, &manifest, product.name, product.version, product.schema)
        .map_err(|error| format!("adopted {error}"))?;
    Ok(manifest)
}

/// The manifest that a path names: itself, or the one in the folder.
pub(crate) fn manifest_at(path: &Path) -> Option<PathBuf> {
    #[derive(serde::Deserialize)]
    struct Peek {
        #[serde(rename = "product")]
        _product: serde::de::IgnoredAny,
        #[serde(rename = "units")]
        _units: serde::de::IgnoredAny,
    }
    if path.is_dir() {
        let inside = path.join("manifest.json");
        return inside.is_file().then_some(inside);
    }
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let is_manifest = is_json
        && (path.file_name().is_some_and(|name| name == "manifest.json")
            || is_short_file(path)
                && std::fs::read(path).is_ok_and(|bytes| serde_json::from_slice::<Peek>(&bytes).is_ok()));
    is_manifest.then(|| path.to_owned())
}

/// A regular file that a manifest could be: others are not opened.
fn is_short_file(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() <= step_contract::MAX_MANIFEST_BYTES)
}

/// The common folder of the paths, and every file in them, sorted.
fn gather(paths: &[PathBuf]) -> Result<(PathBuf, Vec<PathBuf>), String> {
    let mut files = Vec::new();
    let mut folder: Option<PathBuf> = None;
    for path in paths {
        let path = absolute(path);
        let base = if path.is_dir() { path.clone() } else { path.parent().unwrap_or(Path::new("/")).to_owned() };
        folder = Some(match folder {
            None => base,
            Some(before) => common(&before, &base),
        });
        let walk = walkdir::WalkDir::new(&path).follow_links(true).sort_by_file_name().into_iter();
        for entry in
            walk.filter_entry(|entry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.'))
        {
            let entry = entry.map_err(|error| error.to_string())?;
            if entry.file_type().is_file() {
                files.push(entry.into_path());
            }
        }
    }
    files.sort();
    files.dedup();
    Ok((folder.unwrap_or_default(), files))
}

fn common(left: &Path, right: &Path) -> PathBuf {
    left.components().zip(right.components()).take_while(|(left, right)| left == right).map(|(part, _)| part).collect()
}
