//! Keys: what a unit was made of, as a sum. A unit is reused while its key holds and its files have their sums.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::canonical::{canonical_sha256, hex};
use crate::job::Job;
use crate::need::Need;
use crate::parts::{Engine, Status};

/// Hexadecimal digits of a folder's sum in a unit id.
const FOLDER_DIGITS: usize = 8;

/// What the units of one step have in common.
#[derive(Clone, Debug)]
pub struct KeyBase {
    /// Step.
    pub step: String,
    /// Build of the program.
    pub build: String,
    /// Engine with its version.
    pub engine: Engine,
    /// Resolved configuration without the parameters marked `x-execution`.
    pub config: Value,
}

impl KeyBase {
    /// Key of a unit: SHA-256 over the canonical JSON of step, build, engine, configuration, unit id, and of each needed unit its id, the
    /// sums of its files by role and its facts (of a `Vec` member that is not done: its status and reason; of a group one sum over its
    /// members), and of group, kind and root where the unit has them. Never run id, path or time.
    pub fn key(&self, job: &Job) -> String {
        let needs: Vec<Value> = job.needed().iter().map(need).collect();
        let mut made_of = json!({
            "step": self.step,
            "build": self.build,
            "engine": {"name": self.engine.name, "version": self.engine.version},
            "config": self.config,
            "unit": job.id(),
            "needs": needs,
        });
        if !job.ties().is_empty() {
            made_of["ties"] = json!(job.ties());
        }
        canonical_sha256(&made_of)
    }
}

fn need(need: &Need) -> Value {
    let mut entry = Map::new();
    entry.insert("input".to_owned(), need.member.into());
    if let Some(group) = &need.group {
        entry.insert("group".to_owned(), need.unit.as_str().into());
        entry.insert("members".to_owned(), group.sum.as_str().into());
        return Value::Object(entry);
    }
    entry.insert("unit".to_owned(), need.unit.as_str().into());
    if need.passes_status {
        // The step sees which label each member comes from and how it ended.
        entry.insert("label".to_owned(), need.label.as_str().into());
    }
    if need.status != Some(Status::Done) {
        entry.insert("status".to_owned(), json!(need.status));
    }
    if need.status == Some(Status::Done) {
        let sums: Map<String, Value> =
            need.files.iter().map(|(role, file)| ((*role).to_owned(), file.sha256.as_str().into())).collect();
        entry.insert("files".to_owned(), Value::Object(sums));
        entry.insert("facts".to_owned(), need.facts.clone());
    } else if let Some(reason) = &need.reason {
        entry.insert("reason".to_owned(), json!(reason));
    }
    Value::Object(entry)
}

/// Whether a text can be a unit id: `[A-Za-z0-9._+-]+`, not `.` or `..`, at most 200 bytes (a file name with its suffix has 255).
pub fn is_unit_id(id: &str) -> bool {
    const MAX_BYTES: usize = 200;
    !id.is_empty()
        && id.len() <= MAX_BYTES
        && !id.starts_with('.')
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
}

/// The unit id of a file that came from elsewhere: its name without `.gz`, `.fz` and extension, other characters turned to `_`.
///
/// `folder` is the file's folder relative to the one that was offered, with `/` (empty: the file lies directly in it). A file in a deeper
/// folder has `<name>.<8 hex digits of the SHA-256 of its relative folder>`, so that its id stays when other files are added.
pub fn unit_id_of_file(folder: &str, file_name: &str) -> String {
    let name = plain_name(file_name);
    if folder.is_empty() {
        return name;
    }
    let sum = hex(&Sha256::digest(folder));
    format!("{name}.{}", &sum[..FOLDER_DIGITS])
}

/// The ending of a file's name in lower case, without `.gz`: `fits` of `plate.FITS.gz`; empty where there is none.
pub fn ending_of_file(file_name: &str) -> String {
    let name = file_name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map(|(_, ending)| ending.to_owned()).unwrap_or_default()
}

fn plain_name(file_name: &str) -> String {
    let name = [".gz", ".fz"]
        .iter()
        .find_map(|suffix| {
            let cut = file_name.len().checked_sub(suffix.len())?;
            file_name
                .is_char_boundary(cut)
                .then(|| file_name.split_at(cut))
                .filter(|(_, end)| end.eq_ignore_ascii_case(suffix))
        })
        .map_or(file_name, |(stem, _)| stem);
    let stem = match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    };
    let id: String = stem
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "._+-".contains(letter) { letter } else { '_' })
        .collect();
    match id.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_unit_id() {
        for (file, id) in [
            ("plate.fits", "plate"),
            ("plate.fits.gz", "plate"),
            ("M 67 (a).FITS.FZ", "M_67__a_"),
            ("tile_RA150.000_DECp20.000.fits", "tile_RA150.000_DECp20.000"),
            (".fits", "_fits"),
            ("noext", "noext"),
            ("é.fit", "_"),
        ] {
            assert_eq!(unit_id_of_file("", file), id, "{file}");
            assert!(is_unit_id(&unit_id_of_file("", file)), "{file}");
        }
    }

    #[test]
    fn a_file_in_a_deeper_folder_has_its_folders_sum_in_its_id() {
        // printf 'night1/M 31' | sha256sum
        assert_eq!(unit_id_of_file("night1/M 31", "plate.fits.gz"), "plate.42b35f64");
        assert!(is_unit_id(&unit_id_of_file("é/x", "é.fit")));
    }

    #[test]
    fn the_ending_of_a_file_is_read_through_gz() {
        for (file, ending) in [("plate.FITS.gz", "fits"), ("a.b.Cat", "cat"), ("README", ""), ("x.gz", "")] {
            assert_eq!(ending_of_file(file), ending, "{file}");
        }
    }

    #[test]
    fn unit_ids_are_file_safe() {
        for bad in ["", "a/b", "..", ".", "a b", "é", &"x".repeat(201)] {
            assert!(!is_unit_id(bad), "{bad:?}");
        }
        assert!(is_unit_id("tile_RA150.000_DECm20.000+x"));
    }
}
