//! The stream of events of a run, as the command writes it.

use std::path::Path;
use std::process::{Command, Stdio};

use step_contract::{Event, EventLine};

const RUN_ID: &str = "run-20260101_000000";

fn first_step(root: &Path, through: &[&str], more: &[&str]) -> std::process::Output {
    let program = integration_tests::skyledger();
    let mut words: Vec<std::ffi::OsString> = through.iter().map(Into::into).collect();
    words.push(program.into());
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).args(["run", "vanished", "--ra", "150", "--dec", "20", "--to-step", "tiling"]);
    command.args(["--run-id", RUN_ID, "--root"]).arg(root).args(more).stdin(Stdio::null());
    command.output().expect("skyledger runs")
}

fn lines(text: &str) -> Vec<EventLine> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

#[test]
fn the_command_prints_the_stream_that_stands_on_disk() {
    let root = tempfile::tempdir().expect("a folder");
    let output = first_step(root.path(), &[], &["--events"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = lines(&String::from_utf8_lossy(&output.stdout));
    let file = root.path().join(format!("data/runs/{RUN_ID}/events.jsonl"));
    assert_eq!(lines(&std::fs::read_to_string(&file).expect("a stream")), printed);
    let kinds: Vec<String> = printed
        .iter()
        .map(|line| serde_json::to_value(&line.event).expect("JSON")["kind"].as_str().unwrap_or_default().to_owned())
        .filter(|kind| kind != "message" && kind != "warning")
        .collect();
    let expected = [
        "run-started",
        "step-called",
        "step-started",
        "unit-started",
        "unit-ended",
        "progress",
        "step-ended",
        "run-ended",
    ];
    assert_eq!(kinds, expected);
    let Some(EventLine { event: Event::RunEnded { exit, found, .. }, .. }) = printed.last() else {
        panic!("the last line is the end: {printed:?}");
    };
    assert_eq!((*exit, found["tiling"]["tiles_count"]), (0, 1.0), "{found:?}");

    let again = first_step(root.path(), &[], &["--events"]);
    let resumed = lines(&String::from_utf8_lossy(&again.stdout));
    let before = printed.len() as u64;
    assert_eq!(resumed.first().map(|line| line.number), Some(before + 1), "a resumed run goes on counting");
    assert!(
        resumed.iter().any(|line| line.event == Event::StepStarted { units: 1, to_make: 0 }),
        "its one unit is reused: {resumed:?}"
    );
    let verified = Command::new(integration_tests::skyledger())
        .args(["verify", RUN_ID, "--root"])
        .arg(root.path())
        .output()
        .expect("skyledger runs");
    assert!(verified.status.success(), "events are execution: {}", String::from_utf8_lossy(&verified.stdout));
}

#[cfg(unix)]
#[test]
fn a_run_in_a_session_of_its_own_ends_and_status_sees_it() {
    let root = tempfile::tempdir().expect("a folder");
    let output = first_step(root.path(), &["setsid", "--wait"], &["--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(report["exit"], 0);
    let status = Command::new(integration_tests::skyledger())
        .args(["status", RUN_ID, "--json", "--root"])
        .arg(root.path())
        .output()
        .expect("skyledger runs");
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("one document");
    assert_eq!((&status["at_work"], &status["exit"]), (&false.into(), &0.into()), "{status}");
    assert_eq!(status["steps"][0]["state"], "ended", "{status}");
}
