//! Keys: what a unit was made of, as a sum. A unit is reused while its key holds and its files have their sums.

use serde_json::{Map, Value, json};

use crate::canonical::canonical_sha256;
use crate::job::{Job, Need};
use crate::manifest::{Engine, Status};

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
    /// sums of its files by role and its facts (of a `Vec` member that is not done: its status and reason). Never run id, path or time.
    pub fn key(&self, job: &Job) -> String {
        let needs: Vec<Value> = job.needed().iter().map(need).collect();
        canonical_sha256(&json!({
            "step": self.step,
            "build": self.build,
            "engine": {"name": self.engine.name, "version": self.engine.version},
            "config": self.config,
            "unit": job.id(),
            "needs": needs,
        }))
    }
}

fn need(need: &Need) -> Value {
    let mut entry = Map::new();
    entry.insert("input".to_owned(), need.member.into());
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
pub fn unit_id_of_file(file_name: &str) -> String {
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
            assert_eq!(unit_id_of_file(file), id, "{file}");
            assert!(is_unit_id(&unit_id_of_file(file)), "{file}");
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
