//! A small finished run with its archive, made once by `skyledger demo`.

use std::path::{Path, PathBuf};

use crate::Bench;
use crate::confined;

/// Its run id.
pub const RUN_ID: &str = "run-20260101_000000";
/// Side of its simulated plate, arc minutes.
const SIZE_ARCMIN: &str = "15";

/// A finished run.
#[derive(Clone, Debug)]
pub struct SmallRun {
    /// Its root.
    pub root: PathBuf,
}

impl SmallRun {
    /// Runs the demo in a folder of that name on the bench.
    ///
    /// # Errors
    /// Where it does not finish.
    pub fn make(bench: &Bench, name: &str) -> Result<Self, String> {
        let place = bench.folder(name).map_err(|error| error.to_string())?;
        let words = ["demo", "--root", "root", "--run-id", RUN_ID, "--size-arcmin", SIZE_ARCMIN, "--threads", "2"];
        let ended = confined::run_free(&bench.skyledger(), &words.map(str::to_owned), &place)?;
        let run = Self { root: place.join("root") };
        if run.archive().is_file() { Ok(run) } else { Err(format!("the demo left no archive: {}", ended.said)) }
    }

    /// Its archive.
    pub fn archive(&self) -> PathBuf {
        self.root.join("artifacts").join(RUN_ID).join(format!("{RUN_ID}.zip"))
    }

    /// Every file of the run that counts for its result: not logs, cache, dashboard, locks, journals, events and execution records.
    ///
    /// # Errors
    /// Where the root cannot be read.
    pub fn files(&self) -> Result<Vec<PathBuf>, String> {
        let mut files = Vec::new();
        for entry in walkdir::WalkDir::new(&self.root).sort_by_file_name() {
            let entry = entry.map_err(|error| error.to_string())?;
            let name = entry.file_name().to_string_lossy();
            let of_run = entry.path().ancestors().any(|folder| folder.file_name().is_some_and(|name| name == RUN_ID));
            let is_lock = name.ends_with(".lock") || name.starts_with(".lock.");
            let is_execution =
                name == "units.jsonl" || is_lock || name.ends_with(".execution.json") || name.ends_with("events.jsonl");
            if entry.file_type().is_file() && of_run && !is_execution {
                files.push(entry.into_path());
            }
        }
        Ok(files)
    }

    /// A copy of the whole root elsewhere.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn copied_to(&self, folder: &Path) -> Result<Self, String> {
        for entry in walkdir::WalkDir::new(&self.root) {
            let entry = entry.map_err(|error| error.to_string())?;
            let place = folder.join(entry.path().strip_prefix(&self.root).map_err(|error| error.to_string())?);
            if entry.file_type().is_dir() {
                fs_err::create_dir_all(&place).map_err(|error| error.to_string())?;
            } else if entry.file_type().is_file() {
                fs_err::copy(entry.path(), &place).map_err(|error| error.to_string())?;
            }
        }
        Ok(Self { root: folder.to_owned() })
    }
}
