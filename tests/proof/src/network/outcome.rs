//! What a run of a step left.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::ended::Ended;
use super::field::TILE;

/// First characters of the names of temporary files: of the cache, of the harness, of library calls.
const TEMPORARY_STEMS: [&str; 3] = [".tmp", ".writing", ".part"];

/// What a run left.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub(super) exit: Option<i32>,
    pub(super) status: String,
    /// Kind of the reason, where there is one.
    pub(super) reason: Option<String>,
    pub(super) warnings: Vec<String>,
    pub(super) attempts: Option<u64>,
    pub(super) waits_s: f64,
    pub(super) splits: Option<u64>,
    pub(super) rows: Option<u64>,
    /// Whether the step noted that the failure may pass.
    pub(super) is_temporary: bool,
    /// Final files of the step's folder but the manifest, by name.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Answers that the cache holds.
    pub(super) kept: usize,
    /// Temporary files, a journal that was not ended.
    pub(super) strays: Vec<String>,
    /// The manifest without `execution`.
    pub(super) identity: Value,
    pub(super) stderr: String,
}

impl Outcome {
    /// Reads the manifest and lists every file below the root.
    pub(super) fn read(root: &Path, out: &Path, ended: Ended) -> Result<Self, String> {
        let text = std::fs::read(out.join("manifest.json"))
            .map_err(|error| format!("exit {:?} and no manifest ({error}): {}", ended.exit, ended.stderr))?;
        let mut manifest: Value = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        let execution = manifest.as_object_mut().and_then(|manifest| manifest.remove("execution")).unwrap_or_default();
        let unit = manifest["units"][0].clone();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let notes = &execution["notes"][TILE];
        let mut outcome = Self {
            exit: ended.exit,
            status: text(&unit["status"]).unwrap_or_default(),
            reason: text(&unit["reason"]["kind"]),
            warnings: unit["warnings"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|warning| text(&warning["kind"]))
                .collect(),
            attempts: execution["attempts"][TILE].as_u64(),
            waits_s: text(&notes["waits_s"]).and_then(|seconds| seconds.parse().ok()).unwrap_or(0.0),
            splits: unit["facts"]["query_splits"].as_u64(),
            rows: unit["facts"]["rows_fetched"].as_u64(),
            is_temporary: notes["temporary"] == "true",
            identity: manifest,
            stderr: ended.stderr,
            ..Self::default()
        };
        outcome.list(root, out)?;
        Ok(outcome)
    }

    fn list(&mut self, root: &Path, out: &Path) -> Result<(), String> {
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs_err::read_dir(&folder).map_err(|error| error.to_string())? {
                let path = entry.map_err(|error| error.to_string())?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if TEMPORARY_STEMS.iter().any(|stem| name.starts_with(stem)) || name == "units.jsonl" {
                    self.strays.push(name);
                } else if path.is_dir() {
                    folders.push(path);
                } else if name.ends_with(".body") {
                    self.kept += 1;
                } else if folder == out && name != "manifest.json" && !name.ends_with(".lock") && !name.starts_with('.')
                {
                    let bytes = fs_err::read(&path).map_err(|error| error.to_string())?;
                    self.files.insert(name, bytes);
                }
            }
        }
        Ok(())
    }

    /// `failed truncated, exit 75, 3 attempts, waited 0.03 s`.
    pub(super) fn describe(&self) -> String {
        let mut text = self.status.clone();
        for word in self.reason.iter().chain(&self.warnings) {
            text.push_str(&format!(" {word}"));
        }
        let exit = self.exit.map_or("a signal".to_owned(), |exit| exit.to_string());
        let attempts = self.attempts.unwrap_or(0);
        text.push_str(&format!(", exit {exit}, {attempts} attempts, waited {:.2} s", self.waits_s));
        if let Some(splits @ 1..) = self.splits {
            text.push_str(&format!(", {splits} splits"));
        }
        text
    }

    /// One word for the set of outcomes.
    pub(super) fn kind(&self) -> String {
        match (&self.reason, self.splits) {
            (Some(kind), _) => format!("{} {kind}", self.status),
            (None, Some(1..)) => "done after splits".to_owned(),
            (None, _) if !self.warnings.is_empty() => format!("done with {}", self.warnings.join(" ")),
            (None, _) => self.status.clone(),
        }
    }
}
