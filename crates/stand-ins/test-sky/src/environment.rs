//! What the machine of a test offers: real data and the field's tools.
#![allow(clippy::print_stderr, reason = "a skipped test must say so")]

use std::io::Write as _;
use std::path::PathBuf;

/// The folder of real data named by `SKYLEDGER_REAL_DATA`, or `None` (said on stderr) where it is not set.
///
/// Where `SKYLEDGER_REAL_DATA_LOG` names a file, the name of the test is added to it, so that CI can count what ran.
pub fn real_data(test: &str) -> Option<PathBuf> {
    let found = std::env::var_os("SKYLEDGER_REAL_DATA").map(PathBuf::from);
    let Some(folder) = found else {
        eprintln!("skipped: {test}: SKYLEDGER_REAL_DATA is not set");
        log(&format!("skipped {test}"));
        return None;
    };
    assert!(folder.is_dir(), "SKYLEDGER_REAL_DATA is set, but {} is not a folder", folder.display());
    log(&format!("ran {test}"));
    Some(folder)
}

/// The path of a program of the field, or `None` (said on stderr) where it is not installed.
pub fn tool(name: &str) -> Option<PathBuf> {
    let found = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file()));
    match found {
        Some(path) => {
            log(&format!("tool {name}"));
            Some(path)
        }
        None => {
            eprintln!("skipped: {name} is not installed");
            log(&format!("skipped-tool {name}"));
            None
        }
    }
}

fn log(line: &str) {
    let Some(path) = std::env::var_os("SKYLEDGER_REAL_DATA_LOG") else { return };
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .expect("SKYLEDGER_REAL_DATA_LOG names a file that can be written");
    file.write_all(format!("{line}\n").as_bytes()).expect("the log of real-data tests can be written");
}
