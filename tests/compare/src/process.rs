//! Runs a program and measures it: wall clock, CPU seconds and peak memory of it and its children.
//!
//! The kernel tells a process what all its children together used. So each program is run by a small one of its own
//! ([`supervise`]), which has no other child.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};

/// What a run took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// Wall clock, seconds.
    pub wall_s: f64,
    /// User and system time, seconds.
    pub cpu_s: f64,
    /// Largest resident memory, MiB.
    pub peak_mib: f64,
}

/// First word of the command line with which this program supervises another.
pub const SUPERVISE: &str = "--supervise";

impl Usage {
    /// The smallest of each figure.
    pub fn best(runs: &[Self]) -> Self {
        let least = |of: fn(&Self) -> f64| runs.iter().map(of).fold(f64::INFINITY, f64::min);
        let most = |of: fn(&Self) -> f64| runs.iter().map(of).fold(0.0, f64::max);
        Self { wall_s: least(|run| run.wall_s), cpu_s: least(|run| run.cpu_s), peak_mib: most(|run| run.peak_mib) }
    }

    /// One run after another.
    pub fn then(self, next: Self) -> Self {
        Self {
            wall_s: self.wall_s + next.wall_s,
            cpu_s: self.cpu_s + next.cpu_s,
            peak_mib: self.peak_mib.max(next.peak_mib),
        }
    }
}

/// Runs `program` in `folder` and says what it took. Fails with what it wrote where it does not end well.
pub fn measure(own: &Path, folder: &Path, program: &Path, arguments: &[&str]) -> Result<Usage, String> {
    let output = Command::new(own)
        .arg(SUPERVISE)
        .arg(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("{}: {error}", own.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = || {
        let tail = String::from_utf8_lossy(&output.stderr);
        let tail: Vec<&str> = tail.lines().rev().take(8).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        format!("{} {} failed: {}", program.display(), arguments.join(" "), tail.join(" / "))
    };
    let line = said.lines().last().filter(|_| output.status.success()).ok_or_else(failed)?;
    let numbers: Vec<f64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [wall_s, cpu_s, peak_mib] => Ok(Usage { wall_s, cpu_s, peak_mib }),
        _ => Err(failed()),
    }
}

/// The supervisor: runs a command line, passes its errors on and prints what it took. True where it ended well.
#[allow(clippy::print_stdout, reason = "the answer to the program that started this one")]
pub fn supervise(words: &[String]) -> Result<bool, String> {
    let (program, arguments) = words.split_first().ok_or("no program to supervise")?;
    let begin = Instant::now();
    let output = Command::new(program).args(arguments).stdout(std::process::Stdio::null()).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    let wall_s = begin.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + 1e-6 * time.tv_usec() as f64;
    let cpu_s = seconds(usage.user_time()) + seconds(usage.system_time());
    // Linux counts in KiB.
    println!("{wall_s} {cpu_s} {}", usage.max_rss() as f64 / 1024.0);
    if !output.status.success() {
        let tail = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{}\n{tail}", output.status));
    }
    Ok(true)
}
