//! Running the command as a user would.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sky_table::{ReadOptions, read_table};

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `skyledger` with these words.
pub(crate) fn skyledger(words: &[&str]) -> Ended {
    skyledger_in(Path::new("."), words, &[])
}

/// The same in a folder and with these environment variables.
pub(crate) fn skyledger_in(folder: &Path, words: &[&str], environment: &[(&str, &str)]) -> Ended {
    let output = Command::new(integration_tests::skyledger())
        .args(words)
        .current_dir(folder)
        .envs(environment.iter().copied())
        .output()
        .expect("skyledger can be started");
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Ended {
    /// The same, if it ended with that code.
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// The manifest of a step's folder of a run.
pub(crate) fn manifest(root: &Path, folder: &str, run_id: &str) -> Value {
    let path = root.join(folder).join(run_id).join("manifest.json");
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).expect("a manifest is JSON")
}

/// The one file with that ending in a step's folder of a run.
pub(crate) fn only_file(root: &Path, folder: &str, run_id: &str, ending: &str) -> PathBuf {
    let folder = root.join(folder).join(run_id);
    let mut found: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    assert_eq!(found.len(), 1, "{}: files *{ending}", folder.display());
    found.remove(0)
}

/// A table of a run.
pub(crate) fn table(file: &Path) -> sky_catalog::Table {
    read_table(file, &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}")).table
}
