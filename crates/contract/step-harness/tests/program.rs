//! The program around a step as users and the runner start it: a process with a command line, signals, locks and logs.
//!
//! This test binary is its own toy program: started with `SKYLEDGER_TOY` it is `step-words`.

mod toy;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use step_contract::{RawManifest, Status};
use step_harness::entry;
use toy::{TextSet, Words, write_texts};

const TOY: &str = "SKYLEDGER_TOY";

/// Not a test of its own: the toy program, when this binary is started as such.
#[test]
fn toy_program() {
    if let Some(arguments) = std::env::var_os(TOY) {
        let text = arguments.into_string().expect("UTF-8");
        let arguments: Vec<String> = serde_json::from_str(&text).expect("a list of arguments");
        let arguments: Vec<std::ffi::OsString> = arguments.into_iter().map(Into::into).collect();
        let code = (entry::<Words>().main)(&arguments, "0.1.0+0123456789ab");
        std::process::exit(i32::from(
            format!("{code:?}").chars().filter(char::is_ascii_digit).collect::<String>().parse::<u8>().unwrap_or(99),
        ));
    }
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn with(texts: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        write_texts(&folder.path().join("texts"), texts);
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command
            .args(["--exact", "toy_program", "--nocapture", "--test-threads=1"])
            .env(TOY, serde_json::to_string(arguments).expect("JSON"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the toy ran")
    }

    fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the toy started")
    }

    fn manifest(&self, name: &str) -> RawManifest {
        RawManifest::read(&self.path(name), &[step_contract::ProductEntry::of::<TextSet>()]).expect("a valid manifest")
    }
}

fn json(output: &Output) -> Value {
    // What the test framework prints stands before.
    let text = String::from_utf8_lossy(&output.stdout);
    let start = text.find(['{', '[']).unwrap_or_else(|| panic!("no JSON in {text}"));
    serde_json::Deserializer::from_str(&text[start..]).into_iter().next().expect("JSON").expect("valid JSON")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const RUN: [&str; 5] = ["run", "--out", "words", "--read", "texts=texts"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    RUN.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn a_run_by_hand_writes_a_manifest_and_a_log() {
    let place = Place::with(&[("a", "good"), ("b", "fail")]);
    let output = place.run(&with(&["--json", "--retry", "5", "--suffix", "x", "--set", "transform.min_length=2"]));
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let report = json(&output);
    assert_eq!(report["units"], serde_json::json!({"done": 1, "failed": 1, "reused": 0, "validated": 2}));
    assert_eq!(report["failed"][0]["unit"], "b");
    let manifest = place.manifest("words/manifest.json");
    assert_eq!(report["identity"], manifest.identity);
    assert_eq!((manifest.run_id.as_str(), manifest.build.as_str()), ("local", "0.1.0+0123456789ab"));
    assert_eq!(manifest.config, serde_json::json!({"transform": {"min_length": 2.0}, "suffix": "x"}));
    assert_eq!(manifest.execution["config"], serde_json::json!({"retry": 5, "pause_s": 0.0}));
    let log = std::fs::read_to_string(place.path("logs/words/local.log")).expect("a log");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect();
    let ended: Vec<&str> = lines
        .iter()
        .filter(|line| line["status"].is_string())
        .filter_map(|line| line["span"]["unit"].as_str())
        .collect();
    assert_eq!(ended.len(), 2, "{log}");
    assert!(
        lines.iter().any(|line| line["message"] == "renamed into place" && line["level"] == "DEBUG"),
        "each rename is logged"
    );
}

#[test]
fn describe_schema_and_wrong_arguments_have_their_exit_codes() {
    let place = Place::with(&[("a", "good")]);
    let describe = place.run(&["describe"]);
    assert_eq!(describe.status.code(), Some(0));
    assert_eq!(json(&describe)["version"], "1.2.3");
    let schema = place.run(&["config-schema"]);
    assert_eq!(json(&schema)["properties"]["retry"]["minimum"], 1);
    assert_eq!(place.run(&["--help"]).status.code(), Some(0));
    for (arguments, code) in [
        (vec![], 2),
        (vec!["paint"], 2),
        (vec!["run"], 2),
        (with(&["--shard", "3/2"]), 2),
        (with(&["--set", "suffix=x"]), 2),
        (with(&["--read", "nothing=x"]), 2),
        (with(&["--set", "suffix=1"]), 21),
        (with(&["--config", "none.toml"]), 21),
    ] {
        let output = place.run(&arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        assert!(!place.path("words/manifest.json").exists());
    }
}

#[test]
fn a_dry_run_says_what_would_happen_and_touches_nothing() {
    let place = Place::with(&[("a", "good"), ("b", "fail")]);
    let plan = place.run(&with(&["--dry-run"]));
    assert_eq!(plan.status.code(), Some(0), "{}", said(&plan));
    assert_eq!(json(&plan)[0], serde_json::json!({"unit": "a", "action": "run", "why": "it was not made yet"}));
    assert!(!place.path("words").exists() && !place.path("logs").exists());
    place.run(&RUN);
    let plan = json(&place.run(&with(&["--dry-run"])));
    assert_eq!((&plan[0]["action"], &plan[1]["action"]), (&"reuse".into(), &"run".into()));
    assert!(plan[1]["why"].as_str().is_some_and(|why| why.starts_with("it was failed")), "{plan}");
}

fn twenty_slow() -> Place {
    let texts: Vec<(String, &str)> = (0..20).map(|unit| (format!("u{unit:02}"), "slow")).collect();
    Place::with(&texts.iter().map(|(name, text)| (name.as_str(), *text)).collect::<Vec<_>>())
}

const SLOW: [&str; 6] = ["--set", "pause_s=0.1", "--threads", "1", "--run-id", "run-20261121_000000"];

/// Waits until the journal has some units.
fn wait_for_units(journal: &Path, count: usize) {
    wait_until(&format!("{count} units in {}", journal.display()), || {
        let text = std::fs::read_to_string(journal).unwrap_or_default();
        text.lines().filter(|line| line.contains("\"status\":\"done\"")).count() >= count
    });
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The identity of the same run without a disturbance.
fn undisturbed() -> String {
    let place = twenty_slow();
    let output = place.run(&with(&["--run-id", "run-20261121_000000", "--threads", "4"]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    place.manifest("words/manifest.json").identity
}

#[test]
fn a_killed_step_resumes_to_the_same_identity() {
    let place = twenty_slow();
    let mut child = place.start(&with(&SLOW));
    wait_for_units(&place.path("words/units.jsonl"), 4);
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert!(!place.path("words/manifest.json").exists());
    // A kill can cut the last line.
    let journal = place.path("words/units.jsonl");
    let mut text = std::fs::read_to_string(&journal).expect("a journal");
    text.push_str("{\"unit\":\"u19\",\"status\":\"do");
    std::fs::write(&journal, text).expect("cut");
    let output = place.run(&with(&["--run-id", "run-20261121_000000", "--json"]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let reused = json(&output)["units"]["reused"].as_u64().expect("a count");
    assert!((4..20).contains(&reused), "{reused} of 20 were in the journal");
    assert_eq!(place.manifest("words/manifest.json").identity, undisturbed());
    assert!(!journal.exists());
}

#[cfg(unix)]
#[test]
fn a_signal_stops_cleanly_and_prints_the_command_that_resumes() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let place = twenty_slow();
        let child = place.start(&with(&SLOW));
        wait_for_units(&place.path("words/units.jsonl"), 2);
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
        let output = child.wait_with_output().expect("ended");
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(said(&output).contains("resume with: step-words run --out words"), "{}", said(&output));
        assert!(place.path("words/units.jsonl").exists() && !place.path("words/manifest.json").exists());
    }
}

#[test]
fn the_end_of_the_parents_pipe_ends_the_step_and_a_closed_stdin_does_not() {
    let place = twenty_slow();
    let arguments: Vec<&str> = with(&SLOW).into_iter().chain(["--parent-pipe", "0"]).collect();
    let mut child = place
        .command(&arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    wait_for_units(&place.path("words/units.jsonl"), 2);
    assert!(child.try_wait().expect("asked").is_none(), "it runs while the pipe is open");
    drop(child.stdin.take());
    assert_eq!(child.wait().expect("ended").code(), Some(143));
    let output = place.run(&with(&["--run-id", "run-20261121_000000"]));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn a_folder_is_locked_while_its_step_runs() {
    let place = twenty_slow();
    let mut child = place.start(&with(&SLOW));
    wait_for_units(&place.path("words/units.jsonl"), 1);
    let second = place.run(&RUN);
    assert_eq!(second.status.code(), Some(75), "{}", said(&second));
    assert!(said(&second).contains("locked"), "{}", said(&second));
    child.kill().expect("killed");
    child.wait().expect("ended");
    let after = place.run(&with(&["--run-id", "run-20261121_000000"]));
    assert_eq!(after.status.code(), Some(0), "the lock died with its holder: {}", said(&after));
}

#[test]
fn a_second_run_moves_the_manifest_into_the_journal_before_it_changes_anything() {
    let place = twenty_slow();
    assert_eq!(place.run(&with(&["--run-id", "run-20261121_000000"])).status.code(), Some(0));
    let first = place.manifest("words/manifest.json");
    std::fs::write(place.path("texts/u07.txt"), "slow and other").expect("changed");
    let slow: Vec<&str> =
        with(&SLOW).into_iter().map(|word| if word == "pause_s=0.1" { "pause_s=30.0" } else { word }).collect();
    let mut child = place.start(&slow);
    wait_for_units(&place.path("words/units.jsonl"), 20);
    // No manifest while the folder may differ from it; it is removed once the journal stands.
    wait_until("the manifest is gone", || !place.path("words/manifest.json").exists());
    child.kill().expect("killed");
    child.wait().expect("ended");
    let output = place.run(&with(&["--run-id", "run-20261121_000000", "--json"]));
    assert_eq!(json(&output)["units"]["reused"], 19);
    let second = place.manifest("words/manifest.json");
    let changed: Vec<&str> = first
        .units
        .iter()
        .zip(&second.units)
        .filter(|(before, after)| before.key != after.key)
        .map(|(before, _)| before.unit.as_str())
        .collect();
    assert_eq!(changed, ["u07"]);
}

#[test]
fn fail_fast_stops_at_the_first_failure_and_leaves_the_journal() {
    let place = Place::with(&[("a", "fail"), ("b", "good"), ("c", "good")]);
    let output = place.run(&with(&["--fail-fast", "--threads", "1"]));
    assert_eq!(output.status.code(), Some(20), "{}", said(&output));
    assert!(!place.path("words/manifest.json").exists());
    assert!(!place.path("words/b.txt").exists(), "units after the failure do not start");
    let output = place.run(&with(&["--max-failed", "1"]));
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert_eq!(
        place.manifest("words/manifest.json").units.iter().filter(|unit| unit.status == Status::Done).count(),
        2
    );
}

#[test]
fn a_full_disk_ends_the_step_with_74() {
    let place = Place::with(&[("a", "good")]);
    std::fs::write(place.path("file"), "x").expect("a file");
    let output = place.run(&["run", "--out", "file/words", "--read", "texts=texts"]);
    assert_eq!(output.status.code(), Some(74), "{}", said(&output));
}

#[test]
fn a_closed_stdout_is_no_panic() {
    let place = Place::with(&[("a", "good")]);
    let mut child = place.start(&["describe"]);
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    out.read_line(&mut line).expect("a line");
    drop(out);
    let mut text = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut text).expect("text");
    child.wait().expect("ended");
    assert!(!text.contains("panicked"), "{text}");
}
