//! `compare [--quick] [--seed N] [--page FILE] [--plots FOLDER] [part...]`: the program behind `cargo xtask compare`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this program talks to a developer's terminal")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use compare::{Bench, PARTS, Part, kernels, page, process};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.split_first() {
        Some((word, rest)) if word == process::SUPERVISE => process::supervise(rest).map(drop),
        Some((word, rest)) if word == kernels::DETECT || word == kernels::PSF => kernels::run(word, rest),
        _ => run(&words),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("compare: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<(), String> {
    let (mut seed, mut quick, mut file, mut plots, mut names) = (1, false, None, None, Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quick" => quick = true,
            "--seed" => seed = words.next().and_then(|word| word.parse().ok()).ok_or("--seed wants a number")?,
            "--page" => file = Some(PathBuf::from(words.next().ok_or("--page wants a file")?)),
            "--plots" => plots = Some(PathBuf::from(words.next().ok_or("--plots wants a folder")?)),
            name if PARTS.iter().any(|(known, _)| *known == name) => names.push(name.to_owned()),
            other => {
                let known: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
                return Err(format!("no part is called {other}; there are {}", known.join(", ")));
            }
        }
    }
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let bench = Bench::new(own, seed, quick, plots)?;
    let conditions = page::Conditions::now(&bench);
    let mut parts: Vec<(Part, f64)> = Vec::new();
    for (name, part) in PARTS.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|wanted| wanted == name)) {
        let begin = Instant::now();
        let part = part(&bench).map_err(|error| format!("{name} could not be run: {error}"))?;
        let seconds = begin.elapsed().as_secs_f64();
        println!("{} ({seconds:.0} s)", part.title);
        for row in &part.rows {
            println!(
                "  {:<12} {}: {} (goal: {})",
                row.verdict.word().trim_matches('*'),
                row.what,
                row.measured,
                row.goal
            );
        }
        for table in part.tables.iter().filter(|_| file.is_none()) {
            println!("  {}\n    {}", table.title, table.head.join(" | "));
            table.rows.iter().for_each(|row| println!("    {}", row.join(" | ")));
        }
        parts.push((part, seconds));
    }
    if let Some(file) = file {
        let page = page::page(Bench::checkout(), seed, &conditions, &parts);
        fs_err::write(file, page).map_err(|error| error.to_string())?;
    }
    Ok(())
}
