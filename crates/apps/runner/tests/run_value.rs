//! A run as a value: its stream of events, whoever reads it, and its end when it is cancelled.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use runner::{Installation, Layout, RunRequest, Steps};
use step_contract::{Event, EventLine};

/// A step of three units that never ends by itself: it waits for the end of the runner's pipe.
const SLOW: &str = r#"#!/bin/sh
case "$1" in
describe) echo '{"step":"slow","version":"1","scope":"run","inputs":[],"output":{"name":"tile-plan","version":1},"config_schema":{"type":"object"},"events":true}' ;;
run)
    echo '{"kind":"step-started","units":3,"to_make":2}'
    echo 'a line that is no event'
    echo '{"kind":"progress","done":1,"of":2}'
    cat > /dev/null
    exit 130 ;;
esac
"#;

fn installation(folder: &Path) -> Installation {
    let program = folder.join("step-slow");
    std::fs::write(&program, SLOW).expect("a step");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("it can be started");
    Installation {
        steps: Steps::new(Vec::new(), folder.join("skyledger")),
        products: &[],
        workflows: &[],
        build: "1.0+0123456789ab",
        adoption_build: "1.0+0123456789ab",
    }
}

fn request(folder: &Path) -> RunRequest {
    let workflow = folder.join("slow.toml");
    std::fs::write(&workflow, "description = \"d\"\nconfig = \"slow\"\nstep = [{ label = \"slow\" }]\n")
        .expect("a workflow");
    std::fs::write(folder.join("values.toml"), "").expect("a configuration");
    RunRequest {
        workflow: workflow.display().to_string(),
        config: Some(folder.join("values.toml")),
        root: folder.to_owned(),
        run_id: Some("run-1".to_owned()),
        ..RunRequest::default()
    }
}

fn kinds(lines: &[EventLine]) -> Vec<String> {
    lines
        .iter()
        .map(|line| serde_json::to_value(&line.event).expect("JSON")["kind"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_cancelled_run_ends_cleanly_and_all_readers_see_the_same_stream() {
    let folder = tempfile::tempdir().expect("a folder");
    let handle = request(folder.path()).start(&installation(folder.path())).expect("it begins");
    let layout = Layout { root: folder.path().to_owned(), run_id: "run-1".to_owned() };
    let follower = std::thread::spawn({
        let path = layout.events(None);
        move || runner::events::follow(&path, 1).map(|line| line.expect("a line")).collect::<Vec<_>>()
    });
    let mut seen = Vec::new();
    for line in &handle.events {
        let is_at_work = matches!(line.event, Event::Progress { .. });
        seen.push(line);
        if is_at_work {
            let status = runner::one_run(&layout, &[]);
            assert!(status.at_work && status.exit.is_none(), "{status:?}");
            assert_eq!(status.workflow.as_deref(), Some("slow"), "the record stands before the first step ends");
            let second = request(folder.path()).start(&installation(folder.path()));
            assert_eq!(second.err().map(|refusal| refusal.exit), Some(75), "one command at a time");
            handle.cancel.cancel();
        }
    }
    let end = handle.wait();
    assert_eq!((end.exit, end.was_stopped, end.may_be_resumed()), (130, true, true));
    assert_eq!(
        kinds(&seen),
        ["run-started", "step-called", "step-started", "progress", "step-ended", "run-ended"],
        "a line that is no event is left out"
    );
    assert_eq!(seen.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(seen[2].event, Event::StepStarted { units: 3, to_make: 2 });
    assert_eq!(seen[2].label.as_deref(), Some("slow"));
    assert!(matches!(&seen[5].event, Event::RunEnded { exit: 130, stopped: Some(_), .. }), "{:?}", seen[5]);
    assert_eq!(follower.join().expect("it ends with the run"), seen);
    assert!(!runner::one_run(&layout, &[]).at_work);
}

#[test]
fn a_run_that_cannot_begin_is_refused_before_its_first_event() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = RunRequest { set: vec!["slow".to_owned()], ..request(folder.path()) };
    let refusal = wrong.start(&installation(folder.path())).err().expect("no value");
    assert_eq!(refusal.exit, 21, "{refusal}");
    assert!(!folder.path().join("data").exists(), "nothing was begun");
}
