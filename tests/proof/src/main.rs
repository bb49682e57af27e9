//! `prove [--seed N] [--quick] [--page FILE] [class...]`: the program behind `cargo xtask prove`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this program talks to a developer's terminal")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use proof::{Bench, TRIALS, page};

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("{failed} cases failed");
            ExitCode::FAILURE
        }
        Err(message) => {
            eprintln!("prove: {message}");
            ExitCode::from(2)
        }
    }
}

/// Runs the classes; how many cases failed.
fn run() -> Result<usize, String> {
    let (mut seed, mut quick, mut file, mut names) = (1, false, None, Vec::new());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seed" => seed = words.next().and_then(|word| word.parse().ok()).ok_or("--seed wants a number")?,
            "--quick" => quick = true,
            "--page" => file = Some(PathBuf::from(words.next().ok_or("--page wants a file")?)),
            name if TRIALS.iter().any(|(known, _)| *known == name) => names.push(name.to_owned()),
            other => {
                let known: Vec<&str> = TRIALS.iter().map(|(name, _)| *name).collect();
                return Err(format!("no class is called {other}; there are {}", known.join(", ")));
            }
        }
    }
    let mut classes = Vec::new();
    for (name, trial) in TRIALS.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|wanted| wanted == name))
    {
        let bench = Bench::new(seed, quick).map_err(|error| error.to_string())?;
        let begin = Instant::now();
        let class = trial(&bench).map_err(|error| format!("{name} could not be run: {error}"))?;
        let seconds = begin.elapsed().as_secs_f64();
        println!("{name}: {} of {} passed in {seconds:.0} s", class.passed(), class.cases.len());
        for case in class.failures() {
            println!("  {}: {}", case.name, case.seen);
        }
        classes.push((class, seconds));
    }
    if let Some(file) = file {
        let page = page::page(&integration_tests::checkout(), seed, &classes);
        fs_err::write(file, page).map_err(|error| error.to_string())?;
    }
    Ok(classes.iter().map(|(class, _)| class.failures().count()).sum())
}
