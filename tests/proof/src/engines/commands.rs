//! Running a program to its end.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// How a program ended.
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Ended {
    /// The same, if it ended with that code.
    pub(super) fn expect(self, code: i32) -> Result<Self, String> {
        if self.code == code {
            return Ok(self);
        }
        let said: String = self.stderr.chars().rev().take(600).collect::<Vec<_>>().into_iter().rev().collect();
        Err(format!("exit code {}, expected {code}: {said}", self.code))
    }
}

/// Runs it in a folder; `path` takes the place of PATH.
pub(super) fn run<W: AsRef<OsStr>>(
    program: &Path,
    words: impl IntoIterator<Item = W>,
    folder: &Path,
    path: Option<&OsStr>,
) -> Result<Ended, String> {
    let mut command = Command::new(program);
    command.args(words).current_dir(folder).env("LC_ALL", "C");
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let output = command.output().map_err(|error| format!("{} cannot be started: {error}", program.display()))?;
    Ok(Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
