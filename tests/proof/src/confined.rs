//! Running the program as a user would, with a ceiling of address space and a time limit.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Address space that a program on trial may have: `ulimit -v` in its shell.
pub const MEMORY_MIB: u64 = 1024;
/// Longer is a hang.
pub const SECONDS: u64 = 60;
/// Exit codes with which a program says what happened (CONVENTIONS.md).
const EXIT_CODES: [i32; 7] = [0, 2, 3, 20, 21, 74, 75];

/// How a confined program ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Exit code; `None` where a signal ended it, or where it was ended for taking too long.
    pub code: Option<i32>,
    /// Its standard output and standard error together.
    pub said: String,
    /// What is wrong with the way it ended: a signal, a panic, a hang, an exit code that nobody declared.
    pub wrong: Option<String>,
}

/// Runs a program in `folder`, which is made; what it says is kept beside the folder.
///
/// # Errors
/// Where it cannot be started.
pub fn run(program: &Path, words: &[String], folder: &Path) -> Result<Ended, String> {
    run_within(program, words, folder, &(MEMORY_MIB * 1024).to_string())
}

/// The same without a ceiling of memory.
///
/// # Errors
/// Where it cannot be started.
pub fn run_free(program: &Path, words: &[String], folder: &Path) -> Result<Ended, String> {
    run_within(program, words, folder, "unlimited")
}

fn run_within(program: &Path, words: &[String], folder: &Path, ceiling: &str) -> Result<Ended, String> {
    let text = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs_err::create_dir_all(folder).map_err(text)?;
    let kept = PathBuf::from(format!("{}.said", folder.display()));
    let out = File::create(&kept).map_err(text)?;
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -v \"$1\" || exit 126; shift; exec \"$@\"", "sh"])
        .arg(ceiling)
        .arg(program)
        .args(words)
        .current_dir(folder)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stderr(out.try_clone().map_err(text)?)
        .stdout(out)
        .spawn()
        .map_err(text)?;
    let begin = Instant::now();
    let status = loop {
        match child.try_wait().map_err(text)? {
            Some(status) => break Some(status),
            None if begin.elapsed() > Duration::from_secs(SECONDS) => {
                child.kill().and_then(|()| child.wait()).map_err(text)?;
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let said = String::from_utf8_lossy(&fs_err::read(&kept).map_err(text)?).into_owned();
    let code = status.and_then(|status| status.code());
    Ok(Ended { code, wrong: wrong(status, &said), said })
}

fn wrong(status: Option<ExitStatus>, said: &str) -> Option<String> {
    let Some(status) = status else { return Some(format!("hangs: {SECONDS} s and no end")) };
    let end: String = said.chars().rev().take(300).collect::<Vec<_>>().into_iter().rev().collect();
    if said.contains("panicked at") || said.contains("a mistake in the program") {
        return Some(format!("panics: {end}"));
    }
    match status.code() {
        Some(code) if EXIT_CODES.contains(&code) => None,
        Some(code) => Some(format!("exit code {code}: {end}")),
        None => Some(format!("{status}: {end}")),
    }
}
