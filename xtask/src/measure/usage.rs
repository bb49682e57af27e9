//! What a command used: wall time, processor time, and the memory of its largest process.

use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use clap::Args;
use nix::sys::resource::{UsageWho, getrusage};

/// `cargo xtask usage FILE COMMAND...`: runs one command and leaves what it used in a file. A process of its own, because the system counts all children of a process together.
#[derive(Debug, Args)]
pub(crate) struct UsageTask {
    /// Where three numbers are written: wall s, processor s, peak MiB
    file: String,
    /// The command
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<String>,
}

/// What one run used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    /// The largest resident size of any one process.
    pub(crate) peak_mib: f64,
}

/// The task behind [`measure`].
pub(crate) fn run(task: &UsageTask) -> Result<(), String> {
    let begin = Instant::now();
    let ended = Command::new(&task.command[0]).args(&task.command[1..]).status().map_err(|error| error.to_string())?;
    let wall_s = begin.elapsed().as_secs_f64();
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    let cpu_s = seconds(used.user_time()) + seconds(used.system_time());
    let peak_mib = used.max_rss() as f64 / 1024.0;
    fs_err::write(&task.file, format!("{wall_s} {cpu_s} {peak_mib}")).map_err(|error| error.to_string())?;
    if ended.success() { Ok(()) } else { Err(format!("{} ended with {ended}", task.command.join(" "))) }
}

/// Runs a command in a process of its own; what it used, and what it printed on stdout.
pub(crate) fn measure(scratch: &Path, program: &Path, words: &[String]) -> Result<(Usage, String), String> {
    let file = scratch.join("usage");
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(own)
        .args([Path::new("usage"), &file, program])
        .args(words)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    expect(output.status, &String::from_utf8_lossy(&output.stderr))?;
    let text = fs_err::read_to_string(&file).map_err(|error| error.to_string())?;
    let numbers: Vec<f64> = text.split(' ').filter_map(|number| number.parse().ok()).collect();
    let [wall_s, cpu_s, peak_mib] = numbers[..] else { return Err(format!("{} holds `{text}`", file.display())) };
    Ok((Usage { wall_s, cpu_s, peak_mib }, String::from_utf8_lossy(&output.stdout).into_owned()))
}

fn expect(status: ExitStatus, stderr: &str) -> Result<(), String> {
    if status.success() { Ok(()) } else { Err(format!("a measured command failed: {stderr}")) }
}
