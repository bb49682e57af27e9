//! A group of 2,000 members is planned below half a second, counted in processor time so that other programs beside the test do not matter.
//!
//! Alone in its program, so that the time is its own.
#![allow(clippy::print_stderr, reason = "the measured number is printed")]

mod toy;

use step_harness::testing::InProcess;
use toy::{Stack, write_texts};

const MEMBERS: usize = 2_000;
/// What planning a group may take.
const SECONDS: f64 = 0.5;

/// Processor time of this process so far, user and system; ticks of 10 ms (`man 5 proc_pid_stat`, fields 14 and 15).
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux tells it");
    let after_name = stat.rsplit_once(')').expect("the name stands in parentheses").1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    [11, 12].iter().map(|field| fields[*field].parse::<f64>().expect("ticks") / 100.0).sum()
}

#[test]
fn a_group_of_two_thousand_members_is_planned_in_half_a_second() {
    let folder = tempfile::tempdir().expect("a folder");
    let texts: Vec<(String, String)> = (0..MEMBERS)
        .map(|member| (format!("light_{member:04}"), format!("{member} kind=light group=g root=g")))
        .collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let raw = write_texts(&folder.path().join("raw"), &texts);
    let first = InProcess::<Stack>::new(folder.path().join("first")).read("texts", raw).run().manifest;
    let said = first.units[0].facts.as_ref().map(|facts| facts.missing.clone()).unwrap_or_default();
    assert_eq!(said, [format!("{MEMBERS} kept, 0 rejected")]);

    let before = processor_seconds();
    let manifest = folder.path().join("first/inputs/texts/manifest.json");
    let plan = InProcess::<Stack>::new(folder.path().join("second")).read("texts", manifest).plan().expect("a plan");
    let seconds = processor_seconds() - before;
    eprintln!("{MEMBERS} members read, validated and planned in {seconds:.2} s of processor time");
    assert_eq!(plan.len(), 1);
    assert!(seconds < SECONDS, "{seconds:.2} s; {SECONDS} s are allowed");
}
