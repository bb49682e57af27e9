//! One step as a process: started with a pipe that ends it when the runner dies.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use step_contract::Event;
use step_harness::Stop;

/// How often the runner looks whether its step has ended or a signal came: at first often, since many steps are short.
const FIRST_POLL: Duration = Duration::from_millis(1);
/// The longest time between two looks.
const LAST_POLL: Duration = Duration::from_millis(20);
/// A step that is asked to stop has 10 s of grace; one that does not end then (a foreign one, perhaps) is killed.
const KILLED_AFTER: Duration = Duration::from_secs(15);

/// The last events of a step that has ended arrive within this time.
const LAST_WORDS_WITHIN: Duration = Duration::from_millis(500);

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Exit code; 128 + the signal's number where a signal ended it.
    pub code: u8,
}

/// What the arguments of one step are made of.
#[derive(Clone, Debug)]
pub struct StepCall {
    /// Label.
    pub label: String,
    /// Run id.
    pub run_id: String,
    /// Folder of the step.
    pub out: PathBuf,
    /// Root of the run.
    pub root: PathBuf,
    /// Log.
    pub log: PathBuf,
    /// Configuration as JSON.
    pub config: PathBuf,
    /// Manifests by member.
    pub reads: Vec<(String, PathBuf)>,
    /// Addresses by service.
    pub services: Vec<(String, String)>,
    /// A second name of the manifest.
    pub also: Option<String>,
    /// Whether it takes `--events-fd`.
    pub events: bool,
    /// Other options, as they are.
    pub options: Vec<String>,
}

impl StepCall {
    /// The arguments of `run`.
    pub fn arguments(&self) -> Vec<std::ffi::OsString> {
        let mut arguments: Vec<std::ffi::OsString> = vec!["run".into()];
        let mut option = |name: &str, value: std::ffi::OsString| {
            arguments.push(name.into());
            arguments.push(value);
        };
        option("--label", self.label.clone().into());
        option("--run-id", self.run_id.clone().into());
        option("--out", self.out.clone().into());
        option("--root", self.root.clone().into());
        option("--log", self.log.clone().into());
        option("--config", self.config.clone().into());
        for (member, path) in &self.reads {
            let mut value = std::ffi::OsString::from(format!("{member}="));
            value.push(path);
            option("--read", value);
        }
        for (name, address) in &self.services {
            option("--service", format!("{name}={address}").into());
        }
        if let Some(also) = &self.also {
            option("--also", also.clone().into());
        }
        arguments.extend(self.options.iter().map(Into::into));
        arguments
    }
}

/// Runs a step to its end and hands on what it tells. When asked to stop the pipe is closed, and the step stops cleanly by itself.
pub fn run_step(
    mut command: Command,
    call: &StepCall,
    stop: &Stop,
    mut tell: impl FnMut(Event),
) -> std::io::Result<Ending> {
    let program = PathBuf::from(command.get_program());
    command.args(call.arguments()).args(["--parent-pipe", "0"]).stdin(Stdio::piped()).stdout(Stdio::null());
    if call.events {
        command.args(["--events-fd", "1"]).stdout(Stdio::piped());
    }
    let mut child = command.spawn().map_err(|error| start_error(&program, &error))?;
    let events = read_events(child.stdout.take());
    let status = wait(&mut child, stop, &events, &mut tell)?;
    // What it told last is on its way; a program that it left behind may hold the pipe open.
    while let Ok(event) = events.recv_timeout(LAST_WORDS_WITHIN) {
        tell(event);
    }
    Ok(Ending { code: code_of(status) })
}

/// The events that a step writes, line by line. A line that is no event is not for us.
fn read_events(lines: Option<ChildStdout>) -> Receiver<Event> {
    let (sender, receiver) = std::sync::mpsc::channel();
    if let Some(lines) = lines {
        std::thread::spawn(move || {
            for line in BufReader::new(lines).lines() {
                let Ok(line) = line else { break };
                let Ok(event) = serde_json::from_str(&line) else { continue };
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
    }
    receiver
}

/// Runs a step with `--dry-run` and gives what it prints.
pub fn ask_step(mut command: Command, call: &StepCall) -> std::io::Result<(Ending, Vec<u8>, String)> {
    let program = PathBuf::from(command.get_program());
    let answer = command
        .args(call.arguments())
        .arg("--dry-run")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| start_error(&program, &error))?;
    let words = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
    Ok((Ending { code: code_of(answer.status) }, answer.stdout, words))
}

fn start_error(program: &Path, error: &std::io::Error) -> std::io::Error {
    std::io::Error::new(error.kind(), format!("start {}: {error}", program.display()))
}

fn wait(
    child: &mut Child,
    stop: &Stop,
    events: &Receiver<Event>,
    tell: &mut impl FnMut(Event),
) -> std::io::Result<ExitStatus> {
    let mut pipe = child.stdin.take();
    let (mut poll, mut asked) = (FIRST_POLL, None);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if stop.code().is_some() {
            drop(pipe.take());
            let asked: &mut Instant = asked.get_or_insert_with(Instant::now);
            if asked.elapsed() > KILLED_AFTER {
                child.kill()?;
            }
        }
        match events.recv_timeout(poll) {
            Ok(event) => tell(event),
            Err(RecvTimeoutError::Timeout) => poll = (poll * 2).min(LAST_POLL),
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(poll);
                poll = (poll * 2).min(LAST_POLL);
            }
        }
    }
}

#[cfg(unix)]
fn code_of(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

#[cfg(not(unix))]
fn code_of(status: ExitStatus) -> u8 {
    u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)
}
