//! One run of an external program.

use std::ffi::OsString;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use super::error::{Said, ToolError};
use super::guard::guarded;
use super::lookup::Tool;

/// A run whose limit nobody set.
const DEFAULT_LIMIT: Duration = Duration::from_secs(600);
/// How often a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// A program that writes more than this to stdout or stderr is ended.
const MOST_SAID_BYTES: u64 = 64 << 20;
/// Of what it said, so much at the end is kept.
const KEPT_BYTES: u64 = 64 << 10;
/// So many characters of it stand in an error.
const SHOWN_CHARACTERS: usize = 500;

/// A program with its arguments, and the folder that it works in.
#[derive(Debug)]
pub struct ToolRun {
    tool: Tool,
    folder: PathBuf,
    arguments: Vec<OsString>,
    time_limit: Duration,
}

/// What a program said that ended with exit code 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolOutput {
    /// Name of the program.
    pub program: String,
    /// The end of its stdout.
    pub stdout: String,
    /// The end of its stderr, without escapes.
    pub stderr: String,
}

impl ToolOutput {
    /// The error of a run whose exit code was 0 and whose files are not what was asked for.
    pub fn refused(&self, problem: impl Into<String>) -> ToolError {
        ToolError::Output { program: self.program.clone(), problem: problem.into(), stderr: shown(&self.stderr) }
    }
}

impl ToolRun {
    /// A run in a folder that is its own: working folder, HOME and TMPDIR. The environment is empty but for PATH, LC_ALL=C
    /// and OMP_NUM_THREADS=1; stdin is closed.
    pub fn new(tool: Tool, folder: &Path) -> Self {
        Self { tool, folder: folder.to_owned(), arguments: Vec::new(), time_limit: DEFAULT_LIMIT }
    }

    /// One argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Several.
    #[must_use]
    pub fn arguments<S: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// The program, and every process that it started, is killed after this time.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// The command line, for `execution`.
    pub fn command_line(&self) -> String {
        let words = self.arguments.iter().map(|word| word.to_string_lossy());
        std::iter::once(self.tool.programs[0].into()).chain(words).collect::<Vec<_>>().join(" ")
    }

    /// Runs it; `stopping` is asked while it runs whether it is to be ended early.
    ///
    /// # Errors
    /// When it is missing, cannot be started, runs too long, says too much, is stopped, or ends with another code than 0.
    pub fn run(&self, stopping: &dyn Fn() -> bool) -> Result<ToolOutput, ToolError> {
        let path = self.tool.path()?;
        let program = self.tool.name_of(&path);
        let start = |source| ToolError::Start { program: program.clone(), source };
        let stdout = tempfile::tempfile_in(&self.folder).map_err(start)?;
        let stderr = tempfile::tempfile_in(&self.folder).map_err(start)?;
        let mut command = guarded(&path);
        command.args(&self.arguments).current_dir(&self.folder).env_clear().process_group(0);
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("HOME", &self.folder).env("TMPDIR", &self.folder);
        command.env("LC_ALL", "C").env("OMP_NUM_THREADS", "1");
        command.stdout(stdout.try_clone().map_err(start)?).stderr(stderr.try_clone().map_err(start)?);
        let mut child = command.spawn().map_err(start)?;

        let begin = Instant::now();
        let too_much =
            || [&stdout, &stderr].iter().any(|file| file.metadata().is_ok_and(|found| found.len() > MOST_SAID_BYTES));
        let ended = loop {
            if let Some(status) = child.try_wait().map_err(start)? {
                break Ended::By(status);
            }
            let now = match begin.elapsed() {
                _ if stopping() => Some(Ended::Stopped),
                elapsed if elapsed > self.time_limit => Some(Ended::TimeLimit),
                _ if too_much() => Some(Ended::TooMuch),
                _ => None,
            };
            if let Some(ended) = now {
                kill_all(&mut child);
                break ended;
            }
            std::thread::sleep(LOOK_EVERY);
        };
        let stdout = end_of(stdout);
        let stderr = self.without_folder(&without_escapes(&end_of(stderr)));
        match ended {
            Ended::By(status) if status.success() => Ok(ToolOutput { program, stdout, stderr }),
            Ended::By(status) => {
                Err(ToolError::Failed { program, status: status_text(status), stderr: shown(&stderr) })
            }
            Ended::Stopped => Err(ToolError::Stopped { program }),
            Ended::TooMuch => Err(ToolError::Failed {
                program,
                status: format!("more than {} MiB of messages and was killed", MOST_SAID_BYTES >> 20),
                stderr: shown(&stderr),
            }),
            Ended::TimeLimit => {
                let limit_s = self.time_limit.as_secs_f64();
                Err(ToolError::TimeLimit { program, limit_s, stderr: shown(&stderr) })
            }
        }
    }

