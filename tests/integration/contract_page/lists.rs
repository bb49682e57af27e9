//! The lists of the page, held to the types and to what the command prints.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use products::TargetList;
use runner::StepCall;
use serde_json::{Value, json};
use step_contract::{Arity, Edge, Product as _, REASONS, ReasonKind, Scope, Status, WARNINGS};
use step_harness::exit;

use super::{fence, section};

/// The cells of the table of a section, without its head.
fn table(text: &str, head: &str) -> Vec<Vec<String>> {
    let lines = text.lines().skip_while(|line| !line.starts_with(&format!("| {head} |"))).skip(2);
    let rows: Vec<Vec<String>> = lines
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`').to_owned()).collect())
        .collect();
    assert!(!rows.is_empty(), "docs/contract.md: no table {head}");
    rows
}

fn first_cells(text: &str, head: &str) -> Vec<String> {
    table(text, head).into_iter().map(|mut row| row.remove(0)).collect()
}

/// Names as manifests and descriptions have them.
fn names(values: &[Value]) -> Vec<String> {
    values.iter().map(|value| value.as_str().expect("a name").to_owned()).collect()
}

#[test]
fn outcomes_are_the_statuses_with_their_properties() {
    let all = [Status::Done, Status::NoWork, Status::Unprocessable, Status::Blocked, Status::Failed, Status::Skipped];
    let rows = table(&section("Outcomes"), "status");
    let shown: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(shown, all.map(Status::name));
    let said = |is_so: bool| if is_so { "yes" } else { "no" };
    for (row, status) in rows.iter().zip(all) {
        assert_eq!(row[3], said(status.counts_as_failure()), "failure: {}", row[0]);
        assert_eq!(row[4], said(status.may_be_reused()), "reused: {}", row[0]);
    }
    let schema: Value = serde_json::from_str(TargetList::SCHEMA).expect("a schema");
    assert_eq!(schema["$defs"]["Status"]["enum"].as_array().map(Vec::len), Some(all.len()), "no other status");
}

#[test]
fn exit_codes_are_those_of_step_and_runner() {
    let of_steps =
        [exit::DONE, exit::USAGE, exit::SOME_FAILED, exit::FAILED, exit::CONTRACT, exit::DISK, exit::TEMPORARY];
    let of_runner = {
        use runner::exit::{CONFIGURATION, DISK, DONE, FAILED, SOME_FAILED, TEMPORARY, USAGE};
        [DONE, USAGE, SOME_FAILED, FAILED, CONFIGURATION, DISK, TEMPORARY]
    };
    assert_eq!(of_steps, of_runner);
    // 128 + 2 (SIGINT), 128 + 15 (SIGTERM).
    let expected: Vec<String> =
        of_steps.iter().chain(&[runner::exit::STOPPED, 128 + 15]).map(ToString::to_string).collect();
    assert_eq!(first_cells(&section("Exit codes"), "code"), expected);
}

#[test]
fn the_rule_of_the_exit_code_is_that_of_the_harness() {
    use Status::{Blocked, Done, Failed, NoWork, Skipped, Unprocessable};
    for (code, units) in [
        (0, vec![(Done, false), (NoWork, false), (Skipped, false)]),
        (3, vec![(NoWork, false), (Failed, false)]),
        (75, vec![(Failed, true), (Blocked, false)]),
        (20, vec![(Failed, true), (Unprocessable, false)]),
        (20, vec![(Blocked, false), (Skipped, false)]),
    ] {
        assert_eq!(exit::of_units(units.clone()), code, "{units:?}");
    }
}

#[test]
fn scopes_edges_and_arities_are_all_there() {
    assert_eq!(
        first_cells(&section("Scopes"), "scope"),
        names(&[json!(Scope::Unit), json!(Scope::Group), json!(Scope::Run)])
    );
    assert_eq!(
        first_cells(&section("Edges"), "edge"),
        names(&[json!(Edge::Each), json!(Edge::Shared), json!(Edge::Members)])
    );
    let arities = [Arity::One, Arity::Optional, Arity::Many, Arity::Run].map(|arity| json!(arity));
    assert_eq!(first_cells(&section("describe"), "arity"), names(&arities));
}

/// Names of the members of an object by its schema.
fn members(schema: &Value) -> Vec<&str> {
    let members: Vec<&str> =
        schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    assert!(!members.is_empty(), "{schema}");
    members
}

#[test]
fn every_member_of_a_manifest_is_explained() {
    let schema: Value = serde_json::from_str(TargetList::SCHEMA).expect("a schema");
    let text = section("The manifest");
    let parts =
        ["Unit", "FileEntry", "Discarded", "Read", "Reason", "Warning", "Execution", "MemoryUse", "Shard", "Ties"];
    let of_parts = parts.iter().flat_map(|part| members(&schema["$defs"][*part]));
    for member in members(&schema).into_iter().chain(of_parts) {
        let is_named = text.contains(&format!("`{member}`")) || text.contains(&format!("`execution.{member}"));
        assert!(is_named, "docs/contract.md, The manifest: nothing is said of `{member}`");
    }
}

