//! Commands with what they say in files, so that nothing waits for a pipe.

use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::text;

/// No command of these classes takes longer, however busy the machine is.
const TOO_LONG: Duration = Duration::from_secs(180);

/// A command at work, in a process group of its own.
pub(crate) struct Started {
    child: Child,
    said: PathBuf,
}

/// A command that ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    /// Exit code; 128 + the signal where a signal ended it.
    pub(crate) code: i32,
    /// Whether a signal ended it.
    pub(crate) by_signal: bool,
    /// What it said on stderr.
    pub(crate) stderr: String,
}

impl Started {
    /// Starts it; what it says goes into `said`, a path that two names are made from.
    pub(crate) fn new(command: &mut Command, said: &Path) -> Result<Self, String> {
        let file = |ending: &str| fs_err::File::create(said.with_extension(ending)).map(|file| file.into_parts().0);
        let child = command
            .stdin(Stdio::null())
            .stdout(file("out").map_err(text)?)
            .stderr(file("err").map_err(text)?)
            .process_group(0)
            .spawn()
            .map_err(|error| format!("start {}: {error}", command.get_program().display()))?;
        Ok(Self { child, said: said.to_owned() })
    }

    /// Sends a signal (`KILL`, `TERM`, `INT`) to the program, or to its whole group.
    pub(crate) fn send(&self, signal: &str, to_group: bool) -> Result<(), String> {
        let number = self.child.id();
        let target = if to_group { format!("-{number}") } else { number.to_string() };
        Command::new("kill")
            .args(["-s", signal, "--", &target])
            .stderr(Stdio::null())
            .status()
            .map(|_| ())
            .map_err(|error| format!("kill: {error}"))
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Result<Ended, String> {
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().map_err(text)? {
                break status;
            }
            if begin.elapsed() > TOO_LONG {
                self.send("KILL", true)?;
                let _ = self.child.wait();
                return Err(format!("it did not end within {} s", TOO_LONG.as_secs()));
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        Ended::of(status, &self.said)
    }
}

impl Ended {
    fn of(status: ExitStatus, said: &Path) -> Result<Self, String> {
        let stderr = fs_err::read(said.with_extension("err")).map_err(text)?;
        Ok(Self {
            code: status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1),
            by_signal: status.signal().is_some(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        })
    }

    /// The lines that are errors.
    pub(crate) fn errors(&self) -> Vec<&str> {
        let is_error = |line: &&str| line.starts_with("error: ") || line.starts_with("skyledger: ");
        self.stderr.lines().filter(is_error).collect()
    }

    /// The one clear error with that exit code; what is wrong where there is none, or more.
    pub(crate) fn one_error(&self, code: i32) -> Result<&str, String> {
        let errors = self.errors();
        if self.stderr.contains("panicked") || self.stderr.contains("a mistake in the program") {
            return Err(format!("a panic: {}", tail(&self.stderr)));
        }
        if self.code != code {
            return Err(format!("exit code {}, expected {code}: {}", self.code, tail(&self.stderr)));
        }
        match errors.as_slice() {
            [one] => Ok(one),
            _ => Err(format!("{} errors, expected one: {}", errors.len(), tail(&self.stderr))),
        }
    }

    /// The last command that it printed to go on with.
    pub(crate) fn printed_command(&self) -> Result<&str, String> {
        const BEFORE: &str = "resume with: ";
        self.stderr
            .lines()
            .rev()
            .find_map(|line| line.split_once(BEFORE).map(|(_, command)| command))
            .ok_or_else(|| format!("no command to resume with was printed: {}", tail(&self.stderr)))
    }

    /// The same, when it ended with exit code 0.
    pub(crate) fn done(self) -> Result<Self, String> {
        match self.code {
            0 => Ok(self),
            code => Err(format!("exit code {code}, expected 0: {}", tail(&self.stderr))),
        }
    }
}

/// Runs a line in a shell, as somebody would paste it.
pub(crate) fn in_shell(line: &str, said: &Path) -> Result<Ended, String> {
    Started::new(Command::new("sh").args(["-c", line]), said)?.wait()
}

/// The last lines of a text.
fn tail(text: &str) -> String {
    const LINES: usize = 4;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join(" / ")
}
