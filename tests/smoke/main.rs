//! `smoke [--out DIR] [stepNN...]`: the program behind `cargo xtask smoke` and the jobs of CI. Each step gets a run of its own, up to that step.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this program talks to a terminal")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use integration_tests::smoke::{LINES, Line, SmokeRun};

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("{failed} steps failed");
            ExitCode::FAILURE
        }
        Err(message) => {
            eprintln!("smoke: {message}");
            ExitCode::from(2)
        }
    }
}

/// Runs the steps; how many failed.
fn run() -> Result<usize, String> {
    let mut out = integration_tests::checkout().join("target/smoke");
    let mut names = Vec::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--out" => out = PathBuf::from(words.next().ok_or("--out wants a folder")?),
            name if LINES.iter().any(|line| line.step == name) => names.push(name.to_owned()),
            other => {
                let known: Vec<&str> = LINES.iter().map(|line| line.step).collect();
                return Err(format!("{other}: there is no such step; there are {}", known.join(", ")));
            }
        }
    }
    let mut failed = 0;
    for line in LINES.iter().filter(|line| names.is_empty() || names.iter().any(|name| name == line.step)) {
        match one(line, &out.join(line.step)) {
            Ok(seen) => println!("{} {:<14} ok      {seen} (asked: {})", line.step, line.label, line.asks),
            Err(problem) => {
                println!("{} {:<14} FAILED  {problem} (asked: {})", line.step, line.label, line.asks);
                failed += 1;
            }
        }
    }
    Ok(failed)
}

/// A new run up to the step, its line, and what CI keeps of it in `upload`.
fn one(line: &Line, root: &Path) -> Result<String, String> {
    let text = |error: std::io::Error| format!("{}: {error}", root.display());
    if root.exists() {
        std::fs::remove_dir_all(root).map_err(text)?;
    }
    std::fs::create_dir_all(root).map_err(text)?;
    let run = SmokeRun::make(root, Some(line.label))?;
    let kept = keep(root).map_err(text)?;
    if run.output.status.code() != Some(0) {
        let said = String::from_utf8_lossy(&run.output.stderr).into_owned();
        return Err(format!("the chain ended with {}: {said}", run.output.status));
    }
    let seen = (line.check)(&run)?;
    if kept == 0 {
        return Err("there is no manifest to keep".to_owned());
    }
    Ok(seen)
}

/// Copies manifests, summaries, checksums and logs into `upload`, under the same paths; how many manifests.
fn keep(root: &Path) -> std::io::Result<usize> {
    let mut manifests = 0;
    let upload = root.join("upload");
    for top in ["data", "artifacts", "dashboard", "logs"] {
        for entry in walkdir::WalkDir::new(root.join(top)).into_iter().filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
            let is_paper = name.ends_with("manifest.json")
                || name == "run.json"
                || name == "tiles.csv"
                || name.ends_with(".sha256")
                || name.ends_with(".log")
                || relative.starts_with("data/summaries")
                || relative.starts_with("dashboard") && name.ends_with(".csv");
            if entry.file_type().is_file() && is_paper && !relative.starts_with("data/cache") {
                let place = upload.join(relative);
                std::fs::create_dir_all(place.parent().unwrap_or(&upload))?;
                std::fs::copy(entry.path(), place)?;
                manifests += usize::from(name == "manifest.json");
            }
        }
    }
    Ok(manifests)
}