#[test]
fn every_member_of_describe_is_explained() {
    let text = section("describe");
    let said = fence(&["json", "describe"]).json();
    let of_input = said["inputs"][0].as_object().expect("an input").keys();
    let roles = ["dashboard_role", "page_role"].map(str::to_owned);
    for member in said.as_object().expect("an object").keys().chain(of_input).chain(&roles) {
        assert!(text.contains(&format!("`{member}`")), "docs/contract.md, describe: nothing is said of `{member}`");
    }
    let required: BTreeSet<&str> = ["step", "version", "scope", "inputs", "output", "config_schema"].into();
    for member in said.as_object().expect("an object").keys() {
        let mut without = said.clone();
        without.as_object_mut().expect("an object").remove(member);
        let is_read = serde_json::from_value::<runner::Description>(without).is_ok();
        assert_eq!(is_read, !required.contains(member.as_str()), "{member} is required as the page says");
    }
}

#[test]
fn every_option_that_the_runner_gives_is_listed() {
    let call = StepCall {
        label: "north".to_owned(),
        run_id: "trial".to_owned(),
        out: "out".into(),
        root: "root".into(),
        log: "log".into(),
        config: "config.json".into(),
        reads: vec![("targets".to_owned(), "manifest.json".into())],
        services: vec![("vizier".to_owned(), "http://127.0.0.1".to_owned())],
        also: Some("also.json".to_owned()),
        events: true,
        options: Vec::new(),
    };
    let text = section("run");
    let given = call.arguments().into_iter().map(|word| word.to_string_lossy().into_owned());
    let given: BTreeSet<String> =
        given.filter(|word| word.starts_with("--")).chain(["--parent-pipe".to_owned()]).collect();
    let listed =
        first_cells(&text, "option").into_iter().map(|cell| cell.split(' ').next().unwrap_or_default().to_owned());
    assert_eq!(listed.collect::<BTreeSet<String>>(), given);
}

/// A kind as the page lists it.
fn entry(kind: &ReasonKind, is_warning: bool) -> String {
    let codes = kind.ends.exit_codes().iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    match is_warning {
        true => format!("* `{}`: {}", kind.name, kind.meaning),
        false => format!("* `{}` ({}, exit {codes}): {}", kind.name, kind.ends.outcome(), kind.meaning),
    }
}

#[test]
fn reasons_and_warnings_are_those_of_the_registry() {
    for (heading, kinds, is_warning) in [("Reasons", REASONS, false), ("Warnings", WARNINGS, true)] {
        let mut listed: Vec<String> = Vec::new();
        for line in section(heading).lines() {
            match (line.strip_prefix("  "), listed.last_mut()) {
                (Some(rest), Some(last)) => *last = format!("{last} {}", rest.trim()),
                _ if line.starts_with("* ") => listed.push(line.to_owned()),
                _ => {}
            }
        }
        let expected: Vec<String> = kinds.iter().map(|kind| entry(kind, is_warning)).collect();
        for line in expected.iter().filter(|line| !listed.contains(line)) {
            panic!("docs/contract.md, {heading}: add (wrapped at 80 columns) the line {line}");
        }
        assert_eq!(listed, expected, "docs/contract.md, {heading}: nothing else, in this order");
    }
}

#[test]
fn the_command_prints_the_same_reasons() {
    let output = Command::new(integration_tests::skyledger()).args(["schema", "reasons", "--json"]).output();
    let output = output.expect("skyledger runs");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for (member, kinds) in [("reasons", REASONS), ("warnings", WARNINGS)] {
        let printed = printed[member].as_array().expect("a list").iter();
        let printed: BTreeMap<&str, &str> = printed
            .map(|kind| (kind["kind"].as_str().expect("a kind"), kind["outcome"].as_str().expect("an outcome")))
            .collect();
        let expected: BTreeMap<&str, &str> = kinds.iter().map(|kind| (kind.name, kind.ends.outcome())).collect();
        assert_eq!(printed, expected, "{member}");
    }
}
