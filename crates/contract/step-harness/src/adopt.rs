//! A manifest for files that came from elsewhere. Nothing is copied.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use step_contract::{AdoptedFile, FileEntry, ProductEntry, Reason, Status, Ties, ending_of_file, unit_id_of_file};

use crate::offered::{Offered, OfferedFile, offered};
use crate::paths::relative;
use crate::sums::Sums;
use crate::unit_entry::unit_json;

/// Run id of an adopted manifest.
pub const ADOPTED: &str = "adopted";

/// Reason of a file that is no unit of the product.
const NOT_ADOPTED: &str = "not_adopted";
/// So many files are named in an error or a line of the log.
const MAX_NAMED: usize = 5;

/// Makes the manifest (checked, not written) of files: `paths` are files or folders, which are walked (names that begin with a dot left out).
/// Files are `input:<name>/<path relative to their common folder>` with their sum; the folder is in `execution.inputs`.
///
/// A file that cannot be read is a unit `unprocessable` with its reason, so that one bad file stops no other; an error where none can be read,
/// and where two files give one unit id.
pub fn adopt(product: &ProductEntry, name: &str, paths: &[PathBuf], build: &str, sums: &Sums) -> Result<Value, String> {
    let Offered { folder, files } = offered(paths)?;
    if files.is_empty() {
        return Err(format!("{name}: {} holds no file", folder.display()));
    }
    let (taken, left_out): (Vec<OfferedFile>, Vec<OfferedFile>) = files.into_iter().partition(|file| {
        let endings = product.adopted_endings;
        file.named || endings.is_empty() || endings.contains(&ending_of_file(&file.name()).as_str())
    });
    let shown = |files: &[OfferedFile]| named(files.iter().map(|file| relative(&folder, &file.path)));
    if taken.is_empty() {
        return Err(format!(
            "{}: none of {} files ({}) ends in {} (or these with .gz)",
            folder.display(),
            left_out.len(),
            shown(&left_out),
            product.adopted_endings.join(", ")
        ));
    }
    if !left_out.is_empty() {
        tracing::info!("{name}: {} files are left out, by their endings: {}", left_out.len(), shown(&left_out));
    }
    let mut units: Vec<(Value, PathBuf)> = Vec::new();
    let mut refused: Vec<(PathBuf, String)> = Vec::new();
    let ids = ids_of(product, &taken);
    for (file, id) in taken.into_iter().zip(ids) {
        match adopt_file(product, name, &folder, (&file, &id), sums) {
            Ok(adopted) => units.extend(adopted.into_iter().map(|unit| (unit, file.path.clone()))),
            Err(why) => {
                tracing::warn!("{name}: {}: {why}", file.path.display());
                let reason = Reason::new(NOT_ADOPTED, without_folder(&why, name, &folder));
                units.push((
                    unit_json(&id, Status::Unprocessable, None, None, Some(&reason), &[], Ties::default()),
                    file.path.clone(),
                ));
                refused.push((file.path, why));
            }
        }
    }
    if units.len() == refused.len() {
        return Err(named(refused.into_iter().map(|(path, why)| {
            if why.contains(&path.display().to_string()) { why } else { format!("{}: {why}", path.display()) }
        })));
    }
    units.sort_by(|left, right| id_of(&left.0).cmp(id_of(&right.0)));
    check_ids(&units)?;
    let units = units.into_iter().map(|(unit, _)| unit).collect();
    adopted_manifest(product, name, units, &folder, build)
}

/// The units of one file.
fn adopt_file(
    product: &ProductEntry,
    name: &str,
    folder: &Path,
    (file, id): (&OfferedFile, &str),
    sums: &Sums,
) -> Result<Vec<Value>, String> {
    let written = sums.sum(&file.path).map_err(|error| error.to_string())?;
    let entry = FileEntry {
        path: format!("input:{name}/{}", relative(folder, &file.path)),
        bytes: written.bytes,
        sha256: written.sha256,
        rows: None,
        discarded: None,
    };
    (product.adopt)(&AdoptedFile { unit: id.to_owned(), entry, path: file.path.clone() })
}

/// The unit id of each file: its name or, of files that differ in nothing but their ending where the product has such, the
/// name with its ending.
fn ids_of(product: &ProductEntry, files: &[OfferedFile]) -> Vec<String> {
    let plain: Vec<String> = files.iter().map(|file| unit_id_of_file(&file.below, &file.name())).collect();
    let has_twin = |id: &str| plain.iter().filter(|other| other.eq_ignore_ascii_case(id)).count() > 1;
    let with_ending = |file: &OfferedFile, id: &str| match (product.adopts_twins && has_twin(id), id.rsplit_once('.')) {
        (false, _) => id.to_owned(),
        (true, Some((_, folder))) if !file.below.is_empty() => format!("{}.{folder}", id_letters(&file.name())),
        (true, _) => id_letters(&file.name()),
    };
    files.iter().zip(&plain).map(|(file, id)| with_ending(file, id)).collect()
}

/// A name with the letters that a unit id may have, others as `_`.
fn id_letters(name: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._+-".contains(letter);
    name.chars().map(|letter| if allowed(letter) { letter } else { '_' }).collect()
}

/// Id of a unit as JSON.
pub(crate) fn id_of(unit: &Value) -> &str {
    unit["unit"].as_str().unwrap_or_default()
}

/// Ids are unique ignoring case.
fn check_ids(units: &[(Value, PathBuf)]) -> Result<(), String> {
    let mut by_id: Vec<(String, &Path)> =
        units.iter().map(|(unit, path)| (id_of(unit).to_ascii_lowercase(), path.as_path())).collect();
    by_id.sort_unstable();
    match by_id.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        None => Ok(()),
        Some(pair) => {
            let cure = if pair[0].1.parent() == pair[1].1.parent() {
                "rename one or move it away"
            } else {
                "offer the folder that holds both folders: then each id tells its folder"
            };
            Err(format!("{} and {} both give the unit {}; {cure}", pair[0].1.display(), pair[1].1.display(), pair[0].0))
        }
    }
}

/// The first few, and how many more there are.
fn named(texts: impl ExactSizeIterator<Item = String>) -> String {
    let more = texts.len().saturating_sub(MAX_NAMED);
    let first: Vec<String> = texts.take(MAX_NAMED).collect();
    let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{}{rest}", first.join("; "))
}

/// A message without the folder of this machine: it is no part of a result.
fn without_folder(message: &str, name: &str, folder: &Path) -> String {
    message.replace(&format!("{}/", folder.display()), &format!("input:{name}/"))
}

/// The manifest of adopted units, which are sorted by id; checked, not written.
pub(crate) fn adopted_manifest(
    product: &ProductEntry,
    name: &str,
    units: Vec<Value>,
    folder: &Path,
    build: &str,
) -> Result<Value, String> {
    let units = Value::Array(units);
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
