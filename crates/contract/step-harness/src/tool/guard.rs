//! What ends an engine when its step is killed: the step's own program, once more and in a hidden mode, between the two.
//!
//! A SIGKILL leaves a step no time to end what it started. The guard holds one end of a pipe whose other end only the step has: when the step is gone,
//! however it went, the guard kills the engine with everything that it started, and itself.

use std::ffi::OsString;
use std::io::Read as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, Signal, getpgrp, getpid, kill_process, kill_process_group, setrlimit};

/// First argument of the hidden mode: no command line of a step begins so.
const MODE: &str = "--guard-engine";
/// The program itself, even where its file was replaced or removed since it was started.
const SELF: &str = "/proc/self/exe";
/// Exit code where the engine could not be started, as shells have it.
const NOT_STARTED: i32 = 127;

/// The program that can be started as a guard; none in programs that run steps as a library, as tests do.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// The first call in the `main` of a program that runs steps: started as a guard it is one and never returns, else its engines are guarded from here on.
pub fn guard_engines() {
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == MODE) {
        let Some(engine) = words.next() else { std::process::exit(NOT_STARTED) };
        guard(&engine, words.collect());
    }
    let program = if Path::new(SELF).exists() { Some(PathBuf::from(SELF)) } else { std::env::current_exe().ok() };
    if let Some(program) = program {
        let _ = PROGRAM.set(program);
    }
}

/// The command that starts a program, guarded where there is a guard. Its stdin belongs to the guard; the engine's is closed.
pub(super) fn guarded(engine: &Path) -> Command {
    match PROGRAM.get() {
        Some(program) => {
            let mut command = Command::new(program);
            command.arg0("guard-engine").arg(MODE).arg(engine).stdin(Stdio::piped());
            command
        }
        None => {
            let mut command = Command::new(engine);
            command.stdin(Stdio::null());
            command
        }
    }
}

/// Runs the engine in the guard's own process group, and ends as it ends.
fn guard(engine: &OsString, words: Vec<OsString>) -> ! {
    std::thread::spawn(|| {
        // Nothing is ever written: this returns when the step is gone, at once where it went before the guard began.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        // mark: engine-ends-with-step
        let _ = kill_process_group(getpgrp(), Signal::KILL);
    });
    match Command::new(engine).args(words).stdin(Stdio::null()).status() {
        Ok(status) => end_as(status),
        Err(error) => {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "it cannot be started: {error}");
            std::process::exit(NOT_STARTED)
        }
    }
}

/// With the same exit code, or by the same signal.
fn end_as(status: ExitStatus) -> ! {
    if let Some(signal) = status.signal().and_then(Signal::from_named_raw) {
        // The core that matters is the engine's.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        let _ = kill_process(getpid(), signal);
    }
    std::process::exit(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
}