    /// Messages become part of manifests: the name of the folder, which nothing repeats, is taken out.
    fn without_folder(&self, text: &str) -> String {
        let folder = self.folder.display().to_string();
        text.replace(&format!("{folder}/"), "").replace(&folder, ".")
    }
}

enum Ended {
    By(ExitStatus),
    Stopped,
    TimeLimit,
    TooMuch,
}

/// Kills the program and its children, which are in its process group, and waits for it.
fn kill_all(child: &mut Child) {
    let _ = rustix::process::kill_process_group(rustix::process::Pid::from_child(child), rustix::process::Signal::KILL);
    let _ = child.kill();
    let _ = child.wait();
}

fn status_text(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "no exit code".to_owned(),
    }
}

fn end_of(mut file: std::fs::File) -> String {
    let mut bytes = Vec::new();
    let length = file.metadata().map_or(0, |found| found.len());
    let read = file
        .seek(SeekFrom::Start(length.saturating_sub(KEPT_BYTES)))
        .and_then(|_| file.take(KEPT_BYTES).read_to_end(&mut bytes));
    if read.is_err() {
        return "its messages cannot be read".to_owned();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Text without terminal escapes (ESC [ ... letter) and control characters but line feeds.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' if letters.peek() == Some(&'[') => {
                letters.next();
                while letters.next().is_some_and(|inside| !inside.is_ascii_alphabetic()) {}
            }
            '\n' => plain.push('\n'),
            letter if letter.is_control() => {}
            letter => plain.push(letter),
        }
    }
    plain
}

/// The end of a program's messages on one line.
fn shown(stderr: &str) -> Said {
    let line = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    let skipped = line.chars().count().saturating_sub(SHOWN_CHARACTERS);
    let end: String = line.chars().skip(skipped).collect();
    Said(if skipped > 0 { format!("... {end}") } else { end })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHELL: Tool = Tool { engine: "shell", programs: &["sh"], version_argument: "--version", package: "dash" };

    fn run(script: &str, limit_s: f64) -> Result<ToolOutput, ToolError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let limit = Duration::from_secs_f64(limit_s);
        ToolRun::new(SHELL, folder.path()).arguments(["-c", script]).time_limit(limit).run(&|| false)
    }

    #[test]
    fn an_exit_code_is_an_error_with_what_the_program_said() {
        let error = run("printf '\\033[1;31m> *Error*: in %s/x\\n' \"$HOME\" >&2; exit 3", 10.0).expect_err("exit 3");
        assert_eq!(error.kind(), "engine_failed");
        assert_eq!(error.to_string(), "sh ended with exit code 3; it said: > *Error*: in x");
    }

    #[test]
    fn a_program_that_hangs_is_killed_with_its_children() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let script = "sleep 60 & echo $! > child; echo waiting >&2; wait";
        let begin = Instant::now();
        let error = ToolRun::new(SHELL, folder.path())
            .arguments(["-c", script])
            .time_limit(Duration::from_millis(500))
            .run(&|| false)
            .expect_err("it hangs");
        assert!(begin.elapsed() < Duration::from_secs(20), "killed after {:?}", begin.elapsed());
        assert_eq!(error.kind(), "engine_time_limit");
        assert!(error.to_string().contains("it said: waiting"), "{error}");
        let child = std::fs::read_to_string(folder.path().join("child")).expect("the number of the child");
        let state = format!("/proc/{}/stat", child.trim());
        let gone = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            std::fs::read_to_string(&state).map_or(true, |text| text.contains(") Z "))
        });
        assert!(gone, "the child of the program outlived it");
    }

    #[test]
    fn a_stop_ends_the_program() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let error =
            ToolRun::new(SHELL, folder.path()).arguments(["-c", "sleep 60"]).run(&|| true).expect_err("stopped");
        assert_eq!(error.kind(), "stopped");
    }

    #[test]
    fn the_environment_is_its_own() {
        let output = run("pwd; echo $HOME $TMPDIR $LC_ALL; env | wc -l; cat", 10.0).expect("it ends");
        let lines: Vec<&str> = output.stdout.lines().collect();
        assert_eq!(lines[1], format!("{0} {0} C", lines[0]), "HOME and TMPDIR are the working folder");
        assert!(lines[2].trim().parse::<usize>().is_ok_and(|count| count <= 8), "{} variables", lines[2]);
    }

    #[test]
    fn a_flood_of_messages_ends_it() {
        let error = run("yes", 60.0).expect_err("yes writes for ever");
        assert!(error.to_string().contains("64 MiB"), "{error}");
    }
}
