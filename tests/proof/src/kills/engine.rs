//! SIGKILL of a step while a tool of the field works for it: the tool, with what it started, dies with its step.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::stage::{Survey, text};
use crate::{Bench, Case};

/// How long the tool may take to begin, and to be gone.
const PATIENCE: Duration = Duration::from_secs(20);
/// Time of the tool's sleep, s: it is found by its process id, and ends by itself where the trial fails.
const SLEEP_S: u32 = 120;

/// Through either program, killed alone and with its process group.
pub(super) fn cases(bench: &Bench, survey: &Survey) -> Vec<Case> {
    let command = bench.skyledger();
    let own = command.with_file_name("step-detect");
    let mut cases = Vec::new();
    for (name, program, words) in
        [("skyledger step detect", &command, ["step", "detect"].as_slice()), ("step-detect", &own, &[])]
    {
        for whole_group in [false, true] {
            let victim = if whole_group { "group" } else { "step" };
            cases.push(Case::of(
                format!("{name} with a tool at work, {victim}"),
                trial(survey, program, words, whole_group),
            ));
        }
    }
    cases
}

fn trial(survey: &Survey, program: &Path, words: &[&str], whole_group: bool) -> Result<String, String> {
    if !program.is_file() {
        return Err(format!("{} is not built (cargo build --release --workspace)", program.display()));
    }
    let name = format!("engine-{}-{whole_group}", program.file_name().unwrap_or_default().to_string_lossy());
    let root = survey.root(&name)?;
    let (tools, pids) = (root.join("tools"), root.join("pids"));
    false_tool(&tools, &pids)?;
    let mut command = Command::new(program);
    command
        .current_dir(&root)
        .args(words)
        .args(["run", "--quiet", "--set", "engine=\"sextractor\"", "--out"])
        .arg(root.join("out"));
    command.arg("--read").arg(format!("frames={}", frame(survey)?.display()));
    let before = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(tools).chain(std::env::split_paths(&before))).map_err(text)?;
    command.env("PATH", path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let mut step = command.spawn().map_err(text)?;
    let begun = until(|| std::fs::read_to_string(&pids).is_ok_and(|text| text.lines().count() == 2));
    let tool: Vec<u32> = std::fs::read_to_string(&pids)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.trim().parse().ok())
        .collect();
    let victim = if whole_group { format!("-{}", step.id()) } else { step.id().to_string() };
    let alive = tool.iter().filter(|id| is_alive(**id)).count();
    let killed = Command::new("kill").args(["-s", "KILL", "--", &victim]).status().map_err(text)?;
    step.wait().map_err(text)?;
    if !begun || alive != 2 || !killed.success() {
        return Err(format!("the tool never worked: processes {tool:?}, {alive} alive"));
    }
    let begin = Instant::now();
    let gone = until(|| !tool.iter().any(|id| is_alive(*id)));
    let seen = format!("the tool and its child {tool:?}");
    let ended = if gone {
        Ok(format!("{seen}: gone after {:.2} s", begin.elapsed().as_secs_f64()))
    } else {
        let outlived: Vec<String> = tool.iter().filter(|id| is_alive(**id)).map(u32::to_string).collect();
        let _ = Command::new("kill").args(["-s", "KILL", "--"]).args(&outlived).status();
        Err(format!("{seen}: {} outlived the step", outlived.join(", ")))
    };
    survey.forget(&root);
    ended
}

/// A frame of the undisturbed run.
fn frame(survey: &Survey) -> Result<PathBuf, String> {
    let folder = survey.place("undisturbed").join(&survey.label("download")?.folder);
    let entries = fs_err::read_dir(folder).map_err(text)?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "fits"))
        .ok_or_else(|| "the undisturbed run has no frame".to_owned())
}

/// A `source-extractor` that says its version, and then works for ever with a child of its own.
fn false_tool(folder: &Path, pids: &Path) -> Result<(), String> {
    fs_err::create_dir(folder).map_err(text)?;
    let place = folder.join("source-extractor");
    let script = format!(
        "#!/bin/sh\ncase \"$1\" in --version) echo 'Source Extractor version 9.9.9'; exit 0;; esac\n\
         sleep {SLEEP_S} &\nprintf '%s\\n%s\\n' $$ $! > {}\nwait\n",
        pids.display()
    );
    fs_err::write(&place, script).map_err(text)?;
    fs_err::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).map_err(text)
}

/// Whether a process is there and has not ended.
fn is_alive(id: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn until(is_so: impl Fn() -> bool) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}
