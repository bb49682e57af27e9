//! What a run of a step left, and whether that is what it must leave.

use std::collections::BTreeMap;
use std::path::Path;

use loopback_services::Fault;
use serde_json::Value;

use super::bed::{Bed, Ended, RETRY_AFTER_MAX_S, tile};
use super::expected::Expected;

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
    rows: Option<u64>,
    /// Whether the step noted that the failure may pass.
    is_temporary: bool,
    /// Final files of the step's folder but the manifest, by name.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Answers that the cache holds.
    kept: usize,
    /// Temporary files, a journal that was not ended.
    strays: Vec<String>,
    /// The manifest without `execution`.
    identity: Value,
    stderr: String,
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
        let notes = &execution["notes"][tile()];
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
            attempts: execution["attempts"][tile()].as_u64(),
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

    /// Whether this is what the fault must come to.
    pub(super) fn check(&self, expected: &Expected, fault: &Fault, bed: &Bed) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("{}: {what}, expected {expected:?}; {}", self.describe(), self.stderr));
        self.check_clean()?;
        let attempts = self.attempts.unwrap_or(0);
        let is_redirect = matches!(fault, Fault::RedirectLoop | Fault::RedirectOnce | Fault::RedirectToPage);
        if !is_redirect && attempts != bed.requests() as u64 {
            return wrong(&format!("{} requests reached the service", bed.requests()));
        }
        let undisturbed = &bed.undisturbed;
        let (status, reason, exit, tries) = match expected {
            Expected::Same | Expected::Redirected | Expected::Odd(_) | Expected::Empty => ("done", None, 0, 1),
            Expected::Split => ("done", None, 0, attempts),
            Expected::Retry(kind) => ("failed", Some(kind), 75, u64::from(bed.attempts_max())),
            Expected::Failed(kind) => ("failed", Some(kind), 20, 1),
            Expected::Answered(status, kind) => {
                (status.as_str(), Some(kind), if status == "no-work" { 0 } else { 20 }, 1)
            }
        };
        if self.status != status || self.reason.as_ref() != reason {
            return wrong("another outcome");
        }
        if self.exit != Some(exit) {
            return wrong(&format!("exit, expected {exit}"));
        }
        if attempts != tries {
            return wrong(&format!("attempts, expected {tries}"));
        }
        if self.is_temporary != matches!(expected, Expected::Retry(_)) {
            return wrong("whether it may pass is not what is noted");
        }
        if status != "done" && !self.files.is_empty() {
            return wrong(&format!("files at final paths: {:?}", self.files.keys()));
        }
        if status == "failed" && self.kept > 0 {
            return wrong(&format!("{} answers of a failure are kept", self.kept));
        }
        let is_same = self.files == undisturbed.files;
        match expected {
            Expected::Same | Expected::Redirected | Expected::Split if !is_same => {
                wrong("other files than undisturbed")
            }
            Expected::Split if !matches!(self.splits, Some(1..)) => wrong("no split"),
            Expected::Odd(_) if is_same => wrong("the files of an undisturbed run"),
            Expected::Odd(Some(kind)) if !self.warnings.contains(kind) => wrong("the warning is missing"),
            Expected::Empty if self.rows != Some(0) => wrong("rows"),
            Expected::Retry(_) => self.check_waits(fault, tries),
            _ => Ok(()),
        }
    }

    /// What `Retry-After` asks for is waited for, within the cap; without it the waits are short here.
    fn check_waits(&self, fault: &Fault, tries: u64) -> Result<(), String> {
        let asks =
            |text: &str| text.parse::<f64>().is_ok_and(|seconds| seconds > RETRY_AFTER_MAX_S) || text.contains("GMT");
        let is_asked = matches!(fault, Fault::Status { retry_after: Some(text), .. } if asks(text));
        let waits = (tries - 1) as f64;
        let expected =
            if is_asked { waits * RETRY_AFTER_MAX_S..=waits * RETRY_AFTER_MAX_S + 0.01 } else { 0.001..=waits * 0.1 };
        if expected.contains(&self.waits_s) {
            return Ok(());
        }
        Err(format!("{}: waits, expected {:.2} to {:.2} s", self.describe(), expected.start(), expected.end()))
    }

    fn check_clean(&self) -> Result<(), String> {
        if self.strays.is_empty() { Ok(()) } else { Err(format!("{}: left {:?}", self.describe(), self.strays)) }
    }

    /// Whether a run after the fault gave what an undisturbed run gives.
    pub(super) fn check_resumed(&self, bed: &Bed) -> Result<(), String> {
        self.check_clean()?;
        if self.exit != Some(0) || self.files != bed.undisturbed.files {
            return Err(format!("{}, expected the files of an undisturbed run; {}", self.describe(), self.stderr));
        }
        if self.identity != bed.undisturbed.identity {
            return Err("the manifest is not the one of an undisturbed run".to_owned());
        }
        Ok(())
    }

    /// Whether a run in which the first answer was disturbed gave the same after one more attempt.
    pub(super) fn check_retried(&self, bed: &Bed) -> Result<(), String> {
        self.check_resumed(bed)?;
        if self.attempts != Some(2) {
            return Err(format!("{}, expected 2 attempts", self.describe()));
        }
        Ok(())
    }
}
